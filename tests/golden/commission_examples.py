"""Examples of every event of agreements and commissions, as they would follow each other under one agreement."""

from datetime import date

from domain import agreement, commission
from domain.aggregate import Event
from domain.agreement_terms import AgreementTerms, CurrencyTerms, RateLine, Tier
from domain.earning import EarnedBack
from domain.references import ReleaseId
from domain.tax import Gst

TERMS = AgreementTerms(
    rate_bps=250,
    basis="gross",
    payer="operator",
    attribution_days=730,
    by_currency={
        "INR": CurrencyTerms(
            tiers=(Tier(from_minor=100_000_000, rate_bps=200), Tier(from_minor=500_000_000, rate_bps=150)),
            cap_minor=2_900_000,
            minimum_minor=50_000,
        )
    },
    withholding="in-commission",
    gst="in-commission",
    payer_country="IN",
    partner_country="IN",
)

EXAMPLES: dict[str, tuple[str, Event]] = {
    "agreement.signed": (
        "agreement:START-3-2026",
        agreement.AgreementSigned(
            partner="START-3",
            starts_on=date(2026, 4, 1),
            ends_on=date(2029, 4, 1),
            year_begins=4,
            time_zone="Asia/Kolkata",
            terms=TERMS,
        ),
    ),
    "agreement.amended": (
        "agreement:START-3-2026",
        agreement.AgreementAmended(
            starts_on=date(2027, 4, 1),
            terms=AgreementTerms(rate_bps=200, basis="service_fee", payer="exporter", attribution_days=365),
        ),
    ),
    "agreement.ended": (
        "agreement:START-3-2026",
        agreement.AgreementEnded(ends_on=date(2028, 4, 1), reason="partner-closed"),
    ),
    "agreement.counted": (
        "agreement:START-3-2026",
        agreement.AgreementCounted(
            order="PO-1001",
            what="earned",
            year=date(2026, 4, 1),
            currency="INR",
            commission_minor=2_600_000,
            withheld_base_minor=600_000,
            withheld_minor=12_000,
        ),
    ),
    "commission.accrued": (
        "commission:PO-1001",
        commission.CommissionAccrued(
            release=ReleaseId("release:PO-1001/1"),
            agreement="START-3-2026",
            terms_from=date(2026, 4, 1),
            partner="START-3",
            payer="operator",
            exporter="EXP-7",
            currency="INR",
            year=date(2026, 4, 1),
            gross_minor=120_000_033,
            basis_minor=120_000_033,
            lines=(
                RateLine(basis_minor=88_000_000, rate_bps=250),
                RateLine(basis_minor=32_000_033, rate_bps=200),
            ),
            carried_ten_thousandths=0,
            residue_ten_thousandths=-3_400,
            rated_minor=2_840_001,
            minimum_minor=50_000,
            before_minor=0,
            target_minor=2_840_001,
            capped_minor=240_001,
            amount_minor=2_600_000,
        ),
    ),
    "commission.earned": (
        "commission:PO-1001",
        commission.CommissionEarned(
            number=1,
            agreement="START-3-2026",
            partner="START-3",
            payer="operator",
            exporter="EXP-7",
            currency="INR",
            year=date(2026, 4, 1),
            amount_minor=2_600_000,
            gst=Gst(treatment="forward", rate_bps=1_800, rule="in-forward"),
            gst_minor=468_000,
        ),
    ),
    "commission.tax_withheld": (
        "commission:PO-1001",
        commission.CommissionTaxWithheld(
            number=1,
            agreement="START-3-2026",
            partner="START-3",
            payer="operator",
            exporter="EXP-7",
            currency="INR",
            year=date(2026, 4, 1),
            table="in-commission",
            code="1006",
            rate_bps=200,
            threshold_minor=2_000_000,
            crossing="excess",
            earned_so_far_minor=2_600_000,
            base_before_minor=0,
            base_minor=600_000,
            amount_minor=12_000,
        ),
    ),
    "commission.clawed_back": (
        "commission:PO-1001",
        commission.CommissionClawedBack(
            cause="refund:PO-1001/1",
            agreement="START-3-2026",
            partner="START-3",
            payer="operator",
            exporter="EXP-7",
            currency="INR",
            gross_minor=31_000_000,
            released_minor=124_000_033,
            recovered_minor=31_000_000,
            accrued_minor=2_700_000,
            before_minor=0,
            basis_minor=31_000_000,
            amount_minor=675_000,
            from_accrued_minor=100_000,
            from_earned=(
                EarnedBack(
                    number=1,
                    year=date(2026, 4, 1),
                    earned_minor=2_600_000,
                    back_before_minor=0,
                    amount_minor=575_000,
                    treatment="forward",
                    earned_gst_minor=468_000,
                    gst_minor=103_500,
                    code="1006",
                    earned_withheld_minor=12_000,
                    withheld_base_minor=132_692,
                    withheld_minor=2_654,
                ),
            ),
            years=(
                commission.YearBack(year=date(2027, 4, 1), basis_minor=4_000_000, commission_minor=100_000),
                commission.YearBack(year=date(2026, 4, 1), basis_minor=27_000_000, commission_minor=575_000),
            ),
        ),
    ),
}
"""By topic: what it happened to, and what happened."""

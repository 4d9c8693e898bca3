"""Commission: accrued on releases, earned when claims end, taxed by date and payer, clawed back in proportion."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from domain.agreement import Agreement, AgreementCounted, AgreementEnded, YearTotal
from domain.agreement_terms import AgreementTerms, CurrencyTerms, RateLine, Tier
from domain.commands import ConfirmReceipt, EndAgreement, ProposeRefund, RecordChargeback
from domain.commission import (
    CommissionAccrued,
    CommissionClawedBack,
    CommissionEarned,
    CommissionTaxWithheld,
    YearBack,
)
from domain.dispute_events import DisputeOpened
from domain.earning import EarnedBack
from domain.order import OrderClaimsEnded
from domain.payee_account import PayeeAccount, PayeeCredited, PayeeDebited
from domain.policies.commissions import accrue_commission, claw_back_commission
from domain.reckoning import Part, reckon
from domain.references import ReleaseId, dispute_id
from domain.tax import NO_GST
from domain.unit_of_work import UnitOfWork
from tests.agreements import (
    AGREEMENT,
    COMMISSION,
    PARTNER_PAYEE,
    THIS_YEAR,
    accrue,
    agreed_terms,
    brought,
    claw_back,
    commission_in,
    earn,
    ordered,
    referred,
    signed,
)
from tests.given import AT, EXPORTER_PAYEE, HOLD, ORDER, Given, World, delivered, given, on, ruled, usd

NEXT_YEAR = AT + timedelta(days=200)
CLAIMS_ENDED = on(ORDER, OrderClaimsEnded(ended_at=AT))
INDIAN = {"gst": "in-commission", "payer_country": "IN", "partner_country": "IN"}


def tiered(*tiers: tuple[int, int], **fields: Any) -> dict[str, CurrencyTerms]:
    agreed = CurrencyTerms(tiers=tuple(Tier(from_minor=start, rate_bps=rate) for start, rate in tiers), **fields)
    return {"USD": agreed, "INR": agreed}


def bringing(terms: AgreementTerms | None = None, *, currency: str = "USD") -> Given:
    """Return a book in which PO-1 and PO-2 bring PAR-1 commission."""
    return given(*brought(terms), *ordered(currency=currency), *ordered("PO-2", currency=currency))


def posted(world: World, currency: str = "USD") -> dict[str, int]:
    """Return every account that doesn't stand at nothing, debits above zero."""
    return {account: minor for (account, of), minor in world.balances.items() if of == currency and minor}


def total_in(world: World, *, year: date = THIS_YEAR, currency: str = "USD") -> YearTotal:
    agreement = world.load(AGREEMENT).aggregate
    assert isinstance(agreement, Agreement)
    return agreement.total_of(year, currency)


def accrued(**fields: Any) -> CommissionAccrued:
    return CommissionAccrued(
        **{
            "release": ReleaseId("release:PO-1/1"),
            "agreement": "AG-1",
            "terms_from": date(2024, 4, 1),
            "partner": "PAR-1",
            "payer": "operator",
            "exporter": "EXP-1",
            "currency": "USD",
            "year": THIS_YEAR,
            "carried_ten_thousandths": 0,
            "residue_ten_thousandths": 0,
            "minimum_minor": 0,
            "before_minor": 0,
            "capped_minor": 0,
            **fields,
        }
    )


class TestAttribution:
    def test_a_release_of_an_exporter_that_a_partner_brought_accrues_commission(self) -> None:
        world = given(signed(), referred(), *delivered()).said(ConfirmReceipt(order="PO-1")).world
        assert commission_in(world).accrued_minor == 200
        assert commission_in(world).partner == "PAR-1"
        step = next(step for step, _ in world.steps if isinstance(step.event, CommissionAccrued))
        assert step.policy == "accrue_commission"

    def test_an_exporter_that_isnt_registered_brings_nobody_anything(self) -> None:
        world = given(signed(), *delivered()).said(ConfirmReceipt(order="PO-1")).world
        assert world.load(COMMISSION).aggregate is None

    def test_an_exporter_that_nobody_referred_brings_nobody_anything(self) -> None:
        registered = referred()[:1]
        given(ruled(), signed(), registered, *ordered()).when(accrue(10_000)).then()

    @pytest.mark.parametrize(
        ("starts_on", "ends_on", "accrues"),
        [
            (date(2026, 11, 22), date(2026, 11, 23), True),
            (date(2026, 11, 23), date(2027, 11, 23), False),
            (date(2026, 1, 1), date(2026, 11, 22), False),
        ],
    )
    def test_the_referral_covers_the_day_that_the_order_was_placed(
        self, starts_on: date, ends_on: date, *, accrues: bool
    ) -> None:
        before = given(ruled(), signed(), referred(starts_on=starts_on, ends_on=ends_on), *ordered())
        before.when(accrue(10_000), at=AT + timedelta(days=400)).then_topics(
            *(("CommissionAccrued", "AgreementCounted") if accrues else ())
        )

    def test_an_agreement_that_had_ended_when_the_order_was_placed_brings_nothing(self) -> None:
        ended = on(AGREEMENT, AgreementEnded(ends_on=date(2026, 11, 22), reason="x"))
        given(ruled(), signed(), referred(), ended, *ordered()).when(accrue(10_000)).then()

    def test_an_order_keeps_the_terms_of_the_day_it_was_placed_on(self) -> None:
        before = bringing().said(accrue(5_000), EndAgreement(agreement="AG-1", ends_on=date(2026, 11, 23), reason="x"))
        before.when(accrue(5_000, number=2), at=NEXT_YEAR).then_topics("CommissionAccrued", "AgreementCounted")

    def test_a_referral_to_an_agreement_that_isnt_signed_brings_nothing(self) -> None:
        given(ruled(), referred(), *ordered()).when(accrue(10_000)).then()


class TestAccruing:
    def test_the_operator_bears_it_unless_agreed_otherwise(self) -> None:
        then = bringing().when(accrue(10_000))
        then.then(
            on(
                COMMISSION,
                accrued(
                    gross_minor=10_000,
                    basis_minor=10_000,
                    lines=(RateLine(basis_minor=10_000, rate_bps=200),),
                    rated_minor=200,
                    target_minor=200,
                    amount_minor=200,
                ),
            ),
            on(
                AGREEMENT,
                AgreementCounted(
                    order="PO-1",
                    what="accrued",
                    year=THIS_YEAR,
                    currency="USD",
                    basis_minor=10_000,
                    commission_minor=200,
                ),
            ),
        )
        assert posted(then.world) == {"expense:commission": 200, "accrued:partner:PAR-1": -200}

    def test_the_exporter_bears_it_where_agreed_and_may_come_to_owe_it(self) -> None:
        then = bringing(agreed_terms(payer="exporter")).when(accrue(10_000))
        then.then_topics("CommissionAccrued", "PayeeDebited", "AgreementCounted")
        debited = PayeeDebited(amount_minor=200, source=COMMISSION, account="payable:exporter")
        assert debited in [step.event for step in then.steps]
        then.leaves(EXPORTER_PAYEE, balance_minor=-200)
        assert posted(then.world) == {"payable:exporter:EXP-1": 200, "accrued:partner:PAR-1": -200}

    @pytest.mark.parametrize(("basis", "amount_minor"), [("gross", 200), ("net", 188), ("service_fee", 10)])
    def test_it_is_of_the_gross_the_net_or_the_fee(self, basis: str, amount_minor: int) -> None:
        world = bringing(agreed_terms(basis=basis)).said(accrue(10_000, fee_minor=500, tax_minor=90)).world
        assert commission_in(world).accrued_minor == amount_minor

    def test_tiers_go_by_the_years_basis_of_all_orders(self) -> None:
        before = bringing(agreed_terms(by_currency=tiered((12_000, 100)))).said(accrue(10_000))
        then = before.when(accrue(10_000, order="PO-2"))
        (event,) = [step.event for step in then.steps if isinstance(step.event, CommissionAccrued)]
        assert event.lines == (
            RateLine(basis_minor=2_000, rate_bps=200),
            RateLine(basis_minor=8_000, rate_bps=100),
        )
        assert event.amount_minor == 120

    def test_tiers_begin_anew_with_the_agreements_year(self) -> None:
        before = bringing(agreed_terms(by_currency=tiered((10_000, 100)))).said(accrue(10_000))
        world = before.said(accrue(10_000, order="PO-2"), at=NEXT_YEAR).world
        assert commission_in(world, "PO-2").accrued_minor == 200
        assert total_in(world, year=date(2027, 4, 1)).basis_minor == 10_000

    def test_a_year_is_that_of_the_agreements_place(self) -> None:
        still_march_in_greenwich = datetime(2027, 3, 31, 18, 30, tzinfo=UTC)
        world = bringing().said(accrue(10_000), at=still_march_in_greenwich).world
        assert total_in(world, year=date(2027, 4, 1)).commission_minor == 200

    def test_what_was_clawed_back_leaves_room_in_its_tier_again(self) -> None:
        before = bringing(agreed_terms(by_currency=tiered((10_000, 100))))
        before.said(accrue(10_000), claw_back(10_000), accrue(10_000, order="PO-2"))
        assert commission_in(before.world, "PO-2").accrued_minor == 200

    def test_a_years_cap_is_never_passed(self) -> None:
        before = bringing(agreed_terms(by_currency=tiered(cap_minor=250))).said(accrue(10_000))
        then = before.when(accrue(10_000, order="PO-2"))
        (event,) = [step.event for step in then.steps if isinstance(step.event, CommissionAccrued)]
        assert (event.amount_minor, event.capped_minor, event.target_minor) == (50, 150, 200)
        assert total_in(then.world).commission_minor == 250
        assert total_in(then.world).basis_minor == 20_000

    def test_what_the_cap_took_away_posts_nothing_and_is_still_recorded(self) -> None:
        then = bringing(agreed_terms(by_currency=tiered(cap_minor=0))).when(accrue(10_000))
        then.then_topics("CommissionAccrued", "AgreementCounted")
        assert posted(then.world) == {}

    def test_what_was_clawed_back_leaves_room_under_the_cap_again(self) -> None:
        before = bringing(agreed_terms(by_currency=tiered(cap_minor=250)))
        before.said(accrue(10_000), claw_back(5_000), accrue(10_000, order="PO-2"))
        assert commission_in(before.world, "PO-2").accrued_minor == 150

    def test_an_order_brings_its_minimum_once(self) -> None:
        before = bringing(agreed_terms(by_currency=tiered(minimum_minor=300)))
        first, second, third = (
            next(step.event for step in before.world.say(accrue(gross_minor))) for gross_minor in (5_000, 5_000, 10_000)
        )
        assert isinstance(first, CommissionAccrued)
        assert isinstance(second, CommissionAccrued)
        assert isinstance(third, CommissionAccrued)
        assert [event.amount_minor for event in (first, second, third)] == [300, 0, 100]
        assert [event.rated_minor for event in (first, second, third)] == [100, 100, 200]

    def test_a_minimum_is_never_more_than_what_it_is_of(self) -> None:
        before = bringing(agreed_terms(by_currency=tiered(minimum_minor=300))).said(accrue(120))
        assert commission_in(before.world).accrued_minor == 120
        before.said(accrue(10_000))
        assert commission_in(before.world).accrued_minor == 300

    def test_releases_in_pieces_carry_what_rounding_left(self) -> None:
        world = bringing(agreed_terms(rate_bps=33)).world
        events = [world.say(accrue(100, number=number))[0].event for number in range(1, 4)]
        amounts = [event.amount_minor for event in events if isinstance(event, CommissionAccrued)]
        residues = [event.residue_ten_thousandths for event in events if isinstance(event, CommissionAccrued)]
        assert (amounts, residues) == ([0, 1, 0], [3_300, -3_400, -100])


class TestEarning:
    def test_what_has_accrued_is_due_to_the_partner_when_claims_end(self) -> None:
        then = bringing().said(accrue(10_000)).when(earn())
        then.then(
            on(
                COMMISSION,
                CommissionEarned(
                    number=1,
                    agreement="AG-1",
                    partner="PAR-1",
                    payer="operator",
                    exporter="EXP-1",
                    currency="USD",
                    year=THIS_YEAR,
                    amount_minor=200,
                    gst=NO_GST,
                    gst_minor=0,
                ),
            ),
            on(PARTNER_PAYEE, PayeeCredited(amount_minor=200, source=COMMISSION, account="payable:partner")),
            on(
                AGREEMENT,
                AgreementCounted(order="PO-1", what="earned", year=THIS_YEAR, currency="USD", commission_minor=200),
            ),
        )
        assert posted(then.world) == {"expense:commission": 200, "payable:partner:PAR-1": -200}

    def test_nothing_is_earned_where_nothing_is_unearned(self) -> None:
        bringing().when(earn()).then()
        bringing().said(accrue(10_000), earn()).when(earn()).then()
        bringing().said(accrue(10_000), claw_back(10_000)).when(earn()).then()

    def test_what_accrues_after_claims_have_ended_is_earned_at_once(self) -> None:
        before = given(signed(), referred(), *delivered(), CLAIMS_ENDED)
        world = before.said(ConfirmReceipt(order="PO-1")).world
        assert commission_in(world).earned_minor == 200
        step = next(step for step, _ in world.steps if isinstance(step.event, CommissionEarned))
        assert step.policy == "earn_commission"

    def test_what_accrues_while_a_dispute_is_open_is_not_earned_even_after_claims_have_ended(self) -> None:
        opened = DisputeOpened(order="PO-1", buyer="BUY-1", exporter="EXP-1", currency="USD", claims=())
        disputed = on(dispute_id("PO-1", 1), opened)
        before = given(*brought(), *ordered(), CLAIMS_ENDED, disputed)
        before.when(accrue(10_000)).then_topics("CommissionAccrued", "AgreementCounted")

    def test_what_accrues_while_claims_run_is_not_earned(self) -> None:
        world = given(signed(), referred(), *delivered()).said(ConfirmReceipt(order="PO-1")).world
        assert (commission_in(world).unearned_minor, commission_in(world).earned_minor) == (200, 0)

    def test_under_an_agreement_that_ended_meanwhile_it_is_earned_all_the_same(self) -> None:
        before = bringing().said(accrue(10_000), EndAgreement(agreement="AG-1", ends_on=date(2026, 11, 23), reason="x"))
        before.when(earn(), at=NEXT_YEAR).then_topics("CommissionEarned", "PayeeCredited", "AgreementCounted")


class TestGst:
    @pytest.mark.parametrize(
        ("payer", "fields", "accounts"),
        [
            ("operator", {}, {"tax:gst-input": 36, "payable:partner:PAR-1": -236}),
            ("exporter", {}, {"payable:exporter:EXP-1": 236, "payable:partner:PAR-1": -236}),
            (
                "operator",
                {"partner_country": "DE"},
                {"tax:gst-input": 36, "tax:gst-reverse": -36, "payable:partner:PAR-1": -200},
            ),
            ("exporter", {"partner_country": "DE"}, {"payable:exporter:EXP-1": 200, "payable:partner:PAR-1": -200}),
            ("operator", {"payer_country": "CN"}, {"payable:partner:PAR-1": -200}),
        ],
    )
    def test_gst_is_charged_reversed_or_zero_by_who_pays_from_where(
        self, payer: str, fields: dict[str, str], accounts: dict[str, int]
    ) -> None:
        world = bringing(agreed_terms(payer=payer, **(INDIAN | fields))).said(accrue(10_000), earn()).world
        expense = {"expense:commission": 200} if payer == "operator" else {}
        assert posted(world) == accounts | expense
        assert sum(world.balances.values()) == 0

    def test_the_rule_is_that_of_the_day_it_is_earned_on(self) -> None:
        last_day = datetime(2026, 3, 29, 18, 29, tzinfo=UTC)
        terms = agreed_terms(**(INDIAN | {"partner_country": "DE"}))
        for at, rule in (
            (last_day, "in-intermediary-abroad"),
            (last_day + timedelta(minutes=1), "in-import-of-service"),
        ):
            then = bringing(terms).said(accrue(10_000)).when(earn(), at=at)
            (event,) = [step.event for step in then.steps if isinstance(step.event, CommissionEarned)]
            assert event.gst.rule == rule

    @pytest.mark.parametrize("payer", ["operator", "exporter"])
    @pytest.mark.parametrize("partner_country", ["IN", "DE"])
    def test_gst_is_taken_back_with_the_commission(self, payer: str, partner_country: str) -> None:
        terms = agreed_terms(payer=payer, **(INDIAN | {"partner_country": partner_country}))
        before = bringing(terms).said(accrue(10_000), earn(), claw_back(2_500))
        (back,) = (earning.gst_back_minor for earning in commission_in(before.world).earnings)
        assert back == 9
        before.when(claw_back(7_500)).leaves(PARTNER_PAYEE, balance_minor=0)
        assert posted(before.world) == {}
        exporter = before.world.load(EXPORTER_PAYEE).aggregate
        assert exporter is None or (isinstance(exporter, PayeeAccount) and exporter.balance_minor == 0)

    def test_tax_taken_back_in_pieces_is_rounded_once_so_far(self) -> None:
        world = bringing(agreed_terms(**INDIAN)).said(accrue(10_000), earn()).world
        events = [world.say(claw_back(200))[0].event for _ in range(3)]
        pieces = [event.from_earned[0].gst_minor for event in events if isinstance(event, CommissionClawedBack)]
        assert pieces == [1, 0, 1]


class TestWithholding:
    def test_nothing_is_withheld_unless_a_table_is_named(self) -> None:
        then = bringing(agreed_terms(rate_bps=10_000), currency="INR").said(accrue(9_000_000)).when(earn())
        then.then_topics("CommissionEarned", "PayeeCredited", "AgreementCounted")

    def test_nothing_is_withheld_in_another_currency_than_the_tables(self) -> None:
        terms = agreed_terms(rate_bps=10_000, withholding="in-commission")
        bringing(terms).said(accrue(9_000_000)).when(earn()).then_topics(
            "CommissionEarned", "PayeeCredited", "AgreementCounted"
        )

    def test_nothing_is_withheld_up_to_the_threshold(self) -> None:
        terms = agreed_terms(rate_bps=10_000, withholding="in-commission")
        bringing(terms, currency="INR").said(accrue(2_000_000)).when(earn()).then_topics(
            "CommissionEarned", "PayeeCredited", "AgreementCounted"
        )

    def test_before_the_first_row_nothing_is_withheld(self) -> None:
        terms = agreed_terms(rate_bps=10_000, withholding="in-commission")
        before = bringing(terms, currency="INR").said(accrue(9_000_000))
        before.when(earn(), at=datetime(2025, 3, 1, tzinfo=UTC)).then_topics(
            "CommissionEarned", "PayeeCredited", "AgreementCounted"
        )

    def test_beyond_it_tax_is_withheld_on_the_excess_of_the_year(self) -> None:
        terms = agreed_terms(rate_bps=10_000, withholding="in-commission")
        before = bringing(terms, currency="INR").said(accrue(1_500_000), earn(), accrue(1_500_000, order="PO-2"))
        then = before.when(earn("PO-2"))
        assert [step.event for step in then.steps][2:] == [
            CommissionTaxWithheld(
                number=1,
                agreement="AG-1",
                partner="PAR-1",
                payer="operator",
                exporter="EXP-1",
                currency="INR",
                year=THIS_YEAR,
                table="in-commission",
                code="1006",
                rate_bps=200,
                threshold_minor=2_000_000,
                crossing="excess",
                earned_so_far_minor=3_000_000,
                base_before_minor=0,
                base_minor=1_000_000,
                amount_minor=20_000,
            ),
            PayeeDebited(amount_minor=20_000, source="commission:PO-2", account="payable:partner"),
            AgreementCounted(
                order="PO-2",
                what="earned",
                year=THIS_YEAR,
                currency="INR",
                commission_minor=1_500_000,
                withheld_base_minor=1_000_000,
                withheld_minor=20_000,
            ),
        ]
        assert posted(then.world, "INR") == {
            "expense:commission": 3_000_000,
            "payable:partner:PAR-1": -2_980_000,
            "tax:withheld:1006": -20_000,
        }

    def test_or_on_the_whole_of_the_year_where_the_agreement_says_so(self) -> None:
        terms = agreed_terms(rate_bps=10_000, withholding="in-commission-whole")
        before = bringing(terms, currency="INR").said(accrue(1_500_000), earn(), accrue(1_500_000, order="PO-2"))
        world = before.said(earn("PO-2")).world
        assert posted(world, "INR")["tax:withheld:1006"] == -60_000

    def test_each_deduction_is_reported_under_the_code_of_its_day(self) -> None:
        terms = agreed_terms(rate_bps=10_000, withholding="in-commission")
        before = bringing(terms, currency="INR").said(accrue(3_000_000), accrue(3_000_000, order="PO-2"))
        before.said(earn(), at=datetime(2026, 3, 31, 18, 29, tzinfo=UTC))
        world = before.said(earn("PO-2"), at=datetime(2026, 3, 31, 18, 30, tzinfo=UTC)).world
        assert posted(world, "INR")["tax:withheld:194H"] == -20_000
        assert posted(world, "INR")["tax:withheld:1006"] == -20_000

    def test_tax_withheld_is_given_back_with_the_commission(self) -> None:
        terms = agreed_terms(rate_bps=10_000, withholding="in-commission")
        before = bringing(terms, currency="INR").said(accrue(4_000_000), earn())
        before.when(claw_back(1_000_000)).leaves("payee:PAR-1/INR", balance_minor=3_000_000 - 30_000)
        assert posted(before.world, "INR")["tax:withheld:1006"] == -30_000
        assert total_in(before.world, currency="INR").withheld_base_minor == 1_500_000
        before.said(claw_back(3_000_000))
        assert posted(before.world, "INR") == {}
        assert total_in(before.world, currency="INR") == YearTotal(year=THIS_YEAR, currency="INR")


class TestClawingBack:
    def test_what_isnt_earned_yet_goes_first(self) -> None:
        then = bringing().said(accrue(10_000)).when(claw_back(2_500))
        then.then(
            on(
                COMMISSION,
                CommissionClawedBack(
                    cause="refund:PO-1/1",
                    agreement="AG-1",
                    partner="PAR-1",
                    payer="operator",
                    exporter="EXP-1",
                    currency="USD",
                    gross_minor=2_500,
                    released_minor=10_000,
                    recovered_minor=2_500,
                    accrued_minor=200,
                    before_minor=0,
                    basis_minor=2_500,
                    amount_minor=50,
                    from_accrued_minor=50,
                    from_earned=(),
                    years=(YearBack(year=THIS_YEAR, basis_minor=2_500, commission_minor=50),),
                ),
            ),
            on(
                AGREEMENT,
                AgreementCounted(
                    order="PO-1",
                    what="clawed_back",
                    year=THIS_YEAR,
                    currency="USD",
                    basis_minor=2_500,
                    commission_minor=50,
                ),
            ),
        )
        assert posted(then.world) == {"expense:commission": 150, "accrued:partner:PAR-1": -150}

    def test_then_the_partner_owes_it(self) -> None:
        before = bringing().said(accrue(10_000), earn(), accrue(5_000, number=2))
        then = before.when(claw_back(15_000)).leaves(PARTNER_PAYEE, balance_minor=0)
        (event,) = [step.event for step in then.steps if isinstance(step.event, CommissionClawedBack)]
        assert (event.amount_minor, event.from_accrued_minor) == (300, 100)
        assert event.from_earned == (
            EarnedBack(
                number=1,
                year=THIS_YEAR,
                earned_minor=200,
                back_before_minor=0,
                amount_minor=200,
                treatment="none",
                earned_gst_minor=0,
                gst_minor=0,
                code="",
                earned_withheld_minor=0,
                withheld_base_minor=0,
                withheld_minor=0,
            ),
        )
        assert posted(then.world) == {}

    def test_the_exporter_who_bore_it_gets_it_back(self) -> None:
        before = bringing(agreed_terms(payer="exporter")).said(accrue(10_000), earn())
        then = before.when(claw_back(5_000)).leaves(EXPORTER_PAYEE, balance_minor=-100)
        credited = PayeeCredited(amount_minor=100, source=COMMISSION, account="payable:exporter")
        assert credited in [step.event for step in then.steps]

    def test_the_latest_earning_and_the_latest_year_give_back_first(self) -> None:
        before = bringing().said(accrue(10_000), earn()).said(accrue(10_000, number=2), earn(), at=NEXT_YEAR)
        then = before.when(claw_back(15_000), at=NEXT_YEAR)
        (event,) = [step.event for step in then.steps if isinstance(step.event, CommissionClawedBack)]
        assert [(back.number, back.amount_minor) for back in event.from_earned] == [(2, 200), (1, 100)]
        assert [(part.year, part.commission_minor) for part in event.years] == [
            (date(2027, 4, 1), 200),
            (THIS_YEAR, 100),
        ]
        assert total_in(then.world).commission_minor == 100
        assert total_in(then.world).earned_minor == 100

    def test_more_than_was_released_claws_back_no_more_than_accrued(self) -> None:
        before = bringing().said(accrue(10_000), claw_back(30_000))
        assert commission_in(before.world).clawed_back_minor == 200
        before.when(claw_back(1)).then()

    def test_where_no_commission_accrued_nothing_is_clawed_back(self) -> None:
        bringing().when(claw_back(1)).then()

    def test_a_refund_after_release_claws_back_in_proportion(self) -> None:
        before = given(signed(), referred(), *delivered()).said(ConfirmReceipt(order="PO-1"))
        before.said(ProposeRefund(order="PO-1", amount=usd(2_500), reason="defective"))
        commission = commission_in(before.world)
        assert (commission.accrued_minor, commission.clawed_back_minor) == (200, 50)
        (event,) = [s.event for s, _ in before.world.steps if isinstance(s.event, CommissionClawedBack)]
        assert event.cause == "refund:PO-1/1"

    def test_a_refund_of_what_is_still_held_claws_back_nothing(self) -> None:
        before = given(signed(), referred(), *delivered(12_500))
        before.said(ProposeRefund(order="PO-1", amount=usd(2_500), reason="defective"))
        assert before.world.load(COMMISSION).aggregate is None

    def test_a_chargeback_of_what_the_exporter_got_claws_back_in_proportion(self) -> None:
        before = given(signed(), referred(), *delivered()).said(ConfirmReceipt(order="PO-1"))
        before.said(RecordChargeback(order="PO-1", amount=usd(5_000), account="clearing:card"))
        assert commission_in(before.world).clawed_back_minor == 100
        (event,) = [s.event for s, _ in before.world.steps if isinstance(s.event, CommissionClawedBack)]
        assert event.cause == HOLD

    def test_a_chargeback_of_what_is_held_claws_back_nothing(self) -> None:
        then = given(signed(), referred(), *delivered()).when(
            RecordChargeback(order="PO-1", amount=usd(5_000), account="clearing:card")
        )
        assert "CommissionClawedBack" not in {type(step.event).__name__ for step in then.steps}

    def test_refunding_all_of_it_leaves_nothing_of_the_commission(self) -> None:
        before = given(signed(agreed_terms(rate_bps=333, **INDIAN)), referred(), *delivered())
        before.said(ConfirmReceipt(order="PO-1"), earn())
        for minor in (3_333, 1, 6_666):
            before.said(ProposeRefund(order="PO-1", amount=usd(minor), reason="defective"))
        assert posted(before.world) == {"clearing:card": 10_000, "refundable:buyer:BUY-1": -10_000}

    def test_more_released_after_a_recovery_is_never_clawed_back_twice(self) -> None:
        before = bringing(agreed_terms(by_currency=tiered(minimum_minor=500))).said(accrue(10_000), claw_back(9_000))
        assert commission_in(before.world).clawed_back_minor == 450
        before.said(accrue(10_000, number=2), claw_back(1_000))
        assert commission_in(before.world).clawed_back_minor == 450
        before.said(claw_back(10_000))
        assert posted(before.world) == {}


class TestReckoning:
    def test_an_accrual_is_the_sum_of_its_rates_what_was_carried_rounding_minimum_and_cap(self) -> None:
        terms = agreed_terms(rate_bps=33, by_currency=tiered((150, 25), cap_minor=1, minimum_minor=2))
        world = bringing(terms).said(accrue(100)).world
        event = world.say(accrue(100, number=2))[0].event
        assert isinstance(event, CommissionAccrued)
        parts = reckon(event)["amount_minor"]
        assert parts == (
            Part(what="50 at 33 bps", numerator=1_650, denominator=10_000),
            Part(what="50 at 25 bps", numerator=1_250, denominator=10_000),
            Part(what="carried", numerator=3_300, denominator=10_000),
            Part(what="rounding", numerator=3_800, denominator=10_000),
            Part(what="minimum", numerator=-1),
            Part(what="cap", numerator=0),
        )
        assert sum(part.exact_minor for part in parts) == Fraction(event.amount_minor) == 0

    def test_gst_withheld_tax_and_clawback_are_sums_too(self) -> None:
        terms = agreed_terms(rate_bps=10_000, withholding="in-commission", **INDIAN)
        world = bringing(terms, currency="INR").said(accrue(2_000_033), earn(), claw_back(1), claw_back(7)).world
        events = [
            step.event
            for step, _ in world.steps
            if isinstance(step.event, CommissionEarned | CommissionTaxWithheld | CommissionClawedBack)
        ]
        earned, withheld, _, clawed = (reckon(event) for event in events)
        assert earned["gst_minor"] == (
            Part(what="2000033 at 1800 bps", numerator=2_000_033 * 1_800, denominator=10_000),
            Part(what="rounding", numerator=3, denominator=50),
        )
        assert withheld["base_minor"] == (
            Part(what="earned in the year", numerator=2_000_033),
            Part(what="threshold", numerator=-2_000_000),
            Part(what="taxed before", numerator=0),
        )
        assert [part.what for part in withheld["amount_minor"]] == ["33 at 200 bps", "before", "rounding"]
        assert [part.what for part in clawed["amount_minor"]] == ["8 of 2000033 of 2000033", "before", "rounding"]
        assert set(clawed) == {"amount_minor", "from_earned.1.gst_minor", "from_earned.1.withheld_minor"}


def test_a_policy_for_one_event_says_nothing_to_another() -> None:
    world = given(signed(), referred(), *delivered()).world
    event = next(step.event for step, _ in world.steps if step.reference == HOLD)
    uow = UnitOfWork(world.load, actor="x", occurred_at=AT)
    silent = (accrue_commission, claw_back_commission)
    assert not [said for policy in silent for said in policy(HOLD, event, uow)]

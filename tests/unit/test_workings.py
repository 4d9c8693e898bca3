"""Workings tell how amounts came about; every figure here was worked out by hand."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from domain.aggregate import Event
from domain.agreement import YearTotal
from domain.agreement_terms import AgreementTerms, CurrencyTerms, Tier
from domain.claim import ClaimKind, ClaimMade
from domain.commission import Commission, CommissionAccrued, withhold
from domain.commission_history import evolve
from domain.hold import Hold, HoldDisputed, HoldReleased
from domain.hold_workings import workings_of
from domain.money import Money
from domain.posting_rules import post
from domain.proposal import Breakdown
from domain.references import DisputeId, RefundId, ReleaseId
from domain.rules import Rules
from domain.tax import NO_GST, WITHHOLDING, Gst
from domain.workings import Consent, SetAside, Stood, Working, percent, shown
from tests.given import AT, HOLD, ORDER, RULES, folded, placed
from tests.golden.examples import EXAMPLES
from tests.stories.worked_example import play

YEAR = date(2026, 4, 1)
COMMISSION = "commission:PO-1"


def worked(reference: str, event: Event, stood: Stood | None = None) -> dict[str, list[Working]]:
    """Return the workings of all that an event posts, by account."""
    entry = post(reference, event)
    assert entry is not None
    found: dict[str, list[Working]] = {}
    for working in workings_of(reference, event, entry, stood or Stood()):
        found.setdefault(working.account, []).append(working)
    return found


def exact(working: Working) -> list[Fraction]:
    return [term.exact_minor for term in working.terms]


def amounts(workings: Sequence[Working]) -> list[tuple[str, int]]:
    return [(working.label, working.amount_minor) for working in workings]


def stood(rules: Rules = RULES, **fields: Any) -> Stood:
    order = folded(ORDER, placed())
    return Stood(order=order, rules=rules, **fields)  # type: ignore[arg-type]


def held(released: Breakdown, recovered: Breakdown | None = None, **fields: Any) -> Hold:
    nothing = Breakdown(gross_minor=0, fee_minor=0, tax_minor=0)
    return Hold(
        reference=HOLD,
        buyer="BUY-1",
        exporter="EXP-1",
        currency="USD",
        released=released,
        recovered=recovered or nothing,
        paid_by_step=(0,),
        **fields,
    )


def release(gross_minor: int, rules: Rules = RULES) -> HoldReleased:
    fee = rules.fee_on(gross_minor)
    breakdown = Breakdown(gross_minor=gross_minor, fee_minor=fee.fee_minor, tax_minor=fee.tax_minor)
    return held(breakdown, held_minor=gross_minor).release(breakdown, release=ReleaseId("release:PO-1/1"))


class TestRelease:
    def test_the_net_is_the_gross_less_fee_and_tax_by_the_lines_of_the_rulebook(self) -> None:
        """The first release of docs/worked-example.md: 2.5 % of 7,700.00, and 18 % of that."""
        consent = Consent("buyer:BUY-1", "finance:FIN-2", by_rule=False, reason="")
        found = worked(HOLD, release(770_000), stood(consent=consent))
        assert amounts(found["payable:exporter:EXP-1"]) == [
            ("gross", -770_000),
            ("service fee", 19_250),
            ("tax on the fee", 3_465),
        ]
        gross, fee, tax = found["payable:exporter:EXP-1"]
        assert gross.rule == "proposed by buyer:BUY-1, approved by finance:FIN-2"
        assert (fee.how, fee.rule) == (
            "7,700.00 x 2.50 % = 192.50, residue 0",
            "rulebook:standard/1 service_fee_bps = 250",
        )
        assert (tax.how, tax.rule) == (
            "192.50 x 18.00 % = 34.65, residue 0",
            "rulebook:standard/1 service_fee_tax_bps = 1800",
        )
        assert amounts(found[HOLD]) == [
            ("net to the exporter", 747_285),
            ("service fee", 19_250),
            ("tax on the fee", 3_465),
        ]

    def test_what_rounding_adds_to_a_fee_and_its_tax_is_told_exactly(self) -> None:
        """2.5 % of 3.33 is 8.325 minor units, so 8; 18 % of 8 is 1.44, so 1."""
        found = worked(HOLD, release(333), stood())
        (fee,), (tax,) = found["income:service-fee"], found["tax:gst-output"]
        assert exact(fee) == [Fraction(-333, 40), Fraction(13, 40)]
        assert exact(tax) == [Fraction(-36, 25), Fraction(11, 25)]
        assert fee.how == "3.33 x 2.50 % = 0.08, rounded half to even by -13/40 minor units"

    @pytest.mark.parametrize(("gross_minor", "fee_minor", "residue"), [(10_020, 250, "-1/2"), (10_060, 252, "+1/2")])
    def test_half_of_a_minor_unit_goes_to_the_even_one(self, gross_minor: int, fee_minor: int, residue: str) -> None:
        """2.5 % of 100.20 is 250.5 minor units, of 100.60 it is 251.5."""
        (fee,) = worked(HOLD, release(gross_minor), stood())["income:service-fee"]
        assert fee.amount_minor == -fee_minor
        assert fee.how.endswith(f"rounded half to even by {residue} minor units")

    def test_no_rule_is_claimed_that_would_give_another_amount(self) -> None:
        (fee,) = worked(HOLD, release(10_000), stood(Rules(service_fee_bps=300)))["income:service-fee"]
        assert (fee.how, fee.rule, fee.terms) == ("as the release says", "", ())

    def test_without_a_fee_the_exporter_gets_the_gross(self) -> None:
        found = worked(HOLD, release(10_000, Rules()), stood(Rules()))
        assert amounts(found["payable:exporter:EXP-1"]) == [("gross", -10_000)]


class TestRecovery:
    def test_all_parts_come_back_in_proportion(self) -> None:
        """The hidden defect of docs/worked-example.md: 100.00 of 8,200.00."""
        hold = held(Breakdown(gross_minor=820_000, fee_minor=20_500, tax_minor=3_690))
        event = hold.recover(hold.recovery_for(10_000), refund=RefundId("refund:PO-1/3"))
        found = worked(HOLD, event, stood(hold=hold))
        assert amounts(found[HOLD]) == [
            ("net from the exporter", -9_705),
            ("service fee given back", -250),
            ("tax on the fee given back", -45),
        ]
        (fee,) = found["income:service-fee"]
        assert fee.how == "100.00 x 205.00 / 8,200.00 = 2.50, residue 0"

    def test_the_minor_unit_left_over_goes_to_the_largest_remainder(self) -> None:
        """333 by 971, 25 and 4 of 1,000: 323.343, 8.325 and 1.332; one is left, and .343 is the largest remainder."""
        hold = held(Breakdown(gross_minor=1_000, fee_minor=25, tax_minor=4))
        event = hold.recover(hold.recovery_for(333), refund=RefundId("refund:PO-1/1"))
        found = worked(HOLD, event, stood(hold=hold))
        (net,), (fee,), (tax,) = (
            found[name] for name in ("payable:exporter:EXP-1", "income:service-fee", "tax:gst-output")
        )
        assert [net.amount_minor, fee.amount_minor, tax.amount_minor] == [324, 8, 1]
        assert exact(net) == [Fraction(323_343, 1_000), Fraction(657, 1_000)]
        assert exact(fee) == [Fraction(8_325, 1_000), Fraction(-325, 1_000)]
        assert exact(tax) == [Fraction(1_332, 1_000), Fraction(-332, 1_000)]
        assert net.how == "3.33 x 9.71 / 10.00 = 3.24, rounded by largest remainder by +657/1000 minor units"


def test_a_chargeback_takes_each_part_as_far_as_it_goes() -> None:
    """400.00: 100.00 are set aside, 50.00 held, 20.00 frozen; the exporter, who got 500.00, owes the 230.00 left."""
    hold = held(
        Breakdown(gross_minor=50_000, fee_minor=0, tax_minor=0),
        disputed_minor=10_000,
        held_minor=5_000,
        frozen_minor=2_000,
    )
    found = worked(HOLD, hold.charge_back(Money("USD", 40_000), account="clearing:card"), Stood(hold=hold))
    assert amounts(found["clearing:card"]) == [
        ("of what is set aside", -10_000),
        ("of what is held", -5_000),
        ("of what is frozen", -2_000),
        ("from the exporter", -23_000),
    ]
    assert [working.how for working in found["clearing:card"]] == [
        "the lesser of 400.00 and 100.00 = 100.00",
        "the lesser of 300.00 and 50.00 = 50.00",
        "the lesser of 250.00 and 20.00 = 20.00",
        "230.00",
    ]


LATE = Rules(late_remedy="damages", late_damages_bps_per_day=50, late_damages_bps_max=500)


def claim(kind: ClaimKind, amount_minor: int, *, quantity: int = 0, days_late: int = 0, number: int = 1) -> ClaimMade:
    return ClaimMade(
        number=number,
        kind=kind,
        line=1 if quantity else 0,
        quantity=quantity,
        amount_minor=amount_minor,
        days_late=days_late,
        comment="",
    )


def set_aside(claims: Sequence[tuple[ClaimMade, int]], rules: Rules = LATE) -> list[Working]:
    """Return how what is set aside for claims of an order of 10 pieces for 100.00 came about."""
    event = HoldDisputed(
        dispute=DisputeId("dispute:PO-1/1"), amount_minor=sum(minor for _, minor in claims), currency="USD"
    )
    asides = tuple(SetAside(claim, minor) for claim, minor in claims)
    found = worked(HOLD, event, stood(rules, set_aside=asides))
    assert [-working.amount_minor for working in found["disputed:PO-1"]] == [minor for _, minor in claims]
    return found[HOLD]


class TestClaims:
    def test_a_part_of_a_line_is_worth_its_share(self) -> None:
        """3 of 10 pieces for 100.00."""
        (quality,) = set_aside([(claim("quality", 3_000, quantity=3), 3_000)])
        assert (quality.how, quality.rule) == (
            "100.00 x 3 / 10 = 30.00, residue 0",
            "dispute:PO-1/1 claim 1 about line 1",
        )

    @pytest.mark.parametrize(("days_late", "worth_minor", "rate"), [(6, 300, "3.00 %"), (60, 500, "5.00 %")])
    def test_lateness_is_worth_the_damages_of_the_rulebook_up_to_the_most(
        self, days_late: int, worth_minor: int, rate: str
    ) -> None:
        (late,) = set_aside([(claim("late", worth_minor, days_late=days_late), worth_minor)])
        assert late.how == f"100.00 x {rate} = {shown(worth_minor, 'USD')}, residue 0"
        assert late.rule == (
            f"rulebook:standard/1 late_damages_bps_per_day = 50 for {days_late} days, late_damages_bps_max = 500"
        )

    def test_a_coupon_is_worth_its_cap(self) -> None:
        coupon = Rules(late_remedy="coupon", late_coupon_minor={"USD": 2_000})
        (late,) = set_aside([(claim("late", 2_000, days_late=1), 2_000)], coupon)
        assert late.rule == "rulebook:standard/1 late_coupon_minor USD = 2000"

    @pytest.mark.parametrize(
        "said",
        [claim("late", 7, days_late=6), claim("quality", 7, quantity=3), claim("other", 7)],
        ids=["late", "quality", "other"],
    )
    def test_another_amount_is_what_the_buyer_claims(self, said: ClaimMade) -> None:
        (working,) = set_aside([(said, 7)])
        assert (working.how, working.rule, working.terms) == ("0.07, as claimed", "dispute:PO-1/1 claim 1", ())

    def test_less_may_be_there_than_was_claimed(self) -> None:
        first, second = set_aside([(claim("quality", 3_000, quantity=3), 2_000), (claim("other", 500, number=2), 500)])
        assert first.how == "20.00 was there of 100.00 x 3 / 10 = 30.00, residue 0"
        assert (first.terms, second.how) == ((), "5.00, as claimed")


def commission() -> Commission:
    return Commission(
        reference=COMMISSION,
        agreement="AG-1",
        terms_from=YEAR,
        partner="PAR-1",
        payer="operator",
        exporter="EXP-1",
        currency="USD",
    )


def accrue(gross_minor: int, agreed: AgreementTerms, before: Commission | None = None) -> CommissionAccrued:
    """Let commission accrue on a release, with the year's total that the order's own commission makes."""
    commission_before = before or commission()
    total = YearTotal(
        year=YEAR,
        currency="USD",
        basis_minor=commission_before.basis_minor,
        commission_minor=commission_before.accrued_minor,
    )
    breakdown = Breakdown(gross_minor=gross_minor, fee_minor=0, tax_minor=0)
    return commission_before.accrue(breakdown, release=ReleaseId("release:PO-1/1"), terms=agreed, total=total)


def agreed(**fields: Any) -> AgreementTerms:
    return AgreementTerms(rate_bps=200, attribution_days=365, by_currency={"USD": CurrencyTerms(**fields)})


class TestCommission:
    def test_each_tier_bears_its_own_rate(self) -> None:
        """5,000.00 at 2 % are 100.00, the 2,700.00 above it at 1.5 % are 40.50."""
        terms = agreed(tiers=(Tier(from_minor=500_000, rate_bps=150),))
        found = worked(COMMISSION, accrue(770_000, terms), Stood(terms=terms))
        (borne,) = found["expense:commission"]
        assert borne.amount_minor == 14_050
        assert exact(borne) == [10_000, 4_050, 0]
        assert borne.how == "5,000.00 x 2.00 % + 2,700.00 x 1.50 % = 140.50, residue 0"
        assert borne.rule == "agreement:AG-1 from 2026-04-01: rate_bps = 200, rate_bps = 150 (tier 1)"

    def test_the_cap_takes_what_is_above_it(self) -> None:
        """2 % of 7,700.00 are 154.00; 120.00 a year is the most."""
        terms = agreed(cap_minor=12_000)
        (due,) = worked(COMMISSION, accrue(770_000, terms), Stood(terms=terms))["accrued:partner:PAR-1"]
        assert due.amount_minor == -12_000
        assert exact(due) == [-15_400, 0, 3_400]
        assert due.how == "7,700.00 x 2.00 % = 120.00, residue 0, cap takes 34.00"
        assert due.rule.endswith("rate_bps = 200, cap_minor = 12000 a year")

    def test_the_minimum_adds_what_is_below_it(self) -> None:
        terms = agreed(minimum_minor=500)
        (borne,) = worked(COMMISSION, accrue(10_000, terms), Stood(terms=terms))["expense:commission"]
        assert borne.how == "100.00 x 2.00 % = 5.00, residue 0, minimum adds 3.00"
        assert borne.rule.endswith("rate_bps = 200, minimum_minor = 500")

    def test_what_rounding_left_over_is_carried_to_the_next_release(self) -> None:
        """2 % of 0.26 is 0.52 minor units, so 1 with -0.48 left over; the next 0.52 - 0.48 are 0.04, so none."""
        terms = agreed()
        first = accrue(26, terms)
        (borne,) = worked(COMMISSION, first)["expense:commission"]
        assert exact(borne) == [Fraction(52, 100), Fraction(48, 100)]
        second = accrue(30, terms, evolve(None, first, COMMISSION, AT))
        assert second.amount_minor == 0
        third = accrue(77, terms, evolve(evolve(None, first, COMMISSION, AT), second, COMMISSION, AT))
        (borne,) = worked(COMMISSION, third)["expense:commission"]
        assert exact(borne) == [Fraction(154, 100), Fraction(12, 100), Fraction(34, 100)]

    def test_what_is_taken_back_is_the_part_that_was_recovered(self) -> None:
        """The hidden defect of docs/worked-example.md: 164.00 x 100.00 / 8,200.00."""
        event = evolve(None, accrue(820_000, agreed()), COMMISSION, AT).claw_back(10_000, cause="refund:PO-1/3")
        found = worked(COMMISSION, event)
        assert amounts(found["accrued:partner:PAR-1"]) == [("commission taken back", 200)]
        (borne,) = found["expense:commission"]
        assert borne.how == "164.00 x 100.00 / 8,200.00 - 0.00 before = 2.00, residue 0"

    def test_what_is_earned_bears_its_tax(self) -> None:
        """18 % of 154.00: 27.72, which the partner charges and the operator reclaims."""
        gst = Gst(treatment="forward", rate_bps=1_800, rule="in-forward")
        event = evolve(None, accrue(770_000, agreed()), COMMISSION, AT).earn(gst=gst, year=YEAR)
        found = worked(COMMISSION, event)
        assert amounts(found["payable:partner:PAR-1"]) == [("commission earned", -15_400), ("GST, forward", -2_772)]
        (tax,) = found["tax:gst-input"]
        assert (tax.amount_minor, tax.rule) == (2_772, "agreement:AG-1 GST in-forward rate_bps = 1800")

    def test_tax_is_withheld_above_the_threshold(self) -> None:
        """2 % of what 25,000.00 are above 20,000.00 a year: 100.00."""
        table = WITHHOLDING["in-commission"]
        earned = evolve(None, accrue(125_000_000, agreed()), COMMISSION, AT).earn(gst=NO_GST, year=YEAR)
        row = table.row_on(date(2026, 5, 1))
        assert row is not None
        event = withhold(earned, table=table, row=row, total=YearTotal(year=YEAR, currency="USD"))
        assert event is not None
        (withheld,) = worked(COMMISSION, event)[f"tax:withheld:{row.code}"]
        assert withheld.amount_minor == -10_000
        assert withheld.how == (
            "5,000.00 x 2.00 %, less what was withheld on 0.00 before, = 100.00, residue 0; "
            "earned in the year 25,000.00"
        )
        assert withheld.rule.endswith("rate_bps = 200 above 20,000.00 a year (excess)")


def _posting() -> list[str]:
    return [topic for topic, (reference, event) in EXAMPLES.items() if post(reference, event)]


@pytest.mark.parametrize("topic", _posting())
def test_the_workings_of_every_event_ever_shipped_sum_to_what_it_posts(topic: str) -> None:
    reference, event = EXAMPLES[topic]
    entry = post(reference, event)
    assert entry is not None
    wanted: Counter[str] = Counter()
    for posting in entry.postings:
        wanted[posting.account] += posting.amount_minor
    for account, workings in worked(reference, event).items():
        assert sum(working.amount_minor for working in workings) == wanted.pop(account)
        for working in workings:
            assert not working.terms or sum(exact(working)) == working.amount_minor
            assert working.how
    assert not wanted


def test_the_workings_of_the_worked_example_name_a_rule_wherever_there_is_arithmetic() -> None:
    checked = 0
    for _act, steps in play():
        for step in steps:
            entry = post(step.reference, step.event)
            for working in workings_of(step.reference, step.event, entry, stood()) if entry else ():
                checked += bool(working.terms)
                assert working.rule or not working.terms, working
    assert checked > 10


def test_amounts_and_rates_are_written_as_people_do() -> None:
    assert [shown(minor, "USD") for minor in (0, 5, -5, 123_456_789, -100_000)] == [
        "0.00",
        "0.05",
        "-0.05",
        "1,234,567.89",
        "-1,000.00",
    ]
    assert [shown(-1_234, "JPY"), shown(1_234_567, "KWD")] == ["-1,234", "1,234.567"]
    assert [percent(bps) for bps in (0, 5, 250, 10_000)] == ["0.00 %", "0.05 %", "2.50 %", "100.00 %"]

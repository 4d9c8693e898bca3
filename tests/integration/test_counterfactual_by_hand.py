"""Counterfactuals worked out by hand, on trades where one rule at a time would have decided otherwise."""

from datetime import date, timedelta
from typing import Any

from msgspec.structs import replace

from domain import commands
from domain.agreement_terms import CurrencyTerms, Tier
from domain.commands.disputes import NewClaim
from domain.money import Money
from domain.rules import Rules
from projections.counterfactual import Comparison, Scope, compare
from tests.agreements import agreed_terms
from tests.books import RULES, Book, pay, place_order, whole_trade

WHOLE = Scope()


def differing(book: Book, scope: Scope = WHOLE, **rules: Any) -> dict[str, list[Comparison]]:
    """Return what differs where these rules are other than an order's own, by kind."""
    found: dict[str, list[Comparison]] = {}
    with book.pool.connection() as connection:
        for each in compare(connection, book.name, lambda own: replace(own, **rules), scope):
            if each.differs:
                found.setdefault(each.kind, []).append(each)
    return found


def values(comparisons: list[Comparison]) -> list[tuple[object, object]]:
    return [(each.real, each.would_be) for each in comparisons]


def dispatched(book: Book, order: str = "PO-1") -> None:
    for command in whole_trade(order)[:5]:
        book.say(command)


def dispute(book: Book, claim: NewClaim, order: str = "PO-1") -> None:
    book.say(commands.OpenDispute(order=order, claims=(claim,)))


def test_a_dispute_in_time_would_have_been_too_late_under_a_shorter_window(book: Book) -> None:
    book.trade("PO-1")
    book.clock.move(days=20)
    dispute(book, NewClaim(kind="quality", amount_minor=500))
    found = differing(book, claim_days=10)
    assert values(found["dispute"]) == [("allowed", "too late")]
    assert found["dispute"][0].about == "dispute:PO-1/1"
    assert found["dispute"][0].rules == ("claim_days",)
    assert [each.difference for each in found["deadline claims"]] == [-20 * 86_400]
    assert "dispute" not in differing(book, claim_days=21)


def test_a_clock_that_stood_still_would_have_stood_still_as_long(book: Book) -> None:
    book.trade("PO-1")
    book.say(commands.PauseClock(order="PO-1", clock="claims", reason="holiday"))
    book.clock.move(days=9)
    book.say(commands.ResumeClock(order="PO-1", clock="claims", reason="holiday-over"))
    book.clock.move(days=11)
    dispute(book, NewClaim(kind="quality", amount_minor=500))
    assert "dispute" not in differing(book, claim_days=12)
    assert "dispute" in differing(book, claim_days=11)


def test_an_extension_would_have_been_cut(book: Book) -> None:
    dispatched(book)
    book.say(commands.ExtendInspection(order="PO-1", side="buyer", days=10))
    assert values(differing(book, extension_days=4)["extension"]) == [(10, 4)]
    assert values(differing(book, extension_days_max=7)["extension"]) == [(10, 7)]
    assert differing(book, extension_days=10) == {}


def test_an_escalation_would_have_come_too_early(book: Book) -> None:
    dispatched(book)
    dispute(book, NewClaim(kind="quality"))
    book.clock.move(days=4)
    book.say(commands.EscalateDispute(order="PO-1", side="buyer"))
    assert values(differing(book, escalation_from_day=6)["escalation"]) == [("allowed", "dispute.escalation_too_early")]
    assert differing(book, escalation_from_day=5) == {}


def test_deadlines_that_only_other_rules_give_start_with_what_would_have_started_them(book: Book) -> None:
    start = book.clock.now
    book.say(place_order("PO-1"))
    book.clock.move(days=1)
    book.say(commands.AcceptOrder(order="PO-1"))
    book.clock.move(days=1)
    book.say(pay("PO-1"))
    found = differing(book, acceptance_days=3, payment_days=5)
    assert values(found["deadline acceptance"]) == [(None, start + timedelta(days=3))]
    assert values(found["deadline payment"]) == [(None, start + timedelta(days=6))]
    assert [(each.about, each.rules) for each in found["deadline payment"]] == [("payment/1", ("payment_days",))]


def test_who_may_order_is_asked_of_the_parties_as_they_were_then(book: Book) -> None:
    book.say(place_order("PO-1"))
    book.say(commands.RegisterParty(party="BUY-1", roles=("buyer",), country="DE"))
    book.say(commands.RegisterParty(party="EXP-1", roles=("exporter",), country="IN"))
    book.say(place_order("PO-2"))
    found = differing(book, registered_parties_only=True)
    assert [(each.order, each.would_be) for each in found["placing"]] == [("PO-1", "party.not_registered")]


def test_a_place_further_east_finds_goods_late_that_were_in_time(book: Book) -> None:
    for command in whole_trade("PO-1")[:3]:
        book.say(command)
    book.clock.now = book.clock.now.replace(year=2026, month=12, day=1, hour=20)
    book.say(commands.DispatchGoods(order="PO-1"))
    found = differing(book, time_zone="Asia/Kolkata")
    assert values(found["lateness of dispatch"]) == [(0, 1)]
    assert [each.difference for each in found["deadline ship-by"]] == [-19_800]


def test_what_the_operator_advanced_would_have_been_capped(book: Book) -> None:
    book.say(commands.DraftRulebook(rulebook="standard/2", rules=replace(RULES, guarantee_minor={"USD": 500})))
    book.say(commands.ApproveRulebook(rulebook="standard/2"), actor="operator:second")
    book.say(commands.PublishRulebook(rulebook="standard/2"))
    for command in whole_trade("PO-1"):
        book.say(replace(command, rulebook="standard/2") if isinstance(command, commands.PlaceOrder) else command)
    book.say(commands.RecordChargeback(order="PO-1", amount=Money("USD", 10_000), account="clearing:card"))
    for minor in (100, 90):
        book.say(commands.AdvanceGuarantee(order="PO-1", amount=Money("USD", minor), account="bank:safeguarded:hdfc"))
    found = differing(book, guarantee_minor={"USD": 130})["guarantee"]
    assert values(found) == [(90, 30)]
    assert found[0].rules == ("guarantee_minor.USD",)


def test_goods_that_were_late_would_have_brought_what_the_other_rules_give(book: Book) -> None:
    coupon: dict[str, Any] = {"late_remedy": "coupon", "late_coupon_minor": {"USD": 700}}
    book.say(commands.DraftRulebook(rulebook="standard/2", rules=replace(RULES, **coupon)))
    book.say(commands.ApproveRulebook(rulebook="standard/2"), actor="operator:second")
    book.say(commands.PublishRulebook(rulebook="standard/2"))
    book.say(replace(place_order("PO-1"), rulebook="standard/2"))
    book.say(commands.AcceptOrder(order="PO-1"))
    book.say(pay("PO-1"))
    book.clock.now = book.clock.now.replace(month=12, day=4)
    book.say(commands.DispatchGoods(order="PO-1"))
    dispute(book, NewClaim(kind="late"))
    damages: dict[str, Any] = {"late_remedy": "damages", "late_damages_bps_per_day": 100, "late_damages_bps_max": 1_000}
    found = differing(book, **damages)["late remedy"]
    assert values(found) == [(700, 300)]
    assert found[0].rules == ("late_remedy", "late_damages_bps_per_day", "late_damages_bps_max")
    assert values(differing(book, late_coupon_minor={})["late remedy"]) == [(700, 0)]


def test_commission_follows_the_fee_over_the_tiers_of_its_agreements_year(book: Book) -> None:
    """2 % of the net up to 150.00 of a year, 10 % beyond: 97.05 and 52.95 | 44.10, or 94.10 and 55.90 | 38.20."""
    tiers = {"USD": CurrencyTerms(tiers=(Tier(from_minor=15_000, rate_bps=1_000),))}
    terms = agreed_terms(basis="net", by_currency=tiers)
    for command in (
        commands.SignAgreement(agreement="AG-1", partner="PAR-1", starts_on=date(2026, 1, 1), terms=terms),
        commands.RegisterParty(party="EXP-1", roles=("exporter",), country="IN"),
        commands.ReferExporter(party="EXP-1", agreement="AG-1", starts_on=date(2026, 11, 1)),
        *whole_trade("PO-1"),
        *whole_trade("PO-2"),
        commands.ProposeRefund(order="PO-2", amount=Money("USD", 5_000), reason="defective"),
    ):
        last = book.say(command).last_position
    book.clock.move(days=RULES.claim_days + 1)
    book.say(commands.ExpireClocks(order="PO-2"))
    found = differing(book, service_fee_bps=500)
    assert values(found["commission"]) == [(194, 188), (547, 494)]
    assert values(found["commission taken back"]) == [(274, 247)]
    assert values(found["commission earned"]) == [(273, 247)]
    assert {each.rules for each in found["commission"]} == {("service_fee_bps",)}
    alone = differing(book, Scope(order="PO-2"), service_fee_bps=500)
    assert values(alone["commission"]) == [(547, 517)]
    later = differing(book, Scope(from_position=last), service_fee_bps=500)
    assert later == {}


def test_commission_of_the_fee_grows_and_vanishes_with_it(book: Book) -> None:
    terms = agreed_terms(rate_bps=1_000, basis="service_fee")
    for command in (
        commands.SignAgreement(agreement="AG-1", partner="PAR-1", starts_on=date(2026, 1, 1), terms=terms),
        commands.RegisterParty(party="EXP-1", roles=("exporter",), country="IN"),
        commands.ReferExporter(party="EXP-1", agreement="AG-1", starts_on=date(2026, 11, 1)),
        *whole_trade("PO-1"),
    ):
        book.say(command)
    assert values(differing(book, service_fee_bps=1_000)["commission"]) == [(25, 100)]
    assert values(differing(book, service_fee_bps=0)["commission"]) == [(25, 0)]


def test_every_rule_that_has_a_part_in_a_difference_is_named(book: Book) -> None:
    book.trade("PO-1")
    found = differing(book, service_fee_bps=300, service_fee_tax_bps=1_000, claim_days=31)
    assert [each.rules for each in found["fee"]] == [("service_fee_bps",)]
    assert [each.rules for each in found["tax"]] == [("service_fee_bps", "service_fee_tax_bps")]
    assert [each.rules for each in found["deadline claims"]] == [("claim_days",)]


def test_rules_that_nothing_asks_yet_make_no_difference(book: Book) -> None:
    book.trade("PO-1")
    assert differing(book, payout_approvals=3, retention_days=9, pa_cb_basis="unit") == {}


def test_the_windows_of_a_transport_mode_are_named_by_it(book: Book) -> None:
    dispatched(book)
    days = Rules().inspection_days | {"sea": 40, "air": 1}
    assert [each.rules for each in differing(book, inspection_days=days)["deadline inspection"]] == [
        ("inspection_days.sea",)
    ]

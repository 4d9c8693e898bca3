"""Rulebook: drafted by one person, approved by another, published for ever; the numbers of the reference."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from domain.catalogue import UPCASTERS
from domain.commands import ApproveRulebook, Command, DraftRulebook, PlaceOrder, PublishRulebook
from domain.money import CurrencyUnknown
from domain.references import ReferenceMalformed
from domain.rule_changes import RuleChange, difference
from domain.rule_checks import RulesMalformed
from domain.rulebook import (
    RulebookAlreadyDrafted,
    RulebookApproved,
    RulebookApproverIsDrafter,
    RulebookBackdated,
    RulebookDrafted,
    RulebookNotInForce,
    RulebookNotInState,
    RulebookPublished,
)
from domain.rules import ADDED_IN_2, STANDARD, Fee, RealisationWindow, Rules, TransportMode
from domain.side import person_of
from domain.unit_of_work import AggregateNotFound
from domain.working_days import CalendarUnknown
from ledger.outcomes import Submission
from tests.given import AT, OPERATOR, RULEBOOK, RULES, SECOND, given, line, on, ruled

DRAFT = DraftRulebook(rulebook="standard/1", rules=RULES)
APPROVE = ApproveRulebook(rulebook="standard/1")
PUBLISH = PublishRulebook(rulebook="standard/1")
DRAFTED = RulebookDrafted(rules=RULES, drafted_by=OPERATOR)
APPROVED = RulebookApproved(approved_by=SECOND)


def test_somebody_drafts_a_version() -> None:
    given().when(DRAFT).then(on(RULEBOOK, DRAFTED)).leaves(RULEBOOK, status="drafted", rules=RULES)


def test_another_person_approves_it() -> None:
    given(on(RULEBOOK, DRAFTED)).when(APPROVE, actor=SECOND).then(on(RULEBOOK, APPROVED)).leaves(
        RULEBOOK, status="approved"
    )


def test_an_approved_version_is_published() -> None:
    given(on(RULEBOOK, DRAFTED, APPROVED)).when(PUBLISH).then(on(RULEBOOK, RulebookPublished())).leaves(
        RULEBOOK, status="published"
    )


@pytest.mark.parametrize("name", ["standard", "standard/", "/1", "a b/1", "standard/1/2", "standard/-1"])
def test_a_version_is_named_by_two_keys(name: str) -> None:
    given().when(DraftRulebook(rulebook=name, rules=RULES)).refused(ReferenceMalformed, field="rulebook")


def test_a_version_is_drafted_once() -> None:
    given(on(RULEBOOK, DRAFTED)).when(DRAFT).refused(RulebookAlreadyDrafted, rulebook=RULEBOOK)
    given(ruled()).when(DRAFT).refused(RulebookAlreadyDrafted)


@pytest.mark.parametrize("actor", [OPERATOR, f"auditor:{person_of(OPERATOR)}"])
def test_the_drafter_does_not_approve_in_any_role(actor: str) -> None:
    given(on(RULEBOOK, DRAFTED)).when(APPROVE, actor=actor).refused(
        RulebookApproverIsDrafter, rulebook=RULEBOOK, actor=actor
    )


def test_a_draft_is_not_published_unseen() -> None:
    given(on(RULEBOOK, DRAFTED)).when(PUBLISH).refused(
        RulebookNotInState, rulebook=RULEBOOK, status="drafted", needed="approved"
    )


def test_a_published_version_is_neither_approved_nor_published_again() -> None:
    given(ruled()).when(APPROVE, actor=SECOND).refused(RulebookNotInState, status="published", needed="drafted")
    given(ruled()).when(PUBLISH).refused(RulebookNotInState, status="published", needed="approved")


KOLKATA = Rules(time_zone="Asia/Kolkata")
NEW_YEAR = date(2027, 1, 1)
NEW_YEARS_EVE = datetime(2026, 12, 31, 18, 29, 59, tzinfo=UTC)
"""The last second of 2026 in Kolkata."""


def on_from(effective_from: date | None) -> RulebookPublished:
    return RulebookPublished(effective_from=effective_from)


def test_a_version_may_be_published_for_a_day_to_come() -> None:
    approved = given(on(RULEBOOK, DRAFTED, APPROVED))
    approved.when(PublishRulebook(rulebook="standard/1", effective_from=NEW_YEAR)).then(
        on(RULEBOOK, on_from(NEW_YEAR))
    ).leaves(RULEBOOK, status="published", effective_from=NEW_YEAR)


def test_a_version_may_be_published_for_the_same_day_in_its_own_time_zone_but_for_none_before() -> None:
    approved = given(on(RULEBOOK, RulebookDrafted(rules=KOLKATA, drafted_by=OPERATOR), APPROVED))
    publish = PublishRulebook(rulebook="standard/1", effective_from=date(2026, 12, 31))
    approved.when(publish, at=NEW_YEARS_EVE + timedelta(seconds=1)).refused(
        RulebookBackdated, rulebook=RULEBOOK, effective_from=date(2026, 12, 31), published_on=NEW_YEAR
    )
    approved.when(publish, at=NEW_YEARS_EVE).then(on(RULEBOOK, on_from(date(2026, 12, 31))))


def placing() -> Command:
    return PlaceOrder(
        order="PO-1",
        buyer="BUY-1",
        exporter="EXP-1",
        currency="USD",
        lines=(line(),),
        transport_mode="sea",
        ship_by=date(2027, 3, 1),
    )


def test_orders_are_placed_from_the_first_day_on_in_the_rules_time_zone() -> None:
    published = given(on(RULEBOOK, RulebookDrafted(rules=KOLKATA, drafted_by=OPERATOR), APPROVED, on_from(NEW_YEAR)))
    published.when(placing(), at=NEW_YEARS_EVE).refused(RulebookNotInForce, rulebook=RULEBOOK, effective_from=NEW_YEAR)
    published.when(placing(), at=NEW_YEARS_EVE + timedelta(seconds=1)).then_topics("OrderPlaced")


def test_an_order_is_placed_under_nothing_that_is_not_published() -> None:
    given(on(RULEBOOK, DRAFTED, APPROVED)).when(placing()).refused(RulebookNotInState, needed="published")


def test_a_version_without_a_first_day_takes_orders_of_any_day() -> None:
    given(on(RULEBOOK, DRAFTED, APPROVED, on_from(None))).when(placing(), at=AT - timedelta(days=5_000)).then_topics(
        "OrderPlaced"
    )


def test_what_was_never_drafted_is_not_found() -> None:
    given().when(APPROVE).refused(AggregateNotFound, kind="rulebook", key="standard/1")
    given().when(PUBLISH).refused(AggregateNotFound, kind="rulebook", key="standard/1")


@pytest.mark.parametrize(("mode", "days"), [("express", 15), ("air", 15), ("land", 30), ("sea", 45), ("post", 60)])
def test_the_inspection_window_depends_on_the_transport(mode: TransportMode, days: int) -> None:
    assert Rules().inspection_ends_at(AT, mode) == AT + timedelta(days=days)


@pytest.mark.parametrize(
    ("amount_minor", "currency", "needed"),
    [(999_999, "USD", False), (1_000_000, "USD", True), (1_000_001, "USD", True), (1, "JPY", True)],
)
def test_from_the_threshold_on_and_in_unlisted_currencies_a_second_person_looks(
    amount_minor: int, currency: str, *, needed: bool
) -> None:
    assert RULES.needs_four_eyes(amount_minor, currency) is needed


def test_a_marketplace_may_let_the_rule_approve_what_it_lists_no_threshold_for() -> None:
    assert not Rules(four_eyes_where_unlisted=False).needs_four_eyes(2**53 - 1, "USD")


@pytest.mark.parametrize(
    ("gross_minor", "fee"),
    [
        (10_000, Fee(fee_minor=250, tax_minor=45)),
        (20, Fee(fee_minor=0, tax_minor=0)),
        (60, Fee(fee_minor=2, tax_minor=0)),
        (1, Fee(fee_minor=0, tax_minor=0)),
    ],
)
def test_fee_and_tax_on_the_fee_are_each_rounded_once(gross_minor: int, fee: Fee) -> None:
    assert RULES.fee_on(gross_minor) == fee


def test_the_default_rules_take_no_fee() -> None:
    assert Rules().fee_on(2**53 - 1) == Fee(fee_minor=0, tax_minor=0)


def window(**changes: Any) -> RealisationWindow:
    return RealisationWindow(**({"months": 9, "rupee_months": 9, "advance_months": 12} | changes))


FROM = date(2026, 10, 1)


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        (Rules(inspection_days={}), "inspection_days"),
        (Rules(inspection_days={"express": 1, "air": 1, "land": 1, "sea": -1, "post": 1}), "inspection_days.sea"),
        (Rules(inspection_days={"express": 1, "air": 1, "land": 1, "sea": 10**9, "post": 1}), "inspection_days.sea"),
        (Rules(claim_days=-1), "claim_days"),
        (Rules(extension_days_max=10**9), "extension_days_max"),
        (Rules(evidence_days=-1), "evidence_days"),
        (Rules(return_days=3_661), "return_days"),
        (Rules(acknowledgement_days=-1), "acknowledgement_days"),
        (Rules(replacement_days=-1), "replacement_days"),
        (Rules(acceptance_days=-1), "acceptance_days"),
        (Rules(payment_days=-1), "payment_days"),
        (Rules(retention_days=10**9), "retention_days"),
        (Rules(service_fee_bps=-100), "service_fee_bps"),
        (Rules(service_fee_bps=9_000, service_fee_tax_bps=1_800), "service_fee_bps"),
        (Rules(late_damages_bps_per_day=-1), "late_damages_bps_per_day"),
        (Rules(late_damages_bps_max=10_001), "late_damages_bps_max"),
        (Rules(late_remedy="damages", late_damages_bps_max=500), "late_damages_bps_per_day"),
        (Rules(late_remedy="damages", late_damages_bps_per_day=50), "late_damages_bps_max"),
        (Rules(late_remedy="coupon", late_coupon_minor={}), "late_coupon_minor"),
        (Rules(screening_lists=("UNSC", "UNSC")), "screening_lists"),
        (Rules(screening_lists=("a list",)), "screening_lists"),
        (Rules(payout_approvals=0), "payout_approvals"),
        (Rules(payout_approvals=10), "payout_approvals"),
        (Rules(break_ageing_days=()), "break_ageing_days"),
        (Rules(break_ageing_days=(2, 2)), "break_ageing_days"),
        (Rules(break_ageing_days=(-1, 2)), "break_ageing_days"),
        (Rules(break_ageing_days=(2, 3_661)), "break_ageing_days"),
        (Rules(realisation_months=()), "realisation_months"),
        (Rules(realisation_months=(window(shipped_from=FROM),)), "realisation_months"),
        (Rules(realisation_months=(window(), window())), "realisation_months"),
        (Rules(realisation_months=(window(), *[window(shipped_from=FROM)] * 2)), "realisation_months"),
        (Rules(realisation_months=(window(months=0),)), "realisation_months"),
        (Rules(realisation_months=(window(advance_months=121),)), "realisation_months"),
        (Rules(four_eyes_from_minor={"USD": -1}), "four_eyes_from_minor"),
        (Rules(late_coupon_minor={"USD": 2**53}), "late_coupon_minor"),
        (Rules(guarantee_minor={"USD": -1}), "guarantee_minor"),
        (Rules(pa_cb_warn_minor={"INR": -1}), "pa_cb_warn_minor"),
        (Rules(own_declaration_minor={"INR": -1}), "own_declaration_minor"),
        (Rules(certificate_cancel_days=-1), "certificate_cancel_days"),
    ],
    ids=str,
)
def test_rules_that_cannot_be_meant_are_not_drafted(rules: Rules, field: str) -> None:
    given().when(DraftRulebook(rulebook="standard/1", rules=rules)).refused(RulesMalformed, field=field)


@pytest.mark.parametrize("field", ["four_eyes_from_minor", "late_coupon_minor", "guarantee_minor", "pa_cb_warn_minor"])
def test_an_amount_in_an_unknown_currency_is_not_drafted(field: str) -> None:
    rules = msgspec.convert({field: {"usd": 1}}, Rules)
    given().when(DraftRulebook(rulebook="standard/1", rules=rules)).refused(CurrencyUnknown, currency="usd")


@pytest.mark.parametrize(
    ("field", "value"), [("time_zone", "Nowhere/Land"), ("holidays_of", "XX"), ("holidays_of", "in")]
)
def test_a_calendar_that_nobody_keeps_is_not_drafted(field: str, value: str) -> None:
    rules = msgspec.convert({field: value}, Rules)
    given().when(DraftRulebook(rulebook="standard/1", rules=rules)).refused(CalendarUnknown, field=field, value=value)


def test_drafting_checks_numbers_before_currencies_before_the_calendar_before_the_version() -> None:
    def drafting(rules: Rules) -> Command:
        return DraftRulebook(rulebook="standard/1", rules=rules)

    drafted = given(on(RULEBOOK, DRAFTED))
    drafted.when(drafting(Rules(guarantee_minor={"usd": 1, "USD": -1}))).refused(RulesMalformed)
    drafted.when(drafting(Rules(guarantee_minor={"usd": 1}, time_zone="x"))).refused(CurrencyUnknown)
    drafted.when(drafting(Rules(time_zone="x", holidays_of="x"))).refused(CalendarUnknown, field="time_zone")
    drafted.when(drafting(Rules())).refused(RulebookAlreadyDrafted)


def test_rules_are_checked_before_the_version_is() -> None:
    drafted = given().said(DraftRulebook(rulebook="standard/1", rules=Rules()))
    drafted.when(DraftRulebook(rulebook="standard/1", rules=Rules(claim_days=-1))).refused(RulesMalformed)


def test_a_fee_may_take_the_whole_with_its_tax_but_no_more() -> None:
    given().when(
        DraftRulebook(rulebook="standard/1", rules=Rules(service_fee_bps=5_000, service_fee_tax_bps=10_000))
    ).then_topics("RulebookDrafted")


def damages(per_day: int = 50, most: int = 500) -> Rules:
    return Rules(late_remedy="damages", late_damages_bps_per_day=per_day, late_damages_bps_max=most)


COUPON = Rules(late_remedy="coupon")


@pytest.mark.parametrize(
    ("rules", "amount_minor", "currency", "days_late", "remedy_minor"),
    [
        (Rules(), 1_000_000, "USD", 30, 0),
        (COUPON, 1_000_000, "USD", 1, 10_000),
        (COUPON, 1_000_000, "USD", 90, 10_000),
        (COUPON, 9_999, "USD", 1, 9_999),
        (COUPON, 1_000_000, "INR", 1, 0),
        (COUPON, 1_000_000, "USD", 0, 0),
        (damages(), 1_000_000, "USD", 1, 5_000),
        (damages(), 1_000_000, "INR", 10, 50_000),
        (damages(), 1_000_000, "USD", 11, 50_000),
        (damages(), 1_000_000, "USD", 0, 0),
        (damages(), 1_000_000, "USD", -3, 0),
        (damages(), 300, "USD", 1, 2),
        (damages(), 500, "USD", 1, 2),
        (damages(10_000, 10_000), 777, "USD", 3_660, 777),
    ],
)
def test_what_late_goods_are_worth_to_their_buyer(
    *, rules: Rules, amount_minor: int, currency: str, days_late: int, remedy_minor: int
) -> None:
    assert rules.late_remedy_for(amount_minor, currency, days_late) == remedy_minor


def test_what_the_reference_marks_unverified_neither_withholds_nor_takes() -> None:
    for rules in (Rules(), STANDARD):
        assert rules.late_remedy_for(2**53 - 1, "USD", 3_660) == 0
        assert (rules.service_fee_bps, rules.guarantee_minor, rules.screening_lists) == (0, {}, ())
        assert not rules.registered_parties_only


def test_the_defaults_are_those_of_the_reference() -> None:
    rules = Rules()
    assert (rules.evidence_days, rules.appeal_needs_new_evidence, rules.offer_days) == (5, True, 10)
    assert (rules.late_coupon_minor, rules.pa_cb_warn_minor) == ({"USD": 10_000}, {"INR": 2_500_000_00})
    assert rules.break_ageing_days == (2, 7, 30, 90)
    assert [(row.shipped_from, row.months, row.rupee_months) for row in rules.realisation_months] == [
        (None, 9, 9),
        (date(2025, 11, 13), 15, 15),
        (date(2026, 10, 1), 15, 18),
    ]


def test_the_inspection_window_ends_at_the_same_hour_where_the_clocks_change() -> None:
    rules = Rules(time_zone="Europe/Berlin")
    dispatched_at = datetime(2027, 3, 20, 12, tzinfo=UTC)
    assert rules.inspection_ends_at(dispatched_at, "air") == datetime(2027, 4, 4, 11, tzinfo=UTC)


def test_rules_are_a_closed_list() -> None:
    with pytest.raises(msgspec.ValidationError, match="claim_day`"):
        msgspec.convert({"claim_day": 45}, Rules)


def test_a_draft_of_version_1_is_read_with_what_its_silence_meant() -> None:
    upcast = UPCASTERS["rulebook.drafted", 1]
    plain = msgspec.to_builtins(Rules(claim_days=45))
    fields = upcast({"rules": {name: plain[name] for name in plain if name not in ADDED_IN_2}, "drafted_by": OPERATOR})
    drafted = msgspec.convert(fields, RulebookDrafted)
    assert drafted == RulebookDrafted(rules=Rules(claim_days=45), drafted_by=OPERATOR)
    assert set(fields["rules"]) == set(Rules.__struct_fields__)


def test_a_publication_of_version_1_was_in_force_at_once() -> None:
    assert UPCASTERS["rulebook.published", 1]({}) == {"effective_from": None}


def hash_of(command: Command) -> bytes:
    return Submission(
        command=command, command_id="c-1", principal="api", actor=OPERATOR, role="operator"
    ).request_hash()


def test_a_retried_draft_is_the_same_request_as_before_there_were_more_rules() -> None:
    said_before = (
        b'[{"type":"DraftRulebook","rulebook":"standard/1","rules":{"inspection_days":{"air":15,"express":15,'
        b'"land":30,"post":60,"sea":45},"extension_days":15,"extension_days_max":30,"claim_days":30,'
        b'"negotiation_days":3,"escalation_from_day":4,"automatic_escalation_day":7,"mediator_working_days":2,'
        b'"review_working_days":2,"refund_start_working_days":7,"appeal_days":30,"offer_days":10,'
        b'"service_fee_bps":250,"service_fee_tax_bps":1800,"four_eyes_from_minor":{"USD":1000000},'
        b'"four_eyes_where_unlisted":true}},"operator:first","operator",null,{}]'
    )
    assert hash_of(DRAFT) == hashlib.sha256(said_before).digest()
    said_before = b'[{"type":"PublishRulebook","rulebook":"standard/1"},"operator:first","operator",null,{}]'
    assert hash_of(PUBLISH) == hashlib.sha256(said_before).digest()


def test_a_draft_with_another_number_is_another_request() -> None:
    drafts = [Rules(), Rules(claim_days=45), Rules(evidence_days=6), Rules(holidays_of="IN"), Rules(time_zone="IN")]
    assert len({hash_of(DraftRulebook(rulebook="standard/1", rules=rules)) for rules in drafts}) == len(drafts)


def test_equal_rules_do_not_differ() -> None:
    assert difference(Rules(), Rules()) == []
    assert difference(STANDARD, STANDARD) == []


def test_what_differs_is_named_by_field_and_key_in_the_order_of_the_rules() -> None:
    a = Rules(four_eyes_from_minor={"USD": 1, "EUR": 2, "JPY": 3})
    b = Rules(
        inspection_days={"express": 15, "air": 15, "land": 30, "sea": 50, "post": 60},
        automatic_escalation_day=8,
        four_eyes_from_minor={"USD": 1, "EUR": 5, "INR": 4},
        four_eyes_where_unlisted=False,
        screening_lists=("UNSC",),
        break_ageing_days=(7,),
        holidays_of="IN",
    )
    assert difference(a, b) == [
        RuleChange("inspection_days.sea", 45, 50),
        RuleChange("automatic_escalation_day", 7, 8),
        RuleChange("four_eyes_from_minor.EUR", 2, 5),
        RuleChange("four_eyes_from_minor.INR", None, 4),
        RuleChange("four_eyes_from_minor.JPY", 3, None),
        RuleChange("four_eyes_where_unlisted", before=True, after=False),
        RuleChange("screening_lists", (), ("UNSC",)),
        RuleChange("holidays_of", "", "IN"),
        RuleChange("break_ageing_days", (2, 7, 30, 90), (7,)),
    ]


def test_dated_rows_differ_by_their_day() -> None:
    rows = Rules().realisation_months
    longer = (*rows[:2], msgspec.structs.replace(rows[2], rupee_months=24))
    assert difference(Rules(), Rules(realisation_months=longer)) == [
        RuleChange("realisation_months.2026-10-01.rupee_months", 18, 24)
    ]
    assert difference(Rules(), Rules(realisation_months=rows[:2])) == [
        RuleChange("realisation_months.2026-10-01.advance_months", 36, None),
        RuleChange("realisation_months.2026-10-01.months", 15, None),
        RuleChange("realisation_months.2026-10-01.rupee_months", 18, None),
    ]


def test_a_difference_is_undone_by_its_reverse() -> None:
    there, back = difference(STANDARD, RULES), difference(RULES, STANDARD)
    assert there
    assert [RuleChange(one.field, one.after, one.before) for one in there] == back

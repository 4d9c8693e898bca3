"""Rulebook: drafted by one person, approved by another, published for ever; the numbers of the reference."""

from datetime import timedelta

import pytest

from domain.commands import ApproveRulebook, DraftRulebook, PublishRulebook
from domain.money import CurrencyUnknown
from domain.references import ReferenceMalformed
from domain.rulebook import (
    Fee,
    RulebookAlreadyDrafted,
    RulebookApproved,
    RulebookApproverIsDrafter,
    RulebookDrafted,
    RulebookNotInState,
    RulebookPublished,
    Rules,
    RulesMalformed,
    TransportMode,
)
from domain.unit_of_work import AggregateNotFound
from tests.given import AT, OPERATOR, RULEBOOK, RULES, SECOND, given, on, ruled

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


def test_the_drafter_does_not_approve() -> None:
    given(on(RULEBOOK, DRAFTED)).when(APPROVE, actor=OPERATOR).refused(
        RulebookApproverIsDrafter, rulebook=RULEBOOK, actor=OPERATOR
    )


def test_a_draft_is_not_published_unseen() -> None:
    given(on(RULEBOOK, DRAFTED)).when(PUBLISH).refused(
        RulebookNotInState, rulebook=RULEBOOK, status="drafted", needed="approved"
    )


def test_a_published_version_is_neither_approved_nor_published_again() -> None:
    given(ruled()).when(APPROVE, actor=SECOND).refused(RulebookNotInState, status="published", needed="drafted")
    given(ruled()).when(PUBLISH).refused(RulebookNotInState, status="published", needed="approved")


def test_what_was_never_drafted_is_not_found() -> None:
    given().when(APPROVE).refused(AggregateNotFound, kind="rulebook", key="standard/1")
    given().when(PUBLISH).refused(AggregateNotFound, kind="rulebook", key="standard/1")


def test_approving_checks_state_before_person() -> None:
    given(on(RULEBOOK, DRAFTED, APPROVED)).when(APPROVE, actor=OPERATOR).refused(RulebookNotInState)


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


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        (Rules(inspection_days={}), "inspection_days"),
        (Rules(inspection_days={"express": 1, "air": 1, "land": 1, "sea": -1, "post": 1}), "inspection_days.sea"),
        (Rules(inspection_days={"express": 1, "air": 1, "land": 1, "sea": 10**9, "post": 1}), "inspection_days.sea"),
        (Rules(claim_days=-1), "claim_days"),
        (Rules(extension_days_max=10**9), "extension_days_max"),
        (Rules(service_fee_bps=-100), "service_fee_bps"),
        (Rules(service_fee_bps=9_000, service_fee_tax_bps=1_800), "service_fee_bps"),
        (Rules(four_eyes_from_minor={"USD": -1}), "four_eyes_from_minor"),
    ],
    ids=str,
)
def test_rules_that_cannot_be_meant_are_not_drafted(rules: Rules, field: str) -> None:
    given().when(DraftRulebook(rulebook="standard/1", rules=rules)).refused(RulesMalformed, field=field)


def test_a_threshold_in_an_unknown_currency_is_not_drafted() -> None:
    rules = Rules(four_eyes_from_minor={"usd": 1})
    given().when(DraftRulebook(rulebook="standard/1", rules=rules)).refused(CurrencyUnknown, currency="usd")


def test_rules_are_checked_before_the_version_is() -> None:
    drafted = given().said(DraftRulebook(rulebook="standard/1", rules=Rules()))
    drafted.when(DraftRulebook(rulebook="standard/1", rules=Rules(claim_days=-1))).refused(RulesMalformed)


def test_a_fee_may_take_the_whole_with_its_tax_but_no_more() -> None:
    given().when(
        DraftRulebook(rulebook="standard/1", rules=Rules(service_fee_bps=5_000, service_fee_tax_bps=10_000))
    ).then_topics("RulebookDrafted")

"""Planted bugs: the property tests find what they are there to find."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis.stateful import run_state_machine_as_test

from domain import handlers, posting_rules
from domain.hold import Hold, HoldExceeded, HoldReleased
from domain.journal import Entry, entry
from domain.order import OrderReceiptConfirmed
from domain.policies import POLICIES
from domain.posting_rules import POSTING_RULES
from domain.release import Releases
from domain.rulebook import Rules
from domain.trade import Trade
from tests.property.machine import TradeMachine
from tests.property.test_trade_laws import told
from tests.strategies import Said, rules, stories

SEARCH = settings(
    max_examples=4_000,
    stateful_step_count=15,
    phases=(Phase.generate,),
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=False,
    report_multiple_bugs=False,
)


def search() -> None:
    """Run the machine until it finds something."""
    run_state_machine_as_test(TradeMachine, settings=SEARCH)


def test_a_release_that_ignores_what_is_frozen_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def need_held(hold: Hold, amount_minor: int) -> None:
        held_minor = hold.held_minor + hold.frozen_minor
        if amount_minor > held_minor:
            raise HoldExceeded(hold=hold.reference, requested_minor=amount_minor, held_minor=held_minor)

    def free_minor(trade: Trade) -> int:
        return trade.hold.held_minor + trade.hold.frozen_minor - trade.releases.pending_minor

    monkeypatch.setattr(Hold, "_need_held", need_held)
    monkeypatch.setattr(Trade, "free_minor", property(free_minor))
    with pytest.raises(AssertionError):
        search()


def test_an_entry_that_forgets_the_tax_on_the_fee_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def post_without_tax(reference: str, event: HoldReleased) -> Entry:
        payable = {f"payable:exporter:{event.exporter}": event.net_minor, posting_rules.FEE_INCOME: event.fee_minor}
        return entry(event.currency, debit={reference: event.gross_minor}, credit=payable)

    monkeypatch.setitem(POSTING_RULES, ("hold.released", 1), post_without_tax)
    with pytest.raises(AssertionError, match="can't be posted"):
        search()


def test_an_entry_that_gives_the_exporter_the_tax_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def post_tax_to_exporter(reference: str, event: HoldReleased) -> Entry:
        payable_minor = event.net_minor + event.tax_minor
        payable = {f"payable:exporter:{event.exporter}": payable_minor, posting_rules.FEE_INCOME: event.fee_minor}
        return entry(event.currency, debit={reference: event.gross_minor}, credit=payable)

    monkeypatch.setitem(POSTING_RULES, ("hold.released", 1), post_tax_to_exporter)
    with pytest.raises(AssertionError):
        search()


def test_a_recovery_of_more_than_was_released_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Hold, "recoverable_minor", property(lambda _: 10**9))
    with pytest.raises(AssertionError):
        search()


def test_a_recovery_of_what_a_chargeback_took_already_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def twice(hold: Hold) -> int:
        return hold.released.gross_minor - hold.recovered.gross_minor

    monkeypatch.setattr(Hold, "recoverable_minor", property(twice))
    with pytest.raises(AssertionError):
        search()


def test_a_payee_who_is_not_debited_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: Any) -> None: ...

    monkeypatch.setattr(handlers, "_debit", nothing)
    with pytest.raises(AssertionError):
        search()


def test_a_proposer_who_approves_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def approvable(releases: Releases, number: int, *, actor: str) -> None:
        assert actor
        releases.get(number)

    monkeypatch.setattr(Releases, "check_approvable", approvable)
    with pytest.raises(AssertionError):
        search()


@pytest.mark.parametrize("policies", list(POLICIES), ids=lambda cls: cls.__name__)
def test_a_missing_policy_is_found(policies: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(POLICIES, policies)
    with pytest.raises(AssertionError):
        search()


def test_the_laws_alone_find_money_that_lies_about(monkeypatch: pytest.MonkeyPatch) -> None:
    @SEARCH
    @given(stories(), rules())
    def search_stories(story: Sequence[Said], rulebook: Rules) -> None:
        told(story, rulebook)

    unsettled: Any = OrderReceiptConfirmed
    monkeypatch.delitem(POLICIES, unsettled)
    with pytest.raises(AssertionError):
        search_stories()

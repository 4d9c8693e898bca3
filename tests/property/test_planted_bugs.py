"""Planted bugs: the property tests find what they are there to find."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from types import ModuleType
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis.stateful import run_state_machine_as_test

from domain import posting_rules
from domain.agreement import Agreement, YearTotal
from domain.clock import Clock
from domain.commission import Commission, CommissionClawedBack
from domain.dispute import Dispute
from domain.dispute_events import DisputeAppealDecided
from domain.handlers import holds, proposals
from domain.hold import Hold, HoldChargedBack, HoldExceeded, HoldReleased
from domain.journal import Entry, entry
from domain.order import OrderReceiptConfirmed
from domain.policies import POLICIES, commissions, deadlines, disputes, parties, settlement
from domain.policies.disputes import satisfy_claims
from domain.posting_rules import POSTING_RULES
from domain.release import Releases
from domain.rules import Rules
from domain.trade import Trade
from domain.unit_of_work import UnitOfWork
from tests.property.machine import TradeMachine
from tests.property.stories import STORIES, differs, recorded, story, tell_again
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


@pytest.fixture(autouse=True)
def stories_told_before() -> None:
    """Tell the stories while nothing is wrong."""
    for seed in range(STORIES):
        story(seed)


ROOMS = (parties, disputes, settlement, commissions, deadlines)
UNSEEN = {
    (disputes, "DisputeReturnAcknowledged"),
    (disputes, "DisputeSettled"),
    (disputes, "RefundRejected"),
    (settlement, "OrderAmendmentAccepted"),
    (settlement, "OrderCompleted"),
    (deadlines, "HoldClosed"),
    (deadlines, "DisputeEvidenceSubmitted"),
    (deadlines, "DisputeEvidenceClosed"),
    (deadlines, "DisputeOfferExpired"),
    (deadlines, "DisputeAppealDecided"),
    (deadlines, "DisputeClaimWithdrawn"),
    (deadlines, "DisputeReturnAcknowledged"),
    (deadlines, "DisputeReturnLapsed"),
    (deadlines, "DisputeReplacementAcknowledged"),
    (deadlines, "DisputeReplacementLapsed"),
    (deadlines, "DisputeClaimSettled"),
    (deadlines, "OrderAccepted"),
    (deadlines, "DisputeSettled"),
    (deadlines, "OrderDelivered"),
    (deadlines, "OrderCompleted"),
    (deadlines, "HoldOpened"),
}
"""
Without these the stories end alike: another event of the same command keeps the same clocks or closes the same hold, or
what they do is too rare to be in a story.
"""

PLANTED = [(room, happened) for room in ROOMS for happened in room.POLICIES if (room, happened.__name__) not in UNSEEN]
"""Each event that each room follows: without its policies the room is faulty."""


def search() -> None:
    """Run the machine of trades until it finds something."""
    run_state_machine_as_test(TradeMachine, settings=SEARCH)


def search_market(happened: str = "") -> None:
    """Tell storms of the market again, those in which an event happened, until one differs and the machine sees it."""
    for one in recorded(happened):
        if differs(one):
            tell_again(one)


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
    with pytest.raises((AssertionError, ZeroDivisionError)):
        search()


def test_a_recovery_of_what_a_chargeback_took_already_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def twice(hold: Hold) -> int:
        return hold.released.gross_minor - hold.recovered.gross_minor

    monkeypatch.setattr(Hold, "recoverable_minor", property(twice))
    with pytest.raises(AssertionError):
        search()


def test_a_payee_who_is_not_debited_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: Any, **__: Any) -> None: ...

    monkeypatch.setattr(holds, "debit", nothing)
    monkeypatch.setattr(proposals, "debit", nothing)
    with pytest.raises(AssertionError):
        search()


def test_a_proposer_who_approves_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def approvable(releases: Releases, number: int, *, actor: str) -> None:
        assert actor
        releases.get(number)

    monkeypatch.setattr(Releases, "check_approvable", approvable)
    with pytest.raises(AssertionError):
        search()


def test_a_claim_that_is_settled_with_what_another_has_set_aside_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chargeback forgets the claims: what it took is neither counted nor missing from what they have set aside."""

    charged_back: Any = HoldChargedBack
    without = tuple(policy for policy in POLICIES[charged_back] if policy is not satisfy_claims)
    monkeypatch.setitem(POLICIES, charged_back, without)
    with pytest.raises(AssertionError):
        search_market()


def test_a_release_that_ignores_what_a_claim_has_set_aside_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Disputed money counts as free, and may be paid out."""

    def need_held(hold: Hold, amount_minor: int) -> None:
        held_minor = hold.held_minor + hold.disputed_minor
        if amount_minor > held_minor:
            raise HoldExceeded(hold=hold.reference, requested_minor=amount_minor, held_minor=held_minor)

    def free_minor(trade: Trade) -> int:
        return trade.hold.held_minor + trade.hold.disputed_minor - trade.releases.pending_minor

    monkeypatch.setattr(Hold, "_need_held", need_held)
    monkeypatch.setattr(Trade, "free_minor", property(free_minor))
    with pytest.raises(AssertionError):
        search_market()


def test_a_clock_that_expires_when_it_is_noticed_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is due passes at the instant of the command that finds it, not at its own."""

    @contextmanager
    def as_clock(uow: UnitOfWork, clock: str, *, occurred_at: datetime) -> Iterator[None]:
        assert occurred_at <= uow.occurred_at
        before = uow.actor, uow.role
        uow.actor, uow.role = f"clock:{clock}", "clock"
        yield
        uow.actor, uow.role = before

    monkeypatch.setattr(UnitOfWork, "as_clock", as_clock)
    with pytest.raises(AssertionError):
        search_market()


def test_a_paused_clock_that_expires_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standing still doesn't keep a deadline from passing."""
    monkeypatch.setattr(Clock, "decides", property(lambda clock: clock.effect == "decides"))
    with pytest.raises(AssertionError):
        search_market()


def test_a_commission_above_its_cap_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each release is held against the cap alone, not against the year so far."""

    def total_of(_agreement: Agreement, year: date, currency: str) -> YearTotal:
        return YearTotal(year=year, currency=currency)

    monkeypatch.setattr(Agreement, "total_of", total_of)
    with pytest.raises(AssertionError):
        search_market()


def test_a_clawback_of_more_than_its_share_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is taken back of a release takes all of its commission back."""
    whole = Commission.claw_back

    def claw_back(commission: Commission, _gross_minor: int, *, cause: str) -> CommissionClawedBack:
        return whole(commission, commission.unrecovered_minor, cause=cause)

    monkeypatch.setattr(Commission, "claw_back", claw_back)
    with pytest.raises(AssertionError):
        search_market()


def test_a_decision_that_is_carried_out_before_it_can_be_appealed_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every decision is given as if it were on appeal."""

    def give_decision(dispute: Dispute, decision: int) -> DisputeAppealDecided:
        assert dispute.pending
        rulings, mediator = dispute.pending.rulings, dispute.pending.mediator
        return DisputeAppealDecided(decision=decision, rulings=rulings, mediator=mediator)

    monkeypatch.setattr(Dispute, "give_decision", give_decision)
    with pytest.raises(AssertionError):
        search_market()


def test_a_blocked_exporter_who_is_paid_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A release asks nobody whether its exporter may be paid."""

    def everybody_may(*_: Any) -> None: ...

    monkeypatch.setattr(proposals, "check_may_be_paid", everybody_may)
    with pytest.raises(AssertionError):
        search_market()


@pytest.mark.parametrize(("room", "happened"), PLANTED, ids=lambda value: value.__name__.rpartition(".")[2])
def test_a_missing_policy_is_found(room: ModuleType, happened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = room.POLICIES[happened]
    kept = tuple(policy for policy in POLICIES[happened] if policy not in missing)
    monkeypatch.setitem(POLICIES, happened, kept)
    with pytest.raises(AssertionError):
        search_market(happened.__name__)


def test_the_laws_alone_find_money_that_lies_about(monkeypatch: pytest.MonkeyPatch) -> None:
    @SEARCH
    @given(stories(), rules())
    def search_stories(story: Sequence[Said], rulebook: Rules) -> None:
        told(story, rulebook)

    unsettled: Any = OrderReceiptConfirmed
    monkeypatch.delitem(POLICIES, unsettled)
    with pytest.raises(AssertionError):
        search_stories()

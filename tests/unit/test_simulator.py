"""What the simulator says, before any ledger hears it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple, get_args

import pytest

from api.simulation import odds, world
from api.simulation.rehearsal import Rehearsal
from api.simulator import DAYS, VirtualClock, opening, salts_from, simulate
from domain import commands
from domain.aggregate import Event
from domain.catalogue import EVENTS, type_of
from domain.claim import ClaimKind, RemedyKind, ReturnedState
from domain.clock import ClockExpired
from domain.commands import OrderCommand, PlaceOrder, PublicCommand
from domain.commission import CommissionAccrued, CommissionEarned
from domain.dispute_events import (
    DisputeDecisionApproved,
    DisputeEscalated,
    DisputeEvidenceSubmitted,
    DisputeOpened,
    DisputeReturnAcknowledged,
)
from domain.hold import Hold
from domain.order import LINES_PER_EVENT_MAX
from domain.posting_rules import post
from domain.references import hold_id, kind_of
from domain.unit_of_work import Step
from ledger.clocks import PRINCIPAL as CLOCKS
from ledger.outcomes import Submission, check

ENDS_AT = datetime(2026, 11, 22, tzinfo=UTC)
SEED = 11

INTENDED_FAILURES = {
    "dispute.approver_is_mediator",
    "dispute.mediator_decided_before",
    "dispute.mediator_is_party",
    "payout.approver_known",
    "proposal.approver_is_proposer",
    "proposal.not_found",
    "rulebook.approver_is_drafter",
}
INTENDED_REFUSALS = {
    "agreement.change_backdated",
    "dispute.already_escalated",
    "dispute.already_open",
    "dispute.appeal_without_new_evidence",
    "dispute.claim_not_in_state",
    "dispute.claims_exceed_payment",
    "dispute.escalation_too_early",
    "dispute.evidence_outside_set",
    "dispute.mediator_already_assigned",
    "dispute.offer_own",
    "dispute.settled",
    "dispute.too_early",
    "dispute.too_late",
    "guarantee.exceeded",
    "guarantee.recovery_covered",
    "hold.claim_window_open",
    "hold.closed",
    "hold.currency_differs",
    "hold.exceeded",
    "hold.has_none",
    "hold.recovery_exceeded",
    "order.already_dispatched",
    "order.amendment_own",
    "order.amendment_pending",
    "order.cancelled",
    "order.dispatch_already_delivered",
    "order.extension_exceeded",
    "order.inspection_running",
    "order.not_in_state",
    "party.not_screened",
    "party.referral_overlaps",
    "party.retention_running",
    "party.sanctioned",
    "party.suspended",
    "party.under_legal_hold",
    "payee.cover_needed",
    "payee.debt_exceeded",
    "payee.exceeded",
    "period.not_over",
    "proposal.already_approved",
    "proposal.pending",
    "refund.breakdown_changed",
    "rulebook.backdated",
    "rulebook.not_in_force",
    "takeover.already_recorded",
}


class Told(NamedTuple):
    """What is said in a simulation, and what becomes of it in a book of its own."""

    submissions: Sequence[Submission]
    codes: Sequence[str]
    steps: Sequence[Step]
    end: Rehearsal

    def events(self) -> Iterator[Event]:
        return (step.event for step in self.steps)


def is_weighted(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(option, tuple) and len(option) == 2 for option in value)


WEIGHTED = {
    f"{room.__name__}.{name}": value
    for room in (world, odds)
    for name, value in vars(room).items()
    if is_weighted(value) and any(isinstance(part, float) for part in value[0])
}


def all_said(trades: int, seed: int = SEED) -> list[Submission]:
    return [
        *opening("main", seed=seed, ends_at=ENDS_AT),
        *simulate(trades=trades, seed=seed, ends_at=ENDS_AT),
    ]


@cache
def told(trades: int = 2_500, seed: int = SEED) -> Told:
    book, codes, steps = Rehearsal(), [], []
    answered: set[str] = set()
    submissions = all_said(trades, seed)
    for submission in submissions:
        if submission.command_id in answered:
            continue
        heard = book.hear(submission)
        codes.append(heard.refusal.code if heard.refusal else "")
        steps += heard.steps
        answered.add(submission.command_id)
    return Told(tuple(submissions), tuple(codes), tuple(steps), book)


def at(submission: Submission) -> datetime:
    assert submission.occurred_at is not None
    return submission.occurred_at


def said(kind: type[commands.Command]) -> list[Submission]:
    return [each for each in told().submissions if isinstance(each.command, kind)]


def placed() -> list[PlaceOrder]:
    return [each.command for each in told().submissions if isinstance(each.command, PlaceOrder)]


class TestTelling:
    def test_what_people_say_comes_in_order_of_time(self) -> None:
        people = [submission for submission in told().submissions if submission.principal != CLOCKS]
        assert all(at(earlier) <= at(later) for earlier, later in pairwise(people))

    def test_everything_happens_between_the_opening_and_the_end(self) -> None:
        first, *_, last = told().submissions
        assert at(first) == ENDS_AT - timedelta(days=DAYS)
        assert all(ENDS_AT - timedelta(days=DAYS) <= at(each) < ENDS_AT for each in told().submissions)
        assert at(last) > ENDS_AT - timedelta(days=1)

    def test_a_seed_tells_the_same_again(self) -> None:
        assert all_said(150) == all_said(150)

    def test_another_seed_tells_something_else(self) -> None:
        assert all_said(150) != all_said(150, seed=8)

    def test_trades_overlap(self) -> None:
        orders = [each.command.order for each in told().submissions if isinstance(each.command, OrderCommand)]
        assert sum(one != other for one, other in pairwise(orders)) > len(orders) * 0.9

    def test_a_command_id_comes_again_only_with_the_same_body(self) -> None:
        by_id: dict[str, Submission] = {}
        for submission in told().submissions:
            assert by_id.setdefault(submission.command_id, submission) == submission
        assert 0 < len(told().submissions) - len(by_id) < len(by_id) * 0.01

    def test_command_ids_tell_subject_and_verb(self) -> None:
        ids = {submission.command_id for submission in told().submissions}
        assert {"sim-PO-000001-place-order-1", "sim-EXP-1-register-party-1", "sim-standard/2-draft-rulebook-1"} <= ids
        assert any(command_id.endswith("-record-payment-2") for command_id in ids)

    def test_every_submission_is_well_formed(self) -> None:
        for submission in told().submissions:
            check(submission)
            assert submission.actor.startswith(f"{submission.role}:")
            assert submission.principal in {"simulator", CLOCKS}

    def test_all_trades_asked_for_begin(self) -> None:
        orders = {place.order for place in placed()}
        assert orders == {f"PO-{number:06d}" for number in range(1, 2_501)}
        assert sum(type_of(event).topic == "order.placed" for event in told().events()) == 2_500

    def test_without_trades_the_house_is_set_up_all_the_same(self) -> None:
        assert not {type(each.command) for each in all_said(0)} & {PlaceOrder, commands.TakeOverOrder}


class TestBook:
    def test_every_event_of_the_catalogue_happens_but_those_about_the_log_itself(self) -> None:
        happened = {type_of(event).topic for event in told().events()}
        assert happened == {known.topic for known in EVENTS} - {"period.sealed", "book.log_reopened"}

    def test_every_public_command_that_is_not_about_the_log_itself_is_said(self) -> None:
        of_the_log = {commands.SealPeriod, commands.ReopenLog}
        assert {type(each.command) for each in told().submissions} == {*get_args(PublicCommand)} - of_the_log

    def test_only_what_is_meant_to_fail_fails(self) -> None:
        assert set(told().codes) - {""} <= INTENDED_FAILURES | INTENDED_REFUSALS

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_no_seed_makes_an_unintended_failure(self, seed: int) -> None:
        assert set(told(200, seed).codes) - {""} <= INTENDED_FAILURES | INTENDED_REFUSALS

    def test_a_tenth_of_what_is_said_fails_at_the_most(self) -> None:
        failed = Counter(code for code in told().codes if code)
        assert len(failed) > 30
        assert 0.005 < failed.total() / len(told().codes) < 0.1

    def test_entries_sum_to_zero_and_holds_are_proved_at_the_end(self) -> None:
        posted: Counter[tuple[str, str]] = Counter()
        for step in told().steps:
            entry = post(step.reference, step.event)
            for posting in entry.postings if entry else ():
                posted[kind_of(posting.account), posting.currency] -= posting.amount_minor
        kept: Counter[tuple[str, str]] = Counter()
        for order in {step.reference.partition(":")[2] for step in told().steps if kind_of(step.reference) == "hold"}:
            hold = told().end.find(Hold, hold_id(order))
            assert hold is not None
            kept["hold", hold.currency] += hold.held_minor
            kept["disputed", hold.currency] += hold.disputed_minor
            kept["frozen", hold.currency] += hold.frozen_minor
        accounts = {account: minor for account, minor in posted.items() if account[0] in {"hold", "disputed", "frozen"}}
        assert {account: minor for account, minor in kept.items() if minor} == {
            account: minor for account, minor in accounts.items() if minor
        }
        for currency in {currency for _, currency in posted}:
            assert sum(minor for (_, of), minor in posted.items() if of == currency) == 0

    def test_nobody_approves_alone(self) -> None:
        drafted, approved = (told().submissions[number] for number in (1, 2))
        assert isinstance(drafted.command, commands.DraftRulebook)
        assert isinstance(approved.command, commands.ApproveRulebook)
        assert drafted.actor != approved.actor


class TestWorld:
    def test_orders_are_of_every_kind(self) -> None:
        assert {place.currency for place in placed()} == {"USD", "EUR", "INR", "GBP", "JPY", "KWD"}
        assert {place.transport_mode for place in placed()} == {"express", "air", "land", "sea", "post"}
        assert {place.rulebook for place in placed()} == {world.RULEBOOK, world.LATER_RULEBOOK}
        assert {place.deliver_by is None for place in placed()} == {True, False}
        assert {tuple(step.trigger for step in place.steps) for place in placed()} == {
            (),
            ("acceptance", "dispatch"),
            ("acceptance", "delivery"),
        }
        assert any(len(place.lines) > LINES_PER_EVENT_MAX for place in placed())

    def test_claims_are_of_every_kind(self) -> None:
        opened = [event for event in told().events() if isinstance(event, DisputeOpened)]
        assert {claim.kind for event in opened for claim in event.claims} == set(get_args(ClaimKind))
        assert {len(event.claims) for event in opened} >= {1, 2, 3}

    def test_remedies_are_of_every_kind(self) -> None:
        proposals = [each.command for each in told().submissions if isinstance(each.command, commands.ProposeDecision)]
        assert {ruling.remedy for each in proposals for ruling in each.rulings} == set(get_args(RemedyKind))

    def test_goods_come_back_in_every_state(self) -> None:
        returned = [event.state for event in told().events() if isinstance(event, DisputeReturnAcknowledged)]
        assert set(returned) == set(get_args(ReturnedState))

    def test_disputes_are_escalated_by_everybody(self) -> None:
        escalated = [event.by for event in told().events() if isinstance(event, DisputeEscalated)]
        assert set(escalated) == {"buyer", "exporter", "clock"}

    def test_decisions_are_approved_by_rule_and_by_people(self) -> None:
        approved = [event.by_rule for event in told().events() if isinstance(event, DisputeDecisionApproved)]
        assert set(approved) == {True, False}

    def test_evidence_comes_in_time_and_late_asked_for_and_unasked(self) -> None:
        submitted = [event for event in told().events() if isinstance(event, DisputeEvidenceSubmitted)]
        assert {(event.late, event.request > 0) for event in submitted} == {
            (late, asked) for late in (True, False) for asked in (True, False)
        }

    def test_commission_is_of_every_payer_and_tax_treatment(self) -> None:
        assert {event.payer for event in told().events() if isinstance(event, CommissionAccrued)} == {
            "operator",
            "exporter",
        }
        treatments = {event.gst.treatment for event in told().events() if isinstance(event, CommissionEarned)}
        assert treatments == {"none", "forward", "reverse", "zero_rated"}

    def test_deadlines_pass_by_the_worker_and_where_it_is_down_by_the_next_who_speaks(self) -> None:
        expired = [step for step in told().steps if isinstance(step.event, ClockExpired)]
        assert {step.policy for step in expired} == {"expire_due_clocks"}
        assert all(step.occurred_at == step.event.due_at for step in expired if isinstance(step.event, ClockExpired))
        by_worker = len({each.command_id for each in said(commands.ExpireClocks)})
        assert 0 < len(expired) - by_worker < len(expired) * 0.2


@pytest.mark.parametrize("options", WEIGHTED.values(), ids=WEIGHTED.keys())
def test_weights_sum_to_one(options: Sequence[tuple[object, float]]) -> None:
    assert len(WEIGHTED) > 10
    assert sum(weight for _, weight in options) == pytest.approx(1)


def test_salts_are_the_same_for_a_seed_and_never_the_same_twice() -> None:
    salts, same, other = salts_from(1), salts_from(1), salts_from(2)
    drawn = [salts(16) for _ in range(100)]
    assert drawn == [same(16) for _ in range(100)]
    assert len(set(drawn)) == 100
    assert other(16) not in drawn


def test_the_virtual_clock_stands_until_a_day_ends_and_never_passes_its_end() -> None:
    clock = VirtualClock(ENDS_AT)
    assert clock() == clock() == ENDS_AT
    assert not clock.is_behind(ENDS_AT + timedelta(days=1))
    daily = VirtualClock(ENDS_AT - timedelta(days=2), ends_at=ENDS_AT)
    noon = ENDS_AT - timedelta(hours=36)
    assert daily.is_behind(noon)
    daily.end_day(noon)
    assert daily() == ENDS_AT - timedelta(days=1)
    assert not daily.is_behind(noon)
    daily.end_day(ENDS_AT)
    assert daily() == ENDS_AT

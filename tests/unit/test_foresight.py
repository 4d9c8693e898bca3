"""Foresight: a future is what the ledger would record, moves nothing, and ends where nobody has anything to say."""

from datetime import datetime, timedelta

from domain import commands
from domain.commands import OrderCommand
from domain.dispute_refusals import MediatorDiffers
from domain.foresight import Future, entries_of, foresee
from domain.references import rulebook_id
from domain.rulebook import Rulebook
from domain.rules import Rules
from domain.unit_of_work import Step
from tests.disputes import ASSIGN, DECLARE, ESCALATE, MEDIATOR, decide, offer, ruling, shipped_and_claimed
from tests.given import AT, FOUR_EYES, RULES, World, folded, ruled

AT_ESCALATION = AT + timedelta(days=4)


def mediated(*amounts_minor: int, rules: Rules = RULES) -> World:
    """Return a book in which MED-1 may decide claims about PO-1, which is dispatched and paid (100.00 USD)."""
    book = shipped_and_claimed(*amounts_minor, rules=rules).said(ESCALATE, ASSIGN, at=AT_ESCALATION)
    return book.said(DECLARE, actor=MEDIATOR, at=AT_ESCALATION).world


def future_of(world: World, command: OrderCommand, *, actor: str = MEDIATOR, at: datetime = AT_ESCALATION) -> Future:
    return foresee(command, world.load, actor=actor, role="mediator", at=at)


def told(steps: tuple[Step, ...]) -> list[str]:
    """Return what happens that isn't a clock's beginning or end."""
    names = [type(step.event).__name__ for step in steps]
    return [name for name in names if not name.startswith("Clock")]


def posted(steps: tuple[Step, ...]) -> dict[str, int]:
    """Return by how much accounts move in all."""
    moved: dict[str, int] = {}
    for _, entry in entries_of(steps):
        for posting in entry.postings:
            moved[posting.account] = moved.get(posting.account, 0) + posting.amount_minor
    return {account: minor for account, minor in moved.items() if minor}


def test_a_future_moves_nothing() -> None:
    world = mediated()
    before, kept = dict(world.aggregates), list(world.steps)
    future_of(world, decide())
    assert (world.aggregates, world.steps) == (before, kept)


def test_what_comes_at_once_is_what_executing_makes() -> None:
    world = mediated()
    future = future_of(world, decide())
    assert tuple(world.say(decide(), actor=MEDIATOR, role="mediator", at=AT_ESCALATION)) == future.now


def test_a_decision_is_carried_out_when_nobody_appeals_and_the_rest_goes_to_the_exporter() -> None:
    future = future_of(mediated(4_000), decide(ruling(1, "partial-refund", 3_000)))
    assert told(future.now) == ["DisputeDecisionProposed", "DisputeDecisionApproved", "DisputeDecided"]
    assert posted(future.now) == {}
    # 100.00 - 30.00 = 70.00; 2.5 % of it is 1.75, 18 % of that 0.315, rounded to 0.32; 70.00 - 1.75 - 0.32 = 67.93
    assert posted(future.later) == {
        "hold:PO-1": 6_000,
        "disputed:PO-1": 4_000,
        "refundable:buyer:BUY-1": -3_000,
        "payable:exporter:EXP-1": -6_793,
        "income:service-fee": -175,
        "tax:gst-output": -32,
    }
    assert told(future.later)[-1] == "HoldClosed"
    assert future.later[-1].occurred_at > AT_ESCALATION + timedelta(days=RULES.appeal_days)


def test_an_offer_is_taken_by_the_other_side() -> None:
    world = shipped_and_claimed(4_000).world
    future = foresee(offer("refund"), world.load, actor="exporter:EXP-1", role="exporter", at=AT)
    assert told(future.now) == ["DisputeOfferMade"]
    assert told(future.later)[0] == "DisputeOfferAccepted"
    assert posted(future.later)["refundable:buyer:BUY-1"] == -4_000


def test_second_persons_agree_to_what_waits_for_them_one_after_the_other() -> None:
    future = future_of(mediated(4_000, rules=FOUR_EYES), decide(ruling(1, "none")))
    assert told(future.now) == ["DisputeDecisionProposed"]
    assert told(future.later)[0] == "DisputeDecisionApproved"
    assert posted(future.later)["payable:exporter:EXP-1"] == -(10_000 - 250 - 45)


def test_a_command_that_is_refused_has_no_future_but_its_refusal() -> None:
    future = future_of(mediated(), decide(), actor="mediator:MED-2")
    assert isinstance(future.refusal, MediatorDiffers)
    assert (future.now, future.later) == ((), ())


def test_money_that_is_frozen_ends_the_future() -> None:
    world = mediated(4_000)
    world.say(commands.FreezeHold(order="PO-1", reason="suspected-fraud"), at=AT_ESCALATION)
    future = future_of(world, decide(ruling(1, "refund")))
    assert posted(future.later) == {"disputed:PO-1": 4_000, "refundable:buyer:BUY-1": -4_000}


def test_other_rules_give_another_future_of_the_same_trade() -> None:
    other = folded(rulebook_id("other", 1), *(happened.event for happened in ruled(FOUR_EYES)))
    assert isinstance(other, Rulebook)
    world, command = mediated(4_000), decide(ruling(1, "none"))
    as_it_stands = future_of(world, command)
    under_others = foresee(
        command,
        world.load,
        actor=MEDIATOR,
        role="mediator",
        at=AT_ESCALATION,
        instead={"rulebook:standard/1": other},
    )
    assert "DisputeDecided" in told(as_it_stands.now)
    assert told(under_others.now) == ["DisputeDecisionProposed"]


def test_a_future_tells_the_version_of_all_that_it_looked_at() -> None:
    world = mediated()
    read = future_of(world, decide()).read
    assert {reference: world.load(reference).version for reference in read} == read
    assert {"order:PO-1", "dispute:PO-1/1", "clock:PO-1", "rulebook:standard/1"} <= set(read)

"""Foreseen: the sums of a future, by figures worked out by hand; what moves agrees with what the accounts move by."""

from datetime import datetime, timedelta

from api.foreseen import ClockForeseen, MoneyForeseen, PartForeseen, candidate_view, money_of, part_of
from domain import commands
from domain.aggregate import Event
from domain.commands import Command
from domain.foresight import foresee
from domain.hold import HoldChargedBack, HoldRecovered, HoldRefunded, HoldReleased
from domain.references import RefundId, ReleaseId
from domain.unit_of_work import Step
from ledger.previews import Candidate, Foreseen
from tests.disputes import ASSIGN, DECLARE, ESCALATE, MEDIATOR, charge_back, decide, ruling, shipped_and_claimed
from tests.given import AT, HOLD, World
from tests.golden.commission_examples import EXAMPLES

RELEASED = HoldReleased(
    release=ReleaseId("release:PO-1/1"),
    exporter="EXP-1",
    currency="USD",
    gross_minor=10_000,
    fee_minor=250,
    tax_minor=45,
    net_minor=9_705,
)
RECOVERED = HoldRecovered(
    refund=RefundId("refund:PO-1/1"),
    exporter="EXP-1",
    currency="USD",
    gross_minor=4_000,
    fee_minor=100,
    tax_minor=18,
    net_minor=3_882,
)
REFUNDED = HoldRefunded(refund=RefundId("refund:PO-1/1"), buyer="BUY-1", currency="USD", amount_minor=4_000)
CHARGED_BACK = HoldChargedBack(
    exporter="EXP-1",
    buyer="BUY-1",
    currency="USD",
    account="clearing:card",
    held_minor=1_000,
    frozen_minor=200,
    exporter_minor=30,
    buyer_minor=4,
    disputed_minor=5_000,
)


def step(event: Event, *, reference: str = HOLD, policy: str = "", at: datetime = AT) -> Step:
    return Step(reference, 1, event, policy, at)


def mediated() -> World:
    """Return a book in which MED-1 may decide a claim of 40.00 about PO-1, dispatched and paid with 100.00."""
    at = AT + timedelta(days=4)
    return shipped_and_claimed(4_000).said(ESCALATE, ASSIGN, at=at).said(DECLARE, actor=MEDIATOR, at=at).world


def seen(world: World, command: Command, *, name: str = "it") -> Foreseen:
    assert isinstance(command, commands.OrderCommand)
    candidate = Candidate(name=name, command=command, actor=MEDIATOR, role="mediator")  # type: ignore[arg-type]
    at = AT + timedelta(days=4)
    future = foresee(command, world.load, actor=MEDIATOR, role="mediator", at=at)
    return Foreseen(candidate=candidate, future=future)


def test_what_is_taken_back_is_given_back_by_the_operator_too() -> None:
    assert money_of(map(step, (RELEASED, RECOVERED, REFUNDED))) == MoneyForeseen(
        buyer_refunded_minor=4_000,
        exporter_released_minor=9_705,
        exporter_recovered_minor=3_882,
        service_fee_minor=150,
        service_fee_tax_minor=27,
    )


def test_all_that_the_buyers_bank_takes_is_one_amount() -> None:
    assert money_of([step(CHARGED_BACK)]) == MoneyForeseen(charged_back_minor=6_234)


def test_commission_is_told_by_what_becomes_of_it() -> None:
    events = {topic: event for topic, (_, event) in EXAMPLES.items() if topic.startswith("commission.")}
    assert money_of(map(step, events.values())) == MoneyForeseen(
        commission_accrued_minor=2_600_000,
        commission_clawed_back_minor=675_000,
        commission_earned_minor=2_600_000,
        commission_tax_minor=468_000 - 103_500,
        tax_withheld_minor=12_000 - 2_654,
    )


def test_nothing_comes_to_nothing() -> None:
    assert money_of([]) == MoneyForeseen()
    assert part_of([]) == PartForeseen(money=MoneyForeseen(), accounts=[], entries=[], clocks=[])


def test_accounts_move_by_the_sum_of_the_entries_in_the_order_of_their_names() -> None:
    part = part_of([step(RELEASED), step(RECOVERED, policy="execute_refund"), step(REFUNDED, policy="execute_refund")])
    assert [(each.account, each.amount_minor) for each in part.accounts] == [
        ("hold:PO-1", 10_000),
        ("income:service-fee", -150),
        ("payable:exporter:EXP-1", -5_823),
        ("refundable:buyer:BUY-1", -4_000),
        ("tax:gst-output", -27),
    ]
    assert [(each.topic, each.policy) for each in part.entries] == [
        ("hold.released", ""),
        ("hold.recovered", "execute_refund"),
        ("hold.refunded", "execute_refund"),
    ]


def test_a_candidate_tells_what_comes_at_once_and_what_in_the_end() -> None:
    view = candidate_view(2, seen(mediated(), decide(ruling(1, "partial-refund", 3_000))), order="PO-1", currency="USD")
    assert (view.number, view.name, view.command, view.executable) == (2, "it", "ProposeDecision", True)
    assert view.at_once.money == MoneyForeseen()
    # 70.00 are released: 2.5 % of it are 1.75, 18 % of that 0.315, which is 0.32
    assert view.in_the_end.money == MoneyForeseen(
        buyer_refunded_minor=3_000, exporter_released_minor=6_793, service_fee_minor=175, service_fee_tax_minor=32
    )
    decided_at = AT + timedelta(days=4)
    assert view.at_once.clocks == [
        ClockForeseen(occurred_at=decided_at, clock="review/1", move="stopped", due_at=None),
        ClockForeseen(
            occurred_at=decided_at, clock="appeal/1/1", move="started", due_at=decided_at + timedelta(days=30)
        ),
    ]
    assert view.in_the_end.clocks[:2] == view.at_once.clocks
    assert view.ends_at == max(clock.occurred_at for clock in view.in_the_end.clocks)


def test_a_candidate_that_is_refused_tells_why_and_moves_nothing() -> None:
    view = candidate_view(1, seen(mediated(), decide(ruling(1, "refund", 1))), order="PO-1", currency="USD")
    assert view.refusal is not None
    assert view.refusal.code == "dispute.remedy_exceeds_claim"
    assert (view.executable, view.ends_at, view.in_the_end.entries) == (False, None, [])


def test_a_candidate_under_other_rules_cannot_be_carried_out() -> None:
    world = mediated()
    foreseen = seen(world, decide())
    rules = world.load("rulebook:standard/1").aggregate
    assert rules is not None
    candidate = Candidate(
        name="other rules",
        command=decide(),
        actor=MEDIATOR,
        role="mediator",
        instead={"rulebook:standard/1": rules},
    )
    looked_at = Foreseen(candidate=candidate, future=foreseen.future)
    assert candidate_view(1, foreseen, order="PO-1", currency="USD").executable
    assert not candidate_view(1, looked_at, order="PO-1", currency="USD").executable


def test_what_moves_agrees_with_what_the_accounts_move_by() -> None:
    world = mediated()
    world.say(charge_back(1_500), at=AT + timedelta(days=4))
    view = candidate_view(1, seen(world, decide()), order="PO-1", currency="USD")
    money, accounts = view.in_the_end.money, {each.account: each.amount_minor for each in view.in_the_end.accounts}
    assert accounts["refundable:buyer:BUY-1"] == -money.buyer_refunded_minor
    assert accounts["payable:exporter:EXP-1"] == money.exporter_recovered_minor - money.exporter_released_minor
    assert accounts["income:service-fee"] == -money.service_fee_minor
    assert accounts["tax:gst-output"] == -money.service_fee_tax_minor
    assert sum(accounts.values()) == 0

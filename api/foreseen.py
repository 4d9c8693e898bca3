"""
Foreseen is a future as people compare it: what every party gets, at once and in the end, and which clocks run.

Amounts are minor units of the order's currency. Nothing is computed here but sums over what the ledger would record.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from api.http.problems import Problem, problem_of
from domain.catalogue import type_of
from domain.clock import ClockExpired, ClockExtended, ClockPaused, ClockResumed, ClockStarted, ClockStopped
from domain.commission import CommissionAccrued, CommissionClawedBack, CommissionEarned, CommissionTaxWithheld
from domain.foresight import entries_of
from domain.hold import HoldChargedBack, HoldRecovered, HoldRefunded, HoldReleased
from domain.journal import Posting
from domain.unit_of_work import Step
from ledger.previews import Foreseen

ClockMove = Literal["started", "extended", "paused", "resumed", "stopped", "expired"]


class MoneyForeseen(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a future brings to whom, in minor units.

    service_fee, its tax, commission_tax (GST on commission) and tax_withheld are less what is given back of them.
    """

    buyer_refunded_minor: int = 0
    charged_back_minor: int = 0
    """Taken by the buyer's bank."""
    exporter_released_minor: int = 0
    """Net of the service fee and the tax on it."""
    exporter_recovered_minor: int = 0
    """Taken back from the exporter, net likewise."""
    service_fee_minor: int = 0
    service_fee_tax_minor: int = 0
    commission_accrued_minor: int = 0
    commission_clawed_back_minor: int = 0
    commission_earned_minor: int = 0
    commission_tax_minor: int = 0
    tax_withheld_minor: int = 0


class AccountForeseen(msgspec.Struct, frozen=True, kw_only=True):
    """By how much an account moves in all: debits above zero, credits below, in minor units."""

    account: str
    currency: str
    amount_minor: int


class EntryForeseen(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that would be made, of what, because of which policy (empty for the command itself)."""

    occurred_at: datetime
    topic: str
    about: str
    policy: str
    postings: tuple[Posting, ...]


class ClockForeseen(msgspec.Struct, frozen=True, kw_only=True):
    """What would happen to a clock, when, and when it would end then; nothing where it runs no more or is paused."""

    occurred_at: datetime
    clock: str
    move: ClockMove
    due_at: datetime | None


class PartForeseen(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a future: its money, its entries in order, and what happens to clocks."""

    money: MoneyForeseen
    accounts: list[AccountForeseen]
    entries: list[EntryForeseen]
    clocks: list[ClockForeseen]


class CandidateView(msgspec.Struct, frozen=True, kw_only=True):
    """
    A candidate and what it would come to.

    currency: the order's, empty where there is no such order; executable: it would be accepted, and looks at no other
    rules than stand; refusal: why it wouldn't be; at_once: what it makes happen itself; in_the_end: that and what
    follows where nobody objects; ends_at: when the last of it happens.
    """

    number: int
    name: str
    order: str
    currency: str
    command: str
    actor: str
    role: str
    executable: bool
    refusal: Problem | None
    at_once: PartForeseen
    in_the_end: PartForeseen
    ends_at: datetime | None


def candidate_view(number: int, foreseen: Foreseen, *, order: str, currency: str) -> CandidateView:
    """Return a candidate about an order as people compare it with the others of its preview."""
    candidate, future = foreseen.candidate, foreseen.future
    everything = (*future.now, *future.later)
    return CandidateView(
        number=number,
        name=candidate.name,
        order=order,
        currency=currency,
        command=type(candidate.command).__name__,
        actor=candidate.actor,
        role=candidate.role,
        executable=future.refusal is None and not candidate.instead,
        refusal=problem_of(future.refusal) if future.refusal else None,
        at_once=part_of(future.now),
        in_the_end=part_of(everything),
        ends_at=max((step.occurred_at for step in everything), default=None),
    )


def part_of(steps: Sequence[Step]) -> PartForeseen:
    """Return what a stretch of a future comes to."""
    booked = entries_of(tuple(steps))
    entries = [
        EntryForeseen(
            occurred_at=step.occurred_at,
            topic=type_of(step.event).topic,
            about=step.reference,
            policy=step.policy,
            postings=entry.postings,
        )
        for step, entry in booked
    ]
    return PartForeseen(
        money=money_of(steps),
        accounts=_accounts(posting for entry in entries for posting in entry.postings),
        entries=entries,
        clocks=[clock for step in steps if (clock := _clock(step))],
    )


def money_of(steps: Iterable[Step]) -> MoneyForeseen:
    """Return what steps bring to whom, summed."""
    sums: Counter[str] = Counter()
    for step in steps:
        sums.update(_amounts(step))
    return MoneyForeseen(**sums)


def _amounts(step: Step) -> dict[str, int]:
    event = step.event
    match event:
        case HoldRefunded():
            return {"buyer_refunded_minor": event.amount_minor}
        case HoldChargedBack():
            return {"charged_back_minor": event.taken_minor}
        case HoldReleased():
            return {"exporter_released_minor": event.net_minor, **_fee(event, 1)}
        case HoldRecovered():
            return {"exporter_recovered_minor": event.net_minor, **_fee(event, -1)}
        case CommissionAccrued():
            return {"commission_accrued_minor": event.amount_minor}
        case CommissionEarned():
            return {"commission_earned_minor": event.amount_minor, "commission_tax_minor": event.gst_minor}
        case CommissionTaxWithheld():
            return {"tax_withheld_minor": event.amount_minor}
        case CommissionClawedBack():
            return {
                "commission_clawed_back_minor": event.amount_minor,
                "commission_tax_minor": -sum(back.gst_minor for back in event.from_earned),
                "tax_withheld_minor": -sum(back.withheld_minor for back in event.from_earned),
            }
        case _:
            return {}


def _fee(event: HoldReleased | HoldRecovered, sign: int) -> dict[str, int]:
    return {"service_fee_minor": sign * event.fee_minor, "service_fee_tax_minor": sign * event.tax_minor}


def _accounts(postings: Iterable[Posting]) -> list[AccountForeseen]:
    moved: Counter[tuple[str, str]] = Counter()
    for posting in postings:
        moved[posting.account, posting.currency] += posting.amount_minor
    return [
        AccountForeseen(account=account, currency=currency, amount_minor=amount_minor)
        for (account, currency), amount_minor in sorted(moved.items())
        if amount_minor
    ]


def _clock(step: Step) -> ClockForeseen | None:
    move: ClockMove
    event, due_at = step.event, None
    match event:
        case ClockStarted():
            move, due_at = "started", event.due_at
        case ClockExtended():
            move, due_at = "extended", event.due_at
        case ClockResumed():
            move, due_at = "resumed", event.due_at
        case ClockPaused():
            move = "paused"
        case ClockStopped():
            move = "stopped"
        case ClockExpired():
            move = "expired"
        case _:
            return None
    return ClockForeseen(occurred_at=step.occurred_at, clock=event.clock, move=move, due_at=due_at)

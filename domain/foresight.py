"""
Foresight says what a command would do, and what would follow if nobody objected, by the very code that executes it.

A foreseen future lives in memory only: it begins with the command, lets the other side take what it offers and second
persons agree to what waits for them, and then lets the trade's clocks run out one after the other, each at its own
instant.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import count
from typing import NamedTuple

from domain.aggregate import Aggregate
from domain.clock import Clocks
from domain.commands import (
    AcceptOffer,
    ApproveDecision,
    ApproveRefund,
    ApproveRelease,
    Command,
    ExpireClocks,
    OrderCommand,
)
from domain.dispute_events import DisputeOfferMade
from domain.errors import LedgerError
from domain.handlers import decide
from domain.journal import Entry
from domain.posting_rules import post
from domain.references import clocks_id, number_of_dispute, order_of_dispute
from domain.side import other
from domain.trade import Trade, open_dispute_of
from domain.unit_of_work import Loaded, Step, UnitOfWork

SECOND_PERSON = "second:preview"
"""Who agrees, in a foreseen future, to what needs another person; each time somebody else, so with a number."""

MOVES_MAX = 200
"""Longer than any trade takes to come to its end; a future that is longer is cut off."""


class Booked(NamedTuple):
    """An event that posts, and what it posts."""

    step: Step
    entry: Entry


class Future(NamedTuple):
    """
    What a command would come to.

    refusal: why it is refused, where it is; now: what it makes happen at once; later: what follows if nobody objects;
    read: the version of everything that was looked at for that.
    """

    refusal: LedgerError | None
    now: tuple[Step, ...]
    later: tuple[Step, ...]
    read: dict[str, int]


class _World:
    """A book as it stands, and what would happen on top of it."""

    def __init__(self, load: Callable[[str], Loaded]) -> None:
        self._load = load
        self._changed: dict[str, Loaded] = {}
        self._persons = count(1)
        self.read: dict[str, int] = {}

    def load(self, reference: str) -> Loaded:
        loaded = self._changed.get(reference)
        if loaded is None:
            loaded = self._load(reference)
            self.read.setdefault(reference, loaded.version)
        return loaded

    def say(self, command: Command, *, actor: str, role: str, at: datetime) -> tuple[Step, ...]:
        uow = UnitOfWork(self.load, actor=actor, role=role, occurred_at=at)
        decide(command, uow)
        self._changed.update(uow.changed)
        return tuple(uow.steps)

    def agree(self, command: Command, *, at: datetime) -> tuple[Step, ...]:
        """Say a command as somebody who agrees; nothing happens where it is refused."""
        try:
            return self.say(command, actor=f"{SECOND_PERSON}-{next(self._persons)}", role="preview", at=at)
        except LedgerError:
            return ()

    def at(self, at: datetime) -> UnitOfWork:
        return UnitOfWork(self.load, actor=SECOND_PERSON, occurred_at=at)


def foresee(
    command: OrderCommand,
    load: Callable[[str], Loaded],
    *,
    actor: str,
    role: str,
    at: datetime,
    instead: dict[str, Aggregate] | None = None,
) -> Future:
    """
    Return what a command about an order would come to, said at an instant.

    load: returns any aggregate as it stands; instead: aggregates to be taken in place of those that stand, as another
    version of the rules.
    """
    world = _World(_loading(load, instead or {}))
    try:
        now = world.say(command, actor=actor, role=role, at=at)
    except LedgerError as refusal:
        return Future(refusal, (), (), dict(world.read))
    taken = tuple(one for offer in _offers(now) for one in world.agree(offer, at=at))
    later = taken + _later(command.order, world, at)
    return Future(None, now, later, dict(world.read))


def entries_of(steps: tuple[Step, ...]) -> tuple[Booked, ...]:
    """Return what steps post, in order."""
    booked = ((step, post(step.reference, step.event)) for step in steps)
    return tuple(Booked(step, entry) for step, entry in booked if entry)


def _loading(load: Callable[[str], Loaded], instead: dict[str, Aggregate]) -> Callable[[str], Loaded]:
    def loading(reference: str) -> Loaded:
        stands = load(reference)
        return Loaded(instead[reference], stands.version) if reference in instead else stands

    return loading


def _offers(steps: tuple[Step, ...]) -> Iterator[AcceptOffer]:
    for reference, _, event, _, _ in steps:
        if isinstance(event, DisputeOfferMade):
            order, number = order_of_dispute(reference), number_of_dispute(reference)
            yield AcceptOffer(order=order, dispute=number, offer=event.offer, side=other(event.by))


def _later(order: str, world: _World, at: datetime) -> tuple[Step, ...]:
    later: list[Step] = []
    for _ in range(MOVES_MAX):
        move = _next_move(order, world, at)
        if move is None:
            break
        command, at = move
        steps = world.agree(command, at=at)
        if not steps:
            break  # the future ends where even consent doesn't help, as with money that is frozen
        later += steps
    return tuple(later)


def _next_move(order: str, world: _World, at: datetime) -> tuple[Command, datetime] | None:
    uow = world.at(at)
    dispute = open_dispute_of(order, uow)
    if dispute and dispute.pending:
        number = number_of_dispute(dispute.reference)
        return ApproveDecision(order=order, dispute=number, decision=dispute.pending.number), at
    trade = Trade(order, uow)
    for release in trade.releases.pending:
        return ApproveRelease(order=order, number=release.number), at
    for refund in trade.refunds.pending:
        return ApproveRefund(order=order, number=refund.number), at
    clocks = uow.find(Clocks, clocks_id(order))
    if clocks and (due := clocks.next_due):
        return ExpireClocks(order=order), max(at, due.due_at)
    return None

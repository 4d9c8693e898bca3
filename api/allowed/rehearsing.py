"""
A rehearsal decides a command against a book as it stands, by the domain itself, and forgets what came of it.

What is accepted may be said. Until when is found the same way: the clocks of the trade are let pass one after the
other, and the first of them after which the command is refused is the one that it must be said by.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from msgspec import Struct

from api.allowed.awaiting import awaits
from api.allowed.operations import Operation, operations
from api.allowed.saying import Saying, Sayings
from domain.clock import Clock, ClockKind, Clocks
from domain.commands import Command, ExpireClocks, OrderCommand
from domain.errors import LedgerError
from domain.handlers import HANDLERS, decide
from domain.references import clocks_id
from domain.unit_of_work import Loaded, UnitOfWork

Load = Callable[[str], Loaded]

INSTANTS_MAX = 12
"""A trade with more clocks than this has the deadlines of its actions looked for among those that end first."""


class Voice(NamedTuple):
    """Who would speak, when, in which book."""

    actor: str
    role: str
    at: datetime
    book: str


class Deadline(Struct, frozen=True, kw_only=True):
    """Until when something is to be said, and by which clock."""

    at: datetime
    clock: ClockKind


class Rehearsed(NamedTuple):
    """A saying that would be accepted; `by` is nothing where no clock runs out on it."""

    saying: Saying
    operation: Operation
    by: Deadline | None


class _World(NamedTuple):
    """A book as it stands, and who would speak in it."""

    load: Load
    voice: Voice


class _End(NamedTuple):
    """A clock that decides, and the book as it stands once it has passed."""

    clock: Clock
    load: Load


def rehearsed(
    make: Callable[[UnitOfWork], Sayings],
    load: Load,
    voice: Voice,
    *,
    order: str | None = None,
    only: frozenset[str] | None = None,
) -> Iterator[Rehearsed]:
    """
    Yield those sayings that would be accepted now, each once by what it is about, with their deadlines.

    make: returns the sayings that there are as things stand; order: the key of the order whose clocks bound them, if
    one does; only: the operations that are looked at, all where none are named.
    """
    present = after_due_clocks(order, load, voice.at) if order else load
    clocks = running_clocks(order, present) if order else ()
    ends = list(_ends(order, clocks, present)) if order else []
    known: set[object] = set()
    for saying in make(_seen_by(voice, present)):
        operation = operations()[type(saying.command)]
        if only is not None and operation.name not in only:
            continue
        about = (operation.href("", saying.command), *(getattr(saying.command, name) for name in saying.named))
        if about in known or not operation.is_open_to(voice.role) or not would_accept(saying.command, load, voice):
            continue
        known.add(about)
        yield Rehearsed(saying, operation, _deadline(saying.command, clocks, ends, _World(load, voice)))


def would_accept(command: Command, load: Load, voice: Voice) -> bool:
    """
    Return whether a command would be accepted.

    What is about a party is looked at without what would follow for its trades, of which there may be many thousands:
    nothing that follows there is refused.
    """
    uow = _seen_by(voice, load)
    try:
        if isinstance(command, OrderCommand):
            decide(command, uow)
        else:
            HANDLERS[type(command)](command, uow)
    except LedgerError:
        return False
    return True


def _seen_by(voice: Voice, load: Load) -> UnitOfWork:
    return UnitOfWork(load, actor=voice.actor, role=voice.role, occurred_at=voice.at, book=voice.book)


def after_due_clocks(order: str, load: Load, at: datetime) -> Load:
    """Return the book as it stands once the clocks of an order that are due at an instant have passed."""
    uow = UnitOfWork(load, actor="clock", role="clock", occurred_at=at)
    try:
        decide(ExpireClocks(order=order), uow)
    except LedgerError:
        return load
    changed = uow.changed
    return lambda reference: changed.get(reference) or load(reference)


def running_clocks(order: str, load: Load) -> Sequence[Clock]:
    """Return the clocks of a trade that run and aren't paused, the first due first."""
    clocks = load(clocks_id(order)).aggregate
    running = clocks.running if isinstance(clocks, Clocks) else ()
    return sorted((each for each in running if each.paused_at is None), key=lambda each: (each.due_at, each.name))


def _ends(order: str, clocks: Sequence[Clock], load: Load) -> Iterator[_End]:
    """Yield every clock at whose end silence decides something, with what it comes to; of an instant the first."""
    seen: set[datetime] = set()
    for clock in clocks:
        if clock.decides and clock.due_at not in seen and len(seen) < INSTANTS_MAX:
            seen.add(clock.due_at)
            yield _End(clock, after_due_clocks(order, load, clock.due_at))


def _deadline(command: Command, clocks: Sequence[Clock], ends: Sequence[_End], world: _World) -> Deadline | None:
    found = list(islice((clock for clock in clocks if awaits(clock, command)), 1))
    found += islice((end.clock for end in ends if _is_lost(command, end, world)), 1)
    first = min(found, key=lambda clock: clock.due_at, default=None)
    return Deadline(at=first.due_at, clock=first.kind) if first else None


def _is_lost(command: Command, end: _End, world: _World) -> bool:
    """Return whether a command is refused at the end of a clock: tried where that has passed, which is quicker."""
    then = world.voice._replace(at=end.clock.due_at)
    return not would_accept(command, end.load, then) and not would_accept(command, world.load, then)

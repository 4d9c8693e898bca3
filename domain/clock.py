"""
A clock is a deadline with a cause: what it is about, from when it runs, until when, and against whose silence.

All clocks of one trade stand in one aggregate. A clock that decides expires through an ordinary command, at its own
instant and once; one that reminds stays overdue until somebody does what it waits for. The due instant stands in the
event: a rule or a calendar that changes later never moves it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from msgspec import Struct
from msgspec.structs import replace

from domain.aggregate import Aggregate, Event, begun
from domain.errors import NotFound, Refused
from domain.references import key

ClockKind = Literal[
    "acceptance",
    "payment",
    "ship-by",
    "inspection",
    "claims",
    "answer",
    "escalation",
    "mediation",
    "evidence",
    "review",
    "offer",
    "appeal",
    "return",
    "return-acknowledgement",
    "replacement",
    "replacement-acknowledgement",
    "refund-start",
]
Silence = Literal["buyer", "exporter", "parties", "mediator", "operator"]
Counted = Literal["days", "working-days", "date"]
Effect = Literal["decides", "reminds"]


class ClockStarted(Event, frozen=True, kw_only=True):
    """A deadline began to run."""

    clock: str
    """Its name within the trade: its kind, and behind slashes what it concerns, as `offer/1/3`."""
    kind: ClockKind
    about: str
    cause: str
    """The topic of the event that started it."""
    silence_of: Silence
    effect: Effect
    days: int
    counted: Counted
    time_zone: str
    holidays_of: str
    due_at: datetime


class ClockPaused(Event, frozen=True, kw_only=True):
    """A deadline stands still until it is resumed."""

    clock: str
    reason: str


class ClockResumed(Event, frozen=True, kw_only=True):
    """A paused deadline runs on, later by as long as it stood still."""

    clock: str
    reason: str
    due_at: datetime


class ClockExtended(Event, frozen=True, kw_only=True):
    """A deadline was moved out by so many days."""

    clock: str
    days: int
    due_at: datetime


class ClockStopped(Event, frozen=True, kw_only=True):
    """What the deadline waited for happened, or can't happen any more."""

    clock: str
    because: str
    """The topic of the event that stopped it."""


class ClockExpired(Event, frozen=True, kw_only=True):
    """A deadline passed in silence."""

    clock: str
    kind: ClockKind
    about: str
    silence_of: Silence
    due_at: datetime


ClockEvent = ClockStarted | ClockPaused | ClockResumed | ClockExtended | ClockStopped | ClockExpired


@dataclass(eq=False, kw_only=True)
class ClockNotRunning(NotFound):
    """The trade has no such clock, or it has stopped or expired."""

    code: ClassVar[str] = "clock.not_running"
    clocks: str
    clock: str


@dataclass(eq=False, kw_only=True)
class ClockNotPausable(Refused):
    """The clock isn't as the command needs it: one pauses what runs, and resumes what is paused."""

    code: ClassVar[str] = "clock.not_pausable"
    clocks: str
    clock: str
    paused: bool


@dataclass(eq=False, kw_only=True)
class ClockNotDue(Refused):
    """No clock of this trade has come to its end at that instant."""

    code: ClassVar[str] = "clock.not_due"
    clocks: str
    next_due_at: datetime | None


class Clock(Struct, frozen=True, kw_only=True, gc=False):
    """A running deadline; paused while `paused_at` is set."""

    name: str
    kind: ClockKind
    about: str
    silence_of: Silence
    effect: Effect
    due_at: datetime
    paused_at: datetime | None = None

    @property
    def decides(self) -> bool:
        """Return whether it expires by itself as things stand."""
        return self.effect == "decides" and self.paused_at is None


class Clocks(Aggregate, frozen=True, kw_only=True):
    """The running clocks of one trade."""

    running: tuple[Clock, ...] = ()

    def find(self, name: str) -> Clock | None:
        """Return a running clock, or nothing."""
        return next((clock for clock in self.running if clock.name == name), None)

    def get(self, name: str) -> Clock:
        """
        Return a running clock.

        Raises: ClockNotRunning.
        """
        if clock := self.find(name):
            return clock
        raise ClockNotRunning(clocks=self.reference, clock=name)

    @property
    def next_due(self) -> Clock | None:
        """Return the clock that expires first, if one runs that decides."""
        deciding = (clock for clock in self.running if clock.decides)
        return min(deciding, key=lambda clock: (clock.due_at, clock.name), default=None)

    def pause(self, name: str, *, reason: str) -> ClockPaused:
        """
        Let a clock stand still. The reason is a code.

        Raises, in this order: ReferenceMalformed, ClockNotRunning, ClockNotPausable.
        """
        key(reason, field="reason")
        if self.get(name).paused_at is not None:
            raise ClockNotPausable(clocks=self.reference, clock=name, paused=True)
        return ClockPaused(clock=name, reason=reason)

    def resume(self, name: str, *, reason: str, at: datetime) -> ClockResumed:
        """
        Let a paused clock run on, later by as long as it stood still. The reason is a code.

        Raises, in this order: ReferenceMalformed, ClockNotRunning, ClockNotPausable.
        """
        key(reason, field="reason")
        clock = self.get(name)
        if clock.paused_at is None:
            raise ClockNotPausable(clocks=self.reference, clock=name, paused=False)
        stood_still = max(timedelta(0), at - clock.paused_at)
        return ClockResumed(clock=name, reason=reason, due_at=clock.due_at + stood_still)

    def extend(self, name: str, *, days: int) -> ClockExtended:
        """
        Move a clock's end out.

        Raises: ClockNotRunning.
        """
        return ClockExtended(clock=name, days=days, due_at=self.get(name).due_at + timedelta(days=days))

    def stop(self, name: str, *, because: str) -> ClockStopped:
        """
        Stop a clock because of an event's topic.

        Raises: ClockNotRunning.
        """
        return ClockStopped(clock=self.get(name).name, because=because)

    def expire(self, clock: Clock) -> ClockExpired:
        """Let a clock that is due pass."""
        return ClockExpired(
            clock=clock.name, kind=clock.kind, about=clock.about, silence_of=clock.silence_of, due_at=clock.due_at
        )


def evolve(clocks: Clocks | None, event: ClockEvent, reference: str, at: datetime) -> Clocks:
    """Apply an event of a trade's clocks."""
    match event:
        case ClockStarted():
            before = clocks or Clocks(reference=reference)
            return replace(before, running=(*before.running, _started(event)))
        case ClockPaused():
            return _with(begun(clocks), event.clock, paused_at=at)
        case ClockResumed():
            return _with(begun(clocks), event.clock, paused_at=None, due_at=event.due_at)
        case ClockExtended():
            return _with(begun(clocks), event.clock, due_at=event.due_at)
        case ClockStopped() | ClockExpired():
            left = tuple(clock for clock in begun(clocks).running if clock.name != event.clock)
            return replace(begun(clocks), running=left)


def _started(event: ClockStarted) -> Clock:
    return Clock(
        name=event.clock,
        kind=event.kind,
        about=event.about,
        silence_of=event.silence_of,
        effect=event.effect,
        due_at=event.due_at,
    )


def _with(clocks: Clocks, name: str, **changes: datetime | None) -> Clocks:
    running = tuple(replace(clock, **changes) if clock.name == name else clock for clock in clocks.running)
    return replace(clocks, running=running)

"""Commands about a trade's clocks."""

from domain.commands.command import OrderCommand


class ExpireClocks(OrderCommand, frozen=True, kw_only=True):
    """Let every clock of a trade that is due at this instant pass, in order, each at its own instant."""


class PauseClock(OrderCommand, frozen=True, kw_only=True):
    """Let a clock of a trade stand still."""

    clock: str
    reason: str


class ResumeClock(OrderCommand, frozen=True, kw_only=True):
    """Let a paused clock run on, later by as long as it stood still."""

    clock: str
    reason: str


class KeepClocks(OrderCommand, frozen=True, kw_only=True):
    """Start and stop clocks of a trade, so that those run that should after an event; `about` which thing, as it is."""

    about: str
    cause: str


class ExtendClock(OrderCommand, frozen=True, kw_only=True):
    """Move a running clock's end out by so many days."""

    clock: str
    days: int

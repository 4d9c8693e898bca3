"""The clockwork of a simulated marketplace: who lets deadlines pass, and when nobody does."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from api.simulation.rehearsal import Heard
from domain.clock import ClockExtended, ClockPaused, ClockResumed, Clocks, ClockStarted
from domain.references import clocks_id, key_of
from ledger.clocks import DueTrade

SET = (ClockStarted, ClockPaused, ClockResumed, ClockExtended)


class Outage(NamedTuple):
    """A time without a clock worker."""

    starts_at: datetime
    ends_at: datetime


class Clockwork:
    """
    The next deadline of each trade, as the clock worker sees it: by instant, and by where the log set it so.

    In an outage deadlines pass with the next command about their trade, or when the outage is over.
    """

    def __init__(self, outages: Sequence[Outage]) -> None:
        self._outages = outages
        self._set_at: dict[str, dict[str, int]] = {}
        self._next: dict[str, DueTrade] = {}

    def hear(self, heard: Heard) -> Iterator[DueTrade]:
        """Yield the next deadlines that a command has set or moved."""
        moved = [reference for reference in heard.changed if reference.startswith("clock:")]
        if not moved:
            return
        for position, step in enumerate(heard.steps, start=heard.first_position):
            if isinstance(step.event, SET):
                self._set_at.setdefault(step.reference, {})[step.event.clock] = position
        for reference in moved:
            before, due = self._next.pop(reference, None), self._next_of(reference, heard)
            if due is not None:
                self._next[reference] = due
                if due != before:
                    yield due

    def is_next(self, due: DueTrade) -> bool:
        """Return whether this is a trade's next deadline still."""
        return self._next.get(clocks_id(due.order)) == due

    def wakes_at(self, due_at: datetime) -> datetime:
        """Return when somebody sees that a deadline has passed."""
        down = (outage.ends_at for outage in self._outages if outage.starts_at <= due_at < outage.ends_at)
        return next(down, due_at)

    def drop(self, order: str) -> None:
        """Forget a trade."""
        self._set_at.pop(clocks_id(order), None)
        self._next.pop(clocks_id(order), None)

    def _next_of(self, reference: str, heard: Heard) -> DueTrade | None:
        clocks = heard.changed[reference].aggregate
        assert isinstance(clocks, Clocks)  # noqa: S101 - a reference says its kind
        clock = clocks.next_due
        return DueTrade(key_of(reference), clock.due_at, self._set_at[reference][clock.name]) if clock else None

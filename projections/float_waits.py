"""What money waits for, day by day: spans of days on which something held it up, and how they divide a wait."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal

WaitedFor = Literal[
    "dispute",
    "freeze",
    "suspension",
    "release",
    "approval",
    "bank-details",
    "debt",
    "minimum",
    "schedule",
    "planning",
    "instruction",
    "bank",
]
"""
A claim about it; a freeze of the order's money; the payee's suspension or a hit on a sanctions list; somebody to
propose the release, or to approve it or the payout; the payee's bank details; that the payee owes no more; the smallest
payout; the day of payouts; somebody to plan the payout, or to tell the bank; and the bank.
"""

Span = tuple[date, date]
"""From a day on, up to but without another."""


class Spans:
    """The days on which something was so, in order, from a first one if any; the last span may not have ended yet."""

    def __init__(self, since: date | None = None) -> None:
        self._ended: list[Span] = []
        self._since = since

    def turn(self, day: date, *, on: bool) -> None:
        """Say that it is so from a day on, or isn't; nothing changes where that is known."""
        if on and self._since is None:
            self._since = day
        elif not on and self._since is not None:
            self._ended.append((self._since, day))
            self._since = None

    @property
    def is_on(self) -> bool:
        """Return whether it is so still."""
        return self._since is not None

    def within(self, span: Span) -> list[Span]:
        """Return the parts of a span of days on which it was so."""
        spans = self._ended if self._since is None else [*self._ended, (self._since, date.max)]
        parts = ((max(first, span[0]), min(last, span[1])) for first, last in spans)
        return [part for part in parts if part[0] < part[1]]


class Wait:
    """A wait being told: its days by what they were waited for, from the day it began."""

    def __init__(self, since: date) -> None:
        self.since = since
        self.until = since
        self.days: dict[WaitedFor, int] = {}

    def go_on(self, until: date, rest: WaitedFor, causes: Iterable[tuple[WaitedFor, Spans]] = ()) -> Sequence[Span]:
        """
        Wait until a day, not before the last: each day for the first cause that it had, or else for the rest; return
        the spans of the rest.
        """
        left: list[Span] = [(self.until, until)] if until > self.until else []
        for cause, spans in causes:
            held_up = [part for span in left for part in spans.within(span)]
            self._add(cause, held_up)
            left = [part for span in left for part in without(span, held_up)]
        self._add(rest, left)
        self.until = max(self.until, until)
        return left

    def move(self, spans: Iterable[Span], *, was: WaitedFor, to: WaitedFor) -> None:
        """Say that on some days something else was waited for than was said."""
        for first, last in spans:
            days = (last - first).days
            self.days[was] = self.days.get(was, 0) - days
            self.days[to] = self.days.get(to, 0) + days

    def _add(self, cause: WaitedFor, spans: Iterable[Span]) -> None:
        for first, last in spans:
            self.days[cause] = self.days.get(cause, 0) + (last - first).days


def without(span: Span, others: Sequence[Span]) -> list[Span]:
    """Return what is left of a span of days without others, which lie in it, in order and apart."""
    left, first = [], span[0]
    for begins, ends in others:
        if first < begins < span[1]:
            left.append((first, begins))
        if ends > first and begins < span[1]:
            first = max(first, ends)
    return [*left, (first, span[1])] if first < span[1] else left

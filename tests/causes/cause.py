"""
What a command is refused for, and what it is refused for when two causes hold at once.

    Refused(
        FreezeHold(order="PO-1", reason="suspected-fraud"),
        given(*paid()),
        Cause(AggregateNotFound, gone=HOLD),
        Cause(CurrencyDiffers, says={"amount": Money("EUR", 1)}),
        ...
    )

A command that is accepted stands first; each cause spoils it in one way. `test_order_of_refusals.py` spoils it in one
way, then in every two ways at once, and compares the causes with the "Raises, in this order" of what decides it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations
from typing import Any, NamedTuple

from msgspec.structs import replace

from domain.aggregate import Event
from domain.commands import Command
from domain.errors import LedgerError
from tests.given import AT, OPERATOR, Given, Happened, World, given


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One saying of a command: by whom, when, in which book; what isn't said is as in the accepted one."""

    says: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the command, with what it says in them instead."""
    story: Given | None = None
    """Another book than the accepted command finds."""
    after: tuple[Happened, ...] = ()
    """What happened in that book besides."""
    without: tuple[type[Event], ...] = ()
    """What never happened there, by class."""
    gone: str = ""
    """What was never there, by its whole reference."""
    actor: str = ""
    role: str = ""
    at: datetime | None = None

    def touches(self, reference: str) -> bool:
        """Return whether the book of this attempt differs in what has this reference, as far as can be told."""
        return bool(self.without or self.story) or any(one.reference == reference for one in self.after)


@dataclass(frozen=True, kw_only=True)
class Cause(Attempt):
    """One way to be refused, and the refusal that it meets alone."""

    refusal: type[LedgerError] = field(kw_only=False)
    naming: Mapping[str, Any] = field(default_factory=dict)
    """Attributes of the refusal, needed where two causes have one class."""
    unreached: str = ""
    """Why no command can meet this documented refusal: it is not tried."""


class Pair(NamedTuple):
    """Two causes of one command, by their places in the documented order, counted from 1."""

    earlier: int
    later: int


class Found(NamedTuple):
    """A book, and who says something in it when."""

    world: World
    actor: str
    role: str
    at: datetime


class Refused:
    """A command that is accepted, and all that it can be refused for, in order."""

    def __init__(
        self,
        command: Command,
        story: Given,
        *causes: Cause,
        actor: str = OPERATOR,
        role: str = "operator",
        at: datetime = AT,
        together: Mapping[tuple[int, int], Attempt] | None = None,
        apart: Mapping[tuple[int, int], str] | None = None,
    ) -> None:
        """
        `together` says how two causes are both said where one field, or one book, speaks for both; `apart` says why two
        can never hold at once. Both name causes by their places, from 1.
        """
        self.command = command
        self.causes = causes
        self.together = {Pair(*places): attempt for places, attempt in (together or {}).items()}
        self.apart = {Pair(*places): reason for places, reason in (apart or {}).items()}
        self._usual = Attempt(story=story, actor=actor, role=role, at=at)

    def cause(self, place: int) -> Cause:
        """Return a cause by its place, from 1."""
        return self.causes[place - 1]

    def pairs(self) -> Iterator[Pair]:
        """Return every two causes that can hold at once and be told apart."""
        for places in combinations(range(1, len(self.causes) + 1), 2):
            pair = Pair(*places)
            if not self._set_apart(pair):
                yield pair

    def _set_apart(self, pair: Pair) -> bool:
        one, other = self.cause(pair.earlier), self.cause(pair.later)
        gone = (one.gone and other.touches(one.gone)) or (other.gone and one.touches(other.gone))
        alike = one.refusal is other.refusal and one.naming == other.naming
        return bool(pair in self.apart or one.unreached or other.unreached or gone or alike)

    def both(self, pair: Pair) -> Attempt:
        """
        Return an attempt that is wrong in both ways.

        Raises AssertionError where both speak of the same field, book, person or time, and nothing says how.
        """
        if pair in self.together:
            return self.together[pair]
        one, other = self.cause(pair.earlier), self.cause(pair.later)
        twice = [name for name in one.says if name in other.says and one.says[name] != other.says[name]]
        twice += [
            name
            for name in ("story", "actor", "role", "at", "gone")
            if getattr(one, name) and getattr(other, name) and getattr(one, name) != getattr(other, name)
        ]
        assert not twice, f"both speak of {', '.join(twice)}: say how they are `together`, or why they are `apart`"
        return Attempt(
            says={**other.says, **one.says},
            story=one.story or other.story,
            after=(*one.after, *other.after),
            without=one.without + other.without,
            gone=one.gone or other.gone,
            actor=one.actor or other.actor,
            role=one.role or other.role,
            at=one.at or other.at,
        )

    def say(self, attempt: Attempt) -> LedgerError | None:
        """Return what an attempt is refused with, or nothing if it is accepted."""
        world, actor, role, at = self.found_by(attempt)
        before = dict(world.aggregates), list(world.steps)
        try:
            world.say(replace(self.command, **attempt.says), actor=actor, role=role, at=at)
        except LedgerError as refused:
            assert (world.aggregates, world.steps) == before, "a refusal left a trace"
            return refused
        return None

    def found_by(self, attempt: Attempt) -> Found:
        """Return the book that an attempt finds, and who makes it when."""
        story, at = attempt.story or self._usual.story, attempt.at or self._usual.at
        assert story
        assert at
        book = given()
        for step, _ in story.world.steps:
            if not isinstance(step.event, attempt.without) and step.reference != attempt.gone:
                book.world.happen(Happened(step.reference, step.event), at=step.occurred_at)
        for happened in attempt.after:
            book.world.happen(happened)
        return Found(book.world, attempt.actor or self._usual.actor, attempt.role or self._usual.role, at)

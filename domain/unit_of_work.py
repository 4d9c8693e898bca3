"""
A unit of work is one command being decided: what it has read, what has happened so far, who asked.

Nothing leaves it until the whole command, with all that follows from it, is decided: a refusal leaves no trace.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, NamedTuple, TypeVar

from domain.aggregate import Aggregate, Event
from domain.catalogue import evolve
from domain.errors import NotFound
from domain.references import key_of, kind_of


class Loaded(NamedTuple):
    """An aggregate as it stands after its event number `version`; both are nothing for one that never began."""

    aggregate: Aggregate | None
    version: int


class Step(NamedTuple):
    """One event of a decision, not yet recorded. `policy` names what made it follow, empty for the command itself."""

    reference: str
    version: int
    event: Event
    policy: str
    occurred_at: datetime


@dataclass(eq=False, kw_only=True)
class AggregateNotFound(NotFound):
    """There is no such thing in this book."""

    kind: str
    key: str
    code: ClassVar[str] = "reference.not_found"


A = TypeVar("A", bound=Aggregate)


class UnitOfWork:
    """
    What one command reads and makes happen.

    load: returns any aggregate of the book as it stands before this command; occurred_at: when, in the world, the
    command took place, in UTC; role: in which its actor said it; book: the name of the book, which only what is about
    the whole of it asks for.
    """

    def __init__(
        self,
        load: Callable[[str], Loaded],
        *,
        actor: str,
        occurred_at: datetime,
        role: str = "operator",
        book: str = "",
    ) -> None:
        self.book = book
        self.actor = actor
        self.role = role
        self.occurred_at = occurred_at
        self.steps: list[Step] = []
        self.changed: dict[str, Loaded] = {}
        self._load = load
        self._seen: dict[str, Loaded] = {}
        self.policy = ""
        """What makes the events that are recorded now follow; empty for the command itself."""

    @contextmanager
    def as_clock(self, clock: str, *, occurred_at: datetime) -> Iterator[None]:
        """Let what is decided inside be said by a clock, at the instant of its deadline."""
        before = self.actor, self.role, self.occurred_at
        self.actor, self.role, self.occurred_at = f"clock:{clock}", "clock", occurred_at
        try:
            yield
        finally:
            self.actor, self.role, self.occurred_at = before

    def find(self, kind: type[A], reference: str) -> A | None:
        """Return an aggregate as this command sees it, or nothing."""
        aggregate = (self._seen.get(reference) or self.loaded(reference)).aggregate
        if aggregate is not None and not isinstance(aggregate, kind):
            raise TypeError(reference)
        return aggregate

    def get(self, kind: type[A], reference: str) -> A:
        """
        Return an aggregate as this command sees it.

        Raises: AggregateNotFound.
        """
        aggregate = self.find(kind, reference)
        if aggregate is None:
            raise AggregateNotFound(kind=kind_of(reference), key=key_of(reference))
        return aggregate

    def loaded(self, reference: str) -> Loaded:
        """Return an aggregate and its version as this command sees them."""
        seen = self._seen.get(reference)
        if seen is None:
            seen = self._seen[reference] = self._load(reference)
        return seen

    def record(self, reference: str, *events: Event) -> None:
        """Let events happen to an aggregate, here and now."""
        aggregate, version = self.loaded(reference)
        for event in events:
            version += 1
            aggregate = evolve(aggregate, event, reference, self.occurred_at)
            self.steps.append(Step(reference, version, event, self.policy, self.occurred_at))
        self.changed[reference] = self._seen[reference] = Loaded(aggregate, version)

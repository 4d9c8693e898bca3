"""Parts of a trade as they stood at a moment, folded from the log, each asked for by its reference."""

from collections.abc import Sequence
from typing import TypeVar

from domain.aggregate import Aggregate
from domain.envelope import Recorded
from domain.references import key_of, kind_of
from domain.unit_of_work import AggregateNotFound, Loaded
from projections.moment import Moment
from projections.projection import Connection
from projections.streams import folded
from projections.timelines import events_at

A = TypeVar("A", bound=Aggregate)


class Parts:
    """Some things of one trade at a moment: what happened to them, and how they then stood."""

    def __init__(self, connection: Connection, book: str, references: Sequence[str], moment: Moment) -> None:
        self._events: dict[str, list[Recorded]] = {name: [] for name in references}
        for each in events_at(connection, book, references, moment):
            self._events[each.originator_id].append(each)
        self._stood = {name: folded(events, moment=moment) for name, events in self._events.items()}

    def events(self, reference: str) -> Sequence[Recorded]:
        """Return what happened to a thing, in order."""
        return self._events[reference]

    def load(self, reference: str) -> Loaded:
        """Return a thing as it stood, and how many of its events count."""
        return Loaded(self._stood.get(reference), len(self._events.get(reference, ())))

    def get(self, kind: type[A], reference: str) -> A:
        """
        Return a thing as it stood.

        Raises: AggregateNotFound.
        """
        found = self._stood.get(reference)
        if not isinstance(found, kind):
            raise AggregateNotFound(kind=kind_of(reference), key=key_of(reference))
        return found

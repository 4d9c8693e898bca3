"""
A stream is everything that happened to one thing, or in a whole book, in order: read from the log, with no table.

At a moment it is cut: by position, events recorded later don't count; by posting date, those posted later don't, so
that a stream may have holes. An event that needs one of those that don't count then doesn't count either.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec import Struct

from domain.aggregate import Aggregate, HistoryBroken
from domain.catalogue import evolve
from domain.envelope import Recorded
from projections.log import read_events, recorded
from projections.moment import NOW, Moment
from projections.projection import Connection
from projections.timelines import counted, events_at

_SELECT_REFERENCES = """
    SELECT originator_id FROM ledger.events
    WHERE book = %s AND version = 1 AND starts_with(originator_id, %s) AND position <= %s ORDER BY position
"""
_SELECT_OF = """
    SELECT position, originator_id, version, topic, state FROM ledger.events
    WHERE book = %s AND originator_id = ANY(%s::text[]) AND position > %s AND position <= %s ORDER BY position LIMIT %s
"""
_SELECT_VERSION = """
    SELECT version FROM ledger.events
    WHERE book = %s AND originator_id = %s AND position <= %s ORDER BY version DESC LIMIT 1
"""
_BATCH_EVENTS = 1_000
SCANNED_MAX = 10_000
"""So many events are looked at for one page of those that are sought."""

_HOLED = (HistoryBroken, LookupError, ValueError)
"""What an event meets that happened to something of which the beginning doesn't count."""


class EventsSought(Struct, frozen=True, kw_only=True):
    """
    Which events are sought: of a topic, whole or, where it ends with a point, its beginning; of some things, by
    reference; by somebody.
    """

    topic: str | None = None
    references: Sequence[str] | None = None
    actor: str | None = None

    def fits(self, event: Recorded) -> bool:
        """Return whether an event is sought, its reference aside."""
        topic = self.topic
        if topic is not None and not (event.topic == topic or (topic.endswith(".") and event.topic.startswith(topic))):
            return False
        return self.actor in {None, event.state.actor}


class EventsFound(NamedTuple):
    """Events in the order of the log, and the position to go on after, nothing where there are no more."""

    events: list[Recorded]
    more_after: int | None


def stream_of(connection: Connection, book: str, reference: str, *, moment: Moment = NOW) -> list[Recorded]:
    """
    Return what had happened to a thing at a moment; nothing where there is no such thing.

    Raises: LogCorrupt.
    """
    return events_at(connection, book, [reference], moment)


def aggregate_of(connection: Connection, book: str, reference: str, *, moment: Moment = NOW) -> Aggregate | None:
    """
    Return a thing as it stood at a moment; nothing where there was no such thing yet.

    Raises: LogCorrupt.
    """
    return folded(stream_of(connection, book, reference, moment=moment), moment=moment)


def folded(stream: Iterable[Recorded], *, moment: Moment = NOW) -> Aggregate | None:
    """Return the thing that a stream, cut at a moment, is about as it stands after it."""
    aggregate: Aggregate | None = None
    for happened in stream:
        aggregate = evolved(aggregate, happened, moment)
    return aggregate


def evolved(aggregate: Aggregate | None, happened: Recorded, moment: Moment = NOW) -> Aggregate | None:
    """Return a thing after an event of its stream; as it was, where the event needs another that doesn't count."""
    try:
        return evolve(aggregate, happened.event, happened.originator_id, happened.state.occurred_at)
    except _HOLED:
        if moment.as_of is None:
            raise
        return aggregate


def version_of(connection: Connection, book: str, reference: str, *, moment: Moment = NOW) -> int:
    """Return how many events of a thing had been recorded at a moment's position; 0 where there was no such thing."""
    row = connection.execute(_SELECT_VERSION, (book, reference, moment.position)).fetchone()
    return row[0] if row else 0


def references_of(connection: Connection, book: str, kind: str, *, moment: Moment = NOW) -> list[str]:
    """Return all things of a kind that had begun by a moment's position, in the order in which they began."""
    rows = connection.execute(_SELECT_REFERENCES, (book, f"{kind}:", moment.position)).fetchall()
    return [reference for (reference,) in rows]


def log_between(connection: Connection, book: str, *, after: int, limit: int, moment: Moment = NOW) -> list[Recorded]:
    """
    Return up to `limit` events of a book at positions greater than `after`, as far as they count at a moment.

    Raises: LogCorrupt where a position is missing or an event unreadable.
    """
    found: list[Recorded] = []
    batch = limit if moment.as_of is None else max(limit, _BATCH_EVENTS)
    while len(found) < limit and (
        events := read_events(connection, book, after=after, limit=batch, up_to=moment.position)
    ):
        found += counted(events.recorded, moment)
        after = events.last_position
    return found[:limit]


def search_events(
    connection: Connection, book: str, sought: EventsSought, *, after: int, up_to: int, limit: int, moment: Moment = NOW
) -> EventsFound:
    """
    Return up to `limit` of the events that are sought between two positions, as far as they count at a moment: fewer,
    or none, where so many had to be looked at that the rest is left for another time.

    Raises: LogCorrupt where a position is missing or an event unreadable.
    """
    found: list[Recorded] = []
    scanned = 0
    batch = limit if sought == EventsSought() and moment.as_of is None else _BATCH_EVENTS
    while len(found) < limit and scanned < SCANNED_MAX:
        events = _read(connection, book, sought, after=after, up_to=up_to, limit=batch)
        fitting = [each for each in counted(events, moment) if sought.fits(each)][: limit - len(found)]
        found += fitting
        scanned += len(events)
        if len(found) == limit:
            after = found[-1].position
        elif len(events) < batch:
            return EventsFound(found, None)
        else:
            after = events[-1].position
    return EventsFound(found, after if after < up_to else None)


def _read(
    connection: Connection, book: str, sought: EventsSought, *, after: int, up_to: int, limit: int
) -> Sequence[Recorded]:
    if sought.references is None:
        events = read_events(connection, book, after=after, limit=limit, up_to=up_to)
        return events.recorded if events else ()
    with connection.cursor(binary=True) as cursor:
        rows = cursor.execute(_SELECT_OF, (book, list(sought.references), after, up_to, limit)).fetchall()
    return [recorded(book, row) for row in rows]

"""
A stream is everything that happened to one thing, or in a whole book, in order: read from the log, with no table.

At a moment it is cut: by position, events recorded later don't count; by posting date, those posted later don't, so
that a stream may have holes. An event that needs one of those that don't count then doesn't count either.
"""

from collections.abc import Iterable

from domain.aggregate import Aggregate, HistoryBroken
from domain.catalogue import evolve
from domain.envelope import Recorded
from projections.log import read_events
from projections.moment import NOW, Moment
from projections.projection import Connection
from projections.timelines import counted, events_at

_SELECT_REFERENCES = """
    SELECT originator_id FROM ledger.events
    WHERE book = %s AND version = 1 AND starts_with(originator_id, %s) AND position <= %s ORDER BY position
"""
_BATCH_EVENTS = 1_000
_HOLED = (HistoryBroken, LookupError, ValueError)
"""What an event meets that happened to something of which the beginning doesn't count."""


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

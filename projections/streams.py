"""A stream is everything that happened to one thing, in order: read from the log, with no table."""

from domain.aggregate import Aggregate
from domain.catalogue import evolve
from domain.envelope import Recorded
from projections.log import recorded
from projections.projection import Connection

_SELECT = """
    SELECT position, originator_id, version, topic, state FROM ledger.events
    WHERE book = %s AND originator_id = %s ORDER BY version
"""
_SELECT_REFERENCES = """
    SELECT originator_id FROM ledger.events
    WHERE book = %s AND version = 1 AND starts_with(originator_id, %s) ORDER BY position
"""


def stream_of(connection: Connection, book: str, reference: str) -> list[Recorded]:
    """
    Return what happened to a thing; nothing where there is no such thing.

    Raises: LogCorrupt.
    """
    with connection.cursor(binary=True) as cursor:
        rows = cursor.execute(_SELECT, (book, reference)).fetchall()
    return [recorded(book, row) for row in rows]


def aggregate_of(connection: Connection, book: str, reference: str) -> Aggregate | None:
    """
    Return a thing as it stands; nothing where there is no such thing.

    Raises: LogCorrupt.
    """
    return folded(stream_of(connection, book, reference))


def folded(stream: list[Recorded]) -> Aggregate | None:
    """Return the thing that a stream is about as it stands after it."""
    aggregate: Aggregate | None = None
    for happened in stream:
        aggregate = evolve(aggregate, happened.event, happened.originator_id, happened.state.occurred_at)
    return aggregate


def references_of(connection: Connection, book: str, kind: str) -> list[str]:
    """Return all things of a kind, in the order in which they began."""
    rows = connection.execute(_SELECT_REFERENCES, (book, f"{kind}:")).fetchall()
    return [reference for (reference,) in rows]

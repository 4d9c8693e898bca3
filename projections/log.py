"""The log as the read side reads it: by position, checking that none is missing, decoded through the catalogue."""

from collections.abc import Iterator
from typing import Any

from domain.envelope import Recorded, Undecodable, decode
from domain.errors import LogCorrupt
from projections.projection import POSITION_MAX, Connection, Events

_SELECT_EVENTS = """
    SELECT position, originator_id, version, topic, state FROM ledger.events
    WHERE book = %s AND position > %s AND position <= %s ORDER BY position LIMIT %s
"""


def head_of(connection: Connection, book: str) -> int:
    """Return the last position of a book's log, 0 for an empty one."""
    row = connection.execute("SELECT size FROM ledger.log_head WHERE book = %s", (book,)).fetchone()
    return row[0] if row else 0


def read_events(
    connection: Connection, book: str, *, after: int, limit: int, up_to: int = POSITION_MAX
) -> Events | None:
    """
    Return the events that follow a position, or nothing at the end of the log.

    Raises: LogCorrupt where a position is missing or an event unreadable.
    """
    with connection.cursor(binary=True) as cursor:
        rows = cursor.execute(_SELECT_EVENTS, (book, after, up_to, limit)).fetchall()
    if not rows:
        return None
    return Events(book, [_in_order(book, position, row) for position, row in enumerate(rows, start=after + 1)])


def read_log(connection: Connection, book: str, *, up_to: int, batch_events_max: int = 10_000) -> Iterator[Events]:
    """Yield the whole log up to a position, batch by batch. Raises: LogCorrupt."""
    position = 0
    while events := read_events(connection, book, after=position, up_to=up_to, limit=batch_events_max):
        yield events
        position = events.last_position


def recorded(book: str, row: tuple[Any, ...]) -> Recorded:
    """
    Return a row of position, originator, version, topic and state as an event.

    Raises: LogCorrupt.
    """
    position, originator_id, version, topic, state = row
    try:
        return Recorded(position, originator_id, version, topic, decode(topic, state))
    except Undecodable as error:
        raise LogCorrupt(book=book, position=position, what=str(error)) from error


def _in_order(book: str, expected: int, row: tuple[Any, ...]) -> Recorded:
    if row[0] != expected:
        raise LogCorrupt(book=book, position=expected, what=f"missing, the next one is {row[0]}")
    return recorded(book, row)

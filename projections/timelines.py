"""A timeline is everything that happened in one trade, in the order of the log: read from the log, with no table."""

from domain.envelope import Recorded
from domain.references import hold_id, key_of, order_id, refunds_id, releases_id
from projections.log import recorded
from projections.projection import Connection

_SELECT = """
    SELECT position, originator_id, version, topic, state FROM ledger.events
    WHERE book = %s AND originator_id = ANY(%s) ORDER BY position
"""
_MOST_EVENTFUL = """
    SELECT originator_id FROM ledger.events WHERE book = %s AND starts_with(originator_id, 'hold:')
    GROUP BY originator_id ORDER BY count(*) DESC, originator_id LIMIT 1
"""


def most_eventful_order(connection: Connection, book: str) -> str:
    """Return the order about whose money most has happened, empty where there is none: one worth looking at."""
    row = connection.execute(_MOST_EVENTFUL, (book,)).fetchone()
    return key_of(row[0]) if row else ""


def timeline_of(connection: Connection, book: str, order: str) -> list[Recorded]:
    """
    Return the events of an order, its hold, its releases and its refunds; none where there is no such order.

    Raises: LogCorrupt.
    """
    references = [order_id(order), hold_id(order), releases_id(order), refunds_id(order)]
    with connection.cursor(binary=True) as cursor:
        rows = cursor.execute(_SELECT, (book, references)).fetchall()
    return [recorded(book, row) for row in rows]

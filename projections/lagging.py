"""Lagging tells, over all books at once, how far the read side is behind the log, and how much silence has decided."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from projections.projection import Connection, Projection
from projections.runner import PROJECTIONS

_FURTHEST = """
    SELECT DISTINCT ON (kept.projection)
        kept.projection, h.book, h.size - coalesce(p.position, 0) AS lag, coalesce(p.position, 0) + 1
    FROM ledger.log_head h
    CROSS JOIN unnest(%s::text[], %s::int[]) AS kept (projection, version)
    LEFT JOIN projections.positions p
        ON p.book = h.book AND p.projection = kept.projection AND p.version = kept.version
    ORDER BY kept.projection, lag DESC, h.book
"""
_WAITING_SINCE = """
    SELECT (convert_from(state, 'UTF8')::json ->> 'recorded_at')::timestamptz FROM ledger.events
    WHERE book = %s AND position = %s
"""
_OVERDUE = """
    SELECT count(*) FROM projections.deadlines
    WHERE effect = 'decides' AND paused_at IS NULL AND due_at <= %s AND book IN (SELECT book FROM ledger.log_head)
"""


class Lagging(Struct, frozen=True, kw_only=True):
    """
    How far a projection is behind, in the book where it is furthest: in events, and when the first of them was
    recorded.
    """

    projection: str
    lag_events: int
    waiting_since: datetime | None = None


def lagging(connection: Connection, projections: Sequence[Projection] = PROJECTIONS) -> list[Lagging]:
    """Return how far each projection is behind, in their order; nothing of a database without a book."""
    names, versions = [each.name for each in projections], [each.version for each in projections]
    rows = connection.execute(_FURTHEST, (names, versions), prepare=False).fetchall()
    found = {
        name: Lagging(
            projection=name,
            lag_events=lag,
            waiting_since=_recorded_at(connection, book, first) if lag else None,
        )
        for name, book, lag, first in rows
    }
    return [found[name] for name in names if name in found]


def overdue(connection: Connection, at: datetime) -> int:
    """Return how many clocks of all books decide something by an instant, and haven't yet."""
    row = connection.execute(_OVERDUE, (at,), prepare=False).fetchone()
    return row[0] if row else 0


def _recorded_at(connection: Connection, book: str, position: int) -> datetime | None:
    row = connection.execute(_WAITING_SINCE, (book, position), prepare=False).fetchone()
    return row[0] if row else None

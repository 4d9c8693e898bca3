"""Unsigned is what of the logs no checkpoint covers yet."""

from datetime import datetime
from typing import Any

import psycopg
from msgspec import Struct

_FURTHEST = """
    SELECT book, size, signed FROM (
        SELECT h.book, h.size, (SELECT max(c.size) FROM ledger.checkpoints c WHERE c.book = h.book) AS signed
        FROM ledger.log_head h
    ) AS heads
    WHERE signed IS NOT NULL ORDER BY size - signed DESC, book LIMIT 1
"""
_WAITING_SINCE = """
    SELECT (convert_from(state, 'UTF8')::json ->> 'recorded_at')::timestamptz FROM ledger.events
    WHERE book = %s AND position = %s
"""


class Unsigned(Struct, frozen=True, kw_only=True):
    """How many events no checkpoint covers, and when the first of them was recorded."""

    events: int
    waiting_since: datetime | None = None


def unsigned(connection: psycopg.Connection[tuple[Any, ...]]) -> Unsigned | None:
    """Return how far signing is behind in the book where it is furthest, nothing where no log was ever signed."""
    row = connection.execute(_FURTHEST, prepare=False).fetchone()
    if row is None:
        return None
    book, size, signed = row
    if signed >= size:
        return Unsigned(events=0)
    since = connection.execute(_WAITING_SINCE, (book, signed + 1), prepare=False).fetchone()
    return Unsigned(events=size - signed, waiting_since=since[0] if since else None)

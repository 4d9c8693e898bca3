"""
The journal is every entry of a book with its postings, in position order.

One entry per event that posts; every posting with the balance of its account and currency after it. Balances are
debits minus credits, in minor units, up to positions.journal.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, ClassVar, NamedTuple

from msgspec import Struct

from projections.projection import POSITION_MAX, Booked, Connection, Difference, Events, Projection, first_difference

Key = tuple[str, str]
"""An account and a currency."""

_COPY_ENTRIES = """
    COPY projections.journal_entries (book, position, originator_id, topic, posting_date, occurred_at, recorded_at)
    FROM STDIN (FORMAT BINARY)
"""
_COPY_POSTINGS = """
    COPY projections.journal_postings (book, position, line, account, currency, amount_minor, balance_minor)
    FROM STDIN (FORMAT BINARY)
"""
_BALANCES_BEFORE = """
    SELECT asked.account, asked.currency, last.balance_minor
    FROM unnest(%b::text[], %b::text[]) AS asked (account, currency)
    CROSS JOIN LATERAL (
        SELECT balance_minor FROM projections.journal_postings
        WHERE book = %s AND account = asked.account AND currency = asked.currency
        ORDER BY position DESC, line DESC LIMIT 1
    ) AS last
"""
_SELECT_ENTRIES = """
    SELECT position, originator_id, topic, posting_date, occurred_at, recorded_at FROM projections.journal_entries
    WHERE book = %s AND position > %s AND position <= %s ORDER BY position LIMIT %s
"""
_SELECT_POSTINGS = """
    SELECT position, line, account, currency, amount_minor, balance_minor FROM projections.journal_postings
    WHERE book = %s AND position > %s AND position <= %s ORDER BY position, line
"""


class PostedLine(Struct, frozen=True, gc=False):
    """One posting: its amount and its account's balance after it, both debits minus credits."""

    account: str
    currency: str
    amount_minor: int
    balance_minor: int


class PostedEntry(Struct, frozen=True, gc=False):
    """One entry as it stands in the journal."""

    position: int
    originator_id: str
    topic: str
    posting_date: date
    occurred_at: datetime
    recorded_at: datetime
    postings: tuple[PostedLine, ...]


class _Rows(NamedTuple):
    entries: list[tuple[Any, ...]]
    postings: list[tuple[Any, ...]]


class Journal(Projection):
    """Every entry and posting, with balances after each."""

    name: ClassVar[str] = "journal"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("journal_postings", "journal_entries")

    def fold(self, connection: Connection, events: Events) -> None:
        """Add the entries of further events."""
        keys = {(p.account, p.currency) for booked in events.booked for p in booked.entry.postings}
        rows = _rows(events.booked, _balances_before(connection, events.book, keys))
        _copy(connection, _COPY_ENTRIES, _ENTRY_TYPES, events.book, rows.entries)
        _copy(connection, _COPY_POSTINGS, _POSTING_TYPES, events.book, rows.postings)

    def difference(self, connection: Connection, book: str, log: Iterable[Events]) -> Difference | None:
        """Derive the journal anew, batch by batch, and return the first entry or posting that differs."""
        balances: dict[Key, int] = {}
        position = 0
        for events in log:
            rows = _rows(events.booked, balances)
            stored = _stored(connection, book, position, events.last_position)
            if found := first_difference("journal", stored.entries, rows.entries, key_columns=1):
                return found
            if found := first_difference("journal", stored.postings, rows.postings, key_columns=2):
                return found
            position = events.last_position
        beyond = _stored(connection, book, position, POSITION_MAX)
        return first_difference("journal", beyond.entries + beyond.postings, [], key_columns=1)


def entries_between(connection: Connection, book: str, *, after: int, limit: int) -> list[PostedEntry]:
    """Return up to `limit` entries at positions greater than `after`."""
    entries = connection.execute(_SELECT_ENTRIES, (book, after, POSITION_MAX, limit)).fetchall()
    if not entries:
        return []
    lines: dict[int, list[PostedLine]] = {}
    for position, _line, *posted in connection.execute(_SELECT_POSTINGS, (book, after, entries[-1][0])):
        lines.setdefault(position, []).append(PostedLine(*posted))
    rows = [(*entry, tuple(lines.get(entry[0], ()))) for entry in entries]
    return [PostedEntry(*row) for row in rows]


_ENTRY_TYPES = ("text", "int8", "text", "text", "date", "timestamptz", "timestamptz")
_POSTING_TYPES = ("text", "int8", "int4", "text", "text", "int8", "int8")


def _rows(booked: Sequence[Booked], balances: dict[Key, int]) -> _Rows:
    """Return the rows of some entries, and keep the running balances."""
    entries, postings = [], []
    for recorded, entry in booked:
        state = recorded.state
        position = recorded.position
        entries.append(
            (position, recorded.originator_id, recorded.topic, state.posting_date, state.occurred_at, state.recorded_at)
        )
        for line, posting in enumerate(entry.postings, start=1):
            key = (posting.account, posting.currency)
            balance_minor = balances[key] = balances.get(key, 0) + posting.amount_minor
            postings.append((position, line, *key, posting.amount_minor, balance_minor))
    return _Rows(entries, postings)


def _balances_before(connection: Connection, book: str, keys: set[Key]) -> dict[Key, int]:
    accounts, currencies = [key[0] for key in keys], [key[1] for key in keys]
    rows = connection.execute(_BALANCES_BEFORE, (accounts, currencies, book))
    return {(account, currency): balance_minor for account, currency, balance_minor in rows}


def _copy(
    connection: Connection, statement: str, types: Sequence[str], book: str, rows: Iterable[tuple[Any, ...]]
) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row((book, *row))


def _stored(connection: Connection, book: str, after: int, up_to: int) -> _Rows:
    entries = connection.execute(_SELECT_ENTRIES, (book, after, up_to, None)).fetchall()
    postings = connection.execute(_SELECT_POSTINGS, (book, after, up_to)).fetchall()
    return _Rows(entries, postings)

"""
The journal is every entry of a book with its postings, in position order.

One entry per event that posts; every posting with the balance of its account and currency after it, and with the sums
that `running_sums` keeps for balances at other moments. All are debits minus credits, in minor units, up to
positions.journal.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, ClassVar, NamedTuple

from msgspec import Struct
from msgspec.structs import asdict, astuple

from projections.moment import NOW, Moment
from projections.projection import POSITION_MAX, Booked, Connection, Difference, Events, Projection, first_difference
from projections.running_sums import LatePosting, RunningSums, read_late_sums, read_standings, spans_of

_COPY_ENTRIES = """
    COPY projections.journal_entries (book, position, originator_id, topic, posting_date, occurred_at, recorded_at)
    FROM STDIN (FORMAT BINARY)
"""
_COPY_POSTINGS = """
    COPY projections.journal_postings
        (book, position, line, account, currency, amount_minor, balance_minor, posting_date, late, on_time_minor)
    FROM STDIN (FORMAT BINARY)
"""
_COPY_LATE_SUMS = """
    COPY projections.late_sums (book, account, currency, span, first_day, position, line, sum_minor)
    FROM STDIN (FORMAT BINARY)
"""
_SELECT_ENTRIES = """
    SELECT position, originator_id, topic, posting_date, occurred_at, recorded_at FROM projections.journal_entries
    WHERE book = %s AND position > %s AND position <= %s ORDER BY position LIMIT %s
"""
_SELECT_ENTRIES_AT = """
    SELECT position, originator_id, topic, posting_date, occurred_at, recorded_at FROM projections.journal_entries e
    WHERE book = %(book)s AND position > %(after)s AND position <= %(up_to)s
    AND (%(as_of)s::date IS NULL OR posting_date <= %(as_of)s)
"""
_CONDITIONS = {
    "posted_from": "posting_date >= %(posted_from)s",
    "posted_to": "posting_date <= %(posted_to)s",
    "account": "EXISTS (SELECT FROM {posted} AND p.account = %(account)s)",
    "currency": "EXISTS (SELECT FROM {posted} AND p.currency = %(currency)s)",
    "both": "EXISTS (SELECT FROM {posted} AND p.account = %(account)s AND p.currency = %(currency)s)",
}
_POSTED = "projections.journal_postings p WHERE p.book = e.book AND p.position = e.position"
_SELECT_POSTINGS = """
    SELECT position, line, account, currency, amount_minor, balance_minor, posting_date, late, on_time_minor
    FROM projections.journal_postings WHERE book = %s AND position > %s AND position <= %s ORDER BY position, line
"""
_SELECT_LATE_SUMS = """
    SELECT account, currency, span, first_day, position, line, sum_minor FROM projections.late_sums
    WHERE book = %s AND position > %s AND position <= %s
    ORDER BY account COLLATE "C", currency COLLATE "C", span COLLATE "C", first_day, position, line
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


class EntriesSought(Struct, frozen=True, kw_only=True):
    """
    Which entries are sought: that post to an account, in a currency (to that account, where both are named), on
    accounting days, both included.
    """

    account: str | None = None
    currency: str | None = None
    posted_from: date | None = None
    posted_to: date | None = None


EVERY_ENTRY = EntriesSought()


class _Rows(NamedTuple):
    entries: list[tuple[Any, ...]]
    postings: list[tuple[Any, ...]]
    late: list[LatePosting]


class Journal(Projection):
    """Every entry and posting, with balances after each."""

    name: ClassVar[str] = "journal"
    version: ClassVar[int] = 2
    tables: ClassVar[tuple[str, ...]] = ("late_sums", "journal_postings", "journal_entries")

    def fold(self, connection: Connection, events: Events) -> None:
        """Add the entries of further events."""
        keys = {(p.account, p.currency) for booked in events.booked for p in booked.entry.postings}
        sums = RunningSums(read_standings(connection, events.book, list(keys)))
        rows = _rows(events.booked, sums)
        sums.go_on_from(read_late_sums(connection, events.book, {late.key for late in rows.late}))
        _copy(connection, _COPY_ENTRIES, _ENTRY_TYPES, events.book, rows.entries)
        _copy(connection, _COPY_POSTINGS, _POSTING_TYPES, events.book, rows.postings)
        _copy(connection, _COPY_LATE_SUMS, _LATE_SUM_TYPES, events.book, _late_rows(rows.late, sums))

    def difference(self, connection: Connection, book: str, log: Iterable[Events]) -> Difference | None:
        """Derive the journal anew, batch by batch, and return the first entry, posting or late sum that differs."""
        sums = RunningSums()
        position = 0
        for events in log:
            rows = _rows(events.booked, sums)
            derived = (rows.entries, rows.postings, sorted(_late_rows(rows.late, sums)))
            if found := _first_difference(_stored(connection, book, position, events.last_position), derived):
                return found
            position = events.last_position
        return _first_difference(_stored(connection, book, position, POSITION_MAX), ([], [], []))


def entries_between(
    connection: Connection, book: str, *, after: int, limit: int, moment: Moment = NOW
) -> list[PostedEntry]:
    """
    Return up to `limit` entries at positions greater than `after`, as far as they count at a moment.

    A line's balance is of all entries up to it, whatever the day they are posted to.
    """
    return search_entries(connection, book, EVERY_ENTRY, after=after, limit=limit, moment=moment)


def search_entries(
    connection: Connection, book: str, sought: EntriesSought, *, after: int, limit: int, moment: Moment = NOW
) -> list[PostedEntry]:
    """Return up to `limit` of the entries that are sought, each whole, as `entries_between` does."""
    asked = {"book": book, "after": after, "up_to": moment.position, "as_of": moment.as_of, "limit": limit}
    query = "".join((_SELECT_ENTRIES_AT, *_conditions(sought), " ORDER BY position LIMIT %(limit)s"))
    entries = connection.execute(query.encode(), asked | asdict(sought)).fetchall()
    if not entries:
        return []
    lines: dict[int, list[PostedLine]] = {}
    for position, _line, *posted, _day, _late, _on_time in connection.execute(
        _SELECT_POSTINGS, (book, after, entries[-1][0])
    ):
        lines.setdefault(position, []).append(PostedLine(*posted))
    rows = [(*entry, tuple(lines.get(entry[0], ()))) for entry in entries]
    return [PostedEntry(*row) for row in rows]


def _conditions(sought: EntriesSought) -> Iterator[str]:
    named = {name for name, value in asdict(sought).items() if value is not None}
    if {"account", "currency"} <= named:
        named = named - {"account", "currency"} | {"both"}
    for name, condition in _CONDITIONS.items():
        if name in named:
            yield f" AND {condition.format(posted=_POSTED)}"


_ENTRY_TYPES = ("text", "int8", "text", "text", "date", "timestamptz", "timestamptz")
_POSTING_TYPES = ("text", "int8", "int4", "text", "text", "int8", "int8", "date", "bool", "int8")
_LATE_SUM_TYPES = ("text", "text", "text", "text", "date", "int8", "int4", "int8")
_KEY_COLUMNS = (1, 2, 6)


def _rows(booked: Sequence[Booked], sums: RunningSums) -> _Rows:
    """Return the rows of some entries, and their late postings in each span; keep the running sums."""
    rows = _Rows([], [], [])
    for recorded, entry in booked:
        state = recorded.state
        position, day = recorded.position, state.posting_date
        rows.entries.append(
            (position, recorded.originator_id, recorded.topic, day, state.occurred_at, state.recorded_at)
        )
        for line, (account, currency, amount_minor) in enumerate(map(astuple, entry.postings), start=1):
            balance_minor, late, on_time_minor = sums.post((account, currency), amount_minor, day)
            rows.postings.append(
                (position, line, account, currency, amount_minor, balance_minor, day, late, on_time_minor)
            )
            if late:
                spans = ((account, currency, span, first_day) for span, first_day in spans_of(day))
                rows.late.extend(LatePosting(key, position, line, amount_minor) for key in spans)
    return rows


def _late_rows(late: Iterable[LatePosting], sums: RunningSums) -> Iterator[tuple[Any, ...]]:
    for posting in late:
        yield (*posting.key, posting.position, posting.line, sums.sum_late(posting))


def _copy(
    connection: Connection, statement: str, types: Sequence[str], book: str, rows: Iterable[tuple[Any, ...]]
) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row((book, *row))


def _stored(connection: Connection, book: str, after: int, up_to: int) -> tuple[list[tuple[Any, ...]], ...]:
    return (
        connection.execute(_SELECT_ENTRIES, (book, after, up_to, None)).fetchall(),
        connection.execute(_SELECT_POSTINGS, (book, after, up_to)).fetchall(),
        connection.execute(_SELECT_LATE_SUMS, (book, after, up_to)).fetchall(),
    )


def _first_difference(
    stored: Sequence[Sequence[tuple[Any, ...]]], derived: Sequence[Sequence[tuple[Any, ...]]]
) -> Difference | None:
    compared = zip(stored, derived, _KEY_COLUMNS, strict=True)
    found = (first_difference("journal", have, want, key_columns=columns) for have, want, columns in compared)
    return next(filter(None, found), None)

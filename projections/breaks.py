"""
Breaks are one row per difference between bank and ledger, open or explained, and one per comment on it.

Up to positions.breaks. Money is in minor units, with the sign that it has at the bank.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, ClassVar, NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import asdict, replace
from psycopg import sql

from domain.break_events import (
    BreakAssigned,
    BreakCommented,
    BreakKind,
    BreakRaised,
    BreakReclassified,
    BreakResolved,
    BreakWriteOffApproved,
    BreakWriteOffProposed,
    BreakWriteOffRejected,
)
from domain.envelope import Recorded
from domain.references import key_of, kind_of
from projections.keyed_rows import KeyedTable
from projections.projection import POSITION_MAX, Connection, Difference, Events, Projection, first_difference


class BreakRow(Struct, frozen=True, gc=False):
    """
    A difference; see domain.reconciliation_break.BreakRaised.

    candidates: as JSON; comments: how many; write_off: the number of the one that waits, 0 for none; how: by what it
    closed, empty while it is open; explained_by: by which match or proposal; raised, position: of its last raising and
    its last event.
    """

    break_key: str
    number: int
    subject: str
    kind: BreakKind
    currency: str
    amount_minor: int
    of_minor: int
    bank_account: str
    since: date
    candidates: str
    reason: str
    owner: str
    comments: int
    write_off: int
    how: str
    explained_by: str
    raised_at: datetime
    closed_at: datetime | None
    raised: int
    position: int


class CommentRow(Struct, frozen=True, gc=False):
    """What somebody wrote about a break; comment: stands for the text."""

    comment_of: str
    break_key: str
    number: int
    comment: str
    commented_by: str
    commented_at: datetime
    position: int


class BreaksSought(Struct, frozen=True, kw_only=True):
    """
    Which breaks are sought: of a kind, of an owner, of an account at a bank, about a subject, open or explained; that
    age from a day up to another, both included.
    """

    kind: str | None = None
    owner: str | None = None
    bank_account: str | None = None
    subject: str | None = None
    is_open: bool | None = True
    since_from: date | None = None
    since_to: date | None = None


class BreakCount(NamedTuple):
    """How many open breaks there are of a kind that age from a day, in a currency, and what they come to."""

    kind: str
    currency: str
    since: date
    breaks: int
    amount_minor: int


_BREAKS = KeyedTable(
    "breaks",
    BreakRow,
    (
        *("text", "int4", "text", "text", "text", "int8", "int8", "text", "date", "text", "text", "text", "int4"),
        *("int4", "text", "text", "timestamptz", "timestamptz", "int8", "int8"),
    ),
)
_COMMENTS = KeyedTable("breaks_comments", CommentRow, ("text", "text", "int4", "text", "text", "timestamptz", "int8"))
_SEARCH = """
    SELECT {columns} FROM projections.breaks WHERE book = %(book)s AND raised < %(before)s
    AND (%(kind)s::text IS NULL OR kind = %(kind)s)
    AND (%(owner)s::text IS NULL OR owner = %(owner)s)
    AND (%(bank_account)s::text IS NULL OR bank_account = %(bank_account)s)
    AND (%(subject)s::text IS NULL OR subject = %(subject)s)
    AND (%(is_open)s::bool IS NULL OR (how = '') = %(is_open)s)
    AND (%(since_from)s::date IS NULL OR since >= %(since_from)s)
    AND (%(since_to)s::date IS NULL OR since <= %(since_to)s)
    ORDER BY raised DESC LIMIT %(limit)s
"""
_COUNT = """
    SELECT kind, currency, since, count(*), sum(amount_minor)::int8 FROM projections.breaks
    WHERE book = %s AND how = '' AND (%s::text IS NULL OR bank_account = %s)
    GROUP BY kind, currency, since ORDER BY kind, currency, since
"""


class Breaks(Projection):
    """One row per break, and one per comment."""

    name: ClassVar[str] = "breaks"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("breaks", "breaks_comments")

    def fold(self, connection: Connection, events: Events) -> None:
        """Raise, change and close breaks, and keep what was said about them."""
        about = [each for each in events.recorded if _is_break(each)]
        if not about:
            return
        before = _BREAKS.read(connection, events.book, {key_of(each.originator_id) for each in about})
        comments: dict[str, CommentRow] = {}
        after = _folded(dict(before), comments, about)
        _BREAKS.replace(connection, events.book, before, after)
        _COMMENTS.replace(connection, events.book, {}, comments)

    def difference(self, connection: Connection, book: str, log: Iterable[Events]) -> Difference | None:
        """Derive all rows anew and return the first that stands otherwise."""
        rows: dict[str, BreakRow] = {}
        comments: dict[str, CommentRow] = {}
        for events in log:
            rows = _folded(rows, comments, [each for each in events.recorded if _is_break(each)])
        stored, derived = _BREAKS.stored(connection, book), _BREAKS.derived(rows)
        if found := first_difference("breaks", stored, derived, key_columns=1):
            return found
        stored, derived = _COMMENTS.stored(connection, book), _COMMENTS.derived(comments)
        return first_difference("breaks", stored, derived, key_columns=1)


def search_breaks(
    connection: Connection, book: str, sought: BreaksSought, *, before: int = POSITION_MAX, limit: int | None = None
) -> list[BreakRow]:
    """Return breaks, the last raised first. before: the `raised` of the last one of the page before."""
    query = sql.SQL(_SEARCH).format(columns=_BREAKS.columns)
    rows = connection.execute(query, {"book": book, "before": before, "limit": limit, **asdict(sought)})
    return [BreakRow(*row) for row in rows]


def find_breaks(connection: Connection, book: str, keys: Iterable[str]) -> dict[str, BreakRow]:
    """Return breaks by their keys, as far as there are such."""
    return _BREAKS.read(connection, book, keys)


def comments_on(connection: Connection, book: str, break_key: str) -> list[CommentRow]:
    """Return what was said about a break, in order."""
    query = sql.SQL("SELECT {} FROM projections.breaks_comments WHERE book = %s AND break_key = %s ORDER BY number")
    return [CommentRow(*row) for row in connection.execute(query.format(_COMMENTS.columns), (book, break_key))]


def count_open_breaks(connection: Connection, book: str, *, bank_account: str | None = None) -> list[BreakCount]:
    """Return how many breaks are open, by kind, currency and the day from which they age."""
    return [BreakCount(*row) for row in connection.execute(_COUNT, (book, bank_account, bank_account))]


def _is_break(recorded: Recorded) -> bool:
    return kind_of(recorded.originator_id) == "break"


def _folded(
    rows: dict[str, BreakRow], comments: dict[str, CommentRow], about: Sequence[Recorded]
) -> dict[str, BreakRow]:
    """Change breaks by what was said about them, and keep comments."""
    for recorded in about:
        key, event, at = key_of(recorded.originator_id), recorded.event, recorded.position
        match event:
            case BreakRaised():
                rows[key] = _raised(key, event, recorded, rows.get(key))
            case BreakReclassified():
                _change(
                    rows,
                    key,
                    at,
                    kind=event.kind,
                    amount_minor=event.amount_minor,
                    candidates=_json(event.candidates),
                    reason=event.reason,
                )
            case BreakAssigned():
                _change(rows, key, at, owner=event.owner)
            case BreakCommented():
                _change(rows, key, at, comments=event.number)
                comments[f"{key}/{event.number}"] = _comment(key, event, recorded)
            case BreakWriteOffProposed():
                _change(rows, key, at, write_off=event.number)
            case BreakWriteOffApproved() | BreakWriteOffRejected():
                _change(rows, key, at, write_off=0)
            case BreakResolved():
                closed_at = recorded.state.recorded_at
                _change(rows, key, at, how=event.how, explained_by=event.by, closed_at=closed_at, write_off=0)
            case _:
                pass
    return rows


def _raised(key: str, event: BreakRaised, recorded: Recorded, before: BreakRow | None) -> BreakRow:
    return BreakRow(
        break_key=key,
        number=event.number,
        subject=event.subject,
        kind=event.kind,
        currency=event.currency,
        amount_minor=event.amount_minor,
        of_minor=event.of_minor,
        bank_account=event.bank_account,
        since=event.since,
        candidates=_json(event.candidates),
        reason=event.reason,
        owner="",
        comments=before.comments if before else 0,
        write_off=0,
        how="",
        explained_by="",
        raised_at=recorded.state.recorded_at,
        closed_at=None,
        raised=recorded.position,
        position=recorded.position,
    )


def _comment(key: str, event: BreakCommented, recorded: Recorded) -> CommentRow:
    return CommentRow(
        comment_of=f"{key}/{event.number}",
        break_key=key,
        number=event.number,
        comment=event.comment,
        commented_by=event.commented_by,
        commented_at=recorded.state.recorded_at,
        position=recorded.position,
    )


def _change(rows: dict[str, BreakRow], key: str, position: int, **changes: Any) -> None:
    """Change a row; one that tampering took away stays away, for `verify` to find."""
    if row := rows.get(key):
        rows[key] = replace(row, position=position, **changes)


def _json(candidates: Sequence[Struct]) -> str:
    return msgspec.json.encode(candidates).decode()

"""Breaks as the API and the command line show them: how old, what they may be, what was said about them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from api.composition import OpenedBook
from api.reconciling.details import read_details
from api.revealing import reveal_values
from domain.break_events import BreakKind, Candidate
from domain.errors import NotFound
from domain.references import key_of, kind_of
from domain.rules import STANDARD
from ledger.reads import Reader
from projections.breaks import BreakRow, BreaksSought, comments_on, find_breaks, search_breaks
from projections.open_reconciliation import find_entries
from projections.projection import POSITION_MAX, Connection

AGEING_DAYS = STANDARD.break_ageing_days
"""The last day of each age; older is one age more. Breaks belong to no trade, so the standard's stand for all."""


@dataclass(eq=False, kw_only=True)
class BreakNotFound(NotFound):
    """There is no such break."""

    code: ClassVar[str] = "break.not_found"
    break_key: str


class BreakView(Struct, frozen=True, kw_only=True):
    """
    A difference between bank and ledger, in minor units of the currency, with the sign that it has at the bank.

    break_key: by which it is called; number: how often the subject differed; status: open or explained; age_days: from
    the day it is about, to today or to when it was explained; age: that, as `0-2`, `3-7`, up to `over 90`; write_off:
    the number of the one that waits for a second person, nothing where none does; how: match, booking or write-off,
    nothing while it is open; explained_by: by which match or proposal.
    """

    break_key: str
    number: int
    subject: str
    kind: BreakKind
    status: str
    currency: str
    amount_minor: int
    bank_account: str | None
    since: date
    age_days: int
    age: str
    owner: str | None
    reason: str
    candidates: list[Candidate]
    comments: int
    write_off: int | None
    how: str | None
    explained_by: str | None
    raised_at: datetime
    closed_at: datetime | None
    raised_position: int
    position: int


class CommentView(Struct, frozen=True, kw_only=True):
    """What somebody wrote about a break; text: nothing where it isn't asked for in clear, or erased."""

    number: int
    commented_by: str
    commented_at: datetime
    text: str | None


class BreakShown(BreakView, frozen=True, kw_only=True):
    """A break with what was said about it, and what the bank wrote, where that is asked for in clear."""

    remarks: list[CommentView]
    bank_says: dict[str, Any] | None


def age_of(days: int) -> str:
    """Return the age of so many days, as `3-7`."""
    first = 0
    for last in AGEING_DAYS:
        if days <= last:
            return f"{first}-{last}"
        first = last + 1
    return f"over {AGEING_DAYS[-1]}"


def ages() -> list[str]:
    """Return all ages, the youngest first."""
    return [age_of(last) for last in AGEING_DAYS] + [age_of(AGEING_DAYS[-1] + 1)]


def days_of_age(age: str, today: date) -> tuple[date | None, date | None]:
    """Return from which to which day what is of an age today is; nothing for no bound."""
    bounds = {name: (first, last) for name, first, last in _bounds()}
    first, last = bounds[age]
    return (None if last is None else today - timedelta(days=last)), today - timedelta(days=first)


def list_breaks(
    connection: Connection,
    book: str,
    sought: BreaksSought,
    *,
    today: date,
    before: int = POSITION_MAX,
    limit: int | None = None,
) -> list[BreakView]:
    """Return breaks, the last raised first."""
    return [break_view(row, today) for row in search_breaks(connection, book, sought, before=before, limit=limit)]


def get_break(book: OpenedBook, break_key: str, *, today: date, reader: Reader | None = None) -> BreakShown:
    """
    Return a break with what was said about it; reader: who sees texts in clear, nobody where none is named.

    Raises, in this order: BreakNotFound, LogCorrupt, SubmissionMalformed.
    """
    with book.pool.connection() as connection:
        row = find_breaks(connection, book.name, [break_key]).get(break_key)
        if row is None:
            raise BreakNotFound(break_key=break_key)
        comments = comments_on(connection, book.name, break_key)
    fields = {comment.comment: f"comments.{comment.number}" for comment in comments}
    texts = reveal_values(book, reader, f"break:{break_key}", fields) if reader else {}
    remarks = [
        CommentView(
            number=each.number,
            commented_by=each.commented_by,
            commented_at=each.commented_at,
            text=texts.get(each.comment),
        )
        for each in comments
    ]
    said = _bank_says(book, row.subject, reader) if reader else None
    return BreakShown(**asdict(break_view(row, today)), remarks=remarks, bank_says=said)


def break_view(row: BreakRow, today: date) -> BreakView:
    """Return a break as it is shown on a day."""
    days = max(0, ((row.closed_at.date() if row.closed_at else today) - row.since).days)
    return BreakView(
        break_key=row.break_key,
        number=row.number,
        subject=row.subject,
        kind=row.kind,
        status="explained" if row.how else "open",
        currency=row.currency,
        amount_minor=row.amount_minor,
        bank_account=row.bank_account or None,
        since=row.since,
        age_days=days,
        age=age_of(days),
        owner=row.owner or None,
        reason=row.reason,
        candidates=msgspec.json.decode(row.candidates, type=list[Candidate]),
        comments=row.comments,
        write_off=row.write_off or None,
        how=row.how or None,
        explained_by=row.explained_by or None,
        raised_at=row.raised_at,
        closed_at=row.closed_at,
        raised_position=row.raised,
        position=row.position,
    )


def counted(views: Iterable[BreakView]) -> list[tuple[str, str, list[int]]]:
    """Return how many breaks there are of each kind and currency, by age, the youngest first."""
    columns = {age: place for place, age in enumerate(ages())}
    counts: dict[tuple[str, str], list[int]] = {}
    for view in views:
        counts.setdefault((view.kind, view.currency), [0] * len(columns))[columns[view.age]] += 1
    return [(kind, currency, by_age) for (kind, currency), by_age in sorted(counts.items())]


def _bank_says(book: OpenedBook, subject: str, reader: Reader) -> dict[str, Any] | None:
    if kind_of(subject) != "bank_entry":
        return None
    with book.pool.connection() as connection:
        rows = list(find_entries(connection, book.name, [key_of(subject)]).values())
    reveal_values(book, reader, subject, {row.detail: "detail" for row in rows})
    details = read_details(book, rows)
    said: dict[str, Any] | None = msgspec.to_builtins(next(iter(details.values()), None))
    return said


def _bounds() -> Iterable[tuple[str, int, int | None]]:
    first = 0
    for last in AGEING_DAYS:
        yield age_of(last), first, last
        first = last + 1
    yield age_of(first), first, None

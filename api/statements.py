"""Statements of account as readers ask for them, in words, and as programs get them, a page at a time."""

import re
from datetime import date
from itertools import chain, islice
from typing import NamedTuple

import msgspec

from api.composition import OpenedBook
from api.moments import MomentAsked
from domain.accounts import control_of
from projections.moment import Moment, MomentMalformed
from projections.statement_lines import PAGE_LINES, Place, StatementLine, lines_of, place_of
from projections.statements import (
    Extent,
    Statement,
    StatementMalformed,
    StatementOrder,
    between_days,
    between_positions,
    statements_of,
)

_POSITION = re.compile(r"[0-9]{1,18}")


class StatementAsked(msgspec.Struct, frozen=True, kw_only=True):
    """
    The statements that a reader asks for: of one account, in one currency or all.

    By posting date, `begins` and `ends` are days as YYYY-MM-DD, both included, as known at a moment. By recording, they
    are positions or times in RFC 3339: what was recorded after the one and up to the other. Either may be left open.
    """

    account: str
    currency: str | None = None
    by: StatementOrder = "posting-date"
    begins: str | None = None
    ends: str | None = None
    known: MomentAsked = MomentAsked()

    def find(self, book: OpenedBook) -> list[Statement]:
        """
        Return the statements, without their lines, once the read side has come to where they end.

        Raises, in this order: AccountUnknown, StatementMalformed, MomentMalformed, MomentAhead, ProjectionBehind,
        AccountNeverPosted.
        """
        control_of(self.account)
        extent = self._by_posting_date(book) if self.by == "posting-date" else self._by_recording(book)
        with book.pool.connection() as connection:
            return statements_of(connection, book.name, self.account, extent, currency=self.currency)

    def pinned(self, position: int) -> "StatementAsked":
        """Return what is asked for as it was answered at a position, whatever has been recorded since."""
        if self.by == "recording":
            return msgspec.structs.replace(self, ends=str(position))
        known = msgspec.structs.replace(self.known, at_position=position, known_at=None)
        return msgspec.structs.replace(self, known=known)

    def _by_posting_date(self, book: OpenedBook) -> Extent:
        if self.known.as_of is not None:
            raise StatementMalformed(field="as_of", problem="`to` says up to which day")
        first, last = (
            None if day is None else _read(book, MomentAsked(at_position=0, as_of=day), field=field).as_of
            for field, day in (("from", self.begins), ("to", self.ends))
        )
        return between_days(first, last, position=self.known.resolve(book).position)

    def _by_recording(self, book: OpenedBook) -> Extent:
        if not self.known.is_present:
            raise StatementMalformed(field="to", problem="says, by recording, up to where; no other moment does")
        after = 0 if self.begins is None else _position(book, self.begins, field="from")
        up_to = self.known.resolve(book).position if self.ends is None else _position(book, self.ends, field="to")
        return between_positions(after, up_to)


class StatementPage(msgspec.Struct, frozen=True, kw_only=True):
    """
    An account's statements and a page of their lines, one currency after the other.

    next: what to ask for as `after` to get the page that follows, of the book as it was when the first was read;
    nothing on the last.
    """

    statements: list[Statement]
    lines: list[StatementLine]
    next: str | None


class _Cursor(NamedTuple):
    """Where a page ended: of which statement, by its closing position and currency, at which line."""

    closing_position: int
    currency: str
    place: Place


def page_of(book: OpenedBook, asked: StatementAsked, *, after: str | None, limit: int) -> StatementPage:
    """
    Return some statements and up to `limit` of their lines, those behind the line that `after` names.

    Raises, in this order: StatementMalformed (after), what `find` does, StatementMalformed, StatementUnsound.
    """
    cursor = None if after is None else _cursor(after)
    statements = (asked.pinned(cursor.closing_position) if cursor else asked).find(book)
    following = [each for each in statements if cursor is None or each.currency >= cursor.currency]
    if cursor and not (following and following[0].currency == cursor.currency):
        raise StatementMalformed(field="after", problem="no line of these statements")
    lines = chain.from_iterable(
        lines_of(
            book.pool,
            statement,
            after=cursor.place if cursor and statement.currency == cursor.currency else None,
            page_lines=min(limit + 1, PAGE_LINES),
        )
        for statement in following
    )
    found = list(islice(lines, limit + 1))
    page = found[:limit]
    closing = statements[0].extent.closing
    is_last = len(found) <= limit
    return StatementPage(statements=statements, lines=page, next=None if is_last else _cursor_text(closing, page[-1]))


def _read(book: OpenedBook, asked: MomentAsked, *, field: str) -> Moment:
    try:
        return asked.resolve(book)
    except MomentMalformed as error:
        raise StatementMalformed(field=field, problem=error.problem) from None


def _position(book: OpenedBook, text: str, *, field: str) -> int:
    if _POSITION.fullmatch(text):
        return _read(book, MomentAsked(at_position=int(text)), field=field).position
    if ":" not in text:
        raise StatementMalformed(field=field, problem=f"not a position, or a time with its zone: {text[:80]}")
    return _read(book, MomentAsked(known_at=text), field=field).position


def _cursor(text: str) -> _Cursor:
    try:
        closing_position, currency, day, position, line = text.split(":")
        return _Cursor(int(closing_position), currency, Place(date.fromisoformat(day), int(position), int(line)))
    except ValueError:
        raise StatementMalformed(field="after", problem=f"not what a page gave as next: {text[:80]}") from None


def _cursor_text(closing: Moment, line: StatementLine) -> str:
    return ":".join(map(str, (closing.position, line.currency, *place_of(line))))

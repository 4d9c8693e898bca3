"""Statements of account as readers ask for them, in words, and as programs get them, a page at a time."""

import re
from datetime import date
from itertools import chain, islice
from typing import Annotated, NamedTuple

import msgspec

from api.composition import OpenedBook
from api.listing.cursor import CursorMalformed, Text, Whole
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


class LineKey(NamedTuple):
    """Where a page ended: the statement's currency, and the line's posting date, position and number in its entry."""

    currency: Text
    posting_date: date
    position: Whole
    line: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class StatementPage(msgspec.Struct, frozen=True, kw_only=True):
    """
    An account's statements and a page of their lines, one currency after the other.

    next: `cursor` of the page that follows, of the book as it was when the first was read; nothing on the last;
    position: of the log, at which the statements end.
    """

    statements: list[Statement]
    items: list[StatementLine]
    next: str | None
    position: int


def lines_after(
    book: OpenedBook, asked: StatementAsked, *, after: LineKey | None, closing_position: int, limit: int
) -> tuple[list[Statement], list[StatementLine]]:
    """
    Return some statements and up to `limit` of their lines: on a later page those behind the line that it begins
    after, of the statements as they were when the first was read.

    Raises, in this order: what `find` does, CursorMalformed, StatementUnsound.
    """
    statements = (asked.pinned(closing_position) if after else asked).find(book)
    following = [each for each in statements if after is None or each.currency >= after.currency]
    if after and not (following and following[0].currency == after.currency):
        raise CursorMalformed
    lines = chain.from_iterable(
        lines_of(
            book.pool,
            statement,
            after=Place(*after[1:]) if after and statement.currency == after.currency else None,
            page_lines=min(limit, PAGE_LINES),
        )
        for statement in following
    )
    try:
        return statements, list(islice(lines, limit))
    except StatementMalformed:
        if after is None:
            raise
        raise CursorMalformed from None  # no line of these statements


def key_of_line(line: StatementLine) -> LineKey:
    """Return what the page after a line goes on after."""
    return LineKey(line.currency, *place_of(line))


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

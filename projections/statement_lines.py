"""
The lines of a statement of account are its postings, each with the balance before and after it.

They are read page by page, in the statement's order, and lead from its opening to its closing balance, or are an error.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import ClassVar, NamedTuple

from msgspec import Struct
from psycopg_pool import ConnectionPool

from domain.accounts import control_of
from domain.errors import Unavailable
from projections.moment import Moment
from projections.projection import Connection
from projections.statements import Statement, StatementMalformed, StatementOrder, before_day, currency_balances

PAGE_LINES = 2_000

_OF_ACCOUNT = """
    FROM projections.journal_postings
    WHERE book = %(book)s AND account = %(account)s AND currency = %(currency)s
"""
_KNOWN = "SELECT posting_date, position, line, amount_minor, late" + _OF_ACCOUNT + " AND position <= %(up_to)s"
_BY_RECORDING = _KNOWN + " AND (position, line) > (%(position)s, %(line)s) ORDER BY position, line LIMIT %(limit)s"
_AFTER_DAY = """
    AND posting_date <= %(last_day)s AND (posting_date, position, line) > (%(posting_date)s, %(position)s, %(line)s)
    ORDER BY posting_date, position, line LIMIT %(limit)s
"""
_BY_POSTING_DATE = f"""
    ({_KNOWN} AND NOT late {_AFTER_DAY}) UNION ALL ({_KNOWN} AND late {_AFTER_DAY})
    ORDER BY posting_date, position, line LIMIT %(limit)s
"""
"""Postings on time and late ones are two ranges of one index, each in the order that is asked for."""

_LINES = """
    SELECT p.posting_date, p.position, p.line, p.amount_minor, p.late, e.occurred_at, e.recorded_at, e.topic,
        e.originator_id, ARRAY(
            SELECT account FROM projections.journal_postings
            WHERE book = %(book)s AND position = p.position AND currency = %(currency)s
                AND sign(amount_minor) = -sign(p.amount_minor)
            ORDER BY line
        )
    FROM ({postings}) AS p
    JOIN projections.journal_entries e ON e.book = %(book)s AND e.position = p.position
    ORDER BY {order}
"""
_LINES_BY: dict[StatementOrder, str] = {
    "recording": _LINES.format(postings=_BY_RECORDING, order="p.position, p.line"),
    "posting-date": _LINES.format(postings=_BY_POSTING_DATE, order="p.posting_date, p.position, p.line"),
}
_TOTALS = f"""
    SELECT count(*), coalesce(sum(amount_minor) FILTER (WHERE amount_minor > 0), 0)::text,
        coalesce(-sum(amount_minor) FILTER (WHERE amount_minor < 0), 0)::text
    {_OF_ACCOUNT} AND position > %(recorded_after)s AND position <= %(up_to)s
        AND posting_date BETWEEN %(first_day)s AND %(last_day)s
"""
_REST_OF_ENTRY = f"""
    SELECT coalesce(sum(amount_minor) FILTER (WHERE line > %(line)s), 0)::int8
    {_OF_ACCOUNT} AND position = %(position)s
    HAVING bool_or(line = %(line)s AND posting_date = %(posting_date)s)
"""


@dataclass(eq=False, kw_only=True)
class StatementUnsound(Unavailable):
    """The postings of a statement don't lead from its opening to its closing balance: the journal was changed."""

    code: ClassVar[str] = "statement.unsound"
    retryable: ClassVar[bool] = False
    hint: ClassVar[str] = "verify the book, then rebuild its journal"
    account: str
    currency: str
    reached_minor: int
    closing_balance_minor: int


class StatementLine(Struct, frozen=True, kw_only=True, gc=False):
    """
    One posting: a debit or a credit in minor units, and the balance before and after it in the statement's order.

    line: of the entry, from 1; event: its topic; about: what it happened to; counter_accounts: those on the entry's
    other side; late: a posting of a later day had been recorded on the account before.
    """

    currency: str
    posting_date: date
    occurred_at: datetime
    recorded_at: datetime
    position: int
    line: int
    event: str
    about: str
    counter_accounts: list[str]
    debit_minor: int
    credit_minor: int
    balance_before_minor: int
    balance_after_minor: int
    late: bool


class Totals(Struct, frozen=True, kw_only=True):
    """How many lines a statement has, and what they come to in minor units."""

    lines: int
    debits_minor: int
    credits_minor: int


class Place(NamedTuple):
    """Where a line stands in a statement; before an entry's first line and before a day's first entry stands 0."""

    posting_date: date
    position: int
    line: int


class Posted(NamedTuple):
    """A posting with its entry, as the journal has it: debits above zero, credits below."""

    posting_date: date
    position: int
    line: int
    amount_minor: int
    late: bool
    occurred_at: datetime
    recorded_at: datetime
    event: str
    about: str
    counter_accounts: list[str]


class FullStatement(NamedTuple):
    """A statement with its totals and its lines, which are read as they are taken."""

    statement: Statement
    totals: Totals
    lines: Iterator[StatementLine]


def in_full(pool: ConnectionPool[Connection], statement: Statement) -> FullStatement:
    """
    Return a statement in full, once its lines are known to add up.

    Raises: StatementUnsound.
    """
    with pool.connection() as connection:
        totals = totals_of(connection, statement)
    return FullStatement(statement, totals, lines_of(pool, statement))


def totals_of(connection: Connection, statement: Statement) -> Totals:
    """
    Return how many lines a statement has and what they come to, at the cost of looking at each.

    Raises: StatementUnsound.
    """
    row = connection.execute(_TOTALS, _asked(statement)).fetchone()
    lines, debits_minor, credits_minor = map(int, row or (0, 0, 0))
    change_minor = (debits_minor - credits_minor) * control_of(statement.account).sign
    _check_reached(statement, statement.opening_balance_minor + change_minor)
    return Totals(lines=lines, debits_minor=debits_minor, credits_minor=credits_minor)


def lines_of(
    pool: ConnectionPool[Connection], statement: Statement, *, after: Place | None = None, page_lines: int = PAGE_LINES
) -> Iterator[StatementLine]:
    """
    Yield a statement's lines, all or those after one of them, in memory that doesn't grow with their number.

    Each page is a transaction of its own: nothing up to the closing position ever changes, so a slow reader holds up
    nobody.

    Raises, in this order: StatementMalformed (after is no line of it), StatementUnsound after the last line.
    """
    balance_minor = statement.opening_balance_minor
    if after:
        with pool.connection() as connection:
            balance_minor = _balance_after(connection, statement, after)
    yield from running(statement, _postings(pool, statement, after, page_lines), balance_minor=balance_minor)


def running(statement: Statement, postings: Iterable[Posted], *, balance_minor: int) -> Iterator[StatementLine]:
    """
    Yield the lines that postings make, from a balance on.

    Raises: StatementUnsound, after the last line.
    """
    sign = control_of(statement.account).sign
    for posted in postings:
        before_minor, balance_minor = balance_minor, balance_minor + posted.amount_minor * sign
        yield StatementLine(
            currency=statement.currency,
            posting_date=posted.posting_date,
            occurred_at=posted.occurred_at.astimezone(UTC),
            recorded_at=posted.recorded_at.astimezone(UTC),
            position=posted.position,
            line=posted.line,
            event=posted.event,
            about=posted.about,
            counter_accounts=posted.counter_accounts,
            debit_minor=max(0, posted.amount_minor),
            credit_minor=max(0, -posted.amount_minor),
            balance_before_minor=before_minor,
            balance_after_minor=balance_minor,
            late=posted.late,
        )
    _check_reached(statement, balance_minor)


def place_of(line: StatementLine) -> Place:
    """Return where a line stands in its statement."""
    return Place(line.posting_date, line.position, line.line)


def _postings(
    pool: ConnectionPool[Connection], statement: Statement, after: Place | None, page_lines: int
) -> Iterator[Posted]:
    extent = statement.extent
    place = after or Place(extent.first_day, extent.recorded_after + (extent.by == "recording"), 0)
    while True:
        asked = _asked(statement) | place._asdict() | {"limit": page_lines}
        with pool.connection() as connection:
            page = [Posted(*row) for row in connection.execute(_LINES_BY[extent.by], asked)]
        yield from page
        if len(page) < page_lines:
            return
        place = Place(*page[-1][:3])


def _balance_after(connection: Connection, statement: Statement, place: Place) -> int:
    """
    Return the balance after a line.

    By recording, all that was recorded up to it counts; by posting date, the days before its own, and of its own what
    was recorded up to it.
    """
    extent = statement.extent
    rest = connection.execute(_REST_OF_ENTRY, _asked(statement) | place._asdict()).fetchone()
    within = extent.recorded_after < place.position <= extent.closing.position
    if rest is None or not within or not extent.first_day <= place.posting_date <= extent.last_day:
        raise StatementMalformed(field="after", problem="no line of this statement")

    def at(moment: Moment) -> int:
        return currency_balances(connection, statement.book, statement.account, moment).get(statement.currency, 0)

    rest_minor: int = rest[0] * control_of(statement.account).sign
    if extent.by == "recording":
        return at(Moment(place.position)) - rest_minor
    before_minor = at(before_day(place.posting_date, extent.closing.position))
    of_day_minor = at(Moment(place.position, place.posting_date)) - at(before_day(place.posting_date, place.position))
    return before_minor + of_day_minor - rest_minor


def _asked(statement: Statement) -> dict[str, object]:
    extent = statement.extent
    return {
        "book": statement.book,
        "account": statement.account,
        "currency": statement.currency,
        "recorded_after": extent.recorded_after,
        "up_to": extent.closing.position,
        "first_day": extent.first_day,
        "last_day": extent.last_day,
    }


def _check_reached(statement: Statement, reached_minor: int) -> None:
    if reached_minor != statement.closing_balance_minor:
        raise StatementUnsound(
            account=statement.account,
            currency=statement.currency,
            reached_minor=reached_minor,
            closing_balance_minor=statement.closing_balance_minor,
        )

"""
A statement of account is an account's balance in one currency, its postings from then on, and the balance they lead to.

It goes from one moment to another, in one of two orders. By posting date: what is posted on some days, as known at one
position. By recording: what was recorded after one position and up to another. Amounts are in minor units of the
currency; balances stand on the account's normal side, as everywhere.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar, Literal

from msgspec import Struct

from domain.accounts import control_of
from domain.errors import Malformed, NotFound
from projections.balances import balances_at
from projections.log import read_events
from projections.moment import Moment
from projections.projection import Connection

StatementOrder = Literal["posting-date", "recording"]


@dataclass(eq=False, kw_only=True)
class StatementMalformed(Malformed):
    """A statement can't be meant so."""

    code: ClassVar[str] = "statement.malformed"
    field: str
    problem: str


@dataclass(eq=False, kw_only=True)
class AccountNeverPosted(NotFound):
    """Nothing had been posted to this account of the chart, or not in this currency, by that position."""

    code: ClassVar[str] = "account.never_posted"
    account: str
    currency: str | None
    position: int


class Extent(Struct, frozen=True):
    """
    From which moment to which a statement goes, and in which order.

    opening: what counts before the first line; closing: what counts after the last.
    """

    by: StatementOrder
    opening: Moment
    closing: Moment

    @property
    def first_day(self) -> date:
        """Return the first posting date that lines may have."""
        before = self.opening.as_of
        return date.min if before is None else before + timedelta(days=1)

    @property
    def last_day(self) -> date:
        """Return the last posting date that lines may have."""
        return self.closing.as_of or date.max

    @property
    def recorded_after(self) -> int:
        """Return the position after which lines were recorded."""
        return self.opening.position if self.by == "recording" else 0


class Statement(Struct, frozen=True, kw_only=True):
    """
    What a statement says beside its lines; balances in minor units, on the account's normal side.

    recorded_at: when the last event that it takes into account was recorded.
    """

    book: str
    account: str
    currency: str
    extent: Extent
    recorded_at: datetime
    opening_balance_minor: int
    closing_balance_minor: int


def between_days(first: date | None, last: date | None, *, position: int) -> Extent:
    """
    Return the extent of some posting dates, first and last included and open where not given, as known at a position.

    Raises: StatementMalformed.
    """
    if first and last and last < first:
        raise StatementMalformed(field="to", problem=f"{last} is before {first}")
    return Extent("posting-date", before_day(first or date.min, position), Moment(position, last))


def between_positions(after: int, up_to: int) -> Extent:
    """
    Return the extent of what was recorded after one position, from 0, and up to another.

    Raises: StatementMalformed.
    """
    if up_to < after:
        raise StatementMalformed(field="to", problem=f"position {up_to} is before {after}")
    return Extent("recording", Moment(after), Moment(up_to))


def before_day(day: date, position: int) -> Moment:
    """Return the moment at which a day begins, as known at a position; nothing counts when the first day begins."""
    return Moment(position, day - timedelta(days=1)) if day > date.min else Moment(0)


def statements_of(
    connection: Connection, book: str, account: str, extent: Extent, *, currency: str | None = None
) -> list[Statement]:
    """
    Return an account's statements, one for each currency that it was posted to in, or for one of them.

    The journal has come to the position where the extent ends.

    Raises, in this order: AccountUnknown, AccountNeverPosted.
    """
    control_of(account)
    opening = currency_balances(connection, book, account, extent.opening)
    closing = currency_balances(connection, book, account, extent.closing)
    known = [each for each in closing if currency in {None, each}]
    position = extent.closing.position
    last = read_events(connection, book, after=position - 1, limit=1) if known else None
    if last is None:
        raise AccountNeverPosted(account=account, currency=currency, position=position)
    return [
        Statement(
            book=book,
            account=account,
            currency=each,
            extent=extent,
            recorded_at=last.recorded[0].state.recorded_at,
            opening_balance_minor=opening.get(each, 0),
            closing_balance_minor=closing[each],
        )
        for each in known
    ]


def currency_balances(connection: Connection, book: str, account: str, moment: Moment) -> dict[str, int]:
    """Return an account's balances at a moment, by currency, on its normal side."""
    return {found.currency: found.balance_minor for found in balances_at(connection, book, moment, account=account)}

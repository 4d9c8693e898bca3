"""
Running sums let a balance at any moment be looked up: by position, by posting date, and by both.

A posting is on time if none before it, in the order of the log, has a later posting date; else it is late. Those on
time are in the order of position and of day alike, so their running sum answers for both. Late ones are summed by the
year, the month and the day of their posting date, each in the order of position.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal, NamedTuple

from projections.projection import Connection

Key = tuple[str, str]
"""An account and a currency."""

Span = Literal["year", "month", "day"]
LateKey = tuple[str, str, Span, date]
"""An account, a currency, and a span by its kind and first day."""

_STANDINGS = """
    SELECT asked.account, asked.currency, last.balance_minor, last.on_time_minor, latest.posting_date
    FROM unnest(%b::text[], %b::text[]) AS asked (account, currency)
    CROSS JOIN LATERAL (
        SELECT balance_minor, on_time_minor FROM projections.journal_postings
        WHERE book = %s AND account = asked.account AND currency = asked.currency
        ORDER BY position DESC, line DESC LIMIT 1
    ) AS last
    CROSS JOIN LATERAL (
        SELECT posting_date FROM projections.journal_postings
        WHERE book = %s AND account = asked.account AND currency = asked.currency AND NOT late
        ORDER BY posting_date DESC LIMIT 1
    ) AS latest
"""
_LATE_SUMS = """
    SELECT asked.account, asked.currency, asked.span, asked.first_day, last.sum_minor
    FROM unnest(%b::text[], %b::text[], %b::text[], %b::date[]) AS asked (account, currency, span, first_day)
    CROSS JOIN LATERAL (
        SELECT sum_minor FROM projections.late_sums
        WHERE book = %s AND account = asked.account AND currency = asked.currency
            AND span = asked.span AND first_day = asked.first_day
        ORDER BY position DESC, line DESC LIMIT 1
    ) AS last
"""


class Standing(NamedTuple):
    """An account in a currency after its last posting, in minor units; latest: the last day posted to on time."""

    balance_minor: int
    on_time_minor: int
    latest: date


class LatePosting(NamedTuple):
    """A late posting, in one of the spans that it counts in."""

    key: LateKey
    position: int
    line: int
    amount_minor: int


class RunningSums:
    """
    The sums after each posting, kept in the order of the log.

    standings: how accounts stand that were posted to before; late_sums: what their late postings sum to by span.
    """

    def __init__(self, standings: dict[Key, Standing] | None = None) -> None:
        self._standings = standings if standings is not None else {}
        self._late_sums: dict[LateKey, int] = {}

    def post(self, key: Key, amount_minor: int, posting_date: date) -> tuple[int, bool, int]:
        """Return the balance after a posting, whether it is late, and the sum of those on time after it."""
        before = self._standings.get(key) or Standing(0, 0, date.min)
        late = posting_date < before.latest
        balance_minor = before.balance_minor + amount_minor
        on_time_minor = before.on_time_minor if late else before.on_time_minor + amount_minor
        self._standings[key] = Standing(balance_minor, on_time_minor, max(posting_date, before.latest))
        return balance_minor, late, on_time_minor

    def go_on_from(self, late_sums: dict[LateKey, int]) -> None:
        """Take up what late postings summed to before."""
        self._late_sums.update(late_sums)

    def sum_late(self, posting: LatePosting) -> int:
        """Return what the late postings of a span sum to after one of them."""
        sum_minor = self._late_sums[posting.key] = self._late_sums.get(posting.key, 0) + posting.amount_minor
        return sum_minor


def spans_of(posting_date: date) -> tuple[tuple[Span, date], ...]:
    """Return the spans that a day lies in, each by its kind and first day."""
    first_of_month = posting_date.replace(day=1)
    return ("year", first_of_month.replace(month=1)), ("month", first_of_month), ("day", posting_date)


def spans_within_year(day: date) -> list[tuple[Span, date]]:
    """Return the spans that make up a day's year up to it: whole months, then days."""
    months: list[tuple[Span, date]] = [("month", date(day.year, month, 1)) for month in range(1, day.month)]
    return months + [("day", day.replace(day=number)) for number in range(1, day.day + 1)]


def read_standings(connection: Connection, book: str, keys: Sequence[Key]) -> dict[Key, Standing]:
    """Return how some accounts stand, those that were ever posted to."""
    accounts, currencies = [key[0] for key in keys], [key[1] for key in keys]
    rows = connection.execute(_STANDINGS, (accounts, currencies, book, book))
    return {(account, currency): Standing(*stands) for account, currency, *stands in rows}


def read_late_sums(connection: Connection, book: str, keys: Iterable[LateKey]) -> dict[LateKey, int]:
    """Return what the late postings of some spans sum to, where there are any."""
    asked = list(zip(*keys, strict=True))
    if not asked:
        return {}
    rows = connection.execute(_LATE_SUMS, (*map(list, asked), book))
    return {(account, currency, span, first_day): minor for account, currency, span, first_day, minor in rows}

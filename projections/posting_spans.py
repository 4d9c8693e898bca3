"""
Posting spans are how much was posted to an account in some days, and by how many postings, at any moment.

Each is looked up in the running sums that the journal keeps, so what a year holds costs no more than what a day does;
postings are counted only up to a limit.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from projections.projection import Connection
from projections.running_sums import Span

COUNTED_MAX = 1_000
"""More postings than this are told as more than this."""

SPANS: tuple[Span, ...] = ("year", "month", "day")
"""From the longest to the shortest."""

_OF = "book = %(book)s AND account = %(account)s AND currency = %(currency)s"
_BOUNDS = f"""
    SELECT least(on_time.first_day, late.first_day), greatest(on_time.last_day, late.last_day)
    FROM (
        SELECT min(posting_date) AS first_day, max(posting_date) AS last_day
        FROM projections.journal_postings WHERE {_OF} AND NOT late
    ) AS on_time,
    (
        SELECT min(posting_date) AS first_day, max(posting_date) AS last_day
        FROM projections.journal_postings WHERE {_OF} AND late
    ) AS late
"""  # noqa: S608 - our own words
_SUM_UP_TO = f"""
    SELECT coalesce(min(CASE WHEN position <= known.position THEN on_time_minor ELSE known.on_time_minor END), 0)
        AS sum_minor
    FROM (
        SELECT position, on_time_minor FROM projections.journal_postings
        WHERE {_OF} AND NOT late AND posting_date {{limit}}
        ORDER BY posting_date DESC, position DESC, line DESC LIMIT 1
    ) AS last
"""  # noqa: S608 - our own words
_SPANS = f"""
    SELECT asked.number, (up_to_last.sum_minor - before_first.sum_minor + late.sum_minor)::int8,
        (on_time.postings + late.postings)::int8
    FROM (
        SELECT position, on_time_minor FROM projections.journal_postings
        WHERE {_OF} AND position <= %(position)s ORDER BY position DESC, line DESC LIMIT 1
    ) AS known
    CROSS JOIN unnest(%(numbers)b::int4[], %(first_days)b::date[], %(last_days)b::date[])
        AS asked (number, first_day, last_day)
    CROSS JOIN LATERAL ({_SUM_UP_TO.format(limit="<= asked.last_day")}) AS up_to_last
    CROSS JOIN LATERAL ({_SUM_UP_TO.format(limit="< asked.first_day")}) AS before_first
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE position <= %(position)s) AS postings
        FROM (
            SELECT position FROM projections.journal_postings
            WHERE {_OF} AND NOT late AND posting_date BETWEEN asked.first_day AND asked.last_day
            ORDER BY posting_date, position, line LIMIT %(limit)s
        ) AS first_ones
    ) AS on_time
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(last.sum_minor), 0) AS sum_minor, coalesce(sum(counted.postings), 0) AS postings
        FROM unnest(%(of)b::int4[], %(spans)b::text[], %(span_days)b::date[]) AS unit (number, span, first_day)
        CROSS JOIN LATERAL (
            SELECT sum_minor FROM projections.late_sums
            WHERE {_OF} AND span = unit.span AND first_day = unit.first_day AND position <= %(position)s
            ORDER BY position DESC, line DESC LIMIT 1
        ) AS last
        CROSS JOIN LATERAL (
            SELECT count(*) AS postings
            FROM (
                SELECT FROM projections.late_sums
                WHERE {_OF} AND span = unit.span AND first_day = unit.first_day AND position <= %(position)s
                LIMIT %(limit)s
            ) AS few
        ) AS counted
        WHERE unit.number = asked.number
    ) AS late
    ORDER BY asked.number
"""  # noqa: S608 - our own words
"""Those on time are in the order of day and of position alike, so those known at a position are the first ones."""

_POSTINGS = f"""
    SELECT position, line, amount_minor
    FROM (
        (
            SELECT position, line, amount_minor FROM projections.journal_postings
            WHERE {_OF} AND NOT late AND posting_date BETWEEN %(first_day)s AND %(last_day)s AND position > %(after)s
            ORDER BY posting_date, position, line LIMIT %(limit)s
        )
        UNION ALL
        SELECT posted.position, posted.line, posted.amount_minor
        FROM unnest(%(spans)b::text[], %(span_days)b::date[]) AS unit (span, first_day)
        CROSS JOIN LATERAL (
            SELECT position, line FROM projections.late_sums
            WHERE {_OF} AND span = unit.span AND first_day = unit.first_day
                AND position > %(after)s AND position <= %(position)s
            ORDER BY position, line LIMIT %(limit)s
        ) AS late
        JOIN projections.journal_postings AS posted
            ON posted.book = %(book)s AND posted.position = late.position AND posted.line = late.line
    ) AS found
    WHERE position <= %(position)s ORDER BY position, line LIMIT %(limit)s
"""  # noqa: S608 - our own words


class Days(NamedTuple):
    """Posting dates, from a first one to a last one, both included."""

    first: date
    last: date


class PostedSpan(NamedTuple):
    """What was posted in some days: debits minus credits, in minor units, and by how many postings, up to a limit."""

    days: Days
    amount_minor: int
    postings: int

    @property
    def more(self) -> bool:
        """Return whether there are more postings than are counted."""
        return self.postings > COUNTED_MAX


class Posted(NamedTuple):
    """One posting of an account: debits above zero, in minor units."""

    position: int
    line: int
    amount_minor: int


class PostedAccount(NamedTuple):
    """The postings of one account in one currency, as they were known at a position."""

    connection: Connection
    book: str
    account: str
    currency: str
    position: int

    def days(self) -> Days | None:
        """Return the days from the first posting to the last, also of those not known yet; nothing without any."""
        row = self.connection.execute(_BOUNDS, self._asked).fetchone()
        return Days(*row) if row and row[0] else None

    def spans(self, asked: Sequence[Days]) -> list[PostedSpan]:
        """Return what was posted in each of some days; none where nothing was posted at all."""
        units = [(number, *unit) for number, days in enumerate(asked) for unit in covering(days)]
        of, spans, span_days = _columns(units, 3)
        first_days, last_days = _columns(asked, 2)
        numbers = {"numbers": list(range(len(asked))), "first_days": first_days, "last_days": last_days}
        units_asked = {"of": of, "spans": spans, "span_days": span_days}
        rows = self.connection.execute(_SPANS, self._asked | numbers | units_asked)
        return [PostedSpan(asked[number], amount_minor, postings) for number, amount_minor, postings in rows]

    def up_to(self, position: int, days: Days) -> PostedSpan:
        """Return what was posted in some days up to a position, no later than the one that is known."""
        found = self._replace(position=min(position, self.position)).spans([days])
        return found[0] if found else PostedSpan(days, 0, 0)

    def postings(self, days: Days, *, after: int, limit: int) -> list[Posted]:
        """Return the first postings of some days at positions greater than `after`, in the order of the log."""
        spans, span_days = _columns(list(covering(days)), 2)
        page = {"first_day": days.first, "last_day": days.last, "after": after, "limit": limit}
        rows = self.connection.execute(_POSTINGS, self._asked | page | {"spans": spans, "span_days": span_days})
        return [Posted(*row) for row in rows]

    @property
    def _asked(self) -> dict[str, object]:
        return {
            "book": self.book,
            "account": self.account,
            "currency": self.currency,
            "position": self.position,
            "limit": COUNTED_MAX + 1,
        }


def covering(days: Days) -> Iterator[tuple[Span, date]]:
    """Yield the fewest spans that make up some days, in order: whole years, whole months, days."""
    day = days.first
    while day <= days.last:
        span = next(span for span in SPANS if _begins(span, day) and end_of(span, day) <= days.last)
        yield span, day
        day = end_of(span, day) + timedelta(days=1)


def end_of(span: Span, first_day: date) -> date:
    """Return the last day of a span."""
    match span:
        case "year":
            return date(first_day.year, 12, 31)
        case "month":
            return first_day.replace(day=monthrange(first_day.year, first_day.month)[1])
        case "day":
            return first_day


def days_written(text: str) -> Days | None:
    """Return the days of a year, a month or a day as people write them, `2026-11`; nothing of anything else."""
    rests: dict[Span, str] = {"day": "", "month": "-01", "year": "-01-01"}
    for span, rest in rests.items():
        try:
            first = date.fromisoformat(f"{text}{rest}")
        except ValueError:
            continue
        if first.isoformat() == f"{text}{rest}":
            return Days(first, end_of(span, first))
    return None


def parts_of(days: Days) -> list[Days]:
    """Return some days by year; those of one year by month, those of one month by day."""
    span: Span = next((span for span in SPANS if end_of(span, days.first) < days.last), "day")
    parts, first = [], days.first
    while first <= days.last:
        last = min(end_of(span, first), days.last)
        parts.append(Days(first, last))
        first = last + timedelta(days=1)
    return parts


def _begins(span: Span, day: date) -> bool:
    return span == "day" or (day.day == 1 and (span == "month" or day.month == 1))


def _columns(rows: Sequence[Sequence[object]], count: int) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(count)]

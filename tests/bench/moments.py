"""Balances at a moment in a journal of 10,000,000 postings, beside the same in one of 10,000."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from time import perf_counter
from typing import NamedTuple

from api.composition import connected
from ledger.pool import Connection
from projections.balances import balances_at
from projections.moment import Moment, position_known_at
from tests.bench.ground import Ground
from tests.bench.measurement import Measurement, compared, say

POSTINGS_PER_EVENT = 10
"""The large journal has so many postings for each event of the run's long log."""
SMALL = 10_000
POSTINGS_PER_DAY = 2_740
"""So that 10,000,000 make ten years."""
LATE = 0.05
LOOKUPS = 3_000
HOTTEST = "clearing:card"
STARTS_ON = date(2016, 1, 4)
BASELINE = f"p99 of the same with {SMALL:,} postings"

_LOG = """
    INSERT INTO ledger.events (book, position, originator_id, version, topic, state, leaf_hash)
    SELECT %(book)s, n, 'hold:PO-' || n, 1, 'hold.payment_received', state, sha256(state)
    FROM generate_series(1, %(entries)s) AS n CROSS JOIN LATERAL (
        SELECT convert_to('{"schema":1,"occurred_at":"2016-01-04T00:00:00Z","recorded_at":"' ||
            to_char(%(starts_at)s + n * %(apart)s, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","event":{}}', 'UTF8') AS state
    ) AS stored
"""
_HEAD = "INSERT INTO ledger.log_head (book, size) VALUES (%(book)s, %(entries)s)"
_POSTINGS = """
    INSERT INTO projections.journal_postings
        (book, position, line, account, currency, amount_minor, balance_minor, posting_date, late, on_time_minor)
    SELECT %(book)s, position, line, account, 'USD', amount_minor, sum(amount_minor) OVER passed, posting_date, late,
        coalesce(sum(amount_minor) FILTER (WHERE NOT late) OVER passed, 0)
    FROM (
        SELECT *, coalesce(posting_date < max(posting_date) OVER (
            PARTITION BY account ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), false) AS late
        FROM (
            SELECT position, line, CASE line WHEN 1 THEN %(hottest)s ELSE 'hold:PO-' || position %% %(orders)s END
                AS account, (3 - 2 * line) * (1 + position %% 97) AS amount_minor, posting_date
            FROM (
                SELECT n AS position, %(starts_on)s + (2 * n / %(per_day)s)::int
                    - CASE WHEN random() < %(late)s THEN (90 * random())::int ELSE 0 END AS posting_date
                FROM generate_series(1, %(entries)s) AS n
            ) AS entries CROSS JOIN generate_series(1, 2) AS line
        ) AS posted
    ) AS dated
    WINDOW passed AS (PARTITION BY account ORDER BY position)
"""
_LATE_SUMS = """
    INSERT INTO projections.late_sums (book, account, currency, span, first_day, position, line, sum_minor)
    SELECT book, account, currency, span, first_day, position, line, sum(amount_minor) OVER (
        PARTITION BY account, span, first_day ORDER BY position)
    FROM projections.journal_postings CROSS JOIN LATERAL (VALUES
        ('year', date_trunc('year', posting_date)::date), ('month', date_trunc('month', posting_date)::date),
        ('day', posting_date)) AS counted (span, first_day)
    WHERE book = %(book)s AND late
"""
_BALANCES = """
    INSERT INTO projections.balances (book, account, currency, control, balance_minor, position)
    SELECT %(book)s, account, currency, split_part(account, ':', 1), sum(amount_minor), max(position)
    FROM projections.journal_postings WHERE book = %(book)s GROUP BY account, currency
"""


class _Ledger(NamedTuple):
    """A book in the database, by its size."""

    book: str
    entries: int

    @property
    def ends_on(self) -> date:
        return STARTS_ON + timedelta(days=2 * self.entries // POSTINGS_PER_DAY)

    @property
    def apart(self) -> timedelta:
        """Return the time between two of its events."""
        return timedelta(days=1) * 2 / POSTINGS_PER_DAY


def moment_at_position(ground: Ground) -> Measurement:
    """Measure a balance as it was known at a position."""
    return _measure("moment_at_position", ground, lambda _, ledger, dice: _position(ledger, dice))


def moment_known_at(ground: Ground) -> Measurement:
    """Measure a balance as it was known at a time."""
    return _measure("moment_known_at", ground, _known)


def moment_as_of(ground: Ground) -> Measurement:
    """Measure a balance as of a day, in the light of all that is known."""
    return _measure("moment_as_of", ground, lambda _, ledger, dice: Moment(as_of=_day(ledger, dice)))


def moment_both(ground: Ground) -> Measurement:
    """Measure a balance as of a day, as it was known at a position."""
    return _measure(
        "moment_both",
        ground,
        lambda _, ledger, dice: Moment(_position(ledger, dice).position, _day(ledger, dice)),
    )


def _position(ledger: _Ledger, dice: random.Random) -> Moment:
    return Moment(dice.randrange(1, ledger.entries + 1))


def _known(connection: Connection, ledger: _Ledger, dice: random.Random) -> Moment:
    known_at = datetime(STARTS_ON.year, STARTS_ON.month, STARTS_ON.day, tzinfo=UTC) + ledger.apart * (
        dice.random() * ledger.entries
    )
    return Moment(position_known_at(connection, ledger.book, known_at))


def _day(ledger: _Ledger, dice: random.Random) -> date:
    return STARTS_ON + timedelta(days=dice.randrange((ledger.ends_on - STARTS_ON).days + 1))


Means = Callable[[Connection, _Ledger, random.Random], Moment]


def _measure(name: str, ground: Ground, means: Means) -> Measurement:
    """Compare the p99 of two journals, whose lookups take turns; half of them are of the hottest account."""
    dsn, small, large = _prepared(ground)
    dice = random.Random(name)  # noqa: S311 - the same lookups in every run
    seconds: dict[str, list[float]] = {small.book: [], large.book: []}
    with connected(dsn) as house, house.pool.connection() as connection:
        for number in range(LOOKUPS):
            for ledger in (small, large):
                account = HOTTEST if number % 2 else f"hold:PO-{dice.randrange(ledger.entries // 4)}"
                started = perf_counter()
                balances_at(connection, ledger.book, means(connection, ledger, dice), account=account)
                seconds[ledger.book].append(perf_counter() - started)
    of_small, of_large = (1e6 * sorted(taken)[LOOKUPS * 99 // 100] for taken in seconds.values())
    of_half = [1e6 * sorted(taken)[LOOKUPS // 2] for taken in seconds.values()]
    say(f"{name}: p99 {of_large:,.0f} beside {of_small:,.0f}, median {of_half[1]:,.0f} beside {of_half[0]:,.0f} us")
    return compared(name, of_large, unit="microseconds, p99", baseline=BASELINE, baseline_value=of_small)


@cache
def _prepared(ground: Ground) -> tuple[str, _Ledger, _Ledger]:
    """Return a database with two journals, made in the database by what the fold would have made of them."""
    dsn = ground.new_database()
    small, large = (
        _Ledger(f"postings-{postings}", postings // 2) for postings in (SMALL, ground.events * POSTINGS_PER_EVENT)
    )
    with connected(dsn) as house, house.pool.connection() as connection:
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute("SET LOCAL work_mem = '512MB'")
        connection.execute("ALTER TABLE projections.journal_postings DISABLE TRIGGER entries_sum_to_zero")
        for ledger in (small, large):
            say(f"moments: making a journal of {2 * ledger.entries:,} postings")
            asked = {
                "book": ledger.book,
                "entries": ledger.entries,
                "orders": ledger.entries // 4,
                "hottest": HOTTEST,
                "late": LATE,
                "starts_on": STARTS_ON,
                "starts_at": datetime(STARTS_ON.year, STARTS_ON.month, STARTS_ON.day),  # noqa: DTZ001 - shown as UTC
                "apart": ledger.apart,
                "per_day": POSTINGS_PER_DAY,
            }
            for statement in (_LOG, _HEAD, _POSTINGS, _LATE_SUMS, _BALANCES):
                connection.execute(statement, asked)
    with connected(dsn) as house, house.pool.connection() as connection:
        connection.autocommit = True
        connection.execute("SET statement_timeout = 0")
        connection.execute("VACUUM ANALYZE")
    return dsn, small, large

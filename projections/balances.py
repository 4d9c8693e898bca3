"""
Balances are one row per account and currency: the sum of its postings up to positions.balances.

The table keeps debits minus credits. Shown to people, a balance stands on its account's normal side: above zero, a
liability is what we owe and an asset what we have.
"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, NamedTuple

from msgspec import Struct

from domain.accounts import CHART, control_of
from projections.moment import NOW, Moment
from projections.projection import Connection, Difference, Events, Projection, first_difference
from projections.running_sums import spans_within_year

_ADD = """
    INSERT INTO projections.balances AS b (book, account, currency, control, balance_minor, position)
    SELECT %s, account, currency, control, amount_minor, position
    FROM unnest(%b::text[], %b::text[], %b::text[], %b::int8[], %b::int8[])
        AS new (account, currency, control, amount_minor, position)
    ON CONFLICT (book, account, currency) DO UPDATE
    SET balance_minor = b.balance_minor + excluded.balance_minor, position = excluded.position
"""
_SELECT = """
    SELECT account, currency, control, balance_minor, position FROM projections.balances
    WHERE book = %s ORDER BY account COLLATE "C", currency COLLATE "C"
"""
_PRESENT = """
    SELECT p.position, b.account, b.currency, b.control, b.balance_minor
    FROM projections.positions p LEFT JOIN projections.balances b ON b.book = p.book AND b.account = ANY(%s::text[])
    WHERE p.book = %s AND p.projection = %s AND p.version = %s
    ORDER BY b.account COLLATE "C", b.currency COLLATE "C"
"""
_ACCOUNTS = "SELECT account, currency, control FROM projections.balances WHERE book = %(book)s"
_ONE_ACCOUNT = _ACCOUNTS + " AND account = %(account)s"
_KNOWN = """
    CROSS JOIN LATERAL (
        SELECT position, balance_minor, on_time_minor FROM projections.journal_postings
        WHERE book = %(book)s AND account = asked.account AND currency = asked.currency AND position <= %(position)s
        ORDER BY position DESC, line DESC LIMIT 1
    ) AS known
"""
_AT_POSITION = """
    SELECT asked.account, asked.currency, asked.control, known.balance_minor
    FROM ({asked}) AS asked {known}
    ORDER BY asked.account COLLATE "C", asked.currency COLLATE "C"
"""
_AS_OF = """
    SELECT asked.account, asked.currency, asked.control, (on_time.sum_minor + late.sum_minor)::int8
    FROM ({asked}) AS asked {known}
    CROSS JOIN LATERAL (
        SELECT coalesce(min(CASE WHEN position <= known.position THEN on_time_minor ELSE known.on_time_minor END), 0)
            AS sum_minor
        FROM (
            SELECT position, on_time_minor FROM projections.journal_postings
            WHERE book = %(book)s AND account = asked.account AND currency = asked.currency
                AND NOT late AND posting_date <= %(as_of)s
            ORDER BY posting_date DESC, position DESC, line DESC LIMIT 1
        ) AS last
    ) AS on_time
    CROSS JOIN LATERAL (
        SELECT min(first_day) AS first_day FROM projections.late_sums
        WHERE book = %(book)s AND account = asked.account AND currency = asked.currency AND span = 'year'
    ) AS first_year
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(last.sum_minor), 0) AS sum_minor
        FROM (
            SELECT 'year' AS span, make_date(number, 1, 1) AS first_day
            FROM generate_series(extract(year FROM first_year.first_day)::int, %(year)s - 1) AS number
            UNION ALL
            SELECT span, first_day FROM unnest(%(spans)b::text[], %(first_days)b::date[]) AS within (span, first_day)
            WHERE first_year.first_day IS NOT NULL
        ) AS counted
        CROSS JOIN LATERAL (
            SELECT sum_minor FROM projections.late_sums
            WHERE book = %(book)s AND account = asked.account AND currency = asked.currency
                AND span = counted.span AND first_day = counted.first_day AND position <= %(position)s
            ORDER BY position DESC, line DESC LIMIT 1
        ) AS last
    ) AS late
    ORDER BY asked.account COLLATE "C", asked.currency COLLATE "C"
"""
"""Those on time up to a day are the running sum at the last of them, or at the position if that comes first; late ones
are summed by the years before the day's, the months before its own in its year, and the days of its month up to it."""


class Balance(Struct, frozen=True, gc=False):
    """What an account holds in a currency, on its normal side, in minor units."""

    account: str
    currency: str
    balance_minor: int


class TrialBalanceLine(Struct, frozen=True, gc=False):
    """An account's balance in a currency, in minor units, in the column where it stands."""

    account: str
    currency: str
    debit_minor: int
    credit_minor: int


class Balances(Projection):
    """One row per account and currency; equals the sum of postings up to positions.balances."""

    name: ClassVar[str] = "balances"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("balances",)

    def fold(self, connection: Connection, events: Events) -> None:
        """Add the postings of further events, one update per account however hot it is."""
        rows = _rows(_summed({}, events))
        if rows:
            connection.execute(_ADD, (events.book, *map(list, zip(*rows, strict=True))))

    def difference(self, connection: Connection, book: str, log: Iterable[Events]) -> Difference | None:
        """Sum all postings anew and return the first balance that differs."""
        sums: _Sums = {}
        for events in log:
            sums = _summed(sums, events)
        return first_difference("balances", connection.execute(_SELECT, (book,)), _rows(sums), key_columns=2)


def all_balances(connection: Connection, book: str) -> list[Balance]:
    """Return every account that was ever posted to, by account and currency."""
    return [
        Balance(account, currency, balance_minor * CHART[control].sign)
        for account, currency, control, balance_minor, _position in connection.execute(_SELECT, (book,))
    ]


def balances_at(connection: Connection, book: str, moment: Moment, *, account: str | None = None) -> list[Balance]:
    """
    Return every account that was posted to by a moment, or one of them in every currency, by account and currency.

    As of a day, an account with no posting up to it that was posted to since is there at 0.

    Raises: AccountUnknown.
    """
    if account is not None:
        control_of(account)
    return [
        Balance(name, currency, balance_minor * CHART[control].sign)
        for name, currency, control, balance_minor in _rows_at(connection, book, moment, account)
    ]


class PresentBalances(NamedTuple):
    """Some accounts' balances, by account, each in every currency that it was posted to in, and up to which event."""

    position: int
    by_account: dict[str, list[Balance]]


def present_balances(connection: Connection, book: str, accounts: Sequence[str]) -> PresentBalances | None:
    """Return what some accounts hold up to where the table has come, nothing while it is another version's."""
    rows = connection.execute(_PRESENT, (list(accounts), book, Balances.name, Balances.version)).fetchall()
    if not rows:
        return None
    found: dict[str, list[Balance]] = {account: [] for account in accounts}
    for _, account, currency, control, balance_minor in rows:
        if account is not None:
            found[account].append(Balance(account, currency, balance_minor * CHART[control].sign))
    return PresentBalances(rows[0][0], found)


def trial_balance(
    connection: Connection, book: str, *, detail: bool = False, moment: Moment = NOW
) -> list[TrialBalanceLine]:
    """Return a moment's balances by control account, or with `detail` by account; debits equal credits per currency."""
    sums: dict[tuple[str, str], int] = {}
    for account, currency, control, balance_minor in _rows_at(connection, book, moment, None):
        key = (account if detail else control, currency)
        sums[key] = sums.get(key, 0) + balance_minor
    return [
        TrialBalanceLine(account, currency, max(0, balance_minor), max(0, -balance_minor))
        for (account, currency), balance_minor in sorted(sums.items())
    ]


def _rows_at(
    connection: Connection, book: str, moment: Moment, account: str | None
) -> Iterable[tuple[str, str, str, int]]:
    """Return accounts, currencies, control accounts, and debits minus credits; of all that is known, from the table."""
    if moment == NOW and account is None:
        return (row[:4] for row in connection.execute(_SELECT, (book,)))
    template = _AT_POSITION if moment.as_of is None else _AS_OF
    query = template.format(asked=_ACCOUNTS if account is None else _ONE_ACCOUNT, known=_KNOWN)
    asked: dict[str, object] = {"book": book, "account": account, "position": moment.position}
    if moment.as_of is not None:
        spans, first_days = zip(*spans_within_year(moment.as_of), strict=True)
        asked |= {
            "as_of": moment.as_of,
            "year": moment.as_of.year,
            "spans": list(spans),
            "first_days": list(first_days),
        }
    return connection.execute(query, asked)


_Sums = dict[tuple[str, str], tuple[int, int]]
"""By account and currency: debits minus credits, and the position of the last posting."""


def _summed(sums: _Sums, events: Events) -> _Sums:
    for recorded, entry in events.booked:
        for posting in entry.postings:
            key = (posting.account, posting.currency)
            before_minor = sums[key][0] if key in sums else 0
            sums[key] = (before_minor + posting.amount_minor, recorded.position)
    return sums


def _rows(sums: _Sums) -> Sequence[tuple[Any, ...]]:
    return [
        (account, currency, control_of(account).name, balance_minor, position)
        for (account, currency), (balance_minor, position) in sorted(sums.items())
    ]

"""
Balances are one row per account and currency: the sum of its postings up to positions.balances.

The table keeps debits minus credits. Shown to people, a balance stands on its account's normal side: above zero, a
liability is what we owe and an asset what we have.
"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from msgspec import Struct

from domain.accounts import CHART, control_of
from projections.projection import Connection, Difference, Events, Projection, first_difference

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


def trial_balance(connection: Connection, book: str, *, detail: bool = False) -> list[TrialBalanceLine]:
    """Return the balances by control account, or with `detail` by account; debits equal credits in every currency."""
    sums: dict[tuple[str, str], int] = {}
    for account, currency, control, balance_minor, _position in connection.execute(_SELECT, (book,)):
        key = (account if detail else control, currency)
        sums[key] = sums.get(key, 0) + balance_minor
    return [
        TrialBalanceLine(account, currency, max(0, balance_minor), max(0, -balance_minor))
        for (account, currency), balance_minor in sorted(sums.items())
    ]


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

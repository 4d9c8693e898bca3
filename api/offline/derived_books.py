"""The books that a log gives, derived from its events alone: journal, balances, and a digest of each to compare by."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from operator import itemgetter

import msgspec

from domain.accounts import control_of
from ledger.replay import LogRow, Replayed
from projections.balances import Balance
from projections.projection import Difference, first_difference


class CurrencyTotal(msgspec.Struct, frozen=True):
    """The trial balance of a currency: the sums of all balances in debit and in credit, in minor units."""

    currency: str
    debit_minor: int
    credit_minor: int


class DerivedBooks:
    """
    The journal and the balances of a log, as far as it was read.

    entries, postings: how many there were.
    """

    def __init__(self) -> None:
        self.entries = 0
        self.postings = 0
        self._sums: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._journal = hashlib.sha256()

    def add(self, row: LogRow, replayed: Replayed) -> None:
        """Book what an event posts."""
        if replayed.entry is None:
            return
        self.entries += 1
        day = replayed.state.posting_date
        for posting in replayed.entry.postings:
            self.postings += 1
            self._sums[posting.account, posting.currency] += posting.amount_minor
            line = f"{row.position} {day} {posting.account} {posting.currency} {posting.amount_minor}\n"
            self._journal.update(line.encode())

    @property
    def journal_sha256(self) -> str:
        """Return the digest over a line for each posting: POSITION DAY ACCOUNT CURRENCY DEBIT-MINUS-CREDIT."""
        return self._journal.hexdigest()

    @property
    def balances_sha256(self) -> str:
        """Return the digest over a line for each balance: ACCOUNT CURRENCY BALANCE, on the account's normal side."""
        lines = (f"{each.account} {each.currency} {each.balance_minor}\n" for each in self.balances())
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def balances(self) -> list[Balance]:
        """Return every account that was ever posted to, by account and currency, as `trade-ledger balances` does."""
        return [
            Balance(account, currency, balance_minor * control_of(account).sign)
            for (account, currency), balance_minor in sorted(self._sums.items())
        ]

    def trial_balance(self) -> tuple[CurrencyTotal, ...]:
        """Return the totals of each currency; debits equal credits."""
        debits: defaultdict[str, int] = defaultdict(int)
        credits_: defaultdict[str, int] = defaultdict(int)
        for (_, currency), balance_minor in self._sums.items():
            debits[currency] += max(0, balance_minor)
            credits_[currency] += max(0, -balance_minor)
        return tuple(CurrencyTotal(each, debits[each], credits_[each]) for each in sorted(debits))

    def difference(self, stored: Sequence[Balance]) -> Difference | None:
        """Return the first account whose balance is another one in what somebody says that balances are."""
        said = sorted(map(msgspec.structs.astuple, stored), key=itemgetter(0, 1))
        derived = map(msgspec.structs.astuple, self.balances())
        return first_difference("balances", said, derived, key_columns=2)

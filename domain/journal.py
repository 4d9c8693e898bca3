"""An entry is a balanced set of postings; a posting moves one account in one currency."""

from dataclasses import dataclass
from typing import ClassVar

from msgspec import Struct

from domain.accounts import control_of
from domain.errors import LedgerError
from domain.money import ranged


@dataclass(eq=False, kw_only=True)
class EntryUnbalanced(LedgerError):
    """A posting rule is wrong: its debits and credits differ. Nothing is recorded."""

    code: ClassVar[str] = "journal.entry_unbalanced"
    currency: str
    difference_minor: int


class Posting(Struct, frozen=True, gc=False):
    """One account's movement, in minor units of the currency: debits above zero, credits below."""

    account: str
    currency: str
    amount_minor: int


class Entry(Struct, frozen=True, gc=False):
    """
    Postings that sum to zero in every currency; an entry that doesn't can't be constructed.

    Raises, in this order: AccountUnknown, AmountOutOfRange, EntryUnbalanced.
    """

    postings: tuple[Posting, ...]

    def __post_init__(self) -> None:
        """Check every account, amount and the balance."""
        sums: dict[str, int] = {}
        for posting in self.postings:
            control_of(posting.account)
            ranged(posting.amount_minor)
            sums[posting.currency] = sums.get(posting.currency, 0) + posting.amount_minor
        for currency, difference_minor in sums.items():
            if difference_minor:
                raise EntryUnbalanced(currency=currency, difference_minor=difference_minor)


def entry(currency: str, *, debit: dict[str, int], credit: dict[str, int]) -> Entry:
    """
    Return an entry of one currency; amounts in minor units, accounts with nothing to post are left out.

    Raises what Entry does.
    """
    debited = (Posting(account, currency, amount) for account, amount in debit.items() if amount)
    credited = (Posting(account, currency, -amount) for account, amount in credit.items() if amount)
    return Entry((*debited, *credited))

r"""
A closing's figures are what every account stood at when its period was closed: few enough to read, and a hash of all.

The hash is SHA-256 over the canonical listing: one line for every account and currency whose balance isn't zero, the
account, a tab, the ISO 4217 code, a tab, the balance and a line feed, `hold:PO-1\tUSD\t-1000\n`, in UTF-8, the lines
sorted by their bytes as `LC_ALL=C sort` does. A balance is debits minus credits in minor units: decimal digits without
leading zeros, behind a hyphen-minus where it is below zero. An empty listing is no bytes at all.
"""

import hashlib
from collections.abc import Iterable

from msgspec import Struct

from domain.accounts import control_of


class BalanceLine(Struct, frozen=True, gc=False):
    """What stands on an account in a currency: debits minus credits, in minor units."""

    account: str
    currency: str
    balance_minor: int


class Figures(Struct, frozen=True, kw_only=True, gc=False):
    """
    The balances of a book in short.

    trial_balance: one line per control account and currency that isn't at zero, by account and currency; accounts: how
    many lines the canonical listing has; accounts_sha256: over the listing, 64 lower-case hexadecimal digits.
    """

    trial_balance: tuple[BalanceLine, ...]
    accounts: int
    accounts_sha256: str


def figures_of(balances: Iterable[BalanceLine]) -> Figures:
    """
    Return the figures of all accounts of a book, each given once per currency; those at zero make no difference.

    Raises: AccountUnknown.
    """
    standing = [line for line in balances if line.balance_minor]
    sums: dict[tuple[str, str], int] = {}
    for line in standing:
        key = control_of(line.account).name, line.currency
        sums[key] = sums.get(key, 0) + line.balance_minor
    return Figures(
        trial_balance=tuple(BalanceLine(*key, minor) for key, minor in sorted(sums.items()) if minor),
        accounts=len(standing),
        accounts_sha256=hashlib.sha256(canonical_listing(standing)).hexdigest(),
    )


def canonical_listing(balances: Iterable[BalanceLine]) -> bytes:
    """Return the bytes that the hash of all accounts is over."""
    lines = (f"{line.account}\t{line.currency}\t{line.balance_minor}\n" for line in balances if line.balance_minor)
    return b"".join(sorted(line.encode() for line in lines))


def unbalanced(lines: Iterable[BalanceLine]) -> dict[str, int]:
    """Return by currency how much more is debited than credited, where that isn't zero."""
    sums: dict[str, int] = {}
    for line in lines:
        sums[line.currency] = sums.get(line.currency, 0) + line.balance_minor
    return {currency: minor for currency, minor in sums.items() if minor}

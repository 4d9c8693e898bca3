"""
Money is an integer of minor units in one currency.

This is the only module that rounds. The one rounding rule is half to even, applied to the exact rational value; what is
split is split by largest remainder, so that the parts always sum to the whole.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import ClassVar

import iso4217
import msgspec

from domain.errors import Malformed

MINOR_MAX = 2**53 - 1
"""Largest magnitude of an amount, so that every JSON reader in the world keeps it exact."""

BASIS_POINTS = 10_000
_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")


@dataclass(eq=False, kw_only=True)
class CurrencyUnknown(Malformed):
    """Not an ISO 4217 code with minor units."""

    code: ClassVar[str] = "money.currency_unknown"
    currency: str


@dataclass(eq=False, kw_only=True)
class AmountUnreadable(Malformed):
    """Not a plain decimal number."""

    code: ClassVar[str] = "money.amount_unreadable"
    amount: str


@dataclass(eq=False, kw_only=True)
class AmountTooFine(Malformed):
    """More decimals than the currency has."""

    code: ClassVar[str] = "money.amount_too_fine"
    amount: str
    currency: str
    decimals_max: int


@dataclass(eq=False, kw_only=True)
class AmountOutOfRange(Malformed):
    """Beyond +-(2^53 - 1) minor units, or not positive where it must be."""

    code: ClassVar[str] = "money.amount_out_of_range"
    amount_minor: int


class Money(msgspec.Struct, frozen=True, order=True, gc=False):
    """An amount of one currency."""

    currency: str
    minor: int

    def __str__(self) -> str:
        """Return the amount in major units with its currency, as `12.30 USD`."""
        return f"{to_major(self.minor, self.currency)} {self.currency}"


@cache
def exponent_of(currency: str) -> int:
    """
    Return how many decimals a currency's minor unit has.

    Raises: CurrencyUnknown (also for units of account such as XAU, which have no minor unit).
    Source: ISO 4217 list one, by the `iso4217` package.
    """
    try:
        exponent = iso4217.Currency(currency).exponent
    except ValueError:
        raise CurrencyUnknown(currency=currency) from None
    if exponent is None:
        raise CurrencyUnknown(currency=currency)
    return int(exponent)


def to_major(amount_minor: int, currency: str) -> str:
    """Return an amount in major units as text with all its decimals, as `-0.05`."""
    exponent = exponent_of(currency)
    sign, digits = "-" if amount_minor < 0 else "", str(abs(amount_minor)).rjust(exponent + 1, "0")
    return f"{sign}{digits[:-exponent]}.{digits[-exponent:]}" if exponent else f"{sign}{digits}"


def from_major(amount: str, currency: str) -> Money:
    """
    Read an exact amount in major units.

    Raises, in this order: CurrencyUnknown, AmountUnreadable, AmountTooFine, AmountOutOfRange.
    """
    exponent = exponent_of(currency)
    minor = read_decimal(amount) * 10**exponent
    if minor.denominator != 1:
        raise AmountTooFine(amount=amount, currency=currency, decimals_max=exponent)
    return Money(currency=currency, minor=ranged(minor.numerator))


def read_decimal(text: str) -> Fraction:
    """
    Read a plain decimal number (ASCII digits, one point, no exponent, at most 18 digits on either side) exactly.

    Raises: AmountUnreadable.
    """
    if not _DECIMAL.fullmatch(text):
        raise AmountUnreadable(amount=text)
    return Fraction(text)


def round_major(amount: Fraction, currency: str) -> Money:
    """
    Round an amount in major units half to even to the currency's minor unit.

    Raises, in this order: CurrencyUnknown, AmountOutOfRange.
    """
    minor = amount * 10 ** exponent_of(currency)
    return Money(currency=currency, minor=ranged(divide(minor.numerator, minor.denominator)))


def divide(numerator: int, denominator: int) -> int:
    """Return numerator / denominator (denominator > 0) rounded half to even: the one rounding of this codebase."""
    quotient, remainder = divmod(numerator, denominator)
    double = 2 * remainder
    return quotient + (double > denominator or (double == denominator and quotient % 2 == 1))


def share(amount_minor: int, *, rate_bps: int) -> int:
    """Return the part of an amount that a rate in basis points gives, rounded."""
    return divide(amount_minor * rate_bps, BASIS_POINTS)


def share_so_far(part_minor: int, *, done: int, whole: int) -> int:
    """
    Return how much of `part_minor` belongs to the first `done` of `whole`.

    Taking differences of successive calls splits a part over steps of any size without losing a minor unit.
    """
    return divide(part_minor * done, whole) if whole else 0


def split(amount_minor: int, weights: Sequence[int]) -> tuple[int, ...]:
    """
    Split an amount by weights (not negative, not all zero) so that the parts sum to it.

    Each part gets its floor; the minor units left over go to the largest remainders, earlier parts first.
    """
    total = sum(weights)
    floors = [amount_minor * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda part: -(amount_minor * weights[part] % total))
    for part in by_remainder[: amount_minor - sum(floors)]:
        floors[part] += 1
    return tuple(floors)


def ranged(amount_minor: int) -> int:
    """
    Return the amount unchanged.

    Raises: AmountOutOfRange.
    """
    if not -MINOR_MAX <= amount_minor <= MINOR_MAX:
        raise AmountOutOfRange(amount_minor=amount_minor)
    return amount_minor


def positive(amount_minor: int) -> int:
    """
    Return the amount unchanged if it is at least one minor unit.

    Raises: AmountOutOfRange.
    """
    if amount_minor <= 0:
        raise AmountOutOfRange(amount_minor=amount_minor)
    return ranged(amount_minor)

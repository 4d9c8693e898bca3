"""Amounts as they stand in a bank's messages, and as whole minor units."""

from decimal import Decimal

EXPONENTS = {"JPY": 0, "KWD": 3}
"""Decimals of currencies that don't have two. Source: ISO 4217."""


def minor_of(text: str, currency: str) -> int:
    """Return an amount in minor units. Raises: ValueError where it's finer than the currency, or no number."""
    scaled = Decimal(text).scaleb(EXPONENTS.get(currency, 2))
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{text} {currency} is finer than the currency")
    return int(scaled)


def text_of(amount_minor: int, currency: str) -> str:
    """Return the amount, without its sign, as messages have it: 1234.50, 500, 0.001."""
    exponent = EXPONENTS.get(currency, 2)
    digits = str(abs(amount_minor)).rjust(exponent + 1, "0")
    return f"{digits[:-exponent]}.{digits[-exponent:]}" if exponent else digits

"""Money is an amount of one currency in its minor units: `Money(1_230, "USD")` is 12.30 US dollars."""

import msgspec


class Money(msgspec.Struct, frozen=True, order=True):
    """An amount; two of different currencies don't add."""

    minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        """Return the sum. Raises: ValueError, where the currencies differ."""
        return Money(self.minor + other.minor_in(self.currency), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        """Return the difference. Raises: ValueError, where the currencies differ."""
        return Money(self.minor - other.minor_in(self.currency), self.currency)

    def __neg__(self) -> "Money":
        """Return as much on the other side."""
        return Money(-self.minor, self.currency)

    def minor_in(self, currency: str) -> int:
        """Return the minor units of an amount in a currency that it must be in. Raises: ValueError."""
        if self.currency != currency:
            message = f"{self.currency} isn't {currency}"
            raise ValueError(message)
        return self.minor

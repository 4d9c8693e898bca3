"""Commands about exchange rates, money that was converted, and what is open in foreign currencies."""

from collections.abc import Sequence
from datetime import date

from domain.commands.command import Command
from domain.conversion import Deal
from domain.exchange_rate import DAYS_BACK
from domain.money import Money
from domain.references import conversion_id, exposure_id, rates_id


class RecordRates(Command, frozen=True, kw_only=True):
    """Record the rates that a source published for a day: units of each currency for one of the base."""

    source: str
    day: date
    base: str
    rates: dict[str, str]

    def subjects(self) -> Sequence[str]:
        """Return the day's rates."""
        return (rates_id(self.source, self.day),)


class CorrectRates(Command, frozen=True, kw_only=True):
    """Correct some rates of a day, or add some that were missing."""

    source: str
    day: date
    rates: dict[str, str]
    reason: str

    def subjects(self) -> Sequence[str]:
        """Return the day's rates."""
        return (rates_id(self.source, self.day),)


class RecordConversion(Command, frozen=True, kw_only=True):
    """
    Record that money of one currency was given for money of another, at a bank's rate or a recorded one.

    benchmark: the source of the recorded rates that the deal is held against; days_back: how many days before the
    deal they may be from.
    """

    conversion: str
    sold: Money
    sold_from: str
    bought: Money
    bought_to: str
    deal: Deal
    benchmark: str = "ECB"
    days_back: int = DAYS_BACK

    def subjects(self) -> Sequence[str]:
        """Return the conversion and what is open in its currencies."""
        exposures = (exposure_id(money.currency) for money in (self.sold, self.bought))
        return conversion_id(self.conversion), *exposures


class ReverseConversion(Command, frozen=True, kw_only=True):
    """Take back a conversion that was recorded wrongly."""

    conversion: str
    reason: str

    def subjects(self) -> Sequence[str]:
        """Return the conversion."""
        return (conversion_id(self.conversion),)


class RevalueExposure(Command, frozen=True, kw_only=True):
    """Carry what is open in a foreign currency at the recorded rates of the day, and book the gain or loss."""

    currency: str
    benchmark: str = "ECB"
    days_back: int = DAYS_BACK

    def subjects(self) -> Sequence[str]:
        """Return what is open in the currency."""
        return (exposure_id(self.currency),)

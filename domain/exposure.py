"""
An exposure is what conversions left open in one foreign currency: how much of it, and at which functional value.

It is long where more of the currency was bought than sold, and short, below zero, where it is the other way round. It
carries the value that it was opened at, or revalued to; what closes a part of it takes the same part of that value off
(average cost), and the difference to what the part is worth then is the gain. So whatever is closed whole carries
nothing any more, and over all currencies what is carried equals the debit balance of `fx:position` in the functional
currency.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from msgspec.structs import replace

from domain.aggregate import Aggregate, Event, begun
from domain.errors import Refused
from domain.exchange_rate import RatesUsed
from domain.money import ranged, share_so_far


class ExposureChanged(Event, frozen=True, kw_only=True):
    """
    More or less of a foreign currency is open, by a conversion.

    amount, closed: minor units of the foreign currency; the amount above zero where it was bought. value, closed value,
    relieved, gain: minor units of the functional one. value: of the amount at the reference rate; closed value: of the
    part that closes what was open; relieved: what that part was carried at. gain = - closed value - relieved, and what
    is carried changes by value + gain.
    """

    of: str
    currency: str
    amount_minor: int
    value_minor: int
    closed_minor: int
    closed_value_minor: int
    relieved_minor: int
    gain_minor: int
    cause: str
    day: date


class ExposureRevalued(Event, frozen=True, kw_only=True):
    """
    What is open in a foreign currency is carried at a day's rate from now on, and the difference is gained or lost.

    open: minor units of the foreign currency; carried, value, gain: of the functional one, gain = value - carried.
    """

    of: str
    currency: str
    open_minor: int
    carried_minor: int
    value_minor: int
    gain_minor: int
    benchmark: RatesUsed
    day: date


ExposureEvent = ExposureChanged | ExposureRevalued


@dataclass(eq=False, kw_only=True)
class ExposureMovedSince(Refused):
    """What is open was moved or revalued on a later day: it isn't what was open on the day to be revalued."""

    code: ClassVar[str] = "exposure.moved_since"
    hint: ClassVar[str] = "revalue a day before anything later is recorded; or revalue as of the later day"
    exposure: str
    day: date
    moved_on: date


class Exposure(Aggregate, frozen=True, kw_only=True):
    """
    What is open in one currency, which its key names.

    currency: the functional one; open_minor: of the key's currency, below zero where it is short; carried_minor: of the
    functional one; gained_minor: in all, by closing and revaluing, margins not included; moved_on: the last day that
    anything was about.
    """

    of: str
    currency: str
    open_minor: int = 0
    carried_minor: int = 0
    gained_minor: int = 0
    moved_on: date | None = None

    def change(self, amount_minor: int, *, value_minor: int, cause: str, day: date) -> ExposureChanged:
        """
        Let a conversion open more, or close what is open, or both.

        amount_minor: above zero where it was bought; value_minor: the amount's at the reference rate, of the same sign.

        Raises: AmountOutOfRange.
        """
        against = amount_minor * self.open_minor < 0
        closed_minor = min(abs(amount_minor), abs(self.open_minor)) if against else 0
        closed_value_minor = share_so_far(value_minor, done=closed_minor, whole=abs(amount_minor))
        relieved_minor = share_so_far(self.carried_minor, done=closed_minor, whole=abs(self.open_minor))
        gain_minor = ranged(-closed_value_minor - relieved_minor)
        ranged(self.open_minor + amount_minor)
        ranged(self.carried_minor + value_minor + gain_minor)
        return ExposureChanged(
            of=self.of,
            currency=self.currency,
            amount_minor=amount_minor,
            value_minor=value_minor,
            closed_minor=closed_minor,
            closed_value_minor=closed_value_minor,
            relieved_minor=relieved_minor,
            gain_minor=gain_minor,
            cause=cause,
            day=day,
        )

    def check_revaluable(self, day: date) -> None:
        """
        Check that what is open is what was open on a day.

        Raises: ExposureMovedSince.
        """
        if self.moved_on and self.moved_on > day:
            raise ExposureMovedSince(exposure=self.reference, day=day, moved_on=self.moved_on)

    def revalue(self, benchmark: RatesUsed, *, day: date) -> ExposureRevalued:
        """
        Carry what is open at a day's rates.

        Raises, in this order: ExposureMovedSince, AmountOutOfRange.
        """
        self.check_revaluable(day)
        value_minor = benchmark.value_of(self.open_minor, of=self.of, into=self.currency)
        return ExposureRevalued(
            of=self.of,
            currency=self.currency,
            open_minor=self.open_minor,
            carried_minor=self.carried_minor,
            value_minor=value_minor,
            gain_minor=ranged(value_minor - self.carried_minor),
            benchmark=benchmark,
            day=day,
        )


def evolve(exposure: Exposure | None, event: ExposureEvent, reference: str, _at: datetime) -> Exposure:
    """Apply an event of an exposure; the first conversion begins it."""
    match event:
        case ExposureChanged():
            before = exposure or Exposure(reference=reference, of=event.of, currency=event.currency)
            return replace(
                before,
                open_minor=before.open_minor + event.amount_minor,
                carried_minor=before.carried_minor + event.value_minor + event.gain_minor,
                gained_minor=before.gained_minor + event.gain_minor,
                moved_on=_later(before.moved_on, event.day),
            )
        case ExposureRevalued():
            before = begun(exposure)
            return replace(
                before,
                carried_minor=before.carried_minor + event.gain_minor,
                gained_minor=before.gained_minor + event.gain_minor,
                moved_on=_later(before.moved_on, event.day),
            )


def _later(one: date | None, other: date) -> date:
    return other if one is None or other > one else one

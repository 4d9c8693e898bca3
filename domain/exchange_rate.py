"""
An exchange rate says how many units of a currency one unit of a source's base is worth on a day, as published.

Rates are exact decimal texts and are never rounded: what is between two currencies is their quotient, a fraction. A
day's rates are recorded once; a correction is an event of its own and changes nothing that was reckoned before it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from domain.aggregate import Aggregate, Event, begun
from domain.errors import Malformed, NotFound, Refused
from domain.money import AmountUnreadable, exponent_of, read_decimal, round_major
from domain.references import key

RATES_MAX = 300
"""So many currencies in one event: it stays far below what a leaf of the log may have."""

DAYS_BACK = 5
"""How many days back a rate is looked for where nothing else is said: Christmas with a weekend beside it."""

DAYS_BACK_MAX = 31

_CODE = re.compile(r"[A-Z]{3}")
"""Not looked up in ISO 4217 of today: a history has currencies that are gone."""


class RatesRecorded(Event, frozen=True, kw_only=True):
    """A source's rates of a day are known. rates: units of each currency for one unit of the base, as decimal text."""

    source: str
    day: date
    base: str
    rates: dict[str, str]
    recorded_by: str


class RatesCorrected(Event, frozen=True, kw_only=True):
    """Some rates of a day are otherwise than recorded, or were missing; what was reckoned by the old ones stands."""

    rates: dict[str, str]
    reason: str
    corrected_by: str


RatesEvent = RatesRecorded | RatesCorrected


@dataclass(eq=False, kw_only=True)
class RatesMalformed(Malformed):
    """Rates that can't mean anything: currencies are three capital letters, rates plain decimals above zero."""

    code: ClassVar[str] = "rates.malformed"
    field: str
    problem: str


@dataclass(eq=False, kw_only=True)
class RatesAlreadyRecorded(Refused):
    """A source's rates of a day are recorded once; what is wrong in them is corrected, with a reason."""

    code: ClassVar[str] = "rates.already_recorded"
    source: str
    day: date


@dataclass(eq=False, kw_only=True)
class RatesNotDifferent(Refused):
    """A correction that changes no rate is none."""

    code: ClassVar[str] = "rates.not_different"
    source: str
    day: date


@dataclass(eq=False, kw_only=True)
class RateNotFound(NotFound):
    """No rates are recorded that quote these currencies on the day, or so many days before it."""

    code: ClassVar[str] = "rates.not_found"
    hint: ClassVar[str] = "record the source's rates of that day, or look further back"
    source: str
    currencies: tuple[str, ...]
    on: date
    days_back: int


class RatesUsed(Struct, frozen=True, kw_only=True, gc=False):
    """The rates of one source and day by which something was reckoned, the base left out."""

    source: str
    day: date
    base: str
    rates: dict[str, str]

    def between(self, one: str, other: str) -> Fraction:
        """Return how many units of another currency one unit of a currency is worth, exactly."""
        return self._of(other) / self._of(one)

    def value_of(self, amount_minor: int, *, of: str, into: str) -> int:
        """
        Return an amount's value in another currency, rounded once to its minor unit.

        Raises: AmountOutOfRange.
        """
        if of == into:
            return amount_minor
        return round_major(Fraction(amount_minor, 10 ** exponent_of(of)) * self.between(of, into), into).minor

    def _of(self, currency: str) -> Fraction:
        return Fraction(1) if currency == self.base else read_decimal(self.rates[currency])


class Rates(Aggregate, frozen=True, kw_only=True):
    """What one source quoted on one day, corrections included."""

    source: str
    day: date
    base: str
    rates: Mapping[str, str]
    corrections: int = 0

    def quotes(self, currencies: Iterable[str]) -> bool:
        """Return whether all of some currencies are quoted, or the base."""
        return all(currency == self.base or currency in self.rates for currency in currencies)

    def used(self, currencies: Iterable[str]) -> RatesUsed:
        """Return what is used of these rates to reckon between some currencies that they quote."""
        some = {currency: self.rates[currency] for currency in sorted(set(currencies)) if currency != self.base}
        return RatesUsed(source=self.source, day=self.day, base=self.base, rates=some)

    def correct(self, rates: Mapping[str, str], *, reason: str, actor: str) -> RatesCorrected:
        """
        Correct some rates, or add some that were missing. The reason is a code.

        Raises, in this order: RatesMalformed, ReferenceMalformed, RatesNotDifferent.
        """
        _check_rates(self.base, rates)
        key(reason, field="reason")
        if all(self.rates.get(currency) == rate for currency, rate in rates.items()):
            raise RatesNotDifferent(source=self.source, day=self.day)
        return RatesCorrected(rates=dict(sorted(rates.items())), reason=reason, corrected_by=actor)


def record(
    known: Rates | None, *, source: str, day: date, base: str, rates: Mapping[str, str], actor: str
) -> RatesRecorded:
    """
    Record a source's rates of a day.

    Raises, in this order: RatesMalformed, RatesAlreadyRecorded.
    """
    if not _CODE.fullmatch(base):
        raise RatesMalformed(field="base", problem="not three capital letters")
    _check_rates(base, rates)
    if known:
        raise RatesAlreadyRecorded(source=source, day=day)
    return RatesRecorded(source=source, day=day, base=base, rates=dict(sorted(rates.items())), recorded_by=actor)


def check_days_back(days_back: int) -> None:
    """
    Check how far back a rate may be looked for.

    Raises: RatesMalformed.
    """
    if not 0 <= days_back <= DAYS_BACK_MAX:
        raise RatesMalformed(field="days_back", problem=f"not from 0 to {DAYS_BACK_MAX}")


def evolve(rates: Rates | None, event: RatesEvent, reference: str, _at: datetime) -> Rates:
    """Apply an event of a day's rates."""
    match event:
        case RatesRecorded():
            return Rates(
                reference=reference, source=event.source, day=event.day, base=event.base, rates=dict(event.rates)
            )
        case RatesCorrected():
            before = begun(rates)
            return replace(before, rates={**before.rates, **event.rates}, corrections=before.corrections + 1)


def _check_rates(base: str, rates: Mapping[str, str]) -> None:
    if not 1 <= len(rates) <= RATES_MAX:
        raise RatesMalformed(field="rates", problem=f"not from 1 to {RATES_MAX} currencies")
    for currency, rate in rates.items():
        if not _CODE.fullmatch(currency) or currency == base:
            raise RatesMalformed(field="rates", problem=f"not another currency than the base: {currency[:80]}")
        if not _is_rate(rate):
            raise RatesMalformed(field="rates", problem=f"not a plain decimal above zero for {currency}: {rate[:80]}")


def _is_rate(rate: str) -> bool:
    try:
        return read_decimal(rate) > 0
    except AmountUnreadable:
        return False

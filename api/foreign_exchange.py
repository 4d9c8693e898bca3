"""Exchange rates, conversions and exposures as the API and the command line show them, read from the log."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import ClassVar

import msgspec

from domain.conversion import ConversionRecorded, ConversionReversed, Deal, Leg
from domain.envelope import Recorded
from domain.errors import NotFound
from domain.exchange_rate import RateNotFound, Rates, RatesMalformed, RatesUsed, check_days_back
from domain.exposure import Exposure
from domain.money import Money, divide
from domain.references import conversion_id, key_of
from projections.derived_rows import in_parts
from projections.exchange_rates import find_rates, rates_of_days
from projections.moment import NOW, Moment
from projections.projection import Connection
from projections.streams import folded, references_of
from projections.timelines import events_at

DAYS_SHOWN = 31
DAYS_SHOWN_MAX = 3_700
"""Ten years of a source's days at once."""

DECIMALS_SHOWN = 10


class RatesRow(msgspec.Struct, frozen=True, kw_only=True):
    """A source's rates of a day: units of each currency for one of the base. corrections: how many there were."""

    source: str
    day: date
    base: str
    rates: dict[str, str]
    corrections: int


class RateView(msgspec.Struct, frozen=True, kw_only=True):
    """
    How many units of one currency another is worth.

    exact: numerator/denominator, what the ledger reckons by; decimal: the same rounded half to even, to be read; on:
    the day asked for; used: the recorded rates that it comes of, with their own day.
    """

    one: str
    other: str
    on: date
    exact: str
    decimal: str
    used: RatesUsed


class ReversalView(msgspec.Struct, frozen=True, kw_only=True):
    """That a conversion was taken back: why, by whom, and what that gained on what was open then."""

    reason: str
    reversed_by: str
    position: int
    occurred_at: datetime
    currency: str
    margin_minor: int
    difference_minor: int


class ConversionView(msgspec.Struct, frozen=True, kw_only=True):
    """
    Money that was converted.

    deal: at which rate, dealt_by: the recorded rates of the deal where no bank gave one; benchmark: the rates it is
    held against, would_have_bought: what these give for what was sold. In the functional currency: the value of both
    sides at the reference, margin: their difference, difference: gained on what the conversion closed.
    """

    conversion: str
    sold: Leg
    bought: Leg
    deal: Deal
    dealt_by: RatesUsed | None
    benchmark: RatesUsed
    would_have_bought: Money
    currency: str
    sold_value_minor: int
    bought_value_minor: int
    margin_minor: int
    difference_minor: int
    occurred_at: datetime
    posting_date: date
    position: int
    reversal: ReversalView | None


class ExposureRow(msgspec.Struct, frozen=True, kw_only=True):
    """
    What conversions left open in a foreign currency, below zero where more was sold than bought.

    currency: the functional one, of what is carried and what was gained by closing and revaluing; moved_on: the last
    day that a conversion or a revaluation was about.
    """

    open: Money
    currency: str
    carried_minor: int
    gained_minor: int
    moved_on: date | None


@dataclass(eq=False, kw_only=True)
class ConversionNotFound(NotFound):
    """No conversion was recorded under this key."""

    code: ClassVar[str] = "conversion.not_found"
    conversion: str


def rates_between(
    connection: Connection, book: str, source: str, *, first: date | None, last: date, moment: Moment = NOW
) -> Iterator[RatesRow]:
    """
    Yield what a source quoted on the days between two, the last first. first: a month before the last if not given.

    Raises: RatesMalformed.
    """
    first = date.fromordinal(max(1, last.toordinal() - DAYS_SHOWN + 1)) if first is None else first
    if not 0 <= (last - first).days < DAYS_SHOWN_MAX:
        raise RatesMalformed(field="from", problem=f"not up to {DAYS_SHOWN_MAX} days before the last day")
    found = rates_of_days(connection, book, source, first=first, last=last, moment=moment)
    return (_rates_row(rates) for rates in found)


def get_rate(
    connection: Connection, book: str, source: str, pair: tuple[str, str], *, on: date, days_back: int, moment: Moment
) -> RateView:
    """
    Return how many units of a pair's second currency its first is worth on a day.

    Raises, in this order: RatesMalformed, RateNotFound.
    """
    check_days_back(days_back)
    currencies = tuple(sorted(set(pair)))
    used = find_rates(connection, book, source, currencies, on=on, days_back=days_back, moment=moment)
    if used is None:
        raise RateNotFound(source=source, currencies=currencies, on=on, days_back=days_back)
    one, other = pair
    rate = used.between(one, other)
    return RateView(
        one=one,
        other=other,
        on=on,
        exact=f"{rate.numerator}/{rate.denominator}",
        decimal=decimal_text(rate),
        used=used,
    )


def decimal_text(rate: Fraction) -> str:
    """Return a rate above zero as a decimal number to be read, rounded half to even: never what is reckoned by."""
    digits = str(divide(rate.numerator * 10**DECIMALS_SHOWN, rate.denominator)).rjust(DECIMALS_SHOWN + 1, "0")
    return f"{digits[:-DECIMALS_SHOWN]}.{digits[-DECIMALS_SHOWN:]}"


def all_conversions(connection: Connection, book: str, *, moment: Moment = NOW) -> list[ConversionView]:
    """Return every conversion, in the order of their recording."""
    names = references_of(connection, book, "conversion", moment=moment)
    return [view for some in in_parts(names) for view in _conversions(connection, book, some, moment)]


def get_conversion(connection: Connection, book: str, conversion: str, *, moment: Moment = NOW) -> ConversionView:
    """
    Return a conversion by key.

    Raises: ConversionNotFound.
    """
    for view in _conversions(connection, book, [conversion_id(conversion)], moment):
        return view
    raise ConversionNotFound(conversion=conversion)


def all_exposures(connection: Connection, book: str, *, moment: Moment = NOW) -> list[ExposureRow]:
    """Return what is open in each foreign currency that was ever converted, by currency."""
    names = sorted(references_of(connection, book, "exposure", moment=moment))
    events = events_at(connection, book, names, moment)
    stood = (folded((each for each in events if each.originator_id == name), moment=moment) for name in names)
    return [_exposure_row(each) for each in stood if isinstance(each, Exposure)]


def _rates_row(rates: Rates) -> RatesRow:
    return RatesRow(
        source=rates.source, day=rates.day, base=rates.base, rates=dict(rates.rates), corrections=rates.corrections
    )


def _conversions(connection: Connection, book: str, names: Sequence[str], moment: Moment) -> Iterator[ConversionView]:
    by_name: dict[str, list[Recorded]] = {name: [] for name in names}
    for each in events_at(connection, book, names, moment):
        by_name[each.originator_id].append(each)
    for events in by_name.values():
        yield from _conversion(events)


def _conversion(events: Iterable[Recorded]) -> Iterator[ConversionView]:
    view: ConversionView | None = None
    for each in events:
        match each.event:
            case ConversionRecorded() as event:
                view = _recorded(each, event)
            case ConversionReversed() as event if view:
                view = msgspec.structs.replace(view, reversal=_reversal(each, event))
    if view:
        yield view


def _recorded(happened: Recorded, event: ConversionRecorded) -> ConversionView:
    sold, bought = event.legs
    return ConversionView(
        conversion=key_of(happened.originator_id),
        sold=sold,
        bought=bought,
        deal=event.deal,
        dealt_by=event.dealt_by,
        benchmark=event.benchmark,
        would_have_bought=Money(bought.currency, event.would_have_bought_minor),
        currency=event.currency,
        sold_value_minor=event.sold_value_minor,
        bought_value_minor=event.bought_value_minor,
        margin_minor=event.margin_minor,
        difference_minor=event.difference_minor,
        occurred_at=happened.state.occurred_at,
        posting_date=happened.state.posting_date,
        position=happened.position,
        reversal=None,
    )


def _reversal(happened: Recorded, event: ConversionReversed) -> ReversalView:
    return ReversalView(
        reason=event.reason,
        reversed_by=event.reversed_by,
        position=happened.position,
        occurred_at=happened.state.occurred_at,
        currency=event.currency,
        margin_minor=event.margin_minor,
        difference_minor=event.difference_minor,
    )


def _exposure_row(exposure: Exposure) -> ExposureRow:
    return ExposureRow(
        open=Money(exposure.of, exposure.open_minor),
        currency=exposure.currency,
        carried_minor=exposure.carried_minor,
        gained_minor=exposure.gained_minor,
        moved_on=exposure.moved_on,
    )

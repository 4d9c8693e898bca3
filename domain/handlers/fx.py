"""What commands about exchange rates, conversions and exposures do."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

from domain import commands, conversion, exchange_rate
from domain.book import Book
from domain.conversion import Conversion, ConversionAlreadyRecorded, Exchange, Leg, Valued
from domain.exchange_rate import RateNotFound, Rates, RatesUsed, check_days_back
from domain.exposure import Exposure, ExposureChanged
from domain.references import book_id, conversion_id, exposure_id, key, rates_id
from domain.unit_of_work import UnitOfWork

_A_DAY = timedelta(days=1)


def record_rates(command: commands.RecordRates, uow: UnitOfWork) -> None:
    """Raises, in this order: ReferenceMalformed (source), and what `exchange_rate.record` does."""
    reference = rates_id(key(command.source, field="source"), command.day)
    recorded = exchange_rate.record(
        uow.find(Rates, reference),
        source=command.source,
        day=command.day,
        base=command.base,
        rates=command.rates,
        actor=uow.actor,
    )
    uow.record(reference, recorded)


def correct_rates(command: commands.CorrectRates, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Rates.correct` does."""
    rates = uow.get(Rates, rates_id(command.source, command.day))
    uow.record(rates.reference, rates.correct(command.rates, reason=command.reason, actor=uow.actor))


def record_conversion(command: commands.RecordConversion, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound (the book), ReferenceMalformed (the conversion), what
    `conversion.exchange` does, RatesMalformed (days_back), RateNotFound, what `Exchange.check_rate` does, what
    `conversion.valued` does, ConversionAlreadyRecorded, and what `Exposure.change` does.
    """
    book = uow.get(Book, book_id(uow.book))
    name = conversion_id(key(command.conversion, field="conversion"))
    exchanged = conversion.exchange(
        sold=command.sold,
        sold_from=command.sold_from,
        bought=command.bought,
        bought_to=command.bought_to,
        deal=command.deal,
    )
    check_days_back(command.days_back)
    day = book.day_of(uow.occurred_at)
    used = _Used(day, command.days_back, uow)
    benchmark = used.of(command.benchmark, (*exchanged.currencies, book.functional_currency))
    dealt_by = None if command.deal.is_given else used.of(command.deal.source, exchanged.currencies)
    exchanged.check_rate(dealt_by)
    at = conversion.valued(exchanged, benchmark, currency=book.functional_currency)
    if uow.find(Conversion, name):
        raise ConversionAlreadyRecorded(conversion=name)
    changes = list(_changes(exchanged, at, name, day, uow))
    uow.record(name, conversion.recorded(exchanged, at, changes, dealt_by=dealt_by))
    _change(changes, uow)


def reverse_conversion(command: commands.ReverseConversion, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound (the conversion), what `Conversion.check_reversible` does, and what
    `Exposure.change` does.
    """
    before = uow.get(Conversion, conversion_id(command.conversion))
    before.check_reversible(reason=command.reason)
    day = uow.get(Book, book_id(uow.book)).day_of(uow.occurred_at)
    sold, bought = before.legs
    moved = ((sold, 1, before.sold_value_minor), (bought, -1, -before.bought_value_minor))
    changes = [
        _exposure(leg.currency, before.currency, uow).change(
            sign * leg.amount_minor, value_minor=value_minor, cause=before.reference, day=day
        )
        for leg, sign, value_minor in moved
        if leg.currency != before.currency
    ]
    uow.record(before.reference, before.reverse(changes, reason=command.reason, actor=uow.actor))
    _change(changes, uow)


def revalue_exposure(command: commands.RevalueExposure, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound (the exposure), RatesMalformed (days_back), RateNotFound, and what
    `Exposure.revalue` does.
    """
    exposure = uow.get(Exposure, exposure_id(command.currency))
    check_days_back(command.days_back)
    day = uow.get(Book, book_id(uow.book)).day_of(uow.occurred_at)
    benchmark = _Used(day, command.days_back, uow).of(command.benchmark, (exposure.of, exposure.currency))
    uow.record(exposure.reference, exposure.revalue(benchmark, day=day))


HANDLERS: dict[type[commands.Command], Callable[[Any, UnitOfWork], None]] = {
    commands.RecordRates: record_rates,
    commands.CorrectRates: correct_rates,
    commands.RecordConversion: record_conversion,
    commands.ReverseConversion: reverse_conversion,
    commands.RevalueExposure: revalue_exposure,
}


class _Used:
    """The rates that count on a day: the last recorded ones that quote what is asked, not too long before it."""

    def __init__(self, day: date, days_back: int, uow: UnitOfWork) -> None:
        self._day = day
        self._days_back = days_back
        self._uow = uow

    def of(self, source: str, currencies: Iterable[str]) -> RatesUsed:
        """
        Return a source's rates between some currencies.

        Raises: RateNotFound.
        """
        sought = tuple(sorted(set(currencies)))
        for back in range(min(self._days_back + 1, self._day.toordinal())):
            rates = self._uow.find(Rates, rates_id(source, self._day - back * _A_DAY))
            if rates and rates.quotes(sought):
                return rates.used(sought)
        raise RateNotFound(source=source[:80], currencies=sought, on=self._day, days_back=self._days_back)


def _changes(exchanged: Exchange, at: Valued, cause: str, day: date, uow: UnitOfWork) -> Iterable[ExposureChanged]:
    moved: tuple[tuple[Leg, int, int], ...] = (
        (exchanged.sold, -1, -at.sold_value_minor),
        (exchanged.bought, 1, at.bought_value_minor),
    )
    for leg, sign, value_minor in moved:
        if leg.currency != at.currency:
            exposure = _exposure(leg.currency, at.currency, uow)
            yield exposure.change(sign * leg.amount_minor, value_minor=value_minor, cause=cause, day=day)


def _change(changes: Iterable[ExposureChanged], uow: UnitOfWork) -> None:
    for change in changes:
        uow.record(exposure_id(change.of), change)


def _exposure(of: str, currency: str, uow: UnitOfWork) -> Exposure:
    name = exposure_id(of)
    return uow.find(Exposure, name) or Exposure(reference=name, of=of, currency=currency)

"""
Exchange rates as they were known at a moment: read from the log by source and day, with no table.

A day's rates are a stream of their own, so that what is asked for a day costs as many streams as days are looked back.
"""

from collections.abc import Collection, Iterator
from datetime import date, timedelta

from domain.exchange_rate import Rates, RatesUsed
from domain.references import rates_id
from projections.derived_rows import in_parts
from projections.moment import NOW, Moment
from projections.projection import Connection
from projections.streams import folded
from projections.timelines import events_at

_A_DAY = timedelta(days=1)


def rates_of_days(
    connection: Connection, book: str, source: str, *, first: date, last: date, moment: Moment = NOW
) -> Iterator[Rates]:
    """Yield what a source quoted on each day between two, both included, the last first."""
    days = [last - back * _A_DAY for back in range((last - first).days + 1)]
    for some in in_parts(days):
        names = [rates_id(source, day) for day in some]
        events = events_at(connection, book, names, moment)
        for name in names:
            rates = folded((each for each in events if each.originator_id == name), moment=moment)
            if isinstance(rates, Rates):
                yield rates


def find_rates(
    connection: Connection,
    book: str,
    source: str,
    currencies: Collection[str],
    *,
    on: date,
    days_back: int,
    moment: Moment = NOW,
) -> RatesUsed | None:
    """Return the last rates up to a day, and so many days before it at most, that quote all of some currencies."""
    first = date.fromordinal(max(1, on.toordinal() - days_back))
    for rates in rates_of_days(connection, book, source, first=first, last=on, moment=moment):
        if rates.quotes(currencies):
            return rates.used(currencies)
    return None

"""Routes about foreign exchange: recorded rates, what one currency is worth in another, conversions, exposures."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.foreign_exchange import (
    ConversionView,
    ExposureRow,
    RatesRow,
    RateView,
    all_conversions,
    all_exposures,
    get_conversion,
    get_rate,
    rates_between,
)
from api.http.answers import answers, answers_list
from api.http.desk import KEY_PATTERN, AtBook, AtMoment, ByCaller, Day, Key, answered
from api.listing.page import Paged
from api.resources.resource import About, conversion_resource, resource_of
from domain.exchange_rate import DAYS_BACK, DAYS_BACK_MAX

router = APIRouter(tags=["foreign exchange"])

Source = Annotated[str, Query(pattern=KEY_PATTERN, description="Who published the rates.")]
Currency = Annotated[str, Query(pattern="^[A-Z]{3}$")]


@router.get("/rates", name="rates", responses=answers_list(RatesRow))
def rates(
    book: AtBook,
    page: Paged,
    source: Source = "ECB",
    first: Annotated[Day | None, Query(alias="from", description="A month before the last if not given.")] = None,
    last: Annotated[Day | None, Query(alias="to", description="Today if not given.")] = None,
) -> Response:
    """Return what a source quoted on each day between two, the last first."""
    last = last or page.instant(book.world.clock()).date()
    with page.reading(log=True) as (connection, moment, _):
        found = list(rates_between(connection, book.name, source, first=first, last=last, moment=moment))
    return page.part_of(found, RatesRow)


@router.get("/rate", name="rate", responses=answers(RateView))
def rate(
    book: AtBook,
    asked: AtMoment,
    one: Annotated[str, Query(alias="from", pattern="^[A-Z]{3}$", examples=["USD"])],
    other: Annotated[str, Query(alias="to", pattern="^[A-Z]{3}$", examples=["INR"])],
    on: Annotated[Day | None, Query(description="Today if not given.")] = None,
    source: Source = "ECB",
    days_back: Annotated[int, Query(ge=0, le=DAYS_BACK_MAX)] = DAYS_BACK,
) -> Response:
    """
    Return how many units of one currency another is worth, over the base of the source's rates.

    Where nothing is quoted on the day, the last day before it counts, `days_back` at most, and is told.
    """
    moment = asked.of_log(book)
    day = on or book.world.clock().date()
    with book.pool.connection() as connection:
        found = get_rate(connection, book.name, source, (one, other), on=day, days_back=days_back, moment=moment)
    return answered(found, moment=moment)


@router.get("/conversions", name="conversions", responses=answers_list(ConversionView))
def conversions(book: AtBook, page: Paged) -> Response:
    """Return every conversion in the order of recording, with its rates, its margin and what it closed."""
    with page.reading(log=True) as (connection, moment, _):
        found = all_conversions(connection, book.name, moment=moment)
    return page.part_of(found, ConversionView)


@router.get("/conversions/{conversion}", name="conversion", responses=answers(resource_of(ConversionView)))
def conversion(book: AtBook, caller: ByCaller, asked: AtMoment, conversion: Key) -> Response:
    """Return a conversion, with its rates, its margin and what it closed."""
    moment = asked.of_log(book)
    with book.pool.connection() as connection:
        found = get_conversion(connection, book.name, conversion, moment=moment)
    return answered(conversion_resource(About(book, caller, moment), found), moment=moment)


@router.get("/exposures", name="exposures", responses=answers_list(ExposureRow))
def exposures(book: AtBook, page: Paged) -> Response:
    """Return what conversions left open in each foreign currency, and at which functional value it is carried."""
    with page.reading(log=True) as (connection, moment, _):
        found = all_exposures(connection, book.name, moment=moment)
    return page.part_of(found, ExposureRow)

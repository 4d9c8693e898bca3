"""A book is one marketplace's ledger: its identity, its log's origin, and the conventions all its figures stand on."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import ClassVar
from zoneinfo import ZoneInfo

from domain.aggregate import Aggregate, Event
from domain.errors import Malformed, Refused
from domain.money import exponent_of

LEAF_FORMAT = 1
CHART = "trade-assurance/1"


class BookOpened(Event, frozen=True, kw_only=True):
    """The book begins: always at position 1, and only there."""

    identity: str
    log_origin: str
    leaf_format: int
    chart: str
    functional_currency: str
    time_zone: str


BookEvent = BookOpened


class Book(Aggregate, frozen=True, kw_only=True):
    """The conventions of one marketplace's ledger."""

    identity: str
    log_origin: str
    functional_currency: str
    time_zone: str

    def day_of(self, occurred_at: datetime) -> date:
        """Return the day, in the book's time zone, on which something occurred."""
        return occurred_at.astimezone(_zone(self.time_zone)).date()


@dataclass(eq=False, kw_only=True)
class BookAlreadyOpen(Refused):
    """A book is opened once."""

    code: ClassVar[str] = "book.already_open"
    book: str


@dataclass(eq=False, kw_only=True)
class TimeZoneUnknown(Malformed):
    """Not a name of the IANA time zone database."""

    code: ClassVar[str] = "book.time_zone_unknown"
    time_zone: str


def open_book(
    book: Book | None, *, identity: str, log_origin: str, functional_currency: str, time_zone: str
) -> BookOpened:
    """
    Open a book.

    identity: random, 32 hexadecimal digits; log_origin: the name under which checkpoints of this log are signed.

    Raises, in this order: BookAlreadyOpen, CurrencyUnknown, TimeZoneUnknown.
    """
    if book:
        raise BookAlreadyOpen(book=book.reference)
    exponent_of(functional_currency)
    _zone(time_zone)
    return BookOpened(
        identity=identity,
        log_origin=log_origin,
        leaf_format=LEAF_FORMAT,
        chart=CHART,
        functional_currency=functional_currency,
        time_zone=time_zone,
    )


def evolve(_book: Book | None, event: BookEvent, reference: str, _at: datetime) -> Book:
    """Apply an event of a book."""
    return Book(
        reference=reference,
        identity=event.identity,
        log_origin=event.log_origin,
        functional_currency=event.functional_currency,
        time_zone=event.time_zone,
    )


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise TimeZoneUnknown(time_zone=name) from None

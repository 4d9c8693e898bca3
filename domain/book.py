"""A book is one marketplace's ledger: its identity, its log's origin, and the conventions all its figures stand on."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import ClassVar
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from domain.aggregate import Aggregate, Event, begun
from domain.commitment import check_commitment
from domain.errors import Malformed, Refused
from domain.money import exponent_of
from domain.references import key

LEAF_FORMAT = 1
CHART = "trade-assurance/1"

ORIGIN = re.compile(r"[!-*,-~]{1,255}")
"""What a log may be called: it stands in signed notes, whose names have neither spaces nor a plus sign."""


class BookOpened(Event, frozen=True, kw_only=True):
    """The book begins: always at position 1, and only there."""

    identity: str
    log_origin: str
    leaf_format: int
    chart: str
    functional_currency: str
    time_zone: str


class BookLogReopened(Event, frozen=True, kw_only=True):
    """
    The log goes on under another origin, since some of what was signed under the old one is lost.

    signed_size, signed_root (SHA-256, hexadecimal): of the last checkpoint known under the old origin. restored_size:
    how many events of the log that was signed are still there, so the gap is restored_size + 1 to signed_size. A
    restored_size of signed_size or more is a fork: as many events, but other ones.
    """

    old_origin: str
    new_origin: str
    signed_size: int
    signed_root: str
    restored_size: int
    reason: str


BookEvent = BookOpened | BookLogReopened


class Book(Aggregate, frozen=True, kw_only=True):
    """
    The conventions of one marketplace's ledger.

    log_origins: every name that checkpoints of its log were signed under, in order; the last is the present one.
    """

    identity: str
    log_origins: tuple[str, ...]
    functional_currency: str
    time_zone: str

    @property
    def log_origin(self) -> str:
        """Return the name under which checkpoints of the log are signed now."""
        return self.log_origins[-1]

    def day_of(self, occurred_at: datetime) -> date:
        """Return the day, in the book's time zone, on which something occurred."""
        return occurred_at.astimezone(_zone(self.time_zone)).date()

    def reopen_log(
        self,
        *,
        old_origin: str,
        new_origin: str,
        signed_size: int,
        signed_root: str,
        restored_size: int,
        reason: str,
    ) -> BookLogReopened:
        """
        Let the log go on under an origin that it never had. The reason is a code; the rest is as in BookLogReopened.

        Raises, in this order: OriginMalformed, CommitmentMalformed, LogSizesMalformed, ReferenceMalformed, OriginTaken,
        OriginDiffers.
        """
        _check_origin(new_origin)
        check_commitment(signed_root, "signed_root")
        if signed_size < 1 or restored_size < 0:
            raise LogSizesMalformed(signed_size=signed_size, restored_size=restored_size)
        key(reason, field="reason")
        if new_origin in self.log_origins:
            raise OriginTaken(origin=new_origin)
        if old_origin != self.log_origin:
            raise OriginDiffers(named=old_origin[:80], origin=self.log_origin)
        return BookLogReopened(
            old_origin=old_origin,
            new_origin=new_origin,
            signed_size=signed_size,
            signed_root=signed_root,
            restored_size=restored_size,
            reason=reason,
        )


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


@dataclass(eq=False, kw_only=True)
class OriginMalformed(Malformed):
    """Not what a log may be called: 1 to 255 printable ASCII characters without space and plus sign."""

    code: ClassVar[str] = "book.origin_malformed"
    origin: str


@dataclass(eq=False, kw_only=True)
class LogSizesMalformed(Malformed):
    """A log that was signed has an event or more, and what is left of it none or more."""

    code: ClassVar[str] = "book.log_sizes_malformed"
    signed_size: int
    restored_size: int


@dataclass(eq=False, kw_only=True)
class OriginTaken(Refused):
    """The book's log has had this origin: two histories would be signed under one name."""

    code: ClassVar[str] = "book.origin_taken"
    origin: str


@dataclass(eq=False, kw_only=True)
class OriginDiffers(Refused):
    """The origin that would be left isn't the log's present one."""

    code: ClassVar[str] = "book.origin_differs"
    named: str
    origin: str


def open_book(
    book: Book | None, *, identity: str, log_origin: str, functional_currency: str, time_zone: str
) -> BookOpened:
    """
    Open a book.

    identity: random, 32 hexadecimal digits; log_origin: the name under which checkpoints of this log are signed.

    Raises, in this order: BookAlreadyOpen, OriginMalformed, CurrencyUnknown, TimeZoneUnknown.
    """
    if book:
        raise BookAlreadyOpen(book=book.reference)
    _check_origin(log_origin)
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


def evolve(book: Book | None, event: BookEvent, reference: str, _at: datetime) -> Book:
    """
    Apply an event of a book.

    Raises: HistoryBroken.
    """
    match event:
        case BookOpened():
            return Book(
                reference=reference,
                identity=event.identity,
                log_origins=(event.log_origin,),
                functional_currency=event.functional_currency,
                time_zone=event.time_zone,
            )
        case BookLogReopened():
            reopened = begun(book)
            return replace(reopened, log_origins=(*reopened.log_origins, event.new_origin))


def _check_origin(origin: str) -> None:
    if not ORIGIN.fullmatch(origin):
        raise OriginMalformed(origin=origin[:80])


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise TimeZoneUnknown(time_zone=name) from None

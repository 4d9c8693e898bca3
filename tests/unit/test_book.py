"""Book: opened once, by conventions that exist; the accounting day in its time zone; the origins of its log."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from domain.book import (
    Book,
    BookAlreadyOpen,
    BookLogReopened,
    LogSizesMalformed,
    OriginDiffers,
    OriginMalformed,
    OriginTaken,
    TimeZoneUnknown,
)
from domain.commands import OpenBook, ReopenLog
from domain.money import CurrencyUnknown
from tests.given import BOOK, folded, given, on, opened

IDENTITY = "0" * 32
FIRST, SECOND, THIRD = "ledger.example/main", "ledger.example/main/2", "ledger.example/main/3"
REOPEN = ReopenLog(
    old_origin=FIRST,
    new_origin=SECOND,
    signed_size=12,
    signed_root="ab" * 32,
    restored_size=10,
    reason="disk-lost",
)
REOPENED = BookLogReopened(
    old_origin=FIRST,
    new_origin=SECOND,
    signed_size=12,
    signed_root="ab" * 32,
    restored_size=10,
    reason="disk-lost",
)


def open_book(**changes: Any) -> OpenBook:
    return OpenBook(**({"book": "main", "identity": IDENTITY, "log_origin": "ledger.example/main"} | changes))


def test_a_book_opens_with_its_conventions() -> None:
    given().when(open_book()).then(on(BOOK, opened())).leaves(
        BOOK, identity=IDENTITY, log_origin="ledger.example/main", functional_currency="USD", time_zone="UTC"
    )


def test_a_book_is_opened_once() -> None:
    given(on(BOOK, opened())).when(open_book()).refused(BookAlreadyOpen, book=BOOK)


def test_the_functional_currency_exists() -> None:
    given().when(open_book(functional_currency="XAU")).refused(CurrencyUnknown, currency="XAU")


@pytest.mark.parametrize(
    "zone", ["Nowhere/Land", "utc", "", "America", "../etc/passwd", "a\x00b", "x" * 5_000], ids=ascii
)
def test_the_time_zone_exists(zone: str) -> None:
    given().when(open_book(time_zone=zone)).refused(TimeZoneUnknown, time_zone=zone)


@pytest.mark.parametrize(
    ("zone", "day"),
    [("UTC", date(2026, 11, 22)), ("Asia/Kolkata", date(2026, 11, 23)), ("America/New_York", date(2026, 11, 22))],
)
def test_the_accounting_day_is_that_of_the_books_time_zone(zone: str, day: date) -> None:
    book = Book(reference=BOOK, identity=IDENTITY, log_origins=(FIRST,), functional_currency="USD", time_zone=zone)
    assert book.day_of(datetime(2026, 11, 22, 20, tzinfo=UTC)) == day


def test_a_book_is_folded_from_its_opening() -> None:
    assert folded(BOOK, opened()) == Book(
        reference=BOOK, identity=IDENTITY, log_origins=(FIRST,), functional_currency="USD", time_zone="UTC"
    )


@pytest.mark.parametrize("origin", ["", "two words", "a+b", "line\n", "a\x7f", "ä", "x" * 256], ids=ascii)
def test_an_origin_is_a_name_that_a_signed_note_can_bear(origin: str) -> None:
    given().when(open_book(log_origin=origin)).refused(OriginMalformed, origin=origin[:80])
    given(on(BOOK, opened())).when(replace(REOPEN, new_origin=origin)).refused(OriginMalformed)


def test_a_log_is_reopened_under_an_origin_that_names_the_old_one_and_the_gap() -> None:
    given(on(BOOK, opened())).when(REOPEN).then(on(BOOK, REOPENED)).leaves(
        BOOK, log_origin=SECOND, log_origins=(FIRST, SECOND), identity=IDENTITY, functional_currency="USD"
    )


def test_a_fork_as_long_as_what_was_signed_or_longer_can_be_told() -> None:
    given(on(BOOK, opened())).when(replace(REOPEN, restored_size=13)).leaves(BOOK, log_origin=SECOND)
    given(on(BOOK, opened())).when(replace(REOPEN, restored_size=0)).leaves(BOOK, log_origin=SECOND)


@pytest.mark.parametrize("sizes", [{"signed_size": 0}, {"restored_size": -1}])
def test_sizes_are_those_of_logs(sizes: dict[str, int]) -> None:
    given(on(BOOK, opened())).when(replace(REOPEN, **sizes)).refused(LogSizesMalformed, **sizes)


@pytest.mark.parametrize("again", [FIRST, SECOND])
def test_no_origin_is_borne_twice(again: str) -> None:
    reopened = given(on(BOOK, opened(), REOPENED))
    reopened.when(replace(REOPEN, old_origin=SECOND, new_origin=again)).refused(OriginTaken, origin=again)


def test_only_the_present_origin_is_left() -> None:
    reopened = given(on(BOOK, opened(), REOPENED))
    reopened.when(replace(REOPEN, new_origin=THIRD)).refused(OriginDiffers, named=FIRST, origin=SECOND)
    reopened.when(replace(REOPEN, old_origin=SECOND, new_origin=THIRD)).leaves(BOOK, log_origins=(FIRST, SECOND, THIRD))

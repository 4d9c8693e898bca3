"""Book: opened once, by conventions that exist; the accounting day in its time zone."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain.book import Book, BookAlreadyOpen, TimeZoneUnknown
from domain.commands import OpenBook
from domain.money import CurrencyUnknown
from tests.given import BOOK, folded, given, on, opened

IDENTITY = "0" * 32


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
    book = Book(
        reference=BOOK, identity=IDENTITY, log_origin="ledger.example/main", functional_currency="USD", time_zone=zone
    )
    assert book.day_of(datetime(2026, 11, 22, 20, tzinfo=UTC)) == day


def test_a_book_is_folded_from_its_opening() -> None:
    assert folded(BOOK, opened()) == Book(
        reference=BOOK, identity=IDENTITY, log_origin="ledger.example/main", functional_currency="USD", time_zone="UTC"
    )

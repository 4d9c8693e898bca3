"""The European Central Bank's whole history of reference rates: read, imported, and asked for."""

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from api.exchange.ecb_rates import import_history, read_history
from api.foreign_exchange import get_rate
from projections.exchange_rates import rates_of_days
from projections.moment import NOW
from tests.books import Book

FIRST, LAST = date(2026, 1, 1), date(2026, 4, 13)


@pytest.fixture(scope="session")
def history(shared_data: Path) -> bytes:
    return (shared_data / "currency" / "eurofxref-hist.zip").read_bytes()


def test_whole_history_is_read_without_a_problem(history: bytes) -> None:
    read = read_history(history)
    assert not read.problems
    days = [each.day for each in read.days]
    assert days == sorted(set(days))
    assert (days[0], len(days)) == (date(1999, 1, 4), 6_983)
    first, last = read.days[0], read.days[-1]
    assert (first.rates["USD"], first.rates["SKK"]) == ("1.1789", "42.991")
    assert "INR" not in first.rates, "not quoted then"
    assert (last.day, last.rates["INR"], last.rates["IDR"]) == (LAST, "109.047", "20082.05")


def test_days_asked_for_are_recorded_once_and_give_exact_cross_rates(history: bytes, book: Book) -> None:
    read = read_history(history, first=FIRST, last=LAST)
    with book.pool.connection() as connection:

        def recorded_as(day: date) -> dict[str, str]:
            return dict(next(rates_of_days(connection, "main", "ECB", first=day, last=day)).rates)

        said = {"actor": "finance:first", "role": "finance", "recorded_as": recorded_as}
        first = import_history(read, book.writer, **said)  # type: ignore[arg-type]
        again = import_history(read, book.writer, **said)  # type: ignore[arg-type]
        assert first.days == first.recorded == again.unchanged == len(read.days) > 60
        assert again.recorded == 0
        assert first.is_whole
        assert again.is_whole
        on_sunday = get_rate(connection, "main", "ECB", ("USD", "INR"), on=date(2026, 4, 12), days_back=5, moment=NOW)
        assert on_sunday.used.day == date(2026, 4, 10)
        assert Fraction(on_sunday.exact) == Fraction("108.7795") / Fraction("1.1711")
        over_easter = get_rate(connection, "main", "ECB", ("EUR", "USD"), on=date(2026, 4, 6), days_back=5, moment=NOW)
        assert over_easter.used.day == date(2026, 4, 2), "Good Friday and Easter Monday have no rates"

"""Exchange rates: exact between any two currencies, recorded once a day, corrected by events of their own."""

from datetime import date
from fractions import Fraction

import pytest

from domain.commands import CorrectRates, RecordRates
from domain.exchange_rate import (
    RATES_MAX,
    RatesAlreadyRecorded,
    RatesCorrected,
    RatesMalformed,
    RatesNotDifferent,
    RatesRecorded,
    RatesUsed,
    check_days_back,
)
from domain.money import AmountOutOfRange
from tests.causes.fx import DAY, RATES, quoted
from tests.given import BOOK, OPERATOR, given, on, opened

NAME = "rates:ECB/2026-11-20"
USED = RatesUsed(source="ECB", day=DAY, base="EUR", rates={"USD": "1.1523", "INR": "97.1235", "JPY": "186.75"})


def test_days_rates_are_recorded_in_the_order_of_their_currencies() -> None:
    recorded = RatesRecorded(
        source="ECB",
        day=DAY,
        base="EUR",
        rates={"GBP": "0.8705", "INR": "97.1235", "JPY": "186.75", "USD": "1.1523"},
        recorded_by=OPERATOR,
    )
    then = given(on(BOOK, opened())).when(RATES).then(on(NAME, recorded))
    (step,) = then.steps
    assert isinstance(step.event, RatesRecorded)
    assert list(step.event.rates) == sorted(RATES.rates)


def test_correction_replaces_what_it_names_and_adds_what_was_missing() -> None:
    correct = CorrectRates(source="ECB", day=DAY, rates={"USD": "1.1532", "AED": "4.23"}, reason="typing-error")
    corrected = RatesCorrected(rates={"AED": "4.23", "USD": "1.1532"}, reason="typing-error", corrected_by=OPERATOR)
    quoted().when(correct).then(on(NAME, corrected)).leaves(
        NAME, rates=RATES.rates | {"USD": "1.1532", "AED": "4.23"}, corrections=1
    )


def test_what_stands_already_is_no_correction_and_a_second_recording_neither() -> None:
    same = CorrectRates(source="ECB", day=DAY, rates={"USD": "1.1523"}, reason="typing-error")
    quoted().when(same).refused(RatesNotDifferent, source="ECB", day=DAY)
    quoted().when(RATES).refused(RatesAlreadyRecorded, source="ECB", day=DAY)


@pytest.mark.parametrize("rate", ["", "N/A", "1,15", "0", "0.000", "-1.15", "1e3", "1.15 ", "\u0661", "1" * 19, "nan"])
def test_what_is_no_plain_decimal_above_zero_is_no_rate(rate: str) -> None:
    command = RecordRates(source="ECB", day=DAY, base="EUR", rates={"USD": rate})
    given(on(BOOK, opened())).when(command).refused(RatesMalformed, field="rates")


@pytest.mark.parametrize(
    ("base", "rates", "field"),
    [
        ("euro", {"USD": "1"}, "base"),
        ("EUR", {}, "rates"),
        ("EUR", {"EUR": "1"}, "rates"),
        ("EUR", {"usd": "1"}, "rates"),
        ("EUR", {f"{a}{b}{c}": "1" for a in "ABCDEFG" for b in "ABCDEFG" for c in "ABCDEFG"}, "rates"),
    ],
)
def test_currencies_are_codes_other_than_the_base_and_not_too_many(
    base: str, rates: dict[str, str], field: str
) -> None:
    assert len(rates) <= 1 or len(rates) > RATES_MAX
    command = RecordRates(source="ECB", day=DAY, base=base, rates=rates)
    given(on(BOOK, opened())).when(command).refused(RatesMalformed, field=field)


def test_currency_that_is_gone_may_be_quoted() -> None:
    gone = RecordRates(source="ECB", day=date(1999, 1, 4), base="EUR", rates={"SKK": "42.991"})
    given(on(BOOK, opened())).when(gone).then_topics("RatesRecorded")


def test_rate_between_two_currencies_is_the_exact_quotient_over_the_base() -> None:
    assert USED.between("USD", "INR") == Fraction("97.1235") / Fraction("1.1523")
    assert USED.between("EUR", "USD") == Fraction("1.1523")
    assert USED.between("USD", "EUR") == 1 / Fraction("1.1523")
    assert USED.between("USD", "USD") == 1


def test_value_is_rounded_once_half_to_even_to_the_other_currencys_minor_unit() -> None:
    assert USED.value_of(100_000, of="USD", into="INR") == 8_428_664
    assert USED.value_of(100, of="EUR", into="JPY") == 187  # 186.75
    halves = RatesUsed(source="X", day=DAY, base="EUR", rates={"JPY": "0.5"})
    assert [halves.value_of(minor, of="EUR", into="JPY") for minor in (100, 300, 500)] == [0, 2, 2]
    assert halves.value_of(-300, of="EUR", into="JPY") == -2
    assert USED.value_of(2**53 - 1, of="USD", into="USD") == 2**53 - 1
    with pytest.raises(AmountOutOfRange):
        USED.value_of(2**53 - 1, of="USD", into="INR")


@pytest.mark.parametrize("days_back", [-1, 32])
def test_rate_is_looked_for_no_more_than_a_month_back(days_back: int) -> None:
    with pytest.raises(RatesMalformed):
        check_days_back(days_back)

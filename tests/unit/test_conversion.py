"""Conversions and exposures: what is open, what it is carried at, and what was gained, to the minor unit."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from msgspec.structs import replace

from domain.commands import CorrectRates, RecordConversion, RecordRates, RevalueExposure, ReverseConversion
from domain.conversion import (
    ConversionMalformed,
    ConversionRecorded,
    ConversionSidesDiffer,
    Deal,
    DealRateDiffers,
)
from domain.exchange_rate import RateNotFound
from domain.exposure import Exposure, ExposureMovedSince
from domain.money import Money, round_major
from tests.causes.fx import DAY, EUR_SOLD, RATES, quoted
from tests.given import BOOK, Given, given, on, opened, usd

OPERATORS = {"sold_from": "bank:operator:hdfc", "bought_to": "bank:operator:icici"}
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
MONTH_END = datetime(2026, 11, 30, 18, tzinfo=UTC)


def rates(day: date, usd_for_eur: str) -> RecordRates:
    return RecordRates(source="ECB", day=day, base="EUR", rates={"USD": usd_for_eur, "INR": "97.1235"})


def deal(key: str, sold: Money, bought: Money, rate: str = "", of: str = "", **other: str) -> RecordConversion:
    accounts = OPERATORS | other
    return RecordConversion(
        conversion=key,
        sold=sold,
        bought=bought,
        deal=Deal(source="bank:hdfc" if rate else "ECB", rate=rate, of=of),
        sold_from=accounts["sold_from"],
        bought_to=accounts["bought_to"],
    )


def exposure(book: Given, currency: str = "EUR") -> Exposure:
    found = book.world.load(f"exposure:{currency}").aggregate
    assert isinstance(found, Exposure)
    return found


def balances(book: Given) -> dict[tuple[str, str], int]:
    return {key: minor for key, minor in book.world.balances.items() if minor}


def test_deal_is_held_against_the_last_rates_published_before_a_weekend() -> None:
    (step, _) = quoted().when(EUR_SOLD).steps  # on a Sunday
    event = step.event
    assert isinstance(event, ConversionRecorded)
    assert (event.benchmark.source, event.benchmark.day) == ("ECB", DAY)
    assert event.benchmark.rates == {"USD": "1.1523"}, "what isn't needed isn't kept"
    assert event.would_have_bought_minor == 115_230
    assert (event.sold_value_minor, event.bought_value_minor) == (115_230, 114_000)
    assert (event.margin_minor, event.difference_minor) == (-1_230, 0)


def test_worked_example_of_the_decision_record() -> None:
    """Buy 1,000 EUR, sell half of them dearer, revalue, sell the rest: what is open and gained at each step."""
    book = given(on(BOOK, opened())).said(RATES)
    book.said(deal("FX-1", usd(115_500), Money("EUR", 100_000), "1.155", "EUR"))
    found = exposure(book)
    assert (found.open_minor, found.carried_minor, found.gained_minor) == (100_000, 115_230, 0)
    assert balances(book) == {
        ("bank:operator:hdfc", "USD"): -115_500,
        ("bank:operator:icici", "EUR"): 100_000,
        ("fx:position", "EUR"): -100_000,
        ("fx:position", "USD"): 115_230,
        ("fx:gain-loss", "USD"): 270,
    }
    book.said(rates(MONDAY.date(), "1.1600"), at=MONDAY)
    back = {"sold_from": "bank:operator:icici", "bought_to": "bank:operator:hdfc"}
    book.said(deal("FX-2", Money("EUR", 50_000), usd(57_900), "1.158", "EUR", **back), at=MONDAY)
    found = exposure(book)
    assert (found.open_minor, found.carried_minor, found.gained_minor) == (50_000, 57_615, 385)
    assert book.world.balances["fx:gain-loss", "USD"] == 270 - 385 + 100, "385 on what it closed, 100 of margin lost"
    book.said(rates(MONTH_END.date(), "1.1500"), at=MONTH_END)
    book.said(RevalueExposure(currency="EUR"), at=MONTH_END)
    found = exposure(book)
    assert (found.open_minor, found.carried_minor, found.gained_minor) == (50_000, 57_500, 270)
    book.said(deal("FX-3", Money("EUR", 50_000), usd(57_500), **back), at=MONTH_END)
    found = exposure(book)
    assert (found.open_minor, found.carried_minor, found.gained_minor) == (0, 0, 270)
    assert balances(book) == {
        ("bank:operator:hdfc", "USD"): -115_500 + 57_900 + 57_500,
        ("fx:gain-loss", "USD"): 100,
    }, "what was paid less what came back is what was lost: nothing is left in between"


def test_what_sells_more_than_is_open_closes_it_and_opens_the_other_side() -> None:
    book = quoted().said(deal("FX-1", usd(115_230), Money("EUR", 100_000), "1.1523", "EUR"))
    book.said(deal("FX-2", Money("EUR", 150_000), usd(172_845), "1.1523", "EUR"))
    found = exposure(book)
    assert (found.open_minor, found.carried_minor, found.gained_minor) == (-50_000, -57_615, 0)


def test_between_two_foreign_currencies_both_are_open_and_the_margin_is_in_the_functional_one() -> None:
    book = quoted().said(deal("FX-1", Money("EUR", 10_000), Money("GBP", 8_600), "0.86", "EUR"))
    sold = round_major(100 * Fraction("1.1523"), "USD").minor
    bought = round_major(86 * Fraction("1.1523") / Fraction("0.8705"), "USD").minor
    assert exposure(book, "EUR").carried_minor == -sold
    assert exposure(book, "GBP").carried_minor == bought
    assert book.world.balances["fx:gain-loss", "USD"] == -(bought - sold)
    assert book.world.balances["fx:position", "USD"] == bought - sold


def test_deal_at_the_recorded_rate_gains_and_loses_nothing() -> None:
    book = quoted().said(deal("FX-1", Money("EUR", 100_000), usd(115_230)))
    assert book.world.balances["fx:gain-loss", "USD"] == 0


def test_amounts_may_be_a_minor_unit_from_what_the_rate_gives_and_no_more() -> None:
    for minor in (114_999, 115_001):
        quoted().when(replace(EUR_SOLD, bought=usd(minor), deal=deal_at("1.15"))).then_topics(
            "ConversionRecorded", "ExposureChanged"
        )
    for minor in (114_998, 115_002):
        quoted().when(replace(EUR_SOLD, bought=usd(minor), deal=deal_at("1.15"))).refused(
            DealRateDiffers, currency="USD", stated_minor=minor, by_rate_minor=115_000
        )


def deal_at(rate: str, of: str = "EUR") -> Deal:
    return Deal(source="bank:hdfc", rate=rate, of=of)


def test_rate_may_be_quoted_for_either_currency() -> None:
    yen = replace(EUR_SOLD, sold=Money("JPY", 149_250), bought=usd(100_000))
    quoted().when(replace(yen, deal=deal_at("149.25", "USD"))).then_topics("ConversionRecorded", "ExposureChanged")
    quoted().when(replace(yen, deal=deal_at("149.25", "JPY"))).refused(DealRateDiffers)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"bought": Money("EUR", 1)}, "bought"),
        ({"deal": Deal(source="bank:")}, "deal.source"),
        ({"deal": Deal(source="the bank")}, "deal.source"),
        ({"deal": Deal(source="ECB", rate="1.15", of="EUR")}, "deal.rate"),
        ({"deal": deal_at("1.15", "GBP")}, "deal.of"),
        ({"deal": deal_at("0")}, "deal.rate"),
        ({"deal": deal_at("")}, "deal.rate"),
        ({"sold_from": "income:service-fee", "bought_to": "income:service-fee"}, "deal.source"),
    ],
)
def test_deal_that_cannot_be_meant_is_told_by_its_field(changes: dict[str, object], field: str) -> None:
    quoted().when(replace(EUR_SOLD, **changes)).refused(ConversionMalformed, field=field)


@pytest.mark.parametrize(
    ("sold_from", "bought_to"),
    [
        ("bank:safeguarded:hdfc", "bank:operator:hdfc"),
        ("bank:operator:hdfc", "clearing:card"),
        ("income:service-fee", "bank:operator:hdfc"),
        ("income:service-fee", "expense:commission"),
    ],
)
def test_money_does_not_cross_between_sides_by_a_conversion(sold_from: str, bought_to: str) -> None:
    recorded = replace(EUR_SOLD, sold_from=sold_from, bought_to=bought_to, bought=usd(115_230), deal=Deal(source="ECB"))
    quoted().when(recorded).refused(ConversionSidesDiffer, sold_from=sold_from, bought_to=bought_to)


def test_what_was_earned_in_a_foreign_currency_is_translated_and_closes_what_selling_it_opened() -> None:
    book = quoted().said(deal("FX-1", Money("EUR", 10_000), usd(11_500), "1.15", "EUR"))
    assert exposure(book).open_minor == -10_000, "sold without ever being bought: it was earned"
    fee = "income:service-fee"
    book.said(deal("FX-2", usd(11_523), Money("EUR", 10_000), sold_from=fee, bought_to=fee))
    found = exposure(book)
    assert (found.open_minor, found.carried_minor) == (0, 0)
    assert balances(book) == {
        ("bank:operator:hdfc", "EUR"): -10_000,
        ("bank:operator:icici", "USD"): 11_500,
        (fee, "EUR"): 10_000,
        (fee, "USD"): -11_523,
        ("fx:gain-loss", "USD"): 23,
    }


def test_taking_a_conversion_back_puts_every_account_back() -> None:
    book = quoted().said(EUR_SOLD, ReverseConversion(conversion="FX-1", reason="recorded-twice"))
    assert balances(book) == {}
    found = exposure(book)
    assert (found.open_minor, found.carried_minor) == (0, 0)


def test_taking_back_what_was_closed_meanwhile_leaves_nothing_in_between() -> None:
    """Bought at two prices, half sold at their average, the first purchase taken back: no value without an amount."""
    book = quoted().said(deal("FX-1", usd(115_230), Money("EUR", 100_000), "1.1523", "EUR"))
    book.said(rates(MONDAY.date(), "1.2000"), at=MONDAY)
    book.said(deal("FX-2", usd(120_000), Money("EUR", 100_000), "1.2", "EUR"), at=MONDAY)
    book.said(deal("FX-3", Money("EUR", 100_000), usd(120_000), "1.2", "EUR"), at=MONDAY)
    assert exposure(book).carried_minor == 117_615
    book.said(ReverseConversion(conversion="FX-1", reason="wrong-account"), at=MONDAY)
    found = exposure(book)
    assert (found.open_minor, found.carried_minor, found.gained_minor) == (0, 0, 2_385 - 2_385)
    assert book.world.balances["fx:position", "USD"] == 0


def test_revaluation_stands_on_the_days_rate_and_a_second_one_gains_nothing() -> None:
    book = quoted().said(deal("FX-1", usd(115_230), Money("EUR", 100_000), "1.1523", "EUR"))
    correct = CorrectRates(source="ECB", day=DAY, rates={"USD": "1.1600"}, reason="typing-error")
    book.said(correct, RevalueExposure(currency="EUR"))
    assert exposure(book).carried_minor == 116_000
    before = balances(book)
    book.said(RevalueExposure(currency="EUR"))
    assert balances(book) == before


def test_earlier_day_is_not_revalued_once_something_later_moved() -> None:
    book = quoted().said(rates(MONDAY.date(), "1.16"), at=MONDAY)
    book.said(EUR_SOLD, at=MONDAY)
    book.when(RevalueExposure(currency="EUR")).refused(
        ExposureMovedSince, exposure="exposure:EUR", day=date(2026, 11, 22), moved_on=MONDAY.date()
    )


@pytest.mark.parametrize(("days_back", "found"), [(0, False), (1, False), (2, True), (5, True)])
def test_rates_are_looked_for_so_many_days_back_and_no_more(days_back: int, found: bool) -> None:  # noqa: FBT001
    then = quoted().when(replace(EUR_SOLD, days_back=days_back))  # on a Sunday
    if found:
        then.then_topics("ConversionRecorded", "ExposureChanged")
    else:
        then.refused(RateNotFound, source="ECB", currencies=("EUR", "USD"), on=date(2026, 11, 22), days_back=days_back)


def test_day_on_which_a_currency_was_not_quoted_is_passed_over() -> None:
    book = quoted().said(RecordRates(source="ECB", day=date(2026, 11, 21), base="EUR", rates={"INR": "97"}))
    (step, _) = book.when(EUR_SOLD).steps
    assert isinstance(step.event, ConversionRecorded)
    assert step.event.benchmark.day == DAY


def test_beginning_of_time_has_no_rates() -> None:
    quoted().when(EUR_SOLD, at=datetime(1, 1, 2, tzinfo=UTC)).refused(RateNotFound)

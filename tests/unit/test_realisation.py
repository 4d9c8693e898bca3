"""Realisation: by when value must come home, and what somebody should look at."""

from datetime import date

import pytest

from domain.money import Money
from domain.order import Line
from domain.realisation import (
    advance_after_shipment,
    due_on,
    may_hit_cap,
    months_after,
    ship_by,
    shipped_too_late,
)
from domain.rules import Rules

RULES = Rules()


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 10, 5), 15, date(2028, 1, 5)),
        (date(2026, 11, 30), 15, date(2028, 2, 29)),
        (date(2025, 11, 30), 15, date(2027, 2, 28)),
        (date(2026, 12, 31), 9, date(2027, 9, 30)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 1, 1), 0, date(2026, 1, 1)),
    ],
)
def test_a_month_after_the_end_of_a_month_is_the_end_of_that_month(day: date, months: int, later: date) -> None:
    assert months_after(day, months) == later


@pytest.mark.parametrize(
    ("shipped_on", "currencies", "due"),
    [
        (date(2025, 11, 12), ("USD", "USD"), date(2026, 8, 12)),
        (date(2025, 11, 13), ("USD", "USD"), date(2027, 2, 13)),
        (date(2026, 9, 30), ("INR", "INR"), date(2027, 12, 30)),
        (date(2026, 10, 1), ("USD", "USD"), date(2028, 1, 1)),
        (date(2026, 10, 1), ("INR", "INR"), date(2028, 4, 1)),
        (date(2026, 10, 1), ("USD", "INR"), date(2028, 4, 1)),
        (date(1999, 1, 31), ("EUR", "EUR"), date(1999, 10, 31)),
    ],
)
def test_value_comes_home_within_the_months_of_the_day_of_shipment(
    shipped_on: date, currencies: tuple[str, ...], due: date
) -> None:
    """Source: shared reference, section 9: 9 months, from 13 November 2025 15, from October 2026 18 in rupees."""
    assert due_on(RULES, shipped_on, currencies=currencies) == due


def test_goods_follow_money_paid_in_advance_within_the_months_of_its_day() -> None:
    assert ship_by(RULES, date(2025, 11, 12), purpose="P0103") == date(2026, 11, 12)
    assert ship_by(RULES, date(2025, 11, 13), purpose="P0103") == date(2028, 11, 13)
    assert ship_by(RULES, date(2025, 11, 13), purpose="P0102") is None


def test_advances_code_is_doubted_only_for_money_that_came_after_the_shipment() -> None:
    day, later = date(2026, 10, 5), date(2026, 10, 6)
    assert advance_after_shipment(purpose="P0103", received_on=later, shipped_on=day)
    assert not advance_after_shipment(purpose="P0103", received_on=day, shipped_on=day)
    assert not advance_after_shipment(purpose="P0102", received_on=later, shipped_on=day)
    assert shipped_too_late(advance_ship_by=day, shipped_on=later)
    assert not shipped_too_late(advance_ship_by=day, shipped_on=day)
    assert not shipped_too_late(advance_ship_by=None, shipped_on=later)


CAP_MINOR = 250_000_000
"""25 lakh rupees."""
INVOICED = Money("USD", 3_000_000)


@pytest.mark.parametrize(
    ("value", "warns"),
    [
        (Money("INR", CAP_MINOR), False),
        (Money("INR", CAP_MINOR + 1), True),
        (Money("USD", 10**12), False),
    ],
)
def test_a_transaction_above_the_cap_warns(value: Money, *, warns: bool) -> None:
    assert may_hit_cap(RULES, value=value, invoiced=INVOICED, lines=()) is warns


def test_by_the_piece_a_piece_above_the_cap_warns() -> None:
    by_piece = Rules(pa_cb_basis="unit")
    value = Money("INR", 2 * CAP_MINOR)
    two = [Line(number=1, sku="LOOM", quantity=2, amount_minor=INVOICED.minor)]
    one = [Line(number=1, sku="LOOM", quantity=1, amount_minor=INVOICED.minor)]
    assert not may_hit_cap(by_piece, value=value, invoiced=INVOICED, lines=two), "each is worth just the cap"
    assert may_hit_cap(by_piece, value=Money("INR", 2 * CAP_MINOR + 2), invoiced=INVOICED, lines=two)
    assert may_hit_cap(by_piece, value=value, invoiced=INVOICED, lines=one)
    assert not may_hit_cap(by_piece, value=value, invoiced=INVOICED, lines=())


def test_cap_in_the_invoices_currency_counts_too() -> None:
    in_dollars = Rules(pa_cb_warn_minor={"USD": INVOICED.minor - 1})
    assert may_hit_cap(in_dollars, value=Money("INR", 1), invoiced=INVOICED, lines=())

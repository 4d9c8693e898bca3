"""Fiscal quarters: three months each, of years that begin in any month, one after the other without a gap."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.fiscal_quarter import QuarterMalformed, quarter_of, quarter_on

months = st.integers(1, 12)
days = st.dates(date(1990, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("name", "year_begins", "first_day", "last_day"),
    [
        ("2026-27-Q1", 4, date(2026, 4, 1), date(2026, 6, 30)),
        ("2026-27-Q3", 4, date(2026, 10, 1), date(2026, 12, 31)),
        ("2026-27-Q4", 4, date(2027, 1, 1), date(2027, 3, 31)),
        ("2099-00-Q4", 4, date(2100, 1, 1), date(2100, 3, 31)),
        ("2026-Q1", 1, date(2026, 1, 1), date(2026, 3, 31)),
        ("2026-Q4", 1, date(2026, 10, 1), date(2026, 12, 31)),
        ("2027-28-Q1", 12, date(2027, 12, 1), date(2028, 2, 29)),
        ("2026-27-Q4", 7, date(2027, 4, 1), date(2027, 6, 30)),
    ],
)
def test_name_means_three_months(name: str, year_begins: int, first_day: date, last_day: date) -> None:
    quarter = quarter_of(name, year_begins=year_begins)
    assert quarter == (name, first_day, last_day)


@pytest.mark.parametrize(
    ("name", "year_begins"),
    [
        ("", 4),
        ("2026-27-Q0", 4),
        ("2026-27-Q5", 4),
        ("2026-28-Q1", 4),
        ("2026-Q1", 4),
        ("2026-27-Q1", 1),
        ("0026-27-Q1", 4),
        ("9999-00-Q4", 4),
        ("2026-27-Q1\n", 4),
        ("2026-27-Q1", 0),
        ("2026-27-Q1", 13),
    ],
)
def test_what_is_no_quarters_name_is_refused(name: str, year_begins: int) -> None:
    with pytest.raises(QuarterMalformed):
        quarter_of(name, year_begins=year_begins)


@given(days, months)
def test_every_day_is_in_one_quarter_and_the_day_after_its_last_begins_the_next(day: date, year_begins: int) -> None:
    quarter = quarter_on(day, year_begins=year_begins)
    assert quarter.has(day)
    assert quarter_of(quarter.name, year_begins=year_begins) == quarter
    following = quarter_on(quarter.last_day + timedelta(days=1), year_begins=year_begins)
    assert following.first_day == quarter.last_day + timedelta(days=1)
    assert (quarter.first_day.day, (quarter.first_day.month - year_begins) % 3) == (1, 0)
    assert 89 <= (quarter.last_day - quarter.first_day).days + 1 <= 92

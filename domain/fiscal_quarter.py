"""A fiscal quarter is three months of a fiscal year, which begins in April in India and may begin in any month."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, NamedTuple

from domain.errors import Malformed

INDIAN_YEAR_BEGINS = 4

_NAME = re.compile(r"([1-9][0-9]{3})(?:-([0-9]{2}))?-Q([1-4])")
_MONTHS = 12
_YEAR_MAX = 9998


@dataclass(eq=False, kw_only=True)
class QuarterMalformed(Malformed):
    """Not a quarter as 2026-27-Q1, or, where fiscal years are calendar years, as 2026-Q1."""

    code: ClassVar[str] = "quarter.malformed"
    quarter: str
    problem: str


class FiscalQuarter(NamedTuple):
    """A quarter's name, first and last day."""

    name: str
    first_day: date
    last_day: date

    def has(self, day: date) -> bool:
        """Return whether a day is in it."""
        return self.first_day <= day <= self.last_day


def quarter_of(name: str, *, year_begins: int = INDIAN_YEAR_BEGINS) -> FiscalQuarter:
    """
    Return the quarter that a name means: the first of 2026-27 begins in 2026. year_begins: the month, from 1.

    Raises: QuarterMalformed.
    """
    check_year_begins(year_begins)
    found = _NAME.fullmatch(name)
    if not found or int(found[1]) > _YEAR_MAX:
        raise QuarterMalformed(quarter=name[:40], problem="not of the form 2026-27-Q1")
    year, number = int(found[1]), int(found[3])
    quarter = _quarter(year, number, year_begins)
    if quarter.name != name:
        raise QuarterMalformed(quarter=name[:40], problem=f"where years begin in month {year_begins}: {quarter.name}")
    return quarter


def quarter_on(day: date, *, year_begins: int = INDIAN_YEAR_BEGINS) -> FiscalQuarter:
    """
    Return the quarter that a day is in.

    Raises: QuarterMalformed (the month).
    """
    check_year_begins(year_begins)
    months = (day.month - year_begins) % _MONTHS
    return _quarter(day.year - (day.month < year_begins), months // 3 + 1, year_begins)


def check_year_begins(year_begins: int) -> None:
    """
    Check that fiscal years begin in a month.

    Raises: QuarterMalformed.
    """
    if not 1 <= year_begins <= _MONTHS:
        raise QuarterMalformed(quarter="", problem="years begin in a month from 1 to 12")


def _quarter(year: int, number: int, year_begins: int) -> FiscalQuarter:
    later, month = divmod(year_begins - 1 + (number - 1) * 3, _MONTHS)
    first_day = date(year + later, month + 1, 1)
    further, last_month = divmod(month + 2, _MONTHS)
    last_year = first_day.year + further
    _, days = monthrange(last_year, last_month + 1)
    named = str(year) if year_begins == 1 else f"{year}-{(year + 1) % 100:02d}"
    return FiscalQuarter(f"{named}-Q{number}", first_day, date(last_year, last_month + 1, days))

"""
A working calendar counts days as a place does: local days from midnight to midnight, and which of them are worked on.

What is due stands as an instant in the event that set it, and isn't counted again: a newer list of holidays, or of time
zones, never moves an old deadline.
"""

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from itertools import takewhile
from typing import ClassVar
from zoneinfo import ZoneInfo

from msgspec import Struct

from domain.errors import Malformed

SATURDAY = 5
WEEKEND = "weekend"
YEARS_KEPT = 1_000
"""Of all countries together."""

_COUNTRY = re.compile(r"[A-Z]{2}")
_DAY = timedelta(days=1)


@dataclass(eq=False, kw_only=True)
class CalendarUnknown(Malformed):
    """Not a name of the IANA time zone database, or no country (ISO 3166, two letters) whose holidays are known."""

    code: ClassVar[str] = "calendar.unknown"
    field: str
    value: str


class DayOff(Struct, frozen=True):
    """A day that isn't worked on, and why: `weekend`, or what the holiday is called there."""

    day: date
    why: str


class WorkingCalendar(Struct, frozen=True, gc=False):
    """
    How days are counted somewhere.

    time_zone: by IANA name; holidays_of: the country whose weekends and public holidays aren't worked on, empty where
    Saturdays and Sundays alone aren't. A time that the clocks skip is read as before the change, so it falls as much
    later; one that they repeat is its first.

    Source of the holidays: the `holidays` package. Of years beyond its tables (India's: 2001 to 2035) it knows those of
    a fixed date only.
    """

    time_zone: str
    holidays_of: str = ""

    def check(self) -> None:
        """
        Check that the zone and the country are known.

        Raises: CalendarUnknown, for the first of: time_zone, holidays_of.
        """
        _zone(self.time_zone)
        if self.holidays_of and not (_COUNTRY.fullmatch(self.holidays_of) and _is_known(self.holidays_of)):
            raise CalendarUnknown(field="holidays_of", value=self.holidays_of[:80])

    def day_of(self, at: datetime) -> date:
        """Return the local day of an instant."""
        return at.astimezone(_zone(self.time_zone)).date()

    def end_of(self, day: date) -> datetime:
        """Return the instant, in UTC, at which a local day is over."""
        return datetime.combine(day + _DAY, time(), _zone(self.time_zone)).astimezone(UTC)

    def add_days(self, start: datetime, days: int) -> datetime:
        """Return the instant, in UTC, of the same local time so many calendar days later."""
        local = start.astimezone(_zone(self.time_zone))
        return (local + timedelta(days=days)).replace(fold=0).astimezone(UTC)

    def add_working_days(self, start: datetime, days: int) -> datetime:
        """
        Return the end, in UTC, of the n-th working day that follows the local day of `start`.

        That day itself doesn't count, whatever its hour; with no days it ends with it.
        """
        return self.end_of(self._last_of(start, days))

    def days_off(self, start: datetime, days: int) -> tuple[DayOff, ...]:
        """Return the days that `add_working_days` passed over, so that a deadline can be explained."""
        last = self._last_of(start, days)
        passed = takewhile(lambda day: day < last, _after(self.day_of(start)))
        return tuple(DayOff(day, why) for day in passed if (why := self._off(day)))

    def is_working(self, day: date) -> bool:
        """Return whether a day is worked on."""
        return not self._off(day)

    def _last_of(self, start: datetime, days: int) -> date:
        last = self.day_of(start)
        worked = (day for day in _after(last) if self.is_working(day))
        for _ in range(days):
            last = next(worked)
        return last

    def _off(self, day: date) -> str:
        if self.holidays_of:
            return _days_off(self.holidays_of, day.year).get(day, "")
        return WEEKEND if day.weekday() >= SATURDAY else ""


def _after(day: date) -> Iterator[date]:
    while True:
        day += _DAY
        yield day


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise CalendarUnknown(field="time_zone", value=name[:80]) from None


@cache
def _is_known(country: str) -> bool:
    import holidays  # noqa: PLC0415 - a tenth of a second that only those pay who count a country's holidays

    return country in holidays.list_supported_countries(include_aliases=False)


@lru_cache(maxsize=YEARS_KEPT)
def _days_off(country: str, year: int) -> dict[date, str]:
    import holidays  # noqa: PLC0415 - as above

    # One year at a time, never expanded: the package's own growing calendar isn't safe to share among threads.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that it lists no feasts of the moon for so early or late a year
        known = holidays.country_holidays(country, years=year, expand=False)
    days = (date(year, 1, 1) + timedelta(days=number) for number in range(366))
    return {day: known.get(day, WEEKEND) for day in days if day.year == year and not known.is_working_day(day)}

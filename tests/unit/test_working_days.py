"""Working days: counted as the place counts them, and due at the end of the last one."""

import warnings
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.working_days import CalendarUnknown, DayOff, WorkingCalendar

ZONES = ("UTC", "Asia/Kolkata", "America/New_York", "America/Sao_Paulo", "Asia/Beirut", "Australia/Lord_Howe")
"""Some change their clocks at midnight, which then comes late or twice; one by half an hour."""
COUNTRIES = ("", "IN", "US", "SA", "CN", "IL", "NP", "DE")
"""Weekends of one day and of two, on several days, some of them worked on by decree."""

PLAIN = WorkingCalendar("UTC")
INDIA = WorkingCalendar("Asia/Kolkata", "IN")
FRIDAY = datetime(2026, 11, 20, 9, tzinfo=UTC)

calendars = st.builds(WorkingCalendar, st.sampled_from(ZONES), st.sampled_from(COUNTRIES))
instants = st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
counts = st.integers(0, 40)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@cache
def _package(country: str) -> holidays.HolidayBase:
    return holidays.country_holidays(country)


def is_worked_on(calendar: WorkingCalendar, day: date) -> bool:
    """Return what the calendar should say, by the package's own word."""
    if not calendar.holidays_of:
        return day.isoweekday() <= 5
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _package(calendar.holidays_of).is_working_day(day)


@pytest.mark.parametrize(
    ("days", "due_at"),
    [(0, utc(2026, 11, 21)), (1, utc(2026, 11, 24)), (5, utc(2026, 11, 28)), (6, utc(2026, 12, 1))],
)
def test_working_days_skip_weekends_and_end_with_the_last_one(days: int, due_at: datetime) -> None:
    assert PLAIN.add_working_days(FRIDAY, days) == due_at


def test_the_hour_of_the_start_does_not_matter_but_its_local_day_does() -> None:
    still_friday, already_saturday = utc(2026, 11, 20, 18, 29), utc(2026, 11, 20, 18, 30)
    kolkata = WorkingCalendar("Asia/Kolkata")
    assert kolkata.day_of(still_friday) == date(2026, 11, 20)
    assert kolkata.day_of(already_saturday) == date(2026, 11, 21)
    monday_is_over = utc(2026, 11, 23, 18, 30)
    assert kolkata.add_working_days(still_friday, 1) == monday_is_over
    assert kolkata.add_working_days(already_saturday, 1) == monday_is_over
    assert PLAIN.add_working_days(utc(2026, 11, 19, 23, 59), 1) == utc(2026, 11, 21)


def test_public_holidays_of_the_country_are_not_working_days() -> None:
    thursday = utc(2026, 10, 1, 9)
    assert INDIA.add_working_days(thursday, 2) == utc(2026, 10, 6, 18, 30)
    assert WorkingCalendar("Asia/Kolkata").add_working_days(thursday, 2) == utc(2026, 10, 5, 18, 30)
    assert not INDIA.is_working(date(2026, 10, 2))


def test_years_beyond_the_tables_have_their_fixed_holidays() -> None:
    assert not INDIA.is_working(date(2040, 1, 26))


def test_a_weekend_is_where_the_country_has_it() -> None:
    riyadh = WorkingCalendar("Asia/Riyadh", "SA")
    assert riyadh.is_working(date(2026, 11, 22))  # a Sunday
    assert not riyadh.is_working(date(2026, 11, 20))  # a Friday


def test_a_weekend_day_that_is_worked_on_by_decree_counts() -> None:
    assert WorkingCalendar("Asia/Shanghai", "CN").is_working(date(2024, 2, 4))  # a Sunday before the Spring Festival
    assert not WorkingCalendar("Asia/Shanghai").is_working(date(2024, 2, 4))


def test_a_holiday_of_the_next_year_may_be_observed_in_this_one() -> None:
    assert not WorkingCalendar("America/New_York", "US").is_working(date(2021, 12, 31))


def test_the_days_passed_over_say_why() -> None:
    assert INDIA.days_off(utc(2026, 10, 1, 9), 2) == (
        DayOff(date(2026, 10, 2), "Mahatma Gandhi's Birthday"),
        DayOff(date(2026, 10, 3), "weekend"),
        DayOff(date(2026, 10, 4), "weekend"),
    )
    assert INDIA.days_off(utc(2026, 10, 1, 9), 0) == ()


@pytest.mark.parametrize("zone", ["Nowhere/Land", "utc", "", "America", "../etc/passwd", "a\x00b"], ids=ascii)
def test_a_zone_that_does_not_exist_is_unknown(zone: str) -> None:
    with pytest.raises(CalendarUnknown) as unknown:
        WorkingCalendar(zone, "XX").check()
    assert unknown.value.details() == {"field": "time_zone", "value": zone}


@pytest.mark.parametrize("country", ["XX", "in", "IND", "I", "HolidayBase", "N\n"], ids=ascii)
def test_a_country_whose_holidays_nobody_lists_is_unknown(country: str) -> None:
    with pytest.raises(CalendarUnknown) as unknown:
        WorkingCalendar("UTC", country).check()
    assert unknown.value.details() == {"field": "holidays_of", "value": country}


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_country_whose_holidays_are_listed_is_known(country: str) -> None:
    WorkingCalendar("UTC", country).check()


def test_calendar_days_keep_the_local_hour_where_the_clocks_change() -> None:
    berlin = WorkingCalendar("Europe/Berlin")
    assert berlin.add_days(utc(2027, 3, 27, 11), 1) == utc(2027, 3, 28, 10)
    assert berlin.add_days(utc(2026, 10, 24, 10), 1) == utc(2026, 10, 25, 11)


def test_an_hour_that_the_clocks_skip_comes_as_much_later() -> None:
    half_past_two = utc(2027, 3, 27, 1, 30)
    assert WorkingCalendar("Europe/Berlin").add_days(half_past_two, 1) == utc(2027, 3, 28, 1, 30)  # half past three


def test_an_hour_that_the_clocks_repeat_is_its_first() -> None:
    half_past_two = utc(2026, 10, 24, 0, 30)
    first = utc(2026, 10, 25, 0, 30)
    assert WorkingCalendar("Europe/Berlin").add_days(half_past_two, 1) == first
    second = first + timedelta(hours=1)
    assert WorkingCalendar("Europe/Berlin").add_days(second, 0) == first


def test_a_midnight_that_the_clocks_skip_ends_its_day_all_the_same() -> None:
    beirut = WorkingCalendar("Asia/Beirut")
    last_saturday_of_march = date(2026, 3, 28)
    assert beirut.end_of(last_saturday_of_march) == utc(2026, 3, 28, 22)
    assert beirut.day_of(utc(2026, 3, 28, 22)) == date(2026, 3, 29)


@given(instants, st.integers(0, 3_660))
def test_calendar_days_without_a_zone_are_days_of_24_hours(start: datetime, days: int) -> None:
    assert PLAIN.add_days(start, days) == start + timedelta(days=days)


@given(calendars, instants, counts)
def test_calendar_days_end_on_the_day_so_many_days_later(calendar: WorkingCalendar, start: datetime, days: int) -> None:
    due_at = calendar.add_days(start, days)
    assert calendar.day_of(due_at) == calendar.day_of(start) + timedelta(days=days)
    assert due_at.tzinfo is UTC


@given(calendars, instants, counts)
def test_the_last_of_the_working_days_is_worked_on_and_over(
    calendar: WorkingCalendar, start: datetime, days: int
) -> None:
    due_at = calendar.add_working_days(start, days)
    last = calendar.day_of(due_at - timedelta(microseconds=1))
    assert calendar.day_of(due_at) == last + timedelta(days=1)
    assert due_at.tzinfo is UTC
    assert last == calendar.day_of(start) if days == 0 else is_worked_on(calendar, last)


@given(calendars, instants, counts)
def test_working_days_agree_with_counting_them_one_by_one(
    calendar: WorkingCalendar, start: datetime, days: int
) -> None:
    day = start.astimezone(ZoneInfo(calendar.time_zone)).date()
    worked, off = 0, []
    while worked < days:
        day += timedelta(days=1)
        worked += is_worked_on(calendar, day)
        off += [] if is_worked_on(calendar, day) else [day]
    assert calendar.add_working_days(start, days) == calendar.end_of(day)
    assert [one.day for one in calendar.days_off(start, days)] == off


@given(calendars, instants, counts, counts, st.integers(0, 10**7))
def test_what_starts_later_or_runs_longer_is_never_due_earlier(
    calendar: WorkingCalendar, start: datetime, days: int, more: int, later_seconds: int
) -> None:
    due_at = calendar.add_working_days(start, days)
    assert start < due_at
    assert due_at <= calendar.add_working_days(start, days + more)
    assert due_at <= calendar.add_working_days(start + timedelta(seconds=later_seconds), days)
    assert calendar.add_days(start, days) <= calendar.add_days(start, days + more)

"""Days that years can be counted from and to, whatever the time zone: those that anybody means."""

from datetime import date

YEAR_MIN, YEAR_MAX = 1900, 9000

UNCOUNTABLE = f"not between the years {YEAR_MIN} and {YEAR_MAX}"
"""What is wrong with any other day."""


def is_countable(day: date | None) -> bool:
    """Return whether a day, if there is one, is one that anybody means."""
    return day is None or YEAR_MIN <= day.year <= YEAR_MAX

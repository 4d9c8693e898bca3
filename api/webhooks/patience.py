"""Patience is how long a webhook is tried again: ten attempts over three days, as Standard Webhooks recommends."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple

SCHEDULE_SECONDS = (5, 5 * 60, 30 * 60, 2 * 3_600, 5 * 3_600, 10 * 3_600, 14 * 3_600, 20 * 3_600, 24 * 3_600)
"""How long to wait after the first failed attempt, the second, and so on; after one more nothing is tried."""
JITTER = 0.2
"""By as much of its length may a pause be longer, so that not everything is tried again at once."""
PAUSE_SECONDS_MAX = 24 * 3_600


class Patience(NamedTuple):
    """How often is tried. jitter: returns a number from 0 up to, not including, 1."""

    jitter: Callable[[], float]
    schedule_seconds: tuple[float, ...] = SCHEDULE_SECONDS

    def next_attempt(self, attempts: int, now: datetime, retry_after: str | None = None) -> datetime | None:
        """
        Return when to try again after so many failed attempts; nothing where that was the last.

        retry_after: the header of that name, which makes a pause longer, up to a day, and never shorter.
        """
        if attempts > len(self.schedule_seconds):
            return None
        pause = self.schedule_seconds[attempts - 1] * (1 + JITTER * self.jitter())
        asked = min(_seconds_asked(retry_after, now), PAUSE_SECONDS_MAX)
        return now + timedelta(seconds=max(pause, asked))


def _seconds_asked(retry_after: str | None, now: datetime) -> float:
    said = (retry_after or "").strip()
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return 0.0
    return (until if until.tzinfo else until.replace(tzinfo=UTC)).timestamp() - now.timestamp()

"""Sweeping erases what a process that died left behind: values of forgotten parties, and values nothing refers to."""

import threading
from datetime import timedelta

import structlog

from api.composition import House
from ledger.confidential import Swept
from ledger.writer import DATABASE_ABSENT

ORPHANS_AFTER = timedelta(days=1)
"""How long a caller may take to say again a command whose values were kept and whose answer was lost."""

PAUSE_SECONDS = 3_600.0

_log = structlog.get_logger(__name__)


def run(house: House, stop: threading.Event) -> None:
    """Sweep every book now and then, until told to stop."""
    while not stop.is_set():
        try:
            sweep(house, stop)
        except DATABASE_ABSENT as error:
            _log.warning("sweeping waits", error=str(error))
        stop.wait(PAUSE_SECONDS)


def sweep(house: House, stop: threading.Event | None = None) -> dict[str, Swept]:
    """
    Sweep every book in which something confidential is kept, or as many as there is time for until told to stop, and
    return by book how many values went.
    """
    with house.pool.connection() as connection:
        rows = connection.execute("SELECT DISTINCT book FROM ledger.confidential ORDER BY book").fetchall()
    return {
        name: house.book(name).confidential.sweep(orphans_after=ORPHANS_AFTER)
        for (name,) in rows
        if stop is None or not stop.is_set()
    }

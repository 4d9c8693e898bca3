"""Clockwork keeps the clocks of every book going: it asks the read side what is due, and tells the write side."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from api.composition import House, OpenedBook
from domain.errors import LedgerError, LogCorrupt
from ledger.clocks import ClockWorker, DueTrade
from ledger.writer import DATABASE_ABSENT
from projections.deadlines import books_with_deadlines, due_orders

PAUSE_SECONDS = 1.0

_log = structlog.get_logger(__name__)


def run(house: House, now: Callable[[], datetime], stop: threading.Event) -> None:
    """
    Expire deadlines of all books as they pass, until told to stop; what fails is tried again.

    A book whose clocks can't go on holds up no other one.
    """
    workers: dict[str, ClockWorker] = {}
    while not stop.wait(PAUSE_SECONDS):
        for name in _books_due(house, now()):
            if name not in workers:
                workers[name] = worker_of(house.book(name))
            _catch_up(name, workers[name], now, stop)


def worker_of(book: OpenedBook) -> ClockWorker:
    """Return who expires the deadlines of a book."""

    def due(now: datetime, limit: int) -> Sequence[DueTrade]:
        book.runner.catch_up()
        with book.pool.connection() as connection:
            return [DueTrade(*row) for row in due_orders(connection, book.name, now, limit)]

    return ClockWorker(book.writer, due)


def expire_all(book: OpenedBook, now: datetime, *, progress: Callable[[int], None]) -> int:
    """
    Expire everything in a book that is due at an instant, and what becomes due by it; return how many trades were told.

    progress: told how many more were.
    """
    worker, told = worker_of(book), 0
    while count := worker.step(now):
        told += count
        progress(count)
    return told


def _books_due(house: House, at: datetime) -> list[str]:
    try:
        return books_with_deadlines(house.pool, at)
    except DATABASE_ABSENT as error:
        _log.warning("clocks wait", error=str(error))
        return []


def _catch_up(book: str, worker: ClockWorker, now: Callable[[], datetime], stop: threading.Event) -> None:
    try:
        while not stop.is_set() and worker.step(now()):
            pass
    except (LedgerError, LogCorrupt, *DATABASE_ABSENT) as error:
        _log.warning("clocks wait", book=book, error=str(error))

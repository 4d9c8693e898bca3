"""Projections over the long log: catching up and rebuilding, beside reading and decoding the same events alone."""

from collections.abc import Callable
from time import perf_counter

from api.composition import OpenedBook, connected
from ledger.pool import Connection
from projections.log import read_events
from projections.runner import BATCH_EVENTS_MAX, PROJECTIONS
from tests.bench.ground import BOOK, Ground
from tests.bench.long_log import long_log
from tests.bench.measurement import Measurement, Turn, Work, beside, say, told

TURNS = 10

BASELINE = "reading and decoding alone"


def projection_catch_up(ground: Ground) -> Measurement:
    """Measure events a second from an empty read side to the end of the log."""
    with connected(long_log(ground).dsn) as house:
        book = house.book(BOOK)
        _clear(book)
        return _measure("projection_catch_up", book, book.runner.catch_up)


def projection_rebuild(ground: Ground) -> Measurement:
    """Measure events a second of building all projections anew beside the old ones."""
    with connected(long_log(ground).dsn) as house:
        book = house.book(BOOK)
        book.runner.catch_up()
        return _measure("projection_rebuild", book, lambda progress: book.runner.rebuild(progress=progress))


def _measure(name: str, book: OpenedBook, fold: Callable[[Callable[[int], None]], int]) -> Measurement:
    with book.pool.connection() as connection:
        connection.autocommit = True
        interleaved = Interleaved(name, connection, turn_events=max(BATCH_EVENTS_MAX, book.runner.head() // TURNS))
        fold(interleaved.progress)
    return beside(name, interleaved.turns, unit="events/s", baseline=BASELINE)


class Interleaved:
    """Stops the clock of a fold whenever a turn's events are folded, to read and decode the same events alone."""

    def __init__(self, name: str, connection: Connection, *, turn_events: int) -> None:
        self.turns: list[Turn] = []
        self._name = name
        self._connection = connection
        self._turn_events = turn_events
        self._position = 0
        self._started = perf_counter()

    def progress(self, position: int) -> None:
        """Take note of how far the fold is."""
        if position - self._position < self._turn_events:
            return
        folded = Work(position - self._position, perf_counter() - self._started)
        started = perf_counter()
        self._read(up_to=position)
        self.turns.append(told(self._name, Turn(folded, Work(folded.done, perf_counter() - started))))
        self._started = perf_counter()

    def _read(self, *, up_to: int) -> None:
        while events := read_events(self._connection, BOOK, after=self._position, up_to=up_to, limit=BATCH_EVENTS_MAX):
            self._position = events.last_position


def _clear(book: OpenedBook) -> None:
    say("emptying the read side")
    with book.pool.connection() as connection:
        tables = ", ".join(f"projections.{table}" for each in PROJECTIONS for table in each.tables)
        connection.execute(f"TRUNCATE projections.positions, {tables}")

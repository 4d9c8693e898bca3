"""
The tail of a log is its last events, kept in memory for everybody who follows it; what came before is read for each.

One thread asks every few hundredths of a second how far the logs are that anybody follows, in one query for all of
them, and reads what is new once. Positions are dense, so no poll can miss an event.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from psycopg_pool import ConnectionPool

from api.streams.told import Teller, Told
from domain.errors import LogCorrupt
from ledger.pool import Connection
from ledger.writer import DATABASE_ABSENT
from projections.log import head_of, read_events

KEPT_MAX = 1_000
"""Of a book, so many of its last events are in memory; an event is at most 64 kB."""
BATCH_EVENTS_MAX = 500
PAUSE_SECONDS = 0.05

_HEADS = "SELECT book, size FROM ledger.log_head WHERE book = ANY(%b::text[])"

_log = structlog.get_logger(__name__)


class LogTail:
    """
    The end of one book's log. One thread lengthens it; any may read it.

    head: the last position that it knows of.
    """

    def __init__(self, pool: ConnectionPool[Connection], book: str) -> None:
        self.book = book
        self._pool = pool
        self.head = self.head_now()
        self.followers = 0
        self.wake: set[Callable[[], None]] = set()
        self.problem: LogCorrupt | None = None
        self._kept: list[Told] = []
        self._teller = Teller(book)
        self._telling = threading.Lock()

    def head_now(self) -> int:
        """Return the last position of the log, asked anew."""
        with self._pool.connection() as connection:
            return head_of(connection, self.book)

    def kept_after(self, position: int) -> list[Told] | None:
        """Return events after a position, at most a batch, where memory has them all; else nothing: read them."""
        if position >= self.head:
            return []
        kept = self._kept
        if not kept or position + 1 < kept[0].position:
            return None
        first = position + 1 - kept[0].position
        return kept[first : first + BATCH_EVENTS_MAX]

    def after(self, position: int) -> list[Told]:
        """
        Return events after a position, at most a batch, from memory or from the log; none at its end.

        Raises: LogCorrupt.
        """
        kept = self.kept_after(position)
        return kept if kept is not None else self._read(position)

    def lengthen(self, size: int) -> None:
        """
        Read what is new up to a size of the log, and wake whoever waits.

        Raises: LogCorrupt.
        """
        while self.head < size:
            new = self._read(self.head)
            if not new:
                return
            self._kept = [*self._kept, *new][-KEPT_MAX:]
            self.head = new[-1].position
            for wake in tuple(self.wake):
                wake()

    def stop(self, problem: LogCorrupt) -> None:
        """Let whoever waits know that nothing more comes, and why."""
        self.problem = problem
        for wake in tuple(self.wake):
            wake()

    def _read(self, position: int) -> list[Told]:
        with self._pool.connection() as connection:
            events = read_events(connection, self.book, after=position, limit=BATCH_EVENTS_MAX)
            if events is None:
                return []
            with self._telling:
                return self._teller.told(connection, events.recorded)


class Tails:
    """The tails of those books that anybody follows, and the thread that lengthens them while somebody does."""

    def __init__(self, pool: ConnectionPool[Connection], *, pause_seconds: float = PAUSE_SECONDS) -> None:
        self._pool = pool
        self._pause_seconds = pause_seconds
        self._tails: dict[str, LogTail] = {}
        self._changing = threading.Lock()
        self._following = False

    @contextmanager
    def following(self, book: str) -> Iterator[LogTail]:
        """Yield the tail of a book, which grows for as long."""
        tail = self.follow(book)
        try:
            yield tail
        finally:
            self.leave(tail)

    def follow(self, book: str) -> LogTail:
        """Return the tail of a book, which grows until it is left."""
        new = LogTail(self._pool, book)  # asks the database, which no lock waits for
        with self._changing:
            tail = self._tails.get(book)
            if tail is None or tail.problem:
                tail = self._tails[book] = new
            tail.followers += 1
            if not self._following:
                self._following = True
                threading.Thread(target=self._follow, name="log-tails", daemon=True).start()
            return tail

    def leave(self, tail: LogTail) -> None:
        """Follow a tail no longer; nobody's is forgotten."""
        with self._changing:
            tail.followers -= 1
            if not tail.followers and self._tails.get(tail.book) is tail:
                del self._tails[tail.book]

    def _follow(self) -> None:
        pause = threading.Event()
        while self._is_followed():
            try:
                self._lengthen()
            except DATABASE_ABSENT as error:
                _log.warning("streams wait", error=str(error))
            pause.wait(self._pause_seconds)

    def _is_followed(self) -> bool:
        with self._changing:
            self._following = bool(self._tails)
            return self._following

    def _lengthen(self) -> None:
        tails = dict(self._tails)
        with self._pool.connection() as connection:
            sizes = connection.execute(_HEADS, (list(tails),)).fetchall()
        for book, size in sizes:
            tail = tails[book]
            try:
                if tail.problem is None:
                    tail.lengthen(size)
            except LogCorrupt as error:
                _log.error("stream stopped", book=book, error=str(error))
                tail.stop(error)

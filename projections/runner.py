"""
The runner keeps projections up with a book's log: in batches, in position order, tables and position in one
transaction.

It never skips: positions are dense, so a gap is corruption, and a fold that fails stops it with the position it stands
at. Several processes may run at once; the row of positions lets one work while the others wait and then find it done.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import psycopg
import structlog
from psycopg_pool import ConnectionPool

from domain.errors import LogCorrupt, Unavailable
from projections.balances import Balances
from projections.commissions import Commissions
from projections.deadlines import Deadlines
from projections.disputes import Disputes
from projections.journal import Journal
from projections.log import head_of, read_events
from projections.orders import Orders
from projections.projection import Connection, Events, Projection

PROJECTIONS: tuple[Projection, ...] = (
    Journal(),
    Balances(),
    Orders(),
    Deadlines(),
    Disputes(),
    Commissions(),
)
BATCH_EVENTS_MAX = 10_000
_PAUSE_SECONDS = 0.01
_RETRY_SECONDS = 1

_log = structlog.get_logger(__name__)

_ENSURE_POSITIONS = """
    INSERT INTO projections.positions (book, projection, version, position)
    SELECT %s, unnest(%s::text[]), 0, 0 ON CONFLICT DO NOTHING
"""
_SELECT_POSITIONS = "SELECT projection, version, position FROM projections.positions WHERE book = %s"
_LOCK_POSITIONS = _SELECT_POSITIONS + " ORDER BY projection FOR UPDATE"
_BOOKS_BEHIND = """
    SELECT book FROM ledger.log_head h WHERE size > (
        SELECT min(coalesce(p.position, 0)) FROM unnest(%s::text[], %s::int[]) AS kept (projection, version)
        LEFT JOIN projections.positions p
            ON p.book = h.book AND p.projection = kept.projection AND p.version = kept.version
    ) ORDER BY book
"""
_SET_POSITION = """
    UPDATE projections.positions SET version = %s, position = %s WHERE book = %s AND projection = %s
"""


@dataclass(eq=False, kw_only=True)
class ProjectionBehind(Unavailable):
    """The read side hasn't reached the position that the reader asked for: ask again."""

    code: ClassVar[str] = "projection.behind"
    min_position: int
    position: int


@dataclass(eq=False, kw_only=True)
class ProjectionStopped(Unavailable):
    """A projection's tables don't take the next events: they aren't what it made of those before."""

    code: ClassVar[str] = "projection.stopped"
    retryable: ClassVar[bool] = False
    hint: ClassVar[str] = "rebuild it"
    book: str
    projection: str
    position: int
    problem: str


class Lag(NamedTuple):
    """How far a projection has come, and how far the log has."""

    projection: str
    position: int
    head: int


class Runner:
    """Folds the log of one book into its projections."""

    def __init__(
        self,
        pool: ConnectionPool[Connection],
        book: str,
        *,
        projections: Sequence[Projection] = PROJECTIONS,
        batch_events_max: int = BATCH_EVENTS_MAX,
    ) -> None:
        self._pool = pool
        self._book = book
        self._projections = projections
        self._batch_events_max = batch_events_max

    def catch_up(self, progress: Callable[[int], None] = lambda _position: None) -> int:
        """Fold until the end of the log as it was when this began, and return that position."""
        head = self.head()
        while (position := self.step()) < head:
            progress(position)
        progress(position)
        return head

    def step(self) -> int:
        """
        Fold one batch and return the position up to which every projection has come.

        Its commit needn't wait for the disk: what a crash takes back is folded again.
        """
        with self._pool.connection() as connection:
            reached = min((lag.position for lag in self.lags_in(connection)), default=0)
            head = head_of(connection, self._book)
            if reached >= head:
                return reached
            connection.execute("SET LOCAL synchronous_commit = off")
            positions = self._lock_positions(connection)
            start = min(positions.values())
            events = read_events(connection, self._book, after=start, limit=self._batch_events_max)
            if events is None:
                self._check_end(start, head)
                return start
            self._fold(connection, events, positions)
            return events.last_position

    def rebuild(self, name: str | None = None, progress: Callable[[int], None] = lambda _position: None) -> int:
        """
        Build a projection, or all, anew from the first event, in one transaction; return the position it reached.

        Readers see the old rows until the new ones are complete.
        """
        chosen = [projection for projection in self._projections if name in {None, projection.name}]
        with self._pool.connection() as connection:
            connection.execute("SET LOCAL statement_timeout = 0")
            positions = self._lock_positions(connection)
            for projection in chosen:
                projection.clear(connection, self._book)
                positions[projection.name] = 0
            head = head_of(connection, self._book)
            while events := read_events(
                connection,
                self._book,
                after=min(positions[projection.name] for projection in chosen),
                limit=self._batch_events_max,
            ):
                self._fold(connection, events, positions)
                progress(events.last_position)
            reached = min(positions[projection.name] for projection in chosen)
            self._check_end(reached, head)
            return reached

    def head(self) -> int:
        """Return the last position of the book's log, 0 for an empty one."""
        with self._pool.connection() as connection:
            return head_of(connection, self._book)

    def lags(self) -> list[Lag]:
        """Return how far each projection has come."""
        with self._pool.connection() as connection:
            return self.lags_in(connection)

    def wait_for(self, min_position: int, *, timeout_seconds: float = 5) -> None:
        """
        Wait until every projection has come to a position, folding meanwhile what nobody else folds.

        Raises: ProjectionBehind, at once where the log itself doesn't reach the position.
        """
        stopped = threading.Event()
        waited_seconds = 0.0
        while (position := self.step()) < min_position:
            if position >= self.head() or waited_seconds > timeout_seconds:
                raise ProjectionBehind(min_position=min_position, position=position)
            stopped.wait(_PAUSE_SECONDS)
            waited_seconds += _PAUSE_SECONDS

    def lags_in(self, connection: Connection) -> list[Lag]:
        """Return how far each projection has come, as a transaction sees it."""
        head = head_of(connection, self._book)
        rows = connection.execute(_SELECT_POSITIONS, (self._book,))
        reached = {(name, version): position for name, version, position in rows}
        return [Lag(each.name, reached.get((each.name, each.version), 0), head) for each in self._projections]

    def _check_end(self, reached: int, head: int) -> None:
        """Check that the log goes as far as its head says."""
        if reached < head:
            raise LogCorrupt(book=self._book, position=reached + 1, what=f"missing, the log's head is at {head}")

    def _lock_positions(self, connection: Connection) -> dict[str, int]:
        names = [projection.name for projection in self._projections]
        rows = connection.execute(_LOCK_POSITIONS, (self._book,)).fetchall()
        if not {name for name, _, _ in rows} >= set(names):
            connection.execute(_ENSURE_POSITIONS, (self._book, names))
            rows = connection.execute(_LOCK_POSITIONS, (self._book,)).fetchall()
        stored = {name: (version, position) for name, version, position in rows}
        return {projection.name: self._start(connection, projection, stored) for projection in self._projections}

    def _start(self, connection: Connection, projection: Projection, stored: dict[str, tuple[int, int]]) -> int:
        version, position = stored[projection.name]
        if position and version == projection.version:
            return position
        projection.clear(connection, self._book)
        return 0

    def _fold(self, connection: Connection, events: Events, positions: dict[str, int]) -> None:
        for projection in self._projections:
            if positions[projection.name] >= events.last_position:
                continue
            try:
                projection.fold(connection, events.after(positions[projection.name]))
            except (psycopg.IntegrityError, psycopg.DataError) as error:
                raise ProjectionStopped(
                    book=self._book,
                    projection=projection.name,
                    position=positions[projection.name],
                    problem=error.diag.message_primary or str(error),
                ) from error
            positions[projection.name] = events.last_position
            reached = (projection.version, events.last_position, self._book, projection.name)
            connection.execute(_SET_POSITION, reached)


def follow(pool: ConnectionPool[Connection], stop: threading.Event, *, pause_seconds: float = 0.1) -> None:
    """
    Keep the projections of all books up with their logs until told to stop; what fails is tried again from there.

    A book that can't go on holds up no other one.
    """
    stuck: set[str] = set()
    while not stop.is_set():
        try:
            moving = [book for book in books_behind(pool) if book not in stuck]
            stuck |= {book for book in moving if not _moved(pool, book)}
            # Also while books move: what comes meanwhile is folded together, which costs as much as one event alone.
            stop.wait(_RETRY_SECONDS if stuck and not moving else pause_seconds)
            if not moving:
                stuck.clear()
        except psycopg.Error as error:
            _log.warning("projections wait", error=str(error))
            stop.wait(_RETRY_SECONDS)


def books_behind(pool: ConnectionPool[Connection], projections: Sequence[Projection] = PROJECTIONS) -> list[str]:
    """Return the books whose log has events that a projection, as it is in this release, hasn't seen."""
    names, versions = [each.name for each in projections], [each.version for each in projections]
    with pool.connection() as connection:
        return [book for (book,) in connection.execute(_BOOKS_BEHIND, (names, versions))]


def _moved(pool: ConnectionPool[Connection], book: str) -> bool:
    try:
        Runner(pool, book).step()
    except (LogCorrupt, ProjectionStopped) as error:
        _log.error("projections stopped", book=book, error=str(error))
        return False
    return True

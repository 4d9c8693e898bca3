"""The runner keeps projections up with a book's log, and builds those anew that a changed release folds otherwise."""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import psycopg
import structlog
from psycopg_pool import ConnectionPool

from domain.errors import LogCorrupt, Unavailable
from projections.audit import Audit
from projections.balances import Balances
from projections.breaks import Breaks
from projections.commissions import Commissions
from projections.deadlines import Deadlines
from projections.disputes import Disputes
from projections.folding import Folding, ProjectionStopped, standings_in
from projections.four_eyes import FourEyes
from projections.journal import Journal
from projections.log import head_of
from projections.moment import MomentAhead
from projections.orders import Orders
from projections.payees import Payees
from projections.payouts import Payouts
from projections.projection import Connection, Projection
from projections.rebuilding import Rebuild
from projections.receivables import Receivables
from projections.reconciliation import Reconciliation
from projections.settlements import Settlements

PROJECTIONS: tuple[Projection, ...] = (
    Journal(),
    Balances(),
    Orders(),
    Deadlines(),
    Disputes(),
    Commissions(),
    Audit(),
    FourEyes(),
    Payouts(),
    Payees(),
    Receivables(),
    Reconciliation(),
    Breaks(),
    Settlements(),
)
BATCH_EVENTS_MAX = 10_000
_PAUSE_SECONDS = 0.01
_RETRY_SECONDS = 1

_log = structlog.get_logger(__name__)

_BOOKS_BEHIND = """
    SELECT book FROM ledger.log_head h WHERE size > (
        SELECT min(coalesce(p.position, 0)) FROM unnest(%s::text[], %s::int[]) AS kept (projection, version)
        LEFT JOIN projections.positions p
            ON p.book = h.book AND p.projection = kept.projection AND p.version = kept.version
    ) ORDER BY book
"""


@dataclass(eq=False, kw_only=True)
class ProjectionBehind(Unavailable):
    """The read side hasn't reached the position that the reader asked for: ask again."""

    code: ClassVar[str] = "projection.behind"
    min_position: int
    position: int


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
        self._folding = Folding(pool, book, projections, batch_events_max=batch_events_max)

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

        Projections whose rows another version made are built anew, a batch at a time too: their readers find the old
        rows until then, and their position is 0.
        """
        reached = self._folding.step()
        with self._pool.connection() as connection:
            standings = standings_in(connection, self._book)
        outdated = [each for each in self._projections if standings[each.name].is_outdated_for(each)]
        if not outdated:
            return reached
        built = self._rebuild(outdated).step()
        return min(reached, built.position) if built.is_live else 0

    def rebuild(self, name: str | None = None, progress: Callable[[int], None] = lambda _position: None) -> int:
        """
        Build a projection, or all, anew from the first event; return the position it reached.

        Readers see the old rows until the new ones are complete, and these go on meanwhile.
        """
        chosen = [projection for projection in self._projections if name in {None, projection.name}]
        return self._rebuild(chosen).run(progress)

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

        Raises, in this order: MomentAhead, at once, where the log itself doesn't reach the position; ProjectionBehind.
        """
        stopped = threading.Event()
        waited_seconds = 0.0
        while (position := self.step()) < min_position:
            if (head := self.head()) < min_position:
                raise MomentAhead(at_position=min_position, head=head)
            if waited_seconds > timeout_seconds:
                raise ProjectionBehind(min_position=min_position, position=position)
            stopped.wait(_PAUSE_SECONDS)
            waited_seconds += _PAUSE_SECONDS

    def lags_in(self, connection: Connection) -> list[Lag]:
        """Return how far each projection has come, as a transaction sees it."""
        head = head_of(connection, self._book)
        reached = {(name, one.version): one.position for name, one in standings_in(connection, self._book).items()}
        return [Lag(each.name, reached.get((each.name, each.version), 0), head) for each in self._projections]

    def _rebuild(self, projections: Sequence[Projection]) -> Rebuild:
        others = [each for each in self._projections if each not in projections]
        return Rebuild(self._pool, self._book, projections, others=others, batch_events_max=self._batch_events_max)


def _untraced(_book: str) -> AbstractContextManager[None]:
    return nullcontext()


def follow(
    pool: ConnectionPool[Connection],
    stop: threading.Event,
    *,
    pause_seconds: float = 0.1,
    traced: Callable[[str], AbstractContextManager[None]] = _untraced,
) -> None:
    """
    Keep the projections of all books up with their logs until told to stop; what fails is tried again from there.

    A book that can't go on holds up no other one. traced: stands around each batch of a book.
    """
    stuck: set[str] = set()
    while not stop.is_set():
        try:
            moving = [book for book in books_behind(pool) if book not in stuck]
            stuck |= {book for book in moving if not stop.is_set() and not _moved(pool, book, traced)}
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


def _moved(pool: ConnectionPool[Connection], book: str, traced: Callable[[str], AbstractContextManager[None]]) -> bool:
    try:
        with traced(book):
            Runner(pool, book).step()
    except (LogCorrupt, ProjectionStopped) as error:
        _log.error("projections stopped", book=book, error=str(error))
        return False
    return True

"""
Folding brings the rows of some projections up with a book's log: in batches, in position order, tables and position in
one transaction.

It never skips: positions are dense, so a gap is corruption, and a fold that fails stops it with the position it stands
at. Several processes may fold at once; the rows of positions let one work while the others wait and then find it done.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import psycopg
from psycopg_pool import ConnectionPool

from domain.errors import LogCorrupt, Unavailable
from projections.log import head_of, read_events
from projections.projection import Connection, Events, Projection

_ENSURE_POSITIONS = """
    INSERT INTO projections.positions (book, projection, version, position)
    SELECT %s, unnest(%s::text[]), 0, 0 ON CONFLICT DO NOTHING
"""
_SELECT_POSITIONS = "SELECT projection, version, position FROM projections.positions WHERE book = %s"
_LOCK_POSITIONS = _SELECT_POSITIONS + " AND projection = ANY(%s) ORDER BY projection FOR UPDATE"
_SET_POSITION = """
    UPDATE projections.positions SET version = %s, position = %s WHERE book = %s AND projection = %s
"""


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


class Standing(NamedTuple):
    """Which version of a projection made its rows, and up to which position; version 0 at position 0 made none."""

    version: int = 0
    position: int = 0

    def is_outdated_for(self, projection: Projection) -> bool:
        """Return whether there are rows, and an older or newer fold than the projection's made them."""
        return self.position > 0 and self.version != projection.version


class Folding:
    """
    Some projections of one book, and the rows that they are folded into.

    kept_as: the name that these rows have, the book's own but for those built anew beside the live ones.
    """

    def __init__(
        self,
        pool: ConnectionPool[Connection],
        book: str,
        projections: Sequence[Projection],
        *,
        batch_events_max: int,
        kept_as: str = "",
    ) -> None:
        self._pool = pool
        self._book = book
        self._projections = projections
        self._batch_events_max = batch_events_max
        self._kept_as = kept_as or book

    def step(self) -> int:
        """
        Fold one batch and return the position up to which every projection has come.

        Its commit needn't wait for the disk: what a crash takes back is folded again.
        """
        with self._pool.connection() as connection:
            head = head_of(connection, self._book)
            standings = standings_in(connection, self._kept_as)
            stand = [(each, standings[each.name]) for each in self._projections]
            reached = min((one.position for each, one in stand if not one.is_outdated_for(each)), default=head)
            if reached >= head:
                return reached
            connection.execute("SET LOCAL synchronous_commit = off")
            positions = self.lock(connection)
            reached = min(positions.values(), default=head)
            return reached if reached >= head else self._fold_batch(connection, positions, head)

    def fold_to(self, connection: Connection, positions: dict[str, int], head: int) -> None:
        """Fold all there is up to a position, in the caller's transaction, which holds the lock."""
        while min(positions.values(), default=head) < head:
            self._fold_batch(connection, positions, head)

    def lock(self, connection: Connection) -> dict[str, int]:
        """
        Let nobody else fold until the transaction ends; return the position of each projection.

        Rows that another version of a projection made are left out, and left alone.
        """
        names = [projection.name for projection in self._projections]
        if len(rows := connection.execute(_LOCK_POSITIONS, (self._kept_as, names)).fetchall()) < len(names):
            connection.execute(_ENSURE_POSITIONS, (self._kept_as, names))
            rows = connection.execute(_LOCK_POSITIONS, (self._kept_as, names)).fetchall()
        standings = {name: Standing(version, position) for name, version, position in rows}
        current = [each for each in self._projections if not standings[each.name].is_outdated_for(each)]
        for projection in current:
            if not standings[projection.name].position:
                projection.clear(connection, self._kept_as)
        return {projection.name: standings[projection.name].position for projection in current}

    def clear(self, connection: Connection) -> None:
        """Remove the rows, and what is known of their position."""
        names = [projection.name for projection in self._projections]
        for projection in self._projections:
            projection.clear(connection, self._kept_as)
        connection.execute(
            "DELETE FROM projections.positions WHERE book = %s AND projection = ANY(%s)", (self._kept_as, names)
        )

    def _fold_batch(self, connection: Connection, positions: dict[str, int], head: int) -> int:
        start = min(positions.values())
        events = read_events(connection, self._book, after=start, up_to=head, limit=self._batch_events_max)
        if events is None:
            raise LogCorrupt(book=self._book, position=start + 1, what=f"missing, the log's head is at {head}")
        kept = Events(self._book, events.recorded, book=self._kept_as)
        for projection in self._projections:
            if positions.get(projection.name, kept.last_position) < kept.last_position:
                self._fold(connection, projection, kept, positions)
        return kept.last_position

    def _fold(self, connection: Connection, projection: Projection, events: Events, positions: dict[str, int]) -> None:
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
        set_position(connection, self._kept_as, projection, events.last_position)


def standings_in(connection: Connection, kept_as: str) -> defaultdict[str, Standing]:
    """Return how far the rows of a name have come, by projection, as a transaction sees it; no rows stand at 0."""
    rows = connection.execute(_SELECT_POSITIONS, (kept_as,))
    return defaultdict(Standing, {name: Standing(version, position) for name, version, position in rows})


def set_position(connection: Connection, kept_as: str, projection: Projection, position: int) -> None:
    """Note that a projection's rows are its present version's, up to a position."""
    connection.execute(_SET_POSITION, (projection.version, position, kept_as, projection.name))

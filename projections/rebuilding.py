"""
Rebuilding makes projections anew from the first event, beside their live rows, and swaps them in once they are there.

The new rows have a name of their own that no book can have, so nobody reads them before they are complete. Commands,
reads and the live rows' own folding go on meanwhile; only the swap, one transaction, makes that folding wait. It leaves
all projections of the book at one position, so that who reads two of them finds them of one moment.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from psycopg_pool import ConnectionPool

from projections.folding import Folding, set_position
from projections.log import head_of
from projections.projection import Connection, Projection, take_time


class Built(NamedTuple):
    """How far a rebuild has come, and whether its rows are the live ones now."""

    position: int
    is_live: bool


class Rebuild:
    """Some projections of one book on their way to being built anew; others of it are only kept in step."""

    def __init__(
        self,
        pool: ConnectionPool[Connection],
        book: str,
        projections: Sequence[Projection],
        *,
        others: Sequence[Projection],
        batch_events_max: int,
    ) -> None:
        self._pool = pool
        self._book = book
        self._projections = projections
        self._batch_events_max = batch_events_max
        self._kept_as = f"{book}~"
        self._live = Folding(pool, book, [*projections, *others], batch_events_max=batch_events_max)
        self._anew = Folding(pool, book, projections, batch_events_max=batch_events_max, kept_as=self._kept_as)

    def run(self, progress: Callable[[int], None]) -> int:
        """
        Build everything from the first event and return the position that the live rows have now.

        If it breaks off, what it has built is removed.
        """
        self.clear()
        try:
            while not (built := self.step()).is_live:
                progress(built.position)
        except BaseException:
            self.clear()
            raise
        progress(built.position)
        return built.position

    def step(self) -> Built:
        """Go on by one batch, and swap the rows in where what is left after it is no more than another."""
        position = self._anew.step()
        with self._pool.connection() as connection:
            head = head_of(connection, self._book)
        if head - position > self._batch_events_max:
            return Built(position, is_live=False)
        return Built(self._swap(), is_live=True)

    def clear(self) -> None:
        """Remove what is left of a rebuild that was broken off."""
        with self._pool.connection() as connection:
            self._anew.clear(connection)

    def _swap(self) -> int:
        with self._pool.connection() as connection:
            take_time(connection)
            live, anew = self._live.lock(connection), self._anew.lock(connection)
            names = {projection.name for projection in self._projections}
            others = {name: position for name, position in live.items() if name not in names}
            head = head_of(connection, self._book)
            self._live.fold_to(connection, others, head)
            self._anew.fold_to(connection, anew, head)
            for projection in self._projections:
                projection.clear(connection, self._book)
                for table in projection.tables:
                    connection.execute(
                        f"UPDATE projections.{table} SET book = %s WHERE book = %s",  # noqa: S608 - our own names
                        (self._book, self._kept_as),
                    )
                set_position(connection, self._book, projection, head)
            self._anew.clear(connection)
        return head

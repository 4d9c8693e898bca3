"""
A dry run decides commands against a book as it stands at one moment, by the code that records them, and keeps nothing.

It reads one snapshot of the database and locks nothing: whoever writes meanwhile isn't kept waiting. What it answers is
what would be recorded if nobody wrote in between.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from psycopg_pool import ConnectionPool

from ledger.application import Decisions, can_exist
from ledger.batch_outcomes import Head, Outcomes
from ledger.cache import AggregateCache
from ledger.outcomes import Outcome, Submission
from ledger.pool import Connection
from ledger.snapshots import History, read_histories, read_history
from ledger.store import read_head, read_remembered

AGGREGATES_MAX = 20_000


def decide_dry(
    pool: ConnectionPool[Connection],
    book: str,
    submissions: Sequence[Submission],
    *,
    clock: Callable[[], datetime],
    salts: Callable[[int], bytes],
    together: Sequence[range] = (),
) -> list[Outcome | Exception]:
    """
    Return what would become of checked submissions, said now, in order, each after those before it.

    clock: returns the time in UTC; salts: returns n unpredictable bytes; together: as `TradeLedger.process` has it.

    Raises: LogCorrupt, and the driver's errors.
    """
    with pool.connection() as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        tried = _Tried(connection, book, submissions)
        decisions = Decisions(tried, AggregateCache(AGGREGATES_MAX), clock(), salts, book)
        return decisions.answer_all(submissions, together)


class _Tried(Outcomes):
    """A book to decide against that takes nothing in."""

    def __init__(self, connection: Connection, book: str, submissions: Sequence[Submission]) -> None:
        super().__init__()
        self._connection = connection
        self._book = book
        self.head: Head = read_head(connection, book)
        self.remembered = read_remembered(connection, book, [submission.key for submission in submissions])
        subjects = {subject: None for each in submissions for subject in each.command.subjects()}
        self.histories: dict[str, History] = read_histories(connection, book, list(filter(can_exist, subjects)))

    @property
    def next_position(self) -> int:
        """Return the position that the next event would get."""
        return self.head.size + 1

    def read_history(self, reference: str) -> History:
        """Return the history of an aggregate, as of the head."""
        return read_history(self._connection, self._book, reference)

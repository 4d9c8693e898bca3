"""
The store is the recorded log in PostgreSQL: one database transaction per batch, serial per book.

A batch locks the book's head row before the first decision and holds it until the commit, so that every command is
decided against the whole book at its exact position. Positions are dense because only the holder of the head gives
them out.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple, NoReturn
from uuid import UUID

import msgspec
import psycopg
from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    Notification,
    StoredEvent,
    Subscription,
)
from psycopg_pool import ConnectionPool

from ledger.batch_outcomes import Head, Outcomes
from ledger.outcomes import Accepted, CommandKey, Outcome, Rejected, Remembered, Submission
from ledger.snapshots import (
    History,
    fingerprint,
    keep_snapshots,
    read_histories,
    read_history,
)
from ledger.transparency import Frontier, leaf_bytes, leaf_hash

Connection = psycopg.Connection[tuple[Any, ...]]

_LOCK_HEAD = "SELECT size, frontier, last_recorded_at FROM ledger.log_head WHERE book = %s FOR UPDATE"
_SELECT_HEAD = "SELECT size, frontier, last_recorded_at FROM ledger.log_head WHERE book = %s"
_CREATE_HEAD = "INSERT INTO ledger.log_head (book) VALUES (%s) ON CONFLICT DO NOTHING"
_ADVANCE_HEAD = "UPDATE ledger.log_head SET size = %s, frontier = %b, last_recorded_at = %s WHERE book = %s"
_INSERT_EVENTS = """
    INSERT INTO ledger.events (book, position, originator_id, version, topic, state, leaf_hash)
    SELECT %s, %s + number, originator_id, version, topic, state, leaf_hash
    FROM unnest(%b::text[], %b::int8[], %b::text[], %b::bytea[], %b::bytea[]) WITH ORDINALITY
        AS new (originator_id, version, topic, state, leaf_hash, number)
"""
_INSERT_OUTCOMES = """
    INSERT INTO ledger.outcomes
        (book, recorded_at, principal, command_id, request_hash, first_position, last_position, command)
    SELECT %s, %s, * FROM unnest(%b::text[], %b::text[], %b::bytea[], %b::int8[], %b::int8[], %b::text[])
"""
_INSERT_REFUSED = """
    INSERT INTO ledger.outcomes
        (book, recorded_at, principal, command_id, actor, role, command, object, refusal, request_hash)
    SELECT %s, %s, *
    FROM unnest(%b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::bytea[], %b::bytea[])
"""
_INSERT_FORBIDDEN = """
    INSERT INTO ledger.forbidden (book, recorded_at, principal, command_id, actor, role, command, object, refusal)
    SELECT %s, %s, * FROM unnest(%b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::bytea[])
"""
_SELECT_OUTCOMES = """
    SELECT principal, command_id, request_hash, first_position, last_position, refusal
    FROM ledger.outcomes WHERE book = %s AND command_id = ANY(%b::text[])
"""
_SELECT_SINCE = """
    SELECT originator_id, version, topic, state FROM ledger.events
    WHERE book = %s AND position > %s ORDER BY position LIMIT %s
"""


class _Refusal(msgspec.Struct, frozen=True):
    code: str
    details: dict[str, Any]


class Since(NamedTuple):
    """The events after a position, in order, as many as there are up to `events_max`."""

    position: int
    events_max: int


class Batch(Outcomes):
    """An open transaction that holds the book's head: what it found there, and what it will append."""

    def __init__(self, connection: Connection, book: str, head: Head) -> None:
        super().__init__()
        self.head = head
        self.histories: dict[str, History] = {}
        self.since: list[StoredEvent] = []
        self._connection = connection
        self._book = book
        self._frontier = Frontier(head.size, head.frontier)
        self._events: list[StoredEvent] = []
        self._leaf_hashes: list[bytes] = []

    @property
    def next_position(self) -> int:
        """Return the position that the next appended event gets."""
        return self._frontier.size + 1

    def append(self, stored_events: Sequence[StoredEvent]) -> list[int]:
        """
        Put events at the next positions and return these.

        Raises: LeafTooLong, before anything of the call is put anywhere.
        """
        first = self.next_position
        hashes = [
            leaf_hash(leaf_bytes(first + index, str(e.originator_id), e.originator_version, e.topic, e.state))
            for index, e in enumerate(stored_events)
        ]
        for leaf in hashes:
            self._frontier.append(leaf)
        self._events.extend(stored_events)
        self._leaf_hashes.extend(hashes)
        return list(range(first, self.next_position))

    def read_history(self, reference: str) -> History:
        """Return the history of an aggregate, as of the head."""
        return read_history(self._connection, self._book, reference)

    def commit(self, recorded_at: datetime) -> None:
        """
        Make everything of the batch durable at once.

        Raises: IntegrityError if another writer got past the lock; the driver's errors where the connection breaks,
        after which nobody knows whether the batch happened: ask again by command id.
        """
        try:
            with self._connection.pipeline():
                self._insert_events()
                self._insert_outcomes(recorded_at)
                if self._snapshots:
                    keep_snapshots(self._connection, self._book, self._snapshots)
                if self._events:
                    advanced = (self._frontier.size, self._frontier.stored(), recorded_at, self._book)
                    self._connection.execute(_ADVANCE_HEAD, advanced)
                # Not `connection.commit()`: inside a pipeline psycopg 3.3 waits there for an answer while the last of a
                # large batch is unsent, for ever. Leaving the pipeline sends everything.
                self._connection.execute("COMMIT", prepare=False)
        except psycopg.IntegrityError as error:
            raise IntegrityError(str(error)) from error

    def _insert_events(self) -> None:
        if not self._events:
            return
        columns = (
            [str(e.originator_id) for e in self._events],
            [e.originator_version for e in self._events],
            [e.topic for e in self._events],
            [e.state for e in self._events],
            self._leaf_hashes,
        )
        self._connection.execute(_INSERT_EVENTS, (self._book, self.head.size, *columns))

    def _insert_outcomes(self, recorded_at: datetime) -> None:
        accepted: list[tuple[Any, ...]] = []
        refused: list[tuple[Any, ...]] = []
        for submission, request_hash, outcome in self._outcomes:
            if isinstance(outcome, Accepted):
                positions = outcome.first_position, outcome.last_position
                accepted.append((*submission.key, request_hash, *positions, type(submission.command).__name__))
            else:
                refused.append((*_tried(submission, outcome.code, outcome.details), request_hash))
        self._insert(_INSERT_OUTCOMES, recorded_at, accepted)
        self._insert(_INSERT_REFUSED, recorded_at, refused)
        forbidden = [_tried(submission, error.code, error.details()) for submission, error in self._forbidden]
        self._insert(_INSERT_FORBIDDEN, recorded_at, forbidden)

    def _insert(self, statement: str, recorded_at: datetime, rows: Sequence[tuple[Any, ...]]) -> None:
        if rows:
            self._connection.execute(statement, (self._book, recorded_at, *map(list, zip(*rows, strict=True))))


class BookRecorder(ApplicationRecorder):
    """
    The eventsourcing library's recorder of one book, on a pool that others share.

    `insert_events` inside a batch only joins it; alone, it is a batch of its own. Subscriptions are the projection
    runner's.
    """

    def __init__(self, pool: ConnectionPool[Connection], book: str) -> None:
        self.pool = pool
        self.book = book
        fingerprint()  # now, while the sources on the disk are those that run

    @contextmanager
    def batch(
        self, *, commands: Sequence[CommandKey] = (), streams: Sequence[str] = (), since: Since | None = None
    ) -> Iterator[Batch]:
        """
        Open a batch: lock the head, look up what is known of the commands, read the streams' histories.

        since: which events the batch is to bring, as its `since`. Leaving it without `commit` leaves nothing behind.
        """
        with self.pool.connection() as connection:
            batch = self._begin(connection, commands, streams, since)
            yield batch
            connection.rollback()

    def insert_events(
        self, stored_events: Sequence[StoredEvent], *, batch: Batch | None = None, **_kwargs: Any
    ) -> Sequence[int]:
        """
        Append events and return their positions.

        Raises: IntegrityError if a version of an aggregate is taken.
        """
        if batch is not None:
            return batch.append(stored_events)
        with self.batch() as alone:
            positions = alone.append(stored_events)
            alone.commit(alone.head.last_recorded_at)
        return positions

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> list[StoredEvent]:
        """Return events of one aggregate, by version."""
        query = f"""
            SELECT originator_id, version, topic, state FROM ledger.events
            WHERE book = %s AND originator_id = %s AND version > %s AND version <= %s
            ORDER BY version {"DESC" if desc else "ASC"} LIMIT %s
        """  # noqa: S608 - the direction is ours
        bounds = (-1 if gt is None else gt, _BIGINT_MAX if lte is None else lte, limit)
        with self.pool.connection() as connection:
            rows = connection.execute(query, (self.book, str(originator_id), *bounds))
            return [StoredEvent(*row) for row in rows]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> list[Notification]:
        """Return events of the book by position."""
        first = 1 if start is None else start + (0 if inclusive_of_start else 1)
        query = """
            SELECT originator_id, version, topic, state, position FROM ledger.events
            WHERE book = %s AND position >= %s AND position <= %s AND (%s OR topic = ANY(%s))
            ORDER BY position LIMIT %s
        """
        last = _BIGINT_MAX if stop is None else stop
        with self.pool.connection() as connection:
            rows = connection.execute(query, (self.book, first, last, not topics, list(topics), limit))
            return [Notification(*row) for row in rows]

    def max_notification_id(self) -> int | None:
        """Return the last position of the book, or nothing where it has none."""
        with self.pool.connection() as connection:
            row = connection.execute("SELECT size FROM ledger.log_head WHERE book = %s", (self.book,)).fetchone()
        return row[0] or None if row else None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[Any]:
        """Refuse: whoever follows the log does so by position, which is dense."""
        _refuse_subscription(gt, topics)

    def _begin(
        self, connection: Connection, commands: Sequence[CommandKey], streams: Sequence[str], since: Since | None
    ) -> Batch:
        with connection.pipeline():  # a statement sees all that was committed before the lock was had
            head = connection.execute(_LOCK_HEAD, (self.book,))
            ids = [key.command_id for key in commands]
            kept = connection.execute(_SELECT_OUTCOMES, (self.book, ids)) if commands else None
            after = connection.execute(_SELECT_SINCE, (self.book, *since), binary=True) if since else None
        # Not in the pipeline: psycopg ends one with a Flush, on which the server forgets its
        # idle_in_transaction_session_timeout until the next plain statement.
        histories = read_histories(connection, self.book, streams)
        batch = Batch(connection, self.book, _head(connection, head.fetchone(), self.book))
        batch.remembered = dict(map(_remembered, kept)) if kept else {}
        batch.histories = histories
        batch.since = [StoredEvent(*row) for row in after] if after else []
        return batch


def read_head(connection: Connection, book: str) -> Head:
    """Return where a book's log ends; nobody is kept from going on with it."""
    row = connection.execute(_SELECT_HEAD, (book,)).fetchone()
    return Head(*row) if row else Head(0, b"", datetime.min.replace(tzinfo=UTC))


def read_remembered(connection: Connection, book: str, commands: Sequence[CommandKey]) -> dict[CommandKey, Remembered]:
    """Return what became of those of some commands that were said before."""
    ids = [key.command_id for key in commands]
    return dict(map(_remembered, connection.execute(_SELECT_OUTCOMES, (book, ids))))


_BIGINT_MAX = 2**63 - 1
_REFUSAL_DECODER = msgspec.json.Decoder(_Refusal)
_ENCODER = msgspec.json.Encoder()


def _head(connection: Connection, row: tuple[Any, ...] | None, book: str) -> Head:
    if row is None:
        connection.execute(_CREATE_HEAD, (book,))
        row = connection.execute(_LOCK_HEAD, (book,)).fetchone()
    assert row is not None  # noqa: S101 - the row was just made, and is never removed
    return Head(*row)


def _tried(submission: Submission, code: str, details: dict[str, Any]) -> tuple[Any, ...]:
    return (*submission.key, *submission.attempt, _ENCODER.encode(_Refusal(code, details)))


def _remembered(row: tuple[Any, ...]) -> tuple[CommandKey, Remembered]:
    principal, command_id, request_hash, first, last, refusal = row
    outcome: Outcome
    if refusal is None:
        outcome = Accepted(first_position=first, last_position=last)
    else:
        kept = _REFUSAL_DECODER.decode(refusal)
        outcome = Rejected(code=kept.code, details=kept.details)
    return CommandKey(principal, command_id), Remembered(request_hash, outcome)


def _refuse_subscription(gt: int | None, topics: Sequence[str]) -> NoReturn:
    raise TypeError(f"no subscription from {gt} to {topics}: read by position, as projections/runner.py does")

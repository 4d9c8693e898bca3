"""
Verification replays a book's log from its first byte and names the first thing that is not as it was recorded.

Checked: positions are dense; every leaf hash is that of its event; the root and the head are those of the leaves; every
aggregate's versions are dense; every event decodes and follows on the one before; every posting balances; recorded
times never go back; every event belongs to the outcome of its own command; and every snapshot that would be used is
what the events up to it come to.
"""

import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import chain
from typing import Any, NamedTuple

import msgspec
import psycopg

from domain.aggregate import Aggregate, HistoryBroken
from domain.catalogue import evolve
from domain.envelope import State, Undecodable, decode
from domain.errors import LedgerError
from domain.posting_rules import post
from ledger.snapshots import Snapshot, SnapshotBroken, read_snapshots
from ledger.transparency import Frontier, LeafTooLong, leaf_bytes, leaf_hash

Connection = psycopg.Connection[tuple[Any, ...]]

PAGE_EVENTS = 10_000

_SELECT = """
    SELECT position, originator_id, version, topic, state, leaf_hash FROM ledger.events
    WHERE book = %s AND position > %s ORDER BY position LIMIT %s
"""
_HEAD = "SELECT size, frontier, last_recorded_at = %s FROM ledger.log_head WHERE book = %s"
_OUTCOMES = """
    SELECT o.principal, o.command_id, o.request_hash, o.first_position, o.last_position, first.state, last.state
    FROM ledger.outcomes o
    LEFT JOIN ledger.events first ON first.book = o.book AND first.position = o.first_position
    LEFT JOIN ledger.events last ON last.book = o.book AND last.position = o.last_position
    WHERE o.book = %s AND o.refusal IS NULL ORDER BY o.first_position, o.last_position
"""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """The first thing in the log that isn't as it was recorded. Position 0 is the head's or an outcome's."""

    position: int
    originator_id: str = ""
    what: str


class LogReport(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a log is: how many events, their Merkle root in hexadecimal, and the first fault.

    snapshot_fault: the first snapshot that isn't what a sound log gives. The log is no worse for it: it may be deleted.
    """

    size: int
    root: str
    fault: Fault | None
    snapshot_fault: Fault | None = None


class _Row(NamedTuple):
    position: int
    originator_id: str
    version: int
    topic: str
    state: bytes
    leaf_hash: bytes


class _Broken(Exception):
    """Carries a fault out of the replay."""

    def __init__(self, row: _Row, what: str) -> None:
        super().__init__(what)
        self.fault = Fault(position=row.position, originator_id=row.originator_id, what=what)


def verify_log(
    connection: Connection, book: str, progress: Callable[[int], None] = lambda _position: None
) -> LogReport:
    """Replay the log of a book. `progress` is told the position reached, page by page."""
    replay = _Replay(read_snapshots(connection, book))
    try:
        for row in _rows(connection, book):
            replay.add(row)
            if row.position % PAGE_EVENTS == 0:
                progress(row.position)
    except _Broken as broken:
        return replay.report(broken.fault)
    size = replay.frontier.size
    return replay.report(_head_fault(connection, book, replay) or _outcome_fault(connection, book, size))


class _Replay:
    """The state of the log so far: the tree, every aggregate, the clock."""

    def __init__(self, snapshots: dict[str, Snapshot]) -> None:
        self.frontier = Frontier()
        self.recorded_at = datetime.min.replace(tzinfo=UTC)
        self._aggregates: dict[str, tuple[Aggregate, int]] = {}
        self._snapshots = snapshots
        self._snapshot_faults: list[Fault] = []

    def add(self, row: _Row) -> None:
        expected = self.frontier.size + 1
        if row.position != expected:
            raise _Broken(row._replace(position=expected), f"missing; the next event is at {row.position}")
        self._check_leaf(row)
        self._evolve(row, self._decoded(row))

    def report(self, fault: Fault | None) -> LogReport:
        unmatched = (
            _snapshot_fault(0, snapshot, "no event stands at its version") for snapshot in self._snapshots.values()
        )
        snapshot_fault = None if fault else next(chain(self._snapshot_faults, unmatched), None)
        return LogReport(
            size=self.frontier.size, root=self.frontier.root().hex(), fault=fault, snapshot_fault=snapshot_fault
        )

    def _check_leaf(self, row: _Row) -> None:
        try:
            computed = leaf_hash(leaf_bytes(*row[:5]))
        except (LeafTooLong, struct.error) as error:
            raise _Broken(row, str(error)) from error
        if computed != row.leaf_hash:
            raise _Broken(row, "the event isn't what its leaf hash was taken of")
        self.frontier.append(computed)

    def _decoded(self, row: _Row) -> State[Any]:
        try:
            state = decode(row.topic, row.state)
            post(row.originator_id, state.event, schema=state.schema)
        except (Undecodable, LedgerError) as error:
            raise _Broken(row, str(error)) from error
        if state.recorded_at < self.recorded_at:
            raise _Broken(row, f"recorded at {state.recorded_at}, before the event before it")
        self.recorded_at = state.recorded_at
        return state

    def _evolve(self, row: _Row, state: State[Any]) -> None:
        aggregate, version = self._aggregates.get(row.originator_id, (None, 0))
        if row.version != version + 1:
            raise _Broken(row, f"version {row.version} follows on version {version}")
        try:
            evolved = evolve(aggregate, state.event, row.originator_id, state.occurred_at)
        except (HistoryBroken, LookupError, AttributeError, TypeError) as error:
            raise _Broken(row, f"doesn't follow on the aggregate's history: {error!r}") from error
        self._aggregates[row.originator_id] = (evolved, row.version)
        self._check_snapshot(row, evolved)

    def _check_snapshot(self, row: _Row, evolved: Aggregate) -> None:
        snapshot = self._snapshots.get(row.originator_id)
        if snapshot is None or snapshot.version != row.version:
            return
        del self._snapshots[row.originator_id]
        try:
            kept = snapshot.loaded().aggregate
        except SnapshotBroken:
            self._snapshot_faults.append(
                _snapshot_fault(row.position, snapshot, "its bytes aren't as they were written")
            )
        else:
            if kept != evolved:
                self._snapshot_faults.append(
                    _snapshot_fault(row.position, snapshot, "it isn't what its events come to")
                )


def _snapshot_fault(position: int, snapshot: Snapshot, what: str) -> Fault:
    return Fault(
        position=position, originator_id=snapshot.reference, what=f"snapshot of version {snapshot.version}: {what}"
    )


def _rows(connection: Connection, book: str) -> Iterator[_Row]:
    position = 0
    with connection.cursor(binary=True) as cursor:
        while page := cursor.execute(_SELECT, (book, position, PAGE_EVENTS)).fetchall():
            yield from (_Row(*row) for row in page)
            position = page[-1][0]


def _head_fault(connection: Connection, book: str, replay: _Replay) -> Fault | None:
    row = connection.execute(_HEAD, (replay.recorded_at, book)).fetchone()
    size, frontier, same_time = row or (0, b"", True)
    if size != replay.frontier.size:
        return Fault(
            position=min(size, replay.frontier.size) + 1,
            what=f"the head counts {size} events, the log has {replay.frontier.size}",
        )
    if frontier != replay.frontier.stored():
        return Fault(position=0, what="the head's frontier isn't that of the events")
    if size and not same_time:
        return Fault(position=0, what="the head's last recorded time isn't the last event's")
    return None


def _outcome_fault(connection: Connection, book: str, size: int) -> Fault | None:
    """Return the first place where the outcomes of accepted commands don't share the log out among them."""
    position = 0
    with connection.cursor(name="outcomes", binary=True) as cursor:
        for principal, command_id, request_hash, first, last, *states in cursor.execute(_OUTCOMES, (book,)):
            said = _Said(principal, command_id, request_hash)
            if last < first or any(_said(state) != said for state in states):
                return Fault(
                    position=first, what=f"the outcome of command {command_id} points at events of another one"
                )
            if first != position + 1:
                break
            position = last
    return None if position == size else Fault(position=position + 1, what="no outcome points at this event")


class _Said(msgspec.Struct, frozen=True):
    principal: str
    command_id: str
    request_hash: bytes


def _said(state: bytes | None) -> _Said | None:
    return msgspec.json.decode(state, type=_Said) if state else None

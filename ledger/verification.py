"""
Verification replays a book's log from its first byte and names the first thing that is not as it was recorded.

Checked besides what the replay itself does: the root and the head are those of the leaves; every event belongs to the
outcome of its own command; and every snapshot that would be used is what the events up to it come to.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import chain
from typing import Any

import msgspec
import psycopg

from domain.aggregate import Aggregate
from ledger.replay import Fault, LogBroken, LogRow, Replay
from ledger.snapshots import Snapshot, SnapshotBroken, read_snapshots

Connection = psycopg.Connection[tuple[Any, ...]]

PAGE_EVENTS = 10_000

_SELECT = """
    SELECT position, originator_id, version, topic, state, leaf_hash FROM ledger.events
    WHERE book = %s AND position > %s ORDER BY position LIMIT %s
"""
_HEAD = "SELECT size, frontier, last_recorded_at = %s FROM ledger.log_head WHERE book = %s"
_OUTCOMES = """
    SELECT o.principal, o.command_id, o.request_hash, CASE WHEN isfinite(o.recorded_at) THEN o.recorded_at END,
        num_nonnulls(o.actor, o.role, o.object), o.first_position, o.last_position, o.command, first.state, last.state
    FROM ledger.outcomes o
    LEFT JOIN ledger.events first ON first.book = o.book AND first.position = o.first_position
    LEFT JOIN ledger.events last ON last.book = o.book AND last.position = o.last_position
    WHERE o.book = %s AND o.refusal IS NULL ORDER BY o.first_position, o.last_position
"""


class LogReport(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a log is: how many events, their Merkle root in hexadecimal, and the first fault.

    snapshot_fault: the first snapshot that isn't what a sound log gives. The log is no worse for it: it may be deleted.
    """

    size: int
    root: str
    fault: Fault | None
    snapshot_fault: Fault | None = None


def verify_log(
    connection: Connection, book: str, progress: Callable[[int], None] = lambda _position: None
) -> LogReport:
    """Replay the log of a book. `progress` is told the position reached, page by page."""
    replay, snapshots = Replay(), _Snapshots(read_snapshots(connection, book))
    try:
        for row in _rows(connection, book):
            snapshots.check(row, replay.add(row).aggregate)
            if row.position % PAGE_EVENTS == 0:
                progress(row.position)
    except LogBroken as broken:
        return _report(replay, broken.fault)
    fault = _head_fault(connection, book, replay) or _outcome_fault(connection, book, replay.frontier.size)
    return _report(replay, fault, None if fault else snapshots.first_fault())


def _report(replay: Replay, fault: Fault | None, snapshot_fault: Fault | None = None) -> LogReport:
    root = replay.frontier.root().hex()
    return LogReport(size=replay.frontier.size, root=root, fault=fault, snapshot_fault=snapshot_fault)


class _Snapshots:
    """The snapshots of a book that no event has confirmed yet, and what is wrong with the others."""

    def __init__(self, snapshots: dict[str, Snapshot]) -> None:
        self._left = snapshots
        self._faults: list[Fault] = []

    def check(self, row: LogRow, evolved: Aggregate) -> None:
        """Compare an aggregate after an event with the snapshot of that version, if it has one."""
        snapshot = self._left.get(row.originator_id)
        if snapshot is None or snapshot.version != row.version:
            return
        del self._left[row.originator_id]
        try:
            kept = snapshot.loaded().aggregate
        except SnapshotBroken:
            self._faults.append(_snapshot_fault(row.position, snapshot, "its bytes aren't as they were written"))
        else:
            if kept != evolved:
                self._faults.append(_snapshot_fault(row.position, snapshot, "it isn't what its events come to"))

    def first_fault(self) -> Fault | None:
        """Return the first that isn't what the log gives."""
        unmatched = (_snapshot_fault(0, each, "no event stands at its version") for each in self._left.values())
        return next(chain(self._faults, unmatched), None)


def _snapshot_fault(position: int, snapshot: Snapshot, what: str) -> Fault:
    return Fault(
        position=position, originator_id=snapshot.reference, what=f"snapshot of version {snapshot.version}: {what}"
    )


def _rows(connection: Connection, book: str) -> Iterator[LogRow]:
    position = 0
    with connection.cursor(binary=True) as cursor:
        while page := cursor.execute(_SELECT, (book, position, PAGE_EVENTS)).fetchall():
            yield from (LogRow(*row) for row in page)
            position = page[-1][0]


def _head_fault(connection: Connection, book: str, replay: Replay) -> Fault | None:
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
        for principal, command_id, request_hash, recorded_at, *rest in cursor.execute(_OUTCOMES, (book,)):
            named, first, last, command, *states = rest
            said = _Said(principal, command_id, request_hash, recorded_at)
            begins, ends = map(_said, states)
            if last < first or not (begins and ends and begins.outside == ends.outside == said):
                return Fault(
                    position=first, what=f"the outcome of command {command_id} points at events of another one"
                )
            if begins.command not in {"", command}:
                return Fault(position=first, what=f"the outcome of command {command_id} gives it another name")
            if named:
                return Fault(
                    position=first, what=f"the outcome of command {command_id} says who said it: its events do"
                )
            if first != position + 1:
                break
            position = last
    return None if position == size else Fault(position=position + 1, what="no outcome points at this event")


class _Said(msgspec.Struct, frozen=True):
    principal: str
    command_id: str
    request_hash: bytes
    recorded_at: datetime | None
    command: str = ""

    @property
    def outside(self) -> "_Said":
        """Return it without the name, which only the first event has."""
        return msgspec.structs.replace(self, command="")


def _said(state: bytes | None) -> _Said | None:
    return msgspec.json.decode(state, type=_Said) if state else None

"""
A replay takes a log's events one after the other, from wherever they are kept, and stops at the first that isn't sound.

Sound is: positions are dense; every leaf hash is that of its event; every event decodes, balances what it posts, isn't
recorded before the one before it, and follows on its aggregate's history, whose versions are dense.
"""

import struct
from collections import Counter
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from domain.aggregate import Aggregate, HistoryBroken
from domain.catalogue import evolve
from domain.envelope import State, Undecodable, decode
from domain.errors import LedgerError
from domain.journal import Entry
from domain.posting_rules import post
from domain.references import kind_of
from ledger.transparency import Frontier, LeafTooLong, leaf_bytes, leaf_hash


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """The first thing in the log that isn't as it was recorded. Position 0 is the head's or an outcome's."""

    position: int
    originator_id: str = ""
    what: str


class LogBroken(Exception):
    """Carries a fault out of a replay."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


class LogRow(NamedTuple):
    """One event as a log keeps it: what its leaf says, and the hash of that."""

    position: int
    originator_id: str
    version: int
    topic: str
    state: bytes
    leaf_hash: bytes

    def broken(self, *, what: str) -> LogBroken:
        """Return what is wrong with this event."""
        return LogBroken(Fault(position=self.position, originator_id=self.originator_id, what=what))


class Replayed(NamedTuple):
    """What an event said and posted, and the aggregate after it."""

    state: State[Any]
    entry: Entry | None
    aggregate: Aggregate


class Replay:
    """The state of the log so far: the tree, every aggregate, the clock."""

    def __init__(self) -> None:
        self.frontier = Frontier()
        self.recorded_at = datetime.min.replace(tzinfo=UTC)
        self._aggregates: dict[str, tuple[Aggregate, int]] = {}

    def add(self, row: LogRow) -> Replayed:
        """
        Take the next event.

        Raises: LogBroken.
        """
        expected = self.frontier.size + 1
        if row.position != expected:
            raise row._replace(position=expected).broken(what=f"missing; the next event is at {row.position}")
        self._check_leaf(row)
        state, entry = self._decoded(row)
        return Replayed(state, entry, self._evolved(row, state))

    def find(self, reference: str) -> Aggregate | None:
        """Return an aggregate as it stands now, or nothing where no event was of it."""
        return self._aggregates[reference][0] if reference in self._aggregates else None

    def kinds(self) -> dict[str, int]:
        """Return how many aggregates of each kind there are, by kind."""
        return dict(sorted(Counter(map(kind_of, self._aggregates)).items()))

    def _check_leaf(self, row: LogRow) -> None:
        try:
            computed = leaf_hash(leaf_bytes(*row[:5]))
        except (LeafTooLong, struct.error) as error:
            raise row.broken(what=str(error)) from error
        if computed != row.leaf_hash:
            raise row.broken(what="the event isn't what its leaf hash was taken of")
        self.frontier.append(computed)

    def _decoded(self, row: LogRow) -> tuple[State[Any], Entry | None]:
        try:
            state = decode(row.topic, row.state)
            entry = post(row.originator_id, state.event, schema=state.schema)
        except (Undecodable, LedgerError) as error:
            raise row.broken(what=str(error)) from error
        if state.recorded_at < self.recorded_at:
            raise row.broken(what=f"recorded at {state.recorded_at}, before the event before it")
        self.recorded_at = state.recorded_at
        return state, entry

    def _evolved(self, row: LogRow, state: State[Any]) -> Aggregate:
        aggregate, version = self._aggregates.get(row.originator_id, (None, 0))
        if row.version != version + 1:
            raise row.broken(what=f"version {row.version} follows on version {version}")
        try:
            evolved = evolve(aggregate, state.event, row.originator_id, state.occurred_at)
        except (HistoryBroken, LookupError, AttributeError, TypeError) as error:
            raise row.broken(what=f"doesn't follow on the aggregate's history: {error!r}") from error
        self._aggregates[row.originator_id] = (evolved, row.version)
        return evolved

"""
A snapshot is an aggregate as it stood after one of its events, so that a long history needn't be read from its first.

Snapshots are no part of the record: without them everything is decided alike, only later. One is used where the code
that made it is the code that would fold the events today, where its bytes are as they were written, and where its
event stands in the log; any other is as good as none, and is made anew when its history has been read.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

import msgspec
import psycopg
import structlog
from eventsourcing.persistence import StoredEvent

import domain
from domain.aggregate import Aggregate
from domain.catalogue import AGGREGATES
from domain.references import kind_of
from domain.unit_of_work import Loaded

Connection = psycopg.Connection[tuple[Any, ...]]
Cursor = psycopg.Cursor[tuple[Any, ...]]

EVENTS_APART = 100
"""A snapshot is made at every so many events of an aggregate, and wherever so many had to be read."""

_log = structlog.get_logger(__name__)

_SELECT = """
    SELECT s.originator_id, s.version, s.state, s.checksum
    FROM unnest(%b::text[]) AS asked (reference)
    JOIN ledger.snapshots s ON s.book = %s AND s.originator_id = asked.reference AND s.fingerprint = %b
"""
_SELECT_ALL = """
    SELECT originator_id, version, state, checksum FROM ledger.snapshots
    WHERE book = %s AND fingerprint = %b ORDER BY originator_id
"""
_INSERT = """
    INSERT INTO ledger.snapshots (book, originator_id, version, fingerprint, state, checksum)
    SELECT %s, originator_id, version, %b, state, checksum
    FROM unnest(%b::text[], %b::int8[], %b::bytea[], %b::bytea[]) AS new (originator_id, version, state, checksum)
    ON CONFLICT (book, originator_id) DO UPDATE SET
        version = excluded.version,
        fingerprint = excluded.fingerprint,
        state = excluded.state,
        checksum = excluded.checksum
"""
_SELECT_STREAMS = """
    SELECT originator_id, version, topic, state FROM ledger.events
    WHERE book = %s AND originator_id = ANY(%b::text[]) ORDER BY originator_id, version
"""
_SELECT_SINCE = """
    SELECT e.originator_id, e.version, e.topic, e.state
    FROM unnest(%b::text[], %b::int8[]) AS stood (reference, version)
    JOIN ledger.events e ON e.book = %s AND e.originator_id = stood.reference AND e.version >= stood.version
    ORDER BY e.originator_id, e.version
"""
_SELECT_HISTORY = """
    WITH stood AS (
        SELECT originator_id, version, state, checksum FROM ledger.snapshots
        WHERE book = %s AND originator_id = %s AND fingerprint = %b
    )
    SELECT originator_id, version, '' AS topic, state, checksum FROM stood
    UNION ALL
    SELECT originator_id, version, topic, state, NULL FROM ledger.events
    WHERE book = %s AND originator_id = %s AND version >= coalesce((SELECT version FROM stood), 0)
    ORDER BY version, topic
"""

NEVER = Loaded(None, 0)


class SnapshotBroken(Exception):
    """A snapshot isn't as it was written."""


class Snapshot(NamedTuple):
    """An aggregate's bytes as they are kept, and SHA-256 over them and what they are said to be."""

    reference: str
    version: int
    state: bytes
    checksum: bytes

    def loaded(self) -> Loaded:
        """
        Return the aggregate.

        Raises: SnapshotBroken.
        """
        if _checksum(self.reference, self.version, self.state) != self.checksum:
            raise SnapshotBroken
        try:
            return Loaded(_decoder(kind_of(self.reference)).decode(self.state), self.version)
        except (KeyError, msgspec.MsgspecError) as error:
            raise SnapshotBroken from error


class History(NamedTuple):
    """What an aggregate is folded from: how it stood at its snapshot, if there is one, and the events after that."""

    stood: Loaded
    events: list[StoredEvent]


def snapshot_of(reference: str, loaded: Loaded) -> Snapshot:
    """Return an aggregate's bytes."""
    state = _ENCODER.encode(loaded.aggregate)
    return Snapshot(reference, loaded.version, state, _checksum(reference, loaded.version, state))


@cache
def fingerprint() -> bytes:
    """
    Return SHA-256 over the domain's sources: an aggregate's fields and its fold stand in there, with all they use.

    Raises: FileNotFoundError where there are no sources to read.
    """
    folder = Path(domain.__path__[0])
    sources = sorted(folder.rglob("*.py"))
    if not sources:
        raise FileNotFoundError(folder)
    hashes = [sha256(part).digest() for file in sources for part in (_name(file, folder), file.read_bytes())]
    return sha256(b"".join(hashes)).digest()


def select_snapshots(connection: Connection, book: str, references: Sequence[str]) -> Cursor:
    """Ask for the snapshots of some aggregates that were made by this code."""
    return connection.execute(_SELECT, (list(references), book, fingerprint()), binary=True)


def standing(rows: Iterable[tuple[Any, ...]]) -> dict[str, Loaded]:
    """Return the aggregates of selected snapshots, but for those whose bytes aren't as they were written."""
    stood: dict[str, Loaded] = {}
    for snapshot in map(Snapshot._make, rows):
        try:
            stood[snapshot.reference] = snapshot.loaded()
        except SnapshotBroken:
            _log.warning("snapshot broken", reference=snapshot.reference, version=snapshot.version)
    return stood


def read_histories(
    connection: Connection, book: str, references: Sequence[str], *, stood: Mapping[str, Loaded]
) -> dict[str, History]:
    """Return the histories of some aggregates, of which some have snapshots; ask the database in any case."""
    since = _read_since(connection, book, stood) if stood else {}
    whole: dict[str, History] = {reference: History(NEVER, []) for reference in references if reference not in since}
    if whole or not since:
        for row in connection.execute(_SELECT_STREAMS, (book, list(whole)), binary=True):
            whole[row[0]].events.append(StoredEvent(*row))
    return whole | since


def read_history(connection: Connection, book: str, reference: str) -> History:
    """Return the history of an aggregate."""
    asked = (book, reference, fingerprint(), book, reference)
    rows = connection.execute(_SELECT_HISTORY, asked, binary=True).fetchall()
    events = [StoredEvent(*row[:4]) for row in rows if not row[4]]
    kept = [(reference, version, state, checksum) for _, version, _, state, checksum in rows if checksum]
    if not kept:
        return History(NEVER, events)
    history = _following(standing(kept).get(reference, NEVER), events)
    return history or read_histories(connection, book, [reference], stood={})[reference]


def _read_since(connection: Connection, book: str, stood: Mapping[str, Loaded]) -> dict[str, History]:
    events: dict[str, list[StoredEvent]] = {reference: [] for reference in stood}
    versions = [loaded.version for loaded in stood.values()]
    for row in connection.execute(_SELECT_SINCE, (list(stood), versions, book), binary=True):
        events[row[0]].append(StoredEvent(*row))
    histories = {reference: _following(loaded, events[reference]) for reference, loaded in stood.items()}
    return {reference: history for reference, history in histories.items() if history}


def _following(stood: Loaded, events: list[StoredEvent]) -> History | None:
    """Return what a snapshot and the events from its own on are together; nothing where the log hasn't got its own."""
    found = bool(events) and events[0].originator_version == stood.version
    return History(stood, events[1:]) if found else None


def read_snapshots(connection: Connection, book: str) -> dict[str, Snapshot]:
    """Return all snapshots that this code may use, by reference."""
    rows = connection.execute(_SELECT_ALL, (book, fingerprint()), binary=True)
    return {row[0]: Snapshot(*row) for row in rows}


def keep_snapshots(connection: Connection, book: str, stood: Mapping[str, Loaded]) -> None:
    """Keep aggregates as they stand, each in place of its snapshot before."""
    rows = [snapshot_of(reference, loaded) for reference, loaded in stood.items()]
    connection.execute(_INSERT, (book, fingerprint(), *map(list, zip(*rows, strict=True))))


def _checksum(reference: str, version: int, state: bytes) -> bytes:
    return sha256(b"%b\n%d\n%b" % (reference.encode(), version, state)).digest()


@cache
def _decoder(kind: str) -> msgspec.json.Decoder[Aggregate]:
    return msgspec.json.Decoder(get_type_hints(AGGREGATES[kind])["return"])


def _name(file: Path, folder: Path) -> bytes:
    return file.relative_to(folder).as_posix().encode()


_ENCODER = msgspec.json.Encoder()

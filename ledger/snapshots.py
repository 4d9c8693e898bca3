"""
A snapshot is an aggregate as it stood after one of its events, so that a long history needn't be read from its first.

Snapshots are no part of the record: without them everything is decided alike, only later. One is used where the code
that made it is the code that would fold the events today, where its bytes are as they were written, and where its
event stands in the log; any other is as good as none, and is made anew when its history has been read.
"""

from collections.abc import Mapping, Sequence
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

EVENTS_APART = 100
"""A snapshot is made at every so many events of an aggregate, and wherever so many had to be read."""

_log = structlog.get_logger(__name__)

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
_SELECT_HISTORIES = """
    WITH asked AS (
        SELECT asked.reference, s.version, s.state, s.checksum
        FROM unnest(%b::text[]) AS asked (reference)
        LEFT JOIN LATERAL (
            SELECT version, state, checksum FROM ledger.snapshots
            WHERE book = %s AND originator_id = asked.reference AND fingerprint = %b OFFSET 0
        ) AS s ON true
    )
    SELECT reference, version, '' AS topic, state, checksum FROM asked WHERE version IS NOT NULL
    UNION ALL
    SELECT asked.reference, e.version, e.topic, e.state, NULL
    FROM asked CROSS JOIN LATERAL (
        SELECT version, topic, state FROM ledger.events
        WHERE book = %s AND originator_id = asked.reference AND version >= coalesce(asked.version, 0) OFFSET 0
    ) AS e
    ORDER BY 1, 2, 3
"""
# LATERAL with OFFSET 0: each is looked up by its key. A join that was planned while the log was short reads all of it,
# and goes on to until the table is analyzed.
_NOBODY = b""
"""The fingerprint of no code: no snapshot has it."""

NEVER = Loaded(None, 0)


class SnapshotBroken(Exception):
    """A snapshot isn't as it was written, or its event isn't in the log."""


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


def read_history(connection: Connection, book: str, reference: str) -> History:
    """Return the history of an aggregate."""
    return read_histories(connection, book, [reference])[reference]


def read_histories(connection: Connection, book: str, references: Sequence[str]) -> dict[str, History]:
    """Return the histories of some aggregates, from their snapshots where that may be; ask the database in any case."""
    histories, doubtful = _select(connection, book, references, fingerprint())
    if doubtful:
        histories |= _select(connection, book, doubtful, _NOBODY)[0]
    return histories


def _select(
    connection: Connection, book: str, references: Sequence[str], made_by: bytes
) -> tuple[dict[str, History], list[str]]:
    """Return histories by reference, and whose snapshot there isn't to be believed."""
    snapshots: dict[str, Snapshot] = {}
    events: dict[str, list[StoredEvent]] = {reference: [] for reference in references}
    asked = (list(references), book, made_by, book)
    for reference, version, topic, state, checksum in connection.execute(_SELECT_HISTORIES, asked, binary=True):
        if topic:
            events[reference].append(StoredEvent(reference, version, topic, state))
        else:
            snapshots[reference] = Snapshot(reference, version, state, checksum)
    histories = {reference: History(NEVER, events[reference]) for reference in references if reference not in snapshots}
    doubtful = []
    for reference, snapshot in snapshots.items():
        try:
            histories[reference] = _following(snapshot, events[reference])
        except SnapshotBroken:
            _log.warning("snapshot broken", reference=reference, version=snapshot.version)
            doubtful.append(reference)
    return histories, doubtful


def _following(snapshot: Snapshot, events: Sequence[StoredEvent]) -> History:
    """
    Return what a snapshot and the events from its own on are together.

    Raises: SnapshotBroken where the log hasn't got its own.
    """
    if not events or events[0].originator_version != snapshot.version:
        raise SnapshotBroken
    return History(snapshot.loaded(), list(events[1:]))


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

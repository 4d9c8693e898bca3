r"""
A backup is all that a database's books can't be made again from, as files that are read without the ledger.

    DIR/manifest.json      what there is: the release's last migration, books with size and root, files with SHA-256
    DIR/events.csv.gz      a table: CSV as PostgreSQL writes it, names of columns first, times in UTC, bytes as \x..

It is of one instant, and of a log that is sound: every leaf is hashed anew before a backup counts as made.
"""

import hashlib
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import ClassVar, Literal, LiteralString, NamedTuple

import msgspec
import psycopg
from eventsourcing.persistence import StoredEvent
from psycopg import sql

from domain.book import Book
from domain.errors import Forbidden, LogCorrupt, Malformed, Refused
from domain.references import book_id
from ledger.application import replayed
from ledger.pool import Connection
from ledger.snapshots import NEVER, History
from ledger.transparency import LeafTooLong, leaf_bytes, leaf_hash

MANIFEST = "manifest.json"

TABLES = {
    "events": "book, position",
    "outcomes": "book, command_id, principal",
    "forbidden": "book, number",
    "reads": "book, number",
    "evidence": "book, sha256",
    "confidential": "book, commitment",
    "tree_hashes": "book, level, number",
    "proof_register": "book, origin, number",
    "checkpoints": "book, origin, size, key",
    "cosignatures": "book, origin, size, witness",
    "time_tokens": "book, origin, size, authority",
    "witness_problems": "book, origin, witness, noted_at",
}
"""What is backed up, with the key that its rows are sorted by."""

LEFT_OUT = {
    "log_head": "is taken again from the events",
    "snapshots": "are taken again from the events",
    "previews": "are no part of the record",
    "book_readers": "are rights in one database, granted anew in another",
    "ddl_history": "is what was done to one database",
    "webhooks": "are told of one database: one that is brought back must not speak to anybody unasked",
    "webhook_deliveries": "are what one database said",
    "webhook_dead_letters": "are what one database couldn't say; the events stand in the log",
}
"""What isn't, and why: every table of the schema stands here or above."""

_LEAVES = "SELECT position, originator_id, version, topic, state, leaf_hash FROM {} WHERE book = %s ORDER BY position"
_EVENTS_OF = """
    SELECT originator_id, version, topic, state FROM {}
    WHERE book = %s AND originator_id = %s AND position <= %s ORDER BY version
"""
_LEAVES_A_TIME = 5_000
_SETTINGS = {
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "row_security": "off",
    "datestyle": "ISO",
    "timezone": "UTC",
    "bytea_output": "hex",
}


@dataclass(eq=False, kw_only=True)
class BackupMalformed(Malformed):
    """The folder holds no backup, or one whose manifest can't be read."""

    code: ClassVar[str] = "backup.malformed"
    folder: str
    problem: str


@dataclass(eq=False, kw_only=True)
class BackupDamaged(Malformed):
    """A file of a backup isn't as it was written, or isn't what the manifest says: use another backup."""

    code: ClassVar[str] = "backup.damaged"
    file: str
    problem: str


@dataclass(eq=False, kw_only=True)
class BackupOfOtherRelease(Refused):
    """What is to be backed up, or brought back, has other tables than this release."""

    code: ClassVar[str] = "backup.of_other_release"
    hint: ClassVar[str] = "use the release with the last migration that was found; a newer one then migrates"
    found: str
    migration: str


@dataclass(eq=False, kw_only=True)
class BackupForbidden(Forbidden):
    """The login may not read or write all of the record."""

    code: ClassVar[str] = "backup.forbidden"
    hint: ClassVar[str] = "let LEDGER_DATABASE_URL name the login that migrates"
    problem: str


class BackedUpTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of a backup. sha256: of the file as it stands there, in hexadecimal."""

    table: str
    file: str
    rows: int
    sha256: str


class BackedUpBook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A book as a backup has it. root: hexadecimal, over all `size` events; recorded_at: when the last of them was.

    origin: under which its log is signed. A book that never opened has neither identity nor origin.
    """

    book: str
    identity: str
    origin: str
    size: int
    root: str
    recorded_at: datetime


class Backup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a backup holds. migration: the last one that its database had, as 0011."""

    format: Literal["trade-ledger-backup/1"] = "trade-ledger-backup/1"
    migration: str
    made_at: datetime
    books: tuple[BackedUpBook, ...]
    tables: tuple[BackedUpTable, ...]


class Leaf(NamedTuple):
    """An event where it stands: its bytes, and the hash that was found to be of them."""

    position: int
    state: bytes
    leaf_hash: bytes


def read_backup(folder: Path) -> Backup:
    """
    Return what a backup says that it holds.

    Raises: BackupMalformed.
    """
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Backup)
    except (OSError, msgspec.MsgspecError) as error:
        raise BackupMalformed(folder=str(folder), problem=f"{MANIFEST}: {error}") from None


def check_files(backup: Backup, folder: Path) -> None:
    """
    Check that all files of a backup are there, each as it was written.

    Raises: BackupDamaged, naming the first that isn't.
    """
    if {table.table: table.file for table in backup.tables} != {table: file_of(table) for table in TABLES}:
        raise BackupDamaged(file=MANIFEST, problem="names other tables than a backup has")
    for table in backup.tables:
        try:
            sha256 = sha256_of(folder / table.file)
        except OSError as error:
            raise BackupDamaged(file=table.file, problem=error.strerror or str(error)) from None
        if sha256 != table.sha256:
            raise BackupDamaged(file=table.file, problem=f"its SHA-256 is {sha256} and was {table.sha256}")


def file_of(table: str) -> str:
    """Return what the file of a table is called."""
    return f"{table}.csv.gz"


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal: of a manifest, it stands for the whole backup."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_release(found: str) -> None:
    """
    Check that the last migration of a database or backup, as 0011, is this release's.

    Raises: BackupOfOtherRelease.
    """
    names = (file.name for file in files("migrations").iterdir() if file.name.endswith(".sql"))
    migration = max(names).partition("_")[0]
    if found != migration:
        raise BackupOfOtherRelease(found=found, migration=migration)


@contextmanager
def whole_record(connection: Connection, mode: LiteralString) -> Iterator[None]:
    """
    Open a transaction that takes as long as it takes, sees every row or fails, and writes values as no setting tells.

    Raises: BackupForbidden.
    """
    try:
        with connection.transaction():
            connection.execute(f"SET TRANSACTION {mode}")
            for setting, value in _SETTINGS.items():
                connection.execute("SELECT set_config(%s, %s, true)", (setting, value))
            yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise BackupForbidden(problem=error.diag.message_primary or str(error)) from None


def find_book(connection: Connection, name: str, events: sql.Identifier, *, up_to: int) -> Book | None:
    """Return the conventions of a book as its own events tell them up to a position; events: the table they are in."""
    rows = connection.execute(sql.SQL(_EVENTS_OF).format(events), (name, book_id(name), up_to)).fetchall()
    book = replayed(History(NEVER, [StoredEvent(*row) for row in rows]), name).aggregate
    return book if isinstance(book, Book) else None


def checked_leaves(connection: Connection, book: str, events: sql.Identifier) -> Iterator[Leaf]:
    """
    Yield the events of a book in order, each after its leaf was hashed anew. events: the table that they are in.

    Raises: LogCorrupt where a position is missing or an event isn't what its leaf hash was taken of.
    """
    with connection.cursor(name="leaves", binary=True) as cursor:
        cursor.itersize = _LEAVES_A_TIME
        for expected, row in enumerate(cursor.execute(sql.SQL(_LEAVES).format(events), (book,)), 1):
            position, originator_id, version, topic, state, kept = row
            if position != expected:
                raise LogCorrupt(book=book, position=expected, what=f"missing; the next event is at {position}")
            try:
                computed = leaf_hash(leaf_bytes(position, originator_id, version, topic, state))
            except (LeafTooLong, struct.error) as error:
                raise LogCorrupt(book=book, position=position, what=str(error)) from None
            if computed != kept:
                raise LogCorrupt(book=book, position=position, what="the event isn't what its leaf hash was taken of")
            yield Leaf(position, state, computed)

"""Backing up reads every book of a database, at one instant, into the files of a backup."""

import gzip
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import msgspec
from psycopg import sql

from domain.errors import LogCorrupt
from ledger.backup import (
    MANIFEST,
    TABLES,
    BackedUpBook,
    BackedUpTable,
    Backup,
    check_release,
    checked_leaves,
    file_of,
    find_book,
    sha256_of,
    whole_record,
)
from ledger.pool import Connection
from ledger.transparency import Frontier

_COPY = "COPY (SELECT * FROM {} t {} ORDER BY {}) TO STDOUT (FORMAT csv, HEADER, ENCODING 'UTF8')"
_NOT_ERASED = """
    WHERE NOT EXISTS (
        SELECT FROM ledger.events e
        WHERE e.book = t.book AND e.originator_id = 'party:' || t.owner AND e.topic = 'party.erased'
    )
"""
"""What the log says is erased may stand there until the next sweep; in a backup it would stand for years."""

_HEADS = "SELECT book, size, frontier, last_recorded_at FROM ledger.log_head ORDER BY book"
_EVENTS = sql.Identifier("ledger", "events")
_TOLD_AT = 5_000
_BUFFER_BYTES = 1 << 20


class Progress:
    """How many events are checked and rows written, of how many in all."""

    def __init__(self, of: int, tell: Callable[[int, int], None]) -> None:
        self._done = 0
        self._of = of
        self._tell = tell

    def count(self) -> None:
        """Count one more."""
        self._done += 1
        if self._done % _TOLD_AT == 0:
            self._tell(min(self._done, self._of), self._of)


def back_up(
    connection: Connection,
    folder: Path,
    *,
    made_at: datetime,
    tell: Callable[[int, int], None] = lambda _done, _of: None,
) -> Backup:
    """
    Write a backup into a folder that is there and empty, for nobody else to read, and return its manifest.

    The connection is of the login that migrates, autocommitting. `tell` is told what is done, and of how much. Nothing
    but a folder with a manifest is a backup.

    Raises: BackupForbidden, BackupOfOtherRelease; LogCorrupt where an event isn't as it was recorded.
    """
    folder.chmod(0o700)
    with whole_record(connection, "ISOLATION LEVEL REPEATABLE READ, READ ONLY"):
        migration = _last_migration(connection)
        check_release(migration)
        progress = Progress(_count(connection), tell)
        backup = Backup(
            migration=migration,
            made_at=made_at,
            books=tuple(_book(connection, *head, progress=progress) for head in connection.execute(_HEADS).fetchall()),
            tables=tuple(_table(connection, table, folder, progress) for table in TABLES),
        )
    with _new_file(folder / MANIFEST) as manifest:
        manifest.write(msgspec.json.format(msgspec.json.encode(backup)) + b"\n")
    return backup


def _last_migration(connection: Connection) -> str:
    row = connection.execute("SELECT max(version) FROM public.ledger_migrations").fetchone()
    return str(row[0]) if row else ""


def _count(connection: Connection) -> int:
    counts = sql.SQL(" + ").join(
        sql.SQL("(SELECT count(*) FROM {})").format(sql.Identifier("ledger", table)) for table in (*TABLES, "events")
    )
    row = connection.execute(sql.SQL("SELECT {}").format(counts)).fetchone()
    return int(row[0]) if row else 0


def _book(
    connection: Connection, name: str, size: int, kept: bytes, recorded_at: datetime, *, progress: Progress
) -> BackedUpBook:
    frontier = Frontier()
    for leaf in checked_leaves(connection, name, _EVENTS):
        frontier.append(leaf.leaf_hash)
        progress.count()
    if (frontier.size, frontier.stored()) != (size, kept):
        raise LogCorrupt(book=name, position=0, what="the head isn't that of the events")
    book = find_book(connection, name, _EVENTS, up_to=size)
    return BackedUpBook(
        book=name,
        identity=book.identity if book else "",
        origin=book.log_origin if book else "",
        size=size,
        root=frontier.root().hex(),
        recorded_at=recorded_at,
    )


def _table(connection: Connection, table: str, folder: Path, progress: Progress) -> BackedUpTable:
    which = _NOT_ERASED if table == "confidential" else ""
    query = sql.SQL(_COPY).format(sql.Identifier("ledger", table), sql.SQL(which), sql.SQL(TABLES[table]))
    path = folder / file_of(table)
    with (
        _new_file(path) as file,
        gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=1, mtime=0) as zipped,
        io.BufferedWriter(zipped, _BUFFER_BYTES) as buffered,
        connection.cursor() as cursor,
    ):
        with cursor.copy(query) as copy:
            for row in copy:
                buffered.write(row)
                progress.count()
        rows = cursor.rowcount
    return BackedUpTable(table=table, file=path.name, rows=rows, sha256=sha256_of(path))


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """Yield a file that nobody else may read; it is on the disk when this ends."""
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())

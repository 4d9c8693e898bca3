"""
Restoring brings a backup's books into an empty database, whole or as they were at a point in time.

Everything is staged in temporary tables, checked and cut there; what is kept is then added to the record in the same
transaction, so that nothing append-only is ever removed and nothing is half restored.
"""

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

import msgspec
import psycopg
from psycopg import sql

from domain.errors import LogCorrupt, Refused
from ledger.backup import (
    TABLES,
    BackedUpBook,
    BackedUpTable,
    Backup,
    BackupDamaged,
    check_files,
    check_release,
    checked_leaves,
    file_of,
    find_book,
    read_backup,
    whole_record,
)
from ledger.point_in_time import (
    WHOLE,
    BookNotInBackup,
    Cut,
    PointInTime,
    PositionNotInBackup,
    PositionWithinCommand,
    cut_of,
)
from ledger.pool import Connection
from ledger.transparency import Frontier

_KEPT = {
    "events": "t.position <= cut.size",
    "outcomes": """
        CASE WHEN t.refusal IS NULL THEN t.last_position <= cut.size ELSE t.recorded_at <= cut.until END
    """,
    "forbidden": "t.recorded_at <= cut.until",
    "reads": "t.read_at <= cut.until",
    "evidence": """
        t.kept_at <= cut.until OR EXISTS (
            SELECT FROM pg_temp.submissions s
            WHERE s.book = t.book AND s.sha256 = t.sha256 AND s.position <= cut.size
        )
    """,
    "confidential": """
        t.kept_at <= cut.until OR EXISTS (
            SELECT FROM pg_temp.staged_outcomes o
            WHERE o.book = t.book AND o.command_id = t.command_id AND o.principal = t.principal
                AND o.last_position <= cut.size
        )
    """,
    "tree_hashes": "(t.number + 1) * power(256::numeric, t.level) <= cut.size",
    "proof_register": """
        NOT EXISTS (
            SELECT FROM (
                SELECT book, size FROM pg_temp.staged_checkpoints UNION ALL
                SELECT book, size FROM pg_temp.staged_cosignatures UNION ALL
                SELECT book, size FROM pg_temp.staged_time_tokens
            ) AS later WHERE later.book = t.book AND later.size > cut.size
        )
    """,
    "checkpoints": "t.size <= cut.size",
    "cosignatures": "t.size <= cut.size",
    "time_tokens": "t.size <= cut.size",
    "witness_problems": "t.noted_at <= cut.until",
}
"""By table: which rows of a book belong to it as it was. Clocks of several processes may differ, so that what an event
refers to is kept whenever it came. A register of which a row is cut is written anew, as the rows come that are left."""

_SUBMISSIONS = """
    CREATE TEMPORARY TABLE submissions ON COMMIT DROP AS
    SELECT book, position, convert_from(state, 'UTF8')::json #>> '{event,sha256}' AS sha256
    FROM pg_temp.staged_events WHERE topic = 'dispute.evidence_submitted';
    CREATE INDEX ON pg_temp.submissions (book, sha256)
"""
_CUTS = """
    CREATE TEMPORARY TABLE cuts (
        book text PRIMARY KEY, size bigint, frontier bytea, recorded_at timestamptz, until timestamptz
    ) ON COMMIT DROP
"""
_INSERT_HEADS = """
    INSERT INTO ledger.log_head (book, size, frontier, last_recorded_at)
    SELECT book, size, frontier, recorded_at FROM pg_temp.cuts WHERE size > 0
"""
_SPLIT_COMMAND = """
    SELECT first_position, last_position FROM pg_temp.staged_outcomes
    WHERE book = %s AND first_position <= %s AND last_position > %s
"""
_SIGNED_SIZE = "SELECT coalesce(max(size), 0) FROM pg_temp.staged_checkpoints WHERE book = %s AND origin = %s"
_FORGOTTEN_SINCE = """
    SELECT substr(originator_id, length('party:') + 1) FROM pg_temp.staged_events
    WHERE book = %s AND topic = 'party.erased' AND position > %s ORDER BY position
"""
_NUMBERED = """
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = 'ledger' AND is_identity = 'YES' AND table_name = ANY(%b::text[])
"""
_CHUNK_BYTES = 1 << 20


@dataclass(eq=False, kw_only=True)
class DatabaseNotEmpty(Refused):
    """Something is recorded in the database already."""

    code: ClassVar[str] = "backup.database_not_empty"
    hint: ClassVar[str] = (
        "restore into a database of its own: an empty LEDGER_HOME, or LEDGER_DATABASE_URL of a new one"
    )
    table: str


class RestoredBook(msgspec.Struct, frozen=True, kw_only=True):
    """
    A book as it was restored. root: hexadecimal; lost: how many events of the backup came later.

    signed_size: of the largest checkpoint that the backup has under the log's origin; where it is more than `size`, the
    log must be reopened before it is signed. forgotten_since: parties that were forgotten later, whose values are gone
    although this log doesn't say so.
    """

    book: str
    origin: str
    size: int
    root: str
    lost: int
    signed_size: int
    forgotten_since: tuple[str, ...]


def open_backup(folder: Path, point: PointInTime) -> Backup:
    """
    Return a backup that can be restored up to a point in time, as far as can be told without a database.

    Raises, in this order: BackupMalformed, BackupOfOtherRelease, BookNotInBackup, PositionNotInBackup, BackupDamaged.
    """
    backup = read_backup(folder)
    check_release(backup.migration)
    if point.position is not None:
        book = next((book for book in backup.books if book.book == point.book), None)
        if book is None:
            raise BookNotInBackup(book=point.book)
        if not 1 <= point.position <= book.size:
            raise PositionNotInBackup(book=point.book, position=point.position, size=book.size)
    check_files(backup, folder)
    return backup


def restore(
    connection: Connection,
    backup: Backup,
    folder: Path,
    *,
    point: PointInTime = WHOLE,
    tell: Callable[[int, int], None] = lambda _done, _of: None,
) -> tuple[RestoredBook, ...]:
    """
    Bring a backup into a migrated database in which nothing is recorded, and return its books as they are now.

    Everything comes in one transaction, or nothing. The connection is of the login that migrates, autocommitting.
    `tell` is told how many events are checked, and of how many.

    Raises, in this order: BackupForbidden, DatabaseNotEmpty, BackupDamaged, PositionWithinCommand.
    """
    with whole_record(connection, "ISOLATION LEVEL READ COMMITTED, READ WRITE"):
        connection.execute("LOCK TABLE ledger.log_head IN EXCLUSIVE MODE")
        _check_empty(connection)
        for table in backup.tables:
            _stage(connection, table, folder)
        _check_whole_commands(connection, point)
        connection.execute(_SUBMISSIONS)
        cuts = _cuts(connection, backup, point, tell)
        _keep_cuts(connection, cuts)
        for name in TABLES:
            _load(connection, name)
        connection.execute(_INSERT_HEADS)
        _go_on_numbering(connection)
        restored = tuple(_restored(connection, book, cut) for book, cut in zip(backup.books, cuts, strict=True))
    for name in TABLES:
        connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier("ledger", name)))
    return restored


def _check_empty(connection: Connection) -> None:
    for table in ("log_head", *TABLES):
        if connection.execute(sql.SQL("SELECT FROM {} LIMIT 1").format(sql.Identifier("ledger", table))).rowcount:
            raise DatabaseNotEmpty(table=table)


def _stage(connection: Connection, table: BackedUpTable, folder: Path) -> None:
    staged = {
        "staged": _staged(table.table),
        "recorded": sql.Identifier("ledger", table.table),
        "key": sql.SQL(TABLES[table.table]),
    }
    connection.execute(sql.SQL("CREATE TEMPORARY TABLE {staged} (LIKE {recorded}) ON COMMIT DROP").format(**staged))
    copy = sql.SQL("COPY {staged} FROM STDIN (FORMAT csv, HEADER match, ENCODING 'UTF8')").format(**staged)
    with _blamed_on(table.file), connection.cursor() as cursor:
        with cursor.copy(copy) as copying, gzip.open(folder / table.file) as rows:
            while chunk := rows.read(_CHUNK_BYTES):
                copying.write(chunk)
        if cursor.rowcount != table.rows:
            raise BackupDamaged(file=table.file, problem=f"has {cursor.rowcount} rows, had {table.rows}")
        connection.execute(sql.SQL("ALTER TABLE {staged} ADD PRIMARY KEY ({key})").format(**staged))
        connection.execute(sql.SQL("ANALYZE {staged}").format(**staged))


def _staged(table: str) -> sql.Identifier:
    return sql.Identifier("pg_temp", f"staged_{table}")


@contextmanager
def _blamed_on(file: str) -> Iterator[None]:
    """Let whatever can't be read, or can't stand in a table, be the fault of a file."""
    try:
        yield
    except (OSError, EOFError, zlib.error, psycopg.DataError, psycopg.IntegrityError) as error:
        raise BackupDamaged(file=file, problem=" ".join(str(error).split())) from None


def _check_whole_commands(connection: Connection, point: PointInTime) -> None:
    if point.position is None:
        return
    split = connection.execute(_SPLIT_COMMAND, (point.book, point.position, point.position)).fetchone()
    if split:
        raise PositionWithinCommand(
            book=point.book, position=point.position, first_position=split[0], last_position=split[1]
        )


def _cuts(connection: Connection, backup: Backup, point: PointInTime, tell: Callable[[int, int], None]) -> list[Cut]:
    """
    Return every book up to the point in time.

    Raises: BackupDamaged where the events aren't those that the manifest has the root of.
    """
    file = file_of("events")
    size = sum(book.size for book in backup.books)
    staged = sum(table.rows for table in backup.tables if table.file == file)
    if size != staged:
        raise BackupDamaged(file=file, problem=f"has {staged} events, its books have {size}")
    checked, cuts = 0, []
    for book in backup.books:
        try:
            leaves = checked_leaves(connection, book.book, _staged("events"))
            cuts.append(cut_of(book, point, leaves, partial(_tell_more, tell, checked, size)))
        except (LogCorrupt, msgspec.MsgspecError) as error:
            raise BackupDamaged(file=file, problem=str(error)) from None
        checked += book.size
    return cuts


def _tell_more(tell: Callable[[int, int], None], before: int, of: int, done: int) -> None:
    tell(before + done, of)


def _keep_cuts(connection: Connection, cuts: Iterable[Cut]) -> None:
    connection.execute(_CUTS)
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO pg_temp.cuts VALUES (%s, %s, %b, %s, coalesce(%s::timestamptz, 'infinity'))", cuts
        )


def _load(connection: Connection, table: str) -> None:
    insert = "INSERT INTO {recorded} SELECT t.* FROM {staged} t JOIN pg_temp.cuts cut ON cut.book = t.book WHERE {kept}"
    query = sql.SQL(insert).format(
        recorded=sql.Identifier("ledger", table), staged=_staged(table), kept=sql.SQL(_KEPT[table])
    )
    with _blamed_on(file_of(table)):
        connection.execute(query)


def _go_on_numbering(connection: Connection) -> None:
    """Let numbers that PostgreSQL gives go on after the highest of those that came."""
    for table, column in connection.execute(_NUMBERED, (list(TABLES),)).fetchall():
        query = sql.SQL("SELECT setval(pg_get_serial_sequence({name}, {column}), max({number})) FROM {table}").format(
            name=sql.Literal(f"ledger.{table}"),
            column=sql.Literal(column),
            number=sql.Identifier(column),
            table=sql.Identifier("ledger", table),
        )
        connection.execute(query)


def _restored(connection: Connection, book: BackedUpBook, cut: Cut) -> RestoredBook:
    opened = find_book(connection, cut.book, _staged("events"), up_to=cut.size)
    origin = opened.log_origin if opened else ""
    signed = connection.execute(_SIGNED_SIZE, (cut.book, origin)).fetchone()
    forgotten = connection.execute(_FORGOTTEN_SINCE, (cut.book, cut.size))
    return RestoredBook(
        book=cut.book,
        origin=origin,
        size=cut.size,
        root=Frontier(cut.size, cut.frontier).root().hex(),
        lost=book.size - cut.size,
        signed_size=signed[0] if signed else 0,
        forgotten_since=tuple(party for (party,) in forgotten),
    )

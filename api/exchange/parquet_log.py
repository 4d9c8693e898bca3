"""
A Parquet log is a book's log as files that any analytical engine reads: every event with its bytes exactly as stored.

    DIR/_README.md                                                      what the columns are
    DIR/book=main/_export.json                                          what was exported, and its Merkle root
    DIR/book=main/positions-000000000001-000001000000.parquet           a million positions a file, in position order
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from api.exchange.export_folder import export_folder
from domain.errors import LogCorrupt, Malformed
from ledger.pool import Connection
from ledger.transparency import Frontier
from projections.projection import take_time

FILE_EVENTS = 1_000_000
ROW_GROUP_EVENTS = 100_000
PAGE_EVENTS = 10_000
README = "_README.md"
MANIFEST = "_export.json"
"""Both begin with an underscore, so that readers of a folder of Parquet files pass over them."""

SCHEMA = pa.schema(
    [
        pa.field("position", pa.int64(), nullable=False),
        pa.field("originator_id", pa.string(), nullable=False),
        pa.field("version", pa.int64(), nullable=False),
        pa.field("topic", pa.string(), nullable=False),
        pa.field("state", pa.binary(), nullable=False),
        pa.field("leaf_hash", pa.binary(), nullable=False),
    ]
)

_SELECT = """
    SELECT position, originator_id, version, topic, state, leaf_hash FROM ledger.events
    WHERE book = %s AND position > %s AND position <= %s ORDER BY position LIMIT %s
"""


@dataclass(eq=False, kw_only=True)
class ParquetLogUnfit(Malformed):
    """The folder holds no whole export of this book's log."""

    code: ClassVar[str] = "parquet.log_unfit"
    folder: str
    problem: str


class ExportReport(msgspec.Struct, frozen=True, kw_only=True):
    """
    What an export holds: all events from position 1 to `last_position`, and the Merkle root over their leaf hashes.

    size_bytes: of all its Parquet files.
    """

    book: str
    last_position: int
    root: str
    files: int
    size_bytes: int


def export_parquet(
    connection: Connection,
    book: str,
    folder: Path,
    *,
    up_to: int,
    progress: Callable[[int], None] = lambda _position: None,
) -> ExportReport:
    """
    Write a book's log from position 1 up to one that it has come to, as Parquet files in a folder.

    The folder may be absent or empty. The caller's transaction decides which state of the log is read. `progress` is
    told the position reached. The transaction may wait from now on, as long as the files take to be written.

    Raises, in this order: ExportUnwritable, LogCorrupt (a position is missing).
    """
    take_time(connection)
    with export_folder(folder) as made:
        place = _place(made, book)
        place.mkdir()
        report = _write(connection, book, place, up_to=up_to, progress=progress)
        (place / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")
        (made / README).write_bytes(resources.files("api.exchange").joinpath("parquet_log.md").read_bytes())
    return report


def open_parquet(folder: Path, book: str) -> ExportReport:
    """
    Return what an export that is there holds.

    Raises: ParquetLogUnfit, where it is none, of another book, or lacks a file.
    """
    place = _place(folder, book)
    try:
        report = msgspec.json.decode((place / MANIFEST).read_bytes(), type=ExportReport)
    except (OSError, msgspec.MsgspecError) as error:
        raise ParquetLogUnfit(folder=str(folder), problem=f"{place.name}/{MANIFEST}: {error}") from None
    found = {path.name for path in place.glob("*.parquet")}
    if report.book != book or found != {_name(first, last) for first, last in _ranges(report.last_position)}:
        raise ParquetLogUnfit(folder=str(folder), problem=f"{place.name}/{MANIFEST} speaks of other files")
    return report


def parquet_files(folder: Path, book: str) -> str:
    """Return the pattern that names a book's Parquet files."""
    return str(_place(folder, book) / "*.parquet")


def _place(folder: Path, book: str) -> Path:
    return folder / f"book={book}"


def _ranges(last: int) -> list[tuple[int, int]]:
    return [(first, min(first + FILE_EVENTS - 1, last)) for first in range(1, last + 1, FILE_EVENTS)]


def _name(first: int, last: int) -> str:
    return f"positions-{first:012}-{last:012}.parquet"


def _write(
    connection: Connection, book: str, place: Path, *, up_to: int, progress: Callable[[int], None]
) -> ExportReport:
    frontier = Frontier()
    files = [(place / _name(first, last), first, last) for first, last in _ranges(up_to)]
    for path, first, last in files:
        with pq.ParquetWriter(path, SCHEMA, compression="zstd", compression_level=1) as file:
            for rows in _row_groups(connection, book, first=first, last=last):
                file.write_batch(rows, row_group_size=ROW_GROUP_EVENTS)
                for leaf_hash in rows.column("leaf_hash").to_pylist():
                    frontier.append(leaf_hash)
                progress(frontier.size)
    return ExportReport(
        book=book,
        last_position=up_to,
        root=frontier.root().hex(),
        files=len(files),
        size_bytes=sum(path.stat().st_size for path, _, _ in files),
    )


def _row_groups(connection: Connection, book: str, *, first: int, last: int) -> Iterator[pa.RecordBatch]:
    for start in range(first, last + 1, ROW_GROUP_EVENTS):
        end = min(start + ROW_GROUP_EVENTS - 1, last)
        pages = pa.Table.from_batches(_pages(connection, book, first=start, last=end), SCHEMA)
        yield from pages.combine_chunks().to_batches()


def _pages(connection: Connection, book: str, *, first: int, last: int) -> Iterator[pa.RecordBatch]:
    position = first - 1
    while position < last:
        with connection.cursor(binary=True) as cursor:
            rows: list[Any] = cursor.execute(_SELECT, (book, position, last, PAGE_EVENTS)).fetchall()
        columns = list(zip(*rows, strict=True)) or [()]
        missing = next((n for n, found in enumerate(columns[0], position + 1) if n != found), None)
        if missing or not rows:
            raise LogCorrupt(book=book, position=missing or position + 1, what="missing")
        yield pa.RecordBatch.from_arrays(
            [pa.array(values, field.type) for values, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
        )
        position += len(rows)

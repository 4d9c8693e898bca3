"""A log as files, in any of the forms that it is handed over in: published tiles, JSON lines, Parquet."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

import msgspec

from api.exchange.jsonl_log import FILE as JSONL_FILE
from api.offline.claims import Claims
from api.offline.published_rows import check_published, published_rows, published_size
from domain.errors import Malformed
from ledger.replay import Fault, LogBroken, LogRow
from ledger.transparency import Frontier, LeafTooLong, leaf_bytes, leaf_hash

BATCH_ROWS = 10_000

Form = Literal["published", "jsonl", "parquet"]
Progress = Callable[[int], None]


@dataclass(eq=False, kw_only=True)
class LogFilesUnfit(Malformed):
    """The folder holds no log in a form that can be audited."""

    code: ClassVar[str] = "audit.files_unfit"
    folder: str
    problem: str


class LogFiles(NamedTuple):
    """
    What stands in a folder.

    size: of how many events, to judge from outside; rows: the first so many, and prove: hold them against claims, both
    may raise LogBroken.
    """

    form: Form
    size: int
    rows: Callable[[int], Iterator[LogRow]]
    prove: Callable[[Claims, Progress], None]


def open_log_files(folder: Path) -> LogFiles:
    """
    Return the log in a folder.

    Raises: LogFilesUnfit.
    """
    if (folder / "tile" / "entries").is_dir():
        size = published_size(folder)
        return LogFiles("published", size, partial(published_rows, folder), partial(check_published, folder))
    if (folder / "tile").is_dir():
        raise LogFilesUnfit(folder=str(folder), problem="published without entries: hashes alone tell no events")
    if (folder / JSONL_FILE).is_file():
        with (folder / JSONL_FILE).open("rb") as file:
            size = sum(1 for _ in file)
        return _exported("jsonl", size, partial(_jsonl_rows, folder / JSONL_FILE))
    files = sorted(folder.glob("book=*/*.parquet")) or sorted(folder.glob("*.parquet"))
    if len({file.parent for file in files}) == 1:
        return _exported("parquet", _count_rows(files), partial(_parquet_rows, files))
    problem = "more than one book" if files else f"neither tile/entries nor {JSONL_FILE} nor Parquet files"
    raise LogFilesUnfit(folder=str(folder), problem=problem)


def _exported(form: Form, size: int, rows: Callable[[], Iterator[LogRow]]) -> LogFiles:
    def first(count: int) -> Iterator[LogRow]:
        return islice(rows(), count)

    return LogFiles(form, size, first, lambda claims, progress: _prove(first(claims.size), claims, progress))


def _prove(rows: Iterator[LogRow], claims: Claims, progress: Progress) -> None:
    frontier = Frontier()
    for row in rows:
        if row.position != frontier.size + 1:
            what = f"missing; the next event is at {row.position}"
            raise LogBroken(Fault(position=frontier.size + 1, what=what))
        frontier.append(_hash_of(row))
        if claims.next_size == frontier.size:
            claims.check(frontier.size, frontier.root())
        if frontier.size % BATCH_ROWS == 0:
            progress(frontier.size)
    claims.check_ended(frontier.size)


def _hash_of(row: LogRow) -> bytes:
    try:
        computed = leaf_hash(leaf_bytes(*row[:5]))
    except (LeafTooLong, struct.error) as error:
        raise row.broken(what=str(error)) from error
    if computed != row.leaf_hash:
        raise row.broken(what="the event isn't what its leaf hash was taken of")
    return computed


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    position: int
    originator_id: str
    version: int
    topic: str
    state: msgspec.Raw
    leaf_hash: str


def _jsonl_rows(file: Path) -> Iterator[LogRow]:
    decoder = msgspec.json.Decoder(_Line)
    with file.open("rb") as lines:
        for position, line in enumerate(lines, start=1):
            try:
                row = decoder.decode(line)
                yield LogRow(
                    row.position,
                    row.originator_id,
                    row.version,
                    row.topic,
                    bytes(row.state),
                    bytes.fromhex(row.leaf_hash),
                )
            except (ValueError, msgspec.MsgspecError) as error:
                raise LogBroken(Fault(position=position, what=f"line {position} is no event: {error}")) from None


def _parquet_rows(files: list[Path]) -> Iterator[LogRow]:
    import pyarrow as pa  # noqa: PLC0415 - pyarrow takes 0.1 s to load
    import pyarrow.parquet as pq  # noqa: PLC0415

    from api.exchange.parquet_log import SCHEMA  # noqa: PLC0415

    read = 0
    for file in files:
        try:
            opened = pq.ParquetFile(file)
            if opened.schema_arrow != SCHEMA:
                raise LogFilesUnfit(folder=str(file.parent), problem=f"{file.name} has other columns")
            for batch in opened.iter_batches(BATCH_ROWS):
                yield from map(LogRow, *(column.to_pylist() for column in batch.columns))
                read += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            raise LogBroken(Fault(position=read + 1, what=f"{file.name} can't be read: {error}")) from None


def _count_rows(files: list[Path]) -> int:
    import pyarrow as pa  # noqa: PLC0415 - pyarrow takes 0.1 s to load
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        return sum(pq.read_metadata(file).num_rows for file in files)
    except pa.ArrowException as error:
        raise LogFilesUnfit(folder=str(files[0].parent), problem=str(error)) from None

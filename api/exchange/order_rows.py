"""
Order rows are the data rows of a CSV file, gzip or plain, one after the other, however broken.

A row is numbered from 1, the header and blank lines not counted. What can't be read is still a row, with a problem.
"""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, ClassVar, NamedTuple, TextIO

from domain.errors import Malformed

LINE_CHARS_MAX = 2**20
"""A longer line is given up: a file without line ends must not fill memory."""

_BUFFER_BYTES = 2**18
_GZIP = b"\x1f\x8b"


@dataclass(eq=False, kw_only=True)
class OrderFileUnreadable(Malformed):
    """The file is absent, or breaks off; nothing of it was imported."""

    code: ClassVar[str] = "import.file_unreadable"
    path: str
    problem: str


@dataclass(eq=False, kw_only=True)
class ColumnMissing(Malformed):
    """The mapping names a column that the file's header doesn't have."""

    code: ClassVar[str] = "import.column_missing"
    column: str
    header: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class ColumnRepeated(Malformed):
    """The mapping names a column that the file's header has twice."""

    code: ClassVar[str] = "import.column_repeated"
    column: str


@dataclass(eq=False, kw_only=True)
class RowRejected(Exception):
    """A row isn't accepted; `reason` is one of `order_file_report.REASONS`, the mapping's own, or an error's code."""

    reason: str
    detail: str = ""


class Row(NamedTuple):
    """A data row; `problem` says why its cells mean nothing."""

    number: int
    cells: list[str]
    problem: RowRejected | None = None


class OrderRows:
    """
    The rows of one opened file. Iterating may raise OrderFileUnreadable.

    header: the names of the columns; bytes_read and bytes_total: how far the file itself, compressed or not, is read.
    """

    def __init__(self, path: Path, file: BinaryIO, *, encoding: str, delimiter: str) -> None:
        self.bytes_total = path.stat().st_size
        self._path = path
        self._file = file
        self._lines = _Lines(_text(file, encoding))
        self._cells = csv.reader(self._lines, delimiter=delimiter, strict=True)
        self.header = self._read_header()

    @property
    def bytes_read(self) -> int:
        """Return how much of the file on disk is read, read-ahead included."""
        return self._file.tell()

    def __iter__(self) -> Iterator[Row]:
        number = 0
        while True:
            first_line = self._cells.line_num + 1
            self._lines.problem = ""
            problem = ""
            try:
                cells = self._next_row()
            except csv.Error as error:
                cells, problem, self._lines.problem = [], str(error), "csv_unreadable"
            if cells is None:
                return
            number += 1
            yield Row(number, cells, self._problem(cells, problem, first_line))

    def column(self, name: str) -> int:
        """
        Return which cell a column is, from 0.

        Raises, in this order: ColumnMissing, ColumnRepeated.
        """
        if name not in self.header:
            raise ColumnMissing(column=name, header=self.header)
        if self.header.count(name) > 1:
            raise ColumnRepeated(column=name)
        return self.header.index(name)

    def _read_header(self) -> tuple[str, ...]:
        try:
            return tuple(self._next_row() or ())
        except csv.Error as error:
            raise OrderFileUnreadable(path=str(self._path), problem=f"header: {error}") from None

    def _next_row(self) -> list[str] | None:
        try:
            return next((cells for cells in self._cells if cells), None)
        except (OSError, EOFError, zlib.error, UnicodeError) as error:
            raise OrderFileUnreadable(path=str(self._path), problem=str(error)) from None

    def _problem(self, cells: list[str], problem: str, first_line: int) -> RowRejected | None:
        if self._lines.problem:
            where = _lines(first_line, self._cells.line_num)
            return RowRejected(reason=self._lines.problem, detail=f"{where} {problem}".strip())
        if len(cells) != len(self.header):
            return RowRejected(reason="columns_wrong", detail=f"{len(cells)} cells for {len(self.header)} columns")
        return None


@contextmanager
def open_order_rows(path: Path, *, encoding: str, delimiter: str) -> Iterator[OrderRows]:
    """
    Open a file and read its header.

    Raises: OrderFileUnreadable.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise OrderFileUnreadable(path=str(path), problem=str(error)) from None
    with file:
        yield OrderRows(path, file, encoding=encoding, delimiter=delimiter)


class _Lines:
    """The lines of a text; `problem` says what was wrong with one since it was last cleared."""

    def __init__(self, text: TextIO) -> None:
        self.problem = ""
        self._text = text

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(LINE_CHARS_MAX)
        if not line:
            raise StopIteration
        if not line.isascii() and _has_strange_bytes(line):
            self.problem = "bytes_unreadable"
        if len(line) == LINE_CHARS_MAX and not line.endswith("\n"):
            self.problem = "csv_unreadable"
            self._skip_rest()
        return line

    def _skip_rest(self) -> None:
        while (piece := self._text.readline(LINE_CHARS_MAX)) and not piece.endswith("\n"):
            pass


def _text(file: BinaryIO, encoding: str) -> TextIO:
    zipped = file.read(len(_GZIP)) == _GZIP
    file.seek(0)
    content: BinaryIO = io.BufferedReader(gzip.GzipFile(fileobj=file), _BUFFER_BYTES) if zipped else file
    return io.TextIOWrapper(content, _with_mark(encoding), errors="surrogateescape", newline="")


def _with_mark(encoding: str) -> str:
    return "utf-8-sig" if encoding.lower().replace("_", "-") in {"utf-8", "utf8"} else encoding


def _has_strange_bytes(line: str) -> bool:
    try:
        line.encode()
    except UnicodeEncodeError:
        return True
    return False


def _lines(first: int, last: int) -> str:
    return f"line {last}" if last <= first else f"lines {first} to {last}"

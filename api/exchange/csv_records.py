"""
The records of a CSV file that somebody exported: a preamble, a heading, rows and a footer.

How such a file is laid out is part of a mapping. A row that can't be read is still a record, with a problem.
"""

import codecs
import csv
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from api.exchange.mapping import Part, raised

HEADING_WITHIN_LINES = 200
"""A heading that doesn't stand in the first lines is none."""


class Layout(Part, frozen=True, kw_only=True):
    """
    How a file is written.

    skip_lines: lines before the heading; without it the heading is the first line with all columns that the mapping
    names, but the `optional` ones, which a file may leave out. has_heading: false where columns are known by their
    place, `1` the first. pass_over: rows whose first cell that isn't blank begins so say nothing; ends_at: and after
    such a row nothing is read. date_format: as Python's strptime. thousands_mark: is taken out where it stands
    between digits in groups of two or three; take_off: words that stand beside an amount, as a currency's sign;
    debit_words, credit_words: words beside an amount, or in a column of their own, that say its direction.
    """

    name: str
    date_format: str
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    quote: str = '"'
    skip_lines: int | None = None
    has_heading: bool = True
    optional: tuple[str, ...] = ()
    pass_over: tuple[str, ...] = ()
    ends_at: tuple[str, ...] = ()
    decimal_mark: str = "."
    thousands_mark: str = ""
    take_off: tuple[str, ...] = ()
    debit_words: tuple[str, ...] = ("DR", "D", "DEBIT")
    credit_words: tuple[str, ...] = ("CR", "C", "CREDIT")


class Record(NamedTuple):
    """A row: the line that it begins on, its cells, the text that they stand in, and what is wrong with it."""

    line: int
    cells: Sequence[str]
    raw: str
    problem: str = ""


class Table(NamedTuple):
    """A file's columns with the place of each, the rows before the heading, those after it, and what is odd."""

    columns: dict[str, int]
    preamble: Sequence[Record]
    rows: Sequence[Record]
    problem: str = ""


class HeadingMissing(Exception):
    """No line has the columns that the mapping names; `missing` are those that the likeliest line lacks."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(f"no line is a heading with {', '.join(missing)}" if missing else "there is no line in it")


def table_of(content: bytes, layout: Layout, columns: Sequence[str]) -> Table:
    """
    Return the rows of a file, and where the named columns stand in them.

    Raises: HeadingMissing.
    """
    text, problem = _decoded(content, layout.encoding)
    if not layout.has_heading:
        records = list(_records(text, layout, 0))
        rows = [each for each in records if each.line > (layout.skip_lines or 0)]
        places = {name: int(name) - 1 for name in columns}
        return Table(places, (), list(_meant(rows, layout, max(places.values(), default=0) + 1, exact=False)), problem)
    needed = [column for column in columns if column not in layout.optional]
    preamble, missing = list[Record](), list(needed)
    for record in _records(text, layout, 0):
        heading = {_word(cell): place for place, cell in reversed(list(enumerate(record.cells)))}
        lacking = [column for column in needed if _word(column) not in heading]
        is_skipped = record.line <= (layout.skip_lines or 0)
        if not lacking and not is_skipped:
            places = {column: heading[_word(column)] for column in columns if _word(column) in heading}
            first = record.line - 1 + record.raw.count("\n") + 1
            width = len(record.cells)
            rows = list(_meant(_records(text, layout, first, width), layout, width, exact=True))
            return Table(places, preamble, rows, problem)
        if len(lacking) < len(missing):
            missing = lacking
        if record.line > HEADING_WITHIN_LINES or (layout.skip_lines is not None and not is_skipped):
            break
        preamble.append(record)
    raise HeadingMissing(missing)


def day_of(cell: str, layout: Layout) -> date:
    """Return the day that a cell says. Raises: ValueError."""
    return datetime.strptime(cell.strip(), layout.date_format).date()  # noqa: DTZ007 - the bank's day, no moment


def text_of(cell: str) -> str:
    """Return a cell's text in one line, without the `="..."` that keeps a spreadsheet from taking it for a number."""
    said = " ".join(cell.split())
    if said.startswith('="') and said.endswith('"') and len(said) > 2:  # noqa: PLR2004 - the length of ="
        return said[2:-1]
    return said.removeprefix("'") if said[1:].isdigit() else said


def layout_problems(layout: Layout, columns: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield what can't mean anything in a layout: the path of a field, and why."""
    yield from raised("$.encoding", lambda: codecs.lookup(layout.encoding))
    yield from raised("$.date_format", lambda: datetime(2000, 1, 2).strftime(layout.date_format))  # noqa: DTZ001 - a trial
    for field in ("delimiter", "quote", "decimal_mark"):
        if len(getattr(layout, field)) != 1:
            yield f"$.{field}", "needs one character"
    if len(layout.thousands_mark) > 1:
        yield "$.thousands_mark", "needs one character, or none"
    if layout.thousands_mark == layout.decimal_mark:
        yield "$.thousands_mark", "is the decimal mark"
    if layout.skip_lines is not None and layout.skip_lines < 0:
        yield "$.skip_lines", "is below zero"
    if not layout.has_heading:
        for column in columns:
            if not (column.isascii() and column.isdigit() and int(column)):
                yield "$.has_heading", f"{column}: without a heading a column is the number of its place"


def _decoded(content: bytes, encoding: str) -> tuple[str, str]:
    """Return the text of a file, and what is wrong with its bytes."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace"), ""
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        return content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n"), ""
    except UnicodeDecodeError as error:
        said = content.decode("cp1252", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
        return said, f"byte {error.start} isn't in {encoding}: texts are read as Windows-1252"


class _Lines(Iterator[str]):
    """The lines of a text from one on, that can be gone back in."""

    def __init__(self, lines: Sequence[str], at: int) -> None:
        self.lines = lines
        self.at = at

    def __next__(self) -> str:
        if self.at >= len(self.lines):
            raise StopIteration
        self.at += 1
        return f"{self.lines[self.at - 1]}\n"


def _records(text: str, layout: Layout, first: int, width: int = 0) -> Iterator[Record]:
    """Yield the records from a line on, the first 0; where a quote isn't closed, the line alone is a problem."""
    lines = _Lines(text.removesuffix("\n").split("\n") if text else (), first)
    while lines.at < len(lines.lines):
        start = lines.at
        try:
            reader = csv.reader(lines, delimiter=layout.delimiter, quotechar=layout.quote, strict=True)
            cells, problem = next(reader, []), ""
        except csv.Error as error:
            cells, problem = [], f"no row: {error}"
        if width and lines.at > start + 1 and len(cells) != width:
            problem = problem or "no row: a quote isn't closed"
        lines.at = start + 1 if problem else lines.at
        yield Record(start + 1, cells, "\n".join(lines.lines[start : lines.at]), problem)


def _meant(rows: Iterator[Record] | Sequence[Record], layout: Layout, width: int, *, exact: bool) -> Iterator[Record]:
    """Yield the rows that say something, as far as they go; one with too few or too many cells is a problem."""
    for row in rows:
        first = next((text_of(cell) for cell in row.cells if cell.strip()), "")
        if first and layout.ends_at and first.startswith(layout.ends_at):
            return
        if (not first and not row.problem) or (layout.pass_over and first.startswith(layout.pass_over)):
            continue
        beyond = [cell for cell in row.cells[width:] if cell.strip()]
        if not row.problem and (len(row.cells) < width or (exact and beyond)):
            yield row._replace(problem=f"has {len(row.cells)} cells, not {width}")
        else:
            yield row


def _word(said: str) -> str:
    return " ".join(said.split()).casefold()

"""How the command line speaks: tables and bars for people, JSON for programs, problems by code."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from api.composition import BookNotFound, OpenedBook, house
from api.http.problems import problem_of
from api.settings import Settings
from domain.errors import LedgerError, LogCorrupt, Malformed

DONE, REFUSED, WRONG_USAGE, CORRUPT = 0, 1, 2, 3

BookName = Annotated[str, typer.Option("--book", help="The marketplace's book.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]

out = Console(width=None if sys.stdout.isatty() else 160)
err = Console(stderr=True)


@contextmanager
def book_of(name: str, *, founded: bool = False) -> Iterator[OpenedBook]:
    """
    Yield a book of the database that the environment names; with `founded`, one that is open.

    Raises: BookNotFound.
    """
    with house_book(Settings.from_environment(), name, founded=founded) as book:
        if not book.exists:
            raise BookNotFound(book=name)
        yield book


@contextmanager
def house_book(settings: Settings, name: str, *, founded: bool) -> Iterator[OpenedBook]:
    """Yield a book of the database that the settings describe."""
    with house(settings) as opened:
        book = opened.book(name)
        if founded:
            book.found()
        yield book


def exit_code_of(error: LedgerError | LogCorrupt) -> int:
    """Return the exit status that an error stands for."""
    if isinstance(error, LogCorrupt):
        return CORRUPT
    return WRONG_USAGE if isinstance(error, Malformed) else REFUSED


def show_problem(error: LedgerError | LogCorrupt, *, as_json: bool) -> None:
    """Say what went wrong: on standard error, or as JSON where a program reads."""
    if as_json and isinstance(error, LedgerError):
        print_json(problem_of(error))
    else:
        err.print(str(error), style="red", highlight=False, soft_wrap=True, markup=False)


def print_json(value: Any) -> None:
    """Print a value as indented JSON."""
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")
    sys.stdout.flush()


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, note: str = "") -> None:
    """Print rows under headings; headings that end in `minor` or begin with `#` are numbers, set to the right."""
    table = Table(title=title, title_justify="left", caption=note, caption_justify="left")
    for column in columns:
        number = column.startswith("#") or column in {"debit", "credit", "balance"}
        table.add_column(column.removeprefix("#"), justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    out.print(table)


@contextmanager
def progress_bar(*, shown: bool = True) -> Iterator[Progress]:
    """Yield a bar with rate and time left, on standard error so that output can be piped; none where nobody looks."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, disable=not (shown and err.is_terminal)) as progress:
        yield progress


class _Rate(ProgressColumn):
    """Units a second."""

    def render(self, task: Task) -> Text:
        """Return the rate as text, empty before there is one."""
        return Text(f"{task.speed:,.0f}/s" if task.speed else "", style="cyan")

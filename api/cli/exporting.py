"""Verbs that write a book out as files: its log for other engines, its journal for other accounting programs."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from api.cli.terminal import AsJson, BookName, book_of, print_json, print_table, progress_bar
from api.exchange.beancount import Beancount
from api.exchange.hledger import Hledger
from api.exchange.jsonl_log import export_jsonl
from api.exchange.plain_text_journal import PlainText, export_journal
from projections.moment import moment_of
from projections.projection import POSITION_MAX, take_time

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is absent or empty.")]
AtPosition = Annotated[
    int | None, typer.Option("--at-position", min=0, max=POSITION_MAX, help="As of this position; else of the last.")
]


def parquet(folder: Folder, at_position: AtPosition = None, book: BookName = "main", as_json: AsJson = False) -> None:
    """Write the log as partitioned Parquet files, which the second engine reads."""
    from api.exchange.parquet_log import export_parquet  # noqa: PLC0415 - pyarrow takes 0.1 s to load

    _export(export_parquet, folder, book, at_position, of_projections=False, as_json=as_json)


def jsonl(folder: Folder, at_position: AtPosition = None, book: BookName = "main", as_json: AsJson = False) -> None:
    """Write the log as JSON lines, every event's bytes as they were hashed."""
    _export(export_jsonl, folder, book, at_position, of_projections=False, as_json=as_json)


def beancount(folder: Folder, at_position: AtPosition = None, book: BookName = "main", as_json: AsJson = False) -> None:
    """Write the journal and its balances for beancount: `bean-check DIR/main.beancount`."""
    _export_journal(Beancount(), folder, book, at_position, as_json=as_json)


def hledger(folder: Folder, at_position: AtPosition = None, book: BookName = "main", as_json: AsJson = False) -> None:
    """Write the journal and its balances for hledger: `hledger -f DIR/main.journal check --strict`."""
    _export_journal(Hledger(), folder, book, at_position, as_json=as_json)


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line, below `export`."""
    room = typer.Typer(help="A book as files: the log for other engines, the journal for other accounting programs.")
    for export in (parquet, beancount, hledger, jsonl):
        room.command()(export)
    app.add_typer(room, name="export", no_args_is_help=True)


def _export_journal(form: PlainText, folder: Path, book: str, at_position: int | None, *, as_json: bool) -> None:
    _export(partial(export_journal, form=form), folder, book, at_position, of_projections=True, as_json=as_json)


def _export(
    export: Callable[..., msgspec.Struct],
    folder: Path,
    book: str,
    at_position: int | None,
    *,
    of_projections: bool,
    as_json: bool,
) -> None:
    with book_of(book) as opened, progress_bar(shown=not as_json) as bar:
        with opened.pool.connection() as connection:
            up_to = moment_of(connection, book, at_position=at_position).position
        if of_projections:
            opened.runner.catch_up()
        task = bar.add_task(f"export to {folder}", total=up_to)
        with opened.pool.connection() as connection:
            take_time(connection)
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            report = export(
                connection, book, folder, up_to=up_to, progress=lambda reached: bar.update(task, completed=reached)
            )
    if as_json:
        print_json(report)
        return
    print_table(f"Book {book}", ["", "#"], map(_row, msgspec.structs.asdict(report).items()))


def _row(figure: tuple[str, object]) -> tuple[str, str]:
    name, value = figure
    value = len(value) if isinstance(value, tuple) else value
    return name.replace("_", " "), f"{value:,}" if isinstance(value, int) else str(value)

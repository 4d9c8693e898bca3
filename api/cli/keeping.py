"""Verbs that keep a ledger: bring it to this release, import into it, rebuild what is derived, verify it all."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from api.cli.terminal import (
    CORRUPT,
    REFUSED,
    AsJson,
    BookName,
    book_of,
    err,
    out,
    print_json,
    print_table,
    progress_bar,
)
from api.verify import VerifyReport, verify_book
from projections.runner import PROJECTIONS

if TYPE_CHECKING:
    from rich.progress import TaskID

    from api.second_engine.verification import SecondEngineReport


def migrate(book: BookName = "main") -> None:
    """Bring the database to this release's tables, and found the book if it doesn't exist."""
    with book_of(book, founded=True) as opened:
        head = opened.runner.catch_up()
    out.print(f"book {book} is ready, {head} events")


def rebuild(
    name: Annotated[str | None, typer.Argument(help="One of " + ", ".join(p.name for p in PROJECTIONS) + ".")] = None,
    book: BookName = "main",
) -> None:
    """Build a projection, or all, anew from the log; readers see the old one until the new one is complete."""
    if name is not None and name not in {projection.name for projection in PROJECTIONS}:
        raise typer.BadParameter(f"no projection {name}")
    with book_of(book) as opened, progress_bar() as bar:
        task = bar.add_task(f"rebuild {name or 'all'}", total=opened.runner.head())
        position = opened.runner.rebuild(name, lambda reached: bar.update(task, completed=reached))
    out.print(f"{name or 'all projections'} of book {book} rebuilt up to position {position}")


class Engine(StrEnum):
    """By what a book is verified: this program, or DuckDB with nothing but the events and a table of rules."""

    PYTHON = "python"
    DUCKDB = "duckdb"


LogFolder = Annotated[
    Path | None,
    typer.Option("--log", metavar="DIR", help="With duckdb: an export made before, by `export parquet`."),
]
RulesFile = Annotated[
    Path | None, typer.Option("--rules", metavar="FILE", help="With duckdb: posting rules of your own, as CSV.")
]


def verify(
    book: BookName = "main",
    engine: Annotated[Engine, typer.Option(help="Which engine derives anew.")] = Engine.PYTHON,
    log: LogFolder = None,
    rules: RulesFile = None,
    as_json: AsJson = False,
) -> None:
    """Replay the log and derive every projection anew; name the first difference. Exits 3 where the log is corrupt."""
    if engine is Engine.DUCKDB:
        _verify_by_duckdb(book, log=log, rules=rules, as_json=as_json)
        return
    if log or rules:
        raise typer.BadParameter(f"--log and --rules aren't for --engine {engine}")
    with book_of(book) as opened, progress_bar(shown=not as_json) as bar:
        task = bar.add_task("verify", total=opened.runner.head())
        report = verify_book(opened, lambda reached: bar.update(task, completed=reached))
    said = {"size": report.size, "root": report.root, "ok": report.ok, "first_difference": report.first_difference}
    _say(book, report, said, as_json=as_json)


def _verify_by_duckdb(book: str, *, log: Path | None, rules: Path | None, as_json: bool) -> None:
    from api.second_engine.verification import verify_by_second_engine  # noqa: PLC0415 - DuckDB takes 0.3 s to load

    with book_of(book) as opened, progress_bar(shown=not as_json) as bar:
        head = opened.runner.head()
        tasks: dict[str, TaskID] = {}

        def show(what: str, reached: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=head)
            bar.update(tasks[what], completed=reached)

        report = verify_by_second_engine(opened, log=log, rules=rules, progress=show)
    if not as_json:
        rows = [(each.position, each.accounts, each.differing) for each in report.positions]
        print_table(f"Book {book} by DuckDB", ["#after position", "#accounts", "#differing"], rows)
    _say(book, report, msgspec.to_builtins(report), as_json=as_json)


def _say(book: str, report: "VerifyReport | SecondEngineReport", said: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(said)
    elif report.first_difference:
        found = " ".join(f"{name}={value}" for name, value in report.first_difference.items())
        err.print(f"not as recorded: {found}", style="red", markup=False, highlight=False, soft_wrap=True)
    else:
        out.print(f"book {book}: {report.size} events, root {report.root}: all as recorded")
    if not report.ok:
        raise typer.Exit(CORRUPT if report.corrupt else REFUSED)


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    for keep in (migrate, rebuild, verify):
        app.command()(keep)

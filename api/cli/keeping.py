"""Verbs that keep a ledger: bring it to this release, import into it, rebuild what is derived, verify it all."""

from typing import Annotated

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
    progress_bar,
)
from api.verify import verify_book
from projections.runner import PROJECTIONS


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


def verify(book: BookName = "main", as_json: AsJson = False) -> None:
    """Replay the log and derive every projection anew; name the first difference. Exits 3 where the log is corrupt."""
    with book_of(book) as opened, progress_bar(shown=not as_json) as bar:
        task = bar.add_task("verify", total=opened.runner.head())
        report = verify_book(opened, lambda reached: bar.update(task, completed=reached))
    if as_json:
        print_json(
            {"size": report.size, "root": report.root, "ok": report.ok, "first_difference": report.first_difference}
        )
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

"""The verb that imports a file of orders made elsewhere."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress as Bar
from rich.progress import TaskID

from api.cli.terminal import AsJson, BookName, house_book, out, print_json, print_table, progress_bar
from api.exchange.mapping import known_mappings, load_mapping
from api.exchange.order_file import import_orders
from api.exchange.order_file_report import REASONS, ImportReport, Progress
from api.settings import Settings


def import_file(
    file: Annotated[Path, typer.Argument(help="CSV, plain or gzipped.")],
    mapping: Annotated[str, typer.Option(help=f"{' or '.join(known_mappings())}, or a TOML file of yours.")],
    rejects: Annotated[Path | None, typer.Option(help="Where rejected rows go; else under LEDGER_HOME.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and report, record nothing.")] = False,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Import orders, payments and refunds from a file; a second time changes nothing."""
    settings = Settings.from_environment()
    chosen = load_mapping(mapping)
    to = rejects or settings.home / "rejects" / f"{book}-{file.name}.rejects.csv"
    with house_book(settings, book, founded=not dry_run) as opened, progress_bar(shown=not as_json) as bar:
        shown = _Stages(bar, file.name)
        report = import_orders(file, chosen, opened.writer, dry_run=dry_run, progress=shown, rejects=to)
        opened.runner.catch_up()
    if as_json:
        print_json({name: getattr(report, name) for name in JSON_FIELDS})
    else:
        _show(report, to, dry_run=dry_run)


JSON_FIELDS = ("rows_read", "rows_accepted", "rows_rejected", "commands_accepted", "commands_unchanged")


def register(app: typer.Typer) -> None:
    """Add this verb to the command line."""
    app.command("import")(import_file)


class _Stages:
    """One bar for each stage of an import."""

    def __init__(self, bar: Bar, name: str) -> None:
        self._bar = bar
        self._name = name
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, progress: Progress) -> None:
        stage = progress.stage
        if stage not in self._tasks:
            self._tasks[stage] = self._bar.add_task(f"{stage} {self._name}")
        done, total = progress.rows_settled, progress.rows_read
        if stage == "reading":
            done, total = progress.bytes_read, progress.bytes_total
        self._bar.update(self._tasks[stage], completed=done, total=total)


def _show(report: ImportReport, rejects: Path, *, dry_run: bool) -> None:
    would = " would be" if dry_run else ""
    print_table(
        "Dry run: nothing is recorded" if dry_run else "Import",
        ["", "#"],
        [(name.replace("_", " "), f"{getattr(report, name):,}") for name in JSON_FIELDS],
    )
    if report.rejected_by_reason:
        print_table(
            "Rejected rows",
            ["reason", "#rows", "meaning"],
            [
                (code, f"{rows:,}", REASONS.get(code, "the ledger refused"))
                for code, rows in report.rejected_by_reason.items()
            ],
            note=f"each of them, with what is left of rows accepted in part, stands in {rejects}",
        )
    if not report.commands_accepted:
        out.print(f"nothing{would} new: the file had been imported before")

"""The verb that publishes: a book's log as static files, for anybody to serve and to check."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.terminal import AsJson, BookName, book_of, out, print_json, progress_bar
from api.exchange.published_log import publish as publish_log


def publish(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is new, or was published to before.")],
    entries: Annotated[
        bool, typer.Option("--entries/--no-entries", help="The events too; a public folder is without them.")
    ] = True,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Write the signed log to static files, as C2SP tlog-tiles says; what stands there already isn't written again."""
    with book_of(book) as opened, progress_bar(shown=not as_json) as bar:
        if opened.keyring.has_signer:
            opened.signer.sign_head()
        task = bar.add_task(f"publish to {folder}", total=None)
        report = publish_log(
            opened, folder, entries=entries, progress=lambda done, total: bar.update(task, completed=done, total=total)
        )
    if as_json:
        print_json(report)
        return
    what = f"{report.tiles} tiles and {report.entry_bundles} entry bundles"
    out.print(
        f"{folder}: {report.size} events of {report.origin}, {report.size - report.since} of them new: {what}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


def register(room: typer.Typer) -> None:
    """Add this verb to those below `log`."""
    room.command()(publish)

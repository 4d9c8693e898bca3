"""Verbs that back a database up and bring a backup into an empty one."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import psycopg
import typer

from api.cli.terminal import CORRUPT, REFUSED, AsJson, BookName, out, print_json, print_table, progress_bar
from api.composition import House, house, utc_now
from api.exchange.export_folder import export_folder
from api.settings import Settings
from api.verify import VerifyReport, verify_book
from ledger.backing_up import back_up
from ledger.backup import MANIFEST, sha256_of
from ledger.point_in_time import PointInTime
from ledger.restoring import RestoredBook, open_backup
from ledger.restoring import restore as bring_back
from projections.projection import POSITION_MAX


def _time(text: str) -> datetime:
    try:
        recorded_at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"not a time as 2026-11-01T12:00:00Z: {text}") from None
    if recorded_at.tzinfo is None:
        raise typer.BadParameter(f"has no time zone: {text}")
    return recorded_at


def backup(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is absent or empty.")],
    as_json: AsJson = False,
) -> None:
    """Write all books of the database into a folder. It holds values in clear: nobody else may read it."""
    with house(Settings.from_environment()) as opened, progress_bar(shown=not as_json) as bar:
        task = bar.add_task("back up", total=None)
        with export_folder(folder) as made, psycopg.connect(opened.dsn, autocommit=True) as connection:
            backed_up = back_up(
                connection,
                made,
                made_at=utc_now(),
                tell=lambda done, of: bar.update(task, completed=done, total=of),
            )
    digest = sha256_of(folder / MANIFEST)
    if as_json:
        print_json({"digest": digest, "books": backed_up.books, "tables": backed_up.tables})
        return
    rows = [(book.book, f"{book.size:,}", book.root) for book in backed_up.books]
    print_table(f"Backed up to {folder}", ["book", "#events", "root"], rows, note=f"manifest: SHA-256 {digest}")


def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A backup.")],
    to_position: Annotated[
        int | None,
        typer.Option(min=1, max=POSITION_MAX, help="Restore --book up to this position, and the others whole."),
    ] = None,
    to_time: Annotated[
        datetime | None,
        typer.Option(
            parser=_time, metavar="TIME", help="Restore every book as recorded by then: 2026-11-01T12:00:00Z."
        ),
    ] = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Bring a backup into a database in which nothing is recorded, and verify it. Exits 3 where a log is corrupt."""
    if to_position is not None and to_time is not None:
        raise typer.BadParameter(f"--to-position or --to-time, not both: {to_position}, {to_time}")
    point = PointInTime(book, to_position, to_time)
    backed_up = open_backup(folder, point)
    settings = Settings.from_environment()
    with house(settings) as opened, progress_bar(shown=not as_json) as bar:
        task = bar.add_task("restore", total=None)
        with psycopg.connect(opened.dsn, autocommit=True) as connection:
            restored = bring_back(
                connection,
                backed_up,
                folder,
                point=point,
                tell=lambda done, of: bar.update(task, completed=done, total=of),
            )
        brought = [_brought_back(opened, each, settings) for each in restored]
    if as_json:
        print_json({"books": brought})
    else:
        _show(folder, brought)
    if not all(each.report.ok for each in brought):
        raise typer.Exit(CORRUPT if any(each.report.corrupt for each in brought) else REFUSED)


class _BroughtBack(msgspec.Struct, frozen=True):
    """A restored book; signed_size: of the largest checkpoint that the backup or this machine's keyring knows of."""

    restored: RestoredBook
    signed_size: int
    report: VerifyReport


def _brought_back(opened: House, restored: RestoredBook, settings: Settings) -> _BroughtBack:
    """Verify a book by itself: that it is behind what this machine signed is told apart from how it came back."""
    remembered = opened.book(restored.book).keyring.last_signed(restored.origin)
    signed_size = max(restored.signed_size, remembered.size if remembered else 0)
    without_memory = House(opened.dsn, opened.pool).book(restored.book)
    return _BroughtBack(restored, signed_size, verify_book(without_memory, time_roots=settings.time_roots))


def _show(folder: Path, brought: list[_BroughtBack]) -> None:
    rows = [
        (each.book, f"{each.size:,}", f"{each.lost:,}", each.root, "all as recorded" if report.ok else "see `verify`")
        for each, _, report in map(msgspec.structs.astuple, brought)
    ]
    print_table(f"Restored from {folder}", ["book", "#events", "#lost", "root", "verified"], rows)
    for each, signed_size, _ in map(msgspec.structs.astuple, brought):
        if signed_size > each.size:
            say = f"trade-ledger log reopen --book {each.book} --reason CODE"
            out.print(
                f"book {each.book} was signed up to {signed_size}: before anything else say {say}", soft_wrap=True
            )
        for party in each.forgotten_since:
            out.print(f"book {each.book}: {party} was forgotten later: forget it again", soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    for keep in (backup, restore):
        app.command()(keep)

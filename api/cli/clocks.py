"""Verbs about clocks: let those pass that are due, and pause or resume one."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from api.cli.terminal import AsJson, BookName, book_of, out, print_json, progress_bar
from api.cli.trading import Reference, verb
from api.clockwork import expire_all
from api.composition import utc_now
from domain import commands
from domain.commands import Command

ClockName = Annotated[str, typer.Argument(metavar="CLOCK", help="As `deadlines` names it: inspection, or offer/1/3.")]
Reason = Annotated[str, typer.Option(help="A code, no prose.")]


def expire_clocks(
    book: BookName = "main",
    at: Annotated[datetime | None, typer.Option(help="What was due by then, in UTC; by now where not given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Let every clock of a book pass that is due and decides, with what follows; each at its own instant."""
    until = min(at.replace(tzinfo=UTC), utc_now()) if at else utc_now()
    with book_of(book) as opened, progress_bar(shown=not as_json) as bar:
        task = bar.add_task("expire clocks", total=None)
        told = expire_all(opened, until, progress=lambda more: bar.advance(task, more))
    if as_json:
        print_json({"trades": told, "until": until})
    else:
        out.print(f"clocks of {told} trades were due by {until:%Y-%m-%d %H:%M}")


def pause_clock(order: Reference, clock: ClockName, reason: Reason = "under-review") -> Command:
    """Let a clock stand still."""
    return commands.PauseClock(order=order, clock=clock, reason=reason)


def resume_clock(order: Reference, clock: ClockName, reason: Reason = "cleared") -> Command:
    """Let a paused clock run on, later by as long as it stood still."""
    return commands.ResumeClock(order=order, clock=clock, reason=reason)


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    app.command("expire-clocks")(expire_clocks)
    for build in (pause_clock, resume_clock):
        app.command(build.__name__.replace("_", "-"))(verb(build))

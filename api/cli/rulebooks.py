"""Verbs about rulebooks: drafted from a file, approved by another person, published, shown and compared."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from api.cli.moments import AsOf, AtPosition, KnownAt, moment_of_log, titled
from api.cli.terminal import AsJson, BookName, book_of, print_json, print_table
from api.cli.trading import verb
from api.exchange.rules_file import read_rules
from api.rulebooks import RulebookRow, RulebookView, all_rulebooks, get_rulebook, rule_changes
from domain import commands
from domain.commands import Command
from domain.rule_changes import RuleValue, entries_of
from domain.rules import Rules
from projections.moment import Moment

Version = Annotated[str, typer.Argument(metavar="NAME/VERSION", help="As standard/1.")]
RulesFile = Annotated[Path, typer.Argument(help="TOML: what differs.", exists=True, dir_okay=False)]
Base = Annotated[str | None, typer.Option("--from", help="NAME/VERSION that it differs from; else the defaults.")]
FirstDay = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Else at once.")]


def draft(rulebook: Version, file: RulesFile, base: Base = None, *, book: str) -> Command:
    """Write down a version of the rules, from a file of what differs from another version or the defaults."""
    rules = _rules_of(book, base) if base else Rules()
    return commands.DraftRulebook(rulebook=rulebook, rules=read_rules(file.read_bytes(), base=rules))


def approve(rulebook: Version) -> Command:
    """Agree to a draft, as another person than its drafter."""
    return commands.ApproveRulebook(rulebook=rulebook)


def publish(rulebook: Version, effective_from: FirstDay = None) -> Command:
    """Open an approved version for orders, from a day in its own time zone on."""
    return commands.PublishRulebook(rulebook=rulebook, effective_from=effective_from.date() if effective_from else None)


def show(
    rulebook: Version,
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Show a version: how far it is, by whom, and every number and switch."""
    with book_of(book) as opened:
        moment = moment_of_log(opened, at_position, known_at, as_of)
        with opened.pool.connection() as connection:
            view = get_rulebook(connection, book, rulebook, moment=moment)
    if as_json:
        print_json(view)
    else:
        _show(view, moment)


def diff(
    a: Version,
    b: Version,
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Show what changes from version A to version B."""
    with book_of(book) as opened:
        moment = moment_of_log(opened, at_position, known_at, as_of)
        with opened.pool.connection() as connection:
            changes = rule_changes(connection, book, before=a, after=b, moment=moment)
    if as_json:
        print_json(changes)
        return
    print_table(
        titled(f"From rulebook {a} to {b}: {len(changes)} changes", moment),
        ["rule", f"#{a}", f"#{b}"],
        [(change.field, _text(change.before), _text(change.after)) for change in changes],
    )


def versions(
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """List every version of every rulebook."""
    with book_of(book) as opened:
        moment = moment_of_log(opened, at_position, known_at, as_of)
        with opened.pool.connection() as connection:
            rows = all_rulebooks(connection, book, moment=moment)
    if as_json:
        print_json(rows)
        return
    print_table(
        titled(f"Rulebooks of book {book}", moment),
        ["rulebook", "status", "effective from", "since", "by"],
        [
            (
                row.rulebook,
                row.status,
                _first_day(row),
                f"{row.steps[-1].occurred_at:%Y-%m-%d %H:%M}",
                row.steps[-1].actor,
            )
            for row in rows
        ],
    )


VERBS = (draft, approve, publish)


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line, below `rulebook`."""
    room = typer.Typer(help="Rulebooks: drafted, approved by another person, published; never changed after that.")
    for build in VERBS:
        room.command(build.__name__)(verb(build))
    room.command("show")(show)
    room.command("diff")(diff)
    room.command("list")(versions)
    app.add_typer(room, name="rulebook", no_args_is_help=True)


def _rules_of(book: str, rulebook: str) -> Rules:
    with book_of(book) as opened, opened.pool.connection() as connection:
        return get_rulebook(connection, book, rulebook).rules


def _show(view: RulebookView, moment: Moment) -> None:
    steps = [
        (step.topic.partition(".")[2], f"{step.occurred_at:%Y-%m-%d %H:%M} by {step.actor}") for step in view.steps
    ]
    rules = [(name, _text(value)) for name, value in entries_of(view.rules)]
    title = titled(f"Rulebook {view.rulebook}", moment)
    print_table(title, ["", "#"], [*steps, ("effective from", _first_day(view)), *rules])


def _first_day(row: RulebookRow) -> str:
    if row.status != "published":
        return ""
    return str(row.effective_from or "at once")


def _text(value: RuleValue | None) -> str:
    """Return a rule as people read it; a list with commas, nothing for an entry that isn't there."""
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return "" if value is None else str(value)

"""Verbs on matches of lines of bank statements: made by a person, undone, shown."""

from typing import Annotated

import typer

from api.cli.arguments import ArgumentMalformed
from api.cli.terminal import AsJson, BookName, book_of, print_json, print_table
from api.cli.trading import Reason, Saying, say, verb
from api.composition import OpenedBook, new_id
from domain import commands
from domain.commands import Command
from domain.commands.reconciliation import MatchedEntry, SaidTarget
from domain.money import from_major, to_major
from projections.open_reconciliation import find_entries, find_matches, search_matches

MatchKey = Annotated[str, typer.Argument(help="The match's key.")]


def make(
    entry: Annotated[str, typer.Argument(help="The line's key, as `breaks` or `match entries` show it.")],
    to: Annotated[
        list[str] | None,
        typer.Option(
            help="ITEM or ITEM=AMOUNT in major units: an open item, payout:KEY, or hold:ORDER; negative leaves. Repeat."
        ),
    ] = None,
    booking: Annotated[
        list[str] | None, typer.Option("--book-to", help="ACCOUNT or ACCOUNT=AMOUNT, as expense:bank-charges=-1.50.")
    ] = None,
    key: Annotated[str, typer.Option(help="What the match is to be called.")] = "",
    why: Annotated[str, typer.Option(help="A sentence without names.")] = "",
    step: Annotated[int, typer.Option(help="Of a buyer's payment: for which payment step.")] = 1,
    book: BookName = "main",
    actor: Annotated[str, typer.Option(help="Who says it.")] = "operator:cli",
    as_json: AsJson = False,
) -> None:
    """Say what a line of a statement is: one part without an amount is what the others leave of it."""
    from api.reconciling.matching_said import completed  # noqa: PLC0415 - other verbs start without

    with book_of(book) as opened:
        opened.runner.catch_up()
        amount_minor, currency = _line(opened, entry)
        targets = typed_targets(to or [], booking or [], amount_minor, currency, step)
        command = commands.MatchBankEntries(
            match=key or f"m-{new_id()}", entries=(MatchedEntry(entry=entry, targets=targets),), reason=why
        )
        whole = completed(opened, command)
    say(whole, Saying(book=book, actor=actor, as_json=as_json))


def undo(match: MatchKey, reason: Reason) -> Command:
    """Take a match back: its lines are open again."""
    return commands.UndoMatch(match=match, reason=reason)


def show(match: MatchKey, book: BookName = "main", as_json: AsJson = False) -> None:
    """Show a match: by which rule, who made it, and what its lines are."""
    with book_of(book) as opened:
        opened.runner.catch_up()
        with opened.pool.connection() as connection:
            found = find_matches(connection, book, [match]).get(match)
            entries = find_entries(connection, book, found.entries) if found else {}
    if found is None:
        raise ArgumentMalformed(argument="match", problem="there is no match of this key")
    if as_json:
        print_json({"match": found, "entries": list(entries.values())})
        return
    fields = [(name, getattr(found, name)) for name in found.__struct_fields__ if name != "entries"]
    print_table(f"Match {match}", ["", ""], [(name, "" if value is None else value) for name, value in fields])
    print_table(
        "Lines",
        ["line", "booked", "currency", "#amount", "is"],
        [
            (e.entry, e.booking_date, e.currency, to_major(e.amount_minor, e.currency), e.targets)
            for e in entries.values()
        ],
    )


def matches(
    limit: Annotated[int, typer.Option(help="How many.", min=1)] = 50,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """List matches, the last made first."""
    with book_of(book) as opened:
        opened.runner.catch_up()
        with opened.pool.connection() as connection:
            rows = search_matches(connection, book, limit=limit)
    if as_json:
        print_json(rows)
        return
    shown = [(row.match, row.rule, len(row.entries), row.made_by, row.undone_by, row.reason) for row in rows]
    print_table(f"Matches of book {book}", ["match", "rule", "#lines", "made by", "undone by", "reason"], shown)


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line, below `match`."""
    room = typer.Typer(help="What lines of bank statements are: matched by a person, undone.", no_args_is_help=True)
    room.command("make")(make)
    room.command("undo")(verb(undo))
    room.command("show")(show)
    room.command("list")(matches)
    app.add_typer(room, name="match")


def _line(book: OpenedBook, entry: str) -> tuple[int, str]:
    with book.pool.connection() as connection:
        found = find_entries(connection, book.name, [entry]).get(entry)
    if found is None:
        raise ArgumentMalformed(argument="entry", problem="there is no line of this key")
    return found.amount_minor, found.currency


def typed_targets(
    to: list[str], booked_to: list[str], amount_minor: int, currency: str, step: int
) -> tuple[SaidTarget, ...]:
    """Return parts as they were typed; one without an amount is what the others leave."""
    said = [(*_read(text, currency), True) for text in to] + [(*_read(text, currency), False) for text in booked_to]
    if sum(minor is None for _, minor, _ in said) > 1:
        raise ArgumentMalformed(argument="to", problem="only one part may be without an amount")
    rest_minor = amount_minor - sum(minor or 0 for _, minor, _ in said)
    return tuple(
        SaidTarget(item=name, amount_minor=rest_minor if minor is None else minor, step=step)
        if is_item
        else SaidTarget(account=name, amount_minor=rest_minor if minor is None else minor)
        for name, minor, is_item in said
    )


def _read(text: str, currency: str) -> tuple[str, int | None]:
    name, equals, amount = text.partition("=")
    return name, from_major(amount, currency).minor if equals else None

"""Verbs about who takes part: parties registered, referred, screened, suspended, forgotten; sanctions lists."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from api.cli.arguments import ReaderActor, ReaderRole, Why
from api.cli.moments import AsOf, AtPosition, KnownAt, moment_of_log, titled
from api.cli.terminal import AsJson, BookName, book_of, out, print_json, print_table
from api.cli.trading import Reason, Saying, say, verb
from api.commands.in_clear import ChangeInClear, RegisterInClear
from api.parties import PartyRow, PartyView, all_parties, all_watchlists, get_party
from api.sweeping import ORPHANS_AFTER
from domain import commands
from domain.commands import Command
from domain.party_refusals import PartyMalformed
from ledger.reads import Reader
from projections.moment import Moment

Party = Annotated[str, typer.Argument(help="The party's key, as EXP-7.")]
WatchlistFile = Annotated[Path | None, typer.Option(help="The list as published.", exists=True, dir_okay=False)]
Sha256 = Annotated[str | None, typer.Option("--sha256", help="Of the list as published, where there is no file.")]
Actor = Annotated[str, typer.Option(help="Who says it.")]
At = Annotated[datetime | None, typer.Option(help="When it took place, in UTC; now where not given.")]
CommandId = Annotated[str | None, typer.Option("--id", help="Your own id: repeating it changes nothing.")]


def register_party(
    party: Party,
    role: Annotated[list[str], typer.Option(help="buyer, exporter, partner, mediator or inspector; repeat.")],
    country: Annotated[str, typer.Option(help="ISO 3166, as IN.")],
    name: Annotated[str | None, typer.Option(help="Kept where it can be erased.")] = None,
    address: Annotated[str | None, typer.Option(help="Kept where it can be erased.")] = None,
    rulebook: Annotated[str, typer.Option()] = "standard/1",
    book: BookName = "main",
    actor: Actor = "operator:cli",
    at: At = None,
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Let somebody take part."""
    given = {"name": name, "address": address}
    fields = {
        "party": party,
        "roles": role,
        "country": country,
        "rulebook": rulebook,
        "profile": {field: value for field, value in given.items() if value is not None},
    }
    saying = Saying(book=book, actor=actor, at=at, command_id=command_id, as_json=as_json)
    say(_converted(fields, RegisterInClear, field="role"), saying)


def change(
    party: Party,
    field: Annotated[str, typer.Argument(help="As name, address or bank-account.")],
    value: Annotated[str, typer.Argument(help="Kept where it can be erased.")],
) -> Command:
    """Give one field of a party's profile a new value."""
    return ChangeInClear(party=party, field=field, value=value)


def refer(
    party: Party,
    agreement: Annotated[str, typer.Option(help="The partner's agreement, by key.")],
    starts_on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])],
) -> Command:
    """Record that an agreement's partner brought this exporter."""
    return commands.ReferExporter(party=party, agreement=agreement, starts_on=starts_on.date())


def screen(
    party: Party,
    watchlist: Annotated[str, typer.Argument(help="The list's key, as UNSC-1267.")],
    version: Annotated[str, typer.Argument(help="The version that the party was looked up in.")],
    result: Annotated[str, typer.Option(help="clear or hit.")],
    file: WatchlistFile = None,
    sha256: Sha256 = None,
) -> Command:
    """Record what looking a party up in a sanctions list came to; a hit freezes what is held in its trades."""
    fields = {"party": party, "list_name": watchlist, "list_version": version, "list_hash": _hash_of(file, sha256)}
    return _converted(fields | {"result": result}, commands.ScreenParty, field="result")


def suspend(party: Party, reason: Reason = "under-review") -> Command:
    """Stop a party's new orders and its releases; refunds go on."""
    return commands.SuspendParty(party=party, reason=reason)


def reinstate(party: Party, reason: Reason = "cleared") -> Command:
    """End a suspension; what became due meanwhile is released."""
    return commands.ReinstateParty(party=party, reason=reason)


def legal_hold(
    party: Party,
    reason: Annotated[str, typer.Option(help="A code, as a court's file number.")],
    lift: Annotated[bool, typer.Option("--lift", help="Drop this reason instead.")] = False,
) -> Command:
    """Forbid that a party be forgotten."""
    command = commands.LiftLegalHold if lift else commands.PlaceLegalHold
    return command(party=party, reason=reason)


def forget(
    party: Party,
    book: BookName = "main",
    actor: Actor = "operator:cli",
    at: At = None,
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Erase what is personal about a party; history still replays and still verifies."""
    saying = Saying(book=book, actor=actor, at=at, command_id=command_id, as_json=as_json)
    say(commands.ForgetParty(party=party), saying)
    with book_of(book) as opened:
        erased = opened.confidential.erase(party)
    if not as_json:
        out.print(f"{erased} values erased")


def sweep(book: BookName = "main", as_json: AsJson = False) -> None:
    """Erase what a process that died left behind: values of forgotten parties, and values that nothing refers to."""
    with book_of(book) as opened:
        swept = opened.confidential.sweep(orphans_after=ORPHANS_AFTER)
    if as_json:
        print_json(swept._asdict())
    else:
        out.print(f"{swept.erased} values of forgotten parties erased, {swept.orphans} that nothing refers to")


def show(
    party: Party,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show the profile in clear.")] = False,
    actor: ReaderActor = "operator:cli",
    role: ReaderRole = "operator",
    why: Why = "",
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Show a party and how it stands."""
    with book_of(book) as opened:
        moment = moment_of_log(opened, at_position, known_at, as_of)
        view = get_party(opened, party, reader=Reader(actor, role, why) if reveal else None, moment=moment)
    if as_json:
        print_json(view)
    else:
        _show(view, moment)


def parties(
    stale: Annotated[bool, typer.Option("--stale", help="Only those still to be screened.")] = False,
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """List parties; with --stale, those still to be screened under the present version of a sanctions list."""
    with book_of(book) as opened:
        moment = moment_of_log(opened, at_position, known_at, as_of)
        with opened.pool.connection() as connection:
            rows = all_parties(connection, book, stale=stale, moment=moment)
    if as_json:
        print_json(rows)
        return
    print_table(
        titled(f"Parties of book {book}", moment),
        ["party", "roles", "country", "stands", "to be screened under"],
        [(row.party, ", ".join(row.roles), row.country, _standing(row), ", ".join(row.outdated)) for row in rows],
    )


def record(
    watchlist: Annotated[str, typer.Argument(help="The list's key, as UNSC-1267.")],
    version: Annotated[str, typer.Argument(help="As its publisher calls it.")],
    file: WatchlistFile = None,
    sha256: Sha256 = None,
) -> Command:
    """Record that a sanctions list came in a new version."""
    return commands.RecordWatchlist(list_name=watchlist, version=version, sha256=_hash_of(file, sha256))


def watchlists(
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """List the sanctions lists in their present version."""
    with book_of(book) as opened:
        moment = moment_of_log(opened, at_position, known_at, as_of)
        with opened.pool.connection() as connection:
            rows = all_watchlists(connection, book, moment=moment)
    if as_json:
        print_json(rows)
        return
    shown = [(row.list_name, row.version, row.sha256) for row in rows]
    print_table(titled(f"Sanctions lists of book {book}", moment), ["list", "version", "sha256"], shown)


VERBS = (change, refer, screen, suspend, reinstate, legal_hold)


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line, below `party` and `watchlist`, and `parties`."""
    room = typer.Typer(help="Parties: registered, referred, screened, suspended, forgotten.")
    room.command("register")(register_party)
    for build in VERBS:
        room.command(build.__name__.replace("_", "-"))(verb(build))
    room.command()(forget)
    room.command()(sweep)
    room.command()(show)
    app.add_typer(room, name="party", no_args_is_help=True)
    app.command()(parties)
    lists = typer.Typer(help="Sanctions lists that parties are screened against.")
    lists.command("record")(verb(record))
    lists.command("list")(watchlists)
    app.add_typer(lists, name="watchlist", no_args_is_help=True)


def _converted(fields: Mapping[str, object], into: type[Command], *, field: str) -> Command:
    try:
        return msgspec.convert(fields, into)
    except msgspec.ValidationError as error:
        raise PartyMalformed(field=field, problem=str(error)) from None


def _hash_of(file: Path | None, sha256: str | None) -> str:
    if (file is None) == (sha256 is None):
        raise PartyMalformed(field="sha256", problem="needed: either the list's file or its hash")
    return hashlib.sha256(file.read_bytes()).hexdigest() if file else str(sha256)


def _standing(row: PartyRow) -> str:
    states = [
        *(["forgotten"] if row.is_forgotten else []),
        *(["suspended"] if row.is_suspended else []),
        *(f"on {name}" for name in row.hits),
    ]
    return ", ".join(states) or "good"


def _show(view: PartyView, moment: Moment) -> None:
    values = view.values or {}
    revealed = view.values is not None
    told = [
        ("stands", _standing(view)),
        ("roles", ", ".join(view.roles)),
        ("country", view.country),
        ("rulebook", view.rulebook),
        ("registered", f"{view.registered_at:%Y-%m-%d %H:%M}"),
        ("open trades", str(view.open_trades)),
        ("to be screened under", ", ".join(view.outdated)),
        ("legal holds", ", ".join(view.legal_holds)),
    ]
    told += [
        (f"screened under {name}", f"{screening.list_version}: {screening.result}")
        for name, screening in view.screenings.items()
    ]
    told += [
        (f"referred by {referral.partner}", f"{referral.starts_on} until before {referral.ends_on}")
        for referral in view.referrals
    ]
    told += [
        (field, (values.get(field) or "(erased)") if revealed else commitment)
        for field, commitment in view.profile.items()
    ]
    print_table(titled(f"Party {view.party}", moment), ["", "#"], told)

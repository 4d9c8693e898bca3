"""Verbs of auditors: who did what, what two people agreed to, what was refused, and who saw what isn't in the log."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NamedTuple

import typer

from api.cli.arguments import ArgumentMalformed, whole
from api.cli.looking import Limit
from api.cli.terminal import AsJson, BookName, book_of, out, print_json, print_table
from domain.money import to_major
from projections.attempts import AttemptRow, AttemptsSought, search_attempts
from projections.audit import AuditRow, AuditSought, MadeBy, positions_between, references_about, search_audit
from projections.four_eyes import FourEyesRow, FourEyesSought, Stands, What, search_four_eyes
from projections.projection import POSITION_MAX, Connection
from projections.readings import ReadingRow, ReadingsSought, search_readings, with_evidence

STEPS_SHOWN_MAX = 8
"""Of the events of one command, so many are told to people; JSON has them all."""

Actor = Annotated[str | None, typer.Option(help="Who, as operator:ann; of four eyes, on either side.")]
Role = Annotated[str | None, typer.Option(help="In which role.")]
Object = Annotated[
    str | None, typer.Option("--object", help="A reference, as party:EXP-7; an order, as PO-1: all of its trade.")
]
Topic = Annotated[str | None, typer.Option(help="Commands that made this happen, as release.approved.")]
MadeByText = Annotated[
    MadeBy | None, typer.Option("--made-by", help="Only what the command, or a policy, made happen.")
]
Principal = Annotated[str | None, typer.Option(help="In whose namespace the command id is, as api, cli or clocks.")]
CommandName = Annotated[str | None, typer.Option("--command", help="As ApproveRelease.")]
CommandId = Annotated[str | None, typer.Option("--command-id", help="The id that its caller gave it.")]
Since = Annotated[datetime | None, typer.Option(help="Recorded then or later, in UTC.")]
Until = Annotated[datetime | None, typer.Option(help="Recorded then or earlier, in UTC.")]
Code = Annotated[str | None, typer.Option(help="With --refused: why, as proposal.approver_is_proposer.")]
WhatText = Annotated[What | None, typer.Option("--what", help="With --four-eyes: what was proposed.")]
StandsText = Annotated[Stands | None, typer.Option("--stands", help="With --four-eyes: what became of it.")]
ByRule = Annotated[bool, typer.Option("--by-rule", help="With --four-eyes: what a rule decided as well.")]
Alone = Annotated[bool, typer.Option("--alone", help="With --four-eyes: what one person proposed and decided.")]
Before = Annotated[str, typer.Option(help="The page after a row: its position or number, or its cursor.")]

Listed = Literal["audit", "refused", "reads", "four-eyes"]

OWN: dict[Listed, set[str]] = {
    "audit": {"role", "object", "topic", "made_by", "principal", "command", "command_id"},
    "refused": {"role", "object", "principal", "command", "command_id", "code"},
    "reads": {"role", "object"},
    "four-eyes": {"object", "what", "stands", "by_rule", "alone"},
}
"""By what is listed, which options narrow it, beside actor and time."""


def audit(
    actor: Actor = None,
    role: Role = None,
    about: Object = None,
    topic: Topic = None,
    made_by: MadeByText = None,
    principal: Principal = None,
    command: CommandName = None,
    command_id: CommandId = None,
    since: Since = None,
    until: Until = None,
    refused: Annotated[bool, typer.Option("--refused", help="What was refused or forbidden instead.")] = False,
    code: Code = None,
    reads: Annotated[bool, typer.Option("--reads", help="Who saw evidence or values in clear instead.")] = False,
    four_eyes: Annotated[bool, typer.Option("--four-eyes", help="What takes two people instead.")] = False,
    what: WhatText = None,
    stands: StandsText = None,
    by_rule: ByRule = False,
    alone: Alone = False,
    before: Before = "",
    limit: Limit = 50,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """List who did what, the last first; or what was refused, who saw what in clear, or what two people agreed to."""
    given = {
        "role": role,
        "object": about,
        "topic": topic,
        "made_by": made_by,
        "principal": principal,
        "command": command,
        "command_id": command_id,
        "code": code,
        "what": what,
        "stands": stands,
        "by_rule": by_rule,
        "alone": alone,
    }
    listed = _listed(refused=refused, reads=reads, four_eyes=four_eyes)
    own = {name: value for name, value in given.items() if value}
    _check_narrows(listed, own)
    asked = _Asked(own, actor, _instant(since), _instant(until), before, limit)
    with book_of(book) as opened:
        opened.runner.catch_up()
        with opened.pool.connection() as connection:
            rows = _SEARCHES[listed](connection, book, asked)
            lone = _lone(connection, book) if listed == "four-eyes" else ""
    if as_json:
        print_json(rows)
        return
    _SHOWS[listed](book, rows, _next_page(listed, rows[-1]) if len(rows) == limit else "")
    if lone:
        out.print(lone, highlight=False, soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Add this verb to the command line."""
    app.command()(audit)


class _Asked(NamedTuple):
    """What was asked for: the options of one list by name, and those of all."""

    own: dict[str, Any]
    actor: str | None
    since: datetime | None
    until: datetime | None
    before: str
    limit: int

    @property
    def before_position(self) -> int:
        """Return where the page ends, before a position or a number."""
        return whole(self.before, argument="before") if self.before else POSITION_MAX


def _listed(*, refused: bool, reads: bool, four_eyes: bool) -> Listed:
    asked: dict[Listed, bool] = {"refused": refused, "reads": reads, "four-eyes": four_eyes}
    named = [name for name, wanted in asked.items() if wanted]
    if len(named) > 1:
        raise ArgumentMalformed(argument=f"--{named[1]}", problem=f"one list at a time, not --{named[0]} as well")
    return named[0] if named else "audit"


def _check_narrows(listed: Listed, own: Mapping[str, object]) -> None:
    for name in own:
        if name not in OWN[listed]:
            option = f"--{name.replace('_', '-')}"
            raise ArgumentMalformed(argument=option, problem=f"doesn't narrow the list {listed}")


def _search_audit(connection: Connection, book: str, asked: _Asked) -> list[AuditRow]:
    sought = AuditSought(**asked.own, actor=asked.actor, since=asked.since, until=asked.until)
    return search_audit(connection, book, sought, before=asked.before_position, limit=asked.limit)


def _search_refused(connection: Connection, book: str, asked: _Asked) -> list[AttemptRow]:
    sought = AttemptsSought(
        **_with_references(connection, book, asked.own), actor=asked.actor, since=asked.since, until=asked.until
    )
    return search_attempts(connection, book, sought, before=asked.before, limit=asked.limit)


def _search_reads(connection: Connection, book: str, asked: _Asked) -> list[ReadingRow]:
    own = _with_references(connection, book, asked.own)
    if "references" in own:
        own["references"] = with_evidence(connection, book, own["references"])
    sought = ReadingsSought(**own, actor=asked.actor, since=asked.since, until=asked.until)
    return search_readings(connection, book, sought, before=asked.before_position, limit=asked.limit)


def _search_four_eyes(connection: Connection, book: str, asked: _Asked) -> list[FourEyesRow]:
    sought = FourEyesSought(
        **_with_references(connection, book, asked.own),
        actor=asked.actor,
        positions=positions_between(connection, book, asked.since, asked.until),
    )
    return search_four_eyes(connection, book, sought, before=asked.before_position, limit=asked.limit)


def _with_references(connection: Connection, book: str, own: Mapping[str, Any]) -> dict[str, Any]:
    told = dict(own)
    about = told.pop("object", None)
    return told | {"references": references_about(connection, book, about)} if about else told


def _lone(connection: Connection, book: str) -> str:
    alone = search_four_eyes(connection, book, FourEyesSought(alone=True), limit=POSITION_MAX)
    if not alone:
        return "four eyes: whoever decided was never who had proposed, in all of the book"
    return f"ONE PERSON ALONE proposed and decided {len(alone)} times, the last time {alone[0].proposal}: see --alone"


def _show_audit(book: str, rows: Sequence[AuditRow], note: str) -> None:
    print_table(
        f"Who did what in book {book}; times are when it was recorded, in UTC",
        ["#position", "recorded", "who", "command", "what happened, and by which policy"],
        [
            (
                row.first_position,
                _instants(row),
                _who(row.actor, row.role),
                f"{row.command or 'not kept'}\n{row.principal} {row.command_id}",
                "\n".join(_steps(row)),
            )
            for row in rows
        ],
        note=note,
    )


def _instants(row: AuditRow) -> str:
    """Return when a command was recorded, and where that is another minute, when it took place."""
    recorded, occurred = _when(row.recorded_at), _when(row.occurred_at)
    return recorded if recorded[:-3] == occurred[:-3] else f"{recorded}\ntook place\n{occurred}"


def _steps(row: AuditRow) -> Iterator[str]:
    for step in row.steps[:STEPS_SHOWN_MAX]:
        because = f" by {step.policy.replace('_', ' ')}" if step.policy else ""
        yield f"{step.topic} of {step.object}{because}"
    if len(row.steps) > STEPS_SHOWN_MAX:
        yield f"and {len(row.steps) - STEPS_SHOWN_MAX} more"


def _show_refused(book: str, rows: Sequence[AttemptRow], note: str) -> None:
    print_table(
        f"What didn't happen in book {book}; times in UTC",
        ["tried", "who", "command", "about", "why not"],
        [
            (
                _when(row.recorded_at),
                _who(row.actor or "not kept", row.role or ""),
                f"{row.command or 'not kept'}\n{row.principal} {row.command_id}",
                row.object or "",
                "\n".join((f"{row.category}: {row.code}", *(f"{name} {told}" for name, told in row.details.items()))),
            )
            for row in rows
        ],
        note=note,
    )


def _show_reads(book: str, rows: Sequence[ReadingRow], note: str) -> None:
    print_table(
        f"Who saw what in clear in book {book}; times in UTC",
        ["#number", "seen", "who", "what", "sha256 or commitment", "why"],
        [
            (
                row.number,
                _when(row.read_at),
                _who(row.actor, row.role),
                "a document" if row.what == "evidence" else f"{row.field}\nof {row.reference}",
                row.digest,
                row.why,
            )
            for row in rows
        ],
        note=note,
    )


def _show_four_eyes(book: str, rows: Sequence[FourEyesRow], note: str) -> None:
    print_table(
        f"What takes two people in book {book}; times are when it was recorded, in UTC",
        ["#position", "proposal", "#amount", "proposed", "stands", "decided", "two people"],
        [
            (
                row.position,
                row.proposal,
                _amount(row),
                f"{row.proposed_by}\n{_when(row.proposed_at)}",
                row.stands,
                "" if row.decided_at is None else f"{row.decided_by}\n{_when(row.decided_at)}",
                _two(row),
            )
            for row in rows
        ],
        note=note,
    )


def _amount(row: FourEyesRow) -> str:
    if row.amount_minor is None or row.currency is None:
        return ""
    return f"{to_major(row.amount_minor, row.currency)} {row.currency}"


def _two(row: FourEyesRow) -> str:
    if row.policy:
        return f"by {row.policy.replace('_', ' ')}"
    return {True: "yes", False: "NO", None: ""}[row.two_people]


def _who(actor: str, role: str) -> str:
    return f"{actor}\nas {role}" if role else actor


def _when(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S}"


def _instant(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at else None


def _next_page(listed: Listed, last: Any) -> str:
    cursors = {"audit": "first_position", "refused": "cursor", "reads": "number", "four-eyes": "position"}
    return f"next page: --before {getattr(last, cursors[listed])}"


_SEARCHES: dict[Listed, Callable[[Connection, str, _Asked], list[Any]]] = {
    "audit": _search_audit,
    "refused": _search_refused,
    "reads": _search_reads,
    "four-eyes": _search_four_eyes,
}
_SHOWS: dict[Listed, Callable[[str, Sequence[Any], str], None]] = {
    "audit": _show_audit,
    "refused": _show_refused,
    "reads": _show_reads,
    "four-eyes": _show_four_eyes,
}

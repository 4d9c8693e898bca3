"""
Sayings: each command that HTTP takes, as an accepted request, with the story that it is accepted in.

A story is told in memory by `tests/causes`. Here it is moved in time to end just now, so that none of its deadlines
has passed when it stands in a book of its own, and its command is decided in memory too: what a server makes of the
request must be the same, event by event.
"""

import re
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple, Self
from urllib.parse import quote, urlencode

import msgspec
from msgspec.structs import replace

from api.commands.breaks_in_clear import CommentInClear
from api.commands.command_table import Sayable, sayable
from api.commands.disputes_in_clear import SAID_IN_CLEAR
from api.commands.in_clear import ChangeInClear, RegisterInClear
from api.commands.remittances_in_clear import RemitInClear
from api.http.shapes import shown
from domain import commands
from domain.aggregate import Event
from domain.catalogue import type_of
from domain.commands import Command
from domain.commitment import Commitment
from domain.handlers import decide
from domain.references import book_id
from domain.unit_of_work import Step, UnitOfWork
from tests.all_causes import REFUSED
from tests.causes.cause import Attempt
from tests.given import AT, Given, Happened, World, opened

DOCUMENT = b"a photograph"
CURRENCY = "USD"
IN_CLEAR: dict[type[Command], type[Command]] = {
    **SAID_IN_CLEAR,
    commands.RegisterParty: RegisterInClear,
    commands.ChangeProfile: ChangeInClear,
    commands.RecordRemittance: RemitInClear,
    commands.CommentBreak: CommentInClear,
}
_BY_COMMAND = {IN_CLEAR.get(command, command): refused for command, refused in REFUSED.items()}
EVIDENCE, LIST, ATOMIC_LIST = "dispute-evidence", "list", "atomic-list"
LISTED = 10
"""How many orders a list places and accepts."""
MAY_COME_TOO_LATE = frozenset({"clock-expire", "lapse-inspection"})
"""What only says that a deadline has passed: the worker, who says it too, may be first."""

_LAST_DAY = re.compile(r"(.+/)(\d{4}-\d\d-\d\d)")
_DAY = re.compile(rb'"(\d{4}-\d\d-\d\d)(T[^"]*)?"')
_COMMITMENT = re.compile(r"[0-9a-f]{64}")


class Saying(NamedTuple):
    """
    A request that is accepted once in a book where a story happened.

    path: below the book; steps: what must happen by each command of a list, and by its only one where it isn't a list.
    """

    name: str
    path: str
    body: bytes
    content_type: str
    actor: str
    story: World
    steps: tuple[tuple[Step, ...], ...]


def names() -> list[str]:
    """Return what each saying is called: every command that has a path of its own."""
    return [*sayable(), EVIDENCE, LIST, ATOMIC_LIST]


def saying(name: str, book: str, now: datetime) -> Saying:
    """Return a saying for a book of this name; its story has just happened."""
    if name == EVIDENCE:
        return _evidence(book, now)
    if name in {LIST, ATOMIC_LIST}:
        return _list(name, book, now)
    row = sayable()[name]
    refused = _BY_COMMAND[row.command]
    return _saying(row, refused._usual, refused.command, book, now)


class Told(NamedTuple):
    """An event in a form to compare: commitments to texts, whose salts are drawn, look alike."""

    reference: str
    version: int
    policy: str
    happened: str

    @classmethod
    def of(cls, reference: str, version: int, policy: str, event: Event) -> Self:
        """Return an event's."""
        said = f"{type_of(event).topic} {msgspec.json.encode(event, order='sorted').decode()}"
        return cls(reference, version, policy, _COMMITMENT.sub("#", said))


def _saying(row: Sayable, usual: Attempt, command: Command, book: str, now: datetime) -> Saying:
    assert usual.story
    assert usual.at
    later = _later(usual.story, usual.at, now)
    story, command = _retold(usual.story, book, later), _in_full(_moved(command, later))
    body = _body(row, command)
    body["occurred_at"] = usual.at + later
    path = row.path.format(**{part: quote(str(_in_path(part, command)), safe="") for part in row.parts})
    steps = _decided(story, command, usual, book, usual.at + later)
    return Saying(row.name, path, msgspec.json.encode(body), "application/json", usual.actor, story, (steps,))


def _list(name: str, book: str, now: datetime) -> Saying:
    """Return orders that are placed, each with its acceptance behind it."""
    refused = REFUSED[commands.PlaceOrder]
    usual = refused._usual
    assert usual.story
    assert usual.at
    later = _later(usual.story, usual.at, now)
    story, place = _retold(usual.story, book, later), _moved(refused.command, later)
    world = _retold(usual.story, book, later)
    items: list[dict[str, Any]] = []
    steps: list[tuple[Step, ...]] = []
    for number in range(LISTED):
        order = f"PO-L{number}"
        for row, command in (("place", replace(place, order=order)), ("accept", commands.AcceptOrder(order=order))):
            body = _body(sayable()[row], command) | {"occurred_at": usual.at + later}
            path = {"path": {"order": order}} if row == "accept" else {}
            items.append({"command": row, "idempotency_key": key_of(book, len(items)), "body": body, **path})
            steps.append(tuple(world.say(command, actor=usual.actor, at=usual.at + later)))
    said = msgspec.json.encode({"atomic": name == ATOMIC_LIST, "commands": items})
    return Saying(name, "/commands", said, "application/json", usual.actor, story, tuple(steps))


def key_of(book: str, number: int) -> str:
    """Return the key of a command that is said to a book; a list has several, by number."""
    return f"{book}-key-{number}"


def _evidence(book: str, now: datetime) -> Saying:
    refused = REFUSED[commands.SubmitEvidence]
    usual, said = refused._usual, refused.command
    assert isinstance(said, commands.SubmitEvidence)
    assert usual.story
    assert usual.at
    later = _later(usual.story, usual.at, now)
    story = _retold(usual.story, book, later)
    kept = {"sha256": sha256(DOCUMENT).hexdigest(), "size_bytes": len(DOCUMENT), "media_type": "image/jpeg"}
    command = replace(said, **kept)
    asked = {
        "claim": said.claim,
        "side": said.side,
        "request": said.request,
        "name": "a.jpg",
        "occurred_at": (usual.at + later).isoformat(),
    }
    path = f"/orders/{said.order}/disputes/{said.dispute}/evidence?{urlencode(asked)}"
    steps = _decided(story, command, usual, book, usual.at + later)
    return Saying(EVIDENCE, path, DOCUMENT, "image/jpeg", usual.actor, story, (steps,))


def _later(story: Given, at: datetime, now: datetime) -> timedelta:
    """
    Return by how many whole days a story is moved so that it ends within a day before now: by whole weeks where
    payouts are on one day of the week; months never move.
    """
    if any(step.reference.startswith("period") for step, _ in story.world.steps):
        return timedelta(0)
    weeks = any(b'"payout_schedule":"weekly"' in msgspec.json.encode(step.event) for step, _ in story.world.steps)
    whole_days = 7 if weeks else 1
    return timedelta(days=(now - at).days // whole_days * whole_days)


def _retold(story: Given, book: str, later: timedelta) -> World:
    world = World()
    if all(not step.reference.startswith("book:") for step, _ in story.world.steps):
        world.happen(Happened(book_id(book), opened()), at=AT + later)
    for step, _ in story.world.steps:
        reference = re.sub(r"(?<=:)main$", book, _moved_name(step.reference, later))
        world.happen(Happened(reference, _moved(step.event, later)), at=step.occurred_at + later)
    return world


def _moved_name(reference: str, later: timedelta) -> str:
    """Return a reference with the day that is its last part moved, as of rates."""
    named = _LAST_DAY.fullmatch(reference)
    return f"{named[1]}{date.fromisoformat(named[2]) + later}" if named else reference


def _moved(said: Any, later: timedelta) -> Any:
    """Return an event or a command with every day and instant in it moved."""

    def moved(found: re.Match[bytes]) -> bytes:
        day = date.fromisoformat(found[1].decode()) + later
        return b'"%b%b"' % (day.isoformat().encode(), found[2] or b"")

    return msgspec.json.decode(_DAY.sub(moved, msgspec.json.encode(said)), type=type(said))


def _decided(story: World, command: Command, usual: Attempt, book: str, at: datetime) -> tuple[Step, ...]:
    uow = UnitOfWork(story.load, actor=usual.actor, role=usual.role, occurred_at=at, book=book)
    decide(command, uow)
    return tuple(uow.steps)


def _body(row: Sayable, command: Command) -> dict[str, Any]:
    """Return a command as a caller says it; a text in clear stands where its commitment would."""
    fields: dict[str, Any] = msgspec.to_builtins(shown(command))
    if isinstance(command, commands.ChangeProfile):
        fields["value"] = fields.pop("commitment")
    unsaid = {"type", *row.in_path, *(("currency",) if _has_open_currency(command) else ())}
    return {name: value for name, value in fields.items() if name not in unsaid}


def _has_open_currency(command: Command) -> bool:
    """Return whether a command takes its currency from the amounts in it."""
    fields = {field.name: field.default for field in msgspec.structs.fields(command)}
    return fields.get("currency") == ""


def _in_full(command: Command) -> Command:
    """Return a command that says in what currency its amounts are, and of whom it speaks, in clear."""
    if isinstance(command, commands.RegisterParty):
        return replace(command, profile={"name": Commitment("a" * 64)})
    return replace(command, currency=CURRENCY) if _has_open_currency(command) else command


def _in_path(part: str, command: Command) -> Any:
    if hasattr(command, part):
        return getattr(command, part)
    name, version = command.rulebook.split("/")  # type: ignore[attr-defined]
    return {"name": name, "version": version}[part]

"""Requests become submissions: a JSON body per command, typed and closed, with the key that makes a retry safe."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple, cast

import msgspec
from fastapi import Request
from starlette.requests import ClientDisconnect

from api.commands.body_shapes import read_as, said_fields
from api.http.faults import KEY_HEADER, KEY_MISSING, BodyReader, Fault, malformed
from api.http.negotiation import JSON, check_media_type
from api.identity.caller import Caller
from domain.commands import Command
from domain.references import dispute_id, periods_id
from ledger.outcomes import ANY_VERSION, COMMAND_ID, COMMAND_ID_DESCRIBED, Submission

PRINCIPAL = "api"
"""Whose command ids are: those of all who see the whole book. A party's are its own, see `principal_of`."""

DRY_RUN = "dry_run"

InPath = dict[str, str | int]
"""What a path carries, by field of its command."""


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every command's body may say beside its own fields: when, in the world, it took place."""

    occurred_at: datetime | None = None


def body_of(command: type[Command], *, without: str | tuple[str, ...] | None = None) -> type[Body]:
    """Return the body that carries a command's fields, except those that its path carries."""
    fields = said_fields(command, without=_names(without))
    return cast(
        "type[Body]", msgspec.defstruct(f"{command.__name__}Body", fields, bases=(Body,), frozen=True, kw_only=True)
    )


def _names(in_path: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (in_path,) if isinstance(in_path, str) else in_path or ()


class Heard(NamedTuple):
    """What a request submits, and whether it is only tried."""

    submission: Submission
    dry_run: bool


class CommandReader:
    """Reads requests for one kind of command; `in_path` names the fields that the path carries."""

    def __init__(self, command: type[Command], *, in_path: str | tuple[str, ...] | None = None) -> None:
        self._command = command
        self.body = body_of(command, without=in_path)
        self._reader = BodyReader(self.body)

    async def hear(self, request: Request, in_path: InPath | Sequence[Fault]) -> Heard:
        """
        Return what a request submits; `in_path` is what its path carries, or what is wrong with it.

        Raises, in this order: MediaTypeUnsupported, RequestMalformed (with all faults), AmountsDiffer, HeaderMalformed
        (If-Match is about something that the command isn't about).
        """
        check_media_type(request, JSON)
        body = await whole_body(request)
        faults = () if isinstance(in_path, dict) else in_path
        envelope = envelope_of(request, faults=faults, of_body=lambda: self._reader.faults(body))
        said = self._reader.read(body)
        fields = in_path if isinstance(in_path, dict) else {}
        command = self.command_of(said, fields)
        return Heard(envelope.around(command, occurred_at=said.occurred_at, in_path=fields), envelope.dry_run)

    def command_of(self, said: Body, in_path: InPath) -> Command:
        """
        Return the command that a body and a path say.

        Raises: AmountsDiffer.
        """
        return cast("Command", read_as(self._command, said, in_path))


class Expected(NamedTuple):
    """
    Which version of what the caller saw: of what the path names, where the reference is empty.

    version: ANY_VERSION where it only has to be there.
    """

    reference: str
    version: int


class Envelope(NamedTuple):
    """
    What a request says beside its body: its book, the command's key, who says it, what version they saw, and whether
    the command is only tried.
    """

    book: str
    key: str
    caller: Caller
    expected: Expected | None = None
    dry_run: bool = False

    def around(self, command: Command, *, occurred_at: datetime | None, in_path: InPath) -> Submission:
        """
        Return the submission of a command.

        Raises: HeaderMalformed, where the version that the caller saw is of nothing that the command is about.
        """
        return Submission(
            command=command,
            command_id=self.key,
            principal=principal_of(self.caller),
            actor=self.caller.actor,
            role=self.caller.role,
            occurred_at=occurred_at,
            expected_versions=self._expected_of(command, in_path) if self.expected else {},
        )

    def _expected_of(self, command: Command, in_path: InPath) -> dict[str, int]:
        if self.expected is None:
            return {}
        reference, version = self.expected
        if reference and reference not in command.subjects():
            raise malformed([_fault_of_version("names something that this command isn't about")])
        if not (about := reference or _about(command, in_path, self.book)):
            raise malformed([_fault_of_version("the path names nothing yet that has a version")])
        return {about: version}


def envelope_of(
    request: Request, *, faults: Sequence[Fault] = (), of_body: Callable[[], Sequence[Fault]] = tuple
) -> Envelope:
    """
    Return what a request's token, query and headers say.

    faults: what is wrong with its path; of_body: returns what is wrong with its body, asked where anything else is.

    Raises: RequestMalformed, with all faults.
    """
    key = key_said(_headers(request, b"idempotency-key"))
    expected = expected_said(_headers(request, b"if-match"))
    dry_run = is_said(request, DRY_RUN)
    found = [*faults, *(each for each in (dry_run, key, expected) if isinstance(each, Fault))]
    if found or isinstance(key, Fault) or isinstance(expected, Fault) or isinstance(dry_run, Fault):
        raise malformed([*found, *of_body()])
    return Envelope(request.path_params.get("book", ""), key, request.scope["state"]["caller"], expected, dry_run)


async def whole_body(request: Request) -> bytes:
    """Return a body that nobody has read yet. Raises: ClientDisconnect."""
    pieces, more_body = [], True
    while more_body:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        pieces.append(message.get("body", b""))
        more_body = message.get("more_body", False)
    return b"".join(pieces)


def _headers(request: Request, sought: bytes) -> list[str]:
    return [value.decode("latin-1") for name, value in request.scope["headers"] if name == sought]


def principal_of(caller: Caller) -> str:
    """Return in whose namespace a caller's command ids are, so that no party meets another's."""
    return f"{PRINCIPAL}:{caller.party}" if caller.is_party else PRINCIPAL


_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')
_ESCAPED = re.compile(r'\\(["\\])')


def key_said(headers: Sequence[str]) -> str | Fault:
    """Return the key that a request's headers give: a string in quotes, as "k-1", or the same without them."""
    if not headers or headers[0] in {"", '""'}:
        return KEY_MISSING
    if len(headers) > 1:
        return Fault("header", "said more than once", name=KEY_HEADER)
    key = headers[0]
    if key[0] == '"':
        if not (quoted := _QUOTED.fullmatch(key)):
            return Fault("header", 'not one string in quotes, as "k-1"', name=KEY_HEADER)
        key = _ESCAPED.sub(r"\1", quoted[1])
    return key if COMMAND_ID.fullmatch(key) else Fault("header", COMMAND_ID_DESCRIBED, name=KEY_HEADER)


_VERSION = re.compile(r'"(?:([!#-?A-~]{1,200})@)?([0-9]{1,18})"')


def expected_said(headers: Sequence[str]) -> Expected | Fault | None:
    """Return which version of what an If-Match says: `"3"`, `"hold:PO-1@3"`, or `*` for any at all; or that none is."""
    if not headers:
        return None
    if len(headers) == 1 and headers[0] == "*":
        return Expected("", ANY_VERSION)
    version = _VERSION.fullmatch(headers[0]) if len(headers) == 1 else None
    if not version:
        return _fault_of_version('not a version in quotes, as "3" or "hold:PO-1@3", nor *')
    return Expected(version[1] or "", int(version[2]))


def _fault_of_version(problem: str) -> Fault:
    return Fault("header", problem, name="If-Match")


def _about(command: Command, in_path: InPath, book: str) -> str:
    """Return the reference of what a path names: a dispute, a period, or what its command is about first."""
    match in_path:
        case {"order": str(order), "dispute": int(number)}:
            return dispute_id(order, number)
        case {"period": str()}:
            return periods_id(book)
        case _:
            return next(iter(command.subjects()), "") if in_path else ""


_YES, _NO = frozenset({"true", "1"}), frozenset({"false", "0"})


def is_said(request: Request, name: str) -> bool | Fault:
    """Return whether a query says yes to something; not where it says nothing of it."""
    if not request.scope.get("query_string"):
        return False
    match request.query_params.getlist(name):
        case []:
            return False
        case [said] if said in _YES | _NO:
            return said in _YES
        case _:
            return Fault("query", "true or false", name=name)

"""
A list of commands as it is read: each with its name, its key, what its path would carry, and its body.

It is read in one pass where nothing is wrong with it. Otherwise each is read alone, so that whoever sent ten thousand
is told which ones can't be meant, and the others are taken.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, NamedTuple, Union, cast

import msgspec

from api.commands.command_table import Sayable, sayable, type_of_part
from api.commands.requests import Body, CommandReader, Expected, InPath, expected_said
from api.http.faults import BodyMalformed, BodyReader, Fault, malformed
from domain.commands import Command
from domain.errors import LedgerError

COMMANDS_MAX = 10_000
LINES = "application/jsonl"

Version = Annotated[str, msgspec.Meta(pattern=r"^(\*|([!#-?A-~]{1,200}@)?[0-9]{1,18})$")]
"""As in If-Match, without its quotes."""


class Said(NamedTuple):
    """A command of a list that can be meant."""

    row: Sayable
    key: str
    parts: Mapping[str, Any]
    command: Command
    body: Body
    in_path: InPath
    expected: Expected | None


class Unreadable(NamedTuple):
    """A command of a list that can't be meant; name and parts as far as it says them."""

    error: LedgerError
    name: str
    parts: Mapping[str, Any]


Item = Said | Unreadable


class Listed(NamedTuple):
    """A list of commands, in order, and whether all or none are recorded."""

    items: Sequence[Item]
    atomic: bool


def read_list(body: bytes) -> Listed:
    """
    Return a list of commands said as one JSON document.

    Raises: BodyMalformed where it isn't one, or names are said twice in it, or it is longer than COMMANDS_MAX.
    """
    try:
        said = _whole().read(body)
    except BodyMalformed:
        loose = _LOOSE.read(body)
        return Listed([_item(raw, number) for number, raw in enumerate(loose.commands)], loose.atomic)
    return Listed([_said(each, number) for number, each in enumerate(said.commands)], said.atomic)


def read_lines(body: bytes, *, atomic: bool) -> Listed:
    """
    Return a list of commands said as lines of JSON; empty lines don't count.

    Raises: BodyMalformed where there are none, or more than COMMANDS_MAX.
    """
    lines = [line for line in body.split(b"\n") if line.strip()]
    if not 1 <= len(lines) <= COMMANDS_MAX:
        raise malformed([Fault("body", f"{len(lines)} lines, not 1 to {COMMANDS_MAX}", pointer="")])
    return Listed([_item(line, number) for number, line in enumerate(lines)], atomic)


@cache
def item_types() -> Mapping[str, type[msgspec.Struct]]:
    """Return by name the type of each command as a list says it."""
    return {row.name: _item_type(row) for row in sayable().values()}


class _Loose(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    commands: Annotated[list[msgspec.Raw], msgspec.Meta(min_length=1, max_length=COMMANDS_MAX)]
    atomic: bool = False


class _Named(msgspec.Struct, frozen=True):
    command: str = ""
    path: dict[str, Any] = {}


_LOOSE = BodyReader(_Loose)
_NAMED = msgspec.json.Decoder(_Named)


def _any_item() -> Any:
    return Union[tuple(item_types().values())]  # noqa: UP007 - made while running


@cache
def list_type() -> type[msgspec.Struct]:
    """Return the type of a list of commands."""
    items: Any = list[_any_item()]  # type: ignore[misc]
    commands: Any = Annotated[items, msgspec.Meta(min_length=1, max_length=COMMANDS_MAX)]
    return msgspec.defstruct(
        "CommandList",
        [("commands", commands), ("atomic", bool, False)],
        forbid_unknown_fields=True,
        frozen=True,
        namespace={"__doc__": "Commands in the order in which they are recorded; with `atomic`, all or none."},
    )


@cache
def _whole() -> BodyReader[Any]:
    return BodyReader(list_type())


@cache
def _one() -> BodyReader[Any]:
    return BodyReader(_any_item())


@cache
def _readers() -> Mapping[str, CommandReader]:
    return {row.name: CommandReader(row.command, in_path=row.in_path) for row in sayable().values()}


def _item_type(row: Sayable) -> type[msgspec.Struct]:
    body = _readers()[row.name].body
    needs_body = any(field.required for field in msgspec.structs.fields(body))
    fields: list[Any] = [("idempotency_key", str)]
    if row.parts:
        path = msgspec.defstruct(
            f"{body.__name__}Path",
            [(part, type_of_part(part)) for part in row.parts],
            forbid_unknown_fields=True,
            frozen=True,
        )
        fields.append(("path", path))
    fields.append(("body", body) if needs_body else ("body", body, msgspec.field(default_factory=body)))
    fields.append(("if_match", Version | None, None))
    return msgspec.defstruct(
        f"{body.__name__}InList",
        fields,
        tag_field="command",
        tag=row.name,
        forbid_unknown_fields=True,
        frozen=True,
        kw_only=True,
        namespace={"__doc__": row.summary},
    )


def _item(raw: bytes | msgspec.Raw, number: int) -> Item:
    try:
        return _said(_one().read(bytes(raw)), number)
    except BodyMalformed as error:
        try:
            named = _NAMED.decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            named = _Named()
        return Unreadable(_at(error, f"/commands/{number}"), named.command, named.path)


def _said(item: Any, number: int) -> Item:
    row = sayable()[item.__struct_config__.tag]
    parts = {part: getattr(item.path, part) for part in row.parts} if row.parts else {}
    in_path: InPath = {"rulebook": f"{parts['name']}/{parts['version']}"} if "version" in parts else parts
    try:
        command = _readers()[row.name].command_of(item.body, in_path)
    except LedgerError as error:
        return Unreadable(_at(error, f"/commands/{number}/body"), row.name, parts)
    return Said(row, item.idempotency_key, parts, command, item.body, in_path, _expected(item.if_match))


def _expected(if_match: str | None) -> Expected | None:
    if if_match is None:
        return None
    said = expected_said([if_match if if_match == "*" else f'"{if_match}"'])
    return cast("Expected", said)


def _at(error: LedgerError, place: str) -> LedgerError:
    """Return an error whose faults are pointed to from where the list begins."""
    faults = getattr(error, "faults", ())
    moved = tuple(msgspec.structs.replace(each, pointer=f"{place}{each.pointer or ''}") for each in faults)
    if moved:
        error.faults = moved  # type: ignore[attr-defined]
    return error


def positions_of(items: Sequence[Item]) -> Iterator[tuple[int, Said]]:
    """Yield what can be meant with its place."""
    return ((place, item) for place, item in enumerate(items) if isinstance(item, Said))

"""Malformed requests: drawn by a seed, each wrong in at least one way, as the bytes that go over the connection."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from random import Random
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from api.commands.command_table import sayable
from api.commands.requests import CommandReader

BOOK = "/v1/books/main"
PARTS = {"dispute": "1", "amendment": "1", "version": "1", "month": "2026-01", "currency": "USD", "name": "standard"}
LISTS = ("orders", "events", "journal", "balances", "disputes", "deadlines", "commissions", "parties")
TRICKS = (
    "PO\u202e1",
    "\u0000",
    "\uff11\uff12",
    "PO-\u200b1",
    "é" * 65,
    "é",
    "../../etc/passwd",
    "' OR 1=1 --",
    "\ufeff",
    "\U0001f4b0",
    "x" * 100_000,
    "${jndi:x}",
    "{{7*7}}",
)
NUMBERS = (
    "1e400",
    "-1e400",
    "NaN",
    "-Infinity",
    "9" * 5_000,
    "1.5",
    "10.50",
    "0x10",
    "1_000",
    "٣",
    "+1",
    "01",
    "1e2.5",
)
WRONG_MONEY: tuple[Any, ...] = (
    {"minor": 2**53, "currency": "USD"},
    {"minor": -(2**53), "currency": "USD"},
    {"minor": 10**40, "currency": "USD"},
    {"minor": 10.5, "currency": "USD"},
    {"minor": "1050", "currency": "USD"},
    {"minor": 1, "currency": "usd"},
    {"minor": 1, "currency": "U$D"},
    {"minor": 1, "currency": 840},
    {"minor": 1},
    {"currency": "USD"},
    {"minor": 1, "currency": "USD", "exponent": 3},
    "10.50 USD",
    10.5,
)


class Sent(NamedTuple):
    """A request as it is sent, all of it, and what kind of wrong it is."""

    kind: str
    head: bytes
    body: bytes


class Told(NamedTuple):
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes


def requests(seed: int, count: int, *, authorization: str) -> Iterator[Sent]:
    """Yield malformed requests: of every command its every field at least once, while the count lasts."""
    dice = Random(seed)  # noqa: S311 - of a test
    rows = list(sayable().values())
    bodies = [(row, CommandReader(row.command, in_path=row.in_path).body) for row in rows]
    for number in range(count):
        row, body = bodies[number % len(bodies)]
        kind = dice.choice(KINDS)
        path = f"{BOOK}{row.path.format(**{part: PARTS.get(part, 'NONE-1') for part in row.parts})}"
        yield _drawn(kind, dice, path, body, authorization, number)


def _drawn(kind: str, dice: Random, path: str, body: type[Any], authorization: str, number: int) -> Sent:
    headers = {"authorization": authorization, "idempotency-key": f"fuzz-{number}", "content-type": "application/json"}
    if kind in BODIES:
        return _sent(kind, "POST", path, headers, BODIES[kind](dice, body))
    if kind == "header":
        name, value = dice.choice(WRONG_HEADERS)
        return _sent(f"{kind} {name}", "POST", path, headers | {name: value}, b"{}")
    if kind == "path":
        wrong = dice.choice(("%00", "%FF", "%E2%80%AE", "..%2F..", "a" * 300, "%", "PO 1"))
        return _sent(kind, "POST", f"{BOOK}/orders/{wrong}/accept", headers, b"{}")
    if kind == "cursor":
        wrong = "".join(dice.choice("abcXYZ019-_%=.~") for _ in range(dice.randrange(1, 200)))
        return _sent(kind, "GET", f"{BOOK}/{dice.choice(LISTS)}?cursor={wrong.replace('%', '%25')}", headers, b"")
    wrong = dice.choice(("limit=0", "limit=-1", "limit=1e3", "limit=99999999999999999999", "at_position=x", "fields=("))
    return _sent(kind, "GET", f"{BOOK}/{dice.choice(LISTS)}?{wrong}", headers, b"")


WRONG_HEADERS: tuple[tuple[str, bytes | str], ...] = (
    ("idempotency-key", ""),
    ("idempotency-key", "k" * 256),
    ("idempotency-key", "two words"),
    ("idempotency-key", b"\xff\xfe"),
    ("if-match", "7"),
    ("if-match", '"' + "9" * 60 + '"'),
    ("if-match", b'"\xc3\x28"'),
    ("authorization", "Bearer x"),
    ("authorization", "Bearer " + "a" * 20_000),
    ("authorization", "Basic eDp5"),
    ("authorization", b"Bearer \xff"),
    ("content-type", "text/xml"),
    ("content-type", "application/json; charset=utf-7"),
    ("accept", "image/png"),
    ("x-long", "y" * 40_000),
    ("content-length", "-1"),
    ("content-length", "9" * 30),
    ("transfer-encoding", "gzip"),
)


def _sent(kind: str, method: str, path: str, headers: dict[str, Any], body: bytes) -> Sent:
    said = {"host": "ledger", "connection": "close", "content-length": str(len(body))} | headers
    raw = [f"{method} {path} HTTP/1.1".encode()]
    raw += [
        name.encode() + b": " + (value if isinstance(value, bytes) else value.encode()) for name, value in said.items()
    ]
    return Sent(kind, b"\r\n".join(raw) + b"\r\n\r\n", body)


# Bodies.


def _not_json(dice: Random, body: type[Any]) -> bytes:
    whole = json.dumps(_plausible(body)).encode()
    return dice.choice(
        (
            whole[: dice.randrange(1, len(whole))] if len(whole) > 1 else b"{",
            whole + b"x",
            b"\xef\xbb\xbf" + whole,
            whole.decode().encode("utf-16"),
            b"{" + b"\xff" * 9,
            b"[" * 100_000,
            b'{"a":' * 50_000,
            b"null",
            b"[]",
            b'"x"',
            b"\x00",
            b"{'a': 1}",
            b'{"a": tru}',
        )
    )


def _wrong_field(dice: Random, body: type[Any]) -> bytes:
    """One field of a plausible body becomes something else."""
    value = _plausible(body)
    name = dice.choice([each.encode_name for each in msgspec.structs.fields(body)])
    value[name] = dice.choice((_wrong(dice), [_wrong(dice)], {"x": _wrong(dice)}, {}, dice.choice(WRONG_MONEY)))
    value[f"nobody-knows-{dice.randrange(9)}"] = 1  # whatever became of the field, this is wrong
    return json.dumps(value).encode()


def _wrong_number(dice: Random, body: type[Any]) -> bytes:
    name = dice.choice([each.encode_name for each in msgspec.structs.fields(body)])
    return f'{{"{name}": {dice.choice(NUMBERS)}, "nobody-knows": 1}}'.encode()


def _said_twice(dice: Random, body: type[Any]) -> bytes:
    value = _plausible(body)
    name = dice.choice([each.encode_name for each in msgspec.structs.fields(body)])
    return f"{json.dumps(value | {name: 1})[:-1]}, {json.dumps(name)}: {json.dumps(_wrong(dice))}}}".encode()


def _half_a_character(dice: Random, body: type[Any]) -> bytes:
    name = dice.choice([each.encode_name for each in msgspec.structs.fields(body)])
    return f'{{"{name}": "{dice.choice(("PO", ""))}\\ud800"}}'.encode()


def _without(_dice: Random, body: type[Any]) -> bytes:
    return json.dumps({"nobody-knows": list(_plausible(body))}).encode()


BODIES: dict[str, Callable[[Random, type[Any]], bytes]] = {
    "not json": _not_json,
    "wrong field": _wrong_field,
    "wrong number": _wrong_number,
    "said twice": _said_twice,
    "half a character": _half_a_character,
    "without": _without,
}
KINDS = (*BODIES, "wrong field", "wrong field", "header", "path", "cursor", "query")


def _wrong(dice: Random) -> Any:
    return dice.choice((None, True, -1, 0, 2**63, 10**40, 1.5, "", "1", [], {}, [[[]]], *TRICKS))


def _plausible(body: type[Any]) -> dict[str, Any]:
    """Return a body of a type as somebody might say it."""
    told = inspect.type_info(body)
    assert isinstance(told, inspect.StructType)
    return {field.encode_name: _some(field.type) for field in told.fields if field.required}


def _some(kind: inspect.Type) -> Any:
    match kind:
        case inspect.StructType(fields=fields, tag_field=name, tag=tag):
            tagged = {name: tag} if name else {}
            return tagged | {field.encode_name: _some(field.type) for field in fields if field.required}
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item) | inspect.SetType(item_type=item):
            return [_some(item)]
        case inspect.DictType(value_type=of_each):
            return {"USD": _some(of_each)}
        case inspect.UnionType(types=kinds):
            return _some(kinds[0])
        case inspect.LiteralType(values=values):
            return values[0]
        case inspect.IntType() | inspect.FloatType():
            return 1
        case inspect.BoolType():
            return True
        case inspect.DateType():
            return "2026-01-01"
        case inspect.DateTimeType():
            return "2026-01-01T00:00:00Z"
        case _:
            return "X-1"


# Over the connection.


def exchange(host: str, port: int, sent: Sent, *, seconds: float = 60) -> Told:
    """Send a request as it is, and return the answer."""
    with socket.create_connection((host, port), timeout=seconds) as connection:
        with suppress(OSError):  # an answer may have come before all was sent
            connection.sendall(sent.head + sent.body)
        return answer_on(connection)


def answer_on(connection: socket.socket) -> Told:
    """Return the answer that comes on a connection, which ends then."""
    came = b""
    with suppress(ConnectionResetError):
        while chunk := connection.recv(65_536):
            came += chunk
    head, _, body = came.partition(b"\r\n\r\n")
    line, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in lines)}
    return Told(int(line.split()[1]), headers, body)

"""
A fault is one thing in a request that can't be meant: where it stands, and what is wrong with it.

A request is told all its faults at once. Reading a body that has none costs one pass of the decoder and one that looks
for names said twice; only a body that has some is walked, against its type.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from types import UnionType
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import UNSET, UnsetType

from domain.errors import Malformed

FAULTS_MAX = 100
"""So many are told of one request; who made more mends these first."""
PROBLEM_CHARACTERS_MAX = 300
NESTED_MAX = 64
DIGITS_MAX = 400

Where = Literal["path", "query", "header", "body"]


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """
    One fault: of the path, the query and the headers by `name`, of the body by `pointer` (RFC 6901).

    The pointer of the whole body is empty. A body's faults come in the order of its type's fields.
    """

    where: Where = msgspec.field(name="in")
    problem: str
    name: str | UnsetType = UNSET
    pointer: str | UnsetType = UNSET


@dataclass(eq=False, kw_only=True)
class RequestMalformed(Malformed):
    """
    Something of a request can't be meant.

    faults: all that is wrong with the request, also where the error's own code is only about the first of them.
    """

    faults: tuple[Fault, ...] = field(default=(), repr=False)

    def details(self) -> dict[str, Any]:
        """Return the attributes by name, without the faults: they stand beside the details."""
        return {name: value for name, value in super().details().items() if name != "faults"}


@dataclass(eq=False, kw_only=True)
class ParameterMalformed(RequestMalformed):
    """A parameter of the path or the query has a value that can't be meant."""

    code: ClassVar[str] = "request.parameter_malformed"

    def details(self) -> dict[str, Any]:
        """Return what is wrong with which parameter."""
        return {f"{each.where}.{each.name}": each.problem for each in self.faults if each.where in {"path", "query"}}


@dataclass(eq=False, kw_only=True)
class IdempotencyKeyMissing(RequestMalformed):
    """A change needs the header Idempotency-Key: an id of your own, the same at every retry."""

    code: ClassVar[str] = "request.idempotency_key_missing"


@dataclass(eq=False, kw_only=True)
class HeaderMalformed(RequestMalformed):
    """A header has a value that can't be meant."""

    code: ClassVar[str] = "request.header_malformed"
    header: str
    problem: str


@dataclass(eq=False, kw_only=True)
class BodyMalformed(RequestMalformed):
    """The body isn't what this command takes; `problem` names the field."""

    code: ClassVar[str] = "request.body_malformed"
    problem: str


KEY_HEADER = "Idempotency-Key"
KEY_MISSING = Fault("header", "is missing: an id of your own, the same at every retry", name=KEY_HEADER)


def malformed(faults: Iterable[Fault]) -> RequestMalformed:
    """
    Return what a request with these faults is refused with, which tells all of them.

    The code is of the first in the order in which a request is read: its path and query, the key of a command, other
    headers, its body.
    """
    told = tuple(sorted(faults, key=_rank))[:FAULTS_MAX]
    match told[0]:
        case Fault(where="path" | "query"):
            return ParameterMalformed(faults=told)
        case first if first is KEY_MISSING:
            return IdempotencyKeyMissing(faults=told)
        case Fault(where="header") as first:
            return HeaderMalformed(header=str(first.name), problem=first.problem, faults=told)
        case first:
            return BodyMalformed(problem=_told(first), faults=told)


_READ: dict[Where, int] = {"path": 0, "query": 1, "header": 3, "body": 4}


def _rank(fault: Fault) -> int:
    return 2 if fault is KEY_MISSING else _READ[fault.where]


def _told(fault: Fault) -> str:
    return f"{fault.problem} - at {fault.pointer}" if fault.pointer else fault.problem


def faults_of_parameters(errors: Iterable[Mapping[str, Any]]) -> list[Fault]:
    """Return the faults that the framework found in a path and a query, as it tells them: by `loc` and `msg`."""
    return [_of_parameter(each["loc"], str(each["msg"])) for each in errors]


def _of_parameter(loc: Sequence[str | int], problem: str) -> Fault:
    place, *names = map(str, loc)
    match place:
        case "path" | "query" | "header":
            return Fault(place, problem, name=".".join(names))
        case _:
            return Fault("body", problem, pointer=_pointer(names))


T = TypeVar("T")


class BodyReader(Generic[T]):
    """Reads bodies of one type, in JSON: strictly, so that no two readers understand a body differently."""

    def __init__(self, body: type[T]) -> None:
        self._type = body
        self._decoder = msgspec.json.Decoder(body)

    def read(self, body: bytes) -> T:
        """
        Return what a body says; an empty one says `{}`.

        Raises: BodyMalformed, with all faults.
        """
        try:
            said = self._decoder.decode(body or b"{}")
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            first = str(error)
        else:
            if not body or _is_unambiguous(body):
                return said
            first = "a name is said twice"
        raise malformed(self.faults(body) or [Fault("body", first[:PROBLEM_CHARACTERS_MAX], pointer="")])

    def faults(self, body: bytes) -> list[Fault]:
        """Return all faults of a body."""
        return faults_of(body, self._type)


def faults_of(body: bytes, said: Any) -> list[Fault]:
    """
    Return all that is wrong with a body in JSON that has to say a value of a type; nothing where nothing is.

    said: the type, of msgspec's kinds.
    """
    try:
        document = _document_of(body or b"{}")
    except (ValueError, RecursionError) as error:
        return [Fault("body", _syntax(body, error), pointer="")]
    return _first(_of_document(document, ())) or _first(_of_value(document, said, ()))


def _first(faults: Iterator[Fault]) -> list[Fault]:
    return [*islice(faults, FAULTS_MAX)]


# A document, before anybody asks what it should say.


class _Object(dict[str, Any]):
    """An object of a document, and which of its names were said more than once."""

    twice: tuple[str, ...] = ()


class _Unreadable:
    """A number that nobody can read: `problem` says why."""

    def __init__(self, problem: str) -> None:
        self.problem = problem


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    made = _Object(pairs)
    if len(made) != len(pairs):
        said = Counter(name for name, _ in pairs)
        made.twice = tuple(name for name in made if said[name] > 1)
    return made


def _integer(digits: str) -> int | _Unreadable:
    return int(digits) if len(digits) <= DIGITS_MAX else _Unreadable(f"a number of {len(digits)} digits")


def _fraction(digits: str) -> float | _Unreadable:
    number = float(digits)
    return number if abs(number) != float("inf") else _Unreadable("a number out of range")


def _no_number(name: str) -> _Unreadable:
    return _Unreadable(f"{name} is no number in JSON")


_document = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_fraction, parse_constant=_no_number
)


class _SaidTwice(Exception):
    pass


def _once(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) != len(pairs):
        raise _SaidTwice


_strict = json.JSONDecoder(object_pairs_hook=_once)


def _is_unambiguous(body: bytes) -> bool:
    """Return whether a body that could be decoded says no name of an object twice."""
    try:
        _strict.decode(body.decode())
    except (_SaidTwice, ValueError, RecursionError):
        return False
    return True


def _document_of(body: bytes) -> Any:
    return _document.decode(body.decode())


def _syntax(body: bytes, error: Exception) -> str:
    match error:
        case UnicodeDecodeError():
            return f"isn't UTF-8 (byte {error.start})"
        case RecursionError():
            return "is nested too deeply"
        case json.JSONDecodeError():
            return f"isn't JSON (byte {len(error.doc[: error.pos].encode(errors='replace'))} of {len(body)})"
        case _:
            return "isn't JSON"


def _of_document(value: Any, at: tuple[str, ...]) -> Iterator[Fault]:
    """Yield what is wrong with a document whatever it should say."""
    if len(at) > NESTED_MAX:
        yield _fault(at, "is nested too deeply")
    elif isinstance(value, _Object):
        yield from (_fault((*at, name), "is said twice") for name in value.twice)
        for name, each in value.items():
            if not _is_text(name):
                yield _fault((*at, name), "has a name with half of a character (a lone surrogate)")
            yield from _of_document(each, (*at, name))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _of_document(each, (*at, str(number)))
    elif isinstance(value, _Unreadable):
        yield _fault(at, value.problem)
    elif isinstance(value, str) and not _is_text(value):
        yield _fault(at, "has half of a character (a lone surrogate)")


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


# A document against the type of what it should say.


def _of_value(value: Any, said: Any, at: tuple[str, ...]) -> Iterator[Fault]:
    try:
        msgspec.convert(value, said)
    except (msgspec.ValidationError, RecursionError) as error:
        found = _first(_of_parts(value, said, at))
        yield from found or [_fault(at, _problem(error))]


def _of_parts(value: Any, said: Any, at: tuple[str, ...]) -> Iterator[Fault]:
    """Yield the faults of what a value is made of; none where the fault is the whole value's."""
    fitting = _fitting(value, said)
    if fitting is None:
        return
    if isinstance(value, dict) and _is_struct(fitting):
        yield from _of_fields(value, fitting, at)
    elif isinstance(value, dict) and (of_each := get_args(fitting)):
        for name, each in value.items():
            yield from _of_value(name, of_each[0], (*at, name))
            yield from _of_value(each, of_each[1], (*at, name))
    elif isinstance(value, list) and (of_each := get_args(fitting)):
        for number, each in enumerate(value):
            yield from _of_value(each, of_each[0], (*at, str(number)))


def _of_fields(value: dict[str, Any], struct: type[msgspec.Struct], at: tuple[str, ...]) -> Iterator[Fault]:
    fields = {each.encode_name: each for each in msgspec.structs.fields(struct)}
    for name, each in fields.items():
        if name in value:
            yield from _of_value(value[name], each.type, (*at, name))
        elif each.required:
            yield _fault((*at, name), "is missing")
    if struct.__struct_config__.forbid_unknown_fields:
        unknown = value.keys() - fields.keys() - {struct.__struct_config__.tag_field}
        yield from (_fault((*at, name), f"unknown field `{name}`") for name in value if name in unknown)


def _fitting(value: Any, said: Any) -> Any:
    """Return of what a type allows the one kind that an object or a list can be meant as, or nothing."""
    kinds = [kind for kind in _kinds(said) if _may_be(value, kind)]
    if len(kinds) > 1 and isinstance(value, dict):
        kinds = [kind for kind in kinds if _is_struct(kind) and _is_tagged(value, kind)]
    return kinds[0] if len(kinds) == 1 else None


def _kinds(said: Any) -> Iterator[Any]:
    origin = get_origin(said)
    if origin is Annotated:
        yield from _kinds(get_args(said)[0])
    elif origin in {Union, UnionType}:
        for each in get_args(said):
            yield from _kinds(each)
    else:
        yield said


def _may_be(value: Any, kind: Any) -> bool:
    if isinstance(value, list):
        return get_origin(kind) in {list, tuple, set, frozenset}
    return isinstance(value, dict) and (_is_struct(kind) or get_origin(kind) is dict)


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _is_tagged(value: dict[str, Any], struct: type[msgspec.Struct]) -> bool:
    config = struct.__struct_config__
    return config.tag_field is not None and value.get(config.tag_field) == config.tag


def _problem(error: Exception) -> str:
    return _PLACE.sub("", str(error)) if isinstance(error, msgspec.ValidationError) else "is nested too deeply"


_PLACE = re.compile(r" - at `.*`\Z", re.DOTALL)
"""Where in a value the decoder found its fault: a pointer says it."""


def _fault(at: tuple[str, ...], problem: str) -> Fault:
    return Fault("body", problem[:PROBLEM_CHARACTERS_MAX], pointer=_pointer(at))


def _pointer(at: Iterable[str]) -> str:
    whole = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in at)
    return whole.encode(errors="replace").decode()[:PROBLEM_CHARACTERS_MAX]

"""
The bodies of commands: the fields of a command as callers say them, each amount as money, nothing else taken.

A command that has a currency says it once beside its amounts, and they must agree. One whose currency is left open
takes that of its amounts, which must agree with each other; that it is the thing's own, the domain checks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import GenericAlias, UnionType
from typing import Annotated, Any, ClassVar, NamedTuple, Union, cast, get_args, get_origin

import msgspec

from api.http.faults import Fault, RequestMalformed
from api.http.shapes import BY_CURRENCY, CURRENCY, MINOR, fields_in, is_amount
from domain.money import MINOR_MAX, Money


@dataclass(eq=False, kw_only=True)
class AmountsDiffer(RequestMalformed):
    """Amounts of one command are in different currencies; the faults name those that aren't in the needed one."""

    code: ClassVar[str] = "request.currency_differs"
    needed: str


class MoneySaid(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """An amount of one currency, in its minor units."""

    minor: Annotated[int, msgspec.Meta(ge=-MINOR_MAX, le=MINOR_MAX)]
    currency: str


Path = tuple[str | int, ...]


class _Amounts:
    """The amounts of one thing that has one currency: the one that is told, or that of the first amount."""

    __slots__ = ("currency", "strangers")

    def __init__(self, currency: str, strangers: list[tuple[Path, str]]) -> None:
        self.currency = currency
        self.strangers = strangers

    def minor(self, money: MoneySaid, path: Path) -> int:
        if money.currency != self.currency:
            if self.currency:
                self.strangers.append((path, self.currency))
            else:
                self.currency = money.currency
        return money.minor


_Read = Callable[[Any, _Amounts, Path], Any]


class _Part(NamedTuple):
    name: str
    said_as: str
    read: _Read | None


def said_fields(
    struct: type[msgspec.Struct], *, without: tuple[str, ...] = ()
) -> list[tuple[str, Any] | tuple[str, Any, Any]]:
    """Return a struct's fields as callers say them, as a struct is defined by; those that are filled in left out."""
    return [
        (_said_as(field), _said(field), *_default_of(field))
        for field in fields_in(struct)
        if field.name not in without and not _is_filled(struct, field)
    ]


def read_as(
    struct: type[msgspec.Struct], said: msgspec.Struct, others: Mapping[str, Any] | None = None
) -> msgspec.Struct:
    """
    Return what was said as the struct that it was said of; `others` are the fields that its path carries.

    Raises: AmountsDiffer.
    """
    fields = dict(others or {})
    strangers: list[tuple[Path, str]] = []
    amounts = _Amounts(getattr(said, CURRENCY, "") or "", strangers)
    for name, said_as, read in _parts(struct):
        if name not in fields and hasattr(said, said_as):
            one = getattr(said, said_as)
            fields[name] = one if read is None else read(one, amounts, (said_as,))
    if strangers:
        faults = (Fault("body", f"not {needed}", pointer=_pointer(path)) for path, needed in strangers)
        raise AmountsDiffer(needed=strangers[0][1], faults=tuple(faults))
    if amounts.currency and _fills(struct):
        fields[CURRENCY] = amounts.currency
    return struct(**fields)


@cache
def said_struct(struct: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """Return a struct's closed twin, as callers say it."""
    if struct is Money:
        return MoneySaid
    return msgspec.defstruct(
        f"{struct.__name__}Said",
        cast("Any", said_fields(struct)),
        forbid_unknown_fields=True,
        frozen=True,
        kw_only=True,
        namespace={"__doc__": struct.__doc__},
    )


@cache
def _fills(struct: type[msgspec.Struct]) -> bool:
    return any(_is_filled(struct, field) for field in fields_in(struct))


def _is_filled(struct: type[msgspec.Struct], field: msgspec.structs.FieldInfo) -> bool:
    """Return whether a field is a currency that the amounts beside it say: one that may be left open."""
    return field.name == CURRENCY and field.default == "" and struct is not Money


def _said_as(field: msgspec.structs.FieldInfo) -> str:
    return field.name.removesuffix(MINOR) if is_amount(field.name, field.type) else field.name


def _said(field: msgspec.structs.FieldInfo) -> Any:
    if not is_amount(field.name, field.type):
        return _mapped(field.type, {})
    said = _mapped(field.type, {int: MoneySaid})
    return said | None if isinstance(field.default, int) else said


def _mapped(annotation: Any, becomes: dict[Any, Any]) -> Any:
    """Return a type with other types in it: what `becomes` names, and the twins of structs."""
    if annotation in becomes:
        return becomes[annotation]
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return said_struct(annotation)
    inner = get_args(annotation)
    origin = get_origin(annotation)
    if origin in {Union, UnionType}:
        return Union[tuple(_mapped(each, becomes) for each in inner)]  # noqa: UP007 - made while running
    if origin in {tuple, list, frozenset}:
        return origin[tuple(each if each is Ellipsis else _mapped(each, becomes) for each in inner)]
    if origin is dict:
        return GenericAlias(dict, (inner[0], _mapped(inner[1], becomes)))
    return annotation


def _default_of(field: msgspec.structs.FieldInfo) -> tuple[Any, ...]:
    if is_amount(field.name, field.type) and isinstance(field.default, int):
        return (None,)  # so many of no currency: left out, it is what the command says
    if field.default is not msgspec.NODEFAULT:
        return (field.default,)
    if field.default_factory is msgspec.NODEFAULT:
        return ()
    return (msgspec.field(default_factory=_said_factory(field)),)


def _said_factory(field: msgspec.structs.FieldInfo) -> Callable[[], Any]:
    """Return what makes a field's default as callers would say it: of a table by currency, money."""
    made = cast("Callable[[], Any]", field.default_factory)
    if not is_amount(field.name, field.type):
        return made
    return lambda: {currency: MoneySaid(minor, currency) for currency, minor in made().items()}


@cache
def _parts(struct: type[msgspec.Struct]) -> tuple[_Part, ...]:
    return tuple(
        _Part(field.name, _said_as(field), _reader(field))
        for field in fields_in(struct)
        if not _is_filled(struct, field)
    )


def _reader(field: msgspec.structs.FieldInfo) -> _Read | None:
    if is_amount(field.name, field.type):
        return _minor_or(field.default) if isinstance(field.default, int) else _minor
    structs = [each for each in _direct(field.type) if isinstance(each, type) and issubclass(each, msgspec.Struct)]
    if not structs:
        return None
    (struct,) = structs
    one = _money if struct is Money else _struct_reader(struct)
    return _by_currency(one) if field.name == BY_CURRENCY else _each(one)


def _direct(annotation: Any) -> list[Any]:
    inner = get_args(annotation)
    return [found for each in inner for found in _direct(each)] if inner else [annotation]


def _struct_reader(struct: type[msgspec.Struct]) -> _Read:
    parts = _parts(struct)
    own_currency = CURRENCY in struct.__struct_fields__ and not _fills(struct)

    def read(said: Any, amounts: _Amounts, path: Path) -> Any:
        spoken = _Amounts(said.currency, amounts.strangers) if own_currency else amounts
        fields: dict[str, Any] = {}
        for name, said_as, inner in parts:
            one = getattr(said, said_as)
            fields[name] = one if inner is None else inner(one, spoken, (*path, said_as))
        return struct(**fields)

    return read


def _each(read: _Read) -> _Read:
    """Return a reader of what one reader reads, of lists and tables of it, and of nothing."""

    def each(said: Any, amounts: _Amounts, path: Path) -> Any:
        if isinstance(said, tuple | list):
            return tuple(read(one, amounts, (*path, index)) for index, one in enumerate(said))
        if isinstance(said, dict):
            return {key: read(one, amounts, (*path, key)) for key, one in said.items()}
        return said if said is None else read(said, amounts, path)

    return each


def _by_currency(read: _Read) -> _Read:
    def table(said: dict[str, Any], amounts: _Amounts, path: Path) -> Any:
        return {
            currency: read(one, _Amounts(currency, amounts.strangers), (*path, currency))
            for currency, one in said.items()
        }

    return table


def _money(said: MoneySaid, _amounts: _Amounts, _path: Path) -> Money:
    return Money(said.currency, said.minor)


def _minor_or(default_minor: int) -> _Read:
    def minor(said: MoneySaid | None, amounts: _Amounts, path: Path) -> int:
        return default_minor if said is None else amounts.minor(said, path)

    return minor


def _minor(said: Any, amounts: _Amounts, path: Path) -> Any:
    if said is None or isinstance(said, int):
        return said  # left out: a default of the command's own
    if isinstance(said, dict):
        return {
            currency: _Amounts(currency, amounts.strangers).minor(one, (*path, currency))
            for currency, one in said.items()
        }
    if isinstance(said, tuple | list):
        return tuple(amounts.minor(one, (*path, index)) for index, one in enumerate(said))
    return amounts.minor(said, path)


def _pointer(path: Path) -> str:
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in (*path, CURRENCY))

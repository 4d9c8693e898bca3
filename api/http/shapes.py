"""
Shapes are how values look outside: every amount is `{"minor", "currency"}`, and a field says `held`, not `held_minor`.

What the inside knows as `x_minor` is shown as `x`, in the currency of the struct that it stands in or else of the one
around that. What a struct keeps as it was recorded (a field typed `Any`, as an event) is shown as recorded.
"""

from collections.abc import Callable, Iterator
from types import NoneType, UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin

import msgspec

from domain.money import MINOR_MAX, Money

MINOR = "_minor"
CURRENCY = "currency"
BY_CURRENCY = "by_currency"
"""A table by this name has currencies as keys: what stands in an entry is in the entry's currency."""

REFERENCE = "#/components/schemas/{name}"
MONEY_SCHEMA = {
    "title": "Money",
    "description": "An amount of one currency, in its minor units.",
    "type": "object",
    "properties": {
        "minor": {"type": "integer", "minimum": -MINOR_MAX, "maximum": MINOR_MAX},
        "currency": {"type": "string", "description": "ISO 4217, as USD."},
    },
    "required": ["minor", "currency"],
}

_View = Callable[[Any, str | None], Any]


class AmountWithoutCurrency(TypeError):
    """A defect of ours: an amount is to be shown, and neither its struct nor one around it names a currency."""


class _Field(NamedTuple):
    shown_as: str
    name: str
    view: _View | None
    default: Any


def shown(value: Any, currency: str | None = None) -> Any:
    """Return a value as it looks outside, ready to be encoded; without an amount in it, the value itself."""
    kind = type(value)
    if kind is list or kind is tuple:
        return [shown(each, currency) for each in value]
    if kind is dict:
        return {key: shown(each, currency) for key, each in value.items()}
    view = _view_of(kind)
    return value if view is None else view(value, currency)


def is_amount(name: str, annotation: Any) -> bool:
    """Return whether a struct's field is an amount, or several, in minor units."""
    return name.endswith(MINOR) and _ints(annotation)


def has_amounts(annotation: Any) -> bool:
    """Return whether values of a type have amounts in minor units somewhere in them."""
    return any(is_amount(field.name, field.type) for struct in structs_in(annotation) for field in fields_in(struct))


def structs_in(annotation: Any, seen: set[Any] | None = None) -> Iterator[type[msgspec.Struct]]:
    """Yield every struct that values of a type may have in them."""
    known = set() if seen is None else seen
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        if annotation in known:
            return
        known.add(annotation)
        yield annotation
        for field in fields_in(annotation):
            yield from structs_in(field.type, known)
    for inner in get_args(annotation):
        yield from structs_in(inner, known)


def fields_in(struct: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    """Return a struct's fields."""
    return msgspec.structs.fields(struct)


def schema_of(*types: Any) -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    """Return the JSON schemas of values as they look outside, and by name the components that these refer to."""
    schemas, components = msgspec.json.schema_components(types, ref_template=REFERENCE)
    looks = {name: _schema_shown(schema) for name, schema in components.items()}
    if any(has_amounts(each) for each in types) or Money.__name__ in looks:
        looks[Money.__name__] = MONEY_SCHEMA
    return [dict(schema) for schema in schemas], looks


_VIEWS: dict[type, _View | None] = {}


def _view_of(kind: type) -> _View | None:
    try:
        return _VIEWS[kind]
    except KeyError:
        view = _VIEWS[kind] = _made_view(kind) if issubclass(kind, msgspec.Struct) and has_amounts(kind) else None
        return view


def _made_view(kind: type[msgspec.Struct]) -> _View:
    fields = tuple(_field(field) for field in fields_in(kind))
    own_currency = CURRENCY in kind.__struct_fields__
    told = _tag(kind)
    omits = kind.__struct_config__.omit_defaults

    def view(value: Any, currency: str | None) -> dict[str, Any]:
        spoken = value.currency if own_currency else currency
        looks: dict[str, Any] = dict(told)
        for shown_as, name, inner, default in fields:
            one = getattr(value, name)
            if not (omits and one == default):
                looks[shown_as] = one if inner is None else inner(one, spoken)
        return looks

    return view


def _field(field: msgspec.structs.FieldInfo) -> _Field:
    default = field.default_factory() if field.default_factory in {list, dict, set} else field.default
    if is_amount(field.name, field.type):
        return _Field(field.encode_name.removesuffix(MINOR), field.name, _money, default)
    if not has_amounts(field.type):
        return _Field(field.encode_name, field.name, None, default)
    return _Field(field.encode_name, field.name, _table if field.name == BY_CURRENCY else shown, default)


def _tag(kind: type[msgspec.Struct]) -> dict[str, Any]:
    config = kind.__struct_config__
    return {config.tag_field: config.tag} if config.tag_field else {}


def _money(minor: Any, currency: str | None) -> Any:
    """Return an amount as money; of a list each, and of a table without a currency around it, each in its key's."""
    if minor is None:
        return None
    if isinstance(minor, dict):
        return {key: _money(each, key if currency is None else currency) for key, each in minor.items()}
    if currency is None:
        raise AmountWithoutCurrency(minor)
    return Money(currency, minor) if isinstance(minor, int) else [Money(currency, each) for each in minor]


def _table(entries: dict[str, Any], _currency: str | None) -> dict[str, Any]:
    return {currency: shown(each, currency) for currency, each in entries.items()}


def _ints(annotation: Any) -> bool:
    """Return whether a type is `int`, or a list, table or choice of it."""
    if annotation is int:
        return True
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is dict:
        return inner[1] is int
    if origin in {Union, UnionType}:
        return any(_ints(each) for each in inner) and all(_ints(each) or each is NoneType for each in inner)
    return bool(inner) and all(_ints(each) or each is Ellipsis for each in inner)


def _schema_shown(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a component's schema with money where it has minor units."""
    properties = schema.get("properties")
    if properties is None:
        return schema
    amounts = {name for name, each in properties.items() if name.endswith(MINOR) and "string" not in str(each)}
    looks = {name.removesuffix(MINOR) if name in amounts else name: each for name, each in properties.items()}
    money = {name.removesuffix(MINOR): _money_schema(properties[name]) for name in amounts}
    required = [name.removesuffix(MINOR) if name in amounts else name for name in schema.get("required", ())]
    return {**schema, "properties": {**looks, **money}, "required": required}


def _money_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """Return what was said of whole numbers, said of money."""
    if "anyOf" in schema:
        return {"anyOf": [_money_schema(each) for each in schema["anyOf"]]}
    match schema.get("type"):
        case "integer":
            return {"$ref": REFERENCE.format(name=Money.__name__)}
        case "array":
            return {**schema, "items": _money_schema(schema["items"])}
        case "object":
            return {**schema, "additionalProperties": _money_schema(schema["additionalProperties"])}
        case _:
            return schema

"""Types of Python for schemas of the API's description."""

import keyword
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

ANY = "Any"
SCHEMAS = "#/components/schemas/"
OWN = {"Money": "Money", "MoneySaid": "Money"}
"""Schemas that the client has by hand, and the names they have there."""

PAGE = {"items", "next", "position"}
"""Properties of a page of a list."""

_PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
_FORMATS = {"date": "date", "date-time": "datetime"}


def type_of(schema: Mapping[str, Any], known: Mapping[str, str]) -> str:
    """Return the type of a schema. known: names of structs by schema."""
    if "$ref" in schema:
        return known.get(schema["$ref"].removeprefix(SCHEMAS), ANY)
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return union_of([type_of(each, known) for each in schema[several]])
    if "enum" in schema:
        return literal_of(schema["enum"])
    if "const" in schema:
        return literal_of([schema["const"]])
    if set(schema.get("properties", ())) >= PAGE:
        return f"Page[{type_of(schema['properties']['items']['items'], known)}]"
    return _plain_type_of(schema, known)


def _plain_type_of(schema: Mapping[str, Any], known: Mapping[str, str]) -> str:
    kind = schema.get("type", ANY)
    if isinstance(kind, list):
        return union_of([type_of({**schema, "type": each}, known) for each in kind])
    match kind:
        case "string":
            return _FORMATS.get(schema.get("format", ""), "str")
        case "array":
            items = schema.get("items")
            return f"list[{type_of(items, known)}]" if isinstance(items, dict) else "list[Any]"
        case "object":
            values = schema.get("additionalProperties")
            return f"dict[str, {type_of(values, known)}]" if isinstance(values, dict) else "dict[str, Any]"
        case _:
            return _PLAIN.get(kind, ANY)


def union_of(types: list[str]) -> str:
    """Return a choice of types, or Any where a decoder couldn't tell them apart."""
    unique = list(dict.fromkeys(types))
    shaped = [each for each in unique if each.startswith("dict[") or (each[:1].isupper() and each[:7] != "Literal")]
    listed = [each for each in unique if each.startswith("list[")]
    texts = [each for each in unique if each in {"str", "date", "datetime"}]
    if ANY in unique or len(shaped) > 1 or len(listed) > 1:
        return ANY
    if len(texts) > 1:
        unique = [each for each in unique if each not in texts] + ["str"]
    literals = [each.removeprefix("Literal[").removesuffix("]") for each in unique if each.startswith("Literal[")]
    others = [each for each in unique if not each.startswith("Literal[")]
    joined = [f"Literal[{', '.join(literals)}]"] if literals else []
    return " | ".join(sorted([*joined, *others], key=lambda each: each == "None"))


def literal_of(values: list[Any]) -> str:
    """Return the type of a value that is one of a few."""
    shown = ", ".join(repr(value).replace("'", '"') for value in values if value is not None)
    literal = f"Literal[{shown}]" if shown else ""
    return " | ".join(filter(None, (literal, "None" if None in values else "")))


def or_unset(kind: str, unset: str) -> str:
    """Return the type of what may be left out."""
    if kind == ANY:
        return ANY
    return f"{kind.removesuffix(' | None')} | {unset} | None" if kind.endswith(" | None") else f"{kind} | {unset}"


def name_of(said: str) -> str:
    """Return a name of the API as one of Python: `from` is `from_`, `must-act` is `must_act`."""
    name = re.sub(r"\W", "_", said)
    return f"{name}_" if keyword.iskeyword(name) or name in {"self", "key"} else name


def struct_names(schemas: Mapping[str, Any]) -> dict[str, str]:
    """Return by schema the name of the class that stands for it: of objects with properties, and of nothing else."""
    objects = [name for name, schema in schemas.items() if "properties" in schema]
    return {name: re.sub(r"\W", "", name) for name in objects} | OWN


def reachable(names: Iterable[str], schemas: Mapping[str, Any]) -> set[str]:
    """Return schemas with all that they refer to."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found and name in schemas:
            found.add(name)
            waiting += referred(schemas[name])
    return found


def referred(part: Any) -> Iterator[str]:
    """Yield the schemas that a part of a description refers to."""
    if isinstance(part, dict):
        if isinstance(reference := part.get("$ref"), str) and reference.startswith(SCHEMAS):
            yield reference.removeprefix(SCHEMAS)
        for each in part.values():
            yield from referred(each)
    elif isinstance(part, list):
        for each in part:
            yield from referred(each)

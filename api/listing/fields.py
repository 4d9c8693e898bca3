"""Sparse fields: `fields=order,held.minor` asks for some fields of a row, by path; of a list, of each item."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from api.http.faults import Fault, malformed
from api.http.shapes import schema_of

PATHS_MAX = 100
DEPTH_MAX = 10

Tree = dict[str, Any]
"""By field what is asked for of it; nothing means all."""


@lru_cache(maxsize=1_000)
def tree_of(fields: str, row: Any) -> Tree:
    """
    Return the fields that are asked for, checked against what a row has.

    Raises: ParameterMalformed.
    """
    paths = [path.split(".") for path in fields.split(",")]
    if len(paths) > PATHS_MAX or any(len(path) > DEPTH_MAX for path in paths):
        raise _unknown(fields)
    (schema,), components = schema_of(row)
    tree: Tree = {}
    for path in paths:
        if not _is_known(path, schema, components):
            raise _unknown(".".join(path))
        _plant(tree, path)
    return tree


def picked(value: Any, tree: Tree) -> Any:
    """Return of plain values (dicts, lists) the fields that are asked for."""
    if isinstance(value, list):
        return [picked(each, tree) for each in value]
    if not isinstance(value, dict) or not tree:
        return value
    return {name: picked(value[name], inner) for name, inner in tree.items() if name in value}


def properties_of(schema: dict[str, Any], components: dict[str, Any]) -> dict[str, Any] | None:
    """Return the fields of what a schema describes, or of the items of its list; nothing where it leaves them open."""
    if "$ref" in schema:
        return properties_of(components[schema["$ref"].rpartition("/")[2]], components)
    if "anyOf" in schema:
        found = [properties_of(each, components) for each in schema["anyOf"] if each.get("type") != "null"]
        return found[0] if len(found) == 1 else None
    if "items" in schema:
        return properties_of(schema["items"], components)
    properties: dict[str, Any] | None = schema.get("properties")
    return properties


def _plant(tree: Tree, path: Sequence[str]) -> None:
    for step in path:
        tree = tree.setdefault(step, {})


def _is_known(path: Sequence[str], schema: dict[str, Any], components: dict[str, Any]) -> bool:
    if not path:
        return True
    if schema == {} or "additionalProperties" in schema:
        return True
    properties = properties_of(schema, components)
    return properties is not None and path[0] in properties and _is_known(path[1:], properties[path[0]], components)


def _unknown(path: str) -> Exception:
    return malformed([Fault("query", f"no such field: {path[:80]}", name="fields")])

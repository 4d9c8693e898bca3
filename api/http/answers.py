"""
What a read answers where all is well, as the API's description has it: schemas made from the types that are shown.

Every schema that is referred to stands once in COMPONENTS, which the description takes over.
"""

import json
from typing import Any

from api.http.shapes import REFERENCE, schema_of, structs_in

COMPONENTS: dict[str, dict[str, Any]] = {}
ANSWERED: list[Any] = []
"""Every type that some operation shows."""

JSON = "application/json"
ENTITY_TAG = {"ETag": {"description": "Of these very bytes, for If-None-Match.", "schema": {"type": "string"}}}
LEDGER_POSITION = {
    "Ledger-Position": {"description": "Of the log, up to which this looks.", "schema": {"type": "integer"}}
}
LINK = {"Link": {"description": "The next page, with rel next; none on the last.", "schema": {"type": "string"}}}

Responses = dict[int | str, dict[str, Any]]


def answers(*shown: Any) -> Responses:
    """Return the responses of a read that shows a value of one of these types as JSON."""
    schemas = [component(each) for each in shown]
    content = {JSON: {"schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas}}}
    return _read("What was asked for.", content, ENTITY_TAG)


def answers_list(row: Any) -> Responses:
    """Return the responses of a list of rows of this type, page by page, in every form."""
    table = {"schema": {"type": "string"}}
    content = {JSON: {"schema": listed(component(row))}, "text/csv": table, "application/jsonl": table}
    return _read("A page.", content, ENTITY_TAG | LEDGER_POSITION | LINK)


def answers_bytes(*media_types: str) -> Responses:
    """Return the responses of a read that hands out a document."""
    content = {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in media_types}
    return _read("The document.", content, ENTITY_TAG)


def listed(row: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a page of rows that have a schema."""
    return {
        "type": "object",
        "properties": {
            "items": {"type": "array", "items": row},
            "next": {"anyOf": [{"type": "string"}, {"type": "null"}], "description": "`cursor` of the next page."},
            "position": {"type": "integer", "minimum": 0, "description": "Of the log, at which all pages look."},
        },
        "required": ["items", "next", "position"],
    }


def component(shown: Any) -> dict[str, Any]:
    """Return the schema of a type as it is shown; what it refers to stands in COMPONENTS from then on."""
    ANSWERED.append(shown)
    (schema,), components = schema_of(shown)
    names = {struct.__name__: _name_of(struct) for struct in structs_in(shown) if struct.__name__ in components}
    renamed: dict[str, Any] = _renamed({"schema": schema, "components": components}, names)
    COMPONENTS.update({names.get(name, name): each for name, each in renamed["components"].items()})
    found: dict[str, Any] = renamed["schema"]
    return found


_NAMED: dict[str, type[Any]] = {}


def _name_of(struct: type[Any]) -> str:
    """Return a type's name among the components: with its module's before it, where another type had it first."""
    if _NAMED.setdefault(struct.__name__, struct) is struct:
        return struct.__name__
    return struct.__module__.rpartition(".")[2].title().replace("_", "") + struct.__name__


def _read(told: str, content: dict[str, Any], headers: dict[str, Any]) -> Responses:
    return {
        200: {"description": told, "content": content, "headers": headers},
        304: {"description": "Still what If-None-Match names.", "headers": ENTITY_TAG},
    }


def _renamed(schemas: Any, names: dict[str, str]) -> Any:
    text = json.dumps(schemas)
    for name, renamed in names.items():
        if name == renamed:
            continue
        text = text.replace(f'"{REFERENCE.format(name=name)}"', f'"{REFERENCE.format(name=renamed)}"')
    return json.loads(text)

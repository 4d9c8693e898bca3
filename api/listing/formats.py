"""
The forms in which a list is handed out: JSON with its envelope, CSV (RFC 4180) and JSON lines, a row each.

In CSV an amount is two columns, `held_minor` and `held_currency`; what is a list or a table in itself is JSON in its
cell. A text that a spreadsheet might take for a formula begins with an apostrophe there: `=`, `+`, `-`, `@`, a tab, a
carriage return, and an apostrophe itself, so that what was meant can be read back.
"""

import csv
from collections.abc import Iterator, Sequence
from functools import lru_cache
from io import StringIO
from typing import Any, Literal

import msgspec

from api.http.shapes import REFERENCE, schema_of
from api.listing.fields import Tree, properties_of

Form = Literal["json", "csv", "jsonl"]

MEDIA_TYPES: dict[Form, str] = {"json": "application/json", "csv": "text/csv", "jsonl": "application/jsonl"}
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "'")
MONEY = {"$ref": REFERENCE.format(name="Money")}


def json_lines(rows: Sequence[Any]) -> bytes:
    """Return rows as JSON lines."""
    return msgspec.json.Encoder().encode_lines(rows)


def csv_table(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> bytes:
    """Return rows of plain values as CSV in UTF-8, a heading first; columns: as `columns_of` gives them."""
    text = StringIO(newline="")
    written = csv.writer(text)
    written.writerow(columns)
    written.writerows([_cell(cells.get(column)) for column in columns] for cells in map(_cells, rows))
    return text.getvalue().encode()


@lru_cache(maxsize=1_000)
def columns_of(row: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return a row's fields, each with its columns."""
    (schema,), components = schema_of(row)
    properties = properties_of(schema, components) or {}
    return tuple((name, _columns(name, each)) for name, each in properties.items())


def columns_asked(row: Any, tree: Tree) -> list[str]:
    """Return the columns of the fields that are asked for: of all, where none are named."""
    return [column for name, columns in columns_of(row) if not tree or name in tree for column in columns]


def accepted(accept: str) -> Form:
    """Return the form that a header likes best; JSON where it names none of them."""
    forms = {media_type: form for form, media_type in MEDIA_TYPES.items()}
    liked = sorted(_ranges(accept), key=lambda each: -each[1])
    return next((forms[name] for name, quality in liked if name in forms and quality > 0), "json")


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for media_range in accept.split(","):
        name, *parameters = (part.strip().lower() for part in media_range.split(";"))
        yield name, next((_quality(each[2:]) for each in parameters if each.startswith("q=")), 1.0)


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _columns(name: str, schema: dict[str, Any]) -> tuple[str, ...]:
    return (f"{name}_minor", f"{name}_currency") if MONEY in (schema, *schema.get("anyOf", ())) else (name,)


def _cells(row: dict[str, Any]) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict) and value.keys() <= {"minor", "currency"}:
            cells |= {f"{name}_{part}": one for part, one in value.items()}
        else:
            cells[name] = value
    return cells


def _cell(value: Any) -> Any:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return value
        case str():
            return f"'{value}" if value.startswith(FORMULAS) else value
        case _:
            return msgspec.json.encode(value).decode()

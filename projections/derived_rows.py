"""
Derived rows take the place of a table's in its queries, so that one query answers for the present and for any moment.

The present is what stands in the table; rows of another moment are made from the log by what folds the table.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, LiteralString, TypeVar

import msgspec
from psycopg import sql

T = TypeVar("T")

STREAMS_MAX = 1_000
"""Read from the log at once: some ten thousand events."""


def of_table(table: str) -> sql.Composable:
    """Return the rows of a book's table, for a query with the parameter `book`."""
    return sql.SQL("(SELECT * FROM {} WHERE book = %(book)s)").format(sql.Identifier("projections", table))


def of_parameter(table: str) -> sql.Composable:
    """Return rows as a table has them, for a query with a parameter of the table's name, made by `as_parameter`."""
    kind = sql.Identifier("projections", table)
    return sql.SQL("json_populate_recordset(NULL::{}, {}::json)").format(kind, sql.Placeholder(table))


def as_parameter(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return rows with these columns as a query with `of_parameter` takes them."""
    return msgspec.json.encode([dict(zip(columns, row, strict=True)) for row in rows]).decode()


def in_parts(things: Sequence[T], *, at_most: int = STREAMS_MAX) -> Iterator[Sequence[T]]:
    """Yield things in order, so many at once."""
    for start in range(0, len(things), at_most):
        yield things[start : start + at_most]


def over(query: LiteralString, **sources: sql.Composable) -> sql.Composed:
    """Return a query over sources of rows, by the names that stand in it for them."""
    return sql.SQL(query).format(**sources)

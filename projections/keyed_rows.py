"""
Keyed rows are a projection's rows that have one key and change with their aggregate: read, folded further, replaced.

A table's columns are its row's fields, the key first; `book` stands before them.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from msgspec import Struct
from msgspec.structs import astuple
from psycopg import sql

from projections.projection import Connection

R = TypeVar("R", bound=Struct)


class KeyedTable(NamedTuple, Generic[R]):
    """A table of rows of one class, with the PostgreSQL types of its columns."""

    name: str
    row: type[R]
    types: Sequence[str]

    @property
    def columns(self) -> sql.Composable:
        """Return its columns, without `book`."""
        return sql.SQL(", ").join(map(sql.Identifier, self.row.__struct_fields__))

    @property
    def key(self) -> sql.Identifier:
        """Return the column of its key."""
        return sql.Identifier(self.row.__struct_fields__[0])

    @property
    def table(self) -> sql.Identifier:
        """Return its name in SQL."""
        return sql.Identifier("projections", self.name)

    def read(self, connection: Connection, book: str, keys: Iterable[str]) -> dict[str, R]:
        """Return the rows with these keys, as far as there are such."""
        query = sql.SQL("SELECT {} FROM {} WHERE book = %s AND {} = ANY(%b::text[])")
        rows = connection.execute(query.format(self.columns, self.table, self.key), (book, list(keys)))
        return {row[0]: self.row(*row) for row in rows}

    def replace(self, connection: Connection, book: str, before: dict[str, R], after: dict[str, R]) -> None:
        """Let the rows stand as after, given those of the same keys that stood before."""
        changed = {key: row for key, row in after.items() if before.get(key) != row}
        if not changed:
            return
        if known := [key for key in changed if key in before]:
            remove = sql.SQL("DELETE FROM {} WHERE book = %s AND {} = ANY(%b::text[])").format(self.table, self.key)
            connection.execute(remove, (book, known))
        into = sql.SQL("COPY {} (book, {}) FROM STDIN (FORMAT BINARY)").format(self.table, self.columns)
        with connection.cursor() as cursor, cursor.copy(into) as copy:
            copy.set_types(("text", *self.types))
            for row in changed.values():
                copy.write_row((book, *astuple(row)))

    def stored(self, connection: Connection, book: str) -> Iterable[tuple[Any, ...]]:
        """Return all rows, by key."""
        query = sql.SQL('SELECT {} FROM {} WHERE book = %s ORDER BY {} COLLATE "C"')
        return connection.execute(query.format(self.columns, self.table, self.key), (book,))

    @staticmethod
    def derived(rows: dict[str, R]) -> Iterable[tuple[Any, ...]]:
        """Return rows as `stored` returns those of the table."""
        return (astuple(row) for _, row in sorted(rows.items()))

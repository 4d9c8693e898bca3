"""A projection is a disposable answer to one question: tables, a fold over batches of the log, and queries on them."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import psycopg

from domain.envelope import Recorded
from domain.journal import Entry
from domain.posting_rules import post

Connection = psycopg.Connection[tuple[Any, ...]]
POSITION_MAX = 2**63 - 1


def take_time(connection: Connection) -> None:
    """Let this transaction take as long as it takes, in its statements and between them."""
    connection.execute("SET LOCAL statement_timeout = 0")
    connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")


class Booked(NamedTuple):
    """An event that posts, and what it posts."""

    recorded: Recorded
    entry: Entry


class Events:
    """
    Consecutive events of one book's log, in position order, not empty.

    log: the book whose log it is; book: the one whose rows they are folded into, another name while a projection is
    built anew beside its live rows.
    """

    def __init__(self, log: str, recorded: Sequence[Recorded], *, book: str = "") -> None:
        self.log = log
        self.book = book or log
        self.recorded = recorded

    @property
    def last_position(self) -> int:
        """Return the position of the last one."""
        return self.recorded[-1].position

    @cached_property
    def booked(self) -> list[Booked]:
        """Return those that post, with their entries."""
        entries = ((each, post(each.originator_id, each.event, schema=each.state.schema)) for each in self.recorded)
        return [Booked(each, entry) for each, entry in entries if entry]

    def after(self, position: int) -> "Events":
        """Return the events after a position; all of them where it lies before the first."""
        if position < self.recorded[0].position:
            return self
        later = [each for each in self.recorded if each.position > position]
        return Events(self.log, later, book=self.book)


class Difference(NamedTuple):
    """The first row in which a projection's table and the log disagree."""

    projection: str
    key: str
    stored: str
    derived: str


class Projection(ABC):
    """
    One projection of all books.

    name: of its file, of its line in `positions`, and the beginning of its tables' names; version: raised when its
    tables or its fold change, which makes it start again from the first event.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    tables: ClassVar[tuple[str, ...]]

    @abstractmethod
    def fold(self, connection: Connection, events: Events) -> None:
        """Bring the tables up to the last event; the caller commits them together with the position."""

    @abstractmethod
    def difference(self, connection: Connection, book: str, log: Iterable[Events]) -> Difference | None:
        """Derive all rows anew from the whole log, and return the first that stands otherwise in the tables."""

    def clear(self, connection: Connection, book: str) -> None:
        """Empty the tables of one book."""
        for table in self.tables:
            connection.execute(f"DELETE FROM projections.{table} WHERE book = %s", (book,))  # noqa: S608 - our own names


def first_difference(
    projection: str, stored: Iterable[tuple[Any, ...]], derived: Iterable[tuple[Any, ...]], *, key_columns: int
) -> Difference | None:
    """Compare two sequences of rows sorted by their first `key_columns` columns; return where they first part."""
    left: Iterator[tuple[Any, ...] | None] = iter(stored)
    right: Iterator[tuple[Any, ...] | None] = iter(derived)
    while True:
        have, want = next(left, None), next(right, None)
        if have == want:
            if have is None:
                return None
            continue
        keys = [row[:key_columns] for row in (have, want) if row is not None]
        key = min(keys)
        shown_have = have if have is not None and have[:key_columns] == key else None
        shown_want = want if want is not None and want[:key_columns] == key else None
        return Difference(
            projection, "/".join(map(str, key)), _row(shown_have, key_columns), _row(shown_want, key_columns)
        )


def _row(row: tuple[Any, ...] | None, key_columns: int) -> str:
    return "no such row" if row is None else ", ".join(map(str, row[key_columns:]))

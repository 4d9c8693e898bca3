"""
A reading is somebody seeing what isn't in the log: a document handed in as evidence, or a value that can be erased.

It is recorded before anything is handed out, so that whoever asks for what was seen is in the list, even where the
answer then got lost. Nobody can change or remove a row.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from psycopg_pool import ConnectionPool

from ledger.outcomes import check_names
from ledger.pool import Connection

_INSERT = """
    INSERT INTO ledger.reads (book, read_at, actor, role, why, reference, what, field, digest)
    SELECT %s, %s, %s, %s, %s, %s, * FROM unnest(%b::text[], %b::text[], %b::text[])
"""
_INSERT_ALL = """
    INSERT INTO ledger.reads (book, read_at, actor, role, why, reference, what, field, digest)
    SELECT %s, %s, %s, %s, %s, * FROM unnest(%b::text[], %b::text[], %b::text[], %b::text[])
"""


class Reader(NamedTuple):
    """Who looks, in which role, and a code for why: empty where they don't say. It is what they claim."""

    actor: str
    role: str
    why: str = ""


class Reading(NamedTuple):
    """
    One thing to be seen.

    field: of a value, which one of its reference, as `claims.1.comment`; digest: the SHA-256 of a document's bytes, or
    the commitment that stands for a value in the log, in hexadecimal.
    """

    what: Literal["evidence", "value"]
    field: str
    digest: str


class Reads:
    """
    The readings of one book.

    clock: returns the time in UTC.
    """

    def __init__(self, pool: ConnectionPool[Connection], book: str, *, clock: Callable[[], datetime]) -> None:
        self.book = book
        self._pool = pool
        self._clock = clock

    def record(self, reader: Reader, reference: str, readings: Sequence[Reading]) -> None:
        """
        Record what a reader is about to see of a thing, by its reference; durable when this returns.

        Raises: SubmissionMalformed, for the first of actor, role, why that is no name.
        """
        check_reader(reader)
        if not readings:
            return
        columns = map(list, zip(*readings, strict=True))
        with self._pool.connection() as connection:
            about = (self.book, self._clock(), reader.actor, reader.role, reader.why, reference)
            connection.execute(_INSERT, (*about, *columns))

    def record_all(self, reader: Reader, seen: Mapping[str, Sequence[Reading]]) -> None:
        """
        Record what a reader is about to see of many things, by their references; durable when this returns.

        Raises: SubmissionMalformed, for the first of actor, role, why that is no name.
        """
        check_reader(reader)
        rows = [(reference, *reading) for reference, readings in seen.items() for reading in readings]
        if not rows:
            return
        columns = map(list, zip(*rows, strict=True))
        with self._pool.connection() as connection:
            about = (self.book, self._clock(), reader.actor, reader.role, reader.why)
            connection.execute(_INSERT_ALL, (*about, *columns))


def check_reader(reader: Reader) -> None:
    """
    Check what a reader says of themselves.

    Raises: SubmissionMalformed, for the first of actor, role, why that is no name.
    """
    check_names(actor=reader.actor, role=reader.role, **({"why": reader.why} if reader.why else {}))

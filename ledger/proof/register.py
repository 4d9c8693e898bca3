"""
The register of what proves a log: a numbered line for each checkpoint, cosignature and time token that was ever kept.

The database writes a line with every row, in the order in which they come. Whoever signs remembers how many lines an
origin had and what they come to, so that a row that is changed, taken out or put in another's place is missed.
"""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from ledger.pool import Connection

PAGE_LINES = 10_000

_LINES = """
    SELECT digest FROM ledger.proof_register
    WHERE book = %s AND origin = %s AND number > %s ORDER BY number LIMIT %s
"""
_COUNT = "SELECT coalesce(max(number), 0) FROM ledger.proof_register WHERE book = %s AND origin = %s"
_STRAY = """
    WITH kept AS (
        SELECT 'checkpoints' AS table_name, origin, size, key, ledger.digest_of(c) AS digest
        FROM ledger.checkpoints c WHERE book = %(book)s
        UNION ALL
        SELECT 'cosignatures', origin, size, witness, ledger.digest_of(c) FROM ledger.cosignatures c
        WHERE book = %(book)s
        UNION ALL
        SELECT 'time_tokens', origin, size, authority, ledger.digest_of(t) FROM ledger.time_tokens t
        WHERE book = %(book)s
    ), register AS (
        SELECT number, origin, digest FROM ledger.proof_register WHERE book = %(book)s
    )
    SELECT table_name, origin, coalesce(size, number), key FROM kept FULL JOIN register USING (origin, digest)
    WHERE number IS NULL OR table_name IS NULL ORDER BY table_name NULLS LAST, 2, 3 LIMIT 1
"""


class Register(NamedTuple):
    """
    What the lines of an origin come to, up to a number of them.

    fold: in hexadecimal, SHA-256 over the fold of the lines before and the digest of the last; empty without any.
    """

    lines: int
    fold: str


NO_LINES = Register(0, "")


class Stray(NamedTuple):
    """A row without its line in the register, or a line (its table is empty then) without its row."""

    table: str
    origin: str
    number: int
    key: str


def read_register(
    connection: Connection, book: str, origin: str, *, since: Register = NO_LINES, lines_max: int | None = None
) -> Register:
    """Return what the lines of an origin come to, from some of them on, up to all or to so many."""
    reached = since
    while lines_max is None or reached.lines < lines_max:
        limit = PAGE_LINES if lines_max is None else min(PAGE_LINES, lines_max - reached.lines)
        page = connection.execute(_LINES, (book, origin, reached.lines, limit), prepare=False).fetchall()
        if not page:
            break
        reached = folded(reached, (digest for (digest,) in page))
    return reached


def count_lines(connection: Connection, book: str, origin: str) -> int:
    """Return how many lines the register of an origin has."""
    row = connection.execute(_COUNT, (book, origin)).fetchone()
    return row[0] if row else 0


def folded(since: Register, digests: Iterable[bytes]) -> Register:
    """Return what some lines and those before them come to."""
    lines, fold = since.lines, bytes.fromhex(since.fold)
    for digest in digests:
        lines, fold = lines + 1, hashlib.sha256(fold + digest).digest()
    return Register(lines, fold.hex())


def find_stray(connection: Connection, book: str) -> Stray | None:
    """Return the first row of a book that isn't as its line in the register says, or the first line without its row."""
    row = connection.execute(_STRAY, {"book": book}).fetchone()
    return Stray(row[0] or "", row[1], row[2], row[3] or "") if row else None

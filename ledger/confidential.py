"""
Confidential values are kept beside the log, where they can be erased: the log carries only what commits to them.

A value belongs to an owner, the party that wrote it. Once the log says that a party is erased, every value of its own
goes, with its salt; every event, hash and proof stays as it was. Source: shared design, section 2.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, NamedTuple

from psycopg_pool import ConnectionPool

from domain.commitment import SALT_BYTES, SHA256, Commitment, commitment_of
from domain.errors import LogCorrupt, Malformed
from domain.references import key, party_id
from ledger.outcomes import CommandKey
from ledger.pool import Connection

VALUE_BYTES_MAX = 65_536
"""Longer is no name, address or message: it is a file, and evidence."""

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_SELECT_SALT = """
    SELECT salt FROM ledger.confidential
    WHERE book = %s AND command_id = %s AND principal = %s AND field = %s ORDER BY kept_at, commitment LIMIT 1
"""
_INSERT = """
    INSERT INTO ledger.confidential (book, commitment, owner, principal, command_id, field, salt, value, kept_at)
    VALUES (%s, %s, %s, %s, %s, %s, %b, %b, %s) ON CONFLICT (book, commitment) DO NOTHING
"""
_SELECT_SALTS = """
    SELECT DISTINCT ON (field) field, salt FROM ledger.confidential
    WHERE book = %s AND command_id = %s AND principal = %s ORDER BY field, kept_at, commitment
"""
_INSERT_ALL = """
    INSERT INTO ledger.confidential (book, commitment, owner, principal, command_id, field, salt, value, kept_at)
    SELECT %s, commitment, %s, %s, %s, field, salt, value, %s
    FROM unnest(%b::text[], %b::text[], %b::bytea[], %b::bytea[]) AS new (commitment, field, salt, value)
    ON CONFLICT (book, commitment) DO NOTHING
"""
_SELECT_ALL = "SELECT commitment, salt, value FROM ledger.confidential WHERE book = %s AND commitment = ANY(%b::text[])"
_SELECT = "SELECT salt, value FROM ledger.confidential WHERE book = %s AND commitment = %s"
_ERASE = """
    DELETE FROM ledger.confidential c WHERE book = %s AND (%s OR owner = %s) AND EXISTS (
        SELECT FROM ledger.events e
        WHERE e.book = c.book AND e.originator_id = %s || c.owner AND e.topic = 'party.erased'
    )
"""
_DROP_ORPHANS = """
    DELETE FROM ledger.confidential c WHERE book = %s AND kept_at < %s AND NOT EXISTS (
        SELECT FROM ledger.outcomes o
        JOIN ledger.events e ON e.book = o.book AND e.position BETWEEN o.first_position AND o.last_position
        WHERE o.book = c.book AND o.command_id = c.command_id AND o.principal = c.principal
            AND position(convert_to(c.commitment, 'UTF8') IN e.state) > 0
    )
"""


@dataclass(eq=False, kw_only=True)
class ConfidentialTooLong(Malformed):
    """A confidential value is a name, an address or a message; what is longer is kept as evidence."""

    code: ClassVar[str] = "confidential.too_long"
    field: str
    bytes: int
    bytes_max: int = VALUE_BYTES_MAX


class Swept(NamedTuple):
    """How many values went: those of forgotten parties, and those that no event ever referred to."""

    erased: int
    orphans: int


class Opening(NamedTuple):
    """A value with its salt: with both, anybody can take the commitment again."""

    salt: bytes
    value: bytes


class Confidential:
    """
    The erasable values of one book.

    clock: returns the time in UTC; salts: returns n unpredictable bytes.
    """

    def __init__(
        self,
        pool: ConnectionPool[Connection],
        book: str,
        *,
        clock: Callable[[], datetime],
        salts: Callable[[int], bytes],
    ) -> None:
        self.book = book
        self._pool = pool
        self._clock = clock
        self._salts = salts

    def keep(self, command: CommandKey, *, owner: str, field: str, value: bytes) -> Commitment:
        """
        Keep a value for a command about to be submitted, and return what stands for it there.

        owner: the key of the party that the value is erased with. A retry of the command gets the salt of the first
        attempt, so that the same value gives the same commitment and the same request. What no accepted command comes
        to refer to is swept.

        Raises, in this order: ReferenceMalformed (owner, field), ConfidentialTooLong.
        """
        _check(owner, field, value)
        with self._pool.connection() as connection:
            salt = self._salt_of(connection, command, field)
            commitment = commitment_of(salt, value)
            row = (self.book, commitment, owner, command.principal, command.command_id, field, salt, value)
            connection.execute(_INSERT, (*row, self._clock()))
        return commitment

    def keep_all(self, command: CommandKey, *, owner: str, values: Mapping[str, bytes]) -> dict[str, Commitment]:
        """
        Keep many values for a command about to be submitted, by field, and return what stands for each there.

        As `keep` does, but all at once, or none; a command's values are kept in this way or in that.

        Raises, in this order: ReferenceMalformed (owner, field), ConfidentialTooLong.
        """
        for field, value in values.items():
            _check(owner, field, value)
        with self._pool.connection() as connection:
            connection.execute(_LOCK, ("\n".join((self.book, *command)),))
            kept = connection.execute(_SELECT_SALTS, (self.book, command.command_id, command.principal))
            salts = {field: bytes(salt) for field, salt in kept}
            salts |= {field: self._salts(SALT_BYTES) for field in values if field not in salts}
            commitments = {field: commitment_of(salts[field], value) for field, value in values.items()}
            rows = [(commitments[field], field, salts[field], value) for field, value in values.items()]
            if rows:
                about = (self.book, owner, command.principal, command.command_id, self._clock())
                connection.execute(_INSERT_ALL, (*about, *map(list, zip(*rows, strict=True))))
        return commitments

    def commit_dry(self, command: CommandKey, *, owner: str, field: str, value: bytes) -> Commitment:
        """
        Return what stands for a value that a command was given, or would stand for it; it isn't kept.

        Raises: as `keep`.
        """
        _check(owner, field, value)
        with self._pool.connection() as connection:
            return commitment_of(self._salt_of(connection, command, field), value)

    def find(self, commitment: str) -> bytes | None:
        """
        Return a value, or nothing where it is erased or was never kept.

        Raises: LogCorrupt where what is kept isn't what was committed to.
        """
        opening = self.find_opening(commitment)
        return None if opening is None else opening.value

    def find_opening(self, commitment: str) -> Opening | None:
        """
        Return a value and its salt, or nothing where they are erased or were never kept.

        Raises: LogCorrupt where what is kept isn't what was committed to.
        """
        if not SHA256.fullmatch(commitment):
            return None
        with self._pool.connection() as connection:
            row = connection.execute(_SELECT, (self.book, commitment)).fetchone()
        if row is None:
            return None
        salt, value = row
        if commitment_of(salt, value) != commitment:
            raise LogCorrupt(book=self.book, position=0, what=f"confidential value {commitment} isn't what it was")
        return Opening(bytes(salt), bytes(value))

    def find_all(self, commitments: Iterable[str]) -> dict[str, bytes]:
        """
        Return values by their commitments, as far as they are kept.

        Raises: LogCorrupt where what is kept isn't what was committed to.
        """
        with self._pool.connection() as connection, connection.cursor(binary=True) as cursor:
            rows = cursor.execute(_SELECT_ALL, (self.book, list(commitments))).fetchall()
        for commitment, salt, value in rows:
            if commitment_of(salt, value) != commitment:
                raise LogCorrupt(book=self.book, position=0, what=f"confidential value {commitment} isn't what it was")
        return {commitment: bytes(value) for commitment, _, value in rows}

    def check(self, commitment: str) -> bool:
        """
        Return whether a value is still kept; if so, it is the one that was committed to.

        Raises: LogCorrupt where it isn't.
        """
        return self.find(commitment) is not None

    def erase(self, party: str) -> int:
        """
        Erase everything that a party owns, and return how many values that was: none, unless the log says that the
        party is erased. Doing it again does no harm.
        """
        with self._pool.connection() as connection:
            return connection.execute(_ERASE, (self.book, False, party, party_id(""))).rowcount

    def sweep(self, *, orphans_after: timedelta) -> Swept:
        """
        Erase what a process that died left behind: values of parties that the log says are erased, and values older
        than `orphans_after` whose command was never accepted with them.
        """
        with self._pool.connection() as connection:
            erased = connection.execute(_ERASE, (self.book, True, "", party_id(""))).rowcount
            orphans = connection.execute(_DROP_ORPHANS, (self.book, self._clock() - orphans_after)).rowcount
        return Swept(erased=erased, orphans=orphans)

    def _salt_of(self, connection: Connection, command: CommandKey, field: str) -> bytes:
        connection.execute(_LOCK, ("\n".join((self.book, *command, field)),))
        asked = (self.book, command.command_id, command.principal, field)
        row = connection.execute(_SELECT_SALT, asked).fetchone()
        return bytes(row[0]) if row else self._salts(SALT_BYTES)


def _check(owner: str, field: str, value: bytes) -> None:
    key(owner, field="owner")
    key(field, field="field")
    if len(value) > VALUE_BYTES_MAX:
        raise ConfidentialTooLong(field=field, bytes=len(value))

"""
The evidence store keeps the bytes of evidence under their own hash, which is what the log carries.

PostgreSQL is the default; whatever else keeps bytes by SHA-256 can stand in.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, NamedTuple, Protocol

from psycopg_pool import ConnectionPool

from domain.commitment import SHA256
from domain.errors import LogCorrupt, Malformed, NotFound
from ledger.pool import Connection

EVIDENCE_BYTES_MAX = 8 * 1024 * 1024

_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}")
_INSERT = """
    INSERT INTO ledger.evidence (book, sha256, media_type, size_bytes, content, kept_at)
    VALUES (%s, %s, %s, %s, %b, %s) ON CONFLICT (book, sha256) DO NOTHING
"""
_IS_KEPT = "SELECT FROM ledger.evidence WHERE book = %s AND sha256 = %s"
_SELECT = "SELECT media_type, content FROM ledger.evidence WHERE book = %s AND sha256 = %s"


@dataclass(eq=False, kw_only=True)
class EvidenceTooLarge(Malformed):
    """A piece of evidence is larger than this store takes."""

    code: ClassVar[str] = "evidence.too_large"
    size_bytes: int
    size_bytes_max: int


@dataclass(eq=False, kw_only=True)
class MediaTypeMalformed(Malformed):
    """Not a media type: two lower-case names with a slash between, as application/pdf."""

    code: ClassVar[str] = "evidence.media_type_malformed"
    media_type: str


@dataclass(eq=False, kw_only=True)
class EvidenceBytesNotFound(NotFound):
    """No bytes with this hash are kept here."""

    code: ClassVar[str] = "evidence.bytes_not_found"
    sha256: str


class EvidenceKept(NamedTuple):
    """What the log says of a piece of evidence: the hexadecimal SHA-256 of its bytes, and how many these are."""

    sha256: str
    size_bytes: int


class Evidence(NamedTuple):
    """A piece of evidence and what its giver said that it is."""

    media_type: str
    content: bytes


class EvidenceStore(Protocol):
    """Whatever keeps bytes under their hash."""

    def put(self, content: bytes, media_type: str) -> EvidenceKept:
        """Keep bytes; the same bytes once, however often they come."""

    def measure(self, content: bytes, media_type: str) -> EvidenceKept:
        """Return what bytes would be kept as, without keeping them."""

    def get(self, sha256: str) -> Evidence:
        """Return the bytes with this hash, checked against it."""


class PostgresEvidence:
    """
    The evidence of one book, in its database.

    clock: returns the time in UTC; size_bytes_max: of one piece.
    """

    def __init__(
        self,
        pool: ConnectionPool[Connection],
        book: str,
        *,
        clock: Callable[[], datetime],
        size_bytes_max: int = EVIDENCE_BYTES_MAX,
    ) -> None:
        self.book = book
        self._pool = pool
        self._clock = clock
        self._size_bytes_max = size_bytes_max

    def put(self, content: bytes, media_type: str) -> EvidenceKept:
        """
        Keep bytes under their hash; those that are here already stay as they first came, media type included.

        Raises, in this order: MediaTypeMalformed, EvidenceTooLarge.
        """
        kept = self.measure(content, media_type)
        with self._pool.connection() as connection:
            if not connection.execute(_IS_KEPT, (self.book, kept.sha256)).rowcount:
                row = (self.book, kept.sha256, media_type, kept.size_bytes, content, self._clock())
                connection.execute(_INSERT, row)
        return kept

    def measure(self, content: bytes, media_type: str) -> EvidenceKept:
        """Return what bytes would be kept as. Raises: as `put`."""
        if not _MEDIA_TYPE.fullmatch(media_type):
            raise MediaTypeMalformed(media_type=media_type[:80])
        if len(content) > self._size_bytes_max:
            raise EvidenceTooLarge(size_bytes=len(content), size_bytes_max=self._size_bytes_max)
        return EvidenceKept(hashlib.sha256(content).hexdigest(), len(content))

    def get(self, sha256: str) -> Evidence:
        """
        Return the bytes with this hash.

        Raises: EvidenceBytesNotFound; LogCorrupt where a byte has changed.
        """
        row = None
        if SHA256.fullmatch(sha256):
            with self._pool.connection() as connection:
                row = connection.execute(_SELECT, (self.book, sha256)).fetchone()
        if row is None:
            raise EvidenceBytesNotFound(sha256=sha256[:80])
        media_type, content = row
        if hashlib.sha256(content).hexdigest() != sha256:
            raise LogCorrupt(book=self.book, position=0, what=f"evidence {sha256} isn't what it was")
        return Evidence(media_type, bytes(content))

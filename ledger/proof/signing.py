"""
Signing is how a log commits itself: a checkpoint over its head, which it can never go back behind.

A checkpoint is public once its transaction is committed, and that is written after every event it covers. So where the
database waits for synchronous replicas, all of them have these events before anybody sees the checkpoint.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from psycopg_pool import ConnectionPool

from domain.errors import LogCorrupt, Unavailable
from ledger.pool import Connection
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.kept_log import DatabaseTiles, KeptCheckpoint, find_checkpoint, origin_of
from ledger.proof.keyring import Keyring, SigningKeyAbsent
from ledger.proof.note import VerifierKey, sign, signed_note
from ledger.proof.register import NO_LINES, count_lines, read_register
from ledger.proof.tiles import LEVEL_MAX, TILE_HEIGHT, Tile, Tree, tile_root
from ledger.transparency import Frontier

PAGE_TILES = 64

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('signing ' || %s, 0))"
_HEAD = "SELECT size, frontier FROM ledger.log_head WHERE book = %s"
_COUNT = "SELECT coalesce(max(number) + 1, 0) FROM ledger.tree_hashes WHERE book = %s AND level = %s"
_INSERT_HASHES = """
    INSERT INTO ledger.tree_hashes (book, level, number, hash)
    SELECT %s, %s, %s + ordinality - 1, hash FROM unnest(%b::bytea[]) WITH ORDINALITY AS new (hash)
"""
_INSERT_CHECKPOINT = """
    INSERT INTO ledger.checkpoints (book, origin, size, key, root, note, signed_at) VALUES (%s, %s, %s, %s, %b, %b, %s)
    ON CONFLICT DO NOTHING
"""


@dataclass(eq=False, kw_only=True)
class LogNotOpen(Unavailable):
    """There is nothing to sign: the book has no events."""

    code: ClassVar[str] = "log.not_open"
    book: str


@dataclass(eq=False, kw_only=True)
class RestoredBehind(Unavailable):
    """
    The log isn't an extension of what was signed of it, so nothing is signed.

    The database was restored to before a checkpoint, or another history was put in its place. `trade-ledger log reopen`
    goes on under a new origin.
    """

    code: ClassVar[str] = "log.restored_behind"
    retryable: ClassVar[bool] = False
    origin: str
    signed_size: int
    signed_root: str
    size: int


class LogSigner:
    """
    Who signs the head of one book's log.

    clock: returns the time in UTC. Several processes may sign at once: one does, the others find it done. The database
    keeps machines apart that share it; the keyring keeps databases apart that share it, as a log and its restored copy.
    """

    def __init__(
        self, pool: ConnectionPool[Connection], book: str, keyring: Keyring, *, clock: Callable[[], datetime]
    ) -> None:
        self.keyring = keyring
        self._pool = pool
        self._book = book
        self._clock = clock

    def sign_head(self, *, as_kept: bool = False) -> KeptCheckpoint:
        """
        Sign what the log is now, and return the checkpoint; the one that is there, where nothing has moved since.

        as_kept: let what the database keeps to prove the log by count as all that ever was, for who restored a backup
        that lacks cosignatures or time tokens.

        Raises, in this order: SigningKeyAbsent, LogNotOpen, SigningKeyUnusable, SignerFailed, RestoredBehind; and
        LogCorrupt, where the head isn't that of the events.
        """
        if not self.keyring.has_signer:
            raise SigningKeyAbsent(book=self._book)
        with self.keyring.alone(), self._pool.connection() as connection:
            connection.execute(_LOCK, (self._book,))
            return self._sign_head(connection, as_kept=as_kept)

    def _sign_head(self, connection: Connection, *, as_kept: bool) -> KeptCheckpoint:
        origin = origin_of(connection, self._book)
        if origin is None:
            raise LogNotOpen(book=self._book)
        key = self.keyring.verifier_key(origin)
        size, frontier = connection.execute(_HEAD, (self._book,)).fetchone() or (0, b"")
        last = find_checkpoint(connection, self._book, origin=origin)
        is_signed = last and last.key == str(key) and last.checkpoint.size == size and self._remembers(last.checkpoint)
        if last and is_signed and not as_kept and not self._is_behind(connection, origin):
            return last
        extend_tree(connection, self._book, size)
        tree = Tree(DatabaseTiles(connection, self._book), size)
        checkpoint = Checkpoint(origin, size, tree.root())
        if checkpoint.root != Frontier(size, frontier).root():
            raise LogCorrupt(book=self._book, position=size, what="the head isn't that of the events' hashes")
        self.keyring.remember_key(key)
        self._check_extends(tree, origin, last)
        since = NO_LINES if as_kept else self.keyring.remembered_register(origin)
        self.keyring.remember(checkpoint, read_register(connection, self._book, origin, since=since))
        if last and last.key == str(key) and last.checkpoint.size == size:
            return last
        return self._signed(connection, checkpoint, key)

    def _remembers(self, checkpoint: Checkpoint) -> bool:
        signed = self.keyring.last_signed(checkpoint.origin)
        return signed is not None and (signed.size, signed.root) == (checkpoint.size, checkpoint.root.hex())

    def _is_behind(self, connection: Connection, origin: str) -> bool:
        """Return whether more was kept to prove the log by than the keyring remembers."""
        return count_lines(connection, self._book, origin) > self.keyring.remembered_register(origin).lines

    def _check_extends(self, tree: Tree, origin: str, last: KeptCheckpoint | None) -> None:
        """Check the log against what the keyring remembers, and against what the database says was signed."""
        signed = self.keyring.last_signed(origin)
        known = [(signed.size, signed.root)] if signed else []
        known += [(last.checkpoint.size, last.checkpoint.root.hex())] if last else []
        for size, root in known:
            if size > tree.size or tree.root_at(size).hex() != root:
                raise RestoredBehind(origin=origin, signed_size=size, signed_root=root, size=tree.size)

    def _signed(self, connection: Connection, checkpoint: Checkpoint, key: VerifierKey) -> KeptCheckpoint:
        signer = self.keyring.signer(checkpoint.origin)
        note = signed_note(checkpoint.text, [sign(checkpoint.text, checkpoint.origin, signer)])
        kept = KeptCheckpoint(checkpoint, str(key), note, self._clock())
        row = (self._book, checkpoint.origin, checkpoint.size, kept.key, checkpoint.root, note, kept.signed_at)
        connection.execute(_INSERT_CHECKPOINT, row)
        return kept


def extend_tree(connection: Connection, book: str, size: int) -> None:
    """
    Keep the roots of all full tiles of a log's first `size` leaves that aren't kept yet, level by level.

    Raises: LogCorrupt where an event is missing.
    """
    for level in range(1, LEVEL_MAX + 1):
        wanted = size >> TILE_HEIGHT * level
        row = connection.execute(_COUNT, (book, level)).fetchone()
        for first in range(row[0] if row else 0, wanted, PAGE_TILES):
            tiles = [Tile(level - 1, number) for number in range(first, min(first + PAGE_TILES, wanted))]
            roots = [tile_root(hashes) for hashes in DatabaseTiles(connection, book).read(tiles)]
            connection.execute(_INSERT_HASHES, (book, level, first, roots))
        if not wanted:
            break

"""A book's log as its database keeps it: tiles, entry bundles, checkpoints with their cosignatures."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from domain.book import BookLogReopened, BookOpened
from domain.envelope import decode
from domain.errors import LogCorrupt
from domain.references import book_id
from ledger.pool import Connection
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.note import Note, Signature, signature_of
from ledger.proof.tiles import TILE_HEIGHT, Entries, Tile, bundle
from ledger.transparency import HASH_BYTES, leaf_bytes

# Never prepared: what suits a table of ten rows would be kept when it has ten million.
_SELECT_LEAF_HASHES = """
    SELECT tile.number, hashes FROM unnest(%b::int8[], %b::int8[]) AS tile (number, width)
    CROSS JOIN LATERAL (
        SELECT string_agg(e.leaf_hash, ''::bytea ORDER BY e.position) AS hashes FROM ledger.events e
        WHERE e.book = %s AND e.position > tile.number * 256 AND e.position <= tile.number * 256 + tile.width
    ) AS read
"""
_SELECT_TREE_HASHES = """
    SELECT tile.level, tile.number, hashes
    FROM unnest(%b::int4[], %b::int8[], %b::int8[]) AS tile (level, number, width)
    CROSS JOIN LATERAL (
        SELECT string_agg(h.hash, ''::bytea ORDER BY h.number) AS hashes FROM ledger.tree_hashes h
        WHERE h.book = %s AND h.level = tile.level
            AND h.number >= tile.number * 256 AND h.number < tile.number * 256 + tile.width
    ) AS read
"""
_SELECT_ENTRIES = """
    SELECT position, originator_id, version, topic, state FROM ledger.events
    WHERE book = %s AND position > %s AND position <= %s ORDER BY position
"""
_SELECT_ORIGIN = """
    SELECT topic, state FROM ledger.events WHERE book = %s AND originator_id = %s ORDER BY version DESC LIMIT 1
"""
_SELECT_CHECKPOINTS = "SELECT origin, size, root, key, note, signed_at FROM ledger.checkpoints WHERE book = %s"
_LARGEST = _SELECT_CHECKPOINTS + " AND origin = %s ORDER BY size DESC, signed_at DESC LIMIT 1"
_OF_SIZE = _SELECT_CHECKPOINTS + " AND origin = %s AND size = %s ORDER BY signed_at DESC LIMIT 1"
_SELECT_COSIGNATURES = """
    SELECT line FROM ledger.cosignatures WHERE book = %s AND origin = %s AND size = %s ORDER BY cosigned_at, witness
"""


class KeptCheckpoint(NamedTuple):
    """A checkpoint as the log signed it: what it says, with which key (NAME+HASH+BASE64), the note, and when."""

    checkpoint: Checkpoint
    key: str
    note: bytes
    signed_at: datetime


class DatabaseTiles:
    """The tiles of a book's log, from the leaf hashes of its events and the hashes kept of the levels above."""

    def __init__(self, connection: Connection, book: str) -> None:
        self._connection = connection
        self._book = book

    def read(self, tiles: Sequence[Tile]) -> list[bytes]:
        """
        Return the hashes of each tile.

        Raises: LogCorrupt where one is missing.
        """
        leaf_tiles = [tile for tile in tiles if tile.level == 0]
        found = self._leaf_hashes(leaf_tiles) if leaf_tiles else {}
        if len(leaf_tiles) < len(tiles):
            found |= self._tree_hashes([tile for tile in tiles if tile.level])
        return [self._whole(tile, found[tile.level, tile.number]) for tile in tiles]

    def _whole(self, tile: Tile, hashes: bytes) -> bytes:
        if len(hashes) != HASH_BYTES * tile.width:
            first = (tile.number << TILE_HEIGHT * (tile.level + 1)) + 1
            raise LogCorrupt(book=self._book, position=first, what=f"{tile.path} has {len(hashes)} bytes")
        return hashes

    def _leaf_hashes(self, tiles: Sequence[Tile]) -> dict[tuple[int, int], bytes]:
        asked = ([tile.number for tile in tiles], [tile.width for tile in tiles], self._book)
        rows = self._connection.execute(_SELECT_LEAF_HASHES, asked, prepare=False)
        return {(0, number): hashes or b"" for number, hashes in rows}

    def _tree_hashes(self, tiles: Sequence[Tile]) -> dict[tuple[int, int], bytes]:
        asked = ([t.level for t in tiles], [t.number for t in tiles], [t.width for t in tiles], self._book)
        rows = self._connection.execute(_SELECT_TREE_HASHES, asked, prepare=False)
        return {(level, number): hashes or b"" for level, number, hashes in rows}


def read_entries(connection: Connection, book: str, entries: Entries) -> bytes:
    """
    Return an entry bundle of a book's log.

    Raises: LogCorrupt where an event is missing.
    """
    first = entries.number << TILE_HEIGHT
    rows = connection.execute(_SELECT_ENTRIES, (book, first, first + entries.width), binary=True).fetchall()
    if len(rows) != entries.width:
        raise LogCorrupt(book=book, position=first + 1, what=f"{entries.path} has {len(rows)} events")
    return bundle(leaf_bytes(*row) for row in rows)


def origin_of(connection: Connection, book: str) -> str | None:
    """Return the name under which a book's checkpoints are signed now, or nothing where the book isn't open."""
    row = connection.execute(_SELECT_ORIGIN, (book, book_id(book))).fetchone()
    if row is None:
        return None
    match decode(*row).event:
        case BookOpened(log_origin=origin) | BookLogReopened(new_origin=origin):
            return origin
        case other:
            raise LogCorrupt(book=book, position=0, what=f"{type(other).__name__} names no origin")


def find_checkpoint(
    connection: Connection, book: str, *, size: int | None = None, origin: str | None = None
) -> KeptCheckpoint | None:
    """Return the largest checkpoint of an origin, the present one unless named, or that of a size; the last signed."""
    sought = origin or origin_of(connection, book)
    asked = (_LARGEST, (book, sought)) if size is None else (_OF_SIZE, (book, sought, size))
    row = connection.execute(*asked).fetchone()
    return _kept(*row) if row else None


def all_checkpoints(connection: Connection, book: str) -> list[KeptCheckpoint]:
    """Return every checkpoint that was ever signed of a book's log, in the order in which they were."""
    rows = connection.execute(_SELECT_CHECKPOINTS + " ORDER BY signed_at, size", (book,))
    return [_kept(*row) for row in rows]


def cosignatures_of(connection: Connection, book: str, checkpoint: Checkpoint) -> list[Signature]:
    """Return what witnesses signed of a checkpoint, in the order in which they did."""
    rows = connection.execute(_SELECT_COSIGNATURES, (book, checkpoint.origin, checkpoint.size))
    return [signature_of(line) for (line,) in rows]


def cosigned_note(connection: Connection, book: str, kept: KeptCheckpoint) -> bytes:
    """Return a checkpoint as a note with the signature of its log and of all witnesses."""
    note = Note.parse(kept.note)
    return bytes(Note(note.text, (*note.signatures, *cosignatures_of(connection, book, kept.checkpoint))))


def _kept(origin: str, size: int, root: bytes, key: str, note: bytes, signed_at: datetime) -> KeptCheckpoint:
    return KeptCheckpoint(Checkpoint(origin, size, bytes(root)), key, bytes(note), signed_at)

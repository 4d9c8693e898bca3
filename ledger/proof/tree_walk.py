"""A walk over all leaves of a log says what every root and every tile above them has to be."""

from collections.abc import Iterator

from ledger.pool import Connection
from ledger.proof.kept_log import DatabaseTiles
from ledger.proof.tiles import LEVEL_MAX, TILE_HEIGHT, TILE_WIDTH, Tile, tile_root
from ledger.proof.whole_tree import WholeTree
from ledger.transparency import HASH_BYTES

PAGE_TILES = 64

_LEVELS = "SELECT level, count(*), min(number), max(number) FROM ledger.tree_hashes WHERE book = %s GROUP BY level"


class TreeWalk:
    """
    The tree of a book's first `size` leaves, as the leaf hashes of its events give it, from the left to the right.

    differences: the tiles passed so far that are kept otherwise: their paths, and what is wrong.
    """

    def __init__(self, connection: Connection, book: str, size: int) -> None:
        self.differences: list[tuple[str, str]] = []
        self._connection = connection
        self._book = book
        self._size = size
        self._counts: dict[int, int] = {}
        self._tree = WholeTree()
        self._leaf_tiles = self._read()
        self._start, self._hashes = 0, b""

    def count(self, *, signed_size: int) -> None:
        """Note levels that have too many hashes, too few, or gaps. signed_size: up to which all have to be kept."""
        for level, count, first, last in self._connection.execute(_LEVELS, (self._book,)):
            self._counts[level] = count
            if (first, last) != (0, count - 1) or level > LEVEL_MAX or count > self._size >> TILE_HEIGHT * level:
                self.differences.append(
                    (f"tile/{level}", f"it has {count} hashes, from {first} to {last}, of a log of {self._size}")
                )
        for level in range(1, LEVEL_MAX + 1):
            count = self._counts.get(level, 0)
            if count < min(signed_size, self._size) >> TILE_HEIGHT * level:
                self.differences.append(
                    (f"tile/{level}", f"it has {count} hashes, but {signed_size} leaves were signed")
                )

    def root_at(self, size: int) -> bytes | None:
        """Return the root of the first `size` leaves, no fewer than asked for before; nothing where there are fewer."""
        while size > self._start + len(self._hashes) // HASH_BYTES:
            if not self._go_on():
                return None
        return self._tree.root(self._hashes[: HASH_BYTES * (size - self._start)])

    def finish(self) -> None:
        """Go to the end, if any tile is left to compare."""
        while self._counts and self._go_on():
            pass
        for tile, hashes in self._tree.edges():
            self._compare(tile, hashes)

    def _go_on(self) -> bool:
        """Go to the next 256 leaves; return whether there are any."""
        if len(self._hashes) == HASH_BYTES * TILE_WIDTH:
            for tile, hashes in self._tree.add(tile_root(self._hashes)):
                self._compare(tile, hashes)
            self._start, self._hashes = self._start + TILE_WIDTH, b""
        found = next(self._leaf_tiles, None)
        if found is not None:
            self._hashes = found
        return found is not None

    def _compare(self, tile: Tile, hashes: bytes) -> None:
        """Compare a tile with as much of it as is kept yet."""
        width = min(tile.width, self._counts.get(tile.level, 0) - tile.number * TILE_WIDTH)
        if width > 0:
            (kept,) = DatabaseTiles(self._connection, self._book).read([tile._replace(width=width)])
            if kept != hashes[: HASH_BYTES * width]:
                self.differences.append((tile.path, "its hashes aren't those of the tiles below"))

    def _read(self) -> Iterator[bytes]:
        """Yield the leaf hashes of 256 events after the other."""
        tiles = DatabaseTiles(self._connection, self._book)
        starts = range(0, self._size, TILE_WIDTH)
        for first in range(0, len(starts), PAGE_TILES):
            page = starts[first : first + PAGE_TILES]
            yield from tiles.read(
                [Tile(0, start >> TILE_HEIGHT, min(TILE_WIDTH, self._size - start)) for start in page]
            )

"""The whole tree of a log, taken from all its leaves a tile at a time: what every tile and root has to be."""

import hashlib
from collections.abc import Iterator

from ledger.proof.tiles import TILE_WIDTH, EntriesMalformed, Tile, tile_root
from ledger.transparency import EMPTY_ROOT, HASH_BYTES, node_hash

_LEAF = hashlib.sha256(b"\0")


def leaf_hashes_in(entries: bytes) -> bytes:
    """
    Return the hashes of the leaves in an entry bundle, one after the other.

    Raises: EntriesMalformed.
    """
    hashes, end, size = [], 0, len(entries)
    try:
        while end < size:
            begin = end + 2
            end = begin + (entries[begin - 2] << 8 | entries[begin - 1])
            leaf = _LEAF.copy()
            leaf.update(entries[begin:end])
            hashes.append(leaf.digest())
    except IndexError:
        end = size + 1
    if end > size:
        raise EntriesMalformed(problem=f"entry {len(hashes)} ends beyond the bundle")
    return b"".join(hashes)


class WholeTree:
    """A growing tree above its leaves: at each level from 1 the hashes that don't fill a tile yet."""

    def __init__(self) -> None:
        self._edges: list[bytearray] = []
        self._numbers: list[int] = []

    def add(self, tile: bytes) -> Iterator[tuple[Tile, bytes]]:
        """Take the root of the next full tile of leaves, and yield the tiles above that are full now."""
        level, root = 1, tile
        while True:
            edge = self._edge(level)
            edge += root
            if len(edge) < HASH_BYTES * TILE_WIDTH:
                return
            hashes = bytes(edge)
            yield Tile(level, self._numbers[level - 1]), hashes
            self._numbers[level - 1] += 1
            edge.clear()
            level, root = level + 1, tile_root(hashes)

    def edges(self) -> Iterator[tuple[Tile, bytes]]:
        """Yield the tiles that aren't full."""
        for level, (number, edge) in enumerate(zip(self._numbers, self._edges, strict=True), start=1):
            if edge:
                yield Tile(level, number, len(edge) // HASH_BYTES), bytes(edge)

    def root(self, rest: bytes = b"") -> bytes:
        """Return the root over all leaves. rest: the hashes of those after the last full tile."""
        root = b""
        for hashes in (rest, *self._edges):
            end, width = len(hashes), len(hashes) // HASH_BYTES
            while width:
                complete = width & -width
                start = end - HASH_BYTES * complete
                subtree = tile_root(bytes(hashes[start:end]))
                root = node_hash(subtree, root) if root else subtree
                end, width = start, width - complete
        return root or EMPTY_ROOT

    def _edge(self, level: int) -> bytearray:
        if level > len(self._edges):
            self._edges.append(bytearray())
            self._numbers.append(0)
        return self._edges[level - 1]

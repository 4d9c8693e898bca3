"""
A tile is 256 neighbouring hashes of a log's Merkle tree, or fewer at its right edge: what logs serve and store.

Levels, numbers and paths are those of C2SP tlog-tiles. All proofs are computed from tiles, wherever these come from.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple, Protocol

from domain.errors import Malformed
from ledger.proof.merkle import (
    TREE_SIZE_MAX,
    Leaves,
    NotInTree,
    Subtree,
    consistency_path,
    inclusion_path,
    join,
    subtrees_of,
)
from ledger.transparency import EMPTY_ROOT, HASH_BYTES

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
LEVEL_MAX = 7
"""A log of 2**63 leaves has no tile above."""

_LENGTH_BYTES = 2
_NODE = hashlib.sha256(b"\1")
_NUMBER = r"((?:x[0-9]{3}/){0,5}[0-9]{3})"
_PARTIAL = r"(?:\.p/([1-9][0-9]{0,2}))?"
_TILE_PATH = re.compile(rf"tile/([0-9]{{1,2}})/{_NUMBER}{_PARTIAL}")
_ENTRIES_PATH = re.compile(rf"tile/entries/{_NUMBER}{_PARTIAL}")


@dataclass(eq=False, kw_only=True)
class TilePathMalformed(Malformed):
    """Not the path of a tile or of an entry bundle: C2SP tlog-tiles says how they look."""

    code: ClassVar[str] = "tile.path_malformed"
    path: str


@dataclass(eq=False, kw_only=True)
class EntriesMalformed(Malformed):
    """An entry bundle isn't a sequence of entries, each behind its length."""

    code: ClassVar[str] = "tile.entries_malformed"
    problem: str


@dataclass(eq=False, kw_only=True)
class TileBroken(Malformed):
    """A tile isn't whole."""

    code: ClassVar[str] = "tile.broken"
    path: str
    problem: str


class Tile(NamedTuple):
    """Hashes `number` * 256 and the `width` - 1 after it, of a level; those of level 0 are leaf hashes."""

    level: int
    number: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """Return where the tile is found below a log's prefix."""
        return f"tile/{self.level}/{_number_and_width(self.number, self.width)}"


class Entries(NamedTuple):
    """The entry bundle below a tile of level 0: `width` leaves from `number` * 256."""

    number: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """Return where the bundle is found below a log's prefix."""
        return f"tile/entries/{_number_and_width(self.number, self.width)}"


class TileSource(Protocol):
    """Where tiles are read from: a database, a folder, somebody's server."""

    def read(self, tiles: Sequence[Tile]) -> list[bytes]:
        """Return the hashes of each tile, one after the other: 32 * width bytes."""


class FolderTiles:
    """The tiles of a published log: static files below a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, tiles: Sequence[Tile]) -> list[bytes]:
        """
        Return the hashes of each tile; of a partial one that was superseded, the first ones of the full.

        Raises: OSError where a tile is absent.
        """
        return [self._read(tile) for tile in tiles]

    def _read(self, tile: Tile) -> bytes:
        file = self._folder / tile.path
        if tile.width < TILE_WIDTH and not file.exists():
            file = self._folder / tile._replace(width=TILE_WIDTH).path
        return file.read_bytes()[: HASH_BYTES * tile.width]


class Tree:
    """The Merkle tree of a log's first `size` leaves, as far as its tiles are needed to answer."""

    def __init__(self, source: TileSource, size: int) -> None:
        self.size = size
        self._source = source

    def root(self) -> bytes:
        """Return the Merkle tree hash. Raises: TileBroken."""
        return self.root_at(self.size)

    def root_at(self, size: int) -> bytes:
        """
        Return the Merkle tree hash of the first `size` leaves.

        Raises, in this order: NotInTree, TileBroken.
        """
        if not 0 <= size <= self.size:
            raise NotInTree(asked=size, size=self.size)
        return join(self.frontier(size)) if size else EMPTY_ROOT

    def frontier(self, size: int) -> list[bytes]:
        """Return the roots of the complete subtrees of the first `size` leaves, largest first."""
        subtrees = subtrees_of(Leaves(0, size))
        found = self._hashes(subtrees)
        return [found[each] for each in subtrees]

    def inclusion_proof(self, index: int) -> tuple[bytes, ...]:
        """
        Return the proof of the leaf `index`, which counts from 0.

        Raises, in this order: NotInTree, TileBroken.
        """
        return self.inclusion_proofs([index])[0]

    def inclusion_proofs(self, indices: Sequence[int]) -> list[tuple[bytes, ...]]:
        """
        Return the proofs of several leaves, for which each tile is read once.

        Raises, in this order: NotInTree, TileBroken.
        """
        return self._proofs([inclusion_path(index, self.size) for index in indices])

    def consistency_proof(self, old: int) -> tuple[bytes, ...]:
        """
        Return the proof that this tree goes on where its first `old` leaves, at least one, ended.

        Raises, in this order: NotInTree, TileBroken.
        """
        return self._proofs([consistency_path(old, self.size)])[0]

    def _proofs(self, paths: Sequence[Sequence[Leaves]]) -> list[tuple[bytes, ...]]:
        parts = {leaves: subtrees_of(leaves) for path in paths for leaves in path}
        found = self._hashes(dict.fromkeys(subtree for part in parts.values() for subtree in part))
        joined = {leaves: join([found[subtree] for subtree in part]) for leaves, part in parts.items()}
        return [tuple(joined[leaves] for leaves in path) for path in paths]

    def _hashes(self, subtrees: Iterable[Subtree]) -> dict[Subtree, bytes]:
        standing = {subtree: self._tile_of(subtree) for subtree in subtrees}
        tiles = list(dict.fromkeys(standing.values()))
        read = dict(zip(tiles, self._source.read(tiles), strict=True))
        for tile, hashes in read.items():
            if len(hashes) != HASH_BYTES * tile.width:
                raise TileBroken(path=tile.path, problem=f"has {len(hashes)} bytes, not {HASH_BYTES * tile.width}")
        return {subtree: _hash_within(subtree, read[tile]) for subtree, tile in standing.items()}

    def _tile_of(self, subtree: Subtree) -> Tile:
        level = subtree.height // TILE_HEIGHT
        number = (subtree.number << subtree.height % TILE_HEIGHT) >> TILE_HEIGHT
        width = min((self.size >> TILE_HEIGHT * level) - (number << TILE_HEIGHT), TILE_WIDTH)
        return Tile(level, number, width)


def tiles_of(size: int, *, since: int = 0) -> Iterator[Tile]:
    """Yield every tile of a log of `size` leaves that one of `since` hasn't, level by level, partial ones last."""
    for level in range(LEVEL_MAX + 1):
        hashes, before = size >> TILE_HEIGHT * level, since >> TILE_HEIGHT * level
        full, partial = divmod(hashes, TILE_WIDTH)
        for number in range(before >> TILE_HEIGHT, full):
            yield Tile(level, number)
        if partial and hashes > before:
            yield Tile(level, full, partial)


def entries_of(size: int, *, since: int = 0) -> Iterator[Entries]:
    """Yield every entry bundle of a log of `size` leaves that one of `since` leaves hasn't, a partial one last."""
    full, partial = divmod(size, TILE_WIDTH)
    yield from (Entries(number) for number in range(since >> TILE_HEIGHT, full))
    if partial and size > since:
        yield Entries(full, partial)


def tile_at(path: str) -> Tile:
    """Return the tile that a path below a log's prefix names. Raises: TilePathMalformed."""
    found = _TILE_PATH.fullmatch(path)
    if not found:
        raise TilePathMalformed(path=path)
    tile = Tile(int(found[1]), *_number_of(found[2], found[3]))
    if tile.path != path or not _may_stand(tile):
        raise TilePathMalformed(path=path)
    return tile


def entries_at(path: str) -> Entries:
    """Return the entry bundle that a path below a log's prefix names. Raises: TilePathMalformed."""
    found = _ENTRIES_PATH.fullmatch(path)
    if not found:
        raise TilePathMalformed(path=path)
    entries = Entries(*_number_of(found[1], found[2]))
    if entries.path != path or not _may_stand(Tile(0, *entries)):
        raise TilePathMalformed(path=path)
    return entries


def bundle(leaves: Iterable[bytes]) -> bytes:
    """Return leaves as an entry bundle: each behind its length, in two bytes, big-endian."""
    return b"".join(part for leaf in leaves for part in (len(leaf).to_bytes(_LENGTH_BYTES, "big"), leaf))


def leaves_in(entries: bytes) -> list[bytes]:
    """Return the leaves of an entry bundle. Raises: EntriesMalformed."""
    leaves: list[bytes] = []
    start = 0
    while start < len(entries):
        begin = start + _LENGTH_BYTES
        start = begin + int.from_bytes(entries[start:begin], "big")
        if start > len(entries) or begin > len(entries):
            raise EntriesMalformed(problem=f"entry {len(leaves)} ends beyond the bundle")
        leaves.append(entries[begin:start])
    return leaves


def tile_root(hashes: bytes) -> bytes:
    """Return the root over the hashes of a full tile."""
    while len(hashes) > HASH_BYTES:
        level = []
        for start in range(0, len(hashes), 2 * HASH_BYTES):
            node = _NODE.copy()  # half again as fast as a hash made anew
            node.update(hashes[start : start + 2 * HASH_BYTES])
            level.append(node.digest())
        hashes = b"".join(level)
    return hashes


def _hash_within(subtree: Subtree, hashes: bytes) -> bytes:
    height = subtree.height % TILE_HEIGHT
    first = (subtree.number << height) % TILE_WIDTH
    return tile_root(hashes[HASH_BYTES * first : HASH_BYTES * (first + (1 << height))])


def _number_and_width(number: int, width: int) -> str:
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03}")
    return "/".join(reversed(groups)) + ("" if width == TILE_WIDTH else f".p/{width}")


def _may_stand(tile: Tile) -> bool:
    """Return whether there is a log so large, and a tile so wide."""
    last = TREE_SIZE_MAX >> TILE_HEIGHT * (tile.level + 1)
    return tile.level <= LEVEL_MAX and tile.number <= last and tile.width <= TILE_WIDTH


def _number_of(groups: str, width: str | None) -> tuple[int, int]:
    return int(groups.replace("x", "").replace("/", "")), int(width or TILE_WIDTH)

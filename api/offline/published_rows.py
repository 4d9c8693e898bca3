"""
A published log read back, without believing it: its tiles against its entries, then the events in these.

What is absent under its own name may stand in a wider tile or bundle, since a log that grew needn't keep its old edge.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from api.offline.claims import Claims
from ledger.proof.tiles import (
    TILE_HEIGHT,
    TILE_WIDTH,
    Entries,
    EntriesMalformed,
    Tile,
    TilePathMalformed,
    entries_at,
    entries_of,
    leaves_in,
    tile_root,
)
from ledger.proof.whole_tree import WholeTree, leaf_hashes_in
from ledger.replay import Fault, LogBroken, LogRow
from ledger.transparency import HASH_BYTES, LeafMalformed, leaf_hash, parse_leaf

PROGRESS_BUNDLES = 40


class _Found(NamedTuple):
    path: str
    width: int
    content: bytes


def check_published(folder: Path, claims: Claims, progress: Callable[[int], None] = lambda _position: None) -> None:
    """
    Check that the entries give the roots claimed, and every tile that is there; `progress` is told the position.

    Raises: LogBroken.
    """
    tree, full = WholeTree(), claims.size >> TILE_HEIGHT
    for number in range(full):
        _check_within(folder, claims, tree, number)
        for tile, hashes in tree.add(tile_root(_leaf_hashes(folder, Entries(number)))):
            _check_tile(folder, tile, hashes)
        end = number + 1 << TILE_HEIGHT
        if claims.next_size == end:
            claims.check(end, tree.root())
        if number % PROGRESS_BUNDLES == 0:
            progress(end)
    _check_within(folder, claims, tree, full)
    for tile, hashes in tree.edges():
        _check_tile(folder, tile, hashes)


def published_rows(folder: Path, size: int) -> Iterator[LogRow]:
    """
    Yield the first `size` events.

    Raises: LogBroken.
    """
    for entries in entries_of(size):
        leaves = _leaves(entries, _entries(folder, entries))
        for position, leaf in enumerate(leaves, start=(entries.number << TILE_HEIGHT) + 1):
            try:
                yield LogRow(*parse_leaf(leaf), leaf_hash(leaf))
            except LeafMalformed as error:
                raise LogBroken(Fault(position=position, what=str(error))) from None


def published_size(folder: Path) -> int:
    """Return how many events the entry bundles reach to, to judge by their names."""
    size = 0
    for file in (folder / "tile" / "entries").rglob("*"):
        with suppress(TilePathMalformed):
            entries = entries_at(file.relative_to(folder).as_posix())
            size = max(size, (entries.number << TILE_HEIGHT) + entries.width)
    return size


def _check_within(folder: Path, claims: Claims, tree: WholeTree, number: int) -> None:
    """Check the roots claimed of sizes that end within bundle `number`."""
    first = number << TILE_HEIGHT
    while claims.next_size < min(first + TILE_WIDTH, claims.size + 1):
        size = claims.next_size
        claims.check(size, tree.root(_leaf_hashes(folder, Entries(number, size - first))))


def _leaf_hashes(folder: Path, entries: Entries) -> bytes:
    found = _entries(folder, entries)
    try:
        hashes = leaf_hashes_in(found.content)
    except EntriesMalformed as error:
        raise _broken(entries, 0, f"{found.path}: {error.problem}") from None
    _check_width(entries, found, len(hashes) // HASH_BYTES)
    hashes = hashes[: HASH_BYTES * entries.width]
    tile = Tile(0, entries.number, entries.width)
    if (index := _first_difference(folder, tile, hashes)) is not None:
        leaf = leaves_in(found.content)[index]
        raise _broken(entries, index, f"the event isn't what {tile.path} has the hash of", leaf)
    return hashes


def _check_tile(folder: Path, tile: Tile, hashes: bytes) -> None:
    index = _first_difference(folder, tile, hashes)
    if index is not None:
        first = (tile.number << TILE_HEIGHT) + index << TILE_HEIGHT * tile.level
        what = f"{tile.path}: hash {index} isn't that of the {1 << TILE_HEIGHT * tile.level} events from here"
        raise LogBroken(Fault(position=first + 1, what=what))


def _first_difference(folder: Path, tile: Tile, hashes: bytes) -> int | None:
    """Return the first hash in which a tile, if it is there, differs from what it has to be, by its index."""
    found = _find(folder, tile)
    if found is None:
        return None
    if len(found.content) != HASH_BYTES * found.width:
        what = f"{found.path} has {len(found.content)} bytes, not {HASH_BYTES * found.width}"
        raise LogBroken(Fault(position=(tile.number << TILE_HEIGHT * (tile.level + 1)) + 1, what=what))
    if found.content.startswith(hashes):
        return None
    starts = range(0, len(hashes), HASH_BYTES)
    return next(i for i, at in enumerate(starts) if found.content[at : at + HASH_BYTES] != hashes[at : at + HASH_BYTES])


def _leaves(entries: Entries, found: _Found) -> list[bytes]:
    try:
        leaves = leaves_in(found.content)
    except EntriesMalformed as error:
        raise _broken(entries, 0, f"{found.path}: {error.problem}") from None
    _check_width(entries, found, len(leaves))
    return leaves[: entries.width]


def _check_width(entries: Entries, found: _Found, width: int) -> None:
    if width != found.width:
        raise _broken(entries, min(width, found.width), f"{found.path} has {width} events, not {found.width}")


def _entries(folder: Path, entries: Entries) -> _Found:
    found = _find(folder, entries)
    if found is None:
        raise _broken(entries, 0, f"{entries.path} is missing")
    return found


def _find(folder: Path, part: Tile | Entries) -> _Found | None:
    for width in range(part.width, TILE_WIDTH + 1):
        path = part._replace(width=width).path
        with suppress(FileNotFoundError, NotADirectoryError):
            return _Found(path, width, (folder / path).read_bytes())
    return None


def _broken(entries: Entries, index: int, what: str, leaf: bytes = b"") -> LogBroken:
    originator_id = ""
    with suppress(LeafMalformed):
        originator_id = parse_leaf(leaf).originator_id
    position = (entries.number << TILE_HEIGHT) + index + 1
    return LogBroken(Fault(position=position, originator_id=originator_id, what=what))

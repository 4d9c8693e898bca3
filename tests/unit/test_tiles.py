"""Tiles against C2SP tlog-tiles: which there are, how they are called, and proofs computed from them."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.merkle import NotInTree
from ledger.proof.tiles import (
    Entries,
    EntriesMalformed,
    FolderTiles,
    Tile,
    TileBroken,
    TilePathMalformed,
    Tree,
    bundle,
    entries_at,
    entries_of,
    leaves_in,
    tile_at,
    tile_root,
    tiles_of,
)
from ledger.transparency import EMPTY_ROOT
from tests.naive_merkle import Naive, leaf_hashes

SIZE_MAX = 66_000
"""Enough for a tile of level 2."""

NAIVE = Naive(leaf_hashes(SIZE_MAX))

sizes = st.integers(0, SIZE_MAX) | st.sampled_from([1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537])


class DefinedTiles:
    """Tiles as the specification defines them: MTH(D[(n * 256 + i) * 256**l : (n * 256 + i + 1) * 256**l])."""

    def read(self, tiles: Sequence[Tile]) -> list[bytes]:
        return [defined(tile) for tile in tiles]


def defined(tile: Tile) -> bytes:
    span, first = 256**tile.level, tile.number * 256
    return b"".join(NAIVE.root(number * span, (number + 1) * span) for number in range(first, first + tile.width))


# Proofs from tiles.


@given(sizes, st.data())
def test_root_of_every_size_is_that_of_the_definition(size: int, data: st.DataObject) -> None:
    tree = Tree(DefinedTiles(), size)
    older = data.draw(st.integers(0, size))
    assert (tree.root(), tree.root_at(older)) == (NAIVE.root(0, size), NAIVE.root(0, older))


@given(sizes.filter(bool), st.data())
def test_proofs_are_those_of_the_definition(size: int, data: st.DataObject) -> None:
    tree = Tree(DefinedTiles(), size)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    assert tree.inclusion_proof(index) == tuple(NAIVE.path(index, 0, size))
    assert tree.consistency_proof(old) == tuple(NAIVE.proof(old, size))


@given(sizes.filter(bool), st.data())
def test_a_proof_reads_only_tiles_that_a_log_of_its_size_has(size: int, data: st.DataObject) -> None:
    asked: list[Tile] = []

    class Watched(DefinedTiles):
        def read(self, tiles: Sequence[Tile]) -> list[bytes]:
            asked.extend(tiles)
            return super().read(tiles)

    Tree(Watched(), size).inclusion_proof(data.draw(st.integers(0, size - 1)))
    Tree(Watched(), size).consistency_proof(data.draw(st.integers(1, size)))
    assert set(asked) <= set(tiles_of(size))


def test_a_tree_beyond_the_log_and_a_leaf_outside_of_it_are_refused() -> None:
    tree = Tree(DefinedTiles(), 5)
    for asked in (-1, 6):
        with pytest.raises(NotInTree):
            tree.root_at(asked)
    for index in (-1, 5):
        with pytest.raises(NotInTree):
            tree.inclusion_proof(index)
    for old in (0, 6):
        with pytest.raises(NotInTree):
            tree.consistency_proof(old)
    assert Tree(DefinedTiles(), 0).root() == EMPTY_ROOT


def test_a_tile_of_another_length_is_refused() -> None:
    class Short(DefinedTiles):
        def read(self, tiles: Sequence[Tile]) -> list[bytes]:
            return [each[:-1] for each in super().read(tiles)]

    with pytest.raises(TileBroken):
        Tree(Short(), 300).root()


def test_root_over_a_full_tile_is_a_hash_of_the_level_above() -> None:
    assert tile_root(defined(Tile(0, 1))) == defined(Tile(1, 0, 2))[32:]


def test_a_folder_answers_for_partial_tiles_that_full_ones_took_the_place_of(tmp_path: Path) -> None:
    for tile in (*tiles_of(300), *tiles_of(600)):
        (tmp_path / tile.path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / tile.path).write_bytes(defined(tile))
    (tmp_path / Tile(0, 1, 44).path).unlink()
    for size in (300, 600):
        assert Tree(FolderTiles(tmp_path), size).root() == NAIVE.root(0, size)


# Which tiles there are.


def test_tiles_of_70_000_leaves_are_the_specifications_example() -> None:
    tiles = list(tiles_of(70_000))
    assert [tile for tile in tiles if tile.level == 0] == [
        *(Tile(0, number) for number in range(273)),
        Tile(0, 273, 112),
    ]
    assert [tile for tile in tiles if tile.level] == [Tile(1, 0), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert list(entries_of(70_000)) == [*(Entries(number) for number in range(273)), Entries(273, 112)]


def test_256_leaves_are_a_full_tile_and_one_hash_above() -> None:
    assert list(tiles_of(256)) == [Tile(0, 0), Tile(1, 0, 1)]
    assert list(tiles_of(0)) == []


@given(sizes, sizes)
def test_tiles_since_a_size_are_those_that_it_hadnt(one: int, other: int) -> None:
    old, new = sorted((one, other))
    before, bundles_before = set(tiles_of(old)), set(entries_of(old))
    assert list(tiles_of(new, since=old)) == [tile for tile in tiles_of(new) if tile not in before]
    assert list(entries_of(new, since=old)) == [each for each in entries_of(new) if each not in bundles_before]


# Paths.


def test_a_path_is_the_specifications_example() -> None:
    assert Tile(0, 1_234_067).path == "tile/0/x001/x234/067"
    assert Entries(1_234_067, 8).path == "tile/entries/x001/x234/067.p/8"


@given(st.integers(0, 7), st.integers(0, 2**63 - 1), st.integers(1, 256))
def test_paths_round_trip(level: int, leaf: int, width: int) -> None:
    tile, entries = Tile(level, leaf >> 8 * (level + 1), width), Entries(leaf >> 8, width)
    assert (tile_at(tile.path), entries_at(entries.path)) == (tile, entries)


_MALFORMED = [
    "",
    "000",
    "/0",
    "/0000",
    "/x000",
    "/x000/001",
    "/001/002",
    "/x001/x002",
    "/000.p/0",
    "/000.p/01",
    "/000.p/256",
    "/000.p/300",
    "/000.p/1000",
    "/000.p/",
    "/000.p",
    "/000/",
    "/000\n",
    "/\u0660\u0660\u0660",
    "/-01",
    "/../000",
    "/x036/x028/x797/x018/x963/968",
    "/x999" + "/x999" * 20 + "/999",
    "/x999" + "/x999" * 5_000 + "/999",
]
"""What may not stand behind tile/0 or tile/entries."""


@pytest.mark.parametrize("rest", _MALFORMED, ids=range(len(_MALFORMED)))
def test_a_malformed_path_is_refused(rest: str) -> None:
    with pytest.raises(TilePathMalformed):
        tile_at("tile/0" + rest)
    with pytest.raises(TilePathMalformed):
        entries_at("tile/entries" + rest)


@pytest.mark.parametrize("level", ["", "8", "00", "01", "63", "64", "100", "-1", "x", "entries"])
def test_a_level_that_no_log_has_is_refused(level: str) -> None:
    with pytest.raises(TilePathMalformed):
        tile_at(f"tile/{level}/000")


# Entry bundles.


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_leaves_of_a_bundle_round_trip(leaves: list[bytes]) -> None:
    bundled = bundle(leaves)
    assert leaves_in(bundled) == leaves
    assert len(bundled) == sum(2 + len(leaf) for leaf in leaves)


def test_a_bundle_is_leaves_behind_their_lengths() -> None:
    longest = b"l" * 65_535
    assert bundle([b"", b"ab", longest]) == b"\0\0" + b"\0\2ab" + b"\xff\xff" + longest
    assert leaves_in(bundle([longest])) == [longest]


@given(st.lists(st.binary(max_size=9), min_size=1, max_size=9), st.data())
def test_a_bundle_cut_short_within_a_leaf_is_refused(leaves: list[bytes], data: st.DataObject) -> None:
    bundled = bundle(leaves)
    whole = {len(bundle(leaves[:count])) for count in range(len(leaves) + 1)}
    cut = data.draw(st.integers(0, len(bundled)))
    if cut in whole:
        assert leaves_in(bundled[:cut]) == leaves[: sorted(whole).index(cut)]
    else:
        with pytest.raises(EntriesMalformed):
            leaves_in(bundled[:cut])


def test_every_tile_of_a_small_log_can_be_named_and_found_again() -> None:
    assert all(tile_at(tile.path) == tile for tile in tiles_of(70_000))
    assert all(entries_at(each.path) == each for each in chain(entries_of(70_000), entries_of(256)))

"""The tree taken from all leaves, beside the definition: every root, every tile, and no other tile."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.tiles import TILE_WIDTH, EntriesMalformed, Tile, bundle, tile_root, tiles_of
from ledger.proof.whole_tree import WholeTree, leaf_hashes_in
from ledger.transparency import HASH_BYTES, leaf_hash
from tests.naive_merkle import Naive, leaf_hashes

NAIVE = Naive(leaf_hashes(66_000))

leaves = st.lists(st.binary(max_size=700), max_size=20)


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 3_000, 65_535, 65_536, 66_000])
def test_every_tile_and_the_root_are_those_of_the_definition(size: int) -> None:
    tree, tiles, full = WholeTree(), dict[Tile, bytes](), size - size % TILE_WIDTH
    for number, start in enumerate(range(0, full, TILE_WIDTH)):
        tiles[Tile(0, number)] = b"".join(NAIVE.leaves[start : start + TILE_WIDTH])
        tiles.update(tree.add(tile_root(tiles[Tile(0, number)])))
    rest = b"".join(NAIVE.leaves[full:size])
    if rest:
        tiles[Tile(0, full // TILE_WIDTH, size - full)] = rest
    tiles.update(tree.edges())
    assert tree.root(rest) == NAIVE.root(0, size)
    assert set(tiles) == set(tiles_of(size))
    for tile, hashes in tiles.items():
        span, first = TILE_WIDTH**tile.level, tile.number * TILE_WIDTH
        ends = range(first, first + tile.width)
        assert hashes == b"".join(NAIVE.root(at * span, (at + 1) * span) for at in ends), tile


@given(leaves)
def test_leaf_hashes_of_a_bundle_are_those_of_its_leaves(leaves: list[bytes]) -> None:
    assert leaf_hashes_in(bundle(leaves)) == b"".join(map(leaf_hash, leaves))


@given(leaves.filter(bool), st.data())
def test_bundle_that_ends_too_early_is_refused(leaves: list[bytes], data: st.DataObject) -> None:
    whole = bundle(leaves)
    ends = [len(bundle(leaves[:count])) for count in range(len(leaves))]
    cut = data.draw(st.integers(0, len(whole) - 1))
    if cut in ends:
        assert len(leaf_hashes_in(whole[:cut])) == HASH_BYTES * ends.index(cut)
    else:
        with pytest.raises(EntriesMalformed):
            leaf_hashes_in(whole[:cut])

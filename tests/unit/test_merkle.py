"""Merkle proofs against published vectors, and against RFC 6962's own recursion."""

import json
from base64 import b64decode
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.merkle import (
    TREE_SIZE_MAX,
    Leaves,
    NotInTree,
    ProofInvalid,
    Subtree,
    check_consistency,
    check_consistency_within,
    check_inclusion,
    check_inclusion_within,
    consistency_path,
    inclusion_path,
    subtrees_of,
)
from tests.naive_merkle import Naive, leaf_hashes

NAIVE = Naive(leaf_hashes(600))

Sizes = tuple[int, int]
sizes = st.integers(1, 600)
within = sizes.flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size)))
"""A leaf's index and the size of its tree."""

growing = sizes.flatmap(lambda size: st.tuples(st.integers(1, size), st.just(size)))
"""An older size and a newer."""


# Published vectors: transparency-dev/merkle, testdata.


def check_vector(vector: dict[str, Any]) -> None:
    proof = [b64decode(each) for each in vector["proof"] or ()]
    hashes = {name: b64decode(value) for name, value in vector.items() if name.startswith(("root", "leafHash"))}
    if vector["kind"] == "inclusion":
        leaf, index, size = hashes["leafHash"], vector["leafIdx"], vector["treeSize"]
        check_inclusion(leaf=leaf, index=index, size=size, proof=proof, root=hashes["root"])
    elif vector["kind"] == "consistency":
        old, new = vector["size1"], vector["size2"]
        check_consistency(old=old, old_root=hashes["root1"], new=new, new_root=hashes["root2"], proof=proof)
    elif vector["kind"] == "subtreeinclusion":
        part, leaf = Leaves(vector["start"], vector["end"]), hashes["leafHash"]
        check_inclusion_within(part, leaf=leaf, index=vector["leafIdx"], proof=proof, root=hashes["root"])
    else:
        part, part_root = Leaves(vector["start"], vector["end"]), hashes["root1"]
        check_consistency_within(part, part_root=part_root, size=vector["size"], root=hashes["root2"], proof=proof)


def is_refused(vector: dict[str, Any]) -> bool:
    try:
        check_vector(vector)
    except (NotInTree, ProofInvalid):
        return True
    return False


def test_every_published_proof_is_accepted_or_refused_as_published(shared_data: Path) -> None:
    vectors = json.loads((shared_data / "proofs" / "merkle_vectors.json").read_bytes())["vectors"]
    assert [each["id"] for each in vectors if is_refused(each) != each["wantErr"]] == []
    assert Counter(each["kind"] for each in vectors) == {
        "inclusion": 98,
        "consistency": 98,
        "subtreeinclusion": 204,
        "subtreeconsistency": 118,
    }


# Laws.


def check_leaf(index: int, size: int, /, **changed: Any) -> None:
    """Check that a leaf is in the tree of a size, with something changed."""
    whole = {"leaf": NAIVE.leaves[index], "proof": NAIVE.path(index, 0, size), "root": NAIVE.root(0, size)}
    check_inclusion(**({"index": index, "size": size} | whole | changed))


def check_growth(old: int, new: int, /, **changed: Any) -> None:
    """Check that one tree goes on where the other ended, with something changed."""
    roots = {"old_root": NAIVE.root(0, old), "new_root": NAIVE.root(0, new)}
    whole: dict[str, Any] = {"old": old, "new": new, "proof": NAIVE.proof(old, new), **roots}
    check_consistency(**(whole | changed))


def ranged(ranges: list[Leaves]) -> list[bytes]:
    return [NAIVE.root(each.start, each.end) for each in ranges]


@given(within)
def test_inclusion_path_is_the_one_defined_and_leads_to_the_root(leaf: Sizes) -> None:
    index, size = leaf
    assert ranged(inclusion_path(index, size)) == NAIVE.path(index, 0, size)
    check_leaf(index, size)


@given(growing)
def test_consistency_path_is_the_one_defined_and_leads_to_both_roots(grown: Sizes) -> None:
    old, new = grown
    assert ranged(consistency_path(old, new)) == NAIVE.proof(old, new)
    check_growth(old, new)


@given(within, st.data())
def test_a_changed_bit_of_leaf_proof_or_root_is_refused(leaf: Sizes, data: st.DataObject) -> None:
    index, size = leaf
    proof = NAIVE.path(index, 0, size)
    hashes = [NAIVE.leaves[index], NAIVE.root(0, size), *proof]
    hashes = with_changed_bit(hashes, data)
    with pytest.raises(ProofInvalid):
        check_leaf(index, size, leaf=hashes[0], root=hashes[1], proof=hashes[2:])


@given(within, st.integers(0, 2_000))
def test_another_index_is_refused(leaf: Sizes, other: int) -> None:
    index, size = leaf
    if other != index:
        with pytest.raises(ProofInvalid if other < size else NotInTree):
            check_leaf(index, size, index=other)


@given(growing, st.data())
def test_a_changed_bit_of_either_root_or_the_proof_between_is_refused(grown: Sizes, data: st.DataObject) -> None:
    old, new = grown
    hashes = with_changed_bit([NAIVE.root(0, old), NAIVE.root(0, new), *NAIVE.proof(old, new)], data)
    with pytest.raises(ProofInvalid):
        check_growth(old, new, old_root=hashes[0], new_root=hashes[1], proof=hashes[2:])


def with_changed_bit(hashes: list[bytes], data: st.DataObject) -> list[bytes]:
    number = data.draw(st.integers(0, len(hashes) - 1))
    bit = data.draw(st.integers(0, 255))
    changed = int.from_bytes(hashes[number], "big") ^ (1 << bit)
    return [*hashes[:number], changed.to_bytes(32, "big"), *hashes[number + 1 :]]


@pytest.mark.parametrize("index", [0, 3, 6])
def test_a_hash_too_many_too_few_or_too_short_is_refused(index: int) -> None:
    proof = NAIVE.path(index, 0, 7)
    for wrong in (proof[:-1], proof[1:], [*proof, proof[0]], [*proof[:-1], proof[-1][:31]], [*proof[:-1], b""]):
        with pytest.raises(ProofInvalid):
            check_leaf(index, 7, proof=wrong)


@pytest.mark.parametrize(("old", "new"), [(1, 7), (3, 7), (4, 8), (6, 7), (7, 7)])
def test_a_hash_too_many_or_too_few_between_two_trees_is_refused(old: int, new: int) -> None:
    proof = NAIVE.proof(old, new)
    wrong = [[*proof, NAIVE.leaves[0]], [NAIVE.leaves[0], *proof]]
    wrong += [proof[:-1], proof[1:], []] if proof else []
    for each in wrong:
        with pytest.raises(ProofInvalid):
            check_growth(old, new, proof=each)


@given(growing, st.integers(1, 600))
def test_a_tree_with_another_past_is_refused(grown: Sizes, changed: int) -> None:
    """Whoever rewrites a leaf that was seen can't prove the new tree from the old root, with the best of proofs."""
    old, new = grown
    leaves = list(NAIVE.leaves[:new])
    leaves[changed % old] = b"\0" * 32
    rewritten = Naive(leaves)
    with pytest.raises(ProofInvalid):
        check_growth(old, new, new_root=rewritten.root(0, new), proof=rewritten.proof(old, new))


# Sizes that no tree has.


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 1), (2**63, 2**63 + 1)])
def test_a_leaf_outside_of_the_tree_is_refused_before_the_proof_is_read(index: int, size: int) -> None:
    with pytest.raises(NotInTree):
        check_inclusion(leaf=b"", index=index, size=size, proof=[], root=b"")
    with pytest.raises(NotInTree):
        inclusion_path(index, size)


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 5), (-1, 5), (6, 5), (1, 2**63)])
def test_no_tree_goes_on_from_an_empty_a_larger_or_an_impossible_one(old: int, new: int) -> None:
    with pytest.raises(NotInTree):
        check_consistency(old=old, old_root=b"", new=new, new_root=b"", proof=[])
    with pytest.raises(NotInTree):
        consistency_path(old, new)


def test_the_largest_tree_has_proofs() -> None:
    assert len(inclusion_path(0, TREE_SIZE_MAX)) == 63
    assert len(consistency_path(1, TREE_SIZE_MAX)) == 63


# Parts of trees.


@given(within)
def test_a_range_of_a_proof_consists_of_complete_subtrees(leaf: Sizes) -> None:
    for leaves in inclusion_path(*leaf):
        subtrees = subtrees_of(leaves)
        ends = [leaves.start, *((each.number + 1) << each.height for each in subtrees)]
        assert [each.number << each.height for each in subtrees] == ends[:-1]
        assert ends[-1] == leaves.end
        assert sorted(subtrees, reverse=True) == subtrees


def test_seven_leaves_are_three_subtrees() -> None:
    assert subtrees_of(Leaves(0, 7)) == [Subtree(2, 0), Subtree(1, 2), Subtree(0, 6)]


@given(st.integers(0, 6), st.integers(0, 3), st.data())
def test_a_leaf_is_proved_within_a_part_of_the_tree(height: int, number: int, data: st.DataObject) -> None:
    start = number << height
    end = data.draw(st.integers(start + (1 << height >> 1) + 1, start + (1 << height)))
    index = data.draw(st.integers(start, end - 1))
    proof, root = NAIVE.path(index, start, end), NAIVE.root(start, end)
    check_inclusion_within(Leaves(start, end), leaf=NAIVE.leaves[index], index=index, proof=proof, root=root)


@pytest.mark.parametrize("part", [Leaves(1, 3), Leaves(2, 5), Leaves(4, 4), Leaves(-2, 0)])
def test_leaves_that_stand_under_no_one_node_are_no_part(part: Leaves) -> None:
    with pytest.raises(NotInTree):
        check_inclusion_within(part, leaf=NAIVE.leaves[0], index=part.start, proof=[], root=NAIVE.leaves[0])

"""
Merkle proofs: that a leaf is in a tree, and that a tree goes on where an older one ended.

Ranges of leaves are half open and count from 0. Hashes and the order of proofs are RFC 6962's, section 2.1; checks are
as strict as RFC 9162, sections 2.1.3.2 and 2.1.4.2, ask for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from domain.errors import Malformed, NotFound
from ledger.transparency import EMPTY_ROOT, HASH_BYTES, node_hash

TREE_SIZE_MAX = 2**63 - 1


@dataclass(eq=False, kw_only=True)
class ProofInvalid(Malformed):
    """The proof doesn't lead to the root that it is held against."""

    code: ClassVar[str] = "proof.invalid"
    problem: str


@dataclass(eq=False, kw_only=True)
class NotInTree(NotFound):
    """There is no such leaf, or no such older tree, in a tree of this size."""

    code: ClassVar[str] = "proof.not_in_tree"
    asked: int
    size: int


class Leaves(NamedTuple):
    """The leaves from `start` up to, not including, `end`."""

    start: int
    end: int


class Subtree(NamedTuple):
    """The complete subtree number `number` among those of 2**height leaves."""

    height: int
    number: int


def inclusion_path(index: int, size: int) -> list[Leaves]:
    """
    Return the ranges whose hashes prove the leaf `index` in a tree of `size`, from the leaf's sibling upwards.

    Raises: NotInTree.
    """
    if not 0 <= index < size <= TREE_SIZE_MAX:
        raise NotInTree(asked=index, size=size)
    path = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(Leaves(middle, end))
            end = middle
        else:
            path.append(Leaves(start, middle))
            start = middle
    return path[::-1]


def consistency_path(old: int, new: int) -> list[Leaves]:
    """
    Return the ranges whose hashes prove that a tree of `new` leaves goes on where one of `old` ended.

    old: at least 1, for with nothing every tree is consistent.

    Raises: NotInTree.
    """
    if not 0 < old <= new <= TREE_SIZE_MAX:
        raise NotInTree(asked=old, size=new)
    path = []
    start, end = 0, new
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(Leaves(middle, end))
            end = middle
        else:
            path.append(Leaves(start, middle))
            start = middle
    if start:
        path.append(Leaves(start, end))
    return path[::-1]


def subtrees_of(leaves: Leaves) -> list[Subtree]:
    """
    Return the complete subtrees that a range consists of, from left to right, which is largest first.

    leaves: a range of a proof, so that it begins where a subtree of its size would.
    """
    subtrees, start = [], leaves.start
    while start < leaves.end:
        height = (leaves.end - start).bit_length() - 1
        subtrees.append(Subtree(height, start >> height))
        start += 1 << height
    return subtrees


def join(hashes: Sequence[bytes]) -> bytes:
    """Return the hash over the complete subtrees of a range, given in the order of `subtrees_of`; at least one."""
    *left, joined = hashes
    for each in reversed(left):
        joined = node_hash(each, joined)
    return joined


def check_inclusion(*, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """
    Check that a proof leads from a leaf hash to a root.

    Raises, in this order: NotInTree, ProofInvalid.
    """
    if not 0 <= index < size <= TREE_SIZE_MAX:
        raise NotInTree(asked=index, size=size)
    _check_hashes(leaf, *proof)
    last, node, reached = size - 1, index, leaf
    for each in proof:
        if last == 0:
            raise ProofInvalid(problem="it has too many hashes")
        if node & 1 or node == last:
            reached = node_hash(each, reached)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            reached = node_hash(reached, each)
        node, last = node >> 1, last >> 1
    if last:
        raise ProofInvalid(problem="it has too few hashes")
    if reached != root:
        raise ProofInvalid(problem="it leads to another root")


def check_inclusion_within(part: Leaves, *, leaf: bytes, index: int, proof: Sequence[bytes], root: bytes) -> None:
    """
    Check that a proof leads from a leaf hash to the root over part of a tree.

    index: of the leaf in the whole tree; part: leaves that could stand under one node of a tree.

    Raises, in this order: NotInTree, ProofInvalid.
    """
    if not (_is_subtree(part) and part.start <= index < part.end):
        raise NotInTree(asked=index, size=part.end)
    check_inclusion(leaf=leaf, index=index - part.start, size=part.end - part.start, proof=proof, root=root)


def check_consistency(*, old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """
    Check that a tree of `new` leaves goes on where one of `old`, at least 1, ended.

    Raises, in this order: NotInTree, ProofInvalid.
    """
    if old == 0:
        raise NotInTree(asked=old, size=new)
    check_consistency_within(Leaves(0, old), part_root=old_root, size=new, root=new_root, proof=proof)


def check_consistency_within(part: Leaves, *, part_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    """
    Check that part of a tree is in a tree of `size` leaves as it stands there.

    part: leaves that could stand under one node of a tree; none is the same in every tree.

    Raises, in this order: NotInTree, ProofInvalid.
    """
    if not (0 <= part.start <= part.end <= size <= TREE_SIZE_MAX and (_is_subtree(part) or part.start == part.end)):
        raise NotInTree(asked=part.end, size=size)
    _check_hashes(*proof)
    if part.start == part.end or part == (0, size):
        if proof or part_root != (EMPTY_ROOT if part.start == part.end else root):
            raise ProofInvalid(problem="the roots differ, or there are hashes where none are needed")
        return
    part_reached, reached = _climb(part, part_root, size, proof)
    if part_reached != part_root:
        raise ProofInvalid(problem="it leads to another root of the older tree")
    if reached != root:
        raise ProofInvalid(problem="it leads to another root of the newer tree")


def _climb(part: Leaves, part_root: bytes, size: int, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Return the roots over the part and over the whole tree to which a proof leads."""
    first, last, end = part.start, part.end - 1, size - 1
    while first != last and (last & 1 or last == end):
        first, last, end = first >> 1, last >> 1, end >> 1
    part_reached, *rest = (part_root, *proof) if first == last else proof or (b"",)
    reached = part_reached
    for each in rest:
        if end == 0:
            raise ProofInvalid(problem="it has too many hashes")
        if last & 1 or last == end:
            part_reached = node_hash(each, part_reached) if first < last else part_reached
            reached = node_hash(each, reached)
            while not last & 1 and last:
                first, last, end = first >> 1, last >> 1, end >> 1
        else:
            reached = node_hash(reached, each)
        first, last, end = first >> 1, last >> 1, end >> 1
    if end:
        raise ProofInvalid(problem="it has too few hashes")
    return part_reached, reached


def _is_subtree(part: Leaves) -> bool:
    """Return whether a range could stand under one node: it begins at a multiple of its size, as a power of two."""
    return 0 <= part.start < part.end and part.start % (1 << (part.end - part.start - 1).bit_length()) == 0


def _split(count: int) -> int:
    """Return the largest power of two below `count`, which is at least 2."""
    return 1 << (count - 1).bit_length() - 1


def _check_hashes(*hashes: bytes) -> None:
    if any(len(each) != HASH_BYTES for each in hashes):
        raise ProofInvalid(problem=f"a hash hasn't {HASH_BYTES} bytes")

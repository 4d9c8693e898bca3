"""Merkle trees by RFC 6962, section 2.1, word for word: slow where nothing is remembered, and never clever."""

import hashlib
from collections.abc import Sequence
from functools import cache


class Naive:
    """Trees over the first leaves of one list of leaf hashes."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.leaves = leaves
        self.root = cache(self._root)

    def _root(self, start: int, end: int) -> bytes:
        """MTH(D[start:end])."""
        if start == end:
            return hashlib.sha256(b"").digest()
        if end - start == 1:
            return self.leaves[start]
        middle = start + split(end - start)
        return hashlib.sha256(b"\1" + self.root(start, middle) + self.root(middle, end)).digest()

    def path(self, index: int, start: int, end: int) -> list[bytes]:
        """PATH(index - start, D[start:end]): section 2.1.1."""
        if end - start == 1:
            return []
        middle = start + split(end - start)
        if index < middle:
            return [*self.path(index, start, middle), self.root(middle, end)]
        return [*self.path(index, middle, end), self.root(start, middle)]

    def proof(self, old: int, new: int) -> list[bytes]:
        """PROOF(old, D[:new]): section 2.1.2."""
        return self._subproof(old, 0, new, whole=True)

    def _subproof(self, old: int, start: int, end: int, *, whole: bool) -> list[bytes]:
        if old == end:
            return [] if whole else [self.root(start, end)]
        middle = start + split(end - start)
        if old <= middle:
            return [*self._subproof(old, start, middle, whole=whole), self.root(middle, end)]
        return [*self._subproof(old, middle, end, whole=False), self.root(start, middle)]


def split(count: int) -> int:
    """Return the largest power of two smaller than `count`."""
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def leaf_hashes(count: int) -> list[bytes]:
    """Return the hashes of as many different leaves."""
    return [hashlib.sha256(b"\0leaf %d" % number).digest() for number in range(count)]

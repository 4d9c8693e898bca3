"""
The log as a Merkle tree: leaf n-1 is the event at position n.

Leaf and node hashes are RFC 6962's. A leaf begins with a version byte and gives every length before its bytes, so that
no two events share a leaf; history is never re-hashed, a new format is a new version byte.
"""

import hashlib
import struct
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from domain.errors import Malformed

LEAF_FORMAT = 1
LEAF_BYTES_MAX = 65_535
HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

_POSITION_AND_LENGTH = struct.Struct(">BQH")
_VERSION_AND_LENGTH = struct.Struct(">QH")
_LENGTH = struct.Struct(">I")


class LeafTooLong(ValueError):
    """An event's leaf would exceed what the transparency-log format can carry."""


@dataclass(eq=False, kw_only=True)
class LeafMalformed(Malformed):
    """The bytes are no event's leaf."""

    code: ClassVar[str] = "leaf.malformed"
    problem: str


class Leaf(NamedTuple):
    """What a leaf says: which event, at which position and version, and its bytes as stored."""

    position: int
    originator_id: str
    version: int
    topic: str
    state: bytes


def leaf_bytes(position: int, originator_id: str, version: int, topic: str, state: bytes) -> bytes:
    """
    Return the leaf of an event.

    0x01 | u64 position | u16 length, originator_id | u64 version | u16 length, topic | u32 length, state; big-endian,
    UTF-8.

    Raises: LeafTooLong.
    """
    originator, name = originator_id.encode(), topic.encode()
    leaf = b"".join(
        (
            _POSITION_AND_LENGTH.pack(LEAF_FORMAT, position, len(originator)),
            originator,
            _VERSION_AND_LENGTH.pack(version, len(name)),
            name,
            _LENGTH.pack(len(state)),
            state,
        )
    )
    if len(leaf) > LEAF_BYTES_MAX:
        raise LeafTooLong(f"{originator_id} version {version}: {len(leaf)} bytes")
    return leaf


def parse_leaf(leaf: bytes) -> Leaf:
    """
    Return what a leaf says: the one event whose `leaf_bytes` it is.

    Raises: LeafMalformed.
    """
    try:
        _, position, length = _POSITION_AND_LENGTH.unpack_from(leaf)
        version_at = _POSITION_AND_LENGTH.size + length
        version, length = _VERSION_AND_LENGTH.unpack_from(leaf, version_at)
        topic_at = version_at + _VERSION_AND_LENGTH.size
        state_at = topic_at + length + _LENGTH.size
        originator_id = leaf[_POSITION_AND_LENGTH.size : version_at].decode()
        said = Leaf(position, originator_id, version, leaf[topic_at : topic_at + length].decode(), leaf[state_at:])
        written = leaf_bytes(*said)
    except (struct.error, UnicodeDecodeError, LeafTooLong) as error:
        raise LeafMalformed(problem=str(error)) from None
    if written != leaf:
        raise LeafMalformed(problem="its format or a length is another one")
    return said


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf: SHA-256 over 0x00 and the leaf."""
    return hashlib.sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: SHA-256 over 0x01 and both children."""
    return hashlib.sha256(b"\1" + left + right).digest()


class Frontier:
    """
    The right edge of a growing Merkle tree: the roots of its complete subtrees, largest first.

    It is all that is needed to append further leaves and to tell the root.
    """

    def __init__(self, size: int = 0, stored: bytes = b"") -> None:
        if len(stored) != HASH_BYTES * size.bit_count():
            raise ValueError(f"{len(stored)} bytes don't belong to {size} leaves")
        self.size = size
        self._subtrees = [stored[start : start + HASH_BYTES] for start in range(0, len(stored), HASH_BYTES)]

    def append(self, leaf: bytes) -> None:
        """Add the hash of the next leaf."""
        merged, size = leaf, self.size
        while size & 1:
            merged = node_hash(self._subtrees.pop(), merged)
            size >>= 1
        self._subtrees.append(merged)
        self.size += 1

    def root(self) -> bytes:
        """Return the Merkle tree hash of all leaves."""
        if not self._subtrees:
            return EMPTY_ROOT
        *left, root = self._subtrees
        for subtree in reversed(left):
            root = node_hash(subtree, root)
        return root

    def stored(self) -> bytes:
        """Return the subtree roots one after the other, as kept beside the head."""
        return b"".join(self._subtrees)

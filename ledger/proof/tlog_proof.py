"""
A proof file says, without a database, that a leaf is in a log whose checkpoint others have signed (C2SP tlog-proof).

What proves that one checkpoint goes on where another ended has no published format; a file of ours is likewise made of
lines.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Self

from domain.errors import Malformed
from ledger.proof.checkpoint import SignedCheckpoint
from ledger.proof.merkle import TREE_SIZE_MAX, check_inclusion
from ledger.proof.note import decoded
from ledger.transparency import HASH_BYTES

HEADER = "c2sp.org/tlog-proof@v1"
SUFFIX = ".tlog-proof"

_INDEX = re.compile("index (0|[1-9][0-9]{0,18})")
_EXTRA = "extra "
_HASHES_MAX = 63


@dataclass(eq=False, kw_only=True)
class ProofMalformed(Malformed):
    """Not a proof file."""

    code: ClassVar[str] = "proof.malformed"
    problem: str


class TlogProof(NamedTuple):
    """
    A leaf's place in a log and the way to its root.

    leaf_index: from 0; checkpoint: the signed note, as bytes; extra: what anybody may have put there.
    """

    leaf_index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""

    @classmethod
    def parse(cls, proof: bytes) -> Self:
        """
        Read a proof file without believing it.

        Raises: ProofMalformed.
        """
        head, separator, checkpoint = proof.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise ProofMalformed(problem="what comes before the checkpoint isn't ASCII") from None
        if not separator or lines[0] != HEADER:
            raise ProofMalformed(problem=f"doesn't begin with {HEADER} or has no checkpoint")
        extra = b""
        if len(lines) > 1 and lines[1].startswith(_EXTRA):
            extra = _bytes_of(lines.pop(1).removeprefix(_EXTRA), "extra data")
        found = _INDEX.fullmatch(lines[1]) if len(lines) > 1 else None
        if not found or int(found[1]) > TREE_SIZE_MAX:
            raise ProofMalformed(problem="no line says: index NUMBER")
        if len(lines) - 2 > _HASHES_MAX:
            raise ProofMalformed(problem=f"more than {_HASHES_MAX} hashes")
        hashes = tuple(_bytes_of(line, "a hash", length=HASH_BYTES) for line in lines[2:])
        return cls(int(found[1]), hashes, checkpoint, extra)

    def __bytes__(self) -> bytes:
        extra = [_EXTRA + base64.b64encode(self.extra).decode()] if self.extra else []
        lines = [HEADER, *extra, f"index {self.leaf_index}", *hash_lines(self.hashes), "", ""]
        return "\n".join(lines).encode() + self.checkpoint

    def check(self, leaf: bytes, signed: SignedCheckpoint) -> None:
        """
        Check that a leaf hash stands at the index in the log of a checkpoint, which the caller has opened.

        Raises, in this order: NotInTree, ProofInvalid.
        """
        size, root = signed.checkpoint.size, signed.checkpoint.root
        check_inclusion(leaf=leaf, index=self.leaf_index, size=size, proof=self.hashes, root=root)


def hash_lines(hashes: Sequence[bytes]) -> list[str]:
    """Return hashes as lines of base64."""
    return [base64.b64encode(each).decode() for each in hashes]


def _bytes_of(text: str, what: str, *, length: int | None = None) -> bytes:
    value = decoded(text)
    if value is None or (length is not None and len(value) != length):
        raise ProofMalformed(problem=f"{what} isn't base64" + (f" of {length} bytes" if length else ""))
    return value

"""A checkpoint is what a log says of itself: its origin, its size and its Merkle root (C2SP tlog-checkpoint)."""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Self

from domain.errors import Malformed
from ledger.proof.merkle import TREE_SIZE_MAX
from ledger.proof.note import ED25519, Note, Signature, VerifierKey, decoded
from ledger.transparency import HASH_BYTES

_SIZE = re.compile("0|[1-9][0-9]{0,18}")
_LINES = 3


@dataclass(eq=False, kw_only=True)
class CheckpointMalformed(Malformed):
    """The text isn't that of a checkpoint."""

    code: ClassVar[str] = "checkpoint.malformed"
    problem: str


class Checkpoint(NamedTuple):
    """
    The state of a log.

    extensions: further lines, which mean nothing to us, but are signed with the rest.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Read the text of a note, its last newline included.

        Raises: CheckpointMalformed.
        """
        *lines, after = text.split("\n")
        if after or len(lines) < _LINES or not all(lines):
            raise CheckpointMalformed(problem="a line is missing or empty")
        origin, size, root, *extensions = lines
        if not _SIZE.fullmatch(size) or int(size) > TREE_SIZE_MAX:
            raise CheckpointMalformed(problem=f"the size isn't a number up to {TREE_SIZE_MAX}")
        hashed = decoded(root)
        if hashed is None or len(hashed) != HASH_BYTES:
            raise CheckpointMalformed(problem="the root isn't base64 of 32 bytes")
        return cls(origin, int(size), hashed, tuple(extensions))

    @property
    def text(self) -> str:
        """Return what is signed."""
        return "\n".join((self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions, ""))


class SignedCheckpoint(NamedTuple):
    """A checkpoint whose log's signature was verified, as it came, and who else signed it."""

    checkpoint: Checkpoint
    note: Note
    signed_by: dict[VerifierKey, Signature]


def open_checkpoint(
    note: bytes, keys: Iterable[VerifierKey], *, witnesses: Iterable[VerifierKey] = ()
) -> SignedCheckpoint:
    """
    Read a signed checkpoint, and verify it by keys of its log, whose names are the origin, and by those of witnesses.

    Raises, in this order: NoteMalformed, NoteUnverified, CheckpointMalformed.
    """
    opened = Note.parse(note)
    origin = opened.text.partition("\n")[0]
    log_keys = [key for key in keys if key.name == origin and key.algorithm == ED25519]
    opened.verified_by(log_keys)
    signed_by = opened.verified_by([*log_keys, *witnesses])
    return SignedCheckpoint(Checkpoint.parse(opened.text), opened, signed_by)

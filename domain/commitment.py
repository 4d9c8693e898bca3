"""
A commitment stands in an event for a value that must not: a name, an address, a message, a file name.

It is the SHA-256 of a salt of the value's own and the value. Whoever has both can show that this was the value; once
both are erased nobody can say what it was, and every proof over the event still holds. Source: shared design, section
2.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import ClassVar, NewType

from domain.errors import Malformed

Commitment = NewType("Commitment", str)

SALT_BYTES = 16
"""Of each value's own salt, so that a short value can't be guessed from its commitment."""

SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(eq=False, kw_only=True)
class CommitmentMalformed(Malformed):
    """Not a SHA-256: 64 lower-case hexadecimal digits."""

    code: ClassVar[str] = "commitment.malformed"
    field: str
    value: str


def commitment_of(salt: bytes, value: bytes) -> Commitment:
    """Return what stands for a value: hexadecimal SHA-256 of the salt (16 bytes) and the value behind it."""
    if len(salt) != SALT_BYTES:
        raise ValueError(len(salt))
    return Commitment(hashlib.sha256(salt + value).hexdigest())


def check_commitment(text: str, field: str) -> Commitment:
    """
    Return a commitment, or the SHA-256 of something public, unchanged.

    Raises: CommitmentMalformed, naming `field`.
    """
    if not SHA256.fullmatch(text):
        raise CommitmentMalformed(field=field, value=text[:80])
    return Commitment(text)

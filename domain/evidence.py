"""Evidence is a document about a claim: known to the ledger by the hash of its bytes, which are kept elsewhere."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import msgspec

from domain.errors import Malformed
from domain.side import Side

SIZE_MAX = 2**40
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,63}/[a-z0-9][a-z0-9.+-]{0,63}")


class Evidence(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    A piece of evidence, numbered from 1 within its dispute.

    request: the number of the mediator's request that it answers, 0 where it was offered unasked; late: it came when
    its request was over or a decision was being made, and so stands outside what that decision may rest on.
    """

    number: int
    claim: int
    by: Side
    request: int
    sha256: str
    media_type: str
    size_bytes: int
    late: bool


class EvidenceRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a mediator asked one side for, open until it is over."""

    number: int
    claim: int
    of: Side
    over: bool = False


@dataclass(eq=False, kw_only=True)
class EvidenceMalformed(Malformed):
    """A field of the evidence can't be meant."""

    code: ClassVar[str] = "evidence.malformed"
    field: str
    problem: str


def check_evidence(*, sha256: str, media_type: str, size_bytes: int) -> None:
    """
    Check what is said of a document.

    Raises: EvidenceMalformed, for the first of: sha256, media_type, size_bytes.
    """
    if not _SHA256.fullmatch(sha256):
        raise EvidenceMalformed(field="sha256", problem="not 64 lower-case hexadecimal digits")
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise EvidenceMalformed(field="media_type", problem="not a media type, as image/jpeg")
    if not 1 <= size_bytes <= SIZE_MAX:
        raise EvidenceMalformed(field="size_bytes", problem=f"not between 1 and {SIZE_MAX}")


def seal(evidence: Iterable[Evidence]) -> str:
    """
    Return the seal of a set of evidence: SHA-256, in hexadecimal, over its pieces by number as compact JSON.

    Whoever has the dispute's events can compute it again; another set has another seal.
    """
    pieces = [(piece.number, piece.claim, piece.by, piece.sha256, piece.size_bytes) for piece in _by_number(evidence)]
    return hashlib.sha256(msgspec.json.encode(pieces)).hexdigest()


def _by_number(evidence: Iterable[Evidence]) -> list[Evidence]:
    return sorted(evidence, key=lambda piece: piece.number)

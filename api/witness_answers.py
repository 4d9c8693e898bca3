"""What a witness answers is a stranger's word: read within bounds, and worth what its key says over our own text."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, NamedTuple

from domain.errors import Conflict, LedgerError, Malformed, Unavailable
from ledger.proof.kept_log import KeptCheckpoint
from ledger.proof.merkle import TREE_SIZE_MAX
from ledger.proof.note import NoteMalformed, Signature, cosigned_at, signature_of
from ledger.proof.policy import Witness
from ledger.proof.witnessing import SIZE_MEDIA_TYPE

SAID_CHARACTERS_MAX = 200
CLOCKS_APART_MAX = timedelta(minutes=10)

OK, CONFLICT, UNPROVEN = 200, 409, 422

_SIZE_LINE = re.compile(rb"(?:0|[1-9][0-9]{0,18})\n")


@dataclass(eq=False, kw_only=True)
class WitnessAbsent(Unavailable):
    """A witness can't be reached or is too slow."""

    code: ClassVar[str] = "witness.absent"
    problem: str


@dataclass(eq=False, kw_only=True)
class WitnessDeclined(Unavailable):
    """A witness answered that it doesn't cosign: it may not know our log, or not our key."""

    code: ClassVar[str] = "witness.declined"
    status: int
    said: str


@dataclass(eq=False, kw_only=True)
class CosignatureUseless(Malformed):
    """A witness answered with what isn't its signature over our checkpoint."""

    code: ClassVar[str] = "witness.cosignature_useless"
    problem: str


@dataclass(eq=False, kw_only=True)
class HistoryRefused(Conflict):
    """A witness cosigned what our log doesn't go on from: one of us was rolled back, or rewritten."""

    code: ClassVar[str] = "witness.history_refused"
    status: int
    said: str


class Question(NamedTuple):
    """What one witness is asked about one book: to cosign a checkpoint, with a proof from the size `old`."""

    book: str
    kept: KeptCheckpoint
    witness: Witness
    old: int
    body: bytes


class Answer(NamedTuple):
    """What came over HTTP."""

    status: int
    media_type: str
    body: bytes


class Elsewhere(NamedTuple):
    """A witness last cosigned another size than it was asked from."""

    size: int


def judged(question: Question, answer: Answer | LedgerError, now: datetime) -> Signature | LedgerError | Elsewhere:
    """Return what an answer is worth: nothing of it is believed unread."""
    match answer:
        case LedgerError():
            return answer
        case Answer(status=status) if status == OK:
            return _cosignature_in(question, answer.body, now)
        case Answer(status=status, media_type=media_type) if status == CONFLICT and media_type == SIZE_MEDIA_TYPE:
            size = _size_in(answer.body)
            if size is not None and size != question.old:
                return Elsewhere(size)
    refuses = answer.status == UNPROVEN or (answer.status == CONFLICT and question.old == question.kept.checkpoint.size)
    return (HistoryRefused if refuses else WitnessDeclined)(
        status=answer.status, said=printable(answer.body.decode(errors="replace"))
    )


def _cosignature_in(question: Question, body: bytes, now: datetime) -> Signature | LedgerError:
    text, key = question.kept.checkpoint.text, question.witness.key
    for line in body.decode(errors="replace").split("\n"):
        try:
            signature = signature_of(line)
        except NoteMalformed:
            continue
        if key.made(signature) and key.verifies(signature, text):
            if cosigned_at(signature) > (now + CLOCKS_APART_MAX).timestamp():
                return CosignatureUseless(problem="it is of a time to come")
            return signature
    return CosignatureUseless(problem="no line is a signature of its key over our checkpoint")


def _size_in(body: bytes) -> int | None:
    """Return the size that an answer names, as a line, or nothing where it names none."""
    found = _SIZE_LINE.fullmatch(body)
    return int(found[0]) if found and int(found[0]) <= TREE_SIZE_MAX else None


def printable(words: str) -> str:
    """Return the beginning of a stranger's words, fit for a terminal."""
    return "".join(each for each in words if each.isascii() and each.isprintable())[:SAID_CHARACTERS_MAX]

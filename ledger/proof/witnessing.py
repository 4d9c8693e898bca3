"""
A witness cosigns a log's checkpoints as long as each goes on where the one before ended (C2SP tlog-witness).

It knows the keys of the logs that it watches and, of each, the last checkpoint that it cosigned; nothing else.
"""

import re
import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, NamedTuple, Self

import structlog

from domain.errors import Conflict, Malformed, NotFound, Refused
from ledger.proof.checkpoint import Checkpoint, SignedCheckpoint, open_checkpoint
from ledger.proof.merkle import TREE_SIZE_MAX, Leaves, ProofInvalid, check_consistency_within
from ledger.proof.note import COSIGNATURE, Note, Signer, VerifierKey, cosign, decoded
from ledger.proof.tlog_proof import hash_lines
from ledger.proof.witness_state import Cosigned, RefusedCheckpoint, WitnessState
from ledger.transparency import EMPTY_ROOT

PROOF_LINES_MAX = 63
SIZE_MEDIA_TYPE = "text/x.tlog.size"
"""Of an answer that names the size from which the proof has to lead."""

_OLD = re.compile("old (0|[1-9][0-9]{0,18})")

_log = structlog.get_logger(__name__)


@dataclass(eq=False, kw_only=True)
class WitnessRequestMalformed(Malformed):
    """Not a request for a cosignature: an old size, a proof, an empty line, a signed checkpoint."""

    code: ClassVar[str] = "witness.request_malformed"
    problem: str


@dataclass(eq=False, kw_only=True)
class LogUnwatched(NotFound):
    """This witness wasn't told to watch a log of this origin."""

    code: ClassVar[str] = "witness.log_unwatched"
    origin: str


@dataclass(eq=False, kw_only=True)
class OldSizeDiffers(Conflict):
    """What this witness last cosigned of the log has another size, from which the proof has to lead."""

    code: ClassVar[str] = "witness.old_size_differs"
    size: int


@dataclass(eq=False, kw_only=True)
class HistoryForked(Conflict):
    """The log signed two checkpoints of one size with different roots: two histories."""

    code: ClassVar[str] = "witness.history_forked"
    origin: str
    size: int


@dataclass(eq=False, kw_only=True)
class HistoryUnproven(Refused):
    """The proof doesn't show that the checkpoint is of an extension of what this witness last cosigned."""

    code: ClassVar[str] = "witness.history_unproven"
    origin: str
    size: int
    problem: str


class WitnessRequest(NamedTuple):
    """What a witness is asked to cosign: a signed checkpoint, and a proof from the size `old` to it."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: bytes

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """
        Read the body of a request without believing it.

        Raises: WitnessRequestMalformed.
        """
        head, separator, checkpoint = body.partition(b"\n\n")
        first, *lines = head.decode("ascii", errors="replace").split("\n")
        old = _OLD.fullmatch(first)
        if not separator or not old or int(old[1]) > TREE_SIZE_MAX:
            raise WitnessRequestMalformed(problem="it doesn't begin with: old SIZE, a proof, an empty line")
        if len(lines) > PROOF_LINES_MAX:
            raise WitnessRequestMalformed(problem=f"more than {PROOF_LINES_MAX} lines of proof")
        hashes = [decoded(line) for line in lines]
        proof = tuple(each for each in hashes if each)
        if len(proof) < len(hashes):
            raise WitnessRequestMalformed(problem="a line of the proof isn't base64")
        return cls(int(old[1]), proof, checkpoint)

    def __bytes__(self) -> bytes:
        return "\n".join([f"old {self.old}", *hash_lines(self.proof), "", ""]).encode() + self.checkpoint


class Witness:
    """
    Who watches some logs, and cosigns under a name with one key.

    logs: their verifier keys, whose names are the origins; a log that changed its key has two. state: held by nobody
    else while this one lives.
    """

    def __init__(self, name: str, signer: Signer, logs: Iterable[VerifierKey], state: WitnessState) -> None:
        self.key = VerifierKey(name, COSIGNATURE, signer.public)
        self.state = state
        self._signer = signer
        self._logs: dict[str, list[VerifierKey]] = defaultdict(list)
        self._one_at_a_time = threading.Lock()
        for log in dict.fromkeys(logs):
            self._logs[log.name].append(log)

    @property
    def origins(self) -> Sequence[str]:
        """Return the origins of the logs that are watched, sorted."""
        return sorted(self._logs)

    def add_checkpoint(self, body: bytes, now: datetime) -> str:
        """
        Cosign the checkpoint of a request, once it is on disk that this was done, and return the signature line.

        Raises, in this order: WitnessRequestMalformed, NoteMalformed, LogUnwatched, NoteUnverified,
        CheckpointMalformed, WitnessRequestMalformed where the old size is beyond the new one, OldSizeDiffers,
        HistoryForked, HistoryUnproven, WitnessStateUnusable.
        """
        request = WitnessRequest.parse(body)
        signed = self._opened(request.checkpoint)
        if request.old > signed.checkpoint.size:
            raise WitnessRequestMalformed(problem="the old size is beyond the checkpoint's")
        with self._one_at_a_time:
            self._check_extends(request, signed.checkpoint, now)
            return self._cosigned(signed, now)

    def _opened(self, note: bytes) -> SignedCheckpoint:
        origin = Note.parse(note).text.partition("\n")[0]
        if origin not in self._logs:
            raise LogUnwatched(origin=origin)
        return open_checkpoint(note, self._logs[origin])

    def _check_extends(self, request: WitnessRequest, new: Checkpoint, now: datetime) -> None:
        last = self.state.find(new.origin)
        old = last.as_checkpoint if last else Checkpoint(new.origin, 0, EMPTY_ROOT)
        if request.old != old.size:
            raise OldSizeDiffers(size=old.size)
        if new.size == old.size and new.root != old.root:
            self._keep_refused("forked", request, new, now)
            raise HistoryForked(origin=new.origin, size=new.size)
        try:
            check_consistency_within(
                Leaves(0, old.size), part_root=old.root, size=new.size, root=new.root, proof=request.proof
            )
        except ProofInvalid as error:
            self._keep_refused("unproven", request, new, now)
            raise HistoryUnproven(origin=new.origin, size=new.size, problem=error.problem) from None

    def _cosigned(self, signed: SignedCheckpoint, now: datetime) -> str:
        text = signed.note.text
        line = cosign(text, self.key.name, self._signer, at=int(now.timestamp())).line
        note = bytes(Note(text, tuple(signed.signed_by.values()))).decode() + line + "\n"
        self.state.keep(Cosigned(checkpoint=note, cosigned_at=now))
        return line + "\n"

    def _keep_refused(self, why: str, request: WitnessRequest, new: Checkpoint, now: datetime) -> None:
        last = self.state.find(new.origin)
        refused = RefusedCheckpoint(
            why=why,
            refused_at=now,
            old=request.old,
            proof=hash_lines(request.proof),
            checkpoint=request.checkpoint.decode(),
            cosigned=last.checkpoint if last else "",
        )
        kept = self.state.keep_refused(refused)
        _log.error("history refused", why=why, origin=new.origin, size=new.size, kept=str(kept) if kept else "no room")

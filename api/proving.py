"""Proving answers who doesn't trust this ledger: by checkpoints and proofs, and by a new origin after a restore."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

import msgspec

from api.composition import OpenedBook, new_id, new_seed
from domain.book import Book
from domain.commands import ReopenLog
from domain.errors import NotFound, Refused, Unavailable
from domain.references import book_id
from ledger.application import replayed
from ledger.outcomes import Rejected, Submission
from ledger.pool import Connection
from ledger.proof.checkpoint import Checkpoint, open_checkpoint
from ledger.proof.kept_log import KeptCheckpoint, cosignatures_of, cosigned_note, find_checkpoint, origin_of
from ledger.proof.keyring import KnownKey, Signed
from ledger.proof.merkle import NotInTree
from ledger.proof.note import NoteUnverified, VerifierKey
from ledger.proof.policy import Policy
from ledger.proof.proofs import consistency_proof, inclusion_proofs
from ledger.proof.quorum import find_witnessed
from ledger.proof.signing import LogNotOpen, RestoredBehind
from ledger.proof.tlog_proof import TlogProof
from ledger.proof.witnessing import WitnessRequest
from ledger.snapshots import read_history
from projections.log import head_of

PRINCIPAL = "log"

_POSITIONS = """
    SELECT first_position, last_position FROM ledger.outcomes
    WHERE book = %s AND principal = %s AND command_id = %s AND refusal IS NULL
"""


@dataclass(eq=False, kw_only=True)
class NothingSigned(Unavailable):
    """No checkpoint was signed yet: wait a second, or, where nobody signs, make a key."""

    code: ClassVar[str] = "log.nothing_signed"
    size: int


@dataclass(eq=False, kw_only=True)
class NotYetSigned(NotFound):
    """The event is recorded, and the next checkpoint will cover it: ask again in a second."""

    code: ClassVar[str] = "log.not_yet_signed"
    retryable: ClassVar[bool] = True
    size: int
    signed_size: int


@dataclass(eq=False, kw_only=True)
class CheckpointNotFound(NotFound):
    """No checkpoint of this size was signed: the log was larger when it was next looked at."""

    code: ClassVar[str] = "log.checkpoint_not_found"
    size: int


@dataclass(eq=False, kw_only=True)
class NothingWitnessed(NotFound):
    """No checkpoint has the cosignatures that the witness policy asks for, or there is no policy."""

    code: ClassVar[str] = "log.nothing_witnessed"


@dataclass(eq=False, kw_only=True)
class CommandNotAccepted(NotFound):
    """No accepted command has this id: a refused one is no part of the log."""

    code: ClassVar[str] = "log.command_not_accepted"
    principal: str
    command_id: str


@dataclass(eq=False, kw_only=True)
class LogNotBehind(Refused):
    """The log is an extension of all that was signed of it: there is nothing to reopen."""

    code: ClassVar[str] = "log.not_behind"
    origin: str
    signed_size: int


class LogState(msgspec.Struct, frozen=True, kw_only=True):
    """
    Where a book's log is, and what others can know of it.

    size: of the log; signed_size, root, signed_at: of its last checkpoint, none yet where the root is empty;
    witnessed_size: of the last one that meets the witness policy, 0 for none; cosigned_by: names of the keys under the
    last one; policy: whether there is one. keys: every verifier key, the present one last.
    """

    origin: str
    size: int
    signed_size: int
    root: str
    signed_at: datetime | None
    cosigned_by: tuple[str, ...]
    policy: bool
    witnessed_size: int
    keys: tuple[KnownKey, ...]


class CommandProof(msgspec.Struct, frozen=True, kw_only=True):
    """The proof of one of a command's events, as the text of a C2SP tlog-proof."""

    position: int
    proof: str


class Reopened(msgspec.Struct, frozen=True, kw_only=True):
    """A log that goes on under a new origin: the names, what was signed, what is there, and its first checkpoint."""

    old_origin: str
    new_origin: str
    signed_size: int
    signed_root: str
    restored_size: int
    position: int
    checkpoint: str


def log_state(book: OpenedBook, policy: Policy | None = None) -> LogState:
    """Return where a book's log is. Raises: LogNotOpen."""
    with book.pool.connection() as connection:
        origin = origin_of(connection, book.name)
        if origin is None:
            raise LogNotOpen(book=book.name)
        last = find_checkpoint(connection, book.name, origin=origin)
        cosigned = cosignatures_of(connection, book.name, last.checkpoint) if last else []
        return LogState(
            origin=origin,
            size=head_of(connection, book.name),
            signed_size=_size_of(last),
            root=last.checkpoint.root.hex() if last else "",
            signed_at=last.signed_at if last else None,
            cosigned_by=tuple(signature.name for signature in cosigned),
            policy=policy is not None,
            witnessed_size=_size_of(find_witnessed(connection, book.name, policy)) if policy else 0,
            keys=tuple(book.keyring.known_keys()),
        )


def checkpoint_note(book: OpenedBook) -> bytes:
    """Return the last checkpoint with its cosignatures. Raises: NothingSigned."""
    with book.pool.connection() as connection:
        return cosigned_note(connection, book.name, _covering(connection, book.name, 0))


def witnessed_note(book: OpenedBook, policy: Policy | None) -> bytes:
    """
    Return the last checkpoint that meets a policy, with its cosignatures.

    Raises, in this order: NothingSigned, NothingWitnessed.
    """
    with book.pool.connection() as connection:
        _covering(connection, book.name, 0)
        kept = find_witnessed(connection, book.name, policy) if policy else None
        if kept is None:
            raise NothingWitnessed
        return cosigned_note(connection, book.name, kept)


def prove_inclusion(book: OpenedBook, position: int, *, size: int | None = None) -> TlogProof:
    """
    Return the proof of the event at a position, under the last checkpoint, or that of a size.

    Raises, in this order: NotInTree, CheckpointNotFound, NothingSigned, NotYetSigned.
    """
    with book.pool.connection() as connection:
        kept = _covering(connection, book.name, position, size=size)
        (proof,) = inclusion_proofs(connection, book.name, [position], kept)
        return proof


def prove_command(book: OpenedBook, command_id: str, *, principal: str) -> list[CommandProof]:
    """
    Return the proof of every event of an accepted command, under the last checkpoint.

    Raises, in this order: CommandNotAccepted, NothingSigned, NotYetSigned.
    """
    with book.pool.connection() as connection:
        row = connection.execute(_POSITIONS, (book.name, principal, command_id)).fetchone()
        if row is None:
            raise CommandNotAccepted(principal=principal, command_id=command_id)
        first, last = row
        kept = _covering(connection, book.name, last)
        proofs = inclusion_proofs(connection, book.name, range(first, last + 1), kept)
        return [CommandProof(position=proof.leaf_index + 1, proof=bytes(proof).decode()) for proof in proofs]


def prove_consistency(book: OpenedBook, old: int, new: int | None = None) -> bytes:
    """
    Return the proof that a checkpoint, the last one unless its size is given, goes on where `old` events ended.

    It is what a witness is sent (C2SP tlog-witness): the old size, the hashes, and the signed checkpoint.

    Raises, in this order: NotInTree, CheckpointNotFound, NothingSigned, NotYetSigned.
    """
    with book.pool.connection() as connection:
        kept = _covering(connection, book.name, old, size=new)
        hashes = consistency_proof(connection, book.name, old, kept.checkpoint.size)
        return bytes(WitnessRequest(old, hashes, cosigned_note(connection, book.name, kept)))


def ensure_key(book: OpenedBook) -> VerifierKey:
    """Return the key that verifies a book's log, after making one where there is none. Raises: LogNotOpen."""
    origin = origin_at(book)
    if not book.keyring.has_signer:
        return book.keyring.make_key(origin, new_seed())
    return book.keyring.verifier_key(origin)


def origin_at(book: OpenedBook) -> str:
    """Return the present origin of a book's log. Raises: LogNotOpen."""
    with book.pool.connection() as connection:
        origin = origin_of(connection, book.name)
    if origin is None:
        raise LogNotOpen(book=book.name)
    return origin


def recall(book: OpenedBook, note: bytes, keys: Sequence[VerifierKey] = ()) -> Checkpoint:
    """
    Let a keyring whose memory was lost keep in mind a checkpoint that was signed of this log, by a key that it knows or
    one of `keys`. One that is smaller than what the keyring remembers changes nothing.

    Raises, in this order: LogNotOpen, SigningKeyUnusable, NoteMalformed, NoteUnverified, also where the key was
    retired before that size, CheckpointMalformed.
    """
    origin = origin_at(book)
    known = dict.fromkeys((*book.keyring.verifier_keys(), *keys))
    checkpoint, _, signed_by = open_checkpoint(note, [key for key in known if key.name == origin])
    if not any(key in keys or book.keyring.accepts(checkpoint, key) for key in signed_by):
        raise NoteUnverified(problem="the key was retired before")
    with book.keyring.alone():
        remembered = book.keyring.last_signed(origin)
        if remembered is None or remembered.size < checkpoint.size:
            book.keyring.remember(checkpoint)
    return checkpoint


def reopen_log(book: OpenedBook, *, reason: str, actor: str) -> Reopened:
    """
    Let a log that fell behind its own checkpoints go on under a new origin, which names the old one and the gap.

    The new origin is one that nobody can have signed under: a number would be given twice, where a log is restored to
    before it was reopened. Cut short after it was recorded, nothing is left undone but the first signing.

    Raises, in this order: LogNotOpen, LogNotBehind, what `Book.reopen_log` does, and what `LogSigner.sign_head` does.
    """
    origins = _origins(book)
    signed = _behind(book, origins[-1])
    new_origin = f"{origins[0]}/{new_id()}"
    size = book.runner.head()
    command = ReopenLog(
        old_origin=origins[-1],
        new_origin=new_origin,
        signed_size=signed.size,
        signed_root=signed.root,
        restored_size=size,
        reason=reason,
    )
    outcome = book.writer.submit(
        Submission(command=command, command_id=new_id(), principal=PRINCIPAL, actor=actor, role="operator")
    ).result()
    if isinstance(outcome, Rejected):
        raise LogNotBehind(origin=origins[-1], signed_size=signed.size)
    kept = book.signer.sign_head()
    return Reopened(
        old_origin=origins[-1],
        new_origin=new_origin,
        signed_size=signed.size,
        signed_root=signed.root,
        restored_size=size,
        position=outcome.first_position,
        checkpoint=kept.note.decode(),
    )


def _origins(book: OpenedBook) -> tuple[str, ...]:
    origin_at(book)
    with book.pool.connection() as connection:
        stood = replayed(read_history(connection, book.name, book_id(book.name)), book.name).aggregate
    return stood.log_origins if isinstance(stood, Book) else ()


def _behind(book: OpenedBook, origin: str) -> Signed:
    try:
        kept = book.signer.sign_head()
    except RestoredBehind as behind:
        return Signed(behind.signed_size, behind.signed_root)
    raise LogNotBehind(origin=origin, signed_size=kept.checkpoint.size)


def _size_of(kept: KeptCheckpoint | None) -> int:
    return kept.checkpoint.size if kept else 0


def _covering(connection: Connection, book: str, position: int, *, size: int | None = None) -> KeptCheckpoint:
    kept = find_checkpoint(connection, book, size=size)
    if kept and kept.checkpoint.size >= position:
        return kept
    head = head_of(connection, book)
    if position > head:
        raise NotInTree(asked=position, size=head)
    if size is not None:
        raise CheckpointNotFound(size=size) if kept is None else NotInTree(asked=position, size=size)
    if kept is None:
        raise NothingSigned(size=head)
    raise NotYetSigned(size=head, signed_size=kept.checkpoint.size)

"""The drill of docs/keys.md: a signing key has leaked, and whoever has it signs another history."""

from pathlib import Path

import pytest

from ledger.proof.checkpoint import Checkpoint, open_checkpoint
from ledger.proof.keyring import Keys, SigningKeyUnusable
from ledger.proof.note import NoteUnverified, PrivateKey, sign, signed_note
from ledger.proof.proofs import consistency_proof
from ledger.proof.signing import LogSigner
from ledger.proof.witness_state import WitnessState
from ledger.proof.witnessing import HistoryForked, HistoryUnproven, Witness, WitnessRequest
from tests.books import Book

ORIGIN = "ledger.example/main"
LEAKED, NEW = b"l" * 32, b"n" * 32
WITNESS = PrivateKey(b"w" * 32)


def forged(size: int) -> bytes:
    """Return what a thief signs: a history of this size that there isn't."""
    text = Checkpoint(ORIGIN, size, b"f" * 32).text
    return signed_note(text, [sign(text, ORIGIN, PrivateKey(LEAKED))])


def asked(old: Checkpoint, note: bytes, *proof: bytes) -> bytes:
    """Return what a witness is asked that last cosigned `old`."""
    return bytes(WitnessRequest(old.size, proof, note))


def test_after_a_leak_the_old_key_counts_up_to_its_last_checkpoint_and_forgeries_are_kept_as_proof(
    book: Book, tmp_path: Path
) -> None:
    ring = Keys(tmp_path / "keys").of("main")
    old_key = ring.make_key(ORIGIN, LEAKED)
    signer = LogSigner(book.pool, "main", ring, clock=book.clock)
    before = signer.sign_head()
    with WitnessState.held(tmp_path / "witness") as state:
        witness, size = Witness("bank.example/w", WITNESS, [old_key], state), before.checkpoint.size
        witness.add_checkpoint(bytes(WitnessRequest(0, (), before.note)), book.clock())

        # The thief's other history, of any size, is cosigned by nobody, and kept.
        same_size, larger = (asked(before.checkpoint, forged(forged_size)) for forged_size in (size, size + 9))
        with pytest.raises(HistoryForked):
            witness.add_checkpoint(same_size, book.clock())
        with pytest.raises(HistoryUnproven):
            witness.add_checkpoint(larger, book.clock())

        # log key rotate --leaked
        new_key = ring.rotate_key(ORIGIN, NEW, leaked=True)
        assert signer.sign_head().checkpoint == before.checkpoint
        assert ring.accepts(before.checkpoint, old_key)
        assert not ring.accepts(Checkpoint(ORIGIN, size + 1, b"f" * 32), old_key)

        # witness serve --log NEW: the old key says nothing to it any more, and the log goes on.
        told = Witness("bank.example/w", WITNESS, [new_key], state)
        with pytest.raises(NoteUnverified):
            told.add_checkpoint(larger, book.clock())
        book.trade("PO-1")
        later = signer.sign_head()
        with book.pool.connection() as connection:
            proof = consistency_proof(connection, "main", size, later.checkpoint.size)
        line = told.add_checkpoint(asked(before.checkpoint, later.note, *proof), book.clock())
    cosigned = open_checkpoint(later.note + line.encode(), [new_key], witnesses=[told.key])
    assert set(cosigned.signed_by) == {new_key, told.key}
    assert len(list((tmp_path / "witness" / "refused").iterdir())) == 2


def test_the_leaked_key_put_back_signs_nothing(book: Book, tmp_path: Path) -> None:
    ring = Keys(tmp_path).of("main")
    ring.make_key(ORIGIN, LEAKED)
    LogSigner(book.pool, "main", ring, clock=book.clock).sign_head()
    ring.rotate_key(ORIGIN, NEW, leaked=True)
    back = Keys(tmp_path, environment_key=PrivateKey(LEAKED).written(ORIGIN)).of("main")
    book.trade("PO-1")
    with pytest.raises(SigningKeyUnusable, match="retired"):
        LogSigner(book.pool, "main", back, clock=book.clock).sign_head()

"""Verification of proof as time goes on: keys change, leak or aren't known here, and logs are reopened."""

from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.composition import House, OpenedBook
from api.proving import reopen_log
from api.verify import verify_book
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.kept_log import find_checkpoint
from ledger.proof.keyring import Keys
from ledger.proof.note import COSIGNATURE, PrivateKey, VerifierKey, cosign, sign, signed_note
from ledger.proof.quorum import keep_cosignature
from ledger.proof.verification import verify_proof
from tests.books import Book, place_order
from tests.tampering import tampering

ORIGIN = "ledger.example/main"
OLD, NEW = PrivateKey(b"1" * 32), PrivateKey(b"2" * 32)
INSERT = "INSERT INTO ledger.checkpoints VALUES ('main', %s, %s, %s, %s, %s, now())"


@pytest.fixture
def opened(book: Book, tmp_path: Path) -> OpenedBook:
    """Return a book with a trade in it, signed under its first key."""
    opened = House("", book.pool, Keys(tmp_path)).book("main")
    opened.keyring.make_key(ORIGIN, b"1" * 32)
    book.trade("PO-1")
    opened.signer.sign_head()
    return opened


def difference(opened: OpenedBook) -> dict[str, str | int]:
    return verify_book(opened).first_difference or {}


def keep(opened: OpenedBook, checkpoint: Checkpoint, key: PrivateKey) -> None:
    """Keep a checkpoint that a key signed."""
    note = signed_note(checkpoint.text, [sign(checkpoint.text, ORIGIN, key)])
    name = str(VerifierKey(ORIGIN, 1, key.public))
    with opened.pool.connection() as connection:
        connection.execute(INSERT, (*checkpoint[:2], name, checkpoint.root, note))


def latest(opened: OpenedBook) -> Checkpoint:
    with opened.pool.connection() as connection:
        kept = find_checkpoint(connection, "main")
    assert kept
    return kept.checkpoint


def test_checkpoints_of_a_retired_key_still_count(book: Book, opened: OpenedBook) -> None:
    opened.keyring.rotate_key(ORIGIN, b"2" * 32, leaked=True)
    book.trade("PO-2")
    opened.signer.sign_head()
    report = verify_book(opened)
    assert report.ok
    assert report.proof
    assert (report.proof.checkpoints, report.proof.signed_size) == (2, report.size)


def test_what_a_leaked_key_signs_after_it_was_retired_is_found(book: Book, opened: OpenedBook) -> None:
    opened.keyring.rotate_key(ORIGIN, b"2" * 32, leaked=True)
    book.trade("PO-2")
    opened.signer.sign_head()
    keep(opened, latest(opened), OLD)
    assert difference(opened)["what"] == "the key was retired before"


def test_what_somebody_elses_key_signs_is_found(opened: OpenedBook) -> None:
    keep(opened, latest(opened), NEW)
    assert difference(opened)["what"] == "the key isn't one of this book's"


def test_a_checkpoint_of_another_history_under_the_right_key_is_a_corrupt_log(opened: OpenedBook) -> None:
    keep(opened, Checkpoint(ORIGIN, 3, b"?" * 32), OLD)
    report = verify_book(opened)
    assert (report.ok, report.corrupt) == (False, True)
    keep(opened, Checkpoint(ORIGIN, 90_000, b"?" * 32), OLD)
    assert verify_book(opened).corrupt


def test_without_keys_it_is_said_what_cant_be_told(opened: OpenedBook) -> None:
    report = verify_book(House("", opened.pool).book("main"))
    assert report.ok
    assert report.proof
    assert len(report.proof.unchecked) == 1


def test_a_log_reopened_after_a_restore_is_sound_and_so_is_what_was_signed_before(
    book: Book, opened: OpenedBook
) -> None:
    opened.keyring.remember(Checkpoint(ORIGIN, 90_000, b"?" * 32))
    assert verify_book(opened).behind
    reopen_log(opened, reason="restored-from-backup", actor="operator:first")
    with book.beside() as writer:
        writer.submit(book.submission(place_order("PO-9"))).result(30)
    opened.signer.sign_head()
    report = verify_book(opened)
    assert report.ok, report
    assert report.proof
    assert report.proof.checkpoints == 3


@pytest.mark.parametrize("at", [2**62, 1])
def test_a_witness_with_a_strange_clock_is_told_like_any_other_fault(opened: OpenedBook, at: int) -> None:
    witness = VerifierKey("bank.example/w", COSIGNATURE, NEW.public)
    with opened.pool.connection() as connection:
        kept = find_checkpoint(connection, "main")
        assert kept
        signature = cosign(kept.checkpoint.text, witness.name, NEW, at=at)
        keep_cosignature(connection, "main", kept, witness, signature, kept.signed_at + timedelta(seconds=1))
    assert difference(opened)["in"] == "cosignatures"


@pytest.mark.parametrize(
    "change",
    ["ledger.checkpoints SET signed_at", "ledger.outcomes SET recorded_at", "ledger.log_head SET last_recorded_at"],
)
def test_a_time_that_is_no_time_is_told_like_any_other_fault(opened: OpenedBook, change: str) -> None:
    with tampering(opened.pool) as connection:
        connection.execute(f"UPDATE {change} = 'infinity'".encode())
    assert not verify_book(opened).ok


def test_people_are_told_how_much_proves_the_log_and_what_couldnt_be_checked(
    database: str, opened: OpenedBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGER_DATABASE_URL", database)
    monkeypatch.setenv("LEDGER_KEYS", str(tmp_path))
    told = CliRunner().invoke(app, ["verify"])
    assert told.exit_code == 0
    assert f"1 checkpoints up to {latest(opened).size} events, 0 cosignatures, 0 time tokens" in told.stdout
    monkeypatch.setenv("LEDGER_KEYS", str(tmp_path / "elsewhere"))
    assert "no key of this book is known here" in CliRunner().invoke(app, ["verify"]).stderr


def test_what_is_signed_while_a_log_is_verified_is_not_held_against_it(book: Book, opened: OpenedBook) -> None:
    before, size = opened.keyring.recollect(), latest(opened).size
    with opened.pool.connection() as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.execute("SELECT")
        book.trade("PO-2")
        opened.signer.sign_head()
        assert verify_proof(connection, "main", size, before)[1] is None
        fault = verify_proof(connection, "main", size, opened.keyring.recollect())[1]
    assert fault
    assert fault.behind

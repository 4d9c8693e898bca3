"""Signing: a checkpoint is of the head, goes on where the last one ended, and is never of another history."""

import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from api.composition import OpenedBook
from api.proving import recall, reopen_log
from domain.errors import LogCorrupt
from ledger.pool import open_pool
from ledger.proof.checkpoint import Checkpoint, open_checkpoint
from ledger.proof.kept_log import (
    DatabaseTiles,
    all_checkpoints,
    cosigned_note,
    find_checkpoint,
    origin_of,
    read_entries,
)
from ledger.proof.keyring import Keyring, Keys, SigningKeyAbsent
from ledger.proof.merkle import NotInTree, check_consistency
from ledger.proof.note import NoteUnverified, PrivateKey, VerifierKey, sign, signed_note
from ledger.proof.proofs import consistency_proof, inclusion_proof
from ledger.proof.register import Register, read_register
from ledger.proof.signing import LogNotOpen, LogSigner, RestoredBehind, extend_tree
from ledger.proof.tiles import Entries, Tile, leaves_in, tile_root
from ledger.proof.tlog_proof import TlogProof
from ledger.store import BookRecorder
from ledger.transparency import Frontier, leaf_hash
from tests.books import Book
from tests.tampering import tampering

ORIGIN = "ledger.example/main"
SEED = bytes(range(32))


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    return Keys(tmp_path).of("main")


@pytest.fixture
def key(ring: Keyring) -> VerifierKey:
    return ring.make_key(ORIGIN, SEED)


@pytest.fixture
def signer(book: Book, ring: Keyring, key: VerifierKey) -> LogSigner:
    assert key
    return LogSigner(book.pool, book.name, ring, clock=book.clock)


@pytest.fixture
def restored(new_database: Callable[[], str]) -> Iterator[Book]:
    """Open a book as `book` is when it is founded, in another database."""
    with open_pool(new_database(), connections_max=4) as pool, Book.opened(pool) as opened:
        yield opened


def traded(book: Book, count: int) -> Book:
    for number in range(count):
        book.trade(f"PO-{book.ledger.recorder.max_notification_id()}-{number}")
    return book


# What is signed.


def test_a_checkpoint_is_of_the_head_and_verifies(book: Book, signer: LogSigner, key: VerifierKey) -> None:
    traded(book, 2)
    kept = signer.sign_head()
    opened = open_checkpoint(kept.note, [key]).checkpoint
    assert opened == kept.checkpoint
    with BookRecorder(book.pool, book.name).batch() as batch:
        assert (opened.origin, opened.size) == (ORIGIN, batch.head.size)
        assert batch.next_position == opened.size + 1


def test_a_head_that_has_not_moved_is_signed_once(book: Book, signer: LogSigner) -> None:
    assert signer.sign_head() == signer.sign_head()
    with book.pool.connection() as connection:
        assert len(all_checkpoints(connection, "main")) == 1


def test_checkpoints_go_on_one_from_the_other(book: Book, signer: LogSigner) -> None:
    signed = [signer.sign_head().checkpoint]
    for count in (1, 20, 1, 40):
        traded(book, count)
        signed.append(signer.sign_head().checkpoint)
    with book.pool.connection() as connection:
        for old, new in pairwise(signed):
            proof = consistency_proof(connection, "main", old.size, new.size)
            check_consistency(old=old.size, old_root=old.root, new=new.size, new_root=new.root, proof=proof)


def test_every_event_has_a_proof_under_every_checkpoint_that_covers_it(
    book: Book, signer: LogSigner, key: VerifierKey
) -> None:
    first = signer.sign_head()
    last = LogSigner(traded(book, 20).pool, "main", signer.keyring, clock=book.clock).sign_head()
    with book.pool.connection() as connection:
        for kept in (first, last):
            signed = open_checkpoint(cosigned_note(connection, "main", kept), [key])
            size = kept.checkpoint.size
            leaves = leaves_in(read_entries(connection, "main", Entries(0, min(size, 256))))
            for position in {1, 2, size // 2, min(size, 256)}:
                proof = TlogProof.parse(bytes(inclusion_proof(connection, "main", position, kept)))
                proof.check(leaf_hash(leaves[position - 1]), signed)
        for position in (0, first.checkpoint.size + 1):
            with pytest.raises(NotInTree):
                inclusion_proof(connection, "main", position, first)


def test_tiles_are_the_hashes_of_what_their_entries_say(book: Book, signer: LogSigner) -> None:
    size = LogSigner(traded(book, 40).pool, "main", signer.keyring, clock=book.clock).sign_head().checkpoint.size
    assert size > 512
    with book.pool.connection() as connection:
        tiles = DatabaseTiles(connection, "main")
        for number in range(2):
            leaves = leaves_in(read_entries(connection, "main", Entries(number)))
            (hashes,) = tiles.read([Tile(0, number)])
            assert hashes == b"".join(map(leaf_hash, leaves))
        level_1, first = tiles.read([Tile(1, 0, 2), Tile(0, 0)])
        assert level_1[:32] == tile_root(first)
        with pytest.raises(LogCorrupt):
            tiles.read([Tile(2, 0, 1)])


def test_two_signers_at_once_sign_one_head_once(book: Book, signer: LogSigner) -> None:
    signers = [LogSigner(book.pool, "main", signer.keyring, clock=book.clock) for _ in range(3)]
    for _ in range(5):
        traded(book, 1)
        threads = [threading.Thread(target=each.sign_head) for each in signers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with book.pool.connection() as connection:
        sizes = [kept.checkpoint.size for kept in all_checkpoints(connection, "main")]
    assert len(sizes) == len(set(sizes)) == 5


def test_a_rotated_key_signs_the_same_head_again_and_the_old_checkpoint_still_verifies(
    book: Book, signer: LogSigner, key: VerifierKey
) -> None:
    old = signer.sign_head()
    new_key = signer.keyring.rotate_key(ORIGIN, bytes(32))
    new = signer.sign_head()
    assert open_checkpoint(old.note, signer.keyring.verifier_keys()).checkpoint == new.checkpoint
    assert list(open_checkpoint(new.note, [key, new_key]).signed_by) == [new_key]
    with book.pool.connection() as connection:
        assert find_checkpoint(connection, "main") == new


# What isn't signed.


def test_without_a_key_or_without_a_book_nothing_is_signed(book: Book, tmp_path: Path) -> None:
    with pytest.raises(SigningKeyAbsent):
        LogSigner(book.pool, "main", Keys(tmp_path).of("main"), clock=book.clock).sign_head()
    ring = Keys(tmp_path).of("none")
    ring.make_key("ledger.example/none", SEED)
    with pytest.raises(LogNotOpen):
        LogSigner(book.pool, "none", ring, clock=book.clock).sign_head()
    with book.pool.connection() as connection:
        assert all_checkpoints(connection, "main") == []
        assert origin_of(connection, "none") is None


def test_a_log_restored_to_before_a_checkpoint_is_not_signed(signer: LogSigner) -> None:
    signed = signer.sign_head().checkpoint
    signer.keyring.remember(Checkpoint(ORIGIN, signed.size + 1, bytes(32)))
    with pytest.raises(RestoredBehind) as behind:
        signer.sign_head()
    assert (behind.value.signed_size, behind.value.size) == (signed.size + 1, signed.size)


def test_another_history_of_the_same_length_is_not_signed(book: Book, signer: LogSigner) -> None:
    signed = signer.sign_head().checkpoint
    signer.keyring.remember(Checkpoint(ORIGIN, signed.size, bytes(32)))
    traded(book, 1)
    with pytest.raises(RestoredBehind):
        signer.sign_head()
    with book.pool.connection() as connection:
        assert [kept.checkpoint for kept in all_checkpoints(connection, "main")] == [signed]


def test_a_signer_without_a_memory_holds_to_what_the_database_says_was_signed(
    book: Book, signer: LogSigner, tmp_path: Path
) -> None:
    signed = signer.sign_head().checkpoint
    elsewhere = Keys(tmp_path / "elsewhere").of("main")
    elsewhere.make_key(ORIGIN, SEED)
    other = LogSigner(book.pool, "main", elsewhere, clock=book.clock)
    assert other.sign_head().checkpoint == signed
    remembered = elsewhere.last_signed(ORIGIN)
    assert remembered is not None
    assert remembered.size == signed.size


@pytest.mark.parametrize(
    ("change", "after"),
    [
        ("UPDATE ledger.events SET leaf_hash = sha256('other') WHERE position = 3", 0),
        ("DELETE FROM ledger.events WHERE position = 3", 0),
        ("UPDATE ledger.tree_hashes SET hash = sha256('other') WHERE number = 0", 512),
        ("DELETE FROM ledger.tree_hashes WHERE number = 0", 512),
    ],
)
def test_a_head_that_is_not_of_its_hashes_is_not_signed(change: str, after: int, book: Book, signer: LogSigner) -> None:
    traded(book, 30)
    with tampering(book.pool) as connection:
        extend_tree(connection, "main", after)
        connection.execute(change.encode())
    with pytest.raises(LogCorrupt):
        signer.sign_head()


def test_a_process_that_died_after_remembering_signs_on_when_it_comes_back(book: Book, signer: LogSigner) -> None:
    traded(book, 1)
    with BookRecorder(book.pool, book.name).batch() as batch:
        size, root = batch.head.size, Frontier(batch.head.size, batch.head.frontier).root()
    signer.keyring.remember(Checkpoint(ORIGIN, size, root))
    assert signer.sign_head().checkpoint == Checkpoint(ORIGIN, size, root)


class WhileRemembering(Keyring):
    """A keyring in whose midst, between what it compares and what it remembers, another signer comes."""

    other: threading.Thread

    def remember(self, checkpoint: Checkpoint, register: Register | None = None) -> None:
        self.other.start()
        self.other.join(0.2)
        super().remember(checkpoint, register)


def test_a_log_and_its_restored_copy_that_share_a_keyring_are_not_both_signed(
    book: Book, restored: Book, signer: LogSigner, tmp_path: Path
) -> None:
    signed = signer.sign_head().checkpoint
    book.trade("PO-1")
    restored.trade("PO-2")
    copy = LogSigner(restored.pool, "main", signer.keyring, clock=restored.clock)
    ring = WhileRemembering(tmp_path / "main", "main")
    refused: list[RestoredBehind] = []

    def sign_copy() -> None:
        try:
            copy.sign_head()
        except RestoredBehind as behind:
            refused.append(behind)

    ring.other = threading.Thread(target=sign_copy)
    later = LogSigner(book.pool, "main", ring, clock=book.clock).sign_head().checkpoint
    ring.other.join()
    assert [(each.signed_size, each.signed_root) for each in refused] == [(later.size, later.root.hex())]
    with restored.pool.connection() as connection:
        assert all_checkpoints(connection, "main") == []
    assert later.size > signed.size


def test_machines_with_keys_of_their_own_sign_one_head_each(book: Book, signer: LogSigner, tmp_path: Path) -> None:
    elsewhere = Keys(tmp_path / "elsewhere").of("main")
    elsewhere.make_key(ORIGIN, bytes(32))
    other = LogSigner(book.pool, "main", elsewhere, clock=book.clock)
    signed = [each.sign_head() for each in (signer, other, signer)]
    assert len({kept.checkpoint for kept in signed}) == 1
    assert signed[0].note == signed[2].note != signed[1].note


# Under another origin.


def reopened(book: Book, keys: Keys) -> tuple[str, Checkpoint]:
    """Reopen a log of which more was signed than there is; return its old origin and its first new checkpoint."""
    opened = OpenedBook(book.pool, "main", keys)
    done = reopen_log(opened, reason="drill", actor="operator:first")
    opened.close()
    key = opened.keyring.verifier_key(done.new_origin)
    return done.old_origin, open_checkpoint(done.checkpoint.encode(), [key]).checkpoint


def test_a_log_is_reopened_again_where_it_is_restored_to_before_that(
    book: Book, restored: Book, signer: LogSigner, tmp_path: Path
) -> None:
    size = signer.sign_head().checkpoint.size
    signer.keyring.remember(Checkpoint(ORIGIN, size + 9, bytes(32)))
    old, first = reopened(book, Keys(tmp_path))
    again, second = reopened(restored, Keys(tmp_path))
    assert old == again == ORIGIN
    assert len({ORIGIN, first.origin, second.origin}) == 3
    assert first.size == second.size == size + 1


def test_what_a_key_signs_beyond_its_last_size_is_recalled_only_by_who_says_so(
    book: Book, signer: LogSigner, key: VerifierKey, tmp_path: Path
) -> None:
    signer.sign_head()
    signer.keyring.rotate_key(ORIGIN, bytes(32), leaked=True)
    forged = Checkpoint(ORIGIN, 999, bytes(32))
    note = signed_note(forged.text, [sign(forged.text, ORIGIN, PrivateKey(SEED))])
    opened = OpenedBook(book.pool, "main", Keys(tmp_path))
    with pytest.raises(NoteUnverified):
        recall(opened, note)
    assert recall(opened, note, [key]) == forged
    assert reopened(book, Keys(tmp_path))[0] == ORIGIN


def test_a_reopening_that_was_cut_short_is_signed_by_whoever_signs_next_with_a_key_from_anywhere(
    book: Book, key: VerifierKey, ring: Keyring, tmp_path: Path
) -> None:
    assert key
    environment = Keys(tmp_path, environment_key=PrivateKey(SEED).written(ORIGIN))
    LogSigner(book.pool, "main", environment.of("main"), clock=book.clock).sign_head()
    ring.remember(Checkpoint(ORIGIN, 999, bytes(32)))
    _, first = reopened(book, environment)
    book.trade("PO-1")
    later = LogSigner(book.pool, "main", ring, clock=book.clock).sign_head().checkpoint
    assert (later.origin, later.size) > (first.origin, first.size)


# Who asks.


def test_a_pool_of_one_connection_is_enough(database: str, book: Book, ring: Keyring, key: VerifierKey) -> None:
    assert key
    with open_pool(database, connections_max=1) as pool:
        assert LogSigner(pool, book.name, ring, clock=book.clock).sign_head().checkpoint.size > 0


def test_what_is_kept_to_prove_the_log_by_is_remembered_once_the_head_is_looked_at_again(
    book: Book, signer: LogSigner
) -> None:
    signer.sign_head()
    assert signer.keyring.remembered_register(ORIGIN).lines == 0
    signer.sign_head()
    remembered = signer.keyring.remembered_register(ORIGIN)
    with book.pool.connection() as connection:
        assert remembered == read_register(connection, "main", ORIGIN)
        assert remembered.lines == 1


def test_a_restore_that_lost_what_others_signed_counts_as_whole_when_an_operator_says_so(
    book: Book, signer: LogSigner
) -> None:
    kept = signer.sign_head()
    with book.pool.connection() as connection:
        row = ("main", ORIGIN, kept.checkpoint.size)
        connection.execute("INSERT INTO ledger.time_tokens VALUES (%s, %s, %s, 'a', 't', now())", row)
    signer.sign_head()
    with tampering(book.pool) as connection:
        connection.execute("DELETE FROM ledger.time_tokens; DELETE FROM ledger.proof_register WHERE number = 2")
    assert signer.sign_head() == kept
    assert signer.keyring.remembered_register(ORIGIN).lines == 2
    assert signer.sign_head(as_kept=True) == kept
    assert signer.keyring.remembered_register(ORIGIN).lines == 1

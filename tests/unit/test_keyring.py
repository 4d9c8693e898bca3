"""Keys: where they may be, what they refuse to sign with, what is remembered beside them."""

import stat
import sys
from pathlib import Path

import pytest

from ledger.proof.checkpoint import Checkpoint
from ledger.proof.keyring import (
    Keyring,
    Keys,
    KnownKey,
    SignerFailed,
    SigningKeyAbsent,
    SigningKeyExists,
    SigningKeyUnusable,
)
from ledger.proof.note import COSIGNATURE, ED25519, Note, PrivateKey, VerifierKey, sign

ORIGIN = "ledger.example/main"
REOPENED = f"{ORIGIN}/1f"
SEED, OTHER_SEED = bytes(range(32)), bytes(range(1, 33))
KEY = VerifierKey(ORIGIN, ED25519, PrivateKey(SEED).public)
OTHER_KEY = VerifierKey(ORIGIN, ED25519, PrivateKey(OTHER_SEED).public)
TEXT = Checkpoint(ORIGIN, 3, bytes(32)).text

PROGRAM = f"""#!{sys.executable}
import sys
from ledger.proof.note import PrivateKey
key = PrivateKey(bytes(range(32)))
sys.stdout.buffer.write(key.public if sys.argv[1] == "public" else key.sign(sys.stdin.buffer.read()))
"""


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    return Keys(tmp_path).of("main")


def signed_at(ring: Keyring, size: int) -> Checkpoint:
    checkpoint = Checkpoint(ORIGIN, size, size.to_bytes(32, "big"))
    ring.remember(checkpoint)
    return checkpoint


# Where a key may be.


def test_a_new_key_is_for_its_owner_alone_and_verifies_what_it_signs(ring: Keyring, tmp_path: Path) -> None:
    assert not ring.has_signer
    assert ring.make_key(ORIGIN, SEED) == KEY == ring.verifier_key(ORIGIN)
    file = tmp_path / "main" / "signer.key"
    assert (stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(file.parent.stat().st_mode)) == (0o600, 0o700)
    note = Note(TEXT, (sign(TEXT, ORIGIN, ring.signer(ORIGIN)),))
    assert list(note.verified_by([KEY])) == [KEY]


def test_a_second_key_is_not_made_over_the_first(ring: Keyring) -> None:
    ring.make_key(ORIGIN, SEED)
    with pytest.raises(SigningKeyExists):
        ring.make_key(ORIGIN, OTHER_SEED)
    assert ring.verifier_key(ORIGIN) == KEY


def test_without_a_key_nothing_is_signed(ring: Keyring) -> None:
    with pytest.raises(SigningKeyAbsent):
        ring.signer(ORIGIN)
    assert ring.known_keys() == []


def test_a_key_comes_from_the_environment_and_is_never_shown(tmp_path: Path) -> None:
    secret = PrivateKey(SEED).written(ORIGIN)
    keys = Keys(tmp_path, environment_key=secret)
    assert keys.of("main").verifier_key(ORIGIN) == KEY
    assert secret not in repr(keys)
    with pytest.raises(SigningKeyUnusable) as unusable:
        Keys(tmp_path, environment_key=secret[:-4]).of("main").signer(ORIGIN)
    assert secret[20:-4] not in str(unusable.value)
    assert not (tmp_path / "main").exists()


def test_a_key_may_be_held_by_a_program(tmp_path: Path) -> None:
    program = tmp_path / "key-service"
    program.write_text(PROGRAM)
    program.chmod(0o700)
    ring = Keys(tmp_path, program=program).of("main")
    assert ring.verifier_key(ORIGIN) == KEY
    assert list(Note(TEXT, (sign(TEXT, ORIGIN, ring.signer(ORIGIN)),)).verified_by([KEY])) == [KEY]


@pytest.mark.parametrize("does", ["exit 1", "echo short", "printf ''"])
def test_a_program_that_does_not_sign_is_named(does: str, tmp_path: Path) -> None:
    program = tmp_path / "key-service"
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(0o700)
    with pytest.raises(SignerFailed, match="key-service"):
        Keys(tmp_path, program=program).of("main").verifier_key(ORIGIN)


def test_a_program_whose_key_was_changed_while_it_was_used_is_not_believed(tmp_path: Path) -> None:
    program = tmp_path / "key-service"
    program.write_text(PROGRAM)
    program.chmod(0o700)
    signer = Keys(tmp_path, program=program).of("main").signer(ORIGIN)
    assert signer.public == KEY.public
    program.write_text(PROGRAM.replace("range(32)", "range(1, 33)"))
    with pytest.raises(SignerFailed, match="another key"):
        sign(TEXT, ORIGIN, signer)
    assert OTHER_KEY.verifies(sign(TEXT, ORIGIN, signer), TEXT)


# What is refused.


def test_a_key_that_others_may_read_is_refused(ring: Keyring, tmp_path: Path) -> None:
    ring.make_key(ORIGIN, SEED)
    (tmp_path / "main" / "signer.key").chmod(0o640)
    with pytest.raises(SigningKeyUnusable, match="chmod 600"):
        ring.signer(ORIGIN)


def test_a_key_of_another_log_is_refused(ring: Keyring) -> None:
    ring.make_key(ORIGIN, SEED)
    with pytest.raises(SigningKeyUnusable, match="signs for"):
        ring.signer("ledger.example/other")


def test_a_witness_key_signs_for_no_log(tmp_path: Path) -> None:
    ring = Keys(tmp_path, environment_key=PrivateKey(SEED).written(ORIGIN, COSIGNATURE)).of("main")
    with pytest.raises(SigningKeyUnusable, match="a witness's"):
        ring.signer(ORIGIN)


@pytest.mark.parametrize("name", ["keys.json", "signed.json"])
def test_a_damaged_file_is_named_and_nothing_is_signed_past_it(name: str, ring: Keyring, tmp_path: Path) -> None:
    ring.make_key(ORIGIN, SEED)
    (tmp_path / "main" / name).write_text("{")
    with pytest.raises(SigningKeyUnusable, match=name):
        ring.rotate_key(ORIGIN, OTHER_SEED)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file, where a folder belongs")
    with pytest.raises(SigningKeyUnusable, match="the keyring"):
        Keys(tmp_path / "keys").of("main").make_key(ORIGIN, SEED)


# Rotation, and a key that leaked.


def test_an_old_key_counts_for_what_it_signed_and_no_more(ring: Keyring) -> None:
    ring.make_key(ORIGIN, SEED)
    last = signed_at(ring, 5)
    assert ring.rotate_key(ORIGIN, OTHER_SEED) == OTHER_KEY == ring.verifier_key(ORIGIN)
    later = signed_at(ring, 6)
    assert ring.accepts(last, KEY)
    assert not ring.accepts(later, KEY)
    assert ring.accepts(later, OTHER_KEY)
    assert not ring.accepts(last, VerifierKey(ORIGIN, ED25519, PrivateKey(bytes(32)).public))
    assert [(known.verifier, known.last_size) for known in ring.known_keys()] == [(KEY, 5), (OTHER_KEY, None)]


def test_a_leaked_key_is_said_to_be_one_and_signs_nothing_again(ring: Keyring, tmp_path: Path) -> None:
    ring.make_key(ORIGIN, SEED)
    signed_at(ring, 5)
    ring.rotate_key(ORIGIN, OTHER_SEED, leaked=True)
    assert [known.leaked for known in ring.known_keys()] == [True, False]
    again = Keys(tmp_path, environment_key=PrivateKey(SEED).written(ORIGIN)).of("main")
    with pytest.raises(SigningKeyUnusable, match="retired"):
        again.signer(ORIGIN)


def test_a_leaked_key_of_the_environment_is_said_to_be_one_after_another_was_put_there(tmp_path: Path) -> None:
    before, after = (
        Keys(tmp_path, environment_key=PrivateKey(seed).written(ORIGIN)).of("main") for seed in (SEED, OTHER_SEED)
    )
    before.remember_key(before.verifier_key(ORIGIN))
    after.remember_key(after.verifier_key(ORIGIN))  # as the worker does that is started with it
    assert after.rotate_key(ORIGIN, bytes(32), leaked=True) == OTHER_KEY
    assert [(known.verifier, known.leaked) for known in after.known_keys()] == [(KEY, True), (OTHER_KEY, False)]


def test_rotating_without_a_key_is_refused(ring: Keyring) -> None:
    with pytest.raises(SigningKeyAbsent):
        ring.rotate_key(ORIGIN, SEED)


# The memory.


def test_what_was_signed_is_remembered_for_each_origin(ring: Keyring, tmp_path: Path) -> None:
    signed_at(ring, 5)
    ring.remember(Checkpoint("ledger.example/other", 7, bytes(32)))
    remembered = Keys(tmp_path).of("main").last_signed(ORIGIN)
    assert remembered is not None
    assert (remembered.size, remembered.root) == (5, (5).to_bytes(32, "big").hex())
    assert ring.last_signed("ledger.example/none") is None


# Who signs for a log that was reopened.


def test_a_key_signs_on_under_the_origin_that_its_log_was_reopened_as(ring: Keyring, tmp_path: Path) -> None:
    ring.make_key(ORIGIN, SEED)
    signed_at(ring, 5)
    new_key = ring.verifier_key(REOPENED)
    assert (new_key.name, new_key.public) == (REOPENED, KEY.public)
    ring.remember_key(new_key)
    assert [(known.verifier, known.last_size) for known in ring.known_keys()] == [(KEY, 5), (new_key, None)]
    held = Keys(tmp_path, environment_key=PrivateKey(SEED).written(ORIGIN)).of("main")
    assert held.verifier_key(REOPENED) == new_key


def test_a_retired_key_signs_no_more_after_a_reopening_either(ring: Keyring, tmp_path: Path) -> None:
    ring.make_key(ORIGIN, SEED)
    ring.rotate_key(ORIGIN, OTHER_SEED)
    back = Keys(tmp_path, environment_key=PrivateKey(SEED).written(REOPENED)).of("main")
    with pytest.raises(SigningKeyUnusable, match="retired"):
        back.signer(REOPENED)


def test_a_log_that_is_restored_to_before_it_was_reopened_is_still_signed_for(ring: Keyring) -> None:
    ring.make_key(ORIGIN, SEED)
    ring.remember_key(ring.verifier_key(REOPENED))
    ring.remember_key(ring.verifier_key(ORIGIN))
    assert ring.known_keys()[-1] == KnownKey(key=str(KEY))

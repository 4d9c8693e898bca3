"""Checkpoints against C2SP tlog-checkpoint: what one says, and by whose word."""

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.checkpoint import Checkpoint, CheckpointMalformed, open_checkpoint
from ledger.proof.note import (
    COSIGNATURE,
    NoteMalformed,
    NoteUnverified,
    PrivateKey,
    VerifierKey,
    cosign,
    sign,
    signed_note,
)
from ledger.transparency import EMPTY_ROOT

ORIGIN = "ledger.example/main"
KEY, OTHER = PrivateKey(b"k" * 32), PrivateKey(b"o" * 32)
LOG = VerifierKey(ORIGIN, 1, KEY.public)
WITNESS = VerifierKey("bank.example/w", COSIGNATURE, OTHER.public)
CHECKPOINT = Checkpoint(ORIGIN, 5, b"r" * 32)
TEXT = CHECKPOINT.text

lines = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)


def test_the_specifications_example_is_read() -> None:
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    root = b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
    assert Checkpoint.parse(text) == Checkpoint("example.com/behind-the-sofa", 20_852_163, root)


@given(lines, st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32), st.lists(lines, max_size=3))
def test_a_checkpoint_round_trips(origin: str, size: int, root: bytes, extensions: list[str]) -> None:
    checkpoint = Checkpoint(origin, size, root, tuple(extensions))
    assert Checkpoint.parse(checkpoint.text) == checkpoint


def test_an_empty_log_has_a_checkpoint() -> None:
    assert Checkpoint.parse(Checkpoint(ORIGIN, 0, EMPTY_ROOT).text).size == 0


_ROOT = TEXT.split("\n")[2]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        f"{ORIGIN}\n5\n",
        f"{ORIGIN}\n5\n{_ROOT}",
        f"\n5\n{_ROOT}\n",
        f"{ORIGIN}\n\n{_ROOT}\n",
        f"{ORIGIN}\n5\n{_ROOT}\n\n",
        f"{ORIGIN}\n5\n{_ROOT}\n\nextension\n",
        f"{ORIGIN}\n05\n{_ROOT}\n",
        f"{ORIGIN}\n+5\n{_ROOT}\n",
        f"{ORIGIN}\n-5\n{_ROOT}\n",
        f"{ORIGIN}\n 5\n{_ROOT}\n",
        f"{ORIGIN}\n5_0\n{_ROOT}\n",
        f"{ORIGIN}\n\u0665\n{_ROOT}\n",
        f"{ORIGIN}\n{2**63}\n{_ROOT}\n",
        f"{ORIGIN}\n{'9' * 5_000}\n{_ROOT}\n",
        f"{ORIGIN}\n5\n{_ROOT[:-4]}\n",
        f"{ORIGIN}\n5\n{_ROOT} \n",
        f"{ORIGIN}\n5\n{_ROOT[:-2]}J=\n",
        f"{ORIGIN}\n5\n{CHECKPOINT.root.hex()}\n",
    ],
    ids=range(20),
)
def test_what_isnt_a_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(CheckpointMalformed):
        Checkpoint.parse(text)


def test_a_signed_checkpoint_says_who_signed_it() -> None:
    ours, theirs = sign(TEXT, ORIGIN, KEY), cosign(TEXT, WITNESS.name, OTHER, at=1)
    signed = open_checkpoint(signed_note(TEXT, [ours, theirs]), [LOG], witnesses=[WITNESS])
    assert signed.checkpoint == CHECKPOINT
    assert signed.signed_by == {LOG: ours, WITNESS: theirs}


def test_a_witness_alone_vouches_for_no_checkpoint() -> None:
    note = signed_note(TEXT, [cosign(TEXT, WITNESS.name, OTHER, at=1)])
    with pytest.raises(NoteUnverified):
        open_checkpoint(note, [LOG], witnesses=[WITNESS])


def test_a_wrong_cosignature_of_a_known_witness_refuses_the_checkpoint() -> None:
    wrong = cosign(TEXT, WITNESS.name, KEY, at=1)._replace(key_id=WITNESS.key_id)
    note = signed_note(TEXT, [sign(TEXT, ORIGIN, KEY), wrong])
    assert list(open_checkpoint(note, [LOG]).signed_by) == [LOG]
    with pytest.raises(NoteUnverified):
        open_checkpoint(note, [LOG], witnesses=[WITNESS])


@pytest.mark.parametrize(
    "key",
    [
        VerifierKey("ledger.example/other", 1, KEY.public),
        VerifierKey(ORIGIN, 1, OTHER.public),
        VerifierKey(ORIGIN, COSIGNATURE, KEY.public),
    ],
    ids=["another name than the origin", "another key", "a witness's key"],
)
def test_only_keys_of_the_origin_open_a_checkpoint(key: VerifierKey) -> None:
    signatures = [sign(TEXT, key.name, KEY), cosign(TEXT, key.name, KEY, at=1)]
    if key.public == KEY.public:
        assert any(key.verifies(signature, TEXT) for signature in signatures)
    with pytest.raises(NoteUnverified):
        open_checkpoint(signed_note(TEXT, signatures), [key])


def test_refusals_come_in_order() -> None:
    signature = sign("x\n", ORIGIN, KEY)
    with pytest.raises(NoteMalformed):
        open_checkpoint(b"x\n", [])
    with pytest.raises(NoteUnverified):
        open_checkpoint(signed_note("x\n", [signature]), [LOG])
    text = f"{ORIGIN}\nnot a size\n"
    with pytest.raises(CheckpointMalformed):
        open_checkpoint(signed_note(text, [sign(text, ORIGIN, KEY)]), [LOG])

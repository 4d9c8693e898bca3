"""Signed notes against C2SP signed-note and tlog-cosignature, and against what Go's own library accepts and refuses."""

import json
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.note import (
    COSIGNATURE,
    NOTE_BYTES_MAX,
    SIGNATURES_MAX,
    KeyMalformed,
    Note,
    NoteMalformed,
    NoteUnverified,
    PrivateKey,
    Signature,
    VerifierKey,
    cosign,
    cosigned_at,
    cosigned_message,
    sign,
    signature_of,
    signed_note,
)

KEY, OTHER = PrivateKey(b"k" * 32), PrivateKey(b"o" * 32)
LOG = VerifierKey("log.example/main", 1, KEY.public)
WITNESS = VerifierKey("bank.example/w", COSIGNATURE, OTHER.public)
TEXT = "log.example/main\n1\nAAAA\n"

_TEXT_BODY = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n"), max_size=60)
texts = _TEXT_BODY.map(lambda text: text + "\n")
names = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"], exclude_characters="+"), min_size=1)


@pytest.fixture
def published(shared_data: Path) -> dict[str, Any]:
    vectors: dict[str, Any] = json.loads((shared_data / "proofs" / "signed_note.json").read_bytes())
    return vectors


# Published vectors: golang.org/x/mod/sumdb/note and transparency-dev/formats.


def test_signing_gives_the_published_note(published: dict[str, Any]) -> None:
    name, key = PrivateKey.parse(published["signer"])
    text = published["sign_text"]
    assert signed_note(text, [sign(text, name, key)]).decode() == published["sign_expect"]
    assert key.written(name) == published["signer"]


def test_published_bad_keys_are_refused(published: dict[str, Any]) -> None:
    for key in published["bad_vkeys"]:
        with pytest.raises(KeyMalformed):
            VerifierKey.parse(key)


def opened(case: dict[str, Any]) -> tuple[int, int] | None:
    """Return how many signatures were verified and how many passed over, or nothing where the note is refused."""
    note = case["note"].encode() if "note" in case else b64decode(case["note_base64"])
    try:
        parsed = Note.parse(note)
        verified = parsed.verified_by(map(VerifierKey.parse, case["verifiers"]))
    except (NoteMalformed, NoteUnverified):
        return None
    different = {(each.name, each.key_id, each.signed) for each in parsed.signatures}
    return len(verified), len(different) - len(verified)


def test_every_published_note_is_opened_or_refused_as_published(published: dict[str, Any]) -> None:
    cases = published["cases"]
    expected = {each["name"]: (each["verified"], each["unverified"]) if each["ok"] else None for each in cases}
    assert {each["name"]: opened(each) for each in cases} == expected
    assert len(cases) == 17


# Examples of the specifications.

QUASIMODO = (
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n"
    "\n— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaq"
    "P3ZekRwNtIc=\n"
)
"""C2SP signed-note."""

SOFA = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE"
    "+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe"
    "+mbIUBkBIfZ+qnA==\n"
)
"""C2SP tlog-cosignature."""


def test_text_may_have_empty_lines() -> None:
    note = Note.parse(QUASIMODO.encode())
    assert note.text.endswith("sole:\n\ned è subito sera.\n")
    assert [each.name for each in note.signatures] == ["quasimodo.example/salvatore"]
    assert bytes(note) == QUASIMODO.encode()


def test_a_cosignature_says_when_and_what_was_signed() -> None:
    note = Note.parse(SOFA.encode())
    log, witness = note.signatures
    assert (len(log.signed), len(witness.signed)) == (64, 72)
    assert cosigned_at(witness) == 1_679_315_147
    assert cosigned_message(note.text, cosigned_at(witness)).decode() == (
        "cosignature/v1\ntime 1679315147\n"
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    )


# Laws.


@given(texts, names)
def test_a_signed_text_opens_to_itself(text: str, name: str) -> None:
    key = VerifierKey(name, 1, KEY.public)
    note = Note.parse(signed_note(text, [sign(text, name, KEY)]))
    assert note.text == text
    assert list(note.verified_by([key])) == [key]


@given(names, st.sampled_from([1, COSIGNATURE]))
def test_keys_round_trip(name: str, algorithm: int) -> None:
    key = VerifierKey(name, algorithm, KEY.public)
    assert VerifierKey.parse(str(key)) == key
    again, private = PrivateKey.parse(KEY.written(name, algorithm))
    assert (again, private.public) == (name, KEY.public)


@given(st.integers(0, 8 * len(TEXT) - 1))
def test_a_changed_bit_of_the_text_is_refused(bit: int) -> None:
    note = bytearray(signed_note(TEXT, [sign(TEXT, LOG.name, KEY), cosign(TEXT, WITNESS.name, OTHER, at=1)]))
    note[bit // 8] ^= 1 << bit % 8
    for key in (LOG, WITNESS):
        assert is_refused(bytes(note), key)


@given(st.integers(0, 8 * 72 - 1))
def test_a_changed_bit_of_a_signature_or_of_its_time_is_refused(bit: int) -> None:
    for key, signature in ((LOG, sign(TEXT, LOG.name, KEY)), (WITNESS, cosign(TEXT, WITNESS.name, OTHER, at=7))):
        signed = bytearray(signature.signed)
        signed[bit // 8 % len(signed)] ^= 1 << bit % 8
        assert is_refused(signed_note(TEXT, [signature._replace(signed=bytes(signed))]), key)


def is_refused(note: bytes, key: VerifierKey) -> bool:
    try:
        Note.parse(note).verified_by([key])
    except (NoteMalformed, NoteUnverified):
        return True
    return False


@given(st.integers(0, 2**63 - 1))
def test_a_cosignature_tells_its_time(at: int) -> None:
    signature = cosign(TEXT, WITNESS.name, OTHER, at=at)
    assert cosigned_at(signature) == at
    assert WITNESS.verifies(signature, TEXT)


# Refusals.


def test_a_cosignature_later_than_a_time_can_be_is_refused() -> None:
    """C2SP tlog-cosignature: a timestamp must not exceed 2**63 - 1."""
    assert not WITNESS.verifies(cosign(TEXT, WITNESS.name, OTHER, at=2**63), TEXT)


def test_a_text_signed_outright_is_no_cosignature_nor_the_other_way_round() -> None:
    plain, timed = sign(TEXT, "both.example", KEY), cosign(TEXT, "both.example", KEY, at=1)
    log, witness = (VerifierKey("both.example", algorithm, KEY.public) for algorithm in (1, COSIGNATURE))
    assert (log.verifies(plain, TEXT), witness.verifies(timed, TEXT)) == (True, True)
    assert not log.made(timed)
    assert not witness.made(plain)
    assert not witness.verifies(plain._replace(key_id=witness.key_id), TEXT)
    assert not log.verifies(timed._replace(key_id=log.key_id), TEXT)


def test_signatures_of_unknown_keys_are_passed_over_even_if_name_or_hash_are_known() -> None:
    same_name = sign(TEXT, LOG.name, OTHER)
    same_hash = Signature("somebody.else", LOG.key_id, b"?" * 64)
    note = Note.parse(signed_note(TEXT, [same_name, same_hash, sign(TEXT, LOG.name, KEY)]))
    assert list(note.verified_by([LOG])) == [LOG]
    with pytest.raises(NoteUnverified):
        Note.parse(signed_note(TEXT, [same_name, same_hash])).verified_by([LOG])


def test_one_wrong_signature_of_a_known_key_refuses_the_whole_note() -> None:
    wrong = cosign(TEXT + "x\n", WITNESS.name, OTHER, at=1)
    note = Note.parse(signed_note(TEXT, [sign(TEXT, LOG.name, KEY), wrong]))
    assert list(note.verified_by([LOG])) == [LOG]
    with pytest.raises(NoteUnverified):
        note.verified_by([LOG, WITNESS])


_LINE = sign(TEXT, LOG.name, KEY).line


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        "\n\n",
        TEXT,
        TEXT + "\n",
        TEXT + _LINE + "\n",
        f"{TEXT}\n{_LINE}",
        f"{TEXT}\n{_LINE}\n\n",
        f"{TEXT}\n{_LINE}\nmore\n",
        f"{TEXT}\n{_LINE.replace('— ', '- ')}\n",
        f"{TEXT}\n{_LINE.replace('— ', '—  ')}\n",
        f"{TEXT}\n{_LINE} \n",
        f"{TEXT}\n{_LINE.replace('log.', 'l+g.')}\n",
        f"{TEXT}\n{_LINE.replace('log.', 'l g.')}\n",
        f"{TEXT}\n{_LINE[:-1]}\n",
        f"{TEXT}\n— {LOG.name} AAAAAA==\n",
        f"{TEXT}\n— {LOG.name} AAAAAAB=\n",
        f"a\rb\n{TEXT}\n{_LINE}\n",
        f"a\x00b\n{TEXT}\n{_LINE}\n",
        f"a\tb\n{TEXT}\n{_LINE}\n",
        "x" * NOTE_BYTES_MAX + f"\n\n{_LINE}\n",
        f"{TEXT}\n" + f"{_LINE}\n" * (SIGNATURES_MAX + 1),
    ],
    ids=range(22),
)
def test_what_isnt_a_signed_note_is_refused(note: str) -> None:
    with pytest.raises(NoteMalformed):
        Note.parse(note.encode())


def test_as_many_signatures_as_any_verifier_takes_are_taken() -> None:
    note = Note.parse((f"{TEXT}\n" + f"{_LINE}\n" * SIGNATURES_MAX).encode())
    assert list(note.verified_by([LOG])) == [LOG]


@pytest.mark.parametrize("line", [_LINE + "\n", "\n" + _LINE, _LINE + " x", "— x AAAA\u2028A==", ""])
def test_what_isnt_one_signature_line_is_refused(line: str) -> None:
    with pytest.raises(NoteMalformed):
        signature_of(line)


_ENCODED = str(LOG).rpartition("+")[2]


@pytest.mark.parametrize(
    "key",
    [
        "",
        "log.example/main",
        f"+{LOG.key_id.hex()}+{_ENCODED}",
        f"a b+{VerifierKey('a b', 1, KEY.public).key_id.hex()}+{_ENCODED}",
        f"{LOG.name}+00000000+{_ENCODED}",
        f"{LOG.name}+{LOG.key_id.hex().upper()}+{_ENCODED}",
        f"{LOG.name}+{LOG.key_id.hex()[:7]}+{_ENCODED}",
        f"{LOG.name}+{LOG.key_id.hex()}+{_ENCODED[:-4]}",
        f"{LOG.name}+{LOG.key_id.hex()}+{_ENCODED}\n",
        f"{LOG.name}+{LOG.key_id.hex()}+{_ENCODED}+",
        str(VerifierKey(LOG.name, 2, KEY.public)),
        KEY.written(LOG.name),
    ],
    ids=range(12),
)
def test_what_isnt_a_verifier_key_is_refused(key: str) -> None:
    with pytest.raises(KeyMalformed):
        VerifierKey.parse(key)


@pytest.mark.parametrize(
    "damage", [lambda key: key[1:], lambda key: key + "A", lambda key: key.replace("+log", "+lag")]
)
def test_a_damaged_private_key_is_refused_without_being_shown(damage: Any) -> None:
    written = KEY.written(LOG.name)
    with pytest.raises(KeyMalformed) as refused:
        PrivateKey.parse(damage(written))
    assert b64encode(b"k" * 32).decode()[:8] not in str(refused.value)
    assert written.rpartition("+")[2] not in str(refused.value)


def test_a_verifier_key_is_no_private_key() -> None:
    with pytest.raises(KeyMalformed):
        PrivateKey.parse(str(LOG))


def test_the_public_key_is_ed25519s() -> None:
    assert KEY.public == Ed25519PrivateKey.from_private_bytes(b"k" * 32).public_key().public_bytes_raw()

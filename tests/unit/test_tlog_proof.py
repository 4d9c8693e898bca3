"""Proof files against C2SP tlog-proof."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.checkpoint import Checkpoint, open_checkpoint
from ledger.proof.merkle import NotInTree, ProofInvalid
from ledger.proof.note import PrivateKey, VerifierKey, sign, signed_note
from ledger.proof.tlog_proof import HEADER, ProofMalformed, TlogProof, hash_lines
from tests.naive_merkle import Naive, leaf_hashes

ORIGIN = "ledger.example/main"
KEY = PrivateKey(b"k" * 32)
LOG = VerifierKey(ORIGIN, 1, KEY.public)
SIZE = 11
NAIVE = Naive(leaf_hashes(SIZE))
TEXT = Checkpoint(ORIGIN, SIZE, NAIVE.root(0, SIZE)).text
NOTE = signed_note(TEXT, [sign(TEXT, ORIGIN, KEY)])

hashes = st.binary(min_size=32, max_size=32)


def proof_of(index: int) -> TlogProof:
    return TlogProof(index, tuple(NAIVE.path(index, 0, SIZE)), NOTE)


@given(st.integers(0, 2**63 - 1), st.lists(hashes, max_size=63), st.binary(max_size=99), st.binary(max_size=99))
def test_a_proof_file_round_trips(index: int, path: list[bytes], checkpoint: bytes, extra: bytes) -> None:
    proof = TlogProof(index, tuple(path), checkpoint, extra)
    assert TlogProof.parse(bytes(proof)) == proof


def test_a_proof_file_looks_as_specified() -> None:
    proof = proof_of(10)
    assert bytes(proof).decode() == "\n".join(
        [HEADER, "index 10", *hash_lines(NAIVE.path(10, 0, SIZE)), "", NOTE.decode()]
    )
    assert bytes(proof._replace(extra=b"?")).decode().split("\n")[1:3] == ["extra Pw==", "index 10"]


@pytest.mark.parametrize("index", range(SIZE))
def test_a_proof_file_proves_its_leaf_and_no_other(index: int) -> None:
    proof = TlogProof.parse(bytes(proof_of(index)))
    signed = open_checkpoint(proof.checkpoint, [LOG])
    proof.check(NAIVE.leaves[index], signed)
    with pytest.raises(ProofInvalid):
        proof.check(NAIVE.leaves[index - 1], signed)
    with pytest.raises(ProofInvalid):
        proof._replace(leaf_index=(index + 1) % SIZE).check(NAIVE.leaves[index], signed)
    with pytest.raises(NotInTree):
        proof._replace(leaf_index=SIZE).check(NAIVE.leaves[index], signed)


_HASH = "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ="
"""Of the specification's example."""


@pytest.mark.parametrize(
    "proof",
    [
        "",
        HEADER,
        f"{HEADER}\nindex 1\n{_HASH}\n",
        f"{HEADER}\n\nnote",
        f"{HEADER}\nindex\n\nnote",
        f"{HEADER}\nindex 01\n\nnote",
        f"{HEADER}\nindex -1\n\nnote",
        f"{HEADER}\nindex {2**63}\n\nnote",
        f"{HEADER}\nindex {'9' * 5_000}\n\nnote",
        f"{HEADER}\nindex \u0661\n\nnote",
        f"{HEADER}\nindex 1\nextra Pw==\n\nnote",
        f"{HEADER}\nextra Pw==\nextra Pw==\nindex 1\n\nnote",
        f"{HEADER}\nextra Pw\nindex 1\n\nnote",
        f"{HEADER}\nextra Pw==\n\nnote",
        f"{HEADER}\nindex 1\n{_HASH[:-4]}\n\nnote",
        f"{HEADER}\nindex 1\n {_HASH}\n\nnote",
        f"{HEADER}\nindex 1\r\n{_HASH}\n\nnote",
        f"{HEADER}\nindex 1\n" + f"{_HASH}\n" * 64 + "\nnote",
        f"c2sp.org/tlog-proof@v2\nindex 1\n{_HASH}\n\nnote",
        f" {HEADER}\nindex 1\n{_HASH}\n\nnote",
    ],
    ids=range(20),
)
def test_what_isnt_a_proof_file_is_refused(proof: str) -> None:
    with pytest.raises(ProofMalformed):
        TlogProof.parse(proof.encode())

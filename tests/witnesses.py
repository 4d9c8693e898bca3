"""Logs for tests of witnesses: signed by a key at hand, hashed naively, and so that a second history is easily made."""

from collections.abc import Sequence

from ledger.proof.checkpoint import Checkpoint
from ledger.proof.note import ED25519, PrivateKey, VerifierKey, sign, signed_note
from tests.naive_merkle import Naive, leaf_hashes

ORIGIN = "ledger.example/main"


class SignedLog:
    """A log of a hundred leaves, any size of which can be signed; from leaf `forked_at` on it is another history."""

    def __init__(self, *, seed: bytes = b"l" * 32, origin: str = ORIGIN, forked_at: int = 100) -> None:
        self.origin = origin
        self.signer = PrivateKey(seed)
        self.key = VerifierKey(origin, ED25519, self.signer.public)
        self.tree = Naive([*leaf_hashes(forked_at), *leaf_hashes(200)[100 + forked_at :]])

    def checkpoint(self, size: int) -> bytes:
        """Return the signed note of a size."""
        text = Checkpoint(self.origin, size, self.tree.root(0, size)).text
        return signed_note(text, [sign(text, self.origin, self.signer)])

    def proof(self, old: int, size: int) -> Sequence[bytes]:
        """Return the honest proof from one size to another."""
        return self.tree.proof(old, size) if old else []

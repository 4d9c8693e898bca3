"""Proofs of a log of 10,000,000 events, as they are taken from the database."""

import random
from datetime import UTC, datetime
from functools import cache
from time import perf_counter
from typing import NamedTuple

from api.composition import connected
from ledger.proof.checkpoint import Checkpoint, open_checkpoint
from ledger.proof.kept_log import DatabaseTiles, KeptCheckpoint
from ledger.proof.merkle import check_consistency
from ledger.proof.note import ED25519, PrivateKey, VerifierKey, sign, signed_note
from ledger.proof.proofs import consistency_proof, inclusion_proof
from ledger.proof.signing import extend_tree
from ledger.proof.tiles import Tree
from ledger.transparency import leaf_hash
from tests.bench.ground import Ground
from tests.bench.measurement import Measurement, compared, say

LENGTH = 10
"""The log is so many times as long as the run's long log."""
PAGE_EVENTS = 500_000
PROOFS = 2_000
TARGET_MS = 10.0
BOOK = "proofs"
ORIGIN = "ledger.example/proofs"
SIGNER = PrivateKey(b"\x01" * 32)
KEY = VerifierKey(ORIGIN, ED25519, SIGNER.public)

_EVENTS = """
    INSERT INTO ledger.events (book, position, originator_id, version, topic, state, leaf_hash)
    SELECT %s, n, 'hold:PO-' || n, 1, 'hold.payment_received', ''::bytea, sha256('\\x00'::bytea || int8send(n))
    FROM generate_series(%s::int8, %s::int8) AS n
"""


class _Log(NamedTuple):
    """A log in a database, and the checkpoint of all of it."""

    dsn: str
    kept: KeptCheckpoint


def proof_of_inclusion(ground: Ground) -> Measurement:
    """Measure the p99 of milliseconds for the proof of a random event, each of which is checked."""
    dsn, kept = _made_up(ground)
    dice = random.Random(BOOK)  # noqa: S311 - the same events in every run
    signed = open_checkpoint(kept.note, [KEY])
    with connected(dsn) as house, house.pool.connection() as connection:
        connection.autocommit = True
        taken = []
        for position in dice.choices(range(1, kept.checkpoint.size + 1), k=PROOFS):
            started = perf_counter()
            proof = inclusion_proof(connection, BOOK, position, kept)
            taken.append(perf_counter() - started)
            proof.check(leaf_hash(position.to_bytes(8, "big")), signed)
    return _told("proof_of_inclusion", taken)


def proof_of_consistency(ground: Ground) -> Measurement:
    """Measure the same for the proof that the log goes on where it once ended, at a random size."""
    dsn, kept = _made_up(ground)
    new = kept.checkpoint
    dice = random.Random(ORIGIN)  # noqa: S311 - the same sizes in every run
    with connected(dsn) as house, house.pool.connection() as connection:
        connection.autocommit = True
        tree = Tree(DatabaseTiles(connection, BOOK), new.size)
        taken = []
        for old in dice.choices(range(1, new.size + 1), k=PROOFS):
            started = perf_counter()
            proof = consistency_proof(connection, BOOK, old, new.size)
            taken.append(perf_counter() - started)
            check_consistency(old=old, old_root=tree.root_at(old), new=new.size, new_root=new.root, proof=proof)
    return _told("proof_of_consistency", taken)


def _told(name: str, seconds: list[float]) -> Measurement:
    milliseconds = sorted(1_000 * each for each in seconds)
    p50, p99, longest = (milliseconds[PROOFS * part // 1_000] for part in (500, 990, 999))
    say(f"{name}: p50 {p50:.2f}, p99 {p99:.2f}, p99.9 {longest:.2f} ms of {PROOFS:,} proofs")
    return compared(name, p99, unit="ms, p99", baseline="what was asked for", baseline_value=TARGET_MS)


@cache
def _made_up(ground: Ground) -> _Log:
    """Return a log whose leaf at position n is n in eight bytes."""
    dsn, size = ground.new_database(), ground.events * LENGTH
    say(f"proofs: making up a log of {size:,} events")
    with connected(dsn) as house, house.pool.connection() as connection:
        connection.autocommit = True
        connection.execute("SET statement_timeout = 0")
        for first in range(1, size + 1, PAGE_EVENTS):
            connection.execute(_EVENTS, (BOOK, first, min(first + PAGE_EVENTS - 1, size)))
        started = perf_counter()
        with connection.transaction():
            extend_tree(connection, BOOK, size)
        say(f"proofs: kept the hashes of its tree at {size / (perf_counter() - started):,.0f} events/s")
        connection.execute("VACUUM ANALYZE")
        return _Log(dsn, _signed(Checkpoint(ORIGIN, size, Tree(DatabaseTiles(connection, BOOK), size).root())))


def _signed(checkpoint: Checkpoint) -> KeptCheckpoint:
    note = signed_note(checkpoint.text, [sign(checkpoint.text, ORIGIN, SIGNER)])
    return KeptCheckpoint(checkpoint, str(KEY), note, datetime(2026, 11, 22, tzinfo=UTC))

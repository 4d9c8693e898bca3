"""
Verification of a published log, beside reading its bytes and hashing each event in one loop.

That log is made up: leaves as long as real ones, in bundles, with all tiles. Beside it, the audit of a real one.
"""

import hashlib
import random
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from api.composition import connected, new_seed
from api.exchange.published_log import publish
from api.offline.audit import Trust, audit_offline
from api.offline.claims import Claims
from api.offline.published_rows import check_published
from ledger.pool import Connection
from ledger.proof.kept_log import origin_of
from ledger.proof.keyring import Keys, KnownKey
from ledger.proof.note import VerifierKey
from ledger.proof.tiles import TILE_WIDTH, entries_of, leaves_in
from ledger.transparency import HASH_BYTES, leaf_bytes
from ledger.verification import verify_log
from projections.projection import take_time
from tests.bench.ground import BOOK, Ground
from tests.bench.long_log import long_log
from tests.bench.measurement import Measurement, Turn, beside, say, timed, told
from tests.published_logs import publish_bundles

TURNS = 5
AUDITS = 3
STATE_BYTES = (450, 850)
BASELINE = "each event read and hashed, one loop"


def log_verification(ground: Ground) -> Measurement:
    """Measure events a second from the files to the root of a checkpoint, every tile compared."""
    name = "log_verification"
    with TemporaryDirectory(prefix="bench-published-") as folder:
        say(f"{name}: making up a published log of {ground.events:,} events")
        bundles = (_leaves(entries.number, ground.events) for entries in entries_of(ground.events))
        checkpoint = publish_bundles(Path(folder), "ledger.example/made-up", bundles)
        files = [Path(folder) / entries.path for entries in entries_of(checkpoint.size)]

        def verify() -> int:
            check_published(Path(folder), Claims([checkpoint]))
            return checkpoint.size

        turns = [told(name, Turn(timed(verify), timed(lambda: _read_and_hash(files)))) for _ in range(TURNS)]
        whole = timed(lambda: sum(map(_hash_whole, files)))
        say(f"{name}: bundles hashed as wholes, with no event in sight: {whole.rate * TILE_WIDTH:,.0f}/s")
    return beside(name, turns, unit="events/s", baseline=BASELINE)


def offline_audit(ground: Ground) -> Measurement:
    """Measure events a second of a whole audit of the long log's files: proof, replay, books."""
    name, log = "offline_audit", long_log(ground)
    with (
        TemporaryDirectory(prefix="bench-published-") as folder,
        connected(log.dsn, keys=Keys(Path(folder) / "keys")) as house,
        house.pool.connection() as connection,
    ):
        book = house.book(BOOK)
        key = book.keyring.make_key(origin_of(connection, BOOK) or "", new_seed())
        book.signer.sign_head()
        published = Path(folder) / "log"
        written = timed(lambda: publish(book, published).size)
        say(f"{name}: published at {written.rate:,.0f} events/s")
        turns = [
            told(name, Turn(timed(lambda: _audit(published, key)), timed(lambda: _verify(connection))))
            for _ in range(AUDITS)
        ]
    return beside(name, turns, unit="events/s", baseline="replay from the database, without books")


def _audit(published: Path, key: VerifierKey) -> int:
    report = audit_offline(published, [(published / "checkpoint").read_bytes()], Trust([KnownKey(key=str(key))]))
    assert report.ok, report.first_difference
    return report.size


def _verify(connection: Connection) -> int:
    take_time(connection)
    report = verify_log(connection, BOOK)
    assert not report.fault
    connection.commit()
    return report.size


def _read_and_hash(files: Sequence[Path]) -> int:
    hashed = 0
    for file in files:
        for leaf in leaves_in(file.read_bytes()):
            hashlib.sha256(leaf).digest()
            hashed += 1
    return hashed


def _hash_whole(file: Path) -> int:
    return len(hashlib.sha256(file.read_bytes()).digest()) // HASH_BYTES


def _leaves(number: int, size: int) -> list[bytes]:
    """Return the leaves of bundle `number`, the same in every run."""
    dice = random.Random(number)  # noqa: S311 - nothing secret
    first = number * TILE_WIDTH + 1
    return [
        leaf_bytes(
            position,
            f"hold:PO-{position // 18}",
            position % 18 + 1,
            "hold.payment_received",
            dice.randbytes(dice.randint(*STATE_BYTES)),
        )
        for position in range(first, min(first + TILE_WIDTH, size + 1))
    ]

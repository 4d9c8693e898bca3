"""The tamper matrix: whatever is changed of a book, in whatever way, is found by whom the matrix says."""

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from api.exchange.published_log import publish
from api.offline.audit import AuditReport, Trust, audit_offline
from api.packs.making import make_pack
from api.packs.verify_pack import Verification
from api.packs.writing import zipped
from api.verify import VerifyReport
from domain.errors import LedgerError
from ledger.pool import open_pool
from ledger.postgres import EmbeddedPostgres
from ledger.proof.kept_log import KeptCheckpoint
from ledger.proof.keyring import Keyring, Keys, KnownKey
from ledger.proof.note import VerifierKey
from ledger.proof.proofs import consistency_proof
from ledger.proof.signing import RestoredBehind
from ledger.proof.witness_state import WitnessState
from ledger.proof.witnessing import HistoryUnproven, OldSizeDiffers, Witness, WitnessRequest
from ledger.reads import Reader
from tests.independent.tlog.second_tlog import VerificationError, check
from tests.packs import members_of, trusting
from tests.tamper_matrix import ANEW, ANY, CONSTRAINT, KEYRING, LOG, NOBODY, TABLES, UNCHECKED, Row, names
from tests.tampered_book import LOG_KEY, NOW, ORIGIN, WITNESS, WITNESS_KEY, TamperedBook


class Published(NamedTuple):
    """A log as static files, as it is and as it was; and its last checkpoint, as somebody kept it."""

    folder: Path
    older: Path
    kept: KeptCheckpoint


@pytest.fixture(scope="module")
def tampered(
    postgres: EmbeddedPostgres, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TamperedBook]:
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE tampered TEMPLATE {template} STRATEGY FILE_COPY")
        with open_pool(postgres.dsn("tampered"), connections_max=4) as pool:
            yield TamperedBook(pool, tmp_path_factory.mktemp("keys"))
        connection.execute("DROP DATABASE tampered WITH (FORCE)")


def by(report: VerifyReport) -> str:
    """Return who found something, as the matrix has it."""
    assert not report.guards
    if report.first_difference is None:
        return UNCHECKED if report.proof and report.proof.unchecked else NOBODY
    return LOG if report.corrupt else names(str(report.first_difference["in"]))


def test_the_book_is_sound_and_in_every_table_there_is_something_to_change(tampered: TamperedBook) -> None:
    tampered.put_back()
    report = tampered.verify()
    assert report.ok
    assert report.proof
    assert (report.proof.checkpoints, report.proof.cosignatures, report.proof.time_tokens) == (2, 2, 2)
    assert report.proof.unchecked == ()
    assert tampered.empty_tables() == []


def test_every_column_of_every_table_stands_in_the_matrix(tampered: TamperedBook) -> None:
    in_matrix: dict[str, set[str]] = defaultdict(set)
    in_tables: dict[str, set[str]] = defaultdict(set)
    for column in tampered.columns():
        in_tables[column.table].add(column.name)
    for row in TABLES:
        table = row.what.partition(",")[0]
        in_matrix[table] |= in_tables[table] if row.columns == ANY else set(row.columns)
    assert in_matrix == in_tables


@pytest.mark.parametrize("row", TABLES, ids=lambda row: f"{row.what}: {row.how}"[:90])
def test_a_change_behind_the_ledgers_back_is_found_by_whom_the_matrix_says(tampered: TamperedBook, row: Row) -> None:
    table = row.what.partition(",")[0]
    columns = [each for each in tampered.columns() if each.table == table]
    changes = [each.change(row.where) for each in columns if row.columns == ANY or each.name in row.columns]
    assert len(changes) == (len(columns) if row.columns == ANY else len(row.columns))
    found = {change: found_by(tampered, change) for change in row.statements}
    if row.columns == ANY and row.what.startswith("projections."):
        found |= zip(changes, map(names, tampered.differences_after(changes)), strict=True)
    else:
        found |= {change: found_by(tampered, change) for change in changes}
    assert found == dict.fromkeys(found, row.by)


def found_by(tampered: TamperedBook, change: str) -> str:
    try:
        report = tampered.found_after(change)
    except psycopg.errors.CheckViolation:
        return CONSTRAINT
    if "projections.positions" in change and report.ok:
        return ANEW
    return by(report)


# Whole histories.


@pytest.fixture
def signed(tampered: TamperedBook) -> KeptCheckpoint:
    """Have the book as it should be; return its last checkpoint, as somebody kept it."""
    tampered.put_back()
    return tampered.sign()


@pytest.fixture
def forger(tmp_path: Path) -> Keyring:
    """Return the keyring of somebody who has the log's private key, and remembers nothing."""
    return Keys(tmp_path / "forger").of("main")


@pytest.fixture
def witness(signed: KeptCheckpoint, tmp_path: Path) -> Iterator[Witness]:
    """Return a witness that cosigned the book's last checkpoint."""
    with WitnessState.held(tmp_path / "witness") as state:
        key = VerifierKey.parse(signed.key)
        witness = Witness(WITNESS_KEY.name, WITNESS, [key], state)
        witness.add_checkpoint(bytes(WitnessRequest(0, (), signed.note)), NOW)
        yield witness


def test_a_database_put_back_to_an_older_state_is_found_and_signed_no_more(
    tampered: TamperedBook, signed: KeptCheckpoint
) -> None:
    tampered.put_back("in_the_middle")
    report = tampered.verify()
    assert (report.ok, report.behind, report.corrupt) == (False, True, False)
    assert by(report) == KEYRING
    with pytest.raises(RestoredBehind) as behind:
        tampered.sign()
    assert behind.value.signed_size == signed.checkpoint.size


def test_a_database_put_back_with_what_the_signer_remembers_is_found_by_whoever_kept_a_checkpoint(
    tampered: TamperedBook, signed: KeptCheckpoint, witness: Witness, forger: Keyring, tmp_path: Path
) -> None:
    tampered.put_back("in_the_middle")
    forger.make_key(ORIGIN, LOG_KEY)
    older = tampered.sign(forger)
    assert by(tampered.verify(forger)) == NOBODY
    with pytest.raises(OldSizeDiffers):
        witness.add_checkpoint(bytes(WitnessRequest(0, (), older.note)), NOW)
    assert not audited(tampered, signed, tmp_path).ok


@pytest.mark.parametrize("trades", [1, 12], ids=["shorter", "longer"])
def test_a_history_written_anew_and_signed_with_the_key_is_found_by_what_the_signer_remembers(
    tampered: TamperedBook, signed: KeptCheckpoint, forger: Keyring, trades: int
) -> None:
    forged = tampered.rewrite(forger, trades=trades)
    assert (forged.checkpoint.size > signed.checkpoint.size) == (trades > 1)
    report = tampered.verify()
    assert not report.ok
    assert by(report) == (LOG if trades > 1 else KEYRING)
    with pytest.raises(RestoredBehind):
        tampered.sign()


def test_a_history_written_anew_with_what_the_signer_remembers_is_found_by_whoever_kept_a_checkpoint(
    tampered: TamperedBook, signed: KeptCheckpoint, witness: Witness, forger: Keyring, tmp_path: Path
) -> None:
    forged = tampered.rewrite(forger, trades=12)
    assert by(tampered.verify(forger)) == NOBODY
    old, new = signed.checkpoint.size, forged.checkpoint.size
    with tampered.pool.connection() as connection:
        proof = consistency_proof(connection, "main", old, new)
    with pytest.raises(HistoryUnproven):
        witness.add_checkpoint(bytes(WitnessRequest(old, proof, forged.note)), NOW)
    assert not audited(tampered, signed, tmp_path).ok
    assert audited(tampered, forged, tmp_path).ok


def audited(tampered: TamperedBook, kept: KeptCheckpoint, folder: Path) -> AuditReport:
    """Return what an audit of the log, as published now, finds under a checkpoint that somebody kept."""
    publish(tampered.opened, folder / "published")
    return audit_offline(folder / "published", [kept.note], Trust([KnownKey(key=kept.key)]))


NOUGHT = "0" * 64


@pytest.mark.parametrize(
    ("file", "content", "found"),
    [
        ("signed.json", b"", KEYRING),
        ("signed.json", b'{"ledger.example/main": {"size": 9, "root": "%s"}}' % NOUGHT.encode(), LOG),
        ("signed.json", b'{"ledger.example/main": {"size": 90000, "root": "%s"}}' % NOUGHT.encode(), KEYRING),
        ("signed.json", None, NOBODY),
        ("keys.json", b"", KEYRING),
        ("keys.json", b'[{"key": "ledger.example/main+00000000+AAAA"}]', names("checkpoints")),
        ("keys.json", b"[]", UNCHECKED),
        ("keys.json", None, UNCHECKED),
    ],
)
def test_a_changed_keyring_is_found(
    tampered: TamperedBook, tmp_path: Path, file: str, content: bytes | None, found: str
) -> None:
    shutil.copytree(tampered.keys.folder, tmp_path / "keys")
    tampered.put_back()
    changed = tmp_path / "keys" / "main" / file
    changed.unlink()
    if content is not None:
        changed.write_bytes(content)
    assert by(tampered.verify(Keys(tmp_path / "keys").of("main"))) == found


# Static files.


@pytest.fixture(scope="module")
def published(tampered: TamperedBook, tmp_path_factory: pytest.TempPathFactory) -> Published:
    """Return the book's log as static files, now and as it was in the middle."""
    folder = tmp_path_factory.mktemp("published")
    tampered.put_back("in_the_middle")
    publish(tampered.opened, folder / "older")
    tampered.put_back()
    publish(tampered.opened, folder / "log")
    kept = tampered.sign()
    return Published(folder / "log", folder / "older", kept)


def changed_files(folder: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield every way in which a file of a published log is changed, and what does it."""
    paths = sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
    for path in paths:
        file = folder / path
        content = file.read_bytes()
        middle = len(content) // 2
        yield f"{path} changed", partial(file.write_bytes, flipped(content, middle))
        yield f"{path} deleted", file.unlink
        yield f"{path} cut short", partial(file.write_bytes, content[:-33])
        yield f"{path} made longer", partial(file.write_bytes, content + content[:64])
        yield f"{path} emptied", partial(file.write_bytes, b"")
        if len(content) > 32:
            yield f"{path} reordered", partial(file.write_bytes, content[32:64] + content[:32] + content[64:])
        other = next((each for each in paths if each != path and Path(each).parent == Path(path).parent), path)
        if other != path:
            yield f"{other} in place of {path}", partial(file.write_bytes, (folder / other).read_bytes())


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def test_a_changed_file_of_a_published_log_is_refused(published: Published, tmp_path: Path) -> None:
    ways = [way for way, _ in changed_files(published.folder) if not is_hash_tile_deleted(way)]
    assert len(ways) > 25
    assert refused(published.folder, published.kept) == (False, False)
    for way in ways:
        assert refused_after(way, published, tmp_path) == (True, True), way


def test_a_deleted_hash_tile_of_a_published_log_is_missed_by_others_and_taken_again_by_us(
    published: Published, tmp_path: Path
) -> None:
    ways = list(filter(is_hash_tile_deleted, dict(changed_files(published.folder))))
    assert len(ways) > 2
    for way in ways:
        assert refused_after(way, published, tmp_path) == (False, True), way


def is_hash_tile_deleted(way: str) -> bool:
    return way.startswith("tile/") and not way.startswith("tile/entries") and way.endswith("deleted")


def refused_after(way: str, published: Published, tmp_path: Path) -> tuple[bool, bool]:
    folder = tmp_path / way.replace("/", " ")
    shutil.copytree(published.folder, folder)
    dict(changed_files(folder))[way]()
    return refused(folder, published.kept)


def test_an_older_published_log_in_place_of_a_newer_is_refused_by_a_checkpoint_that_was_kept(
    published: Published,
) -> None:
    assert refused(published.older, published.kept) == (True, False)


def refused(folder: Path, kept: KeptCheckpoint) -> tuple[bool, bool]:
    """Return whether our audit refuses a folder, by a checkpoint that was kept and by its own, and the other does."""
    try:
        notes = [kept.note, (folder / "checkpoint").read_bytes()]
        ours = not audit_offline(folder, notes, Trust([KnownKey(key=kept.key)])).ok
    except (LedgerError, OSError):
        ours = True
    try:
        check(folder, [kept.key], [])
    except (VerificationError, ValueError, OSError, IndexError):
        return ours, True
    return ours, False


# Packs.


@pytest.fixture(scope="module")
def pack(tampered: TamperedBook) -> bytes:
    """Return a pack about an order with a dispute."""
    tampered.put_back()
    return make_pack(tampered.opened, "PO-A", Reader("auditor:a", "auditor"), made_at=NOW).content


def test_a_changed_member_of_a_pack_is_never_verified(tampered: TamperedBook, pack: bytes) -> None:
    members = members_of(pack)
    one_of_each = {name.partition("/")[0]: name for name in members}
    assert len(one_of_each) > 12
    assert verified(tampered, members) == "verified"
    for one, other in pairwise([*one_of_each.values(), next(iter(members))]):
        content = members[one]
        for changed in (
            {one: flipped(content, len(content) // 2)},
            {one: content[:-1]},
            {one: content + b"\n"},
            {one: b""},
            {one: members[other], other: content},
        ):
            assert verified(tampered, members | changed) != "verified", (one, changed)
        without = {name: each for name, each in members.items() if name != one}
        assert verified(tampered, without) != "verified", one
    assert verified(tampered, members | {"invented": b""}) != "verified"


def verified(tampered: TamperedBook, members: Mapping[str, bytes]) -> str:
    """Return what the pack's verifier finds."""
    (key,) = tampered.opened.keyring.known_keys()
    return Verification(zipped(members), trusting(key.key)).state

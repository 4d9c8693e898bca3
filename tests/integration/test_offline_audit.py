"""Audits from files alone: what they find sound is what the database has, and nothing changed passes them."""

import hashlib
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import psycopg
import pyarrow.parquet as pq
import pytest
from psycopg_pool import ConnectionPool

from api.composition import OpenedBook
from api.exchange.jsonl_log import export_jsonl
from api.exchange.parquet_log import export_parquet
from api.exchange.published_log import publish
from api.offline.audit import AuditReport, LogKeyNeeded, Trust, audit_offline
from api.offline.log_files import LogFilesUnfit
from api.simulator import VirtualClock, opening, play, salts_from, simulate
from domain.references import kind_of
from ledger.application import TradeLedger
from ledger.pool import Connection, open_pool
from ledger.postgres import EmbeddedPostgres
from ledger.proof.checkpoint import Checkpoint, open_checkpoint
from ledger.proof.kept_log import origin_of
from ledger.proof.keyring import Keys, KnownKey
from ledger.proof.note import COSIGNATURE, Note, PrivateKey, VerifierKey, cosign, signed_note
from ledger.proof.policy import Policy
from ledger.proof.tiles import entries_of
from ledger.store import BookRecorder
from ledger.writer import Writer
from projections.balances import Balance, balances_at, trial_balance
from projections.journal import entries_between
from projections.moment import Moment
from projections.runner import Runner
from tests.books import LogRow, merkle_root, read_log
from tests.integration.test_simulator import ENDS_AT
from tests.published_logs import SIGNER, files_in, leaves_of, note_of, publish_leaves, verifier_key

BOOK = "main"
SEED = 7
WITNESS = PrivateKey(b"\x09" * 32)
WITNESS_KEY = VerifierKey("witness.example/bank", COSIGNATURE, WITNESS.public)
POLICY = Policy.parse(f"witness bank {WITNESS_KEY}\nquorum bank\n")


class World(NamedTuple):
    """A simulated book, and the files of it: its log as was handed over, a key, and a checkpoint that was kept."""

    pool: ConnectionPool[Connection]
    rows: list[LogRow]
    key: VerifierKey
    kept: bytes
    folder: Path

    @property
    def size(self) -> int:
        return len(self.rows)

    @property
    def checkpoint(self) -> bytes:
        """Return the checkpoint of all of it."""
        return (self.folder / "published" / "checkpoint").read_bytes()

    @property
    def trust(self) -> Trust:
        return Trust([KnownKey(key=str(self.key))])

    @property
    def origin(self) -> str:
        return self.key.name


@pytest.fixture(scope="module")
def world(postgres: EmbeddedPostgres, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE audited_offline TEMPLATE {template} STRATEGY FILE_COPY")
        with open_pool(postgres.dsn("audited_offline"), connections_max=4) as pool:
            yield _world(pool, tmp_path_factory.mktemp("audited"))
        connection.execute("DROP DATABASE audited_offline WITH (FORCE)")


def _world(pool: ConnectionPool[Connection], folder: Path) -> World:
    writer = Writer(TradeLedger(BookRecorder(pool, BOOK), clock=VirtualClock(ENDS_AT), salts=salts_from(SEED)))
    told = list(chain(opening(BOOK, seed=SEED, ends_at=ENDS_AT), simulate(trades=25, seed=SEED, ends_at=ENDS_AT)))
    play(told[:300], writer)
    opened = OpenedBook(pool, BOOK, Keys(folder / "keys"))
    with pool.connection() as connection:
        key = opened.keyring.make_key(origin_of(connection, BOOK) or "", b"\x07" * 32)
    kept = opened.signer.sign_head().note
    play(told[300:], writer)
    writer.close()
    opened.signer.sign_head()
    publish(opened, folder / "published")
    rows = read_log(pool)
    Runner(pool, BOOK).catch_up()
    with pool.connection() as connection:
        export_jsonl(connection, BOOK, folder / "jsonl", up_to=len(rows))
        export_parquet(connection, BOOK, folder / "parquet", up_to=len(rows))
    return World(pool, rows, key, kept, folder)


def audited(world: World, folder: Path, *notes: bytes, **more: Any) -> AuditReport:
    return audit_offline(folder, notes or [world.checkpoint], more.pop("trust", world.trust), **more)


def position_of(report: AuditReport) -> int:
    """Return where a log was found broken."""
    assert report.first_difference, report
    assert (report.ok, report.corrupt, report.first_difference["in"]) == (False, True, "log")
    return int(report.first_difference["position"])


def what_of(report: AuditReport) -> str:
    """Return what differs that isn't the log."""
    assert report.first_difference, report
    assert (report.ok, report.corrupt) == (False, False)
    return f"{report.first_difference['in']}: {report.first_difference['what']}"


@pytest.fixture
def copy(world: World, tmp_path: Path) -> Path:
    """Return a copy of the published log, to be changed."""
    return Path(shutil.copytree(world.folder / "published", tmp_path / "copy"))


# What is sound.


@pytest.mark.parametrize("form", ["published", "jsonl", "parquet"])
def test_books_from_files_are_those_of_the_database(world: World, form: str) -> None:
    with world.pool.connection() as connection:
        moment = Moment(position=world.size)
        balances = balances_at(connection, BOOK, moment)
        journal = entries_between(connection, BOOK, after=0, limit=world.size)
        totals = trial_balance(connection, BOOK, detail=True)
    report = audited(world, world.folder / form, world.kept, world.checkpoint, balances=balances)
    assert (report.ok, report.first_difference, report.form) == (True, None, form)
    assert (report.size, report.root) == (world.size, merkle_root([row.leaf_hash for row in world.rows]).hex())
    assert report.aggregates == Counter(kind_of(name) for name in {row.originator_id for row in world.rows})
    assert (report.entries, report.postings) == (len(journal), sum(len(each.postings) for each in journal))
    assert report.accounts == len(balances)
    for total in report.trial_balance:
        assert total.debit_minor == total.credit_minor
        assert total.debit_minor == sum(line.debit_minor for line in totals if line.currency == total.currency)


def test_an_older_checkpoint_proves_what_was_there_then_and_the_rest_is_said_to_be_unproven(world: World) -> None:
    size = open_checkpoint(world.kept, [world.key]).checkpoint.size
    with world.pool.connection() as connection:
        balances = balances_at(connection, BOOK, Moment(position=size))
    assert 256 < size < world.size - 256
    reports = [
        audited(world, world.folder / form, world.kept, balances=balances) for form in ("published", "jsonl", "parquet")
    ]
    assert all(report.ok for report in reports), reports
    assert {(report.size, report.unproven) for report in reports} == {(size, world.size - size)}
    assert len({(report.journal_sha256, report.balances_sha256) for report in reports}) == 1


def test_digests_are_those_of_the_lines_that_the_guide_tells(world: World) -> None:
    with world.pool.connection() as connection:
        journal = entries_between(connection, BOOK, after=0, limit=world.size)
        balances = balances_at(connection, BOOK, Moment(position=world.size))
    posted = "".join(
        f"{each.position} {each.posting_date} {line.account} {line.currency} {line.amount_minor}\n"
        for each in journal
        for line in each.postings
    )
    held = "".join(f"{each.account} {each.currency} {each.balance_minor}\n" for each in balances)
    report = audited(world, world.folder / "published")
    assert report.journal_sha256 == hashlib.sha256(posted.encode()).hexdigest()
    assert report.balances_sha256 == hashlib.sha256(held.encode()).hexdigest()


def test_missing_hash_tiles_are_no_fault_for_they_follow_from_the_events(world: World, copy: Path) -> None:
    for level in ("0", "1"):
        shutil.rmtree(copy / "tile" / level)
    assert audited(world, copy, replay=False).ok


# What was changed.


def test_any_changed_byte_of_any_file_is_found(world: World, copy: Path) -> None:
    dice = random.Random(SEED)  # noqa: S311 - the same changes in every run
    whole = files_in(copy)
    paths = [*whole, *dice.choices([path for path in whole if "entries" in path], k=60)]
    for path in paths:
        index = dice.randrange(len(whole[path]))
        changed = bytearray(whole[path])
        changed[index] ^= dice.randrange(1, 256)
        (copy / path).write_bytes(changed)
        report = audited(world, copy, (copy / "checkpoint").read_bytes(), replay=False)
        (copy / path).write_bytes(whole[path])
        assert not report.ok, (path, index)
        assert report.first_difference
        assert report.first_difference["in"] == ("checkpoint" if path == "checkpoint" else "log")
    assert audited(world, copy, replay=False).ok


def test_the_event_that_was_changed_is_named(world: World, copy: Path) -> None:
    dice = random.Random(SEED)  # noqa: S311 - the same changes in every run
    whole = files_in(copy)
    for row in dice.choices(world.rows, k=40):
        path = list(entries_of(world.size))[(row.position - 1) // 256].path
        changed = bytearray(whole[path])
        at = changed.index(row.state) + dice.randrange(len(row.state))
        changed[at] ^= dice.randrange(1, 256)
        (copy / path).write_bytes(changed)
        report = audited(world, copy, replay=False)
        (copy / path).write_bytes(whole[path])
        assert position_of(report) == row.position
        assert report.first_difference
        assert report.first_difference["originator_id"] == row.originator_id


def test_a_bundle_that_is_gone_cut_doubled_or_in_anothers_place_is_found(world: World, copy: Path) -> None:
    first, second = copy / "tile/entries/000", copy / "tile/entries/001"
    one, two = first.read_bytes(), second.read_bytes()
    for contents in ((None, two), (b"", two), (one[:-1], two), (one + two, two), (two, one), (one, one)):
        for file, content in zip((first, second), contents, strict=True):
            file.unlink() if content is None else file.write_bytes(content)
        assert position_of(audited(world, copy, replay=False)) <= 257, contents
    first.write_bytes(one)
    second.write_bytes(two)
    last = copy / list(entries_of(world.size))[-1].path
    last.unlink()
    assert position_of(audited(world, copy, replay=False)) == world.size - world.size % 256 + 1


def rewritten(world: World, folder: Path, position: int, *, signer: PrivateKey = SIGNER) -> bytes:
    """Publish the log with one salt changed, and all tiles and the checkpoint made anew; return that."""
    leaves = leaves_of(world.rows)
    row = world.rows[position - 1]
    salt = row.state.index(b'"salt":"') + len(b'"salt":"')
    other = b"B" if row.state[salt : salt + 1] == b"A" else b"A"
    leaves[position - 1 : position] = leaves_of([row._replace(state=row.state[:salt] + other + row.state[salt + 1 :])])
    return note_of(publish_leaves(folder, world.origin, leaves), signer)


def test_a_history_rewritten_throughout_is_found_by_the_signature_or_by_a_checkpoint_that_was_kept(
    world: World, tmp_path: Path
) -> None:
    changed = rewritten(world, tmp_path / "rewritten", 200)
    folder = tmp_path / "rewritten"
    assert position_of(audited(world, folder, world.checkpoint)) == 1
    assert what_of(audited(world, folder, rewritten(world, folder, 200, signer=WITNESS))).startswith("checkpoint: ")
    assert audited(world, folder, changed).ok, "with the key in hand the newest checkpoint alone tells nothing"
    assert position_of(audited(world, folder, world.kept, changed)) == 1


def test_what_came_before_a_good_checkpoint_is_cleared(world: World, tmp_path: Path) -> None:
    size = open_checkpoint(world.kept, [world.key]).checkpoint.size
    rewritten(world, tmp_path / "rewritten", size + 100)
    report = audited(world, tmp_path / "rewritten", world.kept, world.checkpoint)
    assert position_of(report) == size + 1
    assert report.first_difference
    assert f"after the first {size}, which are" in str(report.first_difference["what"])


@pytest.mark.parametrize("change", ["byte", "gone", "swapped", "cut", "no JSON", "another field"])
def test_a_changed_line_is_found(world: World, tmp_path: Path, change: str) -> None:
    lines = (world.folder / "jsonl" / "log.jsonl").read_bytes().splitlines(keepends=True)
    at = 300
    match change:
        case "byte":
            lines[at] = lines[at].replace(b'"salt":"', b'"salt":"A', 1)
        case "gone":
            del lines[at]
        case "swapped":
            lines[at : at + 2] = lines[at + 1], lines[at]
        case "cut":
            del lines[at:]
        case "no JSON":
            lines[at] = b"{\n"
        case _:
            lines[at] = b'{"also":1,' + lines[at][1:]
    (tmp_path / "log.jsonl").write_bytes(b"".join(lines))
    assert position_of(audited(world, tmp_path)) == at + 1


def test_a_changed_row_of_parquet_is_found(world: World, tmp_path: Path) -> None:
    (file,) = (world.folder / "parquet").rglob("*.parquet")
    table = pq.read_table(file, partitioning=None)
    pq.write_table(table.slice(1), tmp_path / file.name)
    assert position_of(audited(world, tmp_path)) == 1
    pq.write_table(table.drop_columns("topic"), tmp_path / file.name)
    with pytest.raises(LogFilesUnfit):
        audited(world, tmp_path)
    (tmp_path / file.name).write_bytes(file.read_bytes()[:-9])
    with pytest.raises(LogFilesUnfit):
        audited(world, tmp_path)


# What was signed, but isn't sound: nobody but a replay sees it.


def signed_nevertheless(world: World, folder: Path, rows: Sequence[LogRow]) -> AuditReport:
    checkpoint = publish_leaves(folder, world.origin, leaves_of(rows))
    return audited(world, folder, note_of(checkpoint))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda row: row._replace(version=row.version + 1), "follows on version"),
        (lambda row: row._replace(topic="hold.vanished"), "hold.vanished"),
        (lambda row: row._replace(state=row.state[:-1]), "truncated"),
        (lambda row: row._replace(position=row.position + 1), "missing; the next event is at 201"),
    ],
)
def test_an_operator_who_signs_what_cannot_be_is_found_out(
    world: World, tmp_path: Path, change: Callable[[LogRow], LogRow], what: str
) -> None:
    report = signed_nevertheless(world, tmp_path, [*world.rows[:199], change(world.rows[199]), *world.rows[200:]])
    assert (position_of(report), report.proven, report.replayed) == (200, True, False)
    assert report.first_difference
    assert what in str(report.first_difference["what"])


def test_bytes_that_are_no_event_are_found_though_signed(world: World, tmp_path: Path) -> None:
    checkpoint = publish_leaves(tmp_path, world.origin, [*leaves_of(world.rows[:10]), b"no event"])
    assert position_of(audited(world, tmp_path, note_of(checkpoint))) == 11


def test_a_log_signed_under_another_name_than_its_own_is_found(world: World, tmp_path: Path) -> None:
    publish_leaves(tmp_path, "ledger.example/other", leaves_of(world.rows))
    note = (tmp_path / "checkpoint").read_bytes()
    report = audited(world, tmp_path, note, trust=Trust([KnownKey(key=str(verifier_key("ledger.example/other")))]))
    assert what_of(report).startswith("checkpoint: signed as ledger.example/other, but the log calls itself")


# Whom to trust.


def test_a_checkpoint_that_no_key_given_has_signed_proves_nothing(world: World) -> None:
    published = world.folder / "published"
    stranger = note_of(Checkpoint.parse(Note.parse(world.checkpoint).text), WITNESS)
    for note in (stranger, b"no note", world.checkpoint.replace(b"\n", b"\n1", 1)):
        report = audited(world, published, note)
        assert what_of(report).startswith("checkpoint: ")
        assert (report.proven, report.size, report.balances_sha256) == (False, 0, "")


def test_without_a_key_nothing_is_said_at_all(world: World) -> None:
    with pytest.raises(LogKeyNeeded):
        audited(world, world.folder / "published", trust=Trust([], POLICY))


def test_a_key_that_was_retired_counts_up_to_its_last_size(world: World) -> None:
    size = open_checkpoint(world.kept, [world.key]).checkpoint.size
    retired = Trust([KnownKey(key=str(world.key), last_size=size)])
    published = world.folder / "published"
    assert audited(world, published, world.kept, trust=retired, replay=False).ok
    told = what_of(audited(world, published, world.kept, world.checkpoint, trust=retired))
    assert told == f"checkpoint: the key that signed {world.size} events was retired before"


def test_a_key_of_the_log_may_stand_in_the_policy(world: World) -> None:
    policy = Policy.parse(f"log {world.key}\nquorum none\n")
    assert audited(world, world.folder / "published", trust=Trust([], policy), replay=False).ok


def test_a_checkpoint_without_the_quorum_is_told_though_the_log_is_sound(world: World) -> None:
    report = audited(world, world.folder / "published", trust=world.trust._replace(policy=POLICY))
    assert what_of(report) == f"cosignatures: checkpoint {world.size}: cosigned by nobody: no quorum"
    assert (report.proven, report.replayed) == (True, True)
    note = Note.parse(world.checkpoint)
    cosigned = signed_note(
        note.text, [*note.signatures, cosign(note.text, WITNESS_KEY.name, WITNESS, at=1_800_000_000)]
    )
    report = audited(
        world, world.folder / "published", cosigned, trust=world.trust._replace(policy=POLICY), replay=False
    )
    assert report.ok
    assert [(each.cosigned_by, each.quorum) for each in report.checkpoints] == [(("bank",), True)]


# Balances that somebody gives.


def test_the_first_balance_that_differs_is_named(world: World) -> None:
    with world.pool.connection() as connection:
        balances = balances_at(connection, BOOK, Moment(position=world.size))
    one = balances[3]
    wrong = [*balances[:3], msgspec.structs.replace(one, balance_minor=one.balance_minor + 1), *balances[4:]]
    for given in (wrong, [*balances[:3], *balances[4:]]):
        report = audited(world, world.folder / "published", balances=given)
        assert what_of(report).startswith(f"balances: {one.account}/{one.currency}: given ")
    more = Balance("hold:PO-NONE", "USD", 0)
    report = audited(world, world.folder / "published", balances=[*balances, more])
    assert what_of(report) == "balances: hold:PO-NONE/USD: given 0, derived no such row"


# Folders.


def test_a_folder_without_events_is_refused(world: World, copy: Path, tmp_path: Path) -> None:
    shutil.rmtree(copy / "tile" / "entries")
    for folder in (copy, tmp_path / "nothing"):
        with pytest.raises(LogFilesUnfit):
            audited(world, folder)


def test_a_log_of_nothing_is_proven_by_the_checkpoint_of_nothing(world: World) -> None:
    empty = Checkpoint(world.origin, 0, merkle_root([]))
    report = audited(world, world.folder / "published", note_of(empty))
    assert (report.ok, report.size, report.unproven, report.accounts) == (True, 0, world.size, 0)
    wrong = note_of(empty._replace(root=world.rows[0].leaf_hash))
    assert position_of(audited(world, world.folder / "published", wrong)) == 1

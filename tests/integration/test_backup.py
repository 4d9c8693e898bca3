"""Backup: everything comes back as it was, whole or up to a point in time, or nothing does; and no fork gets signed."""

import gzip
import hashlib
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import psycopg
import pytest
from msgspec.structs import replace

from api.composition import connected
from api.proving import reopen_log
from api.verify import verify_book
from domain import commands
from domain.commands.disputes import NewClaim
from domain.errors import Forbidden, LogCorrupt
from ledger.backing_up import back_up
from ledger.backup import (
    LEFT_OUT,
    MANIFEST,
    TABLES,
    Backup,
    BackupDamaged,
    BackupForbidden,
    BackupMalformed,
    BackupOfOtherRelease,
    file_of,
    read_backup,
    sha256_of,
)
from ledger.confidential import Confidential
from ledger.evidence_store import PostgresEvidence
from ledger.outcomes import CommandKey, Rejected
from ledger.point_in_time import WHOLE, BookNotInBackup, PointInTime, PositionNotInBackup, PositionWithinCommand
from ledger.pool import Connection, open_pool
from ledger.postgres import EmbeddedPostgres
from ledger.proof.checkpoint import open_checkpoint
from ledger.proof.kept_log import all_checkpoints, find_checkpoint, origin_of
from ledger.proof.keyring import Keys
from ledger.proof.signing import LogSigner, RestoredBehind
from ledger.reads import Reader, Reading, Reads
from ledger.restoring import (
    DatabaseNotEmpty,
    RestoredBook,
    open_backup,
    restore,
)
from projections.balances import all_balances, balances_at
from projections.moment import Moment
from projections.runner import Runner
from tests.books import RULES, Book, Clock, Salts, checked_log, place_order, read_log, whole_trade
from tests.tampering import as_superuser, tampering

DAY = timedelta(days=1)
OTHER_SIZE = 4
LEAVES_OF_A_TILE = 256
PHOTO, LATE_PHOTO = b"a carton, wet", b"the same carton, dry"


class Original(NamedTuple):
    """
    A database with the books `main` and `other`, backed up.

    then: a time, and `position` the last of `main` by then. Later both books went on, EXP-7 was forgotten without
    anybody erasing its name yet, and `main` was signed, as it was by then.
    """

    dsn: str
    book: Book
    keys: Keys
    folder: Path
    then: datetime
    position: int


@pytest.fixture(scope="module")
def named_database(postgres: EmbeddedPostgres, template: str) -> Iterator[Callable[[str], str]]:
    """Return a function that makes a database for all tests of this file, and returns its DSN."""
    made = []
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:

        def make(name: str) -> str:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
            made.append(name)
            return postgres.dsn(name)

        yield make
        for name in made:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def original(named_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Original]:
    dsn, folder = named_database("backed_up"), tmp_path_factory.mktemp("backup")
    keys = Keys(tmp_path_factory.mktemp("keys"))
    with (
        open_pool(dsn, connections_max=4) as pool,
        Book.opened(pool) as book,
        Book.opened(pool, name="other") as other,
    ):
        position = tell(book, other, keys)
        backed_up(dsn, folder)
        yield Original(dsn, book, keys, folder, book.clock.now - DAY, position)


@pytest.fixture(scope="module")
def empty(named_database: Callable[[str], str]) -> str:
    """Return a database into which nothing is ever brought."""
    return named_database("into_nothing")


@pytest.fixture(scope="module")
def whole(original: Original, named_database: Callable[[str], str]) -> str:
    """Return a database with the whole backup."""
    dsn = named_database("brought_back")
    main, other = brought_back(dsn, original.folder)
    assert (main.lost, other.lost, main.forgotten_since, main.signed_size) == (0, 0, (), main.size)
    return dsn


@pytest.fixture(scope="module")
def as_then(original: Original, named_database: Callable[[str], str]) -> str:
    """Return a database with the books as they were then."""
    dsn = named_database("as_it_was_then")
    main, other = brought_back(dsn, original.folder, PointInTime(recorded_at=original.then))
    assert (main.size, main.forgotten_since, other.size) == (original.position, ("EXP-7",), OTHER_SIZE)
    assert (main.signed_size, other.signed_size) == (main.size + main.lost, 0)
    return dsn


def tell(book: Book, other: Book, keys: Keys) -> int:
    """Let happen what `Original` says, and return the position."""
    signer = signer_of(book, keys)
    for party in ("EXP-7", "EXP-8"):
        register(book, party)
    for command in whole_trade("PO-1")[:-1]:
        book.say(command)
    book.say(commands.OpenDispute(order="PO-1", claims=(NewClaim(kind="damaged", amount_minor=5_000),)))
    hand_in(book, PHOTO, kept_by=book.clock)
    hand_in(book, LATE_PHOTO, kept_by=Clock(book.clock.now + 2 * DAY))
    look(book)
    assert isinstance(book.ask(commands.AcceptOrder(order="PO-1"), command_id="refused-then"), Rejected)
    signer.sign_head()
    position = len(read_log(book.pool))
    witness(other, size=OTHER_SIZE)
    for each in (book, other):
        each.clock.move(days=1)
        each.trade("PO-2")
    witness(other, size=OTHER_SIZE + 1)
    place_orders(book, LEAVES_OF_A_TILE)
    assert isinstance(book.ask(commands.AcceptOrder(order="PO-2"), command_id="refused-later"), Rejected)
    book.say(commands.DraftRulebook(rulebook="standard/2", rules=RULES))
    with pytest.raises(Forbidden):
        book.ask(commands.ApproveRulebook(rulebook="standard/2"))
    look(book)
    register(book, "EXP-9")
    book.say(commands.ForgetParty(party="EXP-7"))
    signer.sign_head()
    return position


def signer_of(book: Book, keys: Keys) -> LogSigner:
    """Return who signs a book, with a key made for it."""
    with book.pool.connection() as connection:
        origin = origin_of(connection, book.name)
    assert origin
    keys.of(book.name).make_key(origin, b"k" * 32)
    return LogSigner(book.pool, book.name, keys.of(book.name), clock=book.clock)


def place_orders(book: Book, orders: int) -> None:
    """Place many orders at once."""
    numbers = range(100, 100 + orders)
    placing = [book.submission(place_order(f"PO-{number}"), command_id=f"place-{number}") for number in numbers]
    for placed in book.writer.submit_all(placing):
        placed.result(timeout=30)


def witness(book: Book, *, size: int) -> None:
    """Let others have said something of a checkpoint, whatever it was."""
    with book.pool.connection() as connection:
        said = ("other", "ledger.example/other", size)
        connection.execute("INSERT INTO ledger.cosignatures VALUES (%s, %s, %s, 'w', 'l', now())", said)
        connection.execute("INSERT INTO ledger.time_tokens VALUES (%s, %s, %s, 'a', 't', now())", said)
        row = ("other", "ledger.example/other", book.clock.now)
        connection.execute("INSERT INTO ledger.witness_problems VALUES (%s, %s, 'w', %s, 'late', '')", row)


def register(book: Book, party: str) -> None:
    """Register a party with a name."""
    kept = Confidential(book.pool, book.name, clock=book.clock, salts=Salts())
    name = kept.keep(CommandKey("tests", f"register-{party}"), owner=party, field="name", value=party.encode())
    command = commands.RegisterParty(party=party, roles=("exporter",), country="IN", profile={"name": name})
    book.say(command, command_id=f"register-{party}")


def hand_in(book: Book, content: bytes, *, kept_by: Clock) -> None:
    """Hand in evidence for PO-1, whose bytes are kept by a process with this clock."""
    kept = PostgresEvidence(book.pool, book.name, clock=kept_by).put(content, "image/jpeg")
    handed_in = commands.SubmitEvidence(
        order="PO-1",
        claim=1,
        side="buyer",
        sha256=kept.sha256,
        media_type="image/jpeg",
        size_bytes=kept.size_bytes,
        name="ab" * 32,
    )
    book.say(handed_in)


def look(book: Book) -> None:
    """Let an auditor look at something in clear."""
    reads = Reads(book.pool, book.name, clock=book.clock)
    reads.record(Reader("auditor:first", "auditor"), "party:EXP-8", [Reading("value", "name", "ab" * 32)])


def backed_up(dsn: str, folder: Path) -> Backup:
    with psycopg.connect(dsn, autocommit=True) as connection:
        return back_up(connection, folder, made_at=datetime.fromisoformat("2026-11-24T00:00:00Z"))


def brought_back(dsn: str, folder: Path, point: PointInTime = WHOLE) -> tuple[RestoredBook, ...]:
    backup = open_backup(folder, point)
    with psycopg.connect(dsn, autocommit=True) as connection:
        return restore(connection, backup, folder, point=point)


def dump(connection: Connection, table: str, *, book: str = "main", which: str = "true") -> list[Any]:
    """Return the rows of a table of the record, in order."""
    query = f"SELECT to_jsonb(t) FROM ledger.{table} t WHERE book = %s AND ({which}) ORDER BY to_jsonb(t)::text"
    return [row for (row,) in connection.execute(query.encode(), (book,))]


def dumped(dsn: str, table: str, *, book: str = "main", which: str = "true") -> list[Any]:
    with psycopg.connect(dsn) as connection:
        return dump(connection, table, book=book, which=which)


def recorded(original: Original, table: str, *, book: str = "main", which: str = "true") -> list[Any]:
    with as_superuser(original.book.pool) as connection:
        return dump(connection, table, book=book, which=which)


def is_empty(dsn: str) -> bool:
    return not any(dumped(dsn, table, book=book) for table in ("log_head", *TABLES) for book in ("main", "other"))


class TestBackup:
    def test_every_table_of_the_record_is_backed_up_or_left_out_for_a_reason(self, database: str) -> None:
        with psycopg.connect(database) as connection:
            rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'ledger'").fetchall()
        assert {name for (name,) in rows} == TABLES.keys() | LEFT_OUT.keys()
        assert not TABLES.keys() & LEFT_OUT.keys()

    def test_the_story_has_something_of_everything_that_is_cut(self, original: Original) -> None:
        filled = {table.table for table in read_backup(original.folder).tables if table.rows}
        assert filled == TABLES.keys()

    def test_the_manifest_says_what_each_book_is(self, original: Original) -> None:
        main, other = read_backup(original.folder).books
        log = checked_log(original.book.pool)
        assert (main.book, main.size, main.origin, main.identity) == ("main", len(log), "ledger.example/main", "0" * 32)
        assert (other.book, other.origin) == ("other", "ledger.example/other")
        with original.book.pool.connection() as connection:
            kept = find_checkpoint(connection, "main")
        assert kept
        assert (kept.checkpoint.size, kept.checkpoint.root.hex()) == (main.size, main.root)

    def test_files_are_compressed_text_that_tools_of_others_read(self, original: Original) -> None:
        lines = gzip.decompress((original.folder / "events.csv.gz").read_bytes()).decode().splitlines()
        assert lines[0] == "book,position,originator_id,version,topic,state,leaf_hash"
        assert lines[1].startswith(r"main,1,book:main,1,book.opened,\x7b22736368656d61223a31")
        reads = gzip.decompress((original.folder / "reads.csv.gz").read_bytes()).decode()
        assert "2026-11-22 09:00:00+00" in reads

    def test_the_same_state_gives_the_same_files(self, original: Original, tmp_path: Path) -> None:
        again = backed_up(original.dsn, tmp_path)
        assert again == read_backup(original.folder)

    def test_nobody_else_may_read_it(self, original: Original) -> None:
        assert original.folder.stat().st_mode & 0o777 == 0o700
        assert {path.stat().st_mode & 0o777 for path in original.folder.iterdir()} == {0o600}

    def test_what_the_log_says_is_erased_is_not_in_it_though_nobody_erased_it_yet(self, original: Original) -> None:
        rows = gzip.decompress((original.folder / "confidential.csv.gz").read_bytes()).decode()
        assert b"EXP-7".hex() not in rows
        assert b"EXP-8".hex() in rows
        assert recorded(original, "confidential", which="owner = 'EXP-7'")

    def test_a_log_that_is_not_sound_is_not_backed_up(self, book: Book, database: str, tmp_path: Path) -> None:
        with tampering(book.pool) as connection:
            connection.execute("UPDATE ledger.events SET state = state || ' ' WHERE position = 3")
        with pytest.raises(LogCorrupt) as corrupt:
            backed_up(database, tmp_path)
        assert (corrupt.value.book, corrupt.value.position) == ("main", 3)
        assert not (tmp_path / MANIFEST).exists()

    def test_a_head_that_is_not_of_the_events_is_not_backed_up(self, book: Book, database: str, tmp_path: Path) -> None:
        with tampering(book.pool) as connection:
            connection.execute("DELETE FROM ledger.events WHERE position = 4")
        with pytest.raises(LogCorrupt, match="head"):
            backed_up(database, tmp_path)

    def test_a_database_that_a_newer_release_migrated_is_left_to_that(
        self, book: Book, database: str, tmp_path: Path
    ) -> None:
        with as_superuser(book.pool) as connection:
            connection.execute("INSERT INTO public.ledger_migrations VALUES ('9999')")
        with pytest.raises(BackupOfOtherRelease) as newer:
            backed_up(database, tmp_path)
        assert newer.value.found == "9999"


class TestWhole:
    @pytest.mark.parametrize("table", ["log_head", *TABLES])
    def test_everything_is_as_it_was(self, original: Original, whole: str, table: str) -> None:
        which = "owner <> 'EXP-7'" if table == "confidential" else "true"
        for book in ("main", "other"):
            expected = recorded(original, table, book=book, which=which)
            assert dumped(whole, table, book=book) == expected

    def test_it_verifies_and_gives_the_same_balances(self, original: Original, whole: str) -> None:
        Runner(original.book.pool, "main").catch_up()
        with connected(whole, keys=original.keys) as opened, original.book.pool.connection() as connection:
            report = verify_book(opened.book("main"))
            assert (report.ok, report.root) == (True, read_backup(original.folder).books[0].root)
            with opened.pool.connection() as restored:
                assert all_balances(restored, "main") == all_balances(connection, "main")

    def test_the_ledger_goes_on_where_it_was(self, original: Original, database: str) -> None:
        size = brought_back(database, original.folder)[0].size
        with open_pool(database, connections_max=4) as pool:
            book = Book(pool)
            book.clock.now = original.book.clock.now
            again = book.ask(commands.AcceptOrder(order="PO-2"), command_id="refused-later")
            assert isinstance(again, Rejected)
            assert again.repeated
            look(book)
            assert book.say(place_order("PO-3"), command_id="after").first_position == size + 1
            book.writer.close()
            checked_log(pool)
        assert len(dumped(database, "reads")) == 3

    def test_a_signed_log_that_came_back_whole_is_signed_on(self, original: Original, whole: str) -> None:
        with connected(whole, keys=original.keys) as opened:
            signed = opened.book("main").signer.sign_head()
        assert signed.checkpoint.size == len(read_log(original.book.pool))


_STOOD_THEN = {
    "events": "position <= 22",
    "outcomes": "last_position <= 22 OR command_id = 'refused-then'",
    "forbidden": "false",
    "reads": "number = 1",
    "evidence": "true",
    "confidential": "owner = 'EXP-8'",
    "tree_hashes": "false",
    "witness_problems": "noted_at < '2026-11-23'",
    "proof_register": """digest IN (
        SELECT ledger.digest_of(c) FROM ledger.checkpoints c WHERE size <= 22 UNION ALL
        SELECT ledger.digest_of(c) FROM ledger.cosignatures c WHERE size <= 22 UNION ALL
        SELECT ledger.digest_of(t) FROM ledger.time_tokens t WHERE size <= 22
    )""",
}
"""By table: which of the original's rows stood at position 22; of the others, what is about a size up to that."""


class TestPointInTime:
    def test_a_book_ends_at_a_position_and_others_are_whole(self, original: Original, database: str) -> None:
        main, other = brought_back(database, original.folder, PointInTime("main", original.position))
        log = read_log(original.book.pool)
        assert (main.size, main.lost, other.lost) == (original.position, len(log) - original.position, 0)
        with open_pool(database, connections_max=2) as pool:
            assert checked_log(pool) == log[: original.position]
        for table in TABLES:
            which = _STOOD_THEN.get(table, "size <= 22").replace("22", str(original.position))
            assert dumped(database, table) == recorded(original, table, which=which), table

    def test_all_books_end_at_a_time(self, original: Original, as_then: str) -> None:
        for table in TABLES:
            for book, size in (("main", original.position), ("other", OTHER_SIZE)):
                which = _STOOD_THEN.get(table, "size <= 22").replace("22", str(size))
                assert dumped(as_then, table, book=book) == recorded(original, table, book=book, which=which), table

    def test_its_balances_are_those_of_that_moment(self, original: Original, as_then: str) -> None:
        Runner(original.book.pool, "main").catch_up()
        with connected(as_then) as opened, original.book.pool.connection() as connection:
            assert verify_book(opened.book("main")).ok
            expected = balances_at(connection, "main", Moment(original.position))
            with opened.pool.connection() as restored:
                assert balances_at(restored, "main", Moment()) == expected != []

    def test_a_book_that_had_not_begun_is_not_there(self, original: Original, empty: str) -> None:
        before = PointInTime(recorded_at=original.then - DAY)
        assert [(book.size, book.origin) for book in brought_back(empty, original.folder, before)] == [(0, "")] * 2
        assert is_empty(empty)

    def test_who_was_forgotten_later_stays_forgotten(self, as_then: str) -> None:
        assert [each["owner"] for each in dumped(as_then, "confidential")] == ["EXP-8"]
        assert "party.erased" not in {each["topic"] for each in dumped(as_then, "events")}

    def test_what_an_event_refers_to_is_kept_whatever_the_clock_of_who_kept_it(self, as_then: str) -> None:
        kept = {each["sha256"] for each in dumped(as_then, "evidence")}
        assert kept == {hashlib.sha256(each).hexdigest() for each in (PHOTO, LATE_PHOTO)}

    def test_no_command_is_cut_in_two(self, original: Original, empty: str) -> None:
        confirmed = next(each for each in dumped_outcomes(original) if each[1] > each[0] > original.position)
        with pytest.raises(PositionWithinCommand) as refused:
            brought_back(empty, original.folder, PointInTime("main", confirmed[0]))
        assert (refused.value.first_position, refused.value.last_position) == confirmed
        assert is_empty(empty)


def dumped_outcomes(original: Original) -> list[tuple[int, int]]:
    rows = recorded(original, "outcomes", which="refusal IS NULL")
    return sorted((row["first_position"], row["last_position"]) for row in rows)


class TestRefusals:
    @pytest.mark.parametrize("table", ["events", "confidential", "reads"])
    @pytest.mark.parametrize("harm", ["changed", "cut", "gone"])
    def test_a_damaged_file_is_named(self, original: Original, tmp_path: Path, table: str, harm: str) -> None:
        folder = copied(original.folder, tmp_path)
        path = folder / file_of(table)
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content if harm == "changed" else content[:-9])
        if harm == "gone":
            path.unlink()
        with pytest.raises(BackupDamaged) as damaged:
            open_backup(folder, WHOLE)
        assert damaged.value.file == path.name

    @pytest.mark.parametrize(
        ("table", "change"),
        [
            ("events", lambda rows: rows.replace(b"order.placed", b"order.PLACED", 1)),
            ("events", lambda rows: rows.rpartition(b"\nother,")[0] + b"\n"),
            ("events", lambda rows: rows.replace(b"\nmain,7,", b"\nmain,700,", 1)),
            ("reads", lambda rows: rows.rpartition(b"\nmain,")[0] + b"\n"),
            ("outcomes", lambda rows: rows.replace(b"first_position", b"position_first", 1)),
            ("reads", lambda rows: rows.replace(b"auditor", b"\xff\xfe", 1)),
            ("evidence", lambda rows: rows.replace(b"image/jpeg,13,", b"image/jpeg,14,", 1)),
            ("outcomes", lambda rows: rows + rows.split(b"\n")[1] + b"\n"),
        ],
        ids=["changed", "shorter", "a gap", "a row less", "columns", "no text", "constraint", "twice"],
    )
    def test_a_file_that_was_forged_with_its_hash_is_named_and_nothing_is_loaded(
        self,
        original: Original,
        empty: str,
        tmp_path: Path,
        table: str,
        change: Callable[[bytes], bytes],
    ) -> None:
        folder = copied(original.folder, tmp_path)
        forge(folder, table, change)
        with pytest.raises(BackupDamaged) as damaged:
            brought_back(empty, folder)
        assert damaged.value.file == file_of(table)
        assert is_empty(empty)

    def test_a_root_that_is_not_of_the_events_is_noticed(self, original: Original, empty: str, tmp_path: Path) -> None:
        folder = copied(original.folder, tmp_path)
        backup = read_backup(folder)
        write(folder, replace(backup, books=(replace(backup.books[0], root="0" * 64), *backup.books[1:])))
        with pytest.raises(BackupDamaged, match="root"):
            brought_back(empty, folder)
        assert is_empty(empty)

    def test_a_manifest_that_names_other_files_is_refused(self, original: Original, tmp_path: Path) -> None:
        folder = copied(original.folder, tmp_path)
        backup = read_backup(folder)
        write(folder, replace(backup, tables=(replace(backup.tables[0], file="../events.csv.gz"), *backup.tables[1:])))
        with pytest.raises(BackupDamaged, match=MANIFEST):
            open_backup(folder, WHOLE)

    def test_a_folder_without_a_manifest_is_no_backup(self, tmp_path: Path) -> None:
        with pytest.raises(BackupMalformed, match=MANIFEST):
            open_backup(tmp_path, WHOLE)
        (tmp_path / MANIFEST).write_text('{"format": "trade-ledger-backup/2"}')
        with pytest.raises(BackupMalformed):
            open_backup(tmp_path, WHOLE)

    def test_a_database_with_something_in_it_is_left_alone(self, original: Original, book: Book, database: str) -> None:
        before = checked_log(book.pool)
        with pytest.raises(DatabaseNotEmpty, match="empty"):
            brought_back(database, original.folder)
        assert checked_log(book.pool) == before

    def test_who_may_not_see_everything_backs_nothing_up(self, original: Original, empty: str, tmp_path: Path) -> None:
        reader = f"{original.dsn}&options=-c%20role%3Dledger_reader"
        with pytest.raises(BackupForbidden, match="row-level security"):
            backed_up(reader, tmp_path)
        with pytest.raises(BackupForbidden, match="permission denied"):
            brought_back(f"{empty}&options=-c%20role%3Dledger_reader", original.folder)

    def test_refusals_come_in_order(self, original: Original, tmp_path: Path) -> None:
        folder = copied(original.folder, tmp_path)
        backup = read_backup(folder)
        (folder / file_of("events")).unlink()
        size = backup.books[0].size
        with pytest.raises(PositionNotInBackup) as beyond:
            open_backup(folder, PointInTime("main", size + 1))
        assert (beyond.value.position, beyond.value.size) == (size + 1, size)
        with pytest.raises(BookNotInBackup):
            open_backup(folder, PointInTime("absent", size + 1))
        write(folder, replace(backup, migration="0009"))
        with pytest.raises(BackupOfOtherRelease, match="use the release") as other:
            open_backup(folder, PointInTime("absent", 1))
        assert other.value.found == "0009"


def copied(folder: Path, to: Path) -> Path:
    return Path(shutil.copytree(folder, to / "copy"))


def forge(folder: Path, table: str, change: Callable[[bytes], bytes]) -> None:
    """Change what a file holds, and let the manifest say so."""
    path, backup = folder / file_of(table), read_backup(folder)
    before = gzip.decompress(path.read_bytes())
    after = change(before)
    assert after != before
    path.write_bytes(gzip.compress(after))
    tables = (replace(each, sha256=sha256_of(path)) if each.table == table else each for each in backup.tables)
    write(folder, replace(backup, tables=tuple(tables)))


def write(folder: Path, backup: Backup) -> None:
    (folder / MANIFEST).write_bytes(msgspec.json.encode(backup))


class TestSigning:
    @pytest.fixture
    def keys(self, original: Original, tmp_path: Path) -> Keys:
        """Return a copy of the keys, with what they remember to have signed."""
        return Keys(Path(shutil.copytree(original.keys.folder, tmp_path / "keys")))

    def test_a_log_restored_to_before_what_was_signed_is_not_signed(
        self, original: Original, database: str, keys: Keys
    ) -> None:
        main, _ = brought_back(database, original.folder, PointInTime(recorded_at=original.then))
        with connected(database, keys=keys) as opened:
            with pytest.raises(RestoredBehind) as behind:
                opened.book("main").signer.sign_head()
            assert behind.value.size == main.size < behind.value.signed_size
            with opened.pool.connection() as connection:
                assert len(all_checkpoints(connection, "main")) == 1

    def test_nor_is_another_history_that_has_come_as_far(self, original: Original, database: str, keys: Keys) -> None:
        main, _ = brought_back(database, original.folder, PointInTime(recorded_at=original.then))
        with connected(database, keys=keys) as opened:
            with open_pool(database, connections_max=2) as pool:
                book = Book(pool)
                book.clock.now = original.then
                place_orders(book, main.lost)
                book.writer.close()
            with pytest.raises(RestoredBehind) as fork:
                opened.book("main").signer.sign_head()
        assert fork.value.size >= fork.value.signed_size

    def test_it_goes_on_under_a_new_origin_that_names_the_old_one_and_the_gap(
        self, original: Original, database: str, keys: Keys
    ) -> None:
        signed = len(read_log(original.book.pool))
        main, _ = brought_back(database, original.folder, PointInTime(recorded_at=original.then))
        with connected(database, keys=keys) as opened:
            book = opened.book("main")
            reopened = reopen_log(book, reason="disk-lost", actor="operator:first")
            assert (reopened.old_origin, reopened.signed_size) == ("ledger.example/main", signed)
            assert (reopened.restored_size, reopened.position) == (main.size, main.size + 1)
            with opened.pool.connection() as connection:
                old, new = all_checkpoints(connection, "main")
            assert (new.checkpoint.origin, new.checkpoint.size) == (reopened.new_origin, main.size + 1)
            assert (old.checkpoint.origin, old.checkpoint.size) == (reopened.old_origin, main.size)
            verifier_keys = book.keyring.verifier_keys()
            for kept in (old, new):
                assert open_checkpoint(kept.note, verifier_keys).checkpoint == kept.checkpoint
            assert verify_book(book).ok

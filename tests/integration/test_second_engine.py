"""The second engine over real books: it agrees, or names the account and the first event where it doesn't."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from time import sleep
from typing import Any

import psycopg
import pyarrow.parquet as pq
import pytest
from psycopg_pool import ConnectionPool
from typer.testing import CliRunner

from api.cli import app
from api.composition import connected
from api.exchange import parquet_log
from api.exchange.export_folder import ExportUnwritable
from api.exchange.mapping import load_mapping
from api.exchange.order_file import import_orders
from api.exchange.parquet_log import ParquetLogUnfit, export_parquet, open_parquet, parquet_files
from api.second_engine.derivation import DerivationStopped
from api.second_engine.verification import verify_by_second_engine
from api.simulator import VirtualClock, opening, play, salts_from, simulate
from domain.errors import LogCorrupt
from ledger.application import TradeLedger
from ledger.pool import LIMITS, Connection, open_pool
from ledger.postgres import EmbeddedPostgres
from ledger.store import BookRecorder
from ledger.writer import Writer
from projections.log import head_of
from projections.runner import Runner
from tests.books import Book, read_log
from tests.parquet_logs import changed_rules, derived
from tests.read_side import copied, rows
from tests.tampering import as_superuser, tampering

DONE, REFUSED, CORRUPT = 0, 1, 3
ENDS_AT = datetime(2026, 11, 22, tzinfo=UTC)
SEED = 20

Said = dict[str, Any]
Verify = Callable[..., tuple[int, Said]]


@pytest.fixture(scope="module")
def dsn(postgres: EmbeddedPostgres, template: str) -> Iterator[str]:
    """Simulate the book `sound` in a database of its own."""
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE second_engine TEMPLATE {template} STRATEGY FILE_COPY")
        with open_pool(postgres.dsn("second_engine"), connections_max=4) as pool:
            ledger = TradeLedger(BookRecorder(pool, "sound"), clock=VirtualClock(ENDS_AT), salts=salts_from(SEED))
            writer = Writer(ledger)
            told = simulate(trades=60, seed=SEED, ends_at=ENDS_AT)
            play(chain(opening("sound", seed=SEED, ends_at=ENDS_AT), told), writer)
            writer.close()
        yield postgres.dsn("second_engine")
        connection.execute("DROP DATABASE second_engine WITH (FORCE)")


@pytest.fixture
def pool(dsn: str) -> Iterator[ConnectionPool[Connection]]:
    with open_pool(dsn, connections_max=4) as opened:
        yield opened


@pytest.fixture
def copy(pool: ConnectionPool[Connection]) -> str:
    """Return a copy of the sound book, with its projections."""
    name = copied(pool, "sound")
    Runner(pool, name).catch_up()
    return name


@pytest.fixture
def verify(dsn: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Verify:
    monkeypatch.setenv("LEDGER_DATABASE_URL", dsn)
    monkeypatch.setenv("LEDGER_HOME", str(tmp_path))

    def run(book: str, *options: object) -> tuple[int, Said]:
        arguments = ["verify", "--engine", "duckdb", "--json", "--book", book, *map(str, options)]
        result = CliRunner().invoke(app, arguments)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, json.loads(result.stdout)

    return run


def export(pool: ConnectionPool[Connection], book: str, folder: Path, *, up_to: int | None = None) -> Path:
    with pool.connection() as connection:
        export_parquet(connection, book, folder, up_to=head_of(connection, book) if up_to is None else up_to)
    return folder


def postings_of(pool: ConnectionPool[Connection], book: str, account: str) -> list[tuple[Any, ...]]:
    """Position, currency, amount and balance after it of every posting of an account."""
    query = """
        SELECT position, currency, amount_minor, balance_minor FROM projections.journal_postings
        WHERE book = %s AND account = %s ORDER BY position, line
    """
    return rows(pool, query, book, account)


# What was exported.


def test_exported_rows_are_the_stored_ones_byte_for_byte(
    pool: ConnectionPool[Connection], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = read_log(pool, "sound")
    for name, events in (("FILE_EVENTS", 1_000), ("ROW_GROUP_EVENTS", 300), ("PAGE_EVENTS", 70)):
        monkeypatch.setattr(parquet_log, name, events)
    reached: list[int] = []
    with pool.connection() as connection:
        report = export_parquet(connection, "sound", tmp_path / "log", up_to=len(stored), progress=reached.append)
    files = sorted((tmp_path / "log" / "book=sound").glob("*.parquet"))
    found = [tuple(row.values()) for file in files for row in pq.read_table(file).to_pylist()]
    assert found == [tuple(row) for row in stored]
    assert files[0].name == "positions-000000000001-000000001000.parquet"
    assert pq.ParquetFile(files[0]).metadata.num_row_groups == 4
    assert (report.files, report.last_position) == (len(files), len(stored))
    assert report.size_bytes == sum(file.stat().st_size for file in files)
    assert reached == sorted(reached)
    assert reached[-1] == len(stored)
    with pool.connection() as connection:
        assert open_parquet(tmp_path / "log", "sound") == report


def test_export_names_the_merkle_root_that_verification_prints(
    pool: ConnectionPool[Connection], verify: Verify, tmp_path: Path
) -> None:
    export(pool, "sound", tmp_path / "log")
    root = open_parquet(tmp_path / "log", "sound").root
    printed = CliRunner().invoke(app, ["verify", "--json", "--book", "sound"])
    assert json.loads(printed.stdout)["root"] == root == verify("sound")[1]["root"]


def test_export_of_a_log_with_a_gap_leaves_nothing(pool: ConnectionPool[Connection], tmp_path: Path) -> None:
    book = copied(pool, "sound")
    with tampering(pool) as connection:
        connection.execute("DELETE FROM ledger.events WHERE book = %s AND position = 70", (book,))
    with pytest.raises(LogCorrupt) as corrupt:
        export(pool, book, tmp_path / "log")
    assert corrupt.value.position == 70
    assert not list(tmp_path.iterdir())


def test_folder_with_an_export_in_it_is_refused(pool: ConnectionPool[Connection], tmp_path: Path) -> None:
    folder = export(pool, "sound", tmp_path / "log", up_to=90)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(ExportUnwritable):
        export(pool, "sound", folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_part_of_an_export_or_another_books_is_none(pool: ConnectionPool[Connection], tmp_path: Path) -> None:
    folder = export(pool, "sound", tmp_path / "log")
    with pytest.raises(ParquetLogUnfit):
        open_parquet(folder, "other")
    (file,) = (folder / "book=sound").glob("*.parquet")
    (folder / "book=sound").rename(folder / "book=other")
    with pytest.raises(ParquetLogUnfit):
        open_parquet(folder, "other")
    (folder / "book=other").rename(folder / "book=sound")
    file.unlink()
    with pytest.raises(ParquetLogUnfit):
        open_parquet(folder, "sound")


# Where both engines agree.


def test_both_engines_agree_on_every_account_at_several_positions(
    pool: ConnectionPool[Connection], verify: Verify
) -> None:
    status, said = verify("sound")
    accounts = len(rows(pool, "SELECT FROM projections.balances WHERE book = 'sound'"))
    head = len(read_log(pool, "sound"))
    assert (status, said["ok"], said["first_difference"], said["size"]) == (DONE, True, None, head)
    assert [each["position"] for each in said["positions"]] == [head * step // 8 for step in range(1, 9)]
    assert {each["differing"] for each in said["positions"]} == {0}
    assert said["positions"][-1]["accounts"] == accounts > 100


def test_second_engine_needs_no_projection(
    pool: ConnectionPool[Connection], postgres: EmbeddedPostgres, template: str, tmp_path: Path
) -> None:
    Runner(pool, "sound").catch_up()
    balances = rows(pool, "SELECT account, currency, balance_minor FROM projections.balances WHERE book = 'sound'")
    head = len(read_log(pool, "sound"))
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE no_projections TEMPLATE {template} STRATEGY FILE_COPY")
        try:
            with open_pool(postgres.dsn("no_projections"), connections_max=1) as bare, as_superuser(bare) as log:
                for table, key in (("events", "position"), ("log_head", "book")):
                    with log.cursor() as cursor, cursor.copy(f"COPY ledger.{table} FROM STDIN") as copy:
                        for row in rows(pool, f"SELECT * FROM ledger.{table} WHERE book = 'sound' ORDER BY {key}"):
                            copy.write_row(row)
                log.execute("DROP SCHEMA projections CASCADE")
                export_parquet(log, "sound", tmp_path / "log", up_to=head)
        finally:
            connection.execute("DROP DATABASE no_projections WITH (FORCE)")
    with derived(Path(parquet_files(tmp_path / "log", "sound")), positions=[head]) as database:
        found = database.execute("SELECT account, currency, balance_minor FROM balances").fetchall()
    assert sorted(found) == sorted(balances)


def test_export_made_before_is_compared_up_to_its_last_event(
    pool: ConnectionPool[Connection], copy: str, verify: Verify, tmp_path: Path
) -> None:
    folder = export(pool, copy, tmp_path / "log", up_to=400)
    with tampering(pool) as connection:
        connection.execute(
            "UPDATE projections.journal_postings SET balance_minor = 0 WHERE book = %s AND position > 400", (copy,)
        )
    status, said = verify(copy, "--log", folder)
    assert (status, said["size"], said["positions"][-1]["position"]) == (DONE, 400, 400)
    assert verify(copy)[0] == REFUSED


def test_deriving_may_take_longer_than_a_transaction_may_idle(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "idle_in_transaction_session_timeout", "100ms")
    with connected(dsn) as house:
        report = verify_by_second_engine(house.book("sound"), progress=lambda _what, _position: sleep(0.3))
    assert report.ok


def test_book_of_a_real_order_file_agrees(book: Book, database: str, shared_data: Path, tmp_path: Path) -> None:
    check_order_file(book, database, shared_data / "orders" / "dataco_orders.csv.gz", "dataco_disputes", tmp_path)


@pytest.mark.soak
@pytest.mark.timeout(1_200)
def test_book_of_online_retail_agrees(book: Book, database: str, shared_data: Path, tmp_path: Path) -> None:
    check_order_file(book, database, shared_data / "orders" / "online_retail.csv.gz", "online_retail", tmp_path)


def check_order_file(book: Book, database: str, path: Path, mapping: str, folder: Path) -> None:
    import_orders(path, load_mapping(mapping), book.writer, rejects=folder / "rejects.csv")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LEDGER_DATABASE_URL", database)
        environment.setenv("LEDGER_HOME", str(folder))
        result = CliRunner().invoke(app, ["verify", "--engine", "duckdb", "--json"])
    said = json.loads(result.stdout)
    assert (result.exit_code, said["ok"], said["first_difference"]) == (DONE, True, None)
    assert said["positions"][-1]["accounts"] > 1_000


# Where they don't.


def test_wrong_posting_rule_is_named_with_the_account_and_the_first_event(
    pool: ConnectionPool[Connection], copy: str, verify: Verify, tmp_path: Path
) -> None:
    line = "hold.released,1,3,credit,income:service-fee,event.fee_minor,,"
    rules = changed_rules(tmp_path / "rules.csv", line, line.replace("income:service-fee", "expense:bank-charges"))
    status, said = verify(copy, "--rules", rules)
    log = read_log(pool, copy)
    postings = postings_of(pool, copy, "income:service-fee")
    position, currency, amount_minor, _ = next(p for p in postings if log[p[0] - 1].topic == "hold.released")
    difference = said["first_difference"]
    assert (status, said["ok"]) == (REFUSED, False)
    assert difference == {
        "in": "journal",
        "account": "expense:bank-charges",
        "currency": currency,
        "position": position,
        "stored_minor": None,
        "stored_posting_minor": None,
        "derived_minor": amount_minor,
        "derived_posting_minor": amount_minor,
        "topic": "hold.released",
        "originator_id": log[position - 1].originator_id,
        "what": difference["what"],
    }
    assert said["positions"][-1]["differing"] > 0


def test_wrong_rule_of_this_program_is_named_with_the_account_and_the_first_event(
    pool: ConnectionPool[Connection], copy: str, verify: Verify
) -> None:
    account = "income:service-fee"
    position, currency, amount_minor, balance_minor = postings_of(pool, copy, account)[3]
    wrong = "account = %s AND currency = %s AND book = %s"
    with tampering(pool) as connection:
        connection.execute(
            f"UPDATE projections.journal_postings SET amount_minor = amount_minor - 1 WHERE {wrong} AND position = %s",
            (account, currency, copy, position),
        )
        connection.execute(
            "UPDATE projections.journal_postings SET balance_minor = balance_minor - 1"
            f" WHERE {wrong} AND position >= %s",
            (account, currency, copy, position),
        )
        connection.execute(
            f"UPDATE projections.balances SET balance_minor = balance_minor - 1 WHERE {wrong}",
            (account, currency, copy),
        )
    status, said = verify(copy)
    found = said["first_difference"]
    assert status == REFUSED
    assert (found["in"], found["account"], found["currency"], found["position"]) == (
        "journal",
        account,
        currency,
        position,
    )
    assert (found["stored_minor"], found["derived_minor"]) == (balance_minor - 1, balance_minor)
    assert (found["stored_posting_minor"], found["derived_posting_minor"]) == (amount_minor - 1, amount_minor)
    assert found["topic"] == "hold.released"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE projections.journal_postings SET balance_minor = 1",
        "UPDATE projections.journal_postings SET amount_minor = amount_minor + 1",
        "UPDATE projections.journal_postings SET account = 'tax:gst-input'",
        "UPDATE projections.journal_postings SET currency = 'XXX'",
        "DELETE FROM projections.journal_postings",
    ],
)
def test_changed_row_of_the_journal_is_named_by_its_event(
    pool: ConnectionPool[Connection], copy: str, verify: Verify, statement: str
) -> None:
    position = postings_of(pool, copy, "tax:gst-output")[2][0]
    with tampering(pool) as connection:
        connection.execute(
            f"{statement} WHERE book = %s AND position = %s AND account = 'tax:gst-output'", (copy, position)
        )
    status, said = verify(copy)
    found = said["first_difference"]
    assert (status, found["in"], found["position"]) == (REFUSED, "journal", position)
    assert found["account"] in {"tax:gst-output", "tax:gst-input"}


def test_posting_after_the_last_event_is_found(pool: ConnectionPool[Connection], copy: str, verify: Verify) -> None:
    with tampering(pool) as connection:
        connection.execute(
            "INSERT INTO projections.journal_postings"
            " (book, position, line, account, currency, amount_minor, balance_minor)"
            " VALUES (%s, 90000, 1, 'tax:gst-input', 'USD', 5, 5)",
            (copy,),
        )
    status, said = verify(copy)
    found = said["first_difference"]
    assert (status, found["position"], found["account"], found["stored_posting_minor"]) == (
        REFUSED,
        90_000,
        "tax:gst-input",
        5,
    )


@pytest.mark.parametrize(
    ("statement", "stored_minor"),
    [
        (
            "UPDATE projections.balances SET balance_minor = 77 WHERE account = 'tax:gst-output' AND currency = 'USD'",
            77,
        ),
        ("DELETE FROM projections.balances WHERE account = 'tax:gst-output' AND currency = 'USD'", None),
    ],
)
def test_changed_balance_is_named_with_the_accounts_last_event(
    pool: ConnectionPool[Connection], copy: str, verify: Verify, statement: str, stored_minor: int | None
) -> None:
    position, _, _, balance_minor = [p for p in postings_of(pool, copy, "tax:gst-output") if p[1] == "USD"][-1]
    with tampering(pool) as connection:
        assert connection.execute(f"{statement} AND book = %s".encode(), (copy,)).rowcount == 1
    status, said = verify(copy)
    found = said["first_difference"]
    assert (status, found["in"], found["account"], found["currency"]) == (REFUSED, "balances", "tax:gst-output", "USD")
    assert (found["stored_minor"], found["derived_minor"]) == (stored_minor, balance_minor)
    assert (found["position"], found["topic"]) == (position, read_log(pool, copy)[position - 1].topic)


def test_balance_of_an_account_that_nothing_was_posted_to_is_named(
    pool: ConnectionPool[Connection], copy: str, verify: Verify
) -> None:
    with tampering(pool) as connection:
        connection.execute(
            "INSERT INTO projections.balances (book, account, currency, control, balance_minor, position)"
            " VALUES (%s, 'suspense:x', 'USD', 'suspense', 0, 1)",
            (copy,),
        )
    status, said = verify(copy)
    found = said["first_difference"]
    assert (status, found["account"], found["stored_minor"], found["derived_minor"]) == (REFUSED, "suspense:x", 0, None)


@pytest.mark.parametrize(
    "change",
    [
        "state = set_byte(state, octet_length(state) - 5, 7)",
        "state = convert_to(replace(convert_from(state, 'UTF8'), 'operator', 'operetta'), 'UTF8')",
        "topic = 'hold.opened'",
        "leaf_hash = sha256('')",
    ],
)
def test_altered_event_is_a_corrupt_log(
    pool: ConnectionPool[Connection], copy: str, verify: Verify, change: str
) -> None:
    with tampering(pool) as connection:
        connection.execute(f"UPDATE ledger.events SET {change} WHERE book = %s AND position = 2", (copy,))
    status, said = verify(copy)
    assert (status, said["corrupt"]) == (CORRUPT, True)
    assert (said["first_difference"]["in"], said["first_difference"]["position"]) == ("log", 2)


def test_export_that_names_another_root_than_its_events_have_is_none(
    pool: ConnectionPool[Connection], copy: str, verify: Verify, tmp_path: Path
) -> None:
    folder = export(pool, copy, tmp_path / "log", up_to=90)
    manifest = folder / f"book={copy}" / "_export.json"
    root = open_parquet(folder, copy).root
    manifest.write_text(manifest.read_text(encoding="utf-8").replace(root, root[::-1]), encoding="utf-8")
    with pytest.raises(ParquetLogUnfit, match="Merkle root"):
        verify(copy, "--log", folder)


def test_missing_event_is_a_corrupt_log(pool: ConnectionPool[Connection], copy: str, verify: Verify) -> None:
    with tampering(pool) as connection:
        connection.execute("DELETE FROM ledger.events WHERE book = %s AND position = 70", (copy,))
    status, said = verify(copy)
    assert (status, said["first_difference"]["position"]) == (CORRUPT, 70)


def test_rules_that_lack_an_event_stop_the_verification(copy: str, verify: Verify, tmp_path: Path) -> None:
    rules = changed_rules(tmp_path / "rules.csv", "\nhold.opened,1,,none,,,,", "")
    with pytest.raises(DerivationStopped, match=r"no rule for hold\.opened, schema 1"):
        verify(copy, "--rules", rules)


# In words.


def test_people_are_shown_how_many_accounts_were_compared_and_where_they_part(
    pool: ConnectionPool[Connection], copy: str, verify: Verify
) -> None:
    del verify
    arguments = ["verify", "--engine", "duckdb", "--book", copy]
    sound = CliRunner().invoke(app, arguments)
    assert sound.exit_code == DONE
    assert "after position" in sound.stdout
    assert "all as recorded" in sound.stdout
    with tampering(pool) as connection:
        connection.execute("UPDATE projections.balances SET balance_minor = 77 WHERE book = %s", (copy,))
    broken = CliRunner().invoke(app, arguments)
    assert broken.exit_code == REFUSED
    assert "not as recorded: in=balances account=" in broken.stderr


def test_first_engine_takes_neither_log_nor_rules(copy: str, verify: Verify, tmp_path: Path) -> None:
    del verify
    for option in ("--log", "--rules"):
        assert CliRunner().invoke(app, ["verify", "--book", copy, option, str(tmp_path)]).exit_code == 2

"""Outside programs read what is exported: they come to our balances, and say so where a figure is another one."""

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import psycopg
import pytest
from psycopg_pool import ConnectionPool
from typer.testing import CliRunner

from api.cli import app
from api.exchange.beancount import Beancount
from api.exchange.export_folder import ExportUnwritable
from api.exchange.hledger import Hledger
from api.exchange.jsonl_log import export_jsonl
from api.exchange.mapping import load_mapping
from api.exchange.order_file import import_orders
from api.exchange.plain_text_journal import JournalExport, PlainText, export_journal
from api.simulator import VirtualClock, opening, play, salts_from, simulate
from domain.accounts import control_of
from domain.errors import LogCorrupt
from domain.money import to_major
from ledger.application import TradeLedger
from ledger.pool import Connection, open_pool
from ledger.postgres import EmbeddedPostgres
from ledger.store import BookRecorder
from ledger.transparency import leaf_bytes, leaf_hash
from ledger.writer import Writer
from projections.balances import balances_at
from projections.journal import PostedEntry, entries_between
from projections.moment import MomentAhead, moment_of
from projections.runner import Runner
from tests.books import Book, read_log
from tests.integration.test_simulator import ENDS_AT
from tests.read_side import copied
from tests.tampering import tampering

BOOK = "main"
SEED = 7
DONE, REFUSED, WRONG_USAGE = 0, 1, 2

READ_BEANCOUNT = """
import json, sys
from beancount import loader
from beancount.core import data, realization

directives, errors, _ = loader.load_file(sys.argv[1])
ours = {each.account: each.meta["account"] for each in directives if isinstance(each, data.Open)}
json.dump(
    {
        "errors": [error.message for error in errors],
        "balances": [
            [ours[at.account], position.units.currency, str(position.units.number)]
            for at in realization.iter_children(realization.realize(directives)) if at.account in ours
            for position in at.balance
        ],
        "entries": sorted(
            [
                int(each.meta["position"]), each.meta["reference"], each.narration, str(each.date),
                [[ours[p.account], p.units.currency, str(p.units.number)] for p in each.postings],
            ]
            for each in directives if isinstance(each, data.Transaction)
        ),
        "claims": sum(isinstance(each, data.Balance) for each in directives),
    },
    sys.stdout,
)
"""
"""Runs in a process of its own: beancount's licence lets us run it, not build on it."""

Key = tuple[str, str]
"""An account and a currency."""

Amounts = dict[Key, str]
"""In major units, debits minus credits; those at zero aren't there."""


class Ran(NamedTuple):
    """How a program ended, and what it said."""

    status: int
    said: str


class World(NamedTuple):
    """A database with a simulated book."""

    dsn: str
    pool: ConnectionPool[Connection]
    size: int


def play_into(pool: ConnectionPool[Connection], *, trades: int) -> None:
    """Play an invented marketplace into an empty book."""
    writer = Writer(TradeLedger(BookRecorder(pool, BOOK), clock=VirtualClock(ENDS_AT), salts=salts_from(SEED)))
    told = simulate(trades=trades, seed=SEED, ends_at=ENDS_AT)
    play(chain(opening(BOOK, seed=SEED, ends_at=ENDS_AT), told), writer)
    writer.close()


@pytest.fixture(scope="module")
def world(postgres: EmbeddedPostgres, template: str) -> Iterator[World]:
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE exported TEMPLATE {template} STRATEGY FILE_COPY")
        with open_pool(postgres.dsn("exported"), connections_max=4) as pool:
            play_into(pool, trades=300)
            yield World(postgres.dsn("exported"), pool, Runner(pool, BOOK).catch_up())
        connection.execute("DROP DATABASE exported WITH (FORCE)")


@pytest.fixture
def copy(world: World) -> str:
    """Return a copy of the simulated book, projections included."""
    name = copied(world.pool, BOOK)
    Runner(world.pool, name).catch_up()
    return name


@pytest.fixture
def hledger() -> Callable[..., Ran]:
    """Return hledger, run in a process; skip where it isn't installed."""
    program = shutil.which("hledger")
    if program is None:
        pytest.skip("hledger isn't installed: Debian's package hledger has it")
    return lambda folder, *arguments: ran(program, "-f", folder / "main.journal", *arguments)


def ran(*command: str | Path) -> Ran:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    return Ran(done.returncode, done.stdout + done.stderr)


def bean_check(folder: Path) -> Ran:
    return ran(Path(sys.executable).with_name("bean-check"), folder / "main.beancount")


def read_beancount(folder: Path) -> Any:
    return json.loads(ran(sys.executable, "-c", READ_BEANCOUNT, folder / "main.beancount").said)


def export(
    pool: ConnectionPool[Connection], folder: Path, form: PlainText, *, book: str = BOOK, up_to: int | None = None
) -> JournalExport:
    with pool.connection() as connection:
        position = moment_of(connection, book, at_position=up_to).position
        return export_journal(connection, book, folder, form=form, up_to=position)


def our_balances(pool: ConnectionPool[Connection], *, book: str = BOOK, up_to: int | None = None) -> Amounts:
    with pool.connection() as connection:
        rows = balances_at(connection, book, moment_of(connection, book, at_position=up_to))
    return {
        (row.account, row.currency): to_major(row.balance_minor * control_of(row.account).sign, row.currency)
        for row in rows
        if row.balance_minor
    }


def our_entries(pool: ConnectionPool[Connection], *, up_to: int | None = None) -> list[PostedEntry]:
    with pool.connection() as connection:
        entries = entries_between(connection, BOOK, after=0, limit=1_000_000)
    return [entry for entry in entries if up_to is None or entry.position <= up_to]


def beancount_balances(read: Any) -> Amounts:
    return {(account, currency): number for account, currency, number in read["balances"]}


def hledger_balances(said: str) -> Amounts:
    rows = csv.DictReader(said.splitlines())
    return {(row["account"], row["commodity"]): row["balance"] for row in rows if row["commodity"]}


HLEDGER_BALANCES = ("balance", "--flat", "--no-total", "--layout=bare", "-O", "csv")


def edit(file: Path, before: str, after: str) -> None:
    """Replace the one place where a file says something."""
    text = file.read_text(encoding="utf-8")
    assert text.count(before) == 1, before
    file.write_text(text.replace(before, after), encoding="utf-8")


def changed(line: str) -> str:
    """Return a claim with its amount's last digit changed."""
    amount, _, currency = line.rpartition(" ")
    return f"{amount[:-1]}{(int(amount[-1]) + 1) % 10} {currency}"


class TestBeancount:
    def test_beancount_comes_to_our_balances(self, world: World, tmp_path: Path) -> None:
        report = export(world.pool, tmp_path, Beancount())
        assert bean_check(tmp_path) == Ran(DONE, "")
        read = read_beancount(tmp_path)
        assert read["errors"] == []
        assert beancount_balances(read) == our_balances(world.pool)
        assert read["claims"] > report.accounts > 300

    def test_every_entry_leads_back_to_its_event(self, world: World, tmp_path: Path) -> None:
        report = export(world.pool, tmp_path, Beancount())
        entries = our_entries(world.pool)
        days = [entry.posting_date for entry in entries]
        assert days != sorted(days)
        assert report.entries == len(entries)
        written = [[*told, sorted(postings)] for *told, postings in read_beancount(tmp_path)["entries"]]
        assert written == [
            [
                entry.position,
                entry.originator_id,
                entry.topic,
                str(entry.posting_date),
                sorted([p.account, p.currency, to_major(p.amount_minor, p.currency)] for p in entry.postings),
            ]
            for entry in entries
        ]

    def test_a_minor_unit_too_much_is_found(self, world: World, tmp_path: Path) -> None:
        export(world.pool, tmp_path, Beancount())
        balances = tmp_path / "balances.beancount"
        line = next(line for line in balances.read_text().splitlines() if ":Hold:" in line and "USD" in line)
        edit(balances, line + "\n", changed(line) + "\n")
        status, said = bean_check(tmp_path)
        assert status != DONE
        assert f"Balance failed for '{line.split()[2]}'" in said

    def test_a_changed_entry_is_found_where_its_month_ends(self, world: World, tmp_path: Path) -> None:
        export(world.pool, tmp_path, Beancount())
        month = min(tmp_path.glob("2*.beancount"))
        line = next(line for line in month.read_text().splitlines() if " balance Assets:Clearing " in line)
        edit(month, line + "\n", changed(line) + "\n")
        status, said = bean_check(tmp_path)
        assert status != DONE
        assert "Balance failed for 'Assets:Clearing'" in said

    def test_a_corrupted_row_is_found(self, world: World, copy: str, tmp_path: Path) -> None:
        with tampering(world.pool) as connection:
            row = connection.execute(
                "UPDATE projections.journal_postings SET balance_minor = balance_minor + 1 WHERE book = %s"
                " AND (position, line) = (SELECT position, line FROM projections.journal_postings"
                "   WHERE book = %s AND account LIKE 'payable:exporter:%%' ORDER BY position DESC, line DESC LIMIT 1)"
                " RETURNING account",
                (copy, copy),
            ).fetchone()
        assert row is not None
        export(world.pool, tmp_path, Beancount(), book=copy)
        status, said = bean_check(tmp_path)
        assert status != DONE
        assert f"Balance failed for 'Liabilities:Payable:Exporter:{row[0].rpartition(':')[2]}'" in said


class TestHledger:
    def test_hledger_comes_to_our_balances(self, world: World, tmp_path: Path, hledger: Callable[..., Ran]) -> None:
        export(world.pool, tmp_path, Hledger())
        assert hledger(tmp_path, "check", "--strict") == Ran(DONE, "")
        assert hledger_balances(hledger(tmp_path, *HLEDGER_BALANCES).said) == our_balances(world.pool)

    def test_an_entry_is_found_by_its_position(self, world: World, tmp_path: Path, hledger: Callable[..., Ran]) -> None:
        export(world.pool, tmp_path, Hledger())
        entry = our_entries(world.pool)[-1]
        said = hledger(tmp_path, "print", f"tag:position=^{entry.position}$").said
        assert said.splitlines()[0] == (
            f"{entry.posting_date} * {entry.topic}  ; position:{entry.position}, reference:{entry.originator_id}"
        )

    def test_the_balance_sheet_knows_what_is_whose(
        self, world: World, tmp_path: Path, hledger: Callable[..., Ran]
    ) -> None:
        export(world.pool, tmp_path, Hledger())
        for letter, kind in (("a", "asset"), ("l", "liability"), ("r", "income"), ("x", "expense")):
            said = hledger(tmp_path, *HLEDGER_BALANCES, f"type:{letter}").said
            assert hledger_balances(said) == {
                key: amount for key, amount in our_balances(world.pool).items() if control_of(key[0]).kind == kind
            }

    def test_a_minor_unit_too_much_is_found(self, world: World, tmp_path: Path, hledger: Callable[..., Ran]) -> None:
        export(world.pool, tmp_path, Hledger())
        balances = tmp_path / "balances.journal"
        line = next(line for line in balances.read_text().splitlines() if " hold:" in line and "USD" in line)
        edit(balances, line + "\n", changed(line) + "\n")
        status, said = hledger(tmp_path, "check")
        assert status != DONE
        assert line.split()[0] in said
        assert "balance assertion" in said

    def test_a_month_that_ends_otherwise_is_found(
        self, world: World, tmp_path: Path, hledger: Callable[..., Ran]
    ) -> None:
        export(world.pool, tmp_path, Hledger())
        month = min(tmp_path.glob("2*.journal"))
        line = next(line for line in month.read_text().splitlines() if "    clearing  0 " in line)
        edit(month, line + "\n", changed(line) + "\n")
        status, said = hledger(tmp_path, "check")
        assert status != DONE
        assert month.name in said

    def test_a_lost_entry_is_found(self, world: World, copy: str, tmp_path: Path, hledger: Callable[..., Ran]) -> None:
        with tampering(world.pool) as connection:
            connection.execute(
                "DELETE FROM projections.journal_entries WHERE book = %s AND position ="
                " (SELECT max(position) FROM projections.journal_entries WHERE book = %s)",
                (copy, copy),
            )
        export(world.pool, tmp_path, Hledger(), book=copy)
        status, said = hledger(tmp_path, "check")
        assert status != DONE
        assert "balance assertion" in said


class TestAtPosition:
    @pytest.mark.parametrize("part", [7, 2])
    def test_an_earlier_position_has_its_own_balances(
        self, world: World, tmp_path: Path, hledger: Callable[..., Ran], part: int
    ) -> None:
        up_to = world.size // part
        expected = our_balances(world.pool, up_to=up_to)
        assert expected != our_balances(world.pool)
        assert export(world.pool, tmp_path / "beancount", Beancount(), up_to=up_to).position == up_to
        assert bean_check(tmp_path / "beancount") == Ran(DONE, "")
        read = read_beancount(tmp_path / "beancount")
        assert beancount_balances(read) == expected
        assert [entry[0] for entry in read["entries"]] == [e.position for e in our_entries(world.pool, up_to=up_to)]
        export(world.pool, tmp_path / "hledger", Hledger(), up_to=up_to)
        assert hledger(tmp_path / "hledger", "check", "--strict") == Ran(DONE, "")
        assert hledger_balances(hledger(tmp_path / "hledger", *HLEDGER_BALANCES).said) == expected

    def test_a_book_without_entries_is_read_as_well(
        self, world: World, tmp_path: Path, hledger: Callable[..., Ran]
    ) -> None:
        report = export(world.pool, tmp_path / "beancount", Beancount(), up_to=1)
        assert (report.entries, report.accounts) == (0, 0)
        assert bean_check(tmp_path / "beancount") == Ran(DONE, "")
        export(world.pool, tmp_path / "hledger", Hledger(), up_to=1)
        assert hledger(tmp_path / "hledger", "check", "--strict") == Ran(DONE, "")


class Line(msgspec.Struct, forbid_unknown_fields=True):
    """A line of a log in JSON, with its state's bytes."""

    position: int
    originator_id: str
    version: int
    topic: str
    state: msgspec.Raw
    leaf_hash: str


class TestJsonLines:
    def test_every_line_is_its_event_byte_for_byte(self, world: World, tmp_path: Path) -> None:
        told: list[int] = []
        with world.pool.connection() as connection:
            report = export_jsonl(connection, BOOK, tmp_path, up_to=world.size, progress=told.append)
        with (tmp_path / "log.jsonl").open("rb") as file:
            lines = [msgspec.json.decode(line, type=Line) for line in file]
        assert len(lines) == report.events == told[-1] == world.size
        for line, row in zip(lines, read_log(world.pool), strict=True):
            state = bytes(line.state)
            assert (line.position, line.originator_id, line.version, line.topic, state) == row[:5]
            leaf = leaf_bytes(line.position, line.originator_id, line.version, line.topic, state)
            assert leaf_hash(leaf).hex() == line.leaf_hash == row.leaf_hash.hex()

    def test_a_gap_is_told_and_nothing_is_written(self, world: World, tmp_path: Path) -> None:
        name = copied(world.pool, BOOK)
        with tampering(world.pool) as connection:
            connection.execute("DELETE FROM ledger.events WHERE book = %s AND position = 99", (name,))
        with world.pool.connection() as connection, pytest.raises(LogCorrupt, match="position=99"):
            export_jsonl(connection, name, tmp_path / "out", up_to=world.size)
        assert not list(tmp_path.iterdir())


class TestVerbs:
    @pytest.fixture(autouse=True)
    def environment(self, world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("LEDGER_DATABASE_URL", world.dsn)
        monkeypatch.setenv("LEDGER_HOME", str(tmp_path / "home"))

    @pytest.mark.parametrize("form", ["beancount", "hledger", "jsonl"])
    def test_a_verb_reports_what_it_wrote(self, world: World, tmp_path: Path, form: str) -> None:
        folder = tmp_path / "out"
        done = CliRunner().invoke(app, ["export", form, str(folder), "--json"])
        assert done.exit_code == DONE
        report = json.loads(done.stdout)
        files = list(folder.iterdir())
        assert report["position"] == world.size
        assert report["files"] == len(files)
        assert report["bytes"] == sum(file.stat().st_size for file in files)

    def test_people_get_a_table(self, tmp_path: Path) -> None:
        done = CliRunner().invoke(app, ["export", "hledger", str(tmp_path / "out"), "--at-position", "1000"])
        assert done.exit_code == DONE
        assert "1,000" in done.stdout

    def test_the_log_goes_to_parquet(self, world: World, tmp_path: Path) -> None:
        done = CliRunner().invoke(app, ["export", "parquet", str(tmp_path / "out"), "--json"])
        assert done.exit_code == DONE
        assert json.loads(done.stdout)["last_position"] == world.size
        assert list((tmp_path / "out").rglob("*.parquet"))

    @pytest.mark.parametrize("form", ["beancount", "hledger", "jsonl"])
    def test_nothing_is_written_over(self, tmp_path: Path, form: str) -> None:
        (tmp_path / "mine").write_text("precious")
        refused = CliRunner().invoke(app, ["export", form, str(tmp_path)])
        assert isinstance(refused.exception, ExportUnwritable)
        assert (tmp_path / "mine").read_text() == "precious"

    @pytest.mark.parametrize("form", ["beancount", "hledger", "jsonl", "parquet"])
    def test_a_position_that_the_log_has_not_reached_is_refused(self, tmp_path: Path, form: str) -> None:
        refused = CliRunner().invoke(app, ["export", form, str(tmp_path / "out"), "--at-position", "99999999"])
        assert isinstance(refused.exception, MomentAhead)
        assert not (tmp_path / "out").exists()


def check_both(pool: ConnectionPool[Connection], folder: Path, hledger: Callable[..., Ran]) -> Amounts:
    """Check that both programs come to every balance of the book, and return these."""
    expected = our_balances(pool)
    export(pool, folder / "beancount", Beancount())
    read = read_beancount(folder / "beancount")
    assert (read["errors"], beancount_balances(read)) == ([], expected)
    export(pool, folder / "hledger", Hledger())
    assert hledger(folder / "hledger", "check", "--strict") == Ran(DONE, "")
    assert hledger_balances(hledger(folder / "hledger", *HLEDGER_BALANCES).said) == expected
    return expected


def check_import(book: Book, orders: Path, mapping: str, folder: Path, hledger: Callable[..., Ran]) -> None:
    import_orders(orders, load_mapping(mapping), book.writer, rejects=folder / "rejects.csv")
    Runner(book.pool, book.name).catch_up()
    assert len(check_both(book.pool, folder, hledger)) > 1_000


@pytest.mark.soak
def test_dataco_comes_to_our_balances_in_both_programs(
    book: Book, shared_data: Path, tmp_path: Path, hledger: Callable[..., Ran]
) -> None:
    check_import(book, shared_data / "orders" / "dataco_orders.csv.gz", "dataco_disputes", tmp_path, hledger)


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_online_retail_comes_to_our_balances_in_both_programs(
    book: Book, shared_data: Path, tmp_path: Path, hledger: Callable[..., Ran]
) -> None:
    check_import(book, shared_data / "orders" / "online_retail.csv.gz", "online_retail", tmp_path, hledger)


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_a_million_events_come_to_our_balances_in_both_programs(
    pool: ConnectionPool[Connection], tmp_path: Path, hledger: Callable[..., Ran]
) -> None:
    play_into(pool, trades=36_000)
    assert Runner(pool, BOOK).catch_up() > 1_000_000
    assert check_both(pool, tmp_path, hledger)

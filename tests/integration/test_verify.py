"""Verification of a real book: whatever is changed behind the ledger's back is found, named, and told to programs."""

import json
import os
import random
import string
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg_pool import ConnectionPool
from typer.testing import CliRunner

from api.cli import app
from api.simulator import VirtualClock, opening, play, salts_from, simulate
from ledger.application import TradeLedger
from ledger.pool import Connection, open_pool
from ledger.postgres import EmbeddedPostgres
from ledger.store import BookRecorder
from ledger.transparency import Frontier, leaf_bytes, leaf_hash
from ledger.verification import verify_log
from ledger.writer import Writer
from projections.runner import Runner
from tests.books import LogRow, merkle_root, read_log
from tests.tampering import tampering

DONE, REFUSED, CORRUPT = 0, 1, 3
ENDS_AT = datetime(2026, 11, 22, tzinfo=UTC)
SEED = 20
COLUMNS = ("book", "position", "originator_id", "version", "topic", "state", "leaf_hash")

_names = count(1)


class Verified(NamedTuple):
    """What `trade-ledger verify --json` said."""

    exit_status: int
    said: dict[str, Any]

    @property
    def difference(self) -> dict[str, Any]:
        found: dict[str, Any] = self.said["first_difference"]
        return found


class Kept:
    """A book as it was written, and its copies for tests to tamper with."""

    def __init__(self, dsn: str, pool: ConnectionPool[Connection]) -> None:
        self.dsn = dsn
        self.pool = pool
        self.rows = read_log(pool, "sound")

    @property
    def size(self) -> int:
        return len(self.rows)

    def copied(self) -> str:
        """Copy the book, its outcomes included, and return the copy's name."""
        name = f"copy-{next(_names)}"
        with self.pool.connection() as connection:
            for table in ("events", "outcomes", "log_head"):
                connection.execute(
                    f"INSERT INTO ledger.{table}"
                    " SELECT (jsonb_populate_record(t, jsonb_build_object('book', %s::text))).*"
                    f" FROM ledger.{table} t WHERE book = 'sound'",
                    (name,),
                )
        return name

    def tamper(self, statement: str, **values: object) -> None:
        """Execute a statement as a superuser who switches all triggers off."""
        with tampering(self.pool) as connection:
            assert connection.execute(statement.encode(), values).rowcount


@pytest.fixture(scope="module")
def kept(postgres: EmbeddedPostgres, template: str) -> Iterator[Kept]:
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE verified TEMPLATE {template} STRATEGY FILE_COPY")
        with open_pool(postgres.dsn("verified"), connections_max=4) as pool:
            ledger = TradeLedger(BookRecorder(pool, "sound"), clock=VirtualClock(ENDS_AT), salts=salts_from(SEED))
            writer = Writer(ledger, batch_commands_max=10)
            told = simulate(trades=8, seed=SEED, ends_at=ENDS_AT)
            play(chain(opening("sound", seed=SEED, ends_at=ENDS_AT), told), writer)
            writer.close()
            yield Kept(postgres.dsn("verified"), pool)
        connection.execute("DROP DATABASE verified WITH (FORCE)")


@pytest.fixture
def verify(kept: Kept, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Verified]:
    monkeypatch.setenv("LEDGER_DATABASE_URL", kept.dsn)
    monkeypatch.setenv("LEDGER_HOME", str(tmp_path))

    def run(book: str) -> Verified:
        result = CliRunner().invoke(app, ["verify", "--json", "--book", book])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return Verified(result.exit_code, json.loads(result.stdout))

    return run


@pytest.fixture
def copy(kept: Kept) -> str:
    """Return a copy of the sound book."""
    return kept.copied()


def other_letter(text: str, dice: random.Random) -> str:
    """Change one character."""
    index = dice.randrange(len(text))
    letter = dice.choice([c for c in string.ascii_letters + string.digits if c != text[index]])
    return text[:index] + letter + text[index + 1 :]


def other_byte(value: bytes, dice: random.Random) -> bytes:
    """Change one byte."""
    index = dice.randrange(len(value))
    return value[:index] + bytes([value[index] ^ dice.randrange(1, 256)]) + value[index + 1 :]


def other_number(number: int, dice: random.Random) -> int:
    """Change one of the higher bytes of a number: a change of the lowest mostly meets a constraint."""
    return number ^ dice.randrange(1, 128) << 8 * dice.randrange(1, 8)


def changed(row: LogRow, column: str, dice: random.Random) -> object:
    """Return a column's value with one byte changed."""
    value = "sound" if column == "book" else getattr(row, column)
    if isinstance(value, bytes):
        return other_byte(value, dice)
    return other_number(value, dice) if isinstance(value, int) else other_letter(value, dice)


def test_sound_book_is_verified_and_its_root_is_that_of_the_standard(
    kept: Kept, verify: Callable[[str], Verified]
) -> None:
    root = merkle_root([row.leaf_hash for row in kept.rows]).hex()
    unsigned = {"checkpoints": 0, "signed_size": 0, "cosignatures": 0, "time_tokens": 0, "unchecked": []}
    sound = {"size": kept.size, "root": root, "ok": True, "first_difference": None, "proof": unsigned}
    assert kept.size > 90
    assert verify("sound") == (DONE, sound | {"behind": False, "guards": [], "table_changes": []})


def test_program_itself_ends_with_the_status_of_a_corrupt_log(kept: Kept, copy: str, tmp_path: Path) -> None:
    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [Path(sys.executable).with_name("trade-ledger"), "verify", "--json", "--book", copy],
            env=os.environ | {"LEDGER_DATABASE_URL": kept.dsn, "LEDGER_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    assert run().returncode == DONE
    kept.tamper("UPDATE ledger.events SET topic = 'order.placee' WHERE book = %(book)s AND position = 7", book=copy)
    corrupt = run()
    assert (corrupt.returncode, corrupt.stderr) == (CORRUPT, "")
    assert json.loads(corrupt.stdout)["first_difference"]["position"] == 7


# One event.


@pytest.mark.parametrize("column", COLUMNS)
def test_program_names_the_event_of_which_one_byte_was_changed(
    kept: Kept, copy: str, verify: Callable[[str], Verified], column: str
) -> None:
    dice = random.Random(column)  # noqa: S311 - the same changes in every run
    row = dice.choice(kept.rows)
    kept.tamper(
        f"UPDATE ledger.events SET {column} = %(value)s WHERE book = %(book)s AND position = %(position)s",
        value=changed(row, column, dice),
        book=copy,
        position=row.position,
    )
    exit_status, said = verify(copy)
    assert (exit_status, said["ok"], said["first_difference"]["in"]) == (CORRUPT, False, "log")
    assert said["first_difference"]["position"] == row.position
    assert verify("sound").exit_status == DONE


@pytest.mark.parametrize("column", COLUMNS)
def test_one_byte_changed_anywhere_in_any_event_is_named(kept: Kept, column: str) -> None:
    dice = random.Random(f"{column} anywhere")  # noqa: S311 - the same changes in every run
    ends = [kept.rows[0], kept.rows[-1]]
    with tampering(kept.pool) as connection:
        connection.execute("ALTER TABLE ledger.events DROP CONSTRAINT positions_count_from_one")
        for row in [*ends, *dice.choices(kept.rows, k=200 if column == "state" else 25)]:
            value = changed(row, column, dice)
            with connection.transaction(force_rollback=True):
                connection.execute(
                    f"UPDATE ledger.events SET {column} = %s WHERE book = 'sound' AND position = %s",
                    (value, row.position),
                )
                fault = verify_log(connection, "sound").fault
            assert fault is not None, (row.position, value)
            assert fault.position == row.position, (row.position, value, fault)
        connection.rollback()


def test_every_single_byte_of_an_events_state_is_covered(kept: Kept) -> None:
    row = kept.rows[0]
    with tampering(kept.pool) as connection:
        connection.execute("DELETE FROM ledger.events WHERE book = 'sound' AND position > 1")
        for index in range(len(row.state)):
            connection.execute(
                "UPDATE ledger.events SET state = set_byte(%b, %s, %s) WHERE book = 'sound'",
                (row.state, index, row.state[index] ^ 1),
            )
            fault = verify_log(connection, "sound").fault
            assert fault
            assert (fault.position, fault.what) == (1, "the event isn't what its leaf hash was taken of"), index
        connection.rollback()


@pytest.mark.parametrize("with_frontier", [False, True])
def test_forged_event_with_a_fresh_leaf_hash_is_found_or_at_least_read_without_breaking(
    kept: Kept, *, with_frontier: bool
) -> None:
    dice = random.Random("forged")  # noqa: S311 - the same forgeries in every run
    with tampering(kept.pool) as connection:
        connection.execute("ALTER TABLE ledger.events DROP CONSTRAINT an_aggregate_has_one_event_per_version")
        for _ in range(300):
            row = dice.choice(kept.rows)
            column = dice.choice(("originator_id", "topic", "state", "state", "state"))
            forged = LogRow(**{**row._asdict(), column: changed(row, column, dice)})
            leaf = leaf_hash(leaf_bytes(*forged[:5]))
            with connection.transaction(force_rollback=True):
                connection.execute(
                    "UPDATE ledger.events SET originator_id = %s, topic = %s, state = %s, leaf_hash = %s"
                    " WHERE book = 'sound' AND position = %s",
                    (forged.originator_id, forged.topic, forged.state, leaf, row.position),
                )
                if with_frontier:
                    hashes = [leaf if each.position == row.position else each.leaf_hash for each in kept.rows]
                    connection.execute(
                        "UPDATE ledger.log_head SET frontier = %s WHERE book = 'sound'", (frontier_of(hashes),)
                    )
                report = verify_log(connection, "sound")
            assert with_frontier or report.fault
        connection.rollback()


def frontier_of(hashes: list[bytes]) -> bytes:
    frontier = Frontier()
    for each in hashes:
        frontier.append(each)
    return frontier.stored()


@pytest.mark.parametrize("from_the_end", [0, 1, 60])
def test_deleted_event_is_named(kept: Kept, copy: str, verify: Callable[[str], Verified], from_the_end: int) -> None:
    position = kept.size - from_the_end
    kept.tamper("DELETE FROM ledger.events WHERE book = %(book)s AND position = %(at)s", book=copy, at=position)
    exit_status, said = verify(copy)
    assert (exit_status, said["first_difference"]["position"]) == (CORRUPT, position)


def test_log_cut_off_at_its_end_is_named_where_it_ends(
    kept: Kept, copy: str, verify: Callable[[str], Verified]
) -> None:
    kept.tamper("DELETE FROM ledger.events WHERE book = %(book)s AND position > 50", book=copy)
    exit_status, said = verify(copy)
    assert (exit_status, said["size"], said["first_difference"]["position"]) == (CORRUPT, 50, 51)


@pytest.mark.parametrize("apart", [1, 40])
def test_swapped_events_are_named(kept: Kept, copy: str, verify: Callable[[str], Verified], apart: int) -> None:
    with tampering(kept.pool) as connection:
        for old, new in ((30, 10_000), (30 + apart, 30), (10_000, 30 + apart)):
            connection.execute(
                "UPDATE ledger.events SET position = %s WHERE book = %s AND position = %s", (new, copy, old)
            )
    exit_status, said = verify(copy)
    assert (exit_status, said["first_difference"]["position"]) == (CORRUPT, 30)


def test_event_that_nobody_recorded_is_named(kept: Kept, copy: str, verify: Callable[[str], Verified]) -> None:
    last = kept.rows[-1]
    leaf = leaf_hash(leaf_bytes(last.position + 1, last.originator_id, last.version + 1, last.topic, last.state))
    kept.tamper(
        "INSERT INTO ledger.events SELECT book, position + 1, originator_id, version + 1, topic, state, %(leaf)s"
        " FROM ledger.events WHERE book = %(book)s AND position = %(last)s",
        book=copy,
        last=last.position,
        leaf=leaf,
    )
    exit_status, said = verify(copy)
    assert (exit_status, said["first_difference"]["position"]) == (CORRUPT, last.position + 1)


# The head, and what became of commands.


@pytest.mark.parametrize(
    ("change", "position_from_the_end"),
    [
        ("size = size + 1", 1),
        ("size = size - 1", 0),
        ("size = 0", None),
        ("frontier = set_byte(frontier, 0, get_byte(frontier, 0) # 1)", None),
        ("frontier = set_byte(frontier, octet_length(frontier) - 1, 7 # get_byte(frontier, 31))", None),
        ("frontier = ''", None),
        ("last_recorded_at = last_recorded_at + interval '1 microsecond'", None),
        ("last_recorded_at = last_recorded_at - interval '1 microsecond'", None),
        ("last_recorded_at = 'infinity'", None),
        ("book = 'moved-' || book", None),
    ],
)
def test_changed_head_is_found(
    kept: Kept, copy: str, verify: Callable[[str], Verified], change: str, position_from_the_end: int | None
) -> None:
    kept.tamper(f"UPDATE ledger.log_head SET {change} WHERE book = %(book)s", book=copy)
    exit_status, said = verify(copy)
    assert (exit_status, said["ok"]) == (CORRUPT, False)
    assert "head" in said["first_difference"]["what"]
    if position_from_the_end is not None:
        assert said["first_difference"]["position"] == kept.size + position_from_the_end


def test_removed_head_is_found(kept: Kept, copy: str, verify: Callable[[str], Verified]) -> None:
    kept.tamper("DELETE FROM ledger.log_head WHERE book = %(book)s", book=copy)
    assert verify(copy).exit_status == CORRUPT


SET = "UPDATE ledger.outcomes SET"
ACCEPTED = "WHERE book = %(book)s AND first_position = 20"


@pytest.mark.parametrize(
    "statement",
    [
        f"{SET} first_position = 7, last_position = 7 {ACCEPTED}",
        f"{SET} first_position = 21 {ACCEPTED}",
        f"{SET} first_position = 19 {ACCEPTED}",
        f"{SET} last_position = last_position + 1 {ACCEPTED}",
        f"{SET} last_position = 19 {ACCEPTED}",
        f"{SET} first_position = 90000, last_position = 90000 {ACCEPTED}",
        f"{SET} command_id = command_id || '.' {ACCEPTED}",
        f"{SET} principal = principal || '.' {ACCEPTED}",
        f"{SET} request_hash = set_byte(request_hash, 3, 1 # get_byte(request_hash, 3)) {ACCEPTED}",
        f"{SET} book = 'moved-' || book {ACCEPTED}",
        f"{SET} first_position = NULL, last_position = NULL, refusal = '{{}}' {ACCEPTED}",
        f"{SET} first_position = 20, last_position = 20, refusal = NULL WHERE book = %(book)s AND refusal IS NOT NULL",
        f"DELETE FROM ledger.outcomes {ACCEPTED}",
        "DELETE FROM ledger.outcomes WHERE book = %(book)s",
        f"""
        INSERT INTO ledger.outcomes
        SELECT book, principal, 'invented', request_hash, 20, 20, NULL, recorded_at FROM ledger.outcomes {ACCEPTED}
        """,
    ],
)
def test_outcome_that_is_not_its_commands_is_found(
    kept: Kept, copy: str, verify: Callable[[str], Verified], statement: str
) -> None:
    kept.tamper(statement, book=copy)
    exit_status, said = verify(copy)
    assert exit_status == CORRUPT
    assert "outcome" in said["first_difference"]["what"]


# Projections.


JOURNAL_KEY = "book = %(book)s AND position = (SELECT max(position) FROM projections.{table} WHERE book = %(book)s)"


@pytest.mark.parametrize(
    ("projection", "statement"),
    [
        ("journal", f"UPDATE projections.journal_entries SET topic = 'x' WHERE {JOURNAL_KEY}"),
        ("journal", f"UPDATE projections.journal_entries SET posting_date = '2000-01-01' WHERE {JOURNAL_KEY}"),
        ("journal", f"DELETE FROM projections.journal_entries WHERE {JOURNAL_KEY}"),
        ("journal", "INSERT INTO projections.journal_entries SELECT %(book)s, 90000, '', '', now(), now(), now()"),
        ("journal", f"UPDATE projections.journal_postings SET account = 'x' WHERE line = 1 AND {JOURNAL_KEY}"),
        ("journal", f"UPDATE projections.journal_postings SET amount_minor = 1 WHERE line = 1 AND {JOURNAL_KEY}"),
        ("journal", f"UPDATE projections.journal_postings SET balance_minor = 1 WHERE line = 1 AND {JOURNAL_KEY}"),
        ("journal", f"DELETE FROM projections.journal_postings WHERE line = 2 AND {JOURNAL_KEY}"),
        ("journal", "INSERT INTO projections.journal_postings SELECT %(book)s, 1, 1, 'x', 'USD', 0, 0"),
        ("balances", f"UPDATE projections.balances SET balance_minor = balance_minor + 1 WHERE {JOURNAL_KEY}"),
        ("balances", f"UPDATE projections.balances SET control = 'suspense' WHERE {JOURNAL_KEY}"),
        ("balances", f"DELETE FROM projections.balances WHERE {JOURNAL_KEY}"),
        ("balances", "INSERT INTO projections.balances SELECT %(book)s, 'suspense:x', 'USD', 'suspense', 0, 1"),
        ("orders", f"UPDATE projections.orders SET status = 'completed', held_minor = 1 WHERE {JOURNAL_KEY}"),
        ("orders", f"UPDATE projections.orders SET buyer = 'x' WHERE {JOURNAL_KEY}"),
        ("orders", f"UPDATE projections.orders SET placed_at = 'epoch' WHERE {JOURNAL_KEY}"),
        ("orders", f"DELETE FROM projections.orders WHERE {JOURNAL_KEY}"),
        ("audit", "UPDATE projections.audit SET actor = 'operator:x' WHERE book = %(book)s AND first_position = 1"),
        ("audit", "UPDATE projections.audit SET role = 'auditor' WHERE book = %(book)s AND first_position = 1"),
        ("audit", "UPDATE projections.audit SET recorded_at = 'epoch' WHERE book = %(book)s AND first_position = 1"),
        ("audit", "UPDATE projections.audit SET topics = ARRAY['x'] WHERE book = %(book)s AND first_position = 1"),
        ("audit", "UPDATE projections.audit SET last_position = 2 WHERE book = %(book)s AND first_position = 1"),
        ("audit", "DELETE FROM projections.audit WHERE book = %(book)s AND first_position = 1"),
        (
            "audit",
            """
            INSERT INTO projections.audit SELECT %(book)s, 90000, 90000, now(), '', '', '', '', topics, followed
            FROM projections.audit WHERE book = %(book)s AND first_position = 1
            """,
        ),
        ("four_eyes", f"UPDATE projections.four_eyes SET proposed_by = 'x' WHERE {JOURNAL_KEY}"),
        ("four_eyes", f"UPDATE projections.four_eyes SET decided_by = 'x' WHERE {JOURNAL_KEY}"),
        ("four_eyes", f"UPDATE projections.four_eyes SET amount_minor = 1 WHERE {JOURNAL_KEY}"),
        ("four_eyes", f"DELETE FROM projections.four_eyes WHERE {JOURNAL_KEY}"),
        ("journal", "UPDATE projections.positions SET position = 20 WHERE book = %(book)s AND projection = 'journal'"),
        (
            "balances",
            "UPDATE projections.positions SET position = 20 WHERE book = %(book)s AND projection = 'balances'",
        ),
        ("orders", "UPDATE projections.positions SET position = 20 WHERE book = %(book)s AND projection = 'orders'"),
        ("orders", "UPDATE projections.positions SET position = 9999 WHERE book = %(book)s AND projection = 'orders'"),
    ],
)
def test_changed_row_of_a_projection_is_named_and_repaired_by_rebuild(
    kept: Kept, copy: str, verify: Callable[[str], Verified], projection: str, statement: str
) -> None:
    Runner(kept.pool, copy).catch_up()
    table = statement.partition("projections.")[2].split()[0]
    kept.tamper(statement.format(table=table), book=copy)
    exit_status, said = verify(copy)
    assert (exit_status, said["ok"], said["first_difference"]["in"]) == (REFUSED, False, projection)
    assert set(said["first_difference"]) == {"in", "key", "stored", "derived", "what"}
    assert CliRunner().invoke(app, ["rebuild", "--book", copy, projection]).exit_code == DONE
    assert verify(copy).exit_status == DONE


def test_difference_of_a_projection_says_what_stands_there_and_what_should(
    kept: Kept, copy: str, verify: Callable[[str], Verified]
) -> None:
    Runner(kept.pool, copy).catch_up()
    kept.tamper(
        "UPDATE projections.balances SET balance_minor = 77 WHERE book = %(book)s AND account = 'clearing:card'"
        " AND currency = 'USD'",
        book=copy,
    )
    difference = verify(copy).difference
    assert difference["key"] == "clearing:card/USD"
    assert difference["stored"].split(", ")[1] == "77"
    assert difference["derived"].split(", ")[1] != "77"
    assert CliRunner().invoke(app, ["rebuild", "journal", "--book", copy]).exit_code == DONE
    assert verify(copy).exit_status == REFUSED
    assert CliRunner().invoke(app, ["rebuild", "balances", "--book", copy]).exit_code == DONE
    assert verify(copy).exit_status == DONE


def test_broken_log_is_told_before_a_changed_projection(
    kept: Kept, copy: str, verify: Callable[[str], Verified]
) -> None:
    Runner(kept.pool, copy).catch_up()
    kept.tamper("UPDATE projections.orders SET status = 'x' WHERE book = %(book)s", book=copy)
    kept.tamper("UPDATE ledger.events SET topic = 'x' WHERE book = %(book)s AND position = 9", book=copy)
    assert verify(copy).difference["in"] == "log"


def test_projections_that_are_behind_are_brought_up_and_verified(
    kept: Kept, copy: str, verify: Callable[[str], Verified]
) -> None:
    assert verify(copy).exit_status == DONE
    assert {lag.position for lag in Runner(kept.pool, copy).lags()} == {kept.size}

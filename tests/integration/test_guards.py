"""Guards: what writing can't do, what a broken guard lets through, and that `verify` names each that is broken."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from api.composition import House
from api.verify import verify_book
from ledger.guards import BrokenGuard, broken_guards, changes_outside_migrations, expected_guards, standing_guards
from ledger.migrations import migrate
from ledger.pool import Connection, open_pool
from ledger.postgres import EmbeddedPostgres
from tests.books import Book
from tests.command_line import DONE, REFUSED, Run, in_this_process
from tests.tampering import as_superuser, tampering

SHIPPED = Path(__file__).parents[2] / "migrations" / "guards.json"
"""`python -m tests.integration.test_guards` writes it anew from the migrations."""

RECORD = (
    "events",
    "outcomes",
    "forbidden",
    "reads",
    "tree_hashes",
    "checkpoints",
    "cosignatures",
    "time_tokens",
    "ddl_history",
)


@pytest.fixture(scope="module")
def server(each_postgres: EmbeddedPostgres) -> Iterator[str]:
    """Return the DSN of a migrated database that tests leave as it was."""
    with psycopg.connect(each_postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE guarded")
        migrate(each_postgres.dsn("guarded"))
        yield each_postgres.dsn("guarded")
        connection.execute("DROP DATABASE guarded WITH (FORCE)")


@pytest.fixture(scope="module")
def guarded(server: str) -> Iterator[ConnectionPool[Connection]]:
    """Open a pool on a database with a trade in the book `main`."""
    with open_pool(server, connections_max=4) as pool, Book.opened(pool) as book:
        book.trade("PO-1")
        yield pool


@contextmanager
def undone(pool: ConnectionPool[Connection], role: str = "NONE") -> Iterator[Connection]:
    """Act as a superuser, or a role, and take all of it back."""
    with pool.connection() as connection, connection.transaction(force_rollback=True):
        connection.execute(f"SET LOCAL ROLE {role}".encode())
        yield connection


# What is set up.


def test_every_guard_of_a_new_database_is_as_shipped(guarded: ConnectionPool[Connection]) -> None:
    with guarded.connection() as connection:
        assert standing_guards(connection) == expected_guards()
        assert broken_guards(connection) == []
        assert changes_outside_migrations(connection) == []


def test_pool_acts_as_the_writer_who_goes_through_no_row_security(guarded: ConnectionPool[Connection]) -> None:
    with guarded.connection() as connection:
        row = connection.execute("SELECT current_user, row_security_active('ledger.events')").fetchone()
        assert row == ("ledger_writer", False)
        plan = connection.execute("EXPLAIN SELECT * FROM ledger.events WHERE book = 'main' AND position = 3").fetchall()
        assert "Filter" not in str(plan)


def test_pool_through_pgbouncer_leaves_no_role_behind(server: str) -> None:
    with open_pool(server, connections_max=1, through_pgbouncer=True) as pool, pool.connection() as connection:
        assert connection.execute("SELECT current_user = session_user").fetchone() == (True,)


def test_every_table_with_a_book_has_row_security_and_every_trigger_fires_always() -> None:
    guards = expected_guards()
    books = {guard.split()[1] for guard in guards if guard.startswith("column ") and guard.endswith(" book")}
    assert books > {f"ledger.{table}" for table in RECORD if table != "ddl_history"}
    for table in books:
        assert guards[f"table {table}"] == "plain, of ledger_owner, row security"
        assert f"policy {table} readers_see_their_books" in guards
    assert {said.split()[0] for guard, said in guards.items() if " trigger " in f" {guard}"} == {"always"}


# What the writer can't do.

BEYOND_WRITING = [
    *(f"{change} ledger.{table}" for table in RECORD for change in ("DELETE FROM", "TRUNCATE")),
    *(f"UPDATE ledger.{table} SET book = book" for table in RECORD if table != "ddl_history"),
    "UPDATE ledger.log_head SET book = book",
    "DELETE FROM ledger.log_head",
    "UPDATE ledger.confidential SET value = value",
    "DELETE FROM ledger.evidence",
    "INSERT INTO ledger.ddl_history (tag, object_type, object) VALUES ('MIGRATION', 'file', '9999')",
    "INSERT INTO ledger.book_readers VALUES ('main', 'somebody')",
    "SELECT FROM ledger.book_readers",
    "INSERT INTO public.ledger_migrations VALUES ('9999')",
    "TRUNCATE projections.orders",
    "CREATE TABLE ledger.mine ()",
    "CREATE TRIGGER mine BEFORE INSERT ON ledger.events EXECUTE FUNCTION ledger.refuse_change()",
    "ALTER TABLE ledger.events DISABLE TRIGGER events_are_append_only",
    "ALTER TABLE ledger.events DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE ledger.events DROP CONSTRAINT positions_count_from_one",
    "DROP TABLE ledger.events",
    "DROP FUNCTION ledger.refuse_change() CASCADE",
    "CREATE OR REPLACE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE sql AS ''",
    "ALTER EVENT TRIGGER ledger_ddl_is_noted DISABLE",
    "SET session_replication_role = replica",
    "SELECT ledger.set_guards()",
]


@pytest.mark.parametrize("statement", BEYOND_WRITING)
def test_writer_may_not(guarded: ConnectionPool[Connection], statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege), undone(guarded, "ledger_writer") as connection:
        connection.execute(statement.encode())


@pytest.mark.parametrize("table", RECORD)
@pytest.mark.parametrize("mode", ["origin", "replica"])
def test_owner_is_refused_by_a_trigger_also_as_a_replica(
    guarded: ConnectionPool[Connection], table: str, mode: str
) -> None:
    with undone(guarded) as connection:
        connection.execute(f"SET LOCAL session_replication_role = {mode}".encode())
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"):
            connection.execute(f"DELETE FROM ledger.{table}".encode())


# What `verify` says.

BROKEN = {
    "ALTER TABLE ledger.events DISABLE TRIGGER events_are_append_only": "trigger ledger.events events_are_append_only",
    "ALTER TABLE ledger.events ENABLE TRIGGER no_row_is_changed": "trigger ledger.events no_row_is_changed",
    "DROP TRIGGER heads_only_move_forward ON ledger.log_head": "trigger ledger.log_head heads_only_move_forward",
    "CREATE TRIGGER mine BEFORE INSERT ON ledger.events EXECUTE FUNCTION ledger.refuse_change()": (
        "trigger ledger.events mine"
    ),
    "DROP TRIGGER entries_sum_to_zero ON projections.journal_postings": (
        "trigger projections.journal_postings entries_sum_to_zero"
    ),
    "CREATE OR REPLACE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'": (
        "function ledger.refuse_change()"
    ),
    "ALTER FUNCTION ledger.note_ddl() SECURITY INVOKER": "function ledger.note_ddl()",
    "ALTER TABLE ledger.events DROP CONSTRAINT a_leaf_hash_is_sha256": "constraint ledger.events a_leaf_hash_is_sha256",
    "ALTER TABLE ledger.events ALTER COLUMN state DROP NOT NULL": "column ledger.events state",
    "GRANT UPDATE ON ledger.events TO ledger_writer": "right on ledger.events of ledger_writer",
    "GRANT UPDATE (state) ON ledger.events TO ledger_reader": "right on ledger.events state of ledger_reader",
    "GRANT DELETE ON ledger.outcomes TO PUBLIC": "right on ledger.outcomes of PUBLIC",
    "GRANT SELECT (value) ON ledger.confidential TO ledger_auditor": (
        "right on ledger.confidential value of ledger_auditor"
    ),
    "REVOKE SELECT ON projections.orders FROM ledger_reader": "right on projections.orders of ledger_reader",
    "GRANT CREATE ON SCHEMA ledger TO PUBLIC": "right on schema ledger of PUBLIC",
    "ALTER TABLE ledger.events OWNER TO ledger_writer": "table ledger.events",
    "ALTER TABLE projections.orders DISABLE ROW LEVEL SECURITY": "table projections.orders",
    "DROP POLICY readers_see_their_books ON ledger.events": "policy ledger.events readers_see_their_books",
    "CREATE POLICY all_of_it ON ledger.events TO ledger_reader USING (true)": "policy ledger.events all_of_it",
    "ALTER POLICY readers_see_their_books ON ledger.reads USING (true)": "policy ledger.reads readers_see_their_books",
    "CREATE RULE none AS ON INSERT TO ledger.events DO INSTEAD NOTHING": "rule ledger.events none",
    "CREATE TABLE public.more () INHERITS (ledger.events)": "child of ledger.events public.more",
    "ALTER EVENT TRIGGER ledger_ddl_is_noted DISABLE": "event trigger ledger_ddl_is_noted",
    "DROP EVENT TRIGGER ledger_drops_are_noted": "event trigger ledger_drops_are_noted",
    "ALTER ROLE ledger_reader BYPASSRLS": "role ledger_reader",
    "ALTER ROLE ledger_writer LOGIN": "role ledger_writer",
    "CREATE ROLE writes_all IN ROLE pg_write_all_data": "reach of writes_all",
    "CREATE ROLE reads_all BYPASSRLS IN ROLE ledger_reader": "reach of reads_all",
    "CREATE ROLE reads_values IN ROLE ledger_auditor, pg_read_all_data": "reach of reads_values",
    "ALTER ROLE ALL SET session_replication_role = replica": "setting of any login session_replication_role",
}
"""What somebody with the right to does, and the first guard that is then said to be broken."""


@pytest.mark.parametrize(("statement", "guard"), BROKEN.items(), ids=BROKEN)
def test_broken_guard_is_named(guarded: ConnectionPool[Connection], statement: str, guard: str) -> None:
    with undone(guarded) as connection:
        connection.execute(statement.encode())
        connection.execute("SET LOCAL ROLE ledger_writer")
        assert guard in {broken.guard for broken in broken_guards(connection)}


def test_broken_guard_is_told_with_what_it_should_be(guarded: ConnectionPool[Connection]) -> None:
    with undone(guarded) as connection:
        connection.execute("ALTER TABLE ledger.events DISABLE TRIGGER events_are_append_only")
        connection.execute("SET LOCAL ROLE ledger_writer")
        refused = "before delete update truncate each statement ledger.refuse_change"
        assert broken_guards(connection) == [
            BrokenGuard(
                guard="trigger ledger.events events_are_append_only",
                expected=f"always {refused}",
                found=f"switched off {refused}",
            )
        ]


def test_guards_are_set_again_by_one_call(guarded: ConnectionPool[Connection]) -> None:
    with undone(guarded) as connection:
        for statement in (
            "ALTER TABLE ledger.events DISABLE TRIGGER events_are_append_only",
            "REVOKE SELECT ON projections.orders FROM ledger_reader",
            "DROP POLICY readers_see_their_books ON ledger.events",
            "ALTER TABLE projections.orders DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE ledger.events OWNER TO current_user",
            "DROP EVENT TRIGGER ledger_ddl_is_noted",
        ):
            connection.execute(statement.encode())
        connection.execute("SELECT ledger.set_guards()")
        connection.execute("SET LOCAL ROLE ledger_writer")
        assert broken_guards(connection) == []


def test_connection_that_may_change_history_is_named(guarded: ConnectionPool[Connection]) -> None:
    with undone(guarded) as connection:
        assert [broken.guard for broken in broken_guards(connection)] == ["reach of this connection"]


# Changes of tables are noted.


def test_changes_of_tables_are_noted_and_temporary_ones_are_not(guarded: ConnectionPool[Connection]) -> None:
    with undone(guarded) as connection:
        for statement in (
            "SET LOCAL application_name = 'a person'",
            "CREATE TEMP TABLE mine AS SELECT 1",
            "DROP TABLE mine",
            "CREATE TABLE public.unrelated ()",
            "SET LOCAL ROLE ledger_owner",
            "CREATE INDEX by_topic ON ledger.events (topic)",
            "GRANT SELECT ON ledger.events TO ledger_reader",
            "DROP INDEX ledger.by_topic",
        ):
            connection.execute(statement.encode())
        changes = changes_outside_migrations(connection)
    assert {(change.acting_as, change.application) for change in changes} == {("ledger_owner", "a person")}
    assert [(change.tag, change.object, change.statement) for change in changes] == [
        ("CREATE INDEX", "ledger.by_topic", ""),
        ("GRANT", "", "GRANT SELECT ON ledger.events TO ledger_reader"),
        ("DROP INDEX", "ledger.by_topic", ""),
    ]


def test_changes_by_a_migration_are_told_from_others_by_its_transaction(guarded: ConnectionPool[Connection]) -> None:
    with undone(guarded) as connection:
        connection.execute("CREATE TABLE ledger.more ()")
        assert changes_outside_migrations(connection)
        connection.execute("INSERT INTO public.ledger_migrations VALUES ('9999')")
        assert changes_outside_migrations(connection) == []
        assert "table ledger.more" in {broken.guard for broken in broken_guards(connection)}


# The program.


def test_verify_tells_a_broken_guard_from_a_broken_log(
    database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("LEDGER_DATABASE_URL", database)
    monkeypatch.setenv("LEDGER_HOME", str(tmp_path))
    ledger: Run = in_this_process(capsys, monkeypatch)
    with open_pool(database, connections_max=2) as pool, Book.opened(pool) as book:
        book.trade("PO-1")
        sound = ledger("verify", "--json")
        assert (sound.status, sound.json["guards"], sound.json["table_changes"]) == (DONE, [], [])
        with as_superuser(pool) as connection:
            connection.execute("ALTER TABLE ledger.events DISABLE TRIGGER events_are_append_only")
        told = ledger("verify")
        assert (told.status, "all as recorded, but not guarded as it should be" in told.out) == (REFUSED, True)
        assert "guard broken: trigger ledger.events events_are_append_only: switched off" in told.err
        assert "ALTER TABLE" in told.out
        said = ledger("verify", "--json").json
        assert (said["ok"], said["first_difference"], len(said["guards"])) == (False, None, 1)
        assert [each["object"] for each in said["table_changes"]] == ["ledger.events"]
        with as_superuser(pool) as connection:
            connection.execute("REVOKE SELECT ON ledger.outcomes FROM ledger_writer")
        unread = ledger("verify", "--json")
        assert unread.status == REFUSED
        assert unread.json["first_difference"] == {"in": "rights", "what": "permission denied for table outcomes"}
        assert "right on ledger.outcomes of ledger_writer" in {each["guard"] for each in unread.json["guards"]}
        with tampering(pool) as connection:
            connection.execute("DELETE FROM ledger.events WHERE position = 3")
        report = verify_book(House(database, pool).book("main"))
        assert (report.corrupt, len(report.guards)) == (True, 2)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="ledger-guards-", ignore_cleanup_errors=True) as home:
        Path(home).chmod(0o711)
        with EmbeddedPostgres(Path(home) / "home", attached_wait_seconds=1) as own:
            migrate(own.dsn())
            with open_pool(own.dsn(), connections_max=1) as one, one.connection() as reading:
                SHIPPED.write_text(json.dumps(standing_guards(reading), indent=1, sort_keys=True) + "\n")

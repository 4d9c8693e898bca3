"""Roles: who reads one book sees nothing of another, through a login of their own; and servers that give us less."""

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from psycopg import sql
from psycopg_pool import ConnectionPool

from ledger.guards import broken_guards, changes_outside_migrations
from ledger.migrations import MigrationFailed, migrate
from ledger.pool import Connection, open_pool
from ledger.postgres import EmbeddedPostgres
from ledger.roles import BookReaders, ReaderNotFound, RoleMalformed, RoleOfOtherKind, RolesUnmanaged, RoleUnbound
from projections.runner import Runner
from tests.books import Book
from tests.command_line import DONE, REFUSED, WRONG_USAGE, Run, in_this_process
from tests.logins import let_in, logged_in
from tests.tampering import as_superuser

BOOKS = ("mine", "other", "third")
HIDDEN = {"ledger.ddl_history"}
"""Tables without a book."""

TABLES = """
    SELECT relnamespace::regnamespace || '.' || relname FROM pg_class
    WHERE relnamespace IN ('ledger'::regnamespace, 'projections'::regnamespace) AND relkind = 'r' ORDER BY 1
"""
CHECKS = """
    SELECT conrelid::regclass::text, conname FROM pg_constraint
    WHERE contype = 'c' AND connamespace IN ('ledger'::regnamespace, 'projections'::regnamespace)
"""
VALUES = {
    "text": "''",
    "bytea": "''",
    "date": "'2026-01-01'",
    "timestamp with time zone": "'epoch'",
    "boolean": "true",
    "text[]": "'{}'",
}
"""A value of each type; 0 of any other."""

MAY_READ = "SELECT has_any_column_privilege(%s, %s, 'SELECT')"


class Shared(NamedTuple):
    """A database with three books in it, and its server."""

    server: EmbeddedPostgres
    dsn: str
    pool: ConnectionPool[Connection]

    def login(self, role: str) -> str:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(sql.SQL("ALTER ROLE {} LOGIN").format(sql.Identifier(role)))
        return logged_in(self.dsn, role)


@contextmanager
def made(server: EmbeddedPostgres, name: str) -> Iterator[str]:
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield server.dsn(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def shared(each_postgres: EmbeddedPostgres) -> Iterator[Shared]:
    with (
        let_in(each_postgres, "reader_of_mine", "auditor_of_mine", "member_of_reader", "reader_of_none"),
        made(each_postgres, "shared") as dsn,
    ):
        migrate(dsn)
        with open_pool(dsn, connections_max=4) as pool:
            for name in BOOKS:
                with Book.opened(pool, name=name) as book:
                    book.trade("PO-1")
                Runner(pool, name).catch_up()
            with pool.connection() as connection:
                fill_what_a_trade_leaves_empty(connection)
            yield Shared(each_postgres, dsn, pool)


def fill_what_a_trade_leaves_empty(connection: Connection) -> None:
    """Let every table with a book have a row of each book, and each projection one of a rebuild beside."""
    connection.execute("SET LOCAL ROLE NONE")
    for table, name in connection.execute(CHECKS).fetchall():
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}".encode())
    for (table,) in connection.execute(TABLES).fetchall():
        if table in HIDDEN:
            continue
        for book in (*BOOKS, "mine~"):
            if not connection.execute(f"SELECT FROM {table} WHERE book = %s".encode(), (book,)).rowcount:
                connection.execute(row_of(connection, table), (book,))


def row_of(connection: Connection, table: str) -> bytes:
    """Return an INSERT of a row with a value for each column that needs one, and its book to be given."""
    columns = connection.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND attnotnull AND attidentity = '' AND attname <> 'book'",
        (table,),
    ).fetchall()
    named = ", ".join(["book", *(f'"{name}"' for name, _ in columns)])
    values = ", ".join(["%s", *(VALUES.get(kind, "0") for _, kind in columns)])
    return f"INSERT INTO {table} ({named}) VALUES ({values})".encode()


@pytest.fixture
def readers(shared: Shared) -> BookReaders:
    return BookReaders(shared.pool)


def seen(dsn: str) -> dict[str, set[str]]:
    """Return whose rows a login sees, by table that it may read."""
    with psycopg.connect(dsn) as connection:
        tables = [table for (table,) in connection.execute(TABLES).fetchall() if table not in HIDDEN]
        may_read = [
            table
            for table in tables
            if connection.execute(MAY_READ, (connection.info.user, table)).fetchone() == (True,)
        ]
        return {
            table: {book for (book,) in connection.execute(f"SELECT DISTINCT book FROM {table}".encode())}
            for table in may_read
        }


FOR_AUDITORS = {
    "outcomes",
    "forbidden",
    "reads",
    "snapshots",
    "previews",
    "confidential",
    "evidence",
    "webhooks",
    "webhook_deliveries",
    "webhook_dead_letters",
}
UNREAD_COLUMNS = (
    "confidential.value",
    "confidential.salt",
    "evidence.content",
    "previews.plan",
    "webhooks.secret",
    "webhooks.former_secret",
)
FOR_NOBODY = {"witness_problems"}


def test_reader_of_one_book_sees_nothing_of_another_in_any_table(shared: Shared, readers: BookReaders) -> None:
    readers.grant("reader_of_mine", "mine", auditor=False)
    found = seen(shared.login("reader_of_mine"))
    assert set(map(frozenset, found.values())) == {frozenset({"mine"})}
    with shared.pool.connection() as connection:
        tables = {table for (table,) in connection.execute(TABLES)}
    unread = {table.removeprefix("ledger.") for table in tables - set(found)}
    assert unread - FOR_NOBODY == FOR_AUDITORS | {"ddl_history"}


def test_auditor_of_one_book_sees_what_was_tried_and_read_but_no_value(shared: Shared, readers: BookReaders) -> None:
    readers.grant("auditor_of_mine", "mine", auditor=True)
    dsn = shared.login("auditor_of_mine")
    found = seen(dsn)
    assert set(map(frozenset, found.values())) == {frozenset({"mine"})}
    assert {f"ledger.{table}" for table in FOR_AUDITORS} <= set(found)
    with psycopg.connect(dsn, autocommit=True) as connection:
        assert connection.execute("SELECT FROM ledger.ddl_history").rowcount >= 1
        for column in UNREAD_COLUMNS:
            table, name = column.split(".")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT {name} FROM ledger.{table}".encode())


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO ledger.book_readers VALUES ('other', 'reader_of_mine')",
        "UPDATE ledger.book_readers SET book = 'other'",
        "SET ROLE ledger_writer",
        "SET ROLE ledger_owner",
        "SET SESSION AUTHORIZATION ledger_writer",
        "ALTER TABLE ledger.events DISABLE ROW LEVEL SECURITY",
        "SET row_security = off; SELECT FROM ledger.events",
        "INSERT INTO ledger.events SELECT * FROM ledger.events",
        "DELETE FROM projections.orders",
        "CREATE TABLE ledger.mine ()",
    ],
)
def test_reader_may_not_reach_further(shared: Shared, readers: BookReaders, statement: str) -> None:
    readers.grant("reader_of_mine", "mine", auditor=False)
    with (
        psycopg.connect(shared.login("reader_of_mine")) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())


def test_function_of_the_reader_s_own_is_shown_no_row_of_another_book(shared: Shared, readers: BookReaders) -> None:
    readers.grant("reader_of_mine", "mine", auditor=False)
    with psycopg.connect(shared.login("reader_of_mine")) as connection:
        connection.execute(
            "CREATE FUNCTION pg_temp.tell(text) RETURNS boolean LANGUAGE plpgsql COST 0.000001 AS"
            " $$BEGIN RAISE NOTICE '%', $1; RETURN true; END$$"
        )
        told: set[str | None] = set()
        connection.add_notice_handler(lambda notice: told.add(notice.message_primary))
        connection.execute("SELECT FROM ledger.events WHERE pg_temp.tell(book)")
    assert told == {"mine"}


def test_several_books_are_seen_and_after_revoking_one_the_others(shared: Shared, readers: BookReaders) -> None:
    readers.grant("reader_of_mine", "mine", auditor=False)
    reader = readers.grant("reader_of_mine", "third", auditor=False)
    assert (reader.books, reader.is_auditor) == (["mine", "third"], False)
    dsn = shared.login("reader_of_mine")
    assert seen(dsn)["ledger.events"] == {"mine", "third"}
    assert "reader_of_mine" in {each.role for each in readers.of("third")}
    readers.revoke("reader_of_mine", "third")
    assert seen(dsn)["ledger.events"] == {"mine"}
    with pytest.raises(ReaderNotFound):
        readers.revoke("reader_of_mine", "third")


def test_member_of_a_reader_sees_what_it_sees_and_a_mere_login_nothing(shared: Shared, readers: BookReaders) -> None:
    readers.grant("reader_of_mine", "mine", auditor=False)
    with as_superuser(shared.pool) as connection:
        connection.execute("CREATE ROLE member_of_reader LOGIN IN ROLE reader_of_mine")
        connection.execute("CREATE ROLE reader_of_none LOGIN IN ROLE ledger_reader")
    assert seen(logged_in(shared.dsn, "member_of_reader"))["ledger.events"] == {"mine"}
    assert set(map(frozenset, seen(logged_in(shared.dsn, "reader_of_none")).values())) == {frozenset()}


@pytest.mark.parametrize("name", ["Reader", "ledger_reader", "pg_monitor", "", "a b", "é", "x" * 64, "1a"])
def test_name_of_no_reader_is_malformed(readers: BookReaders, name: str) -> None:
    with pytest.raises(RoleMalformed):
        readers.grant(name, "mine", auditor=False)


@pytest.mark.parametrize("what", ["SUPERUSER", "BYPASSRLS", "IN ROLE ledger_writer", "IN ROLE ledger_owner"])
def test_role_that_sees_every_book_is_no_reader_of_one(shared: Shared, readers: BookReaders, what: str) -> None:
    with as_superuser(shared.pool) as connection:
        connection.execute(f"CREATE ROLE sees_all {what}".encode())
    try:
        with pytest.raises(RoleUnbound):
            readers.grant("sees_all", "mine", auditor=False)
    finally:
        with as_superuser(shared.pool) as connection:
            connection.execute("DROP ROLE sees_all")


def test_reader_is_no_auditor_of_another_book(readers: BookReaders) -> None:
    readers.grant("reader_of_mine", "mine", auditor=False)
    with pytest.raises(RoleOfOtherKind):
        readers.grant("reader_of_mine", "third", auditor=True)


def test_command_line_grants_shows_and_revokes(
    shared: Shared, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("LEDGER_DATABASE_URL", shared.dsn)
    monkeypatch.setenv("LEDGER_HOME", str(tmp_path))
    ledger: Run = in_this_process(capsys, monkeypatch)
    granted = ledger("role", "grant", "bank_north", "--book", "third")
    assert granted.out.startswith("bank_north reads third as a reader\nto log in as it: ALTER ROLE bank_north LOGIN")
    assert {
        "role": "bank_north",
        "books": ["third"],
        "is_auditor": False,
        "can_login": False,
        "exists": True,
    } in ledger("role", "show", "--book", "third", "--json").json
    assert ledger("role", "revoke", "bank_north", "--book", "third").status == DONE
    assert "bank_north" not in ledger("role", "show", "--book", "third").out
    gone = ledger("role", "revoke", "bank_north", "--book", "third")
    assert (gone.status, "role.not_found" in gone.err) == (REFUSED, True)
    assert ledger("role", "grant", "Bank", "--book", "third").status == WRONG_USAGE
    assert "book.not_found" in ledger("role", "grant", "bank_north", "--book", "nowhere").err


# Logins that aren't the superuser's.


@pytest.fixture
def login(shared: Shared) -> Iterator[Callable[..., str]]:
    """Return a function that makes a login, `IN ROLE` what is said, and a database of its own; and gives its DSN."""
    server = shared.server
    with let_in(server, "lender"), psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:

        def make(what: str = "") -> str:
            connection.execute(f"CREATE ROLE lender LOGIN {what}".encode())
            connection.execute("CREATE DATABASE lent OWNER lender")
            return logged_in(server.dsn("lent"), "lender")

        yield make
        connection.execute("DROP DATABASE lent WITH (FORCE)")
        connection.execute("DROP ROLE lender")


def traded(dsn: str, *, through_pgbouncer: bool = False) -> tuple[str, set[str], set[str]]:
    """Migrate, trade and fold; return as whom, which guards are broken, and which changes of tables were noted."""
    migrate(dsn)
    with open_pool(dsn, connections_max=3, through_pgbouncer=through_pgbouncer) as pool:
        with Book.opened(pool) as book:
            book.trade("PO-1")
        Runner(pool, "main").catch_up()
        Runner(pool, "main").rebuild()
        with pool.connection() as connection:
            (acting_as,) = connection.execute("SELECT current_user").fetchone() or ("",)
            broken = {each.guard for each in broken_guards(connection)}
            return acting_as, broken, {each.tag for each in changes_outside_migrations(connection)}


def test_member_of_owner_and_writer_lacks_nothing_but_the_noting_of_changes(login: Callable[..., str]) -> None:
    assert traded(login("IN ROLE ledger_owner, ledger_writer")) == ("ledger_writer", set(), {"EVENT TRIGGERS REFUSED"})


def test_login_without_any_membership_works_and_verify_says_what_is_missing(
    shared: Shared, login: Callable[..., str]
) -> None:
    dsn = login()
    acting_as, broken, _ = traded(dsn)
    assert acting_as == "lender"
    assert {"reach of this connection", "table ledger.events"} <= broken
    with open_pool(dsn, connections_max=1) as pool, pytest.raises(RolesUnmanaged):
        BookReaders(pool).grant("somebody_new", "main", auditor=False)
    with psycopg.connect(shared.server.dsn("lent"), autocommit=True) as administrator:
        administrator.execute("SELECT ledger.set_guards()")
        administrator.execute("GRANT ledger_owner, ledger_writer TO lender")
    assert traded(dsn)[:2] == ("ledger_writer", set())


@pytest.fixture
def mere_writer(shared: Shared) -> Iterator[str]:
    """Give the DSN of a login that is a member of the writers, on a database without any table."""
    with (
        let_in(shared.server, "mere_writer"),
        made(shared.server, "written") as dsn,
        psycopg.connect(dsn, autocommit=True) as connection,
    ):
        connection.execute("CREATE ROLE mere_writer LOGIN IN ROLE ledger_writer")
        yield logged_in(dsn, "mere_writer")
        connection.execute("DROP ROLE mere_writer")


def test_login_that_only_writes_runs_a_ledger_that_somebody_else_migrated(shared: Shared, mere_writer: str) -> None:
    migrate(shared.server.dsn("written"))
    assert traded(mere_writer) == ("ledger_writer", set(), set())
    with psycopg.connect(mere_writer) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("DELETE FROM ledger.events")


def test_through_pgbouncer_the_login_itself_says_which_role_it_takes(shared: Shared, mere_writer: str) -> None:
    migrate(shared.server.dsn("written"))
    with psycopg.connect(shared.dsn, autocommit=True) as connection:
        connection.execute("ALTER ROLE mere_writer SET role = 'ledger_writer'")
    assert traded(mere_writer, through_pgbouncer=True) == ("ledger_writer", set(), set())


def test_login_that_only_writes_migrates_nothing(mere_writer: str) -> None:
    with pytest.raises(MigrationFailed, match="permission denied"):
        migrate(mere_writer)


def test_databases_of_a_new_server_are_migrated_at_once() -> None:
    """Roles are the server's: of those who make them at once, one does."""
    with tempfile.TemporaryDirectory(prefix="ledger-new-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        with EmbeddedPostgres(Path(folder) / "home", attached_wait_seconds=1) as server:
            names = [f"at_once_{number}" for number in range(4)]
            with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
                for name in names:
                    connection.execute(f"CREATE DATABASE {name}".encode())
            with ThreadPoolExecutor(len(names)) as threads:
                applied = list(threads.map(lambda name: migrate(server.dsn(name)), names))
            assert all(applied)
            for name in names:
                with open_pool(server.dsn(name), connections_max=1) as pool, pool.connection() as connection:
                    assert broken_guards(connection) == []

"""Migrations: each applied once whoever starts first, on any PostgreSQL given, and never changed once shipped."""

import hashlib
import json
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ledger import migrations
from ledger.migrations import MigrationFailed, _url, migrate
from ledger.pool import open_pool
from ledger.postgres import EmbeddedPostgres
from ledger.postgres_binaries import DEBIAN
from tests.books import Book, checked_log
from tests.tampering import as_superuser

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "tests" / "golden" / "migrations.json"
FILES = sorted((ROOT / "migrations").glob("*.sql"))
NAMES = [file.name for file in FILES]


@pytest.fixture
def empty_database(postgres: EmbeddedPostgres) -> Iterator[str]:
    """Return the DSN of a database without any table."""
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE to_migrate")
        yield postgres.dsn("to_migrate")
        connection.execute("DROP DATABASE to_migrate WITH (FORCE)")


def tables(dsn: str) -> set[str]:
    query = "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname !~ '^(pg_|information_schema)'"
    with psycopg.connect(dsn) as connection:
        return {name for (name,) in connection.execute(query)}


# Applying.


def test_first_migration_applies_every_file_in_order_and_the_second_none(empty_database: str) -> None:
    assert migrate(empty_database) == NAMES
    made = tables(empty_database)
    assert {"ledger.events", "ledger.outcomes", "ledger.log_head", "public.ledger_migrations"} <= made
    assert migrate(empty_database) == []
    assert tables(empty_database) == made


def test_migrating_again_keeps_what_is_recorded(database: str) -> None:
    with open_pool(database, connections_max=2) as pool, Book.opened(pool) as book:
        book.trade("PO-1")
        before = checked_log(pool)
        assert migrate(database) == []
        assert checked_log(pool) == before


def test_of_six_that_start_at_once_one_applies_each_file(empty_database: str) -> None:
    applied: list[list[str]] = []
    together = threading.Barrier(6)

    def start() -> None:
        together.wait(60)
        applied.append(migrate(empty_database))

    starters = [threading.Thread(target=start) for _ in range(6)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join(120)
    assert len(applied) == 6
    assert sorted(name for names in applied for name in names) == NAMES
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("SELECT count(*) FROM public.ledger_migrations").fetchone() == (len(NAMES),)


def test_event_tables_come_from_migrations_and_not_from_the_library(database: str) -> None:
    with open_pool(database, connections_max=2) as pool:
        before = tables(database)
        with Book.opened(pool) as book:
            book.trade("PO-1")
        assert tables(database) == before
    assert not {name for name in before if "stored_events" in name or "_snapshots" in name or "dcb" in name}


# Failing.


def test_failure_names_what_the_server_said(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(MigrationFailed) as failed:
        migrate(postgres.dsn("no_such_database"))
    assert 'database "no_such_database" does not exist' in failed.value.said
    assert failed.value.code == "database.migration_failed"
    assert not failed.value.retryable


def test_file_that_fails_leaves_nothing_of_itself_and_is_named_by_its_error(
    empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "0001_good.sql").write_text("-- migrate:up\nCREATE TABLE good ();\n-- migrate:down\n")
    (tmp_path / "0002_bad.sql").write_text(
        "-- migrate:up\nCREATE TABLE half ();\nCREATE TABLE no_such_schema.other ();\n-- migrate:down\n"
    )
    monkeypatch.setattr(migrations, "files", lambda _package: tmp_path)
    with pytest.raises(MigrationFailed, match='schema "no_such_schema" does not exist'):
        migrate(empty_database)
    assert tables(empty_database) == {"public.good", "public.ledger_migrations"}
    (tmp_path / "0002_bad.sql").write_text("-- migrate:up\nCREATE TABLE whole ();\n-- migrate:down\n")
    assert migrate(empty_database) == ["0002_bad.sql"]
    assert tables(empty_database) == {"public.good", "public.whole", "public.ledger_migrations"}


def test_server_that_is_absent_is_named(tmp_path: Path) -> None:
    with pytest.raises(MigrationFailed, match=r"no such file|connect"):
        migrate(f"postgresql://ledger@/ledger?host={tmp_path}")


# Where the database is.


def read_url(url: str) -> dict[str, str]:
    """Read a URL as any standard parser does, back into the parameters that it stands for."""
    parts = urlsplit(url)
    assert parts.scheme == "postgres"
    named = {
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "host": parts.hostname or "",
        "port": str(parts.port or ""),
        "dbname": unquote(parts.path.removeprefix("/")),
    }
    options = {name: value for name, (value,) in parse_qs(parts.query, strict_parsing=True).items()}
    return {name: value for name, value in named.items() if value} | options


@pytest.mark.parametrize(
    "given",
    [
        {"host": "db.example", "user": "ledger", "dbname": "books", "sslmode": "verify-full"},
        {"host": "127.0.0.1", "port": "6432", "user": "ledger", "password": "secret", "dbname": "books"},
        {"host": "::1", "port": "5432", "user": "ledger", "dbname": "books"},
        {"host": "db.example", "user": "a@b", "password": "p@ss:w/o?r#d% +&=", "dbname": "book s/1"},
        {
            "host": "db.example",
            "user": "ledger",
            "dbname": "books",
            "options": "-c work_mem=8MB",
            "connect_timeout": "3",
        },
    ],
    ids=["host", "login", "IPv6", "every character", "options"],
)
def test_url_stands_for_what_was_given(given: dict[str, str]) -> None:
    read = read_url(_url(make_conninfo(**given)))
    assert read | {"sslmode": given.get("sslmode", "")} == given | {"sslmode": given.get("sslmode", "")}


def test_url_without_tls_wishes_prefers_it_as_every_other_client_does() -> None:
    assert read_url(_url("postgresql://ledger@db.example/books"))["sslmode"] == "prefer"


@pytest.mark.parametrize(
    ("dsn", "folder"),
    [
        ("postgresql://ledger@/books?host=/tmp/run&port=5433", "/tmp/run"),  # noqa: S108 - a name, not a file
        ("dbname=books user=ledger port=5433", "/var/run/postgresql"),
    ],
)
def test_url_of_a_socket_names_its_folder_and_asks_for_no_tls(dsn: str, folder: str) -> None:
    read = read_url(_url(dsn))
    assert read == {"user": "ledger", "port": "5433", "dbname": "books", "socket": folder, "sslmode": "disable"}


@contextmanager
def over_tcp(dsn: str) -> Iterator[Callable[[str], str]]:
    """Let a server that listens on a socket be reached over TCP; give what makes such a DSN, without TLS."""
    given = conninfo_to_dict(dsn)
    target = f"{given['host']}/.s.PGSQL.{given['port']}"
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    threading.Thread(target=join, args=(client, target)).start()

        server = threading.Thread(target=serve)
        server.start()
        try:
            yield lambda options: make_conninfo(
                f"postgresql://ledger@127.0.0.1:{listener.getsockname()[1]}/{given['dbname']}{options}"
            )
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            server.join(60)


def join(client: socket.socket, target: str) -> None:
    with client, socket.socket(socket.AF_UNIX) as server:
        server.connect(target)
        answers = threading.Thread(target=pump, args=(server, client))
        answers.start()
        pump(client, server)
        answers.join(60)


def pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize(
    "options",
    [
        "",
        "?sslmode=disable",
        "?sslmode=prefer&application_name=starter&connect_timeout=5&options=-c%20work_mem%3D12345kB",
        "?sslmode=disable&keepalives=1&keepalives_idle=30&gssencmode=disable&target_session_attrs=read-write",
    ],
    ids=["nothing said", "no TLS", "options", "options of libpq's own"],
)
def test_server_over_tcp_that_psycopg_reaches_is_migrated(empty_database: str, options: str) -> None:
    with over_tcp(empty_database) as dsn:
        psycopg.connect(dsn(options)).close()
        assert migrate(dsn(options)) == NAMES
    assert "ledger.events" in tables(empty_database)


@pytest.mark.skipif(not (DEBIAN / "15" / "bin").is_dir(), reason="no PostgreSQL 15 of Debian's (postgresql-15)")
def test_oldest_postgresql_that_we_support_carries_a_whole_trade() -> None:
    with tempfile.TemporaryDirectory(prefix="ledger-15-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        with EmbeddedPostgres(Path(folder) / "home", binaries=DEBIAN / "15" / "bin", attached_wait_seconds=1) as server:
            dsn = server.dsn()
            assert migrate(dsn) == NAMES
            with open_pool(dsn, connections_max=2) as pool, Book.opened(pool) as book:
                with pool.connection() as connection:
                    assert connection.info.server_version // 10_000 == 15
                book.trade("PO-1")
                book.trade("PO-2", amount_minor=1)
                assert len(checked_log(pool)) > 20
                with (
                    as_superuser(pool) as connection,
                    pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"),
                    connection.transaction(),
                ):
                    connection.execute("TRUNCATE ledger.events")


# Shipped files never change.


def digests() -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in FILES}


def test_shipped_migrations_never_change() -> None:
    """A file that was never released may: `python -m tests.integration.test_migrations` writes the manifest anew."""
    assert digests() == json.loads(SHIPPED.read_text())


def test_migrations_are_numbered_without_gaps_and_only_go_forward() -> None:
    assert [name.partition("_")[0] for name in NAMES] == [f"{number:04}" for number in range(1, len(NAMES) + 1)]
    for file in FILES:
        up, down = file.read_text().split("-- migrate:down")
        assert up.startswith("-- migrate:up")
        assert all(line.startswith("--") or not line for line in down.splitlines()), file.name


if __name__ == "__main__":
    SHIPPED.write_text(json.dumps(digests(), indent=2) + "\n")

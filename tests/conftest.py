"""Fixtures that several kinds of test share: a PostgreSQL cluster for the run, an empty ledger database for a test."""

import gc
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import psycopg
import pytest
import structlog
from hypothesis import HealthCheck, settings
from psycopg_pool import ConnectionPool

from api.composition import settle_collector
from ledger.migrations import migrate
from ledger.pool import Connection, open_pool
from ledger.postgres import EmbeddedPostgres
from ledger.postgres_binaries import DEBIAN
from ledger.postgres_process import FIXED
from tests.books import Book

settings.register_profile("dev", max_examples=50, deadline=None, derandomize=True)
settings.register_profile("ci", max_examples=50, deadline=None, derandomize=True, print_blob=True)
settings.register_profile(
    "nightly", max_examples=2_000, stateful_step_count=100, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))

# The values of local variables, which the library shows with a traceback, take minutes to write of a whole trade.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"

MEASURED = {
    "test_backup",
    "test_confidential",
    "test_cosigning",
    "test_driver_traps",
    "test_evidence_store",
    "test_guards",
    "test_key_drill",
    "test_library_traps",
    "test_migrations",
    "test_postgres",
    "test_previews",
    "test_proof_verification",
    "test_recorder_contract",
    "test_roles",
    "test_signing",
    "test_snapshots",
    "test_store",
    "test_writer",
    "test_writer_failures",
}
"""Files whose claims are about domain/ and ledger/, beside all of tests/unit: by these alone coverage is measured."""


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what was there before the first test, and look rarely at what comes."""
    gc.collect()
    gc.freeze()
    settle_collector()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure no coverage while a test lives whole books: that takes twice the time and tells nothing new."""
    measuring = item.config.pluginmanager.get_plugin("_cov")
    if measuring is None or item.path.stem in MEASURED or item.path.parent.name == "unit":
        return (yield)
    measuring.cov_controller.pause()
    _trace_nothing()
    try:
        return (yield)
    finally:
        measuring.cov_controller.resume()


def _trace_nothing() -> None:
    """
    Stop what still traces when coverage pauses.

    In a process of pytest-xdist the plugin has measured since before the session began, and begins a second time: to
    pause the second resumes the first.
    """
    sys.settrace(None)
    threading.settrace(None)


MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
MEMORY_FREE_MIN = 4 << 30
"""Of a test cluster's files some 100 MiB are its log, and a database has 10 MiB; that of a simulated month has more."""


@contextmanager
def _waiting_for_no_disk() -> Iterator[None]:
    """Let servers start that don't wait for their disk; what outlasts a loss of power is tested on others."""
    with mock.patch.dict(FIXED, {"fsync": "off", "full_page_writes": "off", "max_wal_size": "256MB"}):
        yield


@contextmanager
def _cluster_folder(prefix: str) -> Iterator[Path]:
    """
    Make a folder for a cluster, in memory where there is room: a database has hundreds of files, and to make and drop
    them for every test takes a file system on disk as long as all the rest of it.
    """
    has_room = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= MEMORY_FREE_MIN
    with tempfile.TemporaryDirectory(
        prefix=prefix, dir=MEMORY if has_room else None, ignore_cleanup_errors=True
    ) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """Start one server for all tests of this process."""
    with _cluster_folder("ledger-tests-") as folder:
        server = EmbeddedPostgres(folder / "home", attached_wait_seconds=1)
        with _waiting_for_no_disk():
            server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def oldest_postgres() -> Iterator[EmbeddedPostgres]:
    """Start one server of the oldest version that we support; skip where it is absent."""
    binaries = DEBIAN / "15" / "bin"
    if not binaries.is_dir():
        pytest.skip("no PostgreSQL 15 of Debian's (postgresql-15)")
    with _cluster_folder("ledger-15-") as folder:
        server = EmbeddedPostgres(folder / "home", binaries=binaries, attached_wait_seconds=1)
        with _waiting_for_no_disk():
            server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session", params=["postgres", "oldest_postgres"])
def each_postgres(request: pytest.FixtureRequest) -> EmbeddedPostgres:
    """Return our own server, then one of the oldest version that we support."""
    server: EmbeddedPostgres = request.getfixturevalue(request.param)
    return server


@pytest.fixture(scope="session")
def template(postgres: EmbeddedPostgres) -> str:
    """Return the name of a migrated database to copy."""
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE template_ledger")
    migrate(postgres.dsn("template_ledger"))
    return "template_ledger"


@pytest.fixture
def new_database(postgres: EmbeddedPostgres, template: str) -> Iterator[Callable[[], str]]:
    """Return a function that makes an empty ledger database and returns its DSN."""
    made: list[str] = []

    def make() -> str:
        name = f"test_{len(made)}_{os.getpid()}"
        with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE {template}')
        made.append(name)
        return postgres.dsn(name)

    yield make
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        for name in made:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def database(new_database: Callable[[], str]) -> str:
    """Return the DSN of an empty ledger database."""
    return new_database()


@pytest.fixture
def pool(database: str) -> Iterator[ConnectionPool[Connection]]:
    """Open a pool on an empty ledger database."""
    with open_pool(database, connections_max=4) as opened:
        yield opened


@pytest.fixture
def book(database: str) -> Iterator[Book]:
    """Open the book `main` with the rulebook `standard/1`, in an empty database, on a clock that tests move."""
    with open_pool(database, connections_max=4) as pool, Book.opened(pool) as opened:
        yield opened


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real data; skip where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"no real data at {SHARED_DATA}: see README, section Tests")
    return SHARED_DATA

"""Fixtures that the doors share: the command line and HTTP, on the database that a test or its file chose."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from api.composition import House, OpenedBook, connected
from ledger.postgres import EmbeddedPostgres
from tests.command_line import DONE, Run, in_this_process
from tests.e2e.test_http import Client


@pytest.fixture(scope="module")
def shared_database(request: pytest.FixtureRequest, postgres: EmbeddedPostgres, template: str) -> Iterator[str]:
    """Make one database for all tests of a file, named after it, and return its DSN."""
    name = request.path.stem
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        yield postgres.dsn(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def dsn(database: str) -> str:
    """Return the DSN of the database behind both doors: the test's own, where its file chooses no other."""
    return database


@pytest.fixture
def trade_ledger(dsn: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return the program, run in this process."""
    monkeypatch.setenv("LEDGER_DATABASE_URL", dsn)
    monkeypatch.setenv("LEDGER_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")
    return in_this_process(capsys, monkeypatch)


@pytest.fixture
def founded(trade_ledger: Run) -> Run:
    """Return the program after it founded the book `main`."""
    assert trade_ledger("migrate").status == DONE
    return trade_ledger


@pytest.fixture
def ledger(trade_ledger: Run) -> Run:
    """Return the program; a file whose tests all say the same words chooses a part of it."""
    return trade_ledger


@pytest.fixture
def house(dsn: str) -> Iterator[House]:
    with connected(dsn) as opened:
        yield opened


@pytest.fixture
def opened(house: House) -> OpenedBook:
    """Return the book `main`, founded; a file whose tests share a database opens a book for each."""
    book = house.book("main")
    book.found()
    return book


@pytest.fixture
def client(house: House, opened: OpenedBook) -> Iterator[Client]:
    """Open the book to HTTP."""
    with Client(house, opened.name) as caller:
        yield caller


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Make a home that the server's account may reach."""
    folder = Path(tempfile.mkdtemp(prefix="home-"))
    folder.chmod(0o711)
    yield folder / "home"
    shutil.rmtree(folder, ignore_errors=True)

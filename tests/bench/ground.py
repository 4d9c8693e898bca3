"""The ground that measurements stand on: an embedded server with fsync on, in a folder that goes with it."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

from api.composition import OpenedBook, connected, settle_collector
from domain.commands import Command
from ledger.migrations import migrate
from ledger.outcomes import Submission
from ledger.pool import Connection
from ledger.postgres import EmbeddedPostgres

BOOK = "main"


class Ground:
    """
    A server for all measurements of a run; each makes databases of its own.

    events: how many the long log has.
    """

    def __init__(self, server: EmbeddedPostgres, *, events: int) -> None:
        self.events = events
        self._server = server
        self._names = (f"bench_{number}" for number in count(1))

    def new_database(self) -> str:
        """Return the DSN of an empty ledger database."""
        name = next(self._names)
        with psycopg.connect(self._server.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        dsn = self._server.dsn(name)
        migrate(dsn)
        return dsn

    @contextmanager
    def new_book(self) -> Iterator[OpenedBook]:
        """Open a book of its own, with the standard rulebook, as the product composes it."""
        with connected(self.new_database()) as house:
            book = house.book(BOOK)
            book.found()
            yield book


@contextmanager
def prepared(*, events: int) -> Iterator[Ground]:
    """Start the server, and take it down again with all that it holds."""
    settle_collector()
    with tempfile.TemporaryDirectory(prefix="ledger-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        with EmbeddedPostgres(Path(folder) / "home", attached_wait_seconds=1) as server:
            yield Ground(server, events=events)


def make_twins(connection: Connection, *tables: str) -> None:
    """Make `bare.<table>` beside each `ledger.<table>`: the same columns, constraints and indexes, no triggers."""
    connection.execute("SET ROLE NONE")  # the baseline is whoever logged in, without the product's own limits
    connection.execute("CREATE SCHEMA bare")
    for table in tables:
        connection.execute(f"CREATE TABLE bare.{table} (LIKE ledger.{table} INCLUDING ALL)")
    connection.commit()


def submissions(commands: Sequence[Command], *, batch: str) -> list[Submission]:
    """Return commands as one operator's submissions; their ids begin with the batch's name."""
    return [
        Submission(
            command=command, command_id=f"{batch}-{number}", principal="bench", actor="operator:bench", role="operator"
        )
        for number, command in enumerate(commands)
    ]

"""Logins for tests: roles let in over the socket of a server of ours, without a password, for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.conninfo import conninfo_to_dict

from ledger.postgres import EmbeddedPostgres


@contextmanager
def let_in(server: EmbeddedPostgres, *logins: str) -> Iterator[None]:
    """Let roles log in that need not exist yet."""
    rules = server.place.folder / "access.conf"
    ours = rules.read_text()
    rules.write_text("".join(f'local all "{login}" trust\n' for login in logins) + ours)
    _read_again(server)
    try:
        yield
    finally:
        rules.write_text(ours)
        _read_again(server)


def logged_in(dsn: str, login: str) -> str:
    """Return the DSN of the same database for another login."""
    given = conninfo_to_dict(dsn)
    return f"postgresql://{login}@/{given['dbname']}?host={given['host']}&port={given['port']}"


def _read_again(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        connection.execute("SELECT pg_reload_conf()")

"""
Migrations bring a database to this release's tables: plain SQL files, forward only, each applied once.

dbmate applies them, a file and its mark in one transaction, under a lock: several processes may start at once, one
migrates and the others find nothing to do.
"""

import subprocess
import sysconfig
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict

from domain.errors import Unavailable

_OPTIONS = {
    "socket",
    "sslmode",
    "sslcert",
    "sslkey",
    "sslrootcert",
    "sslpassword",
    "passfile",
    "connect_timeout",
    "application_name",
    "options",
}
"""What dbmate's driver knows of libpq's parameters; it sends any other to the server, which refuses to be called."""


@dataclass(eq=False, kw_only=True)
class MigrationFailed(Unavailable):
    """The tables couldn't be brought to this release; nothing of the failing file was applied."""

    code: ClassVar[str] = "database.migration_failed"
    retryable: ClassVar[bool] = False
    said: str


def migrate(dsn: str) -> list[str]:
    """
    Apply the files that are missing, in order, and return their names.

    Where none is, nothing but reading is asked of the login.

    Raises: MigrationFailed.
    """
    if is_current(dsn):
        return []
    with as_file(files("migrations")) as folder:
        said = _dbmate("--migration-lock", "--no-dump-schema", "--migrations-dir", str(folder), "migrate", dsn=dsn)
    return [line.split()[1] for line in said.splitlines() if line.startswith("Applied")]


def is_current(dsn: str) -> bool:
    """Return whether every file of this release was applied, as far as the login may know."""
    with as_file(files("migrations")) as folder:
        return {file.name.partition("_")[0] for file in folder.glob("*.sql")} <= _applied(dsn)


def _applied(dsn: str) -> set[str]:
    """Return the numbers of the files that were applied, as far as the login may know."""
    with suppress(psycopg.Error), psycopg.connect(dsn) as connection:
        return {version for (version,) in connection.execute("SELECT version FROM public.ledger_migrations")}
    return set()


def _dbmate(*arguments: str, dsn: str) -> str:
    program = Path(sysconfig.get_path("scripts"), "dbmate")
    run = subprocess.run(  # noqa: S603 - our own program, our own arguments
        [program, "--migrations-table", "public.ledger_migrations", *arguments],
        env={"DATABASE_URL": _url(dsn)},
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise MigrationFailed(said=run.stderr.strip())
    return run.stdout


def _url(dsn: str) -> str:
    given = {name: str(value) for name, value in conninfo_to_dict(dsn).items() if value is not None}
    user, password = quote(given.pop("user", ""), safe=""), quote(given.pop("password", ""), safe="")
    host, port, database = given.pop("host", ""), given.pop("port", ""), given.pop("dbname", "")
    if ":" in host:
        host = f"[{host}]"
    if host.startswith("/") or not host:
        given |= {"socket": host or "/var/run/postgresql", "sslmode": "disable"}
        host = ""
    given.setdefault("sslmode", "prefer")
    options = {name: value for name, value in given.items() if name in _OPTIONS}
    login = user + (f":{password}" if password else "")
    return f"postgres://{login}@{host}{':' + port if port else ''}/{quote(database)}?{urlencode(options)}"

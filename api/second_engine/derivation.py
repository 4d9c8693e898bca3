"""A derivation runs the one SQL script over an exported log and a table of rules, in a database of its own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

import duckdb

from domain.errors import Refused

MEMORY_MAX = "1GB"
THREADS = 2
"""Beyond the memory, DuckDB goes on in files, which go with the database."""


@dataclass(eq=False, kw_only=True)
class DerivationStopped(Refused):
    """DuckDB can't derive balances from this log by these rules: one of them isn't what the script needs."""

    code: ClassVar[str] = "derivation.stopped"
    problem: str


def script() -> str:
    """Return the SQL script."""
    return resources.files("api.second_engine").joinpath("balances.sql").read_text(encoding="utf-8")


def standard_rules() -> Path:
    """Return where the table of rules stands that comes with the product."""
    return Path(__file__).with_name("posting_rules.csv")


@contextmanager
def second_engine(log: str, rules: Path, positions: Sequence[int]) -> Iterator[duckdb.DuckDBPyConnection]:
    """
    Yield a DuckDB database in which the script can run.

    log: the pattern of the Parquet files; positions: after which events `balances` are to stand.

    Raises: DerivationStopped, for whatever the database can't do.
    """
    with TemporaryDirectory(prefix="second-engine-") as scratch:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY_MAX,
            "threads": THREADS,
            "temp_directory": scratch,
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
        }
        try:
            with duckdb.connect(":memory:", config=settings) as database:
                database.execute("SET VARIABLE log = $log", {"log": log})
                database.execute("SET VARIABLE rules = $rules", {"rules": str(rules)})
                database.execute("SET VARIABLE positions = $positions", {"positions": list(positions)})
                yield database
        except duckdb.Error as error:
            raise DerivationStopped(problem=str(error)) from error


def derive(database: duckdb.DuckDBPyConnection) -> None:
    """
    Run the script.

    Raises: DerivationStopped.
    """
    try:
        database.execute(script())
    except duckdb.Error as error:
        raise DerivationStopped(problem=str(error)) from error

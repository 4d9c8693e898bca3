"""
Runs schemathesis against a live server whose book tells the story of the examples.

    .venv/bin/python -m tests.schemathesis.run --seed 1 --minutes 15

Whatever follows `--` goes to schemathesis itself, as `-- --include-operation-id pay`.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from api.composition import utc_now
from ledger.migrations import migrate
from ledger.postgres import EmbeddedPostgres
from tests.e2e.test_serve_keeper import free_port, serving, wait_until
from tests.examples.story import tell
from tests.examples.telling import BOOK, telling
from tests.tokens import of_this_machine

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
PHASES = "examples,coverage,fuzzing,stateful"
UNLIMITED = {"LEDGER_RATE_STRANGERS": "off"}
"""Settings under which nothing is refused for having been asked too often."""


@contextmanager
def seeded_server(dsn: str, home: Path) -> Iterator[str]:
    """Yield the address of a server of a migrated, empty database, once the story was told in it."""
    with telling(dsn, home / "keys", tell):
        pass
    port = free_port()
    environment = {"LEDGER_DATABASE_URL": dsn, "LEDGER_HOME": str(home)} | UNLIMITED
    with serving(environment, port):
        address = f"http://127.0.0.1:{port}"
        headers = of_this_machine(home)
        wait_until(lambda: httpx.get(f"{address}/v1/books/{BOOK}/log/checkpoint", headers=headers).is_success)
        yield address


def schemathesis(address: str, home: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run schemathesis with the repository's configuration; return what it said."""
    program = Path(sys.executable).parent / "schemathesis"
    token = of_this_machine(home)["authorization"].partition(" ")[2]
    return subprocess.run(
        [program, "--config-file", CONFIGURATION, "run", f"{address}/openapi.json", *options],
        cwd=home,  # where it may leave its own files
        env={**os.environ, "LEDGER_TOKEN": token, "NO_COLOR": "1", "COLUMNS": "120"},
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def main(said: Sequence[str]) -> int:
    """Run all phases for so many minutes, with one seed; end as schemathesis does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("options", nargs="*")
    asked = parser.parse_args(said)
    begun = utc_now()
    with tempfile.TemporaryDirectory(prefix="schemathesis-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        home = Path(folder) / "served"
        with EmbeddedPostgres(Path(folder) / "home", attached_wait_seconds=1) as server:
            dsn = server.dsn("postgres")
            migrate(dsn)
            with seeded_server(dsn, home) as address:
                most = str(max(1, int(asked.minutes * 60)))
                options = ("--seed", str(asked.seed), "--max-time", most, "--phases", PHASES, *asked.options)
                done = schemathesis(address, home, *options)
    sys.stdout.write(f"{done.stdout}\nseed {asked.seed}, {(utc_now() - begun).seconds} s\n")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

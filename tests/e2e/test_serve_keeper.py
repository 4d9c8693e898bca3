"""What `serve` stands on may die: without a database serving ends by itself."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from ledger.postgres import EmbeddedPostgres

PATIENCE_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(environment: dict[str, str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    program = Path(sys.executable).parent / "trade-ledger"
    with subprocess.Popen([program, "serve", "--port", str(port)], env={**os.environ, **environment}) as server:
        try:
            wait_until(lambda: is_ready(port))
            yield server
        finally:
            server.terminate()
            server.wait(PATIENCE_SECONDS)


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=5) as answer:
            return bool(json.load(answer)["status"] == "ready")
    except (OSError, urllib.error.URLError):
        return False


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_serving_ends_by_itself_when_its_database_is_killed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with serving({"LEDGER_HOME": str(home)}, free_port()) as server:
        with psycopg.connect(EmbeddedPostgres(home).dsn()) as connection:
            row = connection.execute("SELECT pg_read_file('postmaster.pid')").fetchone()
        assert row is not None
        os.kill(int(row[0].splitlines()[0]), signal.SIGKILL)
        server.wait(PATIENCE_SECONDS)


def worker_of(parent: int) -> int:
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().split(b"\0")
            status = (entry / "stat").read_text().rsplit(") ", 1)[1].split()
        except OSError:
            continue
        if b"api.worker" in command and int(status[1]) == parent and status[0] != "Z":
            return int(entry.name)
    return 0

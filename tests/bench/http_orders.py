"""Orders over HTTP, one a request: the product's server beside an endpoint that validates them and does nothing."""

import os
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from time import perf_counter

import msgspec
import psycopg

from ledger.pool import Connection
from projections.runner import PROJECTIONS
from tests.bench.ground import BOOK, Ground
from tests.bench.http_load import LOOPBACK
from tests.bench.http_nothing import WORKERS
from tests.bench.measurement import Measurement, Turn, Work, beside, told
from tests.tokens import of_this_machine

TURNS = 5
SECONDS = 3.0
START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 60


def http_1(ground: Ground) -> Measurement:
    """Measure requests a second of one client."""
    return _measure("http_1", ground, clients=1)


def http_32(ground: Ground) -> Measurement:
    """Measure requests a second of 32 clients together."""
    return _measure("http_32", ground, clients=32)


def _measure(name: str, ground: Ground, *, clients: int) -> Measurement:
    dsn = ground.new_database()
    with ExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory(prefix="ledger-bench-home-")))
        surroundings = {"LEDGER_DATABASE_URL": dsn, "LEDGER_HOME": str(home)}
        ledger = stack.enter_context(_serving(_ledger_command, surroundings))
        token = of_this_machine(home)["authorization"].removeprefix("Bearer ")
        nothing = stack.enter_context(_serving(_nothing_command, {}))
        _load(ledger, clients, name="warm-up", token=token)
        turns = []
        for number in range(TURNS):
            measured = _load(ledger, clients, name=f"turn-{number}", token=token)
            _await_projections(dsn)
            turns.append(told(name, Turn(measured, _load(nothing, clients, name=f"turn-{number}", token=token))))
    return beside(name, turns, unit="requests/s", baseline="FastAPI POST that validates the same body and does nothing")


def _ledger_command(port: int) -> Sequence[str]:
    program = Path(sysconfig.get_path("scripts"), "trade-ledger")
    return (str(program), "serve", "--workers", str(WORKERS), "--port", str(port), "--book", BOOK)


def _nothing_command(port: int) -> Sequence[str]:
    return (sys.executable, "-m", "tests.bench.http_nothing", str(port))


@contextmanager
def _serving(command: Callable[[int], Sequence[str]], environment: Mapping[str, str]) -> Iterator[int]:
    port = _free_port()
    with subprocess.Popen(command(port), env={**os.environ, **environment}, stdout=subprocess.DEVNULL) as server:
        try:
            _await(partial(_answers, port), server)
            yield port
        finally:
            server.terminate()
            server.wait(STOP_SECONDS_MAX)


def _load(port: int, clients: int, *, name: str, token: str) -> Work:
    command = (sys.executable, "-m", "tests.bench.http_load", "--port", str(port), "--clients", str(clients))
    run = subprocess.run(
        [*command, "--seconds", str(SECONDS), "--name", name, "--token", token],
        check=True,
        stdout=subprocess.PIPE,
        timeout=60,
    )
    return msgspec.json.decode(run.stdout, type=Work)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1):
            return True
    except OSError:
        return False


def _await_projections(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        _await(lambda: _folded(connection), None)


def _folded(connection: Connection) -> bool:
    query = """
        SELECT count(*) FROM projections.positions JOIN ledger.log_head USING (book) WHERE book = %s AND position = size
    """
    return connection.execute(query, (BOOK,)).fetchone() == (len(PROJECTIONS),)


def _await(reached: Callable[[], bool], server: subprocess.Popen[bytes] | None) -> None:
    until, pause = perf_counter() + START_SECONDS_MAX, Event()
    while not reached():
        if perf_counter() > until or (server and server.poll() is not None):
            raise TimeoutError(server.args if server else "projections")
        pause.wait(0.05)

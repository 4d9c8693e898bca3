"""
Orders and balances over HTTP, one a request: the product's server, with tokens, log and metrics on, beside an endpoint
that validates orders and does nothing.
"""

import os
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event
from time import perf_counter
from typing import BinaryIO

import msgspec
import psycopg

from ledger.pool import Connection
from projections.runner import PROJECTIONS
from tests.bench.ground import BOOK, Ground
from tests.bench.http_load import LOOPBACK, Load
from tests.bench.http_nothing import WORKERS
from tests.bench.measurement import Measurement, Turn, beside, told
from tests.books import place_order
from tests.tokens import of_this_machine

TURNS = 5
SECONDS = 3.0
START_SECONDS_MAX = 120
STOP_SECONDS_MAX = 60


def http_1(ground: Ground) -> Measurement:
    """Measure orders a second of one client."""
    return _measure("http_1", ground, clients=1)


def http_32(ground: Ground) -> Measurement:
    """Measure orders a second of 32 clients together."""
    return _measure("http_32", ground, clients=32)


def http_reads_32(ground: Ground) -> Measurement:
    """Measure balances of one account a second, of 32 clients together."""
    return _measure("http_reads_32", ground, clients=32, account=f"payable:exporter:{place_order('@').exporter}")


def _measure(name: str, ground: Ground, *, clients: int, account: str = "") -> Measurement:
    dsn = ground.new_database()
    with ExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory(prefix="ledger-bench-home-")))
        log = stack.enter_context((home / "log").open("wb"))
        surroundings = {"LEDGER_DATABASE_URL": dsn, "LEDGER_HOME": str(home), "LEDGER_METRICS_PORT": str(free_port())}
        ledger = stack.enter_context(serving(ledger_command, surroundings, log))
        token = of_this_machine(home)["authorization"].removeprefix("Bearer ")
        nothing = stack.enter_context(serving(nothing_command, {}, log))
        _load(ledger, clients, name="warm-up", token=token)
        turns, loads = [], []
        for number in range(TURNS):
            loads.append(_load(ledger, clients, name=f"turn-{number}", token=token, account=account))
            await_projections(dsn)
            beside_it = _load(nothing, clients, name=f"turn-{number}", token=token, body="nothing")
            turns.append(told(name, Turn(loads[-1].work, beside_it.work)))
    measured = beside(
        name, turns, unit="requests/s", baseline="FastAPI POST that validates the body of an order and does nothing"
    )
    return msgspec.structs.replace(
        measured, p50_ms=median(each.p50_ms for each in loads), p99_ms=median(each.p99_ms for each in loads)
    )


def ledger_command(port: int) -> Sequence[str]:
    program = Path(sysconfig.get_path("scripts"), "trade-ledger")
    return (str(program), "serve", "--workers", str(WORKERS), "--port", str(port), "--book", BOOK)


def nothing_command(port: int) -> Sequence[str]:
    return (sys.executable, "-m", "tests.bench.http_nothing", str(port))


@contextmanager
def serving(command: Callable[[int], Sequence[str]], environment: Mapping[str, str], log: BinaryIO) -> Iterator[int]:
    port, env = free_port(), {**os.environ, **environment}
    with subprocess.Popen(command(port), env=env, stdout=subprocess.DEVNULL, stderr=log) as server:
        try:
            _await(partial(_answers, port), server)
            yield port
        finally:
            server.terminate()
            server.wait(STOP_SECONDS_MAX)


def _load(port: int, clients: int, *, name: str, token: str, account: str = "", body: str = "main") -> Load:
    command = (sys.executable, "-m", "tests.bench.http_load", "--port", str(port), "--clients", str(clients))
    asked = ("--name", name, "--token", token, "--account", account, "--body", body)
    run = subprocess.run([*command, "--seconds", str(SECONDS), *asked], check=True, stdout=subprocess.PIPE, timeout=60)
    return msgspec.json.decode(run.stdout, type=Load)


def free_port() -> int:
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


def await_projections(dsn: str) -> None:
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

"""Lists of orders over HTTP: the product's server beside an endpoint that validates them and does nothing."""

import http.client
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from tests.bench.ground import BOOK, Ground
from tests.bench.http_load import BODIES, LOOPBACK
from tests.bench.http_orders import await_projections, free_port, ledger_command, nothing_command, serving
from tests.bench.measurement import Measurement, Turn, Work, beside, timed, told
from tests.tokens import of_this_machine

TURNS = 3
LISTS = 12
COMMANDS = 1_000
CLIENTS = 4
PATIENCE_SECONDS = 120


def http_bulk(ground: Ground) -> Measurement:
    """Measure commands a second of four clients that say lists of 1,000 orders."""
    dsn = ground.new_database()
    with ExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory(prefix="ledger-bench-home-")))
        log = stack.enter_context((home / "log").open("wb"))
        surroundings = {"LEDGER_DATABASE_URL": dsn, "LEDGER_HOME": str(home), "LEDGER_METRICS_PORT": str(free_port())}
        ledger = stack.enter_context(serving(ledger_command, surroundings, log))
        headers = of_this_machine(home)
        nothing = stack.enter_context(serving(nothing_command, {}, log))
        _said(ledger, _lists("warm-up", 2), headers)
        turns = []
        for number in range(TURNS):
            measured = _said(ledger, _lists(f"turn-{number}", LISTS), headers)
            await_projections(dsn)
            beside_it = _said(nothing, _lists(f"turn-{number}", LISTS, body="nothing"), headers)
            turns.append(told("http_bulk", Turn(measured, beside_it)))
    baseline = "FastAPI POST that validates the same list and does nothing"
    return beside("http_bulk", turns, unit="commands/s", baseline=baseline)


def _lists(name: str, count: int, *, body: str = "main") -> list[bytes]:
    return [_list(f"{name}-{number}", BODIES[body]) for number in range(count)]


def _list(name: str, body: bytes) -> bytes:
    orders = [f"{name}-{number}" for number in range(COMMANDS)]
    commands = [
        {
            "command": "place",
            "idempotency_key": order,
            "body": msgspec.Raw(body.replace(b"@", order.encode())),
        }
        for order in orders
    ]
    return msgspec.json.encode({"commands": commands})


def _said(port: int, lists: Sequence[bytes], headers: dict[str, str]) -> Work:
    """Say lists, some at once, and see that all of each was taken."""
    with ThreadPoolExecutor(CLIENTS) as clients:
        return timed(lambda: sum(clients.map(partial(_say, port, headers), lists)))


def _say(port: int, headers: dict[str, str], said: bytes) -> int:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=PATIENCE_SECONDS)
    connection.request("POST", f"/v1/books/{BOOK}/commands", said, {"Content-Type": "application/json"} | headers)
    answer = connection.getresponse()
    told = answer.read()
    connection.close()
    if answer.status != http.client.CREATED:
        raise RuntimeError(told[:500])
    return COMMANDS

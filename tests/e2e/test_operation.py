"""Operation: what a server's processes say of themselves, and how they end: no accepted command is lost."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from api.app import app_of
from api.composition import House, OpenedBook, World, connected
from api.http.desk import Desk
from api.identity.caller import Caller
from api.observing.traces import Traces
from tests.command_line import DONE, Run
from tests.e2e.test_http import ISSUER, Client, paid
from tests.e2e.test_serve_keeper import free_port, is_ready, wait_until, worker_of
from tests.tampering import tampering
from tests.tokens import of_this_machine, taking

PATIENCE_SECONDS = 60
CALLERS = 4
LOOPBACK = "http://127.0.0.1"


def order(key: str) -> dict[str, object]:
    return {
        "order": key,
        "buyer": "BUY-1",
        "exporter": "EXP-1",
        "currency": "USD",
        "lines": [{"number": 1, "sku": "SKU-1", "quantity": 10, "amount": {"minor": 300, "currency": "USD"}}],
        "transport_mode": "sea",
        "ship_by": "2027-12-01",
    }


def test_ready_tells_each_check(client: Client) -> None:
    said = client.run(client.stranger.get("/ready"))
    assert said.status_code == 200
    assert {name: check["ok"] for name, check in said.json()["checks"].items()} == dict.fromkeys(
        ("database", "migrations", "projections", "signing", "token_keys"), True
    )
    assert client.book.rpartition("/")[2] not in said.text


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        ("DELETE FROM public.ledger_migrations WHERE version = '0001'", "migrations"),
        ("UPDATE projections.positions SET position = 0", "projections"),
    ],
)
def test_ready_says_why_it_is_not(
    client: Client, house: House, monkeypatch: pytest.MonkeyPatch, statement: str, check: str
) -> None:
    monkeypatch.setattr("api.observing.readiness.LAG_EVENTS_MAX", 0)
    house.book("main").runner.catch_up()
    assert client.get("/ready").status_code == 200
    with tampering(house.pool) as connection:
        connection.execute(statement)
    said = client.get("/ready")
    assert (said.status_code, said.json()["status"]) == (503, "not_ready")
    failed = {name: each for name, each in said.json()["checks"].items() if not each["ok"]}
    assert list(failed) == [check]
    assert failed[check]["why"]


def test_request_id_is_in_the_answer_and_in_its_problem(client: Client) -> None:
    given = client.run(client.ask("GET", "orders/PO-404", headers={"x-request-id": "mine-1"}))
    assert (given.headers["x-request-id"], given.json()["request"]) == ("mine-1", "mine-1")
    minted = [client.run(client.ask("GET", "orders/PO-404", headers={"x-request-id": "not safe"})) for _ in range(2)]
    ids = {answer.headers["x-request-id"] for answer in minted}
    assert len(ids) == 2
    assert ids == {answer.json()["request"] for answer in minted}


@pytest.mark.parametrize(
    "caller", [Caller("operator:first", "operator", "", None), Caller("buyer:BUY-1", "buyer", "BUY-1", None)]
)
@pytest.mark.parametrize("account", ["hold:PO-1", "hold:PO-2", "payable:exporter:EXP-1", "nothing:of-the-kind", "hold"])
def test_plain_balance_is_byte_for_byte_the_list_that_it_is(
    client: Client, opened: OpenedBook, caller: Caller, account: str
) -> None:
    client.done("orders", order("PO-1"))
    opened.runner.catch_up()
    client.caller = caller
    plain = client.get("balances", account=account)
    listed = client.get("balances", account=account, limit=50)
    assert (plain.status_code, plain.content if plain.status_code == 200 else _but_id(plain)) == (
        listed.status_code,
        listed.content if listed.status_code == 200 else _but_id(listed),
    )
    assert _named(plain) == _named(listed)


def _but_id(problem: httpx.Response) -> dict[str, Any]:
    return {name: value for name, value in problem.json().items() if name != "request"}


def _named(answer: httpx.Response) -> dict[str, str]:
    own = {"x-request-id", "ratelimit", "content-length"}
    return {name: value for name, value in answer.headers.items() if name not in own}


def test_plain_balance_is_what_was_recorded_before_it_was_asked(client: Client, opened: OpenedBook) -> None:
    client.done("orders", order("PO-1"))
    client.done("orders/PO-1/accept")
    client.done("orders/PO-1/pay", paid(300))
    opened.runner.catch_up()
    said = client.get("balances", account="hold:PO-1").json()
    assert said["items"] == [{"account": "hold:PO-1", "currency": "USD", "balance": {"currency": "USD", "minor": 300}}]
    assert said["position"] == opened.runner.head()


def test_request_and_the_batch_of_its_command_are_spans_that_know_each_other(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exported))
    traces = Traces(provider)
    monkeypatch.setattr("tests.e2e.test_http.app_of", lambda: app_of(traces=traces))
    parent = "4bf92f3577b34da6a3ce929d0e0e4736"
    with connected(dsn, world=World(watch=traces.watching())) as house:
        house.book("main").found()
        exported.clear()
        with Client(house, "main") as client:
            client.app.state.desk = Desk(house, tokens=taking(ISSUER), traces=traces)
            client.done("orders", order("PO-1"), traceparent=f"00-{parent}-00f067aa0ba902b7-01")
    spans = {span.name: span for span in exported.get_finished_spans()}
    asked, appended = spans["POST /v1/books/{book}/orders"], spans["append batch"]
    assert asked.context is not None
    assert f"{asked.context.trace_id:032x}" == parent
    assert [link.context.span_id for link in appended.links] == [asked.context.span_id]
    assert asked.attributes is not None
    assert asked.attributes["ledger.request_id"]
    assert "Bearer" not in asked.to_json()


class Server:
    """A server of two worker processes; what it writes to standard error is its log."""

    def __init__(self, database: str, home: Path, **settings: str) -> None:
        self.port = free_port()
        self.url = f"{LOOPBACK}:{self.port}"
        self._home = home
        self._log = home / "log"
        program = Path(sys.executable).parent / "trade-ledger"
        environment = {**os.environ, "LEDGER_DATABASE_URL": database, "LEDGER_HOME": str(home), **settings}
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [program, "serve", "--port", str(self.port)], env=environment, stdout=subprocess.DEVNULL, stderr=log
            )

    @property
    def headers(self) -> dict[str, str]:
        return of_this_machine(self._home)

    def logged(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._log.read_bytes().splitlines()]


@contextmanager
def serving(database: str, home: Path, **settings: str) -> Iterator[Server]:
    server = Server(database, home, **settings)
    try:
        wait_until(lambda: server.process.poll() is not None or is_ready(server.port))
        yield server
    finally:
        server.process.terminate()
        server.process.wait(PATIENCE_SECONDS)


def test_processes_are_told_together_and_end_without_losing_what_they_accepted(database: str, tmp_path: Path) -> None:
    metrics = free_port()
    with serving(database, tmp_path, LEDGER_METRICS_PORT=str(metrics)) as server:
        callers = [Callers(server, number) for number in range(CALLERS)]
        wait_until(lambda: all(len(each.answered) > 20 or each.ended for each in callers))
        assert not [each.ended for each in callers if each.ended]
        counted = _metrics(metrics)
        os.kill(server.process.pid, signal.SIGTERM)
        server.process.wait(PATIENCE_SECONDS)
        for each in callers:
            each.join()
            assert "Error" in each.ended or "server.busy" in each.ended or "writer.closed" in each.ended, each.ended
        logged = server.logged()
    assert counted["ledger_commands_accepted_total"] > CALLERS * 20
    assert counted["ledger_batch_commands_count"] > 0
    assert counted['ledger_projection_lag_events{projection="balances"}'] >= 0
    assert counted["ledger_database_up"] == 1
    answered = {key: position for each in callers for key, position in each.answered.items()}
    told = {
        line["command_id"]: line["position"] for line in logged if line["event"] == "request" and "position" in line
    }
    assert answered.items() <= told.items()
    with serving(database, tmp_path) as again, httpx.Client(base_url=again.url, headers=again.headers) as client:
        for key in [key for each in callers for key in each.asked]:
            retried = _place(client, key)
            assert retried.status_code == (200 if key in answered else retried.status_code)
            assert answered.get(key, retried.json()["position"]) == retried.json()["position"]
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT count(*), count(DISTINCT originator_id) FROM ledger.events WHERE topic = 'order.placed'"
        ).fetchone()
    asked = sum(len(each.asked) for each in callers)
    assert rows == (asked, asked), "one effect each"


class Callers(threading.Thread):
    """One who places order after order, until the server takes no more."""

    def __init__(self, server: Server, number: int) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.answered: dict[str, int] = {}
        self.ended = ""
        """By what it was told no more, or that it couldn't."""
        self._server = server
        self._number = number
        self.start()

    def run(self) -> None:
        with httpx.Client(base_url=self._server.url, headers=self._server.headers, timeout=PATIENCE_SECONDS) as client:
            while True:
                key = f"PO-{self._number}-{len(self.asked)}"
                self.asked.append(key)
                try:
                    said = _place(client, key)
                except httpx.TransportError as error:
                    self.ended = repr(error)
                    return
                if said.status_code != 201:
                    self.ended = said.text
                    return
                self.answered[key] = said.json()["position"]


def _place(client: httpx.Client, key: str) -> httpx.Response:
    return client.post("/v1/books/main/orders", json=order(key), headers={"idempotency-key": key})


def _metrics(port: int) -> dict[str, float]:
    said = httpx.get(f"{LOOPBACK}:{port}/metrics", timeout=PATIENCE_SECONDS).text
    lines = [line.rpartition(" ") for line in said.splitlines() if not line.startswith("#")]
    assert not re.search(r"PO-\d|main", said), "names no book, and nothing that a caller said"
    return {name: float(value) for name, _, value in lines}


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the worker in /proc, which only Linux has")
def test_read_side_that_dies_is_told_and_loses_nothing(database: str, tmp_path: Path) -> None:
    with serving(database, tmp_path) as server, httpx.Client(base_url=server.url, headers=server.headers) as client:
        os.kill(worker_of(server.process.pid), signal.SIGKILL)
        wait_until(lambda: _checks(client)["worker"]["ok"] is False)
        assert _place(client, "PO-1").status_code == 201
        wait_until(lambda: is_ready(server.port))
        wait_until(lambda: client.get("/ready").json()["lag_events"]["orders"] == 0)
        assert client.get("/v1/books/main/orders").json()["items"][0]["order"] == "PO-1"
        assert any(line["event"] == "worker died" for line in server.logged())


def _checks(client: httpx.Client) -> dict[str, Any]:
    checks: dict[str, Any] = client.get("/ready").json()["checks"]
    return checks


def test_server_refuses_to_start_on_settings_that_are_wrong_and_names_them(
    trade_ledger: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = {"LEDGER_LOG_LEVEL": "loud", "LEDGER_METRICS_PORT": "http"}
    for name, said in wrong.items():
        monkeypatch.setenv(name, said)
    refused = trade_ledger("serve", "--port", str(free_port()))
    assert refused.status != DONE
    assert all(name in refused.err for name in wrong)

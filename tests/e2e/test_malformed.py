"""Malformed input against the real server: each is told what is wrong, nothing is written, memory stays bounded."""

import os
import re
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import httpx
import msgspec
import psycopg
import pytest

from api.http.problems import Problem
from tests.e2e.test_http import PATIENCE_SECONDS, Server, eventually, free_port, placed
from tests.malformed import BOOK, Sent, Told, answer_on, exchange, requests
from tests.tokens import of_this_machine

HOST = "127.0.0.1"
PROBLEM = "application/problem+json"
CODE = re.compile(r"[a-z_]+\.[a-z]+(_[a-z]+)*")
GROWN_BYTES_MAX = 120 * 1024 * 1024
"""Of all processes of the server together: a body of 100 MB that was kept whole would pass it in each."""
LARGE_BYTES = 100_000_000
SHOWN = re.compile(r"Traceback|psycopg|site-packages|/home/|SELECT |msgspec\.")


class Open(NamedTuple):
    """A server on a database of its own, which a test may look at."""

    server: Server
    home: Path
    dsn: str

    @property
    def port(self) -> int:
        return int(self.server.base.rpartition(":")[2])

    @property
    def headers(self) -> dict[str, str]:
        return of_this_machine(self.home)

    def written(self) -> dict[str, int]:
        """Return how many rows there are in what a request could write."""
        tables = ("events", "outcomes", "forbidden", "confidential", "evidence", "reads")
        with psycopg.connect(self.dsn) as connection:
            return {name: connection.execute(f"SELECT count(*) FROM ledger.{name}").fetchone()[0] for name in tables}  # type: ignore[index]

    def peak_bytes(self) -> int:
        """Return the most that each process of the server ever held, together."""
        return sum(map(_peak_bytes, self.server.family()))


def _peak_bytes(pid: int) -> int:
    try:
        told = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", told)
    return int(found[1]) * 1024 if found else 0


class OnDatabase(Server):
    """The real program, on a database that is there."""

    def __init__(self, home: Path, port: int, dsn: str) -> None:
        self.base = f"http://{HOST}:{port}"
        self._home = home
        told = {"LEDGER_HOME": str(home), "LEDGER_DATABASE_URL": dsn, "LEDGER_RATE_STRANGERS": "off"}
        self.process = subprocess.Popen(
            [Path(sys.executable).with_name("trade-ledger"), "serve", "--port", str(port), "--workers", "2"],
            env=os.environ | told,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )


@pytest.fixture(scope="module")
def served(shared_database: str, home: Path) -> Iterator[Open]:
    with OnDatabase(home, free_port(), shared_database) as server:
        server.await_ready()
        opened = Open(server, home, shared_database)
        for number in range(20):  # so that every process has seen what it sees
            assert server.post("orders", placed(f"PO-{number}"), key=f"k-{number}").status_code == 201
        yield opened


def judged(sent: Sent, told: Told) -> Problem:
    """Check that an answer is a problem of the caller's, in the one shape, which shows nothing of the inside."""
    assert 400 <= told.status < 500, (sent, told)
    assert told.headers["content-type"] == PROBLEM, (sent, told)
    problem = msgspec.json.decode(told.body, type=Problem)
    assert set(msgspec.json.decode(told.body)) == set(Problem.__struct_fields__)
    assert (problem.status, problem.retryable) == (told.status, False), (sent, told)
    assert CODE.fullmatch(problem.code), problem
    assert problem.type == f"urn:trade-ledger:problem:{problem.code}"
    assert problem.request == told.headers["x-request-id"] != ""
    assert not SHOWN.search(told.body.decode()), told.body
    assert told.headers["x-content-type-options"] == "nosniff"
    return problem


def fuzz(served: Open, *, seed: int, count: int) -> Counter[str]:
    before, grown = served.written(), served.peak_bytes()
    codes = Counter(
        judged(sent, exchange(HOST, served.port, sent)).code
        for sent in requests(seed, count, authorization=served.headers["authorization"])
    )
    assert served.written() == before
    assert served.peak_bytes() - grown < GROWN_BYTES_MAX
    return codes


def test_malformed_request_is_told_so_and_writes_nothing(served: Open) -> None:
    codes = fuzz(served, seed=6, count=300)
    assert codes["request.body_malformed"] > 150
    assert len(codes) > 8


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2])
def test_ten_thousand_malformed_requests_are_told_so(served: Open, seed: int) -> None:
    codes = fuzz(served, seed=seed, count=10_000)
    assert codes["request.body_malformed"] > 5_000


def head(served: Open, path: str, *framing: str) -> bytes:
    said = [f"POST {path} HTTP/1.1", "host: ledger", f"authorization: {served.headers['authorization']}"]
    return "\r\n".join([*said, "idempotency-key: large", "content-type: application/json", *framing, "", ""]).encode()


@pytest.mark.parametrize(
    "path", [f"{BOOK}/orders", f"{BOOK}/commands", f"{BOOK}/orders/PO-1/disputes/1/evidence?claim=1&side=buyer"]
)
@pytest.mark.parametrize("chunked", [False, True], ids=["said", "chunked"])
def test_body_of_a_hundred_megabytes_is_refused_and_not_kept(served: Open, path: str, *, chunked: bool) -> None:
    before, grown = served.written(), served.peak_bytes()
    framing = "transfer-encoding: chunked" if chunked else f"content-length: {LARGE_BYTES}"
    part = b"[" * 1_000_000
    with socket.create_connection((HOST, served.port), timeout=PATIENCE_SECONDS) as connection:
        with suppress(OSError):  # it may be refused before all was sent
            connection.sendall(head(served, path, framing))
            for _ in range(LARGE_BYTES // len(part)):
                connection.sendall(b"%x\r\n%b\r\n" % (len(part), part) if chunked else part)
        told = answer_on(connection)
    assert judged(Sent("large", b"", b""), told).code in {"request.body_too_large", "evidence.too_large"}
    assert served.written() == before
    assert served.peak_bytes() - grown < GROWN_BYTES_MAX


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nbad header\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: ledger\r\nx: " + b"y" * 70_000, 431),
        (b"GET /" + b"y" * 70_000, 431),
        (b"GET / HTTP/1.1\r\nconnection: close\r\n" + b"x: y\r\n" * 200 + b"\r\n", 431),
        (b"\x16\x03\x01\x02\x00\x01\x00", 400),
    ],
)
def test_what_is_no_request_is_answered_in_the_same_shape(served: Open, raw: bytes, status: int) -> None:
    told = exchange(HOST, served.port, Sent("raw", raw, b""))
    judged(Sent("raw", raw, b""), told)
    assert told.status == status


def test_all_that_is_wrong_with_a_request_is_told_at_once(served: Open) -> None:
    body = {"order": 1, "lines": [{"sku": "S", "amount": {"minor": 1.5, "currency": "USD"}}], "more": 1}
    url = f"{served.server.base}{BOOK}/orders?dry_run=perhaps"
    response = httpx.post(url, json=body, headers=served.headers | {"if-match": "x"}, timeout=PATIENCE_SECONDS)
    problem = response.json()
    assert (response.status_code, problem["code"]) == (400, "request.parameter_malformed")
    where = {(fault["in"], fault.get("name") or fault["pointer"]) for fault in problem["faults"]}
    assert where >= {
        ("query", "dry_run"),
        ("header", "Idempotency-Key"),
        ("header", "If-Match"),
        ("body", "/order"),
        ("body", "/buyer"),
        ("body", "/lines/0/number"),
        ("body", "/lines/0/amount/minor"),
        ("body", "/more"),
    }


def test_nobody_waits_for_a_head_that_does_not_come(served: Open) -> None:
    """Many connections that send nothing, or a part, keep nobody else waiting."""
    waiting = [socket.create_connection((HOST, served.port)) for _ in range(200)]
    try:
        for connection in waiting[::2]:
            connection.sendall(b"GET / HTTP/1.1\r\nx:")
        answer = httpx.get(f"{served.server.base}{BOOK}/orders", headers=served.headers, timeout=PATIENCE_SECONDS)
        assert answer.status_code == 200
    finally:
        for connection in waiting:
            connection.close()


@pytest.mark.soak
def test_head_that_does_not_come_is_told_so_and_the_connection_ends(served: Open) -> None:
    with socket.create_connection((HOST, served.port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nx:")
        assert judged(Sent("slow", b"", b""), answer_on(connection)).code == "request.head_too_slow"
    with socket.create_connection((HOST, served.port), timeout=PATIENCE_SECONDS) as connection:
        assert connection.recv(1) == b""
    eventually(lambda: httpx.get(f"{served.server.base}/health").status_code == 200)

"""Nothing secret is logged: real requests of every kind, good and bad, and then every line that the server wrote."""

import os
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import httpx
import msgspec
import psycopg

from tests.e2e.test_http import PATIENCE_SECONDS, Server, free_port, placed
from tests.malformed import BOOK, Sent, exchange
from tests.tokens import Issuer, of_this_machine

MARK = "hush7Q"
"""Stands in everything that nobody may read in a log."""
HOST = "127.0.0.1"


class Talking(Server):
    """The real program, which says all that it ever says."""

    def __init__(self, home: Path, port: int, dsn: str) -> None:
        self.base = f"http://{HOST}:{port}"
        self._home = home
        told = {"LEDGER_HOME": str(home), "LEDGER_DATABASE_URL": dsn, "LEDGER_LOG_LEVEL": "debug"}
        self.process = subprocess.Popen(
            [Path(sys.executable).with_name("trade-ledger"), "serve", "--port", str(port), "--workers", "1"],
            env=os.environ | told,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


def secret_requests(token: str) -> list[tuple[str, str, dict[str, str], bytes]]:
    """Return requests that carry secrets, as method, path, headers and body: accepted, refused and wrong ones."""
    bearer = {"authorization": token}
    name = {"name": f"{MARK} Ltd", "address": f"{MARK} Street 1", "bank_account": f"DE00{MARK}"}
    register: dict[str, Any] = {"party": "BUY-9", "roles": ["buyer"], "country": "IN", "profile": name}
    text = msgspec.json.encode(register)
    bodies = (
        text,
        text.replace(b'"profile"', b'"profil"'),
        text[:-9],
        text + text,
        b"\xff" + text,
        msgspec.json.encode({"password": MARK, MARK: 1}),
        msgspec.json.encode(placed(f"PO-{MARK}-\u202e")),
        msgspec.json.encode(placed(reference=MARK)),
        msgspec.json.encode(placed()),
        msgspec.json.encode(placed() | {"lines": [{"sku": MARK}]}),
    )
    said = [
        ("POST", f"{BOOK}/{path}", bearer | {"idempotency-key": f"k-{path}-{number}"}, body)
        for path in ("parties", "orders", "orders/PO-1/disputes", "orders/PO-1/disputes/1/message", "commands")
        for number, body in enumerate(bodies)
    ]
    asked = [
        ("GET", f"{BOOK}/{path}", bearer, b"")
        for path in (
            f"orders?cursor={MARK}",
            f"orders?reference={MARK}",
            f"orders/{MARK}",
            f"parties/{MARK}",
            f"events?at_position={MARK}",
            f"audit?actor={MARK}",
            f"nowhere/{MARK}",
            "orders",
            "parties",
        )
    ]
    wrong = [
        {"authorization": f"Bearer {MARK}"},
        {"authorization": f"Basic {b64encode(MARK.encode()).decode()}"},
        {"authorization": f"Bearer {Issuer().token(jti=MARK)}{MARK}"},
        {"x-api-key": MARK, "cookie": f"session={MARK}"},
        bearer | {"if-match": MARK, "x-request-id": "fine-1", "accept": f"x/{MARK}", "content-type": MARK},
        bearer | {"x-request-id": f"not fine {MARK}"},
    ]
    return [*said, *asked, *(("POST", f"{BOOK}/orders/PO-1/accept?{MARK}", headers, b"{") for headers in wrong)]


def test_nothing_secret_is_logged(shared_database: str, home: Path) -> None:
    with Talking(home, free_port(), shared_database) as server:
        server.await_ready()
        token = of_this_machine(home)["authorization"]
        with httpx.Client(base_url=server.base, timeout=PATIENCE_SECONDS) as client:

            def all_of_them() -> set[int]:
                return {
                    client.request(method, path, headers=headers, content=body).status_code
                    for method, path, headers, body in secret_requests(token)
                }

            statuses = all_of_them()
            with psycopg.connect(shared_database, autocommit=True) as superuser:
                superuser.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
                )
            statuses |= all_of_them()
        port = int(server.base.rpartition(":")[2])
        for raw in (f"{MARK}\r\n\r\n", f"GET / HTTP/1.1\r\n{MARK}\r\n\r\n", f"GET /{MARK} HTTP/7.1\r\n\r\n"):
            exchange(HOST, port, Sent("raw", raw.encode(), b""))
    assert statuses >= {200, 201, 400, 401, 404}
    lines = server.said.splitlines()
    assert len(lines) > len(secret_requests(token)), "each request has its line"
    assert [line for line in lines if MARK in line] == []
    secret = token.removeprefix("Bearer ")
    assert not any(part in server.said for part in secret.split("."))
    assert b64encode(MARK.encode()).decode() not in server.said
    for file in (home / "keys" / "tokens").iterdir():
        if file.suffix == ".key":
            assert not any(line in server.said for line in file.read_text().splitlines()[1:-1])

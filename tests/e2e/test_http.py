"""HTTP in, HTTP out: a whole trade, every way of being told no, and the server's own processes."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Self

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from api.app import app_of
from api.commands.command_table import ORDER_COMMANDS
from api.composition import House, OpenedBook, connected, utc_now
from api.http.desk import Desk
from api.identity.caller import PARTY_ROLES, Caller
from api.leaving import Leaving
from domain.money import MINOR_MAX
from domain.side import person_of
from ledger.application import TradeLedger
from ledger.writer import Writer
from projections.runner import PROJECTIONS
from tests.books import Gate, Salts, checked_log
from tests.tampering import tampering
from tests.tokens import OPERATOR, Issuer, of_this_machine, taking

PATIENCE_SECONDS = 60
PROBLEM = "application/problem+json"
ISSUER = Issuer()
SECRET = "of the inside"  # noqa: S105 - of a test

_books = count(1)
_keys = count(1)


@pytest.fixture(scope="module")
def house(shared_database: str) -> Iterator[House]:
    with connected(shared_database) as opened:
        yield opened


@pytest.fixture
def opened(house: House) -> OpenedBook:
    book = house.book(f"book-{next(_books)}")
    book.found()
    return book


_spare: dict[Callable[[], FastAPI], list[FastAPI]] = {}
"""Applications that nobody asks at present, by what made them: one is made, and warms up, as long as a test takes."""


class Client:
    """
    A caller of the API for one book, in the test's own thread: an operator, where a test doesn't say who.

    Who says something else is said in words of a request, as `ledger_actor="buyer:BUY-1", ledger_role="buyer"`, and
    becomes a token; whom a party's people speak for is the key of their actor, or `ledger_party`.
    """

    def __init__(self, house: House, book: str, *, caller: Caller = OPERATOR) -> None:
        self._spare = _spare.setdefault(app_of, [])
        self.app = self._spare.pop() if self._spare else app_of()
        self._routes = len(self.app.routes)
        self.app.state.desk = Desk(house, tokens=taking(ISSUER))
        self.app.state.leaving = Leaving()
        self.caller = caller
        self.book = f"/v1/books/{book}"
        self._loop = asyncio.Runner()
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        self.stranger = httpx.AsyncClient(transport=transport, base_url="http://ledger")
        """Who asks without a token."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self.stranger.aclose())
        self._loop.close()
        if len(self.app.routes) == self._routes:  # else a test gave it one of its own
            self._spare.append(self.app)

    def run(self, said: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run(asyncio.wait_for(said, PATIENCE_SECONDS))

    async def ask(self, method: str, path: str, **how: Any) -> httpx.Response:
        """Ask: a path that begins with a slash is taken as it is, another one is the book's."""
        said = {name.lower(): value for name, value in (how.pop("headers", None) or {}).items()}
        headers = {"authorization": f"Bearer {ISSUER.token(self._who(said))}"} | said
        path = path if path.startswith("/") else f"{self.book}/{path}"
        return await self.stranger.request(method, path, headers=headers, **how)

    def _who(self, said: dict[str, str]) -> Caller:
        """Return who says something, and take the words for it away."""
        role: Any = said.pop("ledger-role", self.caller.role)
        actor = said.pop("ledger-actor", self.caller.actor)
        party = said.pop("ledger-party", self.caller.party or person_of(actor)) if role in PARTY_ROLES else ""
        return Caller(actor, role, party, self.caller.books)

    def get(self, path: str, **query: Any) -> httpx.Response:
        response: httpx.Response = self.run(self.ask("GET", path, params=query or None))
        return response

    def rows(self, path: str, **query: Any) -> list[Any]:
        """Return the rows of a list that must be read."""
        response = self.get(path, **query)
        assert response.status_code == 200, response.text
        page = response.json()
        assert set(page) == {"items", "next", "position"}
        items: list[Any] = page["items"]
        return items

    def post(self, path: str, body: object = None, *, key: str | None = None, **headers: str) -> httpx.Response:
        response: httpx.Response = self.run(self.say(path, body, key=key, **headers))
        return response

    async def say(self, path: str, body: object = None, *, key: str | None = None, **headers: str) -> httpx.Response:
        """Say a command; under a new key where none is given."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        key = f"key-{next(_keys)}" if key is None else key
        return await self.ask("POST", path, json=body or {}, headers={"idempotency-key": key, **named})

    def done(self, path: str, body: object = None, **headers: str) -> dict[str, Any]:
        """Say a command that must be accepted."""
        response = self.post(path, body, **headers)
        assert response.status_code in {201, 202}, response.text
        said: dict[str, Any] = response.json()
        return said


def usd(minor: int) -> dict[str, object]:
    return {"minor": minor, "currency": "USD"}


def placed(order: str = "PO-1", amount_minor: int = 30_000, **other: object) -> dict[str, object]:
    """Return the body of an order: a deposit on acceptance and the balance on dispatch."""
    deposit_minor = amount_minor // 3
    body: dict[str, object] = {
        "order": order,
        "buyer": "BUY-1",
        "exporter": "EXP-1",
        "currency": "USD",
        "lines": [{"number": 1, "sku": "SKU-1", "quantity": 10, "amount": usd(amount_minor)}],
        "steps": [
            {"name": "deposit", "amount": usd(deposit_minor), "trigger": "acceptance"},
            {"name": "balance", "amount": usd(amount_minor - deposit_minor), "trigger": "dispatch"},
        ],
        "transport_mode": "sea",
        "ship_by": "2026-12-01",
    }
    return body | other


def paid(amount_minor: int, step: int = 1) -> dict[str, object]:
    return {"amount": usd(amount_minor), "account": "clearing:card", "step": step}


def problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Check that an answer is a problem of the one shape, and return its details."""
    assert (response.status_code, response.headers["content-type"]) == (status, PROBLEM), response.text
    body = response.json()
    assert set(body) == {"type", "title", "status", "code", "retryable", "details", "faults", "rule", "request"}
    assert (body["type"], body["status"], body["code"]) == (f"urn:trade-ledger:problem:{code}", status, code)
    assert body["retryable"] is (status in {429, 503})
    assert ("retry-after" in response.headers) is (status in {429, 503})
    details: dict[str, Any] = body["details"]
    return details


# A trade.


def test_whole_trade_goes_over_http(client: Client) -> None:
    assert client.done("orders", placed())["events"][0]["topic"] == "order.placed"
    client.done("orders/PO-1/accept")
    client.done("orders/PO-1/pay", paid(10_000))
    client.done("orders/PO-1/dispatch", {"lines": [{"line": 1, "quantity": 4}]})
    client.done("orders/PO-1/dispatch")
    client.done("orders/PO-1/pay", paid(20_000, step=2))
    client.done("orders/PO-1/deliver", {"dispatch": 1})
    client.done("orders/PO-1/deliver", {"dispatch": 2})
    outcome = client.done("orders/PO-1/confirm")
    topics = [event["topic"] for event in outcome["events"]]
    assert topics[0] == "order.receipt_confirmed"
    assert {"release.proposed", "release.approved", "release.executed", "hold.released", "payee.credited"} <= set(
        topics
    )
    assert topics[-1] == "order.completed"
    position = outcome["position"]
    assert [event["position"] for event in outcome["events"]] == [*range(outcome["first_position"], position + 1)]

    order = client.get("orders/PO-1", min_position=position).json()
    assert (order["status"], order["received"], order["released"]) == ("completed", usd(30_000), usd(30_000))
    assert [row["order"] for row in client.rows("orders", status="completed", reference="PO", buyer="BUY-1")] == [
        "PO-1"
    ]
    balances = {row["account"]: row for row in client.rows("balances")}
    assert balances["payable:exporter:EXP-1"] == {
        "account": "payable:exporter:EXP-1",
        "currency": "USD",
        "balance": usd(30_000),
    }
    assert client.rows("trial-balance") == [
        {"account": "clearing", "currency": "USD", "debit": usd(30_000), "credit": usd(0)},
        {"account": "hold", "currency": "USD", "debit": usd(0), "credit": usd(0)},
        {"account": "payable:exporter", "currency": "USD", "debit": usd(0), "credit": usd(30_000)},
    ]
    assert "hold:PO-1" in {row["account"] for row in client.rows("trial-balance", detail=True)}
    journal = client.rows("journal")
    assert [entry["topic"] for entry in journal] == ["hold.payment_received"] * 2 + ["hold.released"]
    assert client.rows("journal", after=journal[0]["position"], limit=1) == journal[1:2]
    timeline = client.rows("orders/PO-1/timeline")
    assert timeline[0]["topic"] == "order.placed"
    assert timeline[-1]["topic"] == "order.completed"
    assert {"account": "clearing:card", "currency": "USD", "amount": usd(10_000)} in [
        posting for step in timeline for posting in step["postings"]
    ]
    events = client.rows("events", after=4)
    assert [event["position"] for event in events] == [*range(5, position + 1)]
    assert client.rows("events", after=position - 2, limit=1) == events[-2:-1]
    assert client.rows("events", after=position) == []


def test_cancelled_trade_gives_the_buyer_the_money_back(client: Client) -> None:
    client.done("orders", placed())
    client.done("orders/PO-1/accept")
    client.done("orders/PO-1/pay", paid(10_000))
    position = client.done("orders/PO-1/cancel", {"reason": "not-wanted"})["position"]
    order = client.get("orders/PO-1", min_position=position).json()
    assert (order["status"], order["held"], order["refunded"]) == ("cancelled", usd(0), usd(10_000))


def test_actor_role_and_time_of_the_world_are_the_callers(client: Client) -> None:
    said = client.done(
        "orders",
        placed() | {"occurred_at": "2026-03-01T12:00:00+02:00"},
        ledger_actor="operator:desk-7",
    )
    (event,) = said["events"]
    assert (event["actor"], event["role"], event["posting_date"]) == ("operator:desk-7", "operator", "2026-03-01")
    assert datetime.fromisoformat(event["occurred_at"]) == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert datetime.fromisoformat(event["recorded_at"]) > datetime.fromisoformat(event["occurred_at"])


@pytest.mark.parametrize("verb", sorted(ORDER_COMMANDS))
def test_every_command_has_a_route_and_a_described_body(client: Client, verb: str) -> None:
    response = client.post(f"orders/PO-404/{verb}", {"nonsense": 1})
    problem(response, 400, "request.body_malformed")
    assert "/nonsense" in [fault["pointer"] for fault in response.json()["faults"]]
    described = client.get("/openapi.json").json()["paths"][f"/v1/books/{{book}}/orders/{{order}}/{verb}"]["post"]
    assert described["requestBody"]["content"]["application/json"]["schema"]


def test_process_says_that_it_lives_and_how_far_the_read_side_is(
    client: Client, house: House, opened: OpenedBook
) -> None:
    assert client.get("/health").json() == {"status": "ok"}
    with house.pool.connection() as connection:
        for (name,) in connection.execute("SELECT book FROM ledger.log_head").fetchall():
            house.book(name).runner.catch_up()
    before = opened.runner.head()
    client.done("orders", placed())
    head = opened.runner.head()
    names = [projection.name for projection in PROJECTIONS]
    assert client.get("/ready").json()["lag_events"] == dict.fromkeys(names, head - before)
    client.get("balances", min_position=head)
    ready = client.get("/ready")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert ready.json()["lag_events"] == dict.fromkeys(names, 0)


# The same again.


def test_repeated_command_is_answered_as_the_first_time(client: Client, opened: OpenedBook) -> None:
    first = client.post("orders", placed(), key="once")
    again = client.post("orders", placed(), key="once")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["repeated"] is False
    assert again.json() == first.json() | {"repeated": True}
    assert opened.runner.head() == first.json()["position"]


def test_repeated_command_of_many_events_gives_them_all(client: Client) -> None:
    client.done("orders", placed())
    client.done("orders/PO-1/accept")
    client.done("orders/PO-1/pay", paid(30_000))
    client.done("orders/PO-1/dispatch")
    first = client.post("orders/PO-1/confirm", key="once")
    again = client.post("orders/PO-1/confirm", key="once")
    assert len(first.json()["events"]) > 5
    assert again.json() == first.json() | {"repeated": True}


@pytest.mark.parametrize("other", [{"buyer": "BUY-2"}, {"occurred_at": "2026-03-01T12:00:00Z"}])
def test_key_that_comes_again_with_something_else_is_told_so(client: Client, other: dict[str, object]) -> None:
    client.post("orders", placed(), key="once")
    assert problem(client.post("orders", placed() | other, key="once"), 422, "command.id_reused") == {
        "command_id": "once"
    }


def test_refusal_is_a_conflict_and_the_same_for_ever(client: Client) -> None:
    client.done("orders", placed())
    first = client.post("orders/PO-1/pay", paid(1), key="early")
    details = problem(first, 409, "order.not_in_state")
    assert (details["order"], details["status"]) == ("order:PO-1", "placed")
    client.done("orders/PO-1/accept")
    again = client.post("orders/PO-1/pay", paid(1), key="early")
    request, other = (said.headers["x-request-id"].encode() for said in (first, again))
    assert request != other
    assert (again.status_code, again.content) == (first.status_code, first.content.replace(request, other))
    client.done("orders/PO-1/pay", paid(1))


def test_callers_at_once_get_their_own_outcome_and_one_key_happens_once(client: Client, opened: OpenedBook) -> None:
    async def everybody() -> list[httpx.Response]:
        return await asyncio.gather(
            *(client.say("orders", placed(f"PO-{number % 20}"), key=f"same-{number % 20}") for number in range(60))
        )

    answers: list[httpx.Response] = client.run(everybody())
    assert [answer.status_code for answer in answers].count(201) == 20
    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    again: list[httpx.Response] = client.run(everybody())
    assert {answer.status_code for answer in again} <= {200, 409}
    taken = [answer.json() for answer in (*answers, *again) if answer.is_success]
    assert len({answer["position"] for answer in taken}) == 20
    assert [row.topic for row in checked_log(opened.pool, opened.name)].count("order.placed") == 20


# Every way of being told no.


def test_change_without_a_key_is_malformed(client: Client, opened: OpenedBook) -> None:
    head = opened.runner.head()
    response = client.run(client.ask("POST", "orders", json=placed()))
    problem(response, 400, "request.idempotency_key_missing")
    assert opened.runner.head() == head


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (placed(nonsense=1), "/nonsense"),
        ({"order": "PO-1"}, "/buyer"),
        (placed(ship_by="soon"), "/ship_by"),
        (placed(ship_by=20261201), "/ship_by"),
        (placed(transport_mode="camel"), "/transport_mode"),
        (placed(lines=[{"number": 1, "sku": "S", "quantity": 1.5, "amount": usd(1)}]), "/lines/0/quantity"),
        (placed(lines=[{"number": 1, "sku": "S", "quantity": "1", "amount": usd(1)}]), "/lines/0/quantity"),
        (placed(occurred_at="yesterday"), "/occurred_at"),
        (placed(buyer=1), "/buyer"),
        ([], ""),
    ],
)
def test_field_that_cannot_be_meant_is_named(client: Client, body: object, said: str) -> None:
    response = client.run(client.ask("POST", "orders", json=body, headers={"idempotency-key": "k"}))
    problem(response, 400, "request.body_malformed")
    assert said in [fault["pointer"] for fault in response.json()["faults"]]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nonsense",
        b"\xff\xfe\x00",
        b'{"order": "\xff"}',
        b'{"order": "PO\\ud800"}',
        b"[" * 100_000,
        b'{"lines":' * 2_000,
        b'{"amount": 1' + b"0" * 5_000 + b"}",
        b'{"amount": 1e400}',
        json.dumps(placed()).encode() + b"x",
    ],
)
def test_body_that_is_no_json_is_malformed(client: Client, body: bytes) -> None:
    response = client.run(client.ask("POST", "orders", content=body, headers={"idempotency-key": "k"}))
    problem(response, 400, "request.body_malformed")


@pytest.mark.parametrize("number", [0, -1, 2**53, 2**63, 2**64, 10**40])
def test_number_beyond_what_can_be_counted_is_refused_by_name(client: Client, number: int) -> None:
    line = {"number": 1, "sku": "SKU-1", "quantity": 1, "amount": usd(1)}
    too_much = client.post("orders", placed(lines=[line | {"amount": usd(number)}], steps=[]))
    if number <= MINOR_MAX:
        assert problem(too_much, 400, "money.amount_out_of_range") == {"amount_minor": number}
    else:
        problem(too_much, 400, "request.body_malformed")
        assert [fault["pointer"] for fault in too_much.json()["faults"]] == ["/lines/0/amount/minor"]
    too_many = client.post("orders", placed(lines=[line | {"quantity": number}], steps=[]))
    assert problem(too_many, 400, "order.terms_malformed")["field"] == "lines.quantity"


def test_largest_amount_is_exact(client: Client) -> None:
    amount_minor = 2**53 - 1
    client.done("orders", placed(amount_minor=amount_minor))
    client.done("orders/PO-1/accept")
    position = client.done("orders/PO-1/pay", paid(amount_minor))["position"]
    assert client.get("orders/PO-1", min_position=position).json()["held"] == usd(amount_minor)


@pytest.mark.parametrize("step", [0, -1, 3, 10**30])
def test_step_that_was_not_agreed_is_not_found(client: Client, step: int) -> None:
    client.done("orders", placed())
    client.done("orders/PO-1/accept")
    problem(client.post("orders/PO-1/pay", paid(1, step=step)), 404, "order.payment_step_not_found")


def test_version_that_the_caller_saw_decides(client: Client) -> None:
    client.done("orders", placed())
    differs = problem(client.post("orders/PO-1/accept", key="k", if_match='"7"'), 412, "version.differs")
    assert differs == {"reference": "order:PO-1", "expected": 7, "version": 1}
    client.done("orders/PO-1/accept", key="k", if_match='"1"')


@pytest.mark.parametrize("if_match", ["1", '"one"', '""', 'W/"1"', '"1", "2"', '"' + "9" * 40 + '"'])
def test_version_that_cannot_be_meant_is_malformed(client: Client, if_match: str) -> None:
    client.done("orders", placed())
    details = problem(client.post("orders/PO-1/accept", if_match=if_match), 400, "request.header_malformed")
    assert details["header"] == "If-Match"


@pytest.mark.parametrize(
    "who", [{"ledger_actor": "has space"}, {"ledger_role": ""}, {"ledger_actor": "operator:" + "a" * 129}]
)
def test_caller_that_cannot_be_meant_is_nobody(client: Client, who: dict[str, str]) -> None:
    problem(client.post("orders", placed(), **who), 401, "token.refused")


def test_what_would_have_happened_in_the_future_is_malformed(client: Client) -> None:
    tomorrow = (utc_now() + timedelta(days=1)).isoformat()
    problem(client.post("orders", placed(occurred_at=tomorrow)), 400, "command.occurred_in_future")
    problem(client.post("orders", placed(occurred_at="2026-03-01T12:00:00")), 400, "submission.malformed")


def test_another_person_must_approve_what_is_large(client: Client) -> None:
    client.done("orders", placed(amount_minor=3_000_000))
    client.done("orders/PO-1/accept")
    client.done("orders/PO-1/pay", paid(3_000_000))
    client.done("orders/PO-1/dispatch")
    client.done("orders/PO-1/confirm")
    problem(client.post("orders/PO-1/approve-release", {"number": 1}), 403, "proposal.approver_is_proposer")
    client.done("orders/PO-1/approve-release", {"number": 1}, ledger_actor="operator:second")


def test_reader_sees_what_it_has_written_and_is_told_what_is_not_there_yet(client: Client) -> None:
    position = client.done("orders", placed())["position"]
    assert client.get("orders/PO-1", min_position=position).status_code == 200
    behind = client.get("orders/PO-1", min_position=position + 1)
    assert problem(behind, 404, "moment.ahead") == {"at_position": position + 1, "head": position}
    client.done("orders/PO-1/accept")
    assert client.get("orders/PO-1", min_position=position + 1).json()["status"] == "accepted"


@pytest.mark.parametrize("path", ["orders", "orders/PO-1", "orders/PO-1/timeline", "balances", "journal", "events"])
def test_reads_of_a_book_that_does_not_exist_find_none_and_make_none(house: House, path: str) -> None:
    with Client(house, "nowhere") as client:
        assert problem(client.get(path), 404, "book.not_found") == {"book": "nowhere"}
        assert problem(client.get(path, min_position=1), 404, "book.not_found") == {"book": "nowhere"}
    assert nothing_of(house, "nowhere")


def test_commands_to_a_book_that_does_not_exist_make_none(house: House) -> None:
    with Client(house, "nowhere") as client:
        problem(client.post("orders", placed()), 404, "book.not_found")
        problem(client.post("orders/PO-1/accept"), 404, "book.not_found")
    assert nothing_of(house, "nowhere")


def nothing_of(house: House, book: str) -> bool:
    tables = ("ledger.log_head", "ledger.events", "ledger.outcomes", "projections.positions")
    with house.pool.connection() as connection:
        found = [connection.execute(f"SELECT 1 FROM {table} WHERE book = %s", (book,)).fetchone() for table in tables]
    return not any(found) and book not in house._books


def test_order_that_does_not_exist_is_not_found(client: Client) -> None:
    assert problem(client.get("orders/PO-404"), 404, "order.not_found") == {"order": "PO-404"}
    problem(client.get("orders/PO-404/timeline"), 404, "order.not_found")
    problem(client.post("orders/PO-404/accept"), 404, "reference.not_found")


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("orders?limit=0", "query.limit"),
        ("orders?limit=1001", "query.limit"),
        ("orders?limit=many", "query.limit"),
        ("orders?placed_from=soon", "query.placed_from"),
        ("orders?status=lost", "query.status"),
        ("orders?buyer=%00", "query.buyer"),
        ("orders?reference=%00", "query.reference"),
        ("orders/PO%00", "path.order"),
        ("orders/PO%00/timeline", "path.order"),
        ("orders/PO%FF", "path.order"),
        ("events?after=-1", "query.after"),
        ("events?after=9223372036854775808", "query.after"),
        ("journal?after=1.5", "query.after"),
        ("trial-balance?detail=maybe", "query.detail"),
        ("balances?min_position=-1", "query.min_position"),
        ("/v1/books/%00/balances", "path.book"),
    ],
)
def test_parameter_that_cannot_be_meant_is_named(client: Client, path: str, parameter: str) -> None:
    response = client.run(client.ask("GET", path))
    assert list(problem(response, 400, "request.parameter_malformed")) == [parameter]


@pytest.mark.parametrize("path", ["orders/PO%00/accept", "/v1/books/%00/orders", "/v1/books/%00/orders/PO-1/accept"])
def test_path_of_a_command_that_cannot_be_meant_is_malformed(client: Client, path: str) -> None:
    problem(client.post(path, placed()), 400, "request.parameter_malformed")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "nothing", None),
        ("GET", "/nothing", None),
        ("TRACE", "/health", "GET"),
        ("DELETE", "/docs", "GET"),
        ("DELETE", "orders", "GET, POST"),
        ("PUT", "orders/PO-1", "GET"),
        ("GET", "orders/PO-1/accept", "POST"),
    ],
)
def test_route_that_does_not_exist_is_a_problem_of_the_same_shape(
    client: Client, method: str, path: str, allowed: str | None
) -> None:
    response = client.run(client.ask(method, path))
    code = "request.method_not_allowed" if allowed else "request.path_not_found"
    problem(response, 405 if allowed else 404, code)
    assert response.headers.get("allow") == allowed


# Where we are at fault.


@contextmanager
def gated(opened: OpenedBook, **limits: Any) -> Iterator[Gate]:
    """Give a book a writer that holds its first batch until told."""
    gate = Gate(utc_now)
    opened._writer = Writer(TradeLedger(opened.recorder, clock=gate, salts=Salts()), linger_seconds=0, **limits)
    try:
        yield gate
    finally:
        gate.open()
        opened.close()


def test_full_queue_is_told_with_the_time_to_come_again(client: Client, opened: OpenedBook) -> None:
    opened.close()
    with gated(opened, queue_commands_max=1) as gate:

        async def crowd() -> tuple[httpx.Response, list[httpx.Response]]:
            first = asyncio.ensure_future(client.say("orders", placed("PO-1"), key="k-1"))
            assert await asyncio.to_thread(gate.reached.wait, PATIENCE_SECONDS)
            second = asyncio.ensure_future(client.say("orders", placed("PO-2"), key="k-2"))
            while not opened.writer.waiting:  # noqa: ASYNC110 - the queue tells nobody that it is full
                await asyncio.sleep(0)
            turned_away = await client.say("orders", placed("PO-3"), key="k-3")
            gate.open()
            return turned_away, [await first, await second, await client.say("orders", placed("PO-3"), key="k-3")]

        turned_away, answers = client.run(crowd())
    assert problem(turned_away, 503, "writer.queue_full") == {"waiting": 1}
    assert [answer.status_code for answer in answers] == [201, 201, 201]


@pytest.mark.parametrize(("field", "status"), [("order", 400), ("rulebook", 404), ("buyer", 400)])
def test_key_that_no_database_takes_is_told_so_and_touches_no_neighbour(
    client: Client, opened: OpenedBook, field: str, status: int
) -> None:
    opened.close()
    with gated(opened) as gate:

        async def neighbours() -> list[httpx.Response]:
            first = asyncio.ensure_future(client.say("orders", placed("PO-1")))
            assert await asyncio.to_thread(gate.reached.wait, PATIENCE_SECONDS)
            bodies = [placed("PO-2"), placed("PO-3") | {field: "\0"}, placed("PO-4")]
            batch = asyncio.gather(*(client.say("orders", body) for body in bodies))
            await asyncio.sleep(0)
            gate.open()
            return [await first, *await batch]

        statuses = [answer.status_code for answer in client.run(neighbours())]
    assert statuses == [201, 201, status, 201]


def test_lost_connection_is_told_as_unavailable_and_is_no_more_than_that(
    client: Client, house: House, opened: OpenedBook
) -> None:
    position = client.done("orders", placed())["position"]
    opened.runner.catch_up()
    with psycopg.connect(house.dsn, autocommit=True) as superuser:
        superuser.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
    answers = [client.get("orders/PO-1")]
    while answers[-1].status_code != 200 and len(answers) < 100:
        answers.append(client.get("orders/PO-1"))
    for answer in answers[:-1]:
        problem(answer, 503, "database.absent")
    assert len(answers) > 1
    assert answers[-1].json()["position"] == position
    client.done("orders/PO-1/accept")


def test_corrupt_log_is_told_with_its_position(client: Client, house: House, opened: OpenedBook) -> None:
    position = client.done("orders", placed())["position"]
    with tampering(house.pool) as connection:
        connection.execute(
            "UPDATE ledger.events SET topic = 'x' WHERE book = %s AND position = %s", (opened.name, position)
        )
    assert problem(client.get("events"), 500, "log.corrupt")["position"] == position
    problem(client.get("orders/PO-1/timeline"), 500, "log.corrupt")
    problem(client.get("balances", min_position=position), 500, "log.corrupt")
    problem(client.post("orders", placed(), key="key-of-another"), 409, "order.already_placed")


def test_defect_is_a_problem_too_and_tells_nothing_of_the_inside(client: Client) -> None:
    def broken() -> None:
        raise ZeroDivisionError(SECRET)

    client.app.add_api_route("/broken", broken)
    response = client.get("/broken")
    assert problem(response, 500, "internal.error") == {}
    assert SECRET not in response.text


# The server's processes.


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Server:
    """The real program, serving from a home of its own."""

    def __init__(self, home: Path, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self._home = home
        environment = {name: value for name, value in os.environ.items() if name != "LEDGER_DATABASE_URL"}
        self.process = subprocess.Popen(
            [Path(sys.executable).with_name("trade-ledger"), "serve", "--port", str(port), "--workers", "2"],
            env=environment | {"LEDGER_HOME": str(home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.said = self.process.communicate(timeout=PATIENCE_SECONDS)[0]

    def await_ready(self) -> None:
        def ready() -> bool:
            assert self.process.poll() is None, self.process.communicate()[0]
            try:
                return httpx.get(f"{self.base}/ready").status_code == 200
            except httpx.TransportError:
                return False

        eventually(ready)

    def post(self, path: str, body: object, key: str) -> httpx.Response:
        return httpx.post(
            f"{self.base}/v1/books/main/{path}",
            json=body,
            headers={"idempotency-key": key, **of_this_machine(self._home)},
            timeout=PATIENCE_SECONDS,
        )

    def get(self, path: str, **query: int) -> httpx.Response:
        return httpx.get(
            f"{self.base}/v1/books/main/{path}",
            params=query,
            headers=of_this_machine(self._home),
            timeout=PATIENCE_SECONDS,
        )

    def family(self) -> set[int]:
        """Return the ids of all processes that this one started, and theirs."""
        told = subprocess.run(["ps", "-axo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout  # noqa: S607
        parents = [tuple(map(int, line.split())) for line in told.splitlines()]
        found = {self.process.pid}
        while more := {pid for pid, parent in parents if parent in found} - found:
            found |= more
        return found - {self.process.pid}


def eventually(holds: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(PATIENCE_SECONDS * 20):
        if holds():
            return
        pause.wait(0.05)
    pytest.fail("it never came about")


def gone(pids: set[int]) -> bool:
    return not any(lives(pid) for pid in pids)


def lives(pid: int) -> bool:
    told = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S607
    return told.stdout.strip() not in {"", "Z", "Zs"}


def test_server_with_two_workers_serves_a_trade_and_leaves_nobody_behind(home: Path) -> None:
    with Server(home, free_port()) as server:
        server.await_ready()
        with ThreadPoolExecutor(8) as callers:
            answers = list(
                callers.map(lambda n: server.post("orders", placed(f"PO-{n % 20}"), f"k-{n % 20}"), range(60))
            )
        assert sorted(answer.status_code for answer in answers) == [200] * 40 + [201] * 20
        position = server.post("orders/PO-1/accept", {}, "accept").json()["position"]
        for _ in range(8):
            order = server.get("orders/PO-1", min_position=position).json()
            assert order["status"] == "accepted"
            assert server.post("orders/PO-1/accept", {}, "accept").status_code == 200
        family = server.family()
        assert len(family) > 4
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(PATIENCE_SECONDS) == 0
    eventually(lambda: gone(family))
    assert "Traceback" not in server.said
    said = [json.loads(line) for line in server.said.splitlines() if "serving" not in line]
    assert Counter((line["level"], line["event"], line["route"], line["status"]) for line in said) == {
        ("info", "request", "place", 201): 20,
        ("info", "request", "place", 200): 40,
        ("info", "request", "accept", 201): 1,
        ("info", "request", "accept", 200): 8,
    }


def test_server_that_was_killed_takes_its_workers_along_and_starts_again_on_its_port(home: Path) -> None:
    port = free_port()
    with Server(home, port) as server:
        server.await_ready()
        position = server.post("orders", placed("PO-KILLED"), "k").json()["position"]
        family = server.family()
        server.process.kill()
        server.process.wait(PATIENCE_SECONDS)
        eventually(lambda: gone(family))
    with Server(home, port) as server:
        server.await_ready()
        assert server.post("orders", placed("PO-KILLED"), "k").status_code == 200
        assert server.get("orders/PO-KILLED", min_position=position).json()["status"] == "placed"

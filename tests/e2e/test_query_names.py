"""What a query and the headers of a request can't mean is told, on every operation."""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute
from structlog.testing import capture_logs

from api.app import BOOK, app_of
from api.composition import OpenedBook
from api.http.query_names import NAME_CHARACTERS_MAX, UNKNOWN
from tests.e2e.test_http import ISSUER, PROBLEM, Client, placed, problem
from tests.tokens import OPERATOR

MISSPELT = "at_positon"


def fault(name: str = MISSPELT) -> dict[str, str]:
    return {"in": "query", "name": name, "problem": UNKNOWN}


def _operations() -> Iterator[tuple[str, str]]:
    """Yield the method of every operation on a book, and its path within it, whose parts are some key."""
    for route in app_of().routes:
        if isinstance(route, APIRoute) and route.path.startswith(BOOK):
            path = route.path_format.removeprefix(f"{BOOK}/")
            for name in route.param_convertors:
                path = path.replace(f"{{{name}}}", "1")
            yield from ((method, path) for method in route.methods or ())


def test_name_that_an_operation_does_not_take_is_told_by_every_one_and_nothing_is_done(
    client: Client, opened: OpenedBook
) -> None:
    client.done("orders", placed("PO-1"))
    head, operations = opened.runner.head(), sorted(_operations())
    assert len(operations) > 150
    for method, path in operations:
        answer = client.run(client.ask(method, path, params={MISSPELT: "1"}))
        assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM), (method, path, answer.text)
        assert answer.json()["code"] == "request.parameter_malformed"
        assert fault() in answer.json()["faults"], (method, path)
    assert opened.runner.head() == head


@pytest.mark.parametrize("key", ["k" * 256, "has space", '"has space"', '"', "caf\u00e9"])
def test_key_that_cannot_be_one_is_told_by_every_operation_that_takes_one_also_in_a_dry_run(
    client: Client, opened: OpenedBook, key: str
) -> None:
    head, operations = opened.runner.head(), list(_operations_with_a_key(client.app))
    assert len(operations) > 60
    for method, path, needed, is_tried in operations:
        for query in [needed, {**needed, "dry_run": "true"}][: 1 + is_tried]:
            said = {"idempotency-key": key.encode("latin-1"), "content-type": "application/json"}
            answer = client.run(client.ask(method, path, params=query, content=b"{}", headers=said))
            assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM), (method, path, answer.text)
            told = [each["name"] for each in answer.json()["faults"] if each["in"] == "header"]
            assert told == ["Idempotency-Key"], (method, path, answer.text)
    assert opened.runner.head() == head


def _operations_with_a_key(app: Any) -> Iterator[tuple[str, str, dict[str, str], bool]]:
    """Yield method, path and needed query of every operation that takes a key, and whether it can be tried."""
    for described, operations in app.openapi()["paths"].items():
        for method, operation in operations.items():
            named = {each["name"]: each for each in operation.get("parameters", ())}
            if "Idempotency-Key" in named:
                needed = {
                    name: str(each["example"])
                    for name, each in named.items()
                    if each["in"] == "query" and each.get("required")
                }
                path = re.sub(r"\{\w+\}", "1", described.removeprefix(f"{BOOK}/").replace("{period}", "2026-03"))
                yield method.upper(), path, needed, "dry_run" in named


def test_all_names_that_are_none_are_told_with_what_else_is_wrong_with_path_and_query(client: Client) -> None:
    answer = client.run(client.ask("GET", "orders?limit=0&Limit=5&at_positon=1&Limit=6"))
    assert [each["name"] for each in answer.json()["faults"]] == ["limit", "Limit", "at_positon"]
    answer = client.run(client.ask("POST", "orders/-/confirm?dryrun=true&dry_run=true"))
    assert [each["name"] for each in answer.json()["faults"]] == ["order", "dryrun"]
    (said,) = client.get("audit", **{"x" * 5_000: "1"}).json()["faults"]
    assert said == fault("x" * NAME_CHARACTERS_MAX)


@pytest.mark.parametrize(
    "query", ["account=clearing:card", "account=clearing:card&account_=x", "Account=clearing:card"]
)
def test_the_plain_balance_has_no_way_around(client: Client, query: str) -> None:
    unknown = [name for name in ("account_", "Account") if f"{name}=" in query]
    answer = client.run(client.ask("GET", f"balances?{query}"))
    assert answer.status_code == (400 if unknown else 200), answer.text
    assert answer.json().get("faults", []) == [fault(name) for name in unknown]


def test_a_single_resource_is_shown_whole(client: Client) -> None:
    client.done("orders", placed("PO-2"))
    assert client.get("orders/PO-2", fields="order").json()["faults"] == [fault("fields")]
    assert client.rows("orders", fields="order", reference="PO-2", min_position=1) == [{"order": "PO-2"}]


def test_who_is_not_let_in_hears_nothing_of_names(client: Client) -> None:
    problem(client.run(client.stranger.get(f"{client.book}/orders?{MISSPELT}=1")), 401, "token.missing")
    problem(client.run(client.ask("POST", f"orders?{MISSPELT}=1", headers=AUDITING)), 403, "role.forbidden")
    problem(client.get(f"/v1/books/none/orders?{MISSPELT}=1"), 400, "request.parameter_malformed")


AUDITING = {"ledger-actor": "auditor:1", "ledger-role": "auditor"}


EVIDENCE = "orders/PO-1/disputes/1/evidence?claim=1&side=buyer"


@pytest.mark.parametrize("path", ["orders", "commands", EVIDENCE, "previews", "webhooks"])
def test_client_that_leaves_in_the_middle_of_its_body_is_no_defect(
    client: Client, opened: OpenedBook, path: str
) -> None:
    head = opened.runner.head()
    with capture_logs() as told:
        client.run(_half(client, path))
    (line,) = [each for each in told if each["event"] in {"request", "defect"}]
    assert (line["event"], line["log_level"], line["status"], "code" in line) == ("request", "info", 499, False)
    assert opened.runner.head() == head


async def _half(client: Client, path: str) -> None:
    """Say half of a body, and leave."""
    said = iter([{"type": "http.request", "body": b'{"order": ', "more_body": True}, {"type": "http.disconnect"}])
    headers = {
        "authorization": f"Bearer {ISSUER.token(OPERATOR)}",
        "idempotency-key": "k",
        "content-type": "application/json",
        "content-length": "500",
    }

    async def receive() -> Any:
        return next(said)

    async def send(_message: Any) -> None:
        await asyncio.sleep(0)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": f"{client.book}/{path.partition('?')[0]}",
        "query_string": path.partition("?")[2].encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("ledger", 80),
    }
    await client.app(scope, receive, send)

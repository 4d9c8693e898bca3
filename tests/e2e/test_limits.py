"""Limits over HTTP: who is told to come again, what every answer says, and that a revoked token opens nothing."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.composition import House, OpenedBook, connected, utc_now
from api.identity.caller import Caller
from api.identity.key_set import PublishedKeys
from api.identity.revoked import LOOKED_AT_EVERY, Revocation, Revoked, revocations_file, revoke
from api.identity.tokens import Tokens
from api.limits.bounds import Bounds, Rate
from api.limits.rates import Rates
from tests.books import Clock
from tests.e2e.test_http import ISSUER, PROBLEM, Client, placed
from tests.tokens import AUDIENCE, published
from tests.tokens import ISSUER as ISSUED_BY

BUYER = {"ledger_actor": "buyer:BUY-1", "ledger_role": "buyer"}


def limiting(client: Client, **bounds: Any) -> None:
    client.app.state.desk.rates = Rates(Bounds(**bounds))


def refused(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert (response.status_code, response.headers["content-type"]) == (status, PROBLEM), response.text
    problem: dict[str, Any] = response.json()
    assert problem["code"] == code
    return problem


def ask_as(client: Client, method: str, path: str, who: dict[str, str]) -> httpx.Response:
    headers = {name.replace("_", "-"): value for name, value in who.items()}
    response: httpx.Response = client.run(client.ask(method, path, headers=headers))
    return response


def test_caller_beyond_its_rate_is_told_when_to_come_again_and_nobody_else_is_slowed(client: Client) -> None:
    limiting(client, party_reads=Rate(2, 60))
    first, second, third = (ask_as(client, "GET", "orders", BUYER) for _ in range(3))
    assert first.headers["ratelimit-policy"] == '"reads";q=2;w=60'
    assert [each.headers["ratelimit"].split(";")[1] for each in (first, second)] == ["r=1", "r=0"]
    problem = refused(third, 429, "rate.exceeded")
    assert (problem["retryable"], problem["details"]["policy"]) == (True, "reads")
    assert third.headers["retry-after"] == str(problem["details"]["retry_after_seconds"])
    assert ask_as(client, "GET", "orders", {"ledger_actor": "buyer:BUY-2", "ledger_role": "buyer"}).status_code == 200
    assert client.get("orders").status_code == 200


def test_command_beyond_its_rate_is_not_said(client: Client, opened: OpenedBook) -> None:
    limiting(client, commands=Rate(1, 3_600))
    client.done("orders", placed("PO-1"))
    head = opened.runner.head()
    refused(client.post("orders", placed("PO-2"), key="k"), 429, "rate.exceeded")
    assert opened.runner.head() == head
    limiting(client)
    assert client.post("orders", placed("PO-2"), key="k").status_code == 201


def test_who_cannot_prove_who_they_are_is_slowed_and_whoever_could_is_not(client: Client) -> None:
    limiting(client, strangers=Rate(2, 60))
    assert client.get("orders").status_code == 200, "its token is remembered from here on"
    told = [client.run(client.stranger.get(f"{client.book}/orders")) for _ in range(3)]
    assert [each.status_code for each in told] == [401, 401, 429]
    assert told[0].headers["ratelimit"] == '"strangers";r=1;t=60'
    assert told[2].json()["details"]["policy"] == "strangers"
    assert client.get("orders").status_code == 200
    refused(ask_as(client, "GET", "orders", BUYER), 429, "rate.exceeded")


def test_requests_at_once_are_bounded_by_caller(client: Client) -> None:
    limiting(client, per_party_max=1)

    async def crowd() -> list[httpx.Response]:
        headers = {name.replace("_", "-"): value for name, value in BUYER.items()}
        return await asyncio.gather(*(client.ask("GET", "orders", headers=headers) for _ in range(20)))

    answers: list[httpx.Response] = client.run(crowd())
    turned_away = [each for each in answers if each.status_code != 200]
    assert 0 < len(turned_away) < 20
    for each in turned_away:
        refused(each, 429, "rate.too_many_at_once")
    assert ask_as(client, "GET", "orders", BUYER).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "orders"), ("GET", "orders/PO-404"), ("POST", "orders"), ("GET", "/health"), ("GET", "/nothing")],
)
def test_every_answer_says_how_it_may_be_used(client: Client, method: str, path: str) -> None:
    headers = client.run(client.ask(method, path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"].startswith("private, no-")
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["x-request-id"]
    assert "server" not in headers


def test_defect_says_so_too(client: Client) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    client.app.add_api_route("/broken", broken)
    told = client.get("/broken")
    assert (told.status_code, told.headers["x-content-type-options"]) == (500, "nosniff")
    assert told.json()["request"] == told.headers["x-request-id"]


def test_page_of_the_api_takes_nothing_from_elsewhere_and_needs_no_token(client: Client) -> None:
    page = client.run(client.stranger.get("/docs"))
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<script" not in page.text
    assert "//" not in page.text.replace("</", "<")
    assert "default-src 'none'; style-src 'sha256-" in page.headers["content-security-policy"]
    assert "/v1/books/{book}/orders/{order}/confirm" in page.text
    assert client.run(client.stranger.get("/redoc")).status_code == 404


def test_form_of_a_browser_says_no_command(client: Client) -> None:
    headers = {"idempotency-key": "k", "content-type": "application/x-www-form-urlencoded"}
    said = client.run(client.ask("POST", "orders", content=b"order=PO-1", headers=headers))
    assert refused(said, 415, "request.media_type_unsupported")["details"] == {"taken": ["application/json"]}


def test_caller_that_takes_no_form_is_told_which_there_are(client: Client) -> None:
    told = client.run(client.ask("GET", "orders", headers={"accept": "application/xml"}))
    assert "application/json" in refused(told, 406, "request.not_acceptable")["details"]["offered"]


def test_revoked_token_opens_nothing_within_a_moment(house: House, opened: OpenedBook, tmp_path: Path) -> None:
    clock = Clock(utc_now())
    with Client(house, opened.name) as client:
        client.app.state.desk.tokens = Tokens(
            issuer=ISSUED_BY,
            audience=AUDIENCE,
            keys=PublishedKeys(lambda: published(ISSUER), clock=clock),
            clock=clock,
            revoked=Revoked(revocations_file(tmp_path), clock=clock),
        )
        token = {"authorization": f"Bearer {ISSUER.token(Caller('auditor:A-1', 'auditor'), at=clock.now, jti='t-1')}"}
        assert client.run(client.ask("GET", "orders", headers=token)).status_code == 200
        until = int((clock.now + timedelta(days=1)).timestamp())
        revoke(tmp_path, Revocation(jti="t-1", until=until, at=int(clock.now.timestamp())))
        clock.move(seconds=LOOKED_AT_EVERY.total_seconds())
        told = client.run(client.ask("GET", "orders", headers=token))
        assert refused(told, 401, "token.refused")["details"] == {"problem": "revoked"}


@pytest.fixture(scope="module")
def house(shared_database: str) -> Any:
    with connected(shared_database) as opened:
        yield opened


def test_methods_of_a_path_are_those_of_what_it_names_in_words(client: Client) -> None:
    refused = client.run(client.ask("OPTIONS", "orders/PO-1/clocks/expire"))
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")


def test_who_names_a_form_in_the_query_is_not_asked_by_accept(client: Client) -> None:
    listed = client.run(client.ask("GET", "orders", params={"format": "csv"}, headers={"accept": "None"}))
    assert listed.status_code == 200
    assert listed.headers["content-type"].startswith("text/csv")

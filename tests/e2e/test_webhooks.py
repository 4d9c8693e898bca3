"""Webhooks over HTTP and on the command line: subscribing, looking, stopping, and what is never shown."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.composition import THIS_WORLD, House, OpenedBook, connected
from api.identity.caller import Caller
from api.webhooks.sealing import Outlet, SealingKey
from ledger.pool import Connection
from tests.command_line import DONE, REFUSED, WRONG_USAGE, Run
from tests.e2e.test_http import Client, problem

URL = "https://receiver.example/hooks"
AUDITOR = Caller("auditor:A", "auditor")


@pytest.fixture(scope="module")
def dsn(shared_database: str) -> str:
    return shared_database


@pytest.fixture(scope="module")
def house(dsn: str) -> Iterator[House]:
    with connected(dsn) as opened:
        yield opened


@pytest.fixture
def opened(house: House, request: pytest.FixtureRequest) -> OpenedBook:
    book = house.book(f"book-{abs(hash(request.node.name)) % 10**9}")
    book.found()
    return book


@pytest.fixture
def client(house: House, opened: OpenedBook, tmp_path: Path) -> Iterator[Client]:
    with Client(house, opened.name) as caller:
        sealing = SealingKey(tmp_path / "webhooks.key", salts=THIS_WORLD.salts)
        caller.app.state.desk.outlet = Outlet(sealing, private=True)
        yield caller


def subscribed(client: Client, **asked: Any) -> dict[str, Any]:
    answer = client.post("webhooks", {"url": URL} | asked)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def kill(connection: Connection, webhook: str, *positions: int) -> None:
    """Let events be dead letters of a webhook."""
    for position in positions:
        connection.execute(
            "INSERT INTO ledger.webhook_dead_letters SELECT book, webhook, %s, 10, now(), 'answered 500'"
            " FROM ledger.webhooks WHERE webhook = %s",
            (position, webhook),
        )


def test_secret_is_told_when_it_is_made_and_never_again(client: Client) -> None:
    answer = client.post("webhooks", {"url": URL, "topics": ["dispute"]}, key="once")
    made = answer.json()
    assert (answer.status_code, made["status"], made["topics"]) == (201, "active", ["dispute"])
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    again = client.post("webhooks", {"url": URL, "topics": ["dispute"]}, key="once")
    assert (again.status_code, again.json()) == (200, made | {"secret": ""})
    problem(client.post("webhooks", {"url": f"{URL}/2"}, key="once"), 422, "command.id_reused")
    for path in ("webhooks", made["links"]["self"], made["links"]["deliveries"], made["links"]["dead_letters"]):
        answer = client.get(path)
        assert answer.status_code == 200
        assert secret not in answer.text
    assert client.get(made["links"]["self"]).json() == made
    assert [each["webhook"] for each in client.get("webhooks").json()["items"]] == [made["webhook"]]


def test_webhooks_are_listed_page_by_page(client: Client) -> None:
    made = sorted(subscribed(client)["webhook"] for _ in range(3))
    first = client.get("webhooks", limit=2).json()
    second = client.get("webhooks", limit=2, cursor=first["next"]).json()
    assert [each["webhook"] for each in (*first["items"], *second["items"])] == made
    assert second["next"] is None


def test_a_webhook_is_paused_resumed_given_another_secret_and_ended(client: Client) -> None:
    made = subscribed(client)
    path = made["links"]["self"]
    assert client.post(f"{path}/pause").json()["status"] == "paused"
    assert client.post(f"{path}/resume").json()["status"] == "active"
    rotated = client.post(f"{path}/rotate", key="r-1").json()
    assert rotated["secret"] not in {"", made["secret"]}
    assert rotated["former_secret_until"]
    assert client.post(f"{path}/rotate", key="r-1").json()["secret"] == ""
    assert client.post(f"{path}/skip").status_code == 202
    ended = client.post(f"{path}/end").json()
    assert (ended["status"], ended["reason"]) == ("ended", "ended by an operator")
    assert client.post(f"{path}/end").json() == ended
    for verb in ("pause", "resume", "rotate", "skip", "replay"):
        assert problem(client.post(f"{path}/{verb}"), 409, "webhook.ended")["webhook"] == made["webhook"]


def test_dead_letters_are_seen_and_replayed_singly_or_all(client: Client, house: House) -> None:
    made = subscribed(client)
    path = made["links"]["self"]
    with house.pool.connection() as connection:
        kill(connection, made["webhook"], 1, 2, 3)
    letters = client.get(f"{path}/dead-letters").json()["items"]
    assert [(each["position"], each["next_attempt_at"]) for each in letters] == [(1, None), (2, None), (3, None)]
    answer = client.post(f"{path}/replay", {"position": 2})
    assert (answer.status_code, answer.json()) == (202, {"replayed": 1})
    waiting = {
        each["position"] for each in client.get(f"{path}/dead-letters").json()["items"] if each["next_attempt_at"]
    }
    assert waiting == {2}
    assert client.post(f"{path}/replay").json() == {"replayed": 3}
    problem(client.post(f"{path}/replay", {"position": 9}), 404, "webhook.dead_letter_not_found")


def test_what_cant_be_meant_is_refused_by_name(client: Client) -> None:
    no_key = client.run(client.ask("POST", "webhooks", json={"url": URL}))
    problem(no_key, 400, "request.idempotency_key_missing")
    problem(client.post("webhooks", {"url": "http://receiver.example"}), 400, "webhook.url_malformed")
    problem(client.post("webhooks", {"url": URL, "topics": ["x.y"]}), 400, "topic.unknown")
    problem(client.post("webhooks", {"url": URL, "more": 1}), 400, "request.body_malformed")
    problem(client.post("webhooks", {"url": URL, "reader_role": "buyer"}), 400, "webhook.malformed")
    problem(client.get(f"webhooks/wh_{'0' * 32}"), 404, "webhook.not_found")
    problem(client.get("webhooks/x"), 400, "request.parameter_malformed")


def test_url_into_our_own_network_is_refused_where_no_setting_allows_it(client: Client) -> None:
    outlet = client.app.state.desk.outlet
    client.app.state.desk.outlet = Outlet(outlet.sealing, private=False)
    for url in (
        "https://127.0.0.1/",
        "https://localhost/",
        "http://localhost:5432/",
        "https://[::1]/",
        "https://10.0.0.1",
    ):
        assert problem(client.post("webhooks", {"url": url}), 409, "webhook.url_forbidden")["problem"]


def test_webhooks_of_another_book_are_none(client: Client, house: House) -> None:
    made = subscribed(client)
    house.book("other").found()
    with Client(house, "other") as other:
        problem(other.get(f"webhooks/{made['webhook']}"), 404, "webhook.not_found")
        assert other.get("webhooks").json()["items"] == []


def test_auditors_look_and_change_nothing(client: Client, house: House, opened: OpenedBook) -> None:
    path = subscribed(client)["links"]["self"]
    with Client(house, opened.name, caller=AUDITOR) as auditor:
        assert auditor.get(path).status_code == 200
        problem(auditor.post(f"{path}/pause"), 403, "role.forbidden")


# The command line.


def test_every_step_has_a_verb(trade_ledger: Run, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGER_WEBHOOK_PRIVATE", "yes")
    house.book("main").found()
    made = trade_ledger("webhooks", "add", URL, "--topic", "dispute", "--reader", "buyer:BUY-1", "--json").json
    assert made["secret"].startswith("whsec_")
    assert (made["reader_role"], made["reader_party"]) == ("buyer", "BUY-1")
    webhook = made["webhook"]
    assert [each["webhook"] for each in trade_ledger("webhooks", "list", "--json").json] == [webhook]
    with house.pool.connection() as connection:
        kill(connection, webhook, 1, 2)
    assert [each["position"] for each in trade_ledger("webhooks", "dead", webhook, "--json").json] == [1, 2]
    assert trade_ledger("webhooks", "replay", webhook, "--position", "1", "--json").json == {"replayed": 1}
    assert trade_ledger("webhooks", "deliveries", webhook, "--json").json == []
    for verb, status in (("pause", "paused"), ("resume", "active"), ("end", "ended")):
        assert trade_ledger("webhooks", verb, webhook, "--json").json["status"] == status
    shown = trade_ledger("webhooks", "show", webhook)
    assert shown.status == DONE
    assert "ended by an operator" in shown.out
    assert trade_ledger("webhooks", "resume", webhook).status == REFUSED
    assert trade_ledger("webhooks", "add", "ftp://x").status == WRONG_USAGE


def test_log_is_followed_on_the_command_line(dsn: str, tmp_path: Path, house: House) -> None:
    book = house.book("main")
    book.found()
    program = str(Path(sys.executable).with_name("trade-ledger"))
    environment = {**os.environ, "LEDGER_DATABASE_URL": dsn, "LEDGER_HOME": str(tmp_path)}
    said = [program, "events", "--follow", "--after", "1", "--json"]
    with subprocess.Popen(said, env=environment, stdout=subprocess.PIPE) as following:
        assert following.stdout
        told = [json.loads(following.stdout.readline()) for _ in range(3)]
        following.terminate()
    assert [each["position"] for each in told] == [2, 3, 4]

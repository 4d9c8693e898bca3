"""Lists of commands over HTTP: each as by itself, or all or none."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import pytest

from api.commands.lists import COMMANDS_MAX
from api.composition import House, OpenedBook, connected
from api.identity.caller import Caller
from tests.e2e.test_dry_run import kept
from tests.e2e.test_http import Client, paid, placed, problem

EXPORTER = Caller("exporter:EXP-1", "exporter", "EXP-1")

_books = iter(range(1, 1_000))


@pytest.fixture(scope="module")
def house(shared_database: str) -> Iterator[House]:
    with connected(shared_database) as opened:
        yield opened


@pytest.fixture
def opened(house: House) -> OpenedBook:
    book = house.book(f"bulk-{next(_books)}")
    book.found()
    return book


def item(command: str, key: str, body: object = None, **others: Any) -> dict[str, Any]:
    said = {"command": command, "idempotency_key": key} | others
    return said if body is None else said | {"body": body}


def about(order: str, command: str, body: object = None, **others: Any) -> dict[str, Any]:
    return item(command, f"{order}-{command}", body, path={"order": order}, **others)


def trade(order: str) -> list[dict[str, Any]]:
    return [item("place", f"{order}-place", placed(order)), about(order, "accept"), about(order, "pay", paid(10_000))]


def say(client: Client, commands: Sequence[object], query: str = "", **others: Any) -> httpx.Response:
    response: httpx.Response = client.run(
        client.ask("POST", f"commands{query}", json={"commands": list(commands)} | others)
    )
    return response


def statuses(response: httpx.Response) -> list[int]:
    return [each["status"] for each in response.json()["items"]]


def codes(response: httpx.Response) -> list[str | None]:
    return [each.get("problem", {}).get("code") for each in response.json()["items"]]


def test_list_is_answered_in_order_each_as_by_itself(client: Client, opened: OpenedBook) -> None:
    said = [*trade("PO-1"), about("PO-2", "accept"), *trade("PO-3")]
    answer = say(client, said)
    assert (answer.status_code, statuses(answer)) == (207, [201, 201, 201, 404, 201, 201, 201])
    told = answer.json()
    assert (told["atomic"], told["recorded"], told["position"]) == (False, 6, opened.runner.head())
    paid_for = told["items"][2]["answer"]
    alone = client.post("orders/PO-1/pay", paid(10_000), key="PO-1-pay")
    assert alone.status_code == 200
    same = ("first_position", "position", "events", "entries", "links", "checkpoint")
    assert {name: alone.json()[name] for name in same} == {name: paid_for[name] for name in same}


def test_list_said_again_is_answered_as_before(client: Client, opened: OpenedBook) -> None:
    first = say(client, [*trade("PO-1"), *trade("PO-2")])
    head = opened.runner.head()
    again = say(client, [*trade("PO-1"), *trade("PO-2")])
    assert (first.status_code, again.status_code) == (201, 200)
    for before, now in zip(first.json()["items"], again.json()["items"], strict=True):
        assert now["answer"] == before["answer"] | {"repeated": True}
    assert opened.runner.head() == head


def test_key_said_twice_in_a_list_happens_once(client: Client) -> None:
    place = item("place", "k", placed())
    answer = say(client, [place, place, item("place", "k", placed("PO-2"))])
    assert (statuses(answer), codes(answer)[2]) == ([201, 200, 422], "command.id_reused")


def test_atomic_list_is_recorded_whole(client: Client, opened: OpenedBook) -> None:
    answer = say(client, trade("PO-1"), atomic=True)
    assert (answer.status_code, statuses(answer)) == (201, [201, 201, 201])
    assert opened.runner.head() == answer.json()["position"]
    assert say(client, trade("PO-1"), atomic=True).status_code == 200


@pytest.mark.parametrize(
    ("spoiling", "status", "code"),
    [
        (about("PO-1", "propose-refund", {"amount": {"minor": 1, "currency": "USD"}, "reason": "no such"}), 400, ""),
        (about("PO-1", "deliver"), 404, "order.dispatch_not_found"),
        (about("PO-1", "approve-release", {"number": 9}), 404, ""),
        (about("PO-1", "freeze", {"nonsense": 1}), 400, "request.body_malformed"),
        (about("PO-1", "freeze", {"reason": "x"}, if_match="77"), 412, "version.differs"),
        (about("PO-1", "lapse-inspection"), 409, ""),
        (
            item("party-register", "has space", {"party": "P", "roles": [], "country": "IN"}),
            400,
            "submission.malformed",
        ),
    ],
)
def test_atomic_list_is_recorded_not_at_all(
    client: Client, opened: OpenedBook, spoiling: dict[str, Any], status: int, code: str
) -> None:
    before = kept(opened)
    answer = say(client, [*trade("PO-1"), spoiling, *trade("PO-2")], atomic=True)
    assert (answer.status_code, statuses(answer)) == (207, [409, 409, 409, status, 409, 409, 409]), answer.text
    assert code in str(codes(answer)[3])
    others = [each["problem"] for each in answer.json()["items"] if each["index"] != 3]
    assert {each["code"] for each in others} == {"command.not_recorded_together"}
    assert {each["details"]["because_of"] for each in others} == {3}
    assert answer.json()["recorded"] == 0
    assert kept(opened) == before, "not even its keys"
    assert say(client, trade("PO-1"), atomic=True).status_code == 201


def test_atomic_list_with_what_was_recorded_before_records_the_rest(client: Client) -> None:
    client.done("orders", placed(), key="PO-1-place")
    answer = say(client, [*trade("PO-1"), about("PO-9", "accept")], atomic=True)
    assert statuses(answer) == [200, 409, 409, 404]
    assert statuses(say(client, trade("PO-1"), atomic=True)) == [200, 201, 201]


def test_malformed_commands_are_named_by_place_and_the_others_are_taken(client: Client) -> None:
    lines = placed("PO-2")
    lines["lines"] = [{"number": 1, "sku": "S", "quantity": "many", "amount": {"minor": 1}}]
    answer = say(client, [item("place", "1", placed()), item("place", "2", lines), item("fly", "3"), {}, 7])
    assert statuses(answer) == [201, 400, 400, 400, 400]
    items = answer.json()["items"]
    assert {fault["pointer"] for fault in items[1]["problem"]["faults"]} == {
        "/commands/1/body/lines/0/quantity",
        "/commands/1/body/lines/0/amount/currency",
    }
    for number in (2, 3, 4):
        assert all(fault["pointer"].startswith(f"/commands/{number}") for fault in items[number]["problem"]["faults"])


def test_amounts_of_different_currencies_are_named_by_place(client: Client) -> None:
    body = placed()
    body["steps"] = []
    body["lines"] = [{"number": 1, "sku": "S", "quantity": 1, "amount": {"minor": 1, "currency": "EUR"}}]
    (told,) = say(client, [item("place", "1", body)]).json()["items"]
    assert told["problem"]["code"] == "request.currency_differs"
    assert [fault["pointer"] for fault in told["problem"]["faults"]] == ["/commands/0/body/lines/0/amount/currency"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"commands": []},
        {"commands": {}},
        {"commands": [{}], "atomic": "yes"},
        {"commands": [{}], "other": 1},
        {"commands": [{}] * (COMMANDS_MAX + 1)},
        [],
    ],
)
def test_what_is_no_list_is_malformed(client: Client, body: object) -> None:
    problem(client.run(client.ask("POST", "commands", json=body)), 400, "request.body_malformed")


def test_commands_may_be_said_as_lines(client: Client) -> None:
    lines = "\n".join(json.dumps(each) for each in [*trade("PO-1"), about("PO-2", "accept")]) + "\n\n{nonsense\n"
    answer: httpx.Response = client.run(
        client.ask("POST", "commands", content=lines.encode(), headers={"content-type": "application/jsonl"})
    )
    assert (answer.status_code, answer.headers["content-type"]) == (207, "application/jsonl")
    told = [json.loads(line) for line in answer.text.splitlines()]
    assert [each["status"] for each in told] == [201, 201, 201, 404, 400]
    atomic = client.run(
        client.ask(
            "POST", "commands?atomic=true", content=lines.encode(), headers={"content-type": "application/jsonl"}
        )
    )
    assert [json.loads(line)["status"] for line in atomic.text.splitlines()] == [409, 409, 409, 409, 400]


def test_dry_run_of_a_list_decides_each_after_those_before_it(client: Client, opened: OpenedBook) -> None:
    before = kept(opened)
    dry = say(client, trade("PO-1"), "?dry_run=true")
    assert (dry.status_code, dry.json()["dry_run"], dry.json()["recorded"]) == (200, True, 0)
    assert statuses(say(client, [*trade("PO-1"), about("PO-2", "accept")], "?dry_run=true", atomic=True)) == [
        409,
        409,
        409,
        404,
    ]
    assert kept(opened) == before
    real = say(client, trade("PO-1")).json()["items"]
    for tried, done in zip(dry.json()["items"], real, strict=True):
        assert tried["answer"]["state"] == done["answer"]["state"]
        assert tried["answer"]["position"] == done["answer"]["position"]


def test_list_lets_nobody_say_what_they_may_not_say_by_themselves(
    house: House, opened: OpenedBook, client: Client
) -> None:
    client.done("orders", placed("PO-1"))
    client.done("orders", placed("PO-2", exporter="EXP-2"))
    said = [
        about("PO-1", "accept"),
        about("PO-2", "accept"),
        about("PO-3", "accept"),
        about("PO-1", "pay", paid(1)),
        about("PO-2", "pay", {"nonsense": 1}),
    ]
    with Client(house, opened.name, caller=EXPORTER) as exporter:
        answer = say(exporter, said)
        assert codes(answer) == [None, "reference.not_found", "reference.not_found", "role.forbidden", "role.forbidden"]
        stranger, nobody = (each["problem"] for each in answer.json()["items"][1:3])
        assert stranger | {"details": {}} == nobody | {"details": {}}
        shown = {event["originator_id"].partition(":")[0] for event in answer.json()["items"][0]["answer"]["events"]}
        assert "commission" not in shown
    with Client(house, opened.name, caller=Caller("auditor:A", "auditor")) as auditor:
        problem(say(auditor, said), 403, "role.forbidden")


def test_what_is_said_in_clear_in_a_list_is_its_authors(client: Client, opened: OpenedBook) -> None:
    registered = {"party": "P-1", "roles": ["buyer"], "country": "IN", "profile": {"name": "Asha"}}
    answer = say(client, [item("party-register", "p", registered), *trade("PO-1")])
    assert answer.status_code == 201, answer.text
    assert "Asha" not in answer.text
    with opened.pool.connection() as connection:
        query = "SELECT owner, convert_from(value, 'UTF8') FROM ledger.confidential WHERE book = %s"
        assert connection.execute(query, (opened.name,)).fetchall() == [("P-1", "Asha")]
    gone = say(client, [item("party-forget", "f", path={"party": "P-1"})])
    assert gone.status_code == 201, gone.text
    with opened.pool.connection() as connection:
        assert connection.execute(query, (opened.name,)).fetchall() == []


def test_list_longer_than_a_batch_is_recorded_in_order(client: Client, opened: OpenedBook) -> None:
    said = [item("place", f"k-{number}", placed(f"PO-{number}")) for number in range(1_500)]
    answer = say(client, said)
    assert (answer.status_code, answer.json()["recorded"]) == (201, 1_500)
    positions = [each["answer"]["position"] for each in answer.json()["items"]]
    assert positions == sorted(positions)
    assert say(client, said, atomic=True).status_code == 200
    assert opened.runner.head() == positions[-1]

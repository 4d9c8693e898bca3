"""Commands over HTTP: what an answer tells, keys, versions, and what counts from a later day."""

import asyncio
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.commands.command_table import sayable
from api.composition import House, OpenedBook, connected
from api.identity.caller import Caller
from api.proving import ensure_key
from ledger.proof.keyring import Keys
from tests.e2e.test_http import Client, paid, placed, problem

FIELDS = {"first_position", "position", "repeated", "events", "entries", "state", "checkpoint", "links"}
EXPORTER = Caller("exporter:EXP-1", "exporter", "EXP-1")


@pytest.fixture(scope="module")
def house(shared_database: str) -> Iterator[House]:
    with connected(shared_database) as opened:
        yield opened


_books = iter(range(1, 1_000))


@pytest.fixture
def opened(house: House) -> OpenedBook:
    book = house.book(f"commands-{next(_books)}")
    book.found()
    return book


def accepted(client: Client, order: str = "PO-1") -> None:
    client.done("orders", placed(order))
    client.done(f"orders/{order}/accept")


# The answer.


def test_answer_tells_what_happened_what_it_posted_and_how_things_stand(client: Client, opened: OpenedBook) -> None:
    accepted(client)
    answer = client.done("orders/PO-1/pay", paid(10_000))
    assert set(answer) == FIELDS
    assert [event["position"] for event in answer["events"]] == [
        *range(answer["first_position"], answer["position"] + 1)
    ]
    (entry,) = answer["entries"]
    assert (entry["topic"], entry["about"]) == ("hold.payment_received", "hold:PO-1")
    assert entry["postings"] == [
        {"account": "clearing:card", "amount": {"currency": "USD", "minor": 10_000}},
        {"account": "hold:PO-1", "amount": {"currency": "USD", "minor": -10_000}},
    ]
    hold = answer["state"]["hold:PO-1"]
    assert (hold["status"], hold["held"]) == ("open", {"currency": "USD", "minor": 10_000})
    assert hold["version"] == max(
        event["version"] for event in answer["events"] if event["originator_id"] == "hold:PO-1"
    )
    of_book = f"/v1/books/{opened.name}"
    assert answer["links"] == {
        "self": f"{of_book}/orders/PO-1",
        "timeline": f"{of_book}/orders/PO-1/timeline",
        "proof": f"{of_book}/log/proofs/inclusion/{answer['first_position']}",
    }


def test_answer_is_the_same_however_much_happened_since(client: Client) -> None:
    accepted(client)
    first = client.post("orders/PO-1/pay", paid(10_000), key="pay")
    client.done("orders/PO-1/cancel", {"reason": "no-stock"})
    again = client.post("orders/PO-1/pay", paid(10_000), key="pay")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json() | {"repeated": True}


def test_answer_names_the_checkpoint_that_covers_it_once_there_is_one(dsn: str, tmp_path: Path) -> None:
    with connected(dsn, keys=Keys(tmp_path)) as house:
        book = house.book("signed")
        book.found()
        with Client(house, book.name) as client:
            assert client.post("orders", placed(), key="k").json()["checkpoint"] is None
            ensure_key(book)
            kept = book.signer.sign_head()
            assert client.post("orders", placed(), key="k").json()["checkpoint"] == {
                "origin": kept.checkpoint.origin,
                "size": kept.checkpoint.size,
                "root": kept.checkpoint.root.hex(),
                "signed_at": f"{kept.signed_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
            }
            assert client.post("orders", placed("PO-2")).json()["checkpoint"] is None, "nothing covers it yet"


def test_side_of_a_trade_sees_of_the_answer_what_is_theirs(house: House, opened: OpenedBook, client: Client) -> None:
    client.done("orders", placed())
    with Client(house, opened.name, caller=EXPORTER) as exporter:
        answer = exporter.done("orders/PO-1/accept")
    kinds = {event["originator_id"].partition(":")[0] for event in answer["events"]}
    assert kinds == {reference.partition(":")[0] for reference in answer["state"]}
    assert kinds <= {"order", "hold", "clock", "release", "refund", "dispute", "guarantee"}


def test_command_that_counts_from_a_later_day_is_accepted_for_then(client: Client) -> None:
    terms = {"rate_bps": 300, "attribution_days": 365}
    signed = {"agreement": "AG-1", "partner": "PAR-1", "starts_on": "2026-04-01", "terms": terms}
    assert client.post("agreements", signed).status_code == 201
    amended = {"starts_on": "2999-04-01", "terms": terms | {"rate_bps": 250}}
    assert client.post("agreements/AG-1/amend", amended, key="amend").status_code == 202
    assert client.post("agreements/AG-1/amend", amended, key="amend").status_code == 200


# Keys.


def test_key_is_one_with_quotes_and_without(client: Client) -> None:
    first = client.post("orders", placed(), key='"k-1"')
    again = client.post("orders", placed(), key="k-1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["events"][0]["command_id"] == "k-1"


def test_key_in_flight_is_told_so_and_happens_once(client: Client, opened: OpenedBook) -> None:
    async def both() -> list[httpx.Response]:
        return await asyncio.gather(*(client.say("orders", placed(), key="same") for _ in range(2)))

    client.done("orders", placed("PO-0"))
    first, second = client.run(both())
    in_flight = second if first.status_code == 201 else first
    assert {first.status_code, second.status_code} == {201, 409}
    assert problem_of(in_flight) == ("command.in_flight", True)
    assert in_flight.headers["retry-after"] == "1"
    assert client.post("orders", placed(), key="same").status_code == 200
    assert opened.runner.head() == 6


def problem_of(response: httpx.Response) -> tuple[str, bool]:
    body = response.json()
    return body["code"], body["retryable"]


def test_key_of_one_party_is_not_that_of_another(client: Client) -> None:
    client.done("orders", placed())
    client.done("orders/PO-1/accept", key="k", ledger_actor="exporter:EXP-1", ledger_role="exporter")
    assert client.post("orders/PO-1/pay", paid(10_000), key="k").status_code == 201


# Versions.


@pytest.mark.parametrize(
    ("path", "body", "about"),
    [
        ("orders/PO-1/cancel", {"reason": "x"}, "order:PO-1"),
        ("parties/BUY-1/suspend", {"reason": "x"}, "party:BUY-1"),
        ("rulebooks/standard/1/publish", {}, "rulebook:standard/1"),
        ("agreements/AG-1/end", {"ends_on": "2999-01-01", "reason": "x"}, "agreement:AG-1"),
        (
            "payees/EXP-1/reclaim",
            {"amount": {"minor": 1, "currency": "USD"}, "account": "payable:exporter", "reason": "x"},
            "payee:EXP-1/USD",
        ),
        ("orders/PO-1/disputes/2/withdraw", {"claim": 1}, "dispute:PO-1/2"),
        ("orders/PO-1/amendments/1/accept", {"side": "buyer"}, "order:PO-1"),
        ("orders/PO-1/approve-write-off", {"number": 1}, "order:PO-1"),
        ("periods/2026-10/propose-reopening", {"reason": "x"}, ""),
    ],
)
def test_version_of_what_a_path_names_is_compared_first(
    client: Client, opened: OpenedBook, path: str, body: dict[str, Any], about: str
) -> None:
    differs = problem(client.post(path, body, if_match='"77"'), 412, "version.differs")
    assert differs["reference"] == about or f"period:{opened.name}"
    assert differs["expected"] == 77


def test_version_of_a_part_of_the_trade_may_be_named(client: Client) -> None:
    accepted(client)
    state = client.done("orders/PO-1/pay", paid(10_000))["state"]
    version = state["hold:PO-1"]["version"]
    freeze = {"reason": "suspected-fraud"}
    problem(client.post("orders/PO-1/freeze", freeze, if_match=f'"hold:PO-1@{version + 1}"'), 412, "version.differs")
    problem(client.post("orders/PO-1/freeze", freeze, if_match='"hold:PO-2@1"'), 400, "request.header_malformed")
    client.done("orders/PO-1/freeze", freeze, if_match=f'"hold:PO-1@{version}"')


def test_any_version_is_one_that_is_there(client: Client) -> None:
    problem(client.post("orders/PO-1/accept", if_match="*"), 412, "version.differs")
    client.done("orders", placed())
    client.done("orders/PO-1/accept", if_match="*")


# The table.


def test_every_command_of_the_table_is_an_operation_with_a_closed_body(client: Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    for row in sayable().values():
        said = paths["/v1/books/{book}" + row.path]["post"]
        assert said["operationId"] == row.name
        assert {each["name"] for each in said["parameters"]} == {
            "book",
            *row.parts,
            "dry_run",
            "Idempotency-Key",
            "If-Match",
        }
        assert {"200", "201", "202"} <= set(said["responses"])
        parts = {"dispute": 1, "amendment": 1, "period": "2026-10"}
        path = row.path.format(**(dict.fromkeys(row.parts, "K-1") | parts)).removeprefix("/")
        assert "/nonsense" in str(client.post(path, {"nonsense": 1}).json()["faults"]), row.name


@pytest.mark.parametrize("path", ["orders/PO 1/accept", "orders/PO-1/disputes/0/escalate", "periods/2026-13/close"])
def test_part_of_a_path_that_cannot_be_meant_is_named(client: Client, path: str) -> None:
    problem(client.post(path, {}), 400, "request.parameter_malformed")


@pytest.mark.parametrize("said", ["dry_run=maybe", "dry_run=true&dry_run=false", "dry_run="])
def test_dry_run_that_cannot_be_meant_is_not_taken_for_no(client: Client, opened: OpenedBook, said: str) -> None:
    head = opened.runner.head()
    problem(client.post(f"orders?{said}", placed()), 400, "request.parameter_malformed")
    assert opened.runner.head() == head

"""Dry runs over HTTP: the answer that a command would get, and nothing kept of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from api.composition import House, OpenedBook, connected
from tests.e2e.test_http import Client, paid, placed, problem

TABLES = ("events", "outcomes", "forbidden", "confidential", "evidence", "snapshots")
OF_THE_MOMENT = {"recorded_at", "occurred_at"}


@pytest.fixture(scope="module")
def house(shared_database: str) -> Iterator[House]:
    with connected(shared_database) as opened:
        yield opened


_books = iter(range(1, 1_000))


@pytest.fixture
def opened(house: House) -> OpenedBook:
    book = house.book(f"dry-{next(_books)}")
    book.found()
    return book


def kept(book: OpenedBook) -> list[int]:
    with book.pool.connection() as connection:
        counted = [
            connection.execute(f"SELECT count(*) FROM ledger.{table} WHERE book = %s", (book.name,)).fetchone()
            for table in TABLES
        ]
    return [row[0] for row in counted if row]


def timeless(answer: Any) -> Any:
    """Return an answer without the instants at which it was made."""
    if isinstance(answer, dict):
        return {name: timeless(each) for name, each in answer.items() if name not in OF_THE_MOMENT}
    return [timeless(each) for each in answer] if isinstance(answer, list) else answer


def tried(client: Client, opened: OpenedBook, path: str, body: object = None, **how: str) -> dict[str, Any]:
    """Try a command, which leaves nothing behind, and then say it: both have the same answer."""
    before = kept(opened)
    dry = client.post(f"{path}?dry_run=true", body, key="tried", **how)
    assert dry.status_code == 200, dry.text
    assert kept(opened) == before
    answer: dict[str, Any] = dry.json()
    real = client.done(path, body, **how)
    assert answer["dry_run"] is True
    shown = timeless(answer)
    assert {event.pop("command_id") for event in shown["events"]} == {"tried"}
    expected = timeless(real)
    for event in expected["events"]:
        del event["command_id"]
    assert shown == expected | {"dry_run": True}
    return answer


def test_dry_run_answers_as_the_command_then_does(client: Client, opened: OpenedBook) -> None:
    tried(client, opened, "orders", placed())
    tried(client, opened, "orders/PO-1/accept")
    answer = tried(client, opened, "orders/PO-1/pay", paid(10_000))
    assert answer["entries"]
    cancelled = tried(client, opened, "orders/PO-1/cancel", {"reason": "no-stock"})
    assert "hold.refunded" in {event["topic"] for event in cancelled["events"]}


def test_dry_run_of_what_is_about_the_book_and_its_rules(client: Client, opened: OpenedBook) -> None:
    terms = {"rate_bps": 300, "attribution_days": 365}
    tried(client, opened, "agreements", {"agreement": "AG", "partner": "P", "starts_on": "2026-04-01", "terms": terms})
    tried(client, opened, "watchlists", {"list_name": "UNSC", "version": "v1", "sha256": "a" * 64})
    closed = client.post("periods/2026-10/close?dry_run=true", {})
    assert closed.status_code == 200, closed.text
    assert (closed.json()["dry_run"], closed.json()["period"]["state"]) == (True, "open")
    assert [event["topic"] for event in closed.json()["events"]] == ["period.closed"]
    assert client.get("periods/2026-10").json()["state"] == "open"


def test_dry_run_meets_the_refusal_of_the_command_and_keeps_no_attempt(client: Client, opened: OpenedBook) -> None:
    client.done("orders", placed())
    before = kept(opened)
    dry = client.post("orders/PO-1/pay?dry_run=true", paid(1), key="early")
    problem(dry, 409, "order.not_in_state")
    problem(client.post("orders/PO-9/accept?dry_run=true"), 404, "reference.not_found")
    problem(client.post("orders/PO-1/accept?dry_run=true", if_match='"7"'), 412, "version.differs")
    problem(client.post("orders?dry_run=true", {}), 400, "request.body_malformed")
    assert kept(opened) == before
    client.done("orders/PO-1/accept")
    assert client.post("orders/PO-1/pay", paid(1), key="early").status_code == 201, "its key is free"


def test_dry_run_keeps_no_confidential_value_and_no_document(client: Client, opened: OpenedBook) -> None:
    before = kept(opened)
    registered = {"party": "P-1", "roles": ["buyer"], "country": "IN", "profile": {"name": "Asha"}}
    dry = client.post("parties?dry_run=true", registered)
    assert dry.status_code == 200, dry.text
    assert "Asha" not in dry.text
    document = client.run(
        client.ask(
            "POST",
            "orders/PO-1/disputes/1/evidence?claim=1&side=buyer&dry_run=true",
            content=b"of paper",
            headers={"idempotency-key": "k", "content-type": "text/plain"},
        )
    )
    problem(document, 404, "reference.not_found")
    assert kept(opened) == before


def test_dry_run_of_a_key_that_was_used_answers_as_the_command_would(client: Client) -> None:
    client.done("orders", placed(), key="k")
    again = client.post("orders?dry_run=true", placed(), key="k")
    assert (again.status_code, again.json()["repeated"]) == (200, True)
    problem(client.post("orders?dry_run=true", placed("PO-2"), key="k"), 422, "command.id_reused")


def test_side_of_a_trade_is_shown_of_a_dry_run_what_is_theirs(client: Client, opened: OpenedBook) -> None:
    client.done("orders", placed())
    how = {"ledger_actor": "exporter:EXP-1", "ledger_role": "exporter"}
    tried(client, opened, "orders/PO-1/accept", **how)
    problem(
        client.post("orders/PO-1/accept?dry_run=true", ledger_actor="exporter:EXP-2", ledger_role="exporter"),
        404,
        "reference.not_found",
    )

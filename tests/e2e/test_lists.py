"""Lists over HTTP: pages that stay together under writes, filters, sparse fields, CSV, JSON lines, 304, compression."""

import csv
import io
import json
import random
from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx
import pytest

from api.composition import House, OpenedBook, connected
from api.identity.caller import Caller
from tests.e2e.test_http import Client, paid, placed, problem, usd

BUYER = Caller("buyer:BUY-1", "buyer", "BUY-1")
EXPORTER = Caller("exporter:EXP-1", "exporter", "EXP-1")
ORDERS = 6
WALKS = ("orders", "events", "journal", "balances", "trial-balance", "deadlines", "audit", "orders/PO-1/timeline")

_orders = count(1)


@pytest.fixture(scope="module")
def house(shared_database: str) -> Iterator[House]:
    with connected(shared_database) as opened:
        yield opened


@pytest.fixture(scope="module")
def opened(house: House) -> OpenedBook:
    book = house.book("main")
    book.found()
    return book


@pytest.fixture(scope="module")
def seeded(house: House, opened: OpenedBook) -> Iterator[Client]:
    with Client(house, opened.name) as caller:
        for number in range(ORDERS):
            caller.done("orders", placed(f"PO-{number}", occurred_at=f"2026-0{number + 1}-01T12:00:00Z"))
            caller.done(f"orders/PO-{number}/accept")
        caller.done("orders/PO-1/pay", paid(10_000))
        yield caller


@pytest.fixture
def client(seeded: Client, opened: OpenedBook) -> Iterator[Client]:
    opened.runner.catch_up()
    operator = seeded.caller
    yield seeded
    seeded.caller = operator


def asked(client: Client, path: str, headers: dict[str, str] | None = None, **query: Any) -> httpx.Response:
    response: httpx.Response = client.run(client.ask("GET", path, params=query or None, headers=headers))
    return response


def walk(client: Client, path: str, *, limit: int, between: Any = None, **query: Any) -> tuple[list[Any], set[int]]:
    """Return all rows of a list, page by page, and the positions that its pages looked at."""
    rows: list[Any] = []
    positions = set()
    more: dict[str, Any] = {}
    while True:
        page = asked(client, path, limit=limit, **query, **more).json()
        rows += page["items"]
        positions.add(page["position"])
        if page["next"] is None:
            return rows, positions
        more = {"cursor": page["next"]}
        if between:
            between()


@pytest.mark.parametrize("path", WALKS)
def test_pages_are_the_list_cut_up_whatever_is_written_meanwhile(client: Client, opened: OpenedBook, path: str) -> None:
    whole = client.rows(path, limit=1_000)
    assert len(whole) > 1

    def write() -> None:
        client.done("orders", placed(f"W-{next(_orders)}"))
        client.done("orders/PO-5/pay", paid(1))
        opened.runner.catch_up()

    rows, positions = walk(client, path, limit=max(1, len(whole) // 3), between=write)
    assert rows == whole
    assert len(positions) == 1


def test_a_cursor_fits_no_other_question(client: Client) -> None:
    following = asked(client, "orders", limit=1).json()["next"]
    assert asked(client, "orders", limit=3, cursor=following, fields="order").status_code == 200
    for path, query in (("orders", {"status": "accepted"}), ("events", {}), ("orders", {"at_position": 3})):
        problem(asked(client, path, cursor=following, **query), 400, "request.cursor_malformed")
    for caller in (BUYER, EXPORTER):
        client.caller = caller
        problem(asked(client, "orders", cursor=following), 400, "request.cursor_malformed")


def test_a_party_turns_the_pages_of_its_own_only(client: Client) -> None:
    client.done("orders", placed("PO-X", buyer="BUY-2"))
    client.caller = BUYER
    rows, _ = walk(client, "orders", limit=2)
    assert {row["buyer"] for row in rows} == {"BUY-1"}
    assert len(rows) == len({row["order"] for row in rows}) >= ORDERS


def test_what_is_no_cursor_is_malformed_whatever_it_is(client: Client) -> None:
    dice = random.Random(7)  # noqa: S311 - no secret
    known = asked(client, "orders", limit=1).json()["next"]
    for _ in range(40):
        at = dice.randrange(len(known))
        wrong = known[:at] + dice.choice("A_z9-=%é\0") + known[at + 1 :] if dice.random() < 0.7 else known[: at + 1]
        response = asked(client, "orders", cursor=wrong)
        assert response.status_code in {200, 400}, (wrong, response.text)
        if response.status_code == 400:
            problem(response, 400, "request.cursor_malformed")
    for wrong in ("", "x" * 3_000, "{}", "AAAA", "null"):
        problem(asked(client, "orders", cursor=wrong), 400, "request.cursor_malformed")


def test_filters_choose(client: Client) -> None:
    def orders(**query: Any) -> list[str]:
        return [row["order"] for row in client.rows("orders", **query)]

    assert orders(placed_from="2026-03-01", placed_to="2026-04-01") == ["PO-3", "PO-2"]
    assert orders(placed_to="2026-01-01") == ["PO-0"]
    topics = [row["topic"] for row in client.rows("events", topic="hold.payment_received")]
    assert set(topics) == {"hold.payment_received"}
    about = client.rows("events", object="PO-1", topic="hold.")
    assert {row["originator_id"] for row in about} == {"hold:PO-1"}
    assert client.rows("events", object="order:PO-404") == []
    assert client.rows("events", actor="buyer:NOBODY") == []
    assert client.rows("journal", account="hold:PO-1", currency="USD")[0]["topic"] == "hold.payment_received"
    assert client.rows("journal", account="hold:PO-1", currency="EUR") == []
    assert client.rows("journal", currency="EUR") == []
    assert client.rows("journal", posted_to="2020-01-01") == []
    due = [row["due_at"] for row in client.rows("deadlines")]
    assert [row["due_at"] for row in client.rows("deadlines", due_to=due[0])] == [at for at in due if at == due[0]]


def test_rows_come_as_csv_and_as_json_lines_with_a_link_to_the_next_page(client: Client) -> None:
    rows = client.rows("orders", reference="PO-", buyer="BUY-1")
    table = asked(client, "orders", {"accept": "text/csv"}, limit=4, reference="PO-", buyer="BUY-1")
    assert table.headers["content-type"].startswith("text/csv")
    link = table.headers["link"]
    assert link.endswith('; rel="next"')
    rest = asked(client, link[1 : link.index(">")], {"accept": "text/csv"})
    read = [*csv.DictReader(io.StringIO(table.text)), *csv.DictReader(io.StringIO(rest.text))]
    assert "link" not in rest.headers
    assert [(row["order"], row["held_minor"], row["held_currency"]) for row in read] == [
        (row["order"], str(row["held"]["minor"]), "USD") for row in rows
    ]
    lines = asked(client, "orders", format="jsonl", reference="PO-", buyer="BUY-1")
    assert lines.headers["content-type"] == "application/jsonl"
    assert [json.loads(line) for line in lines.text.splitlines()] == rows


def test_some_fields_may_be_asked_for(client: Client) -> None:
    row = client.rows("orders", fields="order,held.minor", reference="PO-1")[0]
    assert row == {"order": "PO-1", "held": {"minor": 10_000}}
    told = asked(client, "orders", fields="order,nonsense")
    assert problem(told, 400, "request.parameter_malformed") == {"query.fields": "no such field: nonsense"}
    assert client.rows("events", fields="event.order,topic", limit=1)[0]["topic"]


@pytest.mark.parametrize("path", ["orders", "orders/PO-1", "balances", "orders/PO-1/timeline"])
def test_who_has_an_answer_is_not_sent_it_again(client: Client, path: str) -> None:
    first = asked(client, path)
    tag = first.headers["etag"]
    again = asked(client, path, {"if-none-match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert asked(client, path, {"if-none-match": '"other"'}).status_code == 200
    position = client.done("orders/PO-1/freeze", {"amount": usd(1), "reason": "looked-into"})["position"]
    changed = asked(client, path, {"if-none-match": tag}, min_position=position)
    assert (changed.status_code, changed.headers["etag"] == tag) == (200, False)


def test_large_answers_are_compressed_and_have_a_tag_of_their_own(client: Client) -> None:
    packed = asked(client, "events", {"accept-encoding": "gzip"})
    bare = asked(client, "events", {"accept-encoding": "identity"})
    assert (packed.headers["content-encoding"], packed.json()) == ("gzip", bare.json())
    assert packed.headers["etag"] != bare.headers["etag"]
    again = asked(client, "events", {"accept-encoding": "gzip", "if-none-match": packed.headers["etag"]})
    assert again.status_code == 304
    assert "content-encoding" not in asked(client, "orders/PO-404", {"accept-encoding": "gzip"}).headers


def test_amounts_in_another_currency_than_the_things_own_are_refused(client: Client) -> None:
    euros = {"minor": 1, "currency": "EUR"}
    line = {"number": 1, "sku": "S", "quantity": 1, "amount": euros}
    differs = client.post("orders", placed("PO-E", lines=[line], steps=[]))
    assert problem(differs, 400, "request.currency_differs") == {"needed": "USD"}
    assert [fault["pointer"] for fault in differs.json()["faults"]] == ["/lines/0/amount/currency"]
    for path, body in (
        ("orders/PO-1/pay", paid(1) | {"amount": euros}),
        ("orders/PO-1/freeze", {"amount": euros, "reason": "looked-into"}),
        ("orders/PO-1/disputes", {"claims": [{"kind": "other", "amount": euros}]}),
        (
            "orders/PO-1/amendments",
            {"side": "buyer", "change": {"lines": [{"line": 1, "quantity": 1, "amount": euros}]}},
        ),
    ):
        refused = client.post(path, body)
        assert problem(refused, 409, "hold.currency_differs")["needed"] == "USD", path
    client.done("orders/PO-1/freeze", {"amount": usd(1), "reason": "looked-into"})

"""What waits for whom, on the command line and over HTTP: disputes, deadlines, commissions and timelines."""

from typing import Any

import pytest

from ledger.pool import open_pool
from tests.books import Book
from tests.command_line import DONE, REFUSED, WRONG_USAGE, Run
from tests.e2e.test_http import Client, problem
from tests.troubles import WORDS, play_troubles

BEFORE, AFTER = "2026-11-25T08:59:59", "2026-11-25T09:00:00"
"""Around the instant at which PO-B's exporter should have answered, in UTC."""


@pytest.fixture(scope="module")
def dsn(shared_database: str) -> str:
    """Return the DSN of a database whose book `main` is full of troubles, and its read side empty."""
    with open_pool(shared_database, connections_max=2) as pool, Book.opened(pool) as book:
        play_troubles(book)
    return shared_database


def head(client: Client) -> int:
    """Return the log's last position, which every read here waits for."""
    positions = [event["position"] for event in client.rows("events", limit=1_000)]
    return int(positions[-1])


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [f"{row['order']}/{row['number']}" for row in rows]


# On the command line.


def test_dispute_is_on_one_screen(ledger: Run) -> None:
    screen = ledger("dispute", "PO-A/1")
    assert (screen.status, screen.err) == (DONE, "")
    for part in (
        "Dispute PO-A/1, USD",
        "Claims",
        "Evidence",
        "LATE",
        "Decisions",
        "partial-refund 150.00, as-shown",
        "(evidence 1)",
        "appeal of claim 2: partial-refund 30.00",
        "seal ",
        "Timeline of PO-A/1",
        "dispute.evidence_submitted",
        "clock.stopped",
        "Dr disputed:PO-A",
    ):
        assert part in screen.out, part
    assert "Offers" not in screen.out
    assert "Clocks" not in screen.out
    other = ledger("dispute", "PO-B").out
    assert all(part in other for part in ("Offers", "off-the-table", "Messages", "Clocks", "since 2026-11-22 09:00"))
    assert "Requests for evidence" in ledger("dispute", "PO-F").out


def test_dispute_as_json_has_amounts_in_minor_units(ledger: Run) -> None:
    view = ledger("dispute", "PO-D", "--json").json
    assert (view["dispute"], view["status"], view["paid_minor"], view["texts"]) == ("PO-D/2", "settled", 10_000, None)
    assert {step["topic"] for step in view["timeline"]} >= {"dispute.opened", "clock.started", "hold.recovered"}
    assert ledger("dispute", "PO-A", "--json", "--reveal").json["texts"] == {WORDS: None}
    assert "(erased)" in ledger("dispute", "PO-A", "--reveal").out


def test_dispute_that_there_is_not_is_told(ledger: Run) -> None:
    missing = ledger("dispute", "PO-E", "--json")
    assert (missing.status, missing.json["code"]) == (REFUSED, "dispute.not_found")
    assert missing.json["details"] == {"dispute": "PO-E"}
    malformed = ledger("dispute", "PO-A/x", "--json")
    assert (malformed.status, malformed.json["code"]) == (WRONG_USAGE, "reference.malformed")


def test_disputes_are_listed_by_who_must_act(ledger: Run) -> None:
    assert names(ledger("disputes", "--json").json) == ["PO-B/1", "PO-F/1"]
    assert names(ledger("disputes", "--stage", "settled", "--order", "PO-D", "--json").json) == ["PO-D/1", "PO-D/2"]
    assert names(ledger("disputes", "--mediator", "MED-3", "--json").json) == ["PO-F/1"]
    assert ledger("disputes", "--overdue", "--at", BEFORE, "--json").json == []
    assert names(ledger("disputes", "--overdue", "--at", AFTER, "--json").json) == ["PO-B/1"]
    table = ledger("disputes", "--at", AFTER).out
    assert all(part in table for part in ("PO-B/1", "1 of 1 open", "answer/1", "overdue", "500.00", "200.00"))
    assert "decision 1 waits" in table


def test_deadlines_are_listed_and_those_overdue_alone(ledger: Run) -> None:
    overdue = ledger("deadlines", "--overdue", "--at", AFTER, "--json").json
    assert [(row["order"], row["clock"], row["silence_of"]) for row in overdue] == [("PO-B", "answer/1", "exporter")]
    assert ledger("deadlines", "--overdue", "--at", BEFORE, "--json").json == []
    assert [row["clock"] for row in ledger("deadlines", "--paused", "--json").json] == ["offer/1/2"]
    table = ledger("deadlines", "--at", AFTER).out
    for part in ("2026-11-25 09:00 overdue", "paused 2026-11-22 09:00", "silence decides", "stays overdue"):
        assert part in table, part


def test_commissions_are_shown_by_month(ledger: Run) -> None:
    rows = ledger(
        "commissions", "--partner", "PAR-T", "--from-month", "2027-01", "--to-month", "2027-02", "--json"
    ).json
    assert [(row["month"], row["earned_minor"], row["withheld_minor"]) for row in rows] == [
        ("2027-01-01", 4_000_000, 40_000)
    ]
    table = ledger("commissions", "--exporter", "EXP-U").out
    assert all(part in table for part in ("2026-12", "PAR-U", "exporter", "30.00", "-30.00"))


def test_timeline_tells_who_in_which_role_why_and_both_clocks(ledger: Run) -> None:
    order = ledger("timeline", "PO-A").out
    for part in (
        "clock.started",
        "clock.expired",
        "as operator",
        "expire due clocks",
        "dispute.escalated",
        "recorded",
        "sha256",
    ):
        assert part in order, part
    steps = ledger("timeline", "PO-D/1", "--json").json
    assert {step["about"] for step in steps} == {"dispute:PO-D/1", "clock:PO-D", "hold:PO-D"}
    assert ledger("timeline", "PO-D/9", "--json").json["code"] == "dispute.not_found"
    assert ledger("timeline", "PO-404", "--json").json["code"] == "order.not_found"


# Over HTTP.


def test_http_lists_disputes_deadlines_and_commissions(client: Client) -> None:
    seen = {"min_position": head(client)}
    assert names(client.rows("disputes", **seen)) == ["PO-B/1", "PO-F/1"]
    first = client.get("disputes", stage="all", limit=1, **seen).json()
    assert names(first["items"]) == ["PO-B/1"]
    second = client.get("disputes", stage="all", limit=2, cursor=first["next"], **seen).json()
    assert names(second["items"]) == ["PO-F/1", "PO-A/1"]
    overdue = client.rows("deadlines", overdue=True, at=f"{AFTER}Z", **seen)
    assert [row["clock"] for row in overdue] == ["answer/1"]
    assert client.rows("deadlines", overdue=True, at="2026-11-25T14:29:59+05:30", **seen) == []
    assert [row["clock"] for row in client.rows("deadlines", paused=True, **seen)] == ["offer/1/2"]
    months = client.rows("commissions", partner="PAR-T", currency="INR", from_month="2027-01", **seen)
    assert [row["month"] for row in months] == ["2027-01-01", "2027-03-01"]


def test_http_gives_a_dispute_and_its_timeline(client: Client) -> None:
    view = client.get("orders/PO-A/disputes/1").json()
    assert (view["status"], view["paid"]["minor"]) == ("settled", 18_000)
    steps = client.rows("orders/PO-A/disputes/1/timeline")
    assert steps == view["timeline"]
    assert [step["position"] for step in steps] == sorted(step["position"] for step in steps)


def test_http_tells_what_is_missing_or_cannot_be_meant(client: Client) -> None:
    for path in ("orders/PO-E/disputes/1", "orders/PO-A/disputes/2/timeline"):
        assert problem(client.get(path), 404, "dispute.not_found")
    for path in (
        "orders/PO-A/disputes/0",
        "disputes?stage=never",
        "deadlines?kind=cuckoo",
        "deadlines?at=noon",
        "commissions?from_month=2026-13",
    ):
        assert problem(client.get(path), 400, "request.parameter_malformed")


def test_http_waits_for_the_position_that_was_asked_for(client: Client) -> None:
    beyond = head(client) + 1
    for path in ("disputes", "deadlines", "commissions", "orders/PO-A/disputes/1"):
        assert problem(client.get(path, min_position=beyond), 404, "moment.ahead")

"""Auditors over HTTP and on the command line: every door through which something is seen in clear is watched."""

import ast
import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.composition import OpenedBook
from tests.command_line import DONE, WRONG_USAGE, Run
from tests.e2e.test_disputes import MEDIATOR, PHOTO, SEAMS, claimed, hand_in, mediated, said_to_dispute
from tests.e2e.test_http import Client, placed, problem
from tests.tampering import as_superuser

NAME = "Ravindra Exports Pvt Ltd"
SHA256 = hashlib.sha256(PHOTO).hexdigest()
AUDITOR = {"ledger-actor": "auditor:AUD-1", "ledger-role": "auditor"}
API = Path(__file__).parents[2] / "api"


def registered(client: Client) -> None:
    client.done("parties", {"party": "EXP-9", "roles": ["exporter"], "country": "IN", "profile": {"name": NAME}})


def ask(client: Client, path: str, **query: Any) -> httpx.Response:
    """Ask as an auditor."""
    response: httpx.Response = client.run(client.ask("GET", path, params=query or None, headers=AUDITOR))
    return response


def reads(client: Client, **query: Any) -> list[dict[str, Any]]:
    """Return who saw what, the first first."""
    rows: list[dict[str, Any]] = client.rows("audit/reads", **query)
    return rows[::-1]


def seen(client: Client) -> list[tuple[str, str, str]]:
    return [(row["actor"], row["reference"], row["field"]) for row in reads(client)]


# Reads.


def test_values_of_a_party_are_shown_only_after_who_sees_them_is_recorded(client: Client) -> None:
    registered(client)
    assert client.get("parties/EXP-9").json()["values"] is None
    assert reads(client) == []
    shown = ask(client, "parties/EXP-9", reveal=True, why="case-7").json()
    assert shown["values"] == {"name": NAME}
    (row,) = reads(client)
    assert (row["actor"], row["role"], row["why"]) == ("auditor:AUD-1", "auditor", "case-7")
    assert (row["what"], row["reference"], row["field"]) == ("value", "party:EXP-9", "name")
    assert row["digest"] == shown["profile"]["name"]
    assert client.get("parties/EXP-9", reveal=True).status_code == 200
    assert seen(client)[1:] == [("operator:api", "party:EXP-9", "name")]


def test_texts_of_a_dispute_are_shown_only_after_who_sees_each_is_recorded(client: Client) -> None:
    mediated(client)
    said_to_dispute(client, "answer", claim=1, stance="contests", comment="They left us whole.")
    said_to_dispute(client, "message", text="Let us talk.")
    hand_in(client, name="seam.jpg")
    finding = {"text": "As the photograph shows.", "evidence": [1]}
    decision = {"claim": 1, "remedy": "none", "reason": "shown", "findings": [finding]}
    said_to_dispute(client, "propose-decision", rulings=[decision], **MEDIATOR)
    assert client.get("orders/PO-1/disputes/1").json()["texts"] is None
    assert reads(client) == []
    shown = ask(client, "orders/PO-1/disputes/1", reveal=True).json()
    fields = {row["field"]: shown["texts"][row["digest"]] for row in reads(client)}
    assert fields == {
        "claims.1.comment": SEAMS,
        "claims.1.answer": "They left us whole.",
        "messages.1.text": "Let us talk.",
        "evidence.1.name": "seam.jpg",
        "decisions.1.claims.1.findings.1": "As the photograph shows.",
    }
    assert len(shown["texts"]) == 5
    assert {(row["actor"], row["reference"]) for row in reads(client)} == {("auditor:AUD-1", "dispute:PO-1/1")}


def test_documents_are_handed_out_only_after_who_gets_them_is_recorded(client: Client) -> None:
    claimed(client)
    hand_in(client)
    assert reads(client) == []
    assert ask(client, f"evidence/{SHA256}", why="case-7").content == PHOTO
    (row,) = reads(client, object="PO-1")
    assert (row["what"], row["reference"], row["digest"]) == ("evidence", f"evidence:{SHA256}", SHA256)
    assert (row["actor"], row["why"]) == ("auditor:AUD-1", "case-7")
    assert reads(client, object=f"evidence:{SHA256}") == [row]
    assert reads(client, object="PO-2") == reads(client, actor="auditor:AUD-2") == []


def test_what_is_not_there_is_seen_by_nobody(client: Client, opened: OpenedBook) -> None:
    registered(client)
    problem(ask(client, "parties/EXP-404", reveal=True), 404, "party.not_found")
    problem(ask(client, "orders/PO-1/disputes/1", reveal=True), 404, "dispute.not_found")
    problem(ask(client, f"evidence/{'0' * 64}"), 404, "evidence.bytes_not_found")
    with opened.pool.connection() as connection:
        connection.execute("DELETE FROM ledger.confidential")
    assert ask(client, "parties/EXP-9", reveal=True).json()["values"] == {"name": None}
    assert reads(client) == []


@pytest.mark.parametrize("path", ["parties/EXP-9", "orders/PO-1/disputes/1", f"evidence/{SHA256}"])
def test_whoever_can_not_be_recorded_sees_nothing(client: Client, opened: OpenedBook, path: str) -> None:
    revealing = {} if path.startswith("evidence") else {"reveal": True}  # a document is always shown in clear
    registered(client)
    claimed(client)
    hand_in(client)
    nameless = client.run(client.ask("GET", path, params=revealing, headers={"ledger-actor": "a b"}))
    problem(nameless, 401, "token.refused")
    prose = ask(client, path, **revealing, why="because I can")
    assert prose.status_code == 400
    with as_superuser(opened.pool) as connection:
        connection.execute("ALTER TABLE ledger.reads ADD CONSTRAINT nobody_reads CHECK (false) NOT VALID")
    unrecorded = ask(client, path, **revealing)
    assert unrecorded.status_code == 500
    for secret in (NAME, SEAMS, PHOTO.decode("latin-1")):
        assert secret not in unrecorded.content.decode("latin-1")
    with as_superuser(opened.pool) as connection:
        connection.execute("ALTER TABLE ledger.reads DROP CONSTRAINT nobody_reads")
    assert ask(client, path, **revealing).status_code == 200


def test_command_line_records_who_sees_what(client: Client, ledger: Run, tmp_path: Path) -> None:
    registered(client)
    claimed(client)
    hand_in(client)
    who = ("--actor", "auditor:AUD-1", "--role", "auditor", "--why", "case-7")
    assert NAME in ledger("party", "show", "EXP-9", "--reveal", *who).out
    assert SEAMS in ledger("dispute", "PO-1/1", "--reveal", *who, "--json").out
    copy = tmp_path / "copy.jpg"
    assert ledger("evidence", "save", SHA256, str(copy), *who).status == DONE
    assert copy.read_bytes() == PHOTO
    rows = ledger("audit", "--reads", "--json").json[::-1]
    assert [row["reference"] for row in rows] == ["party:EXP-9", "dispute:PO-1/1", f"evidence:{SHA256}"]
    assert {(row["actor"], row["role"], row["why"]) for row in rows} == {("auditor:AUD-1", "auditor", "case-7")}
    assert ledger("party", "show", "EXP-9").status == ledger("dispute", "PO-1/1").status == DONE
    assert len(ledger("audit", "--reads", "--json").json) == 3


def test_document_that_was_seen_and_could_not_be_written_is_recorded(
    client: Client, ledger: Run, tmp_path: Path
) -> None:
    claimed(client)
    hand_in(client)
    taken = tmp_path / "taken"
    taken.write_bytes(b"")
    assert ledger("evidence", "save", SHA256, str(taken)).status == WRONG_USAGE
    (row,) = reads(client)
    assert (row["actor"], row["digest"]) == ("operator:cli", SHA256)


def test_nothing_is_handed_out_in_clear_but_by_the_one_door_that_records() -> None:
    """Who verifies a commitment sees nothing: `check` says only whether it is kept."""
    shows = {
        f"{path.relative_to(API)}: {ast.unparse(node)}"
        for path in API.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and ast.unparse(node).endswith((".confidential.find", ".confidential.find_opening", ".evidence.get"))
    }
    assert shows == {"revealing.py: book.confidential.find_opening", "revealing.py: book.evidence.get"}


# Who did what.


def test_auditor_asks_over_http_who_did_what(client: Client) -> None:
    said = client.done("orders", placed(steps=[]), ledger_actor="operator:desk-7")
    client.done("orders/PO-1/accept", ledger_actor="exporter:EXP-1", ledger_role="exporter")
    at = {"min_position": client.done("orders", placed("PO-2", steps=[]))["position"]}
    rows = client.rows("audit", object="PO-1", **at)
    assert [(row["actor"], row["command"]) for row in rows] == [
        ("exporter:EXP-1", "AcceptOrder"),
        ("operator:desk-7", "PlaceOrder"),
    ]
    placing = rows[1]
    assert (placing["first_position"], placing["last_position"]) == (said["first_position"], said["position"])
    assert [step["topic"] for step in placing["steps"]] == [event["topic"] for event in said["events"]]
    assert client.rows("audit", role="exporter") == [rows[0]]
    first = client.get("audit", object="PO-1", limit=1).json()
    assert first["items"] == rows[:1]
    assert client.rows("audit", object="PO-1", limit=1, cursor=first["next"]) == [placing]
    assert client.rows("audit", topic="order.accepted", made_by="command") == [rows[0]]
    assert client.rows("audit", until="2020-01-01T00:00:00") == []
    assert len(client.rows("audit", since="2020-01-01T00:00:00Z", limit=2)) == 2
    span = {"from_position": placing["first_position"], "to_position": placing["first_position"]}
    assert client.rows("audit", **span) == [placing]


def test_auditor_asks_over_http_what_took_two_people_and_what_was_refused(client: Client) -> None:
    client.done("orders", placed(steps=[]))
    problem(client.post("orders/PO-1/confirm", ledger_actor="buyer:BUY-1"), 409, "order.not_in_state")
    (attempt,) = client.rows("audit/refused", object="PO-1")
    assert (attempt["actor"], attempt["command"], attempt["code"]) == (
        "buyer:BUY-1",
        "ConfirmReceipt",
        "order.not_in_state",
    )
    problem(client.post("orders/PO-1/confirm", ledger_actor="buyer:BUY-2"), 409, "order.not_in_state")
    first = client.get("audit/refused", object="PO-1", limit=1).json()
    assert first["items"][0]["actor"] == "buyer:BUY-2"
    assert client.rows("audit/refused", object="PO-1", limit=1, cursor=first["next"]) == [attempt]
    problem(client.get("audit/refused", cursor="x"), 400, "request.cursor_malformed")
    min_position = client.done("orders", placed("PO-2", steps=[]))["position"]
    (rulebook,) = client.rows("audit/four-eyes", min_position=min_position)
    assert (rulebook["proposal"], rulebook["stands"]) == ("rulebook:standard/1", "approved")
    assert (rulebook["proposed_by"], rulebook["decided_by"]) == ("operator:founder", "operator:countersigner")
    assert rulebook["two_people"] is True
    assert client.rows("audit/four-eyes", alone=True) == []


@pytest.mark.parametrize("path", ["audit", "audit/four-eyes", "audit/refused", "audit/reads"])
def test_questions_that_can_not_be_meant_are_refused(client: Client, path: str) -> None:
    assert client.get(path, limit=0).status_code == 400
    assert client.get(path, actor="a b").status_code == 400
    assert client.get(path, since="yesterday").status_code == 400
    problem(client.get(f"/v1/books/other/{path}"), 404, "book.not_found")


def test_auditor_reads_tables_on_the_command_line(client: Client, ledger: Run) -> None:
    client.done("orders", placed(steps=[]), ledger_actor="operator:[/red]")
    client.post("orders/PO-1/confirm", ledger_actor="buyer:BUY-1")
    registered(client)
    assert ask(client, "parties/EXP-9", reveal=True).status_code == 200
    trail = ledger("audit", "--object", "PO-1").out
    assert "operator:[/red]" in trail
    assert "PlaceOrder" in trail
    assert "order.placed of order:PO-1" in trail
    assert "order.not_in_state" in ledger("audit", "--refused").out
    assert "party:EXP-9" in ledger("audit", "--reads").out
    pairs = ledger("audit", "--four-eyes").out
    assert "rulebook:standard/1" in pairs
    assert "four eyes: whoever decided was never who had proposed" in pairs
    first, second = ledger("audit", "--limit", "1"), ledger("audit", "--limit", "2", "--json").json
    assert f"next page: --before {second[0]['first_position']}" in first.out
    after = ledger("audit", "--before", str(second[0]["first_position"]), "--limit", "1", "--json").json
    assert after == second[1:]


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        (("--refused", "--reads"), "--reads"),
        (("--reads", "--topic", "order.placed"), "--topic"),
        (("--four-eyes", "--role", "buyer"), "--role"),
        (("--alone",), "--alone"),
        (("--before", "x"), "before"),
    ],
)
def test_options_that_do_not_narrow_a_list_are_told(
    opened: OpenedBook, ledger: Run, arguments: tuple[str, ...], argument: str
) -> None:
    assert opened.exists
    ran = ledger("audit", *arguments, "--json")
    assert ran.status == WRONG_USAGE
    assert (ran.json["code"], ran.json["details"]["argument"]) == ("argument.malformed", argument)

"""Payouts on the command line and over HTTP: from the plan to the bank's answer."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.command_line import DONE, REFUSED, WRONG_USAGE, Run
from tests.e2e.test_http import Client, paid, placed, problem, usd
from tests.payouts import BANK, DEBTOR_IBAN, FRENCH_IBAN, Said, status_file

DAY = "2026-11-23"
AS_SECOND = ("--actor", "finance:second", "--role", "finance")


@pytest.fixture
def ledger(founded: Run, client: Client) -> Run:
    """Return the program on a book in which EXP-1 is owed for PO-1, with its bank account and the operator's."""
    profile = {"account_name": "Tissus SA", "iban": FRENCH_IBAN}
    client.done("parties", {"party": "EXP-1", "roles": ["exporter"], "country": "FR", "profile": profile})
    account = {
        "bank_account": "hdfc-usd",
        "account": BANK,
        "currency": "USD",
        "identifiers": [DEBTOR_IBAN],
        "name": "Escrow",
        "bic": "BYLADEM1001",
    }
    client.done("bank-accounts", account)
    client.done("orders", placed())
    for verb, body in (
        ("accept", {}),
        ("pay", paid(10_000)),
        ("pay", paid(20_000, step=2)),
        ("dispatch", {}),
        ("deliver", {"dispatch": 1}),
        ("confirm", {}),
    ):
        client.done(f"orders/PO-1/{verb}", body)
    return founded


def planned(ledger: Run, *options: str) -> Any:
    return ledger("payout", "plan", "--from", BANK, "--on", DAY, "--json", *options).json


def test_from_the_plan_to_the_answer(ledger: Run, client: Client, tmp_path: Path) -> None:
    assert [each["party"] for each in planned(ledger, "--dry-run")["planned"]] == ["EXP-1"]
    (plan,) = planned(ledger)["planned"]
    refused = ledger("payout", "approve", plan["payout"], "--json")
    approved = ledger("payout", "approve", "--all", *AS_SECOND, "--json")
    assert (refused.status, approved.status) == (REFUSED, DONE)
    run = ledger("payout", "instruct", "--from", BANK, "--on", DAY, "--out", str(tmp_path), "--json")
    (file,) = run.json["files"]
    assert (run.status, file["payouts"], file["amount_minor"]) == (DONE, 1, plan["amount_minor"])
    again = ledger("payout", "file", file["file"], "--out", str(tmp_path / "again"))
    assert again.status == DONE
    assert (tmp_path / "again" / f"{file['file']}.xml").read_bytes() == Path(file["path"]).read_bytes()
    assert client.get(f"payout-files/{file['file']}/content").content == Path(file["path"]).read_bytes()
    answer = tmp_path / "answer.xml"
    answer.write_bytes(status_file(file["file"], [Said(plan["payout"], "RJCT", "AC04")]))
    (told,) = ledger("payout", "answer", str(answer), "--json").json
    assert [(each["payout"], each["became"]) for each in told["answers"]] == [(plan["payout"], "rejected")]
    shown = ledger("payout", "status", plan["payout"])
    assert (shown.status, "AC04" in shown.out) == (DONE, True)
    assert [each["payout"] for each in ledger("payout", "status", "--stage", "failed", "--json").json] == [
        plan["payout"]
    ]
    csv, pdf = tmp_path / "advice.csv", tmp_path / "advice.pdf"
    assert ledger("payout", "advice", "--party", "EXP-1", "--csv", str(csv), "--pdf", str(pdf)).status == DONE
    assert csv.read_text().splitlines()[-1].split(",")[3] == "total"
    assert pdf.read_bytes().startswith(b"%PDF-")


def test_wrong_words_are_told(ledger: Run) -> None:
    assert ledger("payout", "status", "--stage", "nowhere").status == WRONG_USAGE
    assert ledger("payout", "plan", "--from", "clearing:card").status == WRONG_USAGE
    assert ledger("payout", "status", "never").status == REFUSED


def test_a_file_over_http_is_written_once_under_a_key(ledger: Run, client: Client) -> None:
    (plan,) = planned(ledger)["planned"]
    if plan["approvals"]:
        client.done(f"payouts/{plan['payout']}/approve", ledger_actor="operator:second")
    said = {"pays_from": BANK, "pay_on": DAY, "currency": "USD"}
    first, second = (client.post("payout-files", said, key="file-1") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["files"][0]["sha256"] == second.json()["files"][0]["sha256"]
    problem(client.post("payout-files", said | {"currency": "EUR"}, key="file-1"), 422, "command.id_reused")
    assert client.post("payout-files", said, key="file-2").json() == {"files": [], "left_out": []}


def test_a_banks_answer_over_http_is_taken_in_once(ledger: Run, client: Client, tmp_path: Path) -> None:
    (plan,) = planned(ledger)["planned"]
    assert ledger("payout", "approve", "--all", *AS_SECOND, "--json").status == DONE
    (file,) = ledger("payout", "instruct", "--from", BANK, "--on", DAY, "--out", str(tmp_path), "--json").json["files"]
    content = status_file(file["file"], [Said(plan["payout"], "ACSP"), Said("NEVER-1", "RJCT", "AC04")])
    answers = [answered(client, content, dry_run=dry_run) for dry_run in (True, False, False)]
    assert [answer.status_code for answer in answers] == [200, 201, 200]
    runs = [answer.json()["answered"] for answer in answers]
    assert [[each["became"] for each in run["answers"]] for (run,) in runs] == [["accepted"], ["accepted"], ["known"]]
    assert all(["NEVER-1" in each["problem"] for each in run["problems"]] == [True] for (run,) in runs)
    assert ledger("payout", "status", plan["payout"], "--json").json["status"] == "accepted"
    assert len(client.rows("events", topic="payout.accepted")) == 1
    problem(answered(client, b"<Document"), 400, "bank.payment_status_unreadable")


def answered(client: Client, content: bytes, *, dry_run: bool = False) -> httpx.Response:
    params = {"dry_run": "true"} if dry_run else None
    response: httpx.Response = client.run(client.ask("POST", "payout-answers", content=content, params=params))
    return response


def test_a_sweep_says_what_the_books_say_and_not_the_caller(ledger: Run, client: Client) -> None:
    sweep = {"payout": "S-1", "amount": usd(1), "pays_from": BANK, "pays_to": "bank:operator:main", "pay_on": DAY}
    refused = client.post("payout-sweeps", sweep, key="s-1")
    assert problem(refused, 409, "payout.exceeds_available")["available_minor"] == 0
    lied = client.post("payout-sweeps", sweep | {"available_minor": 100}, key="s-2")
    assert lied.status_code == 400
    assert ledger("payout", "sweep", "--from", BANK, "--to", "bank:operator:main", "--json").status == DONE
    tax = ledger("payout", "remit", "--from", "bank:operator:main", "--tax", "tax:gst-output", "--json")
    assert tax.status == DONE

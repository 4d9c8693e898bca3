"""The bank beside the ledger, over HTTP and on the command line: taken in, matched, explained, shown."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from api.composition import utc_now
from api.reconciling.break_views import ages
from api.routes.reconciliation import Age
from tests.bank_files import NUMBER, Line, camt053, mt940
from tests.command_line import DONE, REFUSED, WRONG_USAGE, Run
from tests.e2e.test_http import Client, problem, usd

TODAY = utc_now().date()
BANK = "bank:safeguarded:hdfc"
ACCOUNT = {
    "bank_account": "hdfc",
    "account": BANK,
    "currency": "USD",
    "identifiers": [NUMBER],
    "name": "Escrow",
}
LINES = (Line(64_000, "FROM NOBODY", payer="A STRANGER", day=TODAY), Line(-300, "ROUNDING", day=TODAY))


def take(client: Client, content: bytes, **query: str) -> httpx.Response:
    response: httpx.Response = client.run(client.ask("POST", "bank-statements", content=content, params=query or None))
    return response


def run(client: Client, **query: Any) -> Any:
    response = client.run(client.ask("POST", "reconciliation", params=query or None))
    assert response.status_code == 200, response.text
    return response.json()


def done(client: Client, path: str, body: object, **headers: str) -> None:
    """Say a command that must be accepted, and wait until it is seen."""
    position = client.done(path, body, **headers)["position"]
    assert client.get("bank-accounts", min_position=position).status_code == 200


def entry_of(client: Client, minor: int) -> str:
    return next(str(row["entry"]) for row in client.rows("bank-entries") if row["amount"]["minor"] == minor)


@pytest.fixture
def banked(client: Client) -> Client:
    """Return the caller of a book with an account at a bank, and a statement taken in."""
    done(client, "bank-accounts", ACCOUNT)
    assert take(client, mt940(LINES)).status_code == 201
    return client


def test_a_file_is_taken_in_once_in_whichever_format(banked: Client) -> None:
    again = take(banked, camt053(LINES))
    assert again.status_code == 200
    (statement,) = again.json()["statements"]
    assert (statement["new"], statement["known"], statement["recorded"]) == (0, 2, False)
    assert (statement["closing"], statement["balanced"]) == (usd(63_700), True)
    assert len(banked.rows("bank-statements")) == 1
    assert len(banked.rows("bank-entries", matched=False)) == 2


def test_what_the_bank_wrote_is_in_no_answer_but_to_whom_it_is_revealed(banked: Client) -> None:
    run(banked)
    shown = [banked.get(path).text for path in ("bank-entries", "breaks", "events", "bank-statements")]
    assert not [text for text in shown if "STRANGER" in text]
    key = f"breaks/bank_entry.{entry_of(banked, 64_000)}"
    assert banked.get(key).json()["bank_says"] is None
    assert banked.get(key, reveal=True).json()["bank_says"]["counterparty"] == "A STRANGER"
    reads = banked.rows("audit/reads")
    assert any(row["reference"].startswith("bank_entry:") for row in reads)


def test_what_is_no_statement_or_of_nobody_is_refused_by_name(client: Client) -> None:
    problem(take(client, mt940(LINES)), 404, "bank.account_not_found")
    done(client, "bank-accounts", ACCOUNT)
    problem(take(client, b"a letter"), 400, "bank.statement_unreadable")
    problem(take(client, mt940(LINES), format="pdf"), 400, "bank.statement_format_unknown")
    problem(take(client, mt940(LINES, currency="EUR")), 404, "bank.account_not_found")
    during = camt053(LINES).replace(b"camt.053", b"camt.052").replace(b"BkToCstmrStmt", b"BkToCstmrAcctRpt")
    problem(take(client, during.replace(b"Stmt>", b"Rpt>")), 409, "bank.statement_of_the_day")
    assert client.rows("bank-statements") == []


def test_a_run_a_match_its_undoing_and_a_write_off_of_two(banked: Client) -> None:
    tried = run(banked, dry_run=True)
    assert (tried["dry_run"], tried["raised"]) == (True, 2)
    assert banked.rows("breaks") == []
    run(banked)
    assert run(banked)["raised"] == 0
    assert {row["kind"] for row in banked.rows("breaks")} == {"missing_in_ledger"}
    said = {
        "match": "M-1",
        "entries": [
            {
                "entry": entry_of(banked, 64_000),
                "targets": [{"account": "suspense:unidentified", "amount": usd(64_000)}],
            }
        ],
    }
    euros = {"account": "suspense:unidentified", "amount": {"minor": 64_000, "currency": "EUR"}}
    other = {**said, "entries": [{"entry": entry_of(banked, 64_000), "targets": [euros]}]}
    problem(banked.post("bank-matches", other), 400, "match.currency_differs")
    nothing = {"item": "open_item:hold:PO-9@1/clearing:card/USD", "amount": usd(64_000)}
    never = {**said, "entries": [{"entry": entry_of(banked, 64_000), "targets": [nothing]}]}
    problem(banked.post("bank-matches", never), 404, "item.not_found")
    done(banked, "bank-matches", said)
    shown = banked.get("bank-matches/M-1").json()
    assert (shown["rule"], shown["lines"][0]["match"]) == ("person", "M-1")
    assert [action["action"] for action in shown["allowed"]] == ["match-undo"]
    assert len(banked.rows("breaks")) == 1
    done(banked, "bank-matches/M-1/undo", {"reason": "payer-found"})
    assert banked.get("bank-matches/M-1").json()["undone_for"] == "payer-found"
    key = f"breaks/bank_entry.{entry_of(banked, -300)}"
    assert "break-write-off" in {action["action"] for action in banked.get(key).json()["allowed"]}
    done(banked, f"{key}/write-off", {"reason": "too-small"})
    problem(banked.post(f"{key}/approve-write-off", {"number": 1}), 403, "proposal.approver_is_proposer")
    done(banked, f"{key}/approve-write-off", {"number": 1}, ledger_actor="operator:second")
    closed = banked.get(key).json()
    assert (closed["status"], closed["how"]) == ("explained", "write-off")
    eyes = banked.rows("audit/four-eyes", what="break-write-off")
    assert [row["two_people"] for row in eyes] == [True]
    problem(banked.get("breaks/none"), 404, "break.not_found")
    problem(banked.get("bank-matches/none"), 404, "match.not_found")


def test_bank_and_ledger_agree_with_what_is_between_them(banked: Client) -> None:
    run(banked)
    found = banked.get("reconciliation").json()
    (account,) = found["accounts"]
    assert (account["closing"], account["ledger"], account["unmatched"]) == (usd(63_700), usd(0), usd(63_700))
    assert (account["difference"], account["unmatched_entries"]) == (usd(0), 2)
    assert sum(each["breaks"] for each in found["breaks"]) == 2


def test_lists_go_on_page_by_page(banked: Client) -> None:
    run(banked)
    for path in ("bank-entries", "breaks"):
        whole = banked.rows(path)
        first = banked.get(path, limit=1).json()
        second = banked.get(path, limit=1, cursor=first["next"]).json()
        assert [*first["items"], *second["items"]] == whole
        assert second["next"] is None


def test_breaks_are_found_by_kind_owner_and_age(banked: Client) -> None:
    run(banked)
    one = banked.rows("breaks")[0]
    done(banked, f"breaks/{one['break_key']}/assign", {"owner": "FIN-2"})
    done(banked, f"breaks/{one['break_key']}/comment", {"comment": "asked the bank"})
    (found,) = banked.rows("breaks", owner="FIN-2", kind="missing_in_ledger", age="0-2", bank_account="hdfc")
    assert (found["break_key"], found["comments"]) == (one["break_key"], 1)
    assert banked.rows("breaks", age="3-7") == []
    problem(banked.get("breaks", age="old"), 400, "request.parameter_malformed")
    shown = banked.get(f"breaks/{one['break_key']}", reveal=True).json()
    assert [each["text"] for each in shown["remarks"]] == ["asked the bank"]


def test_ages_are_those_of_the_standard_rulebook() -> None:
    assert list(Age.__args__) == ages()  # type: ignore[attr-defined]


def test_a_month_on_the_command_line(founded: Run, tmp_path: Path) -> None:
    file = tmp_path / "november.sta"
    file.write_bytes(mt940(LINES))
    unknown = founded("bank-statement", "import", str(file))
    assert (unknown.status, "bank-account register" in unknown.err) == (REFUSED, True)
    register = ("--account", BANK, "--currency", "USD", "--identifier", NUMBER, "--name", "Escrow")
    assert founded("bank-account", "register", "hdfc", *register).status == DONE
    taken = founded("bank-statement", "import", str(file), "--json")
    (statement,) = taken.json
    first = ("account", "currency", "opening_minor", "closing_minor", "balanced")
    assert [statement[name] for name in first] == [NUMBER, "USD", 0, 63_700, True]
    assert [each["amount_minor"] for each in statement["entries"]] == [64_000, -300]
    assert (statement["new"], founded("bank-statement", "import", str(file), "--json").json[0]["new"]) == (2, 0)
    assert founded("reconcile", "--json").json["raised"] == 2
    assert founded("reconcile", "--json").json["raised"] == 0
    rows = founded("breaks", "--kind", "missing_in_ledger", "--json").json
    assert {row["amount_minor"] for row in rows} == {64_000, -300}
    entry = next(row["subject"].partition(":")[2] for row in rows if row["amount_minor"] == 64_000)
    made = founded("match", "make", entry, "--book-to", "suspense:unidentified", "--key", "M-1", "--json")
    assert made.status == DONE
    assert len(founded("breaks", "--json").json) == 1
    assert founded("match", "undo", "M-1", "--reason", "payer-found").status == DONE
    assert founded("match", "show", "M-1", "--json").json["match"]["undone_for"] == "payer-found"
    assert founded("breaks", "--age", "old").status == WRONG_USAGE
    for words in (("bank-account", "list"), ("match", "list"), ("breaks",), ("break", "show", rows[0]["break_key"])):
        assert founded(*words).status == DONE, words


def test_a_dry_run_needs_no_book(founded: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "november.xml"
    file.write_bytes(camt053(LINES))
    monkeypatch.setenv("LEDGER_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    read = founded("bank-statement", "import", str(file), "--dry-run", "--json")
    assert (read.status, len(read.json[0]["entries"])) == (DONE, 2)
    assert founded("bank-statement", "import", str(file), "--dry-run").status == DONE

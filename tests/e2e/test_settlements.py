"""Payment providers' settlements, over HTTP and on the command line: taken in, shown, explained."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from api.composition import utc_now
from tests.bank_files import NUMBER, Line, mt940
from tests.command_line import DONE, REFUSED, WRONG_USAGE, Run
from tests.e2e.test_http import Client, problem, usd
from tests.provider_files import Paid, own_mapping, own_style, stripe

TODAY = utc_now().date()
LINES = (Paid("", 2_500, kind="adjustment", payment="adj_1", day=TODAY), Paid("", -300, kind="fee", day=TODAY))
BANK = ("--account", "bank:safeguarded:hdfc", "--currency", "USD", "--identifier", NUMBER, "--name", "Escrow")
ONE = "settlements/stripe/po_1"


def take(client: Client, content: bytes, mapping: str = "stripe-balance") -> httpx.Response:
    params = {"mapping": mapping}
    response: httpx.Response = client.run(client.ask("POST", "settlements", content=content, params=params))
    return response


@pytest.fixture
def settled(client: Client) -> Client:
    """Return the caller of a book with a settlement taken in."""
    assert take(client, stripe(LINES, on=TODAY)).status_code == 201
    return client


def part(minor: int, **said: object) -> dict[str, object]:
    return {"line": 1, "amount": usd(minor), "account": "suspense:stripe", **said}


def test_a_file_is_taken_in_once(settled: Client) -> None:
    again = take(settled, stripe(LINES, on=TODAY))
    assert again.status_code == 200
    (told,) = again.json()["settlements"]
    assert (told["settlement"], told["recorded"], told["differs"], told["open_lines"]) == (
        "stripe/po_1",
        False,
        False,
        1,
    )
    assert (told["net"], told["lines_net"], told["balanced"]) == (usd(2_200), usd(2_200), True)
    (listed,) = settled.rows("settlements", provider="stripe")
    assert (listed["fee"], listed["net"], listed["difference"]) == (usd(300), usd(2_200), usd(0))
    assert settled.rows("settlements", provider="adyen") == []


def test_what_cant_be_taken_in_is_refused(client: Client) -> None:
    problem(take(client, b"a,b\n1,2\n"), 400, "settlement.file_unreadable")
    problem(take(client, stripe(LINES), "nobodys"), 400, "mapping.not_found")
    problem(take(client, stripe(LINES), "../../secret.toml"), 400, "request.parameter_malformed")
    assert client.rows("settlements") == []


def test_lines_are_explained_and_reopened(settled: Client) -> None:
    problem(settled.post(f"{ONE}/clear", {"parts": [part(2_499)]}), 409, "settlement.targets_differ")
    euro = part(2_500) | {"amount": {"minor": 2_500, "currency": "EUR"}}
    problem(settled.post(f"{ONE}/clear", {"parts": [euro]}), 400, "match.currency_differs")
    problem(settled.post(f"{ONE}/clear", {"parts": [part(1), euro]}), 400, "match.currency_differs")
    never = part(2_500, item="open_item:hold:PO-9@1/clearing:stripe/USD", account="")
    problem(settled.post(f"{ONE}/clear", {"parts": [never]}), 404, "item.not_found")
    assert [action["action"] for action in settled.get(ONE).json()["allowed"]] == ["settlement-clear"]
    assert len(settled.rows("breaks")) == 1
    position = settled.done(f"{ONE}/clear", {"parts": [part(2_500)]})["position"]
    shown = settled.get(ONE, min_position=position).json()
    assert (shown["open_lines"], [action["action"] for action in shown["allowed"]]) == (0, ["settlement-reopen"])
    assert settled.rows("breaks") == []
    (line, fee) = settled.rows(f"{ONE}/lines")
    (target,) = line["targets"]
    assert (target["account"], target["amount"], line["reopened"]) == ("suspense:stripe", usd(2_500), False)
    assert (fee["to_explain"], fee["targets"]) == (usd(0), [])
    assert settled.rows(f"{ONE}/lines", open=True) == []
    position = settled.done(f"{ONE}/reopen", {"lines": [1], "reason": "wrong-account"})["position"]
    assert settled.get(ONE, min_position=position).json()["open_lines"] == 1
    (line,) = settled.rows(f"{ONE}/lines", open=True)
    assert line["reopened"] is True


def test_a_settlement_that_nobody_took_in_isnt_there(client: Client) -> None:
    problem(client.get(ONE), 404, "settlement.not_found")
    problem(client.get(f"{ONE}/lines"), 404, "settlement.not_found")
    problem(client.post(f"{ONE}/clear", {"parts": [part(1)]}), 404, "reference.not_found")
    problem(client.post(f"{ONE}/reopen", {"lines": [1], "reason": "wrong"}), 404, "reference.not_found")


def test_lines_are_turned_page_by_page(client: Client) -> None:
    take(client, stripe([LINES[0]._replace(payment=f"adj_{number}") for number in range(7)], on=TODAY))
    seen: list[Any] = []
    page = client.get(f"{ONE}/lines", limit=3).json()
    seen += [row["number"] for row in page["items"]]
    while page["next"]:
        page = client.get(f"{ONE}/lines", limit=3, cursor=page["next"]).json()
        seen += [row["number"] for row in page["items"]]
    assert seen == [1, 2, 3, 4, 5, 6, 7]


def test_a_settlement_on_the_command_line(founded: Run, tmp_path: Path) -> None:
    file = tmp_path / "november.csv"
    file.write_bytes(own_style(LINES, on=TODAY))
    words = ("settlement", "import", str(file), "--mapping", own_mapping(tmp_path))
    (taken,) = founded(*words, "--json").json
    assert (taken["settlement"], taken["recorded"], taken["open_lines"]) == ("stripe/po_1", True, 1)
    assert founded(*words, "--json").json[0]["recorded"] is False
    assert founded(*words).status == DONE
    assert founded("bank-account", "register", "hdfc", *BANK).status == DONE
    statement = tmp_path / "november.sta"
    statement.write_bytes(mt940([Line(2_200, "PAYOUT UTR123", day=TODAY)]))
    assert founded("bank-statement", "import", str(statement)).status == DONE
    report = founded("reconcile", "--json").json
    assert report["matched"] == {"reference": 1}
    (open_break,) = founded("breaks", "--json").json
    assert (open_break["kind"], open_break["amount_minor"]) == ("missing_in_ledger", 2_500)
    unknown = founded("settlement", "clear", "stripe/po_1", "9", "--book-to", "suspense:stripe")
    assert unknown.status == WRONG_USAGE
    assert founded("settlement", "clear", "po_1", "1", "--book-to", "suspense:stripe").status == WRONG_USAGE
    assert founded("settlement", "clear", "stripe/po_1", "1", "--book-to", "expense:payment-fees").status == DONE
    assert founded("breaks", "--json").json == []
    assert founded("settlement", "reopen", "stripe/po_1", "--line", "1", "--reason", "wrong-account").status == DONE
    assert founded("settlement", "reopen", "stripe/po_1", "--line", "1", "--reason", "again").status == REFUSED
    shown = founded("settlement", "show", "stripe/po_1", "--open", "--json").json
    assert [line["number"] for line in shown["lines"]] == [1]
    assert founded("settlement", "show", "stripe/po_2").status == WRONG_USAGE
    assert founded("settlement", "list", "--json").json[0]["settlement"] == "stripe/po_1"
    for said in (("settlement", "list"), ("settlement", "show", "stripe/po_1")):
        assert founded(*said).status == DONE, said
    assert founded("verify").status == DONE


def test_a_dry_run_needs_no_book(founded: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "november.csv"
    file.write_bytes(stripe(LINES))
    monkeypatch.setenv("LEDGER_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    read = founded("settlement", "import", str(file), "--mapping", "stripe-balance", "--dry-run", "--json")
    assert (read.status, read.json[0]["net_minor"]) == (DONE, 2_200)

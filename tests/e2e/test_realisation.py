"""What exports are to bring home, over HTTP and on the command line: from the bill to a quarter's statement."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.composition import House, OpenedBook
from api.identity.caller import Caller
from tests.command_line import DONE, REFUSED, WRONG_USAGE, Run
from tests.e2e.test_http import Client, paid, placed, problem, usd

INVOICE = {"number": "EXP/26-27/118", "issued_on": "2026-10-01", "amount": usd(30_000)}
SHIPPED = {
    "receivable": "SB-1",
    "exporter": "EXP-1",
    "currency": "USD",
    "invoices": [INVOICE],
    "shipped_on": "2026-10-05",
    "port": "INNSA1",
    "orders": [{"order": "PO-1", "amount": usd(30_000)}],
    "customs_value": {"minor": 2_500_000, "currency": "INR"},
}
REMITTED = {
    "remittance": "IRM-1",
    "exporter": "EXP-1",
    "amount": usd(50_000),
    "received_on": "2026-11-10",
    "purpose": "P0103",
    "ad_code": "0510005",
    "remitter": "Hanse Textil GmbH",
}


class UpToDate(Client):
    """A caller who asks once the read side has seen all that was said."""

    def get(self, path: str, **query: Any) -> httpx.Response:
        self.app.state.desk.book("main").runner.catch_up()
        return super().get(path, **query)


@pytest.fixture
def client(house: House, opened: OpenedBook) -> Iterator[Client]:
    with UpToDate(house, opened.name) as caller:
        yield caller


@pytest.fixture
def exporter(house: House, opened: OpenedBook, client: Client) -> Iterator[Client]:
    """Return EXP-1's own people, of a book in which the goods of PO-1 are released and shipped."""
    client.done("orders", placed("PO-1", steps=[]))
    for verb, said in (("accept", {}), ("pay", paid(30_000)), ("dispatch", {}), ("deliver", {}), ("confirm", {})):
        client.done(f"orders/PO-1/{verb}", said)
    client.done("receivables", SHIPPED)
    client.done("remittances", REMITTED)
    with UpToDate(house, opened.name, caller=Caller("exporter:X", "exporter", "EXP-1")) as own:
        yield own


def test_bill_is_matched_deducted_certified_and_closed_on_own_declaration(client: Client, exporter: Client) -> None:
    client.done("receivables/SB-1/allocate", {"remittance": "IRM-1", "amount": usd(29_000)})
    fee = {"reason": "platform-fee", "amount": usd(1_000), "source": "release:PO-1/1"}
    problem(client.post("receivables/SB-1/close", {"by": "declaration"}), 409, "receivable.still_open")
    client.done("receivables/SB-1/deduct", fee)
    client.done("receivables/SB-1/certify", {"certificate": "BRC-1", "certified_on": "2026-11-11"})
    (row,) = client.rows("receivables", closable=True)
    assert (row["receivable"], row["open"], row["closable"]) == ("SB-1", usd(0), True)
    seen = exporter.get("receivables/SB-1").json()
    assert [seen[name]["minor"] for name in ("invoiced", "realised", "deducted", "open", "certified")] == [
        30_000,
        29_000,
        1_000,
        0,
        29_000,
    ]
    assert seen["due_on"] == "2028-01-05", "15 months after a shipment in dollars from October 2026 on"
    assert seen["warnings"] == ["advance-code-after-shipment"]
    (order,) = seen["orders"]
    (release,) = order["releases"]
    assert (order["order"], release["state"], order["paid_out"]) == ("PO-1", "executed", release["net"])
    assert order["payouts"] == [], "nobody planned one yet"
    assert seen["realisations"][0] | {"certificate": "BRC-1", "remittance": "IRM-1"} == seen["realisations"][0]
    assert seen["deductions"][0]["source"] == "release:PO-1/1"
    assert seen["allowed"] == [], "its people read"
    closing = {each["with"]["by"] for each in client.get("receivables/SB-1").json()["allowed"] if "by" in each["with"]}
    assert {"declaration", "bank"} <= closing
    client.done("receivables/SB-1/close", {"by": "declaration", "reference": "2026-Q4"})
    assert client.rows("receivables") == []
    (row,) = client.rows("receivables", state="closed")
    assert row["closed_by"] == "declaration"
    problem(client.post("receivables/SB-1/deduct", fee), 409, "receivable.already_closed")


def test_remittance_is_matched_to_several_bills_and_never_beyond_its_amount(client: Client, exporter: Client) -> None:
    client.done("receivables", SHIPPED | {"receivable": "SB-2", "orders": []})
    for bill, minor in (("SB-1", 28_000), ("SB-2", 20_000)):
        client.done(f"receivables/{bill}/allocate", {"remittance": "IRM-1", "amount": usd(minor)})
    refused = client.post("receivables/SB-2/allocate", {"remittance": "IRM-1", "amount": usd(2_001)})
    told = problem(refused, 409, "remittance.exceeded")
    assert told["left"]["minor"] == 2_000 if "left" in told else told["left_minor"] == 2_000
    (money,) = exporter.rows("remittances", left=True)
    assert (money["left"], money["receivables"]) == (usd(2_000), ["SB-1", "SB-2"])
    client.done("receivables/SB-2/free", {"realisation": 1, "reason": "another-bill"})
    seen = client.get("remittances/IRM-1").json()
    assert (seen["left"], [each["receivable"] for each in seen["receivables"]]) == (usd(22_000), ["SB-1"])
    assert client.rows("receivables", uncertified=True)[0]["receivable"] == "SB-1"


@pytest.mark.usefixtures("exporter")
def test_who_sent_the_money_is_shown_to_whoever_asks_and_stands_nowhere_in_the_log(client: Client) -> None:
    assert "Hanse" not in client.get("events", limit=1_000).text
    hidden, shown = client.get("remittances/IRM-1").json(), client.get("remittances/IRM-1", reveal=True).json()
    assert (hidden["sent_by"], shown["sent_by"]) == (None, "Hanse Textil GmbH")
    assert [row["reference"] for row in client.rows("audit/reads")] == ["remittance:IRM-1"]


@pytest.mark.usefixtures("exporter")
def test_strangers_find_nothing(house: House, opened: OpenedBook) -> None:
    with UpToDate(house, opened.name, caller=Caller("exporter:Z", "exporter", "EXP-Z")) as stranger:
        for path in ("receivables/SB-1", "remittances/IRM-1"):
            theirs = problem(stranger.get(path), 404, "reference.not_found")
            nowhere = problem(stranger.get(path.replace("-1", "-0")), 404, "reference.not_found")
            assert {**theirs, "key": nowhere["key"]} == nowhere
        assert stranger.rows("receivables", state="all") == stranger.rows("remittances") == []
        assert stranger.rows("receivables", exporter="EXP-1") == []
        problem(stranger.get("parties/EXP-1/realisation/2026-Q4"), 404, "party.not_found")
        problem(stranger.post("receivables/SB-1/close", {"by": "bank"}), 403, "role.forbidden")


@pytest.mark.usefixtures("exporter")
def test_work_list_is_ordered_by_day_and_tells_what_is_over(client: Client) -> None:
    rupees = {"receivable": "SB-INR", "settled_in": "INR", "orders": []}
    old = {"receivable": "SB-OLD", "shipped_on": "2024-01-31", "orders": []}
    client.done("receivables", SHIPPED | rupees)
    client.done("receivables", SHIPPED | old)
    rows = client.rows("receivables", at="2026-11-23T00:00:00Z")
    assert [(row["receivable"], row["due_on"]) for row in rows] == [
        ("SB-OLD", "2024-10-31"),
        ("SB-1", "2028-01-05"),
        ("SB-INR", "2028-04-05"),
    ]
    assert [row["overdue_days"] > 700 for row in rows] == [True, False, False]
    assert [row["receivable"] for row in client.rows("receivables", overdue=True)] == ["SB-OLD"]
    assert [row["receivable"] for row in client.rows("receivables", due_to="2028-02-01T00:00:00Z")] == [
        "SB-OLD",
        "SB-1",
    ]
    first = client.get("receivables", limit=2).json()
    rest = client.get("receivables", limit=2, cursor=first["next"]).json()
    assert [row["receivable"] for row in (*first["items"], *rest["items"])] == ["SB-OLD", "SB-1", "SB-INR"]
    assert client.get("receivables/SB-OLD").json()["warnings"] == ["overdue", "a-year-overdue"]
    client.done("receivables/SB-OLD/extend", {"due_on": "2027-01-31", "reference": "AD/EXT/7"})
    assert client.rows("receivables", overdue=True) == []


@pytest.mark.usefixtures("exporter")
def test_list_at_a_moment_is_as_it_was_then(client: Client) -> None:
    before = client.get("receivables").json()
    client.done("receivables/SB-1/deduct", {"reason": "freight", "amount": usd(500)})
    at_position = before["position"]
    assert client.rows("receivables", at_position=at_position) == before["items"]
    assert client.rows("receivables")[0]["deducted"] == usd(500)
    assert client.rows("receivables", at_position=1) == []
    assert client.get("receivables/SB-1", at_position=at_position).json()["deducted"] == usd(0)


def test_statement_of_a_quarter_sums_up_and_is_the_same_as_json_csv_and_pdf(client: Client, exporter: Client) -> None:
    client.done("receivables/SB-1/allocate", {"remittance": "IRM-1", "amount": usd(20_000)})
    client.done("receivables/SB-1/deduct", {"reason": "bank-charges", "amount": usd(700)})
    year, month = (int(part) for part in exporter.rows("receivables")[0]["shipped_on"].split("-")[:2])
    assert (year, month) == (2026, 10)
    quarter = _present_quarter(client)
    said = exporter.get(f"parties/EXP-1/realisation/{quarter}").json()
    (bill,), (total,), (money,) = said["bills"], said["totals"], said["remittances"]
    for told in (bill, total):
        flows = [told[name]["minor"] for name in ("brought_forward", "shipped", "realised", "deducted", "open")]
        assert flows == [0, 30_000, 20_000, 700, 9_300]
    assert bill["deducted_for"] == [{"reason": "bank-charges", "amount": usd(700)}]
    assert (money["allocated"], money["left"]) == (usd(20_000), usd(30_000))
    told = exporter.get(f"parties/EXP-1/realisation/{quarter}", format="csv")
    rows = list(csv.DictReader(io.StringIO(told.text)))
    assert [row["row"] for row in rows] == ["bill", "remittance", "total"]
    assert (rows[0]["open"], rows[0]["deducted_for"], rows[1]["left"]) == ("93.00", "bank-charges=7.00", "300.00")
    printed = client.get(f"parties/EXP-1/realisation/{quarter}", format="pdf")
    assert printed.content.startswith(b"%PDF-")
    assert printed.content == client.get(f"parties/EXP-1/realisation/{quarter}", format="pdf").content
    assert client.get("parties/EXP-1/realisation/2020-Q1").json()["bills"] == []
    problem(client.get("parties/EXP-1/realisation/2026-Q4", as_of="2026-11-01"), 400, "statement.malformed")


def _present_quarter(client: Client) -> str:
    day = client.get("events", limit=1, after=1).json()["items"][0]["posting_date"]
    return f"{day[:4]}-Q{(int(day[5:7]) + 2) // 3}"


class TestCommandLine:
    @pytest.fixture
    def ledger(self, founded: Run) -> Run:
        return founded

    def said(self, ledger: Run, *arguments: str, status: int = DONE) -> Any:
        ran = ledger("realisation", *arguments)
        assert ran.status == status, ran.out + ran.err
        return ran

    def test_chain_from_bill_to_statement(self, ledger: Run, tmp_path: Path) -> None:
        self.said(
            ledger,
            *("ship", "SB-1", "--exporter", "EXP-1", "--invoice", "EXP/1:2026-10-01:300.00"),
            *("--shipped-on", "2026-10-05", "--customs-value", "25000.00:INR"),
        )
        remitted = ("--exporter", "EXP-1", "--received-on", "2026-10-20", "--purpose", "P0102")
        self.said(ledger, "remit", "IRM-1", "290.00", *remitted, "--remitter", "Hanse Textil")
        self.said(ledger, "allocate", "SB-1", "IRM-1", "290.00")
        (listed,) = self.said(ledger, "due", "--json").json
        assert (listed["open_minor"], listed["due_on"]) == (1_000, "2028-01-05")
        assert self.said(ledger, "due", "--within", "30", "--json").json == []
        self.said(ledger, "deduct", "SB-1", "10.00", "--reason", "bank-charges")
        self.said(ledger, "certify", "SB-1", "BRC-1", "--certified-on", "2026-10-21")
        shown = self.said(ledger, "show", "SB-1")
        assert "BRC-1" in shown.out
        assert "on own declaration" in shown.out
        (money,) = self.said(ledger, "remittances", "--json").json
        assert (money["left_minor"], money["receivables"]) == (0, ["SB-1"])
        assert self.said(ledger, "remittance", "IRM-1", "--reveal", "--json").json["sent_by"] == "Hanse Textil"
        self.said(ledger, "close", "SB-1", "--by", "declaration")
        quarter = self.quarter(ledger)
        files = tmp_path / "q.csv", tmp_path / "q.pdf"
        out = ("--csv", str(files[0]), "--pdf", str(files[1]))
        self.said(ledger, "statement", "--exporter", "EXP-1", "--quarter", quarter, *out)
        (bill, remittance, total) = csv.DictReader(io.StringIO(files[0].read_text(encoding="utf-8")))
        assert (bill["closed_by"], bill["open"], remittance["left"], total["realised"]) == (
            "declaration",
            "0.00",
            "0.00",
            "290.00",
        )
        assert files[1].read_bytes().startswith(b"%PDF-")
        asked = ("statement", "--exporter", "EXP-1", "--quarter", quarter, "--json")
        assert self.said(ledger, *asked).json["totals"][0]["deducted_minor"] == 1_000

    def quarter(self, ledger: Run) -> str:
        day = ledger("events", "--json").json[0]["posting_date"]
        return f"{day[:4]}-Q{(int(day[5:7]) + 2) // 3}"

    def test_what_cant_be_meant_is_wrong_usage_and_what_a_rule_forbids_is_refused(self, ledger: Run) -> None:
        ship = ("ship", "SB-1", "--exporter", "EXP-1", "--shipped-on", "2026-10-05")
        self.said(ledger, *ship, "--invoice", "EXP/1:yesterday:300.00", status=WRONG_USAGE)
        self.said(ledger, *ship, "--invoice", "EXP/1:2026-10-01:300.00")
        self.said(ledger, *ship, "--invoice", "EXP/1:2026-10-01:300.00", status=REFUSED)
        self.said(ledger, "show", "SB-404", status=REFUSED)
        self.said(ledger, "statement", "--exporter", "EXP-1", "--quarter", "2026-Q5", status=WRONG_USAGE)

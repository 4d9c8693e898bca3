"""Where money is, over HTTP and on the command line: the three-way view, proofs, the float, a month's report."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from api.composition import OpenedBook
from ledger.pool import open_pool
from ledger.postgres import EmbeddedPostgres
from tests.books import Book, merkle_root, read_log
from tests.command_line import DONE, REFUSED, WRONG_USAGE, Run
from tests.e2e.test_http import Client, problem, usd
from tests.treasury import BUYERS, OWN, play_month_end

DATABASE = "treasury_shown"
DAYS = {"from": "2026-11-23", "to": "2026-11-30"}
ASKED = ("--from", "2026-11-23", "--to", "2026-11-30")
AT_END = "2026-11-30"


@pytest.fixture(scope="module")
def dsn(postgres: EmbeddedPostgres, template: str) -> Iterator[str]:
    """Return the DSN of a database whose book `main` ends November 2026."""
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE {template} STRATEGY FILE_COPY")
        with open_pool(postgres.dsn(DATABASE), connections_max=4) as pool, Book.opened(pool) as book:
            play_month_end(book)
        yield postgres.dsn(DATABASE)
        connection.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


def test_view_tells_each_day_and_its_lines_sum_to_what_differs(client: Client) -> None:
    rows = client.rows("three-way", **DAYS)
    assert [row["first_day"] for row in rows] == [f"2026-11-{day}" for day in range(23, 27)]
    assert rows[0]["platform"] == usd(16_000)
    assert {flow["kind"]: flow["amount"]["minor"] for flow in rows[0]["flows"]} == {
        "received": 16_000,
        "released": 10_000,
    }
    (whole,) = client.rows("three-way", **DAYS, by_day=False)
    assert (whole["bank"], whole["unexplained"]) == (usd(10_000 - 50 + 777 - 9_705), usd(0))
    lines = client.rows("three-way/lines", **DAYS, by_day=False, limit=100)
    assert sum(line["amount"]["minor"] for line in lines) == whole["difference"]["minor"]
    assert len(lines) == whole["lines"]
    between = client.rows("three-way/lines", **DAYS, by_day=False, side="bank")
    assert [(line["kind"], line["amount"], line["broken_as"]) for line in between] == [
        ("unmatched", usd(777), "missing_in_ledger")
    ]
    clearing = client.rows("three-way/lines", **DAYS, by_day=False, side="in-clearing")
    assert {line["item"] for line in clearing if line["kind"] == "hold.payment_received"} == {
        f"open_item:hold:{order}@2/clearing:card/USD" for order in ("PO-1", "PO-2")
    }
    assert client.rows("three-way", **DAYS, currency="EUR") == []
    first = client.get("three-way", **DAYS, limit=1).json()
    assert client.get("three-way", **DAYS, limit=1, cursor=first["next"]).json()["items"] == rows[1:2]
    faults = problem(client.get("three-way", to="0001-01-05"), 400, "moment.malformed")
    assert faults["field"] == "to"


def test_proof_against_the_bank_lists_by_what_it_differs(client: Client) -> None:
    (holds,) = client.rows("proof-of-holds")
    assert (holds["not_yet_swept"], holds["orders_held"]) == (usd(295 - 100), usd(6_000))
    proof = client.get("proof-of-holds/bank").json()
    buyers, own = sorted(proof["accounts"], key=lambda each: each["account"], reverse=True)
    assert (buyers["account"], buyers["closing"], buyers["ledger"]) == (BUYERS, usd(1_022), usd(245))
    assert (buyers["explained"], buyers["unexplained"], buyers["agrees"]) == (usd(777), usd(0), False)
    assert (own["account"], own["closing"], own["closings"][0]["on"]) == (OWN, None, None)
    lines = client.rows("proof-of-holds/bank/lines", account=BUYERS)
    assert [(line["kind"], line["amount"]) for line in lines] == [("unmatched", usd(777))]
    (cover,) = proof["covers"]
    assert (cover["bank"], cover["clearing"], cover["covered"]) == (usd(1_022), usd(6_000), True)
    before = client.get("proof-of-holds/bank", as_of="2026-11-25").json()
    assert next(each for each in before["accounts"] if each["account"] == BUYERS)["closings"][0]["on"] == "2026-11-24"


def test_float_tells_days_and_what_they_were_waited_for(client: Client) -> None:
    (row,) = client.rows("floats", to=AT_END)
    assert (row["part"], row["amount"], row["days"], row["waits_for"]) == ("release:PO-1/1", usd(9_705), 3, None)
    assert row["waited"] == [{"waited_for": "planning", "days": 2}, {"waited_for": "bank", "days": 1}]
    assert row["minor_days"] == 3 * 9_705
    totals = client.rows("floats/totals", to=AT_END)
    assert [(each["waited_for"], each["minor_days"]) for each in totals] == [("planning", 19_410), ("bank", 9_705)]
    assert client.rows("floats", to=AT_END, over=3) == client.rows("floats", to=AT_END, state="waiting") == []
    problem(client.get("floats", to="9999-12-31"), 400, "moment.malformed")


def test_report_of_a_month_says_what_it_is_made_of(client: Client, opened: OpenedBook) -> None:
    report = client.get("month-ends/2026-11").json()
    log = read_log(opened.pool)
    assert (report["position"], report["root"]) == (len(log), merkle_root([row.leaf_hash for row in log]).hex())
    account = next(each for each in report["accounts"] if each["account"] == BUYERS)
    assert (account["opening"], account["missing"]) == (usd(0), usd(0))
    assert {moved["kind"]: moved["amount"]["minor"] for moved in account["movements"]} == {
        "clearing": 10_000,
        "expense:bank-charges": -50,
        "payout": -9_705,
        "unmatched": 777,
    }
    assert account["proof"]["closing"] == usd(1_022)
    assert [(each["kind"], each["age"], each["amount"]) for each in report["breaks"]] == [
        ("missing_in_ledger", "3-7", usd(777))
    ]
    assert [each["payout"] for each in report["in_transit"]] == ["S-1"]
    assert [row["unexplained"] for row in report["flows"]] == [usd(0)]
    earlier = client.get("month-ends/2026-11", at_position=report["position"] - 1).json()
    assert earlier["root"] != report["root"]
    problem(client.get("month-ends/2026-11", as_of="2026-11-30"), 400, "moment.malformed")
    october = client.get("month-ends/2026-10").json()
    assert (october["accounts"][0]["proof"]["closing"], october["breaks"]) == (None, [])
    december = client.get("month-ends/2026-12").json()
    account = next(each for each in december["accounts"] if each["account"] == BUYERS)
    assert (account["opening"], account["movements"], account["missing"]) == (usd(1_022), [], usd(0))
    assert december["breaks"][0]["age"] == "31-90"


def test_report_as_csv_and_pdf_says_the_same(client: Client) -> None:
    answer = client.get("month-ends/2026-11", format="csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    figures: dict[Any, str] = {(row["section"], row["account"], row["what"]): row["amount"] for row in rows}
    assert figures["account", BUYERS, "closing by bank"] == "10.22"
    assert figures["account", BUYERS, "closing by ledger"] == "2.45"
    assert figures["difference", BUYERS, "unmatched, missing_in_ledger"] == "7.77"
    assert figures["break", "", "missing_in_ledger, 3-7 days"] == "7.77"
    assert figures["holds", "", "not yet swept"] == "1.95"
    told = {row["what"]: row["reference"] for row in rows if row["section"] == "report"}
    assert told["root of the log"] == client.get("month-ends/2026-11").json()["root"]
    pdf = client.get("month-ends/2026-11", format="pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-")
    assert pdf.content == client.get("month-ends/2026-11", format="pdf").content


def test_verbs_say_what_the_routes_do(ledger: Run, client: Client, tmp_path: Path) -> None:
    view = ledger("three-way", *ASKED, "--lines", "--json")
    assert view.status == DONE, view.err
    assert [row["first_day"] for row in view.json["rows"]] == [
        row["first_day"] for row in client.rows("three-way", **DAYS)
    ]
    assert len(view.json["lines"]) == sum(row["lines"] for row in view.json["rows"])
    assert "7.77" in ledger("three-way", "--day", "2026-11-24", "--lines").out
    assert ledger("three-way", "--day", "2026-11-24", "--to", "2026-11-24").status == WRONG_USAGE
    assert ledger("proof-of-holds").status == DONE
    proof = ledger("proof-of-holds", "--bank", "--json")
    assert (proof.status, proof.json["bank"]["lines"][0]["amount_minor"]) == (REFUSED, 777)
    assert "unmatched" in ledger("proof-of-holds", "--bank").out
    told = ledger("float", "--to", AT_END, "--json").json
    assert (told["parts"][0]["days"], told["totals"][0]["minor_days"]) == (3, 19_410)
    assert "planning" in ledger("float", "--to", AT_END, "--exporter", "EXP-1", "--over", "2").out
    files = (str(tmp_path / "november.csv"), str(tmp_path / "november.pdf"))
    ran = ledger("reconciliation", "report", "--month", "2026-11", "--csv", files[0], "--pdf", files[1])
    assert ran.status == DONE, ran.err
    assert "root of the log" in ran.out
    assert Path(files[0]).read_bytes() == client.get("month-ends/2026-11", format="csv").content
    assert Path(files[1]).read_bytes() == client.get("month-ends/2026-11", format="pdf").content
    assert ledger("reconciliation", "report", "--month", "2026-13").status == WRONG_USAGE

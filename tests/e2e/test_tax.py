"""Tax certificates over HTTP and on the command line: to each partner its own, as tables, JSON, CSV and PDF."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.composition import House, connected
from api.identity.caller import Caller
from ledger.postgres import EmbeddedPostgres
from tests.command_line import DONE, WRONG_USAGE, Run
from tests.e2e.test_http import Client, problem
from tests.troubles import OTHER_PARTNER, PARTNER, troubled_book

QUARTER = "2026-27-Q4"


@pytest.fixture(scope="module")
def dsn(postgres: EmbeddedPostgres, template: str) -> Iterator[str]:
    """Return the DSN of a database whose book `main` has commission that was taxed, and partly taken back."""
    with troubled_book(postgres, template, database="tax_told"):
        yield postgres.dsn("tax_told")


@pytest.fixture(scope="module")
def house(dsn: str) -> Iterator[House]:
    with connected(dsn) as opened:
        yield opened


def asked_by(house: House, caller: Caller, **query: str) -> list[dict[str, object]]:
    with Client(house, "main", caller=caller) as client:
        rows: list[dict[str, object]] = client.rows("tax/certificates", **query)
        return rows


def partner(key: str) -> Caller:
    return Caller(f"partner:{key}", "partner", key)


def test_partner_sees_its_own_and_no_other_and_finance_all(house: House) -> None:
    finance = Caller("finance:FIN-1", "finance")
    own = asked_by(house, partner(PARTNER), quarter=QUARTER)
    assert [row["partner"] for row in own] == [PARTNER]
    assert own == asked_by(house, finance, quarter=QUARTER)
    assert own == asked_by(house, finance, quarter=QUARTER, partner=PARTNER)
    assert asked_by(house, partner(OTHER_PARTNER), quarter=QUARTER) == []
    assert asked_by(house, partner(OTHER_PARTNER), quarter=QUARTER, partner=PARTNER) == []
    assert asked_by(house, partner(PARTNER), quarter="2026-27-Q1") == []


def test_amounts_are_money_and_lines_name_their_events(house: House) -> None:
    (row,) = asked_by(house, partner(PARTNER), quarter=QUARTER)
    totals = {total["code"]: total for total in row["totals"]}  # type: ignore[attr-defined]
    assert totals["1006"]["deducted"] == {"currency": "INR", "minor": 40_000}
    assert totals["1006"]["given_back"] == {"currency": "INR", "minor": -4_000}
    lines = row["lines"]
    assert isinstance(lines, list)
    assert {(line["levy"], line["kind"]) for line in lines} == {
        (tax, kind) for tax in ("withheld", "gst") for kind in ("deducted", "given_back")
    }
    with Client(house, "main") as client:
        (event,) = client.rows("events", after=lines[0]["position"] - 1, limit=1)
    assert event["originator_id"] == lines[0]["reference"]


def test_quarter_that_cannot_be_meant_is_told(house: House) -> None:
    with Client(house, "main") as client:
        problem(client.get("tax/certificates", quarter="2026-28-Q1"), 400, "quarter.malformed")
        assert client.rows("tax/certificates", quarter="2027-Q1", year_begins=1)
        assert client.get("tax/certificates").status_code == 200


def test_verb_shows_writes_and_prints_the_same_figures(trade_ledger: Run, tmp_path: Path) -> None:
    asked = ("tax", "certificates", "--partner", PARTNER, "--quarter", QUARTER)
    shown = trade_ledger(*asked)
    assert shown.status == DONE, shown.err
    assert "1006" in shown.out
    (told,) = trade_ledger(*asked, "--json").json
    assert {total["code"]: total["net_minor"] for total in told["totals"]} == {"1006": 36_000, "forward": 648_000}
    table, printed = tmp_path / "tax.csv", tmp_path / "tax.pdf"
    assert trade_ledger(*asked, "--csv", str(table), "--pdf", str(printed)).status == DONE
    rows = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8"))))
    assert len(rows) == len(told["lines"])
    assert printed.read_bytes().startswith(b"%PDF-")
    assert "Nothing was withheld" in trade_ledger(*asked[:-1], "2026-27-Q1").out
    wrong = trade_ledger(*asked[:-1], "soon", "--json")
    assert (wrong.status, wrong.json["code"]) == (WRONG_USAGE, "quarter.malformed")

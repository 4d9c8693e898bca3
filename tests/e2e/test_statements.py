"""Statements of account on the command line and over HTTP: in every form, by both orders, at a moment."""

import csv
import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from api.composition import House, connected
from api.listing.cursor import bound_to, cursor_text
from tests.command_line import DONE, REFUSED, WRONG_USAGE, Run
from tests.e2e.test_http import Client, placed, problem

CARD = "clearing:card"
PATH = f"accounts/{CARD}/statement"


class Payments(NamedTuple):
    """A book of January's payments, the last of them late, and the positions of all."""

    client: Client
    dsn: str
    positions: list[int]


@pytest.fixture(scope="module")
def payments(shared_database: str) -> Iterator[Payments]:
    """Open a book to which 100.00, 50.00 and 25.00 USD were paid: of 10, 20 and 15 January, in this order."""
    with connected(shared_database) as house:
        house.book("main").found()
        with Client(house, "main") as client:
            agree(client)
            paid = (("2026-01-10", 10_000), ("2026-01-20", 5_000), ("2026-01-15", 2_500))
            yield Payments(client, shared_database, [pay(client, day, minor) for day, minor in paid])


@pytest.fixture
def dsn(payments: Payments) -> str:
    """Return the database of the payments, which the command line reads."""
    return payments.dsn


@pytest.fixture
def house(database: str) -> Iterator[House]:
    """Open the test's own database, which HTTP changes."""
    with connected(database) as opened:
        yield opened


@pytest.fixture
def client(client: Client) -> Client:
    """Open a book of the test's own, with an order that is to be paid."""
    agree(client)
    return client


def agree(client: Client) -> None:
    client.done("orders", placed(steps=[], amount_minor=30_000, occurred_at="2026-01-10T08:00:00Z"))
    client.done("orders/PO-1/accept", {"occurred_at": "2026-01-10T08:30:00Z"})


def pay(client: Client, day: str, amount_minor: int) -> int:
    """Pay by card, of a day, and return the payment's position."""
    amount = {"minor": amount_minor, "currency": "USD"}
    paid = client.done("orders/PO-1/pay", {"amount": amount, "account": CARD, "occurred_at": f"{day}T09:00:00Z"})
    position: int = paid["first_position"]
    return position


@pytest.fixture
def ledger(trade_ledger: Run) -> Run:
    """Return `trade-ledger account-statement`."""
    return partial(trade_ledger, "account-statement")


def amounts_of(lines: list[dict[str, Any]]) -> list[tuple[int, ...]]:
    """Return debits and the balances around them, in minor units; HTTP says money, the command line minor units."""
    names = ("debit", "balance_before", "balance_after")
    return [tuple(line[name]["minor"] if name in line else line[f"{name}_minor"] for name in names) for line in lines]


ALL_BY_DAY = [(10_000, 0, 10_000), (2_500, 10_000, 12_500), (5_000, 12_500, 17_500)]


class TestCommandLine:
    def test_a_table_leads_from_balance_to_balance(self, ledger: Run) -> None:
        ran = ledger(CARD, "--from", "2026-01-11", "--to", "2026-01-31")
        assert ran.status == DONE, ran
        rows = [line for line in ran.out.splitlines() if line.startswith("│")]
        assert [row.split()[-2] for row in rows if ".00" in row] == ["100.00", "125.00", "175.00", "175.00"]
        assert "opening balance" in rows[0]
        assert "closing balance" in rows[-1]
        assert "late" in ran.out
        assert "hold:PO-1" in ran.out

    def test_a_table_tells_how_many_lines_it_leaves_out(self, ledger: Run) -> None:
        ran = ledger(CARD, "--limit", "1")
        assert "and 2 more lines" in ran.out
        assert "closing balance" in ran.out

    def test_json_has_every_line(self, ledger: Run) -> None:
        said = ledger(CARD, "--json").json
        assert amounts_of(said["lines"]) == ALL_BY_DAY
        assert [line["late"] for line in said["lines"]] == [False, True, False]
        assert said["statements"][0]["closing_balance_minor"] == 17_500

    def test_what_came_late_was_not_known_before(self, ledger: Run, payments: Payments) -> None:
        before = str(payments.positions[1])
        said = ledger(CARD, "--to", "2026-01-20", "--at-position", before, "--json").json
        assert amounts_of(said["lines"]) == [(10_000, 0, 10_000), (5_000, 10_000, 15_000)]

    def test_by_recording_it_is_the_last(self, ledger: Run, payments: Payments) -> None:
        first, _, last = map(str, payments.positions)
        said = ledger(CARD, "--by", "recording", "--from", first, "--to", last, "--json").json
        assert amounts_of(said["lines"]) == [(5_000, 10_000, 15_000), (2_500, 15_000, 17_500)]

    def test_by_recording_bounds_may_be_times(self, ledger: Run) -> None:
        recorded = [line["recorded_at"] for line in ledger(CARD, "--by", "recording", "--json").json["lines"]]
        said = ledger(CARD, "--by", "recording", "--from", recorded[0], "--to", recorded[1], "--json").json
        assert amounts_of(said["lines"])[-1:] == [(5_000, 10_000, 15_000)]

    def test_csv_and_pdf_are_files_that_appear_whole(self, ledger: Run, tmp_path: Path) -> None:
        for form, begins in (("csv", b"account,currency,row"), ("pdf", b"%PDF-")):
            file = tmp_path / f"statement.{form}"
            file.write_bytes(b"what stood there")
            ran = ledger(CARD, f"--{form}", str(file))
            assert (ran.status, ran.out) == (DONE, f"statement of {CARD}: 3 lines in {file}\n")
            assert file.read_bytes().startswith(begins)
            assert sorted(path.name for path in tmp_path.glob("[.s]*")) == sorted({"statement.csv", file.name})

    def test_csv_goes_to_standard_output(self, ledger: Run) -> None:
        ran = ledger(CARD, "--csv", "-")
        rows = list(csv.DictReader(io.StringIO(ran.out, newline="")))
        assert [row["balance_after"] for row in rows] == ["0.00", "100.00", "125.00", "175.00", "175.00"]

    @pytest.mark.parametrize(
        ("arguments", "status", "said"),
        [
            (("piggy-bank",), WRONG_USAGE, "account.unknown"),
            (("hold:NOBODY",), REFUSED, "account.never_posted"),
            ((CARD, "--currency", "JPY"), REFUSED, "account.never_posted"),
            ((CARD, "--from", "yesterday"), WRONG_USAGE, "statement.malformed: field=from"),
            ((CARD, "--to", "2026-02-30"), WRONG_USAGE, "statement.malformed: field=to"),
            ((CARD, "--from", "2026-01-02", "--to", "2026-01-01"), WRONG_USAGE, "2026-01-01 is before 2026-01-02"),
            ((CARD, "--by", "recording", "--to", "2026-01-01"), WRONG_USAGE, "not a position"),
            ((CARD, "--by", "recording", "--to", "2026-01-01T00:00:00"), WRONG_USAGE, "has no time zone"),
            ((CARD, "--by", "recording", "--to", "99999"), REFUSED, "moment.ahead"),
            ((CARD, "--by", "recording", "--at-position", "3"), WRONG_USAGE, "statement.malformed: field=to"),
            ((CARD, "--at-position", "99999"), REFUSED, "moment.ahead"),
            ((CARD, "--csv", "-", "--json"), WRONG_USAGE, "one of them at a time"),
            ((CARD, "--pdf", "/no/such/folder/x.pdf"), WRONG_USAGE, "file.unwritable"),
        ],
    )
    def test_what_cannot_be_is_one_line_of_why(
        self, ledger: Run, arguments: tuple[str, ...], status: int, said: str
    ) -> None:
        ran = ledger(*arguments)
        told = ran.out if "--json" in arguments else ran.err
        assert ran.status == status, ran
        assert said in told


class TestHttp:
    def test_json_is_the_statement(self, payments: Payments) -> None:
        answer = payments.client.get(PATH)
        said = answer.json()
        assert amounts_of(said["items"]) == ALL_BY_DAY
        assert said["position"] == said["statements"][0]["extent"]["closing"]["position"]
        assert said["next"] is None
        assert answer.headers["ledger-position"] == str(said["statements"][0]["extent"]["closing"]["position"])

    @pytest.mark.parametrize("by", ["posting-date", "recording"])
    @pytest.mark.parametrize("limit", [1, 2, 3])
    def test_pages_are_the_statement_cut_up(self, payments: Payments, by: str, limit: int) -> None:
        whole = payments.client.get(PATH, by=by).json()["items"]
        lines, cursor = [], None
        for _ in range(-(-3 // limit)):
            page = payments.client.get(PATH, by=by, limit=limit, **({"cursor": cursor} if cursor else {})).json()
            lines += page["items"]
            cursor = page["next"]
        assert cursor is None
        assert lines == whole

    @pytest.mark.parametrize("by", ["posting-date", "recording"])
    def test_the_next_page_is_of_the_book_as_the_first_page_found_it(self, client: Client, by: str) -> None:
        """Paid meanwhile, for an earlier day: it is no line, and the balances go on from page to page."""
        pay(client, "2026-01-10", 10_000)
        pay(client, "2026-01-20", 5_000)
        first = client.get(PATH, by=by, limit=1).json()
        pay(client, "2026-01-01", 99)
        second = client.get(PATH, by=by, limit=1, cursor=first["next"]).json()
        assert amounts_of(first["items"] + second["items"]) == [(10_000, 0, 10_000), (5_000, 10_000, 15_000)]
        assert (second["statements"], second["next"]) == (first["statements"], None)
        assert client.get(PATH, by=by).json()["statements"][0]["closing_balance"]["minor"] == 15_099

    def test_moments_cut_it_as_they_cut_every_read(self, payments: Payments) -> None:
        said = payments.client.get(PATH, at_position=payments.positions[0]).json()
        assert amounts_of(said["items"]) == ALL_BY_DAY[:1]
        assert (
            payments.client.get(PATH, to="2026-01-15").json()["items"] == payments.client.get(PATH).json()["items"][:2]
        )

    @pytest.mark.parametrize(
        "asked", [{"params": {"format": "csv"}}, {"headers": {"accept": "text/csv;q=0.9, application/json"}}]
    )
    def test_csv_comes_by_format_or_by_accept(self, payments: Payments, asked: dict[str, Any]) -> None:
        answer = payments.client.run(payments.client.ask("GET", PATH, **asked))
        assert answer.headers["content-type"].startswith("text/csv")
        assert answer.headers["content-disposition"] == 'attachment; filename="clearing-card.csv"'
        rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
        assert [row["debit"] for row in rows] == ["", "100.00", "25.00", "50.00", ""]

    def test_pdf_is_the_file_that_the_command_line_writes(
        self, payments: Payments, ledger: Run, tmp_path: Path
    ) -> None:
        position = str(payments.positions[-1])
        assert ledger(CARD, "--at-position", position, "--pdf", str(tmp_path / "x.pdf")).status == DONE
        answer = payments.client.get(PATH, at_position=position, format="pdf")
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.content == (tmp_path / "x.pdf").read_bytes()

    def test_what_cannot_be_is_a_problem(self, payments: Payments) -> None:
        get = payments.client.get
        assert problem(get("accounts/piggy-bank/statement"), 400, "account.unknown") == {"account": "piggy-bank"}
        never = problem(get("accounts/hold:NOBODY/statement"), 404, "account.never_posted")
        assert (never["account"], never["currency"]) == ("hold:NOBODY", None)
        problem(get(PATH, at_position=10**6), 404, "moment.ahead")
        assert problem(get(PATH, as_of="2026-01-15"), 400, "statement.malformed")["field"] == "as_of"
        assert problem(get(PATH, by="recording", known_at="2026-01-15"), 400, "statement.malformed")["field"] == "to"
        book, last = payments.client.book, payments.positions[-1]
        binding = bound_to(book.rpartition("/")[2], f"{book}/{PATH}", "operator", "")
        day = "2026-01-15"
        for wrong in (["USD", day, 1, 1], ["EUR", day, 1, 1], "USD", ["USD", "2026-02-30", 1, 1], ["USD", day, "x", 1]):
            cursor = cursor_text(binding, last, None, wrong)
            problem(get(PATH, cursor=cursor), 400, "request.cursor_malformed")
        ahead = cursor_text(binding, 99_999, None, ["USD", day, 1, 1])
        problem(get(PATH, cursor=ahead), 404, "moment.ahead")
        csv_page = problem(get(PATH, cursor=ahead, format="csv"), 400, "statement.malformed")
        assert csv_page["problem"] == "only JSON comes in pages"
        problem(get(PATH, format="docx"), 400, "request.parameter_malformed")
        problem(get(PATH, by="weather"), 400, "request.parameter_malformed")

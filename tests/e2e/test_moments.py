"""Every read at a moment, over HTTP and on the command line: by position, by recorded time, by posting date."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from msgspec.structs import replace

from api.app import BOOK, app_of
from api.cli import app
from api.composition import connected
from domain import commands
from domain.money import to_major
from ledger.outcomes import Accepted
from ledger.pool import open_pool
from ledger.postgres import EmbeddedPostgres
from tests.books import Book, pay, place_order
from tests.command_line import DONE, REFUSED, WRONG_USAGE, Ran, Run
from tests.e2e.test_http import Client, paid, placed, problem
from tests.e2e.test_strangers import export, pay_out
from tests.troubles import troubled_book

PARAMETERS = {"at_position", "known_at", "as_of"}
NO_MOMENT = (
    *("audit", "counterfactual", "evidence", "log", "periods", "webhooks", "events/stream"),
    *("bank-accounts", "bank-statements", "bank-entries", "bank-matches", "open-items", "reconciliation", "breaks"),
    "settlements",
)
"""What names its own span of the log, or never changes: a trail, a replay, a document, a proof, a sealed period, what
is told from now on; and the bank beside the ledger, which is work to be done now."""

READS = {
    "balances": "balances --all",
    "trial-balance": "trial-balance",
    "journal": "journal --limit 1000",
    "events": "events --limit 1000",
    "orders": "orders",
    "orders/PO-B": "order PO-B",
    "orders/PO-A/timeline": "timeline PO-A",
    "disputes": "disputes",
    "orders/PO-D/disputes/2": "dispute PO-D/2",
    "orders/PO-D/disputes/1/timeline": "timeline PO-D/1",
    "deadlines": "deadlines",
    "commissions": "commissions",
    "rulebooks": "rulebook list",
    "rulebooks/troubled/1": "rulebook show troubled/1",
    "rulebooks/standard/1/diff/troubled/1": "rulebook diff standard/1 troubled/1",
    "parties": "parties",
    "parties/EXP-T": "party show EXP-T",
    "watchlists": "watchlist list",
    "payees/EXP-T/USD": "payee show EXP-T USD",
    "agreements/AG-T": "agreement show AG-T",
    "payees": "payout payees",
    "payouts": "payout status",
    "payouts/P-EXP-T": "payout status P-EXP-T",
    "payouts/P-EXP-T/advice": "payout advice P-EXP-T",
    "receivables": "realisation due",
    "receivables/SB-T": "realisation show SB-T",
    "remittances": "realisation remittances",
    "remittances/IRM-T": "realisation remittance IRM-T",
}
"""What is asked over HTTP, and the verb that says the same."""

SINGLE = {
    *("orders/PO-B", "orders/PO-D/disputes/2", "rulebooks/troubled/1", "parties/EXP-T", "payees/EXP-T/USD"),
    *("agreements/AG-T", "receivables/SB-T", "remittances/IRM-T", "payouts/P-EXP-T", "payouts/P-EXP-T/advice"),
}
"""Of these, what has no pages."""

OVER_HTTP_ONLY = {
    *("version", "links", "allowed", "request"),
    *("deliver_by", "line_count", "steps", "receipt", "received_at", "claims_ended"),
}
"""What stands in a resource only, and what an order has there beside its row in the list."""


@pytest.fixture(scope="module")
def dsn(postgres: EmbeddedPostgres, template: str) -> Iterator[str]:
    """Return the DSN of a database whose book `main` is full of troubles, and knows of a sanctions list."""
    with troubled_book(postgres, template, database="moments_shown") as book:
        book.say(commands.RecordWatchlist(list_name="UNSC", version="1", sha256="a1" * 32))
        export(book, "T", "EXP-T", "PO-D")
        pay_out(book, "EXP-T")
        yield postgres.dsn("moments_shown")


@pytest.fixture
def log(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.rows("events", limit=1_000)
    return found


def test_every_route_that_reads_a_book_takes_a_moment() -> None:
    for path, asked in app_of().openapi()["paths"].items():
        below = path.removeprefix(BOOK).lstrip("/")
        if path.endswith(("/evidence-pack", "/content")):
            continue  # all that happened, until it is made; a file that never changes
        if "get" in asked and path.startswith(BOOK) and not {below, below.partition("/")[0]} & {*NO_MOMENT}:
            assert {each["name"] for each in asked["get"]["parameters"]} >= PARAMETERS, path


def test_every_verb_here_takes_a_moment() -> None:
    for said in READS.values():
        command: Any = typer.main.get_command(app)
        for word in said.split():
            command = getattr(command, "commands", {}).get(word, command)
        assert {parameter.name for parameter in command.params} >= PARAMETERS, said


def _without(told: Any, names: Iterable[str]) -> Any:
    return {name: value for name, value in told.items() if name not in names} if isinstance(told, dict) else told


def _without_allowed(told: Any) -> Any:
    """Return an answer without what may be said next: that is told of the present only."""
    return _without(told, {"allowed"})


def _whole(path: str) -> dict[str, int]:
    """Return how a read is asked for with all of its rows."""
    return {} if path in SINGLE else {"limit": 1_000}


def _as_said(told: Any) -> Any:
    """Return an answer, over HTTP or of a verb, as both say it."""
    return _leveled(told["items"] if "items" in told else _without(told, OVER_HTTP_ONLY))


def _leveled(told: Any) -> Any:
    """Return what is said with amounts as plain numbers: over HTTP they are money, on the command line minor units."""
    if isinstance(told, list):
        return [_leveled(each) for each in told]
    if not isinstance(told, dict):
        return told
    if set(told) == {"minor", "currency"}:
        return told["minor"]
    return {name.removesuffix("_minor"): _leveled(value) for name, value in told.items()}


@pytest.mark.parametrize("path", READS)
def test_at_the_last_position_a_read_is_the_present(client: Client, log: list[dict[str, Any]], path: str) -> None:
    head = log[-1]["position"]
    present = client.get(path, min_position=head, **_whole(path))
    is_list = "items" in present.json()
    assert (present.status_code, "ledger-position" in present.headers) == (200, is_list)
    for moment in ({"at_position": head}, {"known_at": log[-1]["recorded_at"]}, {"as_of": "9999-12-31"}):
        then = client.get(path, **_whole(path), **moment)
        assert _without_allowed(then.json()) == _without_allowed(present.json()), moment
        assert then.headers["ledger-position"] == str(head)
    for moment in ({"at_position": 0}, {"known_at": "2000-01-01"}, {"as_of": "2000-01-01"}):
        assert client.get(path, **moment).json() != present.json(), moment


@pytest.mark.parametrize("path", READS)
def test_a_verb_says_what_its_route_says(client: Client, ledger: Run, log: list[dict[str, Any]], path: str) -> None:
    early, half = log[40], log[len(log) // 2]
    for moment in (
        {"known_at": half["recorded_at"], "as_of": early["posting_date"]},
        {"at_position": early["position"], "as_of": half["posting_date"]},
    ):
        options = [part for name, value in moment.items() for part in (f"--{name.replace('_', '-')}", str(value))]
        said = ledger(*READS[path].split(), *options, "--json")
        answered = client.get(path, **_whole(path), **moment)
        assert _as_said(said.json) == _as_said(answered.json())
        assert (said.status == DONE) == (answered.status_code == 200)


def test_what_was_not_yet_recorded_is_not_there(client: Client, ledger: Run, log: list[dict[str, Any]]) -> None:
    first = next(event for event in log if event["originator_id"] == "order:PO-B")["position"]
    before = {"at_position": first - 1}
    problem(client.get("orders/PO-B", **before), 404, "order.not_found")
    problem(client.get("orders/PO-B/timeline", **before), 404, "order.not_found")
    problem(client.get("orders/PO-B/disputes/1", at_position=first), 404, "dispute.not_found")
    assert client.get("orders/PO-B", at_position=first).json()["status"] == "placed"
    assert client.rows("balances", at_position=0) == client.rows("orders", at_position=0) == []
    refused = ledger("order", "PO-B", "--at-position", "1")
    assert (refused.status, "order.not_found" in refused.err) == (REFUSED, True)
    problem(client.get("agreements/AG-T", at_position=5), 404, "agreement.not_found")
    problem(client.get("parties/EXP-T", as_of="2026-01-01"), 404, "party.not_found")
    problem(client.get("rulebooks/troubled/1", at_position=1), 404, "rulebook.not_found")
    problem(client.get("payees/EXP-T/USD", at_position=1), 404, "reference.not_found")


def test_the_latest_dispute_is_that_of_the_moment(ledger: Run, log: list[dict[str, Any]]) -> None:
    second = next(event for event in log if event["originator_id"] == "dispute:PO-D/2")
    before = ledger("dispute", "PO-D", "--at-position", str(second["position"] - 1), "--json").json
    assert (before["dispute"], ledger("dispute", "PO-D", "--json").json["dispute"]) == ("PO-D/1", "PO-D/2")
    screen = ledger("dispute", "PO-D", "--at-position", str(second["position"]))
    assert f"Dispute PO-D/2, USD, at position {second['position']}" in _unwrapped(screen)


def test_one_account_is_asked_for_by_name(client: Client, ledger: Run) -> None:
    (balance,) = [one for one in client.rows("balances") if one["account"] == "hold:PO-I"]
    assert client.rows("balances", account="hold:PO-I") == [balance]
    assert client.rows("balances", account="hold:PO-404") == []
    problem(client.get("balances", account="hold:\0"), 400, "account.unknown")
    (row,) = ledger("balances", "--account", "hold:PO-I", "--json").json
    assert balance == {
        "account": row["account"],
        "currency": row["currency"],
        "balance": {"minor": row["balance_minor"], "currency": row["currency"]},
    }


def test_tables_say_which_moment_they_show(ledger: Run) -> None:
    shown = ledger("balances", "--at-position", "100", "--as-of", "2026-11-22")
    assert "Balances of book main, at position 100, posted up to 2026-11-22" in _unwrapped(shown)
    assert "at position" not in _unwrapped(ledger("balances"))
    assert "Orders of book main, at position 100" in _unwrapped(ledger("orders", "--at-position", "100"))


def _unwrapped(shown: Ran) -> str:
    return " ".join(shown.out.split())


@pytest.mark.parametrize(
    ("moment", "field"),
    [
        ({"known_at": "2026-11-22T09:00:00"}, "known_at"),
        ({"known_at": "yesterday"}, "known_at"),
        ({"known_at": "0001-01-01T00:00:00+14:00"}, "known_at"),
        ({"known_at": "2026-11-31"}, "known_at"),
        ({"as_of": "2026-11-31"}, "as_of"),
        ({"as_of": "20261122"}, "as_of"),
        ({"as_of": "2026-W47"}, "as_of"),
        ({"as_of": "1700000000"}, "as_of"),
        ({"as_of": ""}, "as_of"),
        ({"known_at": "", "as_of": ""}, "known_at"),
        ({"as_of": "never", "at_position": "999999"}, "as_of"),
    ],
)
def test_what_is_no_moment_is_refused_by_name(client: Client, ledger: Run, moment: dict[str, str], field: str) -> None:
    for path in ("balances", "events"):
        assert problem(client.get(path, **moment), 400, "moment.malformed")["field"] == field
    options = [part for name, value in moment.items() for part in (f"--{name.replace('_', '-')}", value)]
    said = ledger("orders", *options, "--json")
    assert (said.status, said.json["code"], said.json["details"]["field"]) == (WRONG_USAGE, "moment.malformed", field)


@pytest.mark.parametrize("path", ["balances", "orders/PO-A", "events"])
def test_what_is_yet_to_be_recorded_is_refused(client: Client, log: list[dict[str, Any]], path: str) -> None:
    ahead = problem(client.get(path, at_position=log[-1]["position"] + 1), 404, "moment.ahead")
    assert ahead == {"at_position": log[-1]["position"] + 1, "head": log[-1]["position"]}
    assert client.get(path, at_position=-1).status_code == 400
    assert client.get(path, at_position=2**63).status_code == 400


def test_a_day_is_known_to_its_end(client: Client, log: list[dict[str, Any]]) -> None:
    for day in sorted({event["recorded_at"][:10] for event in log}):
        last = max(event["position"] for event in log if event["recorded_at"][:10] <= day)
        assert client.get("orders", known_at=day).headers["ledger-position"] == str(last)
    assert client.get("orders", known_at="1999-01-01").headers["ledger-position"] == "0"


def test_a_read_of_a_moment_waits_for_the_read_side(database: str) -> None:
    with connected(database) as house:
        house.book("main").found()
        with Client(house, "main") as client:
            client.done("orders", placed())
            client.done("orders/PO-1/accept")
            client.done("orders/PO-1/pay", paid(10_000))
            assert client.rows("balances") == []
            assert client.rows("balances", as_of="9999-12-31") != []
            assert client.rows("balances") != []


DOCUMENT = Path(__file__).parents[2] / "docs" / "moments.md"


def test_the_late_bank_fact_of_the_guide_is_as_told(
    ledger: Run, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_pool(database, connections_max=2) as pool, Book.opened(pool) as book:
        for command in (place_order("PO-1", amount_minor=100_000), commands.AcceptOrder(order="PO-1")):
            book.say(command)
        book.clock.move(days=2)
        first = book.say(pay("PO-1", 60_000))
        book.clock.move(days=7)
        late = replace(book.submission(pay("PO-1", 40_000)), occurred_at=datetime(2026, 11, 25, 15, tzinfo=UTC))
        second = book.writer.submit(late).result(timeout=30)
    assert isinstance(second, Accepted)
    told = DOCUMENT.read_text()
    events = re.findall(r"^\| ([\d.]+) received \| (\S+) \| (\S+) \| (\d+) \|$", told, re.MULTILINE)
    monkeypatch.setenv("LEDGER_DATABASE_URL", database)
    log = {event["position"]: event for event in ledger("events", "--json").json}
    for (amount, occurred, recorded, position), outcome in zip(events, (first, second), strict=True):
        event = log[int(position)]
        assert outcome.first_position <= int(position) <= outcome.last_position
        assert to_major(event["event"]["amount_minor"], "USD") == amount
        assert (event["occurred_at"][:10], event["posting_date"], event["recorded_at"][:10]) == (
            occurred,
            occurred,
            recorded,
        )
    answers = re.findall(r"^\| (nothing|`--.*`) \| ([\d.]+) \| ", told, re.MULTILINE)
    assert len(answers) > 5
    for said, balance in answers:
        options = [] if said == "nothing" else said.strip("`").split()
        (found,) = ledger("balances", "--account", "hold:PO-1", *options, "--json").json or [{"balance_minor": 0}]
        assert to_major(found["balance_minor"], "USD") == balance, said

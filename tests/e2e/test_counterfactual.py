"""What other rules would have decided, asked over HTTP and on the command line."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import REFUSED, WRONG_USAGE, Run
from tests.e2e.test_http import Client, paid, placed, problem


@pytest.fixture
def client(client: Client) -> Client:
    """Open the book `main` to HTTP: PO-1 whole under `standard/1`, which takes no fee; `standard/2`, a draft, does."""
    client.done("rulebooks", {"rulebook": "standard/2", "rules": {"service_fee_bps": 500, "claim_days": 40}})
    client.done("orders", placed())
    client.done("orders/PO-1/accept")
    client.done("orders/PO-1/pay", paid(10_000))
    client.done("orders/PO-1/pay", paid(20_000, step=2))
    for verb in ("dispatch", "deliver", "confirm"):
        client.done(f"orders/PO-1/{verb}")
    client.done("orders", placed("PO-2"))
    return client


@pytest.fixture
def ledger(client: Client, trade_ledger: Run) -> Run:
    """Return `trade-ledger counterfactual` on the same database."""
    assert client.book
    return partial(trade_ledger, "counterfactual")


def amounts(view: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Return what was and what would have been, in minor units, by kind; HTTP says money."""
    rows = [row for row in view["differences"] if row["measure"] == "minor"]
    return {row["kind"]: (_minor(row["real"]), _minor(row["would_be"])) for row in rows}


def _minor(amount: Any) -> int:
    minor: int = amount["minor"] if isinstance(amount, dict) else amount
    return minor


def test_a_draft_is_asked_over_http_what_it_would_have_taken(client: Client) -> None:
    size = client.rows("events", after=0, limit=1_000)[-1]["position"]
    view = client.get("counterfactual", rulebook="standard/2").json()
    assert amounts(view) == {"fee": (0, 1_500), "net": (30_000, 28_500)}
    assert (view["orders"], view["from_position"], view["to_position"]) == (1, 1, size)
    assert {row["order"] for row in view["differences"]} == {"PO-1"}
    claims = next(row for row in view["differences"] if row["kind"] == "deadline claims")
    assert (claims["measure"], claims["difference"], claims["rules"]) == ("instant", 10 * 86_400, ["claim_days"])
    fees = next(row for row in view["totals"] if row["kind"] == "fee")
    assert (fees["compared"], fees["difference"]) == (1, {"minor": 1_500, "currency": "USD"})
    assert any("what people did" in line for line in view["held_fixed"])
    assert client.rows("events", after=size) == []


def test_a_range_days_and_an_order_choose_what_is_asked(client: Client) -> None:
    def asked(**query: object) -> Any:
        return client.get("counterfactual", rulebook="standard/2", **query).json()

    assert asked(order="PO-2")["differences"] == []
    assert asked(**{"from": 1, "to": 6})["differences"] == []
    assert asked(until="2020-01-01")["totals"] == []
    assert amounts(asked(since="2020-01-01", order="PO-1")) == {"fee": (0, 1_500), "net": (30_000, 28_500)}
    limited = asked(limit=1)
    assert (len(limited["differences"]), limited["differing"] > 1) == (1, True)


def test_what_cannot_be_asked_is_a_problem(client: Client) -> None:
    assert problem(client.get("counterfactual", rulebook="standard/9"), 404, "rulebook.not_found")
    assert problem(client.get("counterfactual", rulebook="standard/2", order="PO-9"), 404, "order.not_found")
    assert "query.rulebook" in problem(client.get("counterfactual"), 400, "request.parameter_malformed")
    malformed = client.get("counterfactual", **{"rulebook": "standard/2", "from": 0})
    assert "query.from" in problem(malformed, 400, "request.parameter_malformed")


def test_people_read_tables_and_what_is_held_fixed(ledger: Run) -> None:
    shown = ledger("--rulebook", "standard/2").out
    assert "300.00 USD" in shown
    assert "-15.00" in shown
    assert "+10 days, 0:00:00" in shown
    assert "Held fixed, not guessed:" in shown
    assert "what people did, and when" in shown
    assert "--limit shows more" in ledger("--rulebook", "standard/2", "--limit", "1").out


def test_a_file_changes_a_version_or_each_orders_own_rules(ledger: Run, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text("service_fee_tax_bps = 1000\n", encoding="utf-8")
    with_file = ledger("--rulebook", "standard/2", "--rules", str(rules), "--json").json
    assert amounts(with_file) == {"fee": (0, 1_500), "tax": (0, 150), "net": (30_000, 28_350)}
    assert ledger("--rules", str(rules), "--json").json["differing"] == 0
    rules.write_text("service_fee_bps = 100\n", encoding="utf-8")
    own = ledger("--rules", str(rules), "--order", "PO-1", "--json").json
    assert amounts(own) == {"fee": (0, 300), "net": (30_000, 29_700)}
    assert own["differing"] == 2


@pytest.mark.parametrize(
    ("content", "code"),
    [("service_fee = 1\n", "rulebook.file_malformed"), ("service_fee_bps = -1\n", "rulebook.rules_malformed")],
)
def test_a_file_that_is_no_rules_is_wrong_usage(ledger: Run, tmp_path: Path, content: str, code: str) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(content, encoding="utf-8")
    refused = ledger("--rules", str(rules), "--json")
    assert (refused.status, refused.json["code"]) == (WRONG_USAGE, code)


def test_no_rules_at_all_is_wrong_usage(ledger: Run) -> None:
    assert ledger().status == WRONG_USAGE
    assert ledger("--rulebook", "standard/9").status == REFUSED

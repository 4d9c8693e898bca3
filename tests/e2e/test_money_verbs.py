"""Money that isn't in a hold, and takeovers, over HTTP and on the command line."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import DONE, REFUSED, WRONG_USAGE, Run
from tests.e2e.test_http import Client, problem, usd

BANK = "bank:safeguarded:hdfc"
SECOND = {"ledger_actor": "operator:second"}
GUIDE = Path(__file__).parents[2] / "docs" / "takeover.md"


@pytest.fixture
def ledger(founded: Run) -> Run:
    return founded


@pytest.fixture
def client(client: Client) -> Client:
    """Open the book `main` to HTTP, where `standard/2` guarantees up to 40.00 USD an order."""
    rules = {"guarantee": {"USD": usd(4_000)}, "four_eyes_where_unlisted": False}
    client.done("rulebooks", {"rulebook": "standard/2", "rules": rules})
    client.done("rulebooks/standard/2/approve", **SECOND)
    client.done("rulebooks/standard/2/publish")
    return client


def owing(client: Client, charged_minor: int = 15_000) -> None:
    """Let EXP-1 be paid 100.00 USD for PO-1 and the buyer's bank take back more than that."""
    line = {"number": 1, "sku": "SKU-1", "quantity": 1, "amount": usd(10_000)}
    placed = {"order": "PO-1", "buyer": "BUY-1", "exporter": "EXP-1", "currency": "USD", "lines": [line]}
    client.done("orders", placed | {"transport_mode": "sea", "ship_by": "2026-12-01", "rulebook": "standard/2"})
    client.done("orders/PO-1/accept")
    client.done("orders/PO-1/pay", {"amount": usd(10_000), "account": "clearing:card"})
    client.done("orders/PO-1/dispatch")
    client.done("orders/PO-1/confirm")
    client.done("orders/PO-1/charge-back", {"amount": usd(charged_minor), "account": "clearing:card"})


def written(tmp_path: Path, **changes: object) -> Path:
    """Return the guide's own example as a file, with these parts of it changed."""
    found = re.search(r"```json\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    path = tmp_path / "legacy.json"
    path.write_text(json.dumps(json.loads(found[1]) | changes), encoding="utf-8")
    return path


def example(tmp_path: Path) -> dict[str, Any]:
    taken: dict[str, Any] = json.loads(written(tmp_path).read_text(encoding="utf-8"))
    return taken


def money_in(value: Any, currency: str) -> Any:
    """Return what a takeover file says as HTTP takes it: each amount as money."""
    if isinstance(value, list):
        return [money_in(each, currency) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name.removesuffix("_minor"): _money(each, currency) if name.endswith("_minor") else money_in(each, currency)
        for name, each in value.items()
    }


def _money(minor: Any, currency: str) -> Any:
    if isinstance(minor, list):
        return [_money(each, currency) for each in minor]
    return {"minor": minor, "currency": currency}


def test_what_an_exporter_owes_is_advanced_paid_back_and_taken_back(client: Client) -> None:
    owing(client)
    assert client.get("payees/EXP-1/USD").json()["balance"] == usd(-5_000)
    client.done("orders/PO-1/advance", {"amount": usd(4_000), "account": BANK})
    problem(client.post("orders/PO-1/repay-advance", {"amount": usd(1), "account": BANK}), 409, "payee.cover_needed")
    client.done("payees/EXP-1/repay", {"amount": usd(5_000), "account": BANK, "reference": "UTR-1"})
    client.done("orders/PO-1/repay-advance", {"amount": usd(4_000), "account": BANK})
    guarantee = client.get("orders/PO-1/guarantee").json()
    assert (
        guarantee
        | {
            "order": "PO-1",
            "currency": "USD",
            "advanced": usd(4_000),
            "repaid": usd(4_000),
            "written_off": usd(0),
            "outstanding": usd(0),
            "pending": [],
        }
        == guarantee
    )
    payee = client.get("payees/EXP-1/USD").json()
    assert (
        payee
        | {
            "party": "EXP-1",
            "currency": "USD",
            "balance": usd(0),
            "by_account": {"payable:exporter": usd(0)},
            "unclaimed_by_account": {},
            "covered": usd(0),
        }
        == payee
    )


def test_what_an_exporter_never_pays_back_is_written_off_by_two(client: Client) -> None:
    owing(client)
    client.done("orders/PO-1/advance", {"amount": usd(4_000), "account": BANK})
    client.done("orders/PO-1/propose-write-off", {"amount": usd(1_000), "reason": "insolvent"})
    client.done("orders/PO-1/propose-write-off", {"amount": usd(3_000), "reason": "insolvent"})
    said = client.post("orders/PO-1/approve-write-off", {"number": 1})
    problem(said, 403, "proposal.approver_is_proposer")
    client.done("orders/PO-1/reject-write-off", {"number": 1, "reason": "still-trading"}, **SECOND)
    assert client.get("orders/PO-1/guarantee").json()["pending"] == [
        {"number": 2, "amount": usd(3_000), "proposed_by": "operator:api"}
    ]
    client.done("orders/PO-1/approve-write-off", {"number": 2}, **SECOND)
    assert client.get("orders/PO-1/guarantee").json()["written_off"] == usd(3_000)
    assert client.get("payees/EXP-1/USD").json()["balance"] == usd(-2_000)


def test_unclaimed_money_is_kept_and_reclaimed(client: Client) -> None:
    owing(client, charged_minor=4_000)
    part = {"account": "payable:exporter"}
    client.done("payees/EXP-1/declare-unclaimed", {"amount": usd(6_000), "reason": "account-closed"} | part)
    assert client.get("payees/EXP-1/USD").json()["unclaimed_by_account"] == {"payable:exporter": usd(6_000)}
    client.done("payees/EXP-1/reclaim", {"amount": usd(6_000), "reason": "turned-up"} | part)
    said = client.post("payees/EXP-1/reclaim", {"amount": usd(1), "reason": "turned-up"} | part)
    assert problem(said, 409, "payee.unclaimed_exceeded")["unclaimed_minor"] == 0


def test_what_nothing_happened_to_is_not_found(client: Client) -> None:
    problem(client.get("payees/EXP-9/USD"), 404, "reference.not_found")
    problem(client.get("orders/PO-9/guarantee"), 404, "reference.not_found")


def test_balances_and_an_order_are_taken_over_by_http(client: Client, tmp_path: Path) -> None:
    file = example(tmp_path)
    order = file["orders"][0]
    balances = {"source": file["source"], "source_sha256": "5c" * 32, "as_of": "2026-10-31"}
    taken = [money_in(each, each["currency"]) for each in file["balances"]]
    client.done("takeovers", balances | {"balances": taken})
    body = {field: value for field, value in order.items() if field != "order"} | {"source": "legacy"}
    body = money_in(body, order["currency"])
    position = client.done("orders/PO-1002/take-over", body)["position"]
    said = client.post("takeovers", balances | {"balances": taken})
    problem(said, 409, "takeover.already_recorded")
    assert client.get("payees/EXP-7/USD").json()["balance"] == usd(700_000)
    assert client.get("orders/PO-1002", min_position=position).json()["held"] == usd(55_000)


def test_money_verbs_on_the_command_line(ledger: Run, client: Client) -> None:
    owing(client)
    on_bank = ("--account", BANK)
    assert ledger("guarantee", "advance", "PO-1", "40.00", "USD", *on_bank).status == DONE
    assert ledger("guarantee", "write-off", "PO-1", "10.00", "USD", "--reason", "insolvent").status == DONE
    shown = ledger("guarantee", "show", "PO-1")
    assert "write-off 1 waits, by operator:cli" in shown.out
    assert ledger("guarantee", "approve-write-off", "PO-1", "1").status == REFUSED
    refused = ledger("guarantee", "reject-write-off", "PO-1", "1", "--reason", "no", "--actor", "operator:second")
    assert refused.status == DONE
    assert ledger("payee", "repay", "EXP-1", "50.00", "USD", *on_bank).status == DONE
    assert ledger("guarantee", "repay", "PO-1", "40.00", "USD", *on_bank).status == DONE
    assert ledger("guarantee", "show", "PO-1", "--json").json["outstanding_minor"] == 0
    too_much = ledger("payee", "repay", "EXP-1", "0.01", "USD", *on_bank, "--json")
    assert (too_much.status, too_much.json["code"]) == (REFUSED, "payee.debt_exceeded")
    assert "payable:exporter" in ledger("payee", "show", "EXP-1", "USD").out
    part = ("--account", "payable:exporter")
    assert ledger("payee", "declare-unclaimed", "EXP-1", "1.00", "USD", *part).status == REFUSED
    assert ledger("payee", "declare-unclaimed", "EXP-1", "1.00", "USD", "--account", "hold").status == WRONG_USAGE
    assert ledger("payee", "show", "EXP-1", "USD", "--json").json["by_account_minor"] == {"payable:exporter": 0}
    assert ledger("payee", "show", "EXP-9", "USD").status == REFUSED
    assert ledger("verify", "--json").json["ok"] is True


def test_unclaimed_money_on_the_command_line(ledger: Run, client: Client) -> None:
    owing(client, charged_minor=4_000)
    part = ("--account", "payable:exporter")
    assert ledger("payee", "declare-unclaimed", "EXP-1", "60.00", "USD", *part).status == DONE
    assert "unclaimed from payable:exporter" in ledger("payee", "show", "EXP-1", "USD").out
    assert ledger("payee", "reclaim", "EXP-1", "60.00", "USD", *part).status == DONE


class TestTakeOver:
    def test_the_guides_example_is_taken_over_once(self, ledger: Run, tmp_path: Path) -> None:
        path = written(tmp_path)
        first = ledger("take-over", str(path), "--json")
        assert first.status == DONE, first
        assert first.json == {
            "source": "legacy-2026",
            "source_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "entries": 4,
            "entries_accepted": 4,
            "entries_unchanged": 0,
            "entries_waiting": 0,
            "rejected": [],
        }
        assert {row["account"]: row["balance_minor"] for row in ledger("balances", "--json").json} == {
            BANK: 1_005_000,
            "payable:exporter:EXP-7": 700_000,
            "refundable:buyer:BUY-1": 250_000,
            "hold:PO-1002": 55_000,
        }
        order = ledger("order", "PO-1002", "--json").json
        assert (order["status"], order["held_minor"], order["released_minor"], order["refunded_minor"]) == (
            "part_dispatched",
            55_000,
            30_000,
            5_000,
        )
        events = len(ledger("events", "--json").json)
        again = ledger("take-over", str(path), "--json")
        assert (again.status, again.json["entries_accepted"], again.json["entries_unchanged"]) == (DONE, 0, 4)
        path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        spaced = ledger("take-over", str(path))
        assert (spaced.status, len(ledger("events", "--json").json)) == (DONE, events)
        assert ledger("verify", "--json").json["ok"] is True
        assert ledger("dispatch", "PO-1002").status == DONE

    def test_a_wrong_entry_is_reported_with_its_place_and_field_and_the_rest_goes_on(
        self, ledger: Run, tmp_path: Path
    ) -> None:
        (good,) = example(tmp_path)["orders"]
        lines = [good["lines"][0] | {"quantity": "six"}, good["lines"][1]]
        bad = [
            good | {"order": "PO-1", "lines": lines},
            good | {"order": "PO-2", "colour": "red"},
            {name: value for name, value in good.items() if name != "buyer"} | {"order": "PO-3"},
            good | {"order": "PO-4", "held_minor": 1},
            good | {"order": "PO-5", "rulebook": "none/1"},
            [],
            good,
            good | {"held_minor": 54_999, "refunded_minor": 5_001},
        ]
        ran = ledger("take-over", str(written(tmp_path, orders=bad, balances=[])), "--json")
        assert ran.status == REFUSED
        rejected = [(each["entry"], each["order"], each["field"], each["code"]) for each in ran.json["rejected"]]
        assert rejected == [
            ("orders[0]", "PO-1", "lines[0].quantity", "takeover.entry_malformed"),
            ("orders[1]", "PO-2", "colour", "takeover.entry_malformed"),
            ("orders[2]", "PO-3", "buyer", "takeover.entry_malformed"),
            ("orders[3]", "PO-4", "held_minor", "takeover.malformed"),
            ("orders[4]", "PO-5", "rulebook", "reference.not_found"),
            ("orders[5]", "", "", "takeover.entry_malformed"),
            ("orders[7]", "PO-1002", "order", "order.already_placed"),
        ]
        assert (ran.json["entries"], ran.json["entries_accepted"]) == (8, 1)

    def test_balances_are_taken_over_together_or_not_at_all(self, ledger: Run, tmp_path: Path) -> None:
        good = example(tmp_path)["balances"]
        bad = [*good, {"account": "hold:PO-1", "currency": "USD", "amount_minor": 1}, {"account": BANK}]
        ran = ledger("take-over", str(written(tmp_path, balances=bad)), "--json")
        assert ran.status == REFUSED
        assert [(each["entry"], each["field"], each["code"]) for each in ran.json["rejected"]] == [
            ("balances[3]", "account", "account.unfit"),
            ("balances[4]", "amount_minor", "takeover.entry_malformed"),
        ]
        assert (ran.json["entries_accepted"], ran.json["entries_waiting"]) == (1, 3)
        unbalanced = ledger("take-over", str(written(tmp_path, balances=good[:2])), "--json").json
        assert [(each["entry"], each["code"]) for each in unbalanced["rejected"]] == [
            ("balances", "takeover.unbalanced")
        ]
        counted = (unbalanced["entries"], unbalanced["entries_unchanged"], unbalanced["entries_waiting"])
        assert counted == (3, 1, 1)
        shown = ledger("take-over", str(written(tmp_path, balances=good[:2])))
        assert (shown.status, "takeover.unbalanced" in shown.out) == (REFUSED, True)
        whole = ledger("take-over", str(written(tmp_path)), "--json")
        assert (whole.status, whole.json["entries_accepted"], whole.json["entries_unchanged"]) == (DONE, 3, 1)

    def test_what_was_refused_is_asked_again_when_the_book_has_changed(self, ledger: Run, tmp_path: Path) -> None:
        rules = tmp_path / "rules.toml"
        rules.write_text("claim_days = 31\n", encoding="utf-8")
        assert ledger("rulebook", "draft", "legacy/1", str(rules)).status == DONE
        (order,) = example(tmp_path)["orders"]
        path = str(written(tmp_path, orders=[order | {"rulebook": "legacy/1"}], balances=[]))
        for _ in range(3):
            ran = ledger("take-over", path, "--json")
            assert [each["code"] for each in ran.json["rejected"]] == ["rulebook.not_in_state"]
        assert ledger("rulebook", "approve", "legacy/1", "--actor", "operator:second").status == DONE
        assert ledger("rulebook", "publish", "legacy/1").status == DONE
        assert ledger("take-over", path, "--json").json["entries_accepted"] == 1
        assert ledger("take-over", path, "--json").json["entries_unchanged"] == 1

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            ("{", "takeover.file_malformed"),
            ('{"as_of": "2026-10-31"}', "takeover.file_malformed"),
            ('{"source": "legacy", "as_of": "2026-10-31", "order": []}', "takeover.file_malformed"),
            ('{"source": "legacy", "as_of": "2026-10-31", "at": "2026-11-01T00:00:00"}', "takeover.file_malformed"),
            ('{"source": "no spaces", "as_of": "2026-10-31"}', "reference.malformed"),
        ],
    )
    def test_a_file_that_is_none_is_refused_whole(self, ledger: Run, tmp_path: Path, content: str, code: str) -> None:
        path = tmp_path / "legacy.json"
        path.write_text(content, encoding="utf-8")
        ran = ledger("take-over", str(path), "--json")
        assert (ran.status, ran.json["code"]) == (WRONG_USAGE, code)

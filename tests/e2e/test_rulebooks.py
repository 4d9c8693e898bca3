"""Rulebooks over HTTP and on the command line: the next version is drafted, approved, published, and compared."""

from pathlib import Path
from typing import Any

import pytest

from tests.command_line import DONE, REFUSED, WRONG_USAGE, Ran, Run
from tests.e2e.test_http import Client, problem


@pytest.fixture
def ledger(founded: Run) -> Run:
    """Return `trade-ledger rulebook`, or another verb, on the test's own database, founded."""

    def run(*arguments: str, room: tuple[str, ...] = ("rulebook",)) -> Ran:
        return founded(*room, *arguments)

    return run


@pytest.fixture
def rules_file(tmp_path: Path) -> Path:
    path = tmp_path / "rules.toml"
    path.write_text("automatic_escalation_day = 8\n[four_eyes_from_minor]\nINR = 80_000_000\n", encoding="utf-8")
    return path


def test_the_next_version_is_drafted_from_a_file_and_differs_as_it_says(ledger: Run, rules_file: Path) -> None:
    assert ledger("draft", "standard/2", str(rules_file), "--from", "standard/1").status == DONE
    assert ledger("approve", "standard/2", "--actor", "operator:second").status == DONE
    assert ledger("publish", "standard/2", "--effective-from", "2999-01-01").status == DONE

    assert ledger("diff", "standard/1", "standard/2", "--json").json == [
        {"field": "automatic_escalation_day", "before": 7, "after": 8},
        {"field": "four_eyes_from_minor.INR", "before": 50_000_000, "after": 80_000_000},
    ]
    shown = ledger("show", "standard/2", "--json").json
    assert (shown["status"], shown["effective_from"]) == ("published", "2999-01-01")
    assert shown["rules"]["automatic_escalation_day"] == 8
    assert [(step["topic"], step["actor"]) for step in shown["steps"]] == [
        ("rulebook.drafted", "operator:cli"),
        ("rulebook.approved", "operator:second"),
        ("rulebook.published", "operator:cli"),
    ]
    assert [row["rulebook"] for row in ledger("list", "--json").json] == ["standard/1", "standard/2"]


def test_people_read_tables(ledger: Run, rules_file: Path) -> None:
    ledger("draft", "mine/1", str(rules_file))
    listed = ledger("list").out
    assert "standard/1" in listed
    assert "at once" in listed
    assert "drafted" in listed
    shown = ledger("show", "mine/1").out
    assert "automatic_escalation_day" in shown
    assert "2, 7, 30, 90" in shown
    assert "realisation_months.2026-10-01.rupee_months" in shown
    diff = ledger("diff", "standard/1", "mine/1").out
    assert "four_eyes_from_minor.USD" in diff


def test_an_order_waits_for_the_first_day_of_its_rulebook(ledger: Run, rules_file: Path) -> None:
    ledger("draft", "standard/2", str(rules_file), "--from", "standard/1")
    ledger("approve", "standard/2", "--actor", "operator:second")
    ledger("publish", "standard/2", "--effective-from", "2999-01-01")
    order = ("PO-1", "--line", "SKU-1:10:300.00", "--buyer", "BUY-1", "--exporter", "EXP-1", "--ship-by", "2999-12-01")
    refused = ledger(*order, "--json", "--rulebook", "standard/2", room=("place",))
    assert (refused.status, refused.json["code"]) == (REFUSED, "rulebook.not_in_force")
    assert refused.json["details"] == {"rulebook": "rulebook:standard/2", "effective_from": "2999-01-01"}
    assert ledger(*order, "--rulebook", "standard/1", room=("place",)).status == DONE


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (("approve", "standard/1", "--actor", "operator:second"), REFUSED, "rulebook.not_in_state"),
        (("publish", "standard/9"), REFUSED, "reference.not_found"),
        (("show", "standard/9"), REFUSED, "rulebook.not_found"),
        (("diff", "standard/1", "standard/9"), REFUSED, "rulebook.not_found"),
        (("draft", "standard/2", "RULES", "--from", "standard/9"), REFUSED, "rulebook.not_found"),
        (("draft", "standard/1", "RULES"), REFUSED, "rulebook.already_drafted"),
        (("draft", "standard", "RULES"), WRONG_USAGE, "reference.malformed"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_what_cannot_be_done_is_refused_by_code(
    ledger: Run, rules_file: Path, arguments: tuple[str, ...], status: int, code: str
) -> None:
    said = (str(rules_file) if argument == "RULES" else argument for argument in arguments)
    refused = ledger(*said, "--json")
    assert (refused.status, refused.json["code"]) == (status, code)


def test_a_file_that_is_not_rules_is_wrong_usage(ledger: Run, rules_file: Path) -> None:
    rules_file.write_text("claim_day = 45\n", encoding="utf-8")
    refused = ledger("draft", "standard/2", str(rules_file), "--json")
    assert (refused.status, refused.json["code"]) == (WRONG_USAGE, "rulebook.file_malformed")
    assert "claim_day" in refused.json["details"]["problem"]


def test_a_version_comes_into_force_over_http(client: Client) -> None:
    rules = {"claim_days": 45, "guarantee": {"USD": {"minor": 100_000, "currency": "USD"}}}
    client.done("rulebooks", {"rulebook": "standard/2", "rules": rules})
    problem(client.post("rulebooks/standard/2/approve"), 403, "rulebook.approver_is_drafter")
    client.done("rulebooks/standard/2/approve", ledger_actor="operator:second")
    backdated = client.post("rulebooks/standard/2/publish", {"effective_from": "2020-01-01"})
    assert problem(backdated, 409, "rulebook.backdated")["effective_from"] == "2020-01-01"
    client.done("rulebooks/standard/2/publish", {"effective_from": "2999-01-01"})

    assert [(row["rulebook"], row["effective_from"]) for row in client.rows("rulebooks")] == [
        ("standard/1", None),
        ("standard/2", "2999-01-01"),
    ]
    shown = client.get("rulebooks/standard/2").json()
    assert (shown["rules"]["claim_days"], shown["rules"]["evidence_days"]) == (45, 5)
    diff = client.rows("rulebooks/standard/2/diff/standard/1")
    assert {"field": "claim_days", "before": 45, "after": 30} in diff
    assert {"field": "guarantee_minor.USD", "before": 100_000, "after": None} in diff


def test_a_retried_draft_answers_as_the_first_did(client: Client) -> None:
    draft = {"rulebook": "standard/2", "rules": {"claim_days": 45}}
    first = client.done("rulebooks", draft, key="mine")
    again = client.post("rulebooks", draft, key="mine")
    assert again.status_code == 200
    assert again.json()["events"] == first["events"]
    other = client.post("rulebooks", draft | {"rules": {"evidence_days": 6}}, key="mine")
    problem(other, 422, "command.id_reused")


def test_what_cannot_be_meant_over_http_is_a_problem_that_names_it(client: Client) -> None:
    def drafted(rules: object) -> Any:
        return client.post("rulebooks", {"rulebook": "standard/2", "rules": rules})

    assert "claim_day" in problem(drafted({"claim_day": 45}), 400, "request.body_malformed")["problem"]
    slip = problem(drafted({"late_remedy": "damages"}), 400, "rulebook.rules_malformed")
    assert slip["field"] == "late_damages_bps_per_day"
    assert problem(drafted({"holidays_of": "XX"}), 400, "calendar.unknown")["field"] == "holidays_of"


@pytest.mark.parametrize("path", ["rulebooks/standard/9", "rulebooks/standard/1/diff/standard/9"])
def test_a_version_that_nobody_drafted_is_not_found(client: Client, path: str) -> None:
    assert problem(client.get(path), 404, "rulebook.not_found") == {"rulebook": "standard/9"}

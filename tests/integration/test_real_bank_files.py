"""The real files of many banks are read to the values that others expect of them, or refused with a reason."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from api.exchange.bank_statements.reading import read_statements
from api.exchange.bank_statements.statement import BankStatement, StatementUnreadable

READ_BY_US_ALONE = {"wolph/ASNB/mt940_with_spaces_for_entry_date.txt", "wolph/citi/mt940.txt"}
"""Which the list counts as unbalanced: whoever made it stopped at a day of booking that is filled with spaces."""

WITHOUT_CURRENCY = "raphaelm"
"""Its closing balances leave the currency out, at which the other parser reads zero."""

REVERSED = "betterplace/sepa_mt9401"
"""Its reversals of credits are debits, or its 26 statements wouldn't balance; the list has them as credits."""


@pytest.fixture(scope="module")
def banks(shared_data: Path) -> Path:
    return shared_data / "bank"


def read(file: Path) -> tuple[BankStatement, ...]:
    return read_statements(file.read_bytes(), name=file.name).statements


def test_balanced_files_balance_and_have_as_many_lines(banks: Path) -> None:
    listed = json.loads((banks / "mt940/balance_check.json").read_bytes())
    assert len(listed["balanced"]) > 10
    for row in listed["balanced"]:
        statements = read(banks / row["file"])
        assert sum(len(each.entries) for each in statements) == row["entries"], row["file"]
        assert {each.balanced for each in statements} <= {True, None}, row["file"]
        assert {each.currency for each in statements} == set(row["ccy"]), row["file"]


def test_unbalanced_files_are_read_and_say_so(banks: Path) -> None:
    for name in json.loads((banks / "mt940/balance_check.json").read_bytes())["not_balanced"]:
        balanced = {each.balanced for each in read(banks / name)}
        expected = {True} if name.removeprefix("mt940/") in READ_BY_US_ALONE else {False, None}
        assert balanced & expected, name


def test_lines_are_what_another_parser_expects(banks: Path) -> None:
    compared = 0
    for line in (banks / "mt940/expected_wolph.jsonl").read_text().splitlines():
        expected = json.loads(line)
        if not expected["transactions"] or expected["transactions"][0]["amount"]["currency"] is None:
            continue
        entries = [each for statement in read(banks / "mt940" / expected["file"]) for each in statement.entries]
        assert len(entries) == len(expected["transactions"]), expected["file"]
        for entry, other in zip(entries, expected["transactions"], strict=True):
            amount = Decimal(entry.amount_minor) / (1 if other["currency"] == "JPY" else 100)
            is_reversed = REVERSED in expected["file"] and entry.is_reversal
            assert (-amount if is_reversed else amount) == Decimal(other["amount"]["amount"]), expected["file"]
            assert entry.value_date.isoformat() == other["date"]
            assert entry.booking_date.isoformat() == (other.get("entry_date") or other["date"])
            assert entry.bank_reference == _meant(other.get("bank_reference"))
            compared += 1
    assert compared > 150


def test_balances_are_what_another_parser_expects(banks: Path) -> None:
    compared = 0
    for line in (banks / "mt940/expected_wolph.jsonl").read_text().splitlines():
        expected = json.loads(line)
        try:
            statements = read(banks / "mt940" / expected["file"])
        except StatementUnreadable:
            assert not expected["transactions"]
            continue
        for name, of in (("final_opening_balance", "opening_minor"), ("final_closing_balance", "closing_minor")):
            balance = expected["statement"].get(name)
            if balance and WITHOUT_CURRENCY not in expected["file"]:
                amounts = {getattr(each, of) for each in statements}
                assert int(Decimal(balance["amount"]["amount"]) * 100) in amounts, expected["file"]
                compared += 1
    assert compared > 20


def test_camt_files_have_as_many_statements_and_entries_and_balance_alike(banks: Path) -> None:
    for row in json.loads((banks / "camt/index.json").read_bytes()):
        file = banks / "camt" / row["file"]
        if not row["stmts"]:
            with pytest.raises(StatementUnreadable, match="statement"):
                read(file)
            continue
        statements = read(file)
        assert len(statements) == row["stmts"], row["file"]
        assert sum(map(_lines, statements)) == row["ntry"], row["file"]
        for statement, balanced in zip(statements, row["balance_ok"], strict=False):
            assert statement.balanced in {balanced, None if not balanced else True}, row["file"]


def _lines(statement: BankStatement) -> int:
    """Return how many entries were met, those that can't be read included."""
    unread = [problem for problem in statement.problems if problem.reason.startswith("Ntry")]
    return len(statement.entries) + len(statement.pending) + len(unread)


def _meant(reference: Any) -> str:
    return "" if reference in {None, "NONREF"} else str(reference)

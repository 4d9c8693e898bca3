"""
A month end to end: trades, transfers, payouts, a bank in a process of its own that talks through files alone.

What the stated noise leaves identifiable (tests/bank_noise.py, docs/noise.md) is matched by rule, nothing wrongly; the
rest are differences of the right kind; after a person has explained them, bank and ledger agree to the minor unit.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from api.reconciling.matching_said import completed
from domain import commands
from domain.references import key_of, kind_of
from projections.proof_of_holds import proof_of_holds
from tests.bank_month.judging import Verdict, kinds_of
from tests.bank_month.ledger_side import new_lines
from tests.bank_month.marketplace import must
from tests.bank_month.month import Month, month
from tests.command_line import DONE, Run

TRADES, DAYS, SEED = 150, 45, 11
LEAST_SHARE_BPS = 9_800
REMATCHED = 20

SUGGESTIONS = {"ambiguous", "amount", "fee", "date", "fx"}
RIGHT_KINDS = {
    "short_payment/payment": {"amount", "ambiguous", "fee", "missing_in_ledger"},
    "mistyped_reference/payment": {*SUGGESTIONS, "missing_in_ledger", "duplicate"},
    "missing_reference/payment": {*SUGGESTIONS, "missing_in_ledger"},
    "unknown_credit/unknown": {"missing_in_ledger", *SUGGESTIONS},
    "duplicate_booking/copy": {"duplicate", "ambiguous"},
    "duplicate_booking/payment": {"duplicate", "ambiguous"},
    "open_item": {"missing_in_bank"},
    "payout": {"missing_in_bank"},
}
"""
What a difference may be called, by what really happened: docs/noise.md, last column.

A mistyped reference may be that of an order in another currency. What is booked twice is `ambiguous` where its order
awaits as much again.
"""


@pytest.fixture
def dsn(database: str) -> str:
    return database


@pytest.fixture
def played(database: str, tmp_path: Path) -> Iterator[Month]:
    with month(database, tmp_path, trades=TRADES, seed=SEED, days=DAYS) as opened:
        yield opened


def test_a_month_with_its_bank_ends_in_agreement_to_the_minor_unit(played: Month, trade_ledger: Run) -> None:
    verdict = live_through(played)
    assert {kind.partition("/")[0] for kind in verdict.by_noise} >= {"merged_credit", "split_credit", "return"}
    nothing_happens_again(played)
    matches_can_be_undone_and_made_again(played, count=REMATCHED)
    shown = trade_ledger("breaks", "--json", "--book", "month")
    assert shown.status == DONE, shown
    assert shown.json == []


@pytest.mark.soak
@pytest.mark.timeout(3_600)
def test_a_month_of_ten_thousand_trades(database: str, tmp_path: Path) -> None:
    with month(database, tmp_path, trades=10_000, seed=1, days=60) as played:
        verdict = live_through(played)
        assert verdict.entries > 10_000
        nothing_happens_again(played)
        matches_can_be_undone_and_made_again(played, count=REMATCHED)


def live_through(played: Month) -> Verdict:
    """Live through the month until all is explained; return the verdict on what the rules did of their own."""
    played.collect()
    played.pay_out()
    verdict = rules_find_what_is_identifiable(played)
    played.explain()
    played.make_good()
    everything_agrees(played)
    assert played.judge().verdict().wrong == []
    return verdict


def rules_find_what_is_identifiable(played: Month) -> Verdict:
    judge = played.judge()
    verdict = judge.verdict()
    assert verdict.wrong == []
    assert verdict.share_bps >= LEAST_SHARE_BPS, verdict.missed
    assert judge.unseen == []
    breaks = played.ledger.breaks()
    for what, kinds in kinds_of(judge, breaks).items():
        if what in RIGHT_KINDS:
            assert set(kinds) <= RIGHT_KINDS[what], what
    about = {each.subject for each in breaks}
    assert all(f"bank_entry:{line.row.entry}" in about for line in played.open_lines())
    assert Counter(kind_of(subject) for subject in about)["bank_entry"] == len(played.open_lines())
    again = played.ledger.reconcile()
    assert (again.matched, again.raised, again.reclassified) == ({}, 0, 0)
    return verdict


def everything_agrees(played: Month) -> None:
    """Every account, and the proof of holds, agree with the bank; nothing is left that isn't explained."""
    assert played.ledger.breaks() == []
    assert played.open_lines() == []
    at_bank, balances = played.bank.balances(), played.ledger.balances()
    for account in played.accounts:
        assert at_bank[account.number] == balances.get((account.account, account.currency), 0), account
    proofs = played.proofs()
    assert {(each.account, each.currency) for each in proofs.accounts} == {
        (each.account, each.currency) for each in played.accounts
    }
    assert all(each.agrees and each.unexplained_minor == 0 for each in proofs.accounts)
    assert all(each.covered and each.bank_minor is not None for each in proofs.covers)
    assert {account for account, _ in balances if account.startswith(("clearing:", "payout:"))} == set()
    with played.book.pool.connection() as connection:
        assert all(proof.agrees and proof.covered for proof in proof_of_holds(connection, played.book.name))


def nothing_happens_again(played: Month) -> None:
    """All files of the bank once more, and another run, change nothing."""
    played.book.runner.catch_up()
    head, balances = played.book.runner.head(), played.ledger.balances()
    _, imported = played.ledger.take_in(played.files)
    report = played.ledger.reconcile()
    assert (new_lines(imported), report.matched, report.raised, report.reclassified) == (0, {}, 0, 0)
    assert played.book.runner.head() == head
    assert played.ledger.balances() == balances


def matches_can_be_undone_and_made_again(played: Month, *, count: int) -> None:
    """Some matches, undone and made again in another order, leave the balances as they were; history shows both."""
    before = played.ledger.balances()
    chosen = Random(3).sample(undoable(played), count)  # noqa: S311 - any will do
    said = played.ledger.said_of(reversed(chosen))
    must(played.book, [commands.UndoMatch(match=match, reason="second-look") for match in chosen])
    assert played.ledger.balances() != before
    assert len(played.open_lines()) == sum(len(each.entries) for each in said)
    must(played.book, [completed(played.book, each) for each in said])
    assert played.ledger.balances() == before
    assert played.open_lines() == []
    assert all(played.ledger.history_of(match) == ["bank_match.made", "bank_match.undone"] for match in chosen)


def undoable(played: Month) -> list[str]:
    """Return the matches that hold, but those of payouts that came back since and may have been paid again."""
    payouts = played.ledger.payouts()
    final = {
        line.row.match
        for line in played.ledger.lines().values()
        for target in line.targets
        if kind_of(target.item) == "payout" and payouts[key_of(target.item)] != "debited"
    }
    return [match for match in played.ledger.matches() if match not in final]

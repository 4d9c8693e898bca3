"""Commissions: the rows sum to what stands on the partners' accounts, and each month tells its own."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from domain.commission import Commission
from domain.posting_rules import post
from ledger.pool import Connection
from ledger.postgres import EmbeddedPostgres
from projections.balances import all_balances
from projections.commissions import CommissionRow, CommissionsSought, borne_by_operator, search_commissions
from projections.log import read_log
from projections.proof_of_holds import proof_of_holds
from projections.runner import Runner
from projections.streams import aggregate_of, references_of
from tests.books import Book
from tests.read_side import copied, differences, dump
from tests.troubles import OTHER_PARTNER, PARTNER, troubled_book

DECEMBER, JANUARY, MARCH = date(2026, 12, 1), date(2027, 1, 1), date(2027, 3, 1)


@pytest.fixture(scope="module")
def troubled(postgres: EmbeddedPostgres, template: str) -> Iterator[Book]:
    with troubled_book(postgres, template, database="commissions") as book:
        yield book


@pytest.fixture
def connection(troubled: Book) -> Iterator[Connection]:
    with troubled.pool.connection() as opened:
        yield opened


def listed(connection: Connection, **wanted: Any) -> list[CommissionRow]:
    return search_commissions(connection, "main", CommissionsSought(**wanted))


def test_rows_sum_to_what_stands_on_the_partners_accounts(connection: Connection) -> None:
    sums: Counter[tuple[str, str]] = Counter()
    for row in listed(connection):
        sums[f"accrued:partner:{row.partner}", row.currency] += row.unearned_minor
        sums[f"payable:partner:{row.partner}", row.currency] += row.due_minor
    balances = {
        (balance.account, balance.currency): balance.balance_minor
        for balance in all_balances(connection, "main")
        if ":partner:" in balance.account
    }
    assert +sums == {key: amount for key, amount in balances.items() if amount}
    assert len(+sums) > 2


def test_each_month_is_what_its_postings_moved(connection: Connection) -> None:
    """Counted from the entries alone: credits less debits on the partners' accounts, by the month of posting."""
    moved: Counter[tuple[str, str, date]] = Counter()
    for events in read_log(connection, "main", up_to=10_000):
        for each in events.recorded:
            entry = post(each.originator_id, each.event, schema=each.state.schema)
            for posting in entry.postings if entry and each.topic.startswith("commission.") else ():
                if ":partner:" in posting.account:
                    month = each.state.posting_date.replace(day=1)
                    moved[posting.account, posting.currency, month] -= posting.amount_minor
    shown: Counter[tuple[str, str, date]] = Counter()
    for row in listed(connection):
        shown[f"accrued:partner:{row.partner}", row.currency, row.month] += row.unearned_minor
        shown[f"payable:partner:{row.partner}", row.currency, row.month] += row.due_minor
    assert {key: amount for key, amount in shown.items() if amount} == {
        key: amount for key, amount in moved.items() if amount
    }


def test_rows_are_the_commissions_of_the_log(connection: Connection) -> None:
    totals: Counter[str] = Counter()
    for reference in references_of(connection, "main", "commission"):
        commission = aggregate_of(connection, "main", reference)
        assert isinstance(commission, Commission)
        totals["accrued"] += commission.accrued_minor
        totals["clawed back"] += commission.clawed_back_minor
        totals["earned"] += sum(earning.amount_minor for earning in commission.earnings)
        totals["withheld"] += sum(
            earning.withheld_minor - earning.withheld_back_minor for earning in commission.earnings
        )
        totals["gst"] += sum(earning.gst_minor - earning.gst_back_minor for earning in commission.earnings)
    rows = listed(connection)
    assert totals == {
        "accrued": sum(row.accrued_minor for row in rows),
        "clawed back": sum(row.clawed_back_minor for row in rows),
        "earned": sum(row.earned_minor for row in rows),
        "withheld": sum(row.withheld_minor for row in rows),
        "gst": sum(row.gst_minor for row in rows),
    }
    assert all(totals.values())


def test_month_tells_what_accrued_what_was_earned_and_what_was_taken_back(connection: Connection) -> None:
    december, january, march = listed(connection, partner=PARTNER, currency="INR")
    assert [row.month for row in (december, january, march)] == [DECEMBER, JANUARY, MARCH]
    assert (december.accrued_minor, december.earned_minor, december.unearned_minor) == (4_000_000, 0, 4_000_000)
    assert (january.earned_minor, january.gst_minor, january.withheld_minor) == (4_000_000, 720_000, 40_000)
    assert (january.unearned_minor, january.due_minor) == (-4_000_000, 4_680_000)
    assert (march.clawed_back_minor, march.clawed_back_earned_minor) == (400_000, 400_000)
    assert (march.gst_minor, march.withheld_minor, march.due_minor) == (-72_000, -4_000, -468_000)


def test_commissions_are_found_by_partner_exporter_currency_and_month(connection: Connection) -> None:
    assert {row.exporter for row in listed(connection, partner=OTHER_PARTNER)} == {"EXP-U"}
    assert {row.partner for row in listed(connection, exporter="EXP-T")} == {PARTNER}
    assert {row.payer for row in listed(connection, exporter="EXP-U")} == {"exporter"}
    assert {row.month for row in listed(connection, from_month=JANUARY)} == {JANUARY, MARCH}
    assert {row.month for row in listed(connection, to_month=JANUARY)} == {DECEMBER, JANUARY}
    assert {row.month for row in listed(connection, from_month=date(2027, 1, 31), to_month=JANUARY)} == {JANUARY}
    assert listed(connection, partner="PAR-404") == []
    whole = listed(connection)
    assert search_commissions(connection, "main", CommissionsSought(), limit=2, skip=1) == whole[1:3]


def test_operator_bears_what_its_partners_have_or_will_have_of_it(connection: Connection) -> None:
    borne = borne_by_operator(connection, "main")
    rows = [row for row in listed(connection) if row.payer == "operator"]
    assert borne["INR"] == sum(
        row.unearned_minor + row.due_minor + row.withheld_minor for row in rows if row.currency == "INR"
    )
    assert "exporter" not in {row.payer for row in rows}


def test_assets_are_exactly_what_is_owed_and_what_is_the_operators(connection: Connection) -> None:
    for proof in proof_of_holds(connection, "main"):
        owed_minor = proof.liabilities_minor + proof.not_yet_swept_minor
        assert proof.assets_minor + proof.receivables_minor + proof.operators_commission_minor == owed_minor
        assert proof.agrees
        assert proof.covered


@pytest.mark.parametrize("batch_events_max", [1, 3, 50])
def test_batches_that_part_an_earning_from_its_tax_build_the_same_rows(troubled: Book, batch_events_max: int) -> None:
    copy = copied(troubled.pool, "main")
    Runner(troubled.pool, copy, batch_events_max=batch_events_max).catch_up()
    assert dump(troubled.pool, copy) == dump(troubled.pool, "main")
    assert differences(troubled.pool, copy) == []

"""Receivables: rows as the log has them, whatever the batches, at any moment; a tampered one is named."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import psycopg
import pytest

from api.realisation_statements import (
    RealisationStatement,
    StatementBill,
    StatementTotal,
    quarter_of,
    realisation_statement,
)
from domain.receivable import Receivable
from domain.remittance import Remittance
from ledger.pool import Connection, open_pool
from ledger.postgres import EmbeddedPostgres
from projections.moment import NOW, Moment
from projections.receivables import (
    ReceivablesSought,
    RemittancesSought,
    names_of,
    search_receivables,
    search_remittances,
)
from projections.runner import Runner
from projections.statements import StatementMalformed
from projections.streams import aggregate_of, references_of
from tests.books import Book
from tests.exports import play_exports
from tests.read_side import copied, cut, differences, dump
from tests.tampering import tampering

AT = datetime(2027, 3, 2, 12, tzinfo=UTC)
SEED = 7


@pytest.fixture(scope="module")
def exports(postgres: EmbeddedPostgres, template: str) -> Iterator[Book]:
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE exports TEMPLATE {template} STRATEGY FILE_COPY")
        with open_pool(postgres.dsn("exports"), connections_max=4) as pool, Book.opened(pool) as book:
            play_exports(book)
            Runner(pool, book.name).catch_up()
            yield book
        connection.execute("DROP DATABASE exports WITH (FORCE)")


@pytest.fixture
def connection(exports: Book) -> Iterator[Connection]:
    with exports.pool.connection() as opened:
        yield opened


def everything(connection: Connection, book: str, moment: Moment = NOW) -> dict[str, Any]:
    """Return all that the projection answers at a moment."""
    sought = (
        ReceivablesSought(),
        ReceivablesSought(state="all"),
        ReceivablesSought(state="closed"),
        ReceivablesSought(exporter="EXP-9"),
        ReceivablesSought(closable=True),
        ReceivablesSought(state="all", uncertified=True),
        ReceivablesSought(due_to=AT + timedelta(days=400)),
        ReceivablesSought(overdue_at=AT + timedelta(days=400)),
    )
    money = (
        RemittancesSought(),
        RemittancesSought(left=True),
        RemittancesSought(exporter="EXP-9"),
        RemittancesSought(from_day=date(2026, 10, 2)),
        RemittancesSought(to_day=date(2026, 9, 30)),
    )
    return {
        "receivables": [search_receivables(connection, book, each, at=AT, moment=moment) for each in sought],
        "page": search_receivables(connection, book, sought[1], at=AT, limit=2, skip=1, moment=moment),
        "remittances": [search_remittances(connection, book, each, moment=moment) for each in money],
    }


def test_rows_are_what_the_things_of_the_log_come_to(connection: Connection) -> None:
    rows = {
        row.receivable: row for row in search_receivables(connection, "main", ReceivablesSought(state="all"), at=AT)
    }
    names = references_of(connection, "main", "receivable")
    assert [f"receivable:{name}" for name in sorted(rows)] == sorted(names)
    for name in names:
        stands = aggregate_of(connection, "main", name)
        assert isinstance(stands, Receivable)
        row = rows[name.partition(":")[2]]
        for field in ("exporter", "currency", "due_on", "due_at", "open_minor", "certified_minor", "closed_by"):
            assert getattr(row, field) == getattr(stands, field)
        assert row.invoiced_minor == row.realised_minor + row.deducted_minor + row.open_minor
    for money in search_remittances(connection, "main", RemittancesSought()):
        came = aggregate_of(connection, "main", f"remittance:{money.remittance}")
        assert isinstance(came, Remittance)
        assert (money.allocated_minor, money.left_minor) == (came.allocated_minor, came.left_minor)
    assert {row.left_minor for row in search_remittances(connection, "main", RemittancesSought())} == {4_000, 15_000}


def test_first_due_stands_first_and_what_is_over_is_counted_in_days(connection: Connection) -> None:
    open_ones = search_receivables(connection, "main", ReceivablesSought(), at=AT)
    assert [row.receivable for row in open_ones] == ["SB-2", "SB-9", "SB-4", "SB-3"]
    assert all(one.due_at <= other.due_at for one, other in pairwise(open_ones))
    due_at = open_ones[0].due_at
    for at, days in ((due_at - timedelta(microseconds=1), 0), (due_at, 1), (due_at + timedelta(days=1), 2)):
        seen = search_receivables(connection, "main", ReceivablesSought(exporter="EXP-1"), at=at)
        assert seen[0].overdue_days == days
        over = search_receivables(connection, "main", ReceivablesSought(overdue_at=at), at=at)
        assert [row.receivable for row in over] == (["SB-2", "SB-9"] if days else [])


@pytest.mark.parametrize("batch_events_max", [1, 3, 50])
def test_batches_of_any_size_build_the_same_rows(exports: Book, batch_events_max: int) -> None:
    copy = copied(exports.pool, "main")
    Runner(exports.pool, copy, batch_events_max=batch_events_max).catch_up()
    assert dump(exports.pool, copy) == dump(exports.pool, "main")
    assert differences(exports.pool, copy) == []


def test_at_any_position_rows_are_those_of_a_log_that_ends_there(exports: Book) -> None:
    head = Runner(exports.pool, "main").head()
    for position in sorted(random.Random(SEED).sample(range(1, head), 8)):  # noqa: S311 - which positions
        copy = copied(exports.pool, "main")
        cut(exports.pool, copy, position)
        Runner(exports.pool, copy).catch_up()
        with exports.pool.connection() as connection:
            assert everything(connection, "main", Moment(position)) == everything(connection, copy)


def test_as_of_a_day_only_what_is_posted_by_then_counts(connection: Connection) -> None:
    day = date(2026, 12, 31)
    rows = search_receivables(
        connection, "main", ReceivablesSought(exporter="EXP-1"), at=AT, moment=Moment(as_of=day, position=10**9)
    )
    assert {row.receivable: row.deducted_minor for row in rows} == {"SB-1": 0, "SB-2": 0, "SB-3": 0}
    assert [row.realised_minor for row in rows if row.receivable == "SB-1"] == [9_000]


@pytest.mark.parametrize(
    ("table", "column", "key"),
    [("receivables", "open_minor", "SB-2"), ("receivables_remittances", "left_minor", "IRM-1")],
)
def test_row_that_somebody_changed_is_named(exports: Book, table: str, column: str, key: str) -> None:
    copy = copied(exports.pool, "main")
    Runner(exports.pool, copy).catch_up()
    with tampering(exports.pool) as connection:
        which = "receivable" if table == "receivables" else "remittance"
        connection.execute(
            f"UPDATE projections.{table} SET {column} = {column} + 1 WHERE book = %s AND {which} = %s", (copy, key)
        )
    (found,) = differences(exports.pool, copy)
    assert (found.projection, found.key) == ("receivables", key)


class TestStatements:
    def stated(self, connection: Connection, quarter: str, position: int = 10**9) -> RealisationStatement:
        return realisation_statement(connection, "main", "EXP-1", quarter_of(quarter), position=position)

    def test_quarters_follow_each_other_without_a_gap(self, connection: Connection) -> None:
        """What one leaves open the next brings forward, bill by bill; and each adds up."""
        names = names_of(connection, "main", "receivable", "EXP-1")
        quarters = [self.stated(connection, name) for name in ("2026-Q3", "2026-Q4", "2027-Q1", "2027-Q2")]
        for statement in quarters:
            told: list[StatementBill | StatementTotal] = [*statement.bills, *statement.totals]
            for each in told:
                moved = each.brought_forward_minor + each.shipped_minor - each.realised_minor - each.deducted_minor
                assert moved == each.open_minor
        for one, other in pairwise(quarters):
            left = {bill.receivable: bill.open_minor for bill in one.bills if bill.closed_by is None}
            brought = {bill.receivable: bill.brought_forward_minor for bill in other.bills if not bill.shipped_minor}
            assert brought == left
        last = {bill.receivable: bill.open_minor for bill in quarters[-1].bills}
        for name in names:
            stands = aggregate_of(connection, "main", name)
            assert isinstance(stands, Receivable)
            assert last.get(name.partition(":")[2], 0) == stands.open_minor

    def test_quarter_tells_what_was_shipped_realised_and_deducted_in_it(self, connection: Connection) -> None:
        assert self.stated(connection, "2026-Q3").bills == []
        fourth, first = self.stated(connection, "2026-Q4"), self.stated(connection, "2027-Q1")
        assert [(bill.receivable, bill.shipped_minor) for bill in fourth.bills] == [
            ("SB-1", 10_000),
            ("SB-2", 10_000),
            ("SB-3", 10_000),
        ]
        assert [bill.realised_minor for bill in fourth.bills] == [9_000, 0, 0]
        closed, second, third, new = first.bills
        assert (closed.brought_forward_minor, closed.deducted_minor, closed.closed_by) == (1_000, 1_000, "declaration")
        assert [(each.reason, each.amount_minor) for each in closed.deducted_for] == [("bank-charges", 1_000)]
        assert (second.deducted_minor, second.deducted_for, third.realised_minor) == (0, [], 2_000)
        assert (new.receivable, new.brought_forward_minor, new.shipped_minor) == ("SB-4", 0, 10_000)
        assert [bill.receivable for bill in self.stated(connection, "2027-Q2").bills] == ["SB-2", "SB-3", "SB-4"]
        assert [(each.remittance, each.left_minor) for each in first.remittances] == [("IRM-1", 4_000)]
        assert [each.left_minor for each in fourth.remittances] == [6_000]

    def test_what_is_known_up_to_a_position_stays_what_was_stated(self, exports: Book, connection: Connection) -> None:
        head = Runner(exports.pool, "main").head()
        with_all, before = self.stated(connection, "2027-Q1", head), self.stated(connection, "2027-Q1", head - 3)
        assert len(with_all.bills) == len(before.bills) + 1
        assert next(each.deducted_for for each in before.bills if each.receivable == "SB-3") == []
        assert next(each.due_on for each in before.bills if each.receivable == "SB-3") < date(2029, 12, 31)

    @pytest.mark.parametrize("name", ["2026", "2026-Q0", "2026-Q5", "2026-q1", "26-Q1", "2026-Q1 "])
    def test_what_is_no_quarter_is_refused(self, name: str) -> None:
        with pytest.raises(StatementMalformed):
            quarter_of(name)

    def test_quarters_are_those_of_the_year(self) -> None:
        assert (quarter_of("2028-Q1").first_day, quarter_of("2028-Q1").last_day) == (
            date(2028, 1, 1),
            date(2028, 3, 31),
        )
        assert quarter_of("2026-Q4").last_day == date(2026, 12, 31)

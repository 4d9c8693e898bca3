"""Deadlines: the rows are the clocks that run, what is due is found, and the worker's question has an index."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from domain import commands
from domain.clock import Clock, Clocks
from domain.order import Line, PaymentStep
from ledger.pool import Connection
from ledger.postgres import EmbeddedPostgres
from projections.deadlines import (
    _DUE,
    DeadlineRow,
    DeadlinesSought,
    books_with_deadlines,
    due_orders,
    search_deadlines,
)
from projections.runner import Runner
from projections.streams import aggregate_of, references_of
from tests.books import Book
from tests.read_side import differences
from tests.troubles import troubled_book

FIRST_DAY = datetime(2026, 11, 22, 9, tzinfo=UTC)
A_MOMENT = timedelta(microseconds=1)


@pytest.fixture(scope="module")
def troubled(postgres: EmbeddedPostgres, template: str) -> Iterator[Book]:
    with troubled_book(postgres, template, database="deadlines") as book:
        yield book


@pytest.fixture
def connection(troubled: Book) -> Iterator[Connection]:
    with troubled.pool.connection() as opened:
        yield opened


def clocks_of(rows: list[DeadlineRow]) -> list[str]:
    return [f"{row.order} {row.clock}" for row in rows]


def sought(connection: Connection, **wanted: object) -> list[str]:
    return clocks_of(search_deadlines(connection, "main", DeadlinesSought(**wanted)))  # type: ignore[arg-type]


def test_rows_are_the_clocks_that_run(connection: Connection) -> None:
    running: list[tuple[str, Clock]] = []
    for reference in references_of(connection, "main", "clock"):
        clocks = aggregate_of(connection, "main", reference)
        assert isinstance(clocks, Clocks)
        running += [(reference, clock) for clock in clocks.running]
    rows = search_deadlines(connection, "main", DeadlinesSought())
    shown = [
        (
            f"clock:{row.order}",
            Clock(
                name=row.clock,
                kind=row.kind,
                about=row.about,
                silence_of=row.silence_of,
                effect=row.effect,
                due_at=row.due_at,
                paused_at=row.paused_at,
            ),
        )
        for row in rows
    ]
    assert sorted(shown, key=str) == sorted(running, key=str)
    assert {row.effect for row in rows} == {"decides", "reminds"}
    assert [row.due_at for row in rows] == sorted(row.due_at for row in rows)


def test_row_says_what_started_its_clock_and_by_which_rule(connection: Connection) -> None:
    (answer,) = search_deadlines(connection, "main", DeadlinesSought(order="PO-B", kind="answer"))
    assert (answer.cause, answer.about) == ("dispute.opened", "dispute:PO-B/1")
    assert (answer.silence_of, answer.effect, answer.days, answer.counted) == ("exporter", "reminds", 3, "days")
    assert (answer.started_at, answer.due_at) == (FIRST_DAY, FIRST_DAY + timedelta(days=3))
    (ship_by,) = search_deadlines(connection, "main", DeadlinesSought(order="PO-C", kind="ship-by"))
    assert (ship_by.days, ship_by.counted, ship_by.cause) == (0, "date", "order.amendment_accepted")


def test_clocks_are_found_by_order_thing_kind_silence_and_whether_they_stand_still(connection: Connection) -> None:
    assert sought(connection, about="dispute:PO-B/1") == ["PO-B answer/1", "PO-B escalation/1", "PO-B offer/1/2"]
    assert sought(connection, order="PO-B", silence_of="buyer") == ["PO-B offer/1/2", "PO-B inspection"]
    assert sought(connection, paused=True) == ["PO-B offer/1/2"]
    assert sought(connection, order="PO-B", paused=False) == ["PO-B answer/1", "PO-B escalation/1", "PO-B inspection"]
    assert sought(connection, kind="evidence") == ["PO-F evidence/1/1"]
    assert sought(connection, order="PO-404") == []


def test_overdue_is_what_has_come_to_its_end_and_does_not_stand_still(connection: Connection) -> None:
    due_at = FIRST_DAY + timedelta(days=3)
    assert sought(connection, overdue_at=due_at - A_MOMENT) == []
    assert sought(connection, overdue_at=due_at) == ["PO-B answer/1"]
    a_month_later = FIRST_DAY + timedelta(days=30)
    assert sought(connection, overdue_at=a_month_later) == ["PO-B answer/1", "PO-B escalation/1"]


def test_pages_give_each_clock_once_the_first_due_first(connection: Connection) -> None:
    whole = sought(connection)
    paged: list[str] = []
    while page := search_deadlines(connection, "main", DeadlinesSought(), limit=3, skip=len(paged)):
        paged += clocks_of(page)
    assert paged == whole
    assert len(whole) > 6


def due(connection: Connection, at: datetime, limit: int) -> list[tuple[str, datetime]]:
    return [(found.order, found.due_at) for found in due_orders(connection, "main", at, limit)]


def test_due_orders_are_those_in_which_silence_decides_the_earliest_first(connection: Connection) -> None:
    escalation, inspection = FIRST_DAY + timedelta(days=6), FIRST_DAY + timedelta(days=45)
    assert due_orders(connection, "main", escalation - A_MOMENT, 10) == []
    assert due(connection, escalation, 10) == [("PO-B", escalation)]
    later = inspection + timedelta(days=22)
    claims = datetime(2027, 1, 28, 9, tzinfo=UTC)
    waiting = [("PO-B", escalation), ("PO-A", inspection), ("PO-D", claims)]
    assert due(connection, later, 10) == waiting
    assert due(connection, later, 2) == waiting[:2]
    assert due_orders(connection, "another", later, 10) == []


def test_books_with_deadlines_are_those_in_which_something_is_due(troubled: Book) -> None:
    escalation = FIRST_DAY + timedelta(days=6)
    assert books_with_deadlines(troubled.pool, escalation - A_MOMENT) == []
    assert books_with_deadlines(troubled.pool, escalation) == ["main"]


MANY = """
    INSERT INTO projections.deadlines
    SELECT 'main', 'PO-' || n, 'inspection', 'inspection', 'order:PO-' || n, 'order.dispatched', 'buyer',
        CASE WHEN n % 2 = 0 THEN 'decides' ELSE 'reminds' END, 30, 'days', '2026-11-22',
        timestamptz '2026-11-22' + n * interval '1 hour', NULL, n
    FROM generate_series(1, 50000) n
"""


def test_worker_is_served_by_the_index_of_clocks_that_decide(connection: Connection) -> None:
    connection.execute(MANY)
    connection.execute("ANALYZE projections.deadlines")
    plan = connection.execute(f"EXPLAIN {_DUE}", ("main", FIRST_DAY, 100)).fetchall()
    connection.rollback()
    assert any("deadlines_that_decide" in line for (line,) in plan), plan


def test_clock_is_followed_from_its_start_to_its_end(book: Book) -> None:
    runner = Runner(book.pool, book.name)

    def shown() -> dict[str, tuple[datetime, datetime | None]]:
        runner.catch_up()
        assert differences(book.pool, book.name) == []
        with book.pool.connection() as connection:
            rows = search_deadlines(connection, book.name, DeadlinesSought(order="PO-1"))
        return {row.clock: (row.due_at, row.paused_at) for row in rows}

    start = book.clock.now
    book.say(
        commands.PlaceOrder(
            order="PO-1",
            buyer="BUY-1",
            exporter="EXP-1",
            currency="USD",
            lines=(Line(number=1, sku="SKU-1", quantity=1, amount_minor=100),),
            steps=(PaymentStep(name="all", amount_minor=100, trigger="delivery"),),
            transport_mode="air",
            ship_by=date(2026, 12, 1),
        )
    )
    assert shown() == {}
    book.say(commands.AcceptOrder(order="PO-1"))
    assert shown() == {"ship-by/2026-12-01": (datetime(2026, 12, 2, tzinfo=UTC), None)}
    book.say(commands.DispatchGoods(order="PO-1"))
    ends_at = start + timedelta(days=15)
    assert shown() == {"inspection": (ends_at, None)}
    book.say(commands.PauseClock(order="PO-1", clock="inspection", reason="strike"))
    assert shown() == {"inspection": (ends_at, start)}
    book.clock.move(days=2)
    book.say(commands.ResumeClock(order="PO-1", clock="inspection", reason="strike-over"))
    assert shown() == {"inspection": (ends_at + timedelta(days=2), None)}
    book.say(commands.ExtendInspection(order="PO-1", side="exporter", days=3))
    ends_at += timedelta(days=5)
    assert shown() == {"inspection": (ends_at, None)}
    book.clock.now = ends_at
    book.say(commands.ExpireClocks(order="PO-1"))
    assert set(shown()) == {"claims"}

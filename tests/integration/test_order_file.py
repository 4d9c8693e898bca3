"""An order file of any quality goes through the Writer: what it says is recorded, what it can't mean is listed."""

import gzip
import json
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from psycopg_pool import ConnectionPool

from api.exchange import order_index
from api.exchange.import_rulebook import ImportRulebookTaken
from api.exchange.mapping import Mapping, Verb, load_mapping, parse_mapping
from api.exchange.order_file import import_orders
from api.exchange.order_file_report import REASONS, ImportReport, Progress, RejectsUnwritable
from api.exchange.order_rows import ColumnMissing, ColumnRepeated, OrderFileUnreadable
from domain import commands, handlers
from domain.hold import Hold
from domain.money import Money
from domain.order import LINES_MAX, Order, OrderLinesAdded
from domain.rule_changes import difference
from domain.rules import Rules
from domain.unit_of_work import UnitOfWork
from ledger.outcomes import Accepted
from ledger.pool import Connection, open_pool
from ledger.postgres import EmbeddedPostgres
from ledger.writer import DatabaseAbsent, Waiting, Writer, WriterClosed
from tests.books import Book, place_order
from tests.order_files import (
    DATACO,
    RETAIL,
    Cells,
    dataco,
    log_of,
    money_by_order,
    read_rejects,
    retail,
    size_of,
    steps_of,
    write_csv,
)

DATABASE = f"test_order_file_{os.getpid()}"
BOOK_NUMBERS = count(1)


class Importer:
    """Imports small files into a book."""

    def __init__(self, book: Book, folder: Path) -> None:
        self.book = book
        self.folder = folder
        self.rejects = folder / "rejects.csv"

    def retail(self, *rows: Cells, **how: Any) -> ImportReport:
        return self.file(write_csv(self.folder / "retail.csv", RETAIL, rows), "online_retail", **how)

    def dataco(self, *rows: Cells, **how: Any) -> ImportReport:
        return self.file(write_csv(self.folder / "dataco.csv", DATACO, rows), "dataco", **how)

    def disputed(self, *rows: Cells, **how: Any) -> ImportReport:
        return self.file(write_csv(self.folder / "dataco.csv", DATACO, rows), "dataco_disputes", **how)

    def file(
        self, path: Path, mapping: str | Mapping, *, writer: Writer | None = None, dry_run: bool = False
    ) -> ImportReport:
        chosen = load_mapping(mapping) if isinstance(mapping, str) else mapping
        report = import_orders(path, chosen, writer or self.book.writer, dry_run=dry_run, rejects=self.rejects)
        assert report.rows_accepted + report.rows_rejected == report.rows_read
        assert report.rows_rejected == sum(report.rejected_by_reason.values())
        return report

    def rejected(self) -> list[tuple[str, str]]:
        """Row and reason of everything that wasn't accepted."""
        return [(row["row"], row["reason"]) for row in read_rejects(self.rejects)]


@pytest.fixture(scope="module")
def shared_pool(postgres: EmbeddedPostgres, template: str) -> Iterator[ConnectionPool[Connection]]:
    """Open one database for all tests of this file: each has a book of its own in it."""
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{DATABASE}" TEMPLATE {template}')
        with open_pool(postgres.dsn(DATABASE), connections_max=4) as pool:
            yield pool
        connection.execute(f'DROP DATABASE "{DATABASE}" WITH (FORCE)')


@pytest.fixture
def importer(shared_pool: ConnectionPool[Connection], tmp_path: Path) -> Iterator[Importer]:
    with Book.opened(shared_pool, name=f"book-{next(BOOK_NUMBERS)}") as book:
        yield Importer(book, tmp_path)


PAID = {"total_minor": 1000, "received_minor": 1000}
PLACED = [("placed", "2016-04-01 21:05"), ("accepted", "2016-04-01 21:05")]
PERFORMED = [
    *PLACED,
    ("dispatched", "2016-04-06 21:05"),
    ("delivered", "2016-04-10 21:05"),
    ("received", "2016-04-10 21:05"),
    ("completed", "2016-04-10 21:05"),
]


@pytest.mark.parametrize(
    ("status", "money", "steps"),
    [
        ("COMPLETE", PAID | {"released_minor": 1000}, PERFORMED),
        ("CLOSED", PAID | {"released_minor": 1000}, PERFORMED),
        ("PROCESSING", PAID | {"held_minor": 1000}, PLACED),
        ("ON_HOLD", PAID | {"held_minor": 1000}, PLACED),
        ("PAYMENT_REVIEW", PAID | {"held_minor": 1000}, PLACED),
        ("SUSPECTED_FRAUD", PAID | {"frozen_minor": 1000}, PLACED),
        ("CANCELED", PAID | {"refunded_minor": 1000}, [*PLACED, ("cancelled", "2016-04-06 21:05")]),
        ("PENDING", {"total_minor": 1000}, PLACED),
        ("PENDING_PAYMENT", {"total_minor": 1000}, PLACED),
    ],
)
def test_a_status_becomes_the_commands_that_lead_there(
    importer: Importer, status: str, money: dict[str, int], steps: list[tuple[str, str]]
) -> None:
    report = importer.dataco(dataco("1", status))
    assert (report.orders, report.rows_accepted, report.rows_rejected) == (1, 1, 0)
    figures = money_by_order(importer.book)["1"]
    assert {name: amount for name, amount in figures.items() if amount and name != "lines"} == money
    assert steps_of(importer.book, "1") == steps


LATE = "4/1/2016 21:05"
"""Promised in four days, shipped in five."""
IN_TIME = "4/2/2016 21:05"
SAID = "dataco_disputes/1/"
SETTLED = [
    *PLACED,
    ("dispatched", "2016-04-06 21:05"),
    ("delivered", "2016-04-10 21:05"),
    ("received", "2016-04-12 21:05"),
    ("completed", "2016-04-12 21:05"),
]


def test_a_late_order_ends_in_a_claim_that_its_exporter_accepts(importer: Importer) -> None:
    importer.disputed(dataco("1", total="250.00", ordered=LATE), dataco("1", total="50.00", ordered=LATE))
    figures = money_by_order(importer.book)["1"]
    assert {name: amount for name, amount in figures.items() if amount and name != "lines"} == {
        "total_minor": 30_000,
        "received_minor": 30_000,
        "released_minor": 29_700,
        "refunded_minor": 300,
    }
    assert steps_of(importer.book, "1") == SETTLED
    opened, settled = log_of(importer.book, topics=["dispute.opened", "dispute.claim_settled"])
    (claim,) = opened.event.claims
    assert (claim.kind, claim.line, claim.days_late, claim.amount_minor) == ("late", 0, 1, 300)
    assert (settled.event.kind, settled.event.awarded_minor, settled.event.paid_minor) == ("refund", 300, 300)
    assert (opened.command_id, opened.occurred_at) == (SAID + "dispute", datetime(2016, 4, 10, 21, 5, tzinfo=UTC))
    assert (settled.command_id, settled.occurred_at) == (SAID + "settle", datetime(2016, 4, 12, 21, 5, tzinfo=UTC))


def test_a_late_order_of_another_shipping_mode_ends_in_an_offer_that_its_buyer_takes(importer: Importer) -> None:
    importer.disputed(dataco("1", total="250.00", ordered=LATE, mode="First Class"))
    offer, accepted = log_of(importer.book, topics=["dispute.offer_made", "dispute.offer_accepted"])
    assert (offer.event.by, accepted.event.by) == ("exporter", "buyer")
    assert (offer.event.remedy.kind, offer.event.remedy.amount_minor) == ("partial-refund", 125)
    assert (offer.command_id, accepted.command_id) == (SAID + "offer", SAID + "settle")
    assert money_by_order(importer.book)["1"]["refunded_minor"] == 125


@pytest.mark.parametrize(("claimed_minor", "offers_minor"), [(1, []), (2, [1]), (3, [2]), (5, [2])])
def test_an_offer_that_rounds_to_nothing_is_not_made_and_the_claim_accepted(
    importer: Importer, claimed_minor: int, offers_minor: list[int]
) -> None:
    importer.disputed(dataco("1", total=f"{claimed_minor}.00", ordered=LATE, mode="First Class"))
    made = [offer.event.remedy.amount_minor for offer in log_of(importer.book, topics=["dispute.offer_made"])]
    assert made == offers_minor
    assert money_by_order(importer.book)["1"]["refunded_minor"] == sum(offers_minor or [claimed_minor])


@pytest.mark.parametrize(
    ("ordered", "refunded_minor"),
    [("4/1/2016 0:05", 300), ("3/30/2016 21:05", 900), ("3/28/2016 21:05", 1_500), ("3/1/2016 21:05", 1_500)],
)
def test_damages_grow_by_day_up_to_their_most(importer: Importer, ordered: str, refunded_minor: int) -> None:
    importer.disputed(dataco("1", total="300.00", ordered=ordered))
    assert money_by_order(importer.book)["1"]["refunded_minor"] == refunded_minor


@pytest.mark.parametrize(
    "row",
    [
        dataco("1", total="300.00", ordered=IN_TIME),
        dataco("1", total="300.00", ordered="4/2/2016 0:00"),
        dataco("1", total="300.00", ordered="4/4/2016 21:05"),
        dataco("1", total="0.50", ordered=LATE),
        dataco("1", "PROCESSING", total="300.00", ordered=LATE),
    ],
)
def test_nothing_is_said_of_a_dispute_where_nothing_is_due_for_lateness(importer: Importer, row: Cells) -> None:
    report = importer.disputed(row)
    assert (report.rows_accepted, report.commands_refused) == (1, 0)
    assert not list(log_of(importer.book, topics=["dispute.opened"]))
    assert money_by_order(importer.book)["1"]["refunded_minor"] == 0


@pytest.mark.parametrize(("ordered", "days_late"), [(IN_TIME, []), (LATE, [1])])
def test_lateness_is_counted_in_days_of_the_files_time_zone(
    importer: Importer, ordered: str, days_late: list[int]
) -> None:
    """In New York it is 21:05 when in UTC the next day has begun."""
    path = write_csv(importer.folder / "dataco.csv", DATACO, (dataco("1", total="300.00", ordered=ordered),))
    there = msgspec.structs.replace(load_mapping("dataco_disputes"), time_zone="America/New_York")
    assert importer.file(path, there).rows_accepted == 1
    found = log_of(importer.book, topics=["order.lateness_found"])
    opened = log_of(importer.book, topics=["dispute.opened"])
    assert [late.event.days_late for late in found] == days_late
    assert [dispute.event.claims[0].days_late for dispute in opened] == days_late


def test_a_dry_run_and_a_second_import_know_disputes(importer: Importer) -> None:
    rows = [
        dataco(str(number), total=f"{number}00.00", ordered=ordered, mode=mode)
        for number, (ordered, mode) in enumerate([(LATE, "First Class"), (LATE, "Same Day"), (IN_TIME, "Same Day")], 1)
    ]
    dry = importer.disputed(*rows, dry_run=True)
    first = importer.disputed(*rows)
    assert dry == msgspec.structs.replace(first, dry_run=True)
    assert first.commands_accepted == 3 * 6 + 3 + 2
    size = size_of(importer.book)
    second = importer.disputed(*rows)
    assert (second.commands_accepted, second.commands_unchanged) == (0, first.commands_accepted)
    assert size_of(importer.book) == size


def test_a_dispute_that_the_file_leaves_open_keeps_what_is_claimed_aside(importer: Importer) -> None:
    mapping = load_mapping("dataco_disputes")
    course: tuple[Verb, ...] = ("place", "accept", "pay", "dispatch", "deliver", "dispute", "confirm")
    status = msgspec.structs.replace(mapping.status, courses={"COMPLETE": course})
    path = write_csv(importer.folder / "dataco.csv", DATACO, (dataco("1", total="300.00", ordered=LATE),))
    importer.file(path, msgspec.structs.replace(mapping, status=status))
    assert money_by_order(importer.book)["1"]["released_minor"] == 29_700
    assert next(h.event.amount_minor for h in log_of(importer.book, topics=["hold.disputed"])) == 300


def test_an_invoice_is_an_order_paid_and_released_on_its_date(importer: Importer) -> None:
    importer.retail(retail("536365", quantity="6", price="3.39"), retail("536365", "BANK CHARGES", "1", "0.5"))
    assert money_by_order(importer.book)["536365"] == {
        "total_minor": 2084,
        "received_minor": 2084,
        "held_minor": 0,
        "frozen_minor": 0,
        "released_minor": 2084,
        "recovered_minor": 0,
        "refunded_minor": 0,
        "lines": 2,
    }
    assert {at for _, at in steps_of(importer.book, "536365")} == {"2010-12-01 08:26"}
    placed = next(event for _, event, _, _ in log_of(importer.book, topics=["order.placed"]))
    assert (placed.buyer, placed.exporter, placed.terms.currency) == ("17850", "online-retail", "GBP")
    assert [line.sku for line in placed.lines] == ["71053", "BANK CHARGES"]


def test_an_order_keeps_what_the_file_says_about_it(importer: Importer) -> None:
    importer.dataco(dataco("1", mode="Same Day"))
    placed = next(event for _, event, _, _ in log_of(importer.book, topics=["order.placed"]))
    assert (placed.buyer, placed.exporter, placed.terms.transport_mode) == ("CUST-77", "DEP-7", "express")
    assert f"{placed.terms.ship_by:%Y-%m-%d}" == "2016-04-05"


def test_a_buyer_who_is_not_named_is_unknown(importer: Importer) -> None:
    importer.retail(retail("536365", customer=""))
    assert next(event for _, event, _, _ in log_of(importer.book, topics=["order.placed"])).buyer == "unknown"


@pytest.mark.parametrize(
    ("total", "amount_minor"),
    [("0.125", 12), ("0.135", 14), ("1.005", 100), ("1.015", 102), ("2.675", 268), ("175.9900055", 17599), ("7", 700)],
)
def test_an_amount_is_rounded_half_even(importer: Importer, total: str, amount_minor: int) -> None:
    importer.dataco(dataco("1", total=total))
    assert money_by_order(importer.book)["1"]["released_minor"] == amount_minor


@pytest.mark.parametrize(
    ("quantity", "price", "amount_minor"),
    [("3", "0.335", 100), ("5", "0.203", 102), ("3", "0.005", 2), ("7", "0.1", 70)],
)
def test_quantity_times_price_is_rounded_once(importer: Importer, quantity: str, price: str, amount_minor: int) -> None:
    importer.retail(retail("1", quantity=quantity, price=price))
    assert money_by_order(importer.book)["1"]["total_minor"] == amount_minor


def test_each_line_is_rounded_for_itself(importer: Importer) -> None:
    importer.dataco(dataco("1", total="0.005"), dataco("1", total="0.015"), dataco("1", total="0.025"))
    assert money_by_order(importer.book)["1"]["total_minor"] == 2 + 2
    assert importer.rejected() == [("1", "amount_rounds_to_zero")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (retail("1")[:-1], "columns_wrong"),
        ((*retail("1"), "more"), "columns_wrong"),
        (retail(" "), "order_missing"),
        (retail("1 2"), "reference.malformed"),
        (retail("A563185", price="11062.06"), "adjustment_invoice"),
        (retail("1", customer="a/b"), "reference.malformed"),
        (retail("1", date="01.12.2010"), "date_unreadable"),
        (retail("1", quantity="six"), "quantity_unreadable"),
        (retail("1", quantity="1.5"), "quantity_unreadable"),
        (retail("1", quantity="9" * 40), "quantity_unreadable"),
        (retail("1", quantity="0"), "quantity_not_positive"),
        (retail("1", quantity="-3", price="0"), "quantity_not_positive"),
        (retail("1", price="3,39"), "price_unreadable"),
        (retail("1", price="0.0"), "price_zero"),
        (retail("1", price="-1"), "price_negative"),
        (retail("1", quantity="1", price="0.005"), "amount_rounds_to_zero"),
        (retail("1", quantity="9" * 15, price="9" * 18), "money.amount_out_of_range"),
        (retail("C1", quantity="3"), "cancellation_quantity_not_negative"),
        (retail("C1", quantity="x"), "quantity_unreadable"),
        (retail("C1", quantity="-3", customer=""), "cancellation_customer_unknown"),
        (retail("C1", quantity="-3", date="?"), "date_unreadable"),
        (retail("C1", quantity="-3", stock="nothing"), "no_original_left"),
        (retail("1", stock="caf\u00e9"), "order.terms_malformed"),
        (retail("1", customer="online-retail"), "party.same"),
    ],
)
def test_a_row_that_can_not_be_meant_is_rejected_alone(importer: Importer, row: Cells, reason: str) -> None:
    report = importer.retail(retail("7"), row, retail("8"))
    assert importer.rejected() == [("2", reason)]
    assert report.rejected_by_reason == {reason: 1}
    assert report.rows_accepted == 2
    assert set(money_by_order(importer.book)) == {"7", "8"}
    assert reason in REASONS or reason in {"adjustment_invoice", "order.terms_malformed", "party.same"}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (dataco("1", "LOST"), "status_unknown"),
        (dataco("1", customer=""), "value_missing"),
        (dataco("1", mode="Carrier pigeon"), "value_unknown"),
        (dataco("1", total="ten"), "amount_unreadable"),
        (dataco("1", total="0"), "amount_not_positive"),
        (dataco("1", total="-4"), "amount_not_positive"),
        (dataco("7", "PENDING", quantity="0"), "status_differs_from_first_row"),
        (dataco("7", customer="78"), "customer_differs_from_first_row"),
        (dataco("1", ordered="13/13/2016 10:00"), "date_unreadable"),
        ((*dataco("1")[:7], "soon", *dataco("1")[8:]), "days_unreadable"),
        (dataco("1", ordered="4/1/2999 10:00"), "command.occurred_in_future"),
    ],
)
def test_a_row_that_contradicts_is_rejected_alone(importer: Importer, row: Cells, reason: str) -> None:
    importer.dataco(dataco("7"), row, dataco("8"))
    assert importer.rejected() == [("2", reason)]
    assert set(money_by_order(importer.book)) == {"7", "8"}


def test_every_reason_is_explained_in_a_sentence() -> None:
    assert all(sentence.endswith(".") for sentence in REASONS.values())


def test_rejects_carry_the_row_as_it_was(importer: Importer) -> None:
    importer.retail(retail("7"), retail("8", price="free"), ("9", "10"))
    rejects = read_rejects(importer.rejects)
    assert tuple(rejects[0][column] for column in RETAIL) == retail("8", price="free")
    assert rejects[0]["detail"] == "'free'"
    assert (rejects[1]["InvoiceNo"], rejects[1]["StockCode"]) == ("9", "10")


def test_rejects_of_an_earlier_run_are_replaced(importer: Importer) -> None:
    importer.retail(retail("7", price="free"))
    importer.retail(retail("7"))
    assert importer.rejected() == []


def test_a_refund_takes_the_latest_originals_first_at_their_own_price(importer: Importer) -> None:
    report = importer.retail(
        retail("1", quantity="10", price="1.00", date="2011-01-01 09:00:00"),
        retail("2", quantity="10", price="2.00", date="2011-01-02 09:00:00"),
        retail("3", quantity="10", price="4.00", date="2011-01-03 09:00:00"),
        retail("4", "other", quantity="10", price="8.00", date="2011-01-02 09:00:00"),
        retail("5", quantity="10", price="16.00", date="2011-01-02 09:00:00", customer="1.0"),
        retail("C6", quantity="-13", price="99", date="2011-01-02 10:00:00"),
    )
    refunded = {order: money["refunded_minor"] for order, money in money_by_order(importer.book).items()}
    assert refunded == {"1": 300, "2": 2000, "3": 0, "4": 0, "5": 0}
    assert (report.refunds, report.rows_accepted, report.rows_rejected) == (2, 6, 0)
    refund = next(h for h in log_of(importer.book, topics=["refund.proposed"]))
    assert refund.occurred_at == datetime(2011, 1, 2, 10, tzinfo=UTC)
    assert refund.command_id == "online_retail/C6/refund/6/2/2"
    assert refund.event.reason == "goods-returned"


def test_money_is_given_back_a_year_after_the_sale(importer: Importer) -> None:
    back = [
        retail("C2", quantity="-1", date="2011-12-09 12:50:00"),
        retail("C3", quantity="-1", date="2012-12-09 12:50:00"),
    ]
    importer.retail(retail("1", price="1.00"), *back)
    assert money_by_order(importer.book)["1"]["refunded_minor"] == 100
    assert importer.rejected() == [("3", "hold.closed")]


def test_refunds_are_found_whatever_the_order_of_the_rows(importer: Importer) -> None:
    importer.retail(retail("C2", quantity="-1", date="2011-01-02 09:00:00"), retail("1", quantity="2", price="1.00"))
    assert money_by_order(importer.book)["1"]["refunded_minor"] == 100


def test_what_finds_no_original_is_reported_beside_the_accepted_row(importer: Importer) -> None:
    report = importer.retail(retail("1", quantity="10", price="1.00"), retail("C2", quantity="-14"))
    assert (report.rows_accepted, report.rows_rejected, report.rows_partly_rejected) == (2, 0, 1)
    assert report.partly_rejected_units == {"no_original_left": 4}
    (reject,) = read_rejects(importer.rejects)
    assert (reject["row"], reject["reason"], reject["units"]) == ("2", "no_original_left", "4")
    assert money_by_order(importer.book)["1"]["refunded_minor"] == 1000


def test_several_refunds_of_one_line_lose_no_minor_unit(importer: Importer) -> None:
    thirds = [retail(f"C{number}", quantity="-1", date=f"2011-01-0{number} 09:00:00") for number in (1, 2, 3)]
    importer.retail(retail("9", quantity="3", price="0.335"), *thirds)
    proposed = [event.amount_minor for _, event, _, _ in log_of(importer.book, topics=["refund.proposed"])]
    assert proposed == [33, 34, 33]


def test_units_worth_nothing_stay_refundable(importer: Importer) -> None:
    importer.retail(
        retail("9", quantity="10", price="0.002"),
        retail("C1", quantity="-1", date="2011-01-01 09:00:00"),
        retail("C2", quantity="-10", date="2011-01-02 09:00:00"),
    )
    assert importer.rejected() == [("2", "refund_rounds_to_zero")]
    assert money_by_order(importer.book)["9"]["refunded_minor"] == 2


def test_a_row_rejected_for_two_reasons_is_listed_under_the_greater(importer: Importer) -> None:
    importer.retail(retail("9", quantity="10", price="0.002"), retail("C1", quantity="-13"))
    assert importer.rejected() == [("2", "no_original_left")]
    importer.retail(retail("8", quantity="4", price="0.001", customer="1"), retail("C2", quantity="-5", customer="1"))
    assert importer.rejected() == [("1", "amount_rounds_to_zero"), ("2", "no_original_left")]


def test_equal_cancellation_lines_are_told_apart(importer: Importer) -> None:
    importer.retail(retail("1", quantity="2", price="1.00"), *[retail("C2", quantity="-1")] * 2)
    assert money_by_order(importer.book)["1"]["refunded_minor"] == 200


def test_rows_of_an_order_may_stand_anywhere(importer: Importer) -> None:
    report = importer.dataco(
        dataco("1", total="1.00"), dataco("2", total="2.00"), dataco("1", total="4.00"), dataco("3"), dataco("2")
    )
    money = money_by_order(importer.book)
    assert {order: (figures["total_minor"], figures["lines"]) for order, figures in money.items()} == {
        "1": (500, 2),
        "2": (1200, 2),
        "3": (1000, 1),
    }
    assert list(money) == ["1", "2", "3"]
    assert report.orders == 3


def test_more_heads_than_are_remembered_change_nothing(importer: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_index, "_HEADS_REMEMBERED", 2)
    rows = [dataco(order, customer=order) for order in ("1", "2", "3", "1", "2", "3")]
    assert importer.dataco(*rows, dataco("1", customer="2")).rows_accepted == 6
    assert importer.rejected() == [("7", "customer_differs_from_first_row")]


def test_a_long_order_is_placed_with_all_its_lines(importer: Importer) -> None:
    importer.retail(*[retail("1", stock=f"S{number}") for number in range(600)])
    added = [len(e.lines) for _, e, _, _ in log_of(importer.book) if isinstance(e, OrderLinesAdded)]
    assert added == [250, 100]
    assert money_by_order(importer.book)["1"]["lines"] == 600


def test_an_order_beyond_the_ledgers_limit_is_rejected_row_by_row(importer: Importer) -> None:
    report = importer.retail(*[retail("1")] * (LINES_MAX + 5), retail("2"))
    assert report.rejected_by_reason == {"order.terms_malformed": LINES_MAX + 5}
    assert report.rows_accepted == 1


def test_a_second_import_changes_nothing_and_says_so(importer: Importer) -> None:
    rows = (retail("1", quantity="5"), retail("2", stock="\u00e9"), retail("3", price="0"), retail("C4", quantity="-9"))
    first = importer.retail(*rows)
    rejects, size = importer.rejects.read_text(), size_of(importer.book)
    second = importer.retail(*rows)
    assert (size_of(importer.book), importer.rejects.read_text()) == (size, rejects)
    assert (second.commands_accepted, second.commands_unchanged) == (0, first.commands_accepted)
    changing = {"commands_accepted": 0, "commands_unchanged": first.commands_accepted}
    assert second == msgspec.structs.replace(first, **changing)


def test_another_file_adds_only_what_is_new(importer: Importer) -> None:
    importer.retail(retail("1"), retail("2"))
    report = importer.retail(retail("9"), retail("2"), retail("1"))
    assert (report.commands_accepted, report.commands_unchanged) == (6, 12)


def test_a_corrected_order_conflicts_with_what_was_imported(importer: Importer) -> None:
    importer.retail(retail("1"))
    report = importer.retail(retail("1", price="4.00"))
    assert report.rejected_by_reason == {"command.id_reused": 1}
    assert money_by_order(importer.book)["1"]["total_minor"] == 6 * 339


def test_an_order_that_somebody_else_placed_is_left_alone(importer: Importer) -> None:
    importer.book.say(place_order("1"))
    report = importer.retail(retail("1"), retail("1"), retail("2"))
    assert report.rejected_by_reason == {"order.already_placed": 2}
    (detail, _) = [reject["detail"] for reject in read_rejects(importer.rejects)]
    assert detail.startswith("place: ")
    assert json.loads(detail.removeprefix("place: ")) == {"order": "order:1"}


def test_a_refused_order_is_no_original_of_a_refund(importer: Importer) -> None:
    importer.retail(retail("1"), retail("1", stock="\u00e9"), retail("C2", quantity="-1"))
    assert importer.rejected() == [
        ("1", "order.terms_malformed"),
        ("2", "order.terms_malformed"),
        ("3", "no_original_left"),
    ]


def test_a_refund_that_the_ledger_refuses_is_listed_with_its_code(importer: Importer) -> None:
    unpaid = msgspec.structs.replace(
        load_mapping("online_retail"),
        status=msgspec.convert({"always": ["place", "accept"]}, type(load_mapping("dataco").status)),
    )
    path = write_csv(importer.folder / "unpaid.csv", RETAIL, (retail("1"), retail("C2", quantity="-2")))
    report = importer.file(path, unpaid)
    assert importer.rejected() == [("2", "hold.recovery_exceeded")]
    assert (report.rows_accepted, report.commands_refused, report.refunds) == (1, 1, 0)


class Interrupted(Writer):
    """A writer whose process ends after so many commands."""

    left = 0

    def enqueue(self, waiting: Sequence[Waiting]) -> None:
        self.left -= len(waiting)
        if self.left < 0:
            raise WriterClosed
        super().enqueue(waiting)


@pytest.mark.parametrize("commands_done", [0, 1, 3, 4, 9, 15, 21])
def test_an_import_that_was_interrupted_is_completed_by_another(importer: Importer, commands_done: int) -> None:
    rows = (retail("1", quantity="5"), retail("2"), retail("3"), retail("C4", quantity="-9"), retail("1"))
    writer = Interrupted(importer.book.ledger, linger_seconds=0)
    writer.left = commands_done
    with pytest.raises(WriterClosed):
        importer.retail(*rows, writer=writer)
    writer.close()
    report = importer.retail(*rows)
    assert report.commands_accepted + report.commands_unchanged == 20
    assert {order: money["released_minor"] for order, money in money_by_order(importer.book).items()} == {
        "1": 11 * 339,
        "2": 6 * 339,
        "3": 6 * 339,
    }
    assert sum(money["refunded_minor"] for money in money_by_order(importer.book).values()) == 9 * 339
    assert importer.retail(*rows).commands_accepted == 0


class Absent(Writer):
    """A writer whose database has gone."""

    def enqueue(self, waiting: Sequence[Waiting]) -> None:
        for each in waiting:
            if isinstance(each.submission.command, commands.PlaceOrder):
                each.tell(DatabaseAbsent(attempts=1))
            else:
                super().enqueue((each,))


def test_an_absent_database_stops_the_import_and_rejects_nothing(importer: Importer) -> None:
    writer = Absent(importer.book.ledger)
    with pytest.raises(DatabaseAbsent):
        importer.retail(retail("1"), writer=writer)
    writer.close()
    assert importer.retail(retail("1")).rows_accepted == 1


class Watched(Writer):
    """A writer that remembers how full its queue was."""

    most = 0

    def enqueue(self, waiting: Sequence[Waiting]) -> None:
        super().enqueue(waiting)
        self.most = max(self.most, self.waiting)


def test_commands_under_way_are_bounded_and_batches_are_full(importer: Importer) -> None:
    writer = Watched(importer.book.ledger)
    report = importer.retail(*[retail(str(number)) for number in range(1, 2_001)], writer=writer)
    writer.close()
    assert report.commands_accepted == 12_000
    assert 1_000 < writer.most <= 5_000


def test_a_full_queue_is_waited_for(importer: Importer) -> None:
    writer = Writer(importer.book.ledger, queue_commands_max=4)
    report = importer.retail(retail("1"), retail("2"), writer=writer)
    writer.close()
    assert report.commands_accepted == 12


def test_a_dry_run_says_what_would_be_and_records_nothing(importer: Importer) -> None:
    rows = (retail("1", quantity="5"), retail("2", stock="\u00e9"), retail("3", price="0"), retail("C4", quantity="-9"))
    size = size_of(importer.book)
    dry = importer.retail(*rows, dry_run=True)
    rejects = importer.rejects.read_text()
    assert size_of(importer.book) == size
    real = importer.retail(*rows)
    assert dry == msgspec.structs.replace(real, dry_run=True)
    assert importer.rejects.read_text() == rejects


def test_a_dry_run_knows_the_ledgers_rules(importer: Importer) -> None:
    path = write_csv(importer.folder / "dataco.csv", DATACO, (dataco("1"),))
    report = importer.file(path, with_course("place", "pay"), dry_run=True)
    assert report.rejected_by_reason == {"order.not_in_state": 1}


def test_a_gzipped_file_is_read(importer: Importer) -> None:
    path = write_csv(importer.folder / "retail.csv.gz", RETAIL, (retail("1"),))
    assert importer.file(path, "online_retail").rows_accepted == 1


def test_gzip_is_known_by_its_content(importer: Importer) -> None:
    path = write_csv(importer.folder / "retail.csv.gz", RETAIL, (retail("1"),))
    assert importer.file(path.rename(importer.folder / "retail.csv"), "online_retail").rows_accepted == 1


def test_a_byte_order_mark_is_no_part_of_the_first_column(importer: Importer) -> None:
    path = write_csv(importer.folder / "retail.csv", RETAIL, (retail("1"),), encoding="utf-8-sig")
    assert importer.file(path, "online_retail").rows_accepted == 1


def test_bytes_that_are_no_text_reject_their_row(importer: Importer) -> None:
    path = write_csv(importer.folder / "retail.csv", RETAIL, (retail("1"), retail("2"), retail("3")))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join((*lines[:2], lines[2].replace(b"WHITE", b"WEI\xdf\x00"), *lines[3:])))
    report = importer.file(path, "online_retail")
    assert importer.rejected() == [("2", "bytes_unreadable")]
    assert report.rows_accepted == 2
    assert "WEI\\udcdf" in read_rejects(importer.rejects)[0]["Description"]


def test_another_encoding_is_named_by_the_mapping(importer: Importer) -> None:
    latin = msgspec.structs.replace(load_mapping("online_retail"), encoding="latin-1")
    row = ("1", "S", "CAF\u00c9", *retail("1")[3:])
    path = write_csv(importer.folder / "retail.csv", RETAIL, (row,), encoding="latin-1")
    assert importer.file(path, "online_retail").rejected_by_reason == {"bytes_unreadable": 1}
    assert importer.file(path, latin).rows_accepted == 1


def test_a_quote_that_is_never_closed_rejects_what_it_swallows(importer: Importer) -> None:
    path = write_csv(importer.folder / "retail.csv", RETAIL, (retail("1"),))
    with path.open("a") as file:
        file.write('2,S,"never closed,6,2010-12-01 08:26:00,1.00,,UK\n' + "3,S,T,6,2010-12-01 08:26:00,1.00,,UK\n" * 2)
    report = importer.file(path, "online_retail")
    assert (report.rows_read, report.rows_accepted) == (2, 1)
    (reject,) = read_rejects(importer.rejects)
    assert (reject["reason"], reject["detail"]) == ("csv_unreadable", "lines 3 to 5 unexpected end of data")


def test_rows_after_an_endless_cell_or_line_are_read(importer: Importer) -> None:
    path = write_csv(importer.folder / "retail.csv", RETAIL, (retail("1"), retail("2", stock="x" * 200_000)))
    with path.open("a") as file:
        file.write("2," * 2**20 + "\n")
        file.write(",".join(retail("3")) + "\n\n")
    report = importer.file(path, "online_retail")
    assert importer.rejected() == [("2", "csv_unreadable"), ("3", "csv_unreadable")]
    assert report.rows_accepted == 2


def test_blank_lines_are_no_rows(importer: Importer) -> None:
    path = write_csv(importer.folder / "retail.csv", RETAIL, ((), retail("1"), (), retail("2", price="x")))
    report = importer.file(path, "online_retail")
    assert report.rows_read == 2
    assert importer.rejected() == [("2", "price_unreadable")]


def test_a_missing_column_is_named(importer: Importer) -> None:
    path = write_csv(importer.folder / "retail.csv", RETAIL[:-3], ())
    with pytest.raises(ColumnMissing) as caught:
        importer.file(path, "online_retail")
    assert caught.value.column == "UnitPrice"


def test_a_column_that_is_there_twice_is_named(importer: Importer) -> None:
    path = write_csv(importer.folder / "retail.csv", (*RETAIL, "Quantity"), ())
    with pytest.raises(ColumnRepeated):
        importer.file(path, "online_retail")


def test_a_file_that_breaks_off_imports_nothing(importer: Importer) -> None:
    path = write_csv(importer.folder / "a.csv.gz", RETAIL, [retail(str(number)) for number in range(5_000)])
    path.write_bytes(path.read_bytes()[:-100])
    size = size_of(importer.book)
    with pytest.raises(OrderFileUnreadable):
        importer.file(path, "online_retail")
    assert size_of(importer.book) == size


@pytest.mark.parametrize("content", [None, b"", b'"InvoiceNo', gzip.compress(b"x", mtime=0)[:5]])
def test_a_file_that_is_none_is_named(importer: Importer, content: bytes | None) -> None:
    path = importer.folder / "absent.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises((OrderFileUnreadable, ColumnMissing)):
        importer.file(path, "online_retail")


def test_rejects_that_can_not_be_written_stop_before_anything_is_recorded(importer: Importer) -> None:
    path = write_csv(importer.folder / "retail.csv", RETAIL, (retail("1"),))
    size = size_of(importer.book)
    for rejects in (path, path / "rejects.csv", importer.folder):
        with pytest.raises(RejectsUnwritable):
            import_orders(path, load_mapping("online_retail"), importer.book.writer, rejects=rejects)
    assert size_of(importer.book) == size


THIRD = b"""
    name = "third"
    currency = "JPY"
    date_format = "%d.%m.%Y %H:%M"
    time_zone = "Asia/Tokyo"
    delimiter = ";"
    decimal_mark = ","
    encoding = "utf-16"
    payment_account = "bank:safeguarded:tokyo"
    order = "order"
    buyer = { column = "buyer" }
    exporter = { column = "seller", prefix = "S-" }
    transport_mode = { column = "by" }
    lines = { sku = "sku", quantity = "pieces", unit_price = "price" }
    status = { always = ["place", "accept", "pay", "dispatch"] }
    ship_by = { column = "at", plus_days = 10 }
    occurred_at.place = { column = "at" }
    occurred_at.accept = { column = "at" }
    occurred_at.pay = { column = "at" }
    occurred_at.dispatch = { column = "at", plus_days = 2 }
"""


def test_a_third_kind_of_file_needs_no_more_than_a_mapping(importer: Importer) -> None:
    path = importer.folder / "third.csv"
    path.write_text(
        "sku;order;buyer;seller;by;pieces;price;at\n"
        "X;1;B;7;sea;3;10,5;22.03.2024 01:00\n"
        "X;2;B;7;camel;3;10,5;22.03.2024 01:00\n"
        "X;3;B;7;sea;3;10.5;22.03.2024 01:00\n",
        encoding="utf-16",
    )
    importer.file(path, parse_mapping(THIRD, source="third"))
    assert money_by_order(importer.book) == {
        "1": dict.fromkeys(money_by_order(importer.book)["1"], 0)
        | {"total_minor": 32, "received_minor": 32, "held_minor": 32, "lines": 1}
    }
    assert steps_of(importer.book, "1") == [
        ("placed", "2024-03-21 16:00"),
        ("accepted", "2024-03-21 16:00"),
        ("dispatched", "2024-03-23 16:00"),
    ]
    assert importer.rejected() == [("2", "value_unknown"), ("3", "price_unreadable")]


def test_a_defect_in_deciding_one_order_is_told_of_its_rows(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(_command: commands.AcceptOrder, _uow: UnitOfWork) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(handlers, "HANDLERS", handlers.HANDLERS | {commands.AcceptOrder: break_down})
    assert importer.retail(retail("1")).rejected_by_reason == {"ledger.defect": 1}
    assert "ZeroDivisionError" in read_rejects(importer.rejects)[0]["detail"]


def with_course(*course: Verb) -> Mapping:
    mapping = load_mapping("dataco")
    status = msgspec.structs.replace(mapping.status, courses={"COMPLETE": course})
    return msgspec.structs.replace(mapping, status=status)


def check_that_goods_leave_only_after_acceptance(importer: Importer) -> None:
    path = write_csv(importer.folder / "dataco.csv", DATACO, (dataco("1"),))
    report = importer.file(path, with_course("place", "dispatch"))
    assert report.rejected_by_reason == {"order.not_in_state": 1}
    assert steps_of(importer.book, "1") == PLACED[:1]


def check_that_no_more_is_refunded_than_was_paid(importer: Importer) -> None:
    importer.retail(retail("1", quantity="5"))
    paid = importer.book.submission(commands.ProposeRefund(order="1", amount=Money("GBP", 5 * 339), reason="by-hand"))
    while_claims_last = msgspec.structs.replace(paid, occurred_at=datetime(2010, 12, 1, 9, tzinfo=UTC))
    assert isinstance(importer.book.writer.submit(while_claims_last).result(timeout=30), Accepted)
    report = importer.retail(retail("1", quantity="5"), retail("C2", quantity="-5"))
    assert report.rejected_by_reason == {"hold.recovery_exceeded": 1}


RULES_AND_CHECKS = [
    (Order, "_need", check_that_goods_leave_only_after_acceptance),
    (Hold, "recoverable_minor", check_that_no_more_is_refunded_than_was_paid),
]


@pytest.mark.parametrize("check", [check for _, _, check in RULES_AND_CHECKS])
def test_an_import_obeys_the_ledgers_rules(importer: Importer, check: Callable[[Importer], None]) -> None:
    check(importer)


@pytest.mark.parametrize(("owner", "rule", "check"), RULES_AND_CHECKS)
def test_without_a_rule_of_the_ledger_an_import_test_fails(
    importer: Importer, monkeypatch: pytest.MonkeyPatch, owner: type, rule: str, check: Callable[[Importer], None]
) -> None:
    """Only the Writer's rules stand between a file and the log: the importer repeats none of them."""
    monkeypatch.setattr(owner, rule, 10**9 if rule.endswith("_minor") else lambda *_: None)
    with pytest.raises(AssertionError):
        check(importer)


def test_every_event_of_an_import_comes_from_a_command_of_its_own(importer: Importer) -> None:
    before = size_of(importer.book)
    importer.dataco(dataco("1", "CANCELED"), dataco("2", "SUSPECTED_FRAUD"))
    ids = list(dict.fromkeys(happened.command_id for happened in log_of(importer.book)))
    assert size_of(importer.book) > before
    assert ids[-11:] == [
        "import/1/draft",
        "import/1/approve",
        "import/1/publish",
        *(f"dataco/1/{verb}" for verb in ("place", "accept", "pay", "cancel")),
        *(f"dataco/2/{verb}" for verb in ("place", "accept", "pay", "freeze")),
    ]


def test_an_import_takes_no_fee_and_waits_for_nobody(importer: Importer) -> None:
    importer.dataco(dataco("1", total="90000000000"))
    released = next(event for _, event, _, _ in log_of(importer.book, topics=["hold.released"]))
    assert (released.fee_minor, released.tax_minor, released.net_minor) == (0, 0, 9_000_000_000_000)


def test_a_mapping_with_rules_of_its_own_has_a_rulebook_of_its_own(importer: Importer) -> None:
    importer.dataco(dataco("1"))
    importer.disputed(dataco("2"))
    placed = [h.event.terms.rulebook for h in log_of(importer.book, topics=["order.placed"])]
    assert placed == ["rulebook:import/1", "rulebook:import/dataco_disputes"]
    shared, own = [h.event.rules for h in log_of(importer.book, topics=["rulebook.drafted"])][-2:]
    changes = {change.field: change.after for change in difference(shared, own)}
    assert changes == {"late_remedy": "damages", "late_damages_bps_per_day": 100, "late_damages_bps_max": 500}


def test_a_mapping_whose_own_rules_have_changed_needs_another_name(importer: Importer) -> None:
    importer.disputed(dataco("1"))
    mapping = load_mapping("dataco_disputes")
    changed = msgspec.structs.replace(mapping, rules={**mapping.rules, "late_damages_bps_max": 600})
    size = size_of(importer.book)
    with pytest.raises(ImportRulebookTaken) as caught:
        importer.file(importer.folder / "dataco.csv", changed)
    assert (caught.value.rulebook, caught.value.refusal) == ("import/dataco_disputes", "command.id_reused")
    assert size_of(importer.book) == size
    other = msgspec.structs.replace(changed, name="late")
    assert importer.file(write_csv(importer.folder / "other.csv", DATACO, (dataco("2"),)), other).rows_accepted == 1


def test_what_an_earlier_release_published_is_still_imported_under(importer: Importer) -> None:
    then = commands.DraftRulebook(rulebook="import/1", rules=Rules(four_eyes_where_unlisted=False))
    said = importer.book.submission(then, actor="import:drafter", command_id="import/1/draft")
    earlier = msgspec.structs.replace(said, principal="import:rulebook", role="import")
    assert isinstance(importer.book.writer.submit(earlier).result(timeout=30), Accepted)
    assert importer.dataco(dataco("1")).rows_accepted == 1


def test_two_mappings_share_one_rulebook(importer: Importer) -> None:
    importer.dataco(dataco("1"))
    importer.retail(retail("2"))
    assert len(list(log_of(importer.book, topics=["rulebook.published"]))) == 2


def test_a_rulebook_of_somebody_else_is_not_taken_for_ours(importer: Importer) -> None:
    importer.book.say(commands.DraftRulebook(rulebook="import/1", rules=Rules(service_fee_bps=9_000)))
    with pytest.raises(ImportRulebookTaken):
        importer.dataco(dataco("1"))


def test_progress_goes_from_the_first_byte_to_the_last_row(importer: Importer) -> None:
    path = write_csv(importer.folder / "r.csv.gz", RETAIL, [retail(str(number // 4)) for number in range(12_000)])
    seen: list[Progress] = []
    import_orders(
        path, load_mapping("online_retail"), importer.book.writer, progress=seen.append, rejects=importer.rejects
    )
    assert list(dict.fromkeys(progress.stage for progress in seen)) == [
        "reading",
        "recording",
        "refunding",
        "reporting",
    ]
    assert {progress.bytes_total for progress in seen} == {path.stat().st_size}
    assert seen[-1].bytes_read == path.stat().st_size
    assert (seen[-1].rows_read, seen[-1].rows_settled, seen[-1].commands_answered) == (12_000, 12_000, 18_000)
    assert [progress.rows_settled for progress in seen] == sorted(progress.rows_settled for progress in seen)
    assert sum(progress.stage == "recording" for progress in seen) >= 3

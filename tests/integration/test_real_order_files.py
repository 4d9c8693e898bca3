"""The two real order files, and any file like them, come to the figures of a script that knows nothing of this code."""

import gzip
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count, islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg_pool import ConnectionPool

from api.exchange.mapping import load_mapping
from api.exchange.order_file import import_orders
from api.exchange.order_file_report import ImportReport
from domain.references import order_of_dispute
from ledger.pool import Connection
from tests.books import Book
from tests.independent.order_totals import BOOKS, Books
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
    write_csv,
)

SAME_REASON = {"quantity_not_positive_integer": "quantity_not_positive"}
"""What the script calls otherwise."""


def check_same(report: ImportReport, book: Book, expected: Books) -> None:
    """Compare order by order, row by row, refund by refund, and the totals."""
    money = money_by_order(book)
    assert dict(money) == expected.order_money()
    assert refunds_of(book) == sorted((r.row, r.order, r.original_row, r.amount_minor) for r in expected.refunds)
    assert disputes_of(book) == {d.order: (d.days_late, d.claimed_minor, d.given_minor) for d in expected.disputes}
    assert rejects_of(report) == sorted(expected_rejects(expected))
    totals = expected.totals()
    for figure in ("total_minor", "received_minor", "held_minor", "frozen_minor", "released_minor", "refunded_minor"):
        assert sum(figures[figure] for figures in money.values()) == totals.get(figure, 0)
    assert (report.rows_read, report.orders, report.refunds) == (
        totals["rows_read"],
        totals["orders"],
        totals["refunds"],
    )
    assert report.rows_accepted == totals["lines_accepted"] + totals["refund_lines"]
    assert report.rows_rejected == totals["rows_rejected"]
    assert report.rows_partly_rejected == totals["rows_partly_rejected"]


def refunds_of(book: Book) -> list[tuple[int, str, int, int]]:
    """Row, order, row of the original and amount of every refund that a row asked for."""
    refunds = []
    for _, event, _, command_id in log_of(book, topics=["refund.proposed"]):
        if "/refund/" in command_id:
            row, order, original_row = command_id.split("/")[-3:]
            refunds.append((int(row), order, int(original_row), event.amount_minor))
    return sorted(refunds)


def disputes_of(book: Book) -> dict[str, tuple[int, int, int]]:
    """Days late, what was claimed and what was paid of it, by order."""
    paid = {at: event.paid_minor for at, event, _, _ in log_of(book, topics=["dispute.claim_settled"])}
    opened = {at: event.claims for at, event, _, _ in log_of(book, topics=["dispute.opened"])}
    return {order_of_dispute(at): (claim.days_late, claim.amount_minor, paid[at]) for at, (claim,) in opened.items()}


def rejects_of(report: ImportReport) -> list[tuple[int, str, str]]:
    """Row, reason, and units where the row was accepted in part."""
    return sorted((int(row["row"]), row["reason"], row["units"]) for row in read_rejects(Path(report.rejects)))


def expected_rejects(expected: Books) -> Iterator[tuple[int, str, str]]:
    for row, reason in expected.rejected.items():
        yield row, SAME_REASON.get(reason, reason), ""
    for row, parts in expected.partly_rejected.items():
        yield from ((row, reason, str(units)) for reason, units in parts.items())


def check_import(book: Book, path: Path, mapping: str, folder: Path) -> ImportReport:
    """Import a file and compare it with the script's reading of it."""
    report = import_orders(path, load_mapping(mapping), book.writer, rejects=folder / "rejects.csv")
    check_same(report, book, BOOKS[mapping](str(path)))
    return report


def check_second_import(book: Book, path: Path, mapping: str, first: ImportReport) -> None:
    size, rejects = size_of(book), Path(first.rejects).read_bytes()
    second = import_orders(path, load_mapping(mapping), book.writer, rejects=Path(first.rejects))
    assert (size_of(book), Path(first.rejects).read_bytes()) == (size, rejects)
    assert (second.commands_accepted, second.commands_unchanged) == (0, first.commands_accepted)
    assert second.rejected_by_reason == first.rejected_by_reason


def test_dataco_comes_to_the_independent_figures(book: Book, shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "orders" / "dataco_orders.csv.gz"
    report = check_import(book, path, "dataco", tmp_path)
    check_second_import(book, path, "dataco", report)


def test_dataco_with_its_disputes_comes_to_the_independent_figures(
    book: Book, shared_data: Path, tmp_path: Path
) -> None:
    path = shared_data / "orders" / "dataco_orders.csv.gz"
    report = check_import(book, path, "dataco_disputes", tmp_path)
    assert len(disputes_of(book)) == 1_495
    assert {event.remedy.kind for _, event, _, _ in log_of(book, topics=["dispute.offer_accepted"])} == {
        "partial-refund"
    }
    check_second_import(book, path, "dataco_disputes", report)


def test_the_first_months_of_online_retail_come_to_the_independent_figures(
    book: Book, shared_data: Path, tmp_path: Path
) -> None:
    path = tmp_path / "first_months.csv.gz"
    with (
        gzip.open(shared_data / "orders" / "online_retail.csv.gz", "rb") as whole,
        gzip.open(path, "wb", compresslevel=1) as first,
    ):
        first.writelines(islice(whole, 40_001))
    check_import(book, path, "online_retail", tmp_path)


@pytest.mark.soak
@pytest.mark.timeout(1_200)
def test_online_retail_comes_to_the_independent_figures(book: Book, shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "orders" / "online_retail.csv.gz"
    report = check_import(book, path, "online_retail", tmp_path)
    check_second_import(book, path, "online_retail", report)


RETAIL_ROWS = st.builds(
    retail,
    st.sampled_from(["1", "2", "3", "4", "C1", "C2", "C3", "A1"]),
    st.sampled_from(["71053", "D", "BANK CHARGES"]),
    st.integers(-12, 12).map(str),
    st.sampled_from(["0.0", "-1.5", "0.001", "0.04", "0.335", "1.005", "2.0", "649.5"]),
    date=st.sampled_from(["2010-12-01 08:26:00", "2010-12-01 09:00:00", "2011-01-31 12:00:00"]),
    customer=st.sampled_from(["", "17850.0", "12347.0"]),
)
DATACO_ROWS = st.builds(
    dataco,
    st.sampled_from(["1", "2", "3"]),
    st.sampled_from(["COMPLETE", "PROCESSING", "SUSPECTED_FRAUD", "CANCELED", "PENDING"]),
    st.sampled_from(["10.0", "175.9900055", "0.125", "0.135", "0.0", "-3.0"]),
    quantity=st.sampled_from(["1", "5", "0"]),
    customer=st.sampled_from(["77", "78"]),
)
PROMISED_DAYS = 4
SHIPPED_ON = date(2016, 4, 6)


def shipped_after(days: int, order: str, status: str, total: str, mode: str) -> Cells:
    """Return a row of a DataCo file that also says how many days after the order it was shipped."""
    ordered = SHIPPED_ON - timedelta(days=days)
    return (*dataco(order, status, total, ordered=f"{ordered:%m/%d/%Y} 21:05", mode=mode), str(days))


LATE_ROWS = st.builds(
    shipped_after,
    st.integers(PROMISED_DAYS - 1, PROMISED_DAYS + 7),
    st.sampled_from(["1", "2", "3"]),
    st.sampled_from(["COMPLETE", "CLOSED", "PROCESSING", "CANCELED"]),
    st.sampled_from(["0.0", "0.125", "0.5", "0.51", "1.0", "10.0", "49.5", "175.9900055", "3000.0"]),
    st.sampled_from(["First Class", "Standard Class"]),
)
LATE = (*DATACO, "Days for shipping (real)")
BOOK_NUMBERS = count(1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.one_of(
        st.tuples(st.just("online_retail"), st.just(RETAIL), st.lists(RETAIL_ROWS, min_size=1, max_size=30)),
        st.tuples(st.just("dataco"), st.just(DATACO), st.lists(DATACO_ROWS, min_size=1, max_size=8)),
        st.tuples(st.just("dataco_disputes"), st.just(LATE), st.lists(LATE_ROWS, min_size=1, max_size=8)),
    )
)
def test_any_file_like_them_comes_to_the_independent_figures(
    pool: ConnectionPool[Connection], tmp_path: Path, file: tuple[str, Cells, list[Cells]]
) -> None:
    mapping, header, rows = file
    path = write_csv(tmp_path / "drawn.csv.gz", header, rows)
    with Book.opened(pool, name=f"drawn-{next(BOOK_NUMBERS)}") as book:
        report = check_import(book, path, mapping, tmp_path)
        check_second_import(book, path, mapping, report)

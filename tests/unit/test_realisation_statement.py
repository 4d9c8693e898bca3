"""Statements of realisation on paper and in spreadsheets: nothing cut that is an amount, all bills, page by page."""

import csv
import io
import re
from datetime import date

import pytest
from msgspec.structs import replace

from api.exchange.realisation_csv import COLUMNS, realisation_csv
from api.exchange.realisation_pdf import LINES_A_PAGE, RealisationTooLong, realisation_pdf
from api.realisation_statements import (
    DeductedFor,
    RealisationStatement,
    StatementBill,
    StatementRemittance,
    StatementTotal,
    quarter_of,
)
from tests.unit.test_statements import pages_of

BILL = StatementBill(
    receivable="INNSA1-7001",
    invoices=["EXP/118", 'EXP,"119"'],
    orders=["PO-1"],
    shipped_on=date(2026, 10, 6),
    due_on=date(2028, 1, 6),
    currency="USD",
    brought_forward_minor=0,
    shipped_minor=810_320,
    realised_minor=800_000,
    deducted_minor=885,
    open_minor=9_435,
    deducted_for=[DeductedFor(reason="platform-fee", amount_minor=885)],
    remittances=["IRM-42"],
    certificates=["UTIB0000118"],
    declarable=True,
    closed_by=None,
)
MONEY = StatementRemittance(
    remittance="IRM-42",
    received_on=date(2026, 10, 20),
    purpose="P0102",
    currency="USD",
    amount_minor=900_000,
    allocated_minor=800_000,
    left_minor=100_000,
)


def stated(*bills: StatementBill, money: tuple[StatementRemittance, ...] = (MONEY,)) -> RealisationStatement:
    total = StatementTotal(
        currency="USD",
        bills=len(bills),
        brought_forward_minor=sum(bill.brought_forward_minor for bill in bills),
        shipped_minor=sum(bill.shipped_minor for bill in bills),
        realised_minor=sum(bill.realised_minor for bill in bills),
        deducted_minor=sum(bill.deducted_minor for bill in bills),
        open_minor=sum(bill.open_minor for bill in bills),
    )
    return RealisationStatement(
        book="main",
        exporter="EXP-1",
        quarter=quarter_of("2026-Q4"),
        position=99,
        bills=list(bills),
        remittances=list(money),
        totals=[total] if bills else [],
    )


def test_page_has_all_that_is_declared() -> None:
    (page,) = pages_of(realisation_pdf(stated(BILL, replace(BILL, receivable="INNSA1-7002", declarable=False))))
    said = "\n".join(page)
    assert {"INNSA1-7001 *", "INNSA1-7002", "8,103.20", "8,000.00", "8.85", "94.35", "Page 1 of 1"} <= set(page)
    assert {"16,206.40", "Total of 2 bills", "P0102", "1,000.00"} <= set(page)
    assert "posted from 2026-10-01 to 2026-12-31" in said
    assert "log position 99" in said
    assert "signature" in said
    assert "IRM-42; UTIB0000118; platform-fee 8.85" in said


def test_lines_go_on_page_by_page_and_none_is_lost() -> None:
    bills = [replace(BILL, receivable=f"SB-{number}") for number in range(2 * LINES_A_PAGE)]
    pages = pages_of(realisation_pdf(stated(*bills)))
    assert len(pages) == 3
    names = [text for page in pages for text in page if re.fullmatch(r"SB-\d+ \*", text)]
    assert names == [f"SB-{number} *" for number in range(2 * LINES_A_PAGE)]
    assert [any("signature" in text for text in page) for page in pages] == [False, False, True]


def test_largest_amount_is_printed_whole_and_long_texts_are_cut() -> None:
    large = replace(BILL, shipped_minor=2**53 - 1, remittances=[f"IRM-{number:040}" for number in range(9)])
    (page,) = pages_of(realisation_pdf(stated(large)))
    assert "90,071,992,547,409.91" in page
    assert any(text.endswith("..") for text in page)


def test_empty_quarter_is_a_page_and_the_same_statement_the_same_file() -> None:
    (page,) = pages_of(realisation_pdf(stated(money=())))
    assert "Page 1 of 1" in page
    assert realisation_pdf(stated(BILL)) == realisation_pdf(stated(BILL))


def test_more_than_anybody_prints_is_refused() -> None:
    with pytest.raises(RealisationTooLong) as refused:
        realisation_pdf(stated(BILL, BILL), lines_max=4)
    assert (refused.value.lines, refused.value.lines_max) == (5, 4)


def test_csv_is_read_back_as_it_was_stated() -> None:
    rows = list(csv.DictReader(io.StringIO(realisation_csv(stated(BILL)).decode(), newline="")))
    assert tuple(rows[0]) == COLUMNS
    bill, money, total = rows
    assert (bill["invoices"], bill["deducted_for"]) == ('EXP/118; EXP,"119"', "platform-fee=8.85")
    assert [bill[name] for name in ("brought_forward", "shipped", "realised", "deducted", "open")] == [
        "0.00",
        "8103.20",
        "8000.00",
        "8.85",
        "94.35",
    ]
    assert (money["amount"], money["left"], total["open"], total["row"]) == ("9000.00", "1000.00", "94.35", "total")

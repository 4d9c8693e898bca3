"""Statements of account: their extents, their arithmetic, and how they are written as CSV, JSON and PDF."""

import base64
import csv
import io
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.exchange.statement_csv import COLUMNS, statement_csv
from api.exchange.statement_json import statement_json
from api.exchange.statement_pdf import LINES_A_PAGE, StatementTooLong, statement_pdf
from domain.money import MINOR_MAX
from projections.moment import Moment
from projections.statement_lines import FullStatement, Posted, StatementLine, StatementUnsound, Totals, running
from projections.statements import Extent, Statement, StatementMalformed, between_days, between_positions

ASSET, LIABILITY = "clearing:card", "payable:exporter:EXP-1"
AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
JANUARY = between_days(date(2026, 1, 1), date(2026, 1, 31), position=7_000)

amounts = st.lists(st.integers(-MINOR_MAX, MINOR_MAX), max_size=80)


def statement(
    account: str = ASSET,
    *,
    opening_minor: int = 0,
    closing_minor: int = 0,
    currency: str = "USD",
    extent: Extent = JANUARY,
) -> Statement:
    return Statement(
        book="main",
        account=account,
        currency=currency,
        extent=extent,
        recorded_at=AT,
        opening_balance_minor=opening_minor,
        closing_balance_minor=closing_minor,
    )


def posted(
    amount_minor: int, *, position: int = 5, late: bool = False, against: Sequence[str] = ("hold:PO-1",)
) -> Posted:
    event = "hold.payment_received"
    return Posted(date(2026, 1, 9), position, 1, amount_minor, late, AT, AT, event, "hold:PO-1", list(against))


def full(account: str, amounts_minor: Sequence[int], *, opening_minor: int = 0, currency: str = "USD") -> FullStatement:
    sign = 1 if account == ASSET else -1
    debits_minor = sum(minor for minor in amounts_minor if minor > 0)
    credits_minor = -sum(minor for minor in amounts_minor if minor < 0)
    closing_minor = opening_minor + sign * sum(amounts_minor)
    head = statement(account, opening_minor=opening_minor, closing_minor=closing_minor, currency=currency)
    postings = (
        posted(minor, position=number, late=not number % 3) for number, minor in enumerate(amounts_minor, start=1)
    )
    totals = Totals(lines=len(amounts_minor), debits_minor=debits_minor, credits_minor=credits_minor)
    return FullStatement(head, totals, running(head, postings, balance_minor=opening_minor))


def csv_rows(*statements: FullStatement) -> list[dict[str, str]]:
    text = b"".join(statement_csv(statements)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def pages_of(pdf: bytes) -> list[list[str]]:
    """Return the texts of each page as the file has them, in the order in which they were put there."""
    streams = re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL)
    contents = (zlib.decompress(base64.a85decode(b"<~" + stream.strip(), adobe=True)) for stream in streams)
    return [
        [text.decode().replace("\\", "") for text in re.findall(rb"\(((?:[^()\\]|\\.)*)\) Tj", content)]
        for content in contents
    ]


class TestExtents:
    def test_both_days_are_included(self) -> None:
        assert JANUARY.opening == Moment(7_000, date(2025, 12, 31))
        assert JANUARY.closing == Moment(7_000, date(2026, 1, 31))
        assert (JANUARY.first_day, JANUARY.last_day) == (date(2026, 1, 1), date(2026, 1, 31))

    def test_one_day_is_an_extent(self) -> None:
        day = date(2026, 1, 1)
        assert between_days(day, day, position=1).first_day == day

    def test_an_open_beginning_opens_at_nothing(self) -> None:
        for first in (None, date.min):
            extent = between_days(first, date(2026, 1, 31), position=5)
            assert extent.opening == Moment(0)
            assert extent.first_day == date.min

    def test_an_open_end_closes_with_everything(self) -> None:
        extent = between_days(date.max, None, position=5)
        assert (extent.closing, extent.first_day, extent.last_day) == (Moment(5), date.max, date.max)

    def test_by_recording_the_first_position_is_left_out(self) -> None:
        extent = between_positions(3, 9)
        assert (extent.opening, extent.closing, extent.recorded_after) == (Moment(3), Moment(9), 3)

    def test_an_end_before_the_beginning_is_refused(self) -> None:
        with pytest.raises(StatementMalformed, match="2026-01-01 is before 2026-01-02"):
            between_days(date(2026, 1, 2), date(2026, 1, 1), position=1)
        with pytest.raises(StatementMalformed, match="position 3 is before 4"):
            between_positions(4, 3)


class TestRunning:
    @given(amounts, st.integers(-MINOR_MAX, MINOR_MAX), st.sampled_from([ASSET, LIABILITY]))
    def test_lines_lead_from_the_opening_to_the_closing_balance(
        self, amounts_minor: list[int], opening_minor: int, account: str
    ) -> None:
        lead = full(account, amounts_minor, opening_minor=opening_minor)
        lines = list(lead.lines)
        assert [line.debit_minor - line.credit_minor for line in lines] == amounts_minor
        assert all(line.debit_minor >= 0 <= line.credit_minor for line in lines)
        assert all(one.balance_after_minor == other.balance_before_minor for one, other in pairwise(lines))
        if lines:
            ends = (lines[0].balance_before_minor, lines[-1].balance_after_minor)
            assert ends == (opening_minor, lead.statement.closing_balance_minor)

    def test_a_credit_raises_what_is_owed_and_lowers_what_is_had(self) -> None:
        (owed,) = running(statement(LIABILITY, closing_minor=5), [posted(-5)], balance_minor=0)
        (had,) = running(statement(ASSET, closing_minor=-5), [posted(-5)], balance_minor=0)
        assert (owed.credit_minor, owed.balance_after_minor) == (5, 5)
        assert (had.credit_minor, had.balance_after_minor) == (5, -5)

    def test_lines_that_lead_elsewhere_are_an_error_once_they_are_read(self) -> None:
        lines = running(statement(closing_minor=99), [posted(100)], balance_minor=0)
        assert next(lines).balance_after_minor == 100
        with pytest.raises(StatementUnsound) as unsound:
            next(lines)
        assert (unsound.value.reached_minor, unsound.value.closing_balance_minor) == (100, 99)
        assert not unsound.value.retryable

    def test_times_are_utc_whatever_the_database_speaks(self) -> None:
        elsewhere = AT.astimezone(timezone(timedelta(hours=5, minutes=30)))
        spoken = posted(1)._replace(occurred_at=elsewhere, recorded_at=elsewhere)
        (line,) = running(statement(closing_minor=1), [spoken], balance_minor=0)
        assert (line.occurred_at.isoformat(), line.recorded_at.isoformat()) == ("2026-11-22T09:00:00+00:00",) * 2


class TestCsv:
    def test_a_file_has_a_row_for_each_posting_between_opening_and_closing(self) -> None:
        opening, first, second, closing = csv_rows(full(LIABILITY, [-12_345, 345], opening_minor=-5))
        assert tuple(first) == COLUMNS
        assert [row["row"] for row in (opening, first, second, closing)] == ["opening", "posting", "posting", "closing"]
        assert (opening["posting_date"], opening["position"], opening["balance_after"]) == (
            "2025-12-31",
            "7000",
            "-0.05",
        )
        assert first == {
            "account": LIABILITY,
            "currency": "USD",
            "row": "posting",
            "posting_date": "2026-01-09",
            "occurred_at": "2026-11-22T09:00:00+00:00",
            "recorded_at": "2026-11-22T09:00:00+00:00",
            "position": "1",
            "line": "1",
            "event": "hold.payment_received",
            "about": "hold:PO-1",
            "counter_accounts": "hold:PO-1",
            "debit": "",
            "credit": "123.45",
            "balance_before": "-0.05",
            "balance_after": "123.40",
            "late": "",
        }
        assert (second["debit"], second["credit"]) == ("3.45", "")
        assert (closing["posting_date"], closing["balance_after"]) == ("2026-01-31", "119.95")

    def test_amounts_have_the_decimals_of_their_currency(self) -> None:
        _, row, _ = csv_rows(full(ASSET, [1_234], currency="JPY"))
        assert (row["debit"], row["balance_after"]) == ("1234", "1234")

    def test_an_account_with_several_currencies_is_one_file(self) -> None:
        rows = csv_rows(full(ASSET, [5], currency="EUR"), full(ASSET, [], currency="USD"))
        assert [(row["currency"], row["row"]) for row in rows] == [
            ("EUR", "opening"),
            ("EUR", "posting"),
            ("EUR", "closing"),
            ("USD", "opening"),
            ("USD", "closing"),
        ]

    def test_it_comes_in_pieces_before_all_lines_are_read(self) -> None:
        read = 0

        def lines() -> Iterator[StatementLine]:
            nonlocal read
            for line in full(ASSET, [1] * 5_000).lines:
                read += 1
                yield line

        whole = full(ASSET, [1] * 5_000)
        pieces = statement_csv([whole._replace(lines=lines())])
        next(pieces)
        assert 0 < read < 5_000
        assert sum(piece.count(b"\r\n") for piece in statement_csv([whole])) == 5_003


class TestJson:
    @pytest.mark.parametrize("count", [0, 1, 499, 500, 501])
    def test_it_is_one_document_with_every_line(self, count: int) -> None:
        said = json.loads(b"".join(statement_json([full(ASSET, [7] * count), full(ASSET, [8], currency="EUR")])))
        assert [head["closing_balance_minor"] for head in said["statements"]] == [7 * count, 8]
        assert [line["debit_minor"] for line in said["lines"]] == [7] * count + [8]
        assert said["next"] is None

    def test_its_moments_are_told_in_the_words_of_every_read(self) -> None:
        said = json.loads(b"".join(statement_json([full(ASSET, [])])))
        assert said["statements"][0]["extent"] == {
            "by": "posting-date",
            "opening": {"position": 7_000, "as_of": "2025-12-31"},
            "closing": {"position": 7_000, "as_of": "2026-01-31"},
        }


class TestPdf:
    def test_the_same_statement_is_the_same_file(self) -> None:
        one, other = (statement_pdf([full(LIABILITY, [-5] * 70)]) for _ in range(2))
        assert one == other
        assert one.startswith(b"%PDF-")

    def test_it_says_of_what_it_is(self) -> None:
        (page,) = pages_of(statement_pdf([full(LIABILITY, [-5])]))
        for said in (
            "Statement of account",
            "Page 1 of 1",
            "main",
            LIABILITY,
            "liability: due to an exporter; below zero owed by it",
            "USD",
            "posted from 2026-01-01 up to 2026-01-31",
            "log position 7000, log size 7000 events, the last recorded 2026-11-22 09:00:00",
        ):
            assert said in page
        assert any("Credits raise the balance" in text for text in page)

    @pytest.mark.parametrize(
        ("extent", "said"),
        [
            (between_days(None, None, position=9), "all posting dates"),
            (between_days(date(2026, 1, 1), None, position=9), "posted from 2026-01-01"),
            (between_days(None, date(2026, 1, 1), position=9), "posted up to 2026-01-01"),
            (between_positions(3, 9), "recorded after position 3 and up to position 9"),
        ],
    )
    def test_it_says_from_when_to_when(self, extent: Extent, said: str) -> None:
        empty = FullStatement(statement(extent=extent), Totals(lines=0, debits_minor=0, credits_minor=0), iter(()))
        (page,) = pages_of(statement_pdf([empty]))
        assert said in page

    def test_a_line_has_its_amount_and_the_balances_around_it(self) -> None:
        (page,) = pages_of(statement_pdf([full(LIABILITY, [-123_456_700], opening_minor=-5)]))
        start = page.index("2026-01-09")
        assert [text for text in page[start : start + 7] if text] == [
            "2026-01-09",
            "1/1",
            "hold.payment_received",
            "1,234,567.00",
            "-0.05",
            "1,234,566.95",
            "hold:PO-1, occurred 2026-11-22 09:00:00, recorded 2026-11-22 09:00:00, against hold:PO-1",
        ]

    @pytest.mark.parametrize("count", [0, 1, LINES_A_PAGE - 1, LINES_A_PAGE, LINES_A_PAGE + 1, 3 * LINES_A_PAGE])
    def test_every_page_takes_over_what_the_page_before_carried_forward(self, count: int) -> None:
        pages = pages_of(statement_pdf([full(ASSET, [-100, 300] * (count // 2) + [7] * (count % 2), opening_minor=50)]))
        assert len(pages) == max(1, -(-count // LINES_A_PAGE))
        for number, page in enumerate(pages, start=1):
            assert f"Page {number} of {len(pages)}" in page
            assert ("Opening balance" in page) == (number == 1)
            assert ("Closing balance" in page) == (number == len(pages))
        for page, following in pairwise(pages):
            carried, brought = page.index("Carried forward"), following.index("Brought forward")
            assert page[carried + 1 : carried + 4] == following[brought + 1 : brought + 4]
        closing = pages[-1].index("Closing balance")
        sums_minor = (
            50 + 200 * (count // 2) + 7 * (count % 2),
            300 * (count // 2) + 7 * (count % 2),
            100 * (count // 2),
        )
        assert pages[-1][closing + 1 : closing + 4] == [f"{minor / 100:,.2f}" for minor in sums_minor]

    def test_each_currency_begins_on_a_page_1(self) -> None:
        pages = pages_of(statement_pdf([full(ASSET, [5], currency="EUR"), full(ASSET, [5], currency="USD")]))
        assert [("Page 1 of 1" in page, "EUR" in page, "USD" in page) for page in pages] == [
            (True, True, False),
            (True, False, True),
        ]

    def test_late_lines_are_marked(self) -> None:
        (page,) = pages_of(statement_pdf([full(ASSET, [5] * 9)]))
        assert page.count("late") == 3

    def test_long_names_are_set_smaller_and_then_cut_but_amounts_never(self) -> None:
        key = "X" * 64
        head = statement(closing_minor=MINOR_MAX)
        wide = posted(MINOR_MAX, against=[f"payable:exporter:{key}"] * 5)._replace(about=f"release:{key}/12")
        totals = Totals(lines=1, debits_minor=MINOR_MAX, credits_minor=0)
        printed = FullStatement(head, totals, running(head, [wide], balance_minor=0))
        (page,) = pages_of(statement_pdf([printed]))
        assert page.count("90,071,992,547,409.91") == 4
        (small,) = (text for text in page if key in text)
        assert "recorded 2026-11-22 09:00:00" in small
        assert small.endswith("..")

    def test_of_many_counter_accounts_the_first_are_named(self) -> None:
        head = statement(closing_minor=4)
        against = [f"hold:PO-{number}" for number in range(5)]
        totals = Totals(lines=1, debits_minor=4, credits_minor=0)
        lines = running(head, [posted(4, against=against)], balance_minor=0)
        (page,) = pages_of(statement_pdf([FullStatement(head, totals, lines)]))
        assert any(text.endswith("against hold:PO-0, hold:PO-1, hold:PO-2 and 2 more") for text in page)

    def test_more_lines_than_anybody_prints_are_refused_before_one_is_read(self) -> None:
        long = full(ASSET, [1] * 5)
        with pytest.raises(StatementTooLong) as refused:
            statement_pdf([long, full(ASSET, [1])], lines_max=5)
        assert (refused.value.lines, refused.value.lines_max) == (6, 5)
        assert "CSV" in str(refused.value)
        assert next(long.lines).position == 1
        assert statement_pdf([full(ASSET, [1] * 5)], lines_max=5)

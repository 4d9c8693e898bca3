"""A month's reconciliation as CSV, for spreadsheets: a row for each figure, amounts in major units."""

import csv
from io import StringIO

from msgspec.structs import asdict

from api.exchange.month_end_rows import month_end_rows
from api.month_end import MonthEnd

COLUMNS = ("book", "month", "section", "account", "what", "reference", "day", "count", "currency", "amount")


def month_end_csv(report: MonthEnd) -> bytes:
    """Return a reconciliation as CSV (RFC 4180, UTF-8, a heading first)."""
    text = StringIO(newline="")
    rows = csv.DictWriter(text, COLUMNS, extrasaction="ignore")
    rows.writeheader()
    common = {"book": report.book, "month": report.month}
    for row in month_end_rows(report):
        rows.writerow(common | asdict(row))
    return text.getvalue().encode()

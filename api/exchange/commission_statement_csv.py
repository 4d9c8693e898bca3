"""
Commission statements as CSV, for spreadsheets: a row that opens, one for each event, one that closes.

Amounts are in major units with all their decimals; a statement without its closing row isn't whole.
"""

import csv
from collections.abc import Iterable
from io import StringIO

from api.commission_statements import CommissionStatement
from domain.money import to_major

COLUMNS = (
    *("partner", "currency", "row", "posted_on", "event", "order", "exporter", "accrued", "due", "position"),
    *("accrued_after", "due_after"),
)


def commission_statement_csv(statements: Iterable[CommissionStatement]) -> bytes:
    """Return statements as CSV (RFC 4180, UTF-8, a heading first)."""
    text = StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for one in statements:
        whose = (one.partner, one.currency)
        accrued_minor, due_minor = one.opening_accrued_minor, one.opening_due_minor

        def major(*amounts_minor: int, currency: str = one.currency) -> list[str]:
            return [to_major(minor, currency) for minor in amounts_minor]

        rows.writerow((*whose, "opening", one.first_on or "", *("",) * 6, *major(accrued_minor, due_minor)))
        for line in one.lines:
            accrued_minor, due_minor = accrued_minor + line.accrued_minor, due_minor + line.due_minor
            about = (line.posted_on, line.topic, line.order, line.exporter)
            moved = major(line.accrued_minor, line.due_minor)
            after = major(accrued_minor, due_minor)
            rows.writerow((*whose, "event", *about, *moved, line.position, *after))
        closing = major(one.closing_accrued_minor, one.closing_due_minor)
        rows.writerow((*whose, "closing", one.last_on or "", *("",) * 6, *closing))
    return text.getvalue().encode()

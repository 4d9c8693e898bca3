"""
A statement of realisation as CSV, for spreadsheets and banks' forms: a row for each bill, remittance and total.

Amounts are in major units with all their decimals. Source of what is told: shared reference, section 3.2.
"""

import csv
from collections.abc import Iterator
from io import StringIO

from api.realisation_statements import RealisationStatement, StatementBill, StatementRemittance, StatementTotal
from domain.money import to_major

COLUMNS = (
    "row",
    "exporter",
    "quarter",
    "shipping_bill",
    "remittance",
    "invoices",
    "orders",
    "shipped_on",
    "received_on",
    "due_on",
    "purpose",
    "currency",
    "brought_forward",
    "shipped",
    "realised",
    "deducted",
    "open",
    "deducted_for",
    "remittances",
    "certificates",
    "amount",
    "allocated",
    "left",
    "own_declaration",
    "closed_by",
)


def realisation_csv(statement: RealisationStatement) -> bytes:
    """Return a statement as CSV (RFC 4180, UTF-8, a heading first)."""
    text = StringIO(newline="")
    rows = csv.DictWriter(text, COLUMNS, restval="")
    rows.writeheader()
    common = {"exporter": statement.exporter, "quarter": statement.quarter.name}
    for cells in _rows(statement):
        rows.writerow(common | cells)
    return text.getvalue().encode()


def _rows(statement: RealisationStatement) -> Iterator[dict[str, object]]:
    yield from map(_bill, statement.bills)
    yield from map(_remittance, statement.remittances)
    yield from map(_total, statement.totals)


def _bill(bill: StatementBill) -> dict[str, object]:
    currency = bill.currency
    reasons = (f"{each.reason}={to_major(each.amount_minor, currency)}" for each in bill.deducted_for)
    return {
        "row": "bill",
        "shipping_bill": bill.receivable,
        "invoices": "; ".join(bill.invoices),
        "orders": " ".join(bill.orders),
        "shipped_on": bill.shipped_on,
        "due_on": bill.due_on,
        "deducted_for": " ".join(reasons),
        "remittances": " ".join(bill.remittances),
        "certificates": " ".join(bill.certificates),
        "own_declaration": "yes" if bill.declarable else "no",
        "closed_by": bill.closed_by or "",
        **_amounts(bill),
    }


def _remittance(came: StatementRemittance) -> dict[str, object]:
    return {
        "row": "remittance",
        "remittance": came.remittance,
        "received_on": came.received_on,
        "purpose": came.purpose,
        "currency": came.currency,
        "amount": to_major(came.amount_minor, came.currency),
        "allocated": to_major(came.allocated_minor, came.currency),
        "left": to_major(came.left_minor, came.currency),
    }


def _total(total: StatementTotal) -> dict[str, object]:
    return {"row": "total", **_amounts(total)}


def _amounts(told: StatementBill | StatementTotal) -> dict[str, object]:
    names = ("brought_forward", "shipped", "realised", "deducted", "open")
    amounts = {name: to_major(getattr(told, f"{name}_minor"), told.currency) for name in names}
    return {"currency": told.currency, **amounts}

"""Commission statements as PDF, to send to partners: what accrued, became due and was paid, event by event."""

from collections.abc import Iterable

from api.commission_statements import CommissionStatement
from api.exchange.sheet_pdf import Sheet, sheets_pdf
from domain.money import to_major

_COLUMNS = ("posted", "event", "order", "exporter", "#accrued", "#due", "#log position")
_NOTE = (
    "Accrued: commission that isn't due yet. Due: what you are owed; below zero what was withheld, taken back or paid. "
    "Each line is an event of the log: an evidence pack proves it, with nobody's help."
)


def commission_statement_pdf(statements: Iterable[CommissionStatement], *, book: str) -> bytes:
    """Return statements as one document, each beginning on a page of its own."""
    return sheets_pdf((_sheet(one, book) for one in statements), title="Commission statement", book=book)


def _sheet(one: CommissionStatement, book: str) -> Sheet:
    def major(*amounts_minor: int) -> list[str]:
        return [to_major(minor, one.currency) for minor in amounts_minor]

    opening = major(one.opening_accrued_minor, one.opening_due_minor)
    closing = major(one.closing_accrued_minor, one.closing_due_minor)
    rows: list[tuple[object, ...]] = [("", "opening balance", "", "", *opening, "")]
    rows += [
        (
            line.posted_on,
            line.topic,
            line.order,
            line.exporter,
            *major(line.accrued_minor, line.due_minor),
            line.position,
        )
        for line in one.lines
    ]
    rows.append(("", "closing balance", "", "", *closing, ""))
    return Sheet(
        title="Commission statement",
        about=[
            ("Partner", one.partner),
            ("Currency", one.currency),
            ("From", str(one.first_on or "the beginning")),
            ("To", str(one.last_on or "now")),
            ("Book", book),
        ],
        columns=_COLUMNS,
        rows=rows,
        note=_NOTE,
    )

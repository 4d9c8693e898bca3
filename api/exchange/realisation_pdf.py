"""
A statement of realisation as PDF, to sign and hand to a bank: A4 across, bills, remittances, totals, a declaration.

Nothing is in it that isn't in the ledger, no time of printing either: the same statement is the same file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import ClassVar, NamedTuple

from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from api.realisation_statements import RealisationStatement, StatementBill, StatementRemittance, StatementTotal
from domain.errors import Refused
from domain.money import to_major

LINES_MAX = 20_000
"""Some 700 pages; nobody prints more."""
LINES_A_PAGE = 28

_FONTS = ("Helvetica", "Helvetica-Bold")
_WIDTH, _HEIGHT = landscape(A4)
_MARGIN = 36
_LEFT, _RIGHT = _MARGIN, _WIDTH - _MARGIN
_SIZE, _SMALL = 7, 6
_LINE_HEIGHT = 14.5
_TEXT_AT = (_LEFT, _LEFT + 105, _LEFT + 205, _LEFT + 250, _LEFT + 295, _LEFT + 325)
_AMOUNTS_TO = (_RIGHT - 200, _RIGHT - 150, _RIGHT - 100, _RIGHT - 50, _RIGHT)
_AMOUNT_WIDTH = 48
_HEADS = ("Shipping bill", "Invoices", "Shipped", "Due", "Curr.", "Remittances, certificates, deductions")
_AMOUNT_HEADS = ("Forward", "Shipped", "Realised", "Deducted", "Open")
_DECLARATION = "Bills marked * are within what the exporter may declare itself. What is said of them here is true."


@dataclass(eq=False, kw_only=True)
class RealisationTooLong(Refused):
    """A statement of more lines than can be printed."""

    code: ClassVar[str] = "realisation.too_long"
    hint: ClassVar[str] = "ask for CSV, which has no limit"
    lines: int
    lines_max: int


class _Line(NamedTuple):
    """What stands in a line: texts from the left, amounts to the right."""

    texts: Sequence[str]
    amounts: Sequence[str]
    bold: bool = False


def realisation_pdf(statement: RealisationStatement, *, lines_max: int = LINES_MAX) -> bytes:
    """
    Return a statement as a document.

    Raises: RealisationTooLong.
    """
    lines = list(_lines(statement))
    if len(lines) > lines_max:
        raise RealisationTooLong(lines=len(lines), lines_max=lines_max)
    file = BytesIO()
    canvas = Canvas(file, pagesize=landscape(A4), invariant=1, pageCompression=1)
    canvas.setTitle(f"Statement of realisation {statement.exporter} {statement.quarter.name}")
    canvas.setSubject(f"Book {statement.book}")
    canvas.setCreator("trade-ledger")
    _Printing(canvas, statement).run(lines)
    canvas.save()
    return file.getvalue()


def _lines(statement: RealisationStatement) -> Iterator[_Line]:
    yield from map(_bill, statement.bills)
    yield from map(_total, statement.totals)
    if statement.remittances:
        yield _Line(("Remittances", "purpose", "received"), ("", "", "amount", "matched", "left"), bold=True)
    yield from map(_remittance, statement.remittances)


def _bill(bill: StatementBill) -> _Line:
    deductions = (f"{each.reason} {to_major(each.amount_minor, bill.currency)}" for each in bill.deducted_for)
    told = "; ".join(filter(None, map(", ".join, (bill.remittances, bill.certificates, list(deductions)))))
    ended = f"closed by {bill.closed_by}" if bill.closed_by else ""
    name = f"{bill.receivable} *" if bill.declarable else bill.receivable
    return _Line(
        (
            name,
            ", ".join(bill.invoices),
            str(bill.shipped_on),
            str(bill.due_on),
            bill.currency,
            "; ".join(filter(None, (told, ended))),
        ),
        _amounts(bill),
    )


def _total(total: StatementTotal) -> _Line:
    return _Line((f"Total of {total.bills} bills", "", "", "", total.currency, ""), _amounts(total), bold=True)


def _remittance(came: StatementRemittance) -> _Line:
    amounts = [to_major(minor, came.currency) for minor in (came.amount_minor, came.allocated_minor, came.left_minor)]
    texts = (came.remittance, came.purpose, str(came.received_on), "", came.currency, "")
    return _Line(texts, ("", "", *map(_grouped, amounts)))


def _amounts(told: StatementBill | StatementTotal) -> list[str]:
    minors = (told.brought_forward_minor, told.shipped_minor, told.realised_minor, told.deducted_minor, told.open_minor)
    return [_grouped(to_major(minor, told.currency)) for minor in minors]


class _Printing:
    """One statement on its way to paper."""

    def __init__(self, canvas: Canvas, statement: RealisationStatement) -> None:
        self._canvas = canvas
        self._statement = statement
        self._y = 0.0

    def run(self, lines: Sequence[_Line]) -> None:
        """Print every page."""
        pages = max(1, -(-len(lines) // LINES_A_PAGE))
        rest = iter(lines)
        for page in range(1, pages + 1):
            self._head(f"Page {page} of {pages}")
            for line in islice(rest, LINES_A_PAGE):
                self._line(line)
            self._foot(is_last=page == pages)
            self._canvas.showPage()

    def _head(self, page: str) -> None:
        said = self._statement
        quarter = said.quarter
        self._y = _HEIGHT - _MARGIN - 8
        self._text(_LEFT, "Statement of realisation", width=300, bold=True, size=13)
        self._amount(_RIGHT, page, width=120)
        self._y -= 14
        period = f"{quarter.name}, posted from {quarter.first_day} to {quarter.last_day}"
        known = f"book {said.book}, known at log position {said.position}"
        self._text(_LEFT, f"Exporter {said.exporter}, {period}, {known}", width=_RIGHT - _LEFT, size=8)
        self._y -= 8
        self._rule()
        self._y -= 10
        self._line(_Line(_HEADS, _AMOUNT_HEADS, bold=True))
        self._y += _LINE_HEIGHT - 5
        self._rule()
        self._y -= 11

    def _line(self, line: _Line) -> None:
        ends = (*_TEXT_AT[1:], _AMOUNTS_TO[0] - _AMOUNT_WIDTH)
        for at, end, text in zip(_TEXT_AT, ends, line.texts, strict=False):
            self._text(at, text, width=end - at - 4, bold=line.bold)
        for to, amount in zip(_AMOUNTS_TO, line.amounts, strict=True):
            self._amount(to, amount, bold=line.bold)
        self._y -= _LINE_HEIGHT

    def _foot(self, *, is_last: bool) -> None:
        self._y = _MARGIN + 12
        if is_last:
            self._text(_LEFT, _DECLARATION, width=_RIGHT - _LEFT - 220, size=_SMALL)
            self._text(_RIGHT - 200, "Date, name, signature: ______________________", width=200, size=_SMALL)
        self._y = _MARGIN
        told = "Forward + shipped - realised - deducted = open. Amounts in the currency of the invoices."
        self._text(_LEFT, told, width=_RIGHT - _LEFT, size=_SMALL)

    def _rule(self) -> None:
        self._canvas.setLineWidth(0.5)
        self._canvas.line(_LEFT, self._y, _RIGHT, self._y)

    def _text(self, x: float, text: str, *, width: float, bold: bool = False, size: float = _SIZE) -> None:
        self._canvas.setFont(_FONTS[bold], size)
        self._canvas.drawString(x, self._y, _cut(text, _FONTS[bold], size, width))

    def _amount(self, x: float, text: str, *, width: float = _AMOUNT_WIDTH, bold: bool = False) -> None:
        wide = stringWidth(text, _FONTS[bold], _SIZE)
        self._canvas.setFont(
            _FONTS[bold], min(_SIZE, _SIZE * width / wide) if wide else _SIZE
        )  # an amount is never cut
        self._canvas.drawRightString(x, self._y, text)


def _cut(text: str, font: str, size: float, width: float) -> str:
    """Return a text that fits: cut where it must be. What isn't of the font's letters is told by a question mark."""
    shown = text.encode("cp1252", "replace").decode("cp1252")
    while shown and stringWidth(shown, font, size) > width:
        shown = f"{shown[:-3]}.." if len(shown) > len("...") else ""
    return shown


def _grouped(amount: str) -> str:
    """Return an amount with its thousands apart: `-1,234.50`."""
    whole, point, decimals = amount.removeprefix("-").partition(".")
    sign = "-" if amount.startswith("-") else ""
    return f"{sign}{int(whole):,}{point}{decimals}"

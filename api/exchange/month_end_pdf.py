"""
A month's reconciliation as PDF, to be filed: A4, section by section, with the position and root that prove it.

Nothing is in it that isn't in the ledger, no time of printing either: the same report is the same file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import ClassVar

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from api.exchange.month_end_rows import Row, Section, month_end_rows
from api.month_end import MonthEnd
from domain.errors import Refused

LINES_MAX = 20_000
"""Some 400 pages; nobody prints more."""
LINES_A_PAGE = 50

_FONTS = ("Helvetica", "Helvetica-Bold")
_WIDTH, _HEIGHT = A4
_MARGIN = 36
_LEFT, _RIGHT = _MARGIN, _WIDTH - _MARGIN
_SIZE, _SMALL = 8, 6
_LINE_HEIGHT = 14
_TEXT_AT = (_LEFT, _LEFT + 130, _LEFT + 270, _LEFT + 372, _LEFT + 425)
_TEXT_TO = _RIGHT - 70
_HEADINGS: dict[Section, str] = {
    "report": "What this is",
    "account": "Accounts at banks",
    "movement": "Accounts at banks",
    "difference": "Accounts at banks",
    "break": "Breaks open at the end of the month, by kind and age",
    "in-transit": "Payouts in transit",
    "month": "The month: orders, ledger, banks",
    "holds": "Proof of holds",
    "cover": "What banks say, against what is owed to clients",
}


@dataclass(eq=False, kw_only=True)
class MonthEndTooLong(Refused):
    """A report of more lines than can be printed."""

    code: ClassVar[str] = "reconciliation.too_long"
    hint: ClassVar[str] = "ask for CSV, which has no limit"
    lines: int
    lines_max: int


def month_end_pdf(report: MonthEnd, *, lines_max: int = LINES_MAX) -> bytes:
    """
    Return a reconciliation as a document.

    Raises: MonthEndTooLong.
    """
    rows = list(month_end_rows(report))
    if len(rows) > lines_max:
        raise MonthEndTooLong(lines=len(rows), lines_max=lines_max)
    file = BytesIO()
    canvas = Canvas(file, pagesize=A4, invariant=1, pageCompression=1)
    canvas.setTitle(f"Reconciliation {report.month}")
    canvas.setSubject(f"Book {report.book}")
    canvas.setCreator("trade-ledger")
    _Printing(canvas, report).run(_with_headings(rows))
    canvas.save()
    return file.getvalue()


def _with_headings(rows: Sequence[Row]) -> list[Row | str]:
    lines: list[Row | str] = []
    heading = ""
    for row in rows:
        if _HEADINGS[row.section] != heading:
            heading = _HEADINGS[row.section]
            lines.append(heading)
        lines.append(row)
    return lines


class _Printing:
    """One report on its way to paper."""

    def __init__(self, canvas: Canvas, report: MonthEnd) -> None:
        self._canvas = canvas
        self._report = report
        self._y = 0.0

    def run(self, lines: Sequence[Row | str]) -> None:
        """Print every page."""
        pages = range(0, len(lines), LINES_A_PAGE)
        for number, first in enumerate(pages, start=1):
            self._head(f"Page {number} of {len(pages)}")
            for line in lines[first : first + LINES_A_PAGE]:
                if isinstance(line, str):
                    self._heading(line)
                else:
                    self._row(line)
            self._foot()
            self._canvas.showPage()

    def _head(self, page: str) -> None:
        report = self._report
        self._y = _HEIGHT - _MARGIN - 8
        self._text(_LEFT, f"Reconciliation {report.month}", width=300, bold=True, size=13)
        self._amount(page)
        self._y -= 14
        told = f"Book {report.book}, {report.first_day} to {report.last_day}, known at log position {report.position}"
        self._text(_LEFT, told, width=_RIGHT - _LEFT)
        self._y -= 8
        self._canvas.setLineWidth(0.5)
        self._canvas.line(_LEFT, self._y, _RIGHT, self._y)
        self._y -= 14

    def _heading(self, heading: str) -> None:
        self._text(_LEFT, heading, width=_RIGHT - _LEFT, bold=True, size=_SIZE + 1)
        self._y -= _LINE_HEIGHT

    def _row(self, row: Row) -> None:
        bold = row.is_total
        if row.section == "report":
            self._text(_LEFT, row.what, width=_TEXT_AT[1] - _LEFT - 4, bold=bold)
            self._text(_TEXT_AT[1], row.reference, width=_RIGHT - _TEXT_AT[1], bold=bold)
        else:
            what = row.what if row.count is None else f"{row.what} ({row.count})"
            texts = (row.account, what, row.reference, row.day, row.currency)
            for at, end, text in zip(_TEXT_AT, (*_TEXT_AT[1:], _TEXT_TO), texts, strict=True):
                self._text(at, text, width=end - at - 4, bold=bold)
            self._amount(_grouped(row.amount), bold=bold)
        self._y -= _LINE_HEIGHT

    def _foot(self) -> None:
        self._y = _MARGIN
        told = "Amounts in major units; a difference is by how much the bank has more than the ledger. Root of the log "
        self._text(_LEFT, told + self._report.root, width=_RIGHT - _LEFT, size=_SMALL)

    def _text(self, x: float, text: str, *, width: float, bold: bool = False, size: float = _SIZE) -> None:
        self._canvas.setFont(_FONTS[bold], size)
        self._canvas.drawString(x, self._y, _cut(text, _FONTS[bold], size, width))

    def _amount(self, text: str, *, bold: bool = False) -> None:
        wide, width = stringWidth(text, _FONTS[bold], _SIZE), _RIGHT - _TEXT_TO
        self._canvas.setFont(_FONTS[bold], min(_SIZE, _SIZE * width / wide) if wide else _SIZE)  # it is never cut
        self._canvas.drawRightString(_RIGHT, self._y, text)


def _cut(text: str, font: str, size: float, width: float) -> str:
    """Return a text that fits: cut where it must be. What isn't of the font's letters is told by a question mark."""
    shown = text.encode("cp1252", "replace").decode("cp1252")
    while shown and stringWidth(shown, font, size) > width:
        shown = f"{shown[:-3]}.." if len(shown) > len("...") else ""
    return shown


def _grouped(amount: str) -> str:
    """Return an amount with its thousands apart: `-1,234.50`."""
    if not amount:
        return ""
    whole, point, decimals = amount.removeprefix("-").partition(".")
    sign = "-" if amount.startswith("-") else ""
    return f"{sign}{int(whole):,}{point}{decimals}"

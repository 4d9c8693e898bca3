"""
A statement of account as PDF, to print and sign: A4, its totals and balance carried forward from page to page.

Nothing is in it that isn't in the ledger, no time of printing either: the same statement is the same file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import islice
from typing import ClassVar, NamedTuple

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from domain.accounts import ControlAccount, control_of
from domain.errors import Refused
from domain.money import to_major
from projections.statement_lines import FullStatement, StatementLine
from projections.statements import Extent, Statement

LINES_MAX = 100_000
"""Some 3,000 pages; nobody prints more, and the library keeps a document in memory until it is complete."""

LINES_A_PAGE = 30

_FONTS = ("Helvetica", "Helvetica-Bold")
_WIDTH, _HEIGHT = A4
_MARGIN = 36
_LEFT, _RIGHT = _MARGIN, _WIDTH - _MARGIN
_POSITION_AT, _EVENT_AT = _LEFT + 48, _LEFT + 100
_AMOUNTS_TO = (_RIGHT - 210, _RIGHT - 140, _RIGHT - 70, _RIGHT)
_AMOUNT_WIDTH = 66
_TEXT_SIZE, _SMALL_SIZE, _SIZE_MIN = 7.5, 6.2, 4
_LINE_HEIGHT, _EDGE_HEIGHT = 20, 16
_COUNTER_ACCOUNTS_MAX = 3


@dataclass(eq=False, kw_only=True)
class StatementTooLong(Refused):
    """A statement of more lines than can be printed."""

    code: ClassVar[str] = "statement.too_long"
    hint: ClassVar[str] = "ask for fewer days or positions, for one currency, or for CSV, which has no limit"
    lines: int
    lines_max: int


class _Sums(NamedTuple):
    """What a statement has come to, in minor units."""

    balance_minor: int
    debits_minor: int
    credits_minor: int


def statement_pdf(statements: Sequence[FullStatement], *, lines_max: int = LINES_MAX) -> bytes:
    """
    Return statements as one document, each beginning on a page 1 of its own.

    Raises, in this order: StatementTooLong, StatementUnsound.
    """
    lines = sum(full.totals.lines for full in statements)
    if lines > lines_max:
        raise StatementTooLong(lines=lines, lines_max=lines_max)
    file = BytesIO()
    canvas = Canvas(file, pagesize=A4, invariant=1, pageCompression=1)
    canvas.setTitle(f"Statement of account {statements[0].statement.account}")
    canvas.setSubject(f"Book {statements[0].statement.book}")
    canvas.setCreator("trade-ledger")
    for full in statements:
        _Printing(canvas, full).run()
    canvas.save()
    return file.getvalue()


class _Printing:
    """One statement on its way to paper."""

    def __init__(self, canvas: Canvas, full: FullStatement) -> None:
        self._canvas = canvas
        self._statement, self._totals, self._lines = full
        self._control = control_of(full.statement.account)
        self._come_to = _Sums(full.statement.opening_balance_minor, 0, 0)
        self._y = 0.0

    def run(self) -> None:
        """Print every page."""
        pages = max(1, -(-self._totals.lines // LINES_A_PAGE))
        for page in range(1, pages + 1):
            is_last = page == pages
            self._head(f"Page {page} of {pages}")
            if page == 1:
                self._edge("Opening balance", moved=False)
            else:
                self._edge("Brought forward")
            for line in islice(self._lines, None if is_last else LINES_A_PAGE):
                self._line(line)
            self._rule()
            self._edge("Closing balance" if is_last else "Carried forward")
            self._foot()
            self._canvas.showPage()

    def _head(self, page: str) -> None:
        self._y = _HEIGHT - _MARGIN - 12
        self._left(_LEFT, "Statement of account", bold=True, size=14)
        self._right(_RIGHT, page, width=120)
        self._y -= 8
        for name, said in _about(self._statement, self._control):
            self._y -= 12
            self._left(_LEFT, name, size=_SMALL_SIZE, grey=True)
            self._left(_LEFT + 48, said, bold=name == "Account", size=8.5)
        self._y -= 10
        self._rule()
        self._y -= 10
        for at, name in ((_LEFT, "Posted"), (_POSITION_AT, "Position"), (_EVENT_AT, "Event")):
            self._left(at, name, bold=True)
        heads = ("Debit", "Credit", "Balance before", "Balance after")
        for to, name in zip(_AMOUNTS_TO, heads, strict=True):
            self._right(to, name, bold=True)
        self._y -= 5
        self._rule()

    def _edge(self, name: str, *, moved: bool = True) -> None:
        """Print what the statement has come to; `moved`: the sums of debits and credits with the balance."""
        self._y -= _EDGE_HEIGHT - 5
        self._left(_LEFT, name, bold=True)
        debit_to, credit_to, _, after_to = _AMOUNTS_TO
        come_to = zip((after_to, debit_to, credit_to), self._come_to, strict=True)
        for to, minor in islice(come_to, None if moved else 1):
            self._right(to, self._amount(minor), bold=True)
        self._y -= 5

    def _line(self, line: StatementLine) -> None:
        self._y -= _LINE_HEIGHT - 10
        self._left(_LEFT, str(line.posting_date))
        self._left(_POSITION_AT, f"{line.position}/{line.line}", width=_EVENT_AT - _POSITION_AT - 4)
        self._left(_EVENT_AT, line.event, width=_AMOUNTS_TO[0] - _AMOUNT_WIDTH - _EVENT_AT)
        moved = [self._amount(minor) if minor else "" for minor in (line.debit_minor, line.credit_minor)]
        around = map(self._amount, (line.balance_before_minor, line.balance_after_minor))
        for to, amount in zip(_AMOUNTS_TO, (*moved, *around), strict=True):
            self._right(to, amount)
        self._y -= 8
        if line.late:
            self._left(_LEFT, "late", bold=True, size=_SMALL_SIZE)
        self._left(_POSITION_AT, _small_print(line), size=_SMALL_SIZE, grey=True, width=_RIGHT - _POSITION_AT)
        self._y -= 2
        before = self._come_to
        self._come_to = _Sums(
            line.balance_after_minor, before.debits_minor + line.debit_minor, before.credits_minor + line.credit_minor
        )

    def _foot(self) -> None:
        self._y = _MARGIN
        raising = "debits" if self._control.sign > 0 else "credits"
        said = (
            f"{raising.capitalize()} raise the balance. Late: recorded after a posting of a later day. Times are UTC."
        )
        self._left(_LEFT, said, size=_SMALL_SIZE, grey=True)

    def _rule(self) -> None:
        self._canvas.setLineWidth(0.5)
        self._canvas.line(_LEFT, self._y, _RIGHT, self._y)

    def _left(
        self,
        x: float,
        text: str,
        *,
        bold: bool = False,
        size: float = _TEXT_SIZE,
        grey: bool = False,
        width: float = _RIGHT - _LEFT,
    ) -> None:
        shown, fitted = _fitted(text, _FONTS[bold], size, width)
        self._canvas.setFont(_FONTS[bold], fitted)
        self._canvas.setFillGray(0.35 if grey else 0)
        self._canvas.drawString(x, self._y, shown)

    def _right(self, x: float, text: str, *, bold: bool = False, width: float = _AMOUNT_WIDTH) -> None:
        shown, fitted = _fitted(text, _FONTS[bold], _TEXT_SIZE, width)
        self._canvas.setFont(_FONTS[bold], fitted)
        self._canvas.setFillGray(0)
        self._canvas.drawRightString(x, self._y, shown)

    def _amount(self, amount_minor: int) -> str:
        return _grouped(to_major(amount_minor, self._statement.currency))


def _about(statement: Statement, control: ControlAccount) -> Iterator[tuple[str, str]]:
    closing = statement.extent.closing
    yield "Book", statement.book
    yield "Account", statement.account
    yield "", f"{control.kind}: {control.meaning}"
    yield "Currency", statement.currency
    yield "Period", _period(statement.extent)
    size = f"log position {closing.position}, log size {closing.position} events"
    yield "Known", f"{size}, the last recorded {_instant(statement.recorded_at)}"


def _period(extent: Extent) -> str:
    if extent.by == "recording":
        return f"recorded after position {extent.opening.position} and up to position {extent.closing.position}"
    first, last = extent.opening.as_of and extent.first_day, extent.closing.as_of
    bounds = [f"from {first}"] * bool(first) + [f"up to {last}"] * bool(last)
    return f"posted {' '.join(bounds)}" if bounds else "all posting dates"


def _small_print(line: StatementLine) -> str:
    """Return what is told below a line; last, where it may be cut, the accounts on the other side."""
    against = ", ".join(line.counter_accounts[:_COUNTER_ACCOUNTS_MAX])
    more = len(line.counter_accounts) - _COUNTER_ACCOUNTS_MAX
    others = f" and {more} more" if more > 0 else ""
    times = f"occurred {_instant(line.occurred_at)}, recorded {_instant(line.recorded_at)}"
    return f"{line.about}, {times}, against {against}{others}"


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _grouped(amount: str) -> str:
    """Return an amount with its thousands apart: `-1,234.50`."""
    whole, point, decimals = amount.removeprefix("-").partition(".")
    sign = "-" if amount.startswith("-") else ""
    return f"{sign}{int(whole):,}{point}{decimals}"


def _fitted(text: str, font: str, size: float, width: float) -> tuple[str, float]:
    """Return a text and its size so that it fits: smaller where it must be, and cut where that isn't enough."""
    wide = stringWidth(text, font, size)
    if wide <= width:
        return text, size
    size = max(_SIZE_MIN, size * width / wide)
    while stringWidth(text, font, size) > width + 0.01:
        text = f"{text[:-3]}.."
    return text, size

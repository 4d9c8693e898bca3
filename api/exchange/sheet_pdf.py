"""
A sheet is a table as PDF with what it is about above it, to print and send: A4, its heading again on each page.

Nothing is in it that isn't in the ledger, no time of printing either: the same sheet is the same file.
"""

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from typing import NamedTuple
from xml.sax.saxutils import escape

from reportlab.lib.colors import black
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, LongTable, PageBreak, Paragraph, SimpleDocTemplate, Spacer, TableStyle

_MARGIN = 36
_TITLE = ParagraphStyle("title", fontName="Helvetica-Bold", fontSize=13, leading=18)
_TEXT = ParagraphStyle("text", fontName="Helvetica", fontSize=8, leading=11)
_CELL = ParagraphStyle("cell", fontName="Helvetica", fontSize=7, leading=8.5, splitLongWords=1)
_NUMBER = ParagraphStyle("number", parent=_CELL, alignment=2)
_RULED = TableStyle(
    [
        ("LINEBELOW", (0, 0), (-1, 0), 0.5, black),
        ("LINEABOVE", (0, -1), (-1, -1), 0.5, black),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 2),
    ]
)


class Sheet(NamedTuple):
    """
    One table. columns: headings that begin with `#` are numbers, set to the right; the last row is the total.

    about: what is said above it, by name.
    """

    title: str
    about: Sequence[tuple[str, str]]
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    note: str = ""


def sheets_pdf(sheets: Iterable[Sheet], *, title: str, book: str) -> bytes:
    """Return sheets as one document, each beginning on a page of its own."""
    file = BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=landscape(A4),
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=title,
        subject=f"Book {book}",
        creator="trade-ledger",
        invariant=1,
    )
    story: list[Flowable] = []
    for sheet in sheets:
        story += [*_printed(sheet), PageBreak()]
    document.build(story or [Paragraph("There is nothing to show.", _TEXT)])
    return file.getvalue()


def _printed(sheet: Sheet) -> Iterator[Flowable]:
    yield Paragraph(escape(sheet.title), _TITLE)
    for name, said in sheet.about:
        yield Paragraph(f"<b>{escape(name)}</b> {escape(said)}", _TEXT)
    yield Spacer(1, 8)
    styles = [_NUMBER if column.startswith("#") else _CELL for column in sheet.columns]
    heads = [
        Paragraph(f"<b>{escape(column.removeprefix('#'))}</b>", style)
        for column, style in zip(sheet.columns, styles, strict=True)
    ]
    rows = [
        [Paragraph(escape(str(cell)), style) for cell, style in zip(row, styles, strict=True)] for row in sheet.rows
    ]
    yield LongTable([heads, *rows], repeatRows=1, style=_RULED)
    if sheet.note:
        yield Spacer(1, 8)
        yield Paragraph(escape(sheet.note), _TEXT)

"""
Tax certificates as PDF, to send to partners: A4, a page or more for each, its totals, then its lines.

Nothing is in it that isn't in the ledger, no time of printing either: the same certificates are the same file. It gives
the figures for the authority's form and isn't that form.
"""

from collections.abc import Iterator, Sequence
from io import BytesIO
from xml.sax.saxutils import escape

from reportlab.lib.colors import black
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from api.exchange.tax_certificates_csv import percent_text
from domain.money import to_major
from projections.withheld_tax import TaxCertificate

_MARGIN = 36
_TITLE = ParagraphStyle("title", fontName="Helvetica-Bold", fontSize=13, leading=18)
_HEAD = ParagraphStyle("head", fontName="Helvetica-Bold", fontSize=9, leading=14, spaceBefore=8)
_TEXT = ParagraphStyle("text", fontName="Helvetica", fontSize=8, leading=11)
_CELL = ParagraphStyle("cell", fontName="Helvetica", fontSize=6.5, leading=8, splitLongWords=1)
_RULED = TableStyle(
    [
        ("FONT", (0, 0), (-1, 0), "Helvetica-Bold", 6.5),
        ("FONT", (0, 1), (-1, -1), "Helvetica", 6.5),
        ("LINEBELOW", (0, 0), (-1, 0), 0.5, black),
        ("LINEBELOW", (0, -1), (-1, -1), 0.25, black),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 2),
    ]
)
_NOTE = "Figures for the certificate of tax deducted; the authority's own form is issued by the authority's system."


def tax_certificates_pdf(certificates: Sequence[TaxCertificate], *, book: str) -> bytes:
    """Return certificates as one document, each beginning on a page of its own."""
    file = BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title="Tax on commission",
        subject=f"Book {book}",
        creator="trade-ledger",
        invariant=1,
    )
    story: list[Flowable] = []
    for each in certificates:
        story += [*_printed(each, book), PageBreak()]
    document.build(story or [_say("No tax was withheld and no commission bore GST.", _TEXT)])
    return file.getvalue()


def _printed(one: TaxCertificate, book: str) -> Iterator[Flowable]:
    payer = "the operator" if one.payer == "operator" else f"exporter {one.exporter}"
    yield _say(f"Tax on commission, {one.quarter}", _TITLE)
    yield _say(f"Partner {one.partner}. Deducted by {payer}. Book {book}. Currency {one.currency}.", _TEXT)
    yield _say(f"From {one.first_day} to {one.last_day}, by day of deduction. {_NOTE}", _TEXT)
    yield _say("Totals", _HEAD)
    yield _table(
        ["Tax", "Code", "Section or rule", "Rate %", "Base", "Deducted", "Base given back", "Given back", "Net"],
        [
            (
                total.levy,
                total.code,
                total.section,
                percent_text(total.rate_bps),
                *(
                    to_major(minor, one.currency)
                    for minor in (
                        total.base_minor,
                        total.deducted_minor,
                        total.base_back_minor,
                        total.given_back_minor,
                        total.net_minor,
                    )
                ),
            )
            for total in one.totals
        ],
        widths=(42, 44, 117, 34, 60, 56, 60, 56, 54),
    )
    yield _say("Lines", _HEAD)
    yield _table(
        ["On", "Deducted on", "Tax", "Code", "Rate %", "Base", "Tax amount", "Order", "Earning", "Log position"],
        [
            (
                line.on,
                line.deducted_on,
                line.levy,
                line.code,
                percent_text(line.rate_bps),
                to_major(line.base_minor, one.currency),
                to_major(line.tax_minor, one.currency),
                line.order,
                line.earning,
                line.position,
            )
            for line in one.lines
        ],
        widths=(48, 50, 40, 48, 34, 64, 60, 95, 36, 48),
    )
    if one.remittances:
        yield _say("Remitted to the authority under these codes, for all partners", _HEAD)
        yield _table(
            ["Posted", "Code", "Amount", "Payout", "Log position"],
            [
                (each.posting_date, each.code, to_major(each.amount_minor, one.currency), each.payout, each.position)
                for each in one.remittances
            ],
            widths=(60, 60, 80, 223, 100),
        )
    yield Spacer(0, 6)


def _table(heads: Sequence[str], rows: Sequence[Sequence[object]], *, widths: Sequence[int]) -> Table:
    cells = [[_say(str(cell), _CELL) for cell in row] for row in rows]
    return Table([list(heads), *cells], colWidths=list(widths), repeatRows=1, style=_RULED)


def _say(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(text), style)

"""Payout advices as PDF, to send to payees: what each payout is for, order by order."""

from collections.abc import Iterable

from api.exchange.sheet_pdf import Sheet, sheets_pdf
from api.payouts.advices import Advice
from domain.money import to_major

_COLUMNS = ("item", "posted", "order", "what", "#gross", "#fee", "#tax", "#commission", "#net", "#log position")


def payout_advice_pdf(advices: Iterable[Advice], *, book: str) -> bytes:
    """Return advices as one document, each beginning on a page of its own."""
    return sheets_pdf((_sheet(advice, book) for advice in advices), title="Payout advice", book=book)


def _sheet(advice: Advice, book: str) -> Sheet:
    def major(minor: int) -> str:
        return to_major(minor, advice.currency)

    rows: list[tuple[object, ...]] = [
        (
            line.number,
            line.posted_on,
            line.order,
            line.what,
            major(line.gross_minor),
            major(line.fee_minor),
            major(line.tax_minor),
            major(line.commission_minor),
            major(line.net_minor),
            line.position,
        )
        for line in advice.lines
    ]
    sums = (advice.gross_minor, advice.fee_minor, advice.tax_minor, advice.commission_minor, advice.amount_minor)
    rows.append(("", "", "", "in all", *map(major, sums), ""))
    stead = [("In the stead of", advice.reissues)] if advice.reissues else []
    return Sheet(
        title=f"Payout advice {advice.payout}",
        about=[
            ("To", advice.party),
            ("Amount", f"{major(advice.amount_minor)} {advice.currency}"),
            ("Paid on", str(advice.pay_on)),
            ("Stands", advice.status),
            *stead,
            ("Book", book),
        ],
        columns=_COLUMNS,
        rows=rows,
        note="Gross + fee + tax + commission = net. The payout's key is the end-to-end id on your bank's statement.",
    )

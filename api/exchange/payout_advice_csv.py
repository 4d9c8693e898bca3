"""
Payout advices as CSV, for spreadsheets: a row for each item of a payout, and one with what it comes to.

Amounts are in major units with all their decimals. A payout without a total row isn't whole.
"""

import csv
from collections.abc import Iterable
from io import StringIO

from api.payouts.advices import Advice
from domain.money import to_major

COLUMNS = (
    *("payout", "party", "currency", "row", "item", "posted_on", "order", "what", "source"),
    *("gross", "fee", "tax", "commission", "net", "position"),
)


def payout_advice_csv(advices: Iterable[Advice]) -> bytes:
    """Return advices as CSV (RFC 4180, UTF-8, a heading first)."""
    text = StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for advice in advices:
        whose = (advice.payout, advice.party, advice.currency)
        for line in advice.lines:
            about = (line.number, line.posted_on, line.order, line.what, line.source)
            minor = (line.gross_minor, line.fee_minor, line.tax_minor, line.commission_minor, line.net_minor)
            rows.writerow((*whose, "item", *about, *_major(minor, advice.currency), line.position))
        minor = (advice.gross_minor, advice.fee_minor, advice.tax_minor, advice.commission_minor, advice.amount_minor)
        stands = ("", advice.pay_on, "", advice.status, "")
        rows.writerow((*whose, "total", *stands, *_major(minor, advice.currency), ""))
    return text.getvalue().encode()


def _major(amounts_minor: Iterable[int], currency: str) -> list[str]:
    return [to_major(minor, currency) for minor in amounts_minor]

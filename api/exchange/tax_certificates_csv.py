"""Tax certificates as CSV, for spreadsheets: a row for each line, with the event that it comes of."""

import csv
from collections.abc import Iterable
from io import StringIO

from domain.money import to_major
from projections.withheld_tax import TaxCertificate

COLUMNS = (
    "partner",
    "payer",
    "exporter",
    "quarter",
    "levy",
    "code",
    "section",
    "rate_percent",
    "kind",
    "on",
    "deducted_on",
    "currency",
    "base",
    "tax",
    "order",
    "earning",
    "event",
    "position",
    "posting_date",
)


def tax_certificates_csv(certificates: Iterable[TaxCertificate]) -> bytes:
    """Return certificates as CSV (RFC 4180, UTF-8, a heading first); amounts are in major units."""
    text = StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for each in certificates:
        for line in each.lines:
            rows.writerow(
                (
                    each.partner,
                    each.payer,
                    each.exporter,
                    each.quarter,
                    line.levy,
                    line.code,
                    line.section,
                    percent_text(line.rate_bps),
                    line.kind,
                    line.on,
                    line.deducted_on,
                    each.currency,
                    to_major(line.base_minor, each.currency),
                    to_major(line.tax_minor, each.currency),
                    line.order,
                    line.earning,
                    line.reference,
                    line.position,
                    line.posting_date,
                )
            )
    return text.getvalue().encode()


def percent_text(rate_bps: int) -> str:
    """Return a rate in basis points in per cent: `2.00`."""
    return f"{rate_bps // 100}.{rate_bps % 100:02d}"

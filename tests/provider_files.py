"""Settlement files of a payment provider that was never there: the same lines in the styles of two mappings."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

HEADING = (
    "automatic_payout_id,automatic_payout_effective_at,balance_transaction_id,created,reporting_category,currency,"
    "gross,fee,net,source_id,description,payment_metadata[order_id]"
)
OTHER_HEADING = "payout;utr;paid on;what;money;amount;taken;tax;net;total;order;payment;day"
OTHER_MAPPING = """
name = "own-style"
provider = "stripe"
date_format = "%d.%m.%Y"
delimiter = ";"
settlement = "payout"
settled_on = "paid on"
bank_reference = "utr"
kind = "what"
gross = "amount"
fee = "taken"
tax = "tax"
tax_account = "tax:gst-input"
in_minor_units = true
total = "total"
reference = ["order"]
payment_reference = "payment"
occurred_on = "day"

[currency]
column = "money"

[net]
signed = "net"

[kinds]
payment = "payment"
refund = "refund"
chargeback = "chargeback"
fee = "fee"
adjustment = "adjustment"
"""
STRIPE_KINDS = {
    "payment": "charge",
    "refund": "refund",
    "chargeback": "dispute",
    "fee": "fee",
    "adjustment": "other_adjustment",
}


class Paid(NamedTuple):
    """A line of a settlement: of an order, gross and fee in minor units, what goes back below zero."""

    order: str
    gross_minor: int
    fee_minor: int = 0
    kind: str = "payment"
    payment: str = ""
    day: date = date(2026, 11, 19)
    tax_minor: int = 0

    @property
    def net_minor(self) -> int:
        """Return gross less what was taken."""
        return self.gross_minor - self.fee_minor - self.tax_minor


def stripe(
    lines: Sequence[Paid],
    *,
    payout: str = "po_1",
    paid_minor: int | None = None,
    on: date = date(2026, 11, 20),
    more: Sequence[str] = (),
) -> bytes:
    """Return a settlement in the style of `stripe-balance`; it pays what its lines come to, or what it says."""
    at = f"{on} 00:00:00"
    rows = [
        f"{payout},{at},txn,{line.day} 10:00:00,{STRIPE_KINDS[line.kind]},usd,{_decimal(line.gross_minor)},"
        f"{_decimal(line.fee_minor + line.tax_minor)},{_decimal(line.net_minor)},{line.payment},A line,{line.order}"
        for line in lines
    ]
    paid = _decimal(-sum(line.net_minor for line in lines) if paid_minor is None else -paid_minor)
    rows.append(f"{payout},{at},txn,{at},payout,usd,{paid},0.00,{paid},{payout},PAYOUT,")
    return "\n".join([HEADING, *rows, *more, ""]).encode()


def own_style(
    lines: Sequence[Paid], *, payout: str = "po_1", utr: str = "UTR123", on: date = date(2026, 11, 20)
) -> bytes:
    """Return the same in a style of the operator's own, which `own_mapping` reads."""
    total = sum(line.net_minor for line in lines)
    rows = [
        f"{payout};{utr};{on:%d.%m.%Y};{line.kind};USD;{line.gross_minor};{line.fee_minor};{line.tax_minor};"
        f"{line.net_minor};{total};{line.order};{line.payment};{line.day:%d.%m.%Y}"
        for line in lines
    ]
    return "\n".join([OTHER_HEADING, *rows, ""]).encode()


def own_mapping(folder: Path) -> str:
    """Write the mapping of the operator's own style, and return its path."""
    path = folder / "own-style.toml"
    path.write_text(OTHER_MAPPING)
    return str(path)


def _decimal(minor: int) -> str:
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02}"

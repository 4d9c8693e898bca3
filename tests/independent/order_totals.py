"""
A second opinion on the money of the two real order files: standard library only, nothing from this project.

    python tests/independent/order_totals.py dataco|dataco_disputes|online_retail FILE [VIEW]

VIEW is totals, orders, rejected, refunds or disputes.

A row number is the 1-based position of a data row: the header isn't counted, so row 1 is the second line of the file.
Money is whole minor units (cents, pence). A reason names the first check that a row fails, in the order of the checks.
What neither a rule nor a reason foresees (an unreadable number, an unknown status) raises: it is never skipped.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RELEASED = frozenset({"COMPLETE", "CLOSED"})
HELD = frozenset({"PROCESSING", "ON_HOLD", "PAYMENT_REVIEW"})
FROZEN = frozenset({"SUSPECTED_FRAUD"})
REFUNDED = frozenset({"CANCELED"})
UNPAID = frozenset({"PENDING", "PENDING_PAYMENT"})

DAMAGES_PER_DAY = Fraction(1, 100)
DAMAGES_MOST = Fraction(5, 100)
HALF_OF_THE_CLAIM = frozenset({"First Class"})
"""The shipping modes whose buyers settle for half of what they claim."""

Row = dict[str, str]


@dataclass
class Line:
    """One accepted row; `refunded` counts units, `refunded_minor` the money given back for them."""

    row: int
    stock: str
    quantity: int
    amount_minor: int
    refunded: int = 0
    refunded_minor: int = 0

    def take_back(self, units: int) -> int:
        """Refund `units` more; gives the minor units due, 0 when they round away and the line stays as it was."""
        after = round(Fraction(self.amount_minor * (self.refunded + units), self.quantity))
        due = after - self.refunded_minor
        if due:
            self.refunded += units
            self.refunded_minor = after
        return due


@dataclass
class Order:
    """`buyer`, `date` and `status` are those of the first accepted row, `first`, as the file spells them."""

    buyer: str
    date: str
    status: str
    first: Row = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    received_minor: int = 0
    frozen_minor: int = 0
    released_minor: int = 0
    recovered_minor: int = 0
    refunded_minor: int = 0

    @property
    def total_minor(self) -> int:
        return sum(line.amount_minor for line in self.lines)

    def money(self) -> dict[str, int]:
        """Every figure of the order; `held_minor` is what neither left the hold nor is frozen in it."""
        into_hold = self.received_minor + self.recovered_minor
        out_of_hold = self.released_minor + self.refunded_minor + self.frozen_minor
        return {
            "total_minor": self.total_minor,
            "received_minor": self.received_minor,
            "held_minor": into_hold - out_of_hold,
            "frozen_minor": self.frozen_minor,
            "released_minor": self.released_minor,
            "recovered_minor": self.recovered_minor,
            "refunded_minor": self.refunded_minor,
        }


@dataclass(frozen=True)
class Refund:
    """What one cancelling row took back of one original row."""

    row: int
    original_row: int
    order: str
    quantity: int
    amount_minor: int


@dataclass(frozen=True)
class Dispute:
    """What an order that was shipped late came to: what its buyer claimed, and how much of that went back."""

    order: str
    days_late: int
    claimed_minor: int
    given_minor: int


@dataclass
class Books:
    """
    What a file comes to.

    rejected: reason by row, whole rows only.
    partly_rejected: by row, the units that found nothing to refund, by reason.
    """

    currency: str
    rows_read: int = 0
    orders: dict[str, Order] = field(default_factory=dict)
    rejected: dict[int, str] = field(default_factory=dict)
    partly_rejected: dict[int, dict[str, int]] = field(default_factory=dict)
    refunds: list[Refund] = field(default_factory=list)
    disputes: list[Dispute] = field(default_factory=list)

    def totals(self) -> dict[str, Any]:
        """rows_read = lines_accepted + refund_lines + rows_rejected; the partly rejected are among refund_lines."""
        money: Counter[str] = Counter()
        for order in self.orders.values():
            money.update(order.money())
        parts = [part for row in self.partly_rejected.values() for part in row.items()]
        return {
            "currency": self.currency,
            **money,
            "orders": len(self.orders),
            "orders_by_status": dict(sorted(Counter(order.status for order in self.orders.values()).items())),
            "lines_accepted": sum(len(order.lines) for order in self.orders.values()),
            "rows_read": self.rows_read,
            "rows_rejected": len(self.rejected),
            "rows_partly_rejected": len(self.partly_rejected),
            "rejected_by_reason": dict(sorted(Counter(self.rejected.values()).items())),
            "partly_rejected": {
                reason: {
                    "count": sum(r == reason for r, _ in parts),
                    "quantity": sum(q for r, q in parts if r == reason),
                }
                for reason in sorted({reason for reason, _ in parts})
            },
            "refund_lines": len({refund.row for refund in self.refunds}),
            "refunds": len(self.refunds),
            "disputes": len(self.disputes),
            "claimed_minor": sum(dispute.claimed_minor for dispute in self.disputes),
            "given_minor": sum(dispute.given_minor for dispute in self.disputes),
        }

    def order_money(self) -> dict[str, dict[str, int]]:
        """Each order's figures by its reference in the file, in order of its first accepted row."""
        return {reference: order.money() | {"lines": len(order.lines)} for reference, order in self.orders.items()}


def numbered_rows(path: str) -> Iterator[tuple[int, Row]]:
    """Yield each data row with its number, from 1; the file is gzip, comma separated, UTF-8, with a header."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from enumerate(csv.DictReader(file, strict=True), start=1)


def to_minor(amount: Decimal) -> int:
    """Hundredths of the unit, half to even."""
    return int((amount * 100).to_integral_value(rounding=ROUND_HALF_EVEN))


def dataco_books(path: str) -> Books:
    """DataCo: an order is the rows of one Order Id, and its status says where its money is."""
    books = Books("USD")
    first_rows: dict[str, tuple[str, str]] = {}
    for number, row in numbered_rows(path):
        books.rows_read = number
        said = (row["Order Status"], row["Order Customer Id"])
        reason = _dataco_refusal(row, said, first_rows.setdefault(row["Order Id"], said))
        if reason:
            books.rejected[number] = reason
            continue
        order = books.orders.setdefault(row["Order Id"], Order(said[1], row["order date (DateOrders)"], said[0], row))
        amount_minor = to_minor(Decimal(row["Order Item Total"]))
        order.lines.append(Line(number, row["Product Card Id"], int(row["Order Item Quantity"]), amount_minor))
    for order in books.orders.values():
        _settle_by_status(order)
    return books


def _dataco_refusal(row: Row, said: tuple[str, str], first: tuple[str, str]) -> str | None:
    """`first` is what the order's first row in the file said, accepted or not."""
    quantity = row["Order Item Quantity"]
    if said[0] != first[0]:
        return "status_differs_from_first_row"
    if said[1] != first[1]:
        return "customer_differs_from_first_row"
    if not (quantity.isascii() and quantity.isdigit() and int(quantity) > 0):
        return "quantity_not_positive_integer"
    if to_minor(Decimal(row["Order Item Total"])) <= 0:
        return "amount_not_positive"
    return None


def _settle_by_status(order: Order) -> None:
    total_minor = order.total_minor
    if order.status not in RELEASED | HELD | FROZEN | REFUNDED | UNPAID:
        raise ValueError(order.status)
    if order.status not in UNPAID:
        order.received_minor = total_minor
    if order.status in RELEASED:
        order.released_minor = total_minor
    if order.status in FROZEN:
        order.frozen_minor = total_minor
    if order.status in REFUNDED:
        order.refunded_minor = total_minor


def dataco_disputes_books(path: str) -> Books:
    """DataCo, where an order that was performed, but shipped late, gives part of its money back to the buyer."""
    books = dataco_books(path)
    for reference, order in books.orders.items():
        days_late = int(order.first["Days for shipping (real)"]) - int(order.first["Days for shipment (scheduled)"])
        if order.status in RELEASED and days_late > 0:
            _settle_lateness(books, reference, days_late)
    return books


def _settle_lateness(books: Books, reference: str, days_late: int) -> None:
    """What is claimed is rounded half to even, and half of it again. Nobody claims nothing, or settles for nothing."""
    order = books.orders[reference]
    claimed_minor = round(order.total_minor * min(days_late * DAMAGES_PER_DAY, DAMAGES_MOST))
    if not claimed_minor:
        return
    half = order.first["Shipping Mode"] in HALF_OF_THE_CLAIM
    given_minor = (round(Fraction(claimed_minor, 2)) if half else 0) or claimed_minor
    order.refunded_minor += given_minor
    order.released_minor -= given_minor
    books.disputes.append(Dispute(reference, days_late, claimed_minor, given_minor))


def online_retail_books(path: str) -> Books:
    """Online Retail: an invoice is an order paid and released; a 'C' row gives money back for earlier ones."""
    books = Books("GBP")
    cancelling: list[tuple[int, Row]] = []
    for number, row in numbered_rows(path):
        books.rows_read = number
        reason = _retail_refusal(row)
        if reason:
            books.rejected[number] = reason
        elif row["InvoiceNo"].startswith("C"):
            cancelling.append((number, row))
        else:
            _add_retail_line(books, number, row)
    for order in books.orders.values():
        order.received_minor = order.released_minor = order.total_minor
    _refund_all(books, cancelling)
    return books


def _retail_refusal(row: Row) -> str | None:
    """A 'C' row's own price is never looked at: it refunds at the original's."""
    quantity, price = int(row["Quantity"]), Decimal(row["UnitPrice"])
    reasons = {
        "A": (("adjustment_invoice", True),),
        "C": (
            ("cancellation_quantity_not_negative", quantity >= 0),
            ("cancellation_customer_unknown", not row["CustomerID"]),
        ),
    }.get(
        row["InvoiceNo"][0],
        (
            ("quantity_not_positive", quantity <= 0),
            ("price_zero", price == 0),
            ("price_negative", price < 0),
            ("amount_rounds_to_zero", to_minor(quantity * price) == 0),
        ),
    )
    return next((reason for reason, holds in reasons if holds), None)


def _buyer(row: Row) -> str:
    return row["CustomerID"].removesuffix(".0") or "unknown"


def _add_retail_line(books: Books, number: int, row: Row) -> None:
    """The order keeps the buyer and the date of its first accepted row, whatever its later rows say."""
    order = books.orders.setdefault(row["InvoiceNo"], Order(_buyer(row), row["InvoiceDate"], "PAID"))
    quantity = int(row["Quantity"])
    order.lines.append(Line(number, row["StockCode"], quantity, to_minor(quantity * Decimal(row["UnitPrice"]))))


def _refund_all(books: Books, cancelling: list[tuple[int, Row]]) -> None:
    """InvoiceDate is `YYYY-MM-DD HH:MM:SS`, so its text sorts as time does."""
    originals: dict[tuple[str, str], list[tuple[str, Line]]] = defaultdict(list)
    for reference, order in books.orders.items():
        for line in order.lines:
            originals[order.buyer, line.stock].append((reference, line))
    for lines in originals.values():
        lines.sort(key=lambda entry: (books.orders[entry[0]].date, entry[1].row), reverse=True)
    for number, row in sorted(cancelling, key=lambda entry: (entry[1]["InvoiceDate"], entry[0])):
        candidates = originals.get((_buyer(row), row["StockCode"]), [])
        earlier = [entry for entry in candidates if books.orders[entry[0]].date <= row["InvoiceDate"]]
        _refund_row(books, number, -int(row["Quantity"]), earlier)


def _refund_row(books: Books, number: int, units: int, latest_first: list[tuple[str, Line]]) -> None:
    """Units that round away are used up for this row but stay refundable on the original."""
    rounded_away, left = 0, units
    for reference, line in latest_first:
        taken = min(line.quantity - line.refunded, left)
        if not taken:
            continue
        left -= taken
        due = line.take_back(taken)
        if not due:
            rounded_away += taken
            continue
        books.orders[reference].recovered_minor += due
        books.orders[reference].refunded_minor += due
        books.refunds.append(Refund(number, line.row, reference, taken, due))
    _note_unrefunded(books, number, units, {"no_original_left": left, "refund_rounds_to_zero": rounded_away})


def _note_unrefunded(books: Books, number: int, units: int, unrefunded: dict[str, int]) -> None:
    """A row wholly rejected for two reasons is filed under the one with more units."""
    parts = {reason: quantity for reason, quantity in unrefunded.items() if quantity}
    if sum(parts.values()) == units:
        books.rejected[number] = max(parts, key=lambda reason: parts[reason])
    elif parts:
        books.partly_rejected[number] = parts


BOOKS: dict[str, Callable[[str], Books]] = {
    "dataco": dataco_books,
    "dataco_disputes": dataco_disputes_books,
    "online_retail": online_retail_books,
}


def dataco_totals(path: str) -> dict[str, Any]:
    return dataco_books(path).totals()


def dataco_disputes_totals(path: str) -> dict[str, Any]:
    return dataco_disputes_books(path).totals()


def online_retail_totals(path: str) -> dict[str, Any]:
    return online_retail_books(path).totals()


def dataco_orders(path: str) -> dict[str, dict[str, int]]:
    return dataco_books(path).order_money()


def online_retail_orders(path: str) -> dict[str, dict[str, int]]:
    return online_retail_books(path).order_money()


def dataco_rejected_rows(path: str) -> dict[int, str]:
    return dataco_books(path).rejected


def online_retail_rejected_rows(path: str) -> dict[int, str]:
    """Whole rows only, by row number; what is left of a row refunded in part is in `Books.partly_rejected`."""
    return dict(sorted(online_retail_books(path).rejected.items()))


VIEWS = ("totals", "orders", "rejected", "refunds", "disputes")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data_set", choices=sorted(BOOKS))
    parser.add_argument("file")
    parser.add_argument("view", nargs="?", default="totals", choices=VIEWS)
    asked = parser.parse_args()
    books = BOOKS[asked.data_set](asked.file)
    views: dict[str, Callable[[], Any]] = {
        "totals": books.totals,
        "orders": books.order_money,
        "rejected": lambda: {"whole": dict(sorted(books.rejected.items())), "partly": books.partly_rejected},
        "refunds": lambda: [vars(refund) for refund in books.refunds],
        "disputes": lambda: [vars(dispute) for dispute in books.disputes],
    }
    sys.stdout.write(json.dumps(views[asked.view](), indent=2) + "\n")


if __name__ == "__main__":
    main()

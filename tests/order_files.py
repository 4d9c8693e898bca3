"""Order files for tests: small ones to write, and what a book's log says about each order."""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from domain.envelope import decode
from domain.hold import HoldFrozen, HoldPaymentReceived, HoldRecovered, HoldRefunded, HoldReleased
from domain.order import (
    OrderAccepted,
    OrderCancelled,
    OrderCompleted,
    OrderDelivered,
    OrderDispatched,
    OrderPlaced,
    OrderReceiptConfirmed,
)
from domain.references import key_of
from tests.books import Book

RETAIL = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
DATACO = (
    "Order Id",
    "Order Customer Id",
    "Order Status",
    "Department Id",
    "Shipping Mode",
    "order date (DateOrders)",
    "shipping date (DateOrders)",
    "Days for shipment (scheduled)",
    "Product Card Id",
    "Order Item Quantity",
    "Order Item Total",
)

Cells = Sequence[str]


def retail(
    invoice: str,
    stock: str = "71053",
    quantity: str = "6",
    price: str = "3.39",
    *,
    date: str = "2010-12-01 08:26:00",
    customer: str = "17850.0",
) -> Cells:
    """Return a row of an Online Retail file."""
    return (invoice, stock, "WHITE METAL LANTERN", quantity, date, price, customer, "United Kingdom")


def dataco(
    order: str,
    status: str = "COMPLETE",
    total: str = "10.0",
    *,
    quantity: str = "1",
    customer: str = "77",
    ordered: str = "4/1/2016 21:05",
    mode: str = "Standard Class",
) -> Cells:
    """Return a row of a DataCo file, shipped on 2016-04-06."""
    return (order, customer, status, "7", mode, ordered, "4/6/2016 21:05", "4", "1073", quantity, total)


def write_csv(path: Path, header: Cells, rows: Sequence[Cells], *, encoding: str = "utf-8") -> Path:
    """Write an order file, gzipped where its name says so."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "wt", encoding=encoding, newline="") as file:
        csv.writer(file).writerows((header, *rows))
    return path


def read_rejects(path: Path) -> list[dict[str, str]]:
    """Return the rejects of an import."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Happened(NamedTuple):
    """An event of the log: of what, which, when in the world."""

    reference: str
    event: Any
    occurred_at: datetime
    command_id: str


def log_of(book: Book, *, topics: Sequence[str] = ()) -> Iterator[Happened]:
    """Yield the events of a book by position."""
    start = 1
    while found := book.ledger.recorder.select_notifications(start, 10_000, topics=topics):
        for stored in found:
            state = decode(stored.topic, stored.state)
            yield Happened(str(stored.originator_id), state.event, state.occurred_at, state.command_id)
        start = found[-1].id + 1


def size_of(book: Book) -> int:
    """Return how many events a book has."""
    return book.ledger.recorder.max_notification_id() or 0


_MONEY_TOPICS = (
    "order.placed",
    "hold.payment_received",
    "hold.frozen",
    "hold.released",
    "hold.recovered",
    "hold.refunded",
)


def money_by_order(book: Book) -> Mapping[str, dict[str, int]]:
    """Return each order's figures by its key, named as the independent script names them."""
    figures: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(_FIGURES, 0))
    for reference, event, _, _ in log_of(book, topics=_MONEY_TOPICS):
        for figure, amount in _moved(event):
            figures[key_of(reference)][figure] += amount
    return figures


_FIGURES = (
    "total_minor",
    "received_minor",
    "held_minor",
    "frozen_minor",
    "released_minor",
    "recovered_minor",
    "refunded_minor",
    "lines",
)


def _moved(event: object) -> Sequence[tuple[str, int]]:
    match event:
        case OrderPlaced():
            return (("total_minor", event.total_minor), ("lines", event.line_count))
        case HoldPaymentReceived():
            return (("received_minor", event.amount_minor), ("held_minor", event.amount_minor))
        case HoldFrozen():
            return (("frozen_minor", event.amount_minor), ("held_minor", -event.amount_minor))
        case HoldReleased():
            return (("released_minor", event.gross_minor), ("held_minor", -event.gross_minor))
        case HoldRecovered():
            return (("recovered_minor", event.gross_minor), ("held_minor", event.gross_minor))
        case HoldRefunded():
            return (("refunded_minor", event.amount_minor), ("held_minor", -event.amount_minor))
        case _:
            raise TypeError(event)


_STEPS: dict[type[object], str] = {
    OrderPlaced: "placed",
    OrderAccepted: "accepted",
    OrderCancelled: "cancelled",
    OrderDispatched: "dispatched",
    OrderDelivered: "delivered",
    OrderReceiptConfirmed: "received",
    OrderCompleted: "completed",
}


def steps_of(book: Book, order: str) -> list[tuple[str, str]]:
    """Return what an order went through, and on which day and hour of the world."""
    return [
        (_STEPS[type(event)], f"{at:%Y-%m-%d %H:%M}")
        for reference, event, at, _ in log_of(book)
        if reference == f"order:{order}" and type(event) in _STEPS
    ]

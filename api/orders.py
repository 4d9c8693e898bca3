"""Orders as the API shows them one by one: what was agreed, how far each is, where its money is."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import asdict

from api.resources.trade_parts import Parts
from domain.errors import NotFound
from domain.order import Order, PaymentStep, Receipt
from domain.references import order_id
from projections.moment import NOW, Moment
from projections.orders import OrderRow, find_order
from projections.projection import Connection


@dataclass(eq=False, kw_only=True)
class OrderNotFound(NotFound):
    """There is no such order in this book, or not yet at the position that was read."""

    code: ClassVar[str] = "order.not_found"
    order: str


class OrderView(OrderRow, frozen=True, kw_only=True):
    """
    An order with its terms, amounts in minor units.

    line_count: how many lines it has, which are a list of their own; receipt: how the goods came to be accepted;
    claims_ended: whether the time for disputes is over.
    """

    deliver_by: date | None
    line_count: int
    steps: tuple[PaymentStep, ...]
    receipt: Receipt | None
    received_at: datetime | None
    claims_ended: bool


class LineView(Struct, frozen=True, kw_only=True):
    """A line of an order, the amount for its whole quantity in minor units; undispatched: what hasn't left yet."""

    number: int
    sku: str
    quantity: int
    undispatched: int
    currency: str
    amount_minor: int


def get_order(connection: Connection, book: str, order: str, *, moment: Moment = NOW) -> OrderView:
    """
    Return an order as it stood at a moment; now, as it stood when the work list saw it last.

    Raises: OrderNotFound.
    """
    row = find_order(connection, book, order, moment=moment)
    if row is None:
        raise OrderNotFound(order=order)
    agreed = _agreed(connection, book, order, Moment(row.position, moment.as_of))
    return OrderView(
        **asdict(row),
        deliver_by=agreed.terms.deliver_by,
        line_count=len(agreed.lines),
        steps=agreed.terms.steps,
        receipt=agreed.receipt,
        received_at=agreed.received_at,
        claims_ended=agreed.claims_ended,
    )


def lines_of(connection: Connection, book: str, order: str, *, moment: Moment = NOW) -> list[LineView]:
    """
    Return the lines of an order as they stood at a moment, in order.

    Raises: OrderNotFound.
    """
    agreed = _agreed(connection, book, order, moment)
    return [
        LineView(
            number=line.number,
            sku=line.sku,
            quantity=line.quantity,
            undispatched=undispatched,
            currency=agreed.currency,
            amount_minor=line.amount_minor,
        )
        for line, undispatched in zip(agreed.lines, agreed.undispatched, strict=True)
    ]


def _agreed(connection: Connection, book: str, order: str, moment: Moment) -> Order:
    name = order_id(order)
    agreed = Parts(connection, book, [name], moment).load(name).aggregate
    if not isinstance(agreed, Order):
        raise OrderNotFound(order=order)
    return agreed

"""An order is what a buyer and an exporter agreed to trade, and how far the exporter has performed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import ClassVar, Literal

from msgspec import Struct
from msgspec.structs import replace

from domain.aggregate import Aggregate, Event, begun
from domain.errors import Malformed, NotFound, Refused
from domain.money import exponent_of, positive
from domain.references import SKU, RulebookId, key
from domain.rulebook import TransportMode

LINES_PER_EVENT_MAX = 250
"""Keeps an event's leaf below 65,535 bytes, the limit of the transparency-log format, whatever the stock codes."""

LINES_MAX = 100_000
QUANTITY_MAX = 2**53 - 1
DISPATCH_LINES_MAX = 1_000

PaymentTrigger = Literal["acceptance", "dispatch", "delivery"]
OrderStatus = Literal[
    "placed", "accepted", "part_dispatched", "dispatched", "delivered", "received", "completed", "cancelled"
]
Receipt = Literal["confirmed", "lapsed"]


class Line(Struct, frozen=True, kw_only=True, gc=False):
    """One position of an order. The number counts from 1; the amount is for the whole quantity, in minor units."""

    number: int
    sku: str
    quantity: int
    amount_minor: int


class PaymentStep(Struct, frozen=True, kw_only=True, gc=False):
    """One of the payments agreed for an order, as a deposit or a balance, and what makes it due."""

    name: str
    amount_minor: int
    trigger: PaymentTrigger = "acceptance"


class LineQuantity(Struct, frozen=True, kw_only=True, gc=False):
    """How much of one line goes with a dispatch."""

    line: int
    quantity: int


class Terms(Struct, frozen=True, kw_only=True, gc=False):
    """What was agreed beside the goods. The steps sum to the order's total."""

    currency: str
    steps: tuple[PaymentStep, ...]
    transport_mode: TransportMode
    ship_by: date
    rulebook: RulebookId


class OrderPlaced(Event, frozen=True, kw_only=True):
    """A buyer ordered. A long order's further lines follow in `order.lines_added`; `line_count` counts them all."""

    buyer: str
    exporter: str
    terms: Terms
    total_minor: int
    line_count: int
    lines: tuple[Line, ...]


class OrderLinesAdded(Event, frozen=True, kw_only=True):
    """Further lines of an order being placed."""

    lines: tuple[Line, ...]


class OrderAccepted(Event, frozen=True, kw_only=True):
    """The exporter took the order on."""


class OrderCancelled(Event, frozen=True, kw_only=True):
    """The order was called off before anything was dispatched."""

    reason: str


class OrderDispatched(Event, frozen=True, kw_only=True):
    """The exporter handed goods to the carrier. Without lines: everything not dispatched before."""

    dispatch: int
    lines: tuple[LineQuantity, ...] | None
    all_dispatched: bool
    """Whether nothing ordered is left with the exporter."""


class OrderDelivered(Event, frozen=True, kw_only=True):
    """The carrier handed a dispatch over at its destination."""

    dispatch: int
    all_delivered: bool
    """Whether everything ordered is dispatched and delivered now."""


class OrderReceiptConfirmed(Event, frozen=True, kw_only=True):
    """The buyer accepted the goods."""


class OrderInspectionLapsed(Event, frozen=True, kw_only=True):
    """The buyer said nothing until the inspection window ended, which accepts the goods."""

    ended_at: datetime


class OrderCompleted(Event, frozen=True, kw_only=True):
    """The goods are received and all of the order's money has gone where it belongs."""


OrderEvent = (
    OrderPlaced
    | OrderLinesAdded
    | OrderAccepted
    | OrderCancelled
    | OrderDispatched
    | OrderDelivered
    | OrderReceiptConfirmed
    | OrderInspectionLapsed
    | OrderCompleted
)


@dataclass(eq=False, kw_only=True)
class OrderAlreadyPlaced(Refused):
    """An order's key is used once."""

    code: ClassVar[str] = "order.already_placed"
    order: str


@dataclass(eq=False, kw_only=True)
class OrderTermsMalformed(Malformed):
    """A field of the order contradicts another or itself."""

    code: ClassVar[str] = "order.terms_malformed"
    field: str
    problem: str


@dataclass(eq=False, kw_only=True)
class OrderNotInState(Refused):
    """The order isn't at a point where this may happen."""

    code: ClassVar[str] = "order.not_in_state"
    order: str
    status: OrderStatus
    needed: tuple[OrderStatus, ...]


@dataclass(eq=False, kw_only=True)
class OrderCancelledAlready(Refused):
    """A cancelled order takes no money and no goods: money that arrives for it belongs in suspense."""

    code: ClassVar[str] = "order.cancelled"
    order: str


@dataclass(eq=False, kw_only=True)
class OrderAlreadyDispatched(Refused):
    """What was dispatched can't be cancelled any more, only disputed."""

    code: ClassVar[str] = "order.already_dispatched"
    order: str


@dataclass(eq=False, kw_only=True)
class LineNotFound(NotFound):
    """The order has no such line."""

    code: ClassVar[str] = "order.line_not_found"
    order: str
    line: int


@dataclass(eq=False, kw_only=True)
class DispatchExceedsOrder(Refused):
    """More would be dispatched than was ordered."""

    code: ClassVar[str] = "order.dispatch_exceeds_order"
    order: str
    line: int
    quantity: int
    undispatched: int


@dataclass(eq=False, kw_only=True)
class DispatchNotFound(NotFound):
    """The order has no such dispatch."""

    code: ClassVar[str] = "order.dispatch_not_found"
    order: str
    dispatch: int


@dataclass(eq=False, kw_only=True)
class DispatchAlreadyDelivered(Refused):
    """A dispatch is delivered once."""

    code: ClassVar[str] = "order.dispatch_already_delivered"
    order: str
    dispatch: int


@dataclass(eq=False, kw_only=True)
class InspectionRunning(Refused):
    """The buyer may still inspect the goods."""

    code: ClassVar[str] = "order.inspection_running"
    order: str
    ends_at: datetime


@dataclass(eq=False, kw_only=True)
class PaymentStepNotFound(NotFound):
    """The order has no such payment step; steps count from 1."""

    code: ClassVar[str] = "order.payment_step_not_found"
    order: str
    step: int


class Order(Aggregate, frozen=True, kw_only=True):
    """The agreement and the performance."""

    buyer: str
    exporter: str
    terms: Terms
    total_minor: int
    lines: tuple[Line, ...]
    undispatched: tuple[int, ...]
    """Quantity of each line that hasn't left the exporter."""
    status: OrderStatus = "placed"
    dispatches: int = 0
    delivered: frozenset[int] = frozenset()
    last_dispatched_at: datetime | None = None
    receipt: Receipt | None = None

    @property
    def currency(self) -> str:
        """Return the currency of everything in this order."""
        return self.terms.currency

    def accept(self) -> OrderAccepted:
        """
        Take the order on, in the exporter's name.

        Raises: OrderNotInState.
        """
        self._need("placed")
        return OrderAccepted()

    def cancel(self, *, reason: str) -> OrderCancelled:
        """
        Call the order off. The reason is a code, no prose: prose may name people.

        Raises, in this order: ReferenceMalformed, OrderCancelledAlready, OrderAlreadyDispatched.
        """
        key(reason, field="reason")
        self._need_uncancelled()
        if self.dispatches:
            raise OrderAlreadyDispatched(order=self.reference)
        return OrderCancelled(reason=reason)

    def dispatch(self, lines: Sequence[LineQuantity] | None) -> OrderDispatched:
        """
        Hand goods to the carrier; without lines, all that is left.

        Raises, in this order: OrderCancelledAlready, OrderNotInState, OrderTermsMalformed (a line named twice, a
        quantity below 1), LineNotFound, DispatchExceedsOrder.
        """
        self._need_uncancelled()
        self._need("accepted", "part_dispatched")
        if lines is not None:
            self._check_dispatch(lines)
        going = sum(self.undispatched) if lines is None else sum(line.quantity for line in lines)
        return OrderDispatched(
            dispatch=self.dispatches + 1,
            lines=None if lines is None else tuple(lines),
            all_dispatched=going == sum(self.undispatched),
        )

    def deliver(self, dispatch: int | None) -> OrderDelivered:
        """
        Record that the carrier handed a dispatch over; without a number, the latest.

        Raises, in this order: DispatchNotFound, DispatchAlreadyDelivered.
        """
        number = self.dispatches if dispatch is None else dispatch
        if not 1 <= number <= self.dispatches:
            raise DispatchNotFound(order=self.reference, dispatch=number)
        if number in self.delivered:
            raise DispatchAlreadyDelivered(order=self.reference, dispatch=number)
        last = self.status == "dispatched" and len(self.delivered) + 1 == self.dispatches
        return OrderDelivered(dispatch=number, all_delivered=last)

    def confirm_receipt(self) -> OrderReceiptConfirmed:
        """
        Accept the goods, in the buyer's name. The buyer's word stands for the carrier's where no delivery was recorded.

        Raises: OrderNotInState.
        """
        self._need("dispatched", "delivered")
        return OrderReceiptConfirmed()

    def lapse_inspection(self, *, at: datetime, ends_at: datetime) -> OrderInspectionLapsed:
        """
        Accept the goods by the buyer's silence.

        Raises, in this order: OrderNotInState, InspectionRunning.
        Source: shared reference, section 1.2 "Auto-confirm of receipt".
        """
        self._need("dispatched", "delivered")
        if at < ends_at:
            raise InspectionRunning(order=self.reference, ends_at=ends_at)
        return OrderInspectionLapsed(ended_at=ends_at)

    def complete(self) -> OrderCompleted:
        """
        Close the trade.

        Raises: OrderNotInState.
        """
        self._need("received")
        return OrderCompleted()

    def check_payable(self, step: int) -> None:
        """
        Check that money for a payment step may be held.

        Raises, in this order: OrderCancelledAlready, OrderNotInState, PaymentStepNotFound.
        """
        self._need_uncancelled()
        if self.status == "placed":
            self._need("accepted")
        if not 1 <= step <= len(self.terms.steps):
            raise PaymentStepNotFound(order=self.reference, step=step)

    def check_over(self) -> None:
        """
        Check that nothing more will come of the order.

        Raises: OrderNotInState.
        """
        self._need("completed", "cancelled")

    def _need(self, *needed: OrderStatus) -> None:
        if self.status not in needed:
            raise OrderNotInState(order=self.reference, status=self.status, needed=needed)

    def _need_uncancelled(self) -> None:
        if self.status == "cancelled":
            raise OrderCancelledAlready(order=self.reference)

    def _check_dispatch(self, lines: Sequence[LineQuantity]) -> None:
        if not 1 <= len(lines) <= DISPATCH_LINES_MAX or len({line.line for line in lines}) < len(lines):
            raise OrderTermsMalformed(field="lines", problem=f"1 to {DISPATCH_LINES_MAX} lines are needed, each once")
        if any(line.quantity < 1 for line in lines):
            raise OrderTermsMalformed(field="lines.quantity", problem="below 1")
        for line in lines:
            if not 1 <= line.line <= len(self.lines):
                raise LineNotFound(order=self.reference, line=line.line)
            if line.quantity > self.undispatched[line.line - 1]:
                raise DispatchExceedsOrder(
                    order=self.reference,
                    line=line.line,
                    quantity=line.quantity,
                    undispatched=self.undispatched[line.line - 1],
                )


def place(
    existing: Order | None, *, buyer: str, exporter: str, terms: Terms, lines: Sequence[Line]
) -> Iterator[OrderPlaced | OrderLinesAdded]:
    """
    Order goods: one event, and further ones where there are more than 250 lines.

    Raises, in this order: ReferenceMalformed, CurrencyUnknown, OrderTermsMalformed, AmountOutOfRange (all before any
    state is looked at), OrderAlreadyPlaced.
    """
    key(buyer, field="buyer")
    key(exporter, field="exporter")
    exponent_of(terms.currency)
    _check_lines(lines)
    total_minor = positive(sum(line.amount_minor for line in lines))
    _check_steps(terms.steps, total_minor)
    if existing:
        raise OrderAlreadyPlaced(order=existing.reference)
    yield OrderPlaced(
        buyer=buyer,
        exporter=exporter,
        terms=terms,
        total_minor=total_minor,
        line_count=len(lines),
        lines=tuple(lines[:LINES_PER_EVENT_MAX]),
    )
    cuts = [*range(LINES_PER_EVENT_MAX, len(lines), LINES_PER_EVENT_MAX), len(lines)]
    for start, end in pairwise(cuts):
        yield OrderLinesAdded(lines=tuple(lines[start:end]))


def _check_lines(lines: Sequence[Line]) -> None:
    if not 1 <= len(lines) <= LINES_MAX:
        raise OrderTermsMalformed(field="lines", problem=f"between 1 and {LINES_MAX} lines are needed")
    for number, line in enumerate(lines, start=1):
        if line.number != number:
            raise OrderTermsMalformed(field="lines.number", problem=f"line {number} is numbered {line.number}")
        if not SKU.fullmatch(line.sku):
            raise OrderTermsMalformed(field="lines.sku", problem=f"line {number}: 1 to 64 printable ASCII characters")
        if not 1 <= line.quantity <= QUANTITY_MAX:
            raise OrderTermsMalformed(field="lines.quantity", problem=f"line {number}: below 1 or beyond 2^53 - 1")
        positive(line.amount_minor)


def _check_steps(steps: Sequence[PaymentStep], total_minor: int) -> None:
    for step in steps:
        key(step.name, field="terms.steps.name")
        positive(step.amount_minor)
    if sum(step.amount_minor for step in steps) != total_minor:
        raise OrderTermsMalformed(field="terms.steps", problem=f"don't sum to the lines' total of {total_minor}")


def evolve(order: Order | None, event: OrderEvent, reference: str, at: datetime) -> Order:
    """Apply an event of an order."""
    match event:
        case OrderPlaced():
            return _placed(event, reference)
        case OrderDispatched():
            return _dispatched(begun(order), event, at)
        case OrderDelivered():
            return _delivered(begun(order), event)
        case OrderLinesAdded():
            return _with_lines(begun(order), event.lines)
        case OrderAccepted():
            return replace(begun(order), status="accepted")
        case OrderCancelled():
            return replace(begun(order), status="cancelled")
        case OrderReceiptConfirmed():
            return replace(begun(order), status="received", receipt="confirmed")
        case OrderInspectionLapsed():
            return replace(begun(order), status="received", receipt="lapsed")
        case OrderCompleted():
            return replace(begun(order), status="completed")


def _placed(event: OrderPlaced, reference: str) -> Order:
    return Order(
        reference=reference,
        buyer=event.buyer,
        exporter=event.exporter,
        terms=event.terms,
        total_minor=event.total_minor,
        lines=event.lines,
        undispatched=tuple(line.quantity for line in event.lines),
    )


def _with_lines(order: Order, lines: tuple[Line, ...]) -> Order:
    return replace(
        order,
        lines=order.lines + lines,
        undispatched=order.undispatched + tuple(line.quantity for line in lines),
    )


def _dispatched(order: Order, event: OrderDispatched, at: datetime) -> Order:
    left = [0] * len(order.lines)
    if event.lines is not None:
        left = list(order.undispatched)
        for line in event.lines:
            left[line.line - 1] -= line.quantity
    return replace(
        order,
        undispatched=tuple(left),
        status="dispatched" if event.all_dispatched else "part_dispatched",
        dispatches=event.dispatch,
        last_dispatched_at=max(at, order.last_dispatched_at or at),
    )


def _delivered(order: Order, event: OrderDelivered) -> Order:
    return replace(
        order,
        delivered=order.delivered | {event.dispatch},
        status="delivered" if event.all_delivered else order.status,
    )

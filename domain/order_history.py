"""How an order is folded from its events."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from domain.aggregate import Event, begun
from domain.amendment import (
    OrderAmendmentAccepted,
    OrderAmendmentDeclined,
    OrderAmendmentProposed,
    PendingAmendment,
)
from domain.order import (
    Order,
    OrderAccepted,
    OrderCancelled,
    OrderClaimsEnded,
    OrderCompleted,
    OrderDelivered,
    OrderDispatched,
    OrderEvent,
    OrderInspectionExtended,
    OrderInspectionLapsed,
    OrderLatenessFound,
    OrderLinesAdded,
    OrderPlaced,
    OrderReceiptConfirmed,
)
from domain.takeover import OrderTakenOver, order_from


def evolve(order: Order | None, event: OrderEvent | OrderTakenOver, reference: str, at: datetime) -> Order:
    """Apply an event of an order."""
    if isinstance(event, OrderPlaced):
        return _placed(event, reference, at)
    if isinstance(event, OrderTakenOver):
        return order_from(event, reference, at)
    return _AFTER[type(event)](begun(order), event, at)


def _placed(event: OrderPlaced, reference: str, at: datetime) -> Order:
    return Order(
        reference=reference,
        buyer=event.buyer,
        exporter=event.exporter,
        terms=event.terms,
        total_minor=event.total_minor,
        lines=event.lines,
        undispatched=tuple(line.quantity for line in event.lines),
        placed_at=at,
    )


def _amendment_proposed(order: Order, event: OrderAmendmentProposed, _at: datetime) -> Order:
    pending = PendingAmendment(number=event.amendment, by=event.by, change=event.change, total_minor=event.total_minor)
    return replace(order, amendments=event.amendment, pending_amendment=pending)


def _lines_added(order: Order, event: OrderLinesAdded, _at: datetime) -> Order:
    return replace(
        order,
        lines=order.lines + event.lines,
        undispatched=order.undispatched + tuple(line.quantity for line in event.lines),
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


def _delivered(order: Order, event: OrderDelivered, _at: datetime) -> Order:
    return replace(
        order,
        delivered=order.delivered | {event.dispatch},
        status="delivered" if event.all_delivered else order.status,
    )


def _accepted(order: Order, _event: OrderAccepted, _at: datetime) -> Order:
    return replace(order, status="accepted")


def _cancelled(order: Order, _event: OrderCancelled, _at: datetime) -> Order:
    return replace(order, status="cancelled")


def _receipt_confirmed(order: Order, _event: OrderReceiptConfirmed, at: datetime) -> Order:
    return replace(order, status="received", receipt="confirmed", received_at=at)


def _inspection_lapsed(order: Order, event: OrderInspectionLapsed, _at: datetime) -> Order:
    return replace(order, status="received", receipt="lapsed", received_at=event.ended_at)


def _amendment_accepted(order: Order, _event: OrderAmendmentAccepted, at: datetime) -> Order:
    return order.amended(at=at)


def _amendment_declined(order: Order, _event: OrderAmendmentDeclined, _at: datetime) -> Order:
    return replace(order, pending_amendment=None)


def _lateness_found(order: Order, event: OrderLatenessFound, _at: datetime) -> Order:
    return replace(order, days_late=max(order.days_late, event.days_late))


def _inspection_extended(order: Order, event: OrderInspectionExtended, _at: datetime) -> Order:
    return replace(order, extended_days={**order.extended_days, event.by: event.days})


def _claims_ended(order: Order, _event: OrderClaimsEnded, _at: datetime) -> Order:
    return replace(order, claims_ended=True)


def _completed(order: Order, _event: OrderCompleted, _at: datetime) -> Order:
    return replace(order, status="completed")


_AFTER: dict[type[Event], Callable[[Order, Any, datetime], Order]] = {
    OrderLinesAdded: _lines_added,
    OrderAccepted: _accepted,
    OrderCancelled: _cancelled,
    OrderDispatched: _dispatched,
    OrderDelivered: _delivered,
    OrderReceiptConfirmed: _receipt_confirmed,
    OrderInspectionLapsed: _inspection_lapsed,
    OrderAmendmentProposed: _amendment_proposed,
    OrderAmendmentAccepted: _amendment_accepted,
    OrderAmendmentDeclined: _amendment_declined,
    OrderLatenessFound: _lateness_found,
    OrderInspectionExtended: _inspection_extended,
    OrderClaimsEnded: _claims_ended,
    OrderCompleted: _completed,
}

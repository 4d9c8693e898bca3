"""What commands about an order do."""

from collections.abc import Callable
from typing import Any

from domain import commands, order
from domain.order import InspectionRunning, Lateness, Order, PaymentStep, Terms
from domain.party_standing import check_may_go_on, check_may_trade
from domain.references import RulebookId, key, order_id
from domain.rulebook import Rulebook
from domain.trade import check_undisputed, find_clock, order_of, rules_of
from domain.unit_of_work import UnitOfWork


def place_order(command: commands.PlaceOrder, uow: UnitOfWork) -> None:
    """
    Raises, in this order: ReferenceMalformed, what `order.place` does, AggregateNotFound (rulebook),
    RulebookNotInState, RulebookNotInForce, and what `check_may_trade` does.
    """
    reference = order_id(key(command.order, field="order"))
    placed = order.place(
        uow.find(Order, reference),
        buyer=command.buyer,
        exporter=command.exporter,
        terms=_terms(command),
        lines=command.lines,
    )
    events = list(placed)
    rules = uow.get(Rulebook, f"rulebook:{command.rulebook}").in_force(uow.occurred_at)
    check_may_trade(buyer=command.buyer, exporter=command.exporter, rules=rules, uow=uow)
    uow.record(reference, *events)


def accept_order(command: commands.AcceptOrder, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, OrderNotInState, and what `check_may_go_on` does."""
    agreed = order_of(command.order, uow)
    accepted = agreed.accept()
    check_may_go_on(buyer=agreed.buyer, exporter=agreed.exporter, uow=uow)
    uow.record(agreed.reference, accepted)


def cancel_order(command: commands.CancelOrder, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound, ReferenceMalformed, OrderCancelledAlready, OrderAlreadyDispatched,
    DisputeAlreadyOpen.
    """
    agreed = order_of(command.order, uow)
    cancelled = agreed.cancel(reason=command.reason)
    check_undisputed(command.order, uow)
    uow.record(agreed.reference, cancelled)


def dispatch_goods(command: commands.DispatchGoods, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Order.dispatch` does."""
    agreed = order_of(command.order, uow)
    dispatched = agreed.dispatch(command.lines)
    uow.record(agreed.reference, dispatched)
    _find_lateness(agreed, "dispatch", dispatched.dispatch, uow)


def record_delivery(command: commands.RecordDelivery, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, DispatchNotFound, DispatchAlreadyDelivered."""
    agreed = order_of(command.order, uow)
    delivered = agreed.deliver(command.dispatch)
    uow.record(agreed.reference, delivered)
    _find_lateness(agreed, "delivery", delivered.dispatch, uow)


def confirm_receipt(command: commands.ConfirmReceipt, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, OrderNotInState."""
    agreed = order_of(command.order, uow)
    uow.record(agreed.reference, agreed.confirm_receipt())


def lapse_inspection(command: commands.LapseInspection, uow: UnitOfWork) -> None:
    """
    Does nothing where the inspection's clock, being due, has just done it.

    Raises, in this order: AggregateNotFound, InspectionRunning (its clock stands still), OrderNotInState,
    InspectionRunning (it hasn't come to its end).
    """
    agreed = order_of(command.order, uow)
    if agreed.receipt == "lapsed" and uow.steps:
        return
    running = find_clock(command.order, "inspection", uow)
    ends_at = running.due_at if running else agreed.inspection_ends_at(rules_of(agreed, uow), now=uow.occurred_at)
    if running and running.paused_at:
        raise InspectionRunning(order=agreed.reference, ends_at=ends_at)
    uow.record(agreed.reference, agreed.lapse_inspection(at=uow.occurred_at, ends_at=ends_at))


def lapse_inspection_by_clock(command: commands.LapseInspectionByClock, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, OrderNotInState."""
    agreed = order_of(command.order, uow)
    uow.record(agreed.reference, agreed.lapse_inspection(at=uow.occurred_at, ends_at=uow.occurred_at))


def complete_order(command: commands.CompleteOrder, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, OrderNotInState."""
    agreed = order_of(command.order, uow)
    uow.record(agreed.reference, agreed.complete())


HANDLERS: dict[type[commands.Command], Callable[[Any, UnitOfWork], None]] = {
    commands.PlaceOrder: place_order,
    commands.AcceptOrder: accept_order,
    commands.CancelOrder: cancel_order,
    commands.DispatchGoods: dispatch_goods,
    commands.RecordDelivery: record_delivery,
    commands.ConfirmReceipt: confirm_receipt,
    commands.LapseInspection: lapse_inspection,
    commands.LapseInspectionByClock: lapse_inspection_by_clock,
    commands.CompleteOrder: complete_order,
}


def _find_lateness(agreed: Order, of: Lateness, dispatch: int, uow: UnitOfWork) -> None:
    on = rules_of(agreed, uow).calendar.day_of(uow.occurred_at)
    if late := agreed.find_lateness(of, dispatch, on):
        uow.record(agreed.reference, late)


def _terms(command: commands.PlaceOrder) -> Terms:
    whole = PaymentStep(name="whole", amount_minor=sum(line.amount_minor for line in command.lines))
    return Terms(
        currency=command.currency,
        steps=command.steps or (whole,),
        transport_mode=command.transport_mode,
        ship_by=command.ship_by,
        deliver_by=command.deliver_by,
        rulebook=RulebookId(f"rulebook:{command.rulebook}"),
    )

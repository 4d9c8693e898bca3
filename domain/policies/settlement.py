"""Settlement: what is due is released, what is not owed is refunded, and what is done is closed."""

from collections.abc import Iterator

from domain import commands
from domain.aggregate import Event
from domain.amendment import OrderAmendmentAccepted
from domain.dispute_events import DisputeSettled
from domain.hold import (
    Hold,
    HoldChargedBack,
    HoldPaymentReceived,
    HoldRefunded,
    HoldReleased,
    HoldUndisputed,
    HoldUnfrozen,
)
from domain.money import Money
from domain.order import (
    Order,
    OrderAccepted,
    OrderCancelled,
    OrderClaimsEnded,
    OrderCompleted,
    OrderInspectionLapsed,
    OrderReceiptConfirmed,
)
from domain.party_standing import is_blocked
from domain.policies.policy import Policy
from domain.references import hold_id, key_of, kind_of, order_about, order_id
from domain.refund import RefundApproved, RefundProposed, RefundRejected
from domain.release import ReleaseApproved, ReleaseProposed, ReleaseRejected
from domain.trade import Trade, open_dispute_of, order_of, rules_of
from domain.unit_of_work import UnitOfWork


def open_hold(reference: str, _event: Event, _uow: UnitOfWork) -> Iterator[commands.Command]:
    """When an order is accepted, its buyer's money may be held."""
    yield commands.OpenHold(order=key_of(reference))


def release_what_is_due(reference: str, _event: Event, uow: UnitOfWork) -> Iterator[commands.Command]:
    """When the goods are received, or money comes free after that, the exporter is paid."""
    if not _is_received(reference, uow):
        return
    trade = Trade(key_of(reference), uow)
    if trade.due_minor and not is_blocked(trade.order.exporter, uow):
        yield commands.ProposeRelease(order=key_of(reference), amount=_money(trade.due_minor, trade.hold))


def refund_what_is_not_owed(reference: str, _event: Event, uow: UnitOfWork) -> Iterator[commands.Command]:
    """When an order is cancelled or overpaid, the buyer gets back what the exporter will never be owed."""
    if not (_is_received(reference, uow) or _is_cancelled(reference, uow)):
        return
    trade = Trade(key_of(reference), uow)
    if trade.excess_minor:
        reason = "order-cancelled" if trade.order.status == "cancelled" else "overpayment"
        amount = _money(trade.excess_minor, trade.hold)
        yield commands.ProposeRefund(order=key_of(reference), amount=amount, reason=reason)


def approve_small_release(reference: str, event: Event, uow: UnitOfWork) -> Iterator[commands.Command]:
    """When a release is below the rulebook's threshold, no second person is asked."""
    if isinstance(event, ReleaseProposed) and _by_rule(reference, event.gross_minor, uow):
        yield commands.ApproveReleaseByRule(order=key_of(reference), number=event.number)


def approve_small_refund(reference: str, event: Event, uow: UnitOfWork) -> Iterator[commands.Command]:
    """When a refund is below the rulebook's threshold, or a dispute gave it, no second person is asked."""
    if isinstance(event, RefundProposed) and (_by_dispute(event) or _by_rule(reference, event.amount_minor, uow)):
        yield commands.ApproveRefundByRule(order=key_of(reference), number=event.number)


def execute_release(reference: str, event: Event, _uow: UnitOfWork) -> Iterator[commands.Command]:
    """When a release is approved, it is carried out."""
    if isinstance(event, ReleaseApproved):
        yield commands.ExecuteRelease(order=key_of(reference), number=event.number)


def execute_refund(reference: str, event: Event, _uow: UnitOfWork) -> Iterator[commands.Command]:
    """When a refund is approved, it is carried out."""
    if isinstance(event, RefundApproved):
        yield commands.ExecuteRefund(order=key_of(reference), number=event.number)


def complete_what_is_done(reference: str, _event: Event, uow: UnitOfWork) -> Iterator[commands.Command]:
    """When the last of a received order's money has gone where it belongs, the trade is complete."""
    if _is_received(reference, uow) and Trade(key_of(reference), uow).is_done:
        yield commands.CompleteOrder(order=key_of(reference))


def close_hold_of_cancelled(reference: str, _event: Event, uow: UnitOfWork) -> Iterator[commands.Command]:
    """When nothing is held any more for a cancelled order, and no dispute about it is open, its hold closes."""
    order = order_about(reference)
    if order_of(order, uow).status != "cancelled" or open_dispute_of(order, uow):
        return
    opened = uow.find(Hold, hold_id(order))
    if opened and opened.status == "open" and Trade(order, uow).is_settled:
        yield commands.CloseHold(order=order)


def release_what_stays_due(reference: str, event: Event, uow: UnitOfWork) -> Iterator[commands.Command]:
    """When a claim took money that a release waited for, what the exporter is due of the rest is released."""
    if isinstance(event, ReleaseRejected) and kind_of(event.rejected_by) == "dispute":
        yield from release_what_is_due(reference, event, uow)


def earn_commission(reference: str, _event: Event, uow: UnitOfWork) -> Iterator[commands.Command]:
    """When nothing can be claimed any more, the commission on what was released is earned."""
    order = order_about(reference)
    if order_of(order, uow).claims_ended and not open_dispute_of(order, uow):
        yield commands.EarnCommission(order=order)


def close_hold_of_completed(reference: str, _event: Event, uow: UnitOfWork) -> Iterator[commands.Command]:
    """When an order is complete and nothing can be claimed any more, its hold closes."""
    order = order_about(reference)
    trade = Trade(order, uow)
    over = trade.order.status == "completed" and trade.order.claims_ended and not open_dispute_of(order, uow)
    if over and trade.hold.status == "open" and trade.is_settled:
        yield commands.CloseHold(order=order)


_SETTLE: tuple[Policy, ...] = (release_what_is_due, refund_what_is_not_owed, complete_what_is_done)

POLICIES: dict[type[Event], tuple[Policy, ...]] = {
    OrderAccepted: (open_hold,),
    OrderCancelled: (refund_what_is_not_owed, close_hold_of_cancelled),
    OrderReceiptConfirmed: _SETTLE,
    OrderInspectionLapsed: _SETTLE,
    OrderAmendmentAccepted: _SETTLE,
    OrderClaimsEnded: (earn_commission, close_hold_of_completed),
    OrderCompleted: (close_hold_of_completed,),
    HoldPaymentReceived: _SETTLE,
    HoldUnfrozen: _SETTLE,
    HoldUndisputed: (*_SETTLE, close_hold_of_cancelled),
    HoldReleased: (*_SETTLE, close_hold_of_completed),
    HoldRefunded: (complete_what_is_done, close_hold_of_cancelled, close_hold_of_completed),
    HoldChargedBack: (complete_what_is_done, close_hold_of_cancelled, close_hold_of_completed),
    DisputeSettled: (earn_commission, close_hold_of_cancelled, close_hold_of_completed),
    ReleaseProposed: (approve_small_release,),
    ReleaseApproved: (execute_release,),
    ReleaseRejected: (complete_what_is_done, release_what_stays_due, close_hold_of_completed),
    RefundProposed: (approve_small_refund,),
    RefundApproved: (execute_refund,),
    RefundRejected: (
        release_what_is_due,
        complete_what_is_done,
        close_hold_of_cancelled,
        close_hold_of_completed,
    ),
}


def _by_dispute(event: RefundProposed) -> bool:
    return kind_of(event.proposed_by) == "dispute"


def _is_received(reference: str, uow: UnitOfWork) -> bool:
    return uow.get(Order, order_id(key_of(reference))).receipt is not None


def _is_cancelled(reference: str, uow: UnitOfWork) -> bool:
    return uow.get(Order, order_id(key_of(reference))).status == "cancelled"


def _by_rule(reference: str, amount_minor: int, uow: UnitOfWork) -> bool:
    order = uow.get(Order, order_id(key_of(reference)))
    return not rules_of(order, uow).needs_four_eyes(amount_minor, order.currency)


def _money(amount_minor: int, hold: Hold) -> Money:
    return Money(currency=hold.currency, minor=amount_minor)

"""Deadlines: which clocks run after an event, and what follows when one has passed."""

from collections.abc import Iterator

from domain import commands, hold, order, refund
from domain import dispute_events as disputed
from domain.aggregate import Event
from domain.amendment import OrderAmendmentAccepted
from domain.catalogue import type_of
from domain.clock import ClockExpired
from domain.dispute import Dispute
from domain.order import OrderInspectionExtended
from domain.policies.policy import Policy
from domain.references import key_of, number_of_dispute, order_of_dispute
from domain.trade import order_of, rules_of
from domain.unit_of_work import UnitOfWork

NOT_ACCEPTED = "not-accepted"


def keep_order_clocks(reference: str, event: Event, _uow: UnitOfWork) -> Iterator[commands.Command]:
    """When an order or one of its refunds has moved on, other clocks run."""
    yield commands.KeepClocks(order=key_of(reference), about=reference, cause=type_of(event).topic)


def start_acceptance_clock(reference: str, event: Event, uow: UnitOfWork) -> Iterator[commands.Command]:
    """When an order is placed, the exporter's time to accept it runs, where the rules give one."""
    if rules_of(order_of(key_of(reference), uow), uow).acceptance_days:
        yield from keep_order_clocks(reference, event, uow)


def keep_dispute_clocks(reference: str, event: Event, _uow: UnitOfWork) -> Iterator[commands.Command]:
    """When a dispute has moved on, other clocks run."""
    yield commands.KeepClocks(order=order_of_dispute(reference), about=reference, cause=type_of(event).topic)


def extend_inspection_clock(reference: str, event: Event, _uow: UnitOfWork) -> Iterator[commands.Command]:
    """When a side gives more time to inspect, the inspection's clock ends later."""
    if isinstance(event, OrderInspectionExtended):
        yield commands.ExtendClock(order=key_of(reference), clock="inspection", days=event.days)


def act_on_expiry(reference: str, event: Event, uow: UnitOfWork) -> Iterator[commands.Command]:
    """When a clock that decides has passed, silence has its consequence."""
    if not isinstance(event, ClockExpired):
        return
    key = key_of(reference)
    if event.kind == "inspection":
        yield commands.LapseInspectionByClock(order=key)
    elif event.kind == "acceptance":
        yield commands.CancelOrder(order=key, reason=NOT_ACCEPTED)
    elif event.kind == "claims":
        yield commands.EndClaims(order=key)
    else:
        yield from _act_in_dispute(key, event, uow)


def _act_in_dispute(key: str, event: ClockExpired, uow: UnitOfWork) -> Iterator[commands.Command]:
    dispute, number = number_of_dispute(event.about), int(event.clock.rpartition("/")[2])
    match event.kind:
        case "escalation":
            yield commands.EscalateByClock(order=key, dispute=dispute)
        case "evidence":
            yield commands.CloseEvidenceRequest(order=key, dispute=dispute, request=number)
        case "offer":
            yield commands.ExpireOffer(order=key, dispute=dispute, offer=number)
        case "appeal":
            claims = tuple(c.number for c in uow.get(Dispute, event.about).claims if c.decision == number)
            yield commands.FinaliseRulings(order=key, dispute=dispute, claims=claims)
        case "return":
            yield commands.LapseReturn(order=key, dispute=dispute, claim=number)
        case "return-acknowledgement":
            yield commands.AcknowledgeReturn(order=key, dispute=dispute, claim=number, state="received")
        case "replacement":
            yield commands.LapseReplacement(order=key, dispute=dispute, claim=number)
        case "replacement-acknowledgement":
            yield commands.AcknowledgeReplacement(order=key, dispute=dispute, claim=number, accepted=True)
        case _:
            pass


_ORDER = (keep_order_clocks,)
_DISPUTE = (keep_dispute_clocks,)

POLICIES: dict[type[Event], tuple[Policy, ...]] = {
    order.OrderPlaced: (start_acceptance_clock,),
    order.OrderAccepted: _ORDER,
    order.OrderCancelled: _ORDER,
    order.OrderDispatched: _ORDER,
    order.OrderDelivered: _ORDER,
    order.OrderReceiptConfirmed: _ORDER,
    order.OrderInspectionLapsed: _ORDER,
    OrderAmendmentAccepted: _ORDER,
    order.OrderCompleted: _ORDER,
    hold.HoldOpened: _ORDER,
    hold.HoldPaymentReceived: _ORDER,
    hold.HoldClosed: _ORDER,
    order.OrderInspectionExtended: (extend_inspection_clock,),
    refund.RefundProposed: _ORDER,
    refund.RefundRejected: _ORDER,
    refund.RefundExecuted: _ORDER,
    disputed.DisputeOpened: _DISPUTE,
    disputed.DisputeAnswered: _DISPUTE,
    disputed.DisputeEvidenceRequested: _DISPUTE,
    disputed.DisputeEvidenceSubmitted: _DISPUTE,
    disputed.DisputeEvidenceClosed: _DISPUTE,
    disputed.DisputeOfferMade: _DISPUTE,
    disputed.DisputeOfferAccepted: _DISPUTE,
    disputed.DisputeOfferDeclined: _DISPUTE,
    disputed.DisputeOfferExpired: _DISPUTE,
    disputed.DisputeEscalated: _DISPUTE,
    disputed.DisputeMediatorDeclared: _DISPUTE,
    disputed.DisputeMediatorRecused: _DISPUTE,
    disputed.DisputeDecisionProposed: _DISPUTE,
    disputed.DisputeDecisionReturned: _DISPUTE,
    disputed.DisputeDecided: _DISPUTE,
    disputed.DisputeAppealed: _DISPUTE,
    disputed.DisputeAppealDecided: _DISPUTE,
    disputed.DisputeRulingsFinal: _DISPUTE,
    disputed.DisputeClaimWithdrawn: _DISPUTE,
    disputed.DisputeReturnDispatched: _DISPUTE,
    disputed.DisputeReturnAcknowledged: _DISPUTE,
    disputed.DisputeReturnLapsed: _DISPUTE,
    disputed.DisputeReplacementDispatched: _DISPUTE,
    disputed.DisputeReplacementAcknowledged: _DISPUTE,
    disputed.DisputeReplacementLapsed: _DISPUTE,
    disputed.DisputeClaimSettled: _DISPUTE,
    disputed.DisputeSettled: _DISPUTE,
    ClockExpired: (act_on_expiry,),
}

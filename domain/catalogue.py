"""
The catalogue is the closed list of everything that can stand in a log: each kind of aggregate and each event, with its
permanent topic and schema version.

Decoding uses this list and nothing else, so a row can't name code to run. Classes and files may be renamed for ever:
the topic stays. A changed event gets the next schema version here, and an upcaster from the one before.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec import Struct

from domain import (
    agreement,
    amendment,
    book,
    clock,
    commission,
    commission_history,
    dispute_events,
    dispute_history,
    guarantee,
    hold,
    hold_history,
    order,
    order_history,
    party,
    party_events,
    payee_account,
    period,
    period_events,
    refund,
    release,
    rulebook,
    takeover,
    watchlist,
)
from domain.aggregate import Aggregate, Event
from domain.references import kind_of

Evolve = Callable[[Any, Any, str, datetime], Aggregate]


class EventType(Struct, frozen=True):
    """An event as the log knows it. `schema` counts from 1 and is part of what is hashed."""

    topic: str
    schema: int
    cls: type[Event]


EVENTS: tuple[EventType, ...] = (
    EventType("book.opened", 1, book.BookOpened),
    EventType("book.log_reopened", 1, book.BookLogReopened),
    EventType("rulebook.drafted", 2, rulebook.RulebookDrafted),
    EventType("rulebook.approved", 1, rulebook.RulebookApproved),
    EventType("rulebook.published", 2, rulebook.RulebookPublished),
    EventType("order.placed", 2, order.OrderPlaced),
    EventType("order.taken_over", 1, takeover.OrderTakenOver),
    EventType("order.lines_added", 1, order.OrderLinesAdded),
    EventType("order.accepted", 1, order.OrderAccepted),
    EventType("order.cancelled", 1, order.OrderCancelled),
    EventType("order.dispatched", 1, order.OrderDispatched),
    EventType("order.delivered", 1, order.OrderDelivered),
    EventType("order.receipt_confirmed", 1, order.OrderReceiptConfirmed),
    EventType("order.inspection_lapsed", 1, order.OrderInspectionLapsed),
    EventType("order.amendment_proposed", 1, amendment.OrderAmendmentProposed),
    EventType("order.amendment_accepted", 1, amendment.OrderAmendmentAccepted),
    EventType("order.amendment_declined", 1, amendment.OrderAmendmentDeclined),
    EventType("order.lateness_found", 1, order.OrderLatenessFound),
    EventType("order.inspection_extended", 1, order.OrderInspectionExtended),
    EventType("order.claims_ended", 1, order.OrderClaimsEnded),
    EventType("order.completed", 1, order.OrderCompleted),
    EventType("hold.opened", 1, hold.HoldOpened),
    EventType("hold.taken_over", 1, takeover.HoldTakenOver),
    EventType("hold.payment_received", 1, hold.HoldPaymentReceived),
    EventType("hold.disputed", 1, hold.HoldDisputed),
    EventType("hold.undisputed", 1, hold.HoldUndisputed),
    EventType("hold.frozen", 1, hold.HoldFrozen),
    EventType("hold.unfrozen", 1, hold.HoldUnfrozen),
    EventType("hold.released", 1, hold.HoldReleased),
    EventType("hold.recovered", 1, hold.HoldRecovered),
    EventType("hold.refunded", 1, hold.HoldRefunded),
    EventType("hold.charged_back", 2, hold.HoldChargedBack),
    EventType("hold.closed", 1, hold.HoldClosed),
    EventType("release.proposed", 1, release.ReleaseProposed),
    EventType("release.approved", 1, release.ReleaseApproved),
    EventType("release.rejected", 1, release.ReleaseRejected),
    EventType("release.executed", 1, release.ReleaseExecuted),
    EventType("refund.proposed", 1, refund.RefundProposed),
    EventType("refund.approved", 1, refund.RefundApproved),
    EventType("refund.rejected", 1, refund.RefundRejected),
    EventType("refund.executed", 1, refund.RefundExecuted),
    EventType("dispute.opened", 1, dispute_events.DisputeOpened),
    EventType("dispute.money_set_aside", 1, dispute_events.DisputeMoneySetAside),
    EventType("dispute.charged_back", 1, dispute_events.DisputeChargedBack),
    EventType("dispute.answered", 1, dispute_events.DisputeAnswered),
    EventType("dispute.evidence_requested", 1, dispute_events.DisputeEvidenceRequested),
    EventType("dispute.evidence_submitted", 1, dispute_events.DisputeEvidenceSubmitted),
    EventType("dispute.evidence_closed", 1, dispute_events.DisputeEvidenceClosed),
    EventType("dispute.message_posted", 1, dispute_events.DisputeMessagePosted),
    EventType("dispute.offer_made", 1, dispute_events.DisputeOfferMade),
    EventType("dispute.offer_accepted", 1, dispute_events.DisputeOfferAccepted),
    EventType("dispute.offer_declined", 1, dispute_events.DisputeOfferDeclined),
    EventType("dispute.offer_expired", 1, dispute_events.DisputeOfferExpired),
    EventType("dispute.escalated", 1, dispute_events.DisputeEscalated),
    EventType("dispute.mediator_assigned", 1, dispute_events.DisputeMediatorAssigned),
    EventType("dispute.mediator_declared", 1, dispute_events.DisputeMediatorDeclared),
    EventType("dispute.mediator_recused", 1, dispute_events.DisputeMediatorRecused),
    EventType("dispute.decision_proposed", 1, dispute_events.DisputeDecisionProposed),
    EventType("dispute.decision_approved", 1, dispute_events.DisputeDecisionApproved),
    EventType("dispute.decision_returned", 1, dispute_events.DisputeDecisionReturned),
    EventType("dispute.decided", 1, dispute_events.DisputeDecided),
    EventType("dispute.appealed", 1, dispute_events.DisputeAppealed),
    EventType("dispute.appeal_waived", 1, dispute_events.DisputeAppealWaived),
    EventType("dispute.appeal_decided", 1, dispute_events.DisputeAppealDecided),
    EventType("dispute.rulings_final", 1, dispute_events.DisputeRulingsFinal),
    EventType("dispute.claim_withdrawn", 1, dispute_events.DisputeClaimWithdrawn),
    EventType("dispute.return_dispatched", 1, dispute_events.DisputeReturnDispatched),
    EventType("dispute.return_acknowledged", 1, dispute_events.DisputeReturnAcknowledged),
    EventType("dispute.return_lapsed", 1, dispute_events.DisputeReturnLapsed),
    EventType("dispute.replacement_dispatched", 1, dispute_events.DisputeReplacementDispatched),
    EventType("dispute.replacement_acknowledged", 1, dispute_events.DisputeReplacementAcknowledged),
    EventType("dispute.replacement_lapsed", 1, dispute_events.DisputeReplacementLapsed),
    EventType("dispute.claim_settled", 1, dispute_events.DisputeClaimSettled),
    EventType("dispute.award_paid", 1, dispute_events.DisputeAwardPaid),
    EventType("dispute.settled", 1, dispute_events.DisputeSettled),
    EventType("clock.started", 1, clock.ClockStarted),
    EventType("clock.paused", 1, clock.ClockPaused),
    EventType("clock.resumed", 1, clock.ClockResumed),
    EventType("clock.extended", 1, clock.ClockExtended),
    EventType("clock.stopped", 1, clock.ClockStopped),
    EventType("clock.expired", 1, clock.ClockExpired),
    EventType("payee.credited", 2, payee_account.PayeeCredited),
    EventType("payee.debited", 2, payee_account.PayeeDebited),
    EventType("payee.repaid", 1, payee_account.PayeeRepaid),
    EventType("payee.unclaimed", 1, payee_account.PayeeUnclaimed),
    EventType("payee.reclaimed", 1, payee_account.PayeeReclaimed),
    EventType("payee.covered", 1, payee_account.PayeeCovered),
    EventType("payee.uncovered", 1, payee_account.PayeeUncovered),
    EventType("guarantee.advanced", 1, guarantee.GuaranteeAdvanced),
    EventType("guarantee.repaid", 1, guarantee.GuaranteeRepaid),
    EventType("guarantee.write_off_proposed", 1, guarantee.GuaranteeWriteOffProposed),
    EventType("guarantee.write_off_approved", 1, guarantee.GuaranteeWriteOffApproved),
    EventType("guarantee.write_off_rejected", 1, guarantee.GuaranteeWriteOffRejected),
    EventType("takeover.balances_recorded", 1, takeover.TakeoverBalancesRecorded),
    EventType("party.registered", 1, party_events.PartyRegistered),
    EventType("party.profile_changed", 1, party_events.PartyProfileChanged),
    EventType("party.referred", 1, party_events.PartyReferred),
    EventType("party.screened", 1, party_events.PartyScreened),
    EventType("party.suspended", 1, party_events.PartySuspended),
    EventType("party.reinstated", 1, party_events.PartyReinstated),
    EventType("party.legal_hold_placed", 1, party_events.PartyLegalHoldPlaced),
    EventType("party.legal_hold_lifted", 1, party_events.PartyLegalHoldLifted),
    EventType("party.erased", 1, party_events.PartyErased),
    EventType("party.trade_opened", 1, party_events.PartyTradeOpened),
    EventType("party.trade_closed", 1, party_events.PartyTradeClosed),
    EventType("watchlist.changed", 1, watchlist.WatchlistChanged),
    EventType("agreement.signed", 1, agreement.AgreementSigned),
    EventType("agreement.amended", 1, agreement.AgreementAmended),
    EventType("agreement.ended", 1, agreement.AgreementEnded),
    EventType("agreement.counted", 1, agreement.AgreementCounted),
    EventType("commission.accrued", 1, commission.CommissionAccrued),
    EventType("commission.earned", 1, commission.CommissionEarned),
    EventType("commission.tax_withheld", 1, commission.CommissionTaxWithheld),
    EventType("commission.clawed_back", 1, commission.CommissionClawedBack),
    EventType("period.closed", 1, period_events.PeriodClosed),
    EventType("period.sealed", 1, period_events.PeriodSealed),
    EventType("period.reopening_proposed", 1, period_events.PeriodReopeningProposed),
    EventType("period.reopening_rejected", 1, period_events.PeriodReopeningRejected),
    EventType("period.reopened", 1, period_events.PeriodReopened),
)

AGGREGATES: dict[str, Evolve] = {
    "book": book.evolve,
    "rulebook": rulebook.evolve,
    "order": order_history.evolve,
    "hold": hold_history.evolve,
    "release": release.evolve,
    "refund": refund.evolve,
    "dispute": dispute_history.evolve,
    "clock": clock.evolve,
    "payee": payee_account.evolve,
    "guarantee": guarantee.evolve,
    "takeover": takeover.evolve,
    "party": party.evolve,
    "watchlist": watchlist.evolve,
    "agreement": agreement.evolve,
    "commission": commission_history.evolve,
    "period": period.evolve,
}
"""By the kind that its references begin with: how each aggregate is folded from its events."""

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

UPCASTERS: dict[tuple[str, int], Upcaster] = {
    ("order.placed", 1): order.placed_without_arrival,
    ("hold.charged_back", 1): hold.charged_back_without_dispute,
    ("rulebook.drafted", 1): rulebook.drafted_with_later_rules,
    ("rulebook.published", 1): rulebook.published_at_once,
    ("payee.credited", 1): payee_account.credited_with_account,
    ("payee.debited", 1): payee_account.debited_with_account,
}
"""By topic and schema version: how the fields of an older event become those of the next version."""

_BY_CLASS: dict[type[Event], EventType] = {event_type.cls: event_type for event_type in EVENTS}
BY_TOPIC: dict[str, EventType] = {event_type.topic: event_type for event_type in EVENTS}


def type_of(event: Event) -> EventType:
    """Return how the log knows an event."""
    return _BY_CLASS[type(event)]


def evolve(aggregate: Aggregate | None, event: Event, reference: str, occurred_at: datetime) -> Aggregate:
    """Return an aggregate after an event that happened to it."""
    return AGGREGATES[kind_of(reference)](aggregate, event, reference, occurred_at)

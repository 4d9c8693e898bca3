"""Disputes: money is set aside for claims, remedies are carried out, and what is over is ended."""

from collections.abc import Iterator, Sequence

from domain import commands
from domain.aggregate import Event
from domain.claim import Claim
from domain.dispute import Dispute
from domain.dispute_events import (
    DisputeAnswered,
    DisputeAppealDecided,
    DisputeAppealWaived,
    DisputeClaimSettled,
    DisputeClaimWithdrawn,
    DisputeDecisionApproved,
    DisputeDecisionProposed,
    DisputeOfferAccepted,
    DisputeOpened,
    DisputeReplacementAcknowledged,
    DisputeReplacementLapsed,
    DisputeReturnAcknowledged,
    DisputeReturnLapsed,
    DisputeRulingsFinal,
    DisputeSettled,
)
from domain.hold import HoldChargedBack, HoldPaymentReceived, HoldRefunded, HoldUndisputed, HoldUnfrozen
from domain.policies.policy import Policy
from domain.references import key_of, number_of_dispute, order_about, order_of_dispute
from domain.refund import RefundRejected
from domain.trade import Trade, disputes_of, open_dispute_of, order_of, rules_of
from domain.unit_of_work import UnitOfWork

BOTH_SIDES = 2
CANCELLED_BY_DISPUTE = "dispute-settled"


def set_claimed_money_aside(reference: str, _event: Event, _uow: UnitOfWork) -> Iterator[commands.Command]:
    """When a dispute is opened, what is claimed and held is set aside."""
    yield commands.SetMoneyAside(order=order_of_dispute(reference), dispute=number_of_dispute(reference))


def set_more_aside(reference: str, _event: Event, uow: UnitOfWork) -> Iterator[commands.Command]:
    """When money comes into a hold, open claims that lack money are served before anything is paid out of it."""
    dispute = open_dispute_of(key_of(reference), uow)
    if dispute and dispute.lacking_minor:
        yield commands.SetMoneyAside(order=key_of(reference), dispute=number_of_dispute(dispute.reference))


def pay_what_was_frozen(reference: str, _event: Event, uow: UnitOfWork) -> Iterator[commands.Command]:
    """When money is unfrozen, what a dispute gave the buyer of it is paid before anything else."""
    for dispute in disputes_of(key_of(reference), uow):
        if dispute.waiting_minor:
            yield commands.PayAwards(order=key_of(reference), dispute=number_of_dispute(dispute.reference))


def satisfy_claims(reference: str, event: Event, uow: UnitOfWork) -> Iterator[commands.Command]:
    """When the buyer's bank takes money back, awards that wait and open claims are satisfied by so much."""
    if not isinstance(event, HoldChargedBack):
        return
    taken_minor = event.disputed_minor + event.held_minor + event.frozen_minor + event.exporter_minor
    for dispute in disputes_of(key_of(reference), uow):
        wanting = dispute.waiting_minor > 0 or dispute.status != "settled"
        if taken_minor and wanting:
            number = number_of_dispute(dispute.reference)
            yield commands.SatisfyClaims(order=key_of(reference), dispute=number, amount_minor=taken_minor)
            taken_minor -= min(taken_minor, dispute.waiting_minor)


def approve_small_decision(reference: str, event: Event, uow: UnitOfWork) -> Iterator[commands.Command]:
    """When less is at stake than the rulebook's threshold, no second mediator is asked."""
    if not isinstance(event, DisputeDecisionProposed):
        return
    order = order_of(order_of_dispute(reference), uow)
    if not rules_of(order, uow).needs_four_eyes(event.at_stake_minor, order.currency):
        yield commands.ApproveDecisionByRule(
            order=order_of_dispute(reference), dispute=number_of_dispute(reference), decision=event.decision
        )


def give_decision(reference: str, event: Event, _uow: UnitOfWork) -> Iterator[commands.Command]:
    """When a decision is approved, it is given."""
    if isinstance(event, DisputeDecisionApproved):
        yield commands.GiveDecision(
            order=order_of_dispute(reference), dispute=number_of_dispute(reference), decision=event.decision
        )


def finalise_what_both_accept(reference: str, event: Event, uow: UnitOfWork) -> Iterator[commands.Command]:
    """When both sides have accepted the decision of a claim, it is final."""
    if isinstance(event, DisputeAppealWaived):
        claim = uow.get(Dispute, reference).claims[event.claim - 1]
        if len(claim.waived_by) == BOTH_SIDES:
            yield commands.FinaliseRulings(
                order=order_of_dispute(reference), dispute=number_of_dispute(reference), claims=(event.claim,)
            )


def settle_remedied(reference: str, event: Event, uow: UnitOfWork) -> Iterator[commands.Command]:
    """When claims have their remedy and wait for no goods, they are settled, together."""
    concerned = _concerned(uow.get(Dispute, reference), event)
    claims = tuple(c.number for c in concerned if c.remedy and not c.is_over and _waits_for_nothing(c, event))
    if claims:
        yield commands.SettleClaims(
            order=order_of_dispute(reference), dispute=number_of_dispute(reference), claims=claims
        )


def settle_dispute(reference: str, _event: Event, uow: UnitOfWork) -> Iterator[commands.Command]:
    """When the last claim has come to its end, so has the dispute."""
    dispute = uow.get(Dispute, reference)
    if not dispute.open_claims and dispute.status != "settled":
        yield commands.SettleDispute(order=order_of_dispute(reference), dispute=number_of_dispute(reference))


def cancel_what_was_never_sent(reference: str, _event: Event, uow: UnitOfWork) -> Iterator[commands.Command]:
    """When a dispute gave back all that was paid for goods that were never sent, the order is over."""
    trade = Trade(order_about(reference), uow)
    all_conceded = trade.hold.conceded_minor >= trade.hold.received_minor > 0
    over = trade.order.status == "accepted" and not open_dispute_of(order_about(reference), uow)
    if over and all_conceded and trade.is_settled:
        yield commands.CancelOrder(order=order_about(reference), reason=CANCELLED_BY_DISPUTE)


POLICIES: dict[type[Event], tuple[Policy, ...]] = {
    HoldPaymentReceived: (set_more_aside,),
    HoldUnfrozen: (pay_what_was_frozen, set_more_aside),
    HoldUndisputed: (set_more_aside,),
    RefundRejected: (set_more_aside,),
    HoldChargedBack: (satisfy_claims,),
    HoldRefunded: (cancel_what_was_never_sent,),
    DisputeOpened: (set_claimed_money_aside,),
    DisputeAnswered: (settle_remedied,),
    DisputeOfferAccepted: (settle_remedied,),
    DisputeDecisionProposed: (approve_small_decision,),
    DisputeDecisionApproved: (give_decision,),
    DisputeAppealWaived: (finalise_what_both_accept,),
    DisputeAppealDecided: (settle_remedied,),
    DisputeRulingsFinal: (settle_remedied,),
    DisputeClaimWithdrawn: (settle_remedied,),
    DisputeReturnAcknowledged: (settle_remedied,),
    DisputeReturnLapsed: (settle_remedied,),
    DisputeReplacementAcknowledged: (settle_remedied,),
    DisputeReplacementLapsed: (settle_remedied,),
    DisputeClaimSettled: (settle_dispute,),
    DisputeSettled: (cancel_what_was_never_sent,),
}


def _concerned(dispute: Dispute, event: Event) -> Sequence[Claim]:
    match event:
        case DisputeAppealDecided():
            numbers = tuple(ruling.claim for ruling in event.rulings)
        case DisputeRulingsFinal():
            numbers = event.claims
        case DisputeAnswered() | DisputeOfferAccepted() | DisputeClaimWithdrawn():
            numbers = (event.claim,)
        case DisputeReturnAcknowledged() | DisputeReturnLapsed():
            numbers = (event.claim,)
        case DisputeReplacementAcknowledged() | DisputeReplacementLapsed():
            numbers = (event.claim,)
        case _:
            numbers = ()
    return [dispute.claims[number - 1] for number in numbers]


def _waits_for_nothing(claim: Claim, event: Event) -> bool:
    arrived = isinstance(event, DisputeReturnAcknowledged | DisputeReplacementAcknowledged)
    ended = isinstance(event, DisputeReturnLapsed | DisputeReplacementLapsed | DisputeClaimWithdrawn)
    return arrived or ended or claim.status not in {"returning", "replacing"}

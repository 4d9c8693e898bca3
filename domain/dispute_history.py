"""How a dispute is folded from its events."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from domain import dispute_events as happened
from domain.aggregate import Event, begun
from domain.claim import Claim, ClaimAmount, ClaimStatus, Remedy, RemedyKind
from domain.dispute import Decision, Dispute, Offer
from domain.evidence import Evidence, EvidenceRequest

_STATUS_AFTER: dict[RemedyKind, ClaimStatus] = {
    "return-and-refund": "returning",
    "replacement": "replacing",
    "replacement-and-refund": "replacing",
}
"""What a claim waits for once it has its remedy; the others are carried out at once."""


def evolve(dispute: Dispute | None, event: happened.DisputeEvent, reference: str, at: datetime) -> Dispute:
    """Apply an event of a dispute."""
    if isinstance(event, happened.DisputeOpened):
        return _opened(event, reference, at)
    return _AFTER[type(event)](begun(dispute), event)


def _opened(event: happened.DisputeOpened, reference: str, at: datetime) -> Dispute:
    claims = tuple(
        Claim(number=c.number, kind=c.kind, line=c.line, quantity=c.quantity, amount_minor=c.amount_minor)
        for c in event.claims
    )
    return Dispute(
        reference=reference,
        order=event.order,
        buyer=event.buyer,
        exporter=event.exporter,
        currency=event.currency,
        opened_at=at,
        claims=claims,
    )


def _money_set_aside(dispute: Dispute, event: happened.DisputeMoneySetAside) -> Dispute:
    return _with_amounts(dispute, event.amounts, "set_aside_minor")


def _charged_back(dispute: Dispute, event: happened.DisputeChargedBack) -> Dispute:
    after = replace(dispute, claims=tuple(replace(claim, set_aside_minor=0) for claim in dispute.claims))
    for amount in event.amounts:
        claim = after.claims[amount.claim - 1]
        waiting_minor = claim.frozen_minor - amount.amount_minor if claim.is_over else claim.frozen_minor
        charged_back_minor = claim.charged_back_minor + amount.amount_minor
        after = _with(after, replace(claim, frozen_minor=waiting_minor, charged_back_minor=charged_back_minor))
    return _with_amounts(after, event.set_aside, "set_aside_minor")


def _answered(dispute: Dispute, event: happened.DisputeAnswered) -> Dispute:
    claim = dispute.claims[event.claim - 1]
    after = _with(dispute, replace(claim, answered=True))
    if event.stance == "contests":
        return after
    return _remedied(after, event.claim, Remedy(kind="refund", amount_minor=claim.amount_minor))


def _evidence_requested(dispute: Dispute, event: happened.DisputeEvidenceRequested) -> Dispute:
    request = EvidenceRequest(number=event.request, claim=event.claim, of=event.of)
    return replace(dispute, requests=(*dispute.requests, request))


def _evidence_submitted(dispute: Dispute, event: happened.DisputeEvidenceSubmitted) -> Dispute:
    piece = Evidence(
        number=event.evidence,
        claim=event.claim,
        by=event.by,
        request=event.request,
        sha256=event.sha256,
        media_type=event.media_type,
        size_bytes=event.size_bytes,
        late=event.late,
    )
    return replace(dispute, evidence=(*dispute.evidence, piece))


def _evidence_closed(dispute: Dispute, event: happened.DisputeEvidenceClosed) -> Dispute:
    requests = tuple(replace(r, over=True) if r.number == event.request else r for r in dispute.requests)
    return replace(dispute, requests=requests)


def _message_posted(dispute: Dispute, event: happened.DisputeMessagePosted) -> Dispute:
    return replace(dispute, messages=event.message)


def _offer_made(dispute: Dispute, event: happened.DisputeOfferMade) -> Dispute:
    offer = Offer(number=event.offer, claim=event.claim, by=event.by, remedy=event.remedy)
    others = tuple(o for o in dispute.offers if (o.claim, o.by) != (event.claim, event.by))
    return replace(dispute, offers_made=event.offer, offers=(*others, offer))


def _offer_accepted(dispute: Dispute, event: happened.DisputeOfferAccepted) -> Dispute:
    return _remedied(dispute, event.claim, event.remedy)


def _offer_gone(dispute: Dispute, event: happened.DisputeOfferDeclined | happened.DisputeOfferExpired) -> Dispute:
    return replace(dispute, offers=tuple(offer for offer in dispute.offers if offer.number != event.offer))


def _escalated(dispute: Dispute, _event: happened.DisputeEscalated) -> Dispute:
    return replace(dispute, status="escalated")


def _mediator_assigned(dispute: Dispute, event: happened.DisputeMediatorAssigned) -> Dispute:
    return replace(dispute, mediator=event.mediator, mediator_declared=False)


def _mediator_declared(dispute: Dispute, event: happened.DisputeMediatorDeclared) -> Dispute:
    return _without_mediator(dispute) if event.conflict else replace(dispute, mediator_declared=True)


def _mediator_recused(dispute: Dispute, _event: happened.DisputeMediatorRecused) -> Dispute:
    return _without_mediator(dispute)


def _decision_proposed(dispute: Dispute, event: happened.DisputeDecisionProposed) -> Dispute:
    pending = Decision(
        number=event.decision,
        mediator=event.mediator,
        rulings=event.rulings,
        appeal=event.appeal,
        evidence_up_to=len(dispute.evidence),
    )
    return replace(dispute, decisions=event.decision, pending=pending)


def _decision_approved(dispute: Dispute, _event: happened.DisputeDecisionApproved) -> Dispute:
    return dispute


def _decision_returned(dispute: Dispute, _event: happened.DisputeDecisionReturned) -> Dispute:
    return replace(dispute, pending=None)


def _decided(dispute: Dispute, event: happened.DisputeDecided) -> Dispute:
    claims = list(dispute.claims)
    for ruling in event.rulings:
        claim = claims[ruling.claim - 1]
        claims[ruling.claim - 1] = replace(
            claim,
            status="ruled",
            remedy=ruling.remedy,
            ruled_by=(*claim.ruled_by, event.mediator),
            decision=event.decision,
            sealed_up_to=event.evidence_up_to,
            waived_by=frozenset(),
        )
    return replace(dispute, claims=tuple(claims), pending=None)


def _appealed(dispute: Dispute, event: happened.DisputeAppealed) -> Dispute:
    claim = replace(dispute.claims[event.claim - 1], status="appealed", appealed=True, waived_by=frozenset())
    return replace(_without_mediator(_with(dispute, claim), recused=False), status="escalated")


def _appeal_waived(dispute: Dispute, event: happened.DisputeAppealWaived) -> Dispute:
    claim = dispute.claims[event.claim - 1]
    return _with(dispute, replace(claim, waived_by=claim.waived_by | {event.by}))


def _appeal_decided(dispute: Dispute, event: happened.DisputeAppealDecided) -> Dispute:
    after = replace(dispute, pending=None)
    for ruling in event.rulings:
        claim = after.claims[ruling.claim - 1]
        after = _with(after, replace(claim, ruled_by=(*claim.ruled_by, event.mediator)))
        after = _remedied(after, ruling.claim, ruling.remedy)
    return after


def _rulings_final(dispute: Dispute, event: happened.DisputeRulingsFinal) -> Dispute:
    after = dispute
    for number in event.claims:
        after = _remedied(after, number, after.claims[number - 1].remedy or Remedy(kind="none", amount_minor=0))
    return after


def _claim_withdrawn(dispute: Dispute, event: happened.DisputeClaimWithdrawn) -> Dispute:
    return _remedied(dispute, event.claim, Remedy(kind="none", amount_minor=0))


def _on_its_way(
    dispute: Dispute, event: happened.DisputeReturnDispatched | happened.DisputeReplacementDispatched
) -> Dispute:
    return replace(dispute, on_their_way=dispute.on_their_way | {event.claim})


def _return_acknowledged(dispute: Dispute, event: happened.DisputeReturnAcknowledged) -> Dispute:
    return _arrived(dispute, event.claim, as_agreed=event.state == "received")


def _replacement_acknowledged(dispute: Dispute, event: happened.DisputeReplacementAcknowledged) -> Dispute:
    return _arrived(dispute, event.claim, as_agreed=event.accepted)


def _return_lapsed(dispute: Dispute, event: happened.DisputeReturnLapsed) -> Dispute:
    return _remedied(dispute, event.claim, Remedy(kind="none", amount_minor=0))


def _replacement_lapsed(dispute: Dispute, event: happened.DisputeReplacementLapsed) -> Dispute:
    return _remedied(dispute, event.claim, event.remedy)


def _claim_settled(dispute: Dispute, event: happened.DisputeClaimSettled) -> Dispute:
    claim = dispute.claims[event.claim - 1]
    after = _with(dispute, replace(claim, status="settled", set_aside_minor=0, frozen_minor=event.frozen_minor))
    return replace(after, paid_minor=after.paid_minor + event.paid_minor)


def _award_paid(dispute: Dispute, event: happened.DisputeAwardPaid) -> Dispute:
    after = dispute
    for amount in event.amounts:
        claim = after.claims[amount.claim - 1]
        after = _with(after, replace(claim, frozen_minor=claim.frozen_minor - amount.amount_minor))
    return replace(after, paid_minor=after.paid_minor + sum(amount.amount_minor for amount in event.amounts))


def _settled(dispute: Dispute, _event: happened.DisputeSettled) -> Dispute:
    return replace(dispute, status="settled", offers=(), mediator="", mediator_declared=False, pending=None)


_AFTER: dict[type[Event], Callable[[Dispute, Any], Dispute]] = {
    happened.DisputeMoneySetAside: _money_set_aside,
    happened.DisputeChargedBack: _charged_back,
    happened.DisputeAnswered: _answered,
    happened.DisputeEvidenceRequested: _evidence_requested,
    happened.DisputeEvidenceSubmitted: _evidence_submitted,
    happened.DisputeEvidenceClosed: _evidence_closed,
    happened.DisputeMessagePosted: _message_posted,
    happened.DisputeOfferMade: _offer_made,
    happened.DisputeOfferAccepted: _offer_accepted,
    happened.DisputeOfferDeclined: _offer_gone,
    happened.DisputeOfferExpired: _offer_gone,
    happened.DisputeEscalated: _escalated,
    happened.DisputeMediatorAssigned: _mediator_assigned,
    happened.DisputeMediatorDeclared: _mediator_declared,
    happened.DisputeMediatorRecused: _mediator_recused,
    happened.DisputeDecisionProposed: _decision_proposed,
    happened.DisputeDecisionApproved: _decision_approved,
    happened.DisputeDecisionReturned: _decision_returned,
    happened.DisputeDecided: _decided,
    happened.DisputeAppealed: _appealed,
    happened.DisputeAppealWaived: _appeal_waived,
    happened.DisputeAppealDecided: _appeal_decided,
    happened.DisputeRulingsFinal: _rulings_final,
    happened.DisputeClaimWithdrawn: _claim_withdrawn,
    happened.DisputeReturnDispatched: _on_its_way,
    happened.DisputeReturnAcknowledged: _return_acknowledged,
    happened.DisputeReturnLapsed: _return_lapsed,
    happened.DisputeReplacementDispatched: _on_its_way,
    happened.DisputeReplacementAcknowledged: _replacement_acknowledged,
    happened.DisputeReplacementLapsed: _replacement_lapsed,
    happened.DisputeClaimSettled: _claim_settled,
    happened.DisputeAwardPaid: _award_paid,
    happened.DisputeSettled: _settled,
}


def _remedied(dispute: Dispute, number: int, remedy: Remedy) -> Dispute:
    claim = dispute.claims[number - 1]
    status = _STATUS_AFTER.get(remedy.kind, claim.status)
    after = _with(dispute, replace(claim, remedy=remedy, status=status))
    overtaken = after.pending is not None and any(ruling.claim == number for ruling in after.pending.rulings)
    return replace(
        after,
        pending=None if overtaken else after.pending,
        offers=tuple(offer for offer in after.offers if offer.claim != number),
        on_their_way=after.on_their_way - {number},
    )


def _arrived(dispute: Dispute, number: int, *, as_agreed: bool) -> Dispute:
    after = replace(dispute, on_their_way=dispute.on_their_way - {number})
    if as_agreed:
        return after
    claim = after.claims[number - 1]
    return replace(_with(after, replace(claim, status="open", remedy=None)), status="escalated")


def _without_mediator(dispute: Dispute, *, recused: bool = True) -> Dispute:
    left = dispute.recused | {dispute.mediator} if recused and dispute.mediator else dispute.recused
    return replace(dispute, mediator="", mediator_declared=False, recused=left, pending=None)


def _with(dispute: Dispute, claim: Claim) -> Dispute:
    claims = tuple(claim if each.number == claim.number else each for each in dispute.claims)
    return replace(dispute, claims=claims)


def _with_amounts(dispute: Dispute, amounts: Iterable[ClaimAmount], field: str) -> Dispute:
    after = dispute
    for amount in amounts:
        claim = after.claims[amount.claim - 1]
        after = _with(after, replace(claim, **{field: getattr(claim, field) + amount.amount_minor}))
    return after

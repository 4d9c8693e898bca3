"""What might be said next about a dispute: to its claims, offers, evidence, mediator and decisions."""

from collections.abc import Sequence
from typing import Any

from api.allowed.saying import ANY, HASH, Saying, Sayings
from domain import commands
from domain.claim import Claim, RemedyKind
from domain.dispute import Dispute, ProposedRuling
from domain.dispute_events import Finding, Stance
from domain.evidence import EvidenceRequest
from domain.references import number_of_dispute, order_of_dispute
from domain.side import Side

_STANCES: tuple[Stance, ...] = ("contests", "accepts")
_REMEDIES: tuple[RemedyKind, ...] = ("none", "refund")
_FINDINGS = (Finding(text=HASH, evidence=()),)
_DOCUMENT: dict[str, Any] = {"sha256": HASH, "media_type": "text/plain", "size_bytes": 1}
_MEDIATOR = "mediator"


def sayings_about_dispute(dispute: Dispute, sides: Sequence[Side]) -> Sayings:
    """Yield what might be said about a dispute, to the sides for which somebody speaks."""
    of: dict[str, Any] = {"order": order_of_dispute(dispute.reference), "dispute": number_of_dispute(dispute.reference)}
    for claim in dispute.claims:
        yield from _about_claim(of, claim)
        for side in sides:
            yield from _by_side(of, claim, side, dispute)
    for request in dispute.requests:
        if request.of in sides and not request.over:
            yield _requested(of, request)
    for side in sides:
        for offer in dispute.offers:
            yield Saying(commands.AcceptOffer(**of, offer=offer.number, side=side), ("offer", "side"))
            yield Saying(commands.DeclineOffer(**of, offer=offer.number, side=side, reason=ANY), ("offer", "side"))
        yield Saying(commands.EscalateDispute(**of, side=side), ("side",))
    yield Saying(commands.PostMessage(**of, text=HASH))
    yield from _about_mediator(of, dispute)
    yield from _about_decision(of, dispute)


def _about_claim(of: dict[str, Any], claim: Claim) -> Sayings:
    about = {**of, "claim": claim.number}
    said = ("claim",)
    for stance in _STANCES:
        yield Saying(commands.AnswerClaim(**about, stance=stance), said)
    yield Saying(commands.WithdrawClaim(**about), said)
    yield Saying(commands.DispatchReturn(**about), said)
    yield Saying(commands.AcknowledgeReturn(**about, state="received"), said)
    yield Saying(commands.DispatchReplacement(**about), said)
    for accepted in (True, False):
        yield Saying(commands.AcknowledgeReplacement(**about, accepted=accepted), said)


def _by_side(of: dict[str, Any], claim: Claim, side: Side, dispute: Dispute) -> Sayings:
    about = {**of, "claim": claim.number, "side": side}
    said = ("claim", "side")
    yield Saying(commands.MakeOffer(**about, remedy="refund"), said)
    yield Saying(commands.SubmitEvidence(**about, **_DOCUMENT), said)
    own = [piece.number for piece in dispute.evidence if piece.claim == claim.number and piece.by == side]
    yield Saying(commands.AppealRuling(**about, evidence=own[-1] if own else 0), said)
    yield Saying(commands.WaiveAppeal(**about), said)


def _requested(of: dict[str, Any], request: EvidenceRequest) -> Saying:
    answers = {**of, "claim": request.claim, "side": request.of, "request": request.number}
    return Saying(commands.SubmitEvidence(**answers, **_DOCUMENT), ("claim", "side", "request"))


def _about_mediator(of: dict[str, Any], dispute: Dispute) -> Sayings:
    yield Saying(commands.AssignMediator(**of, mediator=_unknown_here(dispute)))
    for conflict in (False, True):
        yield Saying(commands.DeclareConflict(**of, conflict=conflict))
    yield Saying(commands.RecuseMediator(**of, reason=ANY))
    for claim in dispute.claims:
        yield Saying(commands.RequestEvidence(**of, claim=claim.number, of="buyer", what=ANY), ("claim",))


def _unknown_here(dispute: Dispute) -> str:
    known = {dispute.buyer, dispute.exporter, *dispute.recused}
    known.update(name for claim in dispute.claims for name in claim.ruled_by)
    return next(name for number in range(len(known) + 1) if (name := f"{_MEDIATOR}-{number}") not in known)


def _about_decision(of: dict[str, Any], dispute: Dispute) -> Sayings:
    for claim in dispute.claims:
        for remedy in _REMEDIES:
            yield Saying(commands.ProposeDecision(**of, rulings=(_ruling(claim.number, remedy),)))
    if pending := dispute.pending:
        yield Saying(commands.ApproveDecision(**of, decision=pending.number), ("decision",))
        yield Saying(commands.ReturnDecision(**of, decision=pending.number, reason=ANY), ("decision",))


def _ruling(claim: int, remedy: RemedyKind) -> ProposedRuling:
    return ProposedRuling(claim=claim, remedy=remedy, amount_minor=None, reason=ANY, findings=_FINDINGS)

"""Parts of a dispute as the API shows them one by one: claims, evidence, offers, decisions and appeals."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import asdict

from api.dispute_views import ClaimView, DecisionView, DisputeView, EvidenceView, OfferView, RequestView
from domain.claim import ClaimStatus
from domain.errors import NotFound
from domain.side import Side


@dataclass(eq=False, kw_only=True)
class ClaimAbsent(NotFound):
    """The dispute has no such claim, or not yet at the position that was read."""

    code: ClassVar[str] = "dispute.claim_absent"
    dispute: str
    claim: int


class ClaimShown(ClaimView, frozen=True, kw_only=True):
    """A claim by itself, with its offers, its evidence and what the mediator asked for about it."""

    dispute: str
    currency: str
    offers: list[OfferView]
    evidence: list[EvidenceView]
    requests: list[RequestView]


class AppealView(Struct, frozen=True, kw_only=True):
    """
    What there is of an appeal of a claim that was decided.

    decision: the number of the decision that may be appealed, 0 where none may any more; waived_by: the sides that
    accepted it; until: when the time for an appeal ends, while it runs. Who may make one now stands at the claim.
    """

    claim: int
    status: ClaimStatus
    decision: int
    appealed_by: Side | None
    waived_by: list[Side]
    until: datetime | None


class OfferShown(OfferView, frozen=True, kw_only=True):
    """An offer by itself, in its dispute's currency."""

    currency: str


class DecisionShown(DecisionView, frozen=True, kw_only=True):
    """A decision by itself, in its dispute's currency."""

    currency: str


def claim_of(dispute: DisputeView, number: int) -> ClaimShown:
    """
    Return a claim of a dispute by its number.

    Raises: ClaimAbsent.
    """
    return _shown(dispute, _claim(dispute, number))


def claims_of(dispute: DisputeView) -> list[ClaimShown]:
    """Return every claim of a dispute, in order."""
    return [_shown(dispute, claim) for claim in dispute.claims]


def offers_of(dispute: DisputeView) -> list[OfferShown]:
    """Return every offer of a dispute, in order."""
    return [OfferShown(**asdict(offer), currency=dispute.currency) for offer in dispute.offers]


def decisions_of(dispute: DisputeView) -> list[DecisionShown]:
    """Return every decision of a dispute that its reader sees, in order."""
    return [DecisionShown(**asdict(decision), currency=dispute.currency) for decision in dispute.decisions]


def appeals_of(dispute: DisputeView) -> list[AppealView]:
    """Return what there is of appeals, claim by claim: of those that were decided at least once."""
    decided = {ruling.claim for decision in dispute.decisions if decision.given_at for ruling in decision.rulings}
    return [_appeal(dispute, claim) for claim in dispute.claims if claim.number in decided]


def _claim(dispute: DisputeView, number: int) -> ClaimView:
    for claim in dispute.claims:
        if claim.number == number:
            return claim
    raise ClaimAbsent(dispute=dispute.dispute, claim=number)


def _shown(dispute: DisputeView, claim: ClaimView) -> ClaimShown:
    return ClaimShown(
        **asdict(claim),
        dispute=dispute.dispute,
        currency=dispute.currency,
        offers=[offer for offer in dispute.offers if offer.claim == claim.number],
        evidence=[piece for piece in dispute.evidence if piece.claim == claim.number],
        requests=[request for request in dispute.requests if request.claim == claim.number],
    )


def _appeal(dispute: DisputeView, claim: ClaimView) -> AppealView:
    clock = f"appeal/{dispute.number}/{claim.decision}"
    until = next((row.due_at for row in dispute.clocks if row.clock == clock), None)
    return AppealView(
        claim=claim.number,
        status=claim.status,
        decision=claim.decision,
        appealed_by=claim.appealed_by or None,
        waived_by=claim.waived_by,
        until=until,
    )

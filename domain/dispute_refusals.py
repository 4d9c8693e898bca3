"""The ways in which a dispute says no."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.claim import ClaimStatus
from domain.errors import Forbidden, Malformed, NotFound, Refused
from domain.side import Side


@dataclass(eq=False, kw_only=True)
class ClaimMalformed(Malformed):
    """A field of a claim contradicts another, the order, or itself."""

    code: ClassVar[str] = "dispute.claim_malformed"
    claim: int
    field: str
    problem: str


@dataclass(eq=False, kw_only=True)
class DisputeTooEarly(Refused):
    """Before money has been received there is nothing to dispute: cancel the order."""

    code: ClassVar[str] = "dispute.too_early"
    order: str


@dataclass(eq=False, kw_only=True)
class DisputeTooLate(Refused):
    """The time in which the buyer could make claims is over."""

    code: ClassVar[str] = "dispute.too_late"
    rule: ClassVar[str] = "claim_days"
    order: str


@dataclass(eq=False, kw_only=True)
class DisputeAlreadyOpen(Refused):
    """An order has one open dispute at a time, with all its claims."""

    code: ClassVar[str] = "dispute.already_open"
    dispute: str


@dataclass(eq=False, kw_only=True)
class ClaimsExceedPayment(Refused):
    """More is claimed than the buyer paid and hasn't got back."""

    code: ClassVar[str] = "dispute.claims_exceed_payment"
    order: str
    claimed_minor: int
    paid_minor: int


@dataclass(eq=False, kw_only=True)
class ClaimNotFound(NotFound):
    """The dispute has no such claim; claims count from 1."""

    code: ClassVar[str] = "dispute.claim_not_found"
    dispute: str
    claim: int


@dataclass(eq=False, kw_only=True)
class ClaimNotInState(Refused):
    """The claim isn't at a point where this may happen."""

    code: ClassVar[str] = "dispute.claim_not_in_state"
    dispute: str
    claim: int
    status: ClaimStatus
    needed: tuple[ClaimStatus, ...]


@dataclass(eq=False, kw_only=True)
class DisputeIsSettled(Refused):
    """A settled dispute takes part in nothing any more."""

    code: ClassVar[str] = "dispute.settled"
    dispute: str


@dataclass(eq=False, kw_only=True)
class EvidenceRequestNotFound(NotFound):
    """The dispute has no open request for evidence of this number about this claim and to this side."""

    code: ClassVar[str] = "dispute.evidence_request_not_found"
    dispute: str
    request: int


@dataclass(eq=False, kw_only=True)
class OfferNotFound(NotFound):
    """No offer with this number is on the table."""

    code: ClassVar[str] = "dispute.offer_not_found"
    dispute: str
    offer: int


@dataclass(eq=False, kw_only=True)
class OfferOwn(Refused):
    """Nobody accepts what they offered themselves."""

    code: ClassVar[str] = "dispute.offer_own"
    dispute: str
    offer: int
    side: Side


@dataclass(eq=False, kw_only=True)
class EscalationTooEarly(Refused):
    """The sides still have time to negotiate."""

    code: ClassVar[str] = "dispute.escalation_too_early"
    rule: ClassVar[str] = "escalation_from_day"
    dispute: str
    from_at: datetime


@dataclass(eq=False, kw_only=True)
class DisputeAlreadyEscalated(Refused):
    """A mediator has been asked for already."""

    code: ClassVar[str] = "dispute.already_escalated"
    dispute: str


@dataclass(eq=False, kw_only=True)
class DisputeNotEscalated(Refused):
    """While the sides negotiate, no mediator decides."""

    code: ClassVar[str] = "dispute.not_escalated"
    dispute: str


@dataclass(eq=False, kw_only=True)
class MediatorAlreadyAssigned(Refused):
    """One mediator at a time: the one there is leaves first."""

    code: ClassVar[str] = "dispute.mediator_already_assigned"
    dispute: str
    mediator: str


@dataclass(eq=False, kw_only=True)
class MediatorIsParty(Forbidden):
    """Nobody decides a dispute of their own."""

    code: ClassVar[str] = "dispute.mediator_is_party"
    dispute: str
    mediator: str


@dataclass(eq=False, kw_only=True)
class MediatorWasRecused(Forbidden):
    """Who left a dispute, or said that something ties them to a party, doesn't come back to it."""

    code: ClassVar[str] = "dispute.mediator_was_recused"
    dispute: str
    mediator: str


@dataclass(eq=False, kw_only=True)
class MediatorDecidedBefore(Forbidden):
    """An appeal is decided, and its decision approved, by others than who decided the claim."""

    code: ClassVar[str] = "dispute.mediator_decided_before"
    dispute: str
    mediator: str
    claim: int


@dataclass(eq=False, kw_only=True)
class MediatorDiffers(Forbidden):
    """Only the mediator whom the dispute was given to may do this."""

    code: ClassVar[str] = "dispute.mediator_differs"
    dispute: str
    actor: str
    mediator: str


@dataclass(eq=False, kw_only=True)
class MediatorUndeclared(Refused):
    """The mediator hasn't said yet whether something ties them to a party."""

    code: ClassVar[str] = "dispute.mediator_undeclared"
    dispute: str
    mediator: str


@dataclass(eq=False, kw_only=True)
class DecisionMalformed(Malformed):
    """A decision rules on at least one claim, on each once, and gives a finding for each."""

    code: ClassVar[str] = "dispute.decision_malformed"
    field: str
    problem: str


@dataclass(eq=False, kw_only=True)
class DecisionPending(Refused):
    """A decision waits for a second mediator."""

    code: ClassVar[str] = "dispute.decision_pending"
    dispute: str
    decision: int


@dataclass(eq=False, kw_only=True)
class DecisionNotPending(NotFound):
    """No decision of this number waits for a second mediator."""

    code: ClassVar[str] = "dispute.decision_not_pending"
    dispute: str
    decision: int


@dataclass(eq=False, kw_only=True)
class EvidenceOutsideSet(Refused):
    """A finding rests on evidence that isn't in the set that the decision is sealed with."""

    code: ClassVar[str] = "dispute.evidence_outside_set"
    dispute: str
    claim: int
    evidence: int


@dataclass(eq=False, kw_only=True)
class ApproverIsMediator(Forbidden):
    """Four eyes: a decision is approved by another mediator than the one who proposed it."""

    code: ClassVar[str] = "dispute.approver_is_mediator"
    dispute: str
    actor: str


@dataclass(eq=False, kw_only=True)
class AppealAlreadyMade(Refused):
    """A claim is appealed once."""

    code: ClassVar[str] = "dispute.appeal_already_made"
    dispute: str
    claim: int


@dataclass(eq=False, kw_only=True)
class AppealWithoutNewEvidence(Refused):
    """An appeal needs evidence about the claim, by who appeals, that wasn't there when it was decided."""

    code: ClassVar[str] = "dispute.appeal_without_new_evidence"
    rule: ClassVar[str] = "appeal_needs_new_evidence"
    dispute: str
    claim: int
    evidence: int


@dataclass(eq=False, kw_only=True)
class AppealAlreadyWaived(Refused):
    """A side that accepted a decision neither accepts it again nor appeals it."""

    code: ClassVar[str] = "dispute.appeal_already_waived"
    dispute: str
    claim: int
    side: Side


@dataclass(eq=False, kw_only=True)
class ReturnNotOnItsWay(Refused):
    """Goods are sent back once, and acknowledged once they are on their way."""

    code: ClassVar[str] = "dispute.return_not_on_its_way"
    dispute: str
    claim: int
    dispatched: bool


@dataclass(eq=False, kw_only=True)
class ReplacementNotOnItsWay(Refused):
    """A replacement is sent once, and acknowledged once it is on its way."""

    code: ClassVar[str] = "dispute.replacement_not_on_its_way"
    dispute: str
    claim: int
    dispatched: bool

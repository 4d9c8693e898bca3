"""What can happen to a dispute, from its opening to the settlement of its last claim."""

from typing import Literal

from msgspec import Struct

from domain.aggregate import Event
from domain.claim import ClaimAmount, ClaimMade, Remedy, RemedyKind, ReturnedState
from domain.side import Side

Stance = Literal["accepts", "contests"]
EscalatedBy = Literal["buyer", "exporter", "clock"]


class Finding(Struct, frozen=True, kw_only=True, gc=False):
    """A sentence of a decision, as a commitment, and the numbers of the evidence that it rests on."""

    text: str
    evidence: tuple[int, ...]


class Ruling(Struct, frozen=True, kw_only=True, gc=False):
    """What a decision says about one claim. The reason is a code."""

    claim: int
    remedy: Remedy
    reason: str
    findings: tuple[Finding, ...]


class DisputeOpened(Event, frozen=True, kw_only=True):
    """A buyer made claims."""

    order: str
    buyer: str
    exporter: str
    currency: str
    claims: tuple[ClaimMade, ...]


class DisputeMoneySetAside(Event, frozen=True, kw_only=True):
    """Money was set aside for claims; `hold.disputed` books it."""

    amounts: tuple[ClaimAmount, ...]


class DisputeChargedBack(Event, frozen=True, kw_only=True):
    """
    The buyer's bank took money back meanwhile, which satisfies claims by so much.

    set_aside: what is left of the money set aside, shared out anew over what the open claims still lack.
    """

    amounts: tuple[ClaimAmount, ...]
    set_aside: tuple[ClaimAmount, ...]


class DisputeAnswered(Event, frozen=True, kw_only=True):
    """The exporter accepted a claim or contested it. The comment is a commitment."""

    claim: int
    stance: Stance
    comment: str


class DisputeEvidenceRequested(Event, frozen=True, kw_only=True):
    """The mediator asked one side for evidence about a claim. What for is a code."""

    request: int
    claim: int
    of: Side
    what: str


class DisputeEvidenceSubmitted(Event, frozen=True, kw_only=True):
    """
    A side handed in evidence about a claim.

    sha256: of its bytes, as 64 hexadecimal digits; name: of the file, a commitment; late: it stands outside what the
    decision may rest on.
    """

    evidence: int
    claim: int
    by: Side
    request: int
    sha256: str
    media_type: str
    size_bytes: int
    name: str
    late: bool


class DisputeEvidenceClosed(Event, frozen=True, kw_only=True):
    """The time to answer a request for evidence is over; what comes now is late."""

    request: int


class DisputeMessagePosted(Event, frozen=True, kw_only=True):
    """A side or the mediator wrote; the text is a commitment."""

    message: int
    by: str
    text: str


class DisputeOfferMade(Event, frozen=True, kw_only=True):
    """A side offered a remedy for a claim; its own open offer for the claim is off the table."""

    offer: int
    claim: int
    by: Side
    remedy: Remedy


class DisputeOfferAccepted(Event, frozen=True, kw_only=True):
    """The other side took the offer: the claim has its remedy."""

    offer: int
    claim: int
    by: Side
    remedy: Remedy


class DisputeOfferDeclined(Event, frozen=True, kw_only=True):
    """The other side didn't take the offer, or who made it took it back."""

    offer: int
    by: Side
    reason: str


class DisputeOfferExpired(Event, frozen=True, kw_only=True):
    """Nobody answered the offer in its time."""

    offer: int


class DisputeEscalated(Event, frozen=True, kw_only=True):
    """The dispute needs a mediator: a side asked, or the time to negotiate is over."""

    by: EscalatedBy


class DisputeMediatorAssigned(Event, frozen=True, kw_only=True):
    """A mediator is to decide, once they have said that nothing ties them to a party."""

    mediator: str


class DisputeMediatorDeclared(Event, frozen=True, kw_only=True):
    """The mediator said whether something ties them to a party."""

    mediator: str
    conflict: bool


class DisputeMediatorRecused(Event, frozen=True, kw_only=True):
    """The mediator left the dispute; another one is needed."""

    mediator: str
    reason: str


class DisputeDecisionProposed(Event, frozen=True, kw_only=True):
    """
    The mediator wrote a decision.

    evidence: the numbers of all that was considered; evidence_sha256: the seal of that set.
    """

    decision: int
    mediator: str
    rulings: tuple[Ruling, ...]
    appeal: bool
    evidence: tuple[int, ...]
    evidence_sha256: str
    at_stake_minor: int


class DisputeDecisionApproved(Event, frozen=True, kw_only=True):
    """A second mediator agreed, or the rulebook did because less is at stake than its threshold."""

    decision: int
    approved_by: str
    by_rule: bool


class DisputeDecisionReturned(Event, frozen=True, kw_only=True):
    """A second mediator sent the decision back; the claims are undecided again."""

    decision: int
    returned_by: str
    reason: str


class DisputeDecided(Event, frozen=True, kw_only=True):
    """A decision was given; each side may appeal until its time is over."""

    decision: int
    rulings: tuple[Ruling, ...]
    mediator: str
    evidence_up_to: int


class DisputeAppealed(Event, frozen=True, kw_only=True):
    """A side appealed the decision of a claim, on new evidence."""

    claim: int
    by: Side
    evidence: int


class DisputeAppealWaived(Event, frozen=True, kw_only=True):
    """A side accepted the decision of a claim; when both have, it is final."""

    claim: int
    by: Side


class DisputeAppealDecided(Event, frozen=True, kw_only=True):
    """Appeals were decided, for good."""

    decision: int
    rulings: tuple[Ruling, ...]
    mediator: str


class DisputeRulingsFinal(Event, frozen=True, kw_only=True):
    """The rulings of these claims can't be appealed any more and are carried out."""

    claims: tuple[int, ...]


class DisputeClaimWithdrawn(Event, frozen=True, kw_only=True):
    """The buyer took a claim back."""

    claim: int


class DisputeReturnDispatched(Event, frozen=True, kw_only=True):
    """The buyer sent the goods back."""

    claim: int


class DisputeReturnAcknowledged(Event, frozen=True, kw_only=True):
    """The exporter said in which state the goods came back; by silence, as received."""

    claim: int
    state: ReturnedState


class DisputeReturnLapsed(Event, frozen=True, kw_only=True):
    """The buyer didn't send the goods back in time, so nothing is refunded."""

    claim: int


class DisputeReplacementDispatched(Event, frozen=True, kw_only=True):
    """The exporter sent goods in place of those that were wrong."""

    claim: int


class DisputeReplacementAcknowledged(Event, frozen=True, kw_only=True):
    """The buyer took the replacement, or didn't; by silence, it is taken."""

    claim: int
    accepted: bool


class DisputeReplacementLapsed(Event, frozen=True, kw_only=True):
    """The exporter sent no replacement in time, so what was claimed is refunded."""

    claim: int
    remedy: Remedy


class DisputeClaimSettled(Event, frozen=True, kw_only=True):
    """
    A claim came to its end.

    awarded = paid + charged back before + frozen + unpaid, in minor units. Frozen is paid once it is unfrozen; unpaid
    is what neither was held nor can be recovered.
    """

    claim: int
    kind: RemedyKind
    awarded_minor: int
    paid_minor: int
    charged_back_minor: int
    frozen_minor: int
    unpaid_minor: int


class DisputeAwardPaid(Event, frozen=True, kw_only=True):
    """Awards that waited for frozen money were paid, now that it is unfrozen."""

    amounts: tuple[ClaimAmount, ...]


class DisputeSettled(Event, frozen=True, kw_only=True):
    """The last claim came to its end."""

    paid_minor: int


DisputeEvent = (
    DisputeOpened
    | DisputeMoneySetAside
    | DisputeChargedBack
    | DisputeAnswered
    | DisputeEvidenceRequested
    | DisputeEvidenceSubmitted
    | DisputeEvidenceClosed
    | DisputeMessagePosted
    | DisputeOfferMade
    | DisputeOfferAccepted
    | DisputeOfferDeclined
    | DisputeOfferExpired
    | DisputeEscalated
    | DisputeMediatorAssigned
    | DisputeMediatorDeclared
    | DisputeMediatorRecused
    | DisputeDecisionProposed
    | DisputeDecisionApproved
    | DisputeDecisionReturned
    | DisputeDecided
    | DisputeAppealed
    | DisputeAppealWaived
    | DisputeAppealDecided
    | DisputeRulingsFinal
    | DisputeClaimWithdrawn
    | DisputeReturnDispatched
    | DisputeReturnAcknowledged
    | DisputeReturnLapsed
    | DisputeReplacementDispatched
    | DisputeReplacementAcknowledged
    | DisputeReplacementLapsed
    | DisputeClaimSettled
    | DisputeAwardPaid
    | DisputeSettled
)

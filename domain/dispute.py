"""
A dispute is a set of claims about one order: each has its own evidence, offers, decision and appeal.

The claims decide the money: what is claimed is set aside while it is held, and each claim ends with what its remedy
gives back. Whoever speaks for a side, and whoever decides, is checked here; what the order and its money allow is
checked by the handlers.

Source: shared reference, sections 1.3 and 5; shared design, section 2.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

from domain import dispute_events as happened
from domain import dispute_refusals as refused
from domain.aggregate import Aggregate
from domain.claim import Claim, ClaimAmount, ClaimMade, ClaimStatus, Remedy, RemedyKind, ReturnedState, remedy_for
from domain.dispute_events import EscalatedBy, Finding, Ruling, Stance
from domain.evidence import Evidence, EvidenceRequest, check_evidence, seal
from domain.references import key
from domain.rules import Rules
from domain.side import Side, person_of

CLAIMS_MAX = 50
"""Keeps an event's leaf below the transparency-log format's limit."""

DisputeStatus = Literal["negotiating", "escalated", "settled"]


class Offer(Struct, frozen=True, kw_only=True, gc=False):
    """An offer on the table."""

    number: int
    claim: int
    by: Side
    remedy: Remedy


class Decision(Struct, frozen=True, kw_only=True, gc=False):
    """A decision that waits for a second mediator."""

    number: int
    mediator: str
    rulings: tuple[Ruling, ...]
    appeal: bool
    evidence_up_to: int


class ProposedRuling(Struct, frozen=True, kw_only=True, gc=False):
    """What a mediator would decide about one claim; without an amount, what the remedy's kind says."""

    claim: int
    remedy: RemedyKind
    amount_minor: int | None
    reason: str
    findings: tuple[Finding, ...]


class Dispute(Aggregate, frozen=True, kw_only=True):
    """The claims of one order, and how far they have come."""

    order: str
    buyer: str
    exporter: str
    currency: str
    opened_at: datetime
    claims: tuple[Claim, ...]
    status: DisputeStatus = "negotiating"
    evidence: tuple[Evidence, ...] = ()
    requests: tuple[EvidenceRequest, ...] = ()
    offers_made: int = 0
    offers: tuple[Offer, ...] = ()
    messages: int = 0
    mediator: str = ""
    mediator_declared: bool = False
    recused: frozenset[str] = frozenset()
    decisions: int = 0
    pending: Decision | None = None
    on_their_way: frozenset[int] = frozenset()
    """Claims whose goods, sent back or in place of others, are on their way."""
    paid_minor: int = 0

    @property
    def open_claims(self) -> tuple[Claim, ...]:
        """Return the claims that haven't come to their end."""
        return tuple(claim for claim in self.claims if not claim.is_over)

    def get(self, number: int, *needed: ClaimStatus) -> Claim:
        """
        Return a claim in one of these states; in any, where none is named.

        Raises, in this order: DisputeIsSettled, ClaimNotFound, ClaimNotInState.
        """
        self._need_unsettled()
        if not 1 <= number <= len(self.claims):
            raise refused.ClaimNotFound(dispute=self.reference, claim=number)
        claim = self.claims[number - 1]
        if needed and claim.status not in needed:
            raise refused.ClaimNotInState(dispute=self.reference, claim=number, status=claim.status, needed=needed)
        return claim

    # Negotiation

    def answer(self, number: int, stance: Stance, *, comment: str) -> happened.DisputeAnswered:
        """
        Accept or contest a claim, in the exporter's name.

        Raises, in this order: DisputeIsSettled, ClaimNotFound, ClaimNotInState.
        """
        self.get(number, "open")
        return happened.DisputeAnswered(claim=number, stance=stance, comment=comment)

    def offer(self, number: int, kind: RemedyKind, amount_minor: int | None, *, by: Side) -> happened.DisputeOfferMade:
        """
        Offer a remedy for a claim; a side's earlier offer for it is off the table.

        Raises, in this order: DisputeIsSettled, ClaimNotFound, ClaimNotInState, RemedyMalformed, RemedyExceedsClaim.
        """
        remedy = remedy_for(self.get(number, "open", "ruled", "appealed"), kind, amount_minor)
        return happened.DisputeOfferMade(offer=self.offers_made + 1, claim=number, by=by, remedy=remedy)

    def get_offer(self, number: int) -> Offer:
        """
        Return an offer that is on the table.

        Raises, in this order: DisputeIsSettled, OfferNotFound.
        """
        self._need_unsettled()
        for offer in self.offers:
            if offer.number == number:
                return offer
        raise refused.OfferNotFound(dispute=self.reference, offer=number)

    def accept_offer(self, number: int, *, by: Side) -> happened.DisputeOfferAccepted:
        """
        Take an offer, in the other side's name.

        Raises, in this order: DisputeIsSettled, OfferNotFound, OfferOwn.
        """
        offer = self.get_offer(number)
        if offer.by == by:
            raise refused.OfferOwn(dispute=self.reference, offer=number, side=by)
        return happened.DisputeOfferAccepted(offer=number, claim=offer.claim, by=by, remedy=offer.remedy)

    def decline_offer(self, number: int, *, by: Side, reason: str) -> happened.DisputeOfferDeclined:
        """
        Leave an offer, or take one's own back. The reason is a code.

        Raises, in this order: ReferenceMalformed, DisputeIsSettled, OfferNotFound.
        """
        key(reason, field="reason")
        self.get_offer(number)
        return happened.DisputeOfferDeclined(offer=number, by=by, reason=reason)

    def withdraw(self, number: int) -> happened.DisputeClaimWithdrawn:
        """
        Take a claim back, in the buyer's name.

        Raises, in this order: DisputeIsSettled, ClaimNotFound, ClaimNotInState.
        """
        self.get(number, "open", "ruled", "appealed", "returning", "replacing")
        return happened.DisputeClaimWithdrawn(claim=number)

    def post_message(self, *, by: str, text: str) -> happened.DisputeMessagePosted:
        """
        Write to the others; the text is a commitment.

        Raises: DisputeIsSettled.
        """
        self._need_unsettled()
        return happened.DisputeMessagePosted(message=self.messages + 1, by=by, text=text)

    def escalate(self, *, by: EscalatedBy, at: datetime, rules: Rules) -> happened.DisputeEscalated:
        """
        Ask for a mediator: a side from the day that the rules name, the clock whenever it ends. The first day is the
        one of the opening.

        Raises, in this order: DisputeIsSettled, DisputeAlreadyEscalated, EscalationTooEarly.
        """
        self._need_unsettled()
        if self.status == "escalated":
            raise refused.DisputeAlreadyEscalated(dispute=self.reference)
        from_at = self.opened_at + timedelta(days=rules.escalation_from_day - 1)
        if by != "clock" and at < from_at:
            raise refused.EscalationTooEarly(dispute=self.reference, from_at=from_at)
        return happened.DisputeEscalated(by=by)

    # Evidence

    def request_evidence(self, number: int, *, of: Side, what: str, actor: str) -> happened.DisputeEvidenceRequested:
        """
        Ask a side for evidence about a claim, as its mediator. What for is a code.

        Raises, in this order: ReferenceMalformed, DisputeIsSettled, ClaimNotFound, ClaimNotInState, and what
        `check_mediator` does.
        """
        key(what, field="what")
        self.get(number, "open", "appealed")
        self.check_mediator(actor)
        return happened.DisputeEvidenceRequested(request=len(self.requests) + 1, claim=number, of=of, what=what)

    def submit_evidence(
        self, number: int, *, by: Side, request: int, sha256: str, media_type: str, size_bytes: int, name: str
    ) -> happened.DisputeEvidenceSubmitted:
        """
        Hand in evidence about a claim, unasked or to a request. What comes late is kept, marked as such.

        Raises, in this order: EvidenceMalformed, DisputeIsSettled, ClaimNotFound, ClaimNotInState,
        EvidenceRequestNotFound.
        """
        check_evidence(sha256=sha256, media_type=media_type, size_bytes=size_bytes)
        claim = self.get(number, "open", "ruled", "appealed", "returning", "replacing")
        over = request != 0 and self._get_request(request, claim=number, of=by).over
        deciding = self.pending is not None and any(ruling.claim == number for ruling in self.pending.rulings)
        return happened.DisputeEvidenceSubmitted(
            evidence=len(self.evidence) + 1,
            claim=number,
            by=by,
            request=request,
            sha256=sha256,
            media_type=media_type,
            size_bytes=size_bytes,
            name=name,
            late=over or deciding or claim.status == "ruled",
        )

    def considered(self, claims: Iterable[int]) -> tuple[Evidence, ...]:
        """
        Return the evidence that a decision about these claims rests on: all that came in time, and for an appealed
        claim the late evidence as well, which is what the appeal is about.
        """
        wanted = {number: self.claims[number - 1].status == "appealed" for number in claims}
        return tuple(
            piece for piece in self.evidence if piece.claim in wanted and (wanted[piece.claim] or not piece.late)
        )

    # Mediation

    def check_impartial(self, mediator: str) -> None:
        """
        Check that somebody may mediate here at all.

        Raises, in this order: MediatorIsParty, MediatorWasRecused.
        """
        if mediator in {self.buyer, self.exporter}:
            raise refused.MediatorIsParty(dispute=self.reference, mediator=mediator)
        if mediator in self.recused:
            raise refused.MediatorWasRecused(dispute=self.reference, mediator=mediator)

    def check_mediator(self, actor: str, *, declared: bool = True) -> None:
        """
        Check that it is the dispute's mediator who acts, and has said that nothing ties them to a party.

        Raises, in this order: DisputeNotEscalated, MediatorDiffers, MediatorUndeclared.
        """
        if self.status != "escalated":
            raise refused.DisputeNotEscalated(dispute=self.reference)
        if not self.mediator or person_of(actor) != self.mediator:
            raise refused.MediatorDiffers(dispute=self.reference, actor=actor, mediator=self.mediator)
        if declared and not self.mediator_declared:
            raise refused.MediatorUndeclared(dispute=self.reference, mediator=self.mediator)

    def assign(self, mediator: str) -> happened.DisputeMediatorAssigned:
        """
        Give the dispute to a mediator.

        Raises, in this order: ReferenceMalformed, DisputeIsSettled, DisputeNotEscalated, MediatorAlreadyAssigned,
        MediatorIsParty, MediatorWasRecused, MediatorDecidedBefore.
        """
        key(mediator, field="mediator")
        self._need_unsettled()
        if self.status != "escalated":
            raise refused.DisputeNotEscalated(dispute=self.reference)
        if self.mediator:
            raise refused.MediatorAlreadyAssigned(dispute=self.reference, mediator=self.mediator)
        self.check_impartial(mediator)
        self._check_not_decided_before(mediator, (c.number for c in self.claims if c.status == "appealed"))
        return happened.DisputeMediatorAssigned(mediator=mediator)

    def declare(self, *, conflict: bool, actor: str) -> happened.DisputeMediatorDeclared:
        """
        Say, as the dispute's mediator, whether something ties one to a party; if so, one leaves.

        Raises, in this order: DisputeIsSettled, DisputeNotEscalated, MediatorDiffers.
        """
        self._need_unsettled()
        self.check_mediator(actor, declared=False)
        return happened.DisputeMediatorDeclared(mediator=self.mediator, conflict=conflict)

    def recuse(self, *, reason: str) -> happened.DisputeMediatorRecused:
        """
        Take the dispute from its mediator, who doesn't come back to it. The reason is a code.

        Raises, in this order: ReferenceMalformed, DisputeIsSettled, MediatorDiffers (there is none).
        """
        key(reason, field="reason")
        self._need_unsettled()
        if not self.mediator:
            raise refused.MediatorDiffers(dispute=self.reference, actor="", mediator="")
        return happened.DisputeMediatorRecused(mediator=self.mediator, reason=reason)

    def propose_decision(self, proposals: Sequence[ProposedRuling], *, actor: str) -> happened.DisputeDecisionProposed:
        """
        Write a decision about some of the claims, as the dispute's mediator, sealed with the evidence considered.

        Raises, in this order: DecisionMalformed (the claims), for each claim ReferenceMalformed, DecisionMalformed;
        DisputeIsSettled, DecisionPending, and what `check_mediator` does; for each claim ClaimNotFound and
        ClaimNotInState; ClaimNotInState (one that isn't appealed beside one that is); MediatorDecidedBefore; for each
        claim RemedyMalformed, RemedyExceedsClaim, EvidenceOutsideSet.
        """
        _check_proposals(proposals)
        self._need_unsettled()
        if self.pending:
            raise refused.DecisionPending(dispute=self.reference, decision=self.pending.number)
        self.check_mediator(actor)
        claims = [self.get(proposal.claim, "open", "appealed") for proposal in proposals]
        appeal = any(claim.status == "appealed" for claim in claims)
        if appeal:
            claims = [self.get(claim.number, "appealed") for claim in claims]
        self._check_not_decided_before(self.mediator, (c.number for c in claims if c.status == "appealed"))
        considered = self.considered(claim.number for claim in claims)
        rulings = tuple(
            self._ruling(claim, proposal, considered) for claim, proposal in zip(claims, proposals, strict=True)
        )
        return happened.DisputeDecisionProposed(
            decision=self.decisions + 1,
            mediator=self.mediator,
            rulings=rulings,
            appeal=appeal,
            evidence=tuple(piece.number for piece in considered),
            evidence_sha256=seal(considered),
            at_stake_minor=sum(claim.amount_minor for claim in claims),
        )

    def approve_decision(self, decision: int, *, actor: str) -> happened.DisputeDecisionApproved:
        """
        Agree to a decision, as a second mediator.

        Raises, in this order: DisputeIsSettled, DecisionNotPending, ApproverIsMediator, MediatorIsParty,
        MediatorWasRecused, MediatorDecidedBefore (on appeal).
        """
        self._check_second(decision, actor)
        return happened.DisputeDecisionApproved(decision=decision, approved_by=actor, by_rule=False)

    def approve_decision_by_rule(self, decision: int, *, rulebook: str) -> happened.DisputeDecisionApproved:
        """Agree to a decision because the order's rulebook asks for no second mediator."""
        return happened.DisputeDecisionApproved(decision=decision, approved_by=rulebook, by_rule=True)

    def return_decision(self, decision: int, *, actor: str, reason: str) -> happened.DisputeDecisionReturned:
        """
        Send a decision back, as a second mediator. The reason is a code.

        Raises, in this order: ReferenceMalformed, DisputeIsSettled, DecisionNotPending, ApproverIsMediator,
        MediatorIsParty, MediatorWasRecused, MediatorDecidedBefore (on appeal).
        """
        key(reason, field="reason")
        self._check_second(decision, actor)
        return happened.DisputeDecisionReturned(decision=decision, returned_by=actor, reason=reason)

    def give_decision(self, decision: int) -> happened.DisputeDecided | happened.DisputeAppealDecided:
        """
        Give an approved decision: a first one may be appealed, one on appeal is final.

        Raises: DecisionNotPending.
        """
        pending = self._get_pending(decision)
        if pending.appeal:
            return happened.DisputeAppealDecided(decision=decision, rulings=pending.rulings, mediator=pending.mediator)
        return happened.DisputeDecided(
            decision=decision,
            rulings=pending.rulings,
            mediator=pending.mediator,
            evidence_up_to=pending.evidence_up_to,
        )

    def appeal(self, number: int, *, by: Side, evidence: int, rules: Rules) -> happened.DisputeAppealed:
        """
        Appeal the decision of a claim, where the rules ask for it on new evidence, which has been handed in since.

        Raises, in this order: DisputeIsSettled, ClaimNotFound, ClaimNotInState, AppealAlreadyMade,
        AppealAlreadyWaived, AppealWithoutNewEvidence.
        Source: shared reference, section 5, "eBay: new information needed".
        """
        claim = self.get(number, "ruled")
        if claim.appealed:
            raise refused.AppealAlreadyMade(dispute=self.reference, claim=number)
        self._need_unwaived(claim, by)
        new = not rules.appeal_needs_new_evidence or any(
            piece.number == evidence and piece.claim == number and piece.by == by and evidence > claim.sealed_up_to
            for piece in self.evidence
        )
        if not new:
            raise refused.AppealWithoutNewEvidence(dispute=self.reference, claim=number, evidence=evidence)
        return happened.DisputeAppealed(claim=number, by=by, evidence=evidence)

    def waive_appeal(self, number: int, *, by: Side) -> happened.DisputeAppealWaived:
        """
        Accept the decision of a claim, in one side's name.

        Raises, in this order: DisputeIsSettled, ClaimNotFound, ClaimNotInState, AppealAlreadyWaived.
        """
        self._need_unwaived(self.get(number, "ruled"), by)
        return happened.DisputeAppealWaived(claim=number, by=by)

    # Goods that go back, or come in place of others

    def dispatch_return(self, number: int) -> happened.DisputeReturnDispatched:
        """
        Send goods back, in the buyer's name.

        Raises, in this order: DisputeIsSettled, ClaimNotFound, ClaimNotInState, ReturnNotOnItsWay (it is already).
        """
        self.get(number, "returning")
        self._need_return(number, dispatched=False)
        return happened.DisputeReturnDispatched(claim=number)

    def acknowledge_return(self, number: int, state: ReturnedState) -> happened.DisputeReturnAcknowledged:
        """
        Say in which state goods came back, in the exporter's name. In any other than received, the mediator decides.

        Raises, in this order: DisputeIsSettled, ClaimNotFound, ClaimNotInState, ReturnNotOnItsWay.
        """
        self.get(number, "returning")
        self._need_return(number, dispatched=True)
        return happened.DisputeReturnAcknowledged(claim=number, state=state)

    def dispatch_replacement(self, number: int) -> happened.DisputeReplacementDispatched:
        """
        Send goods in place of those that were wrong, in the exporter's name.

        Raises, in this order: DisputeIsSettled, ClaimNotFound, ClaimNotInState, ReplacementNotOnItsWay (it is already).
        """
        self.get(number, "replacing")
        self._need_replacement(number, dispatched=False)
        return happened.DisputeReplacementDispatched(claim=number)

    def acknowledge_replacement(self, number: int, *, accepted: bool) -> happened.DisputeReplacementAcknowledged:
        """
        Take a replacement, or not, in the buyer's name; if not, the mediator decides.

        Raises, in this order: DisputeIsSettled, ClaimNotFound, ClaimNotInState, ReplacementNotOnItsWay.
        """
        self.get(number, "replacing")
        self._need_replacement(number, dispatched=True)
        return happened.DisputeReplacementAcknowledged(claim=number, accepted=accepted)

    # Money

    def share_out(self, amount_minor: int) -> tuple[ClaimAmount, ...]:
        """Return how an amount to be set aside falls to the open claims: to each what it lacks, earlier ones first."""
        return _filled(amount_minor, ((c.number, c.unsatisfied_minor - c.set_aside_minor) for c in self.open_claims))

    def satisfy(self, amount_minor: int, *, left_minor: int) -> happened.DisputeChargedBack:
        """
        Count money that the bank took back towards the awards that wait for frozen money and the open claims, earlier
        ones first.

        left_minor: what is left of the money set aside, which goes to what the claims then lack, earlier ones first.
        """
        wanted = ((c.number, c.frozen_minor if c.is_over else c.unsatisfied_minor) for c in self.claims)
        amounts = _filled(amount_minor, wanted)
        satisfied = _by_claim(amounts)
        lacking = ((c.number, c.unsatisfied_minor - satisfied.get(c.number, 0)) for c in self.open_claims)
        return happened.DisputeChargedBack(amounts=amounts, set_aside=_filled(left_minor, lacking))

    def settle(
        self, claims: Sequence[Claim], *, paid_minor: int, frozen_minor: int
    ) -> tuple[happened.DisputeClaimSettled, ...]:
        """
        Bring claims to their end, with what is paid on their remedies and what waits for frozen money: to each what it
        is owed, earlier first.
        """
        paid = _by_claim(_filled(paid_minor, _owed(claims)))
        left = ((claim.number, claim.owed_minor - paid.get(claim.number, 0)) for claim in claims)
        frozen = _by_claim(_filled(frozen_minor, left))
        return tuple(
            _settled(claim, paid_minor=paid.get(claim.number, 0), frozen_minor=frozen.get(claim.number, 0))
            for claim in claims
        )

    @property
    def waiting_minor(self) -> int:
        """Return how much of what was awarded waits for frozen money."""
        return sum(claim.frozen_minor for claim in self.claims)

    def pay_awards(self, amount_minor: int) -> happened.DisputeAwardPaid:
        """Count a payment towards the awards that wait for frozen money, earlier claims first."""
        return happened.DisputeAwardPaid(
            amounts=_filled(amount_minor, ((claim.number, claim.frozen_minor) for claim in self.claims))
        )

    @property
    def lacking_minor(self) -> int:
        """Return how much more the open claims would have set aside."""
        return sum(claim.unsatisfied_minor - claim.set_aside_minor for claim in self.open_claims)

    def _ruling(self, claim: Claim, proposal: ProposedRuling, considered: Sequence[Evidence]) -> Ruling:
        remedy = remedy_for(claim, proposal.remedy, proposal.amount_minor)
        inside = {piece.number for piece in considered if piece.claim == claim.number}
        for finding in proposal.findings:
            for number in finding.evidence:
                if number not in inside:
                    raise refused.EvidenceOutsideSet(dispute=self.reference, claim=claim.number, evidence=number)
        return Ruling(claim=claim.number, remedy=remedy, reason=proposal.reason, findings=proposal.findings)

    def _check_second(self, decision: int, actor: str) -> None:
        self._need_unsettled()
        pending = self._get_pending(decision)
        if person_of(actor) == pending.mediator:
            raise refused.ApproverIsMediator(dispute=self.reference, actor=actor)
        self.check_impartial(person_of(actor))
        if pending.appeal:
            self._check_not_decided_before(person_of(actor), (ruling.claim for ruling in pending.rulings))

    def _check_not_decided_before(self, mediator: str, claims: Iterable[int]) -> None:
        for number in claims:
            if mediator in self.claims[number - 1].ruled_by:
                raise refused.MediatorDecidedBefore(dispute=self.reference, mediator=mediator, claim=number)

    def _get_pending(self, decision: int) -> Decision:
        if self.pending is None or self.pending.number != decision:
            raise refused.DecisionNotPending(dispute=self.reference, decision=decision)
        return self.pending

    def _get_request(self, number: int, *, claim: int, of: Side) -> EvidenceRequest:
        for request in self.requests:
            if (request.number, request.claim, request.of) == (number, claim, of):
                return request
        raise refused.EvidenceRequestNotFound(dispute=self.reference, request=number)

    def _need_unsettled(self) -> None:
        if self.status == "settled":
            raise refused.DisputeIsSettled(dispute=self.reference)

    def _need_unwaived(self, claim: Claim, side: Side) -> None:
        if side in claim.waived_by:
            raise refused.AppealAlreadyWaived(dispute=self.reference, claim=claim.number, side=side)

    def _need_return(self, number: int, *, dispatched: bool) -> None:
        if (number in self.on_their_way) is not dispatched:
            raise refused.ReturnNotOnItsWay(dispute=self.reference, claim=number, dispatched=not dispatched)

    def _need_replacement(self, number: int, *, dispatched: bool) -> None:
        if (number in self.on_their_way) is not dispatched:
            raise refused.ReplacementNotOnItsWay(dispute=self.reference, claim=number, dispatched=not dispatched)


def open_dispute(
    *, order: str, buyer: str, exporter: str, currency: str, claims: Sequence[ClaimMade]
) -> happened.DisputeOpened:
    """Make claims; the handler has checked them against the order and its money. Refuses nothing."""
    return happened.DisputeOpened(order=order, buyer=buyer, exporter=exporter, currency=currency, claims=tuple(claims))


def _owed(claims: Iterable[Claim]) -> Iterable[tuple[int, int]]:
    return ((claim.number, claim.owed_minor) for claim in claims)


def _settled(claim: Claim, *, paid_minor: int, frozen_minor: int) -> happened.DisputeClaimSettled:
    remedy = claim.remedy or Remedy(kind="none", amount_minor=0)
    charged_back_minor = min(claim.charged_back_minor, remedy.amount_minor)
    return happened.DisputeClaimSettled(
        claim=claim.number,
        kind=remedy.kind,
        awarded_minor=remedy.amount_minor,
        paid_minor=paid_minor,
        charged_back_minor=charged_back_minor,
        frozen_minor=frozen_minor,
        unpaid_minor=remedy.amount_minor - charged_back_minor - paid_minor - frozen_minor,
    )


def _by_claim(amounts: Iterable[ClaimAmount]) -> dict[int, int]:
    return {amount.claim: amount.amount_minor for amount in amounts}


def _filled(amount_minor: int, wanted: Iterable[tuple[int, int]]) -> tuple[ClaimAmount, ...]:
    amounts = []
    for claim, lacking_minor in wanted:
        taken_minor = min(amount_minor, lacking_minor)
        if taken_minor > 0:
            amounts.append(ClaimAmount(claim=claim, amount_minor=taken_minor))
            amount_minor -= taken_minor
    return tuple(amounts)


def _check_proposals(proposals: Sequence[ProposedRuling]) -> None:
    if not 1 <= len(proposals) <= CLAIMS_MAX or len({p.claim for p in proposals}) < len(proposals):
        raise refused.DecisionMalformed(field="rulings", problem=f"1 to {CLAIMS_MAX} claims are needed, each once")
    for proposal in proposals:
        key(proposal.reason, field="rulings.reason")
        if not proposal.findings:
            raise refused.DecisionMalformed(field="rulings.findings", problem=f"claim {proposal.claim} has none")

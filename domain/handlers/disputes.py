"""What commands about a dispute do, where they look at nothing but the dispute, its order and its rules."""

from collections.abc import Callable, Sequence
from typing import Any

from domain import commands, dispute, dispute_refusals
from domain.claim import WHOLE_ORDER, ClaimMade, Remedy
from domain.commands.disputes import DisputeCommand, NewClaim
from domain.commitment import check_commitment
from domain.dispute import CLAIMS_MAX, Dispute
from domain.dispute_events import (
    DisputeEvidenceClosed,
    DisputeOfferExpired,
    DisputeReplacementLapsed,
    DisputeReturnLapsed,
    DisputeRulingsFinal,
    DisputeSettled,
)
from domain.hold import HoldIsClosed
from domain.money import positive, share_so_far
from domain.order import Order
from domain.references import dispute_id, key_of
from domain.rules import Rules
from domain.side import BUYER, EXPORTER, check_speaks
from domain.trade import Trade, awards_waiting, check_currency, disputes_of, order_of, rules_of, trade_of
from domain.unit_of_work import UnitOfWork


def open_dispute(command: commands.OpenDispute, uow: UnitOfWork) -> None:
    """
    Raises, in this order: SideForbidden, ClaimMalformed (none, or too many), for each claim CommitmentMalformed,
    AmountOutOfRange and ClaimMalformed; AggregateNotFound, DisputeTooEarly, DisputeTooLate, HoldIsClosed,
    DisputeAlreadyOpen, for each claim LineNotFound and ClaimMalformed (against the order); ClaimsExceedPayment,
    CurrencyDiffers.
    Source: shared reference, section 1.3 "Open a dispute".
    """
    check_speaks(uow.role, BUYER)
    _check_said(command.claims)
    trade = trade_of(command.order, uow)
    if not trade.hold.received_minor:
        raise dispute_refusals.DisputeTooEarly(order=command.order)
    if trade.order.claims_ended:
        raise dispute_refusals.DisputeTooLate(order=command.order)
    if trade.hold.status == "closed":
        raise HoldIsClosed(hold=trade.hold.reference)
    before = disputes_of(command.order, uow)
    if before and before[-1].status != "settled":
        raise dispute_refusals.DisputeAlreadyOpen(dispute=before[-1].reference)
    claims = _claims(command.claims, trade, rules_of(trade.order, uow), uow)
    check_currency(command.currency, command.order, needed=trade.order.currency)
    opened = dispute.open_dispute(
        order=trade.order.reference,
        buyer=trade.order.buyer,
        exporter=trade.order.exporter,
        currency=trade.order.currency,
        claims=claims,
    )
    uow.record(dispute_id(command.order, len(before) + 1), opened)


def answer_claim(command: commands.AnswerClaim, uow: UnitOfWork) -> None:
    """
    Raises, in this order: SideForbidden, CommitmentMalformed, AggregateNotFound, and what `Dispute.answer`
    does.
    """
    check_speaks(uow.role, EXPORTER)
    _check_text(command.comment, "comment")
    disputed = _dispute(command, uow)
    uow.record(disputed.reference, disputed.answer(command.claim, command.stance, comment=command.comment))


def withdraw_claim(command: commands.WithdrawClaim, uow: UnitOfWork) -> None:
    """Raises, in this order: SideForbidden, AggregateNotFound, and what `Dispute.withdraw` does."""
    check_speaks(uow.role, BUYER)
    disputed = _dispute(command, uow)
    uow.record(disputed.reference, disputed.withdraw(command.claim))


def submit_evidence(command: commands.SubmitEvidence, uow: UnitOfWork) -> None:
    """
    Raises, in this order: SideForbidden, CommitmentMalformed, AggregateNotFound, and what `Dispute.submit_evidence`
    does.
    """
    check_speaks(uow.role, command.side)
    _check_text(command.name, "name")
    disputed = _dispute(command, uow)
    submitted = disputed.submit_evidence(
        command.claim,
        by=command.side,
        request=command.request,
        sha256=command.sha256,
        media_type=command.media_type,
        size_bytes=command.size_bytes,
        name=command.name,
    )
    uow.record(disputed.reference, submitted)


def post_message(command: commands.PostMessage, uow: UnitOfWork) -> None:
    """Raises, in this order: CommitmentMalformed, AggregateNotFound, DisputeIsSettled."""
    check_commitment(command.text, "text")
    disputed = _dispute(command, uow)
    uow.record(disputed.reference, disputed.post_message(by=uow.role, text=command.text))


def make_offer(command: commands.MakeOffer, uow: UnitOfWork) -> None:
    """Raises, in this order: SideForbidden, AggregateNotFound, what `Dispute.offer` does, CurrencyDiffers."""
    check_speaks(uow.role, command.side)
    disputed = _dispute(command, uow)
    offer = disputed.offer(command.claim, command.remedy, command.amount_minor, by=command.side)
    check_currency(command.currency, command.order, needed=disputed.currency)
    uow.record(disputed.reference, offer)


def accept_offer(command: commands.AcceptOffer, uow: UnitOfWork) -> None:
    """Raises, in this order: SideForbidden, AggregateNotFound, and what `Dispute.accept_offer` does."""
    check_speaks(uow.role, command.side)
    disputed = _dispute(command, uow)
    uow.record(disputed.reference, disputed.accept_offer(command.offer, by=command.side))


def decline_offer(command: commands.DeclineOffer, uow: UnitOfWork) -> None:
    """Raises, in this order: SideForbidden, AggregateNotFound, and what `Dispute.decline_offer` does."""
    check_speaks(uow.role, command.side)
    disputed = _dispute(command, uow)
    uow.record(disputed.reference, disputed.decline_offer(command.offer, by=command.side, reason=command.reason))


def escalate_dispute(command: commands.EscalateDispute, uow: UnitOfWork) -> None:
    """Raises, in this order: SideForbidden, AggregateNotFound, and what `Dispute.escalate` does."""
    check_speaks(uow.role, command.side)
    disputed = _dispute(command, uow)
    uow.record(disputed.reference, disputed.escalate(by=command.side, at=uow.occurred_at, rules=_rules(command, uow)))


def assign_mediator(command: commands.AssignMediator, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Dispute.assign` does."""
    disputed = _dispute(command, uow)
    uow.record(disputed.reference, disputed.assign(command.mediator))


def declare_conflict(command: commands.DeclareConflict, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Dispute.declare` does."""
    disputed = _dispute(command, uow)
    uow.record(disputed.reference, disputed.declare(conflict=command.conflict, actor=uow.actor))


def recuse_mediator(command: commands.RecuseMediator, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Dispute.recuse` does."""
    disputed = _dispute(command, uow)
    uow.record(disputed.reference, disputed.recuse(reason=command.reason))


def request_evidence(command: commands.RequestEvidence, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Dispute.request_evidence` does."""
    disputed = _dispute(command, uow)
    requested = disputed.request_evidence(command.claim, of=command.of, what=command.what, actor=uow.actor)
    uow.record(disputed.reference, requested)


def propose_decision(command: commands.ProposeDecision, uow: UnitOfWork) -> None:
    """
    Raises, in this order: CommitmentMalformed, AggregateNotFound, what `Dispute.propose_decision` does,
    CurrencyDiffers.
    """
    for ruling in command.rulings:
        for finding in ruling.findings:
            check_commitment(finding.text, "rulings.findings.text")
    disputed = _dispute(command, uow)
    proposed = disputed.propose_decision(command.rulings, actor=uow.actor)
    check_currency(command.currency, command.order, needed=disputed.currency)
    uow.record(disputed.reference, proposed)


def approve_decision(command: commands.ApproveDecision, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Dispute.approve_decision` does."""
    disputed = _dispute(command, uow)
    uow.record(disputed.reference, disputed.approve_decision(command.decision, actor=uow.actor))


def return_decision(command: commands.ReturnDecision, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Dispute.return_decision` does."""
    disputed = _dispute(command, uow)
    returned = disputed.return_decision(command.decision, actor=uow.actor, reason=command.reason)
    uow.record(disputed.reference, returned)


def appeal_ruling(command: commands.AppealRuling, uow: UnitOfWork) -> None:
    """Raises, in this order: SideForbidden, AggregateNotFound, and what `Dispute.appeal` does."""
    check_speaks(uow.role, command.side)
    disputed = _dispute(command, uow)
    appealed = disputed.appeal(command.claim, by=command.side, evidence=command.evidence, rules=_rules(command, uow))
    uow.record(disputed.reference, appealed)


def waive_appeal(command: commands.WaiveAppeal, uow: UnitOfWork) -> None:
    """Raises, in this order: SideForbidden, AggregateNotFound, and what `Dispute.waive_appeal` does."""
    check_speaks(uow.role, command.side)
    disputed = _dispute(command, uow)
    uow.record(disputed.reference, disputed.waive_appeal(command.claim, by=command.side))


def dispatch_return(command: commands.DispatchReturn, uow: UnitOfWork) -> None:
    """Raises, in this order: SideForbidden, AggregateNotFound, and what `Dispute.dispatch_return` does."""
    check_speaks(uow.role, BUYER)
    disputed = _dispute(command, uow)
    uow.record(disputed.reference, disputed.dispatch_return(command.claim))


def acknowledge_return(command: commands.AcknowledgeReturn, uow: UnitOfWork) -> None:
    """Raises, in this order: SideForbidden, AggregateNotFound, and what `Dispute.acknowledge_return` does."""
    check_speaks(uow.role, EXPORTER)
    disputed = _dispute(command, uow)
    uow.record(disputed.reference, disputed.acknowledge_return(command.claim, command.state))


def dispatch_replacement(command: commands.DispatchReplacement, uow: UnitOfWork) -> None:
    """Raises, in this order: SideForbidden, AggregateNotFound, and what `Dispute.dispatch_replacement` does."""
    check_speaks(uow.role, EXPORTER)
    disputed = _dispute(command, uow)
    uow.record(disputed.reference, disputed.dispatch_replacement(command.claim))


def acknowledge_replacement(command: commands.AcknowledgeReplacement, uow: UnitOfWork) -> None:
    """Raises, in this order: SideForbidden, AggregateNotFound, and what `Dispute.acknowledge_replacement` does."""
    check_speaks(uow.role, BUYER)
    disputed = _dispute(command, uow)
    uow.record(disputed.reference, disputed.acknowledge_replacement(command.claim, accepted=command.accepted))


def escalate_by_clock(command: commands.EscalateByClock, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, DisputeIsSettled, DisputeAlreadyEscalated."""
    disputed = _dispute(command, uow)
    uow.record(disputed.reference, disputed.escalate(by="clock", at=uow.occurred_at, rules=_rules(command, uow)))


def close_evidence_request(command: commands.CloseEvidenceRequest, uow: UnitOfWork) -> None:
    """Refuses nothing: its clock runs once."""
    uow.record(_dispute(command, uow).reference, DisputeEvidenceClosed(request=command.request))


def expire_offer(command: commands.ExpireOffer, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, DisputeIsSettled, OfferNotFound."""
    disputed = _dispute(command, uow)
    uow.record(disputed.reference, DisputeOfferExpired(offer=disputed.get_offer(command.offer).number))


def approve_decision_by_rule(command: commands.ApproveDecisionByRule, uow: UnitOfWork) -> None:
    """Refuses nothing: the policy has asked the rulebook."""
    disputed = _dispute(command, uow)
    rulebook = order_of(command.order, uow).terms.rulebook
    uow.record(disputed.reference, disputed.approve_decision_by_rule(command.decision, rulebook=rulebook))


def give_decision(command: commands.GiveDecision, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, DecisionNotPending."""
    disputed = _dispute(command, uow)
    uow.record(disputed.reference, disputed.give_decision(command.decision))


def finalise_rulings(command: commands.FinaliseRulings, uow: UnitOfWork) -> None:
    """Refuses nothing: claims that aren't merely decided any more, as those appealed, are left alone."""
    disputed = _dispute(command, uow)
    ruled = tuple(number for number in command.claims if disputed.claims[number - 1].status == "ruled")
    if ruled:
        uow.record(disputed.reference, DisputeRulingsFinal(claims=ruled))


def lapse_return(command: commands.LapseReturn, uow: UnitOfWork) -> None:
    """Refuses nothing: its clock stops when the goods are on their way."""
    uow.record(_dispute(command, uow).reference, DisputeReturnLapsed(claim=command.claim))


def lapse_replacement(command: commands.LapseReplacement, uow: UnitOfWork) -> None:
    """Refuses nothing: its clock stops when the replacement is on its way."""
    disputed = _dispute(command, uow)
    remedy = Remedy(kind="refund", amount_minor=disputed.claims[command.claim - 1].amount_minor)
    uow.record(disputed.reference, DisputeReplacementLapsed(claim=command.claim, remedy=remedy))


def settle_dispute(command: commands.SettleDispute, uow: UnitOfWork) -> None:
    """Refuses nothing: the policy has seen that no claim is left."""
    disputed = _dispute(command, uow)
    uow.record(disputed.reference, DisputeSettled(paid_minor=disputed.paid_minor))


HANDLERS: dict[type[commands.Command], Callable[[Any, UnitOfWork], None]] = {
    commands.OpenDispute: open_dispute,
    commands.AnswerClaim: answer_claim,
    commands.WithdrawClaim: withdraw_claim,
    commands.SubmitEvidence: submit_evidence,
    commands.PostMessage: post_message,
    commands.MakeOffer: make_offer,
    commands.AcceptOffer: accept_offer,
    commands.DeclineOffer: decline_offer,
    commands.EscalateDispute: escalate_dispute,
    commands.AssignMediator: assign_mediator,
    commands.DeclareConflict: declare_conflict,
    commands.RecuseMediator: recuse_mediator,
    commands.RequestEvidence: request_evidence,
    commands.ProposeDecision: propose_decision,
    commands.ApproveDecision: approve_decision,
    commands.ReturnDecision: return_decision,
    commands.AppealRuling: appeal_ruling,
    commands.WaiveAppeal: waive_appeal,
    commands.DispatchReturn: dispatch_return,
    commands.AcknowledgeReturn: acknowledge_return,
    commands.DispatchReplacement: dispatch_replacement,
    commands.AcknowledgeReplacement: acknowledge_replacement,
    commands.EscalateByClock: escalate_by_clock,
    commands.CloseEvidenceRequest: close_evidence_request,
    commands.ExpireOffer: expire_offer,
    commands.ApproveDecisionByRule: approve_decision_by_rule,
    commands.GiveDecision: give_decision,
    commands.FinaliseRulings: finalise_rulings,
    commands.LapseReturn: lapse_return,
    commands.LapseReplacement: lapse_replacement,
    commands.SettleDispute: settle_dispute,
}


def _dispute(command: DisputeCommand, uow: UnitOfWork) -> Dispute:
    return uow.get(Dispute, dispute_id(command.order, command.dispute))


def _rules(command: DisputeCommand, uow: UnitOfWork) -> Rules:
    return rules_of(order_of(command.order, uow), uow)


def _check_text(commitment: str, field: str) -> None:
    if commitment:
        check_commitment(commitment, field)


def _check_said(claims: Sequence[NewClaim]) -> None:
    if not 1 <= len(claims) <= CLAIMS_MAX:
        raise _malformed(0, "claims", f"1 to {CLAIMS_MAX} claims are needed")
    for number, claim in enumerate(claims, start=1):
        _check_text(claim.comment, "claims.comment")
        if claim.amount_minor is not None:
            positive(claim.amount_minor)
        if claim.quantity is not None and (claim.line == WHOLE_ORDER or claim.quantity < 1):
            raise _malformed(number, "quantity", "below 1, or of no line")


def _claims(said: Sequence[NewClaim], trade: Trade, rules: Rules, uow: UnitOfWork) -> list[ClaimMade]:
    days_late = trade.order.days_late_on(rules.calendar.day_of(uow.occurred_at))
    claims = [_claim(number, claim, trade.order, rules, days_late) for number, claim in enumerate(said, start=1)]
    claimed_minor = sum(claim.amount_minor for claim in claims)
    order = key_of(trade.order.reference)
    frozen_minor = max(0, trade.hold.frozen_minor - awards_waiting(order, uow))
    paid_minor = trade.hold.held_minor + frozen_minor + trade.hold.recoverable_minor
    if claimed_minor > paid_minor:
        raise dispute_refusals.ClaimsExceedPayment(order=order, claimed_minor=claimed_minor, paid_minor=paid_minor)
    return claims


def _claim(number: int, said: NewClaim, order: Order, rules: Rules, days_late: int) -> ClaimMade:
    whole_minor, quantity = _worth(number, said, order)
    late = days_late if said.kind == "late" else 0
    if said.kind == "late" and not late:
        raise _malformed(number, "kind", "nothing of the order is late")
    usual_minor = rules.late_remedy_for(whole_minor, order.currency, late) if late else whole_minor
    amount_minor = usual_minor if said.amount_minor is None else said.amount_minor
    if not 1 <= amount_minor <= whole_minor:
        raise _malformed(number, "amount_minor", f"{amount_minor}: not between 1 and {whole_minor}, what it is worth")
    return ClaimMade(
        number=number,
        kind=said.kind,
        line=said.line,
        quantity=quantity,
        amount_minor=amount_minor,
        days_late=late,
        comment=said.comment,
    )


def _worth(number: int, said: NewClaim, order: Order) -> tuple[int, int]:
    """Return what the goods that a claim is about were to cost, and their quantity (0 for a whole order)."""
    if said.line == WHOLE_ORDER:
        return order.total_minor, 0
    line = order.get_line(said.line)
    quantity = line.quantity if said.quantity is None else said.quantity
    if quantity > line.quantity:
        raise _malformed(number, "quantity", f"line {line.number} has {line.quantity}")
    return share_so_far(line.amount_minor, done=quantity, whole=line.quantity), quantity


def _malformed(claim: int, field: str, problem: str) -> dispute_refusals.ClaimMalformed:
    return dispute_refusals.ClaimMalformed(claim=claim, field=field, problem=problem)

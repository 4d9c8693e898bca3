"""
A refund gives the buyer's money back: the mirror of a release.

Where too little is held because it was released before, the missing part is recovered from the exporter first.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.aggregate import Event, begun
from domain.errors import Refused
from domain.proposal import Breakdown, Proposal, Proposals, with_approved, with_done, with_proposed
from domain.references import RefundId, key


class RefundProposed(Event, frozen=True, kw_only=True):
    """Somebody, or a policy in somebody's name, wants the buyer to have money back."""

    number: int
    currency: str
    amount_minor: int
    recovered_minor: int
    recovered_fee_minor: int
    recovered_tax_minor: int
    reason: str
    proposed_by: str


class RefundApproved(Event, frozen=True, kw_only=True):
    """A second person agreed, or the rulebook did because the amount is below its threshold."""

    number: int
    approved_by: str
    by_rule: bool


class RefundRejected(Event, frozen=True, kw_only=True):
    """A second person disagreed; the money stays where it is."""

    number: int
    rejected_by: str
    reason: str


class RefundExecuted(Event, frozen=True, kw_only=True):
    """The refund was carried out exactly as approved; `hold.recovered` and `hold.refunded` book it."""

    number: int
    refund: RefundId


RefundEvent = RefundProposed | RefundApproved | RefundRejected | RefundExecuted


@dataclass(eq=False, kw_only=True)
class RefundBreakdownChanged(Refused):
    """Since the approval, more or less of the amount would have to be recovered: reject it and propose anew."""

    code: ClassVar[str] = "refund.breakdown_changed"
    refund: str
    approved_recovery_minor: int
    recovery_minor: int


class Refunds(Proposals, frozen=True, kw_only=True):
    """The refunds of one order."""


def propose(
    number: int, amount_minor: int, recovery: Breakdown, *, currency: str, actor: str, reason: str
) -> RefundProposed:
    """
    Propose a refund; the hold has said what must be recovered for it. The reason is a code.

    Raises: ReferenceMalformed.
    """
    return RefundProposed(
        number=number,
        currency=currency,
        amount_minor=amount_minor,
        recovered_minor=recovery.gross_minor,
        recovered_fee_minor=recovery.fee_minor,
        recovered_tax_minor=recovery.tax_minor,
        reason=key(reason, field="reason"),
        proposed_by=actor,
    )


def approve(refunds: Refunds, number: int, *, actor: str) -> RefundApproved:
    """
    Agree to a refund as a second person.

    Raises, in this order: ProposalNotFound, ProposalAlreadyApproved, ApproverIsProposer.
    """
    refunds.check_approvable(number, actor=actor)
    return RefundApproved(number=number, approved_by=actor, by_rule=False)


def approve_by_rule(number: int, *, rulebook: str) -> RefundApproved:
    """Agree to a refund because the order's rulebook asks for no second person."""
    return RefundApproved(number=number, approved_by=rulebook, by_rule=True)


def reject(refunds: Refunds, number: int, *, actor: str, reason: str) -> RefundRejected:
    """
    Refuse a refund as a second person. The reason is a code.

    Raises, in this order: ReferenceMalformed, ProposalNotFound, ProposalAlreadyApproved, ApproverIsProposer.
    """
    key(reason, field="reason")
    refunds.check_approvable(number, actor=actor)
    return RefundRejected(number=number, rejected_by=actor, reason=reason)


def check_unchanged(refund: RefundId, *, approved: Breakdown, recovery: Breakdown) -> None:
    """
    Check that a refund would recover now what was approved.

    Raises: RefundBreakdownChanged.
    """
    if recovery != approved:
        raise RefundBreakdownChanged(
            refund=refund, approved_recovery_minor=approved.gross_minor, recovery_minor=recovery.gross_minor
        )


def evolve(refunds: Refunds | None, event: RefundEvent, reference: str, _at: datetime) -> Refunds:
    """Apply an event of an order's refunds."""
    match event:
        case RefundProposed():
            return with_proposed(refunds or Refunds(reference=reference), _proposal(event))
        case RefundApproved():
            return with_approved(begun(refunds), event.number)
        case RefundRejected() | RefundExecuted():
            return with_done(begun(refunds), event.number)


def _proposal(event: RefundProposed) -> Proposal:
    return Proposal(
        number=event.number,
        amount_minor=event.amount_minor,
        breakdown=Breakdown(
            gross_minor=event.recovered_minor,
            fee_minor=event.recovered_fee_minor,
            tax_minor=event.recovered_tax_minor,
        ),
        proposed_by=event.proposed_by,
    )

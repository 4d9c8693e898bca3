"""A release pays held money to the exporter: proposed, approved by a rule or by a second person, executed."""

from datetime import datetime

from domain.aggregate import Event, begun
from domain.proposal import Breakdown, Proposal, Proposals, with_approved, with_done, with_proposed
from domain.references import ReleaseId, key


class ReleaseProposed(Event, frozen=True, kw_only=True):
    """Somebody, or a policy in somebody's name, wants the exporter to be paid."""

    number: int
    currency: str
    gross_minor: int
    fee_minor: int
    tax_minor: int
    net_minor: int
    proposed_by: str


class ReleaseApproved(Event, frozen=True, kw_only=True):
    """A second person agreed, or the rulebook did because the amount is below its threshold."""

    number: int
    approved_by: str
    by_rule: bool


class ReleaseRejected(Event, frozen=True, kw_only=True):
    """A second person disagreed; the money stays held."""

    number: int
    rejected_by: str
    reason: str


class ReleaseExecuted(Event, frozen=True, kw_only=True):
    """The release was carried out exactly as approved; `hold.released` books it."""

    number: int
    release: ReleaseId


ReleaseEvent = ReleaseProposed | ReleaseApproved | ReleaseRejected | ReleaseExecuted


class Releases(Proposals, frozen=True, kw_only=True):
    """The releases of one order."""


def propose(number: int, breakdown: Breakdown, *, currency: str, actor: str) -> ReleaseProposed:
    """Propose a release; the hold has said that it can bear the amount."""
    return ReleaseProposed(
        number=number,
        currency=currency,
        gross_minor=breakdown.gross_minor,
        fee_minor=breakdown.fee_minor,
        tax_minor=breakdown.tax_minor,
        net_minor=breakdown.net_minor,
        proposed_by=actor,
    )


def approve(releases: Releases, number: int, *, actor: str) -> ReleaseApproved:
    """
    Agree to a release as a second person.

    Raises, in this order: ProposalNotFound, ProposalAlreadyApproved, ApproverIsProposer.
    """
    releases.check_approvable(number, actor=actor)
    return ReleaseApproved(number=number, approved_by=actor, by_rule=False)


def approve_by_rule(number: int, *, rulebook: str) -> ReleaseApproved:
    """Agree to a release because the order's rulebook asks for no second person."""
    return ReleaseApproved(number=number, approved_by=rulebook, by_rule=True)


def reject(releases: Releases, number: int, *, actor: str, reason: str) -> ReleaseRejected:
    """
    Refuse a release as a second person. The reason is a code.

    Raises, in this order: ReferenceMalformed, ProposalNotFound, ProposalAlreadyApproved, ApproverIsProposer.
    """
    key(reason, field="reason")
    releases.check_approvable(number, actor=actor)
    return ReleaseRejected(number=number, rejected_by=actor, reason=reason)


def withdraw(number: int, *, by: str, reason: str) -> ReleaseRejected:
    """Take a release back because of what `by` names: the money it waited for is needed otherwise."""
    return ReleaseRejected(number=number, rejected_by=by, reason=reason)


def evolve(releases: Releases | None, event: ReleaseEvent, reference: str, _at: datetime) -> Releases:
    """Apply an event of an order's releases."""
    match event:
        case ReleaseProposed():
            return with_proposed(releases or Releases(reference=reference), _proposal(event))
        case ReleaseApproved():
            return with_approved(begun(releases), event.number)
        case ReleaseRejected() | ReleaseExecuted():
            return with_done(begun(releases), event.number)


def _proposal(event: ReleaseProposed) -> Proposal:
    return Proposal(
        number=event.number,
        amount_minor=event.gross_minor,
        breakdown=Breakdown(gross_minor=event.gross_minor, fee_minor=event.fee_minor, tax_minor=event.tax_minor),
        proposed_by=event.proposed_by,
    )

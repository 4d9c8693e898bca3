"""
A proposal is an amount to be paid out of a hold that waits for approval: the shape that release and refund share.

Below the threshold of the order's rulebook the rule approves; from it on, a person other than the proposer does.
"""

from dataclasses import dataclass
from typing import ClassVar, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from domain.aggregate import Aggregate
from domain.errors import Forbidden, NotFound, Refused
from domain.side import is_same_person


class Breakdown(Struct, frozen=True, kw_only=True, gc=False):
    """How a gross amount falls apart: net + fee + tax = gross, in minor units."""

    gross_minor: int
    fee_minor: int
    tax_minor: int

    @property
    def net_minor(self) -> int:
        """Return what is the exporter's."""
        return self.gross_minor - self.fee_minor - self.tax_minor


NOTHING = Breakdown(gross_minor=0, fee_minor=0, tax_minor=0)


class Proposal(Struct, frozen=True, kw_only=True, gc=False):
    """An amount on its way out of a hold. For a refund the breakdown is what must be recovered first."""

    number: int
    amount_minor: int
    breakdown: Breakdown
    proposed_by: str
    approved: bool = False


@dataclass(eq=False, kw_only=True)
class ProposalNotFound(NotFound):
    """Nothing with this number waits here: it was never proposed, or is executed or rejected."""

    code: ClassVar[str] = "proposal.not_found"
    proposals: str
    number: int


@dataclass(eq=False, kw_only=True)
class ProposalAlreadyApproved(Refused):
    """One approval is what it takes."""

    code: ClassVar[str] = "proposal.already_approved"
    proposals: str
    number: int


@dataclass(eq=False, kw_only=True)
class ApproverIsProposer(Forbidden):
    """Four eyes: the approver is another person than the proposer."""

    code: ClassVar[str] = "proposal.approver_is_proposer"
    proposals: str
    number: int
    actor: str


@dataclass(eq=False, kw_only=True)
class ProposalNotApproved(Refused):
    """What nobody approved isn't executed."""

    code: ClassVar[str] = "proposal.not_approved"
    proposals: str
    number: int


class Proposals(Aggregate, frozen=True, kw_only=True):
    """All proposals of one kind for one order; those that are done are only counted."""

    proposed: int = 0
    pending: tuple[Proposal, ...] = ()

    @property
    def next_number(self) -> int:
        """Return the number of the proposal to come, counted from 1."""
        return self.proposed + 1

    @property
    def pending_minor(self) -> int:
        """Return how much waits here."""
        return sum(proposal.amount_minor for proposal in self.pending)

    def get(self, number: int) -> Proposal:
        """
        Return a proposal that waits.

        Raises: ProposalNotFound.
        """
        for proposal in self.pending:
            if proposal.number == number:
                return proposal
        raise ProposalNotFound(proposals=self.reference, number=number)

    def check_approvable(self, number: int, *, actor: str) -> None:
        """
        Check that this person may approve a proposal.

        Raises, in this order: ProposalNotFound, ProposalAlreadyApproved, ApproverIsProposer.
        """
        proposal = self.get(number)
        if proposal.approved:
            raise ProposalAlreadyApproved(proposals=self.reference, number=number)
        if is_same_person(actor, proposal.proposed_by):
            raise ApproverIsProposer(proposals=self.reference, number=number, actor=actor)

    def get_approved(self, number: int) -> Proposal:
        """
        Return a proposal that may be executed.

        Raises, in this order: ProposalNotFound, ProposalNotApproved.
        """
        proposal = self.get(number)
        if not proposal.approved:
            raise ProposalNotApproved(proposals=self.reference, number=number)
        return proposal


P = TypeVar("P", bound=Proposals)


def with_proposed(proposals: P, proposal: Proposal) -> P:
    """Return the proposals with a new one waiting."""
    return replace(proposals, proposed=proposal.number, pending=(*proposals.pending, proposal))


def with_approved(proposals: P, number: int) -> P:
    """Return the proposals with one approved."""
    return replace(
        proposals,
        pending=tuple(replace(p, approved=True) if p.number == number else p for p in proposals.pending),
    )


def with_done(proposals: P, number: int) -> P:
    """Return the proposals with one executed or rejected."""
    return replace(proposals, pending=tuple(p for p in proposals.pending if p.number != number))

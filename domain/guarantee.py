"""
A guarantee is the operator's own money put in where an exporter can't give back what a buyer is refunded.

The exporter owes as before; what it pays back, or earns by later trades, lets the operator take its money back. What
the operator gives up for good, two people agree to write off. `advance:operator` is all that the operator put in and
hasn't taken back; `expense:guarantee` is how much of that it never will: the one less the other is what it may yet see
again.

Source: shared reference, section 1.3 "Who pays"; section 8, feature 8.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from msgspec.structs import replace

from domain.accounts import check_control
from domain.aggregate import Event, begun
from domain.errors import Refused
from domain.money import positive
from domain.proposal import NOTHING, Proposal, Proposals, with_done, with_proposed
from domain.references import key

SAFEGUARDED = ("bank:safeguarded",)
"""Where the operator's money joins the buyers'."""


class GuaranteeAdvanced(Event, frozen=True, kw_only=True):
    """The operator put its own money among the buyers', in the exporter's stead."""

    exporter: str
    currency: str
    amount_minor: int
    account: str
    """The safeguarded bank account that the money went to."""


class GuaranteeRepaid(Event, frozen=True, kw_only=True):
    """The operator took its own money out again, because the exporter owes that much less."""

    exporter: str
    currency: str
    amount_minor: int
    account: str
    """The safeguarded bank account that the money came from."""


class GuaranteeWriteOffProposed(Event, frozen=True, kw_only=True):
    """Somebody wants an exporter's debt to be given up, at the operator's expense."""

    number: int
    exporter: str
    currency: str
    amount_minor: int
    reason: str
    proposed_by: str


class GuaranteeWriteOffApproved(Event, frozen=True, kw_only=True):
    """A second person agreed: the exporter owes that much no more, and the operator has lost it."""

    number: int
    exporter: str
    currency: str
    amount_minor: int
    approved_by: str


class GuaranteeWriteOffRejected(Event, frozen=True, kw_only=True):
    """A second person disagreed; the exporter owes as before."""

    number: int
    rejected_by: str
    reason: str


GuaranteeEvent = (
    GuaranteeAdvanced
    | GuaranteeRepaid
    | GuaranteeWriteOffProposed
    | GuaranteeWriteOffApproved
    | GuaranteeWriteOffRejected
)


@dataclass(eq=False, kw_only=True)
class GuaranteeExceeded(Refused):
    """More would be advanced for the order, over all its life, than its rulebook guarantees."""

    code: ClassVar[str] = "guarantee.exceeded"
    rule: ClassVar[str] = "guarantee_minor"
    guarantee: str
    requested_minor: int
    left_minor: int


@dataclass(eq=False, kw_only=True)
class RecoveryCovered(Refused):
    """More would be advanced for the order than its exporter had to give back for it."""

    code: ClassVar[str] = "guarantee.recovery_covered"
    guarantee: str
    requested_minor: int
    left_minor: int


@dataclass(eq=False, kw_only=True)
class AdvanceExceeded(Refused):
    """More would be taken back or written off than was advanced and neither was yet nor is about to be."""

    code: ClassVar[str] = "guarantee.advance_exceeded"
    guarantee: str
    requested_minor: int
    outstanding_minor: int


class Guarantee(Proposals, frozen=True, kw_only=True):
    """
    What the operator advanced for one order, and what became of it; its proposals are to write off.

    outstanding = advanced - repaid - written off >= 0. All amounts in minor units of the order's currency.
    """

    advanced_minor: int = 0
    repaid_minor: int = 0
    written_off_minor: int = 0

    @property
    def outstanding_minor(self) -> int:
        """Return how much the operator put in that it neither took back nor gave up."""
        return self.advanced_minor - self.repaid_minor - self.written_off_minor

    def advance(
        self, amount_minor: int, *, account: str, exporter: str, currency: str, cap_minor: int, recovered_minor: int
    ) -> GuaranteeAdvanced:
        """
        Put the operator's money in.

        cap_minor: what the order's rulebook guarantees; recovered_minor: what the exporter had to give back for the
        order.

        Raises, in this order: AmountOutOfRange, AccountUnknown, AccountUnfit, GuaranteeExceeded, RecoveryCovered.
        """
        positive(amount_minor)
        check_control(account, SAFEGUARDED)
        cap_left_minor = max(0, cap_minor - self.advanced_minor)
        if amount_minor > cap_left_minor:
            raise GuaranteeExceeded(guarantee=self.reference, requested_minor=amount_minor, left_minor=cap_left_minor)
        uncovered_minor = max(0, recovered_minor - self.advanced_minor + self.repaid_minor)
        if amount_minor > uncovered_minor:
            raise RecoveryCovered(guarantee=self.reference, requested_minor=amount_minor, left_minor=uncovered_minor)
        return GuaranteeAdvanced(exporter=exporter, currency=currency, amount_minor=amount_minor, account=account)

    def repay(self, amount_minor: int, *, account: str, exporter: str, currency: str) -> GuaranteeRepaid:
        """
        Take the operator's money back.

        Raises, in this order: AmountOutOfRange, AccountUnknown, AccountUnfit, AdvanceExceeded.
        """
        positive(amount_minor)
        check_control(account, SAFEGUARDED)
        self._need_outstanding(amount_minor, self.outstanding_minor - self.pending_minor)
        return GuaranteeRepaid(exporter=exporter, currency=currency, amount_minor=amount_minor, account=account)

    def propose_write_off(
        self, amount_minor: int, *, exporter: str, currency: str, reason: str, actor: str
    ) -> GuaranteeWriteOffProposed:
        """
        Propose to give up what was advanced. The reason is a code.

        Raises, in this order: AmountOutOfRange, ReferenceMalformed, AdvanceExceeded.
        """
        positive(amount_minor)
        key(reason, field="reason")
        self._need_outstanding(amount_minor, self.outstanding_minor - self.pending_minor)
        return GuaranteeWriteOffProposed(
            number=self.next_number,
            exporter=exporter,
            currency=currency,
            amount_minor=amount_minor,
            reason=reason,
            proposed_by=actor,
        )

    def approve_write_off(self, number: int, *, exporter: str, currency: str, actor: str) -> GuaranteeWriteOffApproved:
        """
        Agree to a write-off as a second person, whatever its amount.

        Raises, in this order: ProposalNotFound, ApproverIsProposer.
        Source: shared reference, section 8, feature 8; shared design, section 7.
        """
        self.check_approvable(number, actor=actor)
        return GuaranteeWriteOffApproved(
            number=number,
            exporter=exporter,
            currency=currency,
            amount_minor=self.get(number).amount_minor,
            approved_by=actor,
        )

    def reject_write_off(self, number: int, *, actor: str, reason: str) -> GuaranteeWriteOffRejected:
        """
        Refuse a write-off as a second person. The reason is a code.

        Raises, in this order: ReferenceMalformed, ProposalNotFound, ApproverIsProposer.
        """
        key(reason, field="reason")
        self.check_approvable(number, actor=actor)
        return GuaranteeWriteOffRejected(number=number, rejected_by=actor, reason=reason)

    def _need_outstanding(self, amount_minor: int, outstanding_minor: int) -> None:
        if amount_minor > outstanding_minor:
            raise AdvanceExceeded(
                guarantee=self.reference, requested_minor=amount_minor, outstanding_minor=outstanding_minor
            )


def evolve(guarantee: Guarantee | None, event: GuaranteeEvent, reference: str, _at: datetime) -> Guarantee:
    """Apply an event of a guarantee; the first advance begins it."""
    match event:
        case GuaranteeAdvanced():
            before = guarantee or Guarantee(reference=reference)
            return replace(before, advanced_minor=before.advanced_minor + event.amount_minor)
        case GuaranteeRepaid():
            before = begun(guarantee)
            return replace(before, repaid_minor=before.repaid_minor + event.amount_minor)
        case GuaranteeWriteOffProposed():
            return with_proposed(begun(guarantee), _proposal(event))
        case GuaranteeWriteOffApproved():
            before = with_done(begun(guarantee), event.number)
            return replace(before, written_off_minor=before.written_off_minor + event.amount_minor)
        case GuaranteeWriteOffRejected():
            return with_done(begun(guarantee), event.number)


def _proposal(event: GuaranteeWriteOffProposed) -> Proposal:
    return Proposal(
        number=event.number, amount_minor=event.amount_minor, breakdown=NOTHING, proposed_by=event.proposed_by
    )

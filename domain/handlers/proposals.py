"""What commands about releases and refunds do: proposed, approved, rejected, executed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from domain import commands, refund, release
from domain.errors import Refused
from domain.handlers.payees import credit, debit
from domain.money import positive
from domain.party_standing import check_may_be_paid
from domain.proposal import Breakdown
from domain.references import kind_of, refund_id, refunds_id, release_id, releases_id
from domain.refund import RefundExecuted, Refunds
from domain.release import ReleaseExecuted, Releases
from domain.trade import hold_of, order_of, rules_of, trade_of
from domain.unit_of_work import UnitOfWork


@dataclass(eq=False, kw_only=True)
class ReleaseNotDue(Refused):
    """More would be released than is due: nothing is, before the goods are received."""

    code: ClassVar[str] = "release.not_due"
    order: str
    requested_minor: int
    due_minor: int


def propose_release(command: commands.ProposeRelease, uow: UnitOfWork) -> None:
    """
    What is due is held, so no more than is held can be proposed.

    Raises, in this order: AggregateNotFound, PartyIsSuspended, PartySanctioned, CurrencyDiffers, AmountOutOfRange,
    ReleaseNotDue, HoldIsClosed.
    """
    trade = trade_of(command.order, uow)
    check_may_be_paid(trade.order.exporter, uow)
    gross_minor = trade.hold.minor_of(command.amount) if command.amount else trade.due_minor
    if command.amount:
        positive(gross_minor)
    if not 0 < gross_minor <= trade.due_minor:
        raise ReleaseNotDue(order=command.order, requested_minor=gross_minor, due_minor=trade.due_minor)
    trade.hold.check_releasable(gross_minor)
    fee = rules_of(trade.order, uow).fee_on(gross_minor)
    proposed = release.propose(
        trade.releases.next_number,
        Breakdown(gross_minor=gross_minor, fee_minor=fee.fee_minor, tax_minor=fee.tax_minor),
        currency=trade.hold.currency,
        actor=uow.actor,
    )
    uow.record(trade.releases.reference, proposed)


def approve_release(command: commands.ApproveRelease, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound, ProposalNotFound, ProposalAlreadyApproved, ApproverIsProposer,
    PartyIsSuspended, PartySanctioned, HoldIsClosed, HoldExceeded.
    """
    releases = uow.get(Releases, releases_id(command.order))
    uow.record(releases.reference, release.approve(releases, command.number, actor=uow.actor))


def reject_release(command: commands.RejectRelease, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound, ReferenceMalformed, ProposalNotFound, ProposalAlreadyApproved,
    ApproverIsProposer.
    """
    releases = uow.get(Releases, releases_id(command.order))
    uow.record(releases.reference, release.reject(releases, command.number, actor=uow.actor, reason=command.reason))


def approve_release_by_rule(command: commands.ApproveReleaseByRule, uow: UnitOfWork) -> None:
    """Refuses nothing: the policy has asked the rulebook."""
    rulebook_name = order_of(command.order, uow).terms.rulebook
    uow.record(releases_id(command.order), release.approve_by_rule(command.number, rulebook=rulebook_name))


def execute_release(command: commands.ExecuteRelease, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound, ProposalNotFound, ProposalNotApproved, PartyIsSuspended, PartySanctioned,
    HoldIsClosed, HoldExceeded.
    """
    proposal = uow.get(Releases, releases_id(command.order)).get_approved(command.number)
    name = release_id(command.order, command.number)
    held = hold_of(command.order, uow)
    check_may_be_paid(held.exporter, uow)
    released = held.release(proposal.breakdown, release=name)
    uow.record(releases_id(command.order), ReleaseExecuted(number=command.number, release=name))
    uow.record(held.reference, released)
    credit(held.exporter, held.currency, released.net_minor, name, uow, account="payable:exporter")


def propose_refund(command: commands.ProposeRefund, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound, CurrencyDiffers, AmountOutOfRange, HoldIsClosed, RecoveryExceeded,
    ReferenceMalformed.
    """
    trade = trade_of(command.order, uow)
    amount_minor = trade.hold.minor_of(command.amount)
    proposed = refund.propose(
        trade.refunds.next_number,
        amount_minor,
        trade.hold.recovery_for(amount_minor),
        currency=trade.hold.currency,
        actor=uow.actor,
        reason=command.reason,
    )
    uow.record(trade.refunds.reference, proposed)


def approve_refund(command: commands.ApproveRefund, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound, ProposalNotFound, ProposalAlreadyApproved, ApproverIsProposer,
    HoldIsClosed, RecoveryExceeded, RefundBreakdownChanged.
    """
    refunds = uow.get(Refunds, refunds_id(command.order))
    uow.record(refunds.reference, refund.approve(refunds, command.number, actor=uow.actor))


def reject_refund(command: commands.RejectRefund, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound, ReferenceMalformed, ProposalNotFound, ProposalAlreadyApproved,
    ApproverIsProposer.
    """
    refunds = uow.get(Refunds, refunds_id(command.order))
    uow.record(refunds.reference, refund.reject(refunds, command.number, actor=uow.actor, reason=command.reason))


def approve_refund_by_rule(command: commands.ApproveRefundByRule, uow: UnitOfWork) -> None:
    """Refuses nothing: the policy has asked the rulebook, or a dispute gave the refund."""
    refunds = uow.get(Refunds, refunds_id(command.order))
    proposer = refunds.get(command.number).proposed_by
    rule = proposer if kind_of(proposer) == "dispute" else order_of(command.order, uow).terms.rulebook
    uow.record(refunds.reference, refund.approve_by_rule(command.number, rulebook=rule))


def execute_refund(command: commands.ExecuteRefund, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound, ProposalNotFound, ProposalNotApproved, HoldIsClosed, RecoveryExceeded,
    RefundBreakdownChanged.
    """
    proposal = uow.get(Refunds, refunds_id(command.order)).get_approved(command.number)
    name = refund_id(command.order, command.number)
    held = hold_of(command.order, uow)
    recovery = held.recovery_for(proposal.amount_minor)
    refund.check_unchanged(name, approved=proposal.breakdown, recovery=recovery)
    uow.record(refunds_id(command.order), RefundExecuted(number=command.number, refund=name))
    if recovery.gross_minor:
        uow.record(held.reference, held.recover(recovery, refund=name))
        debit(held.exporter, held.currency, recovery.net_minor, name, uow, account="payable:exporter")
    uow.record(held.reference, hold_of(command.order, uow).refund(proposal.amount_minor, refund=name))
    credit(held.buyer, held.currency, proposal.amount_minor, name, uow, account="refundable:buyer")


HANDLERS: dict[type[commands.Command], Callable[[Any, UnitOfWork], None]] = {
    commands.ProposeRelease: propose_release,
    commands.ApproveRelease: approve_release,
    commands.RejectRelease: reject_release,
    commands.ApproveReleaseByRule: approve_release_by_rule,
    commands.ExecuteRelease: execute_release,
    commands.ProposeRefund: propose_refund,
    commands.ApproveRefund: approve_refund,
    commands.RejectRefund: reject_refund,
    commands.ApproveRefundByRule: approve_refund_by_rule,
    commands.ExecuteRefund: execute_refund,
}

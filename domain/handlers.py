"""
What each command does: which aggregates it reads, which rules that span them it checks, which events happen.

Rules about one aggregate stand in that aggregate's file; the ones here look at several.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from domain import book, commands, order, refund, release, rulebook
from domain.book import Book
from domain.errors import Refused
from domain.hold import Hold, HoldOpened
from domain.money import Money, positive
from domain.order import Order, PaymentStep, Terms
from domain.payee_account import PayeeCredited, PayeeDebited
from domain.policies import POLICIES
from domain.proposal import Breakdown
from domain.references import (
    RulebookId,
    book_id,
    hold_id,
    key,
    order_id,
    payee_id,
    refund_id,
    refunds_id,
    release_id,
    releases_id,
)
from domain.refund import RefundExecuted, Refunds
from domain.release import ReleaseExecuted, Releases
from domain.rulebook import Rulebook
from domain.trade import Trade, rules_of
from domain.unit_of_work import UnitOfWork


@dataclass(eq=False, kw_only=True)
class ReleaseNotDue(Refused):
    """More would be released than is due: nothing is, before the goods are received."""

    code: ClassVar[str] = "release.not_due"
    order: str
    requested_minor: int
    due_minor: int


@dataclass(eq=False, kw_only=True)
class ProposalsPending(Refused):
    """A release or refund still waits for approval: approve or reject it first."""

    code: ClassVar[str] = "proposal.pending"
    order: str
    pending_minor: int


def decide(command: commands.Command, uow: UnitOfWork) -> None:
    """
    Decide a command and all that follows from it by policy, into the unit of work.

    Raises what the command's handler documents; a refusal of something that follows refuses the whole.
    """
    HANDLERS[type(command)](command, uow)
    for step in uow.steps:  # which grows with what follows
        for policy in POLICIES.get(type(step.event), ()):
            for follow_up in policy(step.reference, step.event, uow):
                uow.policy = policy.__name__
                HANDLERS[type(follow_up)](follow_up, uow)


def open_book(command: commands.OpenBook, uow: UnitOfWork) -> None:
    """Raises what `book.open_book` does, after ReferenceMalformed."""
    reference = book_id(key(command.book, field="book"))
    opened = book.open_book(
        uow.find(Book, reference),
        identity=command.identity,
        log_origin=command.log_origin,
        functional_currency=command.functional_currency,
        time_zone=command.time_zone,
    )
    uow.record(reference, opened)


def draft_rulebook(command: commands.DraftRulebook, uow: UnitOfWork) -> None:
    """Raises, in this order: ReferenceMalformed, RulesMalformed, CurrencyUnknown, RulebookAlreadyDrafted."""
    name, _, version = command.rulebook.partition("/")
    key(name, field="rulebook")
    key(version, field="rulebook")
    reference = f"rulebook:{command.rulebook}"
    uow.record(reference, rulebook.draft(uow.find(Rulebook, reference), rules=command.rules, actor=uow.actor))


def approve_rulebook(command: commands.ApproveRulebook, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, RulebookNotInState, RulebookApproverIsDrafter."""
    reference = f"rulebook:{command.rulebook}"
    uow.record(reference, uow.get(Rulebook, reference).approve(actor=uow.actor))


def publish_rulebook(command: commands.PublishRulebook, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, RulebookNotInState."""
    reference = f"rulebook:{command.rulebook}"
    uow.record(reference, uow.get(Rulebook, reference).publish())


def place_order(command: commands.PlaceOrder, uow: UnitOfWork) -> None:
    """
    Raises, in this order: ReferenceMalformed, what `order.place` does, AggregateNotFound (rulebook),
    RulebookNotInState.
    """
    reference = order_id(key(command.order, field="order"))
    placed = order.place(
        uow.find(Order, reference),
        buyer=command.buyer,
        exporter=command.exporter,
        terms=_terms(command),
        lines=command.lines,
    )
    events = list(placed)
    uow.get(Rulebook, f"rulebook:{command.rulebook}").in_force()
    uow.record(reference, *events)


def accept_order(command: commands.AcceptOrder, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, OrderNotInState."""
    agreed = _order(command, uow)
    uow.record(agreed.reference, agreed.accept())


def cancel_order(command: commands.CancelOrder, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, ReferenceMalformed, OrderCancelledAlready, OrderAlreadyDispatched."""
    agreed = _order(command, uow)
    uow.record(agreed.reference, agreed.cancel(reason=command.reason))


def record_payment(command: commands.RecordPayment, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound, OrderCancelledAlready, OrderNotInState, PaymentStepNotFound, and what
    `Hold.receive` does.
    """
    _order(command, uow).check_payable(command.step)
    held = _hold(command, uow)
    received = held.receive(command.amount, step=command.step, account=command.account, reference=command.reference)
    uow.record(held.reference, received)


def dispatch_goods(command: commands.DispatchGoods, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Order.dispatch` does."""
    agreed = _order(command, uow)
    uow.record(agreed.reference, agreed.dispatch(command.lines))


def record_delivery(command: commands.RecordDelivery, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, DispatchNotFound, DispatchAlreadyDelivered."""
    agreed = _order(command, uow)
    uow.record(agreed.reference, agreed.deliver(command.dispatch))


def confirm_receipt(command: commands.ConfirmReceipt, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, OrderNotInState."""
    agreed = _order(command, uow)
    uow.record(agreed.reference, agreed.confirm_receipt())


def lapse_inspection(command: commands.LapseInspection, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, OrderNotInState, InspectionRunning."""
    agreed = _order(command, uow)
    dispatched_at = agreed.last_dispatched_at or uow.occurred_at
    ends_at = rules_of(agreed, uow).inspection_ends_at(dispatched_at, agreed.terms.transport_mode)
    uow.record(agreed.reference, agreed.lapse_inspection(at=uow.occurred_at, ends_at=ends_at))


def propose_release(command: commands.ProposeRelease, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound, CurrencyDiffers, AmountOutOfRange, ReleaseNotDue, HoldIsClosed,
    HoldExceeded.
    """
    trade = _trade(command, uow)
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
    HoldIsClosed, HoldExceeded.
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
    rulebook_name = _order(command, uow).terms.rulebook
    uow.record(releases_id(command.order), release.approve_by_rule(command.number, rulebook=rulebook_name))


def execute_release(command: commands.ExecuteRelease, uow: UnitOfWork) -> None:
    """Raises, in this order: ProposalNotFound, ProposalNotApproved, HoldIsClosed, HoldExceeded."""
    proposal = uow.get(Releases, releases_id(command.order)).get_approved(command.number)
    name = release_id(command.order, command.number)
    held = _hold(command, uow)
    released = held.release(proposal.breakdown, release=name)
    uow.record(releases_id(command.order), ReleaseExecuted(number=command.number, release=name))
    uow.record(held.reference, released)
    _credit(held.exporter, held.currency, released.net_minor, name, uow)


def propose_refund(command: commands.ProposeRefund, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound, CurrencyDiffers, AmountOutOfRange, HoldIsClosed, RecoveryExceeded,
    ReferenceMalformed.
    """
    trade = _trade(command, uow)
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
    Raises, in this order: AggregateNotFound, ProposalNotFound, ProposalAlreadyApproved, ApproverIsProposer, and what
    carrying it out does.
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
    """Refuses nothing: the policy has asked the rulebook."""
    rulebook_name = _order(command, uow).terms.rulebook
    uow.record(refunds_id(command.order), refund.approve_by_rule(command.number, rulebook=rulebook_name))


def execute_refund(command: commands.ExecuteRefund, uow: UnitOfWork) -> None:
    """
    Raises, in this order: ProposalNotFound, ProposalNotApproved, HoldIsClosed, RecoveryExceeded,
    RefundBreakdownChanged.
    """
    proposal = uow.get(Refunds, refunds_id(command.order)).get_approved(command.number)
    name = refund_id(command.order, command.number)
    held = _hold(command, uow)
    recovery = held.recovery_for(proposal.amount_minor)
    refund.check_unchanged(name, approved=proposal.breakdown, recovery=recovery)
    uow.record(refunds_id(command.order), RefundExecuted(number=command.number, refund=name))
    if recovery.gross_minor:
        uow.record(held.reference, held.recover(recovery, refund=name))
        _debit(held.exporter, held.currency, recovery.net_minor, name, uow)
    uow.record(held.reference, _hold(command, uow).refund(proposal.amount_minor, refund=name))
    _credit(held.buyer, held.currency, proposal.amount_minor, name, uow)


def freeze_hold(command: commands.FreezeHold, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, CurrencyDiffers, and what `Hold.freeze` does."""
    held = _hold(command, uow)
    uow.record(held.reference, held.freeze(_minor_or_all(command.amount, held), reason=command.reason))


def unfreeze_hold(command: commands.UnfreezeHold, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, CurrencyDiffers, and what `Hold.unfreeze` does."""
    held = _hold(command, uow)
    uow.record(held.reference, held.unfreeze(_minor_or_all(command.amount, held), reason=command.reason))


def record_chargeback(command: commands.RecordChargeback, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Hold.charge_back` does."""
    held = _hold(command, uow)
    charged = held.charge_back(command.amount, account=command.account)
    uow.record(held.reference, charged)
    _debit(held.exporter, held.currency, charged.exporter_minor, held.reference, uow)
    _debit(held.buyer, held.currency, charged.buyer_minor, held.reference, uow)


def close_hold(command: commands.CloseHold, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, OrderNotInState, ProposalsPending, HoldIsClosed, HoldNotEmpty."""
    _order(command, uow).check_over()
    trade = _trade(command, uow)
    if trade.pending_minor:
        raise ProposalsPending(order=command.order, pending_minor=trade.pending_minor)
    uow.record(trade.hold.reference, trade.hold.close())


def open_hold(command: commands.OpenHold, uow: UnitOfWork) -> None:
    """Refuses nothing: an order is accepted once."""
    agreed = _order(command, uow)
    opened = HoldOpened(
        buyer=agreed.buyer, exporter=agreed.exporter, currency=agreed.currency, steps=len(agreed.terms.steps)
    )
    uow.record(hold_id(command.order), opened)


def complete_order(command: commands.CompleteOrder, uow: UnitOfWork) -> None:
    """Raises: OrderNotInState."""
    agreed = _order(command, uow)
    uow.record(agreed.reference, agreed.complete())


HANDLERS: dict[type[commands.Command], Callable[[Any, UnitOfWork], None]] = {
    commands.OpenBook: open_book,
    commands.DraftRulebook: draft_rulebook,
    commands.ApproveRulebook: approve_rulebook,
    commands.PublishRulebook: publish_rulebook,
    commands.PlaceOrder: place_order,
    commands.AcceptOrder: accept_order,
    commands.CancelOrder: cancel_order,
    commands.RecordPayment: record_payment,
    commands.DispatchGoods: dispatch_goods,
    commands.RecordDelivery: record_delivery,
    commands.ConfirmReceipt: confirm_receipt,
    commands.LapseInspection: lapse_inspection,
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
    commands.FreezeHold: freeze_hold,
    commands.UnfreezeHold: unfreeze_hold,
    commands.RecordChargeback: record_chargeback,
    commands.CloseHold: close_hold,
    commands.OpenHold: open_hold,
    commands.CompleteOrder: complete_order,
}


def _order(command: commands.OrderCommand, uow: UnitOfWork) -> Order:
    return uow.get(Order, order_id(command.order))


def _hold(command: commands.OrderCommand, uow: UnitOfWork) -> Hold:
    return uow.get(Hold, hold_id(command.order))


def _trade(command: commands.OrderCommand, uow: UnitOfWork) -> Trade:
    _hold(command, uow)
    return Trade(command.order, uow)


def _terms(command: commands.PlaceOrder) -> Terms:
    whole = PaymentStep(name="whole", amount_minor=sum(line.amount_minor for line in command.lines))
    return Terms(
        currency=command.currency,
        steps=command.steps or (whole,),
        transport_mode=command.transport_mode,
        ship_by=command.ship_by,
        rulebook=RulebookId(f"rulebook:{command.rulebook}"),
    )


def _minor_or_all(amount: Money | None, held: Hold) -> int | None:
    return held.minor_of(amount) if amount else None


def _credit(party: str, currency: str, amount_minor: int, source: str, uow: UnitOfWork) -> None:
    if amount_minor:
        uow.record(payee_id(party, currency), PayeeCredited(amount_minor=amount_minor, source=source))


def _debit(party: str, currency: str, amount_minor: int, source: str, uow: UnitOfWork) -> None:
    if amount_minor:
        uow.record(payee_id(party, currency), PayeeDebited(amount_minor=amount_minor, source=source))

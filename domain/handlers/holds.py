"""What commands about an order's money do, except those about proposals to pay it out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from domain import commands
from domain.errors import Refused
from domain.handlers.payees import debit
from domain.hold import Hold, HoldOpened
from domain.money import Money
from domain.references import hold_id
from domain.trade import check_undisputed, find_clock, hold_of, order_of, trade_of
from domain.unit_of_work import UnitOfWork


@dataclass(eq=False, kw_only=True)
class ProposalsPending(Refused):
    """A release or refund still waits for approval: approve or reject it first."""

    code: ClassVar[str] = "proposal.pending"
    order: str
    pending_minor: int


@dataclass(eq=False, kw_only=True)
class ClaimWindowOpen(Refused):
    """While the buyer can make claims, the hold stays open: what they give back goes through it."""

    code: ClassVar[str] = "hold.claim_window_open"
    rule: ClassVar[str] = "claim_days"
    order: str
    ends_at: datetime


def record_payment(command: commands.RecordPayment, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound, OrderCancelledAlready, OrderNotInState, PaymentStepNotFound, and what
    `Hold.receive` does.
    """
    order_of(command.order, uow).check_payable(command.step)
    held = hold_of(command.order, uow)
    received = held.receive(command.amount, step=command.step, account=command.account, reference=command.reference)
    uow.record(held.reference, received)


def freeze_hold(command: commands.FreezeHold, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, CurrencyDiffers, and what `Hold.freeze` does."""
    held = hold_of(command.order, uow)
    uow.record(held.reference, held.freeze(_minor_or_all(command.amount, held), reason=command.reason))


def unfreeze_hold(command: commands.UnfreezeHold, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, CurrencyDiffers, and what `Hold.unfreeze` does."""
    held = hold_of(command.order, uow)
    uow.record(held.reference, held.unfreeze(_minor_or_all(command.amount, held), reason=command.reason))


def record_chargeback(command: commands.RecordChargeback, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Hold.charge_back` does."""
    held = hold_of(command.order, uow)
    charged = held.charge_back(command.amount, account=command.account)
    uow.record(held.reference, charged)
    debit(held.exporter, held.currency, charged.exporter_minor, held.reference, uow, account="payable:exporter")
    debit(held.buyer, held.currency, charged.buyer_minor, held.reference, uow, account="refundable:buyer")


def close_hold(command: commands.CloseHold, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound (the order), OrderNotInState, DisputeAlreadyOpen, ClaimWindowOpen,
    AggregateNotFound (the hold of an order that was never accepted), ProposalsPending, HoldIsClosed, HoldNotEmpty.
    """
    order_of(command.order, uow).check_over()
    check_undisputed(command.order, uow)
    if running := find_clock(command.order, "claims", uow):
        raise ClaimWindowOpen(order=command.order, ends_at=running.due_at)
    trade = trade_of(command.order, uow)
    if trade.pending_minor:
        raise ProposalsPending(order=command.order, pending_minor=trade.pending_minor)
    uow.record(trade.hold.reference, trade.hold.close())


def open_hold(command: commands.OpenHold, uow: UnitOfWork) -> None:
    """Refuses nothing: an order is accepted once."""
    agreed = order_of(command.order, uow)
    opened = HoldOpened(
        buyer=agreed.buyer, exporter=agreed.exporter, currency=agreed.currency, steps=len(agreed.terms.steps)
    )
    uow.record(hold_id(command.order), opened)


HANDLERS: dict[type[commands.Command], Callable[[Any, UnitOfWork], None]] = {
    commands.RecordPayment: record_payment,
    commands.FreezeHold: freeze_hold,
    commands.UnfreezeHold: unfreeze_hold,
    commands.RecordChargeback: record_chargeback,
    commands.CloseHold: close_hold,
    commands.OpenHold: open_hold,
}


def _minor_or_all(amount: Money | None, held: Hold) -> int | None:
    return held.minor_of(amount) if amount else None

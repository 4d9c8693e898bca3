"""What commands about an order's guarantee do."""

from collections.abc import Callable
from typing import Any

from domain import commands
from domain.guarantee import Guarantee
from domain.handlers.payees import credit
from domain.hold import Hold
from domain.payee_account import PayeeAccount, PayeeUncovered
from domain.references import guarantee_id, payee_id
from domain.trade import hold_of, order_of, rules_of
from domain.unit_of_work import UnitOfWork


def advance_guarantee(command: commands.AdvanceGuarantee, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, CurrencyDiffers, what `Guarantee.advance` does, PayeeDebtExceeded."""
    held = hold_of(command.order, uow)
    amount_minor = held.minor_of(command.amount)
    name = guarantee_id(command.order)
    guarantee = uow.find(Guarantee, name) or Guarantee(reference=name)
    advanced = guarantee.advance(
        amount_minor,
        account=command.account,
        exporter=held.exporter,
        currency=held.currency,
        cap_minor=rules_of(order_of(command.order, uow), uow).guarantee_minor.get(held.currency, 0),
        recovered_minor=held.recovered.net_minor + held.charged_to_exporter_minor,
    )
    exporter = _exporter_of(held, uow)
    covered = exporter.cover(amount_minor, guarantee=name)
    uow.record(name, advanced)
    uow.record(exporter.reference, covered)


def repay_advance(command: commands.RepayAdvance, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound (the hold), CurrencyDiffers, AggregateNotFound (the guarantee), what
    `Guarantee.repay` does, CoverNeeded.
    """
    held = hold_of(command.order, uow)
    amount_minor = held.minor_of(command.amount)
    name = guarantee_id(command.order)
    guarantee = uow.get(Guarantee, name)
    repaid = guarantee.repay(amount_minor, account=command.account, exporter=held.exporter, currency=held.currency)
    exporter = _exporter_of(held, uow)
    uncovered = exporter.uncover(amount_minor, guarantee=name)
    uow.record(name, repaid)
    uow.record(exporter.reference, uncovered)


def propose_write_off(command: commands.ProposeWriteOff, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound (the hold), CurrencyDiffers, AggregateNotFound (the guarantee), what
    `Guarantee.propose_write_off` does, PayeeDebtExceeded.
    """
    held = hold_of(command.order, uow)
    amount_minor = held.minor_of(command.amount)
    guarantee = uow.get(Guarantee, guarantee_id(command.order))
    proposed = guarantee.propose_write_off(
        amount_minor, exporter=held.exporter, currency=held.currency, reason=command.reason, actor=uow.actor
    )
    _exporter_of(held, uow).check_owes(amount_minor, on="payable:exporter")
    uow.record(guarantee.reference, proposed)


def approve_write_off(command: commands.ApproveWriteOff, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound (the hold), AggregateNotFound (the guarantee), what
    `Guarantee.approve_write_off` does, PayeeDebtExceeded.
    """
    held = hold_of(command.order, uow)
    name = guarantee_id(command.order)
    guarantee = uow.get(Guarantee, name)
    approved = guarantee.approve_write_off(
        command.number, exporter=held.exporter, currency=held.currency, actor=uow.actor
    )
    exporter = _exporter_of(held, uow)
    exporter.check_owes(approved.amount_minor, on="payable:exporter")
    uow.record(name, approved)
    credit(held.exporter, held.currency, approved.amount_minor, name, uow, account="payable:exporter")
    uow.record(exporter.reference, PayeeUncovered(amount_minor=approved.amount_minor, guarantee=name))


def reject_write_off(command: commands.RejectWriteOff, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Guarantee.reject_write_off` does."""
    guarantee = uow.get(Guarantee, guarantee_id(command.order))
    rejected = guarantee.reject_write_off(command.number, actor=uow.actor, reason=command.reason)
    uow.record(guarantee.reference, rejected)


HANDLERS: dict[type[commands.Command], Callable[[Any, UnitOfWork], None]] = {
    commands.AdvanceGuarantee: advance_guarantee,
    commands.RepayAdvance: repay_advance,
    commands.ProposeWriteOff: propose_write_off,
    commands.ApproveWriteOff: approve_write_off,
    commands.RejectWriteOff: reject_write_off,
}


def _exporter_of(held: Hold, uow: UnitOfWork) -> PayeeAccount:
    return uow.get(PayeeAccount, payee_id(held.exporter, held.currency))

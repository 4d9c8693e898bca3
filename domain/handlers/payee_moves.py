"""What commands about a payee account do: repaid, set aside as unclaimed, reclaimed."""

from collections.abc import Callable
from typing import Any

from domain import commands
from domain.payee_account import PayeeAccount
from domain.references import payee_id
from domain.unit_of_work import UnitOfWork


def record_repayment(command: commands.RecordRepayment, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `PayeeAccount.repay` does."""
    payee = _payee_of(command, uow)
    repaid = payee.repay(
        command.amount.minor, owed_on=command.owed_on, account=command.account, reference=command.reference
    )
    uow.record(payee.reference, repaid)


def declare_unclaimed(command: commands.DeclareUnclaimed, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `PayeeAccount.declare_unclaimed` does."""
    payee = _payee_of(command, uow)
    unclaimed = payee.declare_unclaimed(command.amount.minor, account=command.account, reason=command.reason)
    uow.record(payee.reference, unclaimed)


def reclaim_unclaimed(command: commands.ReclaimUnclaimed, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `PayeeAccount.reclaim` does."""
    payee = _payee_of(command, uow)
    reclaimed = payee.reclaim(command.amount.minor, account=command.account, reason=command.reason)
    uow.record(payee.reference, reclaimed)


HANDLERS: dict[type[commands.Command], Callable[[Any, UnitOfWork], None]] = {
    commands.RecordRepayment: record_repayment,
    commands.DeclareUnclaimed: declare_unclaimed,
    commands.ReclaimUnclaimed: reclaim_unclaimed,
}


def _payee_of(command: commands.PayeeCommand, uow: UnitOfWork) -> PayeeAccount:
    return uow.get(PayeeAccount, payee_id(command.party, command.amount.currency))

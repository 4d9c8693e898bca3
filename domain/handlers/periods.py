"""What commands about accounting periods do, and how the periods of a book are found."""

from collections.abc import Callable
from typing import Any

from domain import commands
from domain.book import Book
from domain.closing_figures import Figures
from domain.period import Periods
from domain.references import book_id, periods_id
from domain.unit_of_work import UnitOfWork


def periods_of(uow: UnitOfWork) -> Periods:
    """Return the periods of the book: before the first closing, as nothing was ever said about them."""
    name = periods_id(uow.book)
    return uow.find(Periods, name) or Periods(reference=name)


def close_period(command: commands.ClosePeriod, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Periods.close` does."""
    today = uow.get(Book, book_id(uow.book)).day_of(uow.occurred_at)
    periods = periods_of(uow)
    uow.record(periods.reference, periods.close(command.period, today=today))


def seal_period(command: commands.SealPeriod, uow: UnitOfWork) -> None:
    """
    Takes the figures as they are said: they are of the log, which `verify` compares them with.

    Raises: what `Periods.seal` does.
    """
    figures = Figures(
        trial_balance=command.trial_balance, accounts=command.accounts, accounts_sha256=command.accounts_sha256
    )
    periods = periods_of(uow)
    sealed = periods.seal(command.period, figures, closing=command.closing, position=command.position)
    uow.record(periods.reference, sealed)


def propose_reopening(command: commands.ProposeReopening, uow: UnitOfWork) -> None:
    """Raises: what `Periods.propose_reopening` does."""
    periods = periods_of(uow)
    proposed = periods.propose_reopening(command.period, reason=command.reason, actor=uow.actor)
    uow.record(periods.reference, proposed)


def approve_reopening(command: commands.ApproveReopening, uow: UnitOfWork) -> None:
    """Raises: what `Periods.approve_reopening` does."""
    periods = periods_of(uow)
    uow.record(periods.reference, periods.approve_reopening(command.period, command.number, actor=uow.actor))


def reject_reopening(command: commands.RejectReopening, uow: UnitOfWork) -> None:
    """Raises: what `Periods.reject_reopening` does."""
    periods = periods_of(uow)
    rejected = periods.reject_reopening(command.period, command.number, reason=command.reason, actor=uow.actor)
    uow.record(periods.reference, rejected)


HANDLERS: dict[type[commands.Command], Callable[[Any, UnitOfWork], None]] = {
    commands.ClosePeriod: close_period,
    commands.SealPeriod: seal_period,
    commands.ProposeReopening: propose_reopening,
    commands.ApproveReopening: approve_reopening,
    commands.RejectReopening: reject_reopening,
}

"""What commands do that change what was agreed: amendments, and more time to inspect."""

from collections.abc import Callable
from typing import Any

from domain import commands
from domain.side import check_speaks
from domain.trade import Trade, check_currency, check_undisputed, find_clock, order_of, rules_of
from domain.unit_of_work import UnitOfWork


def propose_amendment(command: commands.ProposeAmendment, uow: UnitOfWork) -> None:
    """
    Raises, in this order: SideForbidden, AggregateNotFound, DisputeAlreadyOpen, CurrencyDiffers, and what
    `Order.propose_amendment` does.
    """
    check_speaks(uow.role, command.side)
    agreed = order_of(command.order, uow)
    check_undisputed(command.order, uow)
    check_currency(command.currency, command.order, needed=agreed.currency)
    paid_out_minor = _paid_out(command.order, uow)
    uow.record(
        agreed.reference,
        agreed.propose_amendment(command.change, by=command.side, paid_out_minor=paid_out_minor),
    )


def accept_amendment(command: commands.AcceptAmendment, uow: UnitOfWork) -> None:
    """
    Raises, in this order: SideForbidden, AggregateNotFound, DisputeAlreadyOpen, and what `Order.accept_amendment`
    does.
    """
    check_speaks(uow.role, command.side)
    agreed = order_of(command.order, uow)
    check_undisputed(command.order, uow)
    paid_out_minor = _paid_out(command.order, uow)
    uow.record(
        agreed.reference, agreed.accept_amendment(command.amendment, by=command.side, paid_out_minor=paid_out_minor)
    )


def decline_amendment(command: commands.DeclineAmendment, uow: UnitOfWork) -> None:
    """Raises, in this order: SideForbidden, AggregateNotFound, ReferenceMalformed, AmendmentNotFound."""
    check_speaks(uow.role, command.side)
    agreed = order_of(command.order, uow)
    uow.record(agreed.reference, agreed.decline_amendment(command.amendment, by=command.side, reason=command.reason))


def extend_inspection(command: commands.ExtendInspection, uow: UnitOfWork) -> None:
    """Raises, in this order: SideForbidden, AggregateNotFound, OrderNotInState, ExtensionExceeded."""
    check_speaks(uow.role, command.side)
    agreed = order_of(command.order, uow)
    rules = rules_of(agreed, uow)
    running = find_clock(command.order, "inspection", uow)
    ends_at = running.due_at if running else agreed.inspection_ends_at(rules, now=uow.occurred_at)
    uow.record(
        agreed.reference,
        agreed.extend_inspection(by=command.side, days=command.days, ends_at=ends_at, rules=rules),
    )


def end_claims(command: commands.EndClaims, uow: UnitOfWork) -> None:
    """
    Refuses nothing that stands in the order: its clock runs once.

    Raises: AggregateNotFound.
    """
    agreed = order_of(command.order, uow)
    uow.record(agreed.reference, agreed.end_claims(at=uow.occurred_at))


HANDLERS: dict[type[commands.Command], Callable[[Any, UnitOfWork], None]] = {
    commands.ProposeAmendment: propose_amendment,
    commands.AcceptAmendment: accept_amendment,
    commands.DeclineAmendment: decline_amendment,
    commands.ExtendInspection: extend_inspection,
    commands.EndClaims: end_claims,
}


def _paid_out(order: str, uow: UnitOfWork) -> int:
    trade = Trade(order, uow)
    return trade.hold.released.gross_minor + trade.releases.pending_minor + trade.hold.conceded_minor

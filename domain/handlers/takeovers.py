"""What commands that take over another system's balances and orders do."""

from collections.abc import Callable
from typing import Any

from domain import commands, opening_balances, takeover
from domain.handlers.payees import credit, debit
from domain.order import Order, PaymentStep, Terms
from domain.party import check_two_sides
from domain.proposal import Breakdown
from domain.references import RulebookId, hold_id, key, order_id, takeover_id
from domain.rulebook import Rulebook
from domain.rules import Rules
from domain.takeover import Balance, MoneyBefore, OrderTakenOver, Origin, Performance, Takeover
from domain.unit_of_work import UnitOfWork


def record_opening_balances(command: commands.RecordOpeningBalances, uow: UnitOfWork) -> None:
    """Raises: what `opening_balances.record_balances` does."""
    name = takeover_id(command.source)
    recorded = opening_balances.record_balances(
        uow.find(Takeover, name),
        command.balances,
        source=command.source,
        source_sha256=command.source_sha256,
        as_of=command.as_of,
        on=uow.occurred_at.date(),
    )
    for event in list(recorded):
        uow.record(name, event)
        for balance in event.balances:
            _owe(balance, event.currency, name, uow)


def take_over_order(command: commands.TakeOverOrder, uow: UnitOfWork) -> None:
    """
    Nobody's standing is asked: what happened elsewhere is a fact.

    Raises, in this order: ReferenceMalformed (order), PartiesSame, what `takeover.take_over_order` does, what
    `takeover.take_over_hold` does, AggregateNotFound (rulebook), and what `Rulebook.in_force` does.
    """
    reference = order_id(key(command.order, field="order"))
    check_two_sides(command.buyer, command.exporter)
    taken = takeover.take_over_order(
        uow.find(Order, reference),
        origin=Origin(source=command.source, source_reference=command.source_reference),
        buyer=command.buyer,
        exporter=command.exporter,
        terms=_terms(command),
        lines=command.lines,
        performance=_performance(command),
        at=uow.occurred_at,
    )
    held = takeover.take_over_hold(taken, _money(command))
    rules = uow.get(Rulebook, taken.terms.rulebook).in_force(uow.occurred_at)
    uow.record(reference, taken)
    _find_lateness(taken, uow.get(Order, reference), rules, uow)
    uow.record(hold_id(command.order), held)


HANDLERS: dict[type[commands.Command], Callable[[Any, UnitOfWork], None]] = {
    commands.RecordOpeningBalances: record_opening_balances,
    commands.TakeOverOrder: take_over_order,
}


def _owe(balance: Balance, currency: str, name: str, uow: UnitOfWork) -> None:
    part = opening_balances.payee_part_of(balance.account)
    if part is None:
        return
    if balance.amount_minor < 0:
        credit(part.party, currency, -balance.amount_minor, name, uow, account=part.account)
    else:
        debit(part.party, currency, balance.amount_minor, name, uow, account=part.account)


def _find_lateness(taken: OrderTakenOver, order: Order, rules: Rules, uow: UnitOfWork) -> None:
    if taken.dispatched_at is None:
        return
    if late := order.find_lateness("dispatch", order.dispatches, rules.calendar.day_of(taken.dispatched_at)):
        uow.record(order.reference, late)


def _terms(command: commands.TakeOverOrder) -> Terms:
    whole = PaymentStep(name="whole", amount_minor=sum(line.amount_minor for line in command.lines))
    return Terms(
        currency=command.currency,
        steps=command.steps or (whole,),
        transport_mode=command.transport_mode,
        ship_by=command.ship_by,
        rulebook=RulebookId(f"rulebook:{command.rulebook}"),
        deliver_by=command.deliver_by,
    )


def _performance(command: commands.TakeOverOrder) -> Performance:
    return Performance(
        status=command.status,
        undispatched=command.undispatched,
        placed_at=command.placed_at,
        dispatched_at=command.dispatched_at,
    )


def _money(command: commands.TakeOverOrder) -> MoneyBefore:
    return MoneyBefore(
        received_minor=command.received_minor,
        held_minor=command.held_minor,
        released=Breakdown(
            gross_minor=command.released_gross_minor,
            fee_minor=command.released_fee_minor,
            tax_minor=command.released_tax_minor,
        ),
        refunded_minor=command.refunded_minor,
        account=command.account,
    )

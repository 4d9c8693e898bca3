"""What commands about an exporter's shipments and remittances do."""

from collections.abc import Callable
from typing import Any

from domain import commands, receivable, remittance
from domain.money import Money
from domain.proposal import Proposals
from domain.receivable import Receivable, Shipment
from domain.references import RulebookId, key, key_of, kind_of, receivable_id, remittance_id
from domain.remittance import BankReport, Remittance, RemittanceAllocated, RemittanceFreed
from domain.rulebook import Rulebook
from domain.trade import order_of
from domain.unit_of_work import AggregateNotFound, UnitOfWork


def record_receivable(command: commands.RecordReceivable, uow: UnitOfWork) -> None:
    """
    Raises, in this order: ReferenceMalformed (receivable), AggregateNotFound (the first order, else the rulebook),
    RulebookNotInState, RulebookNotInForce, what `receivable.record` does, AggregateNotFound (another order), what
    `Receivable.link` does.
    """
    name = receivable_id(key(command.receivable, field="receivable"))
    rulebook = _rulebook_for(command, uow)
    recorded = receivable.record(
        uow.find(Receivable, name),
        _shipment(command),
        rulebook=rulebook,
        rules=uow.get(Rulebook, rulebook).rules,
        at=uow.occurred_at,
    )
    uow.record(name, recorded)
    for share in command.orders:
        _link(name, share.order, Money(command.currency, share.amount_minor), uow)


def link_order(command: commands.LinkOrder, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound (the receivable, the order), what `Receivable.link` does."""
    name = receivable_id(command.receivable)
    uow.get(Receivable, name)
    _link(name, command.order, command.amount, uow)


def record_remittance(command: commands.RecordRemittance, uow: UnitOfWork) -> None:
    """
    Raises, in this order: ReferenceMalformed (remittance), AggregateNotFound (rulebook), RulebookNotInState,
    RulebookNotInForce, what `remittance.record` does.
    """
    name = remittance_id(key(command.remittance, field="remittance"))
    rulebook = RulebookId(f"rulebook:{command.rulebook}")
    rules = uow.get(Rulebook, rulebook).in_force(uow.occurred_at)
    recorded = remittance.record(
        uow.find(Remittance, name), _report(command), rulebook=rulebook, rules=rules, at=uow.occurred_at
    )
    uow.record(name, recorded)


def allocate_remittance(command: commands.AllocateRemittance, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound (the receivable, the remittance), what `Remittance.check_left` does, what
    `Receivable.realise` does.
    """
    shipped = uow.get(Receivable, receivable_id(command.receivable))
    money = uow.get(Remittance, remittance_id(command.remittance))
    money.check_left(command.amount)
    realised = shipped.realise(
        command.amount,
        realised=command.realised,
        remittance=command.remittance,
        exporter=money.exporter,
        received_on=money.received_on,
        purpose=money.purpose,
        ship_by=money.ship_by,
    )
    allocated = RemittanceAllocated(
        receivable=command.receivable,
        realisation=realised.number,
        amount_minor=command.amount.minor,
        currency=money.currency,
    )
    uow.record(shipped.reference, realised)
    uow.record(money.reference, allocated)


def free_remittance(command: commands.FreeRemittance, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, what `Receivable.undo_realisation` does."""
    shipped = uow.get(Receivable, receivable_id(command.receivable))
    undone = shipped.undo_realisation(command.realisation, reason=command.reason)
    matched = next(each for each in shipped.realisations if each.number == command.realisation)
    freed = RemittanceFreed(
        receivable=command.receivable,
        realisation=matched.number,
        amount_minor=matched.used_minor,
        currency=matched.used_currency,
    )
    uow.record(shipped.reference, undone)
    uow.record(remittance_id(matched.remittance), freed)


def deduct_from_receivable(command: commands.DeductFromReceivable, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound (the receivable), what `Receivable.deduct` does, AggregateNotFound (the
    source).
    """
    shipped = uow.get(Receivable, receivable_id(command.receivable))
    deducted = shipped.deduct(command.amount, reason=command.reason, source=command.source)
    if command.source:
        _need_source(command.source, uow)
    uow.record(shipped.reference, deducted)


def withdraw_deduction(command: commands.WithdrawDeduction, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, what `Receivable.withdraw_deduction` does."""
    shipped = uow.get(Receivable, receivable_id(command.receivable))
    uow.record(shipped.reference, shipped.withdraw_deduction(command.deduction, reason=command.reason))


def certify_realisation(command: commands.CertifyRealisation, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, what `Receivable.certify` does."""
    shipped = uow.get(Receivable, receivable_id(command.receivable))
    certified = shipped.certify(
        command.certificate, certified_on=command.certified_on, numbers=command.realisations, at=uow.occurred_at
    )
    uow.record(shipped.reference, certified)


def cancel_certificate(command: commands.CancelCertificate, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, what `Receivable.cancel_certificate` does."""
    shipped = uow.get(Receivable, receivable_id(command.receivable))
    cancelled = shipped.cancel_certificate(
        command.certificate, by=command.by, reason=command.reason, at=uow.occurred_at
    )
    uow.record(shipped.reference, cancelled)


def extend_realisation(command: commands.ExtendRealisation, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, what `Receivable.extend` does."""
    shipped = uow.get(Receivable, receivable_id(command.receivable))
    uow.record(shipped.reference, shipped.extend(command.due_on, reference=command.reference))


def close_receivable(command: commands.CloseReceivable, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, what `Receivable.close` does."""
    shipped = uow.get(Receivable, receivable_id(command.receivable))
    uow.record(shipped.reference, shipped.close(by=command.by, reference=command.reference))


HANDLERS: dict[type[commands.Command], Callable[[Any, UnitOfWork], None]] = {
    commands.RecordReceivable: record_receivable,
    commands.LinkOrder: link_order,
    commands.RecordRemittance: record_remittance,
    commands.AllocateRemittance: allocate_remittance,
    commands.FreeRemittance: free_remittance,
    commands.DeductFromReceivable: deduct_from_receivable,
    commands.WithdrawDeduction: withdraw_deduction,
    commands.CertifyRealisation: certify_realisation,
    commands.CancelCertificate: cancel_certificate,
    commands.ExtendRealisation: extend_realisation,
    commands.CloseReceivable: close_receivable,
}


def _rulebook_for(command: commands.RecordReceivable, uow: UnitOfWork) -> str:
    """Return the rulebook of the first order, which it keeps, or else one that is in force."""
    if command.orders:
        return order_of(command.orders[0].order, uow).terms.rulebook
    rulebook = f"rulebook:{command.rulebook}"
    uow.get(Rulebook, rulebook).in_force(uow.occurred_at)
    return rulebook


def _shipment(command: commands.RecordReceivable) -> Shipment:
    return Shipment(
        exporter=command.exporter,
        currency=command.currency,
        invoices=command.invoices,
        shipped_on=command.shipped_on,
        port=command.port,
        settled_in=command.settled_in or command.currency,
        customs_value=command.customs_value,
    )


def _report(command: commands.RecordRemittance) -> BankReport:
    return BankReport(
        exporter=command.exporter,
        amount=command.amount,
        received_on=command.received_on,
        purpose=command.purpose,
        ad_code=command.ad_code,
        remitter=command.remitter,
    )


def _link(name: str, order: str, amount: Money, uow: UnitOfWork) -> None:
    exporter = order_of(order, uow).exporter
    uow.record(name, uow.get(Receivable, name).link(order, amount, exporter=exporter))


def _need_source(source: str, uow: UnitOfWork) -> None:
    """Check that what a deduction comes of is there: of releases and refunds, the one of that number."""
    kind = kind_of(source)
    if kind in {"release", "refund"}:
        order, _, number = key_of(source).partition("/")
        made = uow.loaded(f"{kind}:{order}").aggregate
        found = isinstance(made, Proposals) and number in map(str, range(1, made.next_number))
    else:
        found = uow.loaded(source).aggregate is not None
    if not found:
        raise AggregateNotFound(kind=kind, key=key_of(source)[:80])

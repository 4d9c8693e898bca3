"""A receivable's history: how each event changes the receivable."""

from datetime import datetime

from msgspec.structs import replace

from domain import receivable_events as happened
from domain.aggregate import begun
from domain.receivable import Certificate, Deduction, Extension, LinkedOrder, Realisation, Receivable
from domain.receivable_events import ReceivableEvent


def evolve(receivable: Receivable | None, event: ReceivableEvent, reference: str, _at: datetime) -> Receivable:
    """Apply an event of a receivable; the record of its shipping bill begins it."""
    if isinstance(event, happened.ReceivableRecorded):
        return _recorded(event, reference)
    before = begun(receivable)
    match event:
        case happened.ReceivableOrderLinked():
            linked = LinkedOrder(order=event.order, amount_minor=event.amount_minor)
            return replace(before, orders=(*before.orders, linked))
        case happened.ReceivableRealised():
            return replace(
                before, realisations=(*before.realisations, _realisation(event)), realisations_ever=event.number
            )
        case happened.ReceivableRealisationUndone():
            kept = tuple(each for each in before.realisations if each.number != event.number)
            return replace(before, realisations=kept)
        case happened.ReceivableDeducted():
            deduction = Deduction(
                number=event.number, reason=event.reason, amount_minor=event.amount_minor, source=event.source
            )
            return replace(before, deductions=(*before.deductions, deduction), deductions_ever=event.number)
        case happened.ReceivableDeductionWithdrawn():
            return replace(before, deductions=tuple(each for each in before.deductions if each.number != event.number))
        case happened.ReceivableCertified() | happened.ReceivableCertificateCancelled():
            return _with_certificate(before, event)
        case happened.ReceivableExtended():
            extension = Extension(due_on=event.due_on, reference=event.reference)
            extensions = (*before.extensions, extension)
            return replace(before, due_on=event.due_on, due_at=event.due_at, extensions=extensions)
        case happened.ReceivableClosed():
            return replace(before, closed_by=event.closed_by, closed_reference=event.reference)


def _recorded(event: happened.ReceivableRecorded, reference: str) -> Receivable:
    return Receivable(
        reference=reference,
        exporter=event.exporter,
        currency=event.currency,
        invoices=event.invoices,
        shipped_on=event.shipped_on,
        port=event.port,
        settled_in=event.settled_in,
        value=event.value,
        rulebook=event.rulebook,
        first_due_on=event.due_on,
        due_on=event.due_on,
        due_at=event.due_at,
        time_zone=event.time_zone,
        declaration_limit_minor=event.declaration_limit_minor,
        cancel_days=event.cancel_days,
    )


def _realisation(event: happened.ReceivableRealised) -> Realisation:
    return Realisation(
        number=event.number,
        remittance=event.remittance,
        amount_minor=event.amount_minor,
        used_minor=event.used_minor,
        used_currency=event.used_currency,
        received_on=event.received_on,
        purpose=event.purpose,
        ship_by=event.ship_by,
    )


def _with_certificate(
    before: Receivable, event: happened.ReceivableCertified | happened.ReceivableCertificateCancelled
) -> Receivable:
    return _certified(before, event) if isinstance(event, happened.ReceivableCertified) else _cancelled(before, event)


def _certified(before: Receivable, event: happened.ReceivableCertified) -> Receivable:
    certificate = Certificate(
        certificate=event.certificate, certified_on=event.certified_on, amount_minor=event.amount_minor
    )
    realisations = tuple(
        replace(each, certificate=event.certificate) if each.number in event.realisations else each
        for each in before.realisations
    )
    return replace(before, certificates=(*before.certificates, certificate), realisations=realisations)


def _cancelled(before: Receivable, event: happened.ReceivableCertificateCancelled) -> Receivable:
    certificates = tuple(
        replace(each, cancelled_by=event.cancelled_by) if each.certificate == event.certificate else each
        for each in before.certificates
    )
    realisations = tuple(
        replace(each, certificate="") if each.certificate == event.certificate else each for each in before.realisations
    )
    return replace(before, certificates=certificates, realisations=realisations)

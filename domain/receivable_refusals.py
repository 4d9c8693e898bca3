"""How a receivable says no."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from domain.errors import Malformed, NotFound, Refused


@dataclass(eq=False, kw_only=True)
class ReceivableMalformed(Malformed):
    """Something about a shipment can't be meant."""

    code: ClassVar[str] = "receivable.malformed"
    field: str
    problem: str


@dataclass(eq=False, kw_only=True)
class ReceivableAlreadyRecorded(Refused):
    """A shipping bill is recorded once."""

    code: ClassVar[str] = "receivable.already_recorded"
    receivable: str


@dataclass(eq=False, kw_only=True)
class ReceivableAlreadyClosed(Refused):
    """Once closed, nothing is matched, deducted or extended any more."""

    code: ClassVar[str] = "receivable.already_closed"
    receivable: str


@dataclass(eq=False, kw_only=True)
class ReceivableOfAnother(Refused):
    """An order, or a remittance, of one exporter has nothing to do with another's shipment."""

    code: ClassVar[str] = "receivable.of_another"
    receivable: str
    exporter: str
    about: str


@dataclass(eq=False, kw_only=True)
class ReceivableCurrencyDiffers(Refused):
    """An amount is in the currency of the invoices; what comes in another says how much of it that realised."""

    code: ClassVar[str] = "receivable.currency_differs"
    about: str
    currency: str
    needed: str


@dataclass(eq=False, kw_only=True)
class ReceivableOrderAlreadyLinked(Refused):
    """An order is linked to a shipment once."""

    code: ClassVar[str] = "receivable.order_already_linked"
    receivable: str
    order: str


@dataclass(eq=False, kw_only=True)
class ReceivableOrdersExceeded(Refused):
    """The orders of a shipment come to more than was invoiced for it."""

    code: ClassVar[str] = "receivable.orders_exceeded"
    receivable: str
    requested_minor: int
    left_minor: int


@dataclass(eq=False, kw_only=True)
class ReceivableExceeded(Refused):
    """More would be realised and deducted than was invoiced."""

    code: ClassVar[str] = "receivable.exceeded"
    receivable: str
    requested_minor: int
    open_minor: int


@dataclass(eq=False, kw_only=True)
class RealisationNotFound(NotFound):
    """No money is matched to the shipment under this number."""

    code: ClassVar[str] = "receivable.realisation_not_found"
    receivable: str
    realisation: int


@dataclass(eq=False, kw_only=True)
class RealisationCertified(Refused):
    """What a certificate says was realised stays matched until the certificate is cancelled."""

    code: ClassVar[str] = "receivable.realisation_certified"
    receivable: str
    realisation: int
    certificate: str


@dataclass(eq=False, kw_only=True)
class DeductionSourceUnlinked(Refused):
    """A deduction comes of a release, a refund, a dispute or a commission of an order of the shipment."""

    code: ClassVar[str] = "receivable.source_unlinked"
    receivable: str
    source: str


@dataclass(eq=False, kw_only=True)
class DeductionNotFound(NotFound):
    """Nothing is deducted under this number."""

    code: ClassVar[str] = "receivable.deduction_not_found"
    receivable: str
    deduction: int


@dataclass(eq=False, kw_only=True)
class CertificateKnown(Refused):
    """A certificate's number is used once."""

    code: ClassVar[str] = "receivable.certificate_known"
    receivable: str
    certificate: str


@dataclass(eq=False, kw_only=True)
class NothingToCertify(Refused):
    """All that was realised is certified already, or nothing was."""

    code: ClassVar[str] = "receivable.nothing_to_certify"
    receivable: str


@dataclass(eq=False, kw_only=True)
class CertificateNotFound(NotFound):
    """The shipment has no such certificate that counts."""

    code: ClassVar[str] = "receivable.certificate_not_found"
    receivable: str
    certificate: str


@dataclass(eq=False, kw_only=True)
class CertificateOnlyByBank(Refused):
    """After some days only the bank cancels a certificate."""

    code: ClassVar[str] = "receivable.certificate_only_by_bank"
    rule: ClassVar[str] = "certificate_cancel_days"
    receivable: str
    certificate: str
    last_day: date


@dataclass(eq=False, kw_only=True)
class DueNotLater(Refused):
    """More time means a later day."""

    code: ClassVar[str] = "receivable.due_not_later"
    receivable: str
    due_on: date
    asked: date


@dataclass(eq=False, kw_only=True)
class ReceivableStillOpen(Refused):
    """What was invoiced has neither come home nor been deducted in full."""

    code: ClassVar[str] = "receivable.still_open"
    receivable: str
    open_minor: int


@dataclass(eq=False, kw_only=True)
class DeclarationExceeded(Refused):
    """An export of more than the rules let an exporter declare itself is closed by its bank."""

    code: ClassVar[str] = "receivable.declaration_exceeded"
    rule: ClassVar[str] = "own_declaration_minor"
    hint: ClassVar[str] = "the bank closes it; or record the shipment with its value in a currency that has a limit"
    receivable: str
    value_currency: str
    value_minor: int
    limit_minor: int | None

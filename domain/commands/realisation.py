"""Commands about what an exporter's shipments and remittances come to at its bank."""

from collections.abc import Sequence
from datetime import date

from domain.commands.command import Command
from domain.commitment import Commitment
from domain.money import Money
from domain.receivable_events import CancelledBy, ClosedBy, DeductionReason, Invoice, OrderShare
from domain.references import order_id, receivable_id, remittance_id


class ReceivableCommand(Command, frozen=True, kw_only=True):
    """An intent about the value of one shipping bill."""

    receivable: str

    def subjects(self) -> Sequence[str]:
        """Return the receivable."""
        return (receivable_id(self.receivable),)


class RecordReceivable(ReceivableCommand, frozen=True, kw_only=True):
    """
    Record that goods left under a shipping bill, whose value is to come home.

    The rules of its first order say by when; where none is named, those of the rulebook. settled_in: the currency that
    the buyer pays in, where it isn't that of the invoices; customs_value: what the bill says that the goods are worth.
    """

    exporter: str
    currency: str
    invoices: tuple[Invoice, ...]
    shipped_on: date
    orders: tuple[OrderShare, ...] = ()
    rulebook: str = "standard/1"
    port: str = ""
    settled_in: str = ""
    customs_value: Money | None = None


class LinkOrder(ReceivableCommand, frozen=True, kw_only=True):
    """Say that a part of a shipment's value is of an order."""

    order: str
    amount: Money

    def subjects(self) -> Sequence[str]:
        """Return the receivable and the order."""
        return receivable_id(self.receivable), order_id(self.order)


class RecordRemittance(Command, frozen=True, kw_only=True):
    """Record money from abroad as an exporter's bank reported it (an IRM), with its purpose code."""

    remittance: str
    exporter: str
    amount: Money
    received_on: date
    purpose: str
    ad_code: str = ""
    remitter: Commitment | None = None
    rulebook: str = "standard/1"

    def subjects(self) -> Sequence[str]:
        """Return the remittance."""
        return (remittance_id(self.remittance),)


class AllocateRemittance(ReceivableCommand, frozen=True, kw_only=True):
    """Match money of a remittance to a shipment; realised is needed where it came in another currency."""

    remittance: str
    amount: Money
    realised: Money | None = None

    def subjects(self) -> Sequence[str]:
        """Return the receivable and the remittance."""
        return receivable_id(self.receivable), remittance_id(self.remittance)


class FreeRemittance(ReceivableCommand, frozen=True, kw_only=True):
    """Match money to a shipment no more, by the realisation's number."""

    realisation: int
    reason: str


class DeductFromReceivable(ReceivableCommand, frozen=True, kw_only=True):
    """Say that some of a shipment's value won't come, why, and of what that comes, as `release:PO-1/1`."""

    reason: DeductionReason
    amount: Money
    source: str = ""


class WithdrawDeduction(ReceivableCommand, frozen=True, kw_only=True):
    """Take a deduction back, by its number."""

    deduction: int
    reason: str


class CertifyRealisation(ReceivableCommand, frozen=True, kw_only=True):
    """Record the exporter's certificate (e-BRC) of what was realised: some by number, else all that isn't certified."""

    certificate: str
    certified_on: date
    realisations: tuple[int, ...] = ()


class CancelCertificate(ReceivableCommand, frozen=True, kw_only=True):
    """Record that a certificate doesn't count any more: cancelled by its exporter, or by the bank."""

    certificate: str
    by: CancelledBy = "exporter"
    reason: str


class ExtendRealisation(ReceivableCommand, frozen=True, kw_only=True):
    """Record that the bank gives more time for a shipment's value to come home."""

    due_on: date
    reference: str


class CloseReceivable(ReceivableCommand, frozen=True, kw_only=True):
    """Record that the bank closed its entry of a shipment, or that the exporter does on its own declaration."""

    by: ClosedBy
    reference: str = ""

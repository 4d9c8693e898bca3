"""What can happen to a receivable: to the value of goods that one shipping bill took out of the country."""

from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from domain.aggregate import Event
from domain.money import Money

DeductionReason = Literal[
    "bank-charges",
    "platform-fee",
    "commission",
    "discount",
    "quality-claim",
    "short-shipment",
    "refund",
    "freight",
    "insurance",
    "exchange-difference",
    "tax-withheld",
    "other",
]
"""Why less came than was invoiced."""

ClosedBy = Literal["bank", "declaration"]
CancelledBy = Literal["exporter", "bank"]


class Invoice(Struct, frozen=True, kw_only=True, gc=False):
    """One invoice of a shipment, by its own number; in minor units of the receivable's currency."""

    number: str
    issued_on: date
    amount_minor: int


class OrderShare(Struct, frozen=True, kw_only=True, gc=False):
    """How much of a shipment's value belongs to an order, in minor units of the receivable's currency."""

    order: str
    amount_minor: int


class ReceivableRecorded(Event, frozen=True, kw_only=True):
    """
    Goods left under a shipping bill, and their value is to come home by a day.

    value: what the bill says that they are worth, where it says so, else what was invoiced; declaration_limit: in
    minor units of the value's currency, up to what the exporter closes the export itself, nothing where the rules name
    no such limit; cancel_days: in which it may cancel its own certificates.
    """

    exporter: str
    currency: str
    invoices: tuple[Invoice, ...]
    shipped_on: date
    port: str
    settled_in: str
    """The currency in which the buyer pays."""
    value: Money
    rulebook: str
    due_on: date
    due_at: datetime
    """The end of that day where the rules are."""
    time_zone: str
    declaration_limit_minor: int | None
    cancel_days: int


class ReceivableOrderLinked(Event, frozen=True, kw_only=True):
    """A part of the shipment turned out to be of an order."""

    order: str
    amount_minor: int
    currency: str


class ReceivableRealised(Event, frozen=True, kw_only=True):
    """
    Money of a remittance was matched to the shipment.

    amount: what that realised, in the currency of the invoices; used: what it took of the remittance, in its own.
    """

    number: int
    remittance: str
    amount_minor: int
    currency: str
    used_minor: int
    used_currency: str
    received_on: date
    purpose: str
    ship_by: date | None


class ReceivableRealisationUndone(Event, frozen=True, kw_only=True):
    """Money that was matched to the shipment isn't any more."""

    number: int
    amount_minor: int
    currency: str
    reason: str


class ReceivableDeducted(Event, frozen=True, kw_only=True):
    """Less will come than was invoiced, for a reason. source: what it comes of, as `release:PO-1/1`, empty for none."""

    number: int
    reason: DeductionReason
    amount_minor: int
    currency: str
    source: str


class ReceivableDeductionWithdrawn(Event, frozen=True, kw_only=True):
    """A deduction was a mistake."""

    number: int
    amount_minor: int
    currency: str
    reason: str


class ReceivableCertified(Event, frozen=True, kw_only=True):
    """The exporter certified what was realised: an e-BRC. realisations: their numbers."""

    certificate: str
    certified_on: date
    realisations: tuple[int, ...]
    amount_minor: int
    currency: str


class ReceivableCertificateCancelled(Event, frozen=True, kw_only=True):
    """A certificate doesn't count any more."""

    certificate: str
    cancelled_by: CancelledBy
    amount_minor: int
    currency: str
    reason: str


class ReceivableExtended(Event, frozen=True, kw_only=True):
    """The exporter's bank gave more time. reference: what the bank calls its letter."""

    due_on: date
    due_at: datetime
    reference: str


class ReceivableClosed(Event, frozen=True, kw_only=True):
    """All of the value came home or is accounted for: the bank's entry is closed."""

    closed_by: ClosedBy
    reference: str
    realised_minor: int
    deducted_minor: int
    currency: str


ReceivableEvent = (
    ReceivableRecorded
    | ReceivableOrderLinked
    | ReceivableRealised
    | ReceivableRealisationUndone
    | ReceivableDeducted
    | ReceivableDeductionWithdrawn
    | ReceivableCertified
    | ReceivableCertificateCancelled
    | ReceivableExtended
    | ReceivableClosed
)

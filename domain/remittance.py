"""
A remittance is money from abroad that an exporter's bank reported (an IRM), until it is matched to shipments.

It is never matched beyond its amount. Who sent it stands in its event as a commitment. Amounts in minor units of its
own currency. Source: shared reference, section 3.2.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from domain.aggregate import Aggregate, Event, begun
from domain.commitment import Commitment, check_commitment
from domain.days import UNCOUNTABLE, is_countable
from domain.errors import Malformed, Refused
from domain.money import Money, exponent_of, positive
from domain.realisation import PURPOSE, ship_by
from domain.references import key, key_of
from domain.rules import Rules

AD_CODE = re.compile(r"[0-9]{7}")
"""By which the central bank knows a bank's branch."""


class RemittanceRecorded(Event, frozen=True, kw_only=True):
    """
    A bank reported money from abroad for an exporter.

    ship_by: by when goods must follow money paid in advance, nothing where it wasn't; remitter: stands for who sent it,
    empty where nobody said.
    """

    exporter: str
    amount_minor: int
    currency: str
    received_on: date
    purpose: str
    ad_code: str
    remitter: Commitment | None
    rulebook: str
    ship_by: date | None


class RemittanceAllocated(Event, frozen=True, kw_only=True):
    """Some of the money was matched to a shipment, as its realisation of a number."""

    receivable: str
    realisation: int
    amount_minor: int
    currency: str


class RemittanceFreed(Event, frozen=True, kw_only=True):
    """Money that was matched to a shipment isn't any more."""

    receivable: str
    realisation: int
    amount_minor: int
    currency: str


RemittanceEvent = RemittanceRecorded | RemittanceAllocated | RemittanceFreed


@dataclass(eq=False, kw_only=True)
class RemittanceMalformed(Malformed):
    """Something about a remittance can't be meant."""

    code: ClassVar[str] = "remittance.malformed"
    field: str
    problem: str


@dataclass(eq=False, kw_only=True)
class RemittanceAlreadyRecorded(Refused):
    """A remittance is recorded once, under the number that the bank gave it."""

    code: ClassVar[str] = "remittance.already_recorded"
    remittance: str


@dataclass(eq=False, kw_only=True)
class RemittanceCurrencyDiffers(Refused):
    """What is taken of a remittance is in the remittance's currency."""

    code: ClassVar[str] = "remittance.currency_differs"
    remittance: str
    currency: str
    needed: str


@dataclass(eq=False, kw_only=True)
class RemittanceExceeded(Refused):
    """More would be matched than came."""

    code: ClassVar[str] = "remittance.exceeded"
    remittance: str
    requested_minor: int
    left_minor: int


class BankReport(Struct, frozen=True, kw_only=True):
    """
    What a bank reports of money from abroad.

    ad_code: of the bank's branch, empty where nobody said; remitter: stands for who sent it, nothing as above.
    """

    exporter: str
    amount: Money
    received_on: date
    purpose: str
    ad_code: str
    remitter: Commitment | None


class Allocation(Struct, frozen=True, kw_only=True, gc=False):
    """What of a remittance is matched to a shipment, by the realisation's number there."""

    receivable: str
    realisation: int
    amount_minor: int


class Remittance(Aggregate, frozen=True, kw_only=True):
    """One remittance and the shipments it is matched to: amount = allocated + left, left >= 0."""

    exporter: str
    amount_minor: int
    currency: str
    received_on: date
    purpose: str
    ad_code: str
    remitter: Commitment | None
    rulebook: str
    ship_by: date | None
    allocations: tuple[Allocation, ...] = ()

    @property
    def allocated_minor(self) -> int:
        """Return how much is matched."""
        return sum(allocation.amount_minor for allocation in self.allocations)

    @property
    def left_minor(self) -> int:
        """Return how much isn't matched yet."""
        return self.amount_minor - self.allocated_minor

    def check_left(self, amount: Money) -> None:
        """
        Check that so much of the money isn't matched yet.

        Raises, in this order: RemittanceCurrencyDiffers, AmountOutOfRange, RemittanceExceeded.
        """
        if amount.currency != self.currency:
            raise RemittanceCurrencyDiffers(
                remittance=self.reference, currency=amount.currency[:80], needed=self.currency
            )
        if positive(amount.minor) > self.left_minor:
            raise RemittanceExceeded(
                remittance=self.reference, requested_minor=amount.minor, left_minor=self.left_minor
            )


def record(
    existing: Remittance | None, report: BankReport, *, rulebook: str, rules: Rules, at: datetime
) -> RemittanceRecorded:
    """
    Record a remittance as the bank reported it.

    Raises, in this order: ReferenceMalformed (exporter), CurrencyUnknown, AmountOutOfRange, RemittanceMalformed,
    CommitmentMalformed, RemittanceAlreadyRecorded.
    """
    key(report.exporter, field="exporter")
    exponent_of(report.amount.currency)
    positive(report.amount.minor)
    _check_codes(report)
    if not is_countable(report.received_on):
        raise RemittanceMalformed(field="received_on", problem=UNCOUNTABLE)
    if report.received_on > rules.calendar.day_of(at):
        raise RemittanceMalformed(field="received_on", problem="a day that hasn't come yet")
    if report.remitter is not None:
        check_commitment(report.remitter, "remitter")
    if existing:
        raise RemittanceAlreadyRecorded(remittance=key_of(existing.reference))
    return RemittanceRecorded(
        exporter=report.exporter,
        amount_minor=report.amount.minor,
        currency=report.amount.currency,
        received_on=report.received_on,
        purpose=report.purpose,
        ad_code=report.ad_code,
        remitter=report.remitter,
        rulebook=rulebook,
        ship_by=ship_by(rules, report.received_on, purpose=report.purpose),
    )


def _check_codes(report: BankReport) -> None:
    if not PURPOSE.fullmatch(report.purpose):
        raise RemittanceMalformed(field="purpose", problem="not P and four digits, as P0102")
    if report.ad_code and not AD_CODE.fullmatch(report.ad_code):
        raise RemittanceMalformed(field="ad_code", problem="not seven digits")


def evolve(remittance: Remittance | None, event: RemittanceEvent, reference: str, _at: datetime) -> Remittance:
    """Apply an event of a remittance; the bank's report begins it."""
    match event:
        case RemittanceRecorded():
            return Remittance(
                reference=reference,
                exporter=event.exporter,
                amount_minor=event.amount_minor,
                currency=event.currency,
                received_on=event.received_on,
                purpose=event.purpose,
                ad_code=event.ad_code,
                remitter=event.remitter,
                rulebook=event.rulebook,
                ship_by=event.ship_by,
            )
        case RemittanceAllocated():
            allocation = Allocation(
                receivable=event.receivable, realisation=event.realisation, amount_minor=event.amount_minor
            )
            return replace(begun(remittance), allocations=(*begun(remittance).allocations, allocation))
        case RemittanceFreed():
            freed = (event.receivable, event.realisation)
            kept = tuple(each for each in begun(remittance).allocations if (each.receivable, each.realisation) != freed)
            return replace(begun(remittance), allocations=kept)

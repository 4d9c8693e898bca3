"""
A receivable is the value of goods that one shipping bill took out of the country, until it came home or is explained.

It holds what the exporter's bank watches: the invoices, the orders that they are of, the money matched to them, what is
deducted and why, the certificates (e-BRC), and the day by which all is to be done. What was invoiced is realised,
deducted or open. All amounts in minor units of the invoices' currency unless named otherwise.

Source: shared reference, sections 3.2 and 8 (feature 10).
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct

from domain import receivable_events as happened
from domain import receivable_refusals as refused
from domain.aggregate import Aggregate
from domain.days import UNCOUNTABLE, is_countable
from domain.money import Money, exponent_of, positive, ranged
from domain.realisation import due_on as due_by_rules
from domain.receivable_events import CancelledBy, ClosedBy, DeductionReason, Invoice
from domain.references import key, key_of, kind_of, order_about
from domain.rules import Rules
from domain.working_days import WorkingCalendar

INVOICES_MAX = 100
"""Keeps an event's leaf below the transparency-log format's limit."""
PRINTABLE = re.compile(r"[A-Za-z0-9](?:[ -~]{0,62}[!-~])?")
"""What an invoice, a port or a letter may be called: no spreadsheet takes it for a formula."""
SOURCES = frozenset({"release", "refund", "dispute", "commission"})
"""Kinds of things that a deduction may come of."""


class LinkedOrder(Struct, frozen=True, kw_only=True, gc=False):
    """An order of the shipment, by key, and how much of its value is the order's."""

    order: str
    amount_minor: int


class Realisation(Struct, frozen=True, kw_only=True, gc=False):
    """
    Money matched to the shipment. used: what it took of the remittance, in its own currency.

    certificate: the one that says so, empty while none does.
    """

    number: int
    remittance: str
    amount_minor: int
    used_minor: int
    used_currency: str
    received_on: date
    purpose: str
    ship_by: date | None
    certificate: str = ""


class Deduction(Struct, frozen=True, kw_only=True, gc=False):
    """What won't come, and why."""

    number: int
    reason: DeductionReason
    amount_minor: int
    source: str


class Certificate(Struct, frozen=True, kw_only=True, gc=False):
    """An e-BRC. cancelled_by: empty while it counts."""

    certificate: str
    certified_on: date
    amount_minor: int
    cancelled_by: CancelledBy | None = None


class Extension(Struct, frozen=True, kw_only=True, gc=False):
    """More time that the bank gave."""

    due_on: date
    reference: str


class Shipment(Struct, frozen=True, kw_only=True):
    """
    What a shipping bill says.

    settled_in: the currency that the buyer pays in; customs_value: what the goods are worth, where the bill says so.
    """

    exporter: str
    currency: str
    invoices: tuple[Invoice, ...]
    shipped_on: date
    port: str
    settled_in: str
    customs_value: Money | None


class Receivable(Aggregate, frozen=True, kw_only=True):
    """One shipping bill and what became of its value: invoiced = realised + deducted + open, open >= 0."""

    exporter: str
    currency: str
    invoices: tuple[Invoice, ...]
    shipped_on: date
    port: str
    settled_in: str
    value: Money
    rulebook: str
    first_due_on: date
    due_on: date
    due_at: datetime
    time_zone: str
    declaration_limit_minor: int | None
    cancel_days: int
    orders: tuple[LinkedOrder, ...] = ()
    realisations: tuple[Realisation, ...] = ()
    realisations_ever: int = 0
    deductions: tuple[Deduction, ...] = ()
    deductions_ever: int = 0
    certificates: tuple[Certificate, ...] = ()
    extensions: tuple[Extension, ...] = ()
    closed_by: ClosedBy | None = None
    closed_reference: str = ""

    @property
    def invoiced_minor(self) -> int:
        """Return what the invoices come to."""
        return sum(invoice.amount_minor for invoice in self.invoices)

    @property
    def realised_minor(self) -> int:
        """Return how much came home."""
        return sum(realisation.amount_minor for realisation in self.realisations)

    @property
    def deducted_minor(self) -> int:
        """Return how much won't come."""
        return sum(deduction.amount_minor for deduction in self.deductions)

    @property
    def open_minor(self) -> int:
        """Return how much is still to come or to be explained."""
        return self.invoiced_minor - self.realised_minor - self.deducted_minor

    @property
    def certified_minor(self) -> int:
        """Return how much of what came home is certified."""
        return sum(realisation.amount_minor for realisation in self.realisations if realisation.certificate)

    @property
    def is_declarable(self) -> bool:
        """Return whether the exporter may close it on its own declaration once nothing is open."""
        return self.declaration_limit_minor is not None and self.value.minor <= self.declaration_limit_minor

    def link(self, order: str, amount: Money, *, exporter: str) -> happened.ReceivableOrderLinked:
        """
        Say that a part of the shipment is of an order, whose exporter is given.

        Raises, in this order: ReceivableAlreadyClosed, ReceivableOfAnother, ReceivableCurrencyDiffers,
        AmountOutOfRange, ReceivableOrderAlreadyLinked, ReceivableOrdersExceeded.
        """
        self._need_open()
        self._need_own(exporter, about=f"order:{order}")
        amount_minor = self._minor(amount)
        if order in (linked.order for linked in self.orders):
            raise refused.ReceivableOrderAlreadyLinked(receivable=self.reference, order=order)
        left_minor = self.invoiced_minor - sum(linked.amount_minor for linked in self.orders)
        if amount_minor > left_minor:
            raise refused.ReceivableOrdersExceeded(
                receivable=self.reference, requested_minor=amount_minor, left_minor=left_minor
            )
        return happened.ReceivableOrderLinked(order=order, amount_minor=amount_minor, currency=self.currency)

    def realise(
        self,
        used: Money,
        *,
        realised: Money | None,
        remittance: str,
        exporter: str,
        received_on: date,
        purpose: str,
        ship_by: date | None,
    ) -> happened.ReceivableRealised:
        """
        Match money of a remittance, given by key, to the shipment.

        realised: how much of the invoices that is, needed where it came in another currency.

        Raises, in this order: ReceivableAlreadyClosed, ReceivableOfAnother, ReceivableCurrencyDiffers,
        ReceivableMalformed (realised), AmountOutOfRange, ReceivableExceeded.
        """
        self._need_open()
        self._need_own(exporter, about=f"remittance:{remittance}")
        said = realised or used
        self._need_currency(said)
        if used.currency == said.currency and used.minor != said.minor:
            raise refused.ReceivableMalformed(field="realised", problem="another amount of the same currency")
        amount_minor = positive(said.minor)
        self._need_left(amount_minor)
        return happened.ReceivableRealised(
            number=self.realisations_ever + 1,
            remittance=remittance,
            amount_minor=amount_minor,
            currency=self.currency,
            used_minor=used.minor,
            used_currency=used.currency,
            received_on=received_on,
            purpose=purpose,
            ship_by=ship_by,
        )

    def undo_realisation(self, number: int, *, reason: str) -> happened.ReceivableRealisationUndone:
        """
        Match money to the shipment no more. The reason is a code.

        Raises, in this order: ReferenceMalformed, ReceivableAlreadyClosed, RealisationNotFound, RealisationCertified.
        """
        key(reason, field="reason")
        self._need_open()
        realisation = self._uncertified(number)
        return happened.ReceivableRealisationUndone(
            number=number, amount_minor=realisation.amount_minor, currency=self.currency, reason=reason
        )

    def deduct(self, amount: Money, *, reason: DeductionReason, source: str) -> happened.ReceivableDeducted:
        """
        Say that some of the value won't come, and of what that comes: empty where of nothing in this book.

        Raises, in this order: ReceivableAlreadyClosed, ReceivableCurrencyDiffers, AmountOutOfRange,
        DeductionSourceUnlinked, ReceivableExceeded.
        """
        self._need_open()
        amount_minor = self._minor(amount)
        if source and not self._comes_of_ours(source):
            raise refused.DeductionSourceUnlinked(receivable=self.reference, source=source[:200])
        self._need_left(amount_minor)
        return happened.ReceivableDeducted(
            number=self.deductions_ever + 1,
            reason=reason,
            amount_minor=amount_minor,
            currency=self.currency,
            source=source,
        )

    def withdraw_deduction(self, number: int, *, reason: str) -> happened.ReceivableDeductionWithdrawn:
        """
        Take a deduction back. The reason is a code.

        Raises, in this order: ReferenceMalformed, ReceivableAlreadyClosed, DeductionNotFound.
        """
        key(reason, field="reason")
        self._need_open()
        deduction = next((each for each in self.deductions if each.number == number), None)
        if deduction is None:
            raise refused.DeductionNotFound(receivable=self.reference, deduction=number)
        return happened.ReceivableDeductionWithdrawn(
            number=number, amount_minor=deduction.amount_minor, currency=self.currency, reason=reason
        )

    def certify(
        self, certificate: str, *, certified_on: date, numbers: Sequence[int], at: datetime
    ) -> happened.ReceivableCertified:
        """
        Certify what was realised: some of it by number, or all that isn't certified yet where none is named.

        Raises, in this order: ReferenceMalformed, ReceivableMalformed (certified_on), CertificateKnown,
        RealisationNotFound, RealisationCertified, NothingToCertify.
        """
        key(certificate, field="certificate")
        self._need_past(certified_on, "certified_on", at)
        if certificate in (known.certificate for known in self.certificates):
            raise refused.CertificateKnown(receivable=self.reference, certificate=certificate)
        named = [self._uncertified(number) for number in dict.fromkeys(numbers)]
        covered = named or [each for each in self.realisations if not each.certificate]
        if not covered:
            raise refused.NothingToCertify(receivable=self.reference)
        return happened.ReceivableCertified(
            certificate=certificate,
            certified_on=certified_on,
            realisations=tuple(each.number for each in covered),
            amount_minor=sum(each.amount_minor for each in covered),
            currency=self.currency,
        )

    def cancel_certificate(
        self, certificate: str, *, by: CancelledBy, reason: str, at: datetime
    ) -> happened.ReceivableCertificateCancelled:
        """
        Cancel a certificate: its exporter for so many days, its bank at any time. The reason is a code.

        Raises, in this order: ReferenceMalformed, CertificateNotFound, CertificateOnlyByBank.
        """
        key(reason, field="reason")
        found = next((c for c in self.certificates if c.certificate == certificate and c.cancelled_by is None), None)
        if found is None:
            raise refused.CertificateNotFound(receivable=self.reference, certificate=certificate[:80])
        last_day = found.certified_on + timedelta(days=self.cancel_days)
        if by == "exporter" and self._calendar.day_of(at) > last_day:
            raise refused.CertificateOnlyByBank(receivable=self.reference, certificate=certificate, last_day=last_day)
        return happened.ReceivableCertificateCancelled(
            certificate=certificate,
            cancelled_by=by,
            amount_minor=found.amount_minor,
            currency=self.currency,
            reason=reason,
        )

    def extend(self, due_on: date, *, reference: str) -> happened.ReceivableExtended:
        """
        Record that the bank gives time until a day, and what it calls its letter.

        Raises, in this order: ReceivableMalformed (due_on, reference), ReceivableAlreadyClosed, DueNotLater.
        """
        _check_day(due_on, "due_on")
        _check_printable(reference, "reference")
        self._need_open()
        if due_on <= self.due_on:
            raise refused.DueNotLater(receivable=self.reference, due_on=self.due_on, asked=due_on)
        return happened.ReceivableExtended(due_on=due_on, due_at=self._calendar.end_of(due_on), reference=reference)

    def close(self, *, by: ClosedBy, reference: str) -> happened.ReceivableClosed:
        """
        Record that the bank closed its entry, or that the exporter does on its own declaration.

        Raises, in this order: ReceivableMalformed (reference), ReceivableAlreadyClosed, ReceivableStillOpen,
        DeclarationExceeded.
        """
        if reference:
            _check_printable(reference, "reference")
        self._need_open()
        if self.open_minor:
            raise refused.ReceivableStillOpen(receivable=self.reference, open_minor=self.open_minor)
        if by == "declaration" and not self.is_declarable:
            raise refused.DeclarationExceeded(
                receivable=self.reference,
                value_currency=self.value.currency,
                value_minor=self.value.minor,
                limit_minor=self.declaration_limit_minor,
            )
        return happened.ReceivableClosed(
            closed_by=by,
            reference=reference,
            realised_minor=self.realised_minor,
            deducted_minor=self.deducted_minor,
            currency=self.currency,
        )

    @property
    def _calendar(self) -> WorkingCalendar:
        return WorkingCalendar(self.time_zone)

    def _need_open(self) -> None:
        if self.closed_by is not None:
            raise refused.ReceivableAlreadyClosed(receivable=self.reference)

    def _need_own(self, exporter: str, *, about: str) -> None:
        if exporter != self.exporter:
            raise refused.ReceivableOfAnother(receivable=self.reference, exporter=self.exporter, about=about)

    def _need_currency(self, amount: Money) -> None:
        if amount.currency != self.currency:
            raise refused.ReceivableCurrencyDiffers(
                about=self.reference, currency=amount.currency[:80], needed=self.currency
            )

    def _minor(self, amount: Money) -> int:
        self._need_currency(amount)
        return positive(amount.minor)

    def _need_left(self, amount_minor: int) -> None:
        if amount_minor > self.open_minor:
            raise refused.ReceivableExceeded(
                receivable=self.reference, requested_minor=amount_minor, open_minor=self.open_minor
            )

    def _need_past(self, day: date, field: str, at: datetime) -> None:
        _check_past(day, field, self._calendar, at)

    def _uncertified(self, number: int) -> Realisation:
        found = next((each for each in self.realisations if each.number == number), None)
        if found is None:
            raise refused.RealisationNotFound(receivable=self.reference, realisation=number)
        if found.certificate:
            raise refused.RealisationCertified(
                receivable=self.reference, realisation=number, certificate=found.certificate
            )
        return found

    def _comes_of_ours(self, source: str) -> bool:
        order = order_about(source).partition("/")[0]
        return kind_of(source) in SOURCES and order in {linked.order for linked in self.orders}


def record(
    existing: Receivable | None, shipment: Shipment, *, rulebook: str, rules: Rules, at: datetime
) -> happened.ReceivableRecorded:
    """
    Record a shipment whose value is to come home, and by when the rules want it.

    Raises, in this order: ReferenceMalformed (exporter), CurrencyUnknown, ReceivableMalformed, AmountOutOfRange,
    ReceivableAlreadyRecorded.
    """
    key(shipment.exporter, field="exporter")
    value = shipment.customs_value
    for currency in (shipment.currency, shipment.settled_in, *([value.currency] if value else [])):
        exponent_of(currency)
    _check_invoices(shipment.invoices)
    if shipment.port:
        _check_printable(shipment.port, "port")
    _check_past(shipment.shipped_on, "shipped_on", rules.calendar, at)
    invoiced_minor = ranged(sum(positive(invoice.amount_minor) for invoice in shipment.invoices))
    value = value or Money(shipment.currency, invoiced_minor)
    positive(value.minor)
    if existing:
        raise refused.ReceivableAlreadyRecorded(receivable=key_of(existing.reference))
    last_day = due_by_rules(rules, shipment.shipped_on, currencies=(shipment.currency, shipment.settled_in))
    return happened.ReceivableRecorded(
        exporter=shipment.exporter,
        currency=shipment.currency,
        invoices=shipment.invoices,
        shipped_on=shipment.shipped_on,
        port=shipment.port,
        settled_in=shipment.settled_in,
        value=value,
        rulebook=rulebook,
        due_on=last_day,
        due_at=rules.calendar.end_of(last_day),
        time_zone=rules.time_zone,
        declaration_limit_minor=rules.own_declaration_minor.get(value.currency),
        cancel_days=rules.certificate_cancel_days,
    )


def _check_invoices(invoices: Sequence[Invoice]) -> None:
    if not 1 <= len(invoices) <= INVOICES_MAX:
        raise refused.ReceivableMalformed(field="invoices", problem=f"not between 1 and {INVOICES_MAX}")
    if len({invoice.number for invoice in invoices}) < len(invoices):
        raise refused.ReceivableMalformed(field="invoices", problem="a number twice")
    for invoice in invoices:
        _check_printable(invoice.number, "invoices.number")
        _check_day(invoice.issued_on, "invoices.issued_on")


def _check_printable(text: str, field: str) -> None:
    if not PRINTABLE.fullmatch(text):
        raise refused.ReceivableMalformed(
            field=field, problem="not 1 to 64 printable characters of which the first is a letter or digit"
        )


def _check_day(day: date, field: str) -> None:
    if not is_countable(day):
        raise refused.ReceivableMalformed(field=field, problem=UNCOUNTABLE)


def _check_past(day: date, field: str, calendar: WorkingCalendar, at: datetime) -> None:
    _check_day(day, field)
    if day > calendar.day_of(at):
        raise refused.ReceivableMalformed(field=field, problem="a day that hasn't come yet")

"""
An agreement says which commission a partner earns on the orders of exporters it brought, and counts it year by year.

Its terms have versions: an amendment begins on a day to come, and an order keeps the terms of the day on which it was
placed. The years' totals stand here because tiers, the cap and the threshold of withholding are of a year of the whole
agreement, not of an order.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar, Literal

from msgspec import Struct
from msgspec.structs import replace

from domain.aggregate import Aggregate, Event, begun
from domain.agreement_terms import AgreementTerms, AgreementTermsMalformed, check_terms
from domain.days import UNCOUNTABLE, is_countable
from domain.errors import Refused
from domain.references import key
from domain.working_days import WorkingCalendar

Counting = Literal["accrued", "clawed_back", "earned", "given_back"]


class AgreementSigned(Event, frozen=True, kw_only=True):
    """A partner and the marketplace agreed on commission."""

    partner: str
    starts_on: date
    ends_on: date | None
    """The first day on which it isn't in force any more."""
    year_begins: int
    """The month, from 1, on whose first day its years begin."""
    time_zone: str
    terms: AgreementTerms


class AgreementAmended(Event, frozen=True, kw_only=True):
    """From a day on, orders are placed under new terms; those placed before keep theirs."""

    starts_on: date
    terms: AgreementTerms


class AgreementEnded(Event, frozen=True, kw_only=True):
    """Orders placed from this day on bring the partner nothing; those placed before keep their terms."""

    ends_on: date
    reason: str


class AgreementCounted(Event, frozen=True, kw_only=True):
    """
    Commission of one order went into a year's totals, or out of them again.

    accrued and clawed_back count basis and commission in the year of the accrual; earned and given_back count
    commission, and what was withheld of it on which base, in the year in which it was earned.
    """

    order: str
    what: Counting
    year: date
    """Its first day."""
    currency: str
    basis_minor: int = 0
    commission_minor: int = 0
    withheld_base_minor: int = 0
    withheld_minor: int = 0


AgreementEvent = AgreementSigned | AgreementAmended | AgreementEnded | AgreementCounted


@dataclass(eq=False, kw_only=True)
class AgreementAlreadySigned(Refused):
    """An agreement's key is used once; other terms are an amendment."""

    code: ClassVar[str] = "agreement.already_signed"
    agreement: str


@dataclass(eq=False, kw_only=True)
class AgreementNotInForce(Refused):
    """The agreement says nothing about this day: it hasn't begun, or it has ended."""

    code: ClassVar[str] = "agreement.not_in_force"
    agreement: str
    day: date


@dataclass(eq=False, kw_only=True)
class AgreementChangeBackdated(Refused):
    """Past terms stay: a change begins no earlier than tomorrow, and after what was agreed last."""

    code: ClassVar[str] = "agreement.change_backdated"
    agreement: str
    day: date
    earliest: date


class TermsVersion(Struct, frozen=True, kw_only=True, gc=False):
    """Terms and the first day of the orders that they are for."""

    starts_on: date
    terms: AgreementTerms


class YearTotal(Struct, frozen=True, kw_only=True, gc=False):
    """
    One year of an agreement in one currency, in minor units, less what was taken back.

    basis and commission: of what accrued in the year; earned: what became payable in it, and what was withheld of that,
    on which base.
    """

    year: date
    currency: str
    basis_minor: int = 0
    commission_minor: int = 0
    earned_minor: int = 0
    withheld_base_minor: int = 0
    withheld_minor: int = 0


class Agreement(Aggregate, frozen=True, kw_only=True):
    """A partner's agreement. Its days and years are those of its time zone."""

    partner: str
    ends_on: date | None
    year_begins: int
    time_zone: str
    versions: tuple[TermsVersion, ...]
    totals: tuple[YearTotal, ...] = ()

    def day_of(self, at: datetime) -> date:
        """Return the day of an instant, as the agreement counts days."""
        return WorkingCalendar(self.time_zone).day_of(at)

    def year_of(self, day: date) -> date:
        """Return the first day of the year that a day belongs to."""
        return date(day.year - (day.month < self.year_begins), self.year_begins, 1)

    def total_of(self, year: date, currency: str) -> YearTotal:
        """Return a year's totals in one currency."""
        kept = (total for total in self.totals if (total.year, total.currency) == (year, currency))
        return next(kept, YearTotal(year=year, currency=currency))

    def find_version(self, day: date) -> TermsVersion | None:
        """Return the terms of orders placed on a day, or nothing where the agreement isn't in force on it."""
        if self.ends_on and day >= self.ends_on:
            return None
        return next((version for version in reversed(self.versions) if version.starts_on <= day), None)

    def version_from(self, starts_on: date) -> TermsVersion:
        """Return the terms that began on a day, in force or not: what has begun under them ends under them."""
        return next(version for version in self.versions if version.starts_on == starts_on)

    def attribution_days_on(self, day: date) -> int:
        """
        Return for how many days an exporter's new orders count that is referred on a day.

        Raises: AgreementNotInForce.
        """
        version = self.find_version(day)
        if version is None:
            raise AgreementNotInForce(agreement=self.reference, day=day)
        return version.terms.attribution_days

    def amend(self, terms: AgreementTerms, *, starts_on: date, at: datetime) -> AgreementAmended:
        """
        Agree on other terms for orders placed from a day on.

        Raises, in this order: what `check_terms` does, AgreementTermsMalformed (starts_on), AgreementNotInForce,
        AgreementChangeBackdated.
        """
        check_terms(terms, year_begins=self.year_begins, time_zone=self.time_zone)
        _check_day(starts_on, field="starts_on")
        if self.ends_on and starts_on >= self.ends_on:
            raise AgreementNotInForce(agreement=self.reference, day=starts_on)
        earliest = max(self._tomorrow(at), self.versions[-1].starts_on + timedelta(days=1))
        if starts_on < earliest:
            raise AgreementChangeBackdated(agreement=self.reference, day=starts_on, earliest=earliest)
        return AgreementAmended(starts_on=starts_on, terms=terms)

    def end(self, *, ends_on: date, reason: str, at: datetime) -> AgreementEnded:
        """
        Let the agreement end on a day, or earlier than it would. The reason is a code.

        Raises, in this order: ReferenceMalformed, AgreementNotInForce, AgreementChangeBackdated.
        """
        key(reason, field="reason")
        if self.ends_on and ends_on >= self.ends_on:
            raise AgreementNotInForce(agreement=self.reference, day=ends_on)
        if ends_on < self._tomorrow(at):
            raise AgreementChangeBackdated(agreement=self.reference, day=ends_on, earliest=self._tomorrow(at))
        return AgreementEnded(ends_on=ends_on, reason=reason)

    def _tomorrow(self, at: datetime) -> date:
        return self.day_of(at) + timedelta(days=1)


def sign(existing: Agreement | None, signed: AgreementSigned) -> AgreementSigned:
    """
    Agree with a partner on commission.

    Raises, in this order: ReferenceMalformed (partner), CalendarUnknown (time_zone), AgreementTermsMalformed
    (year_begins), AgreementTermsMalformed (the days), what `check_terms` does, AgreementAlreadySigned.
    """
    key(signed.partner, field="partner")
    WorkingCalendar(signed.time_zone).check()
    _check_years(signed)
    check_terms(signed.terms, year_begins=signed.year_begins, time_zone=signed.time_zone)
    if existing:
        raise AgreementAlreadySigned(agreement=existing.reference)
    return signed


def _check_years(signed: AgreementSigned) -> None:
    if not 1 <= signed.year_begins <= 12:  # noqa: PLR2004 - months
        raise AgreementTermsMalformed(field="year_begins", problem="not a month, 1 to 12")
    _check_day(signed.starts_on, field="starts_on")
    if signed.ends_on and signed.ends_on <= signed.starts_on:
        raise AgreementTermsMalformed(field="ends_on", problem="not after starts_on")


def _check_day(day: date, *, field: str) -> None:
    if not is_countable(day):
        raise AgreementTermsMalformed(field=field, problem=UNCOUNTABLE)


def evolve(agreement: Agreement | None, event: AgreementEvent, reference: str, _at: datetime) -> Agreement:
    """Apply an event of an agreement."""
    match event:
        case AgreementSigned():
            return _signed(event, reference)
        case AgreementAmended():
            version = TermsVersion(starts_on=event.starts_on, terms=event.terms)
            return replace(begun(agreement), versions=(*begun(agreement).versions, version))
        case AgreementEnded():
            return replace(begun(agreement), ends_on=event.ends_on)
        case AgreementCounted():
            return _counted(begun(agreement), event)


def _signed(event: AgreementSigned, reference: str) -> Agreement:
    return Agreement(
        reference=reference,
        partner=event.partner,
        ends_on=event.ends_on,
        year_begins=event.year_begins,
        time_zone=event.time_zone,
        versions=(TermsVersion(starts_on=event.starts_on, terms=event.terms),),
    )


def _counted(agreement: Agreement, event: AgreementCounted) -> Agreement:
    before = agreement.total_of(event.year, event.currency)
    others = (total for total in agreement.totals if (total.year, total.currency) != (event.year, event.currency))
    return replace(agreement, totals=(*others, _total_after(before, event)))


def _total_after(total: YearTotal, event: AgreementCounted) -> YearTotal:
    direction = 1 if event.what in {"accrued", "earned"} else -1
    match event.what:
        case "accrued" | "clawed_back":
            return replace(
                total,
                basis_minor=total.basis_minor + direction * event.basis_minor,
                commission_minor=total.commission_minor + direction * event.commission_minor,
            )
        case "earned" | "given_back":
            return replace(
                total,
                earned_minor=total.earned_minor + direction * event.commission_minor,
                withheld_base_minor=total.withheld_base_minor + direction * event.withheld_base_minor,
                withheld_minor=total.withheld_minor + direction * event.withheld_minor,
            )

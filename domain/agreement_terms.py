"""
Agreement terms are what a partner and the marketplace agree on: rate, tiers, cap, minimum, who pays, which tax.

They decide nothing about a day or a year: that is the agreement's, which has them in versions.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import ClassVar, Literal

from msgspec import Struct

from domain.countries import check_country
from domain.errors import Malformed
from domain.money import BASIS_POINTS, MINOR_MAX, exponent_of
from domain.rule_checks import DAYS_MAX
from domain.tax import GST, NO_GST, WITHHOLDING, Gst, WithholdingTable

Basis = Literal["gross", "net", "service_fee"]
"""Of what is released, the part that commission is a rate of."""

Payer = Literal["operator", "exporter"]
TIERS_MAX = 20


class Tier(Struct, frozen=True, kw_only=True, gc=False):
    """The rate for what lies above an amount of one year's basis, up to the next tier; below the first, the terms'."""

    from_minor: int
    rate_bps: int


class RateLine(Struct, frozen=True, kw_only=True, gc=False):
    """A part of a basis and the rate that it bears."""

    basis_minor: int
    rate_bps: int


class CurrencyTerms(Struct, frozen=True, kw_only=True, gc=False):
    """What an agreement says about one currency beyond the rate, in its minor units."""

    tiers: tuple[Tier, ...] = ()
    """In ascending order, by the year's basis of all orders together."""
    cap_minor: int | None = None
    """The most commission of a year; none without."""
    minimum_minor: int = 0
    """The least commission of an order on which anything is released, though never more than its basis."""


PLAIN = CurrencyTerms()


class AgreementTerms(Struct, frozen=True, kw_only=True, gc=False):
    """
    What is agreed with a partner. Rates are basis points.

    No table of tax is named by default, so nothing is withheld and no tax is computed. The countries of payer and
    partner are what the table of GST asks for; both are ISO 3166-1 codes.
    """

    rate_bps: int
    basis: Basis = "gross"
    payer: Payer = "operator"
    attribution_days: int
    """For how many days from the referral on an exporter's new orders count."""
    by_currency: dict[str, CurrencyTerms] = {}
    withholding: str = ""
    gst: str = ""
    payer_country: str = ""
    partner_country: str = ""

    def in_currency(self, currency: str) -> CurrencyTerms:
        """Return what is agreed about a currency."""
        return self.by_currency.get(currency, PLAIN)

    def lines(self, basis_minor: int, *, position_minor: int, currency: str) -> tuple[RateLine, ...]:
        """
        Return how a further basis falls over the tiers when the year's basis stands at `position_minor`.

        Each tier's rate is for its own part only (marginal), so cutting a basis into pieces changes nothing.
        """
        tiers = (Tier(from_minor=0, rate_bps=self.rate_bps), *self.in_currency(currency).tiers)
        ends_minor = [*(tier.from_minor for tier in tiers[1:]), position_minor + basis_minor]
        start_minor, lines = position_minor, []
        for tier, end_minor in zip(tiers, ends_minor, strict=True):
            part_minor = min(end_minor, position_minor + basis_minor) - start_minor
            if part_minor > 0:
                lines.append(RateLine(basis_minor=part_minor, rate_bps=tier.rate_bps))
                start_minor += part_minor
        return tuple(lines)

    def gst_on(self, day: date) -> Gst:
        """Return how commission that is earned on a day bears GST; nothing is computed where no table is named."""
        if not self.gst:
            return NO_GST
        return GST[self.gst].gst_on(day, payer_country=self.payer_country, partner_country=self.partner_country)

    def withholding_in(self, currency: str) -> WithholdingTable | None:
        """Return what is withheld by, or nothing where no table is named or it is of another currency."""
        table = WITHHOLDING.get(self.withholding)
        return table if table and table.currency == currency else None


@dataclass(eq=False, kw_only=True)
class AgreementTermsMalformed(Malformed):
    """A field of the terms can't be meant."""

    code: ClassVar[str] = "agreement.terms_malformed"
    field: str
    problem: str


def check_terms(terms: AgreementTerms, *, year_begins: int, time_zone: str) -> None:
    """
    Check terms for an agreement whose years and days are these.

    Raises, in this order: AgreementTermsMalformed, CurrencyUnknown, CountryUnknown.
    """
    for field, problem in _problems(terms, year_begins=year_begins, time_zone=time_zone):
        raise AgreementTermsMalformed(field=field, problem=problem)
    for currency in terms.by_currency:
        exponent_of(currency)
    for country in filter(None, (terms.payer_country, terms.partner_country)):
        check_country(country)


def _problems(terms: AgreementTerms, *, year_begins: int, time_zone: str) -> Iterator[tuple[str, str]]:
    if not 0 <= terms.rate_bps <= BASIS_POINTS:
        yield "rate_bps", f"not between 0 and {BASIS_POINTS}"
    if not 1 <= terms.attribution_days <= DAYS_MAX:
        yield "attribution_days", f"not between 1 and {DAYS_MAX} days"
    for currency, agreed in terms.by_currency.items():
        yield from _currency_problems(f"by_currency.{currency}", agreed)
    if terms.withholding:
        yield from _withholding_problems(terms.withholding, year_begins=year_begins, time_zone=time_zone)
    yield from _gst_problems(terms, time_zone=time_zone)


def _currency_problems(field: str, agreed: CurrencyTerms) -> Iterator[tuple[str, str]]:
    if len(agreed.tiers) > TIERS_MAX or not _ascending(agreed.tiers):
        yield f"{field}.tiers", f"at most {TIERS_MAX}, each from a higher amount above zero than the one before"
    if any(not 0 <= tier.rate_bps <= BASIS_POINTS for tier in agreed.tiers):
        yield f"{field}.tiers.rate_bps", f"not between 0 and {BASIS_POINTS}"
    if agreed.cap_minor is not None and not 0 <= agreed.cap_minor <= MINOR_MAX:
        yield f"{field}.cap_minor", "not an amount"
    if not 0 <= agreed.minimum_minor <= MINOR_MAX:
        yield f"{field}.minimum_minor", "not an amount"


def _ascending(tiers: Sequence[Tier]) -> bool:
    amounts_minor = [0, *(tier.from_minor for tier in tiers)]
    return amounts_minor[-1] <= MINOR_MAX and all(below < above for below, above in pairwise(amounts_minor))


def _withholding_problems(name: str, *, year_begins: int, time_zone: str) -> Iterator[tuple[str, str]]:
    table = WITHHOLDING.get(name)
    if table is None:
        yield "withholding", f"not a table: {', '.join(sorted(WITHHOLDING))}"
    elif (year_begins, time_zone) != (table.year_begins, table.time_zone):
        yield "withholding", f"needs years from month {table.year_begins} and days of {table.time_zone}"


def _gst_problems(terms: AgreementTerms, *, time_zone: str) -> Iterator[tuple[str, str]]:
    if not terms.gst:
        if terms.payer_country or terms.partner_country:
            yield "gst", "countries are given, but no table that asks for them"
    elif terms.gst not in GST:
        yield "gst", f"not a table: {', '.join(sorted(GST))}"
    elif time_zone != GST[terms.gst].time_zone:
        yield "gst", f"needs days of {GST[terms.gst].time_zone}"
    elif not (terms.payer_country and terms.partner_country):
        yield "gst", "needs the countries of payer and partner"

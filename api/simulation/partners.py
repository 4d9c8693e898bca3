"""The partners of a simulated marketplace: start-ups that bring exporters, and what was agreed with them."""

from datetime import timedelta
from typing import NamedTuple

from msgspec.structs import replace

from api.simulation.cast import Agreed, Cast
from api.simulation.stage import Stage, Story
from api.simulation.world import MARKETS, OPERATOR
from domain import commands
from domain.agreement_terms import AgreementTerms, CurrencyTerms, Tier

AMENDED_AT, ENDED_AT = 50, 70
"""Percent of the simulated time."""


class Agreement(NamedTuple):
    """An agreement, with how many in a hundred exporters are referred under it."""

    agreement: str
    partner: str
    percent: int
    terms: AgreementTerms
    year_begins: int = 1
    time_zone: str = "UTC"


def _in_dollars(*, tier: int = 0, cap: int = 0, minimum: int = 0) -> dict[str, CurrencyTerms]:
    """Return the same terms in every currency: half the rate from a tier on, a cap of the year, a minimum an order."""
    return {
        market.currency: CurrencyTerms(
            tiers=(Tier(from_minor=tier * market.minor_per_dollar, rate_bps=50),) if tier else (),
            cap_minor=cap * market.minor_per_dollar if cap else None,
            minimum_minor=minimum * market.minor_per_dollar,
        )
        for market, _ in MARKETS
    }


_INDIAN = AgreementTerms(
    rate_bps=150,
    payer="exporter",
    attribution_days=365,
    withholding="in-commission",
    gst="in-commission",
    payer_country="IN",
    partner_country="IN",
)
_UNTAXED = replace(_INDIAN, withholding="")
_TIERS = AgreementTerms(rate_bps=100, attribution_days=365, by_currency=_in_dollars(tier=50_000))
_CAPPED = AgreementTerms(rate_bps=120, basis="net", attribution_days=180, by_currency=_in_dollars(cap=1_500, minimum=5))
_OF_THE_FEE = AgreementTerms(rate_bps=3_000, basis="service_fee", attribution_days=365)
_BY_EXPORTER = AgreementTerms(rate_bps=100, payer="exporter", attribution_days=90)

INDIA = "Asia/Kolkata"
AGREEMENTS = (
    Agreement("AGR-TIERS", "PTR-1", 14, _TIERS),
    Agreement("AGR-CAP", "PTR-2", 10, _CAPPED),
    Agreement("AGR-FEE", "PTR-3", 12, _OF_THE_FEE),
    Agreement("AGR-EXPORTER", "PTR-4", 10, _BY_EXPORTER),
    Agreement("AGR-INDIA", "PTR-5", 12, _INDIAN, 4, INDIA),
    Agreement("AGR-FROM-ABROAD", "PTR-6", 6, replace(_UNTAXED, payer="operator", payer_country="SG"), 4, INDIA),
    Agreement("AGR-TO-ABROAD", "PTR-7", 6, replace(_UNTAXED, partner_country="SG"), 4, INDIA),
)
"""
Invented: reference 10 says that no real programme's commission is known. The last three bear Indian tax: charged by a
partner in India, zero-rated for one paid from abroad, by reverse charge for one abroad. Where the operator pays, it
pays less than its fee. The rest of the exporters nobody brought.
"""


def sign_agreements(stage: Stage, cast: Cast) -> Story:
    """Agree with every partner, before any exporter comes."""
    yield stage.hours((0, 1))
    for agreement in AGREEMENTS:
        cast.introduce(agreement.partner, "partner")
        sign = commands.SignAgreement(
            agreement=agreement.agreement,
            partner=agreement.partner,
            starts_on=stage.at.date(),
            year_begins=agreement.year_begins,
            time_zone=agreement.time_zone,
            terms=agreement.terms,
        )
        stage.say(sign, OPERATOR)
        cast.agreements = (*cast.agreements, Agreed(agreement.agreement, agreement.percent))


def amend_agreements(stage: Stage) -> Story:
    """Agree on other rates; for one of them from a day that has passed, which is refused."""
    yield stage.share(AMENDED_AT)
    for agreement, rate_bps, days in (("AGR-TIERS", 90, 7), ("AGR-FEE", 2_500, 1), ("AGR-CAP", 100, 0)):
        terms = next(each.terms for each in AGREEMENTS if each.agreement == agreement)
        starts_on = (stage.at + timedelta(days=days)).date()
        amended = replace(terms, rate_bps=rate_bps)
        stage.say(commands.AmendAgreement(agreement=agreement, starts_on=starts_on, terms=amended), OPERATOR)


def end_agreement(stage: Stage, cast: Cast) -> Story:
    """Part with one partner; exporters who come later are nobody's."""
    yield stage.share(ENDED_AT)
    ending = "AGR-EXPORTER"
    ends_on = (stage.at + timedelta(days=3)).date()
    stage.say(commands.EndAgreement(agreement=ending, ends_on=ends_on, reason="no-longer-needed"), OPERATOR)
    cast.agreements = tuple(agreed for agreed in cast.agreements if agreed.agreement != ending)

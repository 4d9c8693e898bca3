"""What commands about agreements with partners are refused for."""

from datetime import date

from domain.agreement import (
    AgreementAlreadySigned,
    AgreementChangeBackdated,
    AgreementEnded,
    AgreementNotInForce,
)
from domain.agreement_terms import AgreementTermsMalformed, CurrencyTerms
from domain.commands import AmendAgreement, EndAgreement, SignAgreement
from domain.countries import CountryUnknown
from domain.money import CurrencyUnknown
from domain.references import ReferenceMalformed
from domain.unit_of_work import AggregateNotFound
from domain.working_days import CalendarUnknown
from tests.agreements import AGREEMENT, ENDS_ON, SIGNED_ON, agreed_terms, signed
from tests.causes.cause import Attempt, Cause, Refused
from tests.given import given, on

TODAY, TOMORROW = date(2026, 11, 22), date(2026, 11, 23)
ENDED = on(AGREEMENT, AgreementEnded(ends_on=date(2026, 11, 1), reason="partner-closed"))

RATE = {"rate_bps": -1}
CURRENCY = {"by_currency": {"usd": CurrencyTerms()}}
COUNTRY = {"gst": "in-commission", "payer_country": "XX", "partner_country": "IN"}

MALFORMED = Cause(AgreementTermsMalformed, says={"terms": agreed_terms(**RATE)}, naming={"field": "rate_bps"})
NO_CURRENCY = Cause(CurrencyUnknown, says={"terms": agreed_terms(**CURRENCY)})
NO_COUNTRY = Cause(CountryUnknown, says={"terms": agreed_terms(**COUNTRY)})
MALFORMED_CURRENCY = Attempt(says={"terms": agreed_terms(**RATE, **CURRENCY)})
MALFORMED_COUNTRY = Attempt(says={"terms": agreed_terms(**RATE, **COUNTRY)})
NEITHER = Attempt(says={"terms": agreed_terms(**CURRENCY, **COUNTRY)})

COMMISSIONS = (
    Refused(
        SignAgreement(
            agreement="AG-1",
            partner="PAR-1",
            starts_on=SIGNED_ON,
            ends_on=ENDS_ON,
            year_begins=4,
            time_zone="Asia/Kolkata",
            terms=agreed_terms(),
        ),
        given(),
        Cause(ReferenceMalformed, says={"agreement": "AG 1"}, naming={"field": "agreement"}),
        Cause(ReferenceMalformed, says={"partner": "PAR 1"}, naming={"field": "partner"}),
        Cause(CalendarUnknown, says={"time_zone": "Asia/Kalkutta"}),
        Cause(AgreementTermsMalformed, says={"year_begins": 13}, naming={"field": "year_begins"}),
        Cause(AgreementTermsMalformed, says={"ends_on": SIGNED_ON}, naming={"field": "ends_on"}),
        MALFORMED,
        NO_CURRENCY,
        NO_COUNTRY,
        Cause(AgreementAlreadySigned, after=signed()),
        together={
            (1, 9): Attempt(says={"agreement": "AG 1"}, after=on("agreement:AG 1", *(one.event for one in signed()))),
            (6, 7): MALFORMED_CURRENCY,
            (6, 8): MALFORMED_COUNTRY,
            (7, 8): NEITHER,
        },
    ),
    Refused(
        AmendAgreement(agreement="AG-1", starts_on=TOMORROW, terms=agreed_terms(rate_bps=150)),
        given(signed()),
        Cause(AggregateNotFound, gone=AGREEMENT),
        MALFORMED,
        NO_CURRENCY,
        NO_COUNTRY,
        Cause(AgreementTermsMalformed, says={"starts_on": date.max}, naming={"field": "starts_on"}),
        Cause(AgreementNotInForce, after=ENDED),
        Cause(AgreementChangeBackdated, says={"starts_on": TODAY}),
        apart={(5, 7): "a day is too late or too early"},
        together={(2, 3): MALFORMED_CURRENCY, (2, 4): MALFORMED_COUNTRY, (3, 4): NEITHER},
    ),
    Refused(
        EndAgreement(agreement="AG-1", ends_on=TOMORROW, reason="partner-closed"),
        given(signed()),
        Cause(AggregateNotFound, gone=AGREEMENT),
        Cause(ReferenceMalformed, says={"reason": "they left"}),
        Cause(AgreementNotInForce, after=ENDED),
        Cause(AgreementChangeBackdated, says={"ends_on": TODAY}),
    ),
)

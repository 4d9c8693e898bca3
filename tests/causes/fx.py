"""What commands about exchange rates, conversions and exposures are refused for."""

from datetime import date

from domain.accounts import AccountUnfit, AccountUnknown
from domain.commands import CorrectRates, RecordConversion, RecordRates, RevalueExposure, ReverseConversion
from domain.conversion import (
    ConversionAlreadyRecorded,
    ConversionIsReversed,
    ConversionMalformed,
    ConversionSidesDiffer,
    Deal,
    DealRateDiffers,
)
from domain.exchange_rate import RateNotFound, RatesAlreadyRecorded, RatesMalformed, RatesNotDifferent
from domain.exposure import ExposureChanged, ExposureMovedSince
from domain.money import MINOR_MAX, AmountOutOfRange, CurrencyUnknown, Money, divide
from domain.references import ReferenceMalformed
from domain.unit_of_work import AggregateNotFound
from tests.causes.cause import Attempt, Cause, Refused
from tests.given import BOOK, Given, Happened, given, on, opened, usd
from tests.golden.fx_examples import EXAMPLES

DAY = date(2026, 11, 20)
"""A Friday; AT is the Sunday after it."""

RATES = RecordRates(
    source="ECB", day=DAY, base="EUR", rates={"USD": "1.1523", "INR": "97.1235", "GBP": "0.8705", "JPY": "186.75"}
)
EUR_SOLD = RecordConversion(
    conversion="FX-1",
    sold=Money("EUR", 100_000),
    sold_from="bank:operator:hdfc",
    bought=usd(114_000),
    bought_to="bank:operator:icici",
    deal=Deal(source="bank:hdfc", rate="1.14", of="EUR"),
)
REVERSE = ReverseConversion(conversion="FX-1", reason="recorded-twice")
REVALUE = RevalueExposure(currency="EUR")
PROSE = {"reason": "because of a slip"}
NOWHERE = {"benchmark": "NOBODY"}
TOO_FAR = {"days_back": 32}


def quoted() -> Given:
    """Return a book that keeps its results in USD and knows the rates of a Friday."""
    return given(on(BOOK, opened())).said(RATES)


def converted() -> Given:
    """Return that book once euros were sold."""
    return quoted().said(EUR_SOLD)


def changed(amount_minor: int, *, day: date = DAY, value_minor: int = 0) -> tuple[Happened, ...]:
    """Return how more euros came to be open, or fewer."""
    event = ExposureChanged(
        of="EUR",
        currency="USD",
        amount_minor=amount_minor,
        value_minor=value_minor,
        closed_minor=0,
        closed_value_minor=0,
        relieved_minor=0,
        gain_minor=0,
        cause="conversion:FX-0",
        day=day,
    )
    return on("exposure:EUR", event)


SHORT_TO_THE_BRIM = changed(-MINOR_MAX)
LONG_TO_THE_BRIM = changed(MINOR_MAX + 100_000)
RECORDED_BEFORE = on("conversion:FX-1", EXAMPLES["conversion.recorded"][1])
WORTH_TOO_MUCH = {
    "sold": Money("EUR", MINOR_MAX),
    "bought": Money("JPY", MINOR_MAX),
    "deal": Deal(source="bank:hdfc", rate="100", of="EUR"),
}
"""More than an amount can be at the reference rate, though not at the bank's."""

OF_NOTHING = {"amount_minor": 0}
UNREADABLE = {"deal": Deal(source="bank:hdfc", rate="much", of="EUR")}
TOO_MUCH = {"sold": Money("EUR", MINOR_MAX), "deal": Deal(source="bank:hdfc", rate="1.15", of="EUR")}
WRONG_RATE = {"deal": Deal(source="bank:hdfc", rate="1.15", of="EUR")}

FX = (
    Refused(
        RATES,
        given(on(BOOK, opened())),
        Cause(ReferenceMalformed, says={"source": "E C B"}),
        Cause(RatesMalformed, says={"rates": {"USD": "1,15"}}),
        Cause(RatesAlreadyRecorded, story=quoted()),
        apart={(1, 3): "nothing is recorded under what is no key"},
    ),
    Refused(
        CorrectRates(source="ECB", day=DAY, rates={"INR": "97.1325"}, reason="typing-error"),
        quoted(),
        Cause(AggregateNotFound, gone="rates:ECB/2026-11-20"),
        Cause(RatesMalformed, says={"rates": {}}),
        Cause(ReferenceMalformed, says=PROSE),
        Cause(RatesNotDifferent, says={"rates": {"INR": "97.1235"}}),
        apart={(2, 4): "rates that can't be meant aren't recorded"},
    ),
    Refused(
        EUR_SOLD,
        quoted(),
        Cause(AggregateNotFound, gone=BOOK),
        Cause(ReferenceMalformed, says={"conversion": "the first"}),
        Cause(AmountOutOfRange, says={"sold": Money("EUR", 0)}, naming=OF_NOTHING),
        Cause(CurrencyUnknown, says={"bought": Money("XXX", 114_000)}),
        Cause(AccountUnknown, says={"sold_from": "petty-cash"}),
        Cause(AccountUnfit, says={"bought_to": "hold:PO-1"}),
        Cause(ConversionMalformed, says=UNREADABLE),
        Cause(ConversionSidesDiffer, says={"bought_to": "bank:safeguarded:icici"}),
        Cause(RatesMalformed, says=TOO_FAR),
        Cause(RateNotFound, says=NOWHERE),
        Cause(
            AmountOutOfRange,
            says=TOO_MUCH,
            naming={"amount_minor": divide(MINOR_MAX * 115, 100)},
        ),
        Cause(DealRateDiffers, says=WRONG_RATE),
        Cause(AmountOutOfRange, says=WORTH_TOO_MUCH, naming={"amount_minor": divide(MINOR_MAX * 18_675, 10_000)}),
        Cause(ConversionAlreadyRecorded, after=RECORDED_BEFORE),
        Cause(AmountOutOfRange, after=SHORT_TO_THE_BRIM, naming={"amount_minor": -MINOR_MAX - 100_000}),
        together={
            (3, 11): Attempt(says={**TOO_MUCH, "bought": usd(0)}),
            (3, 13): Attempt(says={**WORTH_TOO_MUCH, "bought": Money("JPY", 0)}),
            (4, 13): Attempt(says={**WORTH_TOO_MUCH, "bought": Money("XXX", MINOR_MAX)}),
            (6, 8): Attempt(says={"sold_from": "bank:safeguarded:hdfc", "bought_to": "hold:PO-1"}),
            (7, 11): Attempt(says=TOO_MUCH | UNREADABLE),
            (7, 12): Attempt(says={"bought": usd(115_000)} | UNREADABLE),
            (7, 13): Attempt(says=WORTH_TOO_MUCH | UNREADABLE),
            (11, 13): Attempt(says={**WORTH_TOO_MUCH, "deal": Deal(source="bank:hdfc", rate="115", of="EUR")}),
            (12, 13): Attempt(says={**WORTH_TOO_MUCH, "deal": Deal(source="bank:hdfc", rate="99", of="EUR")}),
        },
    ),
    Refused(
        REVERSE,
        converted(),
        Cause(AggregateNotFound, gone="conversion:FX-1"),
        Cause(ReferenceMalformed, says=PROSE),
        Cause(ConversionIsReversed, story=converted().said(REVERSE)),
        Cause(AmountOutOfRange, after=LONG_TO_THE_BRIM),
    ),
    Refused(
        REVALUE,
        converted(),
        Cause(AggregateNotFound, gone="exposure:EUR"),
        Cause(RatesMalformed, says=TOO_FAR),
        Cause(RateNotFound, says=NOWHERE),
        Cause(ExposureMovedSince, after=changed(1, day=date(2026, 11, 23))),
        Cause(AmountOutOfRange, after=LONG_TO_THE_BRIM),
    ),
)

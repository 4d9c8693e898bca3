"""Examples of the events of exchange rates and conversions, as tests/golden/examples.py says."""

from datetime import date

from domain import conversion, exchange_rate, exposure
from domain.aggregate import Event

DAY = date(2026, 11, 20)
USED = exchange_rate.RatesUsed(source="ECB", day=DAY, base="EUR", rates={"INR": "97.1235", "USD": "1.1523"})
SOLD = conversion.Leg(side="sold", account="bank:operator:hdfc", currency="USD", amount_minor=100_000)
BOUGHT = conversion.Leg(side="bought", account="bank:operator:icici", currency="INR", amount_minor=8_400_000)

EXAMPLES: dict[str, tuple[str, Event]] = {
    "rates.recorded": (
        "rates:ECB/2026-11-20",
        exchange_rate.RatesRecorded(
            source="ECB",
            day=DAY,
            base="EUR",
            rates={"IDR": "20082.05", "INR": "97.1235", "JPY": "186.75", "USD": "1.1523"},
            recorded_by="finance:first",
        ),
    ),
    "rates.corrected": (
        "rates:ECB/2026-11-20",
        exchange_rate.RatesCorrected(rates={"INR": "97.1325"}, reason="typing-error", corrected_by="finance:first"),
    ),
    "conversion.recorded": (
        "conversion:FX-1",
        conversion.ConversionRecorded(
            legs=(SOLD, BOUGHT),
            deal=conversion.Deal(source="bank:hdfc", rate="84.00", of="USD"),
            dealt_by=None,
            benchmark=USED,
            currency="INR",
            would_have_bought_minor=8_428_664,
            sold_value_minor=8_428_664,
            bought_value_minor=8_400_000,
            margin_minor=-28_664,
            difference_minor=48_664,
        ),
    ),
    "conversion.reversed": (
        "conversion:FX-1",
        conversion.ConversionReversed(
            legs=(
                conversion.Leg(side="sold", account="bank:operator:icici", currency="INR", amount_minor=8_400_000),
                conversion.Leg(side="bought", account="bank:operator:hdfc", currency="USD", amount_minor=100_000),
            ),
            currency="INR",
            margin_minor=28_664,
            difference_minor=-500,
            reason="recorded-twice",
            reversed_by="finance:second",
        ),
    ),
    "exposure.changed": (
        "exposure:USD",
        exposure.ExposureChanged(
            of="USD",
            currency="INR",
            amount_minor=-100_000,
            value_minor=-8_428_664,
            closed_minor=100_000,
            closed_value_minor=-8_428_664,
            relieved_minor=8_380_000,
            gain_minor=48_664,
            cause="conversion:FX-1",
            day=DAY,
        ),
    ),
    "exposure.revalued": (
        "exposure:USD",
        exposure.ExposureRevalued(
            of="USD",
            currency="INR",
            open_minor=50_000,
            carried_minor=4_200_000,
            value_minor=4_214_332,
            gain_minor=14_332,
            benchmark=USED,
            day=DAY,
        ),
    ),
}

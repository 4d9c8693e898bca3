"""The workings of conversions and revaluations: which rates, which values and which gain each posting stands on."""

from collections.abc import Iterator

from domain.conversion import ConversionRecorded, ConversionReversed, Leg
from domain.exchange_rate import RatesUsed
from domain.exposure import ExposureRevalued
from domain.fx_postings import GAIN_LOSS, POSITION
from domain.workings import Working, Workings, shown


def work_conversion(event: ConversionRecorded | ConversionReversed) -> Workings:
    """Yield both legs with the rate of the deal, and in the functional currency the margin and what was closed."""
    for leg in event.legs:
        yield from _leg(leg, _deal(event))
    margin, difference = _margin(event), _difference(event)
    for account, sign in ((POSITION, 1), (GAIN_LOSS, -1)):
        for gain in (margin, difference):
            yield gain.on(account, sign)


def work_exposure_revalued(event: ExposureRevalued) -> Workings:
    """Yield the gain on both of its accounts."""
    is_open, carried = shown(event.open_minor, event.of), shown(event.carried_minor, event.currency)
    value, gain = shown(event.value_minor, event.currency), shown(event.gain_minor, event.currency)
    worked = Working(
        label="revalued",
        amount_minor=event.gain_minor,
        how=f"{is_open} {event.of} are worth {value} - carried at {carried} = {gain} {event.currency}",
        rule=rates_text(event.benchmark),
        currency=event.currency,
    )
    for account, sign in ((POSITION, 1), (GAIN_LOSS, -1)):
        yield worked.on(account, sign)


def rates_text(used: RatesUsed) -> str:
    """Return recorded rates in words: `ECB 2026-11-20: 1 EUR = 97.1234 INR, 1.1523 USD`."""
    quoted = ", ".join(f"{rate} {currency}" for currency, rate in used.rates.items())
    return f"{used.source} {used.day}: 1 {used.base} = {quoted}"


def _leg(leg: Leg, rule: str) -> Iterator[Working]:
    sign = 1 if leg.side == "sold" else -1
    worked = Working(
        label=leg.side,
        amount_minor=leg.amount_minor,
        how=f"{shown(leg.amount_minor, leg.currency)} {leg.currency}, as recorded",
        rule=rule,
        currency=leg.currency,
    )
    yield worked.on(POSITION, sign)
    yield worked.on(leg.account, -sign)


def _deal(event: ConversionRecorded | ConversionReversed) -> str:
    if isinstance(event, ConversionReversed):
        return f"taken back by {event.reversed_by}, reason {event.reason}"
    if event.dealt_by:
        return rates_text(event.dealt_by)
    (other,) = (leg.currency for leg in event.legs if leg.currency != event.deal.of)
    return f"{event.deal.source}: 1 {event.deal.of} = {event.deal.rate} {other}"


def _margin(event: ConversionRecorded | ConversionReversed) -> Working:
    margin = f"{shown(event.margin_minor, event.currency)} {event.currency}"
    if isinstance(event, ConversionReversed):
        return _gain(event, "margin", event.margin_minor, f"{margin}, the opposite of the conversion's", "")
    values = (shown(minor, event.currency) for minor in (event.bought_value_minor, event.sold_value_minor))
    how = f"{' bought - '.join(values)} sold, at the reference rate = {margin}"
    return _gain(event, "margin", event.margin_minor, how, rates_text(event.benchmark))


def _difference(event: ConversionRecorded | ConversionReversed) -> Working:
    how = f"{shown(event.difference_minor, event.currency)} {event.currency}, worth less carried, of what it closed"
    return _gain(event, "exchange difference", event.difference_minor, how, "carried at average cost")


def _gain(
    event: ConversionRecorded | ConversionReversed, label: str, amount_minor: int, how: str, rule: str
) -> Working:
    return Working(label=label, amount_minor=amount_minor, how=how, rule=rule, currency=event.currency)

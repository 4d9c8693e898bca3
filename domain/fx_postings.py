"""
Foreign exchange postings: each currency balances against `fx:position`, gains stand in the functional currency alone.

Source: shared design, section 3.
"""

from domain.conversion import ConversionEvent, ConversionRecorded, ConversionReversed
from domain.exposure import ExposureRevalued
from domain.journal import Entry, Posting, entry

POSITION = "fx:position"
GAIN_LOSS = "fx:gain-loss"


def post_conversion_recorded(_reference: str, event: ConversionRecorded) -> Entry:
    """Per currency, the account against `fx:position`; in the functional one, the gain against it as well."""
    return _entry(event)


def post_conversion_reversed(_reference: str, event: ConversionReversed) -> Entry:
    """The reverse of the conversion, with the exchange difference that taking it back brings."""
    return _entry(event)


def _entry(event: ConversionEvent) -> Entry:
    """Return one posting per account and currency: what the position has to explain is one figure in each."""
    gain_minor = event.margin_minor + event.difference_minor
    sums: dict[tuple[str, str], int] = {}
    for account, currency, minor in (
        *(
            (leg.account, leg.currency, -leg.amount_minor if leg.side == "sold" else leg.amount_minor)
            for leg in event.legs
        ),
        *(
            (POSITION, leg.currency, leg.amount_minor if leg.side == "sold" else -leg.amount_minor)
            for leg in event.legs
        ),
        (POSITION, event.currency, gain_minor),
        (GAIN_LOSS, event.currency, -gain_minor),
    ):
        sums[account, currency] = sums.get((account, currency), 0) + minor
    return Entry(tuple(Posting(account, currency, minor) for (account, currency), minor in sums.items() if minor))


def post_exposure_revalued(_reference: str, event: ExposureRevalued) -> Entry:
    """Debit the position with what it is worth more; credit the gain. A loss is the reverse."""
    return entry(event.currency, debit={POSITION: event.gain_minor}, credit={GAIN_LOSS: event.gain_minor})

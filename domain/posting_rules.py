"""
Posting rules say which entry an event posts: the accounting policy of the book, as one table at the end of this file.

A rule is keyed by topic and schema version and is never edited once shipped, so that a rebuild can't re-post a closed
year; a new treatment is a new event or a new version. Source: shared design, section 3.
"""

from collections.abc import Callable
from typing import Any

from domain.aggregate import Event
from domain.catalogue import type_of
from domain.hold import (
    HoldChargedBack,
    HoldFrozen,
    HoldPaymentReceived,
    HoldRecovered,
    HoldRefunded,
    HoldReleased,
    HoldUnfrozen,
)
from domain.journal import Entry, entry
from domain.references import key_of

FEE_INCOME = "income:service-fee"
FEE_TAX = "tax:gst-output"


def post_hold_payment_received(reference: str, event: HoldPaymentReceived) -> Entry:
    """Debit where the money is; credit the hold."""
    return entry(event.currency, debit={event.account: event.amount_minor}, credit={reference: event.amount_minor})


def post_hold_frozen(reference: str, event: HoldFrozen) -> Entry:
    """Debit the hold; credit frozen."""
    return entry(event.currency, debit={reference: event.amount_minor}, credit={_frozen(reference): event.amount_minor})


def post_hold_unfrozen(reference: str, event: HoldUnfrozen) -> Entry:
    """Debit frozen; credit the hold."""
    return entry(event.currency, debit={_frozen(reference): event.amount_minor}, credit={reference: event.amount_minor})


def post_hold_released(reference: str, event: HoldReleased) -> Entry:
    """Debit the hold; credit the exporter with the net, and the operator's fee and the tax on it."""
    return entry(event.currency, debit={reference: event.gross_minor}, credit=_exporter_side(event))


def post_hold_recovered(reference: str, event: HoldRecovered) -> Entry:
    """The reverse of a release: debit the exporter, the fee and the tax; credit the hold."""
    return entry(event.currency, debit=_exporter_side(event), credit={reference: event.gross_minor})


def post_hold_refunded(reference: str, event: HoldRefunded) -> Entry:
    """Debit the hold; credit what is due back to the buyer."""
    return entry(
        event.currency,
        debit={reference: event.amount_minor},
        credit={f"refundable:buyer:{event.buyer}": event.amount_minor},
    )


def post_hold_charged_back(reference: str, event: HoldChargedBack) -> Entry:
    """Debit the hold, then frozen, then the exporter, then the buyer; credit where the bank took the money."""
    return entry(
        event.currency,
        debit={
            reference: event.held_minor,
            _frozen(reference): event.frozen_minor,
            f"payable:exporter:{event.exporter}": event.exporter_minor,
            f"refundable:buyer:{event.buyer}": event.buyer_minor,
        },
        credit={event.account: event.held_minor + event.frozen_minor + event.exporter_minor + event.buyer_minor},
    )


POSTING_RULES: dict[tuple[str, int], Callable[[str, Any], Entry] | None] = {
    ("book.opened", 1): None,
    ("rulebook.drafted", 1): None,
    ("rulebook.approved", 1): None,
    ("rulebook.published", 1): None,
    ("order.placed", 1): None,
    ("order.lines_added", 1): None,
    ("order.accepted", 1): None,
    ("order.cancelled", 1): None,
    ("order.dispatched", 1): None,
    ("order.delivered", 1): None,
    ("order.receipt_confirmed", 1): None,
    ("order.inspection_lapsed", 1): None,
    ("order.completed", 1): None,
    ("hold.opened", 1): None,
    ("hold.payment_received", 1): post_hold_payment_received,
    ("hold.frozen", 1): post_hold_frozen,
    ("hold.unfrozen", 1): post_hold_unfrozen,
    ("hold.released", 1): post_hold_released,
    ("hold.recovered", 1): post_hold_recovered,
    ("hold.refunded", 1): post_hold_refunded,
    ("hold.charged_back", 1): post_hold_charged_back,
    ("hold.closed", 1): None,
    ("release.proposed", 1): None,
    ("release.approved", 1): None,
    ("release.rejected", 1): None,
    ("release.executed", 1): None,
    ("refund.proposed", 1): None,
    ("refund.approved", 1): None,
    ("refund.rejected", 1): None,
    ("refund.executed", 1): None,
    ("payee.credited", 1): None,
    ("payee.debited", 1): None,
}
"""Every event of the catalogue, and its rule or the declaration that it posts nothing."""


def post(reference: str, event: Event, *, schema: int | None = None) -> Entry | None:
    """
    Return the entry that an event posts, or nothing if it is declared not to.

    schema: the version that it was stored in, whose rule stays its own however it is read today; today's if not given.

    Raises what Entry does: what can't be posted isn't recorded.
    """
    happened = type_of(event)
    rule = POSTING_RULES[happened.topic, schema or happened.schema]
    return rule(reference, event) if rule else None


def _frozen(hold: str) -> str:
    return f"frozen:{key_of(hold)}"


def _exporter_side(event: HoldReleased | HoldRecovered) -> dict[str, int]:
    return {
        f"payable:exporter:{event.exporter}": event.net_minor,
        FEE_INCOME: event.fee_minor,
        FEE_TAX: event.tax_minor,
    }

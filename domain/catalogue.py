"""
The catalogue is the closed list of everything that can stand in a log: each kind of aggregate and each event, with its
permanent topic and schema version.

Decoding uses this list and nothing else, so a row can't name code to run. Classes and files may be renamed for ever:
the topic stays. A changed event gets the next schema version here, and an upcaster from the one before.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec import Struct

from domain import book, hold, order, payee_account, refund, release, rulebook
from domain.aggregate import Aggregate, Event
from domain.references import kind_of

Evolve = Callable[[Any, Any, str, datetime], Aggregate]


class EventType(Struct, frozen=True):
    """An event as the log knows it. `schema` counts from 1 and is part of what is hashed."""

    topic: str
    schema: int
    cls: type[Event]


EVENTS: tuple[EventType, ...] = (
    EventType("book.opened", 1, book.BookOpened),
    EventType("rulebook.drafted", 1, rulebook.RulebookDrafted),
    EventType("rulebook.approved", 1, rulebook.RulebookApproved),
    EventType("rulebook.published", 1, rulebook.RulebookPublished),
    EventType("order.placed", 1, order.OrderPlaced),
    EventType("order.lines_added", 1, order.OrderLinesAdded),
    EventType("order.accepted", 1, order.OrderAccepted),
    EventType("order.cancelled", 1, order.OrderCancelled),
    EventType("order.dispatched", 1, order.OrderDispatched),
    EventType("order.delivered", 1, order.OrderDelivered),
    EventType("order.receipt_confirmed", 1, order.OrderReceiptConfirmed),
    EventType("order.inspection_lapsed", 1, order.OrderInspectionLapsed),
    EventType("order.completed", 1, order.OrderCompleted),
    EventType("hold.opened", 1, hold.HoldOpened),
    EventType("hold.payment_received", 1, hold.HoldPaymentReceived),
    EventType("hold.frozen", 1, hold.HoldFrozen),
    EventType("hold.unfrozen", 1, hold.HoldUnfrozen),
    EventType("hold.released", 1, hold.HoldReleased),
    EventType("hold.recovered", 1, hold.HoldRecovered),
    EventType("hold.refunded", 1, hold.HoldRefunded),
    EventType("hold.charged_back", 1, hold.HoldChargedBack),
    EventType("hold.closed", 1, hold.HoldClosed),
    EventType("release.proposed", 1, release.ReleaseProposed),
    EventType("release.approved", 1, release.ReleaseApproved),
    EventType("release.rejected", 1, release.ReleaseRejected),
    EventType("release.executed", 1, release.ReleaseExecuted),
    EventType("refund.proposed", 1, refund.RefundProposed),
    EventType("refund.approved", 1, refund.RefundApproved),
    EventType("refund.rejected", 1, refund.RefundRejected),
    EventType("refund.executed", 1, refund.RefundExecuted),
    EventType("payee.credited", 1, payee_account.PayeeCredited),
    EventType("payee.debited", 1, payee_account.PayeeDebited),
)

AGGREGATES: dict[str, Evolve] = {
    "book": book.evolve,
    "rulebook": rulebook.evolve,
    "order": order.evolve,
    "hold": hold.evolve,
    "release": release.evolve,
    "refund": refund.evolve,
    "payee": payee_account.evolve,
}
"""By the kind that its references begin with: how each aggregate is folded from its events."""

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

UPCASTERS: dict[tuple[str, int], Upcaster] = {}
"""By topic and schema version: how the fields of an older event become those of the next version."""

_BY_CLASS: dict[type[Event], EventType] = {event_type.cls: event_type for event_type in EVENTS}
BY_TOPIC: dict[str, EventType] = {event_type.topic: event_type for event_type in EVENTS}


def type_of(event: Event) -> EventType:
    """Return how the log knows an event."""
    return _BY_CLASS[type(event)]


def evolve(aggregate: Aggregate | None, event: Event, reference: str, occurred_at: datetime) -> Aggregate:
    """Return an aggregate after an event that happened to it."""
    return AGGREGATES[kind_of(reference)](aggregate, event, reference, occurred_at)

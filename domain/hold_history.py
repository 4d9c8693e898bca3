"""How a hold is folded from its events."""

from datetime import datetime

from msgspec.structs import replace

from domain.aggregate import HistoryBroken, begun
from domain.hold import (
    Hold,
    HoldChargedBack,
    HoldClosed,
    HoldDisputed,
    HoldEvent,
    HoldFrozen,
    HoldOpened,
    HoldPaymentReceived,
    HoldRecovered,
    HoldRefunded,
    HoldReleased,
    HoldUndisputed,
    HoldUnfrozen,
)
from domain.proposal import Breakdown
from domain.takeover import HoldTakenOver, hold_from


def evolve(hold: Hold | None, event: HoldEvent | HoldTakenOver, reference: str, _at: datetime) -> Hold:
    """Apply an event of a hold."""
    if isinstance(event, HoldOpened):
        return _opened(event, reference)
    if isinstance(event, HoldTakenOver):
        return hold_from(event, reference)
    return _after(begun(hold), event)


def _after(hold: Hold, event: HoldEvent) -> Hold:  # noqa: C901 - one case an event
    match event:
        case HoldPaymentReceived():
            return _received(hold, event)
        case HoldReleased():
            return _released(hold, event)
        case HoldRecovered():
            return _recovered(hold, event)
        case HoldRefunded():
            return _refunded(hold, event)
        case HoldDisputed():
            return _set_aside(hold, event.amount_minor, conceded_minor=0)
        case HoldUndisputed():
            return _set_aside(hold, -event.amount_minor, conceded_minor=event.conceded_minor)
        case HoldFrozen():
            return _moved_to_frozen(hold, event.amount_minor)
        case HoldUnfrozen():
            return _moved_to_frozen(hold, -event.amount_minor)
        case HoldChargedBack():
            return _charged_back(hold, event)
        case HoldClosed():
            return replace(hold, status="closed")
        case HoldOpened():
            raise HistoryBroken


def _opened(event: HoldOpened, reference: str) -> Hold:
    return Hold(
        reference=reference,
        buyer=event.buyer,
        exporter=event.exporter,
        currency=event.currency,
        paid_by_step=(0,) * event.steps,
    )


def _received(hold: Hold, event: HoldPaymentReceived) -> Hold:
    paid = list(hold.paid_by_step)
    paid[event.step - 1] += event.amount_minor
    return replace(
        hold,
        received_minor=hold.received_minor + event.amount_minor,
        held_minor=hold.held_minor + event.amount_minor,
        paid_by_step=tuple(paid),
    )


def _released(hold: Hold, event: HoldReleased) -> Hold:
    return replace(
        hold,
        held_minor=hold.held_minor - event.gross_minor,
        released=_plus(hold.released, event),
    )


def _recovered(hold: Hold, event: HoldRecovered) -> Hold:
    return replace(
        hold,
        held_minor=hold.held_minor + event.gross_minor,
        recovered=_plus(hold.recovered, event),
    )


def _refunded(hold: Hold, event: HoldRefunded) -> Hold:
    return replace(
        hold,
        held_minor=hold.held_minor - event.amount_minor,
        refunded_minor=hold.refunded_minor + event.amount_minor,
    )


def _set_aside(hold: Hold, amount_minor: int, *, conceded_minor: int) -> Hold:
    return replace(
        hold,
        held_minor=hold.held_minor - amount_minor,
        disputed_minor=hold.disputed_minor + amount_minor,
        conceded_minor=hold.conceded_minor + conceded_minor,
    )


def _moved_to_frozen(hold: Hold, amount_minor: int) -> Hold:
    return replace(hold, held_minor=hold.held_minor - amount_minor, frozen_minor=hold.frozen_minor + amount_minor)


def _charged_back(hold: Hold, event: HoldChargedBack) -> Hold:
    return replace(
        hold,
        held_minor=hold.held_minor - event.held_minor,
        disputed_minor=hold.disputed_minor - event.disputed_minor,
        frozen_minor=hold.frozen_minor - event.frozen_minor,
        charged_back_minor=hold.charged_back_minor + event.held_minor + event.disputed_minor + event.frozen_minor,
        charged_to_exporter_minor=hold.charged_to_exporter_minor + event.exporter_minor,
        charged_to_buyer_minor=hold.charged_to_buyer_minor + event.buyer_minor,
    )


def _plus(total: Breakdown, event: HoldReleased | HoldRecovered) -> Breakdown:
    return Breakdown(
        gross_minor=total.gross_minor + event.gross_minor,
        fee_minor=total.fee_minor + event.fee_minor,
        tax_minor=total.tax_minor + event.tax_minor,
    )

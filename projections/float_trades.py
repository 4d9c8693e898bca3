"""What the float meter knows of an order: when its goods and its money were there, and what is kept of it."""

from datetime import date
from typing import NamedTuple

from msgspec import Struct, field

from domain.aggregate import Event
from domain.envelope import Recorded
from domain.hold import (
    HoldChargedBack,
    HoldDisputed,
    HoldFrozen,
    HoldPaymentReceived,
    HoldRecovered,
    HoldRefunded,
    HoldReleased,
    HoldUndisputed,
    HoldUnfrozen,
)
from domain.order import OrderInspectionLapsed, OrderPlaced, OrderReceiptConfirmed
from domain.refund import RefundProposed, RefundRejected
from domain.release import ReleaseProposed, ReleaseRejected
from domain.takeover import HoldTakenOver, OrderTakenOver
from projections.float_waits import Spans


class Proposed(Struct):
    """A release or refund that was proposed, in minor units: gross, and what the payee gets of it."""

    day: date
    gross_minor: int
    net_minor: int
    payee: str


class Trade(Struct):
    """An order's days, and what is kept of its money, in minor units; pending: what is proposed and not done."""

    exporter: str = ""
    buyer: str = ""
    currency: str = ""
    received_on: date | None = None
    paid_on: list[date] = field(default_factory=list)
    held_minor: int = 0
    disputed_minor: int = 0
    frozen_minor: int = 0
    disputed: Spans = field(default_factory=Spans)
    frozen: Spans = field(default_factory=Spans)
    pending: dict[str, Proposed] = field(default_factory=dict)
    proposed: dict[str, Proposed] = field(default_factory=dict)

    @property
    def kept_minor(self) -> int:
        """Return what is kept and nobody proposed to pay yet."""
        kept_minor = self.held_minor + self.disputed_minor + self.frozen_minor
        return kept_minor - sum(each.gross_minor for each in self.pending.values())

    def due_by(self, day: date) -> date:
        """Return when the last condition of what is due on a day was met: goods received, and the last money there."""
        received_on = min(self.received_on or day, day)
        return max((paid for paid in self.paid_on if received_on < paid <= day), default=received_on)


class _Moved(NamedTuple):
    """By how much an event moved what is kept, in minor units."""

    held_minor: int = 0
    disputed_minor: int = 0
    frozen_minor: int = 0


def tell_trade(trade: Trade, recorded: Recorded, day: date) -> None:
    """Take an event of an order, or of its hold, in."""
    match event := recorded.event:
        case OrderPlaced() | OrderTakenOver():
            trade.exporter, trade.buyer, trade.currency = event.exporter, event.buyer, event.terms.currency
        case OrderReceiptConfirmed():
            trade.received_on = day
        case OrderInspectionLapsed(ended_at=ended_at):
            trade.received_on = ended_at.date()
        case HoldPaymentReceived():
            trade.paid_on.append(day)
        case HoldReleased(release=name) | HoldRefunded(refund=name):
            trade.pending.pop(name, None)
        case _:
            pass
    moved = _moved(event)
    trade.held_minor += moved.held_minor
    trade.disputed_minor += moved.disputed_minor
    trade.frozen_minor += moved.frozen_minor
    trade.disputed.turn(day, on=trade.disputed_minor > 0)
    trade.frozen.turn(day, on=trade.frozen_minor > 0)


def tell_proposal(trade: Trade, recorded: Recorded, day: date) -> None:
    """Take an event of an order's releases or refunds in."""
    reference, event = recorded.originator_id, recorded.event
    match event:
        case ReleaseProposed():
            proposed = Proposed(day, event.gross_minor, event.net_minor, trade.exporter)
            trade.proposed[f"{reference}/{event.number}"] = proposed
            trade.pending[f"{reference}/{event.number}"] = proposed
        case RefundProposed():
            kept_minor = event.amount_minor - event.recovered_minor  # what must be recovered first isn't kept yet
            proposed = Proposed(day, kept_minor, event.amount_minor, trade.buyer)
            trade.proposed[f"{reference}/{event.number}"] = proposed
            trade.pending[f"{reference}/{event.number}"] = proposed
        case ReleaseRejected(number=number) | RefundRejected(number=number):
            trade.pending.pop(f"{reference}/{number}", None)
        case _:
            pass


def _moved(event: Event) -> _Moved:
    match event:
        case HoldPaymentReceived(amount_minor=minor) | HoldTakenOver(held_minor=minor):
            return _Moved(held_minor=minor)
        case HoldDisputed(amount_minor=minor):
            return _Moved(held_minor=-minor, disputed_minor=minor)
        case HoldUndisputed(amount_minor=minor):
            return _Moved(held_minor=minor, disputed_minor=-minor)
        case HoldFrozen(amount_minor=minor):
            return _Moved(held_minor=-minor, frozen_minor=minor)
        case HoldUnfrozen(amount_minor=minor):
            return _Moved(held_minor=minor, frozen_minor=-minor)
        case HoldReleased(gross_minor=minor) | HoldRefunded(amount_minor=minor):
            return _Moved(held_minor=-minor)
        case HoldRecovered(gross_minor=minor):
            return _Moved(held_minor=minor)
        case HoldChargedBack():
            return _Moved(-event.held_minor, -event.disputed_minor, -event.frozen_minor)
        case _:
            return _Moved()

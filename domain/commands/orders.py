"""Commands about an order: the agreement and the performance."""

from collections.abc import Sequence
from datetime import date

from domain.commands.command import OrderCommand
from domain.order import Line, LineQuantity, PaymentStep
from domain.references import order_id, party_id
from domain.rules import TransportMode


class PlaceOrder(OrderCommand, frozen=True, kw_only=True):
    """Order goods. Without steps, one payment of the whole is due on acceptance."""

    buyer: str
    exporter: str
    currency: str
    lines: tuple[Line, ...]
    steps: tuple[PaymentStep, ...] = ()
    transport_mode: TransportMode
    ship_by: date
    deliver_by: date | None = None
    rulebook: str = "standard/1"

    def subjects(self) -> Sequence[str]:
        """Return the order, the rulebook and both sides."""
        return order_id(self.order), f"rulebook:{self.rulebook}", party_id(self.buyer), party_id(self.exporter)


class AcceptOrder(OrderCommand, frozen=True, kw_only=True):
    """Take an order on, as its exporter."""


class CancelOrder(OrderCommand, frozen=True, kw_only=True):
    """Call an order off before anything is dispatched; what is held goes back to the buyer."""

    reason: str


class DispatchGoods(OrderCommand, frozen=True, kw_only=True):
    """Hand goods to the carrier; without lines, all that is left."""

    lines: tuple[LineQuantity, ...] | None = None


class RecordDelivery(OrderCommand, frozen=True, kw_only=True):
    """Record that the carrier handed a dispatch over; without a number, the latest."""

    dispatch: int | None = None


class ConfirmReceipt(OrderCommand, frozen=True, kw_only=True):
    """Accept the goods, as the buyer."""


class LapseInspection(OrderCommand, frozen=True, kw_only=True):
    """Accept the goods by the buyer's silence, once the inspection window has ended."""


class LapseInspectionByClock(OrderCommand, frozen=True, kw_only=True):
    """Accept the goods by the buyer's silence, because the inspection's clock has come to its end."""


class CompleteOrder(OrderCommand, frozen=True, kw_only=True):
    """Close a trade that is done."""

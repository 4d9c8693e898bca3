"""
Commands are the public language of change: one intent each, said to the ledger by a person, a clock or an import.

A command names its subjects by key (`PO-1001`, not `order:PO-1001`). Those at the end of this file follow from events
inside the ledger and are taken from nobody.
"""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from domain.money import Money
from domain.order import Line, LineQuantity, PaymentStep
from domain.references import hold_id, order_id, refunds_id, releases_id
from domain.rulebook import Rules, TransportMode


class Command(Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True, gc=False):
    """
    An intent to change the ledger.

    What is left at its default isn't encoded, so a field added later doesn't change what an old command's hash is over.
    """

    def subjects(self) -> Sequence[str]:
        """Return references of the aggregates that deciding this will surely read, to be read in one go."""
        return ()


class OpenBook(Command, frozen=True, kw_only=True):
    """Begin a marketplace's ledger."""

    book: str
    identity: str
    log_origin: str
    functional_currency: str = "USD"
    time_zone: str = "UTC"


class DraftRulebook(Command, frozen=True, kw_only=True):
    """Write down a version of the rules."""

    rulebook: str
    rules: Rules


class ApproveRulebook(Command, frozen=True, kw_only=True):
    """Agree to a draft as a second person."""

    rulebook: str


class PublishRulebook(Command, frozen=True, kw_only=True):
    """Open an approved version for orders."""

    rulebook: str


class OrderCommand(Command, frozen=True, kw_only=True):
    """An intent about one order and its money."""

    order: str

    def subjects(self) -> Sequence[str]:
        """Return the order, its hold, and what waits to be paid out of it."""
        return order_id(self.order), hold_id(self.order), releases_id(self.order), refunds_id(self.order)


class PlaceOrder(OrderCommand, frozen=True, kw_only=True):
    """Order goods. Without steps, one payment of the whole is due on acceptance."""

    buyer: str
    exporter: str
    currency: str
    lines: tuple[Line, ...]
    steps: tuple[PaymentStep, ...] = ()
    transport_mode: TransportMode
    ship_by: date
    rulebook: str = "standard/1"

    def subjects(self) -> Sequence[str]:
        """Return the order and the rulebook."""
        return order_id(self.order), f"rulebook:{self.rulebook}"


class AcceptOrder(OrderCommand, frozen=True, kw_only=True):
    """Take an order on, as its exporter."""


class CancelOrder(OrderCommand, frozen=True, kw_only=True):
    """Call an order off before anything is dispatched; what is held goes back to the buyer."""

    reason: str


class RecordPayment(OrderCommand, frozen=True, kw_only=True):
    """Record that money of the buyer arrived for a payment step, counted from 1."""

    step: int = 1
    amount: Money
    account: str
    reference: str = ""


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


class ProposeRelease(OrderCommand, frozen=True, kw_only=True):
    """Ask that the exporter be paid; without an amount, what is due."""

    amount: Money | None = None


class ApproveRelease(OrderCommand, frozen=True, kw_only=True):
    """Agree to a release as a second person, which carries it out."""

    number: int


class RejectRelease(OrderCommand, frozen=True, kw_only=True):
    """Refuse a release as a second person."""

    number: int
    reason: str


class ProposeRefund(OrderCommand, frozen=True, kw_only=True):
    """Ask that the buyer get money back, from the hold and beyond it from the exporter."""

    amount: Money
    reason: str


class ApproveRefund(OrderCommand, frozen=True, kw_only=True):
    """Agree to a refund as a second person, which carries it out."""

    number: int


class RejectRefund(OrderCommand, frozen=True, kw_only=True):
    """Refuse a refund as a second person."""

    number: int
    reason: str


class FreezeHold(OrderCommand, frozen=True, kw_only=True):
    """Stop held money from moving; without an amount, all of it."""

    amount: Money | None = None
    reason: str


class UnfreezeHold(OrderCommand, frozen=True, kw_only=True):
    """Let frozen money move again; without an amount, all of it."""

    amount: Money | None = None
    reason: str


class RecordChargeback(OrderCommand, frozen=True, kw_only=True):
    """Record that the buyer's bank took money back from an account."""

    amount: Money
    account: str


class CloseHold(OrderCommand, frozen=True, kw_only=True):
    """Close an empty hold of an order that is completed or cancelled."""


PublicCommand = (
    OpenBook
    | DraftRulebook
    | ApproveRulebook
    | PublishRulebook
    | PlaceOrder
    | AcceptOrder
    | CancelOrder
    | RecordPayment
    | DispatchGoods
    | RecordDelivery
    | ConfirmReceipt
    | LapseInspection
    | ProposeRelease
    | ApproveRelease
    | RejectRelease
    | ProposeRefund
    | ApproveRefund
    | RejectRefund
    | FreezeHold
    | UnfreezeHold
    | RecordChargeback
    | CloseHold
)


class OpenHold(OrderCommand, frozen=True, kw_only=True):
    """Open the hold of an order that was accepted."""


class ApproveReleaseByRule(OrderCommand, frozen=True, kw_only=True):
    """Agree to a release that needs no second person."""

    number: int


class ExecuteRelease(OrderCommand, frozen=True, kw_only=True):
    """Carry an approved release out."""

    number: int


class ApproveRefundByRule(OrderCommand, frozen=True, kw_only=True):
    """Agree to a refund that needs no second person."""

    number: int


class ExecuteRefund(OrderCommand, frozen=True, kw_only=True):
    """Carry an approved refund out."""

    number: int


class CompleteOrder(OrderCommand, frozen=True, kw_only=True):
    """Close a trade that is done."""

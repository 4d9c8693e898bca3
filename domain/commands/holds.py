"""Commands about an order's money: received, released, refunded, frozen, charged back."""

from domain.commands.command import OrderCommand
from domain.money import Money


class RecordPayment(OrderCommand, frozen=True, kw_only=True):
    """Record that money of the buyer arrived for a payment step, counted from 1."""

    step: int = 1
    amount: Money
    account: str
    reference: str = ""


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

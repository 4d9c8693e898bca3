"""Holds as the API shows them: what of an order's money is kept, for whom, and where the rest of it went."""

from datetime import UTC, datetime

from msgspec import Struct

from api.resources.trade_parts import Parts
from domain.hold import Hold, HoldStatus
from domain.order import Order, PaymentTrigger
from domain.proposal import Breakdown
from domain.references import hold_id, key_of, order_id, refunds_id, releases_id
from domain.trade import Trade
from domain.unit_of_work import UnitOfWork
from projections.moment import NOW, Moment
from projections.orders import OrderRow
from projections.projection import Connection


class BreakdownView(Struct, frozen=True, kw_only=True):
    """How a gross amount falls apart, in minor units: net + fee + tax = gross."""

    gross_minor: int
    fee_minor: int
    tax_minor: int
    net_minor: int


class PaymentStepView(Struct, frozen=True, kw_only=True):
    """One of the payments agreed for an order, and what came in for it, in minor units."""

    number: int
    name: str
    trigger: PaymentTrigger
    amount_minor: int
    paid_minor: int


class HoldView(Struct, frozen=True, kw_only=True):
    """
    The money of one order, in minor units of its currency.

    held + disputed + frozen is what is kept; free: held, and not waited for by a release or refund; due: what could be
    released now; conceded: goes back to the buyer by a dispute; charged_back, charged_to_exporter, charged_to_buyer:
    what the buyer's bank took, out of what was kept, what the exporter got, and what the buyer was refunded.
    """

    order: str
    buyer: str
    exporter: str
    currency: str
    status: HoldStatus
    received_minor: int
    held_minor: int
    disputed_minor: int
    frozen_minor: int
    free_minor: int
    due_minor: int
    conceded_minor: int
    waiting_releases_minor: int
    waiting_refunds_minor: int
    released: BreakdownView
    recovered: BreakdownView
    refunded_minor: int
    charged_back_minor: int
    charged_to_exporter_minor: int
    charged_to_buyer_minor: int
    steps: list[PaymentStepView]


class HoldRow(Struct, frozen=True, kw_only=True):
    """An order's money as the list of holds has it, in minor units; position: of the trade's last event."""

    order: str
    buyer: str
    exporter: str
    currency: str
    received_minor: int
    held_minor: int
    disputed_minor: int
    frozen_minor: int
    released_minor: int
    recovered_minor: int
    refunded_minor: int
    charged_back_minor: int
    position: int


def get_hold(connection: Connection, book: str, order: str, *, moment: Moment = NOW) -> HoldView:
    """
    Return an order's money as it stood at a moment.

    Raises: AggregateNotFound.
    """
    references = [name(order) for name in (order_id, hold_id, releases_id, refunds_id)]
    parts = Parts(connection, book, references, moment)
    hold = parts.get(Hold, hold_id(order))
    agreed = parts.get(Order, order_id(order))
    return _view(agreed, hold, Trade(order, UnitOfWork(parts.load, actor="", occurred_at=_NO_TIME)))


def hold_row(row: OrderRow) -> HoldRow:
    """Return what the list of holds shows of an order."""
    return HoldRow(**{name: getattr(row, name) for name in HoldRow.__struct_fields__})


_NO_TIME = datetime.min.replace(tzinfo=UTC)
"""Of no importance: nothing is decided."""


def _view(agreed: Order, hold: Hold, trade: Trade) -> HoldView:
    return HoldView(
        order=key_of(agreed.reference),
        buyer=hold.buyer,
        exporter=hold.exporter,
        currency=hold.currency,
        status=hold.status,
        received_minor=hold.received_minor,
        held_minor=hold.held_minor,
        disputed_minor=hold.disputed_minor,
        frozen_minor=hold.frozen_minor,
        free_minor=trade.free_minor,
        due_minor=trade.due_minor,
        conceded_minor=hold.conceded_minor,
        waiting_releases_minor=trade.releases.pending_minor,
        waiting_refunds_minor=trade.refunds.pending_minor,
        released=breakdown_view(hold.released),
        recovered=breakdown_view(hold.recovered),
        refunded_minor=hold.refunded_minor,
        charged_back_minor=hold.charged_back_minor,
        charged_to_exporter_minor=hold.charged_to_exporter_minor,
        charged_to_buyer_minor=hold.charged_to_buyer_minor,
        steps=_steps(agreed, hold),
    )


def breakdown_view(breakdown: Breakdown) -> BreakdownView:
    """Return a breakdown as shown."""
    return BreakdownView(
        gross_minor=breakdown.gross_minor,
        fee_minor=breakdown.fee_minor,
        tax_minor=breakdown.tax_minor,
        net_minor=breakdown.net_minor,
    )


def _steps(agreed: Order, hold: Hold) -> list[PaymentStepView]:
    paid = zip(agreed.terms.steps, hold.paid_by_step, strict=False)
    return [
        PaymentStepView(
            number=number, name=step.name, trigger=step.trigger, amount_minor=step.amount_minor, paid_minor=paid_minor
        )
        for number, (step, paid_minor) in enumerate(paid, start=1)
    ]

"""Amendments as the API shows them: what one side asked to change, and what became of it."""

from datetime import date, datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from api.orders import OrderNotFound
from api.resources.trade_parts import Parts
from domain.amendment import (
    AmendmentNotFound,
    LineChange,
    OrderAmendmentAccepted,
    OrderAmendmentDeclined,
    OrderAmendmentProposed,
)
from domain.order import Order
from domain.references import order_id
from domain.side import Side
from projections.moment import NOW, Moment
from projections.projection import Connection

AmendmentState = Literal["waiting", "accepted", "declined"]


class AmendmentView(Struct, frozen=True, kw_only=True):
    """
    A change that one side asked for, in minor units of the order's currency; what isn't named stays as it is.

    total: of the order, with the change; decided_by: the side that accepted or declined, or took its own back.
    """

    order: str
    number: int
    currency: str
    by: Side
    lines: tuple[LineChange, ...]
    step_amounts_minor: tuple[int, ...]
    ship_by: date | None
    deliver_by: date | None
    total_minor: int
    proposed_at: datetime
    state: AmendmentState = "waiting"
    decided_at: datetime | None = None
    decided_by: Side | None = None
    declined_because: str | None = None


def amendments_of(connection: Connection, book: str, order: str, *, moment: Moment = NOW) -> list[AmendmentView]:
    """
    Return every amendment of an order that had been proposed at a moment, in order.

    Raises: OrderNotFound.
    """
    parts = Parts(connection, book, [order_id(order)], moment)
    agreed = parts.load(order_id(order)).aggregate
    if not isinstance(agreed, Order):
        raise OrderNotFound(order=order)
    found: dict[int, AmendmentView] = {}
    for each in parts.events(order_id(order)):
        at = each.state.occurred_at
        match each.event:
            case OrderAmendmentProposed():
                found[each.event.amendment] = _view(order, agreed.currency, each.event, at)
            case OrderAmendmentAccepted(amendment=number, by=by) if number in found:
                found[number] = replace(found[number], state="accepted", decided_at=at, decided_by=by)
            case OrderAmendmentDeclined(amendment=number, by=by, reason=reason) if number in found:
                declined = replace(found[number], state="declined", decided_at=at, decided_by=by)
                found[number] = replace(declined, declined_because=reason)
            case _:
                pass
    return list(found.values())


def get_amendment(connection: Connection, book: str, order: str, number: int, *, moment: Moment = NOW) -> AmendmentView:
    """
    Return an amendment of an order by its number, as it stood at a moment.

    Raises, in this order: OrderNotFound, AmendmentNotFound.
    """
    for amendment in amendments_of(connection, book, order, moment=moment):
        if amendment.number == number:
            return amendment
    raise AmendmentNotFound(order=order_id(order), amendment=number)


def _view(order: str, currency: str, proposed: OrderAmendmentProposed, at: datetime) -> AmendmentView:
    change = proposed.change
    return AmendmentView(
        order=order,
        number=proposed.amendment,
        currency=currency,
        by=proposed.by,
        lines=change.lines,
        step_amounts_minor=change.step_amounts_minor,
        ship_by=change.ship_by,
        deliver_by=change.deliver_by,
        total_minor=proposed.total_minor,
        proposed_at=at,
    )

"""
Orders are one row per order: what was agreed, how far it is, and where its money is, up to positions.orders.

Amounts are minor units of the order's currency; charged back is what the bank took from the hold and from both
parties. What was agreed is told as it was last amended.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from heapq import nlargest
from itertools import chain
from operator import attrgetter
from typing import Any, ClassVar, NamedTuple

from msgspec import Struct
from msgspec.structs import asdict
from psycopg import sql

from domain.aggregate import Aggregate, Event
from domain.amendment import OrderAmendmentAccepted
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
from domain.order import (
    Order,
    OrderAccepted,
    OrderCancelled,
    OrderCompleted,
    OrderDelivered,
    OrderDispatched,
    OrderInspectionLapsed,
    OrderPlaced,
    OrderReceiptConfirmed,
    OrderStatus,
)
from domain.references import hold_id, order_id
from domain.takeover import HoldTakenOver, OrderTakenOver
from projections.derived_rows import in_parts
from projections.moment import NOW, Moment
from projections.projection import POSITION_MAX, Connection, Difference, Events, Projection, first_difference
from projections.streams import evolved
from projections.timelines import events_at, events_of

MONEY = ("received", "held", "disputed", "frozen", "released", "recovered", "refunded", "charged_back")


class OrderRow(Struct, frozen=True, gc=False):
    """One order as the work list shows it."""

    order: str
    buyer: str
    exporter: str
    currency: str
    status: str
    transport_mode: str
    ship_by: date
    rulebook: str
    total_minor: int
    received_minor: int
    held_minor: int
    disputed_minor: int
    frozen_minor: int
    released_minor: int
    recovered_minor: int
    refunded_minor: int
    charged_back_minor: int
    placed_at: datetime
    position: int


class OrdersSought(Struct, frozen=True, kw_only=True):
    """
    Which orders are sought: whose key begins with `reference`, of a buyer, of an exporter, in a status, placed on some
    days in UTC, both included.
    """

    reference: str | None = None
    buyer: str | None = None
    exporter: str | None = None
    status: str | None = None
    placed_from: date | None = None
    placed_to: date | None = None


ALL_ORDERS = OrdersSought()


class Held(NamedTuple):
    """Money that orders hold, in minor units of one currency."""

    held_minor: int
    disputed_minor: int
    frozen_minor: int


class _Placed(NamedTuple):
    """What an order keeps from its beginning to its end, and when it began."""

    buyer: str = ""
    exporter: str = ""
    currency: str = ""
    transport_mode: str = ""
    rulebook: str = ""
    at: datetime | None = None


class _Change:
    """What some events do to an order's row; nothing where they leave it as it is."""

    __slots__ = ("money", "placed", "position", "ship_by", "status", "total_minor")

    def __init__(self) -> None:
        self.placed: _Placed | None = None
        self.status: OrderStatus | None = None
        self.ship_by: date | None = None
        self.total_minor: int | None = None
        self.money = dict.fromkeys(MONEY, 0)
        self.position = 0


_COLUMNS = OrderRow.__struct_fields__
_COPY = sql.SQL("COPY projections.orders (book, {}) FROM STDIN (FORMAT BINARY)").format(
    sql.SQL(", ").join(map(sql.Identifier, _COLUMNS))
)
_TYPES = (
    *("text",) * 6,
    "date",
    "text",
    *("int8",) * 9,
    "timestamptz",
    "int8",
)
_UPDATE = """
    UPDATE projections.orders o SET
        status = coalesce(c.status, o.status),
        ship_by = coalesce(c.ship_by, o.ship_by),
        total_minor = coalesce(c.total, o.total_minor),
        received_minor = o.received_minor + c.received,
        held_minor = o.held_minor + c.held,
        disputed_minor = o.disputed_minor + c.disputed,
        frozen_minor = o.frozen_minor + c.frozen,
        released_minor = o.released_minor + c.released,
        recovered_minor = o.recovered_minor + c.recovered,
        refunded_minor = o.refunded_minor + c.refunded,
        charged_back_minor = o.charged_back_minor + c.charged_back,
        position = c.position
    FROM unnest(%b::text[], %b::text[], %b::date[], %b::int8[], %b::int8[], %b::int8[], %b::int8[], %b::int8[],
                %b::int8[], %b::int8[], %b::int8[], %b::int8[], %b::int8[])
        AS c ("order", status, ship_by, total, received, held, disputed, frozen, released, recovered, refunded,
              charged_back, position)
    WHERE o.book = %s AND o."order" = c."order"
"""
_SELECT = sql.SQL("SELECT {} FROM projections.orders WHERE book = %(book)s").format(
    sql.SQL(", ").join(map(sql.Identifier, _COLUMNS))
)
_ALL = _SELECT + sql.SQL(' ORDER BY "order" COLLATE "C"')
_ONE = _SELECT + sql.SQL(' AND "order" = %(order)s')
_SEARCH_EVER = _SELECT + sql.SQL("""
    AND (%(reference)s::text IS NULL OR starts_with("order", %(reference)s))
    AND (%(buyer)s::text IS NULL OR buyer = %(buyer)s)
    AND (%(exporter)s::text IS NULL OR exporter = %(exporter)s)
    AND (%(placed_from)s::date IS NULL OR placed_at >= %(placed_from)s::date::timestamp AT TIME ZONE 'UTC')
    AND (%(placed_to)s::date IS NULL OR placed_at < (%(placed_to)s::date + 1)::timestamp AT TIME ZONE 'UTC')
""")
"""By what an order keeps from its beginning to its end."""
_SEARCH = _SEARCH_EVER + sql.SQL("""
    AND (%(status)s::text IS NULL OR status = %(status)s)
    AND position < %(before)s
    ORDER BY position DESC LIMIT %(limit)s
""")
_SEARCH_AT = sql.SQL("({}) UNION ALL ({} AND position > %(unmoved)s)").format(_SEARCH, _SEARCH_EVER)
"""One page of the orders that nothing has happened to since, and all that something has."""
_HELD = """
    SELECT currency,
        coalesce(sum(held_minor) FILTER (WHERE position <= %(unmoved)s), 0)::int8,
        coalesce(sum(disputed_minor) FILTER (WHERE position <= %(unmoved)s), 0)::int8,
        coalesce(sum(frozen_minor) FILTER (WHERE position <= %(unmoved)s), 0)::int8,
        array_agg("order") FILTER (WHERE position > %(unmoved)s)
    FROM projections.orders WHERE book = %(book)s GROUP BY currency
"""
_STATUS_AFTER: dict[type[Event], OrderStatus] = {
    OrderAccepted: "accepted",
    OrderCancelled: "cancelled",
    OrderReceiptConfirmed: "received",
    OrderInspectionLapsed: "received",
    OrderCompleted: "completed",
}


class Orders(Projection):
    """One row per order."""

    name: ClassVar[str] = "orders"
    version: ClassVar[int] = 2
    tables: ClassVar[tuple[str, ...]] = ("orders",)

    def fold(self, connection: Connection, events: Events) -> None:
        """Add the orders that were placed, and change those that something happened to."""
        changes = _changes({}, events.recorded, _amended(_histories_amended(connection, events)))
        placed = [_row(order, change) for order, change in changes.items() if change.placed]
        with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            copy.set_types(("text", *_TYPES))
            for row in placed:
                copy.write_row((events.book, *row))
        rows = [
            (order, change.status, change.ship_by, change.total_minor, *change.money.values(), change.position)
            for order, change in changes.items()
            if not change.placed
        ]
        if rows:
            connection.execute(_UPDATE, (*map(list, zip(*rows, strict=True)), events.book))

    def difference(self, connection: Connection, book: str, log: Iterable[Events]) -> Difference | None:
        """Fold all orders anew and return the first that differs."""
        changes: dict[str, _Change] = {}
        for events in log:
            changes = _changes(changes, events.recorded, _amended(_histories_amended(connection, events)))
        derived = sorted((_row(order, change) for order, change in changes.items()), key=lambda row: row[0])
        return first_difference("orders", connection.execute(_ALL, {"book": book}), derived, key_columns=1)


def find_order(connection: Connection, book: str, order: str, *, moment: Moment = NOW) -> OrderRow | None:
    """Return one order's row at a moment, or nothing."""
    if moment != NOW:
        return next(orders_at(connection, book, [order], moment), None)
    row = connection.execute(_ONE, {"book": book, "order": order}).fetchone()
    return OrderRow(*row) if row else None


def search_orders(
    connection: Connection,
    book: str,
    sought: OrdersSought = ALL_ORDERS,
    *,
    before: int = POSITION_MAX,
    limit: int = 50,
    moment: Moment = NOW,
) -> list[OrderRow]:
    """
    Return orders at a moment, the last changed first; only those whose last change stands before a position.

    At a position that takes reading the histories of those that changed since; as of a day, of all that fit.
    """
    wanted = {"book": book, **asdict(sought)}
    if moment == NOW:
        rows = connection.execute(_SEARCH, {**wanted, "before": before, "limit": limit})
        return [OrderRow(*row) for row in rows]
    unmoved = moment.unmoved
    page = {"before": min(before, unmoved + 1), "limit": limit, "unmoved": unmoved}
    found = [OrderRow(*row) for row in connection.execute(_SEARCH_AT, {**wanted, **page})]
    moved = [row.order for row in found if row.position > unmoved]
    then = (
        row
        for row in orders_at(connection, book, moved, moment)
        if row.position < before and sought.status in {None, row.status}
    )
    return nlargest(limit, chain((row for row in found if row.position <= unmoved), then), key=attrgetter("position"))


def orders_at(connection: Connection, book: str, orders: Sequence[str], moment: Moment) -> Iterator[OrderRow]:
    """Yield the rows of some orders, as far as there were any at a moment, from their histories."""
    for some in in_parts(orders):
        references = [name(order) for order in some for name in (order_id, hold_id)]
        events = events_at(connection, book, references, moment)
        accepted = _accepted(events)
        amended = _amended((each for each in events if each.originator_id in accepted), moment)
        changes = _changes({}, events, amended)
        yield from (OrderRow(*_row(order, change)) for order, change in changes.items() if change.placed)


def held_at(connection: Connection, book: str, moment: Moment) -> dict[str, Held]:
    """
    Return by currency what all orders held at a moment.

    As of a day, money counts by its own posting date, whether or not its order was placed by then.
    """
    rows = connection.execute(_HELD, {"book": book, "unmoved": moment.unmoved}).fetchall()
    return {
        currency: _held_in(connection, book, moved or [], moment, Held(*unmoved)) for currency, *unmoved, moved in rows
    }


def _held_in(connection: Connection, book: str, moved: Sequence[str], moment: Moment, unmoved: Held) -> Held:
    sums: Counter[str] = Counter()
    for some in in_parts(moved):
        events = events_at(connection, book, [hold_id(order) for order in some], moment)
        for change in _changes({}, events, {}).values():
            sums.update(change.money)
    return Held(*(minor + sums[part] for minor, part in zip(unmoved, ("held", "disputed", "frozen"), strict=True)))


_Amended = dict[int, Order]
"""An order as its amendment made it, by the position of the acceptance."""


def _accepted(recorded: Iterable[Recorded]) -> set[str]:
    return {each.originator_id for each in recorded if isinstance(each.event, OrderAmendmentAccepted)}


def _histories_amended(connection: Connection, events: Events) -> list[Recorded]:
    """Return the whole histories of the orders whose amendments were accepted among some events."""
    accepted = sorted(_accepted(events.recorded))
    return events_of(connection, events.log, accepted, up_to=events.last_position) if accepted else []


def _amended(histories: Iterable[Recorded], moment: Moment = NOW) -> _Amended:
    """Return what the amendments accepted in some histories, cut at a moment, made of their orders."""
    orders: dict[str, Aggregate | None] = {}
    amended: _Amended = {}
    for each in histories:
        order = orders[each.originator_id] = evolved(orders.get(each.originator_id), each, moment)
        if isinstance(order, Order) and isinstance(each.event, OrderAmendmentAccepted):
            amended[each.position] = order
    return amended


def _changes(changes: dict[str, _Change], recorded: Sequence[Recorded], amended: _Amended) -> dict[str, _Change]:
    for each in recorded:
        kind, _, order = each.originator_id.partition(":")
        if kind not in {"order", "hold"}:
            continue
        change = changes.get(order)
        if change is None:
            change = changes[order] = _Change()
        _apply(change, each, amended)
        change.position = each.position
    return changes


def _apply(change: _Change, recorded: Recorded, amended: _Amended) -> None:
    event = recorded.event
    if status := _STATUS_AFTER.get(type(event)):
        change.status = status
    elif movement := _MOVEMENTS.get(type(event)):
        for column, amount_minor in movement(event).items():
            change.money[column] += amount_minor
    elif isinstance(event, OrderPlaced):
        _place(change, event, "placed", recorded.state.occurred_at)
    elif isinstance(event, OrderTakenOver):
        _place(change, event, event.status, event.placed_at)
    elif isinstance(event, OrderDispatched):
        change.status = "dispatched" if event.all_dispatched else "part_dispatched"
    elif isinstance(event, OrderDelivered) and event.all_delivered:
        change.status = "delivered"
    elif isinstance(event, OrderAmendmentAccepted) and (order := amended.get(recorded.position)):
        change.status, change.ship_by, change.total_minor = order.status, order.terms.ship_by, order.total_minor


def _place(change: _Change, event: OrderPlaced | OrderTakenOver, status: OrderStatus, at: datetime) -> None:
    terms = event.terms
    change.placed = _Placed(event.buyer, event.exporter, terms.currency, terms.transport_mode, terms.rulebook, at)
    change.status, change.ship_by, change.total_minor = status, terms.ship_by, event.total_minor


_MOVEMENTS: dict[type[Event], Callable[[Any], dict[str, int]]] = {
    HoldTakenOver: lambda e: {
        "received": sum(e.received_minor),
        "held": e.held_minor,
        "released": e.released_gross_minor,
        "refunded": e.refunded_minor,
    },
    HoldPaymentReceived: lambda e: {"received": e.amount_minor, "held": e.amount_minor},
    HoldDisputed: lambda e: {"held": -e.amount_minor, "disputed": e.amount_minor},
    HoldUndisputed: lambda e: {"held": e.amount_minor, "disputed": -e.amount_minor},
    HoldFrozen: lambda e: {"held": -e.amount_minor, "frozen": e.amount_minor},
    HoldUnfrozen: lambda e: {"held": e.amount_minor, "frozen": -e.amount_minor},
    HoldReleased: lambda e: {"held": -e.gross_minor, "released": e.gross_minor},
    HoldRecovered: lambda e: {"held": e.gross_minor, "recovered": e.gross_minor},
    HoldRefunded: lambda e: {"held": -e.amount_minor, "refunded": e.amount_minor},
    HoldChargedBack: lambda e: {
        "held": -e.held_minor,
        "disputed": -e.disputed_minor,
        "frozen": -e.frozen_minor,
        "charged_back": e.taken_minor,
    },
}


def _row(order: str, change: _Change) -> tuple[Any, ...]:
    buyer, exporter, currency, mode, rulebook, placed_at = change.placed or _Placed()
    agreed = (buyer, exporter, currency, change.status, mode, change.ship_by, rulebook, change.total_minor)
    return (order, *agreed, *change.money.values(), placed_at, change.position)

"""Routes that ask: orders, histories, balances, the journal and the log itself."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Query, Response

from api.desk import AtBook, Key, KeySought, Limit, Position, answered
from api.views import event_view, timeline_step
from domain.errors import NotFound
from domain.order import OrderStatus
from projections.balances import all_balances, trial_balance
from projections.journal import entries_between
from projections.log import read_events
from projections.orders import find_order, search_orders
from projections.projection import POSITION_MAX
from projections.timelines import timeline_of

router = APIRouter(tags=["reads"])


@dataclass(eq=False, kw_only=True)
class OrderNotFound(NotFound):
    """There is no such order in this book, or not yet at the position that was read."""

    code: ClassVar[str] = "order.not_found"
    order: str


@router.get("/orders", name="orders")
def orders(
    book: AtBook,
    reference: KeySought = None,
    buyer: KeySought = None,
    exporter: KeySought = None,
    status: OrderStatus | None = None,
    before: Annotated[int, Query(ge=0, lt=2**63)] = POSITION_MAX,
    limit: Limit = 50,
) -> Response:
    """Return orders, the last changed first; `before` takes the `position` of the last one of the page before."""
    with book.pool.connection() as connection:
        found = search_orders(
            connection,
            book.name,
            reference=reference,
            buyer=buyer,
            exporter=exporter,
            status=status,
            before=before,
            limit=limit,
        )
    return answered(found)


@router.get("/orders/{order}", name="order")
def order(book: AtBook, order: Key) -> Response:
    """Return an order: what was agreed, how far it is, where its money is."""
    with book.pool.connection() as connection:
        found = find_order(connection, book.name, order)
    if found is None:
        raise OrderNotFound(order=order)
    return answered(found)


@router.get("/orders/{order}/timeline", name="timeline")
def timeline(book: AtBook, order: Key) -> Response:
    """Return everything that happened in a trade, with the money that moved."""
    with book.pool.connection() as connection:
        events = timeline_of(connection, book.name, order)
    if not events:
        raise OrderNotFound(order=order)
    return answered([timeline_step(event) for event in events])


@router.get("/balances", name="balances")
def balances(book: AtBook) -> Response:
    """Return every account's balance on its normal side, in minor units."""
    with book.pool.connection() as connection:
        return answered(all_balances(connection, book.name))


@router.get("/trial-balance", name="trial-balance")
def trial(book: AtBook, detail: bool = False) -> Response:
    """Return balances by control account, or with `detail` by account; debits equal credits in every currency."""
    with book.pool.connection() as connection:
        return answered(trial_balance(connection, book.name, detail=detail))


@router.get("/journal", name="journal")
def journal(book: AtBook, after: Position = 0, limit: Limit = 100) -> Response:
    """Return entries at positions greater than `after`, with their postings and the balances after them."""
    with book.pool.connection() as connection:
        return answered(entries_between(connection, book.name, after=after, limit=limit))


@router.get("/events", name="events")
def events(book: AtBook, after: Position = 0, limit: Limit = 100) -> Response:
    """Return the log's events at positions greater than `after`, in order, without a gap."""
    with book.pool.connection() as connection:
        found = read_events(connection, book.name, after=after, limit=limit)
    return answered([event_view(event) for event in found.recorded] if found else [])

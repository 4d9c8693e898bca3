"""Routes that ask: orders, histories, balances, the journal and the log itself."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Query, Response

from api.desk import AtBook, AtMoment, Key, KeySought, Limit, Position, answered
from api.views import event_view, timeline_step
from domain.errors import NotFound
from domain.order import OrderStatus
from projections.balances import balances_at, trial_balance
from projections.journal import entries_between
from projections.orders import OrdersSought, find_order, search_orders
from projections.projection import POSITION_MAX
from projections.streams import log_between
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
    asked: AtMoment,
    reference: KeySought = None,
    buyer: KeySought = None,
    exporter: KeySought = None,
    status: OrderStatus | None = None,
    before: Annotated[int, Query(ge=0, lt=2**63)] = POSITION_MAX,
    limit: Limit = 50,
) -> Response:
    """Return orders, the last changed first; `before` takes the `position` of the last one of the page before."""
    sought = OrdersSought(reference=reference, buyer=buyer, exporter=exporter, status=status)
    moment = asked.sought(book)
    with book.pool.connection() as connection:
        found = search_orders(connection, book.name, sought, before=before, limit=limit, moment=moment)
    return answered(found, moment=moment)


@router.get("/orders/{order}", name="order")
def order(book: AtBook, asked: AtMoment, order: Key) -> Response:
    """Return an order: what was agreed, how far it is, where its money is."""
    moment = asked.of_log(book)
    with book.pool.connection() as connection:
        found = find_order(connection, book.name, order, moment=moment)
    if found is None:
        raise OrderNotFound(order=order)
    return answered(found, moment=moment)


@router.get("/orders/{order}/timeline", name="timeline")
def timeline(book: AtBook, asked: AtMoment, order: Key) -> Response:
    """Return everything that happened in a trade, with the money that moved."""
    moment = asked.of_log(book)
    with book.pool.connection() as connection:
        events = timeline_of(connection, book.name, order, moment=moment)
    if not events:
        raise OrderNotFound(order=order)
    return answered([timeline_step(event) for event in events], moment=moment)


@router.get("/balances", name="balances")
def balances(book: AtBook, asked: AtMoment, account: str | None = None) -> Response:
    """Return every account's balance, or one account's, on its normal side, in minor units."""
    moment = asked.sought(book)
    with book.pool.connection() as connection:
        return answered(balances_at(connection, book.name, moment, account=account), moment=moment)


@router.get("/trial-balance", name="trial-balance")
def trial(book: AtBook, asked: AtMoment, detail: bool = False) -> Response:
    """Return balances by control account, or with `detail` by account; debits equal credits in every currency."""
    moment = asked.sought(book)
    with book.pool.connection() as connection:
        lines = trial_balance(connection, book.name, detail=detail, moment=moment)
    return answered(lines, moment=moment)


@router.get("/journal", name="journal")
def journal(book: AtBook, asked: AtMoment, after: Position = 0, limit: Limit = 100) -> Response:
    """Return entries at positions greater than `after`, with their postings and the balances after them."""
    moment = asked.sought(book)
    with book.pool.connection() as connection:
        return answered(entries_between(connection, book.name, after=after, limit=limit, moment=moment), moment=moment)


@router.get("/events", name="events")
def events(book: AtBook, asked: AtMoment, after: Position = 0, limit: Limit = 100) -> Response:
    """Return the log's events at positions greater than `after`, in order; without a gap, unless `as_of` makes some."""
    moment = asked.of_log(book)
    with book.pool.connection() as connection:
        found = log_between(connection, book.name, after=after, limit=limit, moment=moment)
    return answered([event_view(event) for event in found], moment=moment)

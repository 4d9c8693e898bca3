"""Routes that ask: orders, histories, balances, the journal and the log itself."""

from collections.abc import Sequence
from itertools import chain
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.composition import OpenedBook
from api.desk import AtBook, AtMoment, ByCaller, Key, KeySought, Limit, Position, answered
from api.identity.caller import Caller
from api.identity.own import own_accounts, owns_account
from api.orders import OrderNotFound
from api.packs.scope import scope_for
from api.views import event_view, timeline_step
from domain.order import OrderStatus
from projections.balances import balances_at, trial_balance
from projections.journal import entries_between
from projections.moment import Moment
from projections.orders import OrdersSought, find_order, search_orders
from projections.projection import POSITION_MAX
from projections.streams import log_between
from projections.timelines import counted, timeline_of

router = APIRouter(tags=["reads"])


@router.get("/orders", name="orders")
def orders(
    book: AtBook,
    caller: ByCaller,
    asked: AtMoment,
    reference: KeySought = None,
    buyer: KeySought = None,
    exporter: KeySought = None,
    status: OrderStatus | None = None,
    before: Annotated[int, Query(ge=0, lt=2**63)] = POSITION_MAX,
    limit: Limit = 50,
) -> Response:
    """Return orders, the last changed first; `before` takes the `position` of the last one of the page before."""
    sought = OrdersSought(
        reference=reference,
        buyer=caller.sought_as("buyer", buyer),
        exporter=caller.sought_as("exporter", exporter),
        status=status,
    )
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
def timeline(book: AtBook, caller: ByCaller, asked: AtMoment, order: Key) -> Response:
    """Return everything that happened in a trade, with the money that moved: to one of its sides, what is theirs."""
    moment = asked.of_log(book)
    with book.pool.connection() as connection:
        whole = timeline_of(connection, book.name, order, moment=Moment(moment.position))
    events = scope_for(caller, whole).shown(counted(whole, moment)) if whole else []
    if not events:
        raise OrderNotFound(order=order)
    return answered([timeline_step(event) for event in events], moment=moment)


@router.get("/balances", name="balances")
def balances(book: AtBook, caller: ByCaller, asked: AtMoment, account: str | None = None) -> Response:
    """Return every account's balance, or one account's, on its normal side, in minor units; to a party, its own."""
    moment = asked.sought(book)
    sought = _own_of(caller, book, account) if caller.is_party else [account]
    with book.pool.connection() as connection:
        found = [balances_at(connection, book.name, moment, account=each) for each in sought]
    return answered(list(chain.from_iterable(found)), moment=moment)


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


def _own_of(caller: Caller, book: OpenedBook, account: str | None) -> Sequence[str]:
    """Return which accounts of a party are looked at: the one that is asked for, if it is theirs, or all."""
    if account is None:
        return own_accounts(caller)
    return [account] if owns_account(caller, book, account) else []

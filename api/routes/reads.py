"""Routes that ask: orders, histories, balances, the journal and the log itself."""

from collections.abc import Sequence
from itertools import chain
from operator import attrgetter
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.composition import OpenedBook
from api.http.answers import answers, answers_list
from api.http.desk import AtBook, AtMoment, ByCaller, Day, Key, KeySought, Position, answered
from api.identity.caller import Caller
from api.identity.own import own_accounts, owns_account
from api.listing.cursor import Whole
from api.listing.page import Paged
from api.orders import OrderNotFound, OrderView, get_order
from api.packs.scope import scope_for
from api.resources.resource import About, order_resource, resource_of
from api.views import EventView, TimelineStep, event_view, timeline_step
from domain.order import OrderStatus
from projections.audit import references_about
from projections.balances import Balance, TrialBalanceLine, balances_at, trial_balance
from projections.journal import EntriesSought, PostedEntry, search_entries
from projections.moment import Moment
from projections.orders import OrderRow, OrdersSought, search_orders
from projections.projection import POSITION_MAX
from projections.streams import EventsSought, search_events
from projections.timelines import counted, timeline_of

ACCOUNT_CHARACTERS_MAX = 200

Topic = Annotated[str | None, Query(pattern=r"^[a-z_.]{1,100}$", examples=["hold.released", "hold."])]

router = APIRouter(tags=["reads"])


@router.get("/orders", name="orders", responses=answers_list(OrderRow))
def orders(
    caller: ByCaller,
    page: Paged,
    book: AtBook,
    reference: KeySought = None,
    buyer: KeySought = None,
    exporter: KeySought = None,
    status: OrderStatus | None = None,
    placed_from: Day | None = None,
    placed_to: Day | None = None,
) -> Response:
    """
    Return orders, the last changed first; `reference` is how their keys begin, and they were placed from a day on and
    up to another, both in UTC and included.
    """
    sought = OrdersSought(
        reference=reference,
        buyer=caller.sought_as("buyer", buyer),
        exporter=caller.sought_as("exporter", exporter),
        status=status,
        placed_from=placed_from,
        placed_to=placed_to,
    )
    before = page.after(Whole)
    with page.reading() as (connection, moment, _):
        found = search_orders(
            connection,
            book.name,
            sought,
            before=POSITION_MAX if before is None else before,
            limit=page.wanted,
            moment=moment,
        )
    return page.answer(found, OrderRow, key=attrgetter("position"))


@router.get("/orders/{order}", name="order", responses=answers(resource_of(OrderView)))
def order(book: AtBook, caller: ByCaller, asked: AtMoment, order: Key) -> Response:
    """Return an order: what was agreed, how far it is, where its money is, and what may be said about it next."""
    moment = asked.of_log(book)
    with book.pool.connection() as connection:
        found = get_order(connection, book.name, order, moment=moment)
    return answered(order_resource(About(book, caller, moment), found), moment=moment)


@router.get("/orders/{order}/timeline", name="timeline", responses=answers_list(TimelineStep))
def timeline(book: AtBook, caller: ByCaller, page: Paged, order: Key) -> Response:
    """Return everything that happened in a trade, with the money that moved: to one of its sides, what is theirs."""
    with page.reading(log=True) as (connection, moment, position):
        whole = timeline_of(connection, book.name, order, moment=Moment(position))
    events = scope_for(caller, whole).shown(counted(whole, moment)) if whole else []
    if not events:
        raise OrderNotFound(order=order)
    return page.part_of([timeline_step(event) for event in events], TimelineStep)


@router.get("/balances", name="balances", responses=answers_list(Balance))
def balances(
    book: AtBook,
    caller: ByCaller,
    page: Paged,
    account: Annotated[str | None, Query(max_length=ACCOUNT_CHARACTERS_MAX)] = None,
) -> Response:
    """Return every account's balance, or one account's, on its normal side; to a party, its own."""
    sought = _own_of(caller, book, account) if caller.is_party else [account]
    with page.reading() as (connection, moment, _):
        found = [balances_at(connection, book.name, moment, account=each) for each in sought]
    return page.part_of(list(chain.from_iterable(found)), Balance)


@router.get("/trial-balance", name="trial-balance", responses=answers_list(TrialBalanceLine))
def trial(book: AtBook, page: Paged, detail: bool = False) -> Response:
    """Return balances by control account, or with `detail` by account; debits equal credits in every currency."""
    with page.reading() as (connection, moment, _):
        lines = trial_balance(connection, book.name, detail=detail, moment=moment)
    return page.part_of(lines, TrialBalanceLine)


@router.get("/journal", name="journal", responses=answers_list(PostedEntry))
def journal(
    book: AtBook,
    page: Paged,
    after: Position = 0,
    account: Annotated[str | None, Query(max_length=ACCOUNT_CHARACTERS_MAX)] = None,
    currency: Annotated[str | None, Query(pattern="^[A-Z]{3}$")] = None,
    posted_from: Day | None = None,
    posted_to: Day | None = None,
) -> Response:
    """
    Return entries at positions greater than `after`, with their postings and the balances after them: those that post
    to an account, in a currency, or on accounting days, both included.
    """
    sought = EntriesSought(account=account, currency=currency, posted_from=posted_from, posted_to=posted_to)
    with page.reading() as (connection, moment, _):
        found = search_entries(
            connection, book.name, sought, after=max(after, page.after(Whole) or 0), limit=page.wanted, moment=moment
        )
    return page.answer(found, PostedEntry, key=attrgetter("position"))


@router.get("/events", name="events", responses=answers_list(EventView))
def events(
    book: AtBook,
    page: Paged,
    after: Position = 0,
    topic: Topic = None,
    about: Annotated[str | None, Query(alias="object", pattern=r"^[!-~]{1,255}$")] = None,
    actor: Annotated[str | None, Query(pattern=r"^[!-~]{1,255}$")] = None,
) -> Response:
    """
    Return the log's events at positions greater than `after`, in order; without a gap, unless a filter or `as_of` makes
    some.

    `topic` is a whole one, or the beginning of some as `hold.`; `object` is a reference, or an order's key for
    everything of its trade, or a party's reference for what happened to the party. A page of filtered events looks at
    so many at most, and may have few or none of them while `next` says that the log goes on.
    """
    start = max(after, page.after(Whole) or 0)
    with page.reading(log=True) as (connection, moment, position):
        references = references_about(connection, book.name, about) if about else None
        sought = EventsSought(topic=topic, references=references, actor=actor)
        found = search_events(
            connection, book.name, sought, after=start, up_to=position, limit=page.limit, moment=moment
        )
    return page.ending([event_view(event) for event in found.events], EventView, more=found.more_after)


def _own_of(caller: Caller, book: OpenedBook, account: str | None) -> Sequence[str]:
    """Return which accounts of a party are looked at: the one that is asked for, if it is theirs, or all."""
    if account is None:
        return own_accounts(caller)
    return [account] if owns_account(caller, book, account) else []

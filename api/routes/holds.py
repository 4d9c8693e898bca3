"""Routes about orders' money: holds, and the releases and refunds out of them."""

from operator import attrgetter
from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.http.answers import answers, answers_list
from api.http.desk import AtBook, AtMoment, ByCaller, Key, KeySought, answered
from api.identity.caller import Caller
from api.listing.cursor import Whole
from api.listing.page import PageAsked, Paged
from api.resources.holds import HoldRow, HoldView, get_hold, hold_row
from api.resources.payments_out import RefundView, ReleaseView, get_refund, get_release, refunds_of, releases_of
from api.resources.resource import About, hold_resource, refund_resource, release_resource, resource_of
from projections.moment import MomentMalformed
from projections.orders import OrdersSought, search_orders
from projections.payments_out import (
    PaymentOutKind,
    PaymentOutRow,
    PaymentOutStands,
    PaymentsOutSought,
    search_payments_out,
)
from projections.projection import POSITION_MAX

router = APIRouter(tags=["money"])

Number = Annotated[int, Path(ge=1, lt=2**31)]


@router.get("/holds", name="holds", responses=answers_list(HoldRow))
def holds(
    book: AtBook,
    caller: ByCaller,
    page: Paged,
    reference: KeySought = None,
    buyer: KeySought = None,
    exporter: KeySought = None,
) -> Response:
    """
    Return the money of orders for which some came in, the last changed first; `reference` is how their keys begin. A
    page may be shorter than asked, or empty, and still not be the last.
    """
    sought = OrdersSought(
        reference=reference,
        buyer=caller.sought_as("buyer", buyer),
        exporter=caller.sought_as("exporter", exporter),
    )
    before = page.after(Whole) or POSITION_MAX
    with page.reading() as (connection, moment, _):
        rows = search_orders(connection, book.name, sought, before=before, limit=page.wanted, moment=moment)
    looked_at = rows[: page.limit]
    more = looked_at[-1].position if len(rows) > page.limit else None
    return page.ending([hold_row(row) for row in looked_at if row.received_minor], HoldRow, more=more)


@router.get("/holds/{order}", name="hold", responses=answers(resource_of(HoldView)))
def hold(book: AtBook, caller: ByCaller, asked: AtMoment, order: Key) -> Response:
    """Return an order's money: what is kept, what could be released, where the rest of it went, and what is allowed."""
    moment = asked.of_log(book)
    with book.pool.connection() as connection:
        found = get_hold(connection, book.name, order, moment=moment)
    return answered(hold_resource(About(book, caller, moment), found), moment=moment)


@router.get("/releases", name="releases", responses=answers_list(PaymentOutRow))
def releases(
    book: AtBook,
    caller: ByCaller,
    page: Paged,
    order: KeySought = None,
    buyer: KeySought = None,
    exporter: KeySought = None,
    stands: PaymentOutStands | None = None,
) -> Response:
    """Return releases, the last proposed first: to whom, how much, who proposed and who approved or rejected each."""
    return _listed("release", book.name, page, _sought(caller, order, buyer, exporter, stands))


@router.get("/refunds", name="refunds", responses=answers_list(PaymentOutRow))
def refunds(
    book: AtBook,
    caller: ByCaller,
    page: Paged,
    order: KeySought = None,
    buyer: KeySought = None,
    exporter: KeySought = None,
    stands: PaymentOutStands | None = None,
) -> Response:
    """Return refunds, the last proposed first: to whom, how much, who proposed and who approved or rejected each."""
    return _listed("refund", book.name, page, _sought(caller, order, buyer, exporter, stands))


@router.get("/orders/{order}/releases", name="order-releases", responses=answers_list(ReleaseView))
def order_releases(book: AtBook, page: Paged, order: Key) -> Response:
    """Return the releases of an order, in order, with their breakdowns and who may approve what waits."""
    with page.reading(log=True) as (connection, moment, _):
        found = releases_of(connection, book.name, order, moment=moment)
    return page.part_of(found, ReleaseView)


@router.get("/orders/{order}/releases/{number}", name="release", responses=answers(resource_of(ReleaseView)))
def release(book: AtBook, caller: ByCaller, asked: AtMoment, order: Key, number: Number) -> Response:
    """Return a release: its breakdown, who proposed it, who may approve it, what became of it, and what is allowed."""
    moment = asked.of_log(book)
    with book.pool.connection() as connection:
        found = get_release(connection, book.name, order, number, moment=moment)
    return answered(release_resource(About(book, caller, moment), found), moment=moment)


@router.get("/orders/{order}/refunds", name="order-refunds", responses=answers_list(RefundView))
def order_refunds(book: AtBook, page: Paged, order: Key) -> Response:
    """Return the refunds of an order, in order, with what is recovered for each and who may approve what waits."""
    with page.reading(log=True) as (connection, moment, _):
        found = refunds_of(connection, book.name, order, moment=moment)
    return page.part_of(found, RefundView)


@router.get("/orders/{order}/refunds/{number}", name="refund", responses=answers(resource_of(RefundView)))
def refund(book: AtBook, caller: ByCaller, asked: AtMoment, order: Key, number: Number) -> Response:
    """Return a refund: what is recovered for it, who proposed it, who may approve it, what became of it."""
    moment = asked.of_log(book)
    with book.pool.connection() as connection:
        found = get_refund(connection, book.name, order, number, moment=moment)
    return answered(refund_resource(About(book, caller, moment), found), moment=moment)


def _sought(
    caller: Caller, order: str | None, buyer: str | None, exporter: str | None, stands: PaymentOutStands | None
) -> PaymentsOutSought:
    return PaymentsOutSought(
        order=order,
        buyer=caller.sought_as("buyer", buyer),
        exporter=caller.sought_as("exporter", exporter),
        stands=stands,
    )


def _listed(kind: PaymentOutKind, book: str, page: PageAsked, sought: PaymentsOutSought) -> Response:
    before = page.after(Whole) or POSITION_MAX
    with page.reading() as (connection, moment, position):
        if moment.as_of is not None:
            raise MomentMalformed(field="as_of", problem=f"{kind}s are listed as recorded: ask by position or time")
        rows = search_payments_out(connection, book, kind, sought, before=before, limit=page.wanted, up_to=position)
    return page.answer(rows, PaymentOutRow, key=attrgetter("position"))

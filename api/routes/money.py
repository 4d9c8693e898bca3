"""Routes about money that isn't in a hold: payee accounts and guarantees."""

from fastapi import APIRouter, Response

from api.http.answers import answers
from api.http.desk import AtBook, AtMoment, ByCaller, Key, answered
from api.payees import GuaranteeView, PayeeView, get_guarantee, get_payee
from api.resources.resource import About, guarantee_resource, payee_resource, resource_of

router = APIRouter(tags=["money"])


@router.get("/payees/{party}/{currency}", name="payee", responses=answers(resource_of(PayeeView)))
def payee(book: AtBook, caller: ByCaller, asked: AtMoment, party: Key, currency: Key) -> Response:
    """Return what a party may be paid in a currency, or owes."""
    moment = asked.of_log(book)
    with book.pool.connection() as connection:
        found = get_payee(connection, book.name, party, currency, moment=moment)
    return answered(payee_resource(About(book, caller, moment), found), moment=moment)


@router.get("/orders/{order}/guarantee", name="guarantee", responses=answers(resource_of(GuaranteeView)))
def guarantee(book: AtBook, caller: ByCaller, asked: AtMoment, order: Key) -> Response:
    """Return what the operator advanced for an order, and what became of it."""
    moment = asked.of_log(book)
    with book.pool.connection() as connection:
        found = get_guarantee(connection, book.name, order, moment=moment)
    return answered(guarantee_resource(About(book, caller, moment), found), moment=moment)

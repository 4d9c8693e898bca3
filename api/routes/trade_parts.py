"""Routes about parts of a trade and around it: lines, amendments, deadlines, commission, accounts, agreements."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.agreements import AgreementRow, all_agreements
from api.http.answers import answers, answers_list
from api.http.desk import AtBook, AtMoment, ByCaller, Key, KeySought, answered
from api.identity.own import own_accounts
from api.listing.page import Paged
from api.orders import LineView, lines_of
from api.payees import GuaranteeRow, all_guarantees
from api.resources.accounts import AccountRow, AccountView, account_row, account_view
from api.resources.amendments import AmendmentView, amendments_of, get_amendment
from api.resources.order_commissions import OrderCommissionView, get_commission
from api.resources.resource import (
    About,
    account_resource,
    amendment_resource,
    clock_resource,
    commission_resource,
    resource_of,
)
from api.resources.trade_clocks import ClockView, get_clock
from projections.balances import balances_at
from projections.statements import AccountNeverPosted

router = APIRouter(tags=["reads"])

Number = Annotated[int, Path(ge=1, lt=2**31)]
ClockName = Annotated[str, Path(pattern=r"^[a-z-]{1,40}(/[0-9-]{1,20}){0,2}$", examples=["inspection", "offer/1/3"])]
AccountName = Annotated[str, Path(max_length=200, examples=["hold:PO-1001"])]


@router.get("/orders/{order}/lines", name="lines", responses=answers_list(LineView))
def lines(book: AtBook, page: Paged, order: Key) -> Response:
    """Return the lines of an order as they were last amended, and what of each hasn't been dispatched."""
    with page.reading(log=True) as (connection, moment, _):
        found = lines_of(connection, book.name, order, moment=moment)
    return page.part_of(found, LineView)


@router.get("/orders/{order}/amendments", name="amendments", responses=answers_list(AmendmentView))
def amendments(book: AtBook, page: Paged, order: Key) -> Response:
    """Return what the sides of an order asked to change, in order, and what became of it."""
    with page.reading(log=True) as (connection, moment, _):
        found = amendments_of(connection, book.name, order, moment=moment)
    return page.part_of(found, AmendmentView)


@router.get("/orders/{order}/amendments/{amendment}", name="amendment", responses=answers(resource_of(AmendmentView)))
def amendment(book: AtBook, caller: ByCaller, asked: AtMoment, order: Key, amendment: Number) -> Response:
    """Return what one side of an order asked to change, what became of it, and what is allowed."""
    moment = asked.of_log(book)
    with book.pool.connection() as connection:
        found = get_amendment(connection, book.name, order, amendment, moment=moment)
    return answered(amendment_resource(About(book, caller, moment), found), moment=moment)


@router.get("/orders/{order}/clocks/{clock:path}", name="deadline", responses=answers(resource_of(ClockView)))
def deadline(book: AtBook, caller: ByCaller, asked: AtMoment, order: Key, clock: ClockName) -> Response:
    """Return a deadline of a trade by its name, whether it runs, stands still, or has ended."""
    moment = asked.of_log(book)
    with book.pool.connection() as connection:
        found = get_clock(connection, book.name, order, clock, to_a_side=caller.is_party, moment=moment)
    return answered(clock_resource(About(book, caller, moment), found), moment=moment)


@router.get("/commissions/{order}", name="commission", responses=answers(resource_of(OrderCommissionView)))
def commission(book: AtBook, caller: ByCaller, asked: AtMoment, order: Key) -> Response:
    """Return the commission on an order: what accrued, what was earned, what was taken back."""
    moment = asked.of_log(book)
    with book.pool.connection() as connection:
        found = get_commission(connection, book.name, order, moment=moment)
    return answered(commission_resource(About(book, caller, moment), found), moment=moment)


@router.get("/guarantees", name="guarantees", responses=answers_list(GuaranteeRow))
def guarantees(book: AtBook, caller: ByCaller, page: Paged, exporter: KeySought = None) -> Response:
    """Return what the operator advanced for orders, and what became of it, the first advance first."""
    sought = caller.sought_as("exporter", exporter)
    with page.reading(log=True) as (connection, moment, _):
        found = all_guarantees(connection, book.name, exporter=sought, moment=moment)
    return page.part_of(found, GuaranteeRow)


@router.get("/agreements", name="agreements", responses=answers_list(AgreementRow))
def agreements(book: AtBook, caller: ByCaller, page: Paged, partner: KeySought = None) -> Response:
    """Return agreements with partners, in the order of their signing."""
    sought = caller.sought_as("partner", partner)
    with page.reading(log=True) as (connection, moment, _):
        found = all_agreements(connection, book.name, partner=sought, moment=moment)
    return page.part_of(found, AgreementRow)


@router.get("/accounts", name="accounts", responses=answers_list(AccountRow))
def accounts(
    book: AtBook, caller: ByCaller, page: Paged, control: Annotated[str | None, Query(max_length=40)] = None
) -> Response:
    """Return every account that was posted to, or those of a control account, with its balance; to a party, its own."""
    with page.reading() as (connection, moment, _):
        sought = own_accounts(caller) if caller.is_party else [None]
        found = [each for one in sought for each in balances_at(connection, book.name, moment, account=one)]
    rows = [row for row in map(account_row, found) if control in {None, row.control}]
    return page.part_of(rows, AccountRow)


@router.get("/accounts/{account}", name="account", responses=answers(resource_of(AccountView)))
def account(book: AtBook, caller: ByCaller, asked: AtMoment, account: AccountName) -> Response:
    """Return an account: what it is for, and what is on it in every currency."""
    moment = asked.sought(book)
    with book.pool.connection() as connection:
        found = balances_at(connection, book.name, moment, account=account)
    if not found:
        raise AccountNeverPosted(account=account, currency=None, position=0)
    return answered(account_resource(About(book, caller, moment), account_view(account, found)), moment=moment)

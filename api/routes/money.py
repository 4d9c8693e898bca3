"""Routes about money that isn't in a hold: payee accounts, guarantees, and what is taken over."""

from fastapi import APIRouter, Request, Response

from api.desk import AtBook, AtMoment, Key, answered
from api.payees import get_guarantee, get_payee
from api.requests import CommandReader
from api.routes.commands import submit, takes
from domain import commands

CREATED = 201

PAYEE_COMMANDS: dict[str, type[commands.PayeeCommand]] = {
    "repay": commands.RecordRepayment,
    "declare-unclaimed": commands.DeclareUnclaimed,
    "reclaim": commands.ReclaimUnclaimed,
}
"""The last part of a payee's path, and the command it stands for."""


def routes() -> APIRouter:
    """Return a route for taking balances over, one per command of a payee, and those that read."""
    router = APIRouter(tags=["money"])
    router.include_router(_reads)
    balances = CommandReader(commands.RecordOpeningBalances)

    @router.post(
        "/takeovers",
        name="take-balances-over",
        summary="Take balances over.",
        openapi_extra=takes(balances),
        status_code=CREATED,
    )
    async def record_opening_balances(request: Request, book: Key) -> Response:
        return await submit(request, book, await balances.read(request))

    for verb, command in PAYEE_COMMANDS.items():
        _add_payee_command(router, verb, CommandReader(command, in_path="party"), command.__doc__ or verb)
    return router


def _add_payee_command(router: APIRouter, verb: str, reader: CommandReader, summary: str) -> None:
    path, name = f"/payees/{{party}}/{verb}", f"payee-{verb}"

    @router.post(path, name=name, summary=summary, openapi_extra=takes(reader), status_code=CREATED)
    async def say(request: Request, book: Key, party: Key) -> Response:
        return await submit(request, book, await reader.read(request, party=party))


_reads = APIRouter()


@_reads.get("/payees/{party}/{currency}", name="payee")
def payee(book: AtBook, asked: AtMoment, party: Key, currency: Key) -> Response:
    """Return what a party may be paid in a currency, or owes."""
    moment = asked.of_log(book)
    with book.pool.connection() as connection:
        return answered(get_payee(connection, book.name, party, currency, moment=moment), moment=moment)


@_reads.get("/orders/{order}/guarantee", name="guarantee")
def guarantee(book: AtBook, asked: AtMoment, order: Key) -> Response:
    """Return what the operator advanced for an order, and what became of it."""
    moment = asked.of_log(book)
    with book.pool.connection() as connection:
        return answered(get_guarantee(connection, book.name, order, moment=moment), moment=moment)

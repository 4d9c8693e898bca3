"""Routes about who takes part: parties registered, referred, screened, suspended, forgotten; sanctions lists."""

import asyncio

from fastapi import APIRouter, Request, Response

from api.desk import AtBook, AtMoment, ByCaller, ByReader, Key, answered, desk_of
from api.in_clear import ChangeInClear, RegisterInClear
from api.parties import all_parties, all_watchlists, get_party, shown_to_itself
from api.requests import CommandReader
from api.routes.commands import submit, takes
from domain import commands

CREATED = 201
REPEATED = 200

PARTY_COMMANDS: dict[str, type[commands.PartyCommand]] = {
    "change": ChangeInClear,
    "refer": commands.ReferExporter,
    "screen": commands.ScreenParty,
    "suspend": commands.SuspendParty,
    "reinstate": commands.ReinstateParty,
    "place-legal-hold": commands.PlaceLegalHold,
    "lift-legal-hold": commands.LiftLegalHold,
}
"""The last part of a party's path, and the command it stands for."""


def routes() -> APIRouter:
    """Return a route for registering, one per thing that may be said to a party, and those that read."""
    router = APIRouter(tags=["parties"])
    router.include_router(_reads)
    register = CommandReader(RegisterInClear)
    forget = CommandReader(commands.ForgetParty, in_path="party")
    record = CommandReader(commands.RecordWatchlist)

    @router.post(
        "/parties",
        name="party-register",
        summary="Register a party.",
        openapi_extra=takes(register),
        status_code=CREATED,
    )
    async def register_party(request: Request, book: Key) -> Response:
        return await submit(request, book, await register.read(request))

    @router.post(
        "/parties/{party}/forget",
        name="party-forget",
        summary="Forget it.",
        openapi_extra=takes(forget),
        status_code=CREATED,
    )
    async def forget_party(request: Request, book: Key, party: Key) -> Response:
        answer = await submit(request, book, await forget.read(request, party=party))
        if answer.status_code in {CREATED, REPEATED}:
            await asyncio.to_thread(desk_of(request).book(book).confidential.erase, party)
        return answer

    @router.post(
        "/watchlists",
        name="watchlist-record",
        summary="Record a sanctions list.",
        openapi_extra=takes(record),
        status_code=CREATED,
    )
    async def record_watchlist(request: Request, book: Key) -> Response:
        return await submit(request, book, await record.read(request))

    for verb, command in PARTY_COMMANDS.items():
        _add_party_command(router, verb, CommandReader(command, in_path="party"), command.__doc__ or verb)
    return router


def _add_party_command(router: APIRouter, verb: str, reader: CommandReader, summary: str) -> None:
    path, name = f"/parties/{{party}}/{verb}", f"party-{verb}"

    @router.post(path, name=name, summary=summary, openapi_extra=takes(reader), status_code=CREATED)
    async def say(request: Request, book: Key, party: Key) -> Response:
        return await submit(request, book, await reader.read(request, party=party))


_reads = APIRouter()


@_reads.get("/parties", name="parties")
def parties(book: AtBook, asked: AtMoment, stale: bool = False) -> Response:
    """Return every party; with `stale`, those still to be screened under the present version of a sanctions list."""
    moment = asked.of_log(book)
    with book.pool.connection() as connection:
        return answered(all_parties(connection, book.name, stale=stale, moment=moment), moment=moment)


@_reads.get("/parties/{party}", name="party")
def party(
    book: AtBook, caller: ByCaller, asked: AtMoment, party: Key, reader: ByReader, reveal: bool = False
) -> Response:
    """
    Return a party; with `reveal`, its profile in clear, null where a value is erased, and who asks is recorded.

    To itself it is shown without what others found out about it: screenings, hits, legal holds, referrals.
    """
    moment = asked.of_log(book)
    found = get_party(book, party, reader=reader if reveal else None, moment=moment)
    return answered(shown_to_itself(found) if caller.is_party else found, moment=moment)


@_reads.get("/watchlists", name="watchlists")
def watchlists(book: AtBook, asked: AtMoment) -> Response:
    """Return every sanctions list in its present version."""
    moment = asked.of_log(book)
    with book.pool.connection() as connection:
        return answered(all_watchlists(connection, book.name, moment=moment), moment=moment)

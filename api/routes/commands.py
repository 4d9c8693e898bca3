"""Routes that change something: one per command, all alike."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from api.composition import OpenedBook
from api.desk import Key, answered, desk_of
from api.errors import answer, problem_of_rejected
from api.identity.caller import Caller
from api.in_clear import InClear, committed
from api.packs.scope import scope_for
from api.requests import ORDER_COMMANDS, CommandReader
from api.views import outcome_view
from domain import commands
from domain.commands import OrderCommand
from domain.envelope import Recorded
from ledger.outcomes import Accepted, Rejected, Submission
from projections.log import read_events
from projections.timelines import timeline_of


def routes() -> APIRouter:
    """Return a route for placing an order, and one per thing that may be said to an order."""
    router = APIRouter(tags=["commands"])
    place = CommandReader(commands.PlaceOrder)

    @router.post("/orders", name="place", summary="Order goods.", openapi_extra=takes(place), status_code=201)
    async def place_order(request: Request, book: Key) -> Response:
        return await submit(request, book, await place.read(request))

    for verb, command in ORDER_COMMANDS.items():
        _add_order_command(router, verb, CommandReader(command, in_path="order"), command.__doc__ or verb)
    return router


def _add_order_command(router: APIRouter, verb: str, reader: CommandReader, summary: str) -> None:
    @router.post(f"/orders/{{order}}/{verb}", name=verb, summary=summary, openapi_extra=takes(reader), status_code=201)
    async def say(request: Request, book: Key, order: Key) -> Response:
        return await submit(request, book, await reader.read(request, order=order))


async def submit(request: Request, book: str, submission: Submission) -> Response:
    """Record a submission in a book and answer with what became of it."""
    desk = desk_of(request)  # not a dependency: FastAPI would take it to a thread and back
    door = await desk.door(book)
    if isinstance(submission.command, InClear):
        submission = await asyncio.to_thread(committed, submission, desk.book(book))
    outcome = await door.submit(submission)
    if isinstance(outcome, Rejected):
        return answer(problem_of_rejected(outcome))
    events: Sequence[Recorded] = outcome.events
    if outcome.repeated:
        events = await asyncio.to_thread(_events_of, desk.book(book), outcome)
    caller: Caller = request.state.caller
    if caller.is_party and isinstance(submission.command, OrderCommand):
        events = await asyncio.to_thread(_shown, desk.book(book), caller, submission.command.order, events)
    return answered(outcome_view(outcome, events), 200 if outcome.repeated else 201)


def _shown(book: OpenedBook, caller: Caller, order: str, events: Sequence[Recorded]) -> Sequence[Recorded]:
    """Return of what followed from a party's command what is theirs to see: not the partner's share, for one."""
    with book.pool.connection() as connection:
        trade = timeline_of(connection, book.name, order)
    return scope_for(caller, trade).shown(events)


def _events_of(book: OpenedBook, outcome: Accepted) -> Sequence[Recorded]:
    with book.pool.connection() as connection:
        count = outcome.last_position - outcome.first_position + 1
        events = read_events(connection, book.name, after=outcome.first_position - 1, limit=count)
    return events.recorded if events else ()


def takes(reader: CommandReader) -> dict[str, Any]:
    """Return what a route says of its body and headers in the API's description."""
    (schema,), definitions = msgspec.json.schema_components([reader.body], ref_template="#/$defs/{name}")
    name = reader.body.__name__
    body = {**definitions.pop(name), "$defs": definitions} if name in definitions else schema
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "schema": {"type": "string", "maxLength": 255},
            }
        ],
    }

"""Routes that change something: one per command, all alike, made from one table."""

import asyncio
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from api.commands.command_answers import CommandAnswer, takes_place_later
from api.commands.command_table import Sayable, faults_in_path, fields_in_path, sayable, schema_of_part
from api.commands.dry_run import try_command
from api.commands.in_clear import InClear, committed
from api.commands.requests import CommandReader
from api.commands.telling import tell
from api.http.answers import component
from api.http.desk import desk_of
from api.http.errors import answer
from api.http.problems import problem_of_rejected
from domain.commands import ForgetParty
from ledger.outcomes import Accepted, Rejected, Submission

CREATED, AS_BEFORE, LATER = 201, 200, 202
BOOK = ("book",)


def routes() -> APIRouter:
    """Return a route for every command that may be said over HTTP."""
    router = APIRouter()
    for row in sayable().values():
        _add(router, row, CommandReader(row.command, in_path=row.in_path))
    return router


def _add(router: APIRouter, row: Sayable, reader: CommandReader) -> None:
    described = takes(reader, *BOOK, *row.parts)

    @router.post(
        row.path,
        name=row.name,
        summary=row.summary,
        tags=[row.tag],
        openapi_extra=described,
        status_code=CREATED,
        responses=answers_command(),
    )
    async def say(request: Request) -> Response:
        parts = request.path_params
        in_path = fields_in_path(row, parts)
        wrong = [*faults_in_path(parts, BOOK), *(in_path if isinstance(in_path, list) else ())]
        heard = await reader.hear(request, wrong or in_path)
        return await submit(request, parts["book"], heard.submission, dry_run=heard.dry_run)


async def submit(request: Request, book: str, submission: Submission, *, dry_run: bool = False) -> Response:
    """Record a submission in a book, or only try it, and answer with what became of it."""
    desk = desk_of(request)  # not a dependency: FastAPI would take it to a thread and back
    noted = request.scope["state"]
    noted["command_id"] = submission.command_id
    if dry_run:
        outcome = await asyncio.to_thread(lambda: try_command(desk.book(book), submission))
    else:
        door = await desk.door(book)
        if isinstance(submission.command, InClear):
            submission = await asyncio.to_thread(committed, submission, desk.book(book))
        outcome = await door.submit(submission)
    if isinstance(outcome, Rejected):
        noted["code"] = outcome.code
        return answer(problem_of_rejected(outcome))
    if not dry_run:
        noted["position"] = outcome.last_position
        if isinstance(submission.command, ForgetParty):
            await asyncio.to_thread(desk.book(book).confidential.erase, submission.command.party)
    told = await tell(desk, book, noted["caller"], submission.command, outcome, dry_run=dry_run)
    return Response(_ENCODER.encode(told), status_of(outcome, dry_run=dry_run), media_type="application/json")


def status_of(outcome: Accepted, *, dry_run: bool) -> int:
    """Return the HTTP status of an accepted command: that it happened, will count from a later day, or is no news."""
    if dry_run or outcome.repeated:
        return AS_BEFORE
    return LATER if takes_place_later(outcome.events) else CREATED


_ENCODER = msgspec.json.Encoder()

KEY_DESCRIBED: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "An id of your own, the same at every retry; a string in quotes, or the same without them.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 512},
}
VERSION_DESCRIBED: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "description": (
        'The version that you saw of what the path names, as "3", or of something else that the command is about, as '
        '"hold:PO-1@3"; * for any. Another version is 412.'
    ),
    "schema": {"type": "string"},
}
DRY_RUN_DESCRIBED: dict[str, Any] = {
    "name": "dry_run",
    "in": "query",
    "description": "Answer with what the command would do; record and keep nothing.",
    "schema": {"type": "boolean", "default": False},
}


COMMAND_PARAMETERS = [DRY_RUN_DESCRIBED, KEY_DESCRIBED, VERSION_DESCRIBED]


def takes(reader: CommandReader, *in_path: str) -> dict[str, Any]:
    """Return what a route says of its path, body, query and headers in the API's description."""
    needed = any(field.required for field in msgspec.structs.fields(reader.body))
    parts = [{"name": part, "in": "path", "required": True, "schema": schema_of_part(part)} for part in in_path]
    return {
        "requestBody": {"required": needed, "content": {"application/json": {"schema": component(reader.body)}}},
        "parameters": [*parts, *COMMAND_PARAMETERS],
    }


def answers_command(answer: type[CommandAnswer] = CommandAnswer) -> dict[int | str, dict[str, Any]]:
    """Return the responses of a command that is accepted."""
    content = {"application/json": {"schema": component(answer)}}
    return {
        AS_BEFORE: {"description": "It had been recorded before, or it was a dry run.", "content": content},
        CREATED: {"description": "It is recorded.", "content": content},
        LATER: {"description": "It is recorded, and counts from a later day.", "content": content},
    }

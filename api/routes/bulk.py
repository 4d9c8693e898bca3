"""The route that takes a list of commands: each as by itself, or all or none."""

import asyncio
from typing import Any, cast

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import UNSET, UnsetType

from api.commands.command_answers import CommandAnswer
from api.commands.command_table import faults_in_path, schema_of_part
from api.commands.lists import LINES, Listed, list_type, read_lines, read_list
from api.commands.recording_lists import Recorded, record_list
from api.commands.requests import DRY_RUN, is_said
from api.commands.telling import tell_list
from api.composition import OpenedBook
from api.http.answers import component
from api.http.desk import desk_of
from api.http.faults import Fault, malformed
from api.http.problems import Problem, problem_of, problem_of_rejected
from api.identity.caller import Caller
from api.limits.passing import charge
from api.routes.commands import AS_BEFORE, BOOK, CREATED, DRY_RUN_DESCRIBED, LATER, status_of
from domain.errors import LedgerError
from ledger.outcomes import Accepted, Rejected

MIXED = 207
ATOMIC = "atomic"


class ItemAnswer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What became of one command of a list: the status that it would have had by itself, and its answer or problem."""

    index: int
    status: int
    answer: CommandAnswer | UnsetType = UNSET
    problem: Problem | UnsetType = UNSET


class ListAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    What became of a list of commands.

    recorded: how many of them happened now; position: of the last event of those, 0 where there is none; dry_run: they
    would have.
    """

    atomic: bool
    recorded: int
    position: int
    items: list[ItemAnswer]
    dry_run: bool = False


router = APIRouter(tags=["commands"])


def _described() -> dict[str, Any]:
    lines = {"schema": {"type": "string", "description": "One command a line, as in `commands` of the JSON."}}
    content = {"application/json": {"schema": component(list_type())}, LINES: lines}
    return {
        "requestBody": {"required": True, "content": content},
        "parameters": [
            {"name": "book", "in": "path", "required": True, "schema": schema_of_part("book")},
            DRY_RUN_DESCRIBED,
            {
                "name": ATOMIC,
                "in": "query",
                "description": "Of JSON lines: record all or none. In JSON the list itself says so.",
                "schema": {"type": "boolean", "default": False},
            },
        ],
    }


def _answered(told: str) -> dict[str, Any]:
    content = {"application/json": {"schema": component(ListAnswer)}, LINES: {"schema": {"type": "string"}}}
    return {"description": told, "content": content}


@router.post(
    "/commands",
    name="bulk",
    summary="Say up to 10,000 commands at once, each by itself or all or none.",
    openapi_extra=_described(),
    status_code=CREATED,
    responses={
        AS_BEFORE: _answered("All of them had been recorded before, or it was a dry run."),
        CREATED: _answered("All of them are recorded."),
        MIXED: _answered("At least one of them has a problem; of an atomic list none is recorded then."),
    },
)
async def say_all(request: Request) -> Response:
    """Record a list of commands, or only try it; answer each as it would be answered by itself."""
    book, dry_run, atomic = _asked(request)
    body = await request.body()
    is_lines = _media_type(request) == LINES
    listed = await asyncio.to_thread(read_lines, body, atomic=atomic) if is_lines else await _read(body, atomic=atomic)
    charge(request, len(listed.items))
    desk, caller = desk_of(request), cast("Caller", request.state.caller)
    recorded = await record_list(desk, book, caller, listed, dry_run=dry_run)
    told = await asyncio.to_thread(_told, desk.book(book), caller, listed, recorded, dry_run=dry_run)
    request.state.position = told.position
    return await asyncio.to_thread(_response, told, in_lines=is_lines)


def _asked(request: Request) -> tuple[str, bool, bool]:
    dry_run, atomic = is_said(request, DRY_RUN), is_said(request, ATOMIC)
    faults = faults_in_path(request.path_params, BOOK)
    faults += [each for each in (dry_run, atomic) if isinstance(each, Fault)]
    if faults:
        raise malformed(faults)
    return request.path_params["book"], dry_run is True, atomic is True


async def _read(body: bytes, *, atomic: bool) -> Listed:
    listed = await asyncio.to_thread(read_list, body)
    return listed._replace(atomic=listed.atomic or atomic)


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _told(book: OpenedBook, caller: Caller, listed: Listed, recorded: list[Recorded], *, dry_run: bool) -> ListAnswer:
    """
    Return the answer to a list.

    Raises: what isn't the matter of any one command, as LogCorrupt.
    """
    accepted = [
        (each.submission.command, each.answer)
        for each in recorded
        if each.submission and isinstance(each.answer, Accepted)
    ]
    answers = iter(tell_list(book, caller, accepted, dry_run=dry_run))
    items = []
    for index, (_, answer) in enumerate(recorded):
        if isinstance(answer, Accepted):
            status = status_of(answer, dry_run=dry_run)
            items.append(ItemAnswer(index=index, status=status, answer=next(answers)))
        else:
            problem = _problem(answer)
            items.append(ItemAnswer(index=index, status=problem.status, problem=problem))
    now = [outcome.last_position for _, outcome in accepted if not outcome.repeated and not dry_run]
    return ListAnswer(
        atomic=listed.atomic, recorded=len(now), position=max(now, default=0), items=items, dry_run=dry_run
    )


def _problem(answer: Rejected | Exception) -> Problem:
    match answer:
        case Rejected():
            return problem_of_rejected(answer)
        case LedgerError():
            return problem_of(answer)
        case _:
            raise answer


def _response(told: ListAnswer, *, in_lines: bool) -> Response:
    statuses = {item.status for item in told.items}
    status = MIXED if statuses - {AS_BEFORE, CREATED, LATER} else CREATED if statuses - {AS_BEFORE} else AS_BEFORE
    if in_lines:
        return Response(_ENCODER.encode_lines(told.items), status, media_type=LINES)
    return Response(_ENCODER.encode(told), status, media_type="application/json")


_ENCODER = msgspec.json.Encoder()

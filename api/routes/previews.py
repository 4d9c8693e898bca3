"""Routes that look ahead: candidates side by side, and the one of them that is carried out."""

import asyncio
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import APIRouter, Path, Request, Response

from api.candidates import Previewer, PreviewSaid
from api.composition import new_id, utc_now
from api.desk import Key, answered, desk_of
from api.previewing import execution, make_preview, overtaken
from api.requests import ACTOR, ROLE, BodyMalformed, envelope_of
from api.routes.commands import submit
from domain.errors import LedgerError
from ledger.previews import CANDIDATES_MAX

CREATED = 201


class ExecuteSaid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When, in the world, a candidate is carried out; the present where not given."""

    occurred_at: datetime | None = None


S = TypeVar("S", bound=msgspec.Struct)

router = APIRouter(tags=["previews"])


def _takes(body: type[msgspec.Struct], *parameters: dict[str, Any]) -> dict[str, Any]:
    _, definitions = msgspec.json.schema_components([body], ref_template="#/$defs/{name}")
    schema = {**definitions.pop(body.__name__), "$defs": definitions}
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "parameters": list(parameters),
    }


_KEY = {"name": "Idempotency-Key", "in": "header", "required": True, "schema": {"type": "string", "maxLength": 255}}


@router.post("/previews", name="preview", status_code=CREATED, openapi_extra=_takes(PreviewSaid))
async def preview(request: Request, book: Key) -> Response:
    """Show what candidates would come to, side by side; nothing is recorded."""
    said = _read(await request.body(), PreviewSaid)
    opened = await asyncio.to_thread(desk_of(request).book, book)
    headers = request.headers
    previewer = Previewer(headers.get("ledger-actor", ACTOR), headers.get("ledger-role", ROLE), utc_now())
    view = await asyncio.to_thread(make_preview, opened, said, preview=new_id(), previewer=previewer)
    return answered(view, CREATED)


@router.post(
    "/previews/{preview}/{candidate}/execute",
    name="preview-execute",
    status_code=CREATED,
    openapi_extra=_takes(ExecuteSaid, _KEY),
)
async def execute(
    request: Request, book: Key, preview: Key, candidate: Annotated[int, Path(ge=1, le=CANDIDATES_MAX)]
) -> Response:
    """
    Carry a candidate out exactly as it was shown, or refuse because the dispute has moved on.

    It is carried out once: its key is the preview's, so that a retry under any Idempotency-Key answers as the first.
    """
    envelope_of(request, {})
    said = _read(await request.body(), ExecuteSaid)
    opened = await asyncio.to_thread(desk_of(request).book, book)
    submission = await asyncio.to_thread(execution, opened, preview, candidate, at=said.occurred_at)
    try:
        return await submit(request, book, submission)
    except LedgerError as error:
        raise overtaken(submission, error) from None


def _read(body: bytes, into: type[S]) -> S:
    try:
        return msgspec.json.decode(body or b"{}", type=into)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BodyMalformed(problem=str(error)) from None

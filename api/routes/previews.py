"""Routes that look ahead: candidates side by side, and the one of them that is carried out."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, TypeVar

import msgspec
from fastapi import APIRouter, Path, Request, Response

from api.candidates import Previewer, PreviewSaid
from api.commands.command_table import sayable
from api.commands.disputes_in_clear import SAID_IN_CLEAR
from api.commands.requests import envelope_of
from api.http.answers import component
from api.http.desk import Key, answered, desk_of
from api.http.faults import BodyMalformed, Fault, malformed
from api.identity.caller import Caller
from api.identity.permissions import check_permitted
from api.previewing import PreviewView, execution, make_preview, overtaken
from api.routes.commands import submit
from domain import commands
from domain.commands import Command
from domain.errors import Forbidden, LedgerError
from ledger.outcomes import Submission
from ledger.previews import CANDIDATES_MAX

CREATED = 201


@dataclass(eq=False, kw_only=True)
class CandidateOfAnother(Forbidden):
    """Whoever a candidate speaks for carries it out: somebody else's token doesn't do."""

    code: ClassVar[str] = "preview.candidate_of_another"
    actor: str
    role: str


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


@router.post(
    "/previews",
    name="preview",
    status_code=CREATED,
    openapi_extra=_takes(PreviewSaid),
    responses={CREATED: {"content": {"application/json": {"schema": component(PreviewView)}}}},
)
async def preview(request: Request, book: Key) -> Response:
    """Show what candidates would come to, side by side; nothing is recorded."""
    said = _read(await request.body(), PreviewSaid)
    opened = await asyncio.to_thread(desk_of(request).book, book)
    caller: Caller = request.state.caller
    previewer = Previewer(caller.actor, caller.role, opened.world.clock())
    view = await asyncio.to_thread(make_preview, opened, said, preview=opened.world.new_id(), previewer=previewer)
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
    Carry a candidate of one's own out exactly as it was shown, or refuse because the dispute has moved on.

    It is carried out once: its key is the preview's, so that a retry under any Idempotency-Key answers as the first.
    """
    envelope = envelope_of(request)
    if envelope.expected:
        raise malformed([Fault("header", "a preview itself says which versions it saw", name="If-Match")])
    said = _read(await request.body(), ExecuteSaid)
    opened = await asyncio.to_thread(desk_of(request).book, book)
    submission = await asyncio.to_thread(execution, opened, preview, candidate, at=said.occurred_at)
    _check_sayable(request.state.caller, submission)
    try:
        return await submit(request, book, submission, dry_run=envelope.dry_run)
    except LedgerError as error:
        raise overtaken(submission, error) from None


def _read(body: bytes, into: type[S]) -> S:
    try:
        return msgspec.json.decode(body or b"{}", type=into)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BodyMalformed(problem=str(error)) from None


def _check_sayable(caller: Caller, submission: Submission) -> None:
    """
    Check that a candidate speaks for the caller, who might as well say it without a preview.

    Raises, in this order: CandidateOfAnother, RoleForbidden.
    """
    if (submission.actor, submission.role) != (caller.actor, caller.role):
        raise CandidateOfAnother(actor=submission.actor, role=submission.role)
    check_permitted(caller, _OPERATIONS.get(type(submission.command), ""))


def _operations() -> dict[type[Command], str]:
    """Return by command about an order what the operation is called by which it is said without a preview."""
    said: dict[type[Command], str] = {row.command: row.name for row in sayable().values()}
    said |= {commands.SubmitEvidence: "dispute-evidence"}
    in_clear = {becomes: said[clear] for becomes, clear in SAID_IN_CLEAR.items() if clear in said}
    return said | in_clear


_OPERATIONS = _operations()

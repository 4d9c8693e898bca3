"""Routes about trades in trouble: disputes with their evidence, amendments, clocks, and agreements with partners."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from api.agreements import get_agreement
from api.desk import AtBook, AtMoment, ByReader, Key, answered, desk_of
from api.disputes_in_clear import AnswerInClear, OpenInClear, PostInClear, ProposeInClear, SubmitInClear
from api.requests import CommandReader, HeaderMalformed, envelope_of
from api.revealing import reveal_evidence
from api.routes.commands import submit, takes
from domain import commands
from domain.commands import Command, OrderCommand
from domain.side import Side
from ledger.evidence_store import EVIDENCE_BYTES_MAX, EvidenceTooLarge

CREATED = 201
NUMBER_MAX = 2**31 - 1
ANY_BYTES = "application/octet-stream"

DISPUTE_COMMANDS: dict[str, type[OrderCommand]] = {
    "answer": AnswerInClear,
    "withdraw": commands.WithdrawClaim,
    "message": PostInClear,
    "offer": commands.MakeOffer,
    "accept-offer": commands.AcceptOffer,
    "decline-offer": commands.DeclineOffer,
    "escalate": commands.EscalateDispute,
    "assign-mediator": commands.AssignMediator,
    "declare-conflict": commands.DeclareConflict,
    "recuse-mediator": commands.RecuseMediator,
    "request-evidence": commands.RequestEvidence,
    "propose-decision": ProposeInClear,
    "approve-decision": commands.ApproveDecision,
    "return-decision": commands.ReturnDecision,
    "appeal": commands.AppealRuling,
    "waive-appeal": commands.WaiveAppeal,
    "dispatch-return": commands.DispatchReturn,
    "acknowledge-return": commands.AcknowledgeReturn,
    "dispatch-replacement": commands.DispatchReplacement,
    "acknowledge-replacement": commands.AcknowledgeReplacement,
}
"""The last part of a dispute's path, and the command it stands for."""

AMENDMENT_COMMANDS: dict[str, type[OrderCommand]] = {
    "accept": commands.AcceptAmendment,
    "decline": commands.DeclineAmendment,
}
CLOCK_COMMANDS: dict[str, type[OrderCommand]] = {
    "expire": commands.ExpireClocks,
    "pause": commands.PauseClock,
    "resume": commands.ResumeClock,
}
AGREEMENT_COMMANDS: dict[str, type[Command]] = {
    "amend": commands.AmendAgreement,
    "end": commands.EndAgreement,
}

Number = Annotated[int, Path(ge=1, le=NUMBER_MAX)]
Numbered = Annotated[int, Query(ge=1, le=NUMBER_MAX)]


def routes() -> APIRouter:
    """Return a route for each thing that may be said to a dispute, an amendment, a clock or an agreement."""
    router = APIRouter(tags=["disputes"])
    router.include_router(_reads)
    _add_openings(router)
    for verb, command in DISPUTE_COMMANDS.items():
        _add_dispute_command(router, verb, command)
    for verb, command in AMENDMENT_COMMANDS.items():
        _add_amendment_command(router, verb, command)
    for verb, command in CLOCK_COMMANDS.items():
        _add_clock_command(router, verb, command)
    for verb, agreement_command in AGREEMENT_COMMANDS.items():
        _add_agreement_command(router, verb, agreement_command)
    return router


def _add_openings(router: APIRouter) -> None:
    opening = CommandReader(OpenInClear, in_path="order")
    amendment = CommandReader(commands.ProposeAmendment, in_path="order")
    signing = CommandReader(commands.SignAgreement)

    @router.post("/orders/{order}/disputes", name="dispute-open", **_described(opening, commands.OpenDispute))
    async def open_dispute(request: Request, book: Key, order: Key) -> Response:
        return await submit(request, book, await opening.read(request, order=order))

    @router.post("/orders/{order}/amendments", name="amend", **_described(amendment, commands.ProposeAmendment))
    async def propose_amendment(request: Request, book: Key, order: Key) -> Response:
        return await submit(request, book, await amendment.read(request, order=order))

    @router.post("/agreements", name="agreement-sign", **_described(signing, commands.SignAgreement))
    async def sign_agreement(request: Request, book: Key) -> Response:
        return await submit(request, book, await signing.read(request))


def _add_dispute_command(router: APIRouter, verb: str, command: type[Command]) -> None:
    reader = CommandReader(command, in_path=("order", "dispute"))
    path = f"/orders/{{order}}/disputes/{{dispute}}/{verb}"

    @router.post(path, name=f"dispute-{verb}", **_described(reader, command))
    async def say(request: Request, book: Key, order: Key, dispute: Number) -> Response:
        return await submit(request, book, await reader.read(request, order=order, dispute=dispute))


def _add_amendment_command(router: APIRouter, verb: str, command: type[Command]) -> None:
    reader = CommandReader(command, in_path=("order", "amendment"))
    path = f"/orders/{{order}}/amendments/{{amendment}}/{verb}"

    @router.post(path, name=f"amendment-{verb}", **_described(reader, command))
    async def say(request: Request, book: Key, order: Key, amendment: Number) -> Response:
        return await submit(request, book, await reader.read(request, order=order, amendment=amendment))


def _add_clock_command(router: APIRouter, verb: str, command: type[Command]) -> None:
    reader = CommandReader(command, in_path="order")

    @router.post(f"/orders/{{order}}/clocks/{verb}", name=f"clock-{verb}", **_described(reader, command))
    async def say(request: Request, book: Key, order: Key) -> Response:
        return await submit(request, book, await reader.read(request, order=order))


def _add_agreement_command(router: APIRouter, verb: str, command: type[Command]) -> None:
    reader = CommandReader(command, in_path="agreement")

    @router.post(f"/agreements/{{agreement}}/{verb}", name=f"agreement-{verb}", **_described(reader, command))
    async def say(request: Request, book: Key, agreement: Key) -> Response:
        return await submit(request, book, await reader.read(request, agreement=agreement))


def _described(reader: CommandReader, command: type[Command]) -> dict[str, Any]:
    return {"summary": command.__doc__, "openapi_extra": takes(reader), "status_code": CREATED}


_reads = APIRouter()


@_reads.post("/orders/{order}/disputes/{dispute}/evidence", name="dispute-evidence", status_code=CREATED)
async def add_evidence(
    request: Request,
    book: Key,
    order: Key,
    dispute: Number,
    claim: Numbered,
    side: Side,
    answers: Annotated[int, Query(alias="request", ge=0, le=NUMBER_MAX)] = 0,
    name: str = "",
    occurred_at: datetime | None = None,
) -> Response:
    """Hand in evidence about a claim: the body is the document, Content-Type says what it is."""
    envelope = envelope_of(request, {"order": order, "dispute": dispute})
    opened = await asyncio.to_thread(desk_of(request).book, book)
    content, media_type = await _document(request), _media_type(request)
    kept = await asyncio.to_thread(opened.evidence.put, content, media_type)
    command = SubmitInClear(
        order=order,
        dispute=dispute,
        claim=claim,
        side=side,
        sha256=kept.sha256,
        media_type=media_type,
        size_bytes=kept.size_bytes,
        name=name,
        request=answers,
    )
    return await submit(request, book, envelope.around(command, occurred_at=occurred_at))


@_reads.get("/evidence/{sha256}", name="evidence")
def evidence(book: AtBook, sha256: Key, reader: ByReader) -> Response:
    """Return a document by the hash of its bytes, as it was handed in; who asks is recorded."""
    found = reveal_evidence(book, reader, sha256)
    # Whoever handed it in said what it is, so no browser may take it for a page of ours.
    headers = {"Content-Disposition": f'attachment; filename="{sha256}"', "X-Content-Type-Options": "nosniff"}
    return Response(found.content, headers=headers, media_type=found.media_type)


@_reads.get("/agreements/{agreement}", name="agreement")
def agreement(book: AtBook, asked: AtMoment, agreement: Key) -> Response:
    """Return an agreement with a partner: from when on which terms, and what its years came to."""
    moment = asked.of_log(book)
    with book.pool.connection() as connection:
        return answered(get_agreement(connection, book.name, agreement, moment=moment), moment=moment)


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", ANY_BYTES).partition(";")[0].strip().lower()


async def _document(request: Request) -> bytes:
    """
    Return a request's body, of which no more is taken in than evidence may have.

    Raises, in this order: HeaderMalformed, EvidenceTooLarge.
    """
    length = request.headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise HeaderMalformed(header="Content-Length", problem="not a number of bytes")
    _check_size(int(length))
    return b"".join([chunk async for chunk in _checked(request.stream())])


async def _checked(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    taken_bytes = 0
    async for chunk in chunks:
        taken_bytes += len(chunk)
        _check_size(taken_bytes)
        yield chunk


def _check_size(size_bytes: int) -> None:
    if size_bytes > EVIDENCE_BYTES_MAX:
        raise EvidenceTooLarge(size_bytes=size_bytes, size_bytes_max=EVIDENCE_BYTES_MAX)

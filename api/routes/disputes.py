"""Routes about trades in trouble: disputes with their evidence, amendments, clocks, and agreements with partners."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from api.agreements import AgreementView, get_agreement
from api.commands.command_table import NUMBER_MAX
from api.commands.disputes_in_clear import SubmitInClear
from api.commands.requests import envelope_of
from api.http.answers import answers as shows
from api.http.answers import answers_bytes
from api.http.desk import AtBook, AtMoment, ByCaller, ByReader, Instant, Key, answered, desk_of
from api.http.faults import HeaderMalformed
from api.resources.resource import About, agreement_resource, resource_of
from api.revealing import reveal_evidence
from api.routes.commands import COMMAND_PARAMETERS, answers_command, submit
from domain.side import Side
from ledger.evidence_store import EVIDENCE_BYTES_MAX, EvidenceTooLarge

CREATED = 201
ANY_BYTES = "application/octet-stream"

Number = Annotated[int, Path(ge=1, le=NUMBER_MAX)]
Numbered = Annotated[int, Query(ge=1, le=NUMBER_MAX)]

router = APIRouter(tags=["disputes"])


@router.post(
    "/orders/{order}/disputes/{dispute}/evidence",
    name="dispute-evidence",
    status_code=CREATED,
    openapi_extra={"parameters": COMMAND_PARAMETERS},
    responses=answers_command(),
)
async def add_evidence(
    request: Request,
    book: Key,
    order: Key,
    dispute: Number,
    claim: Numbered,
    side: Side,
    answers: Annotated[int, Query(alias="request", ge=0, le=NUMBER_MAX)] = 0,
    name: str = "",
    occurred_at: Instant | None = None,
) -> Response:
    """Hand in evidence about a claim: the body is the document, Content-Type says what it is."""
    envelope = envelope_of(request)
    opened = await asyncio.to_thread(desk_of(request).book, book)
    content, media_type = await _document(request), _media_type(request)
    keep = opened.evidence.measure if envelope.dry_run else opened.evidence.put
    kept = await asyncio.to_thread(keep, content, media_type)
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
    submission = envelope.around(command, occurred_at=occurred_at, in_path={"order": order, "dispute": dispute})
    return await submit(request, book, submission, dry_run=envelope.dry_run)


@router.get("/evidence/{sha256}", name="evidence", response_class=Response, responses=answers_bytes("*/*"))
def evidence(book: AtBook, sha256: Key, reader: ByReader) -> Response:
    """Return a document by the hash of its bytes, as it was handed in; who asks is recorded."""
    found = reveal_evidence(book, reader, sha256)
    # Whoever handed it in said what it is, so no browser may take it for a page of ours.
    headers = {"Content-Disposition": f'attachment; filename="{sha256}"'}
    return Response(found.content, headers=headers, media_type=found.media_type)


@router.get("/agreements/{agreement}", name="agreement", responses=shows(resource_of(AgreementView)))
def agreement(book: AtBook, caller: ByCaller, asked: AtMoment, agreement: Key) -> Response:
    """Return an agreement with a partner: from when on which terms, and what its years came to."""
    moment = asked.of_log(book)
    with book.pool.connection() as connection:
        found = get_agreement(connection, book.name, agreement, moment=moment)
    return answered(agreement_resource(About(book, caller, moment), found), moment=moment)


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

"""The witness's HTTP application: `POST /add-checkpoint` as C2SP tlog-witness says, and what it last cosigned."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from domain.errors import LedgerError
from ledger.proof.checkpoint import CheckpointMalformed
from ledger.proof.note import NoteMalformed, NoteUnverified
from ledger.proof.witness_state import WitnessStateUnusable
from ledger.proof.witnessing import (
    SIZE_MEDIA_TYPE,
    HistoryForked,
    HistoryUnproven,
    LogUnwatched,
    OldSizeDiffers,
    Witness,
    WitnessRequestMalformed,
)

REQUEST_BYTES_MAX = 65_536
REQUEST_SECONDS_MAX = 10.0

STATUS: dict[type[LedgerError], int] = {
    WitnessRequestMalformed: 400,
    NoteMalformed: 400,
    CheckpointMalformed: 400,
    NoteUnverified: 403,
    LogUnwatched: 404,
    OldSizeDiffers: 409,
    HistoryForked: 409,
    HistoryUnproven: 422,
    WitnessStateUnusable: 503,
}


def app_of(witness: Witness, clock: Callable[[], datetime]) -> Starlette:
    """Return the application of a witness. clock: returns the time in UTC."""

    async def add_checkpoint(request: Request) -> Response:
        body = await _body_of(request)
        return PlainTextResponse(await asyncio.to_thread(witness.add_checkpoint, body, clock()))

    async def checkpoint(request: Request) -> Response:
        origin = request.query_params.get("origin", "")
        last = witness.state.find(origin)
        if last is None:
            raise LogUnwatched(origin=origin)
        return PlainTextResponse(last.checkpoint)

    async def who(_request: Request) -> Response:
        return PlainTextResponse("\n".join([str(witness.key), *witness.origins, ""]))

    return Starlette(
        routes=[
            Route("/", who),
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/checkpoint", checkpoint),
        ],
        exception_handlers={LedgerError: _answer_refusal},
    )


async def _answer_refusal(_request: Request, error: Exception) -> Response:
    if not isinstance(error, LedgerError):
        raise error
    if isinstance(error, OldSizeDiffers):
        # Not as a media type: a charset would be added to that.
        return Response(f"{error.size}\n", STATUS[OldSizeDiffers], {"Content-Type": SIZE_MEDIA_TYPE})
    sentence = " ".join((type(error).__doc__ or "").split())
    return PlainTextResponse(f"{error}\n{sentence}\n", STATUS.get(type(error), 500))


async def _body_of(request: Request) -> bytes:
    body = b""
    try:
        async with asyncio.timeout(REQUEST_SECONDS_MAX):
            async for part in request.stream():
                body += part
                if len(body) > REQUEST_BYTES_MAX:
                    raise HTTPException(413, f"more than {REQUEST_BYTES_MAX} bytes")
    except TimeoutError:
        raise HTTPException(408, f"not said within {REQUEST_SECONDS_MAX:.0f} s") from None
    except ClientDisconnect:
        raise HTTPException(400, "not said to the end") from None
    return body

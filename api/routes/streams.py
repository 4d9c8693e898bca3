"""The route that tells of events as they are recorded, as server-sent events."""

import re
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.http.desk import AtBook, ByCaller, InDesk, KeySought
from api.http.faults import HeaderMalformed
from api.identity.door import check_still_admitted
from api.leaving import Leaving
from api.streams.sight import wanted_of
from api.streams.stream import MEDIA_TYPE

router = APIRouter(tags=["streams"])

_POSITION = re.compile(r"\d{1,18}", re.ASCII)


@router.get(
    "/events/stream",
    name="event-stream",
    response_class=Response,
    responses={200: {"description": "Server-sent events.", "content": {MEDIA_TYPE: {}}}},
)
async def event_stream(
    request: Request,
    desk: InDesk,
    book: AtBook,
    caller: ByCaller,
    after: Annotated[int, Query(ge=0, lt=2**53)] = 0,
    topic: Annotated[tuple[str, ...], Query(max_length=64)] = (),
    order: KeySought = None,
    party: KeySought = None,
    follow: bool = True,
) -> Response:
    """
    Return the events after a position, and those that are recorded from now on, each once and in order. The header
    Last-Event-ID, by which a listener comes back, counts more than `after`.
    """
    wanted = wanted_of(topic, order=order, party=party)
    return await desk.listeners.open(
        book.name,
        caller,
        wanted,
        after=_last_told(request, after),
        follow=follow,
        may_listen=lambda: check_still_admitted(request),
        leaving=getattr(request.app.state, "leaving", None) or Leaving(),
    )


def _last_told(request: Request, after: int) -> int:
    said = request.headers.get("last-event-id")
    if not said:
        return after
    if not _POSITION.fullmatch(said):
        raise HeaderMalformed(header="Last-Event-ID", problem="not a position of the log")
    return int(said)

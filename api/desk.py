"""The desk is what a request stands at: the books of the house, and the async doors to those that are written to."""

import asyncio
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Path, Query, Request, Response

from api.async_writer import AsyncWriter
from api.composition import BookNotFound, House, OpenedBook
from api.identity.caller import Caller
from api.identity.tokens import Tokens
from api.moments import MomentAsked
from domain.references import KEY
from ledger.proof.policy import Policy
from ledger.reads import Reader
from projections.moment import NOW, Moment

PAGE_MAX = 1_000

KEY_PATTERN = f"^{KEY.pattern}$"
Key = Annotated[str, Path(pattern=KEY_PATTERN)]
KeySought = Annotated[str | None, Query(pattern=KEY_PATTERN)]


class Desk:
    """
    The house and its async doors, as the requests of one event loop use them.

    tokens: what verifies callers' tokens; without it nobody is let in.
    """

    def __init__(self, house: House, *, tokens: Tokens | None = None, witness_policy: Policy | None = None) -> None:
        self.house = house
        self.tokens = tokens
        self.witness_policy = witness_policy
        self._doors: dict[str, AsyncWriter] = {}

    def book(self, name: str) -> OpenedBook:
        """Return a book that exists. Raises: BookNotFound."""
        book = self.house.find_book(name)
        if book is None:
            raise BookNotFound(book=name)
        return book

    async def door(self, name: str) -> AsyncWriter:
        """Return the door to a book that exists. Raises: BookNotFound."""
        if name not in self._doors:
            writer = await asyncio.to_thread(lambda: self.book(name).writer)
            self._doors.setdefault(name, AsyncWriter(writer, asyncio.get_running_loop()))
        return self._doors[name]


def desk_of(request: Request) -> Desk:
    """Return the desk of the application that a request came to."""
    desk: Desk = request.app.state.desk
    return desk


def book_at(request: Request, book: Key, min_position: Annotated[int, Query(ge=0, lt=2**63)] = 0) -> OpenedBook:
    """
    Return a book whose read side has come to a position.

    Raises, in this order: BookNotFound, ProjectionBehind.
    """
    opened = desk_of(request).book(book)
    if min_position:
        opened.runner.wait_for(min_position)
    return opened


async def caller_of(request: Request) -> Caller:
    """Return whom the door let in with a request."""
    caller: Caller = request.state.caller
    return caller


ByCaller = Annotated[Caller, Depends(caller_of)]


async def reader_of(caller: ByCaller, why: Annotated[str | None, Query(pattern=KEY_PATTERN)] = None) -> Reader:
    """Return who is looking, and the code of why, where they say."""
    return Reader(caller.actor, caller.role, why or "")


def moment_asked(
    at_position: Annotated[int | None, Query(ge=0, lt=2**63, description="As recorded up to this position.")] = None,
    known_at: Annotated[str | None, Query(description="As recorded by then: RFC 3339, or the end of a day.")] = None,
    as_of: Annotated[str | None, Query(description="What is posted up to the end of this day: YYYY-MM-DD.")] = None,
) -> MomentAsked:
    """Return the moment that a request asks for, in its own words."""
    return MomentAsked(at_position, known_at, as_of)


InDesk = Annotated[Desk, Depends(desk_of)]
AtBook = Annotated[OpenedBook, Depends(book_at)]
AtMoment = Annotated[MomentAsked, Depends(moment_asked)]
ByReader = Annotated[Reader, Depends(reader_of)]
Limit = Annotated[int, Query(ge=1, le=PAGE_MAX)]
Position = Annotated[int, Query(ge=0, lt=2**63)]


def answered(value: Any, status: int = 200, *, moment: Moment = NOW) -> Response:
    """Return a value as a JSON answer; one about a moment that was asked for says up to which position it looked."""
    headers = {} if moment.position == NOW.position else {"Ledger-Position": str(moment.position)}
    return Response(msgspec.json.encode(value), status, headers, media_type="application/json")

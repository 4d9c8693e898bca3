"""The desk is what a request stands at: the books of the house, and the async doors to those that are written to."""

import asyncio
import re
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Path, Query, Request, Response
from pydantic import BeforeValidator
from starlette.concurrency import run_in_threadpool

from api.commands.async_writer import AsyncWriter
from api.commands.newest_checkpoint import NewestCheckpoint
from api.composition import BookNotFound, House, OpenedBook
from api.http.shapes import shown
from api.identity.caller import Caller
from api.identity.tokens import Tokens
from api.limits.rates import Rates
from api.moments import MomentAsked
from api.observing.traces import UNTRACED, Traces
from api.resources.balance_reads import BalanceReader
from api.streams.listeners import Listeners
from api.webhooks.sealing import NO_OUTLET, Outlet
from domain.references import KEY
from ledger.proof.policy import Policy
from ledger.reads import Reader
from projections.moment import NOW, Moment

PAGE_MAX = 1_000

KEY_PATTERN = f"^{KEY.pattern}$"
Key = Annotated[str, Path(pattern=KEY_PATTERN)]
_WRITTEN_OUT = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _written_out(said: object) -> object:
    """Return a time or day that is written out; a number the framework would take as seconds since 1970."""
    if isinstance(said, str) and not _WRITTEN_OUT.match(said):
        message = "not written as RFC 3339 says"
        raise ValueError(message)
    return said


Instant = Annotated[datetime, BeforeValidator(_written_out)]
Day = Annotated[date, BeforeValidator(_written_out)]
KeySought = Annotated[str | None, Query(pattern=KEY_PATTERN)]


class Desk:
    """
    The house and its async doors, as the requests of one event loop use them.

    tokens: what verifies callers' tokens; without it nobody is let in. traces: what is traced of them. rates:
    what counts them; without it nobody is. listeners: who listens to streams. outlet: how webhooks are
    delivered.
    """

    def __init__(
        self,
        house: House,
        *,
        tokens: Tokens | None = None,
        witness_policy: Policy | None = None,
        traces: Traces = UNTRACED,
        rates: Rates | None = None,
        listeners: Listeners | None = None,
        outlet: Outlet = NO_OUTLET,
    ) -> None:
        self.house = house
        self.tokens = tokens
        self.witness_policy = witness_policy
        self.rates = rates
        self.listeners = listeners or Listeners(house.pool)
        self.outlet = outlet
        self._traces = traces
        self._doors: dict[str, AsyncWriter] = {}
        self._balances: dict[str, BalanceReader] = {}
        self._checkpoints: dict[str, NewestCheckpoint] = {}

    def book(self, name: str) -> OpenedBook:
        """Return a book that exists. Raises: BookNotFound."""
        book = self.house.find_book(name)
        if book is None:
            raise BookNotFound(book=name)
        return book

    async def opened(self, name: str) -> OpenedBook:
        """Return a book that exists, at once where it was asked for before. Raises: BookNotFound."""
        found = self.house.find_opened(name)
        return await run_in_threadpool(self.book, name) if found is None else found

    async def door(self, name: str) -> AsyncWriter:
        """Return the door to a book that exists. Raises: BookNotFound."""
        if name not in self._doors:
            writer = await asyncio.to_thread(lambda: self.book(name).writer)
            door = AsyncWriter(writer, asyncio.get_running_loop(), origin=self._traces.origin)
            self._doors.setdefault(name, door)
        return self._doors[name]

    def balances_of(self, book: OpenedBook) -> BalanceReader:
        """Return who reads a book's present balances for all who ask at once."""
        if book.name not in self._balances:
            self._balances[book.name] = BalanceReader(book)
        return self._balances[book.name]

    def newest_checkpoint(self, book: str) -> NewestCheckpoint:
        """Return the newest checkpoint of a book, as far as this process has seen."""
        if book not in self._checkpoints:
            self._checkpoints[book] = NewestCheckpoint(book)
        return self._checkpoints[book]


def desk_of(request: Request) -> Desk:
    """Return the desk of the application that a request came to."""
    desk: Desk = request.app.state.desk
    return desk


async def present_desk(request: Request) -> Desk:
    """Return the same, for the framework: what isn't async it would take to a thread and back."""
    return desk_of(request)


async def book_at(request: Request, book: Key, min_position: Annotated[int, Query(ge=0, lt=2**63)] = 0) -> OpenedBook:
    """
    Return a book whose read side has come to a position.

    Raises, in this order: BookNotFound, MomentAhead, ProjectionBehind.
    """
    desk = desk_of(request)
    opened = await desk.opened(book)
    if min_position:
        await run_in_threadpool(opened.runner.wait_for, min_position)
    return opened


async def caller_of(request: Request) -> Caller:
    """Return whom the door let in with a request."""
    caller: Caller = request.state.caller
    return caller


ByCaller = Annotated[Caller, Depends(caller_of)]


async def reader_of(caller: ByCaller, why: Annotated[str | None, Query(pattern=KEY_PATTERN)] = None) -> Reader:
    """Return who is looking, and the code of why, where they say."""
    return Reader(caller.actor, caller.role, why or "")


async def moment_asked(
    at_position: Annotated[int | None, Query(ge=0, lt=2**63, description="As recorded up to this position.")] = None,
    known_at: Annotated[str | None, Query(description="As recorded by then: RFC 3339, or the end of a day.")] = None,
    as_of: Annotated[str | None, Query(description="What is posted up to the end of this day: YYYY-MM-DD.")] = None,
) -> MomentAsked:
    """Return the moment that a request asks for, in its own words."""
    return MomentAsked(at_position, known_at, as_of)


InDesk = Annotated[Desk, Depends(present_desk)]
AtBook = Annotated[OpenedBook, Depends(book_at)]
AtMoment = Annotated[MomentAsked, Depends(moment_asked)]
ByReader = Annotated[Reader, Depends(reader_of)]
Limit = Annotated[int, Query(ge=1, le=PAGE_MAX)]
Position = Annotated[int, Query(ge=0, lt=2**63)]


def answered(value: Any, status: int = 200, *, moment: Moment = NOW) -> Response:
    """Return a value as a JSON answer; one about a moment that was asked for says up to which position it looked."""
    headers = {} if moment.position == NOW.position else {"Ledger-Position": str(moment.position)}
    return Response(msgspec.json.encode(shown(value)), status, headers, media_type="application/json")

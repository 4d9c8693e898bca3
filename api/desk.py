"""The desk is what a request stands at: the books of the house, and the async doors to those that are written to."""

import asyncio
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Path, Query, Request, Response

from api.async_writer import AsyncWriter
from api.composition import BookNotFound, House, OpenedBook
from domain.references import KEY

PAGE_MAX = 1_000

KEY_PATTERN = f"^{KEY.pattern}$"
Key = Annotated[str, Path(pattern=KEY_PATTERN)]
KeySought = Annotated[str | None, Query(pattern=KEY_PATTERN)]


class Desk:
    """The house and its async doors, as the requests of one event loop use them."""

    def __init__(self, house: House) -> None:
        self.house = house
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


InDesk = Annotated[Desk, Depends(desk_of)]
AtBook = Annotated[OpenedBook, Depends(book_at)]
Limit = Annotated[int, Query(ge=1, le=PAGE_MAX)]
Position = Annotated[int, Query(ge=0, lt=2**63)]


def answered(value: Any, status: int = 200) -> Response:
    """Return a value as a JSON answer."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")

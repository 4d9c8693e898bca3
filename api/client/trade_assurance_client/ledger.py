"""The ledger, as a client sees it: every operation of its API, pages and streams as iterators."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, TypeVar

from trade_assurance_client.async_operations import AsyncOperations
from trade_assurance_client.operations import Operations
from trade_assurance_client.pages import Page
from trade_assurance_client.streaming import StreamedEvent, follow, follow_async

T = TypeVar("T")


class Ledger(Operations):
    """A ledger, from one caller's side; use it in a `with` statement, or close it."""

    def every(self, page: Callable[..., Page[T]], *of: Any, **asked: Any) -> Iterator[T]:
        """Yield all that a list has, page after page: `ledger.every(ledger.orders, buyer="BUY-1")`."""
        cursor: str | None = None
        while True:
            found = page(*of, **asked, **({} if cursor is None else {"cursor": cursor}))
            yield from found.items
            cursor = found.next
            if cursor is None:
                return

    def follow(self, *, after: int = 0, endless: bool = True, **asked: Any) -> Iterator[StreamedEvent]:
        """
        Yield the log's events after a position, each once and in order, through any broken connection.

        endless: wait for what is still to come; asked: filters of the operation `event-stream`, by name.

        Raises: ProblemAnswered.
        """
        return follow(self, after=after, endless=endless, query=asked)


class AsyncLedger(AsyncOperations):
    """A ledger, from one caller's side, without blocking; use it in an `async with` statement, or close it."""

    async def every(self, page: Callable[..., Awaitable[Page[T]]], *of: Any, **asked: Any) -> AsyncIterator[T]:
        """Yield all that a list has, page after page: `ledger.every(ledger.orders, buyer="BUY-1")`."""
        cursor: str | None = None
        while True:
            found = await page(*of, **asked, **({} if cursor is None else {"cursor": cursor}))
            for each in found.items:
                yield each
            cursor = found.next
            if cursor is None:
                return

    def follow(self, *, after: int = 0, endless: bool = True, **asked: Any) -> AsyncIterator[StreamedEvent]:
        """
        Yield the log's events after a position, each once and in order, through any broken connection.

        endless: wait for what is still to come; asked: filters of the operation `event-stream`, by name.

        Raises: ProblemAnswered.
        """
        return follow_async(self, after=after, endless=endless, query=asked)

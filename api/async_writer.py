"""The async edge of the writer: an event loop's callers wait without a thread each, and are woken once per batch."""

import asyncio
from collections import deque

from ledger.outcomes import Outcome, Submission
from ledger.writer import Answer, Waiting, Writer


class AsyncWriter:
    """A writer's door for the coroutines of one event loop."""

    def __init__(self, writer: Writer, loop: asyncio.AbstractEventLoop) -> None:
        self._writer = writer
        self._loop = loop
        self._told: deque[tuple[asyncio.Future[Outcome], Answer]] = deque()

    async def submit(self, submission: Submission) -> Outcome:
        """Record a command and return its outcome. Raises: as `Writer.submit` and its future."""
        future: asyncio.Future[Outcome] = self._loop.create_future()
        self._writer.enqueue((Waiting(submission, lambda answer: self._tell(future, answer)),))
        return await future

    def _tell(self, future: asyncio.Future[Outcome], answer: Answer) -> None:
        self._told.append((future, answer))
        if len(self._told) == 1:
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        while self._told:
            future, answer = self._told.popleft()
            if future.cancelled():
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)

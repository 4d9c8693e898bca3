"""The async edge of the writer: an event loop's callers wait without a thread each, and are woken once per batch."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from domain.errors import Conflict, LedgerError, LogCorrupt
from ledger.outcomes import CommandKey, NotRecordedTogether, Outcome, Submission
from ledger.writer import Answer, Waiting, Whole, Writer


@dataclass(eq=False, kw_only=True)
class CommandInFlight(Conflict):
    """The first request with this key hasn't been answered yet: ask again in a moment, with the same key."""

    code: ClassVar[str] = "command.in_flight"
    retryable: ClassVar[bool] = True
    command_id: str


LIST_PART_MAX = 1_000
"""Of a list that may be parted, so many commands are queued as one; between two parts others have their turn."""


def _unknown() -> object:
    return None


class AsyncWriter:
    """
    A writer's door for the coroutines of one event loop.

    A key that came in and hasn't been answered is in flight, and meets itself here; one that came in elsewhere waits
    for the book's head, and then finds the outcome of the first.

    origin: returns what the surroundings of the caller of the moment know it by, for whoever watches the writer.
    """

    def __init__(
        self, writer: Writer, loop: asyncio.AbstractEventLoop, *, origin: Callable[[], object] = _unknown
    ) -> None:
        self._writer = writer
        self._loop = loop
        self._origin = origin
        self._listing = asyncio.Lock()
        self._told: deque[Callable[[], None]] = deque()
        self._in_flight: set[CommandKey] = set()

    async def submit(self, submission: Submission) -> Outcome:
        """Record a command and return its outcome. Raises: CommandInFlight; else as `Writer.submit` and its future."""
        future: asyncio.Future[Outcome] = self._loop.create_future()
        key = submission.key
        if key in self._in_flight:
            raise CommandInFlight(command_id=submission.command_id)

        def settle(answer: Answer) -> None:
            self._in_flight.discard(key)
            _settle(future, answer)

        def hear(answer: Answer) -> None:
            self._tell(partial(settle, answer))

        self._in_flight.add(key)
        try:
            self._writer.enqueue((Waiting(submission, hear, self._origin()),))
        except BaseException:
            self._in_flight.discard(key)
            raise
        return await future

    async def submit_list(self, submissions: Sequence[Submission], *, atomic: bool) -> list[Answer]:
        """
        Record checked commands, in order, and return what became of each; with `atomic` all or none.

        Nobody else's command comes between those of an atomic list. Lists wait for each other, so that the queue keeps
        room for single commands.
        """
        flying = self._in_flight.intersection(submission.key for submission in submissions)
        if atomic and flying:
            return _none_of(submissions, flying)
        going = [each for each in submissions if each.key not in flying]
        keys = {submission.key for submission in going}
        self._in_flight |= keys
        try:
            async with self._listing:
                answers = iter(await self._record_all(going, atomic=atomic))
        finally:
            self._in_flight -= keys
        return [
            CommandInFlight(command_id=each.command_id) if each.key in flying else next(answers) for each in submissions
        ]

    async def _record_all(self, submissions: Sequence[Submission], *, atomic: bool) -> list[Answer]:
        part_max = max(1, len(submissions)) if atomic else LIST_PART_MAX
        parts = [submissions[first : first + part_max] for first in range(0, len(submissions), part_max)]
        return [answer for answers in [await self._record(part, atomic=atomic) for part in parts] for answer in answers]

    async def _record(self, submissions: Sequence[Submission], *, atomic: bool) -> list[Answer]:
        future: asyncio.Future[list[Answer]] = self._loop.create_future()
        answers: list[Answer] = []

        def settle() -> None:
            if not future.cancelled():
                future.set_result(answers)

        def hear(answer: Answer) -> None:
            answers.append(answer)
            if len(answers) == len(submissions):
                self._tell(settle)

        whole, origin = Whole(len(submissions)) if atomic else None, self._origin()
        try:
            self._writer.enqueue([Waiting(each, hear, origin, whole) for each in submissions])
        except (LedgerError, LogCorrupt) as error:
            return [error] * len(submissions)
        return await future

    def _tell(self, settle: Callable[[], None]) -> None:
        self._told.append(settle)
        if len(self._told) == 1:
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        while self._told:
            self._told.popleft()()


def _none_of(submissions: Sequence[Submission], flying: Collection[CommandKey]) -> list[Answer]:
    """Return the answers to a list of which nothing is recorded, because some of it is in flight."""
    places = [place for place, each in enumerate(submissions) if each.key in flying]
    return [
        CommandInFlight(command_id=each.command_id) if place in places else NotRecordedTogether(because_of=places[0])
        for place, each in enumerate(submissions)
    ]


def _settle(future: asyncio.Future[Outcome], answer: Answer) -> None:
    if future.cancelled():
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)

"""
The writer is the one door to a book's log in a process: many callers, one thread, one durable append for all who wait.

Its queue is bounded: a full one is an error to the caller, never growing memory. A commit whose acknowledgement was
lost is simply tried again: what had happened after all is found by its command id, under the head's lock.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import ClassVar, NamedTuple

import psycopg
import structlog
from eventsourcing.persistence import IntegrityError

from domain.errors import LogCorrupt, Unavailable
from ledger.application import TradeLedger
from ledger.outcomes import Outcome, Submission

_log = structlog.get_logger(__name__)

DATABASE_ABSENT = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.IdleInTransactionSessionTimeout,
    psycopg.errors.InvalidTransactionState,
)
"""What says that the database, or our connection to it, is gone, and not that a statement is wrong."""


@dataclass(eq=False, kw_only=True)
class QueueFull(Unavailable):
    """More commands wait than the queue holds: retry with the same command id."""

    code: ClassVar[str] = "writer.queue_full"
    waiting: int


@dataclass(eq=False, kw_only=True)
class WriterClosed(Unavailable):
    """This process is shutting down: retry with the same command id, elsewhere or later."""

    code: ClassVar[str] = "writer.closed"


@dataclass(eq=False, kw_only=True)
class DatabaseAbsent(Unavailable):
    """The database didn't answer; whether the command happened, the same command id will tell."""

    code: ClassVar[str] = "database.absent"
    attempts: int


Answer = Outcome | Exception
"""What a caller gets; an exception is the caller's mistake or the database's absence, and nothing was stored for it."""


class Whole(NamedTuple):
    """So many commands, one after the other in the queue, that are recorded all or none: in one transaction."""

    commands: int


class Waiting(NamedTuple):
    """A submission in the queue, and who is told its answer, on the writer's thread."""

    submission: Submission
    tell: Callable[[Answer], None]
    origin: object = None
    """What the caller's surroundings know it by; the writer hands it on to who watches, and looks at it no more."""
    whole: Whole | None = None
    """What it is part of, with those that are queued beside it; nothing where it is recorded for itself."""


class BatchDone(NamedTuple):
    """
    What whoever watches a writer is told of a batch, on its thread, before the callers are answered.

    took_seconds: to decide and append it, retries included; queued: commands that wait by then; failed: nothing of it
    is known to be recorded.
    """

    book: str
    waiting: Sequence[Waiting]
    answers: Sequence[Answer]
    took_seconds: float
    queued: int
    failed: bool


def unwatched(_batch: BatchDone) -> None:
    """Take no notice of a batch."""


class Writer:
    """
    Group commit for one book.

    batch_commands_max: commands in one transaction; queue_commands_max: commands that may wait; attempts_max: tries of
    one batch while the database is absent, a pause of `pause_seconds` (doubling) between them; linger_seconds: the
    longest that a batch waits for as many callers as were there a moment ago; watch: is told of every batch, and must
    neither take long nor raise.
    """

    def __init__(
        self,
        ledger: TradeLedger,
        *,
        batch_commands_max: int = 1_000,
        queue_commands_max: int = 20_000,
        attempts_max: int = 6,
        pause_seconds: float = 0.1,
        linger_seconds: float = 0.0005,
        watch: Callable[[BatchDone], None] = unwatched,
    ) -> None:
        self._ledger = ledger
        self._watch = watch
        self._batch_commands_max = batch_commands_max
        self._queue_commands_max = queue_commands_max
        self._attempts_max = attempts_max
        self._pause_seconds = pause_seconds
        self._linger_seconds = linger_seconds
        self._queue: deque[Waiting] = deque()
        self._changed = threading.Condition()
        self._worth_waking = 1
        self._closing = threading.Event()
        self._corrupt: LogCorrupt | None = None
        self._thread = threading.Thread(target=self._run, name=f"writer-{ledger.book}", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Return how many commands wait in the queue."""
        return len(self._queue)

    def submit(self, submission: Submission) -> Future[Outcome]:
        """
        Queue a command; its future gives the outcome once it is durable.

        Raises, in this order: what `TradeLedger.check` does, LogCorrupt, WriterClosed, QueueFull. The future raises the
        caller's mistakes (Malformed, NotFound, Forbidden, Conflict) and DatabaseAbsent; a rule's refusal is an outcome.
        """
        return self.submit_all((submission,))[0]

    def submit_all(self, submissions: Sequence[Submission]) -> list[Future[Outcome]]:
        """
        Queue commands in order, all or none; each has its own outcome.

        Raises: as `submit`, before anything is queued.
        """
        futures: list[Future[Outcome]] = [Future() for _ in submissions]
        self.enqueue(
            [Waiting(each, partial(_resolve, future)) for each, future in zip(submissions, futures, strict=True)]
        )
        return futures

    def check(self, submission: Submission) -> None:
        """
        Check what can be checked without the book, as queueing does first.

        Raises: what `TradeLedger.check` does.
        """
        self._ledger.check(submission)

    def enqueue(self, waiting: Sequence[Waiting]) -> None:
        """
        Queue commands in order, all or none; each is told its answer.

        Raises: as `submit`, before anything is queued.
        """
        for each in waiting:
            self._ledger.check(each.submission)
        with self._changed:
            self._check_room(len(waiting))
            self._queue.extend(waiting)
            if len(self._queue) >= self._worth_waking:
                self._changed.notify()

    def close(self) -> None:
        """Take no more commands, finish those that wait, and end the thread."""
        self._closing.set()
        with self._changed:
            self._changed.notify_all()
        self._thread.join()

    def _check_room(self, count: int) -> None:
        if self._corrupt:
            raise self._corrupt
        if self._closing.is_set():
            raise WriterClosed
        if len(self._queue) + count > self._queue_commands_max:
            raise QueueFull(waiting=len(self._queue))

    def _run(self) -> None:
        callers = 0
        while batch := self._take(callers):
            began = perf_counter()
            try:
                answers = self._record([waiting.submission for waiting in batch], _wholes(batch))
            except Exception as error:  # noqa: BLE001 - whatever happens, every caller gets an answer
                self._tell_watch(batch, [error] * len(batch), perf_counter() - began, failed=True)
                self._fail(batch, error)
            else:
                self._tell_watch(batch, answers, perf_counter() - began)
                callers = min(len(batch) + len(self._queue), self._batch_commands_max)
                _answer(batch, answers)

    def _tell_watch(
        self, batch: Sequence[Waiting], answers: Sequence[Answer], took_seconds: float, *, failed: bool = False
    ) -> None:
        try:
            self._watch(BatchDone(self._ledger.book, batch, answers, took_seconds, len(self._queue), failed))
        except Exception as error:  # noqa: BLE001 - who merely watches stops nobody
            _log.warning("a batch wasn't told", book=self._ledger.book, error=repr(error))

    def _take(self, callers: int) -> list[Waiting]:
        """Return the next batch, after a moment for the callers just answered to come back and share its commit."""
        with self._changed:
            self._worth_waking = 1
            while not self._queue:
                if self._closing.is_set():
                    return []
                self._changed.wait()
            self._worth_waking = callers
            self._changed.wait_for(lambda: len(self._queue) >= callers or self._closing.is_set(), self._linger_seconds)
            return self._next_batch()

    def _next_batch(self) -> list[Waiting]:
        """Return what is recorded together; what is whole isn't split, however many commands that is."""
        batch: list[Waiting] = []
        while self._queue:
            count = _count(self._queue[0])
            if batch and len(batch) + count > self._batch_commands_max:
                break
            batch += (self._queue.popleft() for _ in range(count))
        return batch

    def _record(self, submissions: Sequence[Submission], wholes: Sequence[range]) -> list[Answer]:
        if self._corrupt:
            raise self._corrupt
        pause_seconds = self._pause_seconds
        for attempt in range(1, self._attempts_max + 1):
            try:
                return self._ledger.process(submissions, together=wholes)
            except DATABASE_ABSENT as error:
                _log.warning("database absent", book=self._ledger.book, attempt=attempt, error=str(error))
            except IntegrityError as error:
                _log.error("another writer got past the lock", book=self._ledger.book, error=str(error))
                self._ledger.forget()
            self._closing.wait(pause_seconds)
            pause_seconds *= 2
        raise DatabaseAbsent(attempts=self._attempts_max)

    def _fail(self, batch: Sequence[Waiting], error: Exception) -> None:
        if isinstance(error, LogCorrupt):
            self._corrupt = error
        _log.error("batch failed", book=self._ledger.book, commands=len(batch), error=repr(error))
        _answer(batch, [error] * len(batch))


def _count(waiting: Waiting) -> int:
    return waiting.whole.commands if waiting.whole else 1


def _wholes(batch: Sequence[Waiting]) -> list[range]:
    """Return the places in a batch of what is recorded all or none."""
    wholes: list[range] = []
    place = 0
    while place < len(batch):
        count = _count(batch[place])
        if batch[place].whole:
            wholes.append(range(place, place + count))
        place += count
    return wholes


def _answer(batch: Sequence[Waiting], answers: Sequence[Answer]) -> None:
    for waiting, answer in zip(batch, answers, strict=True):
        try:
            waiting.tell(answer)
        except Exception as error:  # noqa: BLE001 - a caller that is gone, its event loop closed, harms no other
            _log.warning("caller is gone", command_id=waiting.submission.command_id, error=repr(error))


def _resolve(future: Future[Outcome], answer: Answer) -> None:
    if not future.set_running_or_notify_cancel():
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)

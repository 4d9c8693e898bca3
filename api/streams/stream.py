"""
A stream tells one listener, as server-sent events, what is recorded: each event once, in the order of the log.

`id` is a position, also where nothing was told for a while: a stream that is resumed there misses nothing and doesn't
look again at what it passed over. What a listener doesn't take isn't made: at most one piece waits for the network.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import msgspec
from fastapi.sse import format_sse_event
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.http.problems import problem_of
from api.leaving import Leaving
from api.streams.sight import Sight
from api.streams.tail import LogTail
from api.streams.told import Told
from domain.errors import LedgerError, Unavailable
from ledger.writer import DATABASE_ABSENT, DatabaseAbsent

MEDIA_TYPE = "text/event-stream"
PIECE_BYTES_MAX = 64 * 1024
"""Of what is sent at once; one event may be as long."""
HEARTBEAT_SECONDS = 15.0
"""After so long without an event, a stream says which position it has come to."""
CHECK_SECONDS = 5.0
"""So often it is asked whether the caller may still listen."""
RETRY_MILLISECONDS = 1_000
LISTENERS_READING_MAX = 2
"""So many streams of a process read older parts of a log at a time: the others' connections are for requests."""


@dataclass(eq=False, kw_only=True)
class ServerLeaving(Unavailable):
    """The server ends: go on from the last id at another one, or a moment later."""

    code: ClassVar[str] = "server.leaving"


@dataclass(eq=False, kw_only=True)
class LogUnreadable(Unavailable):
    """The log can't be read on from here; the server's log says why."""

    code: ClassVar[str] = "log.unreadable"
    retryable: ClassVar[bool] = False


class Rhythm(NamedTuple):
    """How often, in seconds, a stream says where it is, and asks whether the caller may still listen."""

    heartbeat_seconds: float = HEARTBEAT_SECONDS
    check_seconds: float = CHECK_SECONDS


USUAL_RHYTHM = Rhythm()


class Listening(NamedTuple):
    """
    One listener's stream.

    until: where it ends; nothing for one that goes on. may_listen: raises what the caller is then told.
    """

    tail: LogTail
    sight: Sight
    after: int
    until: int | None
    may_listen: Callable[[], Awaitable[object]]
    leaving: Leaving
    reading: asyncio.Semaphore
    rhythm: Rhythm = USUAL_RHYTHM


class _Ended(NamedTuple):
    position: int
    problem: object


async def pieces_of(listening: Listening) -> AsyncGenerator[bytes]:
    """Yield a stream, piece by piece, until its end; the next one is made when the last was taken."""
    news = asyncio.Event()
    loop = asyncio.get_running_loop()

    def wake() -> None:
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(news.set)

    listening.tail.wake.add(wake)
    leaving = asyncio.create_task(_wake_at_end(listening.leaving, news))
    try:
        yield format_sse_event(retry=RETRY_MILLISECONDS)
        stream = _Stream(listening, news)
        try:
            async for piece in stream.pieces():
                yield piece
            yield _end(stream.position, None)
        except LedgerError as error:
            yield _end(stream.position, problem_of(error))
    finally:
        listening.tail.wake.discard(wake)
        leaving.cancel()


class _Stream:
    """A stream on its way. position: up to which everything was told that is to be."""

    def __init__(self, listening: Listening, news: asyncio.Event) -> None:
        self.position = listening.after
        self._listening = listening
        self._news = news
        self._clock = asyncio.get_running_loop().time
        self._heartbeat_at = self._clock() + listening.rhythm.heartbeat_seconds
        self._check_at = self._clock() + listening.rhythm.check_seconds

    async def pieces(self) -> AsyncGenerator[bytes]:
        until = self._listening.until
        while until is None or self.position < until:
            await self._check()
            self._news.clear()
            batch = await self._batch()
            told = [each for each in batch if self._listening.sight.takes(each)]
            for piece in in_pieces([frame_of(each) for each in told]):
                yield piece
            if batch:
                self.position = batch[-1].position
            now = self._clock()
            if told:
                self._heartbeat_at = now + self._listening.rhythm.heartbeat_seconds
            elif now >= self._heartbeat_at:
                yield _heartbeat(self.position)
                self._heartbeat_at = now + self._listening.rhythm.heartbeat_seconds
            if not batch:
                await self._wait()

    async def _check(self) -> None:
        listening = self._listening
        if listening.leaving.has_begun:
            raise ServerLeaving
        if self._clock() >= self._check_at:
            await listening.may_listen()
            self._check_at = self._clock() + listening.rhythm.check_seconds

    async def _batch(self) -> Sequence[Told]:
        tail, until = self._listening.tail, self._listening.until
        kept = tail.kept_after(self.position)
        if kept == [] and tail.problem:
            raise LogUnreadable
        batch = await self._read(tail) if kept is None else kept
        return batch if until is None else [each for each in batch if each.position <= until]

    async def _read(self, tail: LogTail) -> Sequence[Told]:
        async with self._listening.reading:
            try:
                return await asyncio.to_thread(tail.after, self.position)
            except DATABASE_ABSENT as error:
                raise DatabaseAbsent(attempts=1) from error

    async def _wait(self) -> None:
        seconds = min(self._heartbeat_at, self._check_at) - self._clock()
        # Not wait_for, which before Python 3.12 may lose that it was cancelled when news comes at the same moment.
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                await self._news.wait()


class EventStreamResponse(Response):
    """A stream as an answer; it ends as soon as the listener is gone, and then lets go of what it holds."""

    media_type = MEDIA_TYPE

    def __init__(self, pieces: AsyncGenerator[bytes], let_go: Callable[[], None]) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._pieces = pieces
        self._let_go = let_go

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell, until there is nothing more to tell or nobody to hear it."""
        del scope
        telling = asyncio.create_task(self._tell(send))
        listening = asyncio.create_task(_until_gone(receive))
        try:
            await asyncio.wait({telling, listening}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (telling, listening):
                task.cancel()
            ended, _ = await asyncio.gather(telling, listening, return_exceptions=True)
            await self._pieces.aclose()
            self._let_go()
        if isinstance(ended, Exception) and not isinstance(ended, OSError):
            raise ended

    async def _tell(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for piece in self._pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def frame_of(told: Told) -> bytes:
    """Return an event as it is sent, made once for all who are told."""
    if not told.frame:
        at = str(told.position)
        told.frame = format_sse_event(data_str=told.data.decode(), event=told.recorded.topic, id=at)
    return told.frame


def in_pieces(frames: Sequence[bytes]) -> list[bytes]:
    """Return frames joined, as many as fit into a piece; a longer one is a piece of its own."""
    pieces: list[list[bytes]] = []
    length = PIECE_BYTES_MAX
    for frame in frames:
        if length + len(frame) > PIECE_BYTES_MAX:
            pieces.append([])
            length = 0
        pieces[-1].append(frame)
        length += len(frame)
    return [b"".join(piece) for piece in pieces]


def _heartbeat(position: int) -> bytes:
    return format_sse_event(data_str=f'{{"position":{position}}}', event="position", id=str(position))


def _end(position: int, problem: object) -> bytes:
    said = msgspec.json.encode(_Ended(position, problem)._asdict()).decode()
    return format_sse_event(data_str=said, event="end", id=str(position), retry=RETRY_MILLISECONDS)


async def _wake_at_end(leaving: Leaving, news: asyncio.Event) -> None:
    await leaving.begun()
    news.set()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

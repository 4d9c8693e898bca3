"""Streams: the log's events as they are recorded, each once and in order, however often the connection breaks."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import msgspec

from trade_assurance_client.problems import ProblemAnswered
from trade_assurance_client.sending import AsyncSender, Sender, path_of

STREAM = "/v1/books/{book}/events/stream"
PAUSE_SECONDS = 1.0
SILENCE_SECONDS = 60.0
"""A stream that says nothing for so long, not even that it lives, is asked for again."""


class StreamedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a stream: its position in the log, its topic, and the event as the ledger shows it."""

    position: int
    topic: str
    event: dict[str, Any]


class Said(msgspec.Struct, frozen=True):
    """One thing said on a stream: its id and kind, empty where none is given, and its data."""

    last_id: str
    kind: str
    data: str


class StreamReader:
    """Reads what servers send (HTML, section 9.2.6) from bytes as they come; `retry_seconds` is what they ask for."""

    def __init__(self) -> None:
        self.last_id = ""
        self.retry_seconds = PAUSE_SECONDS
        self._waiting = b""
        self._kind = ""
        self._data: list[str] = []

    def feed(self, content: bytes) -> Iterator[Said]:
        """Yield what is complete once these bytes have come."""
        *lines, self._waiting = (self._waiting + content).split(b"\n")
        for line in lines:
            yield from self._line(line.removesuffix(b"\r").decode())

    def begin_again(self) -> None:
        """Forget what an ended connection left half said."""
        self._waiting, self._kind, self._data = b"", "", []

    def _line(self, line: str) -> Iterator[Said]:
        if not line:
            if self._data:
                yield Said(self.last_id, self._kind, "\n".join(self._data))
            self._kind, self._data = "", []
            return
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "id":
                self.last_id = value
            case "event":
                self._kind = value
            case "data":
                self._data.append(value)
            case "retry" if value.isdigit():
                self.retry_seconds = int(value) / 1_000
            case _:
                pass


def follow(sender: Sender, *, after: int, endless: bool, query: dict[str, Any]) -> Iterator[StreamedEvent]:
    """
    Yield events after a position; where `endless`, for as long as somebody listens.

    Raises: ProblemAnswered, where another attempt can't help.
    """
    reader, position = StreamReader(), after
    reader.last_id = str(after)
    while True:
        try:
            with sender.http.stream("GET", _path(sender.book), **_how(reader, endless=endless, query=query)) as answer:
                if answer.is_error:
                    answer.read()
                _check(answer)
                for content in answer.iter_bytes():
                    for event in _events(reader.feed(content), position):
                        position = event.position
                        yield event
            if not endless:
                return
        except httpx.TransportError:
            pass
        reader.begin_again()
        time.sleep(reader.retry_seconds)


async def follow_async(
    sender: AsyncSender, *, after: int, endless: bool, query: dict[str, Any]
) -> AsyncIterator[StreamedEvent]:
    """Yield events as `follow` does, without blocking."""
    reader, position = StreamReader(), after
    reader.last_id = str(after)
    while True:
        how = _how(reader, endless=endless, query=query)
        try:
            async with sender.http.stream("GET", _path(sender.book), **how) as answer:
                if answer.is_error:
                    await answer.aread()
                _check(answer)
                async for content in answer.aiter_bytes():
                    for event in _events(reader.feed(content), position):
                        position = event.position
                        yield event
            if not endless:
                return
        except httpx.TransportError:
            pass
        reader.begin_again()
        await asyncio.sleep(reader.retry_seconds)


def _path(book: str) -> str:
    return path_of(STREAM, book=book)


def _how(reader: StreamReader, *, endless: bool, query: dict[str, Any]) -> dict[str, Any]:
    asked = {name: value for name, value in query.items() if value is not None}
    return {
        "params": asked | ({} if endless else {"follow": "false"}),
        "headers": {"Accept": "text/event-stream", "Last-Event-ID": reader.last_id},
        "timeout": httpx.Timeout(SILENCE_SECONDS),
    }


def _check(answer: httpx.Response) -> None:
    """Raise a problem that stays; let one that passes be tried again as a lost connection is."""
    if answer.is_error:
        problem = ProblemAnswered(answer)
        if problem.retryable or answer.is_server_error:
            raise httpx.ReadError(str(problem))
        raise problem


def _events(said: Iterator[Said], position: int) -> Iterator[StreamedEvent]:
    """Yield the events among what was said, past a position: others only say how far the log is."""
    for each in said:
        if each.last_id.isdigit() and int(each.last_id) > position:
            event = msgspec.json.decode(each.data)
            if isinstance(event, dict) and "topic" in event:
                position = int(each.last_id)
                yield StreamedEvent(position=position, topic=event["topic"], event=event)

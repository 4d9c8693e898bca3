"""A proxy on the loopback address that loses requests and answers, whole or in the middle, as it is told to."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LOOPBACK = "127.0.0.1"

Fault = Literal["request-lost", "request-cut", "answer-lost", "answer-cut"]
"""What gets lost: all of it, or its second half."""

Hook = Callable[[], Awaitable[None]]


class DropProxy:
    """
    Forwards connections, each of one request, to a server; each of the first ones has the next fault.

    on_request is called when a request has gone on to the server, on_answer before its answer goes back.
    """

    def __init__(self, upstream: int, faults: Iterable[Fault] = ()) -> None:
        self.on_request: Hook | None = None
        self.on_answer: Hook | None = None
        self.port = 0
        self._upstream = upstream
        self._faults = list(faults)
        self._forwarding: list[asyncio.Future[None]] = []

    @asynccontextmanager
    async def open(self) -> "AsyncIterator[None]":
        """Listen on a free port."""
        server = await asyncio.start_server(self._connected, LOOPBACK, 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            for task in self._forwarding:
                task.cancel()
            await asyncio.gather(*self._forwarding, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._forwarding.append(asyncio.ensure_future(self._served(reader, writer)))

    async def _served(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fault = self._faults.pop(0) if self._faults else None
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._forward(fault, reader, writer)
        finally:
            writer.close()

    async def _forward(self, fault: Fault | None, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await _request(reader)
        if fault == "request-lost":
            return
        there, back = await asyncio.open_connection(LOOPBACK, self._upstream)
        try:
            back.write(request[: len(request) // 2] if fault == "request-cut" else request)
            await back.drain()
            if fault == "request-cut":
                return
            await _call(self.on_request)
            answer = await there.read(-1)
            await _call(self.on_answer)
            if fault != "answer-lost":
                writer.write(answer[: len(answer) // 2] if fault == "answer-cut" else answer)
                await writer.drain()
        finally:
            back.close()


async def _call(hook: Hook | None) -> None:
    if hook:
        await hook()


async def _request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return head + await reader.readexactly(int(lengths[0]))

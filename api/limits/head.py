"""
The head of a request, its line and headers, as it comes in on a connection: no longer and no larger than it may be.

The server's own protocol waits for ever for the rest of a head, and keeps all that comes of it.
"""

import asyncio
from typing import Final

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from api.composition import new_id
from api.http.errors import answer
from api.http.http_refusals import HeadTooLarge, HeadTooSlow, RequestUnreadable
from api.http.one_write import OneWrite
from api.http.problems import problem_of
from api.limits.bounds import HEAD_BYTES_MAX, HEAD_SECONDS_MAX, HEADERS_MAX
from domain.errors import LedgerError

TOLD: Final = (
    b"x-content-type-options: nosniff\r\n"
    b"content-security-policy: default-src 'none'; frame-ancestors 'none'\r\n"
    b"referrer-policy: no-referrer\r\n"
    b"cache-control: private, no-store\r\n"
    b"connection: close\r\n"
)


class BoundedHead(HttpToolsProtocol):
    """The server's protocol; a head that came whole at once costs nothing."""

    _head_bytes = 0
    _is_begun = False
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(OneWrite(transport, self.loop))
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._wait_no_more()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Count anew."""
        self._is_begun, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Let the request begin."""
        self._is_begun = False
        self._wait_no_more()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Let the request have its whole body."""
        self._wait_no_more()
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        """Take what came, and look whether it is a head that isn't whole, or something that nobody asked for."""
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._is_begun:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX:
                self._refuse(HeadTooLarge(bytes_max=HEAD_BYTES_MAX, headers_max=HEADERS_MAX))
                return
        if self._is_begun or not self._is_answering:
            self._wait()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP in the one shape."""
        self._refuse(RequestUnreadable(problem=msg))

    @property
    def _is_answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _wait(self) -> None:
        if self._waiting is None:
            self._waiting = self.loop.call_later(HEAD_SECONDS_MAX, self._end_waiting)

    def _wait_no_more(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _end_waiting(self) -> None:
        self._waiting = None
        if self.transport.is_closing():
            return
        if self._is_begun:
            self._refuse(HeadTooSlow(seconds_max=HEAD_SECONDS_MAX))
        else:
            self.transport.close()

    def _refuse(self, refused: LedgerError) -> None:
        """Answer, unless another answer is on its way on this connection, and end it."""
        if self._is_answering:
            self.shutdown()
            return
        self.transport.write(_raw(refused, request=new_id()))
        self.transport.close()


def _raw(refused: LedgerError, *, request: str) -> bytes:
    response = answer(msgspec.structs.replace(problem_of(refused), request=request))
    lines = [STATUS_LINE[response.status_code], TOLD, b"x-request-id: %b\r\n" % request.encode()]
    lines += [b"%b: %b\r\n" % header for header in response.raw_headers]
    return b"".join([*lines, b"\r\n", bytes(response.body)])

"""One write is what an answer costs that is said in one turn of the event loop: its head and its body together."""

import asyncio
from typing import Final

JOINED_BYTES_MAX: Final = 64 * 1024
"""What is longer is written by itself: to join it would cost more than another write."""


class OneWrite(asyncio.Transport):
    """
    A transport that keeps what is written for what comes after it in the same turn of the event loop.

    The server's protocol writes the head of an answer and its body one after the other; each writing costs the process
    a call of the system, and the caller a waking. What isn't about writing goes to the transport itself.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._kept: bytes | bytearray | memoryview = b""
        self.is_closing = transport.is_closing  # type: ignore[method-assign]
        self.get_extra_info = transport.get_extra_info  # type: ignore[method-assign]
        self.pause_reading = transport.pause_reading  # type: ignore[method-assign]
        self.resume_reading = transport.resume_reading  # type: ignore[method-assign]

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write some bytes together with those that are kept; where none are, keep them until the turn ends."""
        if len(data) > JOINED_BYTES_MAX:
            self._write_kept()
            self._transport.write(data)
        elif self._kept:
            together, self._kept = b"".join((self._kept, data)), b""
            self._transport.write(together)
        else:
            self._kept = data
            self._loop.call_soon(self._write_kept)

    def close(self) -> None:
        """Write what is kept, and end the connection."""
        self._write_kept()
        self._transport.close()

    def abort(self) -> None:
        """End the connection at once."""
        self._kept = b""
        self._transport.abort()

    def _write_kept(self) -> None:
        if not self._kept:
            return
        kept, self._kept = self._kept, b""
        if not self.is_closing():  # as it may be by now: the caller has left in the same turn
            self._transport.write(kept)

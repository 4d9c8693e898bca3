"""
The log of a server is written a few lines at a time: each writing costs a busy process its turn, and lines come
together.

What was answered within the last hundredth of a second before a process is killed may be missing from it; what was
recorded is in the ledger itself.
"""

import asyncio
import sys
import threading
from collections.abc import Callable
from typing import Any, BinaryIO

HOLD_SECONDS = 0.01


class HeldLines:
    """A stream for lines, which keeps those of an event loop for a moment and writes them together; any thread may."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._held: list[bytes] = []
        self._writing = threading.Lock()

    def write(self, line: bytes) -> None:
        """Keep a line; outside of an event loop, write it at once."""
        with self._writing:
            self._held.append(line)
            is_first = len(self._held) == 1
        if is_first:
            try:
                asyncio.get_running_loop().call_later(HOLD_SECONDS, self.write_held)
            except RuntimeError:
                self.write_held()

    def write_held(self) -> None:
        """Write what is kept."""
        with self._writing:
            lines, self._held = self._held, []
            if lines:
                self._stream.write(b"".join(lines))
                self._stream.flush()


class HeldLogger:
    """A logger, as structlog takes one, on such a stream."""

    def __init__(self, lines: HeldLines) -> None:
        self._lines = lines

    def msg(self, line: bytes) -> None:
        """Tell a line."""
        self._lines.write(line + b"\n")

    debug = info = warning = error = exception = msg


def held_loggers() -> tuple[Callable[..., Any], Callable[[], None]]:
    """Return what makes loggers on standard error, and what writes the lines that are kept."""
    lines = HeldLines(sys.stderr.buffer)
    return lambda *_: HeldLogger(lines), lines.write_held

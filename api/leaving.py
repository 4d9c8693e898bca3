"""Leaving is how a process ends: it takes no more, lets what lasts know at once, and is gone within a bound."""

import asyncio
import os
import signal
import threading
from contextlib import suppress
from types import FrameType

LEAVE_SECONDS_MAX = 60
"""After this a process that was told to end does, whatever holds it: what it hadn't answered is safe to retry."""


class Leaving:
    """Whether this process was told to end; what lasts, as a stream of events, waits for it and ends too."""

    def __init__(self) -> None:
        self._begun = asyncio.Event()

    @property
    def has_begun(self) -> bool:
        """Return whether the process was told to end."""
        return self._begun.is_set()

    async def begun(self) -> None:
        """Wait until the process is told to end."""
        await self._begun.wait()

    def begin(self) -> None:
        """Tell everybody who waits; on the event loop."""
        self._begun.set()

    def begin_at_signal(self) -> None:
        """Begin when a signal to end comes, before whoever handled it until now; on the event loop's thread."""
        if threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()
        before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

        def leave(number: int, frame: FrameType | None) -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self.begin)
            _end_within(LEAVE_SECONDS_MAX)
            if callable(handler := before[signal.Signals(number)]):
                handler(number, frame)

        for number in before:
            signal.signal(number, leave)


def _end_within(seconds: float) -> None:
    bound = threading.Timer(seconds, os._exit, (1,))
    bound.daemon = True
    bound.start()

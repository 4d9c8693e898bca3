"""A keyboard gives the keys that a person presses while a screen is shown, on a terminal that is put back after."""

import os
import select
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

Key = Literal["pause", "step", "quit", "faster", "slower"]

KEYS: dict[bytes, Key] = {
    b" ": "pause",
    b"n": "step",
    b"\x1b[C": "step",
    b"\x1bOC": "step",
    b"q": "quit",
    b"+": "faster",
    b"=": "faster",
    b"-": "slower",
}
"""What a terminal sends for each; the arrow to the right comes in two ways."""

_LONGEST = max(map(len, KEYS))


class Keyboard:
    """Keys from a file descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def wait(self, seconds: float) -> list[Key]:
        """Return the keys pressed by now, or that are pressed within some seconds; none for what means nothing here."""
        if not select.select([self._descriptor], [], [], seconds)[0]:
            return []
        pressed = os.read(self._descriptor, 64)
        return ["quit"] if not pressed else list(keys_in(pressed))


def keys_in(pressed: bytes) -> Iterator[Key]:
    """Yield the keys that bytes of a terminal stand for; what stands for none is passed over."""
    while pressed:
        lengths = range(min(_LONGEST, len(pressed)), 0, -1)
        length = next((length for length in lengths if pressed[:length] in KEYS), 0)
        if length:
            yield KEYS[pressed[:length]]
        pressed = pressed[length or 1 :]


@contextmanager
def keyboard() -> Iterator[Keyboard]:
    """Yield the terminal's keyboard, unbuffered and unseen; put the terminal back as it was, whatever happens."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        yield Keyboard(descriptor)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)

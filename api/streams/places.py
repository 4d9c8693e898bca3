"""Places are how many streams may be open at a time: in one process, and of one caller."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

from api.identity.caller import Caller
from domain.errors import Unavailable

STREAMS_MAX = 256
STREAMS_PER_CALLER_MAX = 16


@dataclass(eq=False, kw_only=True)
class StreamsFull(Unavailable):
    """This process has as many streams open as it can serve: try again."""

    code: ClassVar[str] = "stream.too_many"
    streams_max: int


@dataclass(eq=False, kw_only=True)
class CallerStreamsFull(Unavailable):
    """The caller has as many streams open as one may: end one of them."""

    code: ClassVar[str] = "stream.too_many_of_caller"
    streams_max: int


class Places:
    """Counts the open streams of a process; on its event loop only."""

    def __init__(self, *, streams_max: int = STREAMS_MAX, per_caller_max: int = STREAMS_PER_CALLER_MAX) -> None:
        self._streams_max = streams_max
        self._per_caller_max = per_caller_max
        self._of: Counter[tuple[str, str]] = Counter()

    @property
    def taken(self) -> int:
        """Return how many streams are open."""
        return self._of.total()

    def check(self, caller: Caller) -> None:
        """
        Check that there is a place for one more stream of a caller.

        Raises, in this order: CallerStreamsFull, StreamsFull.
        """
        if self._of[_who(caller)] >= self._per_caller_max:
            raise CallerStreamsFull(streams_max=self._per_caller_max)
        if self.taken >= self._streams_max:
            raise StreamsFull(streams_max=self._streams_max)

    @contextmanager
    def taking(self, caller: Caller) -> Iterator[None]:
        """Hold a place for as long as a stream is open."""
        who = _who(caller)
        self._of[who] += 1
        try:
            yield
        finally:
            self._of[who] -= 1
            if not self._of[who]:
                del self._of[who]


def _who(caller: Caller) -> tuple[str, str]:
    return caller.actor, caller.party

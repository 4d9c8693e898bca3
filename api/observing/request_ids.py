"""A request's id is what its logs, traces and answer have in common: the caller's own, or one that is minted."""

import re
from collections.abc import Iterable
from contextvars import ContextVar

REQUEST_ID = b"x-request-id"
CHARACTERS_MAX = 128

_SAFE = re.compile(rb"[!-~]{1,%d}" % CHARACTERS_MAX)

_current: ContextVar[str] = ContextVar("request_id", default="")


def find_request_id(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return the id that a caller gave its request, nothing where it gave none or several, or one that isn't safe."""
    given = [value for name, value in headers if name == REQUEST_ID]
    return given[0].decode("ascii") if len(given) == 1 and _SAFE.fullmatch(given[0]) else None


def begin_request(request_id: str) -> None:
    """Let what is logged from here on, in this task and in the threads that it asks, name a request."""
    _current.set(request_id)


def current_request_id() -> str:
    """Return the id of the request that is being answered, empty where none is."""
    return _current.get()

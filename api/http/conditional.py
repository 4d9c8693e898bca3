"""
Conditional reads: an answer carries the entity tag of its very bytes, and who has these already isn't sent them again.

It stands outside whatever compresses, so that a tag is strong: other bytes, as the same in another coding, are another.
"""

from hashlib import blake2b

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OK, NOT_MODIFIED = 200, 304
TAG_BYTES = 16
READS = frozenset({"GET", "HEAD"})
KEPT_WITHOUT_BODY = frozenset(
    {b"etag", b"cache-control", b"content-location", b"date", b"expires", b"vary", b"link", b"ledger-position"}
)
"""Of a 304 (RFC 9110, section 15.4.5)."""


class Conditional:
    """Tags whole answers to reads, and answers 304 where If-None-Match names the tag; streams go by."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or scope["method"] not in READS:
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, _Tagging(scope, send))


class _Tagging:
    """Sends an answer on, held back until its body is there."""

    __slots__ = ("_scope", "_send", "_start")

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._start: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == OK:
            self._start = message
            return
        if self._start is None:
            await self._send(message)
            return
        start, self._start = self._start, None
        if message["type"] != "http.response.body" or message.get("more_body"):
            await self._send(start)
            await self._send(message)
            return
        await self._tagged(start, message)

    async def _tagged(self, start: Message, message: Message) -> None:
        tag = f'"{blake2b(message.get("body", b""), digest_size=TAG_BYTES).hexdigest()}"'
        headers = MutableHeaders(raw=start["headers"])
        headers["etag"] = tag
        if _names(self._scope, tag):
            start["status"] = NOT_MODIFIED
            start["headers"] = [pair for pair in start["headers"] if pair[0].lower() in KEPT_WITHOUT_BODY]
            message["body"] = b""
        await self._send(start)
        await self._send(message)


def _names(scope: Scope, tag: str) -> bool:
    """Return whether a request says that it has what a tag is of; tags are compared weakly, as reads may."""
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            named = [each.strip().removeprefix("W/") for each in value.decode("latin-1").split(",")]
            if tag in named or "*" in named:
                return True
    return False

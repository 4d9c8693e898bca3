"""
The layer of limits around the application: sizes, times, requests at once, and what every answer says of itself.

Plain ASGI. Of a request that keeps within them it costs one look at its headers, and one at its answer's.
"""

import asyncio
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.errors import answer
from api.http.http_refusals import BodyTooLarge, BodyTooSlow, HeadTooLarge, ServerBusy
from api.http.problems import problem_of
from api.limits.bounds import BODY_SECONDS_MAX, HEAD_BYTES_MAX, HEADERS_MAX, Bounds, body_bytes_max
from api.limits.passing import PASSAGE, Passage
from domain.errors import LedgerError

LEFT_UNREAD_BYTES_MAX: Final = 64 * 1024
"""Of a body that nobody wants so much is let pass by; more ends the connection."""

TOLD_OF_EVERYTHING: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
POLICY: Final = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
NOT_KEPT: Final = (b"cache-control", b"private, no-store")
KEPT_BY_THE_CALLER: Final = (b"cache-control", b"private, no-cache")
"""What has a tag may be kept by whom it was for, who asks each time whether it still holds."""
ONLY_TLS: Final = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
CLOSE: Final = (b"connection", b"close")
STREAM: Final = b"text/event-stream"


class Limits:
    """
    The layer.

    behind_tls: whether callers come by TLS, and so are told to come by nothing else.
    """

    def __init__(self, app: ASGIApp, *, bounds: Bounds | None = None, behind_tls: bool = False) -> None:
        self._app = app
        self._requests_max = (bounds or Bounds()).requests_max
        self._always = (*TOLD_OF_EVERYTHING, ONLY_TLS) if behind_tls else TOLD_OF_EVERYTHING
        self._at_work = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, within limits."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        passage = scope.setdefault("state", {})[PASSAGE] = Passage()
        try:
            body = _body_of(scope, receive)
            self._check_room()
        except LedgerError as refused:
            await _refuse(refused, scope, receive, self._closing(send))
            return
        self._begin(passage)
        try:
            await self._app(scope, body.receive if body else receive, self._telling(send, passage, body))
        finally:
            self._end(passage)

    def _begin(self, passage: Passage) -> None:
        passage.is_at_work = True
        self._at_work += 1

    def _end(self, passage: Passage) -> None:
        """Count a request no more, neither among all nor among its caller's; once."""
        if passage.is_at_work:
            passage.is_at_work = False
            self._at_work -= 1
        passage.end()

    def _check_room(self) -> None:
        if self._at_work >= self._requests_max:
            raise ServerBusy

    def _telling(self, send: Send, passage: Passage, body: "_Body | None") -> Send:
        async def send_told(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = message.get("headers", ())
                names = dict(said)
                given: list[tuple[bytes, bytes]] = [*said, *self._always, *passage.rate]
                if b"content-security-policy" not in names:
                    given.append(POLICY)
                if b"cache-control" not in names:
                    given.append(KEPT_BY_THE_CALLER if b"etag" in names else NOT_KEPT)
                if body is not None and body.is_left_unread:
                    given.append(CLOSE)
                if names.get(b"content-type", b"").startswith(STREAM):
                    self._end(passage)  # whoever listens is bounded by the streams' own numbers
                message["headers"] = given
            await send(message)

        return send_told

    def _closing(self, send: Send) -> Send:
        async def send_last(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._always, POLICY, NOT_KEPT, CLOSE]
            await send(message)

        return send_last


async def _refuse(refused: LedgerError, scope: Scope, receive: Receive, send: Send) -> None:
    scope["state"]["code"] = refused.code
    await answer(problem_of(refused))(scope, receive, send)


class _Body:
    """A body on its way in: no more of it is taken than may be, and not for longer."""

    def __init__(self, receive: Receive, *, bytes_max: int, bytes_said: int | None) -> None:
        self._receive = receive
        self._of_server = getattr(receive, "__self__", None)
        self._bytes_max = bytes_max
        self._bytes_left = bytes_max
        self._bytes_said = bytes_said
        self._until = 0.0
        self._is_whole = False

    @property
    def is_left_unread(self) -> bool:
        """Return whether more is to come of it than is worth waiting for, for nobody."""
        unknown = self._bytes_said is None or self._bytes_said > LEFT_UNREAD_BYTES_MAX
        return unknown and not self._is_whole

    async def receive(self) -> Message:
        """
        Return the next of it.

        Raises: BodyTooLarge, BodyTooSlow.
        """
        if self._is_whole:
            return await self._receive()
        message = await self._in_time()
        self._bytes_left -= len(message.get("body", b""))
        if self._bytes_left < 0:
            raise BodyTooLarge(bytes_max=self._bytes_max)
        self._is_whole = not message.get("more_body", False)
        return message

    async def _in_time(self) -> Message:
        if not getattr(self._of_server, "more_body", True):
            return await self._receive()  # all of it came already: there is nothing to wait for
        self._until = self._until or asyncio.get_running_loop().time() + BODY_SECONDS_MAX
        try:
            async with asyncio.timeout_at(self._until):
                return await self._receive()
        except TimeoutError:
            raise BodyTooSlow(seconds_max=BODY_SECONDS_MAX) from None


def _body_of(scope: Scope, receive: Receive) -> _Body | None:
    """
    Return the body that a request's headers promise, nothing where they promise none.

    Raises, in this order: HeadTooLarge, BodyTooLarge.
    """
    promised, said, size = False, None, len(scope["query_string"]) + len(scope["path"])
    for name, value in scope["headers"]:
        size += len(name) + len(value)
        if name == b"content-length":
            promised, said = True, _number(value)
        elif name == b"transfer-encoding":
            promised = True
    if len(scope["headers"]) > HEADERS_MAX or size > HEAD_BYTES_MAX:
        raise HeadTooLarge(bytes_max=HEAD_BYTES_MAX, headers_max=HEADERS_MAX)
    if not promised:
        return None
    bytes_max = body_bytes_max(scope["path"])
    if said is not None and said > bytes_max:
        raise BodyTooLarge(bytes_max=bytes_max)
    return _Body(receive, bytes_max=bytes_max, bytes_said=said)


DIGITS_MAX: Final = 18


def _number(value: bytes) -> int | None:
    return int(value) if value.isdigit() and len(value) <= DIGITS_MAX else None

"""Every request is given an id, counted, and told in one line of the log: never its body, its token or its query."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.identity.caller import Caller
from api.observing.metrics import UNKNOWN, Requests
from api.observing.request_ids import REQUEST_ID, begin_request, find_request_id
from api.observing.traces import name_request

READING = frozenset({"GET", "HEAD", "OPTIONS"})
FAULT, DEFECT = 400, 500
NOTED = ("command_id", "position", "code")
"""What an operation notes in the state of its request, to be told with it."""

_log = structlog.get_logger("access")


class Observing:
    """
    The outermost layer of the application.

    new_id: mints ids; traced: whether spans are to carry them; ticks: returns seconds that only ever grow. What it
    tells beside the request comes from the request's state: `caller`, and what is NOTED there.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        new_id: Callable[[], str],
        traced: bool = False,
        ticks: Callable[[], float] = perf_counter,
    ) -> None:
        self._app = app
        self._traced = traced
        self._new_id = new_id
        self._ticks = ticks
        self._requests = Requests()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = self._ticks()
        request_id = find_request_id(scope["headers"]) or self._new_id()
        begin_request(request_id)
        if self._traced:
            name_request(request_id)
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        header = (REQUEST_ID, request_id.encode())
        status = 0

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), header]
            await send(message)

        try:
            await self._app(scope, receive, send_named)
        except Exception:
            _log.exception("defect")
            if not status:
                raise
        finally:
            self._tell(scope, state, status or DEFECT, self._ticks() - began)

    def _tell(self, scope: Scope, state: dict[str, Any], status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "name", None) or UNKNOWN
        self._requests.count(route, status, seconds, state.get("code", ""))
        tell = _teller(scope["method"], status)
        if tell is None:
            return
        told: dict[str, Any] = {
            "request_id": state["request_id"],
            "method": scope["method"] if route != UNKNOWN else "",
            "route": route,
            "status": status,
            "ms": round(seconds * 1_000, 3),
        }
        _tell_whose(told, scope, state.get("caller"))
        for name in NOTED:
            if note := state.get(name):
                told[name] = note
        tell("request", **told)


def _teller(method: str, status: int) -> Callable[..., Any] | None:
    """Return what tells of a request: commands and what went wrong always, what was merely read to whoever debugs."""
    if status >= DEFECT:
        return _log.error  # type: ignore[no-any-return]
    if method not in READING or status >= FAULT:
        return _log.info  # type: ignore[no-any-return]
    return _log.debug  # type: ignore[no-any-return]


def _tell_whose(told: dict[str, Any], scope: Scope, caller: Caller | None) -> None:
    """Tell whose request it was, by role, and the book; of nobody who was let in, neither."""
    if caller is None:
        return
    told["role"] = caller.role
    if isinstance(book := scope.get("path_params", {}).get("book"), str):
        told["book"] = book

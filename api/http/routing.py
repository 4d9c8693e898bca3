"""
Routing finds the operation of a request by the shape of its path, in one step however many operations there are.

The framework looks at one after the other, and anew at every level of routers that stand in routers; with some hundred
operations that is a third of what a request costs.
"""

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, cast

from fastapi import APIRouter, FastAPI, params
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.faults import malformed
from api.http.query_names import Taken

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Shape = tuple[str, int, str | None, str | None]
"""Method, number of parts, and the first part within a book and the last one, where these are words of ours."""

_WITHIN_BOOK = 4
"""Where the parts of a path that come after /v1/books/{book}/ begin."""


class Shortcut(NamedTuple):
    """
    Another way to an operation's answer, for the requests that it fits.

    find: returns the answer, of a request that was let in; nothing where the operation itself has to be asked.
    """

    fits: Callable[[Request], bool]
    find: Callable[[Request], Coroutine[Any, Any, Response | None]]


class StraightRoute(APIRoute):
    """
    An operation that takes its request whole is given it straight from the door: nothing is to be solved for it.

    A query that names what the operation doesn't take is refused at the door. shortcuts: by the name of an operation.
    """

    shortcuts: ClassVar[Mapping[str, Shortcut]] = {}

    def __init__(self, path: str, endpoint: Callable[..., Any], **described: Any) -> None:
        super().__init__(path, endpoint, **described)
        self.straight: Handler | None = None
        """What answers a request without all that the framework opens for what it solves."""
        if self._is_straight and self.name not in self.shortcuts:
            self.straight = self.get_route_handler()
            self.app = _answering(self.straight)

    @property
    def _is_straight(self) -> bool:
        parameters = list(inspect.signature(self.endpoint).parameters)
        return parameters == ["request"] and inspect.iscoroutinefunction(self.endpoint)

    @staticmethod
    async def admit(request: Request) -> None:
        """Let a request in, or raise."""
        raise NotImplementedError(request.url.path)

    def get_route_handler(self) -> Handler:
        """Return what answers a request."""
        admit, usual = self.admit, super().get_route_handler()
        if self._is_straight:
            usual = _straight(admit, cast("Handler", self.endpoint))
        named = _named(Taken(self.dependant, (self.openapi_extra or {}).get("parameters", ())), admit, usual)
        shortcut = self.shortcuts.get(self.name)
        return _either(shortcut, admit, named) if shortcut else named


def _answering(handle: Handler) -> ASGIApp:
    """
    Return what answers a request without all that the framework opens for what it solves.

    What it raises is answered as that of every other operation, by the application.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        response = await handle(Request(scope, receive, send))
        await response(scope, receive, send)

    return answer


def _straight(admit: Callable[[Request], Awaitable[None]], operation: Handler) -> Handler:
    async def handle(request: Request) -> Response:
        await admit(request)
        return await operation(request)

    return handle


def _named(taken: Taken, admit: Callable[[Request], Awaitable[None]], usual: Handler) -> Handler:
    async def handle(request: Request) -> Response:
        if request.scope["query_string"] and (faults := taken.faults(request)):
            await admit(request)  # who isn't let in hears nothing of them
            raise malformed(faults)
        return await usual(request)

    return handle


def _either(shortcut: Shortcut, admit: Callable[[Request], Awaitable[None]], usual: Handler) -> Handler:
    async def handle(request: Request) -> Response:
        if not shortcut.fits(request):
            return await usual(request)
        await admit(request)
        return await shortcut.find(request) or await usual(request)

    return handle


def add_all(
    app: FastAPI,
    routers: Iterable[APIRouter],
    *,
    prefix: str,
    dependencies: Sequence[params.Depends],
    route_class: type[APIRoute] = APIRoute,
) -> None:
    """Add the operations of routers to an application side by side, each behind the same dependencies."""
    for router in routers:
        for route in router.routes:
            if not isinstance(route, APIRoute):
                raise TypeError(route)
            app.router.add_api_route(
                prefix + route.path,
                route.endpoint,
                response_model=route.response_model,
                status_code=route.status_code,
                tags=route.tags,
                dependencies=[*dependencies, *route.dependencies],
                summary=route.summary,
                description=route.description,
                response_description=route.response_description,
                responses=route.responses,
                deprecated=route.deprecated,
                methods=route.methods,
                include_in_schema=route.include_in_schema,
                response_class=route.response_class,
                name=route.name,
                openapi_extra=route.openapi_extra,
                route_class_override=route_class,
            )


class Index:
    """The operations of an application by the shape of their paths; what none fits is left to the framework."""

    def __init__(self, routes: Iterable[BaseRoute], otherwise: ASGIApp) -> None:
        self._otherwise = otherwise
        self._routes: dict[Shape, list[tuple[int, APIRoute]]] = {}
        for place, route in enumerate(routes):
            if isinstance(route, APIRoute) and ":" not in route.path:
                for method in route.methods or ():
                    self._routes.setdefault(_shape(method, route.path.split("/")), []).append((place, route))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if route := self.find(scope):
            await route.handle(scope, receive, send)
        else:
            await self._otherwise(scope, receive, send)

    def find(self, scope: Scope) -> APIRoute | None:
        """Return the operation that a request is for, and tell the request; nothing where none fits."""
        if scope["type"] == "http" and not scope.get("root_path"):
            for route in self._candidates(scope["method"], scope["path"].split("/")):
                match, found = route.matches(scope)
                if match is Match.FULL:
                    scope.update(found)
                    return route
        return None

    def _candidates(self, method: str, parts: list[str]) -> list[APIRoute]:
        """Return which operations may be meant, in the order in which they were added."""
        first = parts[_WITHIN_BOOK] if len(parts) > _WITHIN_BOOK else None
        found: list[tuple[int, APIRoute]] = []
        for begins in (None,) if first is None else (first, None):
            for ends in (parts[-1], None):
                found += self._routes.get((method, len(parts), begins, ends), ())
        if len(found) > 1:
            found.sort(key=lambda each: each[0])
        return [route for _, route in found]


def _shape(method: str, parts: list[str]) -> Shape:
    first = parts[_WITHIN_BOOK] if len(parts) > _WITHIN_BOOK else None
    return method, len(parts), _word(first), _word(parts[-1])


def _word(part: str | None) -> str | None:
    return None if part is None or "{" in part else part


ErrorHandler = Callable[[Request, Exception], Awaitable[Response]]


class StraightLane:
    """
    The way of a request to an operation that takes it whole: past every layer that the framework has for the others.

    handlers: what answers errors, by their class; that of Exception itself is for defects, which are raised again.
    """

    def __init__(self, routes: Iterable[BaseRoute], handlers: Mapping[Any, ErrorHandler], otherwise: ASGIApp) -> None:
        self._index = Index(routes, otherwise)
        self._handlers = handlers
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        route = self._index.find(scope)
        if not isinstance(route, StraightRoute) or route.straight is None:
            await self._otherwise(scope, receive, send)
            return
        request = Request(scope, receive, send)
        try:
            response = await route.straight(request)
        except Exception as error:
            answer = self._handler_of(error)
            response = await answer(request, error)
            await response(scope, receive, send)
            if answer is self._handlers[Exception]:
                raise
            error.__traceback__ = None  # of one that is raised time and again it would grow with every request
        else:
            await response(scope, receive, send)

    def _handler_of(self, error: Exception) -> ErrorHandler:
        return next(self._handlers[each] for each in type(error).__mro__ if each in self._handlers)


def index_routes(router: APIRouter) -> None:
    """Let a router find its operations by an index, once all of them are there."""
    router.middleware_stack = Index(router.routes, router.middleware_stack)

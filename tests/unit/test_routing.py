"""Routing: the index finds for every operation what looking at one after the other finds."""

import asyncio
import io
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Match

from api.app import app_of
from api.http.routing import Index
from api.observing.held_lines import HeldLines

if TYPE_CHECKING:
    from typing_extensions import Buffer

APP = app_of()


async def _nothing(*_: object) -> None:
    raise AssertionError


def _one_after_the_other(app: FastAPI, method: str, path: str) -> APIRoute | None:
    scope = {"type": "http", "method": method, "path": path}
    found = (each for each in app.routes if isinstance(each, APIRoute) and each.matches(dict(scope))[0] is Match.FULL)
    return next(found, None)


def _by_index(app: FastAPI, method: str, path: str) -> APIRoute | None:
    scope = {"type": "http", "method": method, "path": path}
    candidates = Index(app.routes, _nothing)._candidates(method, path.split("/"))
    return next((each for each in candidates if each.matches(dict(scope))[0] is Match.FULL), None)


@pytest.mark.parametrize("value", ["1", "PO-1", "orders", "confirm", "", "%2F"])
def test_index_finds_what_looking_at_all_finds(value: str) -> None:
    index = Index(APP.routes, _nothing)
    operations = [route for route in APP.routes if isinstance(route, APIRoute) and ":" not in route.path]
    assert len(operations) > 100
    for route in operations:
        path = route.path_format
        for name in route.param_convertors:
            path = path.replace(f"{{{name}}}", value)
        for method in {*(route.methods or ()), "DELETE"}:
            scope = {"type": "http", "method": method, "path": path}
            candidates = index._candidates(method, path.split("/"))
            found = next((each for each in candidates if each.matches(dict(scope))[0] is Match.FULL), None)
            assert found is _one_after_the_other(APP, method, path), (method, path)


def test_index_looks_at_few() -> None:
    index = Index(APP.routes, _nothing)
    for route in APP.routes:
        if isinstance(route, APIRoute):
            assert len(index._candidates(*_shape(route))) <= 12, route.path


def _shape(route: APIRoute) -> tuple[str, list[str]]:
    return min(route.methods or {"GET"}), route.path.split("/")


def test_path_that_is_none_has_no_candidate_that_fits() -> None:
    assert _by_index(APP, "GET", "/v1/books/main/nothing-of-the-kind") is None
    assert _by_index(APP, "GET", "") is None


def test_lines_of_an_event_loop_are_written_together_and_all_of_them() -> None:
    class Counting(io.BytesIO):
        writings = 0

        def write(self, content: "Buffer") -> int:
            self.writings += 1
            return super().write(content)

    stream = Counting()
    lines = HeldLines(stream)

    async def answer() -> None:
        for number in range(100):
            lines.write(b"%d\n" % number)
        assert not stream.getvalue()
        await asyncio.sleep(0.1)

    asyncio.run(answer())
    assert stream.getvalue() == b"".join(b"%d\n" % number for number in range(100))
    assert stream.writings == 1
    lines.write(b"outside of a loop\n")
    assert stream.getvalue().endswith(b"outside of a loop\n")

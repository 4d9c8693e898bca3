"""Answers are compressed for whoever takes it; a command that doesn't say so passes by."""

import asyncio
import gzip

import pytest
from starlette.responses import Response
from starlette.types import Message

from api.http.compressing import Compressing

BODY = b"x" * 2_000


def _answered(method: str, *headers: tuple[bytes, bytes]) -> tuple[dict[bytes, bytes], bytes]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError

    scope = {"type": "http", "method": method, "path": "/", "headers": headers}
    asyncio.run(Compressing(Response(BODY), minimum_size=1_000, compresslevel=5)(scope, receive, send))
    return dict(sent[0]["headers"]), b"".join(each.get("body", b"") for each in sent[1:])


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_whoever_takes_it_compressed_gets_it_compressed(method: str) -> None:
    headers, body = _answered(method, (b"accept-encoding", b"gzip"))
    assert (headers[b"content-encoding"], headers[b"vary"]) == (b"gzip", b"Accept-Encoding")
    assert gzip.decompress(body) == BODY


def test_command_that_says_nothing_of_it_is_answered_as_it_is() -> None:
    headers, body = _answered("POST")
    assert (body, b"content-encoding" in headers, b"vary" in headers) == (BODY, False, False)


def test_read_that_says_nothing_of_it_hears_that_it_could() -> None:
    headers, body = _answered("GET")
    assert (body, headers[b"vary"]) == (BODY, b"Accept-Encoding")

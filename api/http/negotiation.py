"""Negotiation is about the forms of bodies: which are read, and which of those that are answered a caller wants."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from fastapi import Request

from api.http.http_refusals import MediaTypeUnsupported, NotAcceptable

JSON = "application/json"
PROBLEM = "application/problem+json"
ANYTHING = "application/octet-stream"
"""Of an operation that answers with a document as somebody handed it in."""

UTF_8 = frozenset({"utf-8", "utf8"})
ACCEPTS_KEPT_MAX = 1_024
_MEDIA_RANGE = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+/[!#$%&'*+.^_`|~0-9a-z-]+")


def check_media_type(request: Request, *taken: str) -> None:
    """
    Check that a body comes in a form that is read; one that doesn't say is taken as it is.

    Raises: MediaTypeUnsupported.
    """
    said = request.headers.get("content-type")
    if said and said not in taken and not _is_taken(said, taken):
        raise MediaTypeUnsupported(taken=taken)


def _is_taken(said: str, taken: Iterable[str]) -> bool:
    media_type, *parameters = (part.strip().lower() for part in said.split(";"))
    charsets = [each.partition("=")[2].strip('"') for each in parameters if each.startswith("charset=")]
    return media_type in taken and UTF_8.issuperset(charsets)


def check_acceptable(request: Request) -> None:
    """
    Check that a caller takes one of the forms that an operation answers; a caller that doesn't say takes any, also
    where what it says names no form, and one that says it in the query isn't asked again.

    Raises: NotAcceptable.
    """
    accept = request.headers.get("accept", "*/*")
    if accept == "*/*" or not accept.strip() or "format" in request.query_params:
        return
    offered = _offered(request.scope["route"].responses)
    if not _is_acceptable(accept, offered):
        raise NotAcceptable(offered=offered)


def _offered(responses: Mapping[int | str, Any]) -> tuple[str, ...]:
    said = (media for status, told in responses.items() if str(status) < "300" for media in told.get("content", ()))
    return tuple(sorted({JSON, *said}))


@lru_cache(ACCEPTS_KEPT_MAX)
def _is_acceptable(accept: str, offered: tuple[str, ...]) -> bool:
    ranges = [found for each in accept.split(",") if _MEDIA_RANGE.fullmatch((found := _range(each))[0])]
    taken = any(
        media_range in {"*/*", media, f"{media.partition('/')[0]}/*"}
        for media_range, refused in ranges
        for media in (*offered, PROBLEM)
        if not refused
    )
    return taken or not ranges or ANYTHING in offered


def _range(said: str) -> tuple[str, bool]:
    """Return a media range, and whether it is one that isn't wanted."""
    media_range, *parameters = (part.strip().lower() for part in said.split(";"))
    weights = [each.removeprefix("q=") for each in parameters if each.startswith("q=")]
    return media_range, any(weight.strip("0.") == "" for weight in weights)

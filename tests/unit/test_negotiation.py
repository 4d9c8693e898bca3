"""Negotiation: which forms of bodies are read, and whom no form that is answered suits."""

from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import Request

from api.http.http_refusals import MediaTypeUnsupported, NotAcceptable
from api.http.negotiation import JSON, check_acceptable, check_media_type


def request(*, content: dict[int, Any] | None = None, **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    responses = {status: {"content": dict.fromkeys(media)} for status, media in (content or {}).items()}
    return Request({"type": "http", "query_string": b"", "headers": raw, "route": SimpleNamespace(responses=responses)})


@pytest.mark.parametrize(
    "said", [None, JSON, "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"', "application/json;v=1"]
)
def test_json_is_read_and_what_does_not_say_is_taken_for_it(said: str | None) -> None:
    check_media_type(request(content_type=said) if said else request(), JSON)


@pytest.mark.parametrize(
    "said",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-16",
        "json",
        "application/json2",
    ],
)
def test_other_form_is_not_read(said: str) -> None:
    with pytest.raises(MediaTypeUnsupported) as refused:
        check_media_type(request(content_type=said), JSON)
    assert refused.value.taken == (JSON,)


LIST = {200: (JSON, "text/csv"), 304: ("text/html",)}


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "",
        JSON,
        "application/*",
        "text/csv",
        "text/html, application/xml;q=0.9, */*;q=0.8",
        "application/problem+json",
        "image/png, application/JSON ; q=0.1",
        "no form at all",
        ";q=0, ,",
        "json, text/csv",
    ],
)
def test_caller_that_takes_one_of_the_forms_is_answered(accept: str) -> None:
    check_acceptable(request(content=LIST, accept=accept))


@pytest.mark.parametrize("accept", ["text/html", "image/*", "application/json;q=0", "*/*;q=0.000", "application/xml"])
def test_caller_that_takes_none_is_told_which_there_are(accept: str) -> None:
    with pytest.raises(NotAcceptable) as refused:
        check_acceptable(request(content=LIST, accept=accept))
    assert refused.value.offered == (JSON, "text/csv")


def test_document_is_answered_in_the_form_that_it_has() -> None:
    check_acceptable(request(content={200: ("application/octet-stream",)}, accept="image/png"))

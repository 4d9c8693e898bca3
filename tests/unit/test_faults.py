"""Faults: everything that is wrong with a request is told at once, and where it stands."""

import json
from typing import Annotated, Any

import msgspec
import pytest

from api.http.faults import (
    FAULTS_MAX,
    KEY_MISSING,
    NESTED_MAX,
    BodyMalformed,
    BodyReader,
    Fault,
    HeaderMalformed,
    IdempotencyKeyMissing,
    ParameterMalformed,
    RequestMalformed,
    faults_of,
    faults_of_parameters,
    malformed,
)


class Cash(msgspec.Struct, frozen=True, tag="cash", forbid_unknown_fields=True):
    """One way of paying."""

    minor: Annotated[int, msgspec.Meta(ge=1)]


class Card(msgspec.Struct, frozen=True, tag="card", forbid_unknown_fields=True):
    """Another."""

    last_digits: str


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line."""

    sku: str
    quantity: int
    tags: dict[str, int] = {}


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A body."""

    key: str
    lines: tuple[Line, ...]
    paid: Cash | Card | None = None
    note: str | None = None


READER = BodyReader(Order)
WHOLE = {"key": "PO-1", "lines": [{"sku": "S", "quantity": 1}], "paid": {"type": "cash", "minor": 1}}


def told(body: object) -> dict[str, str]:
    """Return what a body is refused for, by pointer."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(BodyMalformed) as refused:
        READER.read(content)
    assert list(refused.value.faults) == faults_of(content, Order)
    return {str(fault.pointer): fault.problem for fault in refused.value.faults}


def test_body_without_a_fault_is_what_it_says() -> None:
    content = json.dumps(WHOLE).encode()
    assert READER.read(content) == Order("PO-1", (Line("S", 1),), Cash(1))
    assert faults_of(content, Order) == []


def test_all_faults_are_told_at_once_in_the_order_of_the_fields() -> None:
    body = {
        "lines": [{"sku": 1, "quantity": "x", "z": 0}, 7, {"sku": "S", "quantity": 1, "tags": {"a": "b"}}],
        "paid": {"type": "cash", "minor": 0},
        "note": 5,
        "more": None,
    }
    assert told(body) == {
        "/key": "is missing",
        "/lines/0/sku": "Expected `str`, got `int`",
        "/lines/0/quantity": "Expected `int`, got `str`",
        "/lines/0/z": "unknown field `z`",
        "/lines/1": "Expected `object`, got `int`",
        "/lines/2/tags/a": "Expected `int`, got `str`",
        "/paid/minor": "Expected `int` >= 1",
        "/note": "Expected `str | null`, got `int`",
        "/more": "unknown field `more`",
    }


@pytest.mark.parametrize(
    ("body", "pointer", "problem"),
    [
        (b"{", "", "isn't JSON (byte 1 of 1)"),
        (b"\xff", "", "isn't UTF-8 (byte 0)"),
        (b"{}x", "", "isn't JSON (byte 2 of 3)"),
        (b"[]", "", "Expected `object`, got `array`"),
        (b'{"lines":' * 3_000, "", "is nested too deeply"),
        (b"[" * 100_000, "", "is nested too deeply"),
        (b'{"key":NaN}', "/key", "NaN is no number in JSON"),
        (b'{"key":-Infinity}', "/key", "-Infinity is no number in JSON"),
        (b'{"key":1e400}', "/key", "a number out of range"),
        (b'{"key":' + b"9" * 5_000 + b"}", "/key", "a number of 5000 digits"),
        (b'{"key":"\\ud800"}', "/key", "has half of a character (a lone surrogate)"),
        (b'{"\\udc00":1}', "/?", "has a name with half of a character (a lone surrogate)"),
        (b'{"a~/b":{"c":1,"c":2}}', "/a~0~1b/c", "is said twice"),
    ],
)
def test_what_two_readers_would_read_differently_is_no_body(body: bytes, pointer: str, problem: str) -> None:
    assert told(body)[pointer] == problem


@pytest.mark.parametrize("twice", ['"key":"PO-2"', '"\\u006bey":"PO-2"', '"key":"PO-1"'])
def test_name_that_is_said_twice_is_refused_though_it_could_be_read(twice: str) -> None:
    content = (json.dumps(WHOLE)[:-1] + "," + twice + "}").encode()
    assert msgspec.json.decode(content, type=Order).lines
    assert told(content) == {"/key": "is said twice"}


def test_nesting_has_a_bound_of_its_own() -> None:
    value: Any = 1
    for _ in range(NESTED_MAX + 1):
        value = [value]
    assert told({"deep": value}) == {"/deep" + "/0" * NESTED_MAX: "is nested too deeply"}


def test_no_more_faults_are_told_than_somebody_reads() -> None:
    body = {"key": "PO-1", "lines": [{"sku": 1}] * 10_000}
    with pytest.raises(BodyMalformed) as refused:
        READER.read(json.dumps(body).encode())
    assert len(refused.value.faults) == FAULTS_MAX


def test_names_without_end_cost_no_more_than_their_length() -> None:
    """A list of all names for each name would take hours."""
    names = [f'"n{number}":0' for number in range(30_000)]
    assert told(f"{{{','.join([*names, names[-1]])}}}".encode()) == {"/n29999": "is said twice"}


BODY = Fault("body", "is missing", pointer="/key")
IF_MATCH = Fault("header", "not a version", name="If-Match")
LIMIT = Fault("query", "not a number", name="limit")
ORDER = Fault("path", "not a key", name="order")


@pytest.mark.parametrize(
    ("faults", "kind"),
    [
        ([BODY], BodyMalformed),
        ([BODY, IF_MATCH], HeaderMalformed),
        ([BODY, IF_MATCH, KEY_MISSING], IdempotencyKeyMissing),
        ([BODY, KEY_MISSING], IdempotencyKeyMissing),
        ([BODY, IF_MATCH, KEY_MISSING, LIMIT], ParameterMalformed),
        ([BODY, IF_MATCH, KEY_MISSING, LIMIT, ORDER], ParameterMalformed),
    ],
)
def test_code_is_of_what_is_read_first_and_all_are_told(faults: list[Fault], kind: type[RequestMalformed]) -> None:
    refused = malformed(faults)
    assert type(refused) is kind
    assert set(refused.faults) == set(faults)
    assert malformed(reversed(faults)).faults == refused.faults
    assert "faults" not in refused.details()


def test_faults_of_the_framework_are_named_by_parameter() -> None:
    said: list[dict[str, Any]] = [
        {"loc": ("query", "limit"), "msg": "too large"},
        {"loc": ("path", "order"), "msg": "not a key"},
        {"loc": ("body", "lines", 0, "sku"), "msg": "missing"},
    ]
    assert faults_of_parameters(said) == [
        Fault("query", "too large", name="limit"),
        Fault("path", "not a key", name="order"),
        Fault("body", "missing", pointer="/lines/0/sku"),
    ]
    assert malformed(faults_of_parameters(said)).details() == {"path.order": "not a key", "query.limit": "too large"}

"""Requests: which body stands for which command, and for what a request that is wrong in several ways is refused."""

import asyncio
import json
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from fastapi import Request

from api.commands.command_table import AMENDMENT_COMMANDS, CLOCK_COMMANDS, DISPUTE_COMMANDS, ORDER_COMMANDS
from api.commands.requests import PRINCIPAL, Body, CommandReader, body_of
from api.http.faults import BodyMalformed, HeaderMalformed, IdempotencyKeyMissing
from api.identity.caller import Caller
from domain import commands
from domain.money import Money
from domain.order import Line, PaymentStep
from ledger.outcomes import ANY_VERSION, Submission
from tests.tokens import OPERATOR

KEY = {"Idempotency-Key": "k-1"}


def request(body: bytes, headers: dict[str, str], caller: Caller = OPERATOR) -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": raw, "query_string": b""}
    return Request(scope | {"state": {"caller": caller}}, receive)


def read(
    command: type[commands.Command],
    body: object,
    headers: dict[str, str],
    *,
    caller: Caller = OPERATOR,
    **in_path: str | int,
) -> Submission:
    said = body if isinstance(body, bytes) else json.dumps(body).encode()
    reader = CommandReader(command, in_path=tuple(in_path))
    return asyncio.run(reader.hear(request(said, headers, caller), dict(in_path))).submission


def test_order_is_read_with_all_its_parts() -> None:
    body = {
        "order": "PO-1",
        "buyer": "B",
        "exporter": "E",
        "currency": "USD",
        "lines": [{"number": 1, "sku": "S", "quantity": 2, "amount": {"minor": 300, "currency": "USD"}}],
        "steps": [{"name": "deposit", "amount": {"minor": 300, "currency": "USD"}}],
        "transport_mode": "sea",
        "ship_by": "2026-12-01",
        "occurred_at": "2026-11-01T12:00:00+02:00",
    }
    submission = read(commands.PlaceOrder, body, KEY)
    assert submission == Submission(
        command=commands.PlaceOrder(
            order="PO-1",
            buyer="B",
            exporter="E",
            currency="USD",
            lines=(Line(number=1, sku="S", quantity=2, amount_minor=300),),
            steps=(PaymentStep(name="deposit", amount_minor=300),),
            transport_mode="sea",
            ship_by=date(2026, 12, 1),
        ),
        command_id="k-1",
        principal=PRINCIPAL,
        actor="operator:api",
        role="operator",
        occurred_at=datetime(2026, 11, 1, 10, tzinfo=UTC),
    )


def test_order_that_the_path_names_is_the_commands_and_not_the_bodys() -> None:
    body = {"amount": {"currency": "USD", "minor": 5}, "account": "clearing:card"}
    submission = read(commands.RecordPayment, body, KEY, order="PO-1")
    assert submission.command == commands.RecordPayment(
        order="PO-1", step=1, amount=Money("USD", 5), account="clearing:card"
    )
    with pytest.raises(BodyMalformed, match="unknown field `order`"):
        read(commands.RecordPayment, body | {"order": "PO-2"}, KEY, order="PO-1")


@pytest.mark.parametrize("body", [b"", b"{}", b" {} "])
def test_body_may_be_absent_where_nothing_is_needed(body: bytes) -> None:
    assert read(commands.AcceptOrder, body, KEY, order="PO-1").command == commands.AcceptOrder(order="PO-1")


def test_token_says_who_and_headers_which_version() -> None:
    headers = KEY | {"Ledger-Actor": "operator:x", "Ledger-Role": "operator", "If-Match": '"3"'}
    submission = read(commands.AcceptOrder, b"", headers, caller=Caller("buyer:B", "buyer", "BUY-1"), order="PO-1")
    assert (submission.actor, submission.role) == ("buyer:B", "buyer")
    assert submission.principal == f"{PRINCIPAL}:BUY-1", "a party's ids are its own: nobody else's are met by them"
    assert submission.expected_versions == {"order:PO-1": 3}
    assert submission.occurred_at is None


@pytest.mark.parametrize(
    "if_match",
    ["3", '"x"', '""', 'W/"3"', '"-3"', '"3', '"1234567890123456789"', '"order:PO-2@3"', '"order:PO-1@"', '"1", "2"'],
)
def test_version_stands_in_quotes(if_match: str) -> None:
    with pytest.raises(HeaderMalformed) as refused:
        read(commands.AcceptOrder, b"", KEY | {"If-Match": if_match}, order="PO-1")
    assert refused.value.header == "If-Match"


def test_request_wrong_in_several_ways_is_refused_for_its_key_then_its_headers_then_its_body() -> None:
    bad_headers, bad_body = {"If-Match": "x"}, b"{"
    with pytest.raises(IdempotencyKeyMissing):
        read(commands.AcceptOrder, bad_body, bad_headers, order="PO-1")
    with pytest.raises(IdempotencyKeyMissing):
        read(commands.AcceptOrder, bad_body, bad_headers | {"Idempotency-Key": ""}, order="PO-1")
    with pytest.raises(HeaderMalformed):
        read(commands.AcceptOrder, bad_body, bad_headers | KEY, order="PO-1")
    with pytest.raises(BodyMalformed):
        read(commands.AcceptOrder, bad_body, KEY, order="PO-1")


@pytest.mark.parametrize(
    "body",
    [b"\xff", b'"\xff"', b"[" * 100_000, b'{"a":' * 100_000, b"nul", b"\x00", b'{"reason": "\\ud800"}', b"1e999"],
)
def test_body_that_is_no_json_is_malformed_whatever_is_in_it(body: bytes) -> None:
    with pytest.raises(BodyMalformed):
        read(commands.CancelOrder, body, KEY, order="PO-1")


@pytest.mark.parametrize("command", [commands.PlaceOrder, *ORDER_COMMANDS.values()])
def test_body_has_the_fields_of_its_command_and_when_it_took_place(command: type[commands.Command]) -> None:
    in_path = None if command is commands.PlaceOrder else "order"
    of_body = {field.name: field for field in msgspec.structs.fields(body_of(command, without=in_path))}
    of_command = {
        field.name.removesuffix("_minor"): field for field in msgspec.structs.fields(command) if field.name != in_path
    }
    assert of_body.keys() == of_command.keys() | {"occurred_at"}
    for name, field in of_command.items():
        assert of_body[name].required == field.required
        assert field.required or field.name.endswith("_minor") or of_body[name].default == field.default
    assert issubclass(body_of(command), Body)


def test_every_public_command_about_an_order_has_a_verb() -> None:
    public = {each for each in commands.PublicCommand.__args__ if issubclass(each, commands.OrderCommand)}
    tables = (ORDER_COMMANDS, DISPUTE_COMMANDS, AMENDMENT_COMMANDS, CLOCK_COMMANDS)
    said = [command for table in tables for command in table.values()]
    opened = ("PlaceOrder", "OpenDispute", "SubmitEvidence", "ProposeAmendment")
    assert {*map(name_of, said), *opened} == {*map(name_of, public)}
    assert len(set(said)) == len(said)


def name_of(command: type[commands.Command]) -> str:
    """Return what a command is called, whether its texts are in clear or not."""
    return str(command.__struct_config__.tag)


@pytest.mark.parametrize(
    ("said", "key"),
    [("k-1", "k-1"), ('"k-1"', "k-1"), (r'"a\"b\\"', 'a"b\\'), ('a"b', 'a"b')],
)
def test_key_is_the_same_with_quotes_and_without(said: str, key: str) -> None:
    assert read(commands.AcceptOrder, b"", {"Idempotency-Key": said}, order="PO-1").command_id == key


@pytest.mark.parametrize(
    "said", ['"k', '"k"1', '"a"b"', '"k";p=1', r'"\n"', '"é"', '"two words"', "two words", "é", "k" * 256]
)
def test_key_is_one_string_of_printable_ascii_without_spaces(said: str) -> None:
    with pytest.raises(HeaderMalformed) as refused:
        read(commands.AcceptOrder, b"", {"Idempotency-Key": said}, order="PO-1")
    assert refused.value.header == "Idempotency-Key"


@pytest.mark.parametrize("said", ["", '""'])
def test_key_of_nothing_is_none(said: str) -> None:
    with pytest.raises(IdempotencyKeyMissing):
        read(commands.AcceptOrder, b"", {"Idempotency-Key": said}, order="PO-1")


@pytest.mark.parametrize(
    ("if_match", "expected"),
    [('"3"', {"order:PO-1": 3}), ('"hold:PO-1@4"', {"hold:PO-1": 4}), ("*", {"order:PO-1": ANY_VERSION})],
)
def test_version_may_be_of_anything_that_the_command_is_about(if_match: str, expected: dict[str, int]) -> None:
    submission = read(commands.AcceptOrder, b"", KEY | {"If-Match": if_match}, order="PO-1")
    assert submission.expected_versions == expected


def test_version_of_what_no_path_names_is_malformed() -> None:
    body = {
        "agreement": "AG-1",
        "partner": "P",
        "starts_on": "2027-01-01",
        "terms": {"rate_bps": 1, "attribution_days": 1},
    }
    for if_match in ('"1"', "*"):
        with pytest.raises(HeaderMalformed, match="names nothing yet"):
            read(commands.SignAgreement, body, KEY | {"If-Match": if_match})


def test_version_is_the_disputes_where_the_path_names_one() -> None:
    headers = KEY | {"If-Match": '"3"'}
    submission = read(commands.EscalateDispute, {"side": "buyer"}, headers, order="PO-1", dispute=2)
    assert submission.command == commands.EscalateDispute(order="PO-1", dispute=2, side="buyer")
    assert submission.expected_versions == {"dispute:PO-1/2": 3}
    ended = read(commands.EndAgreement, {"ends_on": "2027-01-01", "reason": "sold"}, headers, agreement="AG-1")
    assert ended.expected_versions == {"agreement:AG-1": 3}

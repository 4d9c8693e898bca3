"""Envelope: what is encoded is decoded to the same, and what no catalogue knows is decoded to nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from domain import catalogue, envelope
from domain.aggregate import Event
from domain.catalogue import EventType
from domain.envelope import Recorded, Undecodable, decode, encode
from tests.golden.examples import EXAMPLES, enveloped

STORED = encode(enveloped(EXAMPLES["hold.payment_received"][1]))


class KettleBoiled(Event, frozen=True, kw_only=True):
    """Water reached a temperature: an event in its third schema version."""

    celsius_milli: int
    kettle: str


def _named(fields: dict[str, Any]) -> dict[str, Any]:
    return fields | {"kettle": "the only one"}


def _in_milli(fields: dict[str, Any]) -> dict[str, Any]:
    return {"celsius_milli": fields["celsius"] * 1_000, "kettle": fields["kettle"]}


@pytest.fixture
def kettle(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the catalogue know an event of schema 3, whose upcasters lead there from 1 over 2."""
    monkeypatch.setitem(catalogue.BY_TOPIC, "kettle.boiled", EventType("kettle.boiled", 3, KettleBoiled))
    monkeypatch.setitem(catalogue.UPCASTERS, ("kettle.boiled", 1), _named)
    monkeypatch.setitem(catalogue.UPCASTERS, ("kettle.boiled", 2), _in_milli)
    yield
    envelope._decoder.cache_clear()


def stored_kettle(schema: int, event: dict[str, Any]) -> bytes:
    fields: Any = event
    return encode(replace(enveloped(EXAMPLES["order.accepted"][1]), schema=schema, event=fields))


@pytest.mark.parametrize("topic", sorted(EXAMPLES))
def test_every_event_is_decoded_to_what_was_encoded(topic: str) -> None:
    state = enveloped(EXAMPLES[topic][1])
    assert decode(topic, encode(state)) == state


def test_the_schema_version_stands_at_the_very_front() -> None:
    assert STORED.startswith(b'{"schema":1,')


@pytest.mark.usefixtures("kettle")
@pytest.mark.parametrize(
    ("schema", "fields"),
    [
        (1, {"celsius": 100}),
        (2, {"celsius": 100, "kettle": "the only one"}),
        (3, {"celsius_milli": 100_000, "kettle": "the only one"}),
    ],
)
def test_an_older_version_is_brought_up_to_todays(schema: int, fields: dict[str, Any]) -> None:
    state = decode("kettle.boiled", stored_kettle(schema, fields))
    assert state.event == KettleBoiled(celsius_milli=100_000, kettle="the only one")
    assert state.schema == schema


@pytest.mark.usefixtures("kettle")
def test_upcasting_leaves_the_envelope_as_it_was() -> None:
    state = decode("kettle.boiled", stored_kettle(1, {"celsius": 100}))
    template = enveloped(EXAMPLES["order.accepted"][1])
    assert (state.salt, state.occurred_at, state.policy) == (template.salt, template.occurred_at, template.policy)


@pytest.mark.usefixtures("kettle")
@pytest.mark.parametrize("schema", [0, -1, 4, 1_000])
def test_a_version_that_was_never_shipped_is_undecodable(schema: int) -> None:
    with pytest.raises(Undecodable):
        decode("kettle.boiled", stored_kettle(schema, {"celsius_milli": 1, "kettle": "x"}))


@pytest.mark.usefixtures("kettle")
def test_an_old_event_that_lacks_what_its_upcaster_reads_is_undecodable() -> None:
    with pytest.raises(Undecodable):
        decode("kettle.boiled", stored_kettle(2, {"kettle": "x"}))


def test_a_newer_release_is_not_read_as_todays() -> None:
    with pytest.raises(Undecodable, match="newer"):
        decode("hold.payment_received", STORED.replace(b'"schema":1', b'"schema":2'))


@pytest.mark.parametrize(
    ("topic", "stored"),
    [
        ("hold.vanished", STORED),
        ("", STORED),
        ("domain.hold:HoldPaymentReceived", STORED),
        ("order.cancelled", STORED),
        ("hold.payment_received", b""),
        ("hold.payment_received", b"null"),
        ("hold.payment_received", b"{}"),
        ("hold.payment_received", STORED[:-1]),
        ("hold.payment_received", STORED + b"}"),
        ("hold.payment_received", STORED.replace(b'"schema":1', b'"schema":"1"')),
        ("hold.payment_received", STORED.replace(b'"schema":1', b'"schema":x')),
        ("hold.payment_received", STORED.replace(b'"amount_minor":30000', b'"amount_minor":"30000"')),
        ("hold.payment_received", STORED.replace(b'"amount_minor":30000', b'"amount_minor":3e-1')),
        ("hold.payment_received", STORED.replace(b'"step":1', b'"step":null')),
        ("hold.payment_received", STORED.replace(b"USD", b"\xff\xff\xff")),
    ],
)
def test_what_no_event_of_the_catalogue_is_stored_as_is_undecodable(topic: str, stored: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(topic, stored)


def test_a_recorded_event_is_the_event_of_its_state() -> None:
    reference, event = EXAMPLES["order.accepted"]
    recorded = Recorded(1, reference, 1, "order.accepted", enveloped(event))
    assert recorded.event is event

"""
An envelope is what surrounds an event in the log: when, who, why, and the salt that hides it; and how both become
bytes.

The bytes are msgspec JSON in the order of the fields below, and are hashed exactly as stored. An event is decoded by
its topic and the schema version at the very front, through the closed catalogue.
"""

from datetime import date, datetime
from functools import cache
from typing import Any, Generic, TypeVar

import msgspec

from domain.aggregate import Event
from domain.catalogue import BY_TOPIC, UPCASTERS

E = TypeVar("E")

SALT_BYTES = 16
STATE_BYTES_MAX = 64_000
"""Leaves room for the leaf's other fields below the transparency-log format's limit of 65,535."""


class State(msgspec.Struct, Generic[E], frozen=True, gc=False, omit_defaults=True):
    """
    An event with its envelope, as stored.

    occurred_at: in the world; recorded_at: by this ledger, never going back; posting_date: the accounting day, decided
    once; principal: in whose namespace the command id is; policy: what made the event follow from another in the same
    command, empty where the command itself did; command: its name, in its first event; empty in the others, and in
    what was recorded before it was written down.
    """

    schema: int
    occurred_at: datetime
    recorded_at: datetime
    posting_date: date
    actor: str
    role: str
    principal: str
    command_id: str
    request_hash: bytes
    salt: bytes
    policy: str
    event: E
    command: str = ""


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """An event where it stands: at a position of its book's log (from 1) and a version of its aggregate (from 1)."""

    position: int
    originator_id: str
    originator_version: int
    topic: str
    state: State[Event]

    @property
    def event(self) -> Event:
        """Return what happened."""
        return self.state.event


class Undecodable(Exception):
    """Bytes that no event of the catalogue has: the log is corrupt, or written by a newer release."""


_ENCODER = msgspec.json.Encoder()
_FRONT = b'{"schema":'


def encode(state: State[Any]) -> bytes:
    """Return the bytes to be stored and hashed."""
    return _ENCODER.encode(state)


def decode(topic: str, stored: bytes) -> State[Event]:
    """
    Read stored bytes back, bringing an older schema version up to today's.

    Raises: Undecodable.
    """
    try:
        known = BY_TOPIC[topic]
        schema = int(stored[len(_FRONT) : stored.index(b",")])
        return _decoder(topic).decode(stored) if schema == known.schema else _upcast(topic, schema, stored)
    except (KeyError, ValueError, msgspec.MsgspecError) as error:
        raise Undecodable(f"{topic}: {error}") from None


@cache
def _decoder(topic: str) -> msgspec.json.Decoder[Any]:
    stored_as: Any = BY_TOPIC[topic].cls
    return msgspec.json.Decoder(State[stored_as])


def _upcast(topic: str, schema: int, stored: bytes) -> State[Event]:
    known = BY_TOPIC[topic]
    if schema > known.schema:
        raise Undecodable(f"{topic}: schema {schema} is newer than {known.schema}")
    old: State[Any] = msgspec.json.decode(stored, type=State[dict[str, Any]])
    fields = old.event
    for version in range(schema, known.schema):
        fields = UPCASTERS[topic, version](fields)
    return msgspec.structs.replace(old, event=msgspec.convert(fields, known.cls))

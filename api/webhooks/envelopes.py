"""
An envelope is what a webhook delivers: one event as a CloudEvent 1.0 in structured JSON, signed by Standard Webhooks.

Its id is the same at every attempt, so that a receiver that has seen it can leave it; the time of the attempt and with
it the signature are new.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
from standardwebhooks.webhooks import Webhook

from api.streams.told import Told

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"


class CloudEvent(msgspec.Struct, frozen=True, kw_only=True):
    """
    An event as told outside, in the fields of CloudEvents 1.0.

    type: its topic; subject: what it happened to; time: when it was recorded. position: where it stands in the log; a
    string, because an integer of CloudEvents ends at 2**31.
    """

    specversion: str = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: str = "application/json"
    position: str
    data: msgspec.Raw


class Envelope(NamedTuple):
    """What is sent: the id of the message, the same at every attempt, and the body."""

    message: str
    body: bytes


def envelope_of(told: Told, *, book: str, webhook: str) -> Envelope:
    """Return an event of a book as it is sent to a webhook."""
    recorded = told.recorded
    event = CloudEvent(
        id=_digest(book, told),
        source=f"/v1/books/{book}",
        type=recorded.topic,
        subject=recorded.originator_id,
        time=recorded.state.recorded_at.astimezone(UTC),
        position=str(recorded.position),
        data=msgspec.Raw(told.data),
    )
    return Envelope(f"msg_{_digest(book, told, webhook)}", msgspec.json.encode(event))


def headers_of(envelope: Envelope, secrets: Sequence[str], *, at: datetime) -> dict[str, str]:
    """Return the headers of an attempt at a time, signed with each secret; two while one takes over from another."""
    body = envelope.body.decode()
    signatures = [Webhook(secret).sign(envelope.message, at.astimezone(UTC), body) for secret in secrets]
    return {
        "Content-Type": CONTENT_TYPE,
        "webhook-id": envelope.message,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _digest(book: str, told: Told, *more: str) -> str:
    """Return what no other event has: also not one at the same position of a log that was put back."""
    recorded = told.recorded
    where = (book, str(recorded.position), recorded.originator_id, str(recorded.originator_version))
    said = "\n".join((*where, recorded.state.recorded_at.isoformat(), recorded.state.command_id, *more))
    return hashlib.sha256(said.encode()).hexdigest()[:32]

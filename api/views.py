"""Views are the shapes in which the API and the command line show what happened."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from domain.envelope import Recorded
from domain.journal import Posting
from domain.money import to_major
from domain.posting_rules import post
from ledger.outcomes import Accepted


class EventView(msgspec.Struct, frozen=True, kw_only=True):
    """One event with its envelope: where it stands, when it happened and was recorded, by whom, and why."""

    position: int
    originator_id: str
    version: int
    topic: str
    occurred_at: datetime
    recorded_at: datetime
    posting_date: date
    actor: str
    role: str
    principal: str
    command_id: str
    policy: str
    event: Any


class OutcomeView(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an accepted command: the positions of its events, and the events."""

    first_position: int
    position: int
    repeated: bool
    events: list[EventView]


class TimelineStep(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened in a trade, and the money it moved; debits above zero, credits below, in minor units."""

    position: int
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    role: str
    topic: str
    policy: str
    about: str
    event: Any
    postings: tuple[Posting, ...]


def event_view(recorded: Recorded) -> EventView:
    """Return an event as shown."""
    state = recorded.state
    return EventView(
        position=recorded.position,
        originator_id=recorded.originator_id,
        version=recorded.originator_version,
        topic=recorded.topic,
        occurred_at=state.occurred_at,
        recorded_at=state.recorded_at,
        posting_date=state.posting_date,
        actor=state.actor,
        role=state.role,
        principal=state.principal,
        command_id=state.command_id,
        policy=state.policy,
        event=state.event,
    )


def outcome_view(outcome: Accepted, events: Sequence[Recorded]) -> OutcomeView:
    """Return an accepted command's outcome as shown, the same however often it is asked for."""
    return OutcomeView(
        first_position=outcome.first_position,
        position=outcome.last_position,
        repeated=outcome.repeated,
        events=[event_view(event) for event in events],
    )


def timeline_step(recorded: Recorded) -> TimelineStep:
    """Return an event as a step of a trade's timeline."""
    entry = post(recorded.originator_id, recorded.event, schema=recorded.state.schema)
    return TimelineStep(
        position=recorded.position,
        occurred_at=recorded.state.occurred_at,
        recorded_at=recorded.state.recorded_at,
        actor=recorded.state.actor,
        role=recorded.state.role,
        topic=recorded.topic,
        policy=recorded.state.policy,
        about=recorded.originator_id,
        event=recorded.event,
        postings=entry.postings if entry else (),
    )


def posting_text(posting: Posting) -> str:
    """Return a posting as a line for people: `Dr hold:PO-1 12.30 USD`."""
    side = "Dr" if posting.amount_minor > 0 else "Cr"
    return f"{side} {posting.account} {to_major(abs(posting.amount_minor), posting.currency)} {posting.currency}"

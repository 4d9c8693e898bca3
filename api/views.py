"""Views are the shapes in which the API and the command line show what happened."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from domain.commitment import SHA256
from domain.envelope import Recorded
from domain.journal import Posting
from domain.money import to_major
from domain.posting_rules import post
from ledger.outcomes import Accepted

SHOWN_MAX = 3
"""Of many things in one event, so many are told to people; JSON has them all."""

UNTOLD = frozenset({"currency", "counted", "time_zone", "holidays_of"})
"""Fields that tell people nothing beside the others."""


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


def event_text(event: msgspec.Struct, currency: str = "") -> str:
    """
    Return what an event says, on a line for people: `claim 1, by exporter, remedy (kind refund, amount 12.30)`.

    currency: of its amounts, where it doesn't name one itself. What is nothing isn't told, and what stands for a value
    that isn't in the log, or for a document, is shortened.
    """
    spoken = getattr(event, "currency", currency)
    told = [name for name in event.__struct_fields__ if name not in UNTOLD]
    fields = {name: _value_text(name, getattr(event, name), spoken) for name in told}
    return ", ".join(
        f"{name.removesuffix('_minor').replace('_', ' ')}{text}" for name, text in fields.items() if text is not None
    )


def currency_of(steps: Iterable[TimelineStep]) -> str:
    """Return the currency of a trade from what happened in it; empty where nothing says."""
    named = (getattr(getattr(step.event, "terms", step.event), "currency", "") for step in steps)
    return next(filter(None, named), "")


def _value_text(name: str, value: Any, currency: str) -> str | None:
    if not value:
        return None
    if value is True:
        return ""
    if isinstance(value, tuple | frozenset | dict):
        return _many_text(name, list(value), currency)
    return f" {_one_text(name, value, currency)}"


def _many_text(name: str, values: Sequence[Any], currency: str) -> str:
    shown = " ".join(_one_text(name, value, currency) for value in values[:SHOWN_MAX])
    return f" {shown}" if len(values) <= SHOWN_MAX else f" {shown} and {len(values) - SHOWN_MAX} more"


def _one_text(name: str, value: Any, currency: str) -> str:
    if isinstance(value, msgspec.Struct):
        return f"({event_text(value, currency)})"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if name.endswith("_minor") and currency:
        return to_major(value, currency)
    text = str(value)
    return f"{text[:12]}.." if SHA256.fullmatch(text) else text

"""Books in a database, each with the story of one saying as if it had been recorded, and what its command came to."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from eventsourcing.persistence import StoredEvent
from psycopg_pool import ConnectionPool

from domain.catalogue import type_of
from domain.commands import OpenBook
from domain.envelope import SALT_BYTES, State, decode, encode
from domain.unit_of_work import Step
from ledger.batch_outcomes import KeptOutcome
from ledger.outcomes import Accepted, Submission
from ledger.pool import Connection
from ledger.store import BookRecorder
from tests.given import World
from tests.retries.sayings import Told

STORY = "story"
NO_HASH = bytes(32)


class Kept(NamedTuple):
    """What a book's log and its outcomes hold of one command id."""

    outcomes: list[tuple[int | None, int | None]]
    """First and last position of each; nothing where it was refused."""
    events: list[Told]


def write_story(pool: ConnectionPool[Connection], book: str, story: World, now: datetime) -> int:
    """Write a story into an empty book, as what followed from opening it; return its last position."""
    opening = OpenBook(book=book, identity="0" * 32, log_origin=f"ledger.example/{book}")
    said = Submission(command=opening, command_id=STORY, principal=STORY, actor=STORY, role="operator")
    with BookRecorder(pool, book).batch() as batch:
        positions = batch.append([_stored(step, now) for step, _ in story.steps])
        outcome = Accepted(first_position=positions[0], last_position=positions[-1])
        batch.keep(KeptOutcome(said, NO_HASH, outcome))
        batch.commit(now)
    return positions[-1]


def _stored(step: Step, now: datetime) -> StoredEvent:
    happened = type_of(step.event)
    said = (STORY, "operator", STORY, STORY, NO_HASH, bytes(SALT_BYTES))
    state = State(happened.schema, step.occurred_at, now, now.date(), *said, step.policy, step.event)
    return StoredEvent(step.reference, step.version, happened.topic, encode(state))


def kept_of(connection: psycopg.Connection[Any], book: str, command_id: str) -> Kept:
    """Return all that a book holds of a command id."""
    outcomes = connection.execute(
        "SELECT first_position, last_position FROM ledger.outcomes WHERE (book, command_id) = (%s, %s)",
        (book, command_id),
    ).fetchall()
    return Kept(outcomes, list(_events(connection, book, command_id)))


def _events(connection: psycopg.Connection[Any], book: str, command_id: str) -> Iterator[Told]:
    rows = connection.execute(
        "SELECT originator_id, version, topic, state FROM ledger.events WHERE book = %s ORDER BY position", (book,)
    )
    for reference, version, topic, stored in rows:
        state = decode(topic, stored)
        if state.command_id == command_id:
            yield Told.of(reference, version, state.policy, state.event)

"""A dry run decides what recording would decide, event for event, and leaves nothing behind."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent
from msgspec.structs import replace
from psycopg_pool import ConnectionPool

from domain import commands
from domain.catalogue import type_of
from domain.commands import Command, OpenBook, PublicCommand
from domain.envelope import State, encode
from domain.unit_of_work import Step
from ledger.application import TradeLedger
from ledger.dry_run import decide_dry
from ledger.outcomes import Accepted, CommandIdReused, NotRecordedTogether, Rejected, Submission, VersionDiffers
from ledger.pool import Connection, open_pool
from ledger.postgres import EmbeddedPostgres
from ledger.store import BookRecorder
from ledger.writer import Answer
from tests.all_causes import REFUSED
from tests.books import Book, Clock, pay, place_order
from tests.causes.cause import Attempt, Found, Refused
from tests.given import AT, BOOK, OPERATOR

LATER = timedelta(days=4_000)
"""So long after a story somebody decides about it: what a test says of another day is in the past as well."""

SAID = [
    refused for command, refused in REFUSED.items() if command in PublicCommand.__args__ and command is not OpenBook
]
SALTS = bytes

_books = count(1)


@pytest.fixture(scope="module")
def shared_pool(postgres: EmbeddedPostgres, template: str) -> Iterator[ConnectionPool[Connection]]:
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE dry_runs TEMPLATE {template} STRATEGY FILE_COPY")
        with open_pool(postgres.dsn("dry_runs"), connections_max=4) as opened:
            yield opened
        connection.execute("DROP DATABASE dry_runs WITH (FORCE)")


def name_of(refused: Refused) -> str:
    return type(refused.command).__name__


class Told:
    """A book in which a story of the domain's tests happened, with a clock that stands still long after it."""

    def __init__(self, pool: ConnectionPool[Connection], found: Found) -> None:
        self.pool = pool
        self.name = f"book-{next(_books)}"
        self.clock = Clock(AT + LATER)
        recorder = BookRecorder(pool, self.name)
        self.ledger = TradeLedger(recorder, clock=self.clock, salts=SALTS)
        opened = OpenBook(book=self.name, identity="0" * 32, log_origin="ledger.example/main")
        (founded,) = self.ledger.process([said(opened, AT)])
        assert isinstance(founded, Accepted)
        steps = [step for step, _ in found.world.steps if step.reference != BOOK]
        recorder.insert_events([self.stored(step) for step in steps])

    def stored(self, step: Step) -> StoredEvent:
        happened = type_of(step.event)
        state = State(
            happened.schema,
            step.occurred_at,
            step.occurred_at,
            step.occurred_at.date(),
            OPERATOR,
            "operator",
            "story",
            "story",
            bytes(32),
            bytes(16),
            step.policy,
            step.event,
        )
        return StoredEvent(self.renamed(step.reference), step.version, happened.topic, encode(state))

    def renamed(self, reference: str) -> str:
        """Return a reference in this book: what is named after the book `main` there has its name here."""
        kind, _, key = reference.partition(":")
        return f"{kind}:{self.name}" if kind in {"book", "period"} and key == "main" else reference

    def tried(self, submissions: Sequence[Submission], *together: range) -> list[Answer]:
        return decide_dry(self.pool, self.name, submissions, clock=self.clock, salts=SALTS, together=together)

    def kept(self) -> list[Any]:
        """Return how much is kept of this book anywhere that a command writes to."""
        tables = ("events", "outcomes", "forbidden", "snapshots", "confidential", "log_head")
        with self.pool.connection() as connection:
            return [
                connection.execute(f"SELECT * FROM ledger.{table} WHERE book = %s", (self.name,)).fetchall()
                for table in tables
            ]


def said(command: Command, at: datetime, *, actor: str = OPERATOR, role: str = "operator") -> Submission:
    return Submission(
        command=command, command_id=type(command).__name__, principal="tests", actor=actor, role=role, occurred_at=at
    )


@pytest.mark.parametrize("refused", SAID, ids=name_of)
def test_dry_run_comes_to_what_recording_then_comes_to(
    shared_pool: ConnectionPool[Connection], refused: Refused
) -> None:
    found = refused.found_by(Attempt())
    book = Told(shared_pool, found)
    submission = said(refused.command, found.at, actor=found.actor, role=found.role)
    before = book.kept()
    (tried,) = book.tried([submission])
    assert book.kept() == before
    (recorded,) = book.ledger.process([submission])
    assert isinstance(recorded, Accepted), recorded
    assert tried == recorded
    assert book.kept() != before


def test_dry_run_meets_the_refusals_that_recording_meets(shared_pool: ConnectionPool[Connection]) -> None:
    for refused in SAID:
        for cause in refused.causes[:2]:
            found = refused.found_by(cause)
            book = Told(shared_pool, found)
            command = replace(refused.command, **cause.says)
            submission = said(command, found.at, actor=found.actor, role=found.role)
            before = book.kept()
            (tried,) = book.tried([submission])
            assert book.kept() == before
            (recorded,) = book.ledger.process([submission])
            assert type(tried) is type(recorded), (name_of(refused), cause)
            assert tried == recorded if isinstance(recorded, Rejected) else str(tried) == str(recorded)


def dry(book: Book, *submissions: Submission, together: Sequence[range] = ()) -> list[Answer]:
    return decide_dry(book.pool, book.name, submissions, clock=book.clock, salts=SALTS, together=together)


def test_dry_run_of_a_list_decides_each_after_those_before_it(book: Book) -> None:
    said_now = [
        book.submission(command) for command in (place_order("PO-1"), commands.AcceptOrder(order="PO-1"), pay("PO-1"))
    ]
    tried = dry(book, *said_now)
    assert [type(each) for each in tried] == [Accepted] * 3
    recorded = book.ledger.process(said_now)
    assert [(each.first_position, each.last_position) for each in tried if isinstance(each, Accepted)] == [
        (each.first_position, each.last_position) for each in recorded if isinstance(each, Accepted)
    ]


def test_dry_run_of_an_atomic_list_says_which_one_spoils_it(book: Book) -> None:
    list_ = [book.submission(place_order("PO-1")), book.submission(pay("PO-1")), book.submission(place_order("PO-2"))]
    first, second, third = dry(book, *list_, together=[range(3)])
    assert isinstance(second, Rejected)
    for other in (first, third):
        assert isinstance(other, NotRecordedTogether)
        assert other.because_of == 1


def test_dry_run_with_a_key_that_was_used_answers_as_its_command_would(book: Book) -> None:
    placed = book.submission(place_order("PO-1"))
    (recorded,) = book.ledger.process([placed])
    assert isinstance(recorded, Accepted)
    (again,) = dry(book, placed)
    assert isinstance(again, Accepted)
    assert again.repeated
    (other,) = dry(book, replace(placed, command=place_order("PO-2")))
    assert isinstance(other, CommandIdReused)


def test_dry_run_sees_the_version_that_the_caller_saw(book: Book) -> None:
    book.say(place_order("PO-1"))
    accept = book.submission(commands.AcceptOrder(order="PO-1"))
    (outdated,) = dry(book, replace(accept, expected_versions={"order:PO-1": 7}))
    assert isinstance(outdated, VersionDiffers)


def test_dry_run_waits_for_nobody_who_writes(book: Book) -> None:
    with book.pool.connection() as connection:
        connection.execute("SELECT FROM ledger.log_head WHERE book = %s FOR UPDATE", (book.name,))
        (tried,) = dry(book, book.submission(place_order("PO-1")))
    assert isinstance(tried, Accepted)

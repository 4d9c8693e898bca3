"""
The trade ledger decides commands in batches: load, decide, follow policies to closure, stamp, save.

It is an eventsourcing Application with a mapper and recorder of its own. One batch is one database transaction that
holds the book's head; a command that is refused in it fails alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import msgspec
import psycopg
from eventsourcing.application import Application
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import Mapper, StoredEvent
from eventsourcing.utils import Environment, EnvType

from domain import handlers
from domain.aggregate import HistoryBroken
from domain.book import Book
from domain.catalogue import evolve, type_of
from domain.commands import OpenBook, PublicCommand
from domain.envelope import SALT_BYTES, STATE_BYTES_MAX, Recorded, State, Undecodable, decode, encode
from domain.errors import Forbidden, LedgerError, LogCorrupt, Malformed, Refused
from domain.handlers.periods import periods_of
from domain.posting_rules import post
from domain.references import book_id, kind_of, periods_id
from domain.ruled_by import name_rulebook
from domain.unit_of_work import AggregateNotFound, Loaded, Step, UnitOfWork
from ledger.batch_outcomes import Deciding, KeptOutcome
from ledger.cache import AggregateCache
from ledger.outcomes import (
    ANY_VERSION,
    Accepted,
    CommandIdReused,
    NotRecordedTogether,
    Outcome,
    Rejected,
    Submission,
    VersionDiffers,
    answer_again,
    check,
    check_entries,
)
from ledger.snapshots import EVENTS_APART, NEVER, History
from ledger.store import Batch, BookRecorder, Since

FUTURE_MAX = timedelta(minutes=5)
"""How far ahead of our clock a caller's clock may say that something happened."""

CATCH_UP_EVENTS_MAX = 20_000
"""Beyond this many events of other processes, reading aggregates anew is cheaper than following them."""


@dataclass(eq=False, kw_only=True)
class CommandInternal(Forbidden):
    """What follows by policy is taken from nobody."""

    code: ClassVar[str] = "command.internal"
    command: str


@dataclass(eq=False, kw_only=True)
class BookDiffers(Malformed):
    """The command opens another book than the one it was said to."""

    code: ClassVar[str] = "book.differs"
    book: str
    named: str


@dataclass(eq=False, kw_only=True)
class OccurredInFuture(Malformed):
    """It can't have happened yet."""

    code: ClassVar[str] = "command.occurred_in_future"
    occurred_at: datetime
    recorded_at: datetime


@dataclass(eq=False, kw_only=True)
class EventTooLong(Malformed):
    """The command makes an event that is longer than the log's format can prove."""

    code: ClassVar[str] = "command.event_too_long"
    topic: str
    bytes: int
    bytes_max: int = STATE_BYTES_MAX


class CatalogueMapper(Mapper[str]):
    """Converts by the closed catalogue: a stored topic can't name code to run."""

    def __init__(self) -> None:
        """Need no transcoder, cipher or compressor: what is stored is what is hashed."""

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> StoredEvent:
        """Return a recorded event as it is stored."""
        if not isinstance(domain_event, Recorded):
            raise TypeError(type(domain_event))
        return StoredEvent(
            originator_id=domain_event.originator_id,
            originator_version=domain_event.originator_version,
            topic=domain_event.topic,
            state=encode(domain_event.state),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Recorded:
        """
        Return a stored event as it was recorded. Read through the recorder, an aggregate's events tell no position: 0.

        Raises: Undecodable.
        """
        return Recorded(
            position=getattr(stored_event, "id", 0),
            originator_id=str(stored_event.originator_id),
            originator_version=stored_event.originator_version,
            topic=stored_event.topic,
            state=decode(stored_event.topic, stored_event.state),
        )


class TradeLedger(Application[str]):
    """
    The write side of one book.

    clock: returns the time in UTC; salts: returns n unpredictable bytes. One thread at a time may decide.
    """

    def __init__(
        self,
        recorder: BookRecorder,
        *,
        clock: Callable[[], datetime],
        salts: Callable[[int], bytes],
        aggregates_max: int = 20_000,
    ) -> None:
        self._given_recorder = recorder
        self._clock = clock
        self._salts = salts
        self.cache = AggregateCache(aggregates_max)
        super().__init__()
        self.book = recorder.book

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """Read nothing from the air."""
        return Environment(name, dict(env or {}))

    def construct_mapper(self) -> Mapper[str]:
        """Use the closed catalogue."""
        return CatalogueMapper()

    def construct_recorder(self) -> BookRecorder:
        """Use the recorder, and so the pool, that was given."""
        return self._given_recorder

    def check(self, submission: Submission) -> None:
        """
        Check what can be checked without the book.

        Raises, in this order: CommandInternal, SubmissionMalformed, BookDiffers.
        """
        if not isinstance(submission.command, PublicCommand):
            raise CommandInternal(command=type(submission.command).__name__)
        check(submission)
        if isinstance(submission.command, OpenBook) and submission.command.book != self.book:
            raise BookDiffers(book=self.book, named=submission.command.book)

    def process(
        self, submissions: Sequence[Submission], *, together: Sequence[range] = ()
    ) -> list[Outcome | Exception]:
        """
        Decide and record checked submissions, in order, in one transaction; return what became of each.

        together: the places of submissions that are recorded all or none. An exception in the list is a caller's
        mistake (or ours, in deciding that one command): nothing was stored for it.
        Raises: the driver's errors and IntegrityError, after which the batch may or may not have happened; LogCorrupt.
        """
        with self._given_recorder.batch(
            commands=[submission.key for submission in submissions],
            streams=self._unread(submissions),
            since=Since(self.cache.position, CATCH_UP_EVENTS_MAX) if len(self.cache) else None,
        ) as batch:
            self._catch_up(batch)
            decisions = Decisions(batch, self.cache, self._clock(), self._salts, self.book)
            answers = decisions.answer_all(submissions, together)
            self._given_recorder.insert_events(decisions.stored, batch=batch)
            batch.commit(decisions.recorded_at)
        self.cache.advance(decisions.changed, batch.next_position - 1)
        return answers

    def forget(self) -> None:
        """Drop every cached aggregate; the next batch reads what it needs anew."""
        self.cache.forget_all(0)

    def _unread(self, submissions: Sequence[Submission]) -> list[str]:
        subjects = {subject: None for submission in submissions for subject in submission.command.subjects()}
        subjects |= dict.fromkeys((book_id(self.book), periods_id(self.book)))
        return [subject for subject in subjects if subject not in self.cache and can_exist(subject)]

    def _catch_up(self, batch: Batch) -> None:
        behind = batch.head.size - self.cache.position
        if behind < 0 or behind > CATCH_UP_EVENTS_MAX or not len(self.cache):
            self.cache.forget_all(batch.head.size)
        elif behind:
            changed: dict[str, Loaded] = {}
            for stored in batch.since:
                reference = str(stored.originator_id)
                before = changed.get(reference) or self.cache.find(reference)
                if before:
                    changed[reference] = _after(before, stored, self.book)
            self.cache.advance(changed, batch.head.size)


class Decisions:
    """What the commands of one batch come to: events to store, outcomes to keep, aggregates after each."""

    def __init__(
        self, batch: Deciding, cache: AggregateCache, now: datetime, salts: Callable[[int], bytes], book: str
    ) -> None:
        self.recorded_at = max(now, batch.head.last_recorded_at.astimezone(UTC))
        self.stored: list[StoredEvent] = []
        self.changed: dict[str, Loaded] = {}
        self._batch = batch
        self._cache = cache
        self._salts = salts
        self._book = book

    def answer_all(
        self, submissions: Sequence[Submission], together: Sequence[range] = ()
    ) -> list[Outcome | Exception]:
        """Return what becomes of submissions in order; of those at places that are `together`, all or none happen."""
        wholes = {places.start: places for places in together}
        answers: list[Outcome | Exception] = []
        while len(answers) < len(submissions):
            if places := wholes.get(len(answers)):
                answers += self._answer_together(submissions[places.start : places.stop])
            else:
                answers.append(self.answer(submissions[len(answers)]))
        return answers

    def _answer_together(self, submissions: Sequence[Submission]) -> list[Outcome | Exception]:
        stored, changed, kept = len(self.stored), dict(self.changed), self._batch.mark()
        answers: list[Outcome | Exception] = []
        for place, submission in enumerate(submissions):
            answers.append(self.answer(submission))
            if not isinstance(answers[-1], Accepted):
                del self.stored[stored:]
                self.changed = changed
                self._batch.return_to(kept)
                others = [self._recorded_before(each, because_of=place) for each in submissions]
                return [*others[:place], answers[-1], *others[place + 1 :]]
        return answers

    def _recorded_before(self, submission: Submission, *, because_of: int) -> Outcome | Exception:
        """Return what became of a submission long before its list, or that nothing did."""
        remembered = self._batch.remembered.get(submission.key)
        if remembered and isinstance(remembered.outcome, Accepted):
            try:
                return answer_again(submission, submission.request_hash(), remembered)
            except CommandIdReused as reused:
                return reused
        return NotRecordedTogether(because_of=because_of)

    def answer(self, submission: Submission) -> Outcome | Exception:
        """Return what becomes of a submission; an exception stores nothing and touches no neighbour."""
        key = submission.key
        try:
            request_hash = submission.request_hash()
            if remembered := self._batch.remembered.get(key):
                return answer_again(submission, request_hash, remembered)
            outcome = self._decide(submission, request_hash)
        except Refused as refused:
            outcome = Rejected(code=refused.code, details=msgspec.json.decode(msgspec.json.encode(refused.details())))
        except Forbidden as forbidden:
            self._batch.note_forbidden(submission, forbidden)
            return forbidden
        except (LogCorrupt, psycopg.Error):
            raise
        except Exception as error:  # noqa: BLE001 - even a defect in one decision fails alone; its caller is told
            return error
        self._batch.keep(KeptOutcome(submission, request_hash, outcome))
        return outcome

    def _decide(self, submission: Submission, request_hash: bytes) -> Outcome:
        occurred_at = self._occurred_at(submission)
        uow = UnitOfWork(
            self._load, actor=submission.actor, role=submission.role, occurred_at=occurred_at, book=self._book
        )
        self._check_expected(submission.expected_versions)
        self._check_open(submission, uow)
        try:
            handlers.decide(submission.command, uow)
        except LedgerError as refused:
            name_rulebook(refused, submission.command, uow)
            raise
        check_entries(submission, uow.steps)
        recorded = self._stamp(submission, request_hash, uow)
        self.stored += [_stored(event) for event in recorded]
        self.changed.update(uow.changed)
        self._take_snapshots(recorded)
        return Accepted(
            first_position=recorded[0].position,
            last_position=recorded[-1].position,
            events=recorded,
            changed=uow.changed,
        )

    def _stamp(self, submission: Submission, request_hash: bytes, uow: UnitOfWork) -> tuple[Recorded, ...]:
        book = uow.get(Book, book_id(self._book))
        periods = periods_of(uow)
        first = self._batch.next_position + len(self.stored)
        salts = self._salts(SALT_BYTES * len(uow.steps))

        def stamp(index: int, step: Step) -> Recorded:
            post(step.reference, step.event)
            happened = type_of(step.event)
            state = State(
                happened.schema,
                step.occurred_at,
                self.recorded_at,
                periods.posting_date(book.day_of(step.occurred_at)),
                submission.actor,
                submission.role,
                submission.principal,
                submission.command_id,
                request_hash,
                salts[SALT_BYTES * index : SALT_BYTES * (index + 1)],
                step.policy,
                step.event,
                "" if index else type(submission.command).__name__,
            )
            return Recorded(first + index, step.reference, step.version, happened.topic, state)

        return tuple(stamp(index, step) for index, step in enumerate(uow.steps))

    def _take_snapshots(self, recorded: Sequence[Recorded]) -> None:
        for event in recorded:
            if not event.originator_version % EVENTS_APART:
                self._batch.take_snapshot(event.originator_id, self.changed[event.originator_id])

    def _occurred_at(self, submission: Submission) -> datetime:
        occurred_at = (submission.occurred_at or self.recorded_at).astimezone(UTC)
        if occurred_at > self.recorded_at + FUTURE_MAX:
            raise OccurredInFuture(occurred_at=occurred_at, recorded_at=self.recorded_at)
        return occurred_at

    def _check_expected(self, expected_versions: Mapping[str, int]) -> None:
        for reference, expected in expected_versions.items():
            version = self._load(reference).version
            if version != expected and not (expected == ANY_VERSION and version):
                raise VersionDiffers(reference=reference, expected=expected, version=version)

    def _check_open(self, submission: Submission, uow: UnitOfWork) -> None:
        if not isinstance(submission.command, OpenBook) and not uow.loaded(book_id(self._book)).version:
            raise AggregateNotFound(kind="book", key=self._book)

    def _load(self, reference: str) -> Loaded:
        loaded = self.changed.get(reference) or self._cache.find(reference)
        if loaded is None:
            if not can_exist(reference):
                return NEVER
            loaded = self._read(reference)
            self._cache.put(reference, loaded)
        return loaded

    def _read(self, reference: str) -> Loaded:
        history = self._batch.histories.get(reference) or self._batch.read_history(reference)
        loaded = replayed(history, self._book)
        if len(history.events) >= EVENTS_APART:
            self._batch.take_snapshot(reference, loaded)
        return loaded


def can_exist(reference: str) -> bool:
    """Return whether anything may be called so; asking the database for what may not would abort the whole batch."""
    return reference.isascii() and reference.isprintable()


def _stored(recorded: Recorded) -> StoredEvent:
    state = encode(recorded.state)
    if len(state) > STATE_BYTES_MAX:
        raise EventTooLong(topic=recorded.topic, bytes=len(state))
    return StoredEvent(recorded.originator_id, recorded.originator_version, recorded.topic, state)


def replayed(history: History, book: str) -> Loaded:
    """
    Return the aggregate that a history is about, as it stands after it.

    Raises: LogCorrupt.
    """
    loaded = history.stood
    for stored in history.events:
        loaded = _after(loaded, stored, book)
    return loaded


def _after(loaded: Loaded, stored: StoredEvent, book: str) -> Loaded:
    reference = str(stored.originator_id)
    if kind_of(reference) != stored.topic.partition(".")[0]:
        raise LogCorrupt(book=book, position=0, what=f"{reference} version {stored.originator_version}: {stored.topic}")
    try:
        state = decode(stored.topic, stored.state)
        aggregate = evolve(loaded.aggregate, state.event, reference, state.occurred_at)
    except (Undecodable, HistoryBroken) as error:
        raise LogCorrupt(
            book=book, position=0, what=f"{reference} version {stored.originator_version}: {error}"
        ) from error
    return Loaded(aggregate, stored.originator_version)

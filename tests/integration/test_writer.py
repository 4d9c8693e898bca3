"""The one door to a book's log: outcomes for ever, commands that fail alone, a bounded queue, time that advances."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import psycopg
import pytest
from msgspec.structs import replace
from psycopg_pool import ConnectionPool

from domain import commands, handlers
from domain.errors import Conflict, LedgerError
from domain.money import AmountOutOfRange
from domain.order import LineQuantity, OrderTermsMalformed
from domain.references import ReferenceMalformed
from domain.rulebook import RulebookApproverIsDrafter
from domain.rules import Rules
from domain.unit_of_work import AggregateNotFound, UnitOfWork
from ledger.application import (
    FUTURE_MAX,
    BookDiffers,
    CommandInternal,
    EventTooLong,
    OccurredInFuture,
)
from ledger.outcomes import (
    Accepted,
    CommandIdReused,
    Outcome,
    Rejected,
    Submission,
    SubmissionMalformed,
    VersionDiffers,
)
from ledger.pool import Connection, open_pool
from ledger.store import Batch
from ledger.writer import QueueFull, Waiting, Writer, WriterClosed
from tests.books import Book, Clock, Gate, checked_log, count_outcomes, pay, place_order, read_log, whole_trade

PATIENCE_SECONDS = 60


def results(writer: Writer, *submissions: Submission) -> list[Outcome | BaseException]:
    """Return what becomes of commands that are decided in one batch."""
    futures = writer.submit_all(submissions)
    return [future.exception(PATIENCE_SECONDS) or future.result() for future in futures]


def result(writer: Writer, submission: Submission) -> Outcome:
    return writer.submit(submission).result(PATIENCE_SECONDS)


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows by the log's size with every batch that commits."""
    sizes: list[int] = []
    commit = Batch.commit

    def counted(batch: Batch, recorded_at: datetime) -> None:
        commit(batch, recorded_at)
        sizes.append(batch.next_position - 1)

    monkeypatch.setattr(Batch, "commit", counted)
    return sizes


# Outcomes are kept for ever.


def test_accepted_command_is_recorded_once_and_its_outcome_repeated(book: Book) -> None:
    first = book.say(place_order("PO-1"), command_id="c-1")
    size = len(read_log(book.pool))
    again = book.say(place_order("PO-1"), command_id="c-1")
    assert not first.repeated
    assert first.events
    assert again == Accepted(first_position=first.first_position, last_position=first.last_position, repeated=True)
    assert len(checked_log(book.pool)) == size


def test_outcome_is_repeated_by_a_process_that_never_saw_the_command(book: Book) -> None:
    first = book.say(place_order("PO-1"), command_id="c-1")
    with book.beside() as other:
        again = result(other, book.submission(place_order("PO-1"), command_id="c-1"))
    assert again == Accepted(first_position=first.first_position, last_position=first.last_position, repeated=True)


def test_refusal_is_repeated_even_when_the_rule_would_say_yes_by_now(book: Book) -> None:
    book.say(place_order("PO-1"))
    refused = book.ask(pay("PO-1"), command_id="c-pay")
    book.say(commands.AcceptOrder(order="PO-1"))
    again = book.ask(pay("PO-1"), command_id="c-pay")
    assert isinstance(refused, Rejected)
    assert refused.code == "order.not_in_state"
    assert isinstance(again, Rejected)
    assert again == replace(refused, repeated=True)
    assert isinstance(book.ask(pay("PO-1"), command_id="c-pay-2"), Accepted)


PARTLY = commands.DispatchGoods(order="PO-1", lines=(LineQuantity(line=1, quantity=99),))
OPENING = commands.OpenBook(book="main", identity="1" * 32, log_origin="ledger.example/other")

REFUSED: list[tuple[str, int, commands.Command]] = [
    ("order.already_placed", 1, place_order("PO-1")),
    ("order.not_in_state", 2, commands.AcceptOrder(order="PO-1")),
    ("order.dispatch_exceeds_order", 3, PARTLY),
    ("order.inspection_running", 4, commands.LapseInspection(order="PO-1")),
    ("release.not_due", 5, commands.ProposeRelease(order="PO-1")),
    ("book.already_open", 0, OPENING),
]


@pytest.mark.parametrize(("code", "after", "command"), REFUSED, ids=[code for code, _, _ in REFUSED])
def test_refusal_comes_back_from_the_store_exactly_as_it_was_given(
    book: Book, code: str, after: int, command: commands.Command
) -> None:
    for before in whole_trade("PO-1")[:after]:
        book.say(before)
    size = len(read_log(book.pool))
    refused = book.ask(command, command_id="c-1")
    again = book.ask(command, command_id="c-1")
    assert isinstance(refused, Rejected)
    assert isinstance(again, Rejected)
    assert refused.code == code
    assert again == replace(refused, repeated=True)
    assert len(checked_log(book.pool)) == size


def test_same_id_with_another_body_is_a_conflict_and_stores_nothing(book: Book) -> None:
    book.say(place_order("PO-1"), command_id="c-1")
    kept, size = count_outcomes(book.pool), len(read_log(book.pool))
    other_bodies = (
        book.submission(place_order("PO-2"), command_id="c-1"),
        book.submission(place_order("PO-1"), command_id="c-1", actor="operator:second"),
        replace(book.submission(place_order("PO-1"), command_id="c-1"), role="finance"),
        replace(book.submission(place_order("PO-1"), command_id="c-1"), occurred_at=book.clock()),
        replace(book.submission(place_order("PO-1"), command_id="c-1"), expected_versions={"order:PO-1": 0}),
    )
    for other in other_bodies:
        with pytest.raises(CommandIdReused) as reused:
            result(book.writer, other)
        assert isinstance(reused.value, Conflict)
        assert reused.value.details() == {"command_id": "c-1"}
    assert (count_outcomes(book.pool), len(checked_log(book.pool))) == (kept, size)
    assert book.say(place_order("PO-1"), command_id="c-1").repeated


def test_order_in_which_a_mapping_is_written_does_not_make_another_body(book: Book) -> None:
    submission = book.submission(place_order("PO-1"))
    expected = {"order:PO-1": 0, "rulebook:standard/1": 3}
    result(book.writer, replace(submission, expected_versions=expected))
    again = result(book.writer, replace(submission, expected_versions=dict(reversed(expected.items()))))
    assert isinstance(again, Accepted)
    assert again.repeated


def test_same_id_twice_in_one_batch_is_decided_once(book: Book, batches: list[int]) -> None:
    submission = book.submission(place_order("PO-1"))
    first, second = results(book.writer, submission, submission)
    assert isinstance(first, Accepted)
    assert second == Accepted(first_position=first.first_position, last_position=first.last_position, repeated=True)
    assert len(batches) == 1
    assert [row.originator_id for row in checked_log(book.pool)].count("order:PO-1") == 1


def test_same_id_with_another_body_in_one_batch_is_a_conflict(book: Book, batches: list[int]) -> None:
    first, second = results(
        book.writer,
        book.submission(place_order("PO-1"), command_id="c-1"),
        book.submission(place_order("PO-2"), command_id="c-1"),
    )
    assert isinstance(first, Accepted)
    assert isinstance(second, CommandIdReused)
    assert len(batches) == 1


def test_refusal_twice_in_one_batch_is_repeated(book: Book, batches: list[int]) -> None:
    book.say(place_order("PO-1"))
    submission = book.submission(pay("PO-1"))
    batches.clear()
    first, second = results(book.writer, submission, submission)
    assert isinstance(first, Rejected)
    assert second == replace(first, repeated=True)
    assert len(batches) == 1


def test_ids_live_in_the_namespace_of_their_principal(book: Book) -> None:
    mine = book.submission(place_order("PO-1"), command_id="c-1")
    theirs = replace(book.submission(place_order("PO-2"), command_id="c-1"), principal="an-import")
    outcomes = [result(book.writer, mine), result(book.writer, theirs)]
    together = results(book.writer, theirs, mine)
    assert [outcome.repeated for outcome in outcomes] == [False, False]
    assert together == [replace(outcome, repeated=True, events=(), changed={}) for outcome in reversed(outcomes)]


# A caller's mistakes store nothing.

MISTAKES: list[tuple[type[LedgerError], commands.Command]] = [
    (AggregateNotFound, commands.AcceptOrder(order="PO-404")),
    (AggregateNotFound, replace(place_order("PO-2"), rulebook="standard/9")),
    (ReferenceMalformed, replace(place_order("PO-2"), buyer="nobody at all")),
    (OrderTermsMalformed, replace(place_order("PO-2"), lines=())),
    (AmountOutOfRange, pay("PO-1", 0)),
    (RulebookApproverIsDrafter, commands.ApproveRulebook(rulebook="standard/2")),
]


@pytest.mark.parametrize(("mistake", "command"), MISTAKES)
def test_mistake_of_the_caller_stores_nothing_and_frees_its_id(
    book: Book, mistake: type[LedgerError], command: commands.Command
) -> None:
    book.say(place_order("PO-1"))
    book.say(commands.AcceptOrder(order="PO-1"))
    book.say(commands.DraftRulebook(rulebook="standard/2", rules=Rules()))
    kept, size = count_outcomes(book.pool), len(read_log(book.pool))
    for _ in range(2):
        with pytest.raises(mistake):
            book.ask(command, command_id="c-1")
    assert (count_outcomes(book.pool), len(checked_log(book.pool))) == (kept, size)
    assert not book.say(place_order("PO-3"), command_id="c-1").repeated


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("command_id", ""),
        ("command_id", "x" * 256),
        ("command_id", "with space"),
        ("command_id", "line\n"),
        ("principal", ""),
        ("principal", "ü"),
        ("actor", "x" * 129),
        ("role", "null\0"),
        ("occurred_at", datetime(2026, 11, 22, 9)),  # noqa: DTZ001 - the missing zone is the mistake
    ],
)
def test_malformed_submission_is_refused_before_it_is_queued(book: Book, field: str, value: Any) -> None:
    submission = replace(book.submission(place_order("PO-1")), **{field: value})
    with pytest.raises(SubmissionMalformed) as malformed:
        book.writer.submit(submission)
    assert malformed.value.field == field
    assert book.writer.waiting == 0


def some(command: type[commands.Command]) -> commands.Command:
    """Return any command of a class: what it says isn't looked at."""
    breakdown = {"gross_minor": 1, "fee_minor": 0, "tax_minor": 0}
    fields: dict[str, Any] = {}
    for field in msgspec.structs.fields(command):
        for value in ("x", 1, True, (), breakdown):
            with suppress(msgspec.ValidationError):
                fields.setdefault(field.name, msgspec.convert(value, field.type))
    return command(**fields)


def test_internal_command_is_taken_from_nobody(book: Book) -> None:
    public: set[type] = set(commands.PublicCommand.__args__)
    internal = set(handlers.HANDLERS) - public
    assert len(internal) > 20
    for command in internal:
        with pytest.raises(CommandInternal) as refused:
            book.writer.submit(replace(book.submission(place_order("PO-1")), command=some(command)))
        assert refused.value.command == command.__name__


def test_opening_another_book_is_refused_before_it_is_queued(book: Book) -> None:
    command = commands.OpenBook(book="other", identity="0" * 32, log_origin="ledger.example/other")
    with pytest.raises(BookDiffers) as differs:
        book.writer.submit(book.submission(command))
    assert differs.value.details() == {"book": "main", "named": "other"}


def test_first_check_that_fails_is_the_one_reported(book: Book) -> None:
    wrong_twice = replace(book.submission(commands.OpenHold(order="PO-1")), command_id="")
    with pytest.raises(CommandInternal):
        book.writer.submit(wrong_twice)
    other = commands.OpenBook(book="other", identity="0" * 32, log_origin="ledger.example/other")
    with pytest.raises(SubmissionMalformed):
        book.writer.submit(replace(book.submission(other), command_id=""))


def test_nothing_is_recorded_before_the_book_is_open(pool: ConnectionPool[Connection]) -> None:
    book = Book(pool)
    try:
        with pytest.raises(AggregateNotFound) as absent:
            book.ask(place_order("PO-1"), command_id="c-1")
        assert absent.value.details() == {"kind": "book", "key": "main"}
        assert (count_outcomes(pool), read_log(pool)) == (0, [])
        opening = commands.OpenBook(book="main", identity="0" * 32, log_origin="ledger.example/main")
        assert book.say(opening).first_position == 1
        refused = book.ask(opening)
        assert isinstance(refused, Rejected)
        assert refused.code == "book.already_open"
        assert [row.topic for row in checked_log(pool)] == ["book.opened"]
    finally:
        book.writer.close()


def test_event_too_long_to_be_proved_is_refused_and_stores_nothing(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.application.STATE_BYTES_MAX", 900)
    size = len(read_log(book.pool))
    with pytest.raises(EventTooLong) as too_long:
        book.ask(place_order("PO-1", lines=9))
    assert too_long.value.topic == "order.placed"
    assert too_long.value.bytes > 900
    assert len(checked_log(book.pool)) == size
    assert book.say(place_order("PO-1")).first_position == size + 1


# A command fails alone.


def test_refused_command_fails_alone_and_its_neighbours_commit_with_it(book: Book, batches: list[int]) -> None:
    outcomes = results(
        book.writer,
        book.submission(place_order("PO-1")),
        book.submission(pay("PO-1")),
        book.submission(commands.AcceptOrder(order="PO-404")),
        book.submission(replace(place_order("PO-3"), lines=())),
        book.submission(commands.AcceptOrder(order="PO-1")),
        book.submission(pay("PO-1")),
    )
    assert [type(outcome) for outcome in outcomes] == [
        Accepted,
        Rejected,
        AggregateNotFound,
        OrderTermsMalformed,
        Accepted,
        Accepted,
    ]
    assert len(batches) == 1
    checked_log(book.pool)


def break_handler(monkeypatch: pytest.MonkeyPatch, command: type[commands.Command]) -> None:
    def divide_by_zero(_command: commands.Command, _uow: UnitOfWork) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(handlers, "HANDLERS", handlers.HANDLERS | {command: divide_by_zero})


def test_defect_in_a_handler_fails_alone(book: Book, batches: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    break_handler(monkeypatch, commands.FreezeHold)
    kept = count_outcomes(book.pool)
    before, defect, after = results(
        book.writer,
        book.submission(place_order("PO-1")),
        book.submission(commands.FreezeHold(order="PO-1", reason="suspicion")),
        book.submission(commands.AcceptOrder(order="PO-1")),
    )
    assert isinstance(before, Accepted)
    assert isinstance(defect, ZeroDivisionError)
    assert isinstance(after, Accepted)
    assert len(batches) == 1
    assert count_outcomes(book.pool) == kept + 2
    checked_log(book.pool)


def test_defect_after_events_have_happened_leaves_none_of_them(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    book.say(place_order("PO-1"))
    size = len(read_log(book.pool))
    break_handler(monkeypatch, commands.OpenHold)
    with pytest.raises(ZeroDivisionError):
        book.ask(commands.AcceptOrder(order="PO-1"))
    monkeypatch.undo()
    assert len(read_log(book.pool)) == size
    book.say(commands.AcceptOrder(order="PO-1"))
    assert [row.version for row in checked_log(book.pool) if row.originator_id == "order:PO-1"] == [1, 2]


POISON: list[dict[str, Any]] = [
    {"command": commands.AcceptOrder(order="PO\0")},
    {"command": commands.AcceptOrder(order="PO\ud800")},
    {"command": replace(place_order("PO-9"), rulebook="standard\0/1")},
    {"command": replace(place_order("PO-9"), buyer="BUY\ud800")},
    {"command": commands.ApproveRulebook(rulebook="standard\0/1")},
    {"expected_versions": {"order:PO\0": 1}},
    {"expected_versions": {"order:PO\ud800": 1}},
]


@pytest.mark.parametrize(
    "poison",
    POISON,
    ids=[
        "nul order",
        "surrogate order",
        "nul rulebook",
        "surrogate buyer",
        "nul approval",
        "nul version",
        "surrogate version",
    ],
)
def test_command_that_cannot_be_encoded_harms_none_of_its_neighbours(book: Book, poison: dict[str, Any]) -> None:
    neighbours = [book.submission(each) for each in (place_order("PO-1"), commands.AcceptOrder(order="PO-1"))]
    poisonous = replace(book.submission(place_order("PO-9")), **poison)
    try:
        before, poisoned, after = results(book.writer, neighbours[0], poisonous, neighbours[1])
    except LedgerError as refused_before_it_was_queued:
        poisoned = refused_before_it_was_queued
        before, after = results(book.writer, *neighbours)
    assert isinstance(before, Accepted), before
    assert isinstance(poisoned, Exception), poisoned
    assert isinstance(after, Accepted), after
    checked_log(book.pool)


# What the caller saw.


def test_expected_version_that_is_the_present_one_is_accepted(book: Book) -> None:
    book.say(place_order("PO-1"))
    accept = replace(
        book.submission(commands.AcceptOrder(order="PO-1")), expected_versions={"order:PO-1": 1, "hold:PO-1": 0}
    )
    assert isinstance(result(book.writer, accept), Accepted)


def test_expected_version_that_is_another_is_a_conflict_and_stores_nothing(book: Book) -> None:
    book.say(place_order("PO-1"))
    kept, size = count_outcomes(book.pool), len(read_log(book.pool))
    stale = replace(book.submission(commands.AcceptOrder(order="PO-1")), expected_versions={"order:PO-1": 0})
    with pytest.raises(VersionDiffers) as differs:
        result(book.writer, stale)
    assert differs.value.details() == {"reference": "order:PO-1", "expected": 0, "version": 1}
    assert isinstance(differs.value, Conflict)
    assert (count_outcomes(book.pool), len(checked_log(book.pool))) == (kept, size)


def test_expected_version_sees_what_its_neighbours_in_the_batch_did(book: Book) -> None:
    accept = book.submission(commands.AcceptOrder(order="PO-1"))
    outcomes = results(
        book.writer,
        book.submission(place_order("PO-1")),
        replace(accept, command_id="too-late", expected_versions={"order:PO-1": 0}),
        replace(accept, command_id="in-time", expected_versions={"order:PO-1": 1}),
    )
    assert [type(outcome) for outcome in outcomes] == [Accepted, VersionDiffers, Accepted]


# The queue.


def test_full_queue_takes_nothing_more_and_loses_nothing(book: Book) -> None:
    gate = Gate(book.clock)
    with book.beside(clock=gate, queue_commands_max=3) as writer:
        under_way = writer.submit(book.submission(place_order("PO-0")))
        assert gate.reached.wait(PATIENCE_SECONDS)
        queued = writer.submit_all([book.submission(place_order(f"PO-{number}")) for number in (1, 2)])
        with pytest.raises(QueueFull) as full:
            writer.submit_all([book.submission(place_order(f"PO-{number}")) for number in (3, 4)])
        assert full.value.details() == {"waiting": 2}
        assert full.value.retryable
        assert writer.waiting == 2
        queued.append(writer.submit(book.submission(place_order("PO-5"))))
        with pytest.raises(QueueFull):
            writer.submit(book.submission(place_order("PO-6")))
        gate.open()
        for future in (under_way, *queued):
            assert isinstance(future.result(PATIENCE_SECONDS), Accepted)
    orders = {row.originator_id for row in checked_log(book.pool) if row.topic == "order.placed"}
    assert orders == {"order:PO-0", "order:PO-1", "order:PO-2", "order:PO-5"}


def test_one_bad_submission_of_several_queues_none_of_them(book: Book) -> None:
    size = len(read_log(book.pool))
    with pytest.raises(SubmissionMalformed):
        book.writer.submit_all([book.submission(place_order("PO-1")), book.submission(place_order("PO-2"), actor="")])
    book.writer.close()
    assert len(checked_log(book.pool)) == size


def test_batch_is_no_larger_than_it_may_be(book: Book, batches: list[int]) -> None:
    with book.beside(batch_commands_max=4) as writer:
        outcomes = results(writer, *[book.submission(place_order(f"PO-{number}")) for number in range(10)])
    assert {type(outcome) for outcome in outcomes} == {Accepted}
    assert batches == [8, 12, 14]


def test_close_finishes_what_waits_and_takes_nothing_new(book: Book) -> None:
    gate = Gate(book.clock)
    with book.beside(clock=gate, batch_commands_max=2) as writer:
        futures = [writer.submit(book.submission(place_order(f"PO-{number}"))) for number in range(7)]
        assert gate.reached.wait(PATIENCE_SECONDS)
        closing = threading.Thread(target=writer.close)
        closing.start()
        assert writer._closing.wait(PATIENCE_SECONDS)
        with pytest.raises(WriterClosed) as closed:
            writer.submit(book.submission(place_order("PO-8")))
        assert closed.value.retryable
        gate.open()
        closing.join(PATIENCE_SECONDS)
        assert all(isinstance(future.result(0), Accepted) for future in futures)
        with pytest.raises(WriterClosed):
            writer.submit(book.submission(place_order("PO-9")))
    assert [row.topic for row in checked_log(book.pool)].count("order.placed") == 7


def test_close_of_an_idle_writer_ends_at_once_and_twice_is_once(book: Book) -> None:
    with book.beside() as writer:
        writer.close()
        writer.close()
        assert not writer._thread.is_alive()


def test_caller_who_gave_up_is_not_told_and_the_others_are(book: Book) -> None:
    gate = Gate(book.clock)
    with book.beside(clock=gate) as writer:
        under_way = writer.submit(book.submission(place_order("PO-0")))
        assert gate.reached.wait(PATIENCE_SECONDS)
        given_up, patient = writer.submit_all([book.submission(place_order(f"PO-{number}")) for number in (1, 2)])
        assert given_up.cancel()
        gate.open()
        assert isinstance(under_way.result(PATIENCE_SECONDS), Accepted)
        assert isinstance(patient.result(PATIENCE_SECONDS), Accepted)
    assert given_up.cancelled()
    assert "order:PO-1" in {row.originator_id for row in checked_log(book.pool)}


def test_caller_whose_callback_fails_harms_no_other_caller(book: Book) -> None:
    def gone(_answer: object) -> None:
        msg = "Event loop is closed"
        raise RuntimeError(msg)

    with book.beside() as writer:
        told: list[object] = []
        waiting = [
            Waiting(book.submission(place_order("PO-1")), gone),
            Waiting(book.submission(place_order("PO-2")), told.append),
        ]
        writer.enqueue(waiting)
        last = writer.submit(book.submission(place_order("PO-3")))
        assert isinstance(last.result(10), Accepted)
    assert [type(answer) for answer in told] == [Accepted]


def test_many_threads_each_get_their_own_outcome(book: Book) -> None:
    outcomes: dict[int, Outcome] = {}

    def place(caller: int) -> None:
        for number in range(caller, 200, 8):
            submission = book.submission(place_order(f"PO-{number}"), command_id=f"c-{number}")
            outcomes[number] = result(book.writer, submission)

    callers = [threading.Thread(target=place, args=(caller,)) for caller in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(PATIENCE_SECONDS)
    rows = {row.position: row for row in checked_log(book.pool)}
    assert sorted(outcomes) == list(range(200))
    for number, outcome in outcomes.items():
        assert isinstance(outcome, Accepted)
        assert rows[outcome.first_position].originator_id == f"order:PO-{number}"


# Time.


def test_what_lies_in_the_future_has_not_happened_and_stores_nothing(book: Book) -> None:
    kept = count_outcomes(book.pool)
    submission = book.submission(place_order("PO-1"))
    edge = book.clock() + FUTURE_MAX
    with pytest.raises(OccurredInFuture) as future:
        result(book.writer, replace(submission, occurred_at=edge + timedelta(microseconds=1)))
    assert future.value.recorded_at == book.clock()
    assert count_outcomes(book.pool) == kept
    assert isinstance(result(book.writer, replace(submission, occurred_at=edge)), Accepted)


def test_without_a_date_of_its_own_an_event_occurred_when_it_was_recorded(book: Book) -> None:
    book.clock.move(minutes=7)
    (recorded,) = book.say(place_order("PO-1")).events
    assert recorded.state.occurred_at == recorded.state.recorded_at == book.clock()


def test_date_given_by_the_caller_is_kept_beside_ours_and_gives_the_posting_date(book: Book) -> None:
    earlier = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    outcome = result(book.writer, replace(book.submission(place_order("PO-1")), occurred_at=earlier))
    assert isinstance(outcome, Accepted)
    (recorded,) = outcome.events
    assert recorded.state.occurred_at == earlier
    assert recorded.state.recorded_at == book.clock()
    assert recorded.state.posting_date == earlier.date()


def test_date_given_in_another_zone_is_recorded_in_utc(book: Book) -> None:
    kolkata = timezone(timedelta(hours=5, minutes=30))
    occurred_at = datetime(2026, 3, 2, 1, tzinfo=kolkata)
    outcome = result(book.writer, replace(book.submission(place_order("PO-1")), occurred_at=occurred_at))
    assert isinstance(outcome, Accepted)
    assert b'"occurred_at":"2026-03-01T19:30:00Z"' in checked_log(book.pool)[-1].state


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
def test_recorded_at_never_goes_back_even_if_the_clock_does(database: str, zone: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f"ALTER DATABASE \"{name}\" SET timezone = '{zone}'")
    with opened(database) as book:
        first = book.say(place_order("PO-1")).events[0].state.recorded_at
        book.clock.move(days=-1)
        assert book.say(place_order("PO-2")).events[0].state.recorded_at == first
        with book.beside(clock=Clock(first - timedelta(days=9))) as other:
            outcome = result(other, book.submission(place_order("PO-3")))
        assert isinstance(outcome, Accepted)
        assert outcome.events[0].state.recorded_at == first
        states = [row.state for row in checked_log(book.pool)]
        assert all(f'"recorded_at":"{first:%Y-%m-%dT%H:%M:%S}Z"'.encode() in state for state in states[-3:])


# The cache.


def test_decisions_do_not_depend_on_what_the_cache_holds(new_database: Callable[[], str]) -> None:
    logs = []
    for aggregates_max in (1, 2, 20_000):
        with opened(new_database(), aggregates_max=aggregates_max) as book:
            for command in mixed_commands():
                book.ask(command)
            logs.append(checked_log(book.pool))
    assert logs[0] == logs[1] == logs[2]
    assert len(logs[0]) > 50


def test_cache_is_bounded(database: str) -> None:
    with opened(database, aggregates_max=3) as book:
        for number in range(5):
            book.trade(f"PO-{number}")
            assert len(book.ledger.cache) <= 3
        assert book.ledger.cache.position == len(checked_log(book.pool))


def test_cache_keeps_what_was_used_last(database: str) -> None:
    with opened(database, aggregates_max=3) as book:
        book.say(place_order("PO-1"))
        book.say(commands.AcceptOrder(order="PO-1"))
        assert "order:PO-1" in book.ledger.cache
        assert "rulebook:standard/1" not in book.ledger.cache


def test_change_by_another_process_is_seen_before_the_next_decision(book: Book) -> None:
    book.say(place_order("PO-1"))
    book.say(commands.AcceptOrder(order="PO-1"))
    with book.beside() as other:
        assert isinstance(result(other, book.submission(commands.CancelOrder(order="PO-1", reason="storm"))), Accepted)
    refused = book.ask(pay("PO-1"))
    assert isinstance(refused, Rejected)
    assert refused.code == "order.cancelled"
    checked_log(book.pool)


@pytest.mark.parametrize("followed_events_max", [0, 20_000], ids=["read anew", "followed"])
def test_rule_that_only_reads_what_another_process_changed_sees_the_change(
    book: Book, monkeypatch: pytest.MonkeyPatch, followed_events_max: int
) -> None:
    """Nothing it writes was changed, so no version conflict would tell it that it is wrong."""
    monkeypatch.setattr("ledger.application.CATCH_UP_EVENTS_MAX", followed_events_max)
    book.say(commands.DraftRulebook(rulebook="standard/2", rules=Rules()))
    book.say(commands.ApproveRulebook(rulebook="standard/2"), actor="operator:second")
    assert isinstance(book.ask(replace(place_order("PO-1"), rulebook="standard/2")), Rejected)
    with book.beside() as other:
        publish = book.submission(commands.PublishRulebook(rulebook="standard/2"))
        assert isinstance(result(other, publish), Accepted)
    book.say(replace(place_order("PO-1"), rulebook="standard/2"))


def test_changes_beyond_what_is_followed_are_read_anew(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.application.CATCH_UP_EVENTS_MAX", 2)
    for order in ("PO-1", "PO-2"):
        book.say(place_order(order))
        book.say(commands.AcceptOrder(order=order))
    with book.beside() as other:
        for command in (pay("PO-1"), commands.CancelOrder(order="PO-1", reason="storm"), place_order("PO-3")):
            assert isinstance(result(other, book.submission(command)), Accepted)
    refused = book.ask(pay("PO-1"))
    assert isinstance(refused, Rejected)
    assert refused.code == "order.cancelled"
    assert isinstance(book.ask(pay("PO-2")), Accepted)
    checked_log(book.pool)


def test_two_processes_taking_turns_decide_as_one_would(new_database: Callable[[], str]) -> None:
    logs = []
    for processes in (1, 2):
        with opened(new_database(), aggregates_max=7) as book, book.beside() as other:
            for number, command in enumerate(mixed_commands()):
                writer = other if number % processes else book.writer
                results(writer, book.submission(command))
            logs.append([(row.originator_id, row.version, row.topic) for row in checked_log(book.pool)])
    assert logs[0] == logs[1]


def test_log_that_is_shorter_than_the_cache_is_read_anew(book: Book) -> None:
    book.say(place_order("PO-1"))
    book.ledger.cache.position += 100
    book.say(commands.AcceptOrder(order="PO-1"))
    assert book.ledger.cache.position == len(checked_log(book.pool))


def mixed_commands() -> list[commands.Command]:
    """Return commands of several trades, interleaved, some of them refused."""
    cancelled = [
        place_order("PO-X"),
        commands.AcceptOrder(order="PO-X"),
        pay("PO-X"),
        commands.CancelOrder(order="PO-X", reason="storm"),
        pay("PO-X"),
        commands.AcceptOrder(order="PO-1"),
    ]
    trades = [whole_trade("PO-1"), whole_trade("PO-2", amount_minor=999), cancelled, whole_trade("PO-3")]
    return [command for step in zip(*trades, strict=True) for command in step]


@contextmanager
def opened(database: str, *, aggregates_max: int = 20_000) -> Iterator[Book]:
    with open_pool(database, connections_max=4) as pool, Book.opened(pool, aggregates_max=aggregates_max) as book:
        yield book

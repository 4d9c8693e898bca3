"""The writer when the database breaks under it, at the worst moments: one true outcome, recorded once."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError
from psycopg_pool import ConnectionPool

from domain import commands
from domain.errors import LogCorrupt, Unavailable
from ledger import pool as pool_module
from ledger import store
from ledger.application import TradeLedger
from ledger.batch_outcomes import Head
from ledger.outcomes import Accepted, Outcome, Rejected
from ledger.pool import Connection, open_pool
from ledger.postgres import EmbeddedPostgres
from ledger.snapshots import History
from ledger.store import Batch, BookRecorder
from ledger.transparency import Frontier, leaf_bytes, leaf_hash
from ledger.writer import DATABASE_ABSENT, DatabaseAbsent, Writer
from tests.books import Book, Gate, Salts, checked_log, count_outcomes, pay, place_order, read_log

PATIENCE_SECONDS = 60
LOST = "server closed the connection unexpectedly"

Commit = Callable[[Batch, datetime], None]


def terminate(dsn: str, process_id: int) -> None:
    """Kill a session of the server, and wait until it is gone."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 10000)", (process_id,))


def process_id(batch: Batch) -> int:
    return batch._connection.info.backend_pid


@contextmanager
def replaced_commit(first: Callable[[Commit, Batch, datetime], None]) -> Iterator[list[Batch]]:
    """Let the first commit go as given, every later one as usual; give the batches that came to commit."""
    commit = Batch.commit
    seen: list[Batch] = []

    def instead(batch: Batch, recorded_at: datetime) -> None:
        seen.append(batch)
        if len(seen) == 1:
            first(commit, batch, recorded_at)
        else:
            commit(batch, recorded_at)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Batch, "commit", instead)
        yield seen


def commit_and_lose_the_acknowledgement(commit: Commit, batch: Batch, recorded_at: datetime) -> None:
    commit(batch, recorded_at)
    raise psycopg.OperationalError(LOST)


# Ambiguous commits.


def test_commit_whose_acknowledgement_was_lost_is_found_and_recorded_once(book: Book) -> None:
    size = len(read_log(book.pool))
    with replaced_commit(commit_and_lose_the_acknowledgement) as batches:
        outcome = book.say(place_order("PO-1"), command_id="c-1")
    assert len(batches) == 2
    assert (outcome.first_position, outcome.last_position) == (size + 1, size + 1)
    assert [row.originator_id for row in checked_log(book.pool)[size:]] == ["order:PO-1"]
    again = book.say(place_order("PO-1"), command_id="c-1")
    assert again.repeated
    assert again.first_position == outcome.first_position


def test_every_caller_of_a_lost_acknowledgement_gets_the_true_outcome(book: Book) -> None:
    book.say(place_order("PO-0"))
    submissions = [
        book.submission(place_order("PO-1")),
        book.submission(pay("PO-0")),
        book.submission(commands.AcceptOrder(order="PO-1")),
        book.submission(commands.AcceptOrder(order="PO-1")),
    ]
    told: list[object] = []
    with replaced_commit(commit_and_lose_the_acknowledgement):
        futures = book.writer.submit_all(submissions)
        for future in futures:
            future.add_done_callback(told.append)
        outcomes = [future.result(PATIENCE_SECONDS) for future in futures]
    assert [type(outcome) for outcome in outcomes] == [Accepted, Rejected, Accepted, Rejected]
    assert len(told) == len(submissions)
    topics = [row.topic for row in checked_log(book.pool)]
    assert (topics.count("order.placed"), topics.count("order.accepted")) == (2, 1)
    assert count_outcomes(book.pool) == 5 + len(submissions)


def test_aggregates_are_right_after_an_acknowledgement_was_lost(book: Book) -> None:
    with replaced_commit(commit_and_lose_the_acknowledgement):
        book.say(place_order("PO-1"))
    book.say(commands.AcceptOrder(order="PO-1"))
    assert [row.version for row in checked_log(book.pool) if row.originator_id == "order:PO-1"] == [1, 2]


def test_session_killed_before_the_commit_is_tried_again_and_recorded_once(book: Book, database: str) -> None:
    def killed(commit: Commit, batch: Batch, recorded_at: datetime) -> None:
        terminate(database, process_id(batch))
        commit(batch, recorded_at)

    with replaced_commit(killed) as batches:
        outcome = book.say(place_order("PO-1"))
    assert len(batches) == 2
    assert not outcome.repeated
    assert [row.topic for row in checked_log(book.pool)].count("order.placed") == 1


def test_session_killed_after_the_statements_and_before_the_commit_leaves_nothing_behind(
    book: Book, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert = Batch._insert_outcomes
    killed: list[int] = []

    def insert_and_die(batch: Batch, recorded_at: datetime) -> None:
        insert(batch, recorded_at)
        if not killed:
            batch._connection.execute("SELECT 1").fetchall()
            killed.append(process_id(batch))
            terminate(database, killed[0])

    monkeypatch.setattr(Batch, "_insert_outcomes", insert_and_die)
    outcome = book.say(place_order("PO-1"))
    assert killed
    assert not outcome.repeated
    assert [row.topic for row in checked_log(book.pool)].count("order.placed") == 1


def test_session_killed_in_the_middle_of_deciding_is_tried_again(
    book: Book, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_once = reading_once(monkeypatch, lambda batch: terminate(database, process_id(batch)))
    outcome = book.ask(place_order("PO-1", lines=2))
    assert kill_once
    assert isinstance(outcome, Accepted)
    checked_log(book.pool)


def test_statement_cancelled_in_the_middle_of_deciding_is_tried_again(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    def time_out(batch: Batch) -> None:
        batch._connection.execute("SET LOCAL statement_timeout = '1ms'")
        batch._connection.execute("SELECT pg_sleep(60)")

    timed_out = reading_once(monkeypatch, time_out)
    outcomes = book.writer.submit_all([book.submission(place_order(order)) for order in ("PO-1", "PO-2")])
    assert [type(outcome.result(PATIENCE_SECONDS)) for outcome in outcomes] == [Accepted, Accepted]
    assert timed_out
    checked_log(book.pool)


def reading_once(monkeypatch: pytest.MonkeyPatch, what: Callable[[Batch], None]) -> list[Batch]:
    """Make a decision read its order from the database, and something happen to its connection the first time."""
    read_history = Batch.read_history
    happened: list[Batch] = []

    def read(batch: Batch, reference: str) -> History:
        if not happened:
            happened.append(batch)
            what(batch)
        return read_history(batch, reference)

    monkeypatch.setattr(Batch, "read_history", read)
    monkeypatch.setattr(TradeLedger, "_unread", lambda *_: [])
    return happened


def test_batch_that_lost_against_the_second_defence_is_decided_again(book: Book) -> None:
    def somebody_got_past_the_lock(_commit: Commit, _batch: Batch, _recorded_at: datetime) -> None:
        raise IntegrityError

    with replaced_commit(somebody_got_past_the_lock) as batches:
        outcome = book.say(place_order("PO-1"))
    assert len(batches) == 2
    assert not outcome.repeated
    checked_log(book.pool)


# The database is gone.


@pytest.fixture
def impatient(database: str) -> Iterator[ConnectionPool[Connection]]:
    """Open a pool that gives up soon."""
    with ConnectionPool[Connection](database, min_size=1, max_size=2, timeout=0.05, open=True) as opened:
        yield opened


def test_database_gone_for_good_is_told_after_the_attempts(
    impatient: ConnectionPool[Connection], database: str, postgres: EmbeddedPostgres
) -> None:
    with Book.opened(impatient) as book, psycopg.connect(postgres.dsn("postgres"), autocommit=True) as admin:
        name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
        kept, size = count_outcomes(book.pool), len(read_log(book.pool))
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        admin.execute("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s", (name,))
        futures = book.writer.submit_all([book.submission(place_order(order)) for order in ("PO-1", "PO-2")])
        for future in futures:
            absent = future.exception(PATIENCE_SECONDS)
            assert isinstance(absent, DatabaseAbsent)
            assert isinstance(absent, Unavailable)
            assert absent.retryable
            assert absent.attempts == 6
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    with open_pool(database, connections_max=1) as pool:
        assert (count_outcomes(pool), len(checked_log(pool))) == (kept, size)


def test_writer_serves_again_once_the_database_is_back(
    impatient: ConnectionPool[Connection], database: str, postgres: EmbeddedPostgres
) -> None:
    with Book.opened(impatient) as book, psycopg.connect(postgres.dsn("postgres"), autocommit=True) as admin:
        name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        admin.execute("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s", (name,))
        submission = book.submission(place_order("PO-1"))
        assert isinstance(book.writer.submit(submission).exception(PATIENCE_SECONDS), DatabaseAbsent)
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        impatient.resize(1, 3)
        impatient.wait(PATIENCE_SECONDS)
        outcome = retried(book.writer, lambda: book.writer.submit(submission))
        assert isinstance(outcome, Accepted)
        assert [row.topic for row in checked_log(book.pool)].count("order.placed") == 1


def retried(_writer: Writer, submit: Callable[[], Future[Outcome]]) -> Outcome:
    """Do what `Unavailable` asks for: the same command id again, until there is an outcome."""
    while isinstance(submit().exception(PATIENCE_SECONDS), Unavailable):
        pass
    return submit().result(PATIENCE_SECONDS)


def test_closing_while_the_database_is_gone_answers_everybody(pool: ConnectionPool[Connection]) -> None:
    with Book.opened(pool) as book, book.beside(pause_seconds=PATIENCE_SECONDS) as writer:
        reached = threading.Event()

        def absent(_commit: Commit, _batch: Batch, _recorded_at: datetime) -> None:
            reached.set()
            raise psycopg.OperationalError(LOST)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Batch, "commit", lambda batch, recorded_at: absent(Batch.commit, batch, recorded_at))
            future = writer.submit(book.submission(place_order("PO-1")))
            assert reached.wait(PATIENCE_SECONDS)
            writer.close()
        assert isinstance(future.exception(0), DatabaseAbsent)


# Frozen processes.


@pytest.mark.parametrize("first", [False, True], ids=["in its usual business", "in its first batch"])
def test_process_frozen_with_the_head_is_cut_off_and_another_proceeds(
    book: Book, database: str, monkeypatch: pytest.MonkeyPatch, *, first: bool
) -> None:
    monkeypatch.setitem(pool_module.LIMITS, "idle_in_transaction_session_timeout", "100ms")
    gate = Gate(book.clock)
    with open_pool(database, connections_max=1) as short:
        ledger = TradeLedger(BookRecorder(short, "main"), clock=book.clock, salts=Salts())
        frozen = Writer(ledger, pause_seconds=0.01)
        if not first:
            frozen.submit(book.submission(place_order("PO-0"))).result(PATIENCE_SECONDS)
        ledger._clock = gate
        waits = frozen.submit(book.submission(place_order("PO-1")))
        assert gate.reached.wait(PATIENCE_SECONDS)
        try:
            proceeds = book.say(place_order("PO-2"))
            assert not waits.done()
        finally:
            gate.open()
            cut_off = waits.result(PATIENCE_SECONDS)
            frozen.close()
    assert isinstance(cut_off, Accepted)
    assert not cut_off.repeated
    assert cut_off.first_position == proceeds.last_position + 1
    checked_log(book.pool)


def test_frozen_batch_never_happened(book: Book, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(pool_module.LIMITS, "idle_in_transaction_session_timeout", "100ms")
    size = len(read_log(book.pool))
    with open_pool(database, connections_max=1) as short:

        def freeze() -> None:
            with BookRecorder(short, "main").batch() as batch:
                batch.append([])
                book.say(place_order("PO-2"))
                batch.commit(book.clock())

        with pytest.raises(DATABASE_ABSENT):
            freeze()
    assert len(checked_log(book.pool)) == size + 1


def test_every_connection_has_the_limits_that_cut_a_frozen_process_off(pool: ConnectionPool[Connection]) -> None:
    with pool.connection() as connection:
        for setting in ("idle_in_transaction_session_timeout", "statement_timeout", "lock_timeout"):
            row = connection.execute("SELECT current_setting(%s)", (setting,)).fetchone()
            assert row is not None
            assert row[0] not in {"0", ""}, setting


# A log that contradicts itself.


def forge(pool: ConnectionPool[Connection], originator_id: str, version: int, topic: str, state: bytes) -> None:
    """Append an event as only a writer with a fault, or an intruder, would: with everything right but its contents."""
    query = "SELECT size, frontier FROM ledger.log_head WHERE book = 'main' FOR UPDATE"
    with pool.connection() as connection:
        row = connection.execute(query).fetchone()
        assert row is not None
        frontier = Frontier(*row)
        leaf = leaf_hash(leaf_bytes(frontier.size + 1, originator_id, version, topic, state))
        frontier.append(leaf)
        event = ("main", frontier.size, originator_id, version, topic, state, leaf)
        connection.execute("INSERT INTO ledger.events VALUES (%s, %s, %s, %s, %s, %s, %s)", event)
        connection.execute(
            "UPDATE ledger.log_head SET size = %s, frontier = %s WHERE book = 'main'",
            (frontier.size, frontier.stored()),
        )


def forged_events(book: Book) -> dict[str, tuple[str, int, str, bytes]]:
    """Return events that contradict the log, by what is wrong with them."""
    book.say(place_order("PO-0"))
    placed = next(row.state for row in read_log(book.pool) if row.topic == "order.placed")
    book.say(commands.AcceptOrder(order="PO-0"))
    opened = next(row.state for row in read_log(book.pool) if row.topic == "hold.opened")
    return {
        "no event": ("order:PO-1", 1, "order.placed", b"{}"),
        "unknown topic": ("order:PO-1", 1, "order.vanished", placed),
        "begins in the middle": ("order:PO-1", 1, "order.accepted", placed),
        "of another kind": ("order:PO-1", 1, "hold.opened", opened),
    }


@pytest.mark.parametrize("wrong", ["no event", "unknown topic", "begins in the middle", "of another kind"])
def test_corrupt_log_stops_the_writer_for_every_later_caller(book: Book, wrong: str) -> None:
    forge(book.pool, *forged_events(book)[wrong])
    kept, size = count_outcomes(book.pool), len(read_log(book.pool))
    with pytest.raises(LogCorrupt) as corrupt:
        book.ask(commands.AcceptOrder(order="PO-1"))
    assert corrupt.value.book == "main"
    assert "order:PO-1 version 1" in corrupt.value.what
    with pytest.raises(LogCorrupt):
        book.writer.submit(book.submission(place_order("PO-2")))
    assert (count_outcomes(book.pool), len(checked_log(book.pool))) == (kept, size)


def test_corrupt_log_is_noticed_in_what_another_process_appended(book: Book) -> None:
    book.say(place_order("PO-1"))
    forge(book.pool, "order:PO-1", 2, "order.accepted", b"{}")
    with pytest.raises(LogCorrupt, match="order:PO-1 version 2"):
        book.ask(place_order("PO-2"))


def test_nothing_that_was_already_queued_is_written_to_a_corrupt_log(book: Book) -> None:
    forge(book.pool, *forged_events(book)["no event"])
    size = len(read_log(book.pool))
    with book.beside(batch_commands_max=1) as writer:
        futures = writer.submit_all(
            [book.submission(commands.AcceptOrder(order="PO-1"))]
            + [book.submission(place_order(f"PO-{number}")) for number in (2, 3)]
        )
        assert [type(future.exception(PATIENCE_SECONDS)) for future in futures] == [LogCorrupt] * 3
    assert len(checked_log(book.pool)) == size


# Two processes at the very beginning.


def test_two_processes_opening_one_book_open_it_once(pool: ConnectionPool[Connection]) -> None:
    opening = commands.OpenBook(book="main", identity="0" * 32, log_origin="ledger.example/main")
    books = [Book(pool), Book(pool)]
    try:
        futures = [
            book.writer.submit(book.submission(opening, command_id=f"c-{number}")) for number, book in enumerate(books)
        ]
        outcomes = [future.result(PATIENCE_SECONDS) for future in futures]
    finally:
        for book in books:
            book.writer.close()
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Accepted", "Rejected"]
    assert [row.topic for row in checked_log(pool)] == ["book.opened"]
    assert count_outcomes(pool) == 2


def test_process_that_finds_no_head_reads_anew_what_another_wrote_meanwhile(
    pool: ConnectionPool[Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    late, early = Book(pool), Book(pool)
    find_or_make_head = store._head

    def overtaken(connection: Connection, row: tuple[Any, ...] | None, book: str) -> Head:
        monkeypatch.undo()
        early.say(commands.OpenBook(book="main", identity="0" * 32, log_origin="ledger.example/main"))
        return find_or_make_head(connection, row, book)

    monkeypatch.setattr(store, "_head", overtaken)
    opening = commands.OpenBook(book="main", identity="1" * 32, log_origin="ledger.example/main")
    try:
        refused = late.ask(opening, command_id="late")
    finally:
        late.writer.close()
        early.writer.close()
    assert isinstance(refused, Rejected)
    assert refused.code == "book.already_open"
    assert [row.topic for row in checked_log(pool)] == ["book.opened"]

"""
The eventsourcing library's traps, as design section 4 lists them: each test fails if we fall into its trap.
"""

import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import eventsourcing.persistence
import psycopg
import pytest
from eventsourcing.persistence import ApplicationRecorder, StoredEvent
from eventsourcing.postgres import PostgresAggregateRecorder, PostgresApplicationRecorder, PostgresFactory
from msgspec.structs import replace
from psycopg_pool import ConnectionPool

from domain import commands
from domain.envelope import Undecodable
from domain.errors import LogCorrupt
from ledger.application import CatalogueMapper, TradeLedger
from ledger.outcomes import Accepted, Rejected
from ledger.pool import Connection, open_pool
from ledger.store import Batch, BookRecorder
from tests.books import Book, Clock, Salts, checked_log, pay, place_order, read_log, whole_trade

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
LOST = "server closed the connection unexpectedly"


# Trap: POSTGRES_ENABLE_DB_FUNCTIONS and DCB's unconditional append drop the lock, and subscribers lose events.


def test_db_functions_and_dcb_are_never_used(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTGRES_ENABLE_DB_FUNCTIONS", "yes")
    monkeypatch.setenv("POSTGRES_DBNAME", "nowhere")
    monkeypatch.setenv("PERSISTENCE_MODULE", "eventsourcing.postgres")
    ledger = TradeLedger(BookRecorder(book.pool, "main"), clock=Clock(), salts=Salts())
    assert not isinstance(ledger.factory, PostgresFactory)
    assert "POSTGRES_ENABLE_DB_FUNCTIONS" not in ledger.env
    assert type(ledger.recorder) is BookRecorder
    assert not isinstance(ledger.recorder, PostgresApplicationRecorder)
    functions = """
        SELECT proname FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
        WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND proowner <> 'ledger_owner'::regrole
    """
    with book.pool.connection() as connection:
        assert connection.execute(functions).fetchall() == []


def test_production_code_imports_neither_the_library_s_postgres_module_nor_dcb() -> None:
    program = (
        "import sys, ledger.application, ledger.writer, ledger.store, ledger.migrations;"
        "print([name for name in sys.modules if name.startswith(('eventsourcing.postgres', 'eventsourcing.dcb'))])"
    )
    found = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_every_append_waits_for_the_head_so_that_no_position_commits_out_of_order(book: Book) -> None:
    recorder = BookRecorder(book.pool, "main")
    with recorder.batch() as batch:
        batch.append([StoredEvent("order:1", 1, "order.placed", b"{}")])
        with book.pool.connection() as other, pytest.raises(psycopg.errors.LockNotAvailable), other.transaction():
            other.execute("SELECT FROM ledger.log_head WHERE book = 'main' FOR UPDATE NOWAIT")
        seen = recorder.max_notification_id()
        batch.commit(AT)
    assert seen is not None
    assert recorder.max_notification_id() == seen + 1


# Trap: the base insert_events retries after a lost acknowledgement, and then reports its own rows as a conflict.


def test_insert_events_is_our_own_and_has_no_retry_around_it() -> None:
    assert BookRecorder.__mro__[1] is ApplicationRecorder
    assert "insert_events" in BookRecorder.__dict__
    assert not hasattr(BookRecorder.insert_events, "__wrapped__")
    assert hasattr(PostgresAggregateRecorder.insert_events, "__wrapped__"), "the library retries no more: trap gone"


def test_lost_acknowledgement_is_not_reported_as_a_conflict_with_itself(
    pool: ConnectionPool[Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = Batch.commit

    def commit_and_lose_the_acknowledgement(batch: Batch, recorded_at: datetime) -> None:
        commit(batch, recorded_at)
        raise psycopg.OperationalError(LOST)

    monkeypatch.setattr(Batch, "commit", commit_and_lose_the_acknowledgement)
    with pytest.raises(psycopg.OperationalError, match=LOST):
        BookRecorder(pool, "main").insert_events([StoredEvent("order:1", 1, "order.placed", b"{}")])
    assert len(checked_log(pool)) == 1


def test_insert_events_in_a_batch_takes_no_connection_and_no_lock_of_its_own(database: str) -> None:
    with open_pool(database, connections_max=1) as pool:
        recorder = BookRecorder(pool, "main")
        with recorder.batch() as batch:
            assert recorder.insert_events([StoredEvent("order:1", 1, "order.placed", b"{}")], batch=batch) == [1]
            locks = batch._connection.execute(
                "SELECT count(*) FROM pg_locks WHERE relation = 'ledger.events'::regclass AND mode LIKE '%Exclusive'"
            ).fetchone()
            assert locks == (0,)
            batch.commit(AT)
        assert len(checked_log(pool)) == 1


# Trap: a bare save neither updates the cache nor takes snapshots; the cache that is there deep-copies.


def test_own_cache_takes_over_what_a_batch_changed_only_after_its_commit(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len(read_log(book.pool))
    commit = Batch.commit
    held: list[bool] = []

    def fail_once(batch: Batch, recorded_at: datetime) -> None:
        held.append("order:PO-1" in book.ledger.cache and book.ledger.cache.find("order:PO-1") != (None, 0))
        if len(held) == 1:
            raise psycopg.OperationalError(LOST)
        commit(batch, recorded_at)

    monkeypatch.setattr(Batch, "commit", fail_once)
    placed = book.say(place_order("PO-1"))
    assert held == [False, False]
    assert not placed.repeated
    assert [(row.originator_id, row.version) for row in checked_log(book.pool)[size:]] == [("order:PO-1", 1)]
    cached = book.ledger.cache.find("order:PO-1")
    assert cached is not None
    assert cached.version == 1


def test_cache_is_not_stale_after_a_batch_that_failed_for_good(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_batch: Batch, _recorded_at: datetime) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(Batch, "commit", fail)
        with pytest.raises(ZeroDivisionError):
            book.ask(place_order("PO-1"))
    refused = [book.writer.submit(book.submission(commands.AcceptOrder(order="PO-1"))).exception(60)]
    assert type(refused[0]).__name__ == "AggregateNotFound"
    assert book.say(place_order("PO-1")).events[0].originator_version == 1
    checked_log(book.pool)


def test_decision_sees_what_its_neighbours_in_the_batch_decided(book: Book) -> None:
    said = [book.submission(command) for command in (*whole_trade("PO-1"), pay("PO-1"))]
    outcomes = [future.result(60) for future in book.writer.submit_all(said)]
    assert {type(outcome) for outcome in outcomes[:-1]} == {Accepted}
    versions = [row.version for row in checked_log(book.pool) if row.originator_id == "order:PO-1"]
    assert versions == list(range(1, len(versions) + 1))


def test_aggregate_comes_out_of_the_cache_as_it_is_without_a_copy(book: Book) -> None:
    book.say(place_order("PO-1"))
    assert book.ledger.cache.find("order:PO-1") is book.ledger.cache.find("order:PO-1")
    assert book.ledger.repository.cache is None
    assert book.ledger.snapshots is None


# Trap: the mapper uses vars(), which a Struct doesn't have, and resolve_topic imports any module that a row names.

EVIL = ["os:system", "antigravity:geohash", "builtins:eval", "subprocess:Popen", "domain.order:OrderPlaced", "vanished"]


def refuse_to_resolve(topic: str) -> Any:
    raise AssertionError(topic)


@pytest.mark.parametrize("topic", EVIL)
def test_row_that_names_code_as_its_topic_is_undecodable_and_imports_nothing(
    monkeypatch: pytest.MonkeyPatch, topic: str
) -> None:
    monkeypatch.setattr(eventsourcing.persistence, "resolve_topic", refuse_to_resolve)
    monkeypatch.delitem(sys.modules, "antigravity", raising=False)
    before = set(sys.modules)
    stored = StoredEvent("order:PO-1", 1, topic, b'{"schema":1,"args":["true"]}')
    with pytest.raises(Undecodable, match=topic.partition(":")[0]):
        CatalogueMapper().to_domain_event(stored)
    assert set(sys.modules) == before


@pytest.mark.parametrize("topic", EVIL)
def test_stored_row_that_names_code_stops_the_writer_and_runs_nothing(book: Book, topic: str) -> None:
    before = set(sys.modules)
    BookRecorder(book.pool, "main").insert_events([StoredEvent("order:PO-1", 1, topic, b'{"schema":1}')])
    with pytest.raises(LogCorrupt):
        book.ask(commands.AcceptOrder(order="PO-1"))
    assert not [name for name in set(sys.modules) - before if name.partition(".")[0] in {"antigravity", "webbrowser"}]


def test_mapper_converts_events_that_have_no_vars_to_what_is_hashed_and_back(book: Book) -> None:
    (recorded,) = book.say(place_order("PO-1")).events
    with pytest.raises(TypeError):
        vars(recorded.event)
    stored = book.ledger.mapper.to_stored_event(recorded)
    row = read_log(book.pool)[-1]
    assert stored == StoredEvent(row.originator_id, row.version, row.topic, row.state)
    assert book.ledger.mapper.to_domain_event(stored) == replace(recorded, position=0)


def test_mapper_takes_no_event_of_the_library_s_own_kind() -> None:
    class Foreign:
        originator_id = "order:PO-1"
        originator_version = 1

    with pytest.raises(TypeError, match="Foreign"):
        CatalogueMapper().to_stored_event(Foreign())


def test_application_reads_recorded_events_back_through_the_mapper(book: Book) -> None:
    outcome = book.say(place_order("PO-1"))
    read = book.ledger.recorder.select_notifications(outcome.first_position, 1)
    assert [book.ledger.mapper.to_domain_event(stored) for stored in read] == list(outcome.events)
    assert [event.originator_version for event in book.ledger.events.get("order:PO-1")] == [1]


# Trap: select_events, select_notifications, max_notification_id and the snapshot recorder know no book.


def test_select_events_select_notifications_and_max_notification_id_know_the_book(
    pool: ConnectionPool[Connection],
) -> None:
    east, west = BookRecorder(pool, "east"), BookRecorder(pool, "west")
    east.insert_events([StoredEvent("order:1", version, "order.placed", b"east") for version in (1, 2, 3)])
    west.insert_events([StoredEvent("order:1", 1, "order.placed", b"west")])

    def states(stored: Sequence[StoredEvent]) -> list[bytes]:
        return [each.state for each in stored]

    assert states(east.select_events("order:1")) == [b"east"] * 3
    assert states(west.select_events("order:1")) == [b"west"]
    assert states(west.select_notifications(1, 10)) == [b"west"]
    assert states(west.select_notifications(1, 10, topics=["order.placed"])) == [b"west"]
    assert [east.max_notification_id(), west.max_notification_id()] == [3, 1]


def test_no_recorder_of_snapshots_is_made(book: Book) -> None:
    assert book.ledger.snapshots is None


# Trap: the datastore takes host and user apart, so URL options vanish, and makes a pool per Application.


def test_url_options_survive(database: str) -> None:
    options = "application_name=an-import&sslmode=disable&connect_timeout=7&options=-c%20work_mem%3D12345kB"
    with open_pool(f"{database}&{options}", connections_max=1) as pool, pool.connection() as connection:
        given = connection.info.get_parameters()
        assert given["sslmode"] == "disable"
        assert given["connect_timeout"] == "7"
        assert given["application_name"] == "an-import"
        work_mem = connection.execute("SELECT current_setting('work_mem'), current_setting('application_name')")
        assert work_mem.fetchone() == ("12345kB", "an-import")


def test_connection_without_a_name_of_its_own_gets_ours(pool: ConnectionPool[Connection]) -> None:
    with pool.connection() as connection:
        assert connection.execute("SELECT current_setting('application_name')").fetchone() == ("trade-ledger",)


def test_several_applications_share_one_pool(database: str) -> None:
    with open_pool(database, connections_max=2) as pool:
        for name in ("one", "two", "three", "four"):
            with Book.opened(pool, name=name) as book:
                recorder = book.ledger.recorder
                assert isinstance(recorder, BookRecorder)
                assert recorder.pool is pool
                book.trade("PO-1")
        with pool.connection() as connection:
            sessions = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            ).fetchone()
        assert sessions is not None
        assert sessions[0] <= 2
        assert pool.get_stats()["pool_size"] <= 2


def test_through_pgbouncer_no_statement_is_prepared(database: str) -> None:
    with open_pool(database, connections_max=1, through_pgbouncer=True) as pool:
        with Book.opened(pool) as book:
            for number in range(9):
                refused = book.ask(pay("PO-1"), command_id=f"c-{number}") if number else book.ask(place_order("PO-1"))
                assert isinstance(refused, Rejected) == bool(number)
        with pool.connection() as connection:
            assert connection.prepare_threshold is None
            assert connection.execute("SELECT count(*) FROM pg_prepared_statements").fetchone() == (0,)

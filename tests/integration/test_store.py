"""The recorded log in real PostgreSQL: what a batch leaves behind, and what the tables refuse."""

from datetime import UTC, datetime

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent
from psycopg_pool import ConnectionPool

from domain import commands
from ledger.batch_outcomes import KeptOutcome
from ledger.outcomes import Accepted, CommandKey, Rejected, Submission
from ledger.pool import Connection
from ledger.snapshots import NEVER
from ledger.store import BookRecorder, Since
from ledger.transparency import LEAF_BYTES_MAX, LeafTooLong
from tests.books import Book, checked_log, count_outcomes, frontier_root, merkle_root, place_order, read_log
from tests.tampering import as_superuser

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
REQUEST = b"h" * 32


def event(originator_id: str = "order:1", version: int = 1, state: bytes = b"{}") -> StoredEvent:
    return StoredEvent(originator_id, version, "order.placed", state)


def said(command_id: str, *, principal: str = "tests") -> Submission:
    return Submission(
        command=place_order("PO-1"), command_id=command_id, principal=principal, actor="operator:first", role="operator"
    )


def accepted(command_id: str, *, principal: str = "tests", position: int = 1) -> KeptOutcome:
    outcome = Accepted(first_position=position, last_position=position)
    return KeptOutcome(said(command_id, principal=principal), REQUEST, outcome)


# Positions and the Merkle tree.


def test_positions_are_dense_and_the_head_is_the_root_of_the_stored_leaves(book: Book) -> None:
    book.trade("PO-1")
    book.ask(commands.AcceptOrder(order="PO-1"))
    book.trade("PO-2")
    rows = checked_log(book.pool)
    assert len(rows) > 20
    assert rows[0].topic == "book.opened"


def test_root_does_not_depend_on_how_events_came_in_batches(pool: ConnectionPool[Connection]) -> None:
    events = [event(version=version) for version in range(1, 71)]
    BookRecorder(pool, "one").insert_events(events)
    many = BookRecorder(pool, "many")
    for start in range(0, len(events), 9):
        many.insert_events(events[start : start + 9])
    heads = [book_head(pool, book) for book in ("one", "many")]
    assert heads[0] == heads[1]
    assert frontier_root(*heads[0]) == merkle_root([row.leaf_hash for row in checked_log(pool, "one")])


def test_every_position_of_a_batch_is_told_in_order(pool: ConnectionPool[Connection]) -> None:
    recorder = BookRecorder(pool, "main")
    assert recorder.insert_events([event(version=1), event(version=2)]) == [1, 2]
    assert recorder.insert_events([]) == []
    assert recorder.insert_events([event(version=3)]) == [3]


def test_batch_of_many_megabytes_is_sent_whole(pool: ConnectionPool[Connection]) -> None:
    state = b"x" * 60_000
    events = [event(version=version, state=state) for version in range(1, 201)]
    assert BookRecorder(pool, "main").insert_events(events) == list(range(1, 201))
    assert sum(len(row.state) for row in checked_log(pool)) == 12_000_000


def book_head(pool: ConnectionPool[Connection], book: str) -> tuple[int, bytes]:
    with pool.connection() as connection:
        row = connection.execute("SELECT size, frontier FROM ledger.log_head WHERE book = %s", (book,)).fetchone()
    assert row is not None
    return row[0], row[1]


# What a batch leaves behind.


def test_batch_that_is_not_committed_leaves_nothing(pool: ConnectionPool[Connection]) -> None:
    recorder = BookRecorder(pool, "main")
    with recorder.batch() as batch:
        recorder.insert_events([event()], batch=batch)
        batch.keep(accepted("c-1"))
    assert read_log(pool) == []
    assert count_outcomes(pool) == 0
    assert recorder.max_notification_id() is None


def test_batch_that_fails_leaves_nothing_and_gives_its_connection_back(pool: ConnectionPool[Connection]) -> None:
    recorder = BookRecorder(pool, "main")

    def fail() -> None:
        with recorder.batch() as batch:
            recorder.insert_events([event()], batch=batch)
            raise ZeroDivisionError

    for _ in range(2 * pool.max_size):
        with pytest.raises(ZeroDivisionError):
            fail()
    assert recorder.insert_events([event()]) == [1]


def test_leaf_too_long_puts_nothing_of_its_call_into_the_batch(pool: ConnectionPool[Connection]) -> None:
    recorder = BookRecorder(pool, "main")
    with recorder.batch() as batch:
        with pytest.raises(LeafTooLong):
            batch.append([event(), event("order:2", state=b"x" * LEAF_BYTES_MAX)])
        assert batch.next_position == 1
        assert batch.append([event("order:3")]) == [1]
        batch.commit(AT)
    assert [row.originator_id for row in checked_log(pool)] == ["order:3"]


def test_batch_finds_outcomes_of_its_commands_and_streams_of_its_subjects(pool: ConnectionPool[Connection]) -> None:
    recorder = BookRecorder(pool, "main")
    refused = KeptOutcome(said("c-1", principal="b"), REQUEST, Rejected(code="order.no", details={"order": "1"}))
    with recorder.batch() as batch:
        batch.append([event(version=1), event("order:2"), event(version=2)])
        for kept in (accepted("c-1", principal="a"), refused, accepted("c-2")):
            batch.keep(kept)
        batch.commit(AT)
    keys = [CommandKey("a", "c-1"), CommandKey("tests", "unknown")]
    with recorder.batch(commands=keys, streams=["order:1", "order:3"], since=Since(1, 2)) as batch:
        assert batch.head.size == 3
        assert batch.head.last_recorded_at == AT
        assert set(batch.remembered) == {CommandKey("a", "c-1"), CommandKey("b", "c-1")}
        assert batch.remembered[CommandKey("a", "c-1")].outcome == Accepted(first_position=1, last_position=1)
        assert batch.remembered[CommandKey("b", "c-1")] == (REQUEST, refused.outcome)
        assert batch.histories == {
            "order:1": (NEVER, [event(version=1), event(version=2)]),
            "order:3": (NEVER, []),
        }
        assert batch.read_history("order:2") == (NEVER, [event("order:2")])
        assert batch.since == [event("order:2"), event(version=2)]


def test_outcomes_alone_do_not_move_the_head(pool: ConnectionPool[Connection]) -> None:
    recorder = BookRecorder(pool, "main")
    with recorder.batch() as batch:
        batch.keep(KeptOutcome(said("c-1"), REQUEST, Rejected(code="order.no", details={})))
        batch.commit(AT)
    assert count_outcomes(pool) == 1
    assert book_head(pool, "main") == (0, b"")


# The second defence.


def test_version_that_is_taken_is_an_integrity_error_and_leaves_nothing(pool: ConnectionPool[Connection]) -> None:
    recorder = BookRecorder(pool, "main")
    recorder.insert_events([event()])
    with pytest.raises(IntegrityError, match="an_aggregate_has_one_event_per_version"):
        recorder.insert_events([event("order:2"), event()])
    assert [row.originator_id for row in checked_log(pool)] == ["order:1"]


def test_command_id_that_is_taken_is_an_integrity_error_and_leaves_nothing(pool: ConnectionPool[Connection]) -> None:
    recorder = BookRecorder(pool, "main")
    with recorder.batch() as batch:
        batch.keep(accepted("c-1"))
        batch.commit(AT)

    def again() -> None:
        with recorder.batch() as batch:
            batch.append([event()])
            batch.keep(accepted("c-1"))
            batch.commit(AT)

    with pytest.raises(IntegrityError, match="outcomes_pkey"):
        again()
    assert read_log(pool) == []


# What the tables refuse, whoever asks.


@pytest.mark.parametrize("table", ["ledger.events", "ledger.outcomes", "ledger.log_head"])
@pytest.mark.parametrize("how", ["DELETE FROM {}", "TRUNCATE {}", "TRUNCATE {} CASCADE"])
def test_nothing_is_ever_removed(book: Book, table: str, how: str) -> None:
    with (
        as_superuser(book.pool) as connection,
        pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"),
        connection.transaction(),
    ):
        connection.execute(how.format(table))
    assert checked_log(book.pool)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger.events SET state = '{}'",
        "UPDATE ledger.events SET topic = topic WHERE false",
        "UPDATE ledger.outcomes SET request_hash = ''",
        "INSERT INTO ledger.events SELECT * FROM ledger.events ON CONFLICT (book, position) DO UPDATE SET state = ''",
    ],
)
def test_nothing_recorded_is_ever_changed(book: Book, change: str) -> None:
    with (
        as_superuser(book.pool) as connection,
        pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only: UPDATE refused"),
        connection.transaction(),
    ):
        connection.execute(change)
    assert checked_log(book.pool)


@pytest.mark.parametrize(
    "change",
    [
        "size = size - 1",
        "last_recorded_at = last_recorded_at - interval '1 microsecond'",
        "book = 'other'",
    ],
)
def test_head_never_goes_back_and_never_changes_hands(book: Book, change: str) -> None:
    with (
        as_superuser(book.pool) as connection,
        pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="only moves forward"),
        connection.transaction(),
    ):
        connection.execute(f"UPDATE ledger.log_head SET {change}")


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ("('main', 0, 'order:1', 1, 't', '', decode(repeat('00', 32), 'hex'))", "positions_count_from_one"),
        ("('main', 1, 'order:1', 1, 't', '', '')", "a_leaf_hash_is_sha256"),
    ],
)
def test_event_without_a_position_or_a_leaf_hash_is_refused(
    pool: ConnectionPool[Connection], values: str, constraint: str
) -> None:
    with (
        pool.connection() as connection,
        pytest.raises(psycopg.errors.CheckViolation, match=constraint),
        connection.transaction(),
    ):
        connection.execute(f"INSERT INTO ledger.events VALUES {values}")


@pytest.mark.parametrize("outcome", ["NULL, NULL, NULL", "1, 1, '{}'", "1, NULL, NULL", "NULL, 1, '{}'"])
def test_outcome_is_either_accepted_or_refused(pool: ConnectionPool[Connection], outcome: str) -> None:
    with (
        pool.connection() as connection,
        pytest.raises(psycopg.errors.CheckViolation, match="accepted_or_refused"),
        connection.transaction(),
    ):
        connection.execute(f"INSERT INTO ledger.outcomes VALUES ('main', 'tests', 'c', '', {outcome}, now())")


# Books.

UNIQUE_KEYS = """
    SELECT nspname || '.' || relname, attname
    FROM pg_index
    JOIN pg_class ON pg_class.oid = indexrelid
    JOIN pg_namespace ON pg_namespace.oid = relnamespace
    LEFT JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
    WHERE (indisunique OR indisprimary) AND nspname IN ('ledger', 'projections')
"""


def test_book_leads_every_primary_and_unique_key_of_the_database(pool: ConnectionPool[Connection]) -> None:
    with pool.connection() as connection:
        leads: dict[str, str] = dict(connection.execute(UNIQUE_KEYS).fetchall())
    assert {"ledger.events_pkey", "ledger.outcomes_pkey", "ledger.log_head_pkey"} <= set(leads)
    of_no_book = {"ledger.ddl_history_pkey"}  # tables belong to all books
    assert {name for name, column in leads.items() if column != "book"} == of_no_book


def test_every_table_has_a_primary_key(pool: ConnectionPool[Connection]) -> None:
    query = """
        SELECT pg_class.oid::regclass::text FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE relkind IN ('r', 'p') AND nspname IN ('ledger', 'projections')
        AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = pg_class.oid AND indisprimary)
    """
    with pool.connection() as connection:
        assert connection.execute(query).fetchall() == []


def test_two_books_in_one_database_do_not_see_each_other(pool: ConnectionPool[Connection]) -> None:
    with Book.opened(pool, name="east") as east, Book.opened(pool, name="west") as west:
        east.say(place_order("PO-1"), command_id="same-id")
        opened = len(checked_log(pool, "west"))
        west.say(place_order("PO-1", amount_minor=77), command_id="same-id")
        east.say(commands.AcceptOrder(order="PO-1"))

        recorders = BookRecorder(pool, "east"), BookRecorder(pool, "west")
        assert [len(recorder.select_events("order:PO-1")) for recorder in recorders] == [2, 1]
        assert recorders[0].max_notification_id() == len(checked_log(pool, "east"))
        assert recorders[1].max_notification_id() == opened + 1
        assert len(recorders[1].select_notifications(1, 1_000)) == opened + 1
        assert [len(r.select_notifications(1, 9, topics=["order.accepted"])) for r in recorders] == [1, 0]
        assert recorders[1].select_events("book:east") == []
        assert count_outcomes(pool, "east") == count_outcomes(pool, "west") + 1


def test_book_nobody_wrote_to_is_empty(pool: ConnectionPool[Connection]) -> None:
    with Book.opened(pool):
        nobody = BookRecorder(pool, "nobody")
        assert nobody.max_notification_id() is None
        assert nobody.select_notifications(None, 10) == []
        assert nobody.select_events("book:main") == []


# Reading.


def test_events_of_an_aggregate_are_read_by_version_in_either_direction(pool: ConnectionPool[Connection]) -> None:
    recorder = BookRecorder(pool, "main")
    recorder.insert_events([event(version=version) for version in (1, 2, 3, 4)] + [event("order:2")])

    def versions(**bounds: int | bool) -> list[int]:
        return [each.originator_version for each in recorder.select_events("order:1", **bounds)]  # type: ignore[arg-type]

    assert versions() == [1, 2, 3, 4]
    assert versions(gt=1, lte=3) == [2, 3]
    assert versions(desc=True, limit=2) == [4, 3]
    assert versions(gt=4) == []


def test_subscription_is_refused_because_readers_follow_positions(pool: ConnectionPool[Connection]) -> None:
    with pytest.raises(TypeError, match="read by position"):
        BookRecorder(pool, "main").subscribe(gt=0)

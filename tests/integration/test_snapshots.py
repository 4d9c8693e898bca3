"""Snapshots in a real book: made on the way, used by whoever reads anew, never believed, and missed by nobody."""

from collections.abc import Sequence

import pytest
from psycopg_pool import ConnectionPool

from api.composition import House
from api.verify import verify_book
from domain import commands
from domain.clock import Clocks
from domain.unit_of_work import Loaded
from ledger.application import replayed
from ledger.outcomes import Accepted
from ledger.pool import Connection
from ledger.replay import Fault
from ledger.snapshots import EVENTS_APART, NEVER, History, keep_snapshots, read_history
from ledger.store import BookRecorder
from ledger.verification import verify_log
from tests.books import Book, checked_log, place_order

CLOCK, CLOCKS = "ship-by/2026-12-01", "clock:PO-1"


def pausing(pairs: int) -> Sequence[commands.Command]:
    pause = commands.PauseClock(order="PO-1", clock=CLOCK, reason="strike")
    resume = commands.ResumeClock(order="PO-1", clock=CLOCK, reason="over")
    return [command for _ in range(pairs) for command in (pause, resume)]


def say_all(book: Book, said: Sequence[commands.Command]) -> None:
    for future in book.writer.submit_all([book.submission(command) for command in said]):
        assert isinstance(future.result(60), Accepted)


@pytest.fixture
def long(book: Book) -> Book:
    """Return a book in which the clocks of PO-1 have more events than are between two snapshots."""
    say_all(book, [place_order("PO-1"), commands.AcceptOrder(order="PO-1"), *pausing(EVENTS_APART // 2 + 10)])
    return book


def history(book: Book, reference: str = CLOCKS) -> History:
    with book.pool.connection() as connection:
        return read_history(connection, "main", reference)


def decide_anew(book: Book) -> Loaded:
    """Decide in a process that knows nothing yet; return the clocks as that process has them then."""
    (pause, _) = pausing(1)
    with book.beside() as writer:
        assert isinstance(writer.submit(book.submission(pause)).result(60), Accepted)
        found = writer._ledger.cache.find(CLOCKS)
    assert found
    return found


def whole(book: Book, reference: str = CLOCKS) -> Loaded:
    """Return an aggregate as all its events come to."""
    with book.pool.connection() as connection:
        connection.execute("DELETE FROM ledger.snapshots")
        loaded = replayed(read_history(connection, "main", reference), "main")
        connection.rollback()
    return loaded


def change(book: Book, what: str, *values: object) -> None:
    with book.pool.connection() as connection:
        assert connection.execute(f"UPDATE ledger.snapshots SET {what} WHERE book = 'main'", values).rowcount


def snapshot_fault(book: Book) -> Fault | None:
    with book.pool.connection() as connection:
        report = verify_log(connection, "main")
    assert report.fault is None
    return report.snapshot_fault


def test_snapshot_is_made_on_the_way_and_only_later_events_are_read(long: Book) -> None:
    size = whole(long).version
    stood, events = history(long)
    assert stood.version >= EVENTS_APART
    assert [event.originator_version for event in events] == list(range(stood.version + 1, size + 1))


def test_short_history_has_no_snapshot(long: Book) -> None:
    stood, events = history(long, "order:PO-1")
    assert (stood, len(events)) == (NEVER, 2)


def test_who_reads_anew_decides_as_who_was_there_from_the_beginning(long: Book) -> None:
    found = decide_anew(long)
    assert found == whole(long)
    say_all(long, pausing(1)[1:])
    assert snapshot_fault(long) is None
    checked_log(long.pool)


def test_without_any_snapshot_everything_is_decided_alike_and_made_anew(long: Book) -> None:
    with long.pool.connection() as connection:
        connection.execute("DELETE FROM ledger.snapshots")
    assert history(long).stood == NEVER
    assert decide_anew(long) == whole(long)
    assert history(long).stood.version > EVENTS_APART
    checked_log(long.pool)


@pytest.mark.parametrize(
    ("what", "fault"),
    [
        ("fingerprint = '\\x00'", None),
        ("state = set_byte(state, 20, 1)", "its bytes aren't as they were written"),
        ("checksum = set_byte(checksum, 0, get_byte(checksum, 0) # 1)", "its bytes aren't as they were written"),
        ("version = version - 1", "its bytes aren't as they were written"),
        ("version = 1000000", "no event stands at its version"),
    ],
    ids=["of other code", "state changed", "checksum changed", "version changed", "ahead of the log"],
)
def test_snapshot_that_may_be_wrong_is_not_used_but_named_and_made_anew(
    long: Book, what: str, fault: str | None
) -> None:
    change(long, what)
    assert history(long).stood == NEVER
    named = snapshot_fault(long)
    assert (named and named.what.partition(": ")[2]) == fault
    assert named is None or named.originator_id == CLOCKS
    assert decide_anew(long) == whole(long)
    assert snapshot_fault(long) is None
    assert history(long).stood.version > EVENTS_APART
    checked_log(long.pool)


def test_forged_snapshot_is_named_by_verify_as_nothing_that_the_log_suffers_from(long: Book) -> None:
    forge(long, CLOCKS)
    report = verify_book(House("", long.pool).book("main"))
    assert (report.ok, report.corrupt) == (False, False)
    assert report.first_difference
    assert report.first_difference["in"] == "snapshots"
    assert report.first_difference["originator_id"] == CLOCKS
    assert "it isn't what its events come to" in str(report.first_difference["what"])


def forge(book: Book, reference: str) -> None:
    """Put a snapshot there that is sound in itself: of no clocks at all."""
    version = history(book, reference).stood.version
    with book.pool.connection() as connection:
        keep_snapshots(connection, "main", {reference: Loaded(Clocks(reference=reference), version)})


def test_snapshots_of_one_book_are_not_anothers(long: Book, pool: ConnectionPool[Connection]) -> None:
    with Book.opened(pool, name="other") as other, pool.connection() as connection:
        other.say(place_order("PO-1"))
        assert read_history(connection, "other", CLOCKS).stood == NEVER
        assert history(long).stood != NEVER


def test_batch_reads_what_its_commands_are_about_from_snapshots(long: Book) -> None:
    with BookRecorder(long.pool, "main").batch(streams=[CLOCKS, "order:PO-1", "order:PO-2"]) as batch:
        assert batch.histories[CLOCKS] == history(long)
        assert batch.histories["order:PO-1"] == history(long, "order:PO-1")
        assert batch.histories["order:PO-2"] == (NEVER, [])

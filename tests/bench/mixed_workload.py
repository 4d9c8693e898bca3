"""What the simulator says, through the Writer in batches, beside one connection that commits its rows one by one."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

from api.composition import connected
from api.simulator import opening, play, simulate
from domain.errors import LedgerError
from ledger.outcomes import Submission
from ledger.writer import Writer
from tests.bench.append_bulk import feed
from tests.bench.commands_32 import BASELINE, insert_one_by_one
from tests.bench.ground import BOOK, Ground, make_twins
from tests.bench.measurement import Measurement, Turn, Work, beside, say, timed, told

TURNS = 5
TRADES = 2_000
SEED = 7
ENDS_AT = datetime(2026, 11, 1, tzinfo=UTC)


def mixed_workload(ground: Ground) -> Measurement:
    """Measure commands a second, refused ones included: all that a marketplace says, in the order of its time."""
    said = workload()
    _turn(ground, said)
    turns = [told("mixed_workload", _turn(ground, said)) for _ in range(TURNS)]
    return beside("mixed_workload", turns, unit="commands/s", baseline=BASELINE)


@cache
def workload() -> Sequence[Submission]:
    """Return what the simulator says, made before any clock runs: it decides every command itself to know the next."""
    said: list[Submission] = []

    def make() -> int:
        said.extend(simulate(trades=TRADES, seed=SEED, ends_at=ENDS_AT))
        return len(said)

    made = timed(make)
    say(f"mixed_workload: {made.done:,} commands of {TRADES:,} trades, made at {made.rate:,.0f}/s beforehand")
    return said


def _turn(ground: Ground, said: Sequence[Submission]) -> Turn:
    with connected(ground.new_database()) as house, house.book(BOOK).pool.connection() as connection:
        book = house.book(BOOK)
        make_twins(connection, "events", "outcomes")
        connection.autocommit = True
        play(opening(BOOK, seed=SEED, ends_at=ENDS_AT), book.writer)
        size = book.recorder.max_notification_id() or 0
        measured = _told_apart(
            timed(lambda: _play(book.writer, said)), (book.recorder.max_notification_id() or 0) - size
        )
        return Turn(measured, insert_one_by_one(connection, after=size))


def _play(writer: Writer, said: Sequence[Submission]) -> int:
    answers = feed(writer, said)
    defects = [each for each in answers if isinstance(each, Exception) and not isinstance(each, LedgerError)]
    assert not defects, defects[0]
    return len(answers)


def _told_apart(played: Work, events: int) -> Work:
    say(f"mixed_workload: {events / played.done:.2f} events a command, {events / played.seconds:,.0f} events/s")
    return played

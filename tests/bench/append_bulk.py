"""Bulk append: whole trades through the Writer, beside plain inserts of the very rows that they became."""

from collections.abc import Sequence
from threading import Semaphore
from typing import Any

from api.composition import OpenedBook
from ledger.outcomes import Accepted, Submission
from ledger.pool import Connection
from ledger.writer import Answer, Waiting, Writer
from tests.bench.ground import BOOK, Ground, make_twins, submissions
from tests.bench.measurement import Measurement, Turn, beside, timed, told
from tests.books import whole_trade

TURNS = 7
TRADES = 3_000
BATCH_COMMANDS = 1_000
BATCHES_IN_FLIGHT = 4
BATCH_ROWS = 1_000

Columns = Sequence[Any]

_SELECT = """
    SELECT position, originator_id, version, topic, state, leaf_hash FROM ledger.events
    WHERE book = %s AND position > %s ORDER BY position
"""
_INSERT = """
    INSERT INTO bare.events (book, position, originator_id, version, topic, state, leaf_hash)
    SELECT %s, new.* FROM unnest(%b::int8[], %b::text[], %b::int8[], %b::text[], %b::bytea[], %b::bytea[]) AS new
"""


def append_bulk(ground: Ground) -> Measurement:
    """Measure events a second."""
    with ground.new_book() as book, book.pool.connection() as connection:
        make_twins(connection, "events")
        _turn(book, connection, "warm-up")
        turns = [told("append_bulk", _turn(book, connection, f"turn-{number}")) for number in range(TURNS)]
    return beside("append_bulk", turns, unit="events/s", baseline="psycopg unnest, the same rows, 1,000 a commit")


def _turn(book: OpenedBook, connection: Connection, name: str) -> Turn:
    commands = [command for number in range(TRADES) for command in whole_trade(f"{name}-{number}")]
    said = submissions(commands, batch=name)
    size = book.recorder.max_notification_id() or 0
    measured = timed(lambda: append(book.writer, said))
    batches = _rows_after(connection, size)
    return Turn(measured, timed(lambda: _insert(connection, batches)))


def append(writer: Writer, said: Sequence[Submission]) -> int:
    """Submit what nothing refuses; return how many events were recorded."""
    return sum(_count_events(answer) for answer in feed(writer, said))


def feed(writer: Writer, said: Sequence[Submission]) -> list[Answer]:
    """Submit in full batches, a few ahead of the writer; return what became of each."""
    answers: list[Answer] = []
    room = Semaphore(BATCHES_IN_FLIGHT)

    def answer_last(answer: Answer) -> None:
        answers.append(answer)
        room.release()

    for start in range(0, len(said), BATCH_COMMANDS):
        *others, last = said[start : start + BATCH_COMMANDS]
        room.acquire()
        writer.enqueue([*(Waiting(each, answers.append) for each in others), Waiting(last, answer_last)])
    for _ in range(BATCHES_IN_FLIGHT):
        room.acquire()
    return answers


def _count_events(answer: Answer) -> int:
    assert isinstance(answer, Accepted), answer
    return answer.last_position - answer.first_position + 1


def _rows_after(connection: Connection, size: int) -> list[Columns]:
    rows = connection.cursor(binary=True).execute(_SELECT, (BOOK, size)).fetchall()
    connection.commit()
    return [
        list(map(list, zip(*rows[start : start + BATCH_ROWS], strict=True)))
        for start in range(0, len(rows), BATCH_ROWS)
    ]


def _insert(connection: Connection, batches: Sequence[Columns]) -> int:
    inserted = 0
    for columns in batches:
        inserted += connection.execute(_INSERT, (BOOK, *columns)).rowcount
        connection.commit()
    return inserted

"""Single commands of 32 callers in one process, beside one connection that inserts and commits the same rows."""

import asyncio
from collections.abc import Sequence
from typing import Any

import uvloop

from api.commands.async_writer import AsyncWriter
from api.composition import OpenedBook
from ledger.outcomes import Accepted, Submission
from ledger.pool import Connection
from tests.bench.ground import BOOK, Ground, make_twins, submissions
from tests.bench.measurement import Measurement, Turn, Work, beside, timed, told
from tests.books import place_order

CALLERS = 32
TURNS = 7
COMMANDS = 16_000
ROWS = 4_000
"""Of those commands, as many as the baseline is given: it takes longer for each."""
BASELINE = "one psycopg connection, the same rows, one a commit"

_SELECT = """
    SELECT book, position, originator_id, version, topic, state, leaf_hash,
        principal, command_id, request_hash, recorded_at
    FROM ledger.events JOIN ledger.outcomes USING (book)
    WHERE book = %s AND first_position = position AND position > %s ORDER BY position LIMIT %s
"""
_INSERT = """
    WITH event AS (
        INSERT INTO bare.events (book, position, originator_id, version, topic, state, leaf_hash)
        VALUES (%s, %s, %s, %s, %s, %b, %b) RETURNING book, position
    )
    INSERT INTO bare.outcomes (book, principal, command_id, request_hash, recorded_at, first_position, last_position)
    SELECT book, %s, %s, %b, %s, position, position FROM event
"""


def commands_32(ground: Ground) -> Measurement:
    """Measure commands a second, each of one event and with one outcome."""
    with ground.new_book() as book, book.pool.connection() as connection:
        make_twins(connection, "events", "outcomes")
        connection.autocommit = True
        _turn(book, connection, "warm-up")
        turns = [told("commands_32", _turn(book, connection, f"turn-{number}")) for number in range(TURNS)]
    return beside("commands_32", turns, unit="commands/s", baseline=BASELINE)


def insert_one_by_one(connection: Connection, *, after: int) -> Work:
    """Insert and commit, command by command, the first event and the outcome of what was recorded after a position."""
    rows = connection.execute(_SELECT, (BOOK, after, ROWS)).fetchall()
    return timed(lambda: _insert(connection, rows))


def _turn(book: OpenedBook, connection: Connection, name: str) -> Turn:
    said = submissions([place_order(f"{name}-{number}") for number in range(COMMANDS)], batch=name)
    size = book.recorder.max_notification_id() or 0
    measured = timed(lambda: uvloop.run(_call(book, said)))
    return Turn(measured, insert_one_by_one(connection, after=size))


async def _call(book: OpenedBook, said: Sequence[Submission]) -> int:
    door = AsyncWriter(book.writer, asyncio.get_running_loop())
    left = iter(said)

    async def caller() -> None:
        for submission in left:
            outcome = await door.submit(submission)
            assert isinstance(outcome, Accepted), outcome

    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return len(said)


def _insert(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> int:
    return sum(connection.execute(_INSERT, row).rowcount for row in rows)

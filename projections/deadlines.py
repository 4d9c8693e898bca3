"""
Deadlines are one row per running clock: of which trade, about what, against whose silence, and until when.

What stopped or expired has no row. Equal to the clocks of all trades up to positions.deadlines.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from msgspec import Struct
from msgspec.structs import asdict, astuple, replace
from psycopg import sql
from psycopg_pool import ConnectionPool

from domain.clock import (
    ClockExpired,
    ClockExtended,
    ClockKind,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    ClockStopped,
    Counted,
    Effect,
    Silence,
)
from domain.envelope import Recorded
from domain.references import key_of, kind_of
from projections.projection import Connection, Difference, Events, Projection, first_difference


class DeadlineRow(Struct, frozen=True, gc=False):
    """
    One running clock.

    cause: the topic of the event that started it; days: how many the rules gave, 0 for a date that was agreed; due_at:
    as it stood at the pause, while it is paused; position: of the last event that concerned it.
    """

    order: str
    clock: str
    kind: ClockKind
    about: str
    cause: str
    silence_of: Silence
    effect: Effect
    days: int
    counted: Counted
    started_at: datetime
    due_at: datetime
    paused_at: datetime | None
    position: int


class DeadlinesSought(Struct, frozen=True, kw_only=True):
    """
    Which clocks are sought: of an order, about a thing, of a kind, against somebody's silence.

    paused: only those that stand still, or only those that don't; overdue_at: only those whose end had come by then and
    that nobody has paused.
    """

    order: str | None = None
    about: str | None = None
    kind: ClockKind | None = None
    silence_of: Silence | None = None
    paused: bool | None = None
    overdue_at: datetime | None = None


class DueOrder(NamedTuple):
    """
    An order in which clocks that decide have come to their end: the earliest instant at which one did, and the position
    of the last event that set one of them.
    """

    order: str
    due_at: datetime
    position: int


_COLUMNS = sql.SQL(", ").join(map(sql.Identifier, DeadlineRow.__struct_fields__))
_COPY = sql.SQL("COPY projections.deadlines (book, {}) FROM STDIN (FORMAT BINARY)").format(_COLUMNS)
_TYPES = (*("text",) * 7, "int4", "text", *("timestamptz",) * 3, "int8")
_SELECT = sql.SQL("SELECT {} FROM projections.deadlines WHERE book = %(book)s").format(_COLUMNS)
_ALL = _SELECT + sql.SQL(' ORDER BY "order" COLLATE "C", clock COLLATE "C"')
_OF_ORDERS = _SELECT + sql.SQL(' AND "order" = ANY(%(orders)s)')
_REMOVE = """
    DELETE FROM projections.deadlines d USING unnest(%b::text[], %b::text[]) AS gone ("order", clock)
    WHERE d.book = %s AND d."order" = gone."order" AND d.clock = gone.clock
"""
_SEARCH = _SELECT + sql.SQL("""
    AND (%(order)s::text IS NULL OR "order" = %(order)s)
    AND (%(about)s::text IS NULL OR about = %(about)s)
    AND (%(kind)s::text IS NULL OR kind = %(kind)s)
    AND (%(silence_of)s::text IS NULL OR silence_of = %(silence_of)s)
    AND (%(paused)s::bool IS NULL OR (paused_at IS NOT NULL) = %(paused)s)
    AND (%(overdue_at)s::timestamptz IS NULL OR (due_at <= %(overdue_at)s AND paused_at IS NULL))
    ORDER BY due_at, "order" COLLATE "C", clock COLLATE "C" LIMIT %(limit)s OFFSET %(skip)s
""")
_DUE = """
    SELECT "order", min(due_at), max(position) FROM projections.deadlines
    WHERE book = %s AND effect = 'decides' AND paused_at IS NULL AND due_at <= %s
    GROUP BY "order" ORDER BY min(due_at), "order" COLLATE "C" LIMIT %s
"""
_BOOKS_DUE = """
    SELECT book FROM ledger.log_head h WHERE EXISTS (
        SELECT FROM projections.deadlines d
        WHERE d.book = h.book AND effect = 'decides' AND paused_at IS NULL AND due_at <= %s
    ) ORDER BY book
"""

Running = dict[tuple[str, str], DeadlineRow]
"""By order and clock."""


class Deadlines(Projection):
    """One row per running clock."""

    name: ClassVar[str] = "deadlines"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("deadlines",)

    def fold(self, connection: Connection, events: Events) -> None:
        """Add the clocks that were started, change those that were moved, remove those that run no more."""
        orders = sorted({key_of(each.originator_id) for each in events.recorded if _is_clock(each)})
        if not orders:
            return
        stored = connection.execute(_OF_ORDERS, {"book": events.book, "orders": orders})
        before = {(row[0], row[1]): DeadlineRow(*row) for row in stored}
        after = running_after(dict(before), events.recorded)
        gone = [key for key, row in before.items() if after.get(key) != row]
        if gone:
            connection.execute(_REMOVE, (*map(list, zip(*gone, strict=True)), events.book))
        with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            copy.set_types(("text", *_TYPES))
            for key, row in after.items():
                if before.get(key) != row:
                    copy.write_row((events.book, *astuple(row)))

    def difference(self, connection: Connection, book: str, log: Iterable[Events]) -> Difference | None:
        """Run all clocks anew and return the first that stands otherwise."""
        running: Running = {}
        for events in log:
            running = running_after(running, events.recorded)
        derived = (astuple(row) for _, row in sorted(running.items()))
        return first_difference("deadlines", connection.execute(_ALL, {"book": book}), derived, key_columns=2)


def search_deadlines(
    connection: Connection, book: str, sought: DeadlinesSought, *, limit: int | None = None, skip: int = 0
) -> list[DeadlineRow]:
    """Return running clocks, the first due first."""
    rows = connection.execute(_SEARCH, {"book": book, "limit": limit, "skip": skip, **asdict(sought)})
    return [DeadlineRow(*row) for row in rows]


def due_orders(connection: Connection, book: str, at: datetime, limit: int) -> list[DueOrder]:
    """
    Return the orders in which silence decides something by now: the earliest due first.

    A clock that reminds decides nothing, and a paused one isn't due.
    """
    return [DueOrder(*row) for row in connection.execute(_DUE, (book, at, limit))]


def books_with_deadlines(pool: ConnectionPool[Connection], at: datetime) -> list[str]:
    """Return the books in which silence decides something by now."""
    with pool.connection() as connection:
        return [book for (book,) in connection.execute(_BOOKS_DUE, (at,))]


def running_after(running: Running, recorded: Sequence[Recorded]) -> Running:
    """Return the clocks that run after some events, given those that ran before, which this changes."""
    for each in recorded:
        if _is_clock(each):
            _apply(running, key_of(each.originator_id), each)
    return running


def _apply(running: Running, order: str, recorded: Recorded) -> None:
    event, at = recorded.event, recorded.state.occurred_at
    match event:
        case ClockStarted():
            running[order, event.clock] = _started(order, event, recorded)
        case ClockPaused():
            _change(running, (order, event.clock), recorded, paused_at=at)
        case ClockResumed():
            _change(running, (order, event.clock), recorded, paused_at=None, due_at=event.due_at)
        case ClockExtended():
            _change(running, (order, event.clock), recorded, due_at=event.due_at)
        case ClockStopped() | ClockExpired():
            running.pop((order, event.clock), None)
        case _:
            pass


def _started(order: str, event: ClockStarted, recorded: Recorded) -> DeadlineRow:
    return DeadlineRow(
        order=order,
        clock=event.clock,
        kind=event.kind,
        about=event.about,
        cause=event.cause,
        silence_of=event.silence_of,
        effect=event.effect,
        days=event.days,
        counted=event.counted,
        started_at=recorded.state.occurred_at,
        due_at=event.due_at,
        paused_at=None,
        position=recorded.position,
    )


def _change(running: Running, key: tuple[str, str], recorded: Recorded, **changes: Any) -> None:
    """Change a row; one that tampering took away stays away, for `verify` to find."""
    if row := running.get(key):
        running[key] = replace(row, position=recorded.position, **changes)


def _is_clock(recorded: Recorded) -> bool:
    return kind_of(recorded.originator_id) == "clock"

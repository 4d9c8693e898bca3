"""
Deadlines are one row per running clock: of which trade, about what, against whose silence, and until when.

What stopped or expired has no row. Equal to the clocks of all trades up to positions.deadlines.
"""

from collections.abc import Iterable, Iterator, Sequence
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
from domain.references import clocks_id, key_of, kind_of
from projections.derived_rows import as_parameter, in_parts, of_parameter, of_table, over
from projections.moment import NOW, Moment
from projections.projection import Connection, Difference, Events, Projection, first_difference
from projections.streams import references_of
from projections.timelines import events_at


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
    Which clocks are sought: of an order, of a party's orders, about a thing, of a kind, against somebody's silence.

    hidden: a kind that isn't shown; paused: only those that stand still, or only those that don't; overdue_at: only
    those whose end had come by then and that nobody has paused; due_from, due_to: when they end, both included.
    """

    order: str | None = None
    buyer: str | None = None
    exporter: str | None = None
    about: str | None = None
    hidden: ClockKind | None = None
    kind: ClockKind | None = None
    silence_of: Silence | None = None
    paused: bool | None = None
    overdue_at: datetime | None = None
    due_from: datetime | None = None
    due_to: datetime | None = None


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
_MOVED = """
    SELECT DISTINCT originator_id FROM ledger.events
    WHERE book = %s AND position > %s AND starts_with(originator_id, 'clock:')
"""
_SEARCH = """
    SELECT {columns} FROM {deadlines} AS running
    WHERE (%(order)s::text IS NULL OR "order" = %(order)s)
    AND (coalesce(%(buyer)s, %(exporter)s)::text IS NULL OR "order" IN (
        SELECT "order" FROM projections.orders
        WHERE book = %(book)s AND (%(buyer)s::text IS NULL OR buyer = %(buyer)s)
        AND (%(exporter)s::text IS NULL OR exporter = %(exporter)s)
    ))
    AND (%(about)s::text IS NULL OR about = %(about)s)
    AND (%(hidden)s::text IS NULL OR kind <> %(hidden)s)
    AND (%(kind)s::text IS NULL OR kind = %(kind)s)
    AND (%(silence_of)s::text IS NULL OR silence_of = %(silence_of)s)
    AND (%(paused)s::bool IS NULL OR (paused_at IS NOT NULL) = %(paused)s)
    AND (%(overdue_at)s::timestamptz IS NULL OR (due_at <= %(overdue_at)s AND paused_at IS NULL))
    AND (%(due_from)s::timestamptz IS NULL OR due_at >= %(due_from)s)
    AND (%(due_to)s::timestamptz IS NULL OR due_at <= %(due_to)s)
    ORDER BY due_at, "order" COLLATE "C", clock COLLATE "C" LIMIT %(limit)s OFFSET %(skip)s
"""
_SEARCH_NOW = over(_SEARCH, columns=_COLUMNS, deadlines=of_table("deadlines"))
_SEARCH_THEN = over(_SEARCH, columns=_COLUMNS, deadlines=of_parameter("deadlines"))
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
    connection: Connection,
    book: str,
    sought: DeadlinesSought,
    *,
    limit: int | None = None,
    skip: int = 0,
    moment: Moment = NOW,
) -> list[DeadlineRow]:
    """
    Return the clocks that ran at a moment, the first due first.

    At a position that takes reading the log after it; as of a day, the histories of all clocks there were.
    """
    asked = {"book": book, "limit": limit, "skip": skip, **asdict(sought)}
    if moment == NOW:
        return [DeadlineRow(*row) for row in connection.execute(_SEARCH_NOW, asked)]
    ran = _running_at(connection, book, [sought.order] if sought.order else None, moment)
    rows = connection.execute(_SEARCH_THEN, {**asked, "deadlines": running_as_parameter(ran)})
    return [DeadlineRow(*row) for row in rows]


def deadlines_at(connection: Connection, book: str, orders: Sequence[str], moment: Moment) -> Iterator[DeadlineRow]:
    """Yield the clocks of some orders that ran at a moment, from their histories."""
    for some in in_parts(orders):
        events = events_at(connection, book, [clocks_id(order) for order in some], moment)
        yield from running_after({}, events).values()


def running_as_parameter(running: Iterable[DeadlineRow]) -> str:
    """Return running clocks as rows of `deadlines` in the place of the table's."""
    return as_parameter(DeadlineRow.__struct_fields__, map(astuple, running))


def _running_at(
    connection: Connection, book: str, orders: Sequence[str] | None, moment: Moment
) -> Iterator[DeadlineRow]:
    """Yield the clocks of some orders, or of all, that ran at a moment."""
    if orders is not None or moment.as_of is not None:
        began = orders or map(key_of, references_of(connection, book, "clock", moment=moment))
        yield from deadlines_at(connection, book, list(began), moment)
        return
    # The table is read before what moved since: what moves in between is then taken from the log.
    stored = [DeadlineRow(*row) for row in connection.execute(_SELECT, {"book": book})]
    moved = {key_of(reference) for (reference,) in connection.execute(_MOVED, (book, moment.position))}
    yield from (row for row in stored if row.order not in moved)
    yield from deadlines_at(connection, book, sorted(moved), moment)


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

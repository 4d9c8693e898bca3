"""
Disputes are one row per dispute: who against whom, how far it is, what it is about, who must act next and by when.

Folded up to positions.disputes. What is set aside stands with the order's money and who must act with the running
clocks, so both are asked of `orders` and `deadlines`.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal, NamedTuple

from msgspec import Struct
from msgspec.structs import asdict, astuple
from psycopg import sql

from domain.clock import ClockKind
from domain.dispute import Dispute
from domain.envelope import Recorded
from domain.references import dispute_id, kind_of, number_of_dispute, order_of_dispute
from projections.deadlines import deadlines_at, running_as_parameter
from projections.derived_rows import as_parameter, in_parts, of_parameter, of_table, over
from projections.moment import NOW, Moment
from projections.orders import OrderRow, orders_at
from projections.projection import Connection, Difference, Events, Projection, first_difference
from projections.streams import evolved
from projections.timelines import events_at, events_of

Stage = Literal["open", "negotiating", "escalated", "settled", "all"]

STAGES: dict[Stage, list[str]] = {
    "open": ["negotiating", "escalated"],
    "negotiating": ["negotiating"],
    "escalated": ["escalated"],
    "settled": ["settled"],
    "all": ["negotiating", "escalated", "settled"],
}
"""The statuses that each stage of the work list takes in."""


class DisputeRow(Struct, frozen=True, gc=False):
    """
    One dispute as the work list shows it, amounts in minor units.

    mediator: once it is settled, the last it had; pending_decision: the number of a decision that waits for a second
    mediator, 0 for none; set_aside: what is kept for its claims now; must_act, clock, due_at: against whose silence the
    next clock runs, which one, and until when; nothing where none runs.
    """

    order: str
    number: int
    status: str
    buyer: str
    exporter: str
    currency: str
    mediator: str
    claims: int
    open_claims: int
    pending_decision: int
    claimed_minor: int
    paid_minor: int
    opened_at: datetime
    escalated_at: datetime | None
    settled_at: datetime | None
    position: int
    set_aside_minor: int
    must_act: str | None
    clock: str | None
    due_at: datetime | None


class DisputesSought(Struct, frozen=True, kw_only=True):
    """
    Which disputes are sought: at a stage, of an order, of a party, of a mediator, by who must act next.

    overdue_at: only those whose next clock had come to its end by then; due_from, due_to: when that ends, both
    included; hidden: a kind of clock that isn't looked at.
    """

    order: str | None = None
    buyer: str | None = None
    exporter: str | None = None
    mediator: str | None = None
    must_act: str | None = None
    overdue_at: datetime | None = None
    due_from: datetime | None = None
    due_to: datetime | None = None
    hidden: ClockKind | None = None


class Course(NamedTuple):
    """A dispute and when it came how far. mediator: its present one, or once it is settled the last it had."""

    dispute: Dispute
    position: int
    mediator: str = ""
    escalated_at: datetime | None = None
    settled_at: datetime | None = None


Courses = dict[str, Course]
"""By the dispute's reference."""

_STORED = DisputeRow.__struct_fields__[: DisputeRow.__struct_fields__.index("set_aside_minor")]
_COLUMNS = sql.SQL(", ").join(map(sql.Identifier, _STORED))
_STATUS, _POSITION = _STORED.index("status"), _STORED.index("position")
_COPY = sql.SQL("COPY projections.disputes (book, {}) FROM STDIN (FORMAT BINARY)").format(_COLUMNS)
_TYPES = ("text", "int4", *("text",) * 5, *("int4",) * 3, *("int8",) * 2, *("timestamptz",) * 3, "int8")
_REMOVE = """
    DELETE FROM projections.disputes d USING unnest(%b::text[], %b::int4[]) AS again ("order", number)
    WHERE d.book = %s AND d."order" = again."order" AND d.number = again.number
"""
_ALL = sql.SQL('SELECT {} FROM projections.disputes WHERE book = %(book)s ORDER BY "order" COLLATE "C", number').format(
    _COLUMNS
)
_SEARCH_EVER = sql.SQL("""
    SELECT {} FROM projections.disputes WHERE book = %(book)s
    AND (%(order)s::text IS NULL OR "order" = %(order)s)
    AND (%(buyer)s::text IS NULL OR buyer = %(buyer)s)
    AND (%(exporter)s::text IS NULL OR exporter = %(exporter)s)
""").format(_COLUMNS)
"""By what a dispute keeps from its beginning to its end."""
_SEARCH = """
    SELECT {columns}, CASE WHEN d.status = 'settled' THEN 0 ELSE coalesce(o.disputed_minor, 0) END,
        next.silence_of, next.clock, next.due_at
    FROM {disputes} AS d
    LEFT JOIN {orders} AS o USING ("order")
    LEFT JOIN LATERAL (
        SELECT silence_of, clock, due_at FROM {deadlines} AS running
        WHERE about = 'dispute:' || d."order" || '/' || d.number AND paused_at IS NULL
            AND (%(hidden)s::text IS NULL OR kind <> %(hidden)s)
        ORDER BY due_at, clock COLLATE "C" LIMIT 1
    ) AS next ON true
    WHERE d.status = ANY(%(statuses)s)
    AND (%(order)s::text IS NULL OR d."order" = %(order)s)
    AND (%(buyer)s::text IS NULL OR d.buyer = %(buyer)s)
    AND (%(exporter)s::text IS NULL OR d.exporter = %(exporter)s)
    AND (%(mediator)s::text IS NULL OR d.mediator = %(mediator)s)
    AND (%(must_act)s::text IS NULL OR next.silence_of = %(must_act)s)
    AND (%(overdue_at)s::timestamptz IS NULL OR next.due_at <= %(overdue_at)s)
    AND (%(due_from)s::timestamptz IS NULL OR next.due_at >= %(due_from)s)
    AND (%(due_to)s::timestamptz IS NULL OR next.due_at <= %(due_to)s)
    ORDER BY next.due_at NULLS LAST, d.opened_at, d."order" COLLATE "C", d.number LIMIT %(limit)s OFFSET %(skip)s
"""
_SHOWN = sql.SQL(", ").join(sql.Identifier("d", name) for name in _STORED)
_SOURCES = ("disputes", "orders", "deadlines")
_SEARCH_NOW = over(_SEARCH, columns=_SHOWN, **{source: of_table(source) for source in _SOURCES})
_SEARCH_THEN = over(_SEARCH, columns=_SHOWN, **{source: of_parameter(source) for source in _SOURCES})


class Disputes(Projection):
    """One row per dispute."""

    name: ClassVar[str] = "disputes"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("disputes",)

    def fold(self, connection: Connection, events: Events) -> None:
        """Write the disputes that something happened to anew, each from its own history in the log."""
        touched = sorted({each.originator_id for each in events.recorded if _is_dispute(each)})
        if not touched:
            return
        history = events_of(connection, events.log, touched, up_to=events.last_position)
        rows = [_row(course) for course in courses_after({}, history).values()]
        connection.execute(_REMOVE, ([row[0] for row in rows], [row[1] for row in rows], events.book))
        with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            copy.set_types(("text", *_TYPES))
            for row in rows:
                copy.write_row((events.book, *row))

    def difference(self, connection: Connection, book: str, log: Iterable[Events]) -> Difference | None:
        """Fold all disputes anew and return the first that stands otherwise."""
        courses: Courses = {}
        for events in log:
            courses = courses_after(courses, events.recorded)
        derived = sorted((_row(course) for course in courses.values()), key=lambda row: row[:2])
        return first_difference("disputes", connection.execute(_ALL, {"book": book}), derived, key_columns=2)


def search_disputes(
    connection: Connection,
    book: str,
    sought: DisputesSought,
    *,
    stage: Stage = "open",
    limit: int | None = None,
    skip: int = 0,
    moment: Moment = NOW,
) -> list[DisputeRow]:
    """
    Return disputes that were at a stage at a moment, the one that must be acted upon first before the others.

    At a position that takes reading the histories of those that changed since; as of a day, of all that fit.
    """
    asked = {"book": book, **asdict(sought), "statuses": STAGES[stage], "limit": limit, "skip": skip}
    if moment == NOW:
        return [DisputeRow(*row) for row in connection.execute(_SEARCH_NOW, asked)]
    disputes = [row for row in _rows_at(connection, book, sought, moment) if row[_STATUS] in STAGES[stage]]
    unsettled = sorted({row[0] for row in disputes if row[_STATUS] != "settled"})
    orders = map(astuple, orders_at(connection, book, unsettled, moment))
    stood = {
        "disputes": as_parameter(_STORED, disputes),
        "orders": as_parameter(OrderRow.__struct_fields__, orders),
        "deadlines": running_as_parameter(deadlines_at(connection, book, unsettled, moment)),
    }
    return [DisputeRow(*row) for row in connection.execute(_SEARCH_THEN, {**asked, **stood})]


def courses_after(courses: Courses, recorded: Sequence[Recorded], *, moment: Moment = NOW) -> Courses:
    """Return how far disputes are after some events, given how far they were before, which this changes."""
    for each in recorded:
        if _is_dispute(each) and (course := _course(courses.get(each.originator_id), each, moment)):
            courses[each.originator_id] = course
    return courses


def _rows_at(connection: Connection, book: str, sought: DisputesSought, moment: Moment) -> Iterator[tuple[Any, ...]]:
    """Yield the rows, as they stood at a moment, of the disputes that fit by what they keep to their end."""
    stored = connection.execute(_SEARCH_EVER, {"book": book, **asdict(sought)}).fetchall()
    yield from (row for row in stored if row[_POSITION] <= moment.unmoved)
    moved = [dispute_id(row[0], row[1]) for row in stored if row[_POSITION] > moment.unmoved]
    for some in in_parts(moved):
        courses = courses_after({}, events_at(connection, book, some, moment), moment=moment)
        yield from map(_row, courses.values())


def _course(before: Course | None, recorded: Recorded, moment: Moment) -> Course | None:
    at = recorded.state.occurred_at
    dispute = evolved(before.dispute if before else None, recorded, moment)
    if not isinstance(dispute, Dispute):
        return None
    escalated_at = (before.escalated_at if before else None) or (at if dispute.status == "escalated" else None)
    settled_at = (before.settled_at if before else None) or (at if dispute.status == "settled" else None)
    mediator = before.mediator if before and settled_at else dispute.mediator
    return Course(dispute, recorded.position, mediator, escalated_at, settled_at)


def _row(course: Course) -> tuple[Any, ...]:
    dispute = course.dispute
    return (
        order_of_dispute(dispute.reference),
        number_of_dispute(dispute.reference),
        dispute.status,
        dispute.buyer,
        dispute.exporter,
        dispute.currency,
        course.mediator,
        len(dispute.claims),
        len(dispute.open_claims),
        dispute.pending.number if dispute.pending else 0,
        sum(claim.amount_minor for claim in dispute.claims),
        dispute.paid_minor,
        dispute.opened_at,
        course.escalated_at,
        course.settled_at,
        course.position,
    )


def _is_dispute(recorded: Recorded) -> bool:
    return kind_of(recorded.originator_id) == "dispute"

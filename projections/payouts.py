"""
Payouts are one row per payout: to whom, how much, how far it has come; and one per file that told a bank of some.

Equal to the payouts of the log up to positions.payouts.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, ClassVar, Literal, NamedTuple

from msgspec import Struct
from msgspec.structs import asdict, astuple
from psycopg import sql

from domain.envelope import Recorded
from domain.payout import Payout
from domain.payout_events import (
    PayoutCancelled,
    PayoutDebited,
    PayoutInstructed,
    PayoutKind,
    PayoutPlanned,
    PayoutRejected,
    PayoutReturned,
)
from domain.payout_file import PayoutFileWritten
from domain.payout_refusals import PayoutStatus
from domain.references import key_of, kind_of, payout_id
from projections.derived_rows import as_parameter, in_parts, of_parameter, of_table, over
from projections.moment import NOW, Moment
from projections.projection import Connection, Difference, Events, Projection, first_difference
from projections.streams import evolved
from projections.timelines import events_at, events_of

Stage = Literal["open", "waiting", "ready", "in-transit", "paid", "failed", "ended", "all"]
STAGES: dict[Stage, tuple[PayoutStatus, ...]] = {
    "open": ("planned", "approved", "instructed", "accepted"),
    "waiting": ("planned",),
    "ready": ("approved",),
    "in-transit": ("instructed", "accepted"),
    "paid": ("debited",),
    "failed": ("rejected", "returned"),
    "ended": ("debited", "rejected", "returned", "cancelled"),
    "all": ("planned", "approved", "cancelled", "instructed", "accepted", "rejected", "debited", "returned"),
}
"""How far payouts are, as people ask for it: waiting for approval, ready for the bank, on their way, paid, back."""


class PayoutRow(Struct, frozen=True, gc=False):
    """
    A payout, in minor units of its currency.

    kind: to a payee, a sweep of the operator's fees, or a remittance of taxes; party: empty for the last two; pays_to:
    where these two go; approvals: how many people beside the planner must agree; first_item, last_item: the items of
    the payee account that it takes; debited_on: when the bank's statement shows the last of it gone; reason: the code
    with which it was cancelled, rejected or returned; reissues, reissued_as: keys of the payouts before and after it;
    planned, position: of its first and its last event.
    """

    payout: str
    kind: PayoutKind
    party: str
    currency: str
    amount_minor: int
    status: PayoutStatus
    pays_from: str
    pays_to: str
    pay_on: date
    approvals: int
    approved_by: list[str]
    planned_by: str
    planned_at: datetime
    first_item: int
    last_item: int
    file: str
    instructed_at: datetime | None
    debited_minor: int
    debited_on: date | None
    returned_on: date | None
    reason: str
    reissues: str
    reissued_as: str
    planned: int
    position: int


class PayoutFileRow(Struct, frozen=True, gc=False):
    """
    A file that told a bank of payouts, in minor units.

    file: its message id; pays_from: the debtor's account; sha256: of its bytes, hexadecimal.
    """

    file: str
    format: str
    pays_from: str
    pay_on: date
    currency: str
    payouts: int
    amount_minor: int
    sha256: str
    written_by: str
    written_at: datetime
    position: int


class PayoutsSought(Struct, frozen=True, kw_only=True):
    """
    Which payouts are sought: by key, of a party, of a kind, in a currency, from an account, in a file; pay_from,
    pay_to: on which days they are paid, both included.
    """

    keys: Sequence[str] | None = None
    party: str | None = None
    kind: PayoutKind | None = None
    currency: str | None = None
    account: str | None = None
    file: str | None = None
    pay_from: date | None = None
    pay_to: date | None = None


class _Course(NamedTuple):
    """A payout, and what of its course only its events tell."""

    payout: Payout
    plan: Recorded
    position: int
    instructed_at: datetime | None = None
    debited_on: date | None = None
    returned_on: date | None = None
    reason: str = ""


_Courses = dict[str, _Course]

_COLUMNS = sql.SQL(", ").join(map(sql.Identifier, PayoutRow.__struct_fields__))
_COPY = sql.SQL("COPY projections.payouts (book, {}) FROM STDIN (FORMAT BINARY)").format(_COLUMNS)
_TYPES = (
    *("text",) * 4, "int8", *("text",) * 3, "date", "int4", "text[]", "text", "timestamptz", "int4", "int4", "text",
    "timestamptz", "int8", "date", "date", *("text",) * 3, "int8", "int8",
)  # fmt: skip
_REMOVE = "DELETE FROM projections.payouts WHERE book = %s AND payout = ANY(%b::text[])"
_ALL = sql.SQL('SELECT {} FROM projections.payouts WHERE book = %s ORDER BY payout COLLATE "C"').format(_COLUMNS)
_FIT = """
    (%(keys)s::text[] IS NULL OR payout = ANY(%(keys)s))
    AND (%(party)s::text IS NULL OR party = %(party)s)
    AND (%(kind)s::text IS NULL OR kind = %(kind)s)
    AND (%(currency)s::text IS NULL OR currency = %(currency)s)
    AND (%(account)s::text IS NULL OR pays_from = %(account)s)
    AND (%(pay_from)s::date IS NULL OR pay_on >= %(pay_from)s)
    AND (%(pay_to)s::date IS NULL OR pay_on <= %(pay_to)s)
"""
"""What a payout keeps from its beginning to its end."""
_SEARCH_EVER = over(
    "SELECT {columns} FROM projections.payouts WHERE book = %(book)s AND planned <= %(up_to)s AND {fit}",
    columns=_COLUMNS,
    fit=sql.SQL(_FIT),
)
_SEARCH = """
    SELECT {columns} FROM {payouts} AS paid
    WHERE status = ANY(%(statuses)s) AND (%(file)s::text IS NULL OR file = %(file)s) AND {fit}
    ORDER BY planned LIMIT %(limit)s OFFSET %(skip)s
"""
_SEARCH_NOW = over(_SEARCH, columns=_COLUMNS, payouts=of_table("payouts"), fit=sql.SQL(_FIT))
_SEARCH_THEN = over(_SEARCH, columns=_COLUMNS, payouts=of_parameter("payouts"), fit=sql.SQL(_FIT))

_FILE_COLUMNS = sql.SQL(", ").join(map(sql.Identifier, PayoutFileRow.__struct_fields__))
_COPY_FILES = sql.SQL("COPY projections.payouts_files (book, {}) FROM STDIN (FORMAT BINARY)").format(_FILE_COLUMNS)
_FILE_TYPES = (*("text",) * 3, "date", "text", "int4", "int8", "text", "text", "timestamptz", "int8")
_ALL_FILES = sql.SQL('SELECT {} FROM projections.payouts_files WHERE book = %s ORDER BY file COLLATE "C"').format(
    _FILE_COLUMNS
)
_SEARCH_FILES = sql.SQL("""
    SELECT {} FROM projections.payouts_files WHERE book = %(book)s AND position <= %(up_to)s
    AND (%(file)s::text IS NULL OR file = %(file)s) AND (%(account)s::text IS NULL OR pays_from = %(account)s)
    ORDER BY position LIMIT %(limit)s OFFSET %(skip)s
""").format(_FILE_COLUMNS)


class Payouts(Projection):
    """One row per payout, and one per file."""

    name: ClassVar[str] = "payouts"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("payouts", "payouts_files")

    def fold(self, connection: Connection, events: Events) -> None:
        """Write the payouts that something happened to anew, each from its own history, and add new files."""
        files = _files(events.recorded)
        if files:
            with connection.cursor() as cursor, cursor.copy(_COPY_FILES) as copy:
                copy.set_types(("text", *_FILE_TYPES))
                for file in files:
                    copy.write_row((events.book, *file))
        touched = sorted({each.originator_id for each in events.recorded if _is_payout(each)})
        for some in in_parts(touched):
            history = events_of(connection, events.log, some, up_to=events.last_position)
            rows = [_row(course) for course in _courses_after({}, history).values()]
            connection.execute(_REMOVE, (events.book, [row[0] for row in rows]))
            with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
                copy.set_types(("text", *_TYPES))
                for row in rows:
                    copy.write_row((events.book, *row))

    def difference(self, connection: Connection, book: str, log: Iterable[Events]) -> Difference | None:
        """Fold all payouts and files anew and return the first that stands otherwise."""
        courses: _Courses = {}
        files: list[tuple[Any, ...]] = []
        for events in log:
            courses = _courses_after(courses, events.recorded)
            files += _files(events.recorded)
        derived = sorted(map(_row, courses.values()), key=lambda row: row[0])
        found = first_difference("payouts", connection.execute(_ALL, (book,)), derived, key_columns=1)
        stored = connection.execute(_ALL_FILES, (book,))
        return found or first_difference("payouts_files", stored, sorted(files), key_columns=1)


def search_payouts(
    connection: Connection,
    book: str,
    sought: PayoutsSought,
    *,
    stage: Stage = "all",
    limit: int | None = None,
    skip: int = 0,
    moment: Moment = NOW,
) -> list[PayoutRow]:
    """
    Return payouts that were at a stage at a moment, in the order in which they were planned.

    At a position that takes reading the histories of those that changed since; as of a day, of all that fit.
    """
    asked = {"book": book, **asdict(sought), "statuses": list(STAGES[stage]), "limit": limit, "skip": skip}
    if moment == NOW:
        return [PayoutRow(*row) for row in connection.execute(_SEARCH_NOW, asked)]
    rows = as_parameter(PayoutRow.__struct_fields__, _rows_at(connection, book, asked, moment))
    return [PayoutRow(*row) for row in connection.execute(_SEARCH_THEN, {**asked, "payouts": rows})]


def search_payout_files(
    connection: Connection,
    book: str,
    *,
    file: str | None = None,
    account: str | None = None,
    limit: int | None = None,
    skip: int = 0,
    moment: Moment = NOW,
) -> list[PayoutFileRow]:
    """Return the files that had been written at a moment's position, in that order."""
    asked = {"book": book, "file": file, "account": account, "limit": limit, "skip": skip, "up_to": moment.position}
    return [PayoutFileRow(*row) for row in connection.execute(_SEARCH_FILES, asked)]


def _rows_at(connection: Connection, book: str, asked: dict[str, Any], moment: Moment) -> Iterator[tuple[Any, ...]]:
    """Yield the rows, as they stood at a moment, of the payouts that fit by what they keep to their end."""
    stored = connection.execute(_SEARCH_EVER, {**asked, "up_to": moment.position}).fetchall()
    yield from (row for row in stored if row[-1] <= moment.unmoved)
    moved = [payout_id(row[0]) for row in stored if row[-1] > moment.unmoved]
    for some in in_parts(moved):
        yield from map(_row, _courses_after({}, events_at(connection, book, some, moment), moment=moment).values())


def _courses_after(courses: _Courses, recorded: Sequence[Recorded], *, moment: Moment = NOW) -> _Courses:
    """Return how far payouts are after some events, given how far they were before, which this changes."""
    for each in recorded:
        if _is_payout(each) and (course := _course(courses.get(each.originator_id), each, moment)):
            courses[each.originator_id] = course
    return courses


def _course(before: _Course | None, recorded: Recorded, moment: Moment) -> _Course | None:
    payout = evolved(before.payout if before else None, recorded, moment)
    if not isinstance(payout, Payout):
        return None
    course = (before or _Course(payout, recorded, 0))._replace(payout=payout, position=recorded.position)
    match recorded.event:
        case PayoutInstructed():
            return course._replace(instructed_at=recorded.state.occurred_at)
        case PayoutDebited(booked_on=booked_on):
            return course._replace(debited_on=booked_on)
        case PayoutReturned(booked_on=booked_on, reason=reason):
            return course._replace(returned_on=booked_on, reason=reason)
        case PayoutCancelled(reason=reason) | PayoutRejected(reason=reason):
            return course._replace(reason=reason)
        case _:
            return course


def _row(course: _Course) -> tuple[Any, ...]:
    payout, plan = course.payout, course.plan.event
    if not isinstance(plan, PayoutPlanned):
        raise TypeError(plan)
    row = PayoutRow(
        payout=key_of(payout.reference),
        kind=payout.kind,
        party=payout.party,
        currency=payout.currency,
        amount_minor=payout.amount_minor,
        status=payout.status,
        pays_from=payout.pays_from,
        pays_to=payout.pays_to,
        pay_on=payout.pay_on,
        approvals=payout.approvals,
        approved_by=list(payout.approved_by),
        planned_by=payout.planned_by,
        planned_at=course.plan.state.occurred_at,
        first_item=plan.first_item,
        last_item=plan.last_item,
        file=payout.file,
        instructed_at=course.instructed_at,
        debited_minor=payout.debited_minor,
        debited_on=course.debited_on if payout.debits else None,
        returned_on=course.returned_on if payout.returned_by else None,
        reason=course.reason if payout.status in {"cancelled", "rejected", "returned"} else "",
        reissues=key_of(plan.reissues),
        reissued_as=key_of(payout.reissued_as),
        planned=course.plan.position,
        position=course.position,
    )
    return astuple(row)


def _files(recorded: Iterable[Recorded]) -> list[tuple[Any, ...]]:
    return [
        (
            key_of(each.originator_id),
            event.format,
            event.pays_from,
            event.pay_on,
            event.currency,
            event.payouts,
            event.amount_minor,
            event.sha256,
            event.written_by,
            each.state.occurred_at,
            each.position,
        )
        for each in recorded
        if isinstance(event := each.event, PayoutFileWritten)
    ]


def _is_payout(recorded: Recorded) -> bool:
    return kind_of(recorded.originator_id) == "payout"

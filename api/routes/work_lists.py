"""Routes that ask what waits for whom: disputes, the clocks that run, and the commissions of partners."""

from datetime import UTC, date, datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from msgspec.structs import replace

from api.composition import utc_now
from api.desk import AtBook, AtMoment, ByCaller, ByReader, Key, KeySought, Limit, answered
from api.disputes import DisputeNotFound, get_dispute
from api.identity.caller import Caller
from api.packs.scope import scope_for
from api.views import timeline_step
from domain.clock import ClockKind, Silence
from domain.references import dispute_id
from projections.commissions import CommissionsSought, search_commissions
from projections.deadlines import DeadlinesSought, search_deadlines
from projections.disputes import DisputesSought, Stage, search_disputes
from projections.moment import Moment
from projections.timelines import counted, timeline_of_dispute

router = APIRouter(tags=["work lists"])

Number = Annotated[int, Path(ge=1, lt=2**31)]
Skip = Annotated[int, Query(ge=0, lt=2**31)]
Month = Annotated[str | None, Query(pattern=r"^[1-9][0-9]{3}-(0[1-9]|1[0-2])$", examples=["2026-11"])]


@router.get("/disputes", name="disputes")
def disputes(
    book: AtBook,
    caller: ByCaller,
    asked: AtMoment,
    stage: Stage = "open",
    order: KeySought = None,
    buyer: KeySought = None,
    exporter: KeySought = None,
    mediator: KeySought = None,
    must_act: Silence | None = None,
    overdue: bool = False,
    at: datetime | None = None,
    limit: Limit = 50,
    skip: Skip = 0,
) -> Response:
    """Return disputes by who must act and by when, the most urgent first; `at` is the instant that `overdue` means."""
    sought = DisputesSought(
        order=order,
        buyer=caller.sought_as("buyer", buyer),
        exporter=caller.sought_as("exporter", exporter),
        mediator=mediator,
        must_act=must_act,
        overdue_at=_instant(at) if overdue else None,
        hidden=_hidden(caller),
    )
    moment = asked.sought(book)
    with book.pool.connection() as connection:
        found = search_disputes(connection, book.name, sought, stage=stage, limit=limit, skip=skip, moment=moment)
    if caller.is_party:
        found = [replace(row, pending_decision=0) for row in found]
    return answered(found, moment=moment)


@router.get("/orders/{order}/disputes/{number}", name="dispute")
def dispute(
    book: AtBook,
    caller: ByCaller,
    asked: AtMoment,
    order: Key,
    number: Number,
    reader: ByReader,
    reveal: bool = False,
) -> Response:
    """Return a dispute with all that its mediator looks at; with `reveal`, its texts in clear, and that is recorded."""
    moment = asked.of_log(book)
    scoped = partial(scope_for, caller) if caller.is_party else None
    found = get_dispute(book, order, number, reader=reader if reveal else None, moment=moment, scoped=scoped)
    return answered(found, moment=moment)


@router.get("/orders/{order}/disputes/{number}/timeline", name="dispute-timeline")
def dispute_timeline(book: AtBook, caller: ByCaller, asked: AtMoment, order: Key, number: Number) -> Response:
    """Return everything that happened in a dispute, with its clocks and the money that moved because of it."""
    moment = asked.of_log(book)
    known = Moment(moment.position)
    with book.pool.connection() as connection:
        events = timeline_of_dispute(connection, book.name, dispute_id(order, number), moment=known)
    shown = scope_for(caller, events).shown(counted(events, moment)) if events else []
    if not shown:
        raise DisputeNotFound(dispute=f"{order}/{number}")
    return answered([timeline_step(event) for event in shown], moment=moment)


@router.get("/deadlines", name="deadlines")
def deadlines(
    book: AtBook,
    caller: ByCaller,
    asked: AtMoment,
    order: KeySought = None,
    kind: ClockKind | None = None,
    silence_of: Silence | None = None,
    paused: bool | None = None,
    overdue: bool = False,
    at: datetime | None = None,
    limit: Limit = 50,
    skip: Skip = 0,
) -> Response:
    """Return the clocks that run, the first due first; `at` is the instant that `overdue` means, now if not given."""
    overdue_at = _instant(at) if overdue else None
    sought = DeadlinesSought(
        order=order,
        buyer=caller.sought_as("buyer", None),
        exporter=caller.sought_as("exporter", None),
        kind=kind,
        hidden=_hidden(caller),
        silence_of=silence_of,
        paused=paused,
        overdue_at=overdue_at,
    )
    moment = asked.sought(book)
    with book.pool.connection() as connection:
        found = search_deadlines(connection, book.name, sought, limit=limit, skip=skip, moment=moment)
    return answered(found, moment=moment)


@router.get("/commissions", name="commissions")
def commissions(
    book: AtBook,
    caller: ByCaller,
    asked: AtMoment,
    partner: KeySought = None,
    exporter: KeySought = None,
    currency: KeySought = None,
    from_month: Month = None,
    to_month: Month = None,
    limit: Limit = 1_000,
    skip: Skip = 0,
) -> Response:
    """Return what partners' exporters brought them by month: accrued, earned, clawed back, taxed, in minor units."""
    sought = CommissionsSought(
        partner=caller.sought_as("partner", partner),
        exporter=exporter,
        currency=currency,
        from_month=_first_day(from_month),
        to_month=_first_day(to_month),
    )
    moment = asked.sought(book)
    with book.pool.connection() as connection:
        found = search_commissions(connection, book.name, sought, limit=limit, skip=skip, moment=moment)
    return answered(found, moment=moment)


def _hidden(caller: Caller) -> ClockKind | None:
    """Return the clock that isn't for those who trade: by it one mediator reads another's draft."""
    return "review" if caller.is_party else None


def _instant(at: datetime | None) -> datetime:
    """Return an instant; one without a time zone is meant in UTC, none at all means now."""
    if at is None:
        return utc_now()
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _first_day(month: str | None) -> date | None:
    return date.fromisoformat(f"{month}-01") if month else None

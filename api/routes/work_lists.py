"""Routes that ask what waits for whom: disputes, the clocks that run, and the commissions of partners."""

from datetime import UTC, date, datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from msgspec.structs import replace

from api.composition import OpenedBook
from api.dispute_views import DisputeView
from api.disputes import DisputeNotFound, get_dispute
from api.http.answers import answers, answers_list
from api.http.desk import AtBook, AtMoment, ByCaller, ByReader, Instant, Key, KeySought, answered
from api.identity.caller import Caller
from api.listing.page import PageAsked, Paged
from api.packs.scope import scope_for
from api.resources.resource import About, dispute_resource, resource_of
from api.views import TimelineStep, timeline_step
from domain.clock import ClockKind, Silence
from domain.references import dispute_id
from projections.commissions import CommissionRow, CommissionsSought, search_commissions
from projections.deadlines import DeadlineRow, DeadlinesSought, search_deadlines
from projections.disputes import DisputeRow, DisputesSought, Stage, search_disputes
from projections.moment import Moment
from projections.timelines import counted, timeline_of_dispute

router = APIRouter(tags=["work lists"])

Number = Annotated[int, Path(ge=1, lt=2**31)]
Month = Annotated[str | None, Query(pattern=r"^[1-9][0-9]{3}-(0[1-9]|1[0-2])$", examples=["2026-11"])]


@router.get("/disputes", name="disputes", responses=answers_list(DisputeRow))
def disputes(
    book: AtBook,
    caller: ByCaller,
    page: Paged,
    stage: Stage = "open",
    order: KeySought = None,
    buyer: KeySought = None,
    exporter: KeySought = None,
    mediator: KeySought = None,
    must_act: Silence | None = None,
    overdue: bool = False,
    at: Instant | None = None,
    due_from: Instant | None = None,
    due_to: Instant | None = None,
) -> Response:
    """
    Return disputes by who must act and by when, the most urgent first; `at` is the instant that `overdue` means, and
    `due_from` and `due_to` are when the next clock ends, both included.
    """
    sought = DisputesSought(
        order=order,
        buyer=caller.sought_as("buyer", buyer),
        exporter=caller.sought_as("exporter", exporter),
        mediator=mediator,
        must_act=must_act,
        overdue_at=_instant(book, page, at) if overdue else None,
        due_from=_in_utc(due_from),
        due_to=_in_utc(due_to),
        hidden=_hidden(caller),
    )
    skip = page.skip
    with page.reading() as (connection, moment, _):
        found = search_disputes(connection, book.name, sought, stage=stage, limit=page.wanted, skip=skip, moment=moment)
    if caller.is_party:
        found = [replace(row, pending_decision=0) for row in found]
    return page.counted_off(found, DisputeRow)


@router.get("/orders/{order}/disputes/{number}", name="dispute", responses=answers(resource_of(DisputeView)))
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
    return answered(dispute_resource(About(book, caller, moment), found), moment=moment)


@router.get("/orders/{order}/disputes/{number}/timeline", name="dispute-timeline", responses=answers_list(TimelineStep))
def dispute_timeline(book: AtBook, caller: ByCaller, page: Paged, order: Key, number: Number) -> Response:
    """Return everything that happened in a dispute, with its clocks and the money that moved because of it."""
    with page.reading(log=True) as (connection, moment, position):
        events = timeline_of_dispute(connection, book.name, dispute_id(order, number), moment=Moment(position))
    shown = scope_for(caller, events).shown(counted(events, moment)) if events else []
    if not shown:
        raise DisputeNotFound(dispute=f"{order}/{number}")
    return page.part_of([timeline_step(event) for event in shown], TimelineStep)


@router.get("/deadlines", name="deadlines", responses=answers_list(DeadlineRow))
def deadlines(
    book: AtBook,
    caller: ByCaller,
    page: Paged,
    order: KeySought = None,
    kind: ClockKind | None = None,
    silence_of: Silence | None = None,
    paused: bool | None = None,
    overdue: bool = False,
    at: Instant | None = None,
    due_from: Instant | None = None,
    due_to: Instant | None = None,
) -> Response:
    """
    Return the clocks that run, the first due first; `at` is the instant that `overdue` means, now if not given, and
    `due_from` and `due_to` are when they end, both included.
    """
    sought = DeadlinesSought(
        order=order,
        buyer=caller.sought_as("buyer", None),
        exporter=caller.sought_as("exporter", None),
        kind=kind,
        hidden=_hidden(caller),
        silence_of=silence_of,
        paused=paused,
        overdue_at=_instant(book, page, at) if overdue else None,
        due_from=_in_utc(due_from),
        due_to=_in_utc(due_to),
    )
    skip = page.skip
    with page.reading() as (connection, moment, _):
        found = search_deadlines(connection, book.name, sought, limit=page.wanted, skip=skip, moment=moment)
    return page.counted_off(found, DeadlineRow)


@router.get("/commissions", name="commissions", responses=answers_list(CommissionRow))
def commissions(
    book: AtBook,
    caller: ByCaller,
    page: Paged,
    partner: KeySought = None,
    exporter: KeySought = None,
    currency: KeySought = None,
    from_month: Month = None,
    to_month: Month = None,
) -> Response:
    """Return what partners' exporters brought them by month: accrued, earned, clawed back, taxed."""
    sought = CommissionsSought(
        partner=caller.sought_as("partner", partner),
        exporter=exporter,
        currency=currency,
        from_month=_first_day(from_month),
        to_month=_first_day(to_month),
    )
    skip = page.skip
    with page.reading() as (connection, moment, _):
        found = search_commissions(connection, book.name, sought, limit=page.wanted, skip=skip, moment=moment)
    return page.counted_off(found, CommissionRow)


def _hidden(caller: Caller) -> ClockKind | None:
    """Return the clock that isn't for those who trade: by it one mediator reads another's draft."""
    return "review" if caller.is_party else None


def _instant(book: OpenedBook, page: PageAsked, at: datetime | None) -> datetime:
    """Return an instant; none at all means now, and on later pages what that was on the first."""
    return _in_utc(at) or page.instant(book.world.clock())


def _in_utc(at: datetime | None) -> datetime | None:
    """Return an instant; one without a time zone is meant in UTC."""
    return at.replace(tzinfo=UTC) if at and at.tzinfo is None else at


def _first_day(month: str | None) -> date | None:
    return date.fromisoformat(f"{month}-01") if month else None

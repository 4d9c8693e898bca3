"""Routes about accounting periods: checked and closed, reopened by two people, shown, verified, compared."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from msgspec.structs import asdict

from api.commands.command_answers import CommandAnswer
from api.commands.command_table import faults_in_path
from api.commands.dry_run import try_command
from api.commands.requests import CommandReader
from api.commands.telling import tell
from api.composition import OpenedBook
from api.http.answers import answers, answers_list
from api.http.desk import AtBook, ByCaller, answered, desk_of
from api.http.errors import answer
from api.http.problems import problem_of_rejected
from api.listing.page import PagedPresent
from api.period_views import Comparison, PeriodView, all_periods, compare, get_period
from api.periods import Check, SealCheck, checks_before, close_and_seal, require_passed, verify_period
from api.resources.resource import About, period_resource, resource_of
from api.routes.commands import BOOK, CREATED, answers_command, status_of, takes
from domain import commands
from domain.period import MONTH
from ledger.outcomes import Outcome, Rejected, Submission
from projections.moment import NOW, Moment

PeriodName = Annotated[str, Path(pattern=f"^{MONTH.pattern}$", examples=["2026-10"])]
Other = Annotated[str, Query(alias="with", pattern=f"^{MONTH.pattern}$", examples=["2026-09"])]
ClosingNumber = Annotated[int | None, Query(ge=1, lt=2**31)]


class PeriodClosed(CommandAnswer, frozen=True, kw_only=True):
    """What became of a closing, the checks before it (none where it was closed already), and the month."""

    checks: tuple[Check, ...]
    period: PeriodView


router = APIRouter(tags=["periods"])
_close = CommandReader(commands.ClosePeriod, in_path="period")


@router.post(
    "/periods/{period}/close",
    name="period-close",
    summary="Check the books, close a month and all before it, and seal what every account stood at.",
    openapi_extra=takes(_close, *BOOK),
    status_code=CREATED,
    responses=answers_command(PeriodClosed),
)
async def close_period(request: Request, period: PeriodName) -> Response:
    """Close a period, or only try it: then its checks are made, and nothing is closed or sealed."""
    parts = request.path_params
    heard = await _close.hear(request, faults_in_path(parts, BOOK) or {"period": period})
    book = await asyncio.to_thread(desk_of(request).book, parts["book"])
    request.state.command_id = heard.submission.command_id
    checks, outcome = await asyncio.to_thread(_closed, book, heard.submission, period, dry_run=heard.dry_run)
    if isinstance(outcome, Rejected):
        return answer(problem_of_rejected(outcome))
    told = await tell(
        desk_of(request), book.name, request.state.caller, heard.submission.command, outcome, dry_run=heard.dry_run
    )
    view = await asyncio.to_thread(_view, book, period)
    closed = PeriodClosed(**asdict(told), checks=checks, period=view)
    return answered(closed, status_of(outcome, dry_run=heard.dry_run))


def _closed(
    book: OpenedBook, submission: Submission, period: str, *, dry_run: bool
) -> tuple[tuple[Check, ...], Outcome]:
    checks = checks_before(book, period)
    require_passed(period, checks)
    return checks, try_command(book, submission) if dry_run else close_and_seal(book, submission)


def _view(book: OpenedBook, period: str) -> PeriodView:
    with book.pool.connection() as connection:
        return get_period(connection, book.name, period)


@router.get("/periods", name="periods", responses=answers_list(PeriodView))
def periods(book: AtBook, page: PagedPresent) -> Response:
    """Return every month that was closed or asked about, in order, with its closings, seals and reopenings."""
    with page.reading(log=True) as (connection, _, position):
        found = all_periods(connection, book.name, moment=Moment(position))
    return page.part_of(found, PeriodView)


@router.get("/periods/{period}", name="period", responses=answers(resource_of(PeriodView)))
def period(book: AtBook, caller: ByCaller, period: PeriodName) -> Response:
    """Return a month with its closings, seals and reopenings: who, when, why."""
    with book.pool.connection() as connection:
        found = get_period(connection, book.name, period)
    return answered(period_resource(About(book, caller, NOW), found))


@router.get("/periods/{period}/verify", name="verify-period", responses=answers_list(SealCheck))
def verify(book: AtBook, page: PagedPresent, period: PeriodName) -> Response:
    """Return for each seal of a month whether the log gives the same figures today."""
    checks = verify_period(book, period)
    with page.reading(log=True):
        return page.part_of(checks, SealCheck)


@router.get("/periods/{period}/compare", name="compare-periods", responses=answers(Comparison))
def compare_periods(
    book: AtBook,
    period: PeriodName,
    other: Other,
    closing: ClosingNumber = None,
    with_closing: ClosingNumber = None,
) -> Response:
    """Return two sealed closings side by side; the last one that is sealed where no number is given."""
    with book.pool.connection() as connection:
        views = all_periods(connection, book.name)
    return answered(compare(views, _named(period, closing), _named(other, with_closing)))


def _named(period: str, closing: int | None) -> str:
    return f"{period}#{closing}" if closing else period

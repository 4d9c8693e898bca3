"""Routes about accounting periods: checked and closed, reopened by two people, shown, verified, compared."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from api.desk import AtBook, Desk, Key, answered, desk_of
from api.errors import answer, problem_of_rejected
from api.period_views import all_periods, compare, get_period
from api.periods import Closed, checks_before, close_and_seal, require_passed, verify_period
from api.requests import CommandReader
from api.routes.commands import submit, takes
from domain import commands
from domain.period import MONTH
from ledger.outcomes import Rejected, Submission

CREATED = 201
REPEATED = 200

PeriodName = Annotated[str, Path(pattern=f"^{MONTH.pattern}$", examples=["2026-10"])]
Other = Annotated[str, Query(alias="with", pattern=f"^{MONTH.pattern}$", examples=["2026-09"])]
ClosingNumber = Annotated[int | None, Query(ge=1, lt=2**31)]

REOPENING_COMMANDS: dict[str, type[commands.Command]] = {
    "propose-reopening": commands.ProposeReopening,
    "approve-reopening": commands.ApproveReopening,
    "reject-reopening": commands.RejectReopening,
}
"""The last part of a period's path, and the command it stands for."""


def routes() -> APIRouter:
    """Return a route for closing, one per thing that may be said to a closed period, and those that read."""
    router = APIRouter(tags=["periods"])
    router.include_router(_reads)
    close = CommandReader(commands.ClosePeriod, in_path="period")

    @router.post(
        "/periods/{period}/close",
        name="period-close",
        summary="Check the books, close a month and all before it, and seal what every account stood at.",
        openapi_extra=takes(close),
        status_code=CREATED,
    )
    async def close_period(request: Request, book: Key, period: PeriodName) -> Response:
        submission = await close.read(request, period=period)
        return await asyncio.to_thread(_closed, desk_of(request), book, submission, period)

    for verb, command in REOPENING_COMMANDS.items():
        _add_command(router, verb, CommandReader(command, in_path="period"), command.__doc__ or verb)
    return router


def _add_command(router: APIRouter, verb: str, reader: CommandReader, summary: str) -> None:
    path = f"/periods/{{period}}/{verb}"

    @router.post(path, name=verb, summary=summary, openapi_extra=takes(reader), status_code=CREATED)
    async def say(request: Request, book: Key, period: PeriodName) -> Response:
        return await submit(request, book, await reader.read(request, period=period))


def _closed(desk: Desk, name: str, submission: Submission, period: str) -> Response:
    book = desk.book(name)
    checks = checks_before(book, period)
    require_passed(period, checks)
    outcome = close_and_seal(book, submission)
    if isinstance(outcome, Rejected):
        return answer(problem_of_rejected(outcome))
    with book.pool.connection() as connection:
        view = get_period(connection, book.name, period)
    return answered(Closed(checks=checks, period=view), REPEATED if outcome.repeated else CREATED)


_reads = APIRouter()


@_reads.get("/periods", name="periods")
def periods(book: AtBook) -> Response:
    """Return every month that was closed or asked about, in order, with its closings, seals and reopenings."""
    with book.pool.connection() as connection:
        return answered(all_periods(connection, book.name))


@_reads.get("/periods/{period}", name="period")
def period(book: AtBook, period: PeriodName) -> Response:
    """Return a month with its closings, seals and reopenings: who, when, why."""
    with book.pool.connection() as connection:
        return answered(get_period(connection, book.name, period))


@_reads.get("/periods/{period}/verify", name="verify-period")
def verify(book: AtBook, period: PeriodName) -> Response:
    """Return for each seal of a month whether the log gives the same figures today."""
    return answered(verify_period(book, period))


@_reads.get("/periods/{period}/compare", name="compare-periods")
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

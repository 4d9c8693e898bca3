"""Errors become answers: one table from categories to HTTP statuses, one shape (RFC 9457 problem details) for all."""

from typing import Any

import msgspec
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api.identity.refusals import TokenMissing, TokenRefused
from domain.errors import Conflict, Forbidden, LedgerError, LogCorrupt, Malformed, NotFound, Refused, Unavailable
from ledger.outcomes import CommandIdReused, Rejected, VersionDiffers
from ledger.writer import DatabaseAbsent

STATUS: dict[type[LedgerError], int] = {
    TokenMissing: 401,
    TokenRefused: 401,
    CommandIdReused: 422,
    VersionDiffers: 412,
    Malformed: 400,
    Forbidden: 403,
    NotFound: 404,
    Refused: 409,
    Conflict: 409,
    Unavailable: 503,
    LedgerError: 500,
}
"""The first entry that an error is an instance of says its status."""

PROBLEM = "application/problem+json"
RETRY_AFTER_SECONDS = "1"

UNAUTHENTICATED = 401
CHALLENGE = 'Bearer realm="trade-ledger"'
CHALLENGES = {TokenRefused.code: f'{CHALLENGE}, error="invalid_token"'}
"""What a 401 asks for (RFC 6750), by code."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong: `code` is stable, `details` are typed, `retryable` says whether the same key may help."""

    type: str
    title: str
    status: int
    code: str
    retryable: bool
    details: dict[str, Any]


def status_of(error: type[LedgerError]) -> int:
    """Return the HTTP status of an error's class."""
    return next(status for category, status in STATUS.items() if issubclass(error, category))


def problem_of(error: LedgerError) -> Problem:
    """Return an error as a problem."""
    return _problem(type(error), error.code, error.details())


def problem_of_rejected(rejected: Rejected) -> Problem:
    """Return a stored refusal as the same problem that its first answer was."""
    return _problem(_by_code().get(rejected.code, Refused), rejected.code, rejected.details)


def answer(problem: Problem) -> Response:
    """Return a problem as an HTTP answer."""
    headers = {"Retry-After": RETRY_AFTER_SECONDS} if problem.retryable else {}
    if problem.status == UNAUTHENTICATED:
        headers["WWW-Authenticate"] = CHALLENGES.get(problem.code, CHALLENGE)
    return Response(msgspec.json.encode(problem), problem.status, headers, media_type=PROBLEM)


async def answer_ledger_error(_request: Request, error: Exception) -> Response:
    """Answer what the ledger raised."""
    if isinstance(error, LedgerError):
        return answer(problem_of(error))
    raise error


async def answer_http_error(_request: Request, error: Exception) -> Response:
    """Answer what the framework raised, as a missing route, in the same shape."""
    if isinstance(error, HTTPException):
        return answer(plain(error.status_code, "http.error", str(error.detail)))
    raise error


async def answer_parameter_error(_request: Request, error: Exception) -> Response:
    """Answer a path or query parameter that can't be meant, naming it."""
    if not isinstance(error, RequestValidationError):
        raise error
    faults = {".".join(map(str, fault["loc"])): fault["msg"] for fault in error.errors()}
    problem = plain(400, "request.parameter_malformed", "A parameter has a value that can't be meant.")
    return answer(msgspec.structs.replace(problem, details=faults))


async def answer_database_absent(_request: Request, _error: Exception) -> Response:
    """Answer a question that the database, or our connection to it, was too absent to answer."""
    return answer(problem_of(DatabaseAbsent(attempts=1)))


async def answer_log_corrupt(_request: Request, error: Exception) -> Response:
    """Answer that the log contradicts itself, and where."""
    if not isinstance(error, LogCorrupt):
        raise error
    where = {"book": error.book, "position": error.position, "what": error.what}
    return answer(
        msgspec.structs.replace(plain(500, "log.corrupt", "The recorded log contradicts itself."), details=where)
    )


async def answer_defect(_request: Request, _error: Exception) -> Response:
    """Answer what nobody foresaw: our defect, told in full to the server's log only."""
    return answer(plain(500, "internal.error", "A defect of the ledger; the server's log has it."))


def plain(status: int, code: str, title: str) -> Problem:
    """Return a problem without attributes."""
    return Problem(
        type=f"urn:trade-ledger:problem:{code}", title=title, status=status, code=code, retryable=False, details={}
    )


def _problem(error: type[LedgerError], code: str, details: dict[str, Any]) -> Problem:
    title = (error.__doc__ or error.__name__).strip().splitlines()[0]
    return Problem(
        type=f"urn:trade-ledger:problem:{code}",
        title=title,
        status=status_of(error),
        code=code,
        retryable=error.retryable,
        details=msgspec.to_builtins(details),
    )


def _by_code() -> dict[str, type[LedgerError]]:
    found: dict[str, type[LedgerError]] = {}
    waiting: list[type[LedgerError]] = [LedgerError]
    while waiting:
        error = waiting.pop()
        found[error.code] = error
        waiting += error.__subclasses__()
    return found

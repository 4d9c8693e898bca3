"""Errors become answers over HTTP: what the ledger, the framework and the database raise, in one shape."""

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

from api.http.faults import faults_of_parameters, malformed
from api.http.http_refusals import MethodNotAllowed, PathNotFound, RequestUnreadable
from api.http.problems import Problem, defect, problem_of
from api.identity.refusals import TokenRefused
from domain.errors import LedgerError, LogCorrupt
from ledger.writer import DATABASE_ABSENT, DatabaseAbsent

PROBLEM = "application/problem+json"
RETRY_AFTER_SECONDS = 1

METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")

UNAUTHENTICATED = 401
CHALLENGE = 'Bearer realm="trade-ledger"'
CHALLENGES = {TokenRefused.code: f'{CHALLENGE}, error="invalid_token"'}
"""What a 401 asks for (RFC 6750), by code."""

LEFT = 499
"""The status of a request whose client left in the middle of it: for the log and the metrics, nobody hears it."""

CORRUPT, DEFECT = "log.corrupt", "internal.error"
"""Codes of what is no error of the ledger's tree."""


def answer(problem: Problem) -> Response:
    """Return a problem as an HTTP answer."""
    headers = {}
    if problem.retryable:
        headers["Retry-After"] = str(problem.details.get("retry_after_seconds", RETRY_AFTER_SECONDS))
    if problem.status == UNAUTHENTICATED:
        headers["WWW-Authenticate"] = CHALLENGES.get(problem.code, CHALLENGE)
    if problem.code == MethodNotAllowed.code:
        headers["Allow"] = ", ".join(problem.details["allowed"])
    return Response(msgspec.json.encode(problem), problem.status, headers, media_type=PROBLEM)


def answer_errors_of(app: FastAPI) -> None:
    """Let every error of an application be answered in the one shape."""
    app.add_exception_handler(LedgerError, answer_ledger_error)
    app.add_exception_handler(HTTPException, answer_http_error)
    app.add_exception_handler(RequestValidationError, answer_parameter_error)
    app.add_exception_handler(LogCorrupt, answer_log_corrupt)
    app.add_exception_handler(ClientDisconnect, answer_nobody)
    for absent in DATABASE_ABSENT:
        app.add_exception_handler(absent, answer_database_absent)
    app.add_exception_handler(Exception, answer_defect)


async def answer_ledger_error(request: Request, error: Exception) -> Response:
    """Answer what the ledger raised."""
    if isinstance(error, LedgerError):
        return _noted(request, problem_of(error))
    raise error


async def answer_http_error(request: Request, error: Exception) -> Response:
    """Answer what the framework raised, as a missing route, in the same shape."""
    if isinstance(error, HTTPException):
        return _noted(request, problem_of(_of_framework(request, error)))
    raise error


async def answer_parameter_error(request: Request, error: Exception) -> Response:
    """Answer a path or query parameter that can't be meant, naming it, and every other one."""
    if not isinstance(error, RequestValidationError):
        raise error
    return _noted(request, problem_of(malformed(faults_of_parameters(error.errors()))))


async def answer_database_absent(request: Request, _error: Exception) -> Response:
    """Answer a question that the database, or our connection to it, was too absent to answer."""
    return _noted(request, problem_of(DatabaseAbsent(attempts=1)))


async def answer_log_corrupt(request: Request, error: Exception) -> Response:
    """Answer that the log contradicts itself, and where."""
    if not isinstance(error, LogCorrupt):
        raise error
    where = {"book": error.book, "position": error.position, "what": error.what}
    return _noted(request, defect(CORRUPT, "The recorded log contradicts itself.", where))


async def answer_nobody(_request: Request, _error: Exception) -> Response:
    """Answer a client that left before it had said all; a connection that is gone takes no answer."""
    return Response(status_code=LEFT)


async def answer_defect(request: Request, _error: Exception) -> Response:
    """Answer what nobody foresaw: our defect, told in full to the server's log only."""
    return _noted(request, defect(DEFECT, "A defect of the ledger; the server's log has it.", {}))


def _noted(request: Request, problem: Problem) -> Response:
    """Answer a problem, whose code goes into the log of requests."""
    request.state.code = problem.code
    return answer(problem)


def _of_framework(request: Request, error: HTTPException) -> LedgerError:
    match error.status_code:
        case 404:
            return PathNotFound()
        case 405:
            return MethodNotAllowed(allowed=_methods_at(request))
        case _:
            return RequestUnreadable(problem=str(error.detail))


def _methods_at(request: Request) -> tuple[str, ...]:
    """Return what may be asked of a path: several routes may share it, of which those count that leave least open."""
    found = [
        (len(route.param_convertors), method)
        for method in METHODS
        for route in request.app.routes
        if route.matches({**request.scope, "method": method})[0] is Match.FULL
    ]
    least = min(found)[0] if found else 0
    return tuple(dict.fromkeys(method for left_open, method in found if left_open == least))

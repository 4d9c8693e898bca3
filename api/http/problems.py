"""Problems are errors as answers tell them: one table from categories to statuses, one shape (RFC 9457) for all."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from api.http.faults import Fault, RequestMalformed
from api.http.http_refusals import (
    BodyTooLarge,
    BodyTooSlow,
    CallerBusy,
    HeadTooLarge,
    HeadTooSlow,
    MediaTypeUnsupported,
    MethodNotAllowed,
    NotAcceptable,
    RateExceeded,
)
from api.identity.refusals import TokenMissing, TokenRefused
from api.observing.request_ids import current_request_id
from api.streams.places import CallerStreamsFull
from domain.errors import RULE, Conflict, Forbidden, LedgerError, Malformed, NotFound, Refused, Unavailable
from ledger.outcomes import CommandIdReused, Rejected, VersionDiffers

STATUS: dict[type[LedgerError], int] = {
    TokenMissing: 401,
    TokenRefused: 401,
    CommandIdReused: 422,
    VersionDiffers: 412,
    MethodNotAllowed: 405,
    NotAcceptable: 406,
    BodyTooSlow: 408,
    HeadTooSlow: 408,
    BodyTooLarge: 413,
    MediaTypeUnsupported: 415,
    HeadTooLarge: 431,
    RateExceeded: 429,
    CallerBusy: 429,
    CallerStreamsFull: 429,
    Malformed: 400,
    Forbidden: 403,
    NotFound: 404,
    Refused: 409,
    Conflict: 409,
    Unavailable: 503,
    LedgerError: 500,
}
"""The first entry that an error is an instance of says its status."""


class RuleNamed(msgspec.Struct, frozen=True, kw_only=True):
    """Which rule of which version of the rules refused: a field of the rulebook's rules."""

    name: str
    rulebook: str


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """
    What went wrong: `code` is stable, `details` are typed, `retryable` says whether the same key may help.

    faults: what of the request can't be meant, all of it; rule: of the rulebook that refused; request: the id of the
    request, empty outside of one.
    """

    type: str
    title: str
    status: int
    code: str
    retryable: bool
    details: dict[str, Any]
    faults: tuple[Fault, ...] = ()
    rule: RuleNamed | None = None
    request: str = ""


def status_of(error: type[LedgerError]) -> int:
    """Return the HTTP status of an error's class."""
    return next(status for category, status in STATUS.items() if issubclass(error, category))


def problem_of(error: LedgerError) -> Problem:
    """Return an error as a problem."""
    faults = error.faults if isinstance(error, RequestMalformed) else ()
    return _problem(type(error), error.code, error.details(), faults)


def problem_of_rejected(rejected: Rejected) -> Problem:
    """Return a stored refusal as the same problem that its first answer was, but for the request's id."""
    return _problem(_by_code().get(rejected.code, Refused), rejected.code, rejected.details)


def defect(code: str, title: str, details: dict[str, Any]) -> Problem:
    """Return a problem that is ours."""
    return Problem(
        type=f"urn:trade-ledger:problem:{code}",
        title=title,
        status=500,
        code=code,
        retryable=False,
        details=details,
        request=current_request_id(),
    )


def _problem(
    error: type[LedgerError], code: str, details: Mapping[str, Any], faults: tuple[Fault, ...] = ()
) -> Problem:
    shown: dict[str, Any] = msgspec.to_builtins(details)
    rule = shown.pop(RULE, None) if error.rule else None
    return Problem(
        type=f"urn:trade-ledger:problem:{code}",
        title=(error.__doc__ or error.__name__).strip().splitlines()[0],
        status=status_of(error),
        code=code,
        retryable=error.retryable,
        details=shown,
        faults=faults,
        rule=msgspec.convert(rule, RuleNamed) if rule else None,
        request=current_request_id(),
    )


@cache
def _by_code() -> dict[str, type[LedgerError]]:
    found: dict[str, type[LedgerError]] = {}
    waiting: list[type[LedgerError]] = [LedgerError]
    while waiting:
        error = waiting.pop()
        found[error.code] = error
        waiting += error.__subclasses__()
    return found

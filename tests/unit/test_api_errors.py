"""Errors of the API: one status for each by one table, and one shape, pinned to the byte."""

import re
from collections import Counter
from datetime import UTC, datetime
from importlib import import_module

import msgspec
import pytest

from api.commands.async_writer import CommandInFlight
from api.http.errors import PROBLEM, answer
from api.http.faults import BodyMalformed, Fault, malformed
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
from api.http.problems import STATUS, defect, problem_of, problem_of_rejected, status_of
from api.identity.refusals import TokenMissing, TokenRefused
from api.proving import NotYetSigned
from api.streams.places import CallerStreamsFull
from domain.errors import Conflict, Forbidden, LedgerError, Malformed, NotFound, Refused, Unavailable
from domain.order import InspectionRunning, OrderNotInState
from ledger.outcomes import CommandIdReused, Rejected, VersionDiffers
from ledger.writer import QueueFull

for module in ("api.app", "api.cli"):
    import_module(module)
CATEGORIES = (Malformed, NotFound, Forbidden, Refused, Conflict, Unavailable)
BY_CATEGORY: dict[type, int] = {
    Malformed: 400,
    Forbidden: 403,
    NotFound: 404,
    Refused: 409,
    Conflict: 409,
    Unavailable: 503,
}
OF_THEIR_OWN: dict[type, int] = {
    CommandIdReused: 422,
    VersionDiffers: 412,
    TokenMissing: 401,
    TokenRefused: 401,
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
}


def descendants(error: type[LedgerError]) -> set[type[LedgerError]]:
    return {error}.union(*(descendants(each) for each in error.__subclasses__()))


PACKAGES = ("domain.", "ledger.", "projections.", "api.")
ERRORS = sorted((each for each in descendants(LedgerError) if each.__module__.startswith(PACKAGES)), key=str)
CONCRETE = [error for error in ERRORS if "code" in vars(error) and error.code != LedgerError.code]


@pytest.mark.parametrize("error", ERRORS)
def test_every_error_has_the_status_of_its_category(error: type[LedgerError]) -> None:
    expected = OF_THEIR_OWN.get(error) or next(
        (BY_CATEGORY[category] for category in error.__mro__ if category in BY_CATEGORY), 500
    )
    assert status_of(error) == expected


def test_no_error_is_of_two_categories() -> None:
    for error in ERRORS:
        assert sum(issubclass(error, category) for category in CATEGORIES) <= 1


def test_table_asks_for_the_narrow_before_the_wide() -> None:
    asked = list(STATUS)
    for position, error in enumerate(asked):
        assert not any(issubclass(error, earlier) for earlier in asked[:position])
    assert asked[-1] is LedgerError


def test_only_what_will_be_otherwise_by_itself_is_worth_another_try() -> None:
    assert {error for error in ERRORS if error.retryable} <= descendants(Unavailable) | {CommandInFlight, NotYetSigned}


def test_codes_are_of_one_form_and_each_is_given_once() -> None:
    assert len(CONCRETE) > 40
    codes = Counter(error.code for error in CONCRETE)
    assert [code for code, given in codes.items() if given > 1] == []
    assert [code for code in codes if not re.fullmatch(r"[a-z]+\.[a-z]+(_[a-z]+)*", code)] == []


@pytest.mark.parametrize("error", CONCRETE)
def test_title_is_a_whole_sentence(error: type[LedgerError]) -> None:
    title = (error.__doc__ or "").strip().splitlines()[0]
    assert title.endswith("."), "the first line of the docstring is the problem's title"


def test_shape_of_a_problem_is_pinned() -> None:
    refused = answer(problem_of(OrderNotInState(order="order:PO-1", status="placed", needed=("accepted", "received"))))
    assert refused.status_code == 409
    assert refused.media_type == refused.headers["content-type"] == PROBLEM
    assert "retry-after" not in refused.headers
    assert refused.body == (
        b'{"type":"urn:trade-ledger:problem:order.not_in_state",'
        b'"title":"The order isn\'t at a point where this may happen.",'
        b'"status":409,"code":"order.not_in_state","retryable":false,'
        b'"details":{"order":"order:PO-1","status":"placed","needed":["accepted","received"]},'
        b'"faults":[],"rule":null,"request":""}'
    )


def test_what_may_be_tried_again_says_when() -> None:
    full = answer(problem_of(QueueFull(waiting=7)))
    assert (full.status_code, full.headers["retry-after"]) == (503, "1")
    assert msgspec.json.decode(full.body)["retryable"] is True


def test_problem_of_the_framework_has_the_same_shape() -> None:
    ours, theirs = problem_of(BodyMalformed(problem="x")), defect("internal.error", "A defect.", {})
    assert msgspec.json.decode(answer(ours).body).keys() == msgspec.json.decode(answer(theirs).body).keys()
    assert theirs.details == {}


def test_faults_stand_beside_the_details_and_name_where_they_are() -> None:
    limit = Fault("query", "isn't a number", name="limit")
    told = msgspec.json.decode(
        answer(problem_of(malformed([Fault("body", "is missing", pointer="/order"), limit]))).body
    )
    assert (told["status"], told["code"]) == (400, "request.parameter_malformed")
    assert told["details"] == {"query.limit": "isn't a number"}
    assert told["faults"] == [
        {"in": "query", "problem": "isn't a number", "name": "limit"},
        {"in": "body", "problem": "is missing", "pointer": "/order"},
    ]


def test_refusal_says_how_long_to_wait() -> None:
    refused = answer(problem_of(RateExceeded(policy="reads", retry_after_seconds=17)))
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "17")


@pytest.mark.parametrize(
    "refused",
    [
        OrderNotInState(order="order:PO-1", status="placed", needed=("accepted",)),
        InspectionRunning(order="order:PO-1", ends_at=datetime(2026, 11, 22, 9, tzinfo=UTC)),
    ],
)
def test_stored_refusal_is_the_same_problem_as_the_first_time(refused: LedgerError) -> None:
    details = msgspec.json.decode(msgspec.json.encode(refused.details()))
    for repeated in (False, True):
        stored = problem_of_rejected(Rejected(code=refused.code, details=details, repeated=repeated))
        assert msgspec.json.encode(stored) == msgspec.json.encode(problem_of(refused))


def test_stored_refusal_of_a_rule_that_is_no_more_is_still_a_conflict() -> None:
    stored = problem_of_rejected(Rejected(code="order.of_an_older_release", details={"order": "PO-1"}))
    assert (stored.status, stored.code, stored.retryable) == (409, "order.of_an_older_release", False)
    assert stored.details == {"order": "PO-1"}

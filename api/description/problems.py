"""The problems that may come: described once by status, and referred to from every operation that may answer them."""

from typing import Any

import msgspec

from api.http.errors import PROBLEM
from api.http.problems import Problem

SCHEMA = "#/components/schemas/"

_MEANINGS = {
    400: "Something of the request can't be meant; `faults` names all of it.",
    401: "No token, or none that is taken.",
    403: "This caller may not.",
    404: "There is no such thing, or none of the caller's.",
    405: "Nothing is asked or said here in this way; `Allow` names how.",
    406: "The answer doesn't come in any form that `Accept` names.",
    409: "A rule says no in the present state, or somebody was first.",
    412: "What was said is about another version than `If-Match` names.",
    413: "The body is too large.",
    415: "The body is in a form that isn't taken here.",
    422: "The `Idempotency-Key` was used for something else.",
    429: "Too much was asked; `Retry-After` says when to come again.",
    503: "Nothing can be said for the moment: again, with the same key, after `Retry-After`.",
}
"""By status: what such a problem means. A 500 isn't among them: it is a defect."""

_OF_ALL = (400, 401, 403, 404, 406, 429, 503)
_OF_CHANGES = (409, 412, 413, 415, 422)
_OF_READS = (409,)
_OPEN = (429, 503)

_RETRY = {"Retry-After": {"description": "In so many seconds.", "schema": {"type": "integer"}}}
_SAID_BY = {401: {"WWW-Authenticate": {"description": "RFC 6750.", "schema": {"type": "string"}}}} | dict.fromkeys(
    (429, 503), _RETRY
)


def _response(status: int) -> dict[str, Any]:
    made: dict[str, Any] = {
        "description": _MEANINGS[status],
        "content": {PROBLEM: {"schema": {"$ref": f"{SCHEMA}Problem"}}},
    }
    return made | ({"headers": _SAID_BY[status]} if status in _SAID_BY else {})


def _components() -> dict[str, dict[str, Any]]:
    _, schemas = msgspec.json.schema_components([Problem], ref_template=SCHEMA + "{name}")
    return {"schemas": schemas, "responses": {f"Problem{status}": _response(status) for status in _MEANINGS}}


COMPONENTS = _components()
"""By kind: what operations refer to."""


def add_problems(operation: dict[str, Any], method: str, path: str) -> None:
    """Describe the problems that may come from an operation, beside what it says of itself."""
    responses = operation["responses"]
    if "HTTPValidationError" in str(responses.get("422")):
        del responses["422"]  # of the framework: here a parameter that can't be meant is a 400
    for status in _statuses(method, path):
        responses.setdefault(str(status), {"$ref": f"#/components/responses/Problem{status}"})
    operation["responses"] = dict(sorted(responses.items()))


def _statuses(method: str, path: str) -> tuple[int, ...]:
    if "{book}" not in path:
        return _OPEN
    return _OF_ALL + (_OF_CHANGES if method == "post" else _OF_READS)

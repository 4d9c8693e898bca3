"""Problems: what the ledger answers where it says no, as an exception with a stable code."""

from typing import Any

import httpx
import msgspec

PROBLEM = "application/problem+json"


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing of a request that can't be meant; `pointer` or `name` says where, by the kind of place it is in."""

    place: str = msgspec.field(name="in", default="")
    problem: str = ""
    pointer: str = ""
    name: str = ""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """The rule that refused, and the version of the rules that it stands in."""

    name: str
    rulebook: str = ""


class _Problem(msgspec.Struct, frozen=True, kw_only=True):
    title: str = ""
    code: str = ""
    retryable: bool = False
    details: dict[str, Any] = {}
    faults: tuple[Fault, ...] = ()
    rule: Rule | None = None
    request: str = ""


class ProblemAnswered(Exception):
    """
    The ledger said no.

    status: of HTTP; code: stable, as `hold.exceeded`; retryable: whether the same request may be taken later; details:
    by name; faults: all that couldn't be meant; rule: whose rule refused; request: the id to ask an operator about.
    """

    def __init__(self, response: httpx.Response) -> None:
        problem = _read(response)
        super().__init__(f"{response.status_code} {problem.code}: {problem.title}")
        self.status = response.status_code
        self.code = problem.code
        self.title = problem.title
        self.retryable = problem.retryable
        self.details = problem.details
        self.faults = problem.faults
        self.rule = problem.rule
        self.request = problem.request


def _read(response: httpx.Response) -> _Problem:
    if response.headers.get("content-type", "").startswith(PROBLEM):
        try:
            return msgspec.json.decode(response.content, type=_Problem)
        except msgspec.MsgspecError:
            pass
    return _Problem(title=response.reason_phrase)

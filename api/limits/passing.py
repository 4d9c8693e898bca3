"""A passage is what the limits and the door know of one request: what answers tell of its rate, and whose it is."""

from typing import Any

from starlette.requests import Request

from api.identity.caller import Caller
from api.limits.rates import Headers, Rates, kind_of

PASSAGE = "passage"


class Passage:
    """One request on its way: `rate` are headers of its answer; is_at_work: whether it counts against all at once."""

    __slots__ = ("is_at_work", "name", "rate", "rates")

    def __init__(self) -> None:
        self.is_at_work = False
        self.rate: Headers = ()
        self.rates: Rates | None = None
        self.name = ""

    def begin(self, rates: Rates, caller: Caller) -> None:
        """Count it as one of the caller's at work. Raises: CallerBusy."""
        self.name = rates.begin(caller)
        self.rates = rates

    def end(self) -> None:
        """Count it no more; where it wasn't or isn't any more, nothing."""
        if self.rates is not None:
            self.rates.end(self.name)
            self.rates = None


def passage_of(request: Request) -> Passage:
    """Return the passage of a request; one of its own where nothing limits it from outside."""
    state: dict[str, Any] = request.scope.setdefault("state", {})
    passage: Passage = state.setdefault(PASSAGE, Passage())
    return passage


def let_in(request: Request, rates: Rates, caller: Caller) -> None:
    """
    Count a request of a caller who proved who they are.

    Raises, in this order: CallerBusy, RateExceeded.
    """
    passage = request.scope["state"].get(PASSAGE)
    if passage is not None:
        passage.begin(rates, caller)
    told = rates.count(caller, kind_of(request.method, request.scope["route"].name))
    if passage is not None:
        passage.rate = told


def charge(request: Request, commands: int) -> None:
    """
    Count the commands of a list, of which the list itself counted as one already.

    Raises: RateExceeded.
    """
    rates: Rates | None = request.app.state.desk.rates
    if rates is not None and commands > 1:
        told = rates.count(request.state.caller, "commands", cost=commands - 1)
        passage_of(request).rate = told

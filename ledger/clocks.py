"""
The clock worker lets deadlines expire that have passed, through ordinary commands.

Which are due is asked of whoever knows, at least once; that each passes exactly once is decided in the log. A command
id is made of the trade, the instant, and the position at which the deadline was set: two workers, or one started again,
say the same thing and get the same answer. What is due is said in the order of its instants, a few hours at a time, so
that after days without a worker everything follows as if there had been one.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from itertools import takewhile
from typing import NamedTuple

import structlog

from domain.commands import ExpireClocks
from domain.errors import Conflict, Forbidden, Malformed, NotFound
from ledger.outcomes import Accepted, Outcome, Submission
from ledger.writer import Writer

PRINCIPAL = "clocks"
ACTOR, ROLE = "clock:worker", "clock"

TOGETHER = timedelta(hours=23)
"""Shorter than any deadline that an expiry can start: whatever is due within it, nothing new can come between."""

_log = structlog.get_logger(__name__)


class DueTrade(NamedTuple):
    """A trade of which a clock is due: the earliest instant, and the log position at which it was set so."""

    order: str
    due_at: datetime
    position: int


Due = Callable[[datetime, int], Sequence[DueTrade]]
"""Returns the trades of which a clock is due at an instant, the earliest first, and at most so many."""


def expiry_of(due: DueTrade) -> Submission:
    """Return the command that lets a trade's clock pass, at its own instant."""
    return Submission(
        command=ExpireClocks(order=due.order),
        command_id=f"{due.order}@{due.due_at:%Y-%m-%dT%H:%M:%S.%fZ}#{due.position}",
        principal=PRINCIPAL,
        actor=ACTOR,
        role=ROLE,
        occurred_at=due.due_at,
    )


class ClockWorker:
    """
    Expires what is due in one book.

    A deadline that couldn't expire, which is a defect or a rule's refusal, is told to the log of the process and left
    alone until this worker starts again: it holds up no other one.
    """

    def __init__(self, writer: Writer, due: Due, *, trades_max: int = 1_000) -> None:
        self._writer = writer
        self._due = due
        self._trades_max = trades_max
        self.stuck: set[DueTrade] = set()

    def step(self, now: datetime) -> int:
        """
        Expire the earliest of what is due; return how many trades were told, 0 where nothing is due.

        A trade whose clock moved on meanwhile answers that it isn't due, which is an answer as good as any.

        Raises what `Writer.submit_all` does, and LogCorrupt or DatabaseAbsent.
        """
        found = [trade for trade in self._due(now, self._trades_max + len(self.stuck)) if trade not in self.stuck]
        if not found:
            return 0
        until = found[0].due_at + TOGETHER
        told = list(takewhile(lambda trade: trade.due_at < until, found))
        answers = self._writer.submit_all([expiry_of(trade) for trade in told])
        for trade, answer in zip(told, answers, strict=True):
            if not _expired(answer):
                self.stuck.add(trade)
        return len(told)


def _expired(answer: Future[Outcome]) -> bool:
    try:
        outcome = answer.result()
    except (Malformed, NotFound, Forbidden, Conflict) as error:
        _log.error("clock not expired", error=str(error))
        return False
    if isinstance(outcome, Accepted):
        return True
    _log.warning("clock not expired", code=outcome.code, details=outcome.details)
    return False

"""A rehearsal is the simulated book in memory, so that the stories played in it know what the ledger will answer."""

from collections.abc import Iterable
from datetime import datetime
from itertools import count, takewhile
from typing import NamedTuple, TypeVar

from api.simulation.world import OPERATOR, bill_of, remittance_of
from domain import handlers
from domain.aggregate import Aggregate
from domain.clock import Clocks
from domain.commands import OpenBook
from domain.errors import LedgerError
from domain.hold import Hold
from domain.references import (
    clocks_id,
    commission_id,
    dispute_id,
    guarantee_id,
    hold_id,
    order_id,
    receivable_id,
    refunds_id,
    releases_id,
    remittance_id,
)
from domain.unit_of_work import Loaded, Step, UnitOfWork
from ledger.outcomes import Submission

A = TypeVar("A", bound=Aggregate)

_NEVER = Loaded(None, 0)


class Heard(NamedTuple):
    """What became of a submission; `first_position` is where the first of its steps stands in the log."""

    refusal: LedgerError | None
    steps: list[Step]
    first_position: int
    changed: dict[str, Loaded]


class Rehearsal:
    """
    One book by the domain's own rules: no story needs a second copy of them.

    Many rules look beyond one trade (is the party suspended? what has its agreement come to this year?), so there is
    one rehearsal for all stories, and it hears everything in the order in which the ledger will: what is refused here
    is refused there, proposals get the same numbers and events the same positions. That holds where the book is empty
    at first and nobody else speaks in it; elsewhere a story gets other answers than it thought, which harms nobody.
    """

    def __init__(self) -> None:
        self._aggregates: dict[str, Loaded] = {}
        self._position = 0
        self._book = ""

    def __len__(self) -> int:
        return len(self._aggregates)

    def hear(self, submission: Submission) -> Heard:
        """Decide a submission, which says when it occurred; one that is refused changes nothing."""
        assert submission.occurred_at is not None  # noqa: S101 - a simulation says when
        if isinstance(submission.command, OpenBook):
            self._book = submission.command.book
        uow = self.uow(at=submission.occurred_at, actor=submission.actor, role=submission.role)
        try:
            handlers.decide(submission.command, uow)
        except LedgerError as refusal:
            return Heard(refusal, [], 0, {})
        self._aggregates.update(uow.changed)
        first = self._position + 1
        self._position += len(uow.steps)
        return Heard(None, uow.steps, first, uow.changed)

    def uow(self, *, at: datetime, actor: str = OPERATOR, role: str = "operator") -> UnitOfWork:
        """Return a unit of work on the book as it stands."""
        return UnitOfWork(self._load, actor=actor, role=role, occurred_at=at, book=self._book)

    def find(self, kind: type[A], reference: str) -> A | None:
        """Return an aggregate as it stands, or nothing."""
        aggregate = self._load(reference).aggregate
        assert aggregate is None or isinstance(aggregate, kind)  # noqa: S101 - a reference says its kind
        return aggregate

    def is_over(self, order: str) -> bool:
        """Return whether nothing will happen to a trade that nobody says: its hold is closed and no clock decides."""
        hold = self.find(Hold, hold_id(order))
        clocks = self.find(Clocks, clocks_id(order))
        return (hold is None or hold.status == "closed") and (clocks is None or clocks.next_due is None)

    def drop(self, order: str) -> None:
        """Forget a trade of which nobody will speak again, so that memory grows with what is open, not with the log."""
        disputes = takewhile(self._aggregates.__contains__, (dispute_id(order, number) for number in count(1)))
        for reference in (*disputes, *(name(order) for name in _OF_ORDER)):
            self._aggregates.pop(reference, None)

    def forget(self, references: Iterable[str]) -> None:
        """Forget what nobody will speak of again."""
        for reference in references:
            self._aggregates.pop(reference, None)

    def _load(self, reference: str) -> Loaded:
        return self._aggregates.get(reference, _NEVER)


def _shipped(order: str) -> str:
    return receivable_id(bill_of(order))


def _remitted(order: str) -> str:
    return remittance_id(remittance_of(order))


_OF_ORDER = (order_id, hold_id, releases_id, refunds_id, clocks_id, commission_id, guarantee_id, _shipped, _remitted)

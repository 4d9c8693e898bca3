"""The stage is where stories are told, all at once, on one virtual time: each goes on when its turn comes."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache, partial
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple, TypeVar

from api.simulation import odds
from api.simulation.clockwork import Clockwork, Outage
from api.simulation.dice import Dice
from api.simulation.rehearsal import Heard, Rehearsal
from domain import commands
from domain.aggregate import Aggregate
from domain.clock import Clock, Clocks
from domain.dispute import Dispute
from domain.hold import Hold
from domain.order import Order
from domain.reconciliation_break import break_id
from domain.references import clocks_id, hold_id, key_of, order_id
from domain.rulebook import Rulebook
from domain.rules import Rules
from domain.side import BUYER, Side
from domain.trade import Trade, disputes_of
from ledger.clocks import DueTrade, expiry_of
from ledger.outcomes import Submission

PRINCIPAL = "simulator"

Story = Iterator[datetime]
"""What somebody does, told in turns: each yields the instant of the next, by which things may have changed."""

Listener = Callable[[Heard], None]

A = TypeVar("A", bound=Aggregate)


class _Turn(NamedTuple):
    """What happens at an instant. Deadlines that nobody saw in time pass later, in the order in which they came."""

    at: datetime
    since: datetime
    number: int
    happen: Callable[[], None]


class Stage:
    """
    The present of a simulated marketplace: its time, its dice, and its book so far.

    Whatever is said is decided at once on the rehearsal, so a story that asks how things stand sees what everybody has
    said before. `at` never goes back. `aside` are the dice for what decides nothing in a trade, so that one more story
    beside the trades doesn't change how each of them goes.
    """

    def __init__(
        self,
        *,
        dice: Dice,
        starts_at: datetime,
        ends_at: datetime,
        outages: Sequence[Outage] = (),
        aside: Dice | None = None,
    ) -> None:
        self.dice = dice
        self.aside = aside or dice
        self.at = self.starts_at = starts_at
        self.ends_at = ends_at
        self._rehearsal = Rehearsal()
        self._clockwork = Clockwork(outages)
        self._listeners: list[Listener] = [self._watch_deadlines]
        self._turns: list[_Turn] = []
        self._numbers = count()
        self._said: list[Submission] = []
        self._times_said: dict[str, Counter[str]] = {}
        self._stories: Counter[str] = Counter()

    def play(self) -> Iterator[Submission]:
        """Yield what is said, in the order in which it is, until the stage's time is over."""
        while self._turns and self._turns[0].at < self.ends_at:
            turn = heappop(self._turns)
            self.at = turn.at
            turn.happen()
            yield from self._said
            self._said.clear()

    def remember(self, submissions: Iterable[Submission]) -> None:
        """Take for said what came before the stage's time."""
        for submission in submissions:
            self._rehearsal.hear(submission)

    def listen(self, listener: Listener) -> None:
        """Tell somebody of every command that is accepted."""
        self._listeners.append(listener)

    def begin(self, story: Story, *, order: str = "") -> None:
        """Let a story begin now; while one about an order is told, the order stays in memory."""
        self._stories[order] += 1
        self._on(self.at, partial(self._go_on, story, order))

    def say(self, command: commands.Command, actor: str) -> str:
        """Say a command now; return the code of its refusal, empty where it is accepted."""
        subject = _subject_of(command)
        verb = _verb_of(type(command))
        said = self._times_said.setdefault(subject, Counter())
        said[verb] += 1
        return self._submit(
            Submission(
                command=command,
                command_id=f"sim-{subject}-{verb}-{said[verb]}",
                principal=PRINCIPAL,
                actor=actor,
                role=actor.partition(":")[0],
                occurred_at=self.at,
            )
        )

    def forget(self, references: Iterable[str]) -> None:
        """Let go of what no story will ask for again."""
        self._rehearsal.forget(references)

    # How things stand

    def find(self, kind: type[A], reference: str) -> A | None:
        """Return an aggregate, or nothing."""
        return self._rehearsal.find(kind, reference)

    def order(self, key: str) -> Order:
        """Return an order that was placed."""
        return self._get(Order, order_id(key))

    def speaker(self, key: str, side: Side) -> str:
        """Return who speaks for a side of an order."""
        order = self.order(key)
        return f"buyer:{order.buyer}" if side == BUYER else f"exporter:{order.exporter}"

    def hold(self, key: str) -> Hold:
        """Return the money held for an order that was accepted."""
        return self._get(Hold, hold_id(key))

    def trade(self, key: str) -> Trade:
        """Return an order that was placed, with its money."""
        return Trade(key, self._rehearsal.uow(at=self.at))

    def rules(self, key: str) -> Rules:
        """Return the rules that an order was placed under."""
        return self._get(Rulebook, self.order(key).terms.rulebook).rules

    def disputes(self, key: str) -> Sequence[Dispute]:
        """Return the disputes of an order."""
        return disputes_of(key, self._rehearsal.uow(at=self.at))

    def clock(self, key: str, name: str) -> Clock | None:
        """Return a running clock of a trade, or nothing."""
        clocks = self.find(Clocks, clocks_id(key))
        return clocks.find(name) if clocks else None

    # When a story goes on

    def days(self, bounds: tuple[int, int]) -> datetime:
        """Return an instant so many days from now, by chance."""
        low, high = bounds
        return self.hours((24 * low, 24 * high))

    def hours(self, bounds: tuple[int, int]) -> datetime:
        """Return an instant so many hours from now, by chance, to the second."""
        low, high = bounds
        return self.at + timedelta(seconds=self.dice.whole((3_600 * low, 3_600 * high)))

    def until(self, at: datetime) -> datetime:
        """Return an instant, or now where it has passed."""
        return max(self.at, at)

    def share(self, percent: int) -> datetime:
        """Return the instant at which so much of the stage's time is over."""
        return self.starts_at + (self.ends_at - self.starts_at) * percent / 100

    # Behind the scenes

    def _on(self, at: datetime, happen: Callable[[], None]) -> None:
        heappush(self._turns, _Turn(max(at, self.at), at, next(self._numbers), happen))

    def _go_on(self, story: Story, order: str) -> None:
        at = next(story, None)
        if at is None:
            self._stories[order] -= 1
            self._tidy(order)
        else:
            self._on(at, partial(self._go_on, story, order))

    def _submit(self, submission: Submission) -> str:
        self._said.append(submission)
        heard = self._rehearsal.hear(submission)
        if heard.refusal is None:
            for listener in self._listeners:
                listener(heard)
        if self.aside.chance(odds.SENT_TWICE):
            self._said.append(submission)
        return heard.refusal.code if heard.refusal else ""

    def _watch_deadlines(self, heard: Heard) -> None:
        for due in self._clockwork.hear(heard):
            wakes_at = max(self._clockwork.wakes_at(due.due_at), self.at)
            heappush(self._turns, _Turn(wakes_at, due.due_at, next(self._numbers), partial(self._expire, due)))

    def _expire(self, due: DueTrade) -> None:
        if self._clockwork.is_next(due):
            self._submit(expiry_of(due))
            self._tidy(due.order)

    def _tidy(self, order: str) -> None:
        if order and not self._stories[order] and self._rehearsal.is_over(order):
            self._rehearsal.drop(order)
            self._clockwork.drop(order)
            self._times_said.pop(order, None)
            del self._stories[order]

    def _get(self, kind: type[A], reference: str) -> A:
        aggregate = self.find(kind, reference)
        assert aggregate is not None, reference  # noqa: S101 - a story asks for what it has made
        return aggregate


_SUBJECTS = (
    *("payout", "file", "settlement", "bank_account", "match", "break_key", "conversion"),
    *("order", "receivable", "remittance", "party", "agreement", "rulebook"),
    *("list_name", "source", "period", "currency"),
)
"""The fields of a command that may say what it is about, in the order in which they are asked."""


def _subject_of(command: commands.Command) -> str:
    """Return what a command is about; of differences that are found together, the first."""
    if isinstance(command, commands.RaiseBreaks):
        return key_of(break_id(command.found[0].subject))
    subject: str = getattr(command, _subject_field_of(type(command)))
    return subject


@cache
def _subject_field_of(kind: type[commands.Command]) -> str:
    return next(field for field in _SUBJECTS if field in kind.__struct_fields__)


@cache
def _verb_of(kind: type[commands.Command]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower()

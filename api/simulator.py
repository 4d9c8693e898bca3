"""
The simulator plays an invented marketplace into a book: many trades at once, on a virtual clock, the same for a seed.

With `salts_from(seed)` and a `VirtualClock` the whole log is the same byte for byte, whatever the batches: salts are
drawn command by command in order, by one writer. Only a batch that had to be tried again would draw them twice.
"""

import random
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from threading import Event
from typing import NamedTuple

import msgspec

from api.simulation.bank_desk import BankDesk
from api.simulation.bookkeeping import close_months
from api.simulation.books import Books
from api.simulation.break_desk import BreakDesk
from api.simulation.card_desk import CardDesk
from api.simulation.cast import Cast
from api.simulation.clockwork import Outage
from api.simulation.compliance import change_profiles, keep_watchlist, leave, suspend_some
from api.simulation.desk import FinanceDesk
from api.simulation.dice import Dice
from api.simulation.exchange import Exchange
from api.simulation.exports import ExportDesk
from api.simulation.own_money import OwnMoney
from api.simulation.partners import amend_agreements, end_agreement, sign_agreements
from api.simulation.payout_desk import PayoutDesk
from api.simulation.rule_change import change_rules
from api.simulation.stage import PRINCIPAL, Stage, Story
from api.simulation.takeover import take_over_balances, take_over_orders
from api.simulation.trade import SimulatedTrade
from api.simulation.treasury import set_unclaimed_aside
from api.simulation.world import OPERATOR, RULEBOOK, RULES, SECOND_OPERATOR
from domain import commands
from domain.errors import Conflict, Forbidden, Malformed, NotFound
from ledger.application import TradeLedger
from ledger.outcomes import Accepted, Outcome, Rejected, Submission
from ledger.store import BookRecorder
from ledger.writer import QueueFull, Writer

DAYS = 180
"""Long enough for a container by sea, its inspection window and the claim window after it."""
SETTING_UP = timedelta(hours=12)
"""From the opening of the book until the marketplace itself begins to work..."""
BEFORE_TRADES = timedelta(days=1)
"""... and until its trades do..."""
AFTER_TRADES = timedelta(days=2)
"""... the last of which begins so long before the end, time enough to place it where the first try is refused."""
OUTAGES = ((33, 60), (71, 9))
"""Without a clock worker: from a percent of the simulated time on, for so many hours."""

IN_FLIGHT_MAX = 4_000
"""Commands that may wait for their answers: enough to fill a batch while the one before is being written."""
SETTLED_TOGETHER = 500

PAUSE_SECONDS = 0.005
"""Before another try, where other callers fill the queue."""


class VirtualClock:
    """
    A clock that stands until it is moved, so that what is recorded depends on no wall clock and on no batch.

    ends_at: the instant that it never passes.
    """

    def __init__(self, at: datetime, *, ends_at: datetime | None = None) -> None:
        self._at = at
        self._ends_at = ends_at or at

    def __call__(self) -> datetime:
        """Return the instant."""
        return self._at

    def is_behind(self, at: datetime) -> bool:
        """Return whether it stands before an instant, and before its end."""
        return self._at < min(at, self._ends_at)

    def end_day(self, at: datetime) -> None:
        """Let it stand at the end of an instant's day, in UTC."""
        midnight = datetime.combine(at.astimezone(UTC).date() + timedelta(days=1), time.min, UTC)
        self._at = min(midnight, self._ends_at)


def salts_from(seed: int) -> Callable[[int], bytes]:
    """
    Return a source of salts that is the same for a seed, for a `TradeLedger`.

    Whoever knows the seed knows the salts: only for books of invented trades.
    """
    return random.Random(f"salts of {seed}").randbytes  # noqa: S311 - salts of invented trades hide nothing


def opening(book: str, *, seed: int, ends_at: datetime, days: int = DAYS) -> Iterator[Submission]:
    """Yield what comes before the trades: the book is opened, and its rulebook drafted, approved and published."""
    identity = random.Random(f"identity of {book} {seed}").randbytes(16).hex()  # noqa: S311 - of an invented book
    said: tuple[tuple[str, str, commands.Command], ...] = (
        (
            "open",
            OPERATOR,
            commands.OpenBook(book=book, identity=identity, log_origin=f"trade-ledger.invalid/{book}/{identity}"),
        ),
        ("draft", OPERATOR, commands.DraftRulebook(rulebook=RULEBOOK, rules=RULES)),
        ("approve", SECOND_OPERATOR, commands.ApproveRulebook(rulebook=RULEBOOK)),
        ("publish", OPERATOR, commands.PublishRulebook(rulebook=RULEBOOK)),
    )
    for hour, (verb, actor, command) in enumerate(said):
        yield Submission(
            command=command,
            command_id=f"sim-{book}-{verb}",
            principal=PRINCIPAL,
            actor=actor,
            role="operator",
            occurred_at=ends_at - timedelta(days=days) + timedelta(hours=hour),
        )


class Door(NamedTuple):
    """The way into a book's log for a simulation, and the clock there."""

    writer: Writer
    clock: VirtualClock


@contextmanager
def writing(recorder: BookRecorder, *, seed: int, ends_at: datetime, days: int = DAYS) -> Iterator[Door]:
    """Yield the door to a book's log for a simulation: its clock is virtual, and its salts are the seed's."""
    clock = VirtualClock(ends_at - timedelta(days=days), ends_at=ends_at)
    writer = Writer(TradeLedger(recorder, clock=clock, salts=salts_from(seed)))
    try:
        yield Door(writer, clock)
    finally:
        writer.close()


def simulate(
    *, trades: int, seed: int, ends_at: datetime, days: int = DAYS, is_banked: bool = True
) -> Iterator[Submission]:
    """
    Yield the submissions of a marketplace with many overlapping trades in the order in which they are said, all before
    `ends_at`, after those of `opening`.

    Trades begin evenly, from a day after the opening to two days before the end; what would come at `ends_at` or later
    hasn't happened yet, so that orders are left in every state. Time never goes back, but for deadlines that passed
    while no clock worker ran: what the worker then says took place at their own instants.

    is_banked: whether the bank is played, too; else nothing is paid out, and no statement comes.
    """
    begins_at = ends_at - timedelta(days=days)
    stage = Stage(
        dice=Dice(random.Random(seed)),  # noqa: S311 - a simulation wants numbers that can be had again
        aside=Dice(random.Random(f"aside {seed}")),  # noqa: S311 - likewise
        starts_at=begins_at + SETTING_UP,
        ends_at=ends_at,
        outages=[_outage(begins_at + (ends_at - begins_at) * percent / 100, hours) for percent, hours in OUTAGES],
    )
    stage.remember(opening("rehearsed", seed=seed, ends_at=ends_at, days=days))
    for story in _stories(trades, stage, first_at=begins_at + BEFORE_TRADES, is_banked=is_banked):
        stage.begin(story)
    return stage.play()


def _stories(trades: int, stage: Stage, *, first_at: datetime, is_banked: bool) -> Iterator[Story]:
    cast = Cast(stage)
    FinanceDesk(stage)
    ExportDesk(stage)
    yield keep_watchlist(stage, cast)
    yield sign_agreements(stage, cast)
    yield take_over_balances(stage)
    yield take_over_orders(trades, stage, cast)
    yield change_rules(stage, cast)
    yield amend_agreements(stage)
    yield end_agreement(stage, cast)
    yield suspend_some(stage, cast)
    yield change_profiles(stage, cast)
    yield leave(stage, cast)
    yield set_unclaimed_aside(stage, cast)
    yield close_months(stage)
    if is_banked:
        yield from _stories_of_banks(stage, cast)
    yield _begin_trades(trades, stage, cast, first_at=first_at)


def _stories_of_banks(stage: Stage, cast: Cast) -> Iterator[Story]:
    books, breaks = Books(stage), BreakDesk(stage)
    cards = CardDesk(stage, books, breaks)
    bank = BankDesk(stage, books, breaks, cards)
    payouts = PayoutDesk(stage, cast, books, bank, breaks)
    exchange = Exchange(stage, payouts)
    yield cards.settle()
    yield bank.keep()
    yield payouts.pay()
    yield OwnMoney(stage, books, payouts).move()
    yield exchange.publish()
    yield exchange.convert()
    yield exchange.revalue()


def _begin_trades(trades: int, stage: Stage, cast: Cast, *, first_at: datetime) -> Story:
    apart_seconds = (stage.ends_at - AFTER_TRADES - first_at).total_seconds() / max(trades, 1)
    for number in range(1, trades + 1):
        yield first_at + timedelta(seconds=int((number - 1) * apart_seconds))
        order = f"PO-{number:06d}"
        stage.begin(SimulatedTrade(order, stage=stage, cast=cast).story(), order=order)


def _outage(starts_at: datetime, hours: int) -> Outage:
    return Outage(starts_at, starts_at + timedelta(hours=hours))


class SimulationReport(msgspec.Struct, frozen=True, kw_only=True):
    """
    What became of the submissions: commands = accepted + repeated + all refused + all failed.

    trades: orders placed; topics: how many events of each; repeated: answered as before, because the same command id
    had come before; refused: by code, remembered for ever; failed: by code, the callers' mistakes of which nothing is
    stored.
    """

    trades: int
    commands: int
    accepted: int
    repeated: int
    refused: dict[str, int]
    failed: dict[str, int]
    events: int
    topics: dict[str, int]


def play(
    submissions: Iterable[Submission],
    writer: Writer,
    *,
    clock: VirtualClock | None = None,
    progress: Callable[[int], None] | None = None,
) -> SimulationReport:
    """
    Feed a writer in bulk, in order, never faster than it takes, and return what became of it all.

    clock: the writer's, moved on day by day with what is said: each day is recorded before the next one begins;
    progress: told, now and then, how many more commands have been answered.

    Raises: LogCorrupt, WriterClosed, DatabaseAbsent, and any defect; what was submitted before may have happened.
    """
    tally = _Tally(progress or _unheard)
    waiting: deque[_Asked] = deque()
    for submission in submissions:
        if clock and submission.occurred_at and clock.is_behind(submission.occurred_at):
            tally.settle(waiting, down_to=0)
            clock.end_day(submission.occurred_at)
        waiting.append(_Asked(submission, _submit(submission, writer, waiting, tally)))
        if len(waiting) >= IN_FLIGHT_MAX:
            tally.settle(waiting, down_to=IN_FLIGHT_MAX - SETTLED_TOGETHER)
    tally.settle(waiting, down_to=0)
    return tally.report()


class _Asked(NamedTuple):
    submission: Submission
    future: Future[Outcome]


class _Tally:
    def __init__(self, progress: Callable[[int], None]) -> None:
        self._progress = progress
        self._counted: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()
        self._topics: Counter[str] = Counter()

    def settle(self, waiting: deque[_Asked], *, down_to: int) -> None:
        """Wait for the oldest answers and count them, until few enough are waiting."""
        answered = max(0, len(waiting) - down_to)
        for _ in range(answered):
            submission, future = waiting.popleft()
            try:
                self._count(submission.command, future.result())
            except (Malformed, NotFound, Forbidden, Conflict) as error:
                self._failed[error.code] += 1
        self._counted["commands"] += answered
        self._progress(answered)

    def report(self) -> SimulationReport:
        """Return the counts."""
        return SimulationReport(
            trades=self._counted["trades"],
            commands=self._counted["commands"],
            accepted=self._counted["accepted"],
            repeated=self._counted["repeated"],
            refused=dict(sorted(self._refused.items())),
            failed=dict(sorted(self._failed.items())),
            events=self._counted["events"],
            topics=dict(sorted(self._topics.items())),
        )

    def _count(self, command: commands.Command, outcome: Outcome) -> None:
        match outcome:
            case Accepted(repeated=True) | Rejected(repeated=True):
                self._counted["repeated"] += 1
            case Accepted():
                self._counted["accepted"] += 1
                self._counted["events"] += outcome.last_position - outcome.first_position + 1
                self._topics.update([recorded.topic for recorded in outcome.events])
                self._counted["trades"] += isinstance(command, commands.PlaceOrder)
            case Rejected():
                self._refused[outcome.code] += 1


def _submit(submission: Submission, writer: Writer, waiting: deque[_Asked], tally: _Tally) -> Future[Outcome]:
    while True:
        try:
            return writer.submit(submission)
        except QueueFull:
            if waiting:
                tally.settle(waiting, down_to=len(waiting) // 2)
            else:
                Event().wait(PAUSE_SECONDS)


def _unheard(_answered: int) -> None:
    """Hear of progress and do nothing."""

"""The simulator plays into a real book: one log for a seed, every event of the catalogue, and books that balance."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

from psycopg_pool import ConnectionPool

from api.simulation.rehearsal import Rehearsal
from api.simulator import DAYS, SimulationReport, VirtualClock, opening, play, salts_from, simulate
from domain.catalogue import evolve
from domain.clock import ClockExpired, ClockExtended, ClockResumed, ClockStarted
from domain.envelope import Recorded, decode
from domain.hold import Hold
from domain.payee_account import PayeeAccount
from domain.posting_rules import post
from domain.references import key_of, kind_of
from ledger.application import TradeLedger
from ledger.outcomes import Submission
from ledger.pool import Connection, open_pool
from ledger.store import BookRecorder
from ledger.writer import Writer
from tests.books import LogRow, checked_log, merkle_root, read_log

ENDS_AT = datetime(2026, 11, 22, tzinfo=UTC)


class Played:
    """A book that the simulator has played into."""

    def __init__(self, pool: ConnectionPool[Connection], report: SimulationReport) -> None:
        self.pool = pool
        self.report = report

    def log(self) -> list[LogRow]:
        return checked_log(self.pool)

    def root(self) -> bytes:
        return merkle_root([row.leaf_hash for row in self.log()])

    def events(self) -> Iterator[Recorded]:
        for row in read_log(self.pool):
            yield Recorded(row.position, row.originator_id, row.version, row.topic, decode(row.topic, row.state))


@contextmanager
def played(
    dsn: str, *, trades: int, seed: int = 7, batch_commands_max: int = 1_000, queue_commands_max: int = 10_000
) -> Iterator[Played]:
    with open_pool(dsn, connections_max=2) as pool:
        clock = VirtualClock(ENDS_AT - timedelta(days=DAYS), ends_at=ENDS_AT)
        ledger = TradeLedger(BookRecorder(pool, "main"), clock=clock, salts=salts_from(seed))
        writer = Writer(ledger, batch_commands_max=batch_commands_max, queue_commands_max=queue_commands_max)
        report = play(told(trades=trades, seed=seed), writer, clock=clock)
        writer.close()
        yield Played(pool, report)


def told(*, trades: int, seed: int = 7) -> Iterator[Submission]:
    return chain(opening("main", seed=seed, ends_at=ENDS_AT), simulate(trades=trades, seed=seed, ends_at=ENDS_AT))


def test_a_seed_gives_the_same_log_whatever_the_batches(new_database: Callable[[], str]) -> None:
    with (
        played(new_database(), trades=150) as first,
        played(new_database(), trades=150, batch_commands_max=17) as again,
    ):
        assert first.root() == again.root()
        assert first.log() == again.log()
        assert first.report == again.report


def test_another_seed_gives_another_log(new_database: Callable[[], str]) -> None:
    with played(new_database(), trades=150) as one, played(new_database(), trades=150, seed=8) as other:
        assert one.root() != other.root()
        assert one.report != other.report


def test_the_ledger_answers_what_the_rehearsal_thought(database: str) -> None:
    rehearsal, codes, events = Rehearsal(), Counter[str](), 0
    for submission in {each.command_id: each for each in told(trades=400)}.values():
        heard = rehearsal.hear(submission)
        codes[heard.refusal.code if heard.refusal else ""] += 1
        events += len(heard.steps)
    with played(database, trades=400) as book:
        report = book.report
        assert report.events == events
        assert report.accepted == codes.pop("")
        assert report.refused == {code: codes[code] for code in report.refused}
        assert set(codes) == {*report.refused, *report.failed}


def test_deadlines_pass_under_the_ids_that_the_clock_worker_would_give(database: str) -> None:
    with played(database, trades=150) as book:
        set_at: dict[int, tuple[str, datetime]] = {}
        expired = 0
        for recorded in book.events():
            event, state = recorded.event, recorded.state
            if isinstance(event, ClockStarted | ClockResumed | ClockExtended):
                set_at[recorded.position] = (key_of(recorded.originator_id), event.due_at)
            elif isinstance(event, ClockExpired) and state.principal == "clocks":
                named, _, position = state.command_id.rpartition("#")
                order, due_at = set_at[int(position)]
                assert named == f"{order}@{due_at:%Y-%m-%dT%H:%M:%S.%fZ}"
                expired += 1
    assert expired > 50


def test_the_report_counts_every_command_and_event_once(database: str) -> None:
    with played(database, trades=200) as book:
        report = book.report
        assert report.trades == 200
        assert report.events == len(book.log())
        assert report.topics == Counter(row.topic for row in book.log())
        said = list(told(trades=200))
        assert report.commands == len(said)
        assert report.repeated == len(said) - len({submission.command_id for submission in said}) > 0
        answered = report.accepted + report.repeated + sum(report.refused.values()) + sum(report.failed.values())
        assert report.commands == answered


def test_entries_sum_to_zero_and_holds_are_proved_at_every_position(database: str) -> None:
    with played(database, trades=400) as book:
        holds: dict[str, Hold] = {}
        kept: Counter[tuple[str, str]] = Counter()
        posted: Counter[tuple[str, str]] = Counter()
        totals: Counter[str] = Counter()
        for recorded in book.events():
            reference = recorded.originator_id
            entry = post(reference, recorded.event)
            for posting in entry.postings if entry else ():
                totals[posting.currency] += posting.amount_minor
                posted[kind_of(posting.account), posting.currency] -= posting.amount_minor
            if kind_of(reference) == "hold":
                before = holds.get(reference)
                hold = evolve(before, recorded.event, reference, recorded.state.occurred_at)
                assert isinstance(hold, Hold)
                holds[reference] = hold
                kept["hold", hold.currency] += hold.held_minor - (before.held_minor if before else 0)
                kept["disputed", hold.currency] += hold.disputed_minor - (before.disputed_minor if before else 0)
                kept["frozen", hold.currency] += hold.frozen_minor - (before.frozen_minor if before else 0)
                assert min(hold.held_minor, hold.disputed_minor, hold.frozen_minor) >= 0
            assert not any(totals.values()), recorded
            for account in {*kept, *posted}:
                if account[0] in {"hold", "disputed", "frozen"}:
                    assert kept[account] == posted[account], recorded
        assert {currency for (kind, currency), minor in kept.items() if kind == "hold" and minor} >= {
            "USD",
            "JPY",
            "KWD",
        }


def test_payee_accounts_equal_their_ledger_accounts(database: str) -> None:
    with played(database, trades=400) as book:
        payees: dict[str, Any] = {}
        posted: defaultdict[str, int] = defaultdict(int)
        for recorded in book.events():
            reference = recorded.originator_id
            if kind_of(reference) == "payee":
                payees[reference] = evolve(payees.get(reference), recorded.event, reference, recorded.state.occurred_at)
            entry = post(reference, recorded.event)
            for posting in entry.postings if entry else ():
                if kind_of(posting.account) in {"payable", "refundable"}:
                    party = posting.account.rpartition(":")[2]
                    posted[f"payee:{party}/{posting.currency}"] -= posting.amount_minor
        balances = {name: payee.balance_minor for name, payee in payees.items() if isinstance(payee, PayeeAccount)}
        assert balances == posted


def test_a_short_queue_slows_the_simulator_down_and_loses_nothing(new_database: Callable[[], str]) -> None:
    with (
        played(new_database(), trades=100) as long,
        played(new_database(), trades=100, queue_commands_max=3) as short,
    ):
        assert short.report == long.report
        assert short.root() == long.root()


def test_playing_again_changes_nothing(database: str) -> None:
    with played(database, trades=50) as first, played(database, trades=50) as again:
        assert (again.report.events, again.report.trades, again.report.accepted) == (0, 0, 0)
        assert again.report.commands == first.report.commands
        remembered = first.report.accepted + first.report.repeated + sum(first.report.refused.values())
        assert again.report.repeated >= remembered


def test_progress_adds_up_to_all_commands(database: str) -> None:
    heard: list[int] = []
    with open_pool(database, connections_max=2) as pool:
        ledger = TradeLedger(BookRecorder(pool, "main"), clock=VirtualClock(ENDS_AT), salts=salts_from(7))
        writer = Writer(ledger)
        report = play(opening("main", seed=7, ends_at=ENDS_AT), writer, progress=heard.append)
        writer.close()
    assert sum(heard) == report.commands == 4

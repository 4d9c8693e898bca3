"""The simulator plays into a real book: one log for a seed, every event of the catalogue, and books that balance."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import pytest
from psycopg_pool import ConnectionPool

from api.simulator import SimulationReport, VirtualClock, opening, play, salts_from, simulate
from domain.catalogue import EVENTS, evolve
from domain.envelope import Recorded, decode
from domain.hold import Hold
from domain.payee_account import PayeeAccount
from domain.posting_rules import post
from domain.references import kind_of
from ledger.application import TradeLedger
from ledger.pool import Connection, open_pool
from ledger.store import BookRecorder
from ledger.writer import Writer
from tests.books import LogRow, checked_log, merkle_root, read_log

ENDS_AT = datetime(2026, 11, 22, tzinfo=UTC)

INTENDED_FAILURES = {"proposal.approver_is_proposer", "proposal.not_found"}
INTENDED_REFUSALS = {
    "hold.closed",
    "hold.currency_differs",
    "hold.exceeded",
    "hold.recovery_exceeded",
    "order.already_dispatched",
    "order.cancelled",
    "order.dispatch_already_delivered",
    "order.inspection_running",
    "order.not_in_state",
    "proposal.pending",
}


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
        ledger = TradeLedger(BookRecorder(pool, "main"), clock=VirtualClock(ENDS_AT), salts=salts_from(seed))
        writer = Writer(ledger, batch_commands_max=batch_commands_max, queue_commands_max=queue_commands_max)
        told = chain(opening("main", seed=seed, ends_at=ENDS_AT), simulate(trades=trades, seed=seed, ends_at=ENDS_AT))
        report = play(told, writer)
        writer.close()
        yield Played(pool, report)


def test_a_seed_gives_the_same_log_whatever_the_batches(new_database: Callable[[], str]) -> None:
    with (
        played(new_database(), trades=300) as first,
        played(new_database(), trades=300, batch_commands_max=17) as again,
    ):
        assert first.root() == again.root()
        assert first.log() == again.log()
        assert first.report == again.report


def test_another_seed_gives_another_log(new_database: Callable[[], str]) -> None:
    with played(new_database(), trades=300) as one, played(new_database(), trades=300, seed=8) as other:
        assert one.root() != other.root()
        assert one.report != other.report


def test_every_event_of_the_catalogue_happens_and_only_what_is_meant_to_fail_fails(database: str) -> None:
    with played(database, trades=1_500) as book:
        assert {row.topic for row in book.log()} == {event_type.topic for event_type in EVENTS}
        assert book.report.failed.keys() == INTENDED_FAILURES
        assert book.report.refused.keys() == INTENDED_REFUSALS


def test_the_report_counts_every_command_and_event_once(database: str) -> None:
    with played(database, trades=300) as book:
        report = book.report
        assert report.trades == 300
        assert report.events == len(book.log())
        told = list(simulate(trades=300, seed=7, ends_at=ENDS_AT))
        assert report.commands == len(told) + 4
        assert report.repeated == len(told) - len({submission.command_id for submission in told}) > 0
        answered = report.accepted + report.repeated + sum(report.refused.values()) + sum(report.failed.values())
        assert report.commands == answered


def test_entries_sum_to_zero_and_holds_are_proved_at_every_position(database: str) -> None:
    with played(database, trades=600) as book:
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
                kept["frozen", hold.currency] += hold.frozen_minor - (before.frozen_minor if before else 0)
                assert min(hold.held_minor, hold.frozen_minor) >= 0
            assert not any(totals.values()), recorded
            for account in {*kept, *posted}:
                if account[0] in {"hold", "frozen"}:
                    assert kept[account] == posted[account], recorded
        assert {currency for (kind, currency), minor in kept.items() if kind == "hold" and minor} >= {
            "USD",
            "JPY",
            "KWD",
        }


def test_payee_accounts_equal_their_ledger_accounts(database: str) -> None:
    with played(database, trades=600) as book:
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
        assert again.report.events == 0
        assert again.report.trades == 0
        assert again.report.repeated == first.report.accepted + first.report.repeated + sum(
            first.report.refused.values()
        )


def test_progress_adds_up_to_all_commands(database: str) -> None:
    heard: list[int] = []
    with open_pool(database, connections_max=2) as pool:
        ledger = TradeLedger(BookRecorder(pool, "main"), clock=VirtualClock(ENDS_AT), salts=salts_from(7))
        writer = Writer(ledger)
        report = play(opening("main", seed=7, ends_at=ENDS_AT), writer, progress=heard.append)
        writer.close()
    assert sum(heard) == report.commands == 4


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_seed_makes_an_unintended_failure(database: str, seed: int) -> None:
    with played(database, trades=400, seed=seed) as book:
        assert book.report.failed.keys() <= INTENDED_FAILURES
        assert book.report.refused.keys() <= INTENDED_REFUSALS | {"refund.breakdown_changed"}

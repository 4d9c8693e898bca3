"""The clock worker against a real log: deadlines pass by themselves, once, in order, and late as if in time."""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import count
from typing import NamedTuple

import psycopg
import pytest
from msgspec.structs import replace
from psycopg_pool import ConnectionPool
from structlog.testing import capture_logs

from api import clockwork
from api.clockwork import expire_all, worker_of
from api.composition import House, OpenedBook
from domain import commands
from domain.aggregate import Aggregate
from domain.agreement_terms import AgreementTerms, CurrencyTerms, Tier
from domain.claim import RemedyKind
from domain.commands import Command
from domain.commands.disputes import NewClaim
from domain.dispute import ProposedRuling
from domain.dispute_events import Finding
from domain.money import Money
from domain.references import kind_of
from ledger.clocks import ClockWorker, DueTrade, expiry_of
from ledger.outcomes import Rejected
from ledger.pool import Connection, open_pool
from ledger.postgres import EmbeddedPostgres
from ledger.writer import Writer
from projections.streams import aggregate_of
from tests.books import RULES, Book, checked_log, count_outcomes, pay, place_order, whole_trade
from tests.tampering import tampering

PATIENCE_SECONDS = 60
INSPECTION_DAYS = 45
"""By sea."""

LAST_DAY = 250
HALF_A_DAY = timedelta(hours=12)
OPERATOR, SECOND, MEDIATOR = "operator:first", "operator:second", "mediator:MED-1"
TEXT, BYTES = "ab" * 32, "cd" * 32

_names = count(1)


@pytest.fixture(scope="module")
def pool(postgres: EmbeddedPostgres, template: str) -> Iterator[ConnectionPool[Connection]]:
    """Make one database for the tests of this file: each of them has books of its own in it."""
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE clocked TEMPLATE {template} STRATEGY FILE_COPY")
        with open_pool(postgres.dsn("clocked"), connections_max=8) as opened:
            yield opened
        connection.execute("DROP DATABASE clocked WITH (FORCE)")


@contextmanager
def new_book(pool: ConnectionPool[Connection]) -> Iterator[Book]:
    with Book.opened(pool, name=f"clocked-{next(_names)}") as opened:
        yield opened


@pytest.fixture
def book(pool: ConnectionPool[Connection]) -> Iterator[Book]:
    """Open a book of the test's own, on a clock that it moves."""
    with new_book(pool) as opened:
        yield opened


def served(book: Book, *, writer: Writer | None = None) -> OpenedBook:
    """Return a book as the worker's process has it, with a read side of its own."""
    opened = OpenedBook(book.pool, book.name)
    opened._writer = writer or book.writer
    return opened


def expire(book: Book) -> int:
    return expire_all(served(book), book.clock.now, progress=lambda _: None)


def shipped(book: Book, order: str) -> None:
    """Let an order of 100.00 be paid and dispatched."""
    for command in whole_trade(order)[:-2]:
        book.say(command)


def topics(book: Book) -> Counter[str]:
    return Counter(row.topic for row in checked_log(book.pool, book.name))


def aggregates(book: Book) -> dict[str, Aggregate | None]:
    """Return everything in a book as it stands, but the book itself."""
    references = {row.originator_id for row in checked_log(book.pool, book.name)}
    with book.pool.connection() as connection:
        return {
            reference: aggregate_of(connection, book.name, reference)
            for reference in sorted(references)
            if kind_of(reference) != "book"
        }


# By itself


def test_deadlines_pass_by_themselves_each_at_its_own_instant(book: Book) -> None:
    shipped(book, "PO-1")
    dispatched_at = book.clock.now
    book.clock.move(days=INSPECTION_DAYS, seconds=-1)
    assert expire(book) == 0
    book.clock.move(days=3, seconds=1)
    assert expire(book) == 1
    head = len(checked_log(book.pool, book.name))
    book.clock.move(days=200)
    assert expire(book) == 1
    assert expire(book) == 0
    happened = {row.topic for row in checked_log(book.pool, book.name)[head:]}
    assert happened == {"clock.expired", "order.claims_ended", "hold.closed"}
    steps = topics(book)
    assert (steps["clock.expired"], steps["order.inspection_lapsed"], steps["hold.released"]) == (2, 1, 1)
    with book.pool.connection() as connection:
        order = aggregate_of(connection, book.name, "order:PO-1")
    assert getattr(order, "received_at") == dispatched_at + timedelta(days=INSPECTION_DAYS)  # noqa: B009
    assert getattr(order, "status") == "completed"  # noqa: B009


def test_a_deadline_that_somebody_met_or_paused_does_not_pass(book: Book) -> None:
    shipped(book, "PO-1")
    shipped(book, "PO-2")
    book.say(commands.ConfirmReceipt(order="PO-1"))
    book.say(commands.PauseClock(order="PO-2", clock="inspection", reason="customs"))
    book.clock.move(days=400)
    assert expire(book) == 1
    assert topics(book)["order.inspection_lapsed"] == 0
    book.say(commands.ResumeClock(order="PO-2", clock="inspection", reason="cleared"))
    book.clock.move(days=INSPECTION_DAYS)
    assert expire(book) == 1
    assert topics(book)["order.inspection_lapsed"] == 1


# Once


def test_two_workers_at_once_expire_nothing_twice(book: Book) -> None:
    orders = [f"PO-{number}" for number in range(25)]
    for order in orders:
        shipped(book, order)
        book.clock.move(hours=7)
    book.clock.move(days=400)
    with book.beside() as other, ThreadPoolExecutor(2) as pool:
        workers = [served(book), served(book, writer=other)]
        told = [pool.submit(expire_all, each, book.clock.now, progress=lambda _: None) for each in workers]
        assert all(each.result(PATIENCE_SECONDS) >= 0 for each in told)
    steps = topics(book)
    assert steps["order.inspection_lapsed"] == steps["hold.released"] == steps["hold.closed"] == len(orders)
    assert steps["clock.expired"] == 2 * len(orders)
    assert expire(book) == 0


def test_what_is_told_again_is_answered_as_the_first_time(book: Book) -> None:
    shipped(book, "PO-1")
    book.clock.move(days=INSPECTION_DAYS)
    due = DueTrade("PO-1", book.clock.now, 9)
    stale = ClockWorker(book.writer, lambda _now, _limit: [due])
    assert stale.step(book.clock.now) == 1
    log, outcomes = checked_log(book.pool, book.name), count_outcomes(book.pool, book.name)
    assert stale.step(book.clock.now) == 1
    assert (checked_log(book.pool, book.name), count_outcomes(book.pool, book.name)) == (log, outcomes)
    assert stale.stuck == set()


def test_a_worker_that_died_before_it_heard_the_answer_is_followed_by_another(book: Book) -> None:
    for order in ("PO-1", "PO-2", "PO-3"):
        shipped(book, order)
    book.clock.move(days=INSPECTION_DAYS)
    seen = served(book)
    seen.runner.catch_up()

    def dies_after_telling(trades: Sequence[DueTrade]) -> None:
        for trade in trades[:2]:
            book.writer.submit(expiry_of(trade)).result(PATIENCE_SECONDS)

    told = worker_of(seen)._due(book.clock.now, 10)
    dies_after_telling(told)
    successor = ClockWorker(book.writer, lambda _now, _limit: told)
    assert successor.step(book.clock.now) == 3
    assert expire(book) == 0
    assert topics(book)["order.inspection_lapsed"] == 3


# Late, as if in time


class Said(NamedTuple):
    """What somebody says on a day."""

    day: float
    command: Command
    actor: str = OPERATOR


def offered(order: str, remedy: RemedyKind, amount_minor: int | None = None) -> commands.MakeOffer:
    return commands.MakeOffer(order=order, claim=1, side="exporter", remedy=remedy, amount_minor=amount_minor)


def claimed(order: str, day: float, amount_minor: int = 4_000) -> Iterator[Said]:
    for command in whole_trade(order)[:-2]:
        yield Said(day, command)
    claim = NewClaim(kind="quality", amount_minor=amount_minor)
    yield Said(day + 0.5, commands.OpenDispute(order=order, claims=(claim,)))


def decided(order: str, day: float, remedy: RemedyKind, amount_minor: int | None = None) -> Iterator[Said]:
    yield from claimed(order, day)
    yield Said(day + 4, commands.EscalateDispute(order=order, side="buyer"))
    yield Said(day + 4, commands.AssignMediator(order=order, mediator="MED-1"))
    yield Said(day + 4, commands.DeclareConflict(order=order, conflict=False), MEDIATOR)
    yield Said(day + 4, commands.RequestEvidence(order=order, claim=1, of="buyer", what="photographs"), MEDIATOR)
    finding = Finding(text=TEXT, evidence=())
    ruling = ProposedRuling(claim=1, remedy=remedy, amount_minor=amount_minor, reason="x", findings=(finding,))
    yield Said(day + 4.25, commands.ProposeDecision(order=order, rulings=(ruling,)), MEDIATOR)


def agreed_on(order: str, remedy: RemedyKind) -> Iterator[Said]:
    yield from claimed(order, 0.25)
    yield Said(2, offered(order, remedy))
    yield Said(2.5, commands.AcceptOffer(order=order, offer=1, side="buyer"))


def silent_trades() -> Iterator[Said]:
    """Yield trades in which everything that can be left to silence is."""
    yield Said(0, place_order("PO-never-accepted"))
    for number in range(6):
        yield from (Said(number / 3, command) for command in whole_trade(f"PO-silent-{number}")[:-2])
    yield from (Said(1, command) for command in whole_trade("PO-confirmed"))
    yield from claimed("PO-negotiated", 0)
    yield from claimed("PO-offered", 1)
    yield Said(2, offered("PO-offered", "partial-refund", 1_000))
    yield from decided("PO-decided", 0, "partial-refund", 1_500)
    yield from decided("PO-refused", 1, "none")
    yield from decided("PO-returned", 0.5, "return-and-refund")
    yield from decided("PO-replaced", 0.75, "replacement")
    for order in ("PO-lapsed", "PO-sent-back"):
        yield from agreed_on(order, "return-and-refund")
    yield Said(5, commands.DispatchReturn(order="PO-sent-back", claim=1))
    for order in ("PO-unreplaced", "PO-sent-again"):
        yield from agreed_on(order, "replacement")
    yield Said(5, commands.DispatchReplacement(order="PO-sent-again", claim=1))


def late_words() -> Iterator[Said]:
    """Yield what parties say when no worker has run for months: it finds the clocks as they are then."""
    yield Said(60, commands.RecordChargeback(order="PO-silent-1", amount=Money("USD", 500), account="clearing:card"))
    yield Said(61, commands.ProposeRefund(order="PO-silent-2", amount=Money("USD", 700), reason="goodwill"))
    yield Said(
        61.5,
        commands.SubmitEvidence(
            order="PO-negotiated", claim=1, side="buyer", sha256=BYTES, media_type="image/jpeg", size_bytes=9
        ),
    )
    yield Said(62, commands.AssignMediator(order="PO-negotiated", mediator="MED-1"))
    yield Said(64, commands.DispatchReturn(order="PO-returned", claim=1))
    yield Said(65, offered("PO-offered", "refund"))
    yield Said(66, pay("PO-decided", 900))


def commission(book: Book) -> None:
    """Let EXP-1 have been brought by a partner, under terms whose rate falls with the year's releases, up to a cap."""
    in_usd = CurrencyTerms(tiers=(Tier(from_minor=25_000, rate_bps=100),), cap_minor=1_200, minimum_minor=10)
    terms = AgreementTerms(rate_bps=300, attribution_days=365, by_currency={"USD": in_usd})
    book.say(commands.SignAgreement(agreement="AG-1", partner="PAR-1", starts_on=date(2026, 1, 1), terms=terms))
    book.say(commands.RegisterParty(party="EXP-1", roles=("exporter",), country="IN"))
    book.say(commands.ReferExporter(party="EXP-1", agreement="AG-1", starts_on=book.clock.now.date()))


def play(book: Book, said: Sequence[Said], *, timely: bool) -> list[str]:
    """Say everything on its day, let deadlines pass twice a day or none before the last; return what was refused."""
    rules = replace(RULES, acceptance_days=3, four_eyes_from_minor={"USD": 100_000_000})
    book.say(commands.DraftRulebook(rulebook="clocked/1", rules=rules))
    book.say(commands.ApproveRulebook(rulebook="clocked/1"), actor=SECOND)
    book.say(commands.PublishRulebook(rulebook="clocked/1"))
    start, refused = book.clock.now, []
    for each in (*sorted(said, key=lambda one: one.day), None):
        until = start + timedelta(days=each.day if each else LAST_DAY)
        while timely and book.clock.now + HALF_A_DAY < until:
            book.clock.now += HALF_A_DAY
            expire(book)
        book.clock.now = until
        if timely or each is None:
            expire(book)
        if each:
            command = each.command
            if isinstance(command, commands.PlaceOrder):
                command = replace(command, rulebook="clocked/1")
            outcome = book.ask(command, actor=each.actor)
            if isinstance(outcome, Rejected):
                refused.append(f"{type(command).__name__}: {outcome.code}")
    return refused


def test_after_months_without_a_worker_everything_stands_as_if_there_had_been_one(
    pool: ConnectionPool[Connection],
) -> None:
    said = [*silent_trades()]
    with new_book(pool) as timely, new_book(pool) as late:
        for each, in_time in ((timely, True), (late, False)):
            commission(each)
            assert play(each, said, timely=in_time) == []
        stands = aggregates(timely)
        assert aggregates(late) == stands
        steps, late_steps = topics(timely), topics(late)
        assert steps == late_steps
        kinds = {"order.inspection_lapsed", "order.claims_ended", "order.cancelled", "dispute.offer_expired"}
        kinds |= {"dispute.escalated", "dispute.rulings_final", "dispute.return_lapsed", "dispute.replacement_lapsed"}
        assert {kind for kind in kinds if not steps[kind]} == set()
        assert steps["commission.earned"] > 5


def test_who_speaks_after_months_without_a_worker_finds_the_trade_as_it_would_be(
    pool: ConnectionPool[Connection],
) -> None:
    said = [*silent_trades(), *late_words()]
    with new_book(pool) as timely, new_book(pool) as late:
        assert play(timely, said, timely=True) == play(late, said, timely=False)
        assert aggregates(late) == aggregates(timely)
        assert topics(late) == topics(timely)


# In the way


def test_a_trade_that_cannot_go_on_holds_up_no_other(book: Book) -> None:
    shipped(book, "PO-1")
    dispatched_at = book.clock.now
    book.clock.move(days=INSPECTION_DAYS)
    known = worker_of(served(book))._due
    nobody = DueTrade("PO-404", dispatched_at, 1)
    worker = ClockWorker(book.writer, lambda now, limit: [nobody, *known(now, limit)][:limit])
    with capture_logs() as logs:
        while worker.step(book.clock.now):
            pass
    assert [each["event"] for each in logs] == ["clock not expired"]
    assert worker.stuck == {nobody}
    assert topics(book)["order.inspection_lapsed"] == 1


def test_few_at_a_time_come_to_the_same_as_all_at_once(pool: ConnectionPool[Connection]) -> None:
    with new_book(pool) as few, new_book(pool) as many:
        for each in (few, many):
            for number in range(7):
                shipped(each, f"PO-{number}")
                each.clock.move(hours=5)
            each.clock.move(days=200)
        worker = ClockWorker(few.writer, worker_of(served(few))._due, trades_max=2)
        while worker.step(few.clock.now):
            pass
        expire(many)
        assert aggregates(few) == aggregates(many)


@contextmanager
def running(house: House, now: datetime) -> Iterator[None]:
    """Let the worker of all books run, at an instant."""
    stop = threading.Event()
    worker = threading.Thread(target=clockwork.run, args=(house, lambda: now, stop))
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join(PATIENCE_SECONDS)
    assert not worker.is_alive()


def lapsed(dsn: str, books: Sequence[Book]) -> bool:
    """Return whether an inspection has lapsed in each of some books."""
    query = "SELECT count(DISTINCT book) FROM ledger.events WHERE topic = 'order.inspection_lapsed' AND book = ANY(%s)"
    with psycopg.connect(dsn) as connection:
        row = connection.execute(query, ([each.name for each in books],)).fetchone()
    return row == (len(books),)


def test_every_book_is_served_though_the_database_goes_away_and_one_book_cannot_go_on(
    postgres: EmbeddedPostgres, pool: ConnectionPool[Connection]
) -> None:
    dsn, pause = postgres.dsn("clocked"), threading.Event()
    with new_book(pool) as first, new_book(pool) as corrupt, new_book(pool) as last:
        house, books = House(dsn, pool), (first, corrupt, last)
        for each in books:
            shipped(each, "PO-1")
            each.clock.move(days=INSPECTION_DAYS)
            house.book(each.name)._writer = each.writer
            served(each).runner.catch_up()
        shipped(corrupt, "PO-2")
        with tampering(pool) as connection:
            connection.execute(
                "UPDATE ledger.events SET topic = 'x' WHERE book = %s AND position = "
                "(SELECT size FROM ledger.log_head WHERE book = %s)",
                (corrupt.name, corrupt.name),
            )
        everybody = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        with capture_logs() as logs, running(house, first.clock.now):
            with psycopg.connect(dsn) as connection:
                connection.execute(everybody)
            for _ in range(PATIENCE_SECONDS * 10):
                if lapsed(dsn, (first, last)):
                    break
                pause.wait(0.1)
        assert lapsed(dsn, (first, last))
        assert corrupt.name in {each.get("book") for each in logs if each["event"] == "clocks wait"}

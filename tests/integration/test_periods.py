"""Accounting periods on a real book: posting dates, closing with checks, seals that hold and seals that don't."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from itertools import chain
from typing import Any

import pytest
from msgspec.structs import replace
from psycopg_pool import ConnectionPool

from api.composition import OpenedBook
from api.period_views import ClosingNotFound, all_periods, compare, get_period, get_sealed
from api.periods import (
    ACTOR,
    PRINCIPAL,
    Check,
    ClosingCheckFailed,
    checks_before,
    close_and_seal,
    figures_at,
    require_passed,
    verify_period,
)
from api.simulator import opening, play, simulate, writing
from api.verify import verify_book
from domain.closing_figures import BalanceLine
from domain.commands import (
    AcceptOrder,
    ApproveReopening,
    ClosePeriod,
    Command,
    ExpireClocks,
    ProposeReopening,
    RecordChargeback,
    RejectReopening,
    SealPeriod,
)
from domain.envelope import Recorded
from domain.money import Money
from domain.period import PeriodIsClosed, PeriodMalformed, PeriodNotClosed, month_of
from domain.posting_rules import post
from domain.references import periods_id
from ledger.outcomes import Accepted, Outcome, Rejected, Submission
from ledger.pool import Connection
from ledger.store import BookRecorder
from ledger.writer import Writer
from projections.log import read_events, read_log
from projections.projection import POSITION_MAX
from tests.books import Book, pay, place_order, whole_trade
from tests.tampering import tampering

OCTOBER = ClosePeriod(period="2026-10")
LAST_DAY = date(2026, 10, 31)
FIRST_OPEN_DAY = date(2026, 11, 1)
SECOND = "operator:second"


def in_october(day: int) -> datetime:
    return datetime(2026, 10, day, 12, tzinfo=UTC)


@pytest.fixture
def opened(book: Book) -> Iterator[OpenedBook]:
    """Open the test's book as a process of the house does."""
    house_book = OpenedBook(book.pool, book.name)
    yield house_book
    house_book.close()


def said(book: Book, command: Command, *, at: datetime, writer: Writer | None = None) -> Accepted:
    """Say a command that must be accepted, at an instant of the world."""
    submission = replace(book.submission(command), occurred_at=at)
    outcome = (writer or book.writer).submit(submission).result(timeout=30)
    assert isinstance(outcome, Accepted), outcome
    return outcome


def paid_in_october(book: Book, order: str, *, day: int, amount_minor: int = 10_000) -> None:
    """Place and accept an order on a day of October, and record its payment."""
    for command in (place_order(order, amount_minor=amount_minor), AcceptOrder(order=order), pay(order, amount_minor)):
        said(book, command, at=in_october(day))


def reopened(book: Book, period: str = "2026-10") -> None:
    """Reopen a month by two people."""
    proposed = book.say(ProposeReopening(period=period, reason="invoice-missing"))
    book.say(ApproveReopening(period=period, number=number_of(proposed)), actor=SECOND)


def number_of(outcome: Accepted) -> int:
    return int(getattr(outcome.events[0].event, "number"))  # noqa: B009 - whichever event it is


def closed(opened: OpenedBook, book: Book, command: ClosePeriod = OCTOBER, *, command_id: str | None = None) -> Outcome:
    return close_and_seal(opened, book.submission(command, command_id=command_id))


def posting_days(outcome: Accepted) -> set[date]:
    return {recorded.state.posting_date for recorded in outcome.events}


def log_of(book: Book) -> list[Recorded]:
    with book.pool.connection() as connection:
        return [each for events in read_log(connection, book.name, up_to=2**62) for each in events.recorded]


def naive_listing(book: Book, *, position: int, last_day: date) -> bytes:
    """Sum the log by hand."""
    sums: Counter[tuple[str, str]] = Counter()
    for each in log_of(book):
        if each.position <= position and each.state.posting_date <= last_day:
            entry = post(each.originator_id, each.event)
            for posting in entry.postings if entry else ():
                sums[posting.account, posting.currency] += posting.amount_minor
    lines = sorted(f"{account}\t{currency}\t{minor}\n" for (account, currency), minor in sums.items() if minor)
    return "".join(lines).encode()


def tampered(book: Book, statement: str) -> None:
    with tampering(book.pool) as connection:
        assert connection.execute(statement).rowcount > 0


class TestPostingDates:
    def test_what_comes_late_is_posted_on_the_first_open_day_and_keeps_its_own(self, book: Book) -> None:
        book.say(OCTOBER)
        for command in whole_trade("PO-1"):
            outcome = said(book, command, at=in_october(5))
            assert posting_days(outcome) == {FIRST_OPEN_DAY}
            assert {each.state.occurred_at for each in outcome.events} == {in_october(5)}

    def test_a_late_fact_of_the_bank_is_never_refused(self, book: Book) -> None:
        paid_in_october(book, "PO-1", day=5)
        book.say(OCTOBER)
        chargeback = RecordChargeback(order="PO-1", amount=Money("USD", 4_000), account="clearing:card")
        assert posting_days(said(book, chargeback, at=in_october(20))) == {FIRST_OPEN_DAY}

    def test_a_clock_that_passed_in_a_closed_month_is_posted_after_it(self, book: Book) -> None:
        *trade, _confirmed = whole_trade("PO-1")
        for command in trade:
            said(book, command, at=datetime(2026, 8, 31, 12, tzinfo=UTC))
        book.say(OCTOBER)
        passed = [each.state for each in book.say(ExpireClocks(order="PO-1")).events if each.topic == "hold.released"]
        assert [state.occurred_at.month for state in passed] == [10]
        assert [state.posting_date for state in passed] == [FIRST_OPEN_DAY]

    def test_after_a_reopening_the_days_of_that_month_are_posted_to_and_none_before(self, book: Book) -> None:
        book.say(OCTOBER)
        reopened(book)
        assert posting_days(said(book, place_order("PO-1"), at=in_october(5))) == {date(2026, 10, 5)}
        september = said(book, AcceptOrder(order="PO-1"), at=datetime(2026, 9, 30, 12, tzinfo=UTC))
        assert posting_days(september) == {date(2026, 10, 1)}

    def test_another_process_finds_the_period_closed_at_once(self, book: Book) -> None:
        with book.beside() as beside:
            assert posting_days(said(book, place_order("PO-1"), at=in_october(5), writer=beside)) == {date(2026, 10, 5)}
            book.say(OCTOBER)
            assert posting_days(said(book, place_order("PO-2"), at=in_october(5), writer=beside)) == {FIRST_OPEN_DAY}

    def test_a_process_that_starts_later_finds_it_closed(self, book: Book) -> None:
        book.say(OCTOBER)
        with book.beside() as beside:
            assert posting_days(said(book, place_order("PO-1"), at=in_october(5), writer=beside)) == {FIRST_OPEN_DAY}

    def test_commands_of_one_batch_see_the_closing_before_them(self, book: Book) -> None:
        early, late = place_order("PO-1"), place_order("PO-2")
        submissions = [
            replace(book.submission(command), occurred_at=at)
            for command, at in ((early, in_october(5)), (OCTOBER, None), (late, in_october(5)))
        ]
        before, _, after = (future.result(timeout=30) for future in book.writer.submit_all(submissions))
        assert isinstance(before, Accepted)
        assert isinstance(after, Accepted)
        assert (posting_days(before), posting_days(after)) == ({date(2026, 10, 5)}, {FIRST_OPEN_DAY})

    def test_what_is_closed_stays_in_the_cache_even_while_nothing_is(self, book: Book) -> None:
        assert periods_id("main") in book.ledger.cache


class TestClosing:
    def test_a_closing_is_sealed_with_what_the_log_gives_by_hand(self, book: Book, opened: OpenedBook) -> None:
        paid_in_october(book, "PO-1", day=5)
        book.trade("PO-2")
        assert isinstance(closed(opened, book), Accepted)
        paid_in_october(book, "PO-3", day=6)
        with book.pool.connection() as connection:
            view = get_period(connection, "main", "2026-10")
        (closing,) = view.closings
        assert view.state == "sealed"
        assert closing.seal
        assert closing.seal.position == closing.said.position
        listing = naive_listing(book, position=closing.said.position, last_day=LAST_DAY)
        assert listing == b"clearing:card\tUSD\t10000\nhold:PO-1\tUSD\t-10000\n"
        assert closing.seal.accounts_sha256 == hashlib.sha256(listing).hexdigest()
        assert closing.seal.accounts == 2
        assert closing.seal.trial_balance == (
            BalanceLine("clearing", "USD", 10_000),
            BalanceLine("hold", "USD", -10_000),
        )

    def test_who_was_interrupted_after_closing_seals_by_closing_again(self, book: Book, opened: OpenedBook) -> None:
        paid_in_october(book, "PO-1", day=5)
        book.say(OCTOBER)
        paid_in_october(book, "PO-2", day=6)
        assert checks_before(opened, "2026-10") == ()
        assert isinstance(closed(opened, book), Accepted)
        topics = [each.topic for each in log_of(book) if each.originator_id == periods_id("main")]
        assert topics == ["period.closed", "period.sealed"]
        assert all(check.holds for check in verify_period(opened, "2026-10"))
        again = closed(opened, book)
        assert isinstance(again, Rejected)
        assert again.code == PeriodIsClosed.code

    def test_closing_the_next_month_seals_what_was_left_unsealed(self, book: Book, opened: OpenedBook) -> None:
        book.say(ClosePeriod(period="2026-09"))
        closed(opened, book)
        with book.pool.connection() as connection:
            assert [view.state for view in all_periods(connection, "main")] == ["sealed", "sealed"]

    def test_the_same_command_again_gives_the_same_answer(self, book: Book, opened: OpenedBook) -> None:
        first = closed(opened, book, command_id="close-october")
        again = closed(opened, book, command_id="close-october")
        assert isinstance(first, Accepted)
        assert isinstance(again, Accepted)
        assert again.repeated
        assert (again.first_position, again.last_position) == (first.first_position, first.last_position)

    def test_many_who_seal_at_once_seal_once(self, book: Book, opened: OpenedBook) -> None:
        book.say(OCTOBER)
        with ThreadPoolExecutor(4) as threads:
            outcomes = list(threads.map(lambda _: closed(opened, book), range(4)))
        assert any(isinstance(outcome, Accepted) for outcome in outcomes)
        seals = [each for each in log_of(book) if each.topic == "period.sealed"]
        assert len(seals) == 1
        assert (seals[0].state.actor, seals[0].state.principal) == (ACTOR, PRINCIPAL)

    def test_a_closing_that_was_reopened_meanwhile_is_not_sealed(self, book: Book, opened: OpenedBook) -> None:
        book.say(OCTOBER)
        reopened(book)
        outcome = closed(opened, book)
        assert isinstance(outcome, Accepted)
        with book.pool.connection() as connection:
            first, second = get_period(connection, "main", "2026-10").closings
        assert (first.stands, first.seal, second.stands) == (False, None, True)
        late = book.ask(seal_of(1, position=first.said.position))
        assert isinstance(late, Rejected)
        assert late.code == PeriodNotClosed.code


class TestChecks:
    def test_all_pass_on_books_that_add_up(self, book: Book, opened: OpenedBook) -> None:
        paid_in_october(book, "PO-1", day=5)
        assert [(check.name, check.passed) for check in checks_before(opened, "2026-10")] == [
            ("no projection behind", True),
            ("trial balance is zero", True),
            ("proof of holds agrees", True),
            ("holds are covered", True),
            ("breaks with banks are told", True),
        ]

    @pytest.mark.parametrize(
        ("name", "found", "statement"),
        [
            (
                "trial balance is zero",
                "0.07 USD",
                "UPDATE projections.journal_postings SET on_time_minor = on_time_minor + 7 WHERE account = 'hold:PO-1'",
            ),
            (
                "proof of holds agrees",
                "orders and accounts differ in USD",
                "UPDATE projections.orders SET held_minor = held_minor + 1",
            ),
            (
                "holds are covered",
                "not in USD",
                "UPDATE projections.balances SET balance_minor = balance_minor - 1 WHERE account = 'clearing:card'",
            ),
        ],
    )
    def test_books_that_do_not_add_up_are_not_closed(
        self, book: Book, opened: OpenedBook, name: str, found: str, statement: str
    ) -> None:
        paid_in_october(book, "PO-1", day=5)
        opened.runner.catch_up()
        tampered(book, statement)
        checks = checks_before(opened, "2026-10")
        assert [check.name for check in checks if not check.passed] == [name]
        with pytest.raises(ClosingCheckFailed) as failed:
            require_passed("2026-10", checks)
        assert (failed.value.period, failed.value.check, failed.value.found) == ("2026-10", name, found)

    def test_a_projection_that_cannot_go_on_is_told(self, book: Book, opened: OpenedBook) -> None:
        for command in (place_order("PO-1"), AcceptOrder(order="PO-1")):
            said(book, command, at=in_october(5))
        opened.runner.catch_up()
        position = said(book, pay("PO-1"), at=in_october(5)).first_position
        tampered(
            book,
            "INSERT INTO projections.journal_entries"
            " (book, position, originator_id, topic, posting_date, occurred_at, recorded_at)"
            f" VALUES ('main', {position}, '', '', now(), now(), now())",
        )
        behind, *_ = checks_before(opened, "2026-10")
        assert (behind.name, behind.passed) == ("no projection behind", False)
        assert "projection=journal" in behind.found

    def test_the_first_check_that_failed_is_named(self) -> None:
        checks = tuple(Check(name=name, passed=name == "a", found=f"{name} found") for name in "abc")
        with pytest.raises(ClosingCheckFailed, match="check=b found=b found"):
            require_passed("2026-10", checks)
        require_passed("2026-10", checks[:1])


def test_no_command_of_a_whole_marketplace_changes_a_closed_period(pool: ConnectionPool[Connection]) -> None:
    """Half of a marketplace's life is said after the months in which it happened were closed."""
    ends_at = datetime(2026, 11, 22, tzinfo=UTC)
    told = [
        each
        for each in simulate(trades=40, seed=7, ends_at=ends_at)
        if not isinstance(each.command, ClosePeriod | ProposeReopening | ApproveReopening | RejectReopening)
    ]
    before, after = told[: len(told) // 2], told[len(told) // 2 :]
    with writing(BookRecorder(pool, "main"), seed=7, ends_at=ends_at) as (writer, clock):
        play(chain(opening("main", seed=7, ends_at=ends_at), before), writer, clock=clock)
        clock.end_day(ends_at)
        close = Submission(command=OCTOBER, command_id="close", principal="tests", actor="finance:a", role="finance")
        outcome = writer.submit(close).result(timeout=30)
        assert isinstance(outcome, Accepted), outcome
        play(after, writer)
    opened = OpenedBook(pool, "main")
    opened.runner.catch_up()
    with pool.connection() as connection:
        closed_on = figures_at(connection, "main", position=outcome.first_position, last_day=LAST_DAY)
        now = figures_at(connection, "main", position=POSITION_MAX, last_day=LAST_DAY)
        late = read_events(connection, "main", after=outcome.first_position, limit=100_000)
    assert late
    states = [each.state for each in late.recorded]
    assert sum(state.occurred_at.date() <= LAST_DAY for state in states) > 200
    assert min(state.posting_date for state in states) == FIRST_OPEN_DAY
    assert now == closed_on
    assert now.accounts > 20


class TestSeals:
    def test_seals_hold_before_and_after_a_reopening_and_compare(self, book: Book, opened: OpenedBook) -> None:
        paid_in_october(book, "PO-1", day=5)
        closed(opened, book)
        reopened(book)
        paid_in_october(book, "PO-2", day=6, amount_minor=2_500)
        closed(opened, book)
        paid_in_october(book, "PO-3", day=7)
        assert [(check.closing, check.holds) for check in verify_period(opened, "2026-10")] == [
            ("2026-10#1", True),
            ("2026-10#2", True),
        ]
        with book.pool.connection() as connection:
            views = all_periods(connection, "main")
        comparison = compare(views, "2026-10#1", "2026-10")
        assert (comparison.left, comparison.right, comparison.same) == ("2026-10#1", "2026-10#2", False)
        assert (comparison.left_accounts, comparison.right_accounts) == (2, 3)
        assert [
            (line.account, line.left_minor, line.right_minor, line.difference_minor) for line in comparison.lines
        ] == [
            ("clearing", 10_000, 12_500, 2_500),
            ("hold", -10_000, -12_500, -2_500),
        ]
        assert compare(views, "2026-10", "2026-10").same
        with pytest.raises(ClosingNotFound, match="2026-10#3"):
            get_sealed(views, "2026-10#3")
        for malformed in ("2026-10#", "2026-10#0", "2026-10#-1", "2026-13#1", "#1", "2026-10#" + "9" * 5_000):
            with pytest.raises(PeriodMalformed):
                get_sealed(views, malformed)

    @pytest.mark.parametrize(
        ("changed", "found"),
        [
            ({"accounts_sha256": "ab" * 32}, "accounts: 2 sealed as abababab"),
            ({"accounts": 3}, "accounts: 3 sealed as"),
            (
                {"trial_balance": (BalanceLine("clearing", "USD", 9_999), BalanceLine("hold", "USD", -9_999))},
                "clearing USD: sealed 99.99, derived 100.00",
            ),
            ({"trial_balance": ()}, "clearing USD: sealed 0.00, derived 100.00"),
            ({"position": 6}, "position 6, but closed at"),
        ],
    )
    def test_figures_that_the_log_never_gave_are_found(
        self, book: Book, opened: OpenedBook, changed: dict[str, Any], found: str
    ) -> None:
        paid_in_october(book, "PO-1", day=5)
        position = book.say(OCTOBER).first_position
        listing = naive_listing(book, position=position, last_day=LAST_DAY)
        right = seal_of(
            1,
            position=position,
            trial_balance=(BalanceLine("clearing", "USD", 10_000), BalanceLine("hold", "USD", -10_000)),
            accounts=2,
            accounts_sha256=hashlib.sha256(listing).hexdigest(),
        )
        book.say(replace(right, **changed))
        (check,) = verify_period(opened, "2026-10")
        assert not check.holds
        assert found in str(check.first_difference)
        report = verify_book(opened)
        assert (report.ok, report.corrupt) == (False, False)
        assert report.first_difference
        assert (report.first_difference["in"], report.first_difference["key"]) == ("seals", "2026-10#1")
        assert found in str(report.first_difference["what"])

    def test_a_book_whose_seals_hold_is_verified(self, book: Book, opened: OpenedBook) -> None:
        paid_in_october(book, "PO-1", day=5)
        closed(opened, book)
        assert verify_book(opened).ok

    def test_a_month_without_a_seal_has_none_to_verify(self, book: Book, opened: OpenedBook) -> None:
        book.say(OCTOBER)
        with pytest.raises(ClosingNotFound):
            verify_period(opened, "2026-10")

    def test_a_month_before_the_first_closing_is_closed_without_a_closing_of_its_own(self, book: Book) -> None:
        book.say(OCTOBER)
        with book.pool.connection() as connection:
            september, november = (get_period(connection, "main", period) for period in ("2026-09", "2026-11"))
        assert (september.state, september.closings, november.state) == ("closed", (), "open")
        assert september.last_day == month_of("2026-09").last_day


def seal_of(closing: int, *, position: int, **figures: Any) -> SealPeriod:
    empty = SealPeriod(
        period="2026-10",
        closing=closing,
        position=position,
        trial_balance=(),
        accounts=0,
        accounts_sha256=hashlib.sha256(b"").hexdigest(),
    )
    return replace(empty, **figures)

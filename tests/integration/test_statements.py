"""Statements of account are the postings of the log between two moments, and lead from one balance to the other."""

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

import pytest

from domain.accounts import AccountUnknown, control_of
from ledger.postgres import EmbeddedPostgres
from projections.balances import balances_at
from projections.journal import entries_between
from projections.moment import Moment
from projections.runner import Runner
from projections.statement_lines import (
    Place,
    StatementLine,
    StatementUnsound,
    Totals,
    in_full,
    lines_of,
    place_of,
    totals_of,
)
from projections.statements import (
    AccountNeverPosted,
    Extent,
    Statement,
    StatementMalformed,
    between_days,
    between_positions,
    statements_of,
)
from tests.books import Book
from tests.late_book import SEED, Posted, late_book, postings_of
from tests.read_side import copied
from tests.tampering import tampering

STATEMENTS = 400
BUSY = "clearing:card"


class Told(NamedTuple):
    """What a line says about its posting, and the balances around it."""

    posting_date: date
    position: int
    line: int
    debit_minor: int
    credit_minor: int
    balance_before_minor: int
    balance_after_minor: int


@pytest.fixture(scope="module")
def book(postgres: EmbeddedPostgres, template: str) -> Iterator[Book]:
    """Yield a book in which many postings come late."""
    with late_book(postgres, template, database="statements") as opened:
        yield opened


@pytest.fixture(scope="module")
def postings(book: Book) -> list[Posted]:
    """Return every posting of the log, worked out without any projection."""
    return list(postings_of(book))


def statements(book: Book, account: str, extent: Extent, currency: str | None = None) -> list[Statement]:
    with book.pool.connection() as connection:
        return statements_of(connection, book.name, account, extent, currency=currency)


def everything(postings: Sequence[Posted]) -> Extent:
    return between_days(None, None, position=postings[-1].position)


def some_extent(dice: random.Random, postings: Sequence[Posted]) -> Extent:
    head = postings[-1].position
    if dice.random() < 0.5:
        return between_positions(*sorted(dice.choices(range(head + 1), k=2)))
    days = sorted({posted.posting_date for posted in postings})
    first, last = sorted(dice.choices([days[0] - timedelta(days=1), *days, days[-1] + timedelta(days=9)], k=2))
    position = dice.choice((head, dice.randrange(head + 1)))
    return between_days(dice.choice((first, None)), dice.choice((last, None)), position=position)


def counted(posted: Posted, moment: Moment) -> bool:
    return posted.position <= moment.position and (moment.as_of is None or posted.posting_date <= moment.as_of)


def naive(postings: Sequence[Posted], statement: Statement) -> list[Told]:
    """Return the lines as the definition has them: what counts when it closes and didn't when it opened, one by one."""
    extent, sign = statement.extent, control_of(statement.account).sign
    own = [each for each in postings if (each.account, each.currency) == (statement.account, statement.currency)]
    balance_minor = sum(each.amount_minor for each in own if counted(each, extent.opening)) * sign
    moved = [each for each in own if counted(each, extent.closing) and not counted(each, extent.opening)]
    if extent.by == "posting-date":
        moved.sort(key=lambda each: each.posting_date)
    told = []
    for each in moved:
        before_minor, balance_minor = balance_minor, balance_minor + each.amount_minor * sign
        debit_minor, credit_minor = max(0, each.amount_minor), max(0, -each.amount_minor)
        place = (each.posting_date, each.position, each.line)
        told.append(Told(*place, debit_minor, credit_minor, before_minor, balance_minor))
    return told


def told_of(lines: Sequence[StatementLine]) -> list[Told]:
    return [Told(*(getattr(line, name) for name in Told._fields)) for line in lines]


def test_statements_of_random_accounts_and_extents_are_the_naive_list(book: Book, postings: list[Posted]) -> None:
    dice = random.Random(SEED)  # noqa: S311 - the same in every run
    accounts = sorted({posted.account for posted in postings})
    met = 0
    for number in range(STATEMENTS):
        account = BUSY if number % 3 == 0 else dice.choice(accounts)
        extent = some_extent(dice, postings)
        try:
            found = statements(book, account, extent)
        except AccountNeverPosted:
            known = [each for each in postings if each.position <= extent.closing.position]
            assert account not in {each.account for each in known}
            continue
        for statement in found:
            expected = naive(postings, statement)
            lines = list(lines_of(book.pool, statement, page_lines=dice.randrange(1, 40)))
            assert told_of(lines) == expected, statement
            with book.pool.connection() as connection:
                totals = totals_of(connection, statement)
                for moment, minor in (
                    (extent.opening, statement.opening_balance_minor),
                    (extent.closing, statement.closing_balance_minor),
                ):
                    at = balances_at(connection, book.name, moment, account=account)
                    assert {one.currency: one.balance_minor for one in at}.get(statement.currency, 0) == minor
            assert totals == Totals(
                lines=len(lines),
                debits_minor=sum(line.debit_minor for line in lines),
                credits_minor=sum(line.credit_minor for line in lines),
            )
            met += len(lines)
    assert met > STATEMENTS


@pytest.mark.parametrize("by", ["posting-date", "recording"])
def test_a_statement_goes_on_after_any_of_its_lines(book: Book, postings: list[Posted], by: str) -> None:
    days = sorted({posted.posting_date for posted in postings})
    head = postings[-1].position
    extent = (
        between_days(days[3], days[-3], position=head - 20)
        if by == "posting-date"
        else between_positions(head // 3, head - 20)
    )
    (statement,) = statements(book, BUSY, extent, "USD")
    lines = list(lines_of(book.pool, statement))
    assert any(line.late for line in lines)
    for number in range(0, len(lines), 5):
        rest = list(lines_of(book.pool, statement, after=place_of(lines[number])))
        assert rest == lines[number + 1 :]


def test_an_account_on_both_sides_of_an_entry_has_two_lines(book: Book, postings: list[Posted]) -> None:
    """The page after the first of them begins with the second: places count lines, not entries."""
    copy = Book(book.pool, name=copied(book.pool, book.name))
    Runner(book.pool, copy.name).catch_up()
    first, second = (each for each in postings if each.position == postings[-1].position)
    with tampering(book.pool) as connection:
        connection.execute(
            "UPDATE projections.journal_postings SET account = %s, balance_minor = 0, late = true"
            " WHERE book = %s AND position = %s AND line = %s",
            (first.account, copy.name, second.position, second.line),
        )
        connection.execute(
            "UPDATE projections.journal_postings p SET balance_minor = q.balance_minor - %s FROM"
            " projections.journal_postings q WHERE p.book = %s AND p.position = %s AND p.line = %s"
            " AND q.book = p.book AND q.position = p.position AND q.line = %s",
            (first.amount_minor, copy.name, second.position, second.line, first.line),
        )
    (statement,) = statements(copy, first.account, between_positions(0, second.position), first.currency)
    *_, before_last, last = lines_of(book.pool, statement)
    assert (before_last.position, last.position) == (first.position, first.position)
    assert list(lines_of(book.pool, statement, after=place_of(before_last))) == [last]


def test_a_line_says_when_by_what_about_what_and_against_what(book: Book, postings: list[Posted]) -> None:
    with book.pool.connection() as connection:
        entries = {entry.position: entry for entry in entries_between(connection, book.name, after=0, limit=10**6)}
    for account in sorted({posted.account for posted in postings})[::3]:
        for statement in statements(book, account, everything(postings)):
            for line in lines_of(book.pool, statement):
                entry = entries[line.position]
                told = (line.posting_date, line.occurred_at, line.recorded_at, line.event, line.about)
                assert told == (
                    entry.posting_date,
                    entry.occurred_at,
                    entry.recorded_at,
                    entry.topic,
                    entry.originator_id,
                )
                assert line.counter_accounts == [
                    posted.account
                    for posted in entry.postings
                    if posted.currency == line.currency and (posted.amount_minor > 0) == (line.credit_minor > 0)
                ]


def test_a_line_is_late_where_a_later_day_had_been_posted_before(book: Book, postings: list[Posted]) -> None:
    (statement,) = statements(book, BUSY, between_positions(0, postings[-1].position), "USD")
    latest, marked = date.min, 0
    for line in lines_of(book.pool, statement):
        assert line.late == (line.posting_date < latest)
        latest = max(latest, line.posting_date)
        marked += line.late
    assert marked > 10


def test_consecutive_statements_hand_the_balance_on(book: Book, postings: list[Posted]) -> None:
    days = sorted({posted.posting_date for posted in postings})
    head = postings[-1].position
    cuts = [*days[:: len(days) // 6], days[-1]]
    by_days = [between_days(first + timedelta(days=1), last, position=head) for first, last in pairwise(cuts)]
    by_recording = [between_positions(after, up_to) for after, up_to in pairwise(range(head // 2, head, head // 10))]
    for extents in (by_days, by_recording):
        found = [statements(book, BUSY, extent, "USD")[0] for extent in extents]
        assert all(one.closing_balance_minor == other.opening_balance_minor for one, other in pairwise(found))


def test_every_currency_has_a_statement_of_its_own(book: Book, postings: list[Posted]) -> None:
    currencies = sorted({posted.currency for posted in postings if posted.account == BUSY})
    assert len(currencies) > 1
    extent = everything(postings)
    assert [statement.currency for statement in statements(book, BUSY, extent)] == currencies
    assert [statement.currency for statement in statements(book, BUSY, extent, currencies[-1])] == currencies[-1:]


class TestRefusals:
    def test_what_is_no_account_of_the_chart(self, book: Book, postings: list[Posted]) -> None:
        with pytest.raises(AccountUnknown):
            statements(book, "piggy-bank", everything(postings))

    def test_an_account_that_nothing_was_posted_to(self, book: Book, postings: list[Posted]) -> None:
        with pytest.raises(AccountNeverPosted) as never:
            statements(book, "hold:NOBODY", everything(postings))
        assert never.value.position == postings[-1].position
        with pytest.raises(AccountNeverPosted):
            statements(book, BUSY, everything(postings), "JPY")

    def test_an_account_that_nothing_had_been_posted_to_yet(self, book: Book, postings: list[Posted]) -> None:
        first = next(posted.position for posted in postings if posted.account == BUSY)
        with pytest.raises(AccountNeverPosted):
            statements(book, BUSY, between_positions(0, first - 1))
        (statement,) = statements(book, BUSY, between_positions(0, first))
        assert len(list(lines_of(book.pool, statement))) == 1

    @pytest.mark.parametrize("wrong", ["position", "line", "day", "before", "after"])
    def test_a_place_that_is_no_line_of_it(self, book: Book, postings: list[Posted], wrong: str) -> None:
        head = postings[-1].position
        (statement,) = statements(book, BUSY, between_positions(head // 3, head - 20), "USD")
        (whole,) = statements(book, BUSY, between_positions(0, head), "USD")
        lines = list(lines_of(book.pool, whole))
        day, position, line = place_of(next(lines_of(book.pool, statement)))
        place = {
            "position": Place(day, 10**9, line),
            "line": Place(day, position, 99),
            "day": Place(day + timedelta(days=1), position, line),
            "before": place_of(lines[0]),
            "after": place_of(lines[-1]),
        }[wrong]
        with pytest.raises(StatementMalformed, match="after"):
            list(lines_of(book.pool, statement, after=place))

    def test_a_journal_that_was_changed_shows_no_statement(self, book: Book, postings: list[Posted]) -> None:
        copy = Book(book.pool, name=copied(book.pool, book.name))
        Runner(book.pool, copy.name).catch_up()
        extent = everything(postings)
        (statement,) = statements(copy, BUSY, extent, "USD")
        assert in_full(book.pool, statement).totals.lines > 0
        with tampering(book.pool) as connection:
            connection.execute(
                "UPDATE projections.journal_postings SET amount_minor = amount_minor + 1"
                " WHERE book = %s AND account = %s AND position = %s",
                (copy.name, BUSY, next(posted.position for posted in postings if posted.account == BUSY)),
            )
        with pytest.raises(StatementUnsound) as unsound:
            in_full(book.pool, statement)
        assert unsound.value.reached_minor == statement.closing_balance_minor + 1
        with pytest.raises(StatementUnsound):
            list(lines_of(book.pool, statement))

"""Balances at any moment are those of a ledger that was replayed only so far, in every sense of time."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.accounts import control_of
from domain.envelope import decode
from ledger.pool import Connection
from ledger.postgres import EmbeddedPostgres
from projections.balances import all_balances, balances_at, trial_balance
from projections.moment import NOW, Moment, MomentAhead, MomentMalformed, moment_of, position_known_at
from projections.projection import POSITION_MAX
from projections.runner import Runner
from tests.books import Book, read_log
from tests.late_book import PAYMENTS, SEED, Posted, late_book, postings_of
from tests.read_side import copied, cut, differences

MOMENTS = 1_000


@pytest.fixture(scope="module")
def book(postgres: EmbeddedPostgres, template: str) -> Iterator[Book]:
    """Yield a book of troubles, and of payments that arrive in no order of days, over almost three years."""
    with late_book(postgres, template, database="moments") as opened:
        yield opened


@pytest.fixture(scope="module")
def postings(book: Book) -> list[Posted]:
    """Return every posting of the log, worked out without any projection."""
    return list(postings_of(book))


def expected_at(postings: Sequence[Posted], moment: Moment) -> Counter[tuple[str, str]]:
    """Sum postings up to a moment, debits minus credits; accounts not posted to by its position are not there."""
    sums: Counter[tuple[str, str]] = Counter()
    for posted in postings:
        if posted.position <= moment.position:
            counts = moment.as_of is None or posted.posting_date <= moment.as_of
            sums[posted.account, posted.currency] += posted.amount_minor if counts else 0
    return sums


def found_at(
    connection: Connection, book: Book, moment: Moment, account: str | None = None
) -> dict[tuple[str, str], int]:
    found = balances_at(connection, book.name, moment, account=account)
    return {(one.account, one.currency): one.balance_minor * control_of(one.account).sign for one in found}


def test_the_book_has_late_postings_in_every_span(book: Book, postings: list[Posted]) -> None:
    with book.pool.connection() as connection:
        late: dict[str, int] = dict(
            connection.execute("SELECT span, count(*) FROM projections.late_sums GROUP BY span").fetchall()
        )
        assert late["day"] == late["month"] == late["year"] > PAYMENTS / 10
    assert len({posted.posting_date.year for posted in postings}) > 2


@pytest.mark.parametrize("sense", ["position", "posting date", "both"])
def test_balances_at_a_thousand_moments_are_the_sums_of_what_counts(
    book: Book, postings: list[Posted], sense: str
) -> None:
    dice = random.Random(sense)  # noqa: S311 - the same in every run
    head = postings[-1].position
    days = sorted({posted.posting_date for posted in postings})
    days += [days[0] - timedelta(days=1), date.min, date.max]
    accounts = sorted({posted.account for posted in postings})
    with book.pool.connection() as connection:
        for number in range(MOMENTS):
            moment = Moment(
                dice.randrange(head + 1) if sense != "posting date" else POSITION_MAX,
                dice.choice(days) + timedelta(days=0) if sense != "position" else None,
            )
            expected = expected_at(postings, moment)
            if number % 10:
                account = dice.choice(accounts)
                wanted = {key: minor for key, minor in expected.items() if key[0] == account}
                assert found_at(connection, book, moment, account) == wanted, (moment, account)
            else:
                assert found_at(connection, book, moment) == dict(expected), moment


def test_what_was_known_is_what_a_ledger_replayed_so_far_says(book: Book, postings: list[Posted]) -> None:
    dice = random.Random(SEED)  # noqa: S311 - the same in every run
    for _ in range(5):
        position = dice.randrange(1, postings[-1].position)
        copy = copied(book.pool, book.name)
        cut(book.pool, copy, position)
        Runner(book.pool, copy).catch_up()
        with book.pool.connection() as connection:
            replayed = all_balances(connection, copy)
            assert replayed == balances_at(connection, book.name, Moment(position))
            assert trial_balance(connection, copy) == trial_balance(connection, book.name, moment=Moment(position))
        assert differences(book.pool, copy) == []


def test_the_trial_balance_of_every_moment_sums_to_zero(book: Book, postings: list[Posted]) -> None:
    with book.pool.connection() as connection:
        for posted in postings[::25]:
            for moment in (Moment(posted.position), Moment(posted.position, posted.posting_date), NOW):
                lines = trial_balance(connection, book.name, moment=moment)
                assert sum(line.debit_minor for line in lines) == sum(line.credit_minor for line in lines)


def test_a_recorded_time_is_the_last_position_recorded_by_then(book: Book) -> None:
    log = [(event.position, decode(event.topic, event.state).recorded_at) for event in read_log(book.pool, book.name)]
    times = sorted({recorded_at for _, recorded_at in log})
    times += [at + timedelta(microseconds=step) for at in times[:: len(times) // 20] for step in (-1, 1)]
    with book.pool.connection() as connection:
        for at in times:
            expected = max((position for position, recorded_at in log if recorded_at <= at), default=0)
            assert position_known_at(connection, book.name, at) == expected
        assert position_known_at(connection, "nobody's", times[0]) == 0


class TestMoment:
    def test_without_anything_said_it_names_the_present_position(self, book: Book) -> None:
        with book.pool.connection() as connection:
            assert moment_of(connection, book.name) == Moment(Runner(book.pool, book.name).head())

    def test_of_a_position_and_a_time_the_earlier_counts(self, book: Book) -> None:
        now = book.clock()
        with book.pool.connection() as connection:
            assert moment_of(connection, book.name, at_position=7, known_at=now).position == 7
            long_ago = datetime(1999, 1, 1, tzinfo=UTC)
            assert moment_of(connection, book.name, at_position=7, known_at=long_ago).position == 0
            assert moment_of(connection, book.name, as_of=date(2026, 1, 1)).as_of == date(2026, 1, 1)

    def test_what_is_not_recorded_yet_is_refused(self, book: Book) -> None:
        with book.pool.connection() as connection, pytest.raises(MomentAhead) as ahead:
            moment_of(connection, book.name, at_position=10**9)
        assert ahead.value.at_position == 10**9

    def test_a_time_needs_its_zone(self, book: Book) -> None:
        with book.pool.connection() as connection, pytest.raises(MomentMalformed, match="known_at"):
            moment_of(connection, book.name, known_at=datetime(2026, 1, 1), at_position=10**9)  # noqa: DTZ001

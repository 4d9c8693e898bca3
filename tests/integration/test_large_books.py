"""Large books: their balances at any moment are the sums of what counts. `make soak` runs it."""

import random
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from api.exchange.mapping import load_mapping
from api.exchange.order_file import import_orders
from api.simulator import opening, play, simulate, writing
from domain.accounts import control_of
from ledger.pool import Connection, open_pool
from ledger.postgres import EmbeddedPostgres
from ledger.store import BookRecorder
from projections.balances import balances_at
from projections.log import read_log
from projections.moment import Moment, position_known_at
from projections.projection import POSITION_MAX
from projections.runner import Runner
from tests.books import Book

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3_000)]

BOOK, SEED = "main", 7
ENDS_AT = datetime(2026, 11, 22, tzinfo=UTC)
TRADES = 36_000
MOMENTS = 1_000
HOT = 5


class Asked(NamedTuple):
    """A question: what an account held, in one sense of time or in two."""

    position: int
    as_of: date | None
    account: str


@pytest.fixture(scope="module", params=["online_retail", "simulated"])
def pool(
    request: pytest.FixtureRequest, postgres: EmbeddedPostgres, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ConnectionPool[Connection]]:
    """Make the book of a real order file, and one of a simulated marketplace with over 1,000,000 events."""
    database = f"large_{request.param}"
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database} TEMPLATE {template} STRATEGY FILE_COPY")
        with open_pool(postgres.dsn(database), connections_max=4) as opened:
            if request.param == "online_retail":
                shared_data: Path = request.getfixturevalue("shared_data")
                _import(opened, shared_data / "orders" / "online_retail.csv.gz", tmp_path_factory.mktemp("import"))
            else:
                _simulate(opened)
            yield opened
        connection.execute(f"DROP DATABASE {database} WITH (FORCE)")


def _import(pool: ConnectionPool[Connection], orders: Path, folder: Path) -> None:
    with Book.opened(pool, name=BOOK) as book:
        import_orders(orders, load_mapping("online_retail"), book.writer, rejects=folder / "rejects.csv")
    assert Runner(pool, BOOK).catch_up() > 300_000


def _simulate(pool: ConnectionPool[Connection]) -> None:
    told = simulate(trades=TRADES, seed=SEED, ends_at=ENDS_AT)
    with writing(BookRecorder(pool, BOOK), seed=SEED, ends_at=ENDS_AT) as (writer, clock):
        play(chain(opening(BOOK, seed=SEED, ends_at=ENDS_AT), told), writer, clock=clock)
    assert Runner(pool, BOOK).catch_up() > 1_000_000


def _accounts(connection: Connection) -> tuple[list[str], list[str]]:
    """Return all accounts, and the hottest."""
    rows = connection.execute(
        "SELECT account, count(*) FROM projections.journal_postings WHERE book = %s GROUP BY account ORDER BY 2 DESC",
        (BOOK,),
    ).fetchall()
    accounts = [account for account, _ in rows]
    return accounts, accounts[:HOT]


@pytest.mark.parametrize("sense", ["position", "posting date", "both"])
def test_balances_at_a_thousand_moments_are_the_sums_of_what_counts(
    pool: ConnectionPool[Connection], sense: str
) -> None:
    dice = random.Random(f"{SEED} {sense}")  # noqa: S311 - the same in every run
    with pool.connection() as connection:
        connection.execute("SET LOCAL statement_timeout = 0")
        head = Runner(pool, BOOK).head()
        accounts, hottest = _accounts(connection)
        first, last = connection.execute(
            "SELECT min(posting_date), max(posting_date) FROM projections.journal_entries WHERE book = %s", (BOOK,)
        ).fetchone() or (None, None)
        assert first
        assert last
        asked = sorted(
            (
                Asked(
                    POSITION_MAX if sense == "posting date" else dice.randrange(head + 1),
                    None if sense == "position" else first + timedelta(days=dice.randrange((last - first).days + 2)),
                    dice.choice(hottest if dice.random() < 1 / 2 else accounts),
                )
                for _ in range(MOMENTS)
            ),
            key=lambda one: one.position,
        )
        expected = _sums(connection, asked, head)
        for one, wanted in zip(asked, expected, strict=True):
            found = balances_at(connection, BOOK, Moment(one.position, one.as_of), account=one.account)
            signed = {each.currency: each.balance_minor * control_of(one.account).sign for each in found}
            assert signed == wanted, one


def test_a_thousand_recorded_times_are_the_last_positions_recorded_by_then(pool: ConnectionPool[Connection]) -> None:
    dice = random.Random(SEED)  # noqa: S311 - the same in every run
    with pool.connection() as connection:
        connection.execute("SET LOCAL statement_timeout = 0")
        batches = read_log(connection, BOOK, up_to=Runner(pool, BOOK).head())
        times = [each.state.recorded_at for events in batches for each in events.recorded]
        for _ in range(MOMENTS):
            at = dice.choice(times) + timedelta(microseconds=dice.choice((-1, 0, 1)))
            assert position_known_at(connection, BOOK, at) == bisect_right(times, at)


def _sums(connection: Connection, asked: list[Asked], head: int) -> list[dict[str, int]]:
    """Answer questions, sorted by position, in one pass over the log: by currency, debits minus credits."""
    by_day: dict[str, dict[str, Counter[date]]] = defaultdict(lambda: defaultdict(Counter))
    answers: list[dict[str, int]] = []
    interesting = {one.account for one in asked}

    def answer_up_to(position: int) -> None:
        while len(answers) < len(asked) and asked[len(answers)].position < position:
            one = asked[len(answers)]
            answers.append(
                {
                    currency: sum(minor for day, minor in days.items() if one.as_of is None or day <= one.as_of)
                    for currency, days in by_day[one.account].items()
                }
            )

    for events in read_log(connection, BOOK, up_to=head):
        for recorded, entry in events.booked:
            answer_up_to(recorded.position)
            for posting in entry.postings:
                if posting.account in interesting:
                    by_day[posting.account][posting.currency][recorded.state.posting_date] += posting.amount_minor
    answer_up_to(POSITION_MAX + 1)
    return answers

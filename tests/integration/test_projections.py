"""Projections of a real log: however they came about, they are what the log gives; and the database guards them."""

import random
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain, count
from typing import Any, ClassVar

import psycopg
import pytest
from psycopg_pool import ConnectionPool
from structlog.testing import capture_logs

from api.simulator import VirtualClock, opening, play, salts_from, simulate
from domain import commands
from domain.envelope import decode
from domain.errors import LogCorrupt
from domain.hold import Hold
from domain.money import Money
from domain.order import Line, Order, OrderStatus
from domain.posting_rules import post
from domain.references import hold_id, key_of, kind_of
from ledger.application import TradeLedger
from ledger.pool import Connection, open_pool
from ledger.postgres import EmbeddedPostgres
from ledger.store import BookRecorder
from ledger.writer import Writer
from projections.balances import all_balances, trial_balance
from projections.folding import ProjectionStopped
from projections.journal import Journal, entries_between
from projections.moment import MomentAhead
from projections.orders import Orders, OrdersSought, find_order, search_orders
from projections.projection import Difference, Events, Projection
from projections.proof_of_holds import CurrencyProof, proof_of_holds
from projections.runner import (
    PROJECTIONS,
    ProjectionBehind,
    Runner,
    books_behind,
    follow,
)
from projections.streams import aggregate_of, references_of
from projections.timelines import timeline_of
from tests.books import Book, pay, place_order, read_log
from tests.read_side import TABLES, copied, differences, dump, rows
from tests.tampering import tampering
from tests.troubles import play_troubles

PATIENCE_SECONDS = 60
ENDS_AT = datetime(2026, 11, 22, tzinfo=UTC)
SEED = 20

_names = count(1)


@pytest.fixture(scope="module")
def house(postgres: EmbeddedPostgres, template: str) -> Iterator[str]:
    """Make one database for the tests of this file: each of them has a book of its own in it."""
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE projected TEMPLATE {template} STRATEGY FILE_COPY")
        yield postgres.dsn("projected")
        connection.execute("DROP DATABASE projected WITH (FORCE)")


@pytest.fixture(scope="module")
def pool(house: str) -> Iterator[ConnectionPool[Connection]]:
    with open_pool(house, connections_max=8) as opened:
        yield opened


@pytest.fixture(scope="module")
def mixed(pool: ConnectionPool[Connection]) -> str:
    """Return a book of everything that happens in a marketplace, troubles too, whose projections nobody has built."""
    ledger = TradeLedger(BookRecorder(pool, "mixed"), clock=VirtualClock(ENDS_AT), salts=salts_from(SEED))
    writer = Writer(ledger)
    play(chain(opening("mixed", seed=SEED, ends_at=ENDS_AT), simulate(trades=30, seed=SEED, ends_at=ENDS_AT)), writer)
    writer.close()
    book = Book(pool, name="mixed")
    play_troubles(book)
    book.writer.close()
    return "mixed"


@pytest.fixture(scope="module")
def whole(pool: ConnectionPool[Connection], mixed: str) -> dict[str, list[Any]]:
    """Return the projections of the mixed log, built from zero in one batch."""
    book = copied(pool, mixed)
    assert Runner(pool, book).step() == Runner(pool, book).head()
    return dump(pool, book)


@pytest.fixture
def book(pool: ConnectionPool[Connection]) -> Iterator[Book]:
    with Book.opened(pool, name=f"book-{next(_names)}") as opened:
        yield opened


@pytest.fixture
def runner(book: Book) -> Runner:
    return Runner(book.pool, book.name)


class Crash(Exception):  # noqa: N818 - it is one
    """A defect that stops a fold."""


class Crashing(Projection):
    """A projection without tables that breaks in the middle of some batches, after the others have folded them."""

    name: ClassVar[str] = "crashing"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ()

    def __init__(self, how: Callable[[Connection], object], *, chance: float, seed: int) -> None:
        self.crashes = 0
        self._how = how
        self._chance = chance
        self._roll = random.Random(seed).random  # noqa: S311 - crash points that can be had again

    def fold(self, connection: Connection, events: Events) -> None:
        """Break, or not."""
        assert events.recorded
        if self.crashes == 0 or self._roll() < self._chance:
            self.crashes += 1
            self._how(connection)

    def difference(self, connection: Connection, book: str, log: Iterable[Events]) -> Difference | None:
        """Find none."""


def raise_crash(_connection: Connection) -> None:
    raise Crash


def lose_the_session(connection: Connection) -> None:
    connection.execute("SET LOCAL ROLE NONE")
    connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def catch_up_through_crashes(runner: Runner) -> None:
    head = runner.head()
    reached = 0
    while reached < head:
        try:
            reached = runner.step()
        except (Crash, psycopg.OperationalError):
            continue


# However they came about.


@pytest.mark.parametrize(
    ("batch_events_max", "how"),
    [
        (1, lose_the_session),
        (7, raise_crash),
        (1_000, lose_the_session),
    ],
)
def test_batches_of_any_size_with_crashes_between_build_what_one_batch_does(
    pool: ConnectionPool[Connection],
    mixed: str,
    whole: dict[str, list[Any]],
    batch_events_max: int,
    how: Callable[[Connection], None],
) -> None:
    book = copied(pool, mixed)
    crashing = Crashing(how, chance=min(0.3, batch_events_max / 40), seed=batch_events_max)
    runner = Runner(pool, book, projections=(*PROJECTIONS, crashing), batch_events_max=batch_events_max)
    catch_up_through_crashes(runner)
    assert crashing.crashes
    with pool.connection() as connection:
        connection.execute("DELETE FROM projections.positions WHERE projection = 'crashing'")
    assert dump(pool, book) == whole
    assert differences(pool, book) == []


def test_tables_and_positions_are_what_the_postings_of_the_log_sum_to(
    pool: ConnectionPool[Connection], mixed: str, whole: dict[str, list[Any]]
) -> None:
    balances: Counter[tuple[str, str]] = Counter()
    journal: list[tuple[int, int, str, str, int, int]] = []
    for event in read_log(pool, mixed):
        entry = post(event.originator_id, decode(event.topic, event.state).event)
        for line, posting in enumerate(entry.postings if entry else (), start=1):
            balances[posting.account, posting.currency] += posting.amount_minor
            balance_minor = balances[posting.account, posting.currency]
            journal.append(
                (event.position, line, posting.account, posting.currency, posting.amount_minor, balance_minor)
            )
    columns = ("position", "line", "account", "currency", "amount_minor", "balance_minor")
    assert [tuple(row[column] for column in columns) for (row,) in whole["journal_postings"]] == journal
    assert len(journal) > 400
    assert {(row["account"], row["currency"]): row["balance_minor"] for (row,) in whole["balances"]} == dict(balances)
    assert {row["position"] for (row,) in whole["positions"]} == {len(read_log(pool, mixed))}


def test_folding_after_every_command_is_what_a_rebuild_gives(book: Book, runner: Runner) -> None:
    for number in range(3):
        for command in (
            place_order(f"PO-{number}", lines=2),
            commands.AcceptOrder(order=f"PO-{number}"),
            pay(f"PO-{number}", 15_000),
            commands.FreezeHold(order=f"PO-{number}", reason="under-review"),
        ):
            book.say(command)
            runner.catch_up()
    live = dump(book.pool, book.name)
    assert runner.rebuild() == runner.head()
    assert dump(book.pool, book.name) == live
    assert differences(book.pool, book.name) == []


@pytest.mark.parametrize("name", [projection.name for projection in PROJECTIONS])
def test_rebuild_of_one_projection_repairs_it_and_leaves_the_others(book: Book, runner: Runner, name: str) -> None:
    play_troubles(book)
    runner.catch_up()
    whole = dump(book.pool, book.name)
    with tampering(book.pool) as connection:
        for table in set(TABLES) - {"positions"}:
            connection.execute(f"DELETE FROM projections.{table} WHERE book = %s", (book.name,))
    runner.rebuild(name)
    repaired = {table for table, stored in dump(book.pool, book.name).items() if stored == whole[table] and stored}
    tables = next(projection.tables for projection in PROJECTIONS if projection.name == name)
    assert repaired == {table for table in ("positions", *tables) if whole[table]}


TAMPERED = {
    "orders": ("disputed_minor = disputed_minor + 1", "\"order\" = 'PO-B'"),
    "deadlines": ("due_at = due_at + interval '1 day'", "clock = 'answer/1'"),
    "disputes": ("mediator = 'MED-9'", "\"order\" = 'PO-A'"),
    "commissions": ("withheld_minor = 0", "withheld_minor > 0"),
}
"""By projection and its table: a change, and which rows it changes."""


@pytest.mark.parametrize("name", TAMPERED)
def test_row_that_is_not_what_the_log_gives_is_found(
    pool: ConnectionPool[Connection], mixed: str, whole: dict[str, list[Any]], name: str
) -> None:
    book = copied(pool, mixed)
    runner = Runner(pool, book)
    runner.catch_up()
    change, where = TAMPERED[name]
    for statement in (
        f"UPDATE projections.{name} SET {change} WHERE book = %s AND {where}",
        f"DELETE FROM projections.{name} WHERE book = %s AND {where}",
    ):
        with tampering(pool) as connection:
            assert connection.execute(statement, (book,)).rowcount
        (difference,) = differences(pool, book)
        assert difference.projection == name
        runner.rebuild(name)
        assert dump(pool, book) == whole


def test_readers_see_the_old_rows_until_a_rebuild_is_complete(pool: ConnectionPool[Connection], mixed: str) -> None:
    book = copied(pool, mixed)
    Runner(pool, book).catch_up()
    before = dump(pool, book)
    seen: list[bool] = []
    Runner(pool, book, batch_events_max=300).rebuild(progress=lambda _: seen.append(dump(pool, book) == before))
    assert len(seen) > 1
    assert all(seen)


def test_rebuild_that_breaks_leaves_everything_as_it_was(pool: ConnectionPool[Connection], mixed: str) -> None:
    book = copied(pool, mixed)
    Runner(pool, book).catch_up()
    before = dump(pool, book)

    def crash(_position: int) -> None:
        raise Crash

    with pytest.raises(Crash):
        Runner(pool, book, batch_events_max=300).rebuild(progress=crash)
    assert dump(pool, book) == before


def test_rows_of_an_older_version_are_read_until_the_new_ones_are_there(
    pool: ConnectionPool[Connection], mixed: str, whole: dict[str, list[Any]]
) -> None:
    book = copied(pool, mixed)
    runner = Runner(pool, book, batch_events_max=100)
    runner.catch_up()
    with pool.connection() as connection:
        connection.execute(
            "UPDATE projections.positions SET version = 0 WHERE book = %s AND projection = 'orders'", (book,)
        )
        connection.execute("UPDATE projections.orders SET status = 'as of old' WHERE book = %s", (book,))
    old = dump(pool, book)["orders"]
    steps = 0
    while runner.step() < runner.head():
        steps += 1
        assert dump(pool, book)["orders"] == old
        lags = {lag.projection: lag.position for lag in runner.lags()}
        assert lags.pop("orders") == 0
        assert set(lags.values()) == {runner.head()}
    assert steps > 1
    assert dump(pool, book) == whole
    with pool.connection() as connection:
        assert connection.execute("SELECT FROM projections.positions WHERE book = %s", (f"{book}~",)).fetchone() is None


@pytest.mark.parametrize("name", [*(projection.name for projection in PROJECTIONS), None])
def test_rebuild_under_load_fails_no_read_and_never_goes_back(book: Book, runner: Runner, name: str | None) -> None:
    book.trade("PO-0")
    runner.catch_up()
    done = threading.Event()
    seen: list[tuple[int, int]] = []

    def read() -> None:
        while not done.is_set():
            with book.pool.connection() as connection:
                connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                proven = all(one.agrees and one.covered for one in proof_of_holds(connection, book.name))
                orders = len(search_orders(connection, book.name, limit=1_000))
                entries = len(entries_between(connection, book.name, after=0, limit=10_000))
                lowest = min(lag.position for lag in runner.lags_in(connection))
            assert proven
            seen.append((lowest, orders + entries))

    def rebuild() -> None:
        while not done.is_set():
            Runner(book.pool, book.name, batch_events_max=5).rebuild(name)

    with ThreadPoolExecutor(3) as threads, following(book.pool):
        others = [threads.submit(task) for task in (read, rebuild)]
        for number in range(1, 15):
            book.trade(f"PO-{number}")
        done.set()
        for other in others:
            other.result(PATIENCE_SECONDS)
    assert len(seen) > 1
    assert seen == sorted(seen)
    runner.catch_up()
    afresh = copied(book.pool, book.name)
    Runner(book.pool, afresh).catch_up()
    assert dump(book.pool, book.name) == dump(book.pool, afresh)


def test_two_runners_at_once_fold_every_event_once(
    pool: ConnectionPool[Connection], mixed: str, whole: dict[str, list[Any]]
) -> None:
    book = copied(pool, mixed)
    start = threading.Barrier(3)
    failed: list[BaseException] = []

    def run(batch_events_max: int) -> None:
        start.wait(PATIENCE_SECONDS)
        try:
            Runner(pool, book, batch_events_max=batch_events_max).catch_up()
        except BaseException as error:  # noqa: BLE001 - told to the test's own thread
            failed.append(error)

    threads = [threading.Thread(target=run, args=(size,)) for size in (3, 5, 11)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert failed == []
    assert dump(pool, book) == whole


class RenamedOrders(Orders):
    """The same projection in a later release."""

    version: ClassVar[int] = Orders.version + 1


def test_changed_version_starts_again_even_where_nothing_new_happens(
    pool: ConnectionPool[Connection], mixed: str, whole: dict[str, list[Any]]
) -> None:
    book = copied(pool, mixed)
    Runner(pool, book).catch_up()
    with tampering(pool) as connection:
        connection.execute("UPDATE projections.orders SET status = 'of an older release' WHERE book = %s", (book,))
    later: Sequence[Projection] = tuple(RenamedOrders() if each.name == "orders" else each for each in PROJECTIONS)
    runner = Runner(pool, book, projections=later)
    assert book not in books_behind(pool)
    assert book in books_behind(pool, later)
    assert {lag.projection: lag.position for lag in runner.lags()} == {
        each.name: 0 if each.name == "orders" else runner.head() for each in later
    }
    runner.catch_up()
    assert dump(pool, book) | {"positions": []} == whole | {"positions": []}
    assert rows(pool, "SELECT version FROM projections.positions WHERE book = %s AND projection = 'orders'", book) == [
        (RenamedOrders.version,)
    ]


def test_projection_that_is_new_in_a_release_is_built_from_the_first_event(
    pool: ConnectionPool[Connection], mixed: str, whole: dict[str, list[Any]]
) -> None:
    book = copied(pool, mixed)
    earlier = [each for each in PROJECTIONS if each.name != "orders"]
    Runner(pool, book, projections=earlier).catch_up()
    assert book not in books_behind(pool, earlier)
    assert book in books_behind(pool)
    Runner(pool, book).catch_up()
    assert dump(pool, book) == whole


def test_projection_that_a_later_release_dropped_holds_nobody_up(pool: ConnectionPool[Connection], mixed: str) -> None:
    book = copied(pool, mixed)
    Runner(pool, book).catch_up()
    with pool.connection() as connection:
        connection.execute("INSERT INTO projections.positions VALUES (%s, 'dropped', 1, 3)", (book,))
    assert book not in books_behind(pool)


# What the books say.


def proofs_hold(proofs: Sequence[CurrencyProof]) -> bool:
    return all(proof.agrees and proof.covered for proof in proofs)


def test_proof_of_holds_agrees_and_is_covered_at_every_position(
    pool: ConnectionPool[Connection], mixed: str, whole: dict[str, list[Any]]
) -> None:
    book = copied(pool, mixed)
    runner = Runner(pool, book, batch_events_max=1)
    held: set[str] = set()
    disputed: set[str] = set()
    frozen: set[str] = set()
    for position in range(1, runner.head() + 1):
        assert runner.step() == position
        with pool.connection() as connection:
            proofs = proof_of_holds(connection, book)
            assert proofs_hold(proofs), position
            debits: Counter[str] = Counter()
            for line in trial_balance(connection, book, detail=True):
                debits[line.currency] += line.debit_minor - line.credit_minor
            assert not any(debits.values()), position
        held |= {proof.currency for proof in proofs if proof.orders_held_minor}
        disputed |= {proof.currency for proof in proofs if proof.orders_disputed_minor}
        frozen |= {proof.currency for proof in proofs if proof.orders_frozen_minor}
    assert len(held) > 1
    assert disputed
    assert frozen
    assert dump(pool, book) == whole


def test_proof_of_holds_fails_where_a_hold_is_not_what_the_orders_say(book: Book, runner: Runner) -> None:
    book.say(place_order("PO-1"))
    book.say(commands.AcceptOrder(order="PO-1"))
    book.say(pay("PO-1", 4_000))
    runner.catch_up()
    with book.pool.connection() as connection:
        (proof,) = proof_of_holds(connection, book.name)
        assert (proof.currency, proof.orders_held_minor, proof.accounts_held_minor) == ("USD", 4_000, 4_000)
        assert (proof.assets_minor, proof.liabilities_minor) == (4_000, 4_000)
        connection.execute("UPDATE projections.orders SET held_minor = held_minor - 1 WHERE book = %s", (book.name,))
        assert not proof_of_holds(connection, book.name)[0].agrees
        connection.execute(
            "UPDATE projections.balances SET balance_minor = 3_999 WHERE book = %s AND control = 'clearing'",
            (book.name,),
        )
        assert not proof_of_holds(connection, book.name)[0].covered
        connection.rollback()


def test_orders_are_what_their_own_histories_come_to(pool: ConnectionPool[Connection], mixed: str) -> None:
    book = copied(pool, mixed)
    Runner(pool, book).catch_up()
    with pool.connection() as connection:
        shown = {row.order: row for row in search_orders(connection, book, limit=10_000)}
        references = references_of(connection, book, "order")
        assert {key_of(reference) for reference in references} == set(shown)
        for reference in references:
            row = shown[key_of(reference)]
            order = aggregate_of(connection, book, reference)
            assert isinstance(order, Order)
            assert (row.status, row.total_minor) == (order.status, order.total_minor)
            assert (row.ship_by, row.placed_at) == (order.terms.ship_by, order.placed_at)
            hold = aggregate_of(connection, book, hold_id(row.order))
            if isinstance(hold, Hold):
                assert (row.received_minor, row.refunded_minor) == (hold.received_minor, hold.refunded_minor)
                parts_minor = (row.held_minor, row.disputed_minor, row.frozen_minor)
                assert parts_minor == (hold.held_minor, hold.disputed_minor, hold.frozen_minor)
                assert row.released_minor == hold.released.gross_minor
                assert row.recovered_minor == hold.recovered.gross_minor


def test_trial_balance_by_control_account_is_the_sum_of_the_detail(
    pool: ConnectionPool[Connection], mixed: str
) -> None:
    book = copied(pool, mixed)
    Runner(pool, book).catch_up()
    with pool.connection() as connection:
        control, detail = trial_balance(connection, book), trial_balance(connection, book, detail=True)
        names = {(b.account, b.currency) for b in all_balances(connection, book)}
    sums: Counter[tuple[str, str]] = Counter()
    for line in detail:
        name = next(c.account for c in control if line.account == c.account or line.account.startswith(f"{c.account}:"))
        sums[name, line.currency] += line.debit_minor - line.credit_minor
    assert {(c.account, c.currency): c.debit_minor - c.credit_minor for c in control} == dict(sums)
    assert {(line.account, line.currency) for line in detail} == names
    assert len(detail) > len(control)
    for line in (*control, *detail):
        assert not (line.debit_minor and line.credit_minor)
    totals: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for line in control:
        totals[line.currency][0] += line.debit_minor
        totals[line.currency][1] += line.credit_minor
    assert len(totals) > 1
    assert all(debit == credit for debit, credit in totals.values())


def test_balances_stand_on_their_accounts_normal_side(book: Book, runner: Runner) -> None:
    book.trade("PO-1", amount_minor=10_000)
    runner.catch_up()
    with book.pool.connection() as connection:
        shown = {balance.account: balance.balance_minor for balance in all_balances(connection, book.name)}
    assert shown == {
        "clearing:card": 10_000,
        "hold:PO-1": 0,
        "payable:exporter:EXP-1": 9_705,
        "income:service-fee": 250,
        "tax:gst-output": 45,
    }


def test_journal_gives_entries_by_page_with_running_balances(book: Book, runner: Runner) -> None:
    book.trade("PO-1", amount_minor=10_000)
    book.trade("PO-2", amount_minor=5_000)
    runner.catch_up()
    with book.pool.connection() as connection:
        entries = entries_between(connection, book.name, after=0, limit=100)
        pages, after = [], 0
        while page := entries_between(connection, book.name, after=after, limit=1):
            pages += page
            after = page[-1].position
    assert pages == entries
    assert [entry.topic for entry in entries] == ["hold.payment_received", "hold.released"] * 2
    assert [line.balance_minor for entry in entries for line in entry.postings if line.account == "clearing:card"] == [
        10_000,
        15_000,
    ]
    assert all(sum(line.amount_minor for line in entry.postings) == 0 for entry in entries)


def test_orders_are_found_by_the_beginning_of_their_key_by_party_and_by_status(book: Book, runner: Runner) -> None:
    def placed(order: str, buyer: str, exporter: str) -> None:
        line = Line(number=1, sku="SKU-1", quantity=1, amount_minor=100)
        book.say(
            commands.PlaceOrder(
                order=order,
                buyer=buyer,
                exporter=exporter,
                currency="EUR",
                lines=(line,),
                transport_mode="air",
                ship_by=ENDS_AT.date(),
            )
        )

    for order, buyer, exporter in (
        ("PO_1", "B-1", "E-1"),
        ("PO-1", "B-1", "E-2"),
        ("PO-10", "B-2", "E-2"),
        ("QO-1", "B-2", "E-1"),
    ):
        placed(order, buyer, exporter)
    book.say(commands.AcceptOrder(order="PO-10"))
    book.say(commands.CancelOrder(order="QO-1", reason="not-wanted"))
    runner.catch_up()

    def found(**wanted: Any) -> list[str]:
        with book.pool.connection() as connection:
            return [row.order for row in search_orders(connection, book.name, OrdersSought(**wanted))]

    assert found() == ["QO-1", "PO-10", "PO-1", "PO_1"]
    assert found(reference="PO-1") == ["PO-10", "PO-1"]
    assert found(reference="PO_") == ["PO_1"]
    assert found(reference="%") == []
    assert found(buyer="B-1") == ["PO-1", "PO_1"]
    assert found(buyer="B") == []
    assert found(exporter="E-1") == ["QO-1", "PO_1"]
    assert found(status="accepted") == ["PO-10"]
    assert found(reference="PO", exporter="E-2", status="placed") == ["PO-1"]


def test_pages_of_orders_give_each_once_the_last_changed_first(
    pool: ConnectionPool[Connection], mixed: str, whole: dict[str, list[Any]]
) -> None:
    book = copied(pool, mixed)
    Runner(pool, book).catch_up()
    seen: list[tuple[int, str]] = []
    with pool.connection() as connection:
        page = search_orders(connection, book, limit=7)
        while page:
            seen += [(row.position, row.order) for row in page]
            page = search_orders(connection, book, limit=7, before=page[-1].position)
    expected = sorted(((row["position"], row["order"]) for (row,) in whole["orders"]), reverse=True)
    assert seen == expected


def test_order_shows_how_far_it_is_and_where_its_money_is(book: Book, runner: Runner) -> None:
    def shown() -> tuple[str, int, int, int, int, int]:
        runner.catch_up()
        with book.pool.connection() as connection:
            row = find_order(connection, book.name, "PO-1")
        assert row is not None
        return (
            row.status,
            row.received_minor,
            row.held_minor,
            row.frozen_minor,
            row.released_minor,
            row.refunded_minor,
        )

    steps: list[tuple[commands.Command, tuple[OrderStatus, int, int, int, int, int]]] = [
        (place_order("PO-1"), ("placed", 0, 0, 0, 0, 0)),
        (commands.AcceptOrder(order="PO-1"), ("accepted", 0, 0, 0, 0, 0)),
        (pay("PO-1", 6_000), ("accepted", 6_000, 6_000, 0, 0, 0)),
        (pay("PO-1", 6_000), ("accepted", 12_000, 12_000, 0, 0, 0)),
        (
            commands.FreezeHold(order="PO-1", amount=Money("USD", 500), reason="warned"),
            ("accepted", 12_000, 11_500, 500, 0, 0),
        ),
        (commands.UnfreezeHold(order="PO-1", reason="cleared"), ("accepted", 12_000, 12_000, 0, 0, 0)),
        (commands.DispatchGoods(order="PO-1"), ("dispatched", 12_000, 12_000, 0, 0, 0)),
        (commands.RecordDelivery(order="PO-1"), ("delivered", 12_000, 12_000, 0, 0, 0)),
        (
            commands.ProposeRefund(order="PO-1", amount=Money("USD", 2_000), reason="overpaid"),
            ("delivered", 12_000, 10_000, 0, 0, 2_000),
        ),
        (commands.ConfirmReceipt(order="PO-1"), ("completed", 12_000, 0, 0, 10_000, 2_000)),
    ]
    for command, expected in steps:
        book.say(command)
        assert shown() == expected
    with book.pool.connection() as connection:
        assert find_order(connection, book.name, "PO-2") is None


def test_timeline_is_what_the_log_holds_of_one_trade(book: Book) -> None:
    book.trade("PO-1")
    book.trade("PO-10")
    with book.pool.connection() as connection:
        steps = timeline_of(connection, book.name, "PO-1")
        assert timeline_of(connection, book.name, "PO-404") == []
    own = [row.position for row in read_log(book.pool, book.name) if row.originator_id.endswith(":PO-1")]
    assert [step.position for step in steps] == own
    assert {kind_of(step.originator_id) for step in steps} == {"order", "hold", "release", "clock"}
    assert steps[0].topic == "order.placed"
    assert steps[-1].topic == "order.completed"


# What the database refuses.


UNBALANCED = "entries_sum_to_zero"


@pytest.fixture
def posted(book: Book, runner: Runner) -> Book:
    """Return a book with one entry: 100.00 USD paid."""
    book.say(place_order("PO-1"))
    book.say(commands.AcceptOrder(order="PO-1"))
    book.say(pay("PO-1"))
    runner.catch_up()
    return book


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO {postings} VALUES (%(book)s, 900, 1, 'a', 'USD', 5, 5)",
        "INSERT INTO {postings} VALUES (%(book)s, 900, 1, 'a', 'USD', 5, 5), ('other', 900, 2, 'a', 'USD', -5, 5)",
        "INSERT INTO {postings} VALUES (%(book)s, 900, 1, 'a', 'USD', 5, 5), (%(book)s, 900, 2, 'a', 'EUR', -5, 5)",
        "INSERT INTO {postings} VALUES (%(book)s, 900, 1, 'a', 'USD', 5, 5), (%(book)s, 901, 1, 'a', 'USD', -5, 5)",
        "UPDATE {postings} SET amount_minor = amount_minor + 1 WHERE book = %(book)s AND line = 1",
        "UPDATE {postings} SET amount_minor = amount_minor + 1 WHERE book = %(book)s",
        "UPDATE {postings} SET currency = 'EUR' WHERE book = %(book)s AND line = 1",
        "UPDATE {postings} SET position = 900 WHERE book = %(book)s AND line = 2",
        "DELETE FROM {postings} WHERE book = %(book)s AND line = 2",
    ],
)
def test_database_refuses_an_entry_that_does_not_sum_to_zero(posted: Book, statement: str) -> None:
    before = dump(posted.pool, posted.name)
    with pytest.raises(psycopg.errors.CheckViolation) as refused, posted.pool.connection() as connection:
        connection.execute(statement.format(postings="projections.journal_postings").encode(), {"book": posted.name})
    assert refused.value.diag.constraint_name == UNBALANCED
    assert dump(posted.pool, posted.name) == before


def test_database_takes_balanced_entries_and_their_removal(posted: Book) -> None:
    with posted.pool.connection() as connection:
        connection.execute(
            """
            INSERT INTO projections.journal_postings
            SELECT %s, p, n, 'clearing:card', c, a, 0 FROM (VALUES
                (900, 1, 'USD', 5), (900, 2, 'USD', -5), (900, 3, 'EUR', 7), (900, 4, 'EUR', -7), (901, 1, 'JPY', 0)
            ) AS v (p, n, c, a)
            """,
            (posted.name,),
        )
        connection.execute(
            "UPDATE projections.journal_postings SET amount_minor = -amount_minor WHERE book = %s AND position = 900",
            (posted.name,),
        )
        removed = connection.execute(
            "DELETE FROM projections.journal_postings WHERE book = %s", (posted.name,)
        ).rowcount
    assert removed == 7


# Waiting and following.


def test_wait_for_folds_up_to_what_was_asked_for(book: Book, runner: Runner) -> None:
    position = book.say(place_order("PO-1")).last_position
    runner.wait_for(position)
    assert {lag.position for lag in runner.lags()} == {position}
    runner.wait_for(position)


def test_wait_for_what_the_log_does_not_reach_is_told_at_once(book: Book, runner: Runner) -> None:
    position = book.say(place_order("PO-1")).last_position
    with pytest.raises(MomentAhead) as ahead:
        runner.wait_for(position + 1)
    assert ahead.value.details() == {"at_position": position + 1, "head": position}
    assert not ahead.value.retryable


def test_wait_for_what_is_not_folded_in_time_may_be_asked_for_again(book: Book) -> None:
    position = book.say(place_order("PO-1")).last_position
    slow = Runner(book.pool, book.name, batch_events_max=1)
    with pytest.raises(ProjectionBehind) as behind:
        slow.wait_for(position, timeout_seconds=0)
    assert behind.value.min_position == position > behind.value.position > 0
    assert behind.value.retryable
    slow.wait_for(position)


def test_wait_for_in_a_book_that_does_not_exist_creates_nothing(pool: ConnectionPool[Connection]) -> None:
    with pytest.raises(MomentAhead):
        Runner(pool, "nobody").wait_for(1)
    assert rows(pool, "SELECT * FROM projections.positions WHERE book = 'nobody'") == []


def test_books_behind_are_those_with_events_that_a_projection_has_not_seen(book: Book, runner: Runner) -> None:
    assert book.name in books_behind(book.pool)
    runner.catch_up()
    assert book.name not in books_behind(book.pool)
    book.say(place_order("PO-1"))
    assert book.name in books_behind(book.pool)


@contextmanager
def following(pool: ConnectionPool[Connection]) -> Iterator[None]:
    """Follow in another thread; at the end tell it to stop, and see that it does."""
    stop = threading.Event()
    follower = threading.Thread(target=follow, args=(pool, stop), kwargs={"pause_seconds": 0.001})
    follower.start()
    try:
        yield
    finally:
        stop.set()
        follower.join(PATIENCE_SECONDS)
    assert not follower.is_alive()


def eventually(holds: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(PATIENCE_SECONDS * 100):
        if holds():
            return
        pause.wait(0.01)
    pytest.fail("it never came about")


def followed(book: Book) -> bool:
    return all(lag.position == lag.head for lag in Runner(book.pool, book.name).lags())


def test_follow_keeps_up_survives_lost_connections_and_stops_when_told(database: str) -> None:
    with open_pool(database, connections_max=2) as own, Book.opened(own) as book:
        with open_pool(database, connections_max=2) as others, following(others):
            book.say(place_order("PO-1"))
            eventually(lambda: followed(book))
            with psycopg.connect(database, autocommit=True) as superuser:
                for number in range(2, 4):
                    with own.connection() as connection:
                        mine = connection.info.backend_pid
                        superuser.execute(
                            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                            " WHERE datname = current_database() AND pid NOT IN (%s, pg_backend_pid())",
                            (mine,),
                        )
                    book.say(place_order(f"PO-{number}"))
                    eventually(lambda: followed(book))
        assert differences(own, "main") == []


def test_follow_goes_on_with_the_other_books_where_one_is_broken(database: str) -> None:
    with (
        open_pool(database, connections_max=4) as pool,
        Book.opened(pool, name="a-corrupt") as corrupt,
        Book.opened(pool, name="b-stopped") as stopped,
        Book.opened(pool, name="c-sound") as sound,
    ):
        for each in (corrupt, stopped, sound):
            each.trade("PO-1")
        with tampering(pool) as connection:
            connection.execute("DELETE FROM ledger.events WHERE book = 'a-corrupt' AND position = 3")
            connection.execute(
                "INSERT INTO projections.orders SELECT 'b-stopped', 'PO-1', '', '', '', '', '', now(), '',"
                " 0, 0, 0, 0, 0, 0, 0, 0, now(), 1"
            )
            for projection in PROJECTIONS:
                reached = ("b-stopped", projection.name, projection.version, 4)
                connection.execute("INSERT INTO projections.positions VALUES (%s, %s, %s, %s)", reached)
        with capture_logs() as logs, following(pool):
            eventually(lambda: followed(sound))
            sound.trade("PO-2")
            eventually(lambda: followed(sound))
        told = {(entry["book"], entry["error"].partition(":")[0]) for entry in logs if entry["log_level"] == "error"}
        assert told == {("a-corrupt", "log corrupt"), ("b-stopped", "projection.stopped")}
        with following(pool):
            Runner(pool, "b-stopped").rebuild()
            stopped.trade("PO-2")
            eventually(lambda: followed(stopped))


# A log that is not what it was.


def delete_event(pool: ConnectionPool[Connection], book: str, position: int) -> None:
    with tampering(pool) as connection:
        connection.execute("DELETE FROM ledger.events WHERE book = %s AND position = %s", (book, position))


@pytest.mark.parametrize("from_the_end", [0, 1, 5])
def test_missing_position_stops_the_runner_and_is_named(book: Book, runner: Runner, from_the_end: int) -> None:
    book.trade("PO-1")
    missing = runner.head() - from_the_end
    delete_event(book.pool, book.name, missing)
    with pytest.raises(LogCorrupt) as corrupt:
        Runner(book.pool, book.name, batch_events_max=2).catch_up()
    assert (corrupt.value.book, corrupt.value.position) == (book.name, missing)
    with pytest.raises(LogCorrupt) as corrupt:
        runner.rebuild()
    assert corrupt.value.position == missing
    assert all(lag.position < missing for lag in runner.lags())


def test_event_that_cannot_be_read_stops_the_runner_and_is_named(book: Book, runner: Runner) -> None:
    position = book.say(place_order("PO-1")).last_position
    with tampering(book.pool) as connection:
        connection.execute(
            "UPDATE ledger.events SET state = state || '}' WHERE book = %s AND position = %s", (book.name, position)
        )
    with pytest.raises(LogCorrupt) as corrupt:
        runner.catch_up()
    assert corrupt.value.position == position
    with pytest.raises(LogCorrupt), book.pool.connection() as connection:
        timeline_of(connection, book.name, "PO-1")


def test_tables_that_do_not_take_the_next_events_stop_the_projection_and_are_named(book: Book, runner: Runner) -> None:
    book.say(place_order("PO-1"))
    position = runner.catch_up()
    book.say(commands.AcceptOrder(order="PO-1"))
    book.say(pay("PO-1"))
    with book.pool.connection() as connection:
        connection.execute(
            "INSERT INTO projections.journal_entries"
            " SELECT %s, n, '', '', now(), now(), now() FROM generate_series(1, 9) n",
            (book.name,),
        )
    with pytest.raises(ProjectionStopped) as stopped:
        runner.catch_up()
    assert (stopped.value.projection, stopped.value.position) == (Journal.name, position)
    assert not stopped.value.retryable
    runner.rebuild()
    assert differences(book.pool, book.name) == []


def test_follow_that_is_told_to_stop_leaves_the_other_books_for_later(database: str) -> None:
    stop, moved = threading.Event(), list[str]()

    @contextmanager
    def stopping(book: str) -> Iterator[None]:
        moved.append(book)
        yield
        stop.set()

    with (
        open_pool(database, connections_max=4) as pool,
        Book.opened(pool, name="first") as first,
        Book.opened(pool, name="second") as second,
    ):
        for book in (first, second):
            book.say(place_order("PO-1"))
        follow(pool, stop, traced=stopping)
        assert moved == ["first"]
        assert [followed(first), followed(second)] == [True, False]

"""A book for tests: a writer on a real database, a clock that stands still, and trades to say to it."""

import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, NamedTuple, Self

from psycopg_pool import ConnectionPool

from domain import commands
from domain.money import Money
from domain.order import Line
from domain.rules import Rules
from ledger.application import TradeLedger
from ledger.outcomes import Accepted, Outcome, Submission
from ledger.pool import Connection
from ledger.store import BookRecorder
from ledger.transparency import leaf_bytes
from ledger.writer import Writer

RULES = Rules(service_fee_bps=250, service_fee_tax_bps=1_800, four_eyes_from_minor={"USD": 1_000_000})


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = datetime(2026, 11, 22, 9, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now

    def move(self, **how: float) -> None:
        """Let time pass: `move(days=3)`."""
        self.now += timedelta(**how)


class Salts:
    """Salts that differ from event to event and are the same in every run."""

    def __init__(self) -> None:
        self._given = 0

    def __call__(self, count_bytes: int) -> bytes:
        """Return the next bytes."""
        self._given += 1
        return self._given.to_bytes(8, "big").rjust(count_bytes, b"s")


class Book:
    """The book `main`, open, with the rulebook `standard/1` of RULES in force."""

    def __init__(self, pool: ConnectionPool[Connection], *, name: str = "main", aggregates_max: int = 20_000) -> None:
        self.pool = pool
        self.name = name
        self.clock = Clock()
        self.ledger = TradeLedger(
            BookRecorder(pool, name), clock=self.clock, salts=Salts(), aggregates_max=aggregates_max
        )
        self.writer = Writer(self.ledger, pause_seconds=0.01, linger_seconds=0)
        self._ids = count(1)

    @classmethod
    @contextmanager
    def opened(
        cls, pool: ConnectionPool[Connection], *, name: str = "main", aggregates_max: int = 20_000
    ) -> Iterator[Self]:
        """Open the book and its rulebook; end its writer at the end."""
        book = cls(pool, name=name, aggregates_max=aggregates_max)
        book.say(commands.OpenBook(book=name, identity="0" * 32, log_origin=f"ledger.example/{name}"))
        book.say(commands.DraftRulebook(rulebook="standard/1", rules=RULES))
        book.say(commands.ApproveRulebook(rulebook="standard/1"), actor="operator:second")
        book.say(commands.PublishRulebook(rulebook="standard/1"))
        try:
            yield book
        finally:
            book.writer.close()

    @contextmanager
    def beside(
        self, *, clock: Callable[[], datetime] | None = None, aggregates_max: int = 20_000, **limits: Any
    ) -> Iterator[Writer]:
        """Start a second writer on the book, as another process would: with a cache of its own; end it at the end."""
        recorder = BookRecorder(self.pool, self.name)
        ledger = TradeLedger(recorder, clock=clock or self.clock, salts=Salts(), aggregates_max=aggregates_max)
        writer = Writer(ledger, **({"pause_seconds": 0.01, "linger_seconds": 0} | limits))
        try:
            yield writer
        finally:
            writer.close()

    def submission(
        self, command: commands.Command, *, actor: str = "operator:first", command_id: str | None = None
    ) -> Submission:
        """Return a command as a caller would submit it."""
        return Submission(
            command=command,
            command_id=command_id or f"command-{next(self._ids)}",
            principal="tests",
            actor=actor,
            role="operator",
        )

    def ask(
        self, command: commands.Command, *, actor: str = "operator:first", command_id: str | None = None
    ) -> Outcome:
        """Submit a command and return its outcome, a refusal included."""
        return self.writer.submit(self.submission(command, actor=actor, command_id=command_id)).result(timeout=30)

    def say(
        self, command: commands.Command, *, actor: str = "operator:first", command_id: str | None = None
    ) -> Accepted:
        """Submit a command that must be accepted."""
        outcome = self.ask(command, actor=actor, command_id=command_id)
        assert isinstance(outcome, Accepted), outcome
        return outcome

    def trade(self, order: str, *, amount_minor: int = 10_000) -> None:
        """Play a whole trade: placed, accepted, paid, dispatched, delivered, confirmed, released."""
        for command in whole_trade(order, amount_minor=amount_minor):
            self.say(command)


def place_order(order: str, *, amount_minor: int = 10_000, lines: int = 1) -> commands.PlaceOrder:
    """Return an order of BUY-1 from EXP-1 in USD, by sea; every line is of 10 pieces for `amount_minor`."""
    return commands.PlaceOrder(
        order=order,
        buyer="BUY-1",
        exporter="EXP-1",
        currency="USD",
        lines=tuple(
            Line(number=number, sku=f"SKU-{number}", quantity=10, amount_minor=amount_minor)
            for number in range(1, lines + 1)
        ),
        transport_mode="sea",
        ship_by=date(2026, 12, 1),
    )


def pay(order: str, amount_minor: int = 10_000) -> commands.RecordPayment:
    """Return a payment on the first step, by card."""
    return commands.RecordPayment(order=order, amount=Money("USD", amount_minor), account="clearing:card")


def whole_trade(order: str, *, amount_minor: int = 10_000) -> Sequence[commands.Command]:
    """Return the commands of a trade without trouble."""
    return (
        place_order(order, amount_minor=amount_minor),
        commands.AcceptOrder(order=order),
        pay(order, amount_minor),
        commands.DispatchGoods(order=order),
        commands.RecordDelivery(order=order),
        commands.ConfirmReceipt(order=order),
    )


class Gate:
    """A clock that holds whoever asks for the time, and so a writer with its batch open, until the test opens it."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.reached = threading.Event()
        self._clock = clock
        self._open = threading.Event()

    def __call__(self) -> datetime:
        """Wait, then return the time."""
        self.reached.set()
        assert self._open.wait(timeout=60)
        return self._clock()

    def open(self) -> None:
        """Let everybody through, from now on."""
        self._open.set()


class LogRow(NamedTuple):
    """One row of `ledger.events`."""

    position: int
    originator_id: str
    version: int
    topic: str
    state: bytes
    leaf_hash: bytes


def merkle_root(leaf_hashes: Sequence[bytes]) -> bytes:
    """Return the Merkle tree hash as RFC 6962, section 2.1 defines it: naively, from the definition."""
    if not leaf_hashes:
        return hashlib.sha256(b"").digest()
    if len(leaf_hashes) == 1:
        return leaf_hashes[0]
    left = 1 << (len(leaf_hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + merkle_root(leaf_hashes[:left]) + merkle_root(leaf_hashes[left:])).digest()


def frontier_root(size: int, frontier: bytes) -> bytes:
    """Return the root that a stored frontier stands for: its complete subtrees, folded from the right."""
    subtrees = [frontier[start : start + 32] for start in range(0, len(frontier), 32)]
    assert len(subtrees) == size.bit_count()
    root = subtrees.pop() if subtrees else hashlib.sha256(b"").digest()
    while subtrees:
        root = hashlib.sha256(b"\1" + subtrees.pop() + root).digest()
    return root


def read_log(pool: ConnectionPool[Connection], book: str = "main") -> list[LogRow]:
    """Return a book's events as stored, by position."""
    query = """
        SELECT position, originator_id, version, topic, state, leaf_hash
        FROM ledger.events WHERE book = %s ORDER BY position
    """
    with pool.connection() as connection:
        return [LogRow(*row) for row in connection.execute(query, (book,))]


def checked_log(pool: ConnectionPool[Connection], book: str = "main") -> list[LogRow]:
    """Return a book's events after checking them: positions and versions dense, every leaf hash, the head's root."""
    rows = read_log(pool, book)
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))
    versions: Counter[str] = Counter()
    for row in rows:
        versions[row.originator_id] += 1
        assert row.version == versions[row.originator_id], row
        leaf = leaf_bytes(row.position, row.originator_id, row.version, row.topic, row.state)
        assert row.leaf_hash == hashlib.sha256(b"\0" + leaf).digest(), row
    with pool.connection() as connection:
        head = connection.execute("SELECT size, frontier FROM ledger.log_head WHERE book = %s", (book,)).fetchone()
    size, frontier = head or (0, b"")
    assert size == len(rows)
    assert frontier_root(size, frontier) == merkle_root([row.leaf_hash for row in rows])
    return rows


def count_outcomes(pool: ConnectionPool[Connection], book: str = "main") -> int:
    """Return how many outcomes a book keeps."""
    with pool.connection() as connection:
        row = connection.execute("SELECT count(*) FROM ledger.outcomes WHERE book = %s", (book,)).fetchone()
    assert row is not None
    return int(row[0])

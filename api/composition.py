"""
Composition builds every object once and hands it on.

This is the only place that reads the clock, mints ids, draws salts and opens pools; everything else gets them as
arguments.
"""

import gc
import itertools
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, NamedTuple
from uuid import uuid4

from psycopg_pool import ConnectionPool

from api.settings import Settings
from domain import commands
from domain.errors import NotFound
from domain.rules import STANDARD
from ledger.application import TradeLedger
from ledger.confidential import Confidential
from ledger.evidence_store import EvidenceStore, PostgresEvidence
from ledger.migrations import migrate
from ledger.outcomes import Submission
from ledger.pool import Connection, open_pool
from ledger.postgres import EmbeddedPostgres
from ledger.proof.keyring import NO_KEYS, SEED_BYTES, Keys
from ledger.proof.signing import LogSigner
from ledger.reads import Reads
from ledger.store import BookRecorder
from ledger.writer import BatchDone, Writer, unwatched
from projections.runner import Runner

CONNECTIONS_MAX = 8
SETUP = "setup"
OWNER_ATTEMPTS = 60
OWNER_PAUSE_SECONDS = 0.5


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def new_id() -> str:
    """Return an id that nobody has given before: 32 hexadecimal digits."""
    return uuid4().hex


def numbered_ids() -> Callable[[], str]:
    """
    Return what gives ids that nobody has given before, of 32 hexadecimal digits, and that may be foreseen.

    It asks the system for randomness once: every time costs a busy process its turn.
    """
    begins, numbers = os.urandom(10).hex(), itertools.count()
    return lambda: f"{begins}{next(numbers):012x}"


def new_seed() -> bytes:
    """Return what a private key is made of: 32 unpredictable bytes."""
    return os.urandom(SEED_BYTES)


def new_nonce() -> int:
    """Return a number below 2**64 that nobody can foresee."""
    return int.from_bytes(os.urandom(8), "big")


DRAWN_BYTES = 4_096


class Unpredictable:
    """
    Gives unpredictable bytes, to any thread, no byte twice.

    It draws many from the system at once: every time costs a busy process its turn.
    """

    def __init__(self) -> None:
        self._drawing = threading.Lock()
        self._drawn = b""
        self._given = 0
        os.register_at_fork(after_in_child=self._forget)

    def __call__(self, count: int) -> bytes:
        """Return so many bytes."""
        with self._drawing:
            first, self._given = self._given, self._given + count
            if self._given > len(self._drawn):
                self._drawn = os.urandom(max(count, DRAWN_BYTES))
                first, self._given = 0, count
            return self._drawn[first : self._given]

    def _forget(self) -> None:
        """Give none of what the parent of this process gives."""
        self._drawing = threading.Lock()
        self._drawn, self._given = b"", 0


new_salts = Unpredictable()


@dataclass(eq=False, kw_only=True)
class BookNotFound(NotFound):
    """There is no such book; `trade-ledger --book NAME migrate` founds one."""

    code: ClassVar[str] = "book.not_found"
    book: str


class World(NamedTuple):
    """
    What a book takes from the world: the time in UTC, unpredictable bytes, and ids that nobody has given before.

    watch: is told of every batch that a writer is done with.
    """

    clock: Callable[[], datetime] = utc_now
    salts: Callable[[int], bytes] = new_salts
    new_id: Callable[[], str] = new_id
    watch: Callable[[BatchDone], None] = unwatched


THIS_WORLD = World()


class OpenedBook:
    """One book of the house: its read side, what is kept beside its log, and its write side, made when first asked."""

    def __init__(
        self, pool: ConnectionPool[Connection], name: str, keys: Keys = NO_KEYS, world: World = THIS_WORLD
    ) -> None:
        self.name = name
        self.pool = pool
        self.world = world
        self.keyring = keys.of(name)
        self.signer = LogSigner(pool, name, self.keyring, clock=world.clock)
        self.recorder = BookRecorder(pool, name)
        self.runner = Runner(pool, name)
        self.confidential = Confidential(pool, name, clock=world.clock, salts=world.salts)
        self.evidence: EvidenceStore = PostgresEvidence(pool, name, clock=world.clock)
        self.reads = Reads(pool, name, clock=world.clock)
        self._writing = threading.Lock()
        self._writer: Writer | None = None

    @property
    def writer(self) -> Writer:
        """Return the door to the log."""
        with self._writing:
            if self._writer is None:
                ledger = TradeLedger(self.recorder, clock=self.world.clock, salts=self.world.salts)
                self._writer = Writer(ledger, watch=self.world.watch)
            return self._writer

    @property
    def exists(self) -> bool:
        """Return whether anything was ever recorded in this book."""
        return self.recorder.max_notification_id() is not None or bool(self.recorder.select_notifications(None, 1))

    def found(self) -> None:
        """Open the book with the standard rulebook, if it doesn't exist yet."""
        if not self.exists:
            _found(self.name, self.writer, self.world.new_id)

    def close(self) -> None:
        """Finish what waits to be recorded."""
        if self._writer:
            self._writer.close()


class House:
    """A database and the books in it."""

    def __init__(
        self, dsn: str, pool: ConnectionPool[Connection], keys: Keys = NO_KEYS, world: World = THIS_WORLD
    ) -> None:
        self.dsn = dsn
        self.pool = pool
        self.world = world
        self._keys = keys
        self._books: dict[str, OpenedBook] = {}
        self._opening = threading.Lock()

    def book(self, name: str) -> OpenedBook:
        """Return a book by name. Nothing is written before something is recorded in it."""
        with self._opening:
            if name not in self._books:
                self._books[name] = OpenedBook(self.pool, name, self._keys, self.world)
            return self._books[name]

    def find_opened(self, name: str) -> OpenedBook | None:
        """Return a book that was asked for before, at once, or nothing."""
        return self._books.get(name)

    def find_book(self, name: str) -> OpenedBook | None:
        """Return a book in which something is recorded, or nothing: a name that is none leaves no trace here."""
        if name not in self._books and not OpenedBook(self.pool, name).exists:
            return None
        return self.book(name)

    def close(self) -> None:
        """Finish what waits to be recorded, in every book."""
        for book in self._books.values():
            book.close()


@contextmanager
def database(settings: Settings, *, lasting: bool = False) -> Iterator[str]:
    """
    Yield the DSN of the database: of the one given, or of an embedded server started for as long as it is needed.

    lasting: whoever means to stay becomes the server's owner, so that no short-lived command takes it away at its end.
    """
    if settings.database_url:
        yield settings.database_url
        return
    server = EmbeddedPostgres(settings.home, binaries=settings.server_binaries, run_as=settings.server_account)
    try:
        yield _start_as_owner(server) if lasting else server.start()
    finally:
        server.stop()


@contextmanager
def house(settings: Settings, *, lasting: bool = False) -> Iterator[House]:
    """Yield the house that the settings describe, with its tables at this release."""
    with database(settings, lasting=lasting) as dsn:
        migrate(dsn)
        with connected(dsn, through_pgbouncer=settings.through_pgbouncer, keys=settings.keys) as opened:
            yield opened


def settle_collector() -> None:
    """
    Let the garbage collector look rarely, in a process that decides or folds.

    A batch makes tens of thousands of small objects without cycles, which reference counting frees; looking through
    them after every 700, as Python does unasked, costs a twentieth of deciding and finds nothing.
    """
    gc.set_threshold(50_000, 20, 20)


TURN_SECONDS = 0.01


def settle_turns() -> None:
    """
    Let a thread work for a hundredth of a second before another may interrupt it, in a process that answers requests.

    What comes together, as the callers of one batch, takes the event loop about the five thousandths that Python gives
    it unasked: interrupted then, it and the writer hand the interpreter to and fro.
    """
    sys.setswitchinterval(TURN_SECONDS)


@contextmanager
def connected(
    dsn: str, *, through_pgbouncer: bool = False, keys: Keys = NO_KEYS, world: World = THIS_WORLD
) -> Iterator[House]:
    """Yield a house on a database that is up and migrated."""
    settle_collector()
    with open_pool(dsn, connections_max=CONNECTIONS_MAX, through_pgbouncer=through_pgbouncer) as pool:
        opened = House(dsn, pool, keys, world)
        try:
            yield opened
        finally:
            opened.close()


def _start_as_owner(server: EmbeddedPostgres) -> str:
    for _ in range(OWNER_ATTEMPTS):
        dsn = server.start()
        if server.owns:
            return dsn
        server.stop()
        time.sleep(OWNER_PAUSE_SECONDS)
    return server.start()


def _found(book: str, writer: Writer, new_id: Callable[[], str]) -> None:
    founding: tuple[tuple[str, commands.Command], ...] = (
        (
            "founder",
            commands.OpenBook(book=book, identity=new_id(), log_origin=f"trade-ledger.invalid/{book}/{new_id()}"),
        ),
        ("founder", commands.DraftRulebook(rulebook="standard/1", rules=STANDARD)),
        ("countersigner", commands.ApproveRulebook(rulebook="standard/1")),
        ("founder", commands.PublishRulebook(rulebook="standard/1")),
    )
    futures = writer.submit_all(
        [
            Submission(
                command=command, command_id=new_id(), principal=SETUP, actor=f"operator:{person}", role="operator"
            )
            for person, command in founding
        ]
    )
    for future in futures:
        future.result()

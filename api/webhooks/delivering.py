"""
Delivering sends each webhook its events, in order and one after another, whatever becomes of the other webhooks.

Each has a lease while something is sent to it, so that of several workers one delivers; a worker that dies leaves a
lease that runs out. What failed is tried again before anything later is sent.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import NamedTuple, Self, TypeVar

import httpx
import structlog
from psycopg_pool import ConnectionPool

from api.streams.tail import LogTail, Tails
from api.streams.told import Told
from api.webhooks import outbox
from api.webhooks.envelopes import envelope_of, headers_of
from api.webhooks.outbox import Attempt, DeadLetter, Due, Holder, Leased, Outcome
from api.webhooks.patience import Patience
from api.webhooks.sealing import SealingKey
from api.webhooks.sending import GONE, Answered, Sender
from api.webhooks.subscriptions import Subscription, Subscriptions, WebhookNotFound, former_secret_counts
from domain.errors import LedgerError, LogCorrupt
from ledger.pool import Connection
from ledger.writer import DATABASE_ABSENT

T = TypeVar("T")

PAUSE_SECONDS = 0.2
ANSWER_SECONDS = 15.0
LEASE_BEYOND_SECONDS = 5.0
"""A lease lasts so much longer than an attempt may."""
AT_ONCE_MAX = 256
"""So many webhooks are sent to at the same time; of those only that many hold others up that all are silent."""
SENT_MAX = 100
"""After so many events another worker may go on."""
PASSED_OVER_MAX = 1_000
"""So many events that aren't for a webhook are looked at again when a worker begins."""
BATCHES_A_TURN_MAX = 10
"""So much of the log is searched for one webhook before another has its turn."""
REST_SECONDS = 10.0
"""For so long a webhook is left alone that can't be served: whose secret can't be opened, say."""
DATABASE_THREADS = 3

_log = structlog.get_logger(__name__)


class Ways(NamedTuple):
    """
    How is delivered. worker: names who holds a lease; private: whether addresses may be of our own network;
    answer_seconds: for all of an attempt; transport: in place of the network; tell: is told each outcome.
    """

    worker: str
    clock: Callable[[], datetime]
    patience: Patience
    sealing: SealingKey
    private: bool = False
    answer_seconds: float = ANSWER_SECONDS
    transport: httpx.AsyncBaseTransport | None = None
    tell: Callable[[str], None] = lambda _outcome: None


class _Turn(NamedTuple):
    """A webhook's turn: what it is, what is to be sent, and which dead letters are to be sent again."""

    due: Due
    subscription: Subscription
    events: Sequence[Told]
    replayed: Sequence[tuple[DeadLetter, Told]]


class Delivering:
    """Who delivers the webhooks of all books of a database."""

    def __init__(self, pool: ConnectionPool[Connection], ways: Ways) -> None:
        self._pool = pool
        self._ways = ways
        self._tails = Tails(pool)
        self._followed: dict[str, LogTail] = {}
        self._following = threading.Lock()
        self._passed: dict[tuple[str, str], int] = {}
        self._busy: set[tuple[str, str]] = set()
        self._rest_until: dict[tuple[str, str], datetime] = {}
        self._tls = httpx.create_ssl_context(trust_env=False)
        self._threads = ThreadPoolExecutor(DATABASE_THREADS, thread_name_prefix="webhooks")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for tail in self._followed.values():
            self._tails.leave(tail)
        self._threads.shutdown()

    async def run(self, stop: threading.Event) -> None:
        """Deliver until told to stop; what is on its way then is finished, or cut off and sent again by the next."""
        sending: set[asyncio.Task[int]] = set()
        while not stop.is_set():
            try:
                for due in await self._due():
                    if len(sending) < AT_ONCE_MAX:
                        sending.add(task := asyncio.create_task(self._serve(due)))
                        task.add_done_callback(sending.discard)
            except DATABASE_ABSENT as error:
                _log.warning("webhooks wait", error=str(error))
            await asyncio.sleep(PAUSE_SECONDS)
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)

    async def round(self) -> int:
        """Give every webhook that is due its turn, all at the same time, and return how many attempts were made."""
        return sum(await asyncio.gather(*map(self._serve, await self._due())))

    async def _due(self) -> list[Due]:
        now = self._ways.clock()
        found = await self._ask(lambda connection: outbox.due_webhooks(connection, now))
        return [due for due in found if self._may_be_served(due, now) and (due.has_replays or self._has_news(due))]

    def _may_be_served(self, due: Due, now: datetime) -> bool:
        rest_until = self._rest_until.get(due[:2])
        return due[:2] not in self._busy and (rest_until is None or rest_until <= now)

    def _has_news(self, due: Due) -> bool:
        return due.has_news and self._passed.get(due[:2], 0) < due.size

    async def _serve(self, due: Due) -> int:
        """Return how many attempts were made for a webhook."""
        self._busy.add(due[:2])
        try:
            turn = await self._in_thread(lambda: self._turn(due))
            return await self._send_all(turn) if turn.events or turn.replayed else 0
        except WebhookNotFound:
            return 0
        except (LedgerError, LogCorrupt, *DATABASE_ABSENT) as error:
            _log.error("webhook waits", book=due.book, webhook=due.webhook, error=str(error))
            return self._rest(due)
        except Exception:  # noqa: BLE001 - a defect that one webhook meets holds up no other
            _log.exception("webhook waits", book=due.book, webhook=due.webhook)
            return self._rest(due)
        finally:
            self._busy.discard(due[:2])

    def _rest(self, due: Due) -> int:
        self._rest_until[due[:2]] = self._ways.clock() + timedelta(seconds=REST_SECONDS)
        return 0

    def _turn(self, due: Due) -> _Turn:
        """Return what is to be sent to a webhook now, and note what isn't for it."""
        tail = self._tail_of(due.book)
        with self._pool.connection() as connection:
            subscription = Subscriptions(connection, due.book).get(due.webhook)
            letters = outbox.due_letters(connection, due, self._ways.clock(), limit=SENT_MAX)
        replayed = [(letter, tail.after(letter.position - 1)[0]) for letter in letters]
        events: list[Told] = []
        if due.has_news:
            events, passed = self._sought(tail, subscription, after=self._passed.get(due[:2], 0))
            if not events:
                self._pass_over(due, subscription, passed)
        return _Turn(due, subscription, events, replayed)

    def _sought(self, tail: LogTail, subscription: Subscription, *, after: int) -> tuple[list[Told], int]:
        """Return the next events that are for a webhook, at most so many at a time, and how far was looked."""
        position = max(subscription.position, after)
        for _ in range(BATCHES_A_TURN_MAX):
            batch = tail.after(position)
            events = [each for each in batch if subscription.sight.takes(each)][:SENT_MAX]
            position = batch[-1].position if batch else position
            if events or not batch:
                return events, position
        return [], position

    def _tail_of(self, book: str) -> LogTail:
        with self._following:
            tail = self._followed.get(book)
            if tail and tail.problem:
                self._tails.leave(tail)
                tail = None
            if tail is None:
                tail = self._followed[book] = self._tails.follow(book)
            return tail

    def _pass_over(self, due: Due, subscription: Subscription, up_to: int) -> None:
        self._passed[due[:2]] = up_to
        if up_to - subscription.position >= PASSED_OVER_MAX:
            with self._pool.connection() as connection:
                outbox.pass_over(connection, due, subscription, up_to, self._ways.clock())

    async def _send_all(self, turn: _Turn) -> int:
        due, subscription, now = turn.due, turn.subscription, self._ways.clock()
        leased = await self._ask(lambda connection: outbox.lease(connection, due, self._holder(now), now))
        if leased is None:
            return 0
        try:
            if leased[:2] != (subscription.position, subscription.attempts):
                return 0  # another worker sent meanwhile: look again
            secrets = self._secrets(turn, leased, now)
            async with self._sender(subscription.url) as sender:
                return await self._send_turn(sender, turn, secrets)
        finally:
            await self._ask(lambda connection: outbox.let_go(connection, due, self._ways.worker))

    async def _send_turn(self, sender: Sender, turn: _Turn, secrets: Sequence[str]) -> int:
        sent, attempts = 0, turn.subscription.attempts
        for told in turn.events:
            sent += 1
            if not await self._deliver(sender, turn, told, secrets, attempts + 1):
                return sent
            attempts = 0
        for letter, told in turn.replayed:
            sent += 1
            if not await self._replay(sender, turn, letter, told, secrets):
                return sent
        return sent

    async def _deliver(self, sender: Sender, turn: _Turn, told: Told, secrets: Sequence[str], number: int) -> bool:
        """Try once, write down what came of it, and return whether the next event may be sent now."""
        answered = await self._attempt(sender, turn.due, told, secrets)
        now = self._ways.clock()
        again_at = self._ways.patience.next_attempt(number, now, answered.retry_after)
        outcome: Outcome = "delivered" if answered.is_delivered else "failed" if again_at else "dead"
        if answered.status == GONE:
            return await self._gone(turn, told, answered, number, now)
        attempt = Attempt(told.position, number, now, outcome, answered.status, answered.problem, answered.milliseconds)
        self._ways.tell(outcome)
        holder = self._holder(now)

        def write(connection: Connection) -> bool:
            if outcome == "failed" and again_at:
                outbox.write_failed(connection, turn.due, attempt, holder, again_at=again_at)
                return False
            if outcome == "dead":
                outbox.bury(connection, turn.due, attempt)
            return outbox.write_delivered(connection, turn.due, attempt, holder)

        return await self._ask(write)

    async def _gone(self, turn: _Turn, told: Told, answered: Answered, number: int, now: datetime) -> bool:
        """End a webhook whose receiver says that it takes nothing any more."""
        attempt = Attempt(told.position, number, now, "gone", answered.status, answered.problem, answered.milliseconds)
        self._ways.tell("gone")

        def write(connection: Connection) -> bool:
            if outbox.write_failed(connection, turn.due, attempt, self._holder(now), again_at=now):
                Subscriptions(connection, turn.due.book).end(turn.due.webhook, reason="the receiver answered 410 Gone")
            return False

        return await self._ask(write)

    async def _replay(
        self, sender: Sender, turn: _Turn, letter: DeadLetter, told: Told, secrets: Sequence[str]
    ) -> bool:
        answered = await self._attempt(sender, turn.due, told, secrets)
        number, now = letter.replay_attempts + 1, self._ways.clock()
        again_at = (
            None if answered.is_delivered else self._ways.patience.next_attempt(number, now, answered.retry_after)
        )
        outcome: Outcome = "delivered" if answered.is_delivered else "failed" if again_at else "dead"
        self._ways.tell(outcome)
        attempt = Attempt(told.position, number, now, outcome, answered.status, answered.problem, answered.milliseconds)
        return await self._ask(
            lambda connection: outbox.write_replayed(
                connection, turn.due, attempt, self._holder(now), again_at=again_at
            )
        )

    async def _attempt(self, sender: Sender, due: Due, told: Told, secrets: Sequence[str]) -> Answered:
        envelope = envelope_of(told, book=due.book, webhook=due.webhook)
        return await sender.send(envelope, headers_of(envelope, secrets, at=self._ways.clock()))

    def _secrets(self, turn: _Turn, leased: Leased, now: datetime) -> list[str]:
        counts = former_secret_counts(turn.subscription, now)
        kept = [leased.secret, *([leased.former_secret] if counts and leased.former_secret else [])]
        due = turn.due
        return [self._ways.sealing.open(each, book=due.book, webhook=due.webhook) for each in kept]

    def _sender(self, url: str) -> Sender:
        ways = self._ways
        return Sender(url, tls=self._tls, seconds=ways.answer_seconds, private=ways.private, transport=ways.transport)

    def _holder(self, now: datetime) -> Holder:
        return Holder(self._ways.worker, now + timedelta(seconds=self._ways.answer_seconds + LEASE_BEYOND_SECONDS))

    async def _ask(self, question: Callable[[Connection], T]) -> T:
        """Ask the database, or tell it, in one transaction."""

        def asked() -> T:
            with self._pool.connection() as connection:
                return question(connection)

        return await self._in_thread(asked)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

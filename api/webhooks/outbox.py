"""
The outbox is what a deliverer knows and writes down: whose turn it is, what became of each attempt, and what is dead.

An attempt and how far the webhook then is are written in one transaction, by whoever holds its lease: whatever dies
when, nothing is passed over, and what was sent but not written down is sent again, with the same id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal, NamedTuple

from msgspec import Struct
from psycopg.rows import class_row

from api.webhooks.subscriptions import Subscription
from domain.errors import NotFound
from ledger.pool import Connection

DELIVERIES_KEPT_MAX = 1_000
"""Of a webhook, so many of its last attempts."""
PROBLEM_CHARACTERS_MAX = 200
ATTEMPTS_SPENT = 1_000
"""More than are ever made: after the next one there is none."""

Outcome = Literal["delivered", "failed", "dead", "skipped", "gone"]

_DUE = """
    SELECT w.book, w.webhook, h.size, w.next_attempt_at <= %(now)s AND h.size > w.position AS has_news,
        EXISTS (
            SELECT FROM ledger.webhook_dead_letters d
            WHERE d.book = w.book AND d.webhook = w.webhook AND d.next_attempt_at <= %(now)s
        ) AS has_replays
    FROM ledger.webhooks w JOIN ledger.log_head h ON h.book = w.book
    WHERE w.status = 'active' AND w.leased_until <= %(now)s
    ORDER BY w.next_attempt_at, w.book, w.webhook
"""
_LEASE = """
    UPDATE ledger.webhooks SET leased_by = %s, leased_until = %s
    WHERE book = %s AND webhook = %s AND status = 'active' AND leased_until <= %s
    RETURNING position, attempts, secret, former_secret
"""
_LET_GO = """
    UPDATE ledger.webhooks SET leased_until = 'epoch' WHERE book = %s AND webhook = %s AND leased_by = %s
"""
_SKIP_UP_TO = """
    UPDATE ledger.webhooks SET position = %s WHERE book = %s AND webhook = %s AND position = %s AND leased_until <= %s
"""
_ADVANCE = """
    UPDATE ledger.webhooks SET position = %(position)s, attempts = 0, next_attempt_at = 'epoch',
        failing_since = CASE WHEN %(sound)s THEN NULL ELSE failing_since END, problem = %(problem)s,
        deliveries = deliveries + 1, leased_until = %(until)s
    WHERE book = %(book)s AND webhook = %(webhook)s AND leased_by = %(by)s AND position < %(position)s
    RETURNING deliveries
"""
_WAIT = """
    UPDATE ledger.webhooks SET attempts = %(attempts)s, next_attempt_at = %(next)s, problem = %(problem)s,
        failing_since = coalesce(failing_since, %(at)s), deliveries = deliveries + 1, leased_until = 'epoch'
    WHERE book = %(book)s AND webhook = %(webhook)s AND leased_by = %(by)s AND position < %(position)s
    RETURNING deliveries
"""
_COUNT_ATTEMPT = """
    UPDATE ledger.webhooks SET deliveries = deliveries + 1, leased_until = %(until)s
    WHERE book = %(book)s AND webhook = %(webhook)s AND leased_by = %(by)s RETURNING deliveries
"""
_INSERT_DELIVERY = "INSERT INTO ledger.webhook_deliveries VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
_FORGET_DELIVERIES = "DELETE FROM ledger.webhook_deliveries WHERE book = %s AND webhook = %s AND number <= %s"
_BURY = """
    INSERT INTO ledger.webhook_dead_letters (book, webhook, position, attempts, died_at, problem)
    VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
_UNBURY = "DELETE FROM ledger.webhook_dead_letters WHERE book = %s AND webhook = %s AND position = %s"
_REPLAY_AGAIN = """
    UPDATE ledger.webhook_dead_letters SET replay_attempts = %s, next_attempt_at = %s,
        attempts = attempts + 1, problem = %s
    WHERE book = %s AND webhook = %s AND position = %s
"""
_DUE_LETTERS = """
    SELECT position, attempts, died_at, problem, replay_attempts, next_attempt_at FROM ledger.webhook_dead_letters
    WHERE book = %s AND webhook = %s AND next_attempt_at <= %s ORDER BY position LIMIT %s
"""
_LETTERS = """
    SELECT position, attempts, died_at, problem, replay_attempts, next_attempt_at FROM ledger.webhook_dead_letters
    WHERE book = %s AND webhook = %s AND position > %s ORDER BY position LIMIT %s
"""
_REPLAY = """
    UPDATE ledger.webhook_dead_letters SET next_attempt_at = %s, replay_attempts = 0
    WHERE book = %s AND webhook = %s AND (%s::bigint IS NULL OR position = %s)
"""
_HURRY = """
    UPDATE ledger.webhooks SET attempts = %s, next_attempt_at = 'epoch'
    WHERE book = %s AND webhook = %s AND status = 'active' AND attempts > 0
"""
_DELIVERIES = """
    SELECT number, position, attempt, at, outcome, status, problem, milliseconds FROM ledger.webhook_deliveries
    WHERE book = %s AND webhook = %s AND number < %s ORDER BY number DESC LIMIT %s
"""


@dataclass(eq=False, kw_only=True)
class DeadLetterNotFound(NotFound):
    """No event of this position is among the dead letters of the webhook."""

    code: ClassVar[str] = "webhook.dead_letter_not_found"
    position: int


class Due(NamedTuple):
    """A webhook for which there may be something to deliver. size: of the log."""

    book: str
    webhook: str
    size: int
    has_news: bool
    has_replays: bool


class Leased(NamedTuple):
    """How far a webhook is when its lease is taken, and its secrets, sealed; the former one may be empty."""

    position: int
    attempts: int
    secret: bytes
    former_secret: bytes


class Attempt(NamedTuple):
    """
    One attempt to deliver the event at a position, and what became of it. number: of attempts for this event, from 1;
    status: of HTTP, where there was an answer.
    """

    position: int
    number: int
    at: datetime
    outcome: Outcome
    status: int | None
    problem: str
    milliseconds: int


class DeliveryView(Struct, frozen=True):
    """An attempt as shown; number: of the webhook's attempts, the last one highest."""

    number: int
    position: int
    attempt: int
    at: datetime
    outcome: str
    status: int | None
    problem: str
    milliseconds: int


class DeadLetter(Struct, frozen=True):
    """
    An event that wasn't delivered: after so many attempts, and why. next_attempt_at: while it is replayed, when it is
    tried again.
    """

    position: int
    attempts: int
    died_at: datetime
    problem: str
    replay_attempts: int
    next_attempt_at: datetime | None


class Holder(NamedTuple):
    """Who holds the lease of a webhook, and until when once this is written."""

    by: str
    until: datetime


def due_webhooks(connection: Connection, now: datetime) -> list[Due]:
    """Return the webhooks, of all books, that nobody holds and for which there may be something to deliver."""
    rows = connection.execute(_DUE, {"now": now}).fetchall()
    return [due for due in map(Due._make, rows) if due.has_news or due.has_replays]


def lease(connection: Connection, due: Due, holder: Holder, now: datetime) -> Leased | None:
    """Take the lease of a webhook; nothing where another has it, or it isn't active any more."""
    row = connection.execute(_LEASE, (*holder, due.book, due.webhook, now)).fetchone()
    return Leased(*row) if row else None


def let_go(connection: Connection, due: Due, by: str) -> None:
    """Give a lease back."""
    connection.execute(_LET_GO, (due.book, due.webhook, by))


def pass_over(connection: Connection, due: Due, subscription: Subscription, up_to: int, now: datetime) -> None:
    """Note that nothing up to a position is for the webhook, where nobody holds it."""
    connection.execute(_SKIP_UP_TO, (up_to, due.book, due.webhook, subscription.position, now))


def write_delivered(connection: Connection, due: Due, attempt: Attempt, holder: Holder) -> bool:
    """Note a delivery, or that an event was given up, and go on after it; False where the lease was lost."""
    said = {
        "position": attempt.position,
        "sound": attempt.outcome == "delivered",
        "problem": attempt.problem,
        **_named(due, holder),
    }
    return _counted(connection, due, attempt, connection.execute(_ADVANCE, said).fetchone())


def write_failed(connection: Connection, due: Due, attempt: Attempt, holder: Holder, *, again_at: datetime) -> bool:
    """Note a failed attempt, and when the next one is; False where the lease was lost."""
    said = {
        "attempts": attempt.number,
        "next": again_at,
        "problem": attempt.problem,
        "at": attempt.at,
        "position": attempt.position,
        **_named(due, holder),
    }
    return _counted(connection, due, attempt, connection.execute(_WAIT, said).fetchone())


def bury(connection: Connection, due: Due, attempt: Attempt) -> None:
    """Keep an event among the dead letters."""
    problem = attempt.problem
    connection.execute(_BURY, (due.book, due.webhook, attempt.position, attempt.number, attempt.at, problem))


def write_replayed(
    connection: Connection, due: Due, attempt: Attempt, holder: Holder, *, again_at: datetime | None
) -> bool:
    """Note what became of replaying a dead letter, which is none once delivered; False where the lease was lost."""
    counted = connection.execute(_COUNT_ATTEMPT, _named(due, holder)).fetchone()
    if attempt.outcome == "delivered":
        connection.execute(_UNBURY, (due.book, due.webhook, attempt.position))
    else:
        tried = (attempt.number, again_at, attempt.problem, due.book, due.webhook, attempt.position)
        connection.execute(_REPLAY_AGAIN, tried)
    return _counted(connection, due, attempt, counted)


def due_letters(connection: Connection, due: Due, now: datetime, *, limit: int) -> list[DeadLetter]:
    """Return dead letters that are to be replayed now, in the order of the log."""
    with connection.cursor(row_factory=class_row(DeadLetter)) as cursor:
        return cursor.execute(_DUE_LETTERS, (due.book, due.webhook, now, limit)).fetchall()


def dead_letters(connection: Connection, book: str, webhook: str, *, after: int, limit: int) -> list[DeadLetter]:
    """Return dead letters at positions greater than `after`, in the order of the log."""
    with connection.cursor(row_factory=class_row(DeadLetter)) as cursor:
        return cursor.execute(_LETTERS, (book, webhook, after, limit)).fetchall()


def replay(connection: Connection, book: str, webhook: str, position: int | None, at: datetime) -> int:
    """
    Let one dead letter, or all, be tried again from now on; return how many that are.

    Raises: DeadLetterNotFound.
    """
    count = connection.execute(_REPLAY, (at, book, webhook, position, position)).rowcount
    if position is not None and not count:
        raise DeadLetterNotFound(position=position)
    return count


def hurry(connection: Connection, book: str, webhook: str) -> bool:
    """Let an event that fails be tried now, for the last time; False where none does."""
    return connection.execute(_HURRY, (ATTEMPTS_SPENT, book, webhook)).rowcount == 1


def deliveries(connection: Connection, book: str, webhook: str, *, before: int, limit: int) -> Sequence[DeliveryView]:
    """Return attempts with numbers less than `before`, the last first."""
    with connection.cursor(row_factory=class_row(DeliveryView)) as cursor:
        return cursor.execute(_DELIVERIES, (book, webhook, before, limit)).fetchall()


def _named(due: Due, holder: Holder) -> dict[str, Any]:
    return {"book": due.book, "webhook": due.webhook, "by": holder.by, "until": holder.until}


def _counted(connection: Connection, due: Due, attempt: Attempt, row: tuple[Any, ...] | None) -> bool:
    if row is None:
        return False
    (number,) = row
    position, attempts, *rest = attempt
    connection.execute(_INSERT_DELIVERY, (due.book, due.webhook, number, position, attempts, *rest))
    connection.execute(_FORGET_DELIVERIES, (due.book, due.webhook, number - DELIVERIES_KEPT_MAX))
    return True

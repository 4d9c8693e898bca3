"""
A subscription is one webhook of a book: where its events are delivered, which of them, and how far that is.

The secret is told once, when the subscription is made or its secret changed; what stands in the database is sealed.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal, NamedTuple

import msgspec
from psycopg.rows import class_row

from api.identity.caller import PARTY_ROLES
from api.streams.sight import Sight, Wanted, wanted_of
from api.webhooks.addresses import place_of
from api.webhooks.sealing import SealingKey
from domain.errors import Conflict, Malformed, NotFound, Refused
from domain.references import key
from ledger.outcomes import CommandIdReused
from ledger.pool import Connection

WEBHOOKS_MAX = 100
"""Of a book, so many that haven't ended."""
TOPICS_MAX = 64
DESCRIPTION_CHARACTERS_MAX = 200
FORMER_SECRET_FOR = timedelta(hours=24)
"""For so long after a change the former secret signs too."""

Status = Literal["active", "paused", "ended"]
PartyRole = Literal["", "buyer", "exporter", "partner"]

_COLUMNS = """
    webhook, url, description, reader_role, reader_party, topics, about_order, about_party, status, reason, created_at,
    created_by, position, attempts, next_attempt_at, failing_since, problem, former_until
"""
_INSERT = """
    INSERT INTO ledger.webhooks (book, webhook, key, request_hash, url, description, reader_role, reader_party, topics,
        about_order, about_party, status, created_at, created_by, secret, position)
    VALUES (%s, %s, %s, %b, %s, %s, %s, %s, %s, %s, %s, 'active', %s, %s, %b, %s)
    ON CONFLICT DO NOTHING
"""
_FIND = f"SELECT {_COLUMNS} FROM ledger.webhooks WHERE book = %s AND webhook = %s"  # noqa: S608 - our own columns
_LIST = f"""
    SELECT {_COLUMNS} FROM ledger.webhooks WHERE book = %s AND webhook > %s ORDER BY webhook LIMIT %s
"""  # noqa: S608 - our own columns
_FIND_BY_KEY = "SELECT webhook, request_hash FROM ledger.webhooks WHERE book = %s AND key = %s"
_COUNT = "SELECT count(*) FROM ledger.webhooks WHERE book = %s AND status <> 'ended'"
_LOCK_BOOK = "SELECT pg_advisory_xact_lock(hashtextextended('webhooks ' || %s, 0))"
_SET_STATUS = """
    UPDATE ledger.webhooks SET status = %s, reason = %s, next_attempt_at = 'epoch'
    WHERE book = %s AND webhook = %s
"""
_END = """
    UPDATE ledger.webhooks SET status = 'ended', reason = %s, secret = '', former_secret = ''
    WHERE book = %s AND webhook = %s AND status <> 'ended'
"""
_ROTATE = """
    UPDATE ledger.webhooks SET former_secret = secret, former_until = %s, secret = %b, rotated_by_key = %s
    WHERE book = %s AND webhook = %s AND rotated_by_key <> %s
"""


@dataclass(eq=False, kw_only=True)
class WebhookNotFound(NotFound):
    """There is no such webhook."""

    code: ClassVar[str] = "webhook.not_found"
    webhook: str


@dataclass(eq=False, kw_only=True)
class WebhookEnded(Conflict):
    """The webhook has ended for good: subscribe anew."""

    code: ClassVar[str] = "webhook.ended"
    webhook: str
    reason: str


@dataclass(eq=False, kw_only=True)
class WebhooksFull(Refused):
    """The book has as many webhooks as one may: end one of them."""

    code: ClassVar[str] = "webhook.too_many"
    webhooks_max: int


@dataclass(eq=False, kw_only=True)
class WebhookMalformed(Malformed):
    """The webhook can't be meant so; `problem` says why."""

    code: ClassVar[str] = "webhook.malformed"
    field: str
    problem: str


class WebhookAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What a webhook is to be. topics: whole ones, as `dispute.opened`, or kinds of them, as `dispute`; none for all.

    order, party: only events of that order's trade, or about that party; reader_role, reader_party: a party that the
    webhook belongs to, which is then told what it sees itself, and nothing else; after: the position from which it is
    told; from now on, where none is said.
    """

    url: str
    description: str = ""
    topics: tuple[str, ...] = ()
    order: str = ""
    party: str = ""
    reader_role: PartyRole = ""
    reader_party: str = ""
    after: int | None = None


class Subscription(NamedTuple):
    """A webhook as it stands, in the order of the columns that are read."""

    webhook: str
    url: str
    description: str
    reader_role: str
    reader_party: str
    topics: list[str]
    about_order: str
    about_party: str
    status: Status
    reason: str
    created_at: datetime
    created_by: str
    position: int
    attempts: int
    next_attempt_at: datetime
    failing_since: datetime | None
    problem: str
    former_until: datetime

    @property
    def sight(self) -> Sight:
        """Return what it is told."""
        wanted = Wanted(frozenset(self.topics), self.about_order, self.about_party)
        return Sight(self.reader_role, self.reader_party, wanted)


class Subscribed(NamedTuple):
    """What came of asking for a webhook, or for a new secret: the secret, empty where it was told before."""

    subscription: Subscription
    secret: str


class Subscriptions:
    """The webhooks of one book, as a transaction of its connection sees and changes them."""

    def __init__(self, connection: Connection, book: str) -> None:
        self._connection = connection
        self._book = book

    def get(self, webhook: str) -> Subscription:
        """Return a webhook. Raises: WebhookNotFound."""
        with self._connection.cursor(row_factory=class_row(Subscription)) as cursor:
            found = cursor.execute(_FIND, (self._book, webhook)).fetchone()
        if found is None:
            raise WebhookNotFound(webhook=webhook)
        return found

    def after(self, webhook: str, *, limit: int) -> list[Subscription]:
        """Return webhooks by id, those that come after one."""
        with self._connection.cursor(row_factory=class_row(Subscription)) as cursor:
            return cursor.execute(_LIST, (self._book, webhook, limit)).fetchall()

    def subscribe(
        self,
        asked: WebhookAsked,
        sealing: SealingKey,
        *,
        webhook: str,
        idempotency_key: str,
        by: str,
        at: datetime,
        head: int,
    ) -> Subscribed:
        """
        Add a webhook; the same again under the same key returns the one that was added.

        webhook: its new id; by: who asks; head: where the log ends now.

        Raises, in this order: what `check_asked` does, CommandIdReused, WebhooksFull, SealingKeyUnusable.
        """
        check_asked(asked, head=head)
        request_hash = hashlib.sha256(msgspec.json.encode(asked)).digest()
        self._connection.execute(_LOCK_BOOK, (self._book,))
        if known := self._connection.execute(_FIND_BY_KEY, (self._book, idempotency_key)).fetchone():
            if known[1] != request_hash:
                raise CommandIdReused(command_id=idempotency_key)
            return Subscribed(self.get(known[0]), "")
        counted = self._connection.execute(_COUNT, (self._book,)).fetchone()
        if counted and counted[0] >= WEBHOOKS_MAX:
            raise WebhooksFull(webhooks_max=WEBHOOKS_MAX)
        secret = sealing.new_secret()
        sealed = sealing.seal(secret, book=self._book, webhook=webhook)
        row = _row(asked, at=at, by=by, sealed=sealed, head=head)
        self._connection.execute(_INSERT, (self._book, webhook, idempotency_key, request_hash, *row))
        return Subscribed(self.get(webhook), secret)

    def pause(self, webhook: str) -> Subscription:
        """Deliver nothing more until it is resumed; what is recorded meanwhile waits. Raises: as `resume`."""
        return self._set(webhook, "paused", "paused by an operator")

    def resume(self, webhook: str) -> Subscription:
        """
        Deliver again, at once, from where it is.

        Raises, in this order: WebhookNotFound, WebhookEnded.
        """
        return self._set(webhook, "active", "")

    def end(self, webhook: str, *, reason: str) -> Subscription:
        """Deliver nothing any more, and forget the secret; ended already, it stays so. Raises: WebhookNotFound."""
        self.get(webhook)
        self._connection.execute(_END, (reason, self._book, webhook))
        return self.get(webhook)

    def rotate(self, webhook: str, sealing: SealingKey, *, idempotency_key: str, at: datetime) -> Subscribed:
        """
        Give a webhook a new secret; the former one signs too for a day.

        Raises, in this order: WebhookNotFound, WebhookEnded, SealingKeyUnusable.
        """
        self.get_open(webhook)
        secret = sealing.new_secret()
        sealed = sealing.seal(secret, book=self._book, webhook=webhook)
        changed = (at + FORMER_SECRET_FOR, sealed, idempotency_key, self._book, webhook, idempotency_key)
        is_new = self._connection.execute(_ROTATE, changed).rowcount == 1
        return Subscribed(self.get(webhook), secret if is_new else "")

    def get_open(self, webhook: str) -> Subscription:
        """
        Return a webhook that hasn't ended.

        Raises, in this order: WebhookNotFound, WebhookEnded.
        """
        found = self.get(webhook)
        if found.status == "ended":
            raise WebhookEnded(webhook=webhook, reason=found.reason)
        return found

    def _set(self, webhook: str, status: Status, reason: str) -> Subscription:
        self.get_open(webhook)
        self._connection.execute(_SET_STATUS, (status, reason, self._book, webhook))
        return self.get(webhook)


def check_asked(asked: WebhookAsked, *, head: int) -> None:
    """
    Check that a webhook can be meant. head: where the log ends.

    Raises, in this order: WebhookUrlMalformed, ReferenceMalformed, TopicUnknown, WebhookMalformed.
    """
    place_of(asked.url)
    for field in ("order", "party", "reader_party"):
        if said := getattr(asked, field):
            key(said, field=field)
    wanted_of(asked.topics, order=asked.order, party=asked.party)
    faults: tuple[tuple[str, bool, str], ...] = (
        ("topics", len(asked.topics) > TOPICS_MAX, f"more than {TOPICS_MAX}"),
        ("description", not _is_plain(asked.description), f"not one line of {DESCRIPTION_CHARACTERS_MAX} characters"),
        ("reader_party", (asked.reader_role in PARTY_ROLES) != bool(asked.reader_party), "goes with reader_role"),
        ("after", asked.after is not None and not 0 <= asked.after <= head, "not a position of the log"),
    )
    for field, is_wrong, problem in faults:
        if is_wrong:
            raise WebhookMalformed(field=field, problem=problem)


def former_secret_counts(subscription: Subscription, now: datetime) -> bool:
    """Return whether the secret before the last change signs too."""
    return now < subscription.former_until


def _row(asked: WebhookAsked, *, at: datetime, by: str, sealed: bytes, head: int) -> tuple[Any, ...]:
    return (
        asked.url,
        asked.description,
        asked.reader_role,
        asked.reader_party,
        sorted(set(asked.topics)),
        asked.order,
        asked.party,
        at,
        by,
        sealed,
        head if asked.after is None else asked.after,
    )


def _is_plain(text: str) -> bool:
    return len(text) <= DESCRIPTION_CHARACTERS_MAX and (not text or text.isprintable())

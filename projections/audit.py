"""
The audit trail is one row per accepted command: who said it, in which role, when, and what it made happen.

Folded from the envelopes of the log up to positions.audit: the events of a command stand together in it. What the
command is called is asked of its outcome, and what each of its events was of the log itself.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from msgspec import Struct
from psycopg import sql

from domain.envelope import Recorded
from domain.references import key_of, kind_of
from projections.log import recorded
from projections.moment import position_known_at
from projections.projection import POSITION_MAX, Connection, Difference, Events, Projection, first_difference
from projections.timelines import references_of_trade

MadeBy = Literal["command", "policy"]

A_MOMENT = timedelta(microseconds=1)


class AuditStep(Struct, frozen=True, gc=False):
    """One event of a command: policy is the rule by which it followed, empty where the command itself made it."""

    position: int
    topic: str
    object: str
    policy: str
    occurred_at: datetime


class AuditRow(Struct, frozen=True, gc=False):
    """
    An accepted command.

    occurred_at: when, in the world, it took place, as its own first event says; command: what it is called, nothing
    where it was recorded before that was kept; steps: its events, in order.
    """

    first_position: int
    last_position: int
    recorded_at: datetime
    occurred_at: datetime
    actor: str
    role: str
    principal: str
    command_id: str
    command: str | None
    steps: list[AuditStep]


class AuditSought(Struct, frozen=True, kw_only=True):
    """
    Which commands are sought.

    object: a reference, as `party:EXP-7`; of an order, by key or reference, everything of its trade; topic: of an event
    that the command made happen; made_by: whether the command itself made it, or a policy that followed; without a
    topic, whether there is any such event; since, until: when it was recorded, both included; positions: of its events,
    both included.
    """

    actor: str | None = None
    role: str | None = None
    principal: str | None = None
    command: str | None = None
    command_id: str | None = None
    object: str | None = None
    topic: str | None = None
    made_by: MadeBy | None = None
    since: datetime | None = None
    until: datetime | None = None
    positions: tuple[int, int] = (0, POSITION_MAX)


_COLUMNS = (
    *("first_position", "last_position", "recorded_at", "actor", "role", "principal", "command_id"),
    *("topics", "followed"),
)
_NAMES = sql.SQL(", ").join(map(sql.Identifier, _COLUMNS))
_COPY = sql.SQL("COPY projections.audit (book, {}) FROM STDIN").format(_NAMES)
_ALL = sql.SQL("SELECT {} FROM projections.audit WHERE book = %s ORDER BY first_position").format(_NAMES)
_LAST = sql.SQL("SELECT {} FROM projections.audit WHERE book = %s ORDER BY first_position DESC LIMIT 1").format(_NAMES)
_REMOVE = "DELETE FROM projections.audit WHERE book = %s AND first_position = %s"
_SEARCH = """
    SELECT a.first_position, a.last_position, a.recorded_at, a.actor, a.role, a.principal, a.command_id, o.command
    FROM projections.audit a
    LEFT JOIN ledger.outcomes o USING (book, command_id, principal)
    WHERE a.book = %(book)s AND a.first_position <= %(last)s AND a.last_position >= %(first)s
    AND a.first_position >= coalesce((
        SELECT max(first_position) FROM projections.audit WHERE book = %(book)s AND first_position <= %(first)s
    ), 0)
"""
_CONDITIONS = {
    "actor": "a.actor = %(actor)s",
    "role": "a.role = %(role)s",
    "principal": "a.principal = %(principal)s",
    "command": "o.command = %(command)s",
    "command_id": """
        a.first_position IN (
            SELECT first_position FROM ledger.outcomes WHERE book = %(book)s AND command_id = %(command_id)s
        )
    """,
    "object": """
        a.first_position IN (
            SELECT (
                SELECT max(first_position) FROM projections.audit WHERE book = e.book AND first_position <= e.position
            )
            FROM ledger.events e WHERE e.book = %(book)s AND e.originator_id = ANY(%(objects)s::text[])
        )
    """,
}
_MADE = {
    (False, None): "true",
    (False, "command"): "a.topics <> '{}'",
    (False, "policy"): "a.followed <> '{}'",
    (True, None): "%(topic)s = ANY(a.topics || a.followed)",
    (True, "command"): "%(topic)s = ANY(a.topics)",
    (True, "policy"): "%(topic)s = ANY(a.followed)",
}
"""By whether a topic is sought, and by what made it happen."""

_PAGE = " ORDER BY a.first_position DESC LIMIT %(limit)s"
_STEPS = """
    SELECT said.first, happened.* FROM unnest(%b::int8[], %b::int8[]) AS said (first, last)
    CROSS JOIN LATERAL (
        SELECT position, originator_id, version, topic, state FROM ledger.events
        WHERE book = %s AND position BETWEEN said.first AND said.last ORDER BY position OFFSET 0
    ) AS happened
"""


class Audit(Projection):
    """One row per accepted command."""

    name: ClassVar[str] = "audit"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("audit",)

    def fold(self, connection: Connection, events: Events) -> None:
        """Add commands; the last one of the batch before goes on where this one begins in the middle of it."""
        said = list(_said([events]))
        before = connection.execute(_LAST, (events.book,)).fetchone()
        if before and said[0].goes_on_from(before):
            connection.execute(_REMOVE, (events.book, before[0]))
            said[0].begin_with(before)
        with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            for one in said:
                copy.write_row((events.book, *one.facts, _array(one.topics), _array(one.followed)))

    def difference(self, connection: Connection, book: str, log: Iterable[Events]) -> Difference | None:
        """Gather all commands anew and return the first that stands otherwise."""
        with connection.cursor(name="audit_rows") as stored:
            derived = ((*one.facts, list(one.topics), list(one.followed)) for one in _said(log))
            return first_difference("audit", stored.execute(_ALL, (book,)), derived, key_columns=1)


def search_audit(
    connection: Connection, book: str, sought: AuditSought, *, before: int = POSITION_MAX, limit: int = 50
) -> list[AuditRow]:
    """
    Return accepted commands, the last first. before: the first position of the last one of the page before.

    Raises: LogCorrupt.
    """
    first, last = positions_between(connection, book, sought.since, sought.until, within=sought.positions)
    values = {name: value for name in _CONDITIONS if (value := getattr(sought, name)) is not None}
    conditions = [_CONDITIONS[name] for name in values] + [_MADE[sought.topic is not None, sought.made_by]]
    query = _SEARCH + "".join(f" AND {condition}" for condition in conditions) + _PAGE
    objects = references_about(connection, book, sought.object) if sought.object else []
    bounds = {"book": book, "first": first, "last": min(last, before - 1), "limit": limit}
    asked = {**values, **bounds, "topic": sought.topic, "objects": objects}
    rows = connection.execute(query.encode(), asked).fetchall()
    return _with_steps(connection, book, rows)


def references_about(connection: Connection, book: str, named: str) -> list[str]:
    """
    Return the references that somebody means who names a thing.

    An order, by key or reference, means everything of its trade; any other reference means itself.
    """
    if ":" in named and kind_of(named) != "order":
        return [named]
    return references_of_trade(connection, book, key_of(named) if ":" in named else named)


def positions_between(
    connection: Connection,
    book: str,
    since: datetime | None,
    until: datetime | None,
    *,
    within: tuple[int, int] = (0, POSITION_MAX),
) -> tuple[int, int]:
    """Return the first and last position of what was recorded between two times, both included, within positions."""
    first, last = within
    if since is not None:
        first = max(first, position_known_at(connection, book, since - A_MOMENT) + 1)
    if until is not None:
        last = min(last, position_known_at(connection, book, until))
    return first, last


class _Said:
    """A command, gathered from its events."""

    __slots__ = ("first_position", "followed", "last_position", "state", "topics")

    def __init__(self, first: Recorded) -> None:
        self.first_position = self.last_position = first.position
        self.state = first.state
        self.topics: dict[str, None] = {}
        self.followed: dict[str, None] = {}

    @property
    def facts(self) -> tuple[Any, ...]:
        """Return what the row says beside the topics, in the order of the table's columns."""
        state = self.state
        return (
            *(self.first_position, self.last_position, state.recorded_at),
            *(state.actor, state.role, state.principal, state.command_id),
        )

    def goes_on_from(self, row: tuple[Any, ...]) -> bool:
        """Return whether a row is of the same command."""
        return row[5:7] == (self.state.principal, self.state.command_id)

    def begin_with(self, row: tuple[Any, ...]) -> None:
        """Take what a row tells of the same command to be its beginning."""
        self.first_position = row[0]
        self.topics = dict.fromkeys((*row[7], *self.topics))
        self.followed = dict.fromkeys((*row[8], *self.followed))


def _said(log: Iterable[Events]) -> Iterator[_Said]:
    """Yield the commands of consecutive events."""
    current: _Said | None = None
    for events in log:
        for each in events.recorded:
            state = each.state
            if (
                current is None
                or state.command_id != current.state.command_id
                or state.principal != current.state.principal
            ):
                if current is not None:
                    yield current
                current = _Said(each)
            current.last_position = each.position
            (current.followed if state.policy else current.topics)[each.topic] = None
    if current is not None:
        yield current


def _array(topics: Iterable[str]) -> str:
    """Return an array as COPY reads it: topics have none of its signs."""
    return f"{{{','.join(topics)}}}"


def _with_steps(connection: Connection, book: str, rows: Sequence[tuple[Any, ...]]) -> list[AuditRow]:
    steps: dict[int, list[AuditStep]] = {row[0]: [] for row in rows}
    with connection.cursor(binary=True) as cursor:
        ends = list(steps), [row[1] for row in rows]
        for first_position, *stored in cursor.execute(_STEPS, (*ends, book)):
            steps[first_position].append(_step(recorded(book, tuple(stored))))
    return [_row(row, steps[row[0]]) for row in rows]


def _row(stored: tuple[Any, ...], steps: list[AuditStep]) -> AuditRow:
    first_position, last_position, recorded_at, *who = stored
    own = next((step for step in steps if not step.policy), next(iter(steps), None))
    occurred_at = own.occurred_at if own else recorded_at
    return AuditRow(*(first_position, last_position, recorded_at, occurred_at, *who, steps))


def _step(happened: Recorded) -> AuditStep:
    state = happened.state
    return AuditStep(happened.position, happened.topic, happened.originator_id, state.policy, state.occurred_at)

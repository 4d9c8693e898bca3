"""
A preview shows what some candidates would do to everybody's money, and is kept so that exactly that can be carried out.

Its plan names the version of everything in the trade that it looked at, and the hash of what it showed. If either
differs when it is executed, nothing happens: the dispute has moved on, and somebody should look again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

import msgspec
from psycopg_pool import ConnectionPool

from domain.aggregate import Aggregate
from domain.commands import OrderCommand, PublicCommand
from domain.errors import Malformed, NotFound
from domain.foresight import Future, foresee
from domain.references import kind_of
from domain.unit_of_work import Loaded
from ledger.application import can_exist, replayed
from ledger.outcomes import SHARED, Submission, entries_hash
from ledger.pool import Connection
from ledger.snapshots import NEVER, read_history

CANDIDATES_MAX = 20

_INSERT = "INSERT INTO ledger.previews (book, id, candidate, made_at, plan) VALUES (%s, %s, %s, %s, %s)"
_SELECT = "SELECT plan FROM ledger.previews WHERE book = %s AND id = %s AND candidate = %s"
_SELECT_NUMBERS = "SELECT candidate FROM ledger.previews WHERE book = %s AND id = %s ORDER BY candidate"


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """
    Something that might be said about an order, by an actor in a role.

    instead: aggregates in place of those that stand, as another version of the rules; then it can only be looked at.
    """

    name: str
    command: PublicCommand
    actor: str
    role: str
    instead: Mapping[str, Aggregate] = {}


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What would be submitted to carry a candidate out."""

    command: PublicCommand
    actor: str
    role: str
    expected_versions: dict[str, int]
    expected_entries: bytes


class Foreseen(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate and what it would come to."""

    candidate: Candidate
    future: Future


@dataclass(eq=False, kw_only=True)
class PreviewMalformed(Malformed):
    """A preview looks at commands about an order, at least one and not too many."""

    code: ClassVar[str] = "preview.malformed"
    field: str
    problem: str


@dataclass(eq=False, kw_only=True)
class PreviewNotFound(NotFound):
    """There is no such preview, or this candidate was refused in it, or looked at other rules than stand."""

    code: ClassVar[str] = "preview.not_found"
    preview: str
    candidate: int


class Previews:
    """The previews of one book."""

    def __init__(self, pool: ConnectionPool[Connection], book: str) -> None:
        self._pool = pool
        self._book = book

    def make(self, preview: str, candidates: Sequence[Candidate], *, at: datetime) -> list[Foreseen]:
        """
        Look at candidates side by side as the book stands at one moment, and keep what would carry each out.

        preview: a new id; at: the instant at which they would be said.

        Raises: PreviewMalformed.
        """
        _check(candidates)
        with self._pool.connection() as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            load = self._loading(connection)
            foreseen = [_foreseen(candidate, load, at) for candidate in candidates]
            for number, each in enumerate(foreseen, start=1):
                if each.future.refusal is None and not each.candidate.instead:
                    plan = msgspec.json.encode(_plan(each))
                    connection.execute(_INSERT, (self._book, preview, number, at, plan))
        return foreseen

    def executable(self, preview: str) -> list[int]:
        """Return the numbers of the candidates that can be carried out; none where there is no such preview."""
        with self._pool.connection() as connection:
            rows = connection.execute(_SELECT_NUMBERS, (self._book, preview)).fetchall()
        return [number for (number,) in rows]

    def submission(self, preview: str, candidate: int, *, command_id: str, principal: str) -> Submission:
        """
        Return what carries out exactly what was previewed, or is refused as a conflict.

        Raises: PreviewNotFound.
        """
        with self._pool.connection() as connection:
            row = connection.execute(_SELECT, (self._book, preview, candidate)).fetchone()
        if row is None:
            raise PreviewNotFound(preview=preview, candidate=candidate)
        plan = _PLANS.decode(row[0])
        return Submission(
            command=plan.command,
            command_id=command_id,
            principal=principal,
            actor=plan.actor,
            role=plan.role,
            expected_versions=plan.expected_versions,
            expected_entries=plan.expected_entries,
        )

    def _loading(self, connection: Connection) -> Callable[[str], Loaded]:
        loaded: dict[str, Loaded] = {}

        def load(reference: str) -> Loaded:
            if not can_exist(reference):
                return NEVER
            if reference not in loaded:
                loaded[reference] = replayed(read_history(connection, self._book, reference), self._book)
            return loaded[reference]

        return load


def _check(candidates: Sequence[Candidate]) -> None:
    if not 1 <= len(candidates) <= CANDIDATES_MAX:
        raise PreviewMalformed(field="candidates", problem=f"1 to {CANDIDATES_MAX} are needed")
    for candidate in candidates:
        _command_of(candidate)


def _command_of(candidate: Candidate) -> OrderCommand:
    if not isinstance(candidate.command, OrderCommand):
        raise PreviewMalformed(field="candidates.command", problem=f"{candidate.name}: not about an order")
    return candidate.command


def _foreseen(candidate: Candidate, load: Callable[[str], Loaded], at: datetime) -> Foreseen:
    future = foresee(
        _command_of(candidate),
        load,
        actor=candidate.actor,
        role=candidate.role,
        at=at,
        instead=dict(candidate.instead),
    )
    return Foreseen(candidate=candidate, future=future)


def _plan(foreseen: Foreseen) -> Plan:
    candidate, future = foreseen.candidate, foreseen.future
    return Plan(
        command=candidate.command,
        actor=candidate.actor,
        role=candidate.role,
        expected_versions={ref: version for ref, version in future.read.items() if kind_of(ref) not in SHARED},
        expected_entries=entries_hash(future.now),
    )


_PLANS = msgspec.json.Decoder(Plan)

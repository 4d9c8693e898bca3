"""
Four eyes are one row per proposal that a second person, or a rule, decides about: who proposed, who decided, and when.

Releases, refunds, write-offs of debts and of breaks, rulebooks, decisions of disputes, reopenings of periods and
payouts that people must agree to, up to positions.four_eyes. The names are those in the events; times are when it was
recorded.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal, NamedTuple

from msgspec import Struct
from psycopg import sql

from domain.aggregate import Event
from domain.break_events import BreakWriteOffApproved, BreakWriteOffProposed, BreakWriteOffRejected
from domain.dispute_events import DisputeDecisionApproved, DisputeDecisionProposed, DisputeDecisionReturned
from domain.envelope import Recorded
from domain.guarantee import GuaranteeWriteOffApproved, GuaranteeWriteOffProposed, GuaranteeWriteOffRejected
from domain.payout_events import PayoutApproved, PayoutPlanned
from domain.period_events import PeriodReopened, PeriodReopeningProposed, PeriodReopeningRejected
from domain.references import key_of
from domain.refund import RefundApproved, RefundProposed, RefundRejected
from domain.release import ReleaseApproved, ReleaseProposed, ReleaseRejected
from domain.rulebook import RulebookApproved, RulebookDrafted
from projections.projection import POSITION_MAX, Connection, Difference, Events, Projection, first_difference

What = Literal["release", "refund", "write-off", "break-write-off", "rulebook", "decision", "reopening", "payout"]
Verdict = Literal["approved", "rejected"]
Stands = Literal["waiting", "approved", "rejected", "overtaken"]


class FourEyesRow(Struct, frozen=True, gc=False):
    """
    A proposal and what became of it.

    proposal: its name, as `release:PO-1/2`; reference: of the aggregate that it is part of; amount_minor: minor units
    of the currency, nothing where no money is proposed; position: of the proposal; stands: overtaken is a decision
    whose dispute went on without it, or a payout that was cancelled before; policy: the rule that decided, empty where
    a person did; two_people: whether the person who decided is another one than who proposed, whatever their roles;
    nothing where no person has decided.
    """

    proposal: str
    what: What
    reference: str
    currency: str | None
    amount_minor: int | None
    position: int
    proposed_at: datetime
    proposed_by: str
    stands: Stands
    decided_position: int | None
    decided_at: datetime | None
    decided_by: str | None
    policy: str | None
    two_people: bool | None


class FourEyesSought(Struct, frozen=True, kw_only=True):
    """
    Which proposals are sought: of a kind, by whoever proposed or decided, of some aggregates, as they stand.

    by_rule: those that a rule decided as well; alone: only those that one and the same person proposed and decided,
    which the ledger refuses, so that there should be none; positions: of the proposal, both included.
    """

    what: What | None = None
    actor: str | None = None
    references: Sequence[str] | None = None
    stands: Stands | None = None
    by_rule: bool = False
    alone: bool = False
    positions: tuple[int, int] = (0, POSITION_MAX)


class _Proposed(NamedTuple):
    proposal: str
    currency: str
    amount_minor: int | None
    by: str


class _Decided(NamedTuple):
    proposal: str
    verdict: Verdict
    by: str


class _Decision(NamedTuple):
    """How a proposal ended, in the order of the table's columns."""

    verdict: Verdict
    position: int
    at: datetime
    by: str
    policy: str


class _Pair(NamedTuple):
    """A row, in the order of the table's columns, without how it ended."""

    proposal: str
    reference: str
    currency: str
    amount_minor: int | None
    position: int
    proposed_at: datetime
    proposed_by: str


_COLUMNS = (
    *("proposal", "reference", "currency", "amount_minor", "position", "proposed_at", "proposed_by"),
    *("verdict", "decided_position", "decided_at", "decided_by", "policy"),
)
_COPY = sql.SQL("COPY projections.four_eyes (book, {}) FROM STDIN (FORMAT BINARY)").format(
    sql.SQL(", ").join(map(sql.Identifier, _COLUMNS))
)
_TYPES = (
    *("text", "text", "text", "int8", "int8", "timestamptz", "text"),
    *("text", "int8", "timestamptz", "text", "text"),
)
_DECIDE = """
    UPDATE projections.four_eyes f SET verdict = c.verdict, decided_position = c.position, decided_at = c.at,
        decided_by = c.by, policy = c.policy
    FROM unnest(%b::text[], %b::text[], %b::int8[], %b::timestamptz[], %b::text[], %b::text[])
        AS c (proposal, verdict, position, at, by, policy)
    WHERE f.book = %s AND f.proposal = c.proposal
"""
_ALL = sql.SQL('SELECT {} FROM projections.four_eyes WHERE book = %s ORDER BY proposal COLLATE "C"').format(
    sql.SQL(", ").join(map(sql.Identifier, _COLUMNS))
)
_SEARCH = """
    WITH shown AS (
        SELECT f.proposal, split_part(f.proposal, ':', 1) AS what, f.reference,
            coalesce(nullif(f.currency, ''), d.currency) AS currency, f.amount_minor, f.position, f.proposed_at,
            f.proposed_by,
            CASE WHEN f.verdict IS NOT NULL THEN f.verdict
                WHEN p.status = 'cancelled' THEN 'overtaken'
                WHEN d.book IS NOT NULL AND f.proposal <> 'decision:' || d."order" || '/' || d.number || '/'
                    || d.pending_decision THEN 'overtaken'
                ELSE 'waiting' END AS stands,
            f.decided_position, f.decided_at, f.decided_by, f.policy,
            CASE WHEN f.policy = '' THEN substring(f.proposed_by FROM '[^:]*$') <> substring(f.decided_by FROM '[^:]*$')
                END AS two_people
        FROM projections.four_eyes f
        LEFT JOIN projections.disputes d ON starts_with(f.reference, 'dispute:') AND d.book = f.book
            AND d."order" = split_part(substr(f.reference, 9), '/', 1)
            AND d.number = CASE WHEN starts_with(f.reference, 'dispute:') THEN split_part(f.reference, '/', 2)::int END
        LEFT JOIN projections.payouts p ON starts_with(f.reference, 'payout:') AND p.book = f.book
            AND p.payout = substr(f.reference, 8)
        WHERE f.book = %(book)s AND f.position BETWEEN %(first)s AND %(last)s
    )
    SELECT * FROM shown
    WHERE (%(what)s::text IS NULL OR what = %(what)s)
    AND (%(actor)s::text IS NULL OR %(actor)s IN (proposed_by, decided_by)
        OR what = 'decision' AND substring(%(actor)s::text FROM '[^:]*$') = proposed_by)
    AND (%(references)s::text[] IS NULL OR reference = ANY(%(references)s))
    AND (%(stands)s::text IS NULL OR stands = %(stands)s)
    AND (%(by_rule)s OR coalesce(policy, '') = '')
    AND (NOT %(alone)s OR two_people = false)
    ORDER BY position DESC LIMIT %(limit)s
"""


class FourEyes(Projection):
    """One row per proposal."""

    name: ClassVar[str] = "four_eyes"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("four_eyes",)

    def fold(self, connection: Connection, events: Events) -> None:
        """Add what was proposed, and how what was proposed before ended."""
        pairs, decisions = _paired({}, {}, events.recorded)
        if pairs:
            with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
                copy.set_types(("text", *_TYPES))
                for proposal, pair in pairs.items():
                    copy.write_row((events.book, *pair, *_ending(decisions.pop(proposal, None))))
        if decisions:
            rows = [(proposal, *decision) for proposal, decision in decisions.items()]
            connection.execute(_DECIDE, (*map(list, zip(*rows, strict=True)), events.book))

    def difference(self, connection: Connection, book: str, log: Iterable[Events]) -> Difference | None:
        """Pair all proposals anew and return the first that stands otherwise."""
        pairs: dict[str, _Pair] = {}
        decisions: dict[str, _Decision] = {}
        for events in log:
            pairs, decisions = _paired(pairs, decisions, events.recorded)
        derived = [(*pairs[proposal], *_ending(decisions.get(proposal))) for proposal in sorted(pairs)]
        return first_difference("four_eyes", connection.execute(_ALL, (book,)), derived, key_columns=1)


def search_four_eyes(
    connection: Connection, book: str, sought: FourEyesSought, *, before: int = POSITION_MAX, limit: int = 50
) -> list[FourEyesRow]:
    """Return proposals, the last first. before: the position of the last one of the page before."""
    first, last = sought.positions
    wanted = {
        "what": sought.what,
        "actor": sought.actor,
        "references": None if sought.references is None else list(sought.references),
        "stands": sought.stands,
        "by_rule": sought.by_rule,
        "alone": sought.alone,
        "first": first,
        "last": min(last, before - 1),
    }
    rows = connection.execute(_SEARCH, {"book": book, "limit": limit, **wanted})
    return [FourEyesRow(*row) for row in rows]


def _paired(
    pairs: dict[str, _Pair], decisions: dict[str, _Decision], recorded: Sequence[Recorded]
) -> tuple[dict[str, _Pair], dict[str, _Decision]]:
    """Return what was proposed and decided, by proposal, after some more events; changes what it is given."""
    for each in recorded:
        state = each.state
        kind = type(state.event)
        if proposes := _PROPOSED.get(kind):
            said = proposes(each.originator_id, state.event)
            if said is None:
                continue
            pairs[said.proposal] = _Pair(
                said.proposal,
                each.originator_id,
                said.currency,
                said.amount_minor,
                each.position,
                state.recorded_at,
                said.by,
            )
        elif decides := _DECIDED.get(kind):
            ended = decides(each.originator_id, state.event)
            if ended is None:
                continue
            decisions[ended.proposal] = _Decision(
                ended.verdict, each.position, state.recorded_at, ended.by, state.policy
            )
    return pairs, decisions


def _ending(decision: _Decision | None) -> tuple[Any, ...]:
    return decision or (None,) * len(_Decision._fields)


def _numbered(reference: str, number: int, what: What) -> str:
    return f"{what}:{key_of(reference)}/{number}"


_PROPOSED: dict[type[Event], Callable[[str, Any], _Proposed | None]] = {
    ReleaseProposed: lambda of, e: _Proposed(
        _numbered(of, e.number, "release"), e.currency, e.gross_minor, e.proposed_by
    ),
    RefundProposed: lambda of, e: _Proposed(
        _numbered(of, e.number, "refund"), e.currency, e.amount_minor, e.proposed_by
    ),
    GuaranteeWriteOffProposed: lambda of, e: _Proposed(
        _numbered(of, e.number, "write-off"), e.currency, e.amount_minor, e.proposed_by
    ),
    BreakWriteOffProposed: lambda of, e: _Proposed(
        _numbered(of, e.number, "break-write-off"), e.currency, e.amount_minor, e.proposed_by
    ),
    RulebookDrafted: lambda of, e: _Proposed(of, "", None, e.drafted_by),
    DisputeDecisionProposed: lambda of, e: _Proposed(
        _numbered(of, e.decision, "decision"), "", e.at_stake_minor, e.mediator
    ),
    PeriodReopeningProposed: lambda _, e: _Proposed(f"reopening:{e.period}/{e.number}", "", None, e.proposed_by),
    PayoutPlanned: lambda of, e: _Proposed(of, e.currency, e.amount_minor, e.planned_by) if e.approvals else None,
}
_DECIDED: dict[type[Event], Callable[[str, Any], _Decided | None]] = {
    ReleaseApproved: lambda of, e: _Decided(_numbered(of, e.number, "release"), "approved", e.approved_by),
    ReleaseRejected: lambda of, e: _Decided(_numbered(of, e.number, "release"), "rejected", e.rejected_by),
    RefundApproved: lambda of, e: _Decided(_numbered(of, e.number, "refund"), "approved", e.approved_by),
    RefundRejected: lambda of, e: _Decided(_numbered(of, e.number, "refund"), "rejected", e.rejected_by),
    GuaranteeWriteOffApproved: lambda of, e: _Decided(_numbered(of, e.number, "write-off"), "approved", e.approved_by),
    GuaranteeWriteOffRejected: lambda of, e: _Decided(_numbered(of, e.number, "write-off"), "rejected", e.rejected_by),
    BreakWriteOffApproved: lambda of, e: _Decided(
        _numbered(of, e.number, "break-write-off"), "approved", e.approved_by
    ),
    BreakWriteOffRejected: lambda of, e: _Decided(
        _numbered(of, e.number, "break-write-off"), "rejected", e.rejected_by
    ),
    RulebookApproved: lambda of, e: _Decided(of, "approved", e.approved_by),
    DisputeDecisionApproved: lambda of, e: _Decided(_numbered(of, e.decision, "decision"), "approved", e.approved_by),
    DisputeDecisionReturned: lambda of, e: _Decided(_numbered(of, e.decision, "decision"), "rejected", e.returned_by),
    PeriodReopened: lambda _, e: _Decided(f"reopening:{e.period}/{e.number}", "approved", e.approved_by),
    PayoutApproved: lambda of, e: None if e.missing else _Decided(of, "approved", e.approved_by),
    PeriodReopeningRejected: lambda _, e: _Decided(f"reopening:{e.period}/{e.number}", "rejected", e.rejected_by),
}

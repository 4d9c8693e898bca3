"""A scope is what one reader may see of a trade: the operator's people all of it, each side what is theirs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from api.identity.caller import Caller
from domain.clock import ClockExpired, ClockExtended, ClockPaused, ClockResumed, ClockStarted, ClockStopped
from domain.commission import CommissionAccrued
from domain.dispute_events import (
    DisputeAppealDecided,
    DisputeDecided,
    DisputeDecisionApproved,
    DisputeDecisionProposed,
    DisputeDecisionReturned,
    DisputeOpened,
)
from domain.envelope import Recorded
from domain.errors import Forbidden
from domain.order import OrderPlaced
from domain.references import kind_of
from domain.side import BUYER, EXPORTER, person_of
from domain.takeover import OrderTakenOver
from ledger.reads import Reader

SEE_ALL = frozenset({"auditor", "mediator", "finance", "operator"})
"""Roles whose work is the whole trade; everybody else sees nothing, unless they are a side of it."""

SHARED = frozenset({"order", "hold", "release", "refund", "clock", "dispute"})
"""
What both sides see: what they agreed, the money between them with its fees, which the rulebook shows to both, the
deadlines that run against each, and all that either says or hands in in a dispute, for the other may answer it.
"""

SEEN_BY_SIDE: dict[str, frozenset[str]] = {
    BUYER: SHARED,
    # What the operator pays in the exporter's stead is the exporter's debt, and nobody else's business.
    EXPORTER: SHARED | {"guarantee"},
}
"""By side, the kinds of things that it sees. A commission is seen by whoever pays it, see `Scope.sees`."""

REVIEW = "review"
"""The clock by which one mediator reads another's draft."""


@dataclass(eq=False, kw_only=True)
class PackForbidden(Forbidden):
    """Who asks is neither a side of this trade nor in a role that sees every trade."""

    code: ClassVar[str] = "pack.forbidden"
    role: str
    party: str


class Scope(NamedTuple):
    """
    Who reads a pack, and what of its trade they may see.

    party: of a side, by key; empty for who sees all. kinds: None for all. given: numbers of the decisions that were
    given, by dispute. commissions: references of those that the reader pays.
    """

    role: str
    party: str
    kinds: frozenset[str] | None
    given: frozenset[tuple[str, int]]
    commissions: frozenset[str]

    def sees(self, recorded: Recorded) -> bool:
        """Return whether an event of the trade is shown; of one that isn't, its leaf hash stands in the pack."""
        if self.kinds is None:
            return True
        match recorded.event:
            case (
                DisputeDecisionProposed(decision=number)
                | DisputeDecisionApproved(decision=number)
                | DisputeDecisionReturned(decision=number)
            ):
                # A draft is the mediators' own until it is given; one that was sent back never becomes more.
                return (recorded.originator_id, number) in self.given
            case ClockStarted() | ClockStopped() | ClockPaused() | ClockResumed() | ClockExtended() | ClockExpired():
                return self.sees_clock(recorded.event.clock)
            case _:
                return kind_of(recorded.originator_id) in self.kinds or recorded.originator_id in self.commissions

    def sees_clock(self, clock: str) -> bool:
        """Return whether a clock is shown."""
        return self.kinds is None or not clock.startswith(REVIEW)

    def shown(self, events: Iterable[Recorded]) -> list[Recorded]:
        """Return those of some events that are shown."""
        return [each for each in events if self.sees(each)]


SEES_ALL = Scope("", "", None, frozenset(), frozenset())


def scope_for(caller: Caller, events: Sequence[Recorded]) -> Scope:
    """
    Return what a caller of the API sees of a trade, given by all its events.

    Raises: PackForbidden.
    """
    return scope_of(Reader(caller.actor, caller.role), caller.party, events)


def scope_of(reader: Reader, party: str, events: Sequence[Recorded]) -> Scope:
    """
    Return what a reader sees of a trade, given by all its events.

    party: for whom a side reads, where that isn't who asks.

    Raises: PackForbidden.
    """
    given = frozenset(
        (each.originator_id, each.event.decision)
        for each in events
        if isinstance(each.event, DisputeDecided | DisputeAppealDecided)
    )
    if reader.role in SEE_ALL:
        return Scope(reader.role, "", None, given, frozenset())
    meant = party or person_of(reader.actor)
    kinds = SEEN_BY_SIDE.get(reader.role)
    if kinds is None or _sides(events).get(reader.role) != meant:
        raise PackForbidden(role=reader.role, party=meant)
    paid = frozenset(
        each.originator_id
        for each in events
        if isinstance(each.event, CommissionAccrued) and each.event.payer == reader.role
    )
    return Scope(reader.role, meant, kinds, given, paid)


def _sides(events: Sequence[Recorded]) -> dict[str, str]:
    for each in events:
        if isinstance(each.event, OrderPlaced | OrderTakenOver | DisputeOpened):
            return {BUYER: each.event.buyer, EXPORTER: each.event.exporter}
    return {}

"""
A decision is one thing that an order's rules decided about an event, and what other rules would have decided.

It is decided anew by the function of the domain that decided it then, from the order as it stood then.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any, Literal, NamedTuple

from domain.aggregate import Event
from domain.claim import WHOLE_ORDER, ClaimMade
from domain.clock import Clocks, ClockStarted
from domain.deadlines import Wanted, dispute_clocks, order_clocks, start_clock
from domain.dispute import Dispute
from domain.dispute_events import DisputeAppealed, DisputeDecisionProposed, DisputeEscalated, DisputeOpened
from domain.envelope import Recorded
from domain.errors import LedgerError
from domain.guarantee import Guarantee, GuaranteeAdvanced, GuaranteeExceeded
from domain.hold import HoldReleased
from domain.money import share_so_far
from domain.order import (
    ExtensionExceeded,
    Lateness,
    Order,
    OrderDelivered,
    OrderDispatched,
    OrderInspectionExtended,
    OrderPlaced,
)
from domain.party_standing import check_may_trade
from domain.references import clocks_id, guarantee_id, kind_of
from domain.refund import RefundProposed
from domain.release import ReleaseProposed
from domain.rules import Rules
from projections.trades import StoodTrade

Measure = Literal["minor", "instant", "days", "answer"]
"""What a decision is counted in: minor units of the order's currency, an instant, days, or what was said."""

Value = int | datetime | str | None

ALLOWED = "allowed"
SECOND_PERSON, BY_RULE = "second person", "by rule"


class Decision(NamedTuple):
    """
    What rules decide about an event.

    about: what of the order, as a clock's name, a release, a claim; real: what the order's own rules decided, nothing
    where they gave none; under: what rules would have decided.
    """

    kind: str
    about: str
    measure: Measure
    real: Value
    under: Callable[[Rules], Value]


class Asked(NamedTuple):
    """An event, its trade as it stood before it and after it, the order's own rules, and the others."""

    recorded: Recorded
    before: StoodTrade
    after: StoodTrade
    own: Rules
    other: Rules

    @property
    def order(self) -> Order:
        """Return the order after the event."""
        return self.after.trade.order

    @property
    def at(self) -> datetime:
        """Return when the event took place."""
        return self.recorded.state.occurred_at


def decisions_of(asked: Asked) -> Iterator[Decision]:
    """Yield what the rules decided about an event; nothing for one that they have no part in."""
    if decide := _DECISIONS.get(type(asked.recorded.event)):
        yield from decide(asked, asked.recorded.event)
    if kind_of(asked.recorded.originator_id) in {"order", "hold"}:
        yield from _clocks_that_never_ran(asked)


def _placed(asked: Asked, event: OrderPlaced) -> Iterator[Decision]:
    if _admission(asked.own) != _admission(asked.other):
        uow = asked.before.at(asked.at)
        check = partial(check_may_trade, buyer=event.buyer, exporter=event.exporter, uow=uow)
        yield Decision("placing", "", "answer", ALLOWED, lambda rules: _answer(lambda: check(rules=rules)))


def _admission(rules: Rules) -> tuple[bool, tuple[str, ...]]:
    return rules.registered_parties_only, rules.screening_lists


def _released(_asked: Asked, event: HoldReleased) -> Iterator[Decision]:
    def net_minor(rules: Rules) -> int:
        fee = rules.fee_on(event.gross_minor)
        return event.gross_minor - fee.fee_minor - fee.tax_minor

    gross_minor = event.gross_minor
    yield Decision("fee", event.release, "minor", event.fee_minor, lambda rules: rules.fee_on(gross_minor).fee_minor)
    yield Decision("tax", event.release, "minor", event.tax_minor, lambda rules: rules.fee_on(gross_minor).tax_minor)
    yield Decision("net", event.release, "minor", event.net_minor, net_minor)


def _release_proposed(asked: Asked, event: ReleaseProposed) -> Iterator[Decision]:
    yield _four_eyes(asked, "release", event.number, event.gross_minor)


def _refund_proposed(asked: Asked, event: RefundProposed) -> Iterator[Decision]:
    if kind_of(event.proposed_by) != "dispute":
        yield _four_eyes(asked, "refund", event.number, event.amount_minor)


def _decision_proposed(asked: Asked, event: DisputeDecisionProposed) -> Iterator[Decision]:
    yield _four_eyes(asked, "decision", event.decision, event.at_stake_minor)


def _four_eyes(asked: Asked, what: str, number: int, amount_minor: int) -> Decision:
    currency = asked.order.currency

    def under(rules: Rules) -> str:
        return SECOND_PERSON if rules.needs_four_eyes(amount_minor, currency) else BY_RULE

    about = f"{asked.recorded.originator_id}/{number}"
    return Decision(f"approval of {what}", about, "answer", under(asked.own), under)


def _clock_started(asked: Asked, event: ClockStarted) -> Iterator[Decision]:
    counted = (event.days, event.counted, event.time_zone, event.holidays_of)

    def under(rules: Rules) -> datetime | None:
        started = _started(asked, event.clock, event.about, rules)
        if started and (started.days, started.counted, started.time_zone, started.holidays_of) == counted:
            return event.due_at  # which a newer list of holidays never moves
        return started.due_at if started else None

    yield Decision(f"deadline {event.kind}", event.clock, "instant", event.due_at, under)


def _clocks_that_never_ran(asked: Asked) -> Iterator[Decision]:
    """Yield the deadlines that other rules would have given from this event on, and the order's own didn't."""
    others = _order_clocks(asked.after, asked.other)
    for name in others.keys() - _order_clocks(asked.after, asked.own).keys():
        if name not in _order_clocks(asked.before, asked.other):
            kind, about, *_ = others[name]
            yield Decision(f"deadline {kind}", name, "instant", None, partial(_due_at, asked, name, about))


def _due_at(asked: Asked, name: str, about: str, rules: Rules) -> datetime | None:
    started = _started(asked, name, about, rules)
    return started.due_at if started else None


def _started(asked: Asked, name: str, about: str, rules: Rules) -> ClockStarted | None:
    """Return how a clock would have started, as things stood: nothing where rules give no such deadline."""
    disputed = kind_of(about) == "dispute"
    running = dispute_clocks(asked.after.get(Dispute, about)) if disputed else _order_clocks(asked.after, rules)
    wanted = running.get(name)
    return start_clock(name, wanted, cause="", rules=rules, order=asked.order, at=asked.at) if wanted else None


def _order_clocks(stood: StoodTrade, rules: Rules) -> dict[str, Wanted]:
    if not stood.placed:
        return {}
    trade = stood.trade
    return order_clocks(trade.order, trade.hold, trade.refunds, rules)


def _extended(asked: Asked, event: OrderInspectionExtended) -> Iterator[Decision]:
    order = asked.before.trade.order

    def under(rules: Rules) -> int:
        try:
            return order.extend_inspection(by=event.by, days=event.days, ends_at=event.ends_at, rules=rules).days
        except ExtensionExceeded as exceeded:
            return exceeded.days_max

    yield Decision("extension", event.by, "days", event.days, under)


def _dispatched(asked: Asked, event: OrderDispatched) -> Iterator[Decision]:
    yield _lateness(asked, "dispatch", event.dispatch)


def _delivered(asked: Asked, event: OrderDelivered) -> Iterator[Decision]:
    yield _lateness(asked, "delivery", event.dispatch)


def _lateness(asked: Asked, of: Lateness, dispatch: int) -> Decision:
    order = asked.order

    def under(rules: Rules) -> int:
        late = order.find_lateness(of, dispatch, rules.calendar.day_of(asked.at))
        return late.days_late if late else 0

    return Decision(f"lateness of {of}", str(dispatch), "days", under(asked.own), under)


def _opened(asked: Asked, event: DisputeOpened) -> Iterator[Decision]:
    reference = asked.recorded.originator_id
    yield Decision("dispute", reference, "answer", ALLOWED, partial(_in_time, asked))
    for claim in event.claims:
        if claim.kind == "late":
            yield from _late_remedy(asked, claim)


def _in_time(asked: Asked, rules: Rules) -> str:
    """Return whether claims could still be made: for so long after the receipt, and longer where that stood still."""
    order = asked.order
    clocks = asked.before.find(Clocks, clocks_id(asked.before.order))
    running = clocks.find("claims") if clocks else None
    if running is None or running.paused_at is not None or order.received_at is None:
        return ALLOWED
    wanted = Wanted("claims", order.reference, order.received_at)
    end = partial(start_clock, running.name, wanted, cause="", order=order, at=asked.at)
    stood_still = running.due_at - end(rules=asked.own).due_at
    return ALLOWED if asked.at < end(rules=rules).due_at + stood_still else "too late"


def _late_remedy(asked: Asked, claim: ClaimMade) -> Iterator[Decision]:
    """Yield what a buyer who claimed no amount gets for late goods; an amount that the buyer named stays."""
    order = asked.order
    whole_minor = _worth(order, claim)

    def under(rules: Rules) -> int:
        return rules.late_remedy_for(whole_minor, order.currency, claim.days_late)

    if under(asked.own) == claim.amount_minor:
        about = f"{asked.recorded.originator_id}/{claim.number}"
        yield Decision("late remedy", about, "minor", claim.amount_minor, under)


def _worth(order: Order, claim: ClaimMade) -> int:
    if claim.line == WHOLE_ORDER:
        return order.total_minor
    line = order.get_line(claim.line)
    return share_so_far(line.amount_minor, done=claim.quantity, whole=line.quantity)


def _escalated(asked: Asked, event: DisputeEscalated) -> Iterator[Decision]:
    dispute = asked.before.get(Dispute, asked.recorded.originator_id)
    escalate = partial(dispute.escalate, by=event.by, at=asked.at)
    yield Decision(
        "escalation", dispute.reference, "answer", ALLOWED, lambda rules: _answer(lambda: escalate(rules=rules))
    )


def _appealed(asked: Asked, event: DisputeAppealed) -> Iterator[Decision]:
    dispute = asked.before.get(Dispute, asked.recorded.originator_id)
    appeal = partial(dispute.appeal, event.claim, by=event.by, evidence=event.evidence)
    about = f"{dispute.reference}/{event.claim}"
    yield Decision("appeal", about, "answer", ALLOWED, lambda rules: _answer(lambda: appeal(rules=rules)))


def _advanced(asked: Asked, event: GuaranteeAdvanced) -> Iterator[Decision]:
    name = guarantee_id(asked.before.order)
    guarantee = asked.before.find(Guarantee, name) or Guarantee(reference=name)
    held = asked.before.trade.hold

    def under(rules: Rules) -> int:
        try:
            return guarantee.advance(
                event.amount_minor,
                account=event.account,
                exporter=event.exporter,
                currency=event.currency,
                cap_minor=rules.guarantee_minor.get(event.currency, 0),
                recovered_minor=held.recovered.net_minor + held.charged_to_exporter_minor,
            ).amount_minor
        except GuaranteeExceeded as exceeded:
            return exceeded.left_minor

    yield Decision("guarantee", name, "minor", event.amount_minor, under)


def _answer(ask: Callable[[], object]) -> str:
    """Return that something is allowed, or the code of why it is refused."""
    try:
        ask()
    except LedgerError as refusal:
        return refusal.code
    return ALLOWED


_DECISIONS: dict[type[Event], Callable[[Asked, Any], Iterator[Decision]]] = {
    OrderPlaced: _placed,
    OrderDispatched: _dispatched,
    OrderDelivered: _delivered,
    OrderInspectionExtended: _extended,
    HoldReleased: _released,
    ReleaseProposed: _release_proposed,
    RefundProposed: _refund_proposed,
    ClockStarted: _clock_started,
    DisputeOpened: _opened,
    DisputeEscalated: _escalated,
    DisputeAppealed: _appealed,
    DisputeDecisionProposed: _decision_proposed,
    GuaranteeAdvanced: _advanced,
}
"""By event: what rules decide about it. Whatever else happened, they have no part in."""

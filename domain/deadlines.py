"""
Deadlines of a trade: which there are, how long each is by the rules, against whose silence, and what its end does.

Source: shared reference, sections 1.2, 1.3 and 9; lengths are the rulebook's that the order was placed under.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from domain.claim import ClaimStatus
from domain.clock import ClockKind, ClockStarted, Counted, Effect, Silence
from domain.dispute import Dispute
from domain.evidence import EvidenceRequest
from domain.hold import Hold
from domain.order import Order
from domain.references import number_of_dispute
from domain.refund import Refunds
from domain.rules import Rules
from domain.side import other


class Deadline(NamedTuple):
    """A kind of clock. `days`: how many the rules give an order; none are counted up to a date that was agreed."""

    silence_of: Silence
    effect: Effect
    counted: Counted
    days: Callable[[Rules, Order], int]


def _inspection(rules: Rules, order: Order) -> int:
    return rules.inspection_days[order.terms.transport_mode] + sum(order.extended_days.values())


DEADLINES: dict[ClockKind, Deadline] = {
    "acceptance": Deadline("exporter", "decides", "days", lambda rules, _: rules.acceptance_days),
    "payment": Deadline("buyer", "reminds", "days", lambda rules, _: rules.payment_days),
    "ship-by": Deadline("exporter", "reminds", "date", lambda _rules, _order: 0),
    "inspection": Deadline("buyer", "decides", "days", _inspection),
    "claims": Deadline("buyer", "decides", "days", lambda rules, _: rules.claim_days),
    "answer": Deadline("exporter", "reminds", "days", lambda rules, _: rules.negotiation_days),
    "escalation": Deadline("parties", "decides", "days", lambda rules, _: rules.automatic_escalation_day - 1),
    "mediation": Deadline("mediator", "reminds", "working-days", lambda rules, _: rules.mediator_working_days),
    "evidence": Deadline("parties", "decides", "days", lambda rules, _: rules.evidence_days),
    "review": Deadline("mediator", "reminds", "working-days", lambda rules, _: rules.review_working_days),
    "offer": Deadline("parties", "decides", "days", lambda rules, _: rules.offer_days),
    "appeal": Deadline("parties", "decides", "days", lambda rules, _: rules.appeal_days),
    "return": Deadline("buyer", "decides", "days", lambda rules, _: rules.return_days),
    "return-acknowledgement": Deadline("exporter", "decides", "days", lambda rules, _: rules.acknowledgement_days),
    "replacement": Deadline("exporter", "decides", "days", lambda rules, _: rules.replacement_days),
    "replacement-acknowledgement": Deadline("buyer", "decides", "days", lambda rules, _: rules.acknowledgement_days),
    "refund-start": Deadline("operator", "reminds", "working-days", lambda rules, _: rules.refund_start_working_days),
}
"""Every kind of clock. The day on which an escalation is due is counted from 1: day 7 begins six days after day 1."""


class Wanted(NamedTuple):
    """A clock that should run as things stand."""

    kind: ClockKind
    about: str
    from_at: datetime | None = None
    """Where it doesn't run from the event that started it."""
    silence_of: Silence | None = None
    """Where it depends on who spoke last."""


def order_clocks(order: Order, hold: Hold, refunds: Refunds, rules: Rules) -> dict[str, Wanted]:
    """Return the clocks that should run for an order and its money, by name."""
    wanted: dict[str, Wanted] = {}
    match order.status:
        case "placed" if rules.acceptance_days:
            wanted["acceptance"] = Wanted("acceptance", order.reference)
        case "accepted" | "part_dispatched":
            wanted[f"ship-by/{order.terms.ship_by}"] = Wanted("ship-by", order.reference)
        case "dispatched" | "delivered":
            wanted["inspection"] = Wanted("inspection", order.reference, order.inspected_from)
        case "received" | "completed" if not order.claims_ended:
            wanted["claims"] = Wanted("claims", order.reference, order.received_at)
        case _:
            pass
    for refund in refunds.pending:
        if not refund.approved:
            wanted[f"refund-start/{refund.number}"] = Wanted("refund-start", refunds.reference)
    if rules.payment_days:
        for number in _unpaid_steps(order, hold):
            wanted[f"payment/{number}"] = Wanted("payment", hold.reference)
    return wanted


def _unpaid_steps(order: Order, hold: Hold) -> Iterator[int]:
    if order.status in {"placed", "cancelled", "completed"} or hold.status == "closed":
        return
    due = {"acceptance": True, "dispatch": order.dispatches > 0, "delivery": bool(order.delivered)}
    for number, (step, paid_minor) in enumerate(zip(order.terms.steps, hold.paid_by_step, strict=False), start=1):
        if due[step.trigger] and paid_minor < step.amount_minor:
            yield number


def dispute_clocks(dispute: Dispute) -> dict[str, Wanted]:
    """Return the clocks that should run for a dispute, by name."""
    if dispute.status == "settled":
        return {}
    return {
        f"{kind}/{number_of_dispute(dispute.reference)}{concerns}": Wanted(kind, dispute.reference, None, silence_of)
        for kind, concerns, silence_of in _of_dispute(dispute)
    }


class _Concern(NamedTuple):
    kind: ClockKind
    concerns: str = ""
    silence_of: Silence | None = None


def _of_dispute(dispute: Dispute) -> Iterator[_Concern]:
    yield from _negotiation(dispute) if dispute.status == "negotiating" else _mediation(dispute)
    for offer in dispute.offers:
        yield _Concern("offer", f"/{offer.number}", other(offer.by))
    for request in dispute.requests:
        if _is_awaited(request, dispute):
            yield _Concern("evidence", f"/{request.number}", request.of)
    for claim in dispute.claims:
        if claim.status == "ruled":
            yield _Concern("appeal", f"/{claim.decision}")
        elif kind := _GOODS.get((claim.status, claim.number in dispute.on_their_way)):
            yield _Concern(kind, f"/{claim.number}")


_GOODS: dict[tuple[ClaimStatus, bool], ClockKind] = {
    ("returning", False): "return",
    ("returning", True): "return-acknowledgement",
    ("replacing", False): "replacement",
    ("replacing", True): "replacement-acknowledgement",
}
"""By a claim's status, and whether goods are on their way."""


def _negotiation(dispute: Dispute) -> Iterator[_Concern]:
    undecided = [claim for claim in dispute.claims if claim.status == "open"]
    if undecided:
        yield _Concern("escalation")
    if not all(claim.answered for claim in undecided):
        yield _Concern("answer")


def _mediation(dispute: Dispute) -> Iterator[_Concern]:
    if not any(claim.status in {"open", "appealed"} for claim in dispute.claims):
        return
    if not dispute.mediator_declared:
        yield _Concern("mediation")
    elif not dispute.pending:
        yield _Concern("review")


def _is_awaited(request: EvidenceRequest, dispute: Dispute) -> bool:
    undecided = dispute.claims[request.claim - 1].status in {"open", "appealed"}
    return undecided and not request.over and all(piece.request != request.number for piece in dispute.evidence)


def start_clock(name: str, wanted: Wanted, *, cause: str, rules: Rules, order: Order, at: datetime) -> ClockStarted:
    """Start a clock of an order, by the rules that the order was placed under, because of an event's topic."""
    deadline = DEADLINES[wanted.kind]
    days = deadline.days(rules, order)
    return ClockStarted(
        clock=name,
        kind=wanted.kind,
        about=wanted.about,
        cause=cause,
        silence_of=wanted.silence_of or deadline.silence_of,
        effect=deadline.effect,
        days=days,
        counted=deadline.counted,
        time_zone=rules.time_zone,
        holidays_of=rules.holidays_of,
        due_at=_due_at(deadline, days, rules, order, wanted.from_at or at),
    )


def _due_at(deadline: Deadline, days: int, rules: Rules, order: Order, from_at: datetime) -> datetime:
    calendar = rules.calendar
    match deadline.counted:
        case "date":
            return calendar.end_of(order.terms.ship_by)
        case "days":
            return calendar.add_days(from_at, days)
        case "working-days":
            return calendar.add_working_days(from_at, days)

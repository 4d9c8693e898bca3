"""Laws of disputes: what is set aside is there, what is awarded is accounted for, and nothing disputed is paid out."""

from collections.abc import Iterable

from domain.claim import Claim
from domain.dispute import Dispute
from domain.dispute_events import DisputeClaimSettled, DisputeDecided, DisputeOpened, DisputeSettled
from domain.hold import Hold, HoldReleased
from domain.references import hold_id, key_of, order_of_dispute
from domain.trade import Trade, open_dispute_of
from domain.unit_of_work import Step, UnitOfWork
from tests.given import AT, World
from tests.property.laws_of_log import each


def settled_claims_add_up(steps: Iterable[Step]) -> None:
    """What a claim was awarded was paid, charged back before, waits for frozen money, or is named as unpaid."""
    for step in steps:
        if isinstance(step.event, DisputeClaimSettled):
            event = step.event
            parts = (event.paid_minor, event.charged_back_minor, event.frozen_minor, event.unpaid_minor)
            assert event.awarded_minor == sum(parts)
            assert min(parts) >= 0


def what_is_set_aside_is_there(world: World) -> None:
    """What the open claims of an order have set aside is what its hold has."""
    aside: dict[str, int] = {}
    for dispute in each(world, Dispute):
        order = order_of_dispute(dispute.reference)
        aside[order] = aside.get(order, 0) + sum(claim.set_aside_minor for claim in dispute.claims)
    for hold in each(world, Hold):
        assert hold.disputed_minor == aside.get(key_of(hold.reference), 0)


def claims_are_served_first(world: World) -> None:
    """While a claim lacks money that could be set aside, all that is held is promised to refunds."""
    for dispute in each(world, Dispute):
        order = order_of_dispute(dispute.reference)
        hold = world.load(hold_id(order)).aggregate
        assert isinstance(hold, Hold)
        if dispute.status != "settled" and dispute.lacking_minor and hold.status == "open":
            trade = Trade(order, UnitOfWork(world.load, actor="law", occurred_at=AT))
            assert trade.unpromised_minor <= 0, (trade.hold, dispute)


def nothing_lacking_is_released(world: World, steps: Iterable[Step]) -> None:
    """Nothing is released out of an order's hold by a command after which a claim of it, made before, lacks money."""
    opened = {order_of_dispute(step.reference) for step in steps if isinstance(step.event, DisputeOpened)}
    for step in steps:
        if isinstance(step.event, HoldReleased) and key_of(step.reference) not in opened:
            uow = UnitOfWork(world.load, actor="law", occurred_at=AT)
            dispute = open_dispute_of(key_of(step.reference), uow)
            assert dispute is None or not dispute.lacking_minor, (step, dispute)


def disputes_are_consistent(world: World) -> None:
    """One dispute of an order is open at a time, and it is settled once all its claims are, and only then."""
    unsettled: set[str] = set()
    for dispute in each(world, Dispute):
        over = not dispute.open_claims
        assert (dispute.status == "settled") == over
        if not over:
            assert dispute.order not in unsettled
            unsettled.add(dispute.order)
        for claim in dispute.claims:
            _claim_is_consistent(claim)
            assert claim.number not in dispute.on_their_way or claim.status in {"returning", "replacing"}
        assert dispute.pending is None or (dispute.status == "escalated" and dispute.mediator)
        assert not dispute.mediator_declared or dispute.mediator
        assert dispute.mediator not in dispute.recused | {dispute.buyer, dispute.exporter}


def _claim_is_consistent(claim: Claim) -> None:
    assert 0 <= claim.set_aside_minor + claim.charged_back_minor <= claim.amount_minor
    assert claim.remedy is None or 0 <= claim.remedy.amount_minor <= claim.amount_minor
    assert claim.remedy is not None or claim.status in {"open", "appealed"}
    assert not claim.is_over or not claim.set_aside_minor
    assert len(set(claim.ruled_by)) == len(claim.ruled_by) or not claim.appealed


def everything_ends_once(world: World) -> None:
    """Each claim is settled once, each dispute is, and each decision is given once."""
    seen: set[tuple[str, str, int]] = set()
    for step, _ in world.steps:
        match step.event:
            case DisputeClaimSettled():
                what = ("claim", step.reference, step.event.claim)
            case DisputeSettled():
                what = ("dispute", step.reference, 0)
            case DisputeDecided():
                what = ("decision", step.reference, step.event.decision)
            case _:
                continue
        assert what not in seen, step
        seen.add(what)

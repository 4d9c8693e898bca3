"""What might be said next about an order, its money and its clocks."""

from collections.abc import Sequence
from typing import Any

from api.allowed.saying import ANY, AT_BANK, AT_PROVIDER, Saying, Sayings
from domain import commands
from domain.amendment import Amendment, LineChange
from domain.clock import Clocks
from domain.commands import NewClaim
from domain.guarantee import Guarantee
from domain.hold import Hold
from domain.money import Money
from domain.order import Order
from domain.proposal import Proposals
from domain.references import clocks_id, guarantee_id, hold_id, order_id, refunds_id, releases_id
from domain.refund import Refunds
from domain.release import Releases
from domain.side import Side
from domain.unit_of_work import UnitOfWork

_LEAST_CLAIM = NewClaim(kind="other", amount_minor=1)


def sayings_about_trade(order: str, uow: UnitOfWork, sides: Sequence[Side]) -> Sayings:
    """Yield what might be said about an order and all its money; nothing where there is no such order."""
    agreed = uow.find(Order, order_id(order))
    if agreed is None:
        return
    yield from _about_course(order, agreed)
    for side in sides:
        yield from _about_terms(order, agreed, side)
    yield from _about_clocks(order, uow.find(Clocks, clocks_id(order)))
    hold = uow.find(Hold, hold_id(order))
    if hold is not None:
        yield from _about_hold(order, agreed, hold)
        yield from _about_guarantee(order, hold, uow.find(Guarantee, guarantee_id(order)))
    yield from _about_proposals(order, uow)


def _about_course(order: str, agreed: Order) -> Sayings:
    yield Saying(commands.AcceptOrder(order=order))
    yield Saying(commands.CancelOrder(order=order, reason=ANY))
    yield Saying(commands.DispatchGoods(order=order))
    on_their_way = (number for number in range(agreed.dispatches, 0, -1) if number not in agreed.delivered)
    yield Saying(commands.RecordDelivery(order=order, dispatch=next(on_their_way, None)))
    yield Saying(commands.ConfirmReceipt(order=order))
    yield Saying(commands.LapseInspection(order=order))
    yield Saying(commands.OpenDispute(order=order, claims=(_LEAST_CLAIM,)))


def _about_terms(order: str, agreed: Order, side: Side) -> Sayings:
    yield Saying(commands.ExtendInspection(order=order, side=side, days=1), ("side",))
    yield from (
        Saying(commands.ProposeAmendment(order=order, side=side, change=change), ("side",))
        for change in _least_changes(agreed)
    )
    if pending := agreed.pending_amendment:
        asked: dict[str, Any] = {"order": order, "amendment": pending.number, "side": side}
        yield Saying(commands.AcceptAmendment(**asked), ("side",))
        yield Saying(commands.DeclineAmendment(**asked, reason=ANY), ("side",))


def _least_changes(agreed: Order) -> Sequence[Amendment]:
    """Return a change to what is agreed already and, as a total may have to rise before it may be, one that does so."""
    first = agreed.lines[0]
    more_minor = first.amount_minor + agreed.total_minor
    dearer = LineChange(line=first.number, quantity=first.quantity, amount_minor=more_minor)
    return Amendment(ship_by=agreed.terms.ship_by), Amendment(lines=(dearer,))


def _about_clocks(order: str, clocks: Clocks | None) -> Sayings:
    yield Saying(commands.ExpireClocks(order=order))
    for clock in clocks.running if clocks else ():
        kind = commands.PauseClock if clock.paused_at is None else commands.ResumeClock
        yield Saying(kind(order=order, clock=clock.name, reason=ANY), ("clock",))


def _about_hold(order: str, agreed: Order, hold: Hold) -> Sayings:
    least = Money(hold.currency, 1)
    yield from _payments(order, agreed, hold)
    yield Saying(commands.FreezeHold(order=order, reason=ANY))
    yield Saying(commands.UnfreezeHold(order=order, reason=ANY))
    yield Saying(commands.RecordChargeback(order=order, amount=least, account=AT_PROVIDER))
    yield Saying(commands.ProposeRelease(order=order, amount=least))
    yield Saying(commands.ProposeRefund(order=order, amount=least, reason=ANY))


def _payments(order: str, agreed: Order, hold: Hold) -> Sayings:
    """Yield what is still to be paid, step by step; where nothing is, that more than was agreed came in."""
    steps = zip(agreed.terms.steps, hold.paid_by_step, strict=False)
    missing = [step.amount_minor - paid_minor for step, paid_minor in steps]
    for number in [number for number, minor in enumerate(missing, start=1) if minor > 0] or [1]:
        paid = Money(hold.currency, 1)
        yield Saying(commands.RecordPayment(order=order, step=number, amount=paid, account=AT_PROVIDER), ("step",))


def _about_guarantee(order: str, hold: Hold, guarantee: Guarantee | None) -> Sayings:
    least = Money(hold.currency, 1)
    yield Saying(commands.AdvanceGuarantee(order=order, amount=least, account=AT_BANK))
    if guarantee:
        yield Saying(commands.RepayAdvance(order=order, amount=least, account=AT_BANK))
        yield Saying(commands.ProposeWriteOff(order=order, amount=least, reason=ANY))


def _about_proposals(order: str, uow: UnitOfWork) -> Sayings:
    for number in _waiting(uow.find(Releases, releases_id(order))):
        yield Saying(commands.ApproveRelease(order=order, number=number), ("number",))
        yield Saying(commands.RejectRelease(order=order, number=number, reason=ANY), ("number",))
    for number in _waiting(uow.find(Refunds, refunds_id(order))):
        yield Saying(commands.ApproveRefund(order=order, number=number), ("number",))
        yield Saying(commands.RejectRefund(order=order, number=number, reason=ANY), ("number",))
    for number in _waiting(uow.find(Guarantee, guarantee_id(order))):
        yield Saying(commands.ApproveWriteOff(order=order, number=number), ("number",))
        yield Saying(commands.RejectWriteOff(order=order, number=number, reason=ANY), ("number",))
    yield Saying(commands.CloseHold(order=order))


def _waiting(proposals: Proposals | None) -> Sequence[int]:
    return [proposal.number for proposal in proposals.pending] if proposals else ()

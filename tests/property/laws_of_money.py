"""Laws of money: proved by the accounts, nowhere twice, nowhere lost, and on its way where it belongs."""

from typing import get_args

from domain.guarantee import Guarantee
from domain.hold import Hold
from domain.order import Order
from domain.party_standing import find_party
from domain.payee_account import PayeeAccount, PayeeControl, PayeeRepaid
from domain.proposal import Proposals
from domain.references import hold_id, key_of, kind_of
from domain.refund import RefundRejected
from domain.release import ReleaseRejected
from domain.takeover import HoldTakenOver, TakeoverBalancesRecorded
from domain.trade import Trade
from domain.unit_of_work import UnitOfWork
from tests.given import AT, World
from tests.property.laws_of_log import control, each

CASH = ("clearing:", "bank:safeguarded:", "suspense:")
"""Where buyers' money is."""


def holds_are_proved(world: World) -> None:
    """What the holds say is held, disputed and frozen is what their accounts say, for each and in sum."""
    for part in ("held", "disputed", "frozen"):
        prefix = "hold" if part == "held" else part
        for hold in each(world, Hold):
            minor = -world.balances[f"{prefix}:{key_of(hold.reference)}", hold.currency]
            assert minor == getattr(hold, f"{part}_minor"), (part, hold)
        assert control(world, f"{prefix}:") == -sum(getattr(hold, f"{part}_minor") for hold in each(world, Hold))


def payees_are_proved(world: World) -> None:
    """What a payee account says is on its party's payable and refundable accounts, for each part and in sum."""
    for part in get_args(PayeeControl):
        for payee in each(world, PayeeAccount):
            assert payee.minor_on(part) == -world.balances[f"{part}:{payee.party}", payee.currency]
        assert control(world, f"{part}:") == -sum(payee.minor_on(part) for payee in each(world, PayeeAccount))
    for payee in each(world, PayeeAccount):
        unclaimed_minor = sum(payee.unclaimed_by_account.values())
        assert unclaimed_minor == -world.balances[f"unclaimed:{payee.party}", payee.currency]
        assert min(payee.unclaimed_by_account.values(), default=0) >= 0


def every_minor_unit_is_somewhere(world: World) -> None:
    """What came in is held, disputed, frozen, released, refunded or taken back by a bank; nothing twice or negative."""
    for hold in each(world, Hold):
        released, recovered = hold.released, hold.recovered
        kept_minor = hold.received_minor - released.gross_minor + recovered.gross_minor
        parts_minor = (hold.held_minor, hold.disputed_minor, hold.frozen_minor)
        assert sum(parts_minor) == kept_minor - hold.refunded_minor - hold.charged_back_minor
        assert min(*parts_minor, hold.conceded_minor) >= 0
        assert released.gross_minor - recovered.gross_minor + hold.refunded_minor <= hold.received_minor
        assert released.gross_minor + hold.conceded_minor <= hold.received_minor
        assert 0 <= recovered.gross_minor <= released.gross_minor
        assert 0 <= recovered.fee_minor <= released.fee_minor
        assert 0 <= recovered.tax_minor <= released.tax_minor
        assert released.net_minor >= 0
        assert recovered.gross_minor < released.gross_minor or recovered == released
        assert sum(hold.paid_by_step) == hold.received_minor
        assert hold.status == "open" or not any(parts_minor)


def cash_is_explained(world: World) -> None:
    """What is at banks and providers is what came in for orders, was repaid, advanced or taken over, less what left."""
    cash_minor = sum(
        hold.received_minor - hold.charged_back_minor - hold.charged_to_exporter_minor - hold.charged_to_buyer_minor
        for hold in each(world, Hold)
    )
    cash_minor += sum(guarantee.advanced_minor - guarantee.repaid_minor for guarantee in each(world, Guarantee))
    for step, _ in world.steps:
        match step.event:
            case PayeeRepaid():
                cash_minor += step.event.amount_minor
            case HoldTakenOver():
                cash_minor -= sum(step.event.received_minor) - step.event.held_minor
            case TakeoverBalancesRecorded():
                cash_minor += sum(one.amount_minor for one in step.event.balances if one.account.startswith(CASH))
            case _:
                pass
    assert cash_minor == sum(control(world, prefix) for prefix in CASH)


def orders_are_consistent(world: World) -> None:
    """No more is dispatched than was ordered, nothing is delivered that wasn't dispatched, and steps sum to lines."""
    for order in each(world, Order):
        assert sum(step.amount_minor for step in order.terms.steps) == order.total_minor
        assert sum(line.amount_minor for line in order.lines) == order.total_minor
        assert all(0 <= left <= line.quantity for left, line in zip(order.undispatched, order.lines, strict=True))
        assert order.delivered <= set(range(1, order.dispatches + 1))
        assert (order.receipt is not None) == (order.status in {"received", "completed"})
        assert (world.load(hold_id(key_of(order.reference))).version > 0) or order.status in {"placed", "cancelled"}
        assert order.status in {"received", "completed"} or not order.claims_ended


def free_money_is_proposed(world: World) -> None:
    """
    What is due waits or is paid, unless a second person rejected a release or the exporter may not be paid; what is in
    excess, unless a refund was rejected.

    An exporter who was registered after the trade's last payment doesn't count it among its open trades: what became
    due in it while the exporter was blocked waits for somebody to propose it.
    """
    rejected = {
        (type(step.event), key_of(step.reference))
        for step, _ in world.steps
        if isinstance(step.event, ReleaseRejected | RefundRejected) and kind_of(step.event.rejected_by) != "dispute"
    }
    for order in each(world, Order):
        key = key_of(order.reference)
        uow = UnitOfWork(world.load, actor="law", occurred_at=AT)
        trade = Trade(key, uow)
        exporter = find_party(order.exporter, uow)
        blocked = exporter is not None and (exporter.is_blocked or key not in exporter.open_trades)
        assert blocked or (ReleaseRejected, key) in rejected or not trade.due_minor, trade.hold
        assert (RefundRejected, key) in rejected or not trade.excess_minor, trade.hold
        assert trade.unreleased_minor >= 0 or not trade.releases.pending, (trade.hold, trade.releases)


def proposals_are_numbered(world: World) -> None:
    """What waits has a number of its own, among those given."""
    for proposals in each(world, Proposals):
        numbers = [proposal.number for proposal in proposals.pending]
        assert numbers == sorted(set(numbers))
        assert all(1 <= number <= proposals.proposed for number in numbers)


def finished_trades_are_settled(world: World) -> None:
    """A completed order held, froze and proposed nothing when it was completed; a done one doesn't stay open."""
    for order in each(world, Order):
        uow = UnitOfWork(world.load, actor="law", occurred_at=AT)
        assert not Trade(key_of(order.reference), uow).is_done, order.reference

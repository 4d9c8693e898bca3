"""Laws that hold in every book after every command; each is an assertion that a test runs on a World."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from domain.aggregate import Aggregate
from domain.catalogue import evolve, type_of
from domain.envelope import decode, encode
from domain.hold import Hold
from domain.order import Order
from domain.payee_account import PayeeAccount
from domain.posting_rules import post
from domain.proposal import Proposals
from domain.references import hold_id, key_of
from domain.refund import RefundRejected
from domain.release import ReleaseRejected
from domain.trade import Trade
from domain.unit_of_work import Loaded, Step, UnitOfWork
from tests.given import AT, World
from tests.golden.examples import enveloped

A = TypeVar("A", bound=Aggregate)


def each(world: World, kind: type[A]) -> Iterator[A]:
    """Return every aggregate of a kind."""
    return (loaded.aggregate for loaded in world.aggregates.values() if isinstance(loaded.aggregate, kind))


def every_entry_sums_to_zero(steps: Iterable[Step]) -> None:
    """Each event's entry has as much debit as credit, in every currency."""
    for step in steps:
        entry = post(step.reference, step.event)
        sums: dict[str, int] = {}
        for posting in entry.postings if entry else ():
            assert posting.amount_minor
            sums[posting.currency] = sums.get(posting.currency, 0) + posting.amount_minor
        assert not any(sums.values()), step


def no_event_moves_less_than_nothing(steps: Iterable[Step]) -> None:
    """No amount of an event is below zero: what goes the other way is another event."""
    for step in steps:
        amounts = {name: getattr(step.event, name) for name in step.event.__struct_fields__ if name.endswith("_minor")}
        assert not [name for name, minor in amounts.items() if minor < 0], step


def holds_are_proved(world: World) -> None:
    """What the Hold aggregates say is held and frozen is what their accounts say, for each and in sum."""
    for hold in each(world, Hold):
        key = key_of(hold.reference)
        assert -world.balances[f"hold:{key}", hold.currency] == hold.held_minor
        assert -world.balances[f"frozen:{key}", hold.currency] == hold.frozen_minor
    assert _control(world, "hold:") == -sum(hold.held_minor for hold in each(world, Hold))
    assert _control(world, "frozen:") == -sum(hold.frozen_minor for hold in each(world, Hold))


def payees_are_proved(world: World) -> None:
    """What a payee account says is the sum of the party's payable and refundable accounts, for each and in sum."""
    for payee in each(world, PayeeAccount):
        payable_minor = world.balances[f"payable:exporter:{payee.party}", payee.currency]
        refundable_minor = world.balances[f"refundable:buyer:{payee.party}", payee.currency]
        assert payee.balance_minor == -(payable_minor + refundable_minor)
    accounts_minor = _control(world, "payable:exporter:") + _control(world, "refundable:buyer:")
    assert accounts_minor == -sum(payee.balance_minor for payee in each(world, PayeeAccount))


def every_minor_unit_is_somewhere(world: World) -> None:
    """What came in is held, frozen, released, refunded or taken back by a bank; nothing is below zero or twice."""
    for hold in each(world, Hold):
        released, recovered = hold.released, hold.recovered
        kept_minor = hold.received_minor - released.gross_minor + recovered.gross_minor
        assert hold.held_minor + hold.frozen_minor == kept_minor - hold.refunded_minor - hold.charged_back_minor
        assert min(hold.held_minor, hold.frozen_minor) >= 0
        assert released.gross_minor - recovered.gross_minor + hold.refunded_minor <= hold.received_minor
        assert 0 <= recovered.gross_minor <= released.gross_minor
        assert 0 <= recovered.fee_minor <= released.fee_minor
        assert 0 <= recovered.tax_minor <= released.tax_minor
        assert released.net_minor >= 0
        assert recovered.gross_minor < released.gross_minor or recovered == released
        assert sum(hold.paid_by_step) == hold.received_minor
        assert hold.status == "open" or not (hold.held_minor or hold.frozen_minor)
    cash_minor = _control(world, "clearing:")
    assert cash_minor == sum(
        hold.received_minor - hold.charged_back_minor - hold.charged_to_exporter_minor - hold.charged_to_buyer_minor
        for hold in each(world, Hold)
    )


def orders_are_consistent(world: World) -> None:
    """No more is dispatched than was ordered, nothing is delivered that wasn't dispatched, and steps sum to lines."""
    for order in each(world, Order):
        assert sum(step.amount_minor for step in order.terms.steps) == order.total_minor
        assert sum(line.amount_minor for line in order.lines) == order.total_minor
        assert all(0 <= left <= line.quantity for left, line in zip(order.undispatched, order.lines, strict=True))
        assert order.delivered <= set(range(1, order.dispatches + 1))
        assert (order.receipt is not None) == (order.status in {"received", "completed"})
        assert (world.load(hold_id(key_of(order.reference))).version > 0) or order.status in {"placed", "cancelled"}


def free_money_is_proposed(world: World) -> None:
    """What is due waits or is paid, unless a release was rejected; what is in excess, unless a refund was."""
    happened = {(type(step.event), key_of(step.reference)) for step, _ in world.steps}
    for order in each(world, Order):
        key = key_of(order.reference)
        trade = Trade(key, UnitOfWork(world.load, actor="law", occurred_at=AT))
        assert (ReleaseRejected, key) in happened or not trade.due_minor, trade.hold
        assert (RefundRejected, key) in happened or not trade.excess_minor, trade.hold


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


def the_log_replays(world: World) -> None:
    """Folding the stored bytes from zero gives every aggregate as it stands, field by field, with dense versions."""
    replayed: dict[str, Loaded] = {}
    for step, at in world.steps:
        aggregate, version = replayed.get(step.reference, Loaded(None, 0))
        assert step.version == version + 1
        event = decode(type_of(step.event).topic, encode(enveloped(step.event))).event
        assert event == step.event
        replayed[step.reference] = Loaded(evolve(aggregate, event, step.reference, at), step.version)
    assert replayed == world.aggregates


def every_law(world: World) -> None:
    """All that holds of a whole book, whatever was said to it."""
    holds_are_proved(world)
    payees_are_proved(world)
    every_minor_unit_is_somewhere(world)
    orders_are_consistent(world)
    free_money_is_proposed(world)
    proposals_are_numbered(world)
    finished_trades_are_settled(world)


def _control(world: World, prefix: str) -> int:
    return sum(minor for (account, _), minor in world.balances.items() if account.startswith(prefix))

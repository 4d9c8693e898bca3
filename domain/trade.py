"""A trade is one order together with its money: what is free, what is due to whom, and whether it is done."""

from itertools import count

from domain.clock import Clock, Clocks
from domain.dispute import Dispute
from domain.dispute_refusals import DisputeAlreadyOpen
from domain.hold import CurrencyDiffers, Hold
from domain.order import Order
from domain.references import clocks_id, dispute_id, hold_id, key_of, order_id, refunds_id, releases_id
from domain.refund import Refunds
from domain.release import Releases
from domain.rulebook import Rulebook
from domain.rules import Rules
from domain.unit_of_work import UnitOfWork


class Trade:
    """One order with its money, as a unit of work sees it: each part is read when it is first needed."""

    def __init__(self, order: str, uow: UnitOfWork) -> None:
        self.order = uow.get(Order, order_id(order))
        self.hold = uow.find(Hold, hold_id(order)) or _empty(self.order)
        self.releases = uow.find(Releases, releases_id(order)) or Releases(reference=releases_id(order))
        self.refunds = uow.find(Refunds, refunds_id(order)) or Refunds(reference=refunds_id(order))

    @property
    def free_minor(self) -> int:
        """Return how much is held that no pending release or refund waits for."""
        refunds_minor = sum(p.amount_minor - p.breakdown.gross_minor for p in self.refunds.pending)
        return self.hold.held_minor - self.releases.pending_minor - refunds_minor

    @property
    def unpromised_minor(self) -> int:
        """Return how much is held that no refund waits for: a release that waits has no right to it yet."""
        return self.free_minor + self.releases.pending_minor

    @property
    def unreleased_minor(self) -> int:
        """Return what the exporter is owed of the order's total, hasn't been paid, and nobody has proposed to pay."""
        owed_minor = self.order.total_minor - self.hold.conceded_minor
        return owed_minor - self.hold.released.gross_minor - self.releases.pending_minor

    @property
    def due_minor(self) -> int:
        """Return how much is due to the exporter now: nothing before the goods are received."""
        return max(0, min(self.free_minor, self.unreleased_minor)) if self.order.receipt else 0

    @property
    def excess_minor(self) -> int:
        """Return how much is held that will never be the exporter's: all of it once cancelled, else the overpayment."""
        if self.order.status == "cancelled":
            return max(0, self.free_minor)
        paid_up = self.order.receipt is not None and self.unreleased_minor <= 0
        return max(0, self.free_minor) if paid_up else 0

    @property
    def pending_minor(self) -> int:
        """Return how much waits to be released or refunded."""
        return self.releases.pending_minor + self.refunds.pending_minor

    @property
    def is_settled(self) -> bool:
        """Return whether nothing is held, disputed, frozen or proposed any more."""
        kept_minor = self.hold.held_minor + self.hold.disputed_minor + self.hold.frozen_minor
        return not (kept_minor or self.pending_minor)

    @property
    def is_done(self) -> bool:
        """Return whether the goods are received, fully paid for, and all the money has gone where it belongs."""
        paid = self.hold.received_minor >= self.order.total_minor
        return self.order.status == "received" and paid and self.is_settled


def trade_of(order: str, uow: UnitOfWork) -> Trade:
    """
    Return an order whose money may be held, with that money.

    Raises: AggregateNotFound.
    """
    hold_of(order, uow)
    return Trade(order, uow)


def order_of(order: str, uow: UnitOfWork) -> Order:
    """
    Return an order by its key.

    Raises: AggregateNotFound.
    """
    return uow.get(Order, order_id(order))


def hold_of(order: str, uow: UnitOfWork) -> Hold:
    """
    Return the money held for an order by the order's key.

    Raises: AggregateNotFound.
    """
    return uow.get(Hold, hold_id(order))


def find_clock(order: str, name: str, uow: UnitOfWork) -> Clock | None:
    """Return a running clock of a trade by name, or nothing."""
    clocks = uow.find(Clocks, clocks_id(order))
    return clocks.find(name) if clocks else None


def disputes_of(order: str, uow: UnitOfWork) -> list[Dispute]:
    """Return every dispute of an order, in the order of their numbers."""
    numbers = count(1)
    return list(iter(lambda: uow.find(Dispute, dispute_id(order, next(numbers))), None))


def open_dispute_of(order: str, uow: UnitOfWork) -> Dispute | None:
    """Return the dispute of an order that isn't settled, or nothing: there is one at a time, the last."""
    disputes = disputes_of(order, uow)
    return disputes[-1] if disputes and disputes[-1].status != "settled" else None


def awards_waiting(order: str, uow: UnitOfWork) -> int:
    """Return how much of an order's frozen money its disputes have given the buyer, in minor units."""
    return sum(dispute.waiting_minor for dispute in disputes_of(order, uow))


def check_currency(said: str, order: str, *, needed: str) -> None:
    """
    Check that amounts said about an order are in its currency; said is empty where none was named.

    Raises: CurrencyDiffers.
    """
    if said not in {"", needed}:
        raise CurrencyDiffers(hold=hold_id(order), currency=said, needed=needed)


def check_undisputed(order: str, uow: UnitOfWork) -> None:
    """
    Check that no dispute about an order is open.

    Raises: DisputeAlreadyOpen.
    """
    if dispute := open_dispute_of(order, uow):
        raise DisputeAlreadyOpen(dispute=dispute.reference)


def rules_of(order: Order, uow: UnitOfWork) -> Rules:
    """Return the rules that an order was placed under."""
    return uow.get(Rulebook, order.terms.rulebook).rules


def _empty(order: Order) -> Hold:
    return Hold(
        reference=hold_id(key_of(order.reference)),
        buyer=order.buyer,
        exporter=order.exporter,
        currency=order.currency,
        paid_by_step=(),
    )

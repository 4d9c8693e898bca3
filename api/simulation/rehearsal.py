"""A rehearsal is one trade on its own time, decided in memory, so that its story knows what the ledger will answer."""

from collections import Counter
from datetime import datetime, timedelta
from typing import TypeVar

from api.simulation.world import OPERATOR, RULEBOOK, RULES, Dice
from domain import commands, handlers
from domain.aggregate import Aggregate
from domain.errors import LedgerError
from domain.hold import Hold
from domain.order import Order
from domain.references import hold_id, order_id
from domain.rulebook import Rulebook
from domain.trade import Trade
from domain.unit_of_work import Loaded, UnitOfWork
from ledger.outcomes import Submission

PRINCIPAL = "simulator"

VERBS: dict[type[commands.OrderCommand], str] = {
    commands.PlaceOrder: "place",
    commands.AcceptOrder: "accept",
    commands.CancelOrder: "cancel",
    commands.RecordPayment: "pay",
    commands.DispatchGoods: "dispatch",
    commands.RecordDelivery: "deliver",
    commands.ConfirmReceipt: "confirm",
    commands.LapseInspection: "lapse",
    commands.ProposeRelease: "propose-release",
    commands.ApproveRelease: "approve-release",
    commands.RejectRelease: "reject-release",
    commands.ProposeRefund: "propose-refund",
    commands.ApproveRefund: "approve-refund",
    commands.RejectRefund: "reject-refund",
    commands.FreezeHold: "freeze",
    commands.UnfreezeHold: "unfreeze",
    commands.RecordChargeback: "charge-back",
    commands.CloseHold: "close",
}
"""What a command is called in its id, as `sim-PO-000123-pay-1`."""

_RULEBOOK = Rulebook(reference=f"rulebook:{RULEBOOK}", rules=RULES, drafted_by=OPERATOR, status="published")
_NEVER = Loaded(None, 0)

A = TypeVar("A", bound=Aggregate)


class Rehearsal:
    """
    One trade as the ledger will see it, by the domain's own rules: its story needs no second copy of them.

    No rule looks at another trade, so what is refused here is refused there, and proposals get the same numbers.
    """

    def __init__(self, key: str, *, starts_at: datetime, dice: Dice) -> None:
        self.key = key
        self.at = starts_at
        self._dice = dice
        self._said: Counter[str] = Counter()
        self._aggregates = {_RULEBOOK.reference: Loaded(_RULEBOOK, 3)}

    @property
    def order(self) -> Order:
        """Return the order, which must have been placed."""
        return self._get(Order, order_id(self.key))

    @property
    def hold(self) -> Hold:
        """Return the money held for the order, which must have been accepted."""
        return self._get(Hold, hold_id(self.key))

    @property
    def trade(self) -> Trade:
        """Return the order with its money; the order must have been placed."""
        return Trade(self.key, self._uow(OPERATOR))

    def say(self, command: commands.OrderCommand, actor: str) -> Submission:
        """Return a command as it is submitted now, after deciding it here; one that is refused changes nothing."""
        verb = VERBS[type(command)]
        self._said[verb] += 1
        self._hear(command, actor)
        return Submission(
            command=command,
            command_id=f"sim-{self.key}-{verb}-{self._said[verb]}",
            principal=PRINCIPAL,
            actor=actor,
            role=actor.partition(":")[0],
            occurred_at=self.at,
        )

    def wait_days(self, bounds: tuple[int, int]) -> None:
        """Let so many days pass, by chance."""
        low, high = bounds
        self.wait_hours((24 * low, 24 * high))

    def wait_hours(self, bounds: tuple[int, int]) -> None:
        """Let so many hours pass, by chance, to the second."""
        low, high = bounds
        self.at += timedelta(seconds=self._dice.whole((3_600 * low, 3_600 * high)))

    def wait_until(self, at: datetime) -> None:
        """Let time pass until an instant, if it hasn't."""
        self.at = max(self.at, at)

    def _hear(self, command: commands.Command, actor: str) -> None:
        uow = self._uow(actor)
        try:
            handlers.decide(command, uow)
        except LedgerError:
            return
        self._aggregates.update(uow.changed)

    def _get(self, kind: type[A], reference: str) -> A:
        aggregate = self._aggregates[reference].aggregate
        assert isinstance(aggregate, kind)  # noqa: S101 - a reference says its kind
        return aggregate

    def _uow(self, actor: str) -> UnitOfWork:
        return UnitOfWork(self._load, actor=actor, occurred_at=self.at)

    def _load(self, reference: str) -> Loaded:
        return self._aggregates.get(reference, _NEVER)

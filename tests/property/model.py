"""
A naive model of trades: a dictionary of plain integers for each order, and the rules again in the simplest words.

It shares no code with the domain but its commands, and looks at no event: from a command alone it says whether the
command is accepted and what stands in the books afterwards.
"""

import re
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain import commands
from domain.commands import Command
from domain.money import Money

INSPECTION_DAYS = {"express": 15, "air": 15, "land": 30, "sea": 45, "post": 60}


class No(Exception):  # noqa: N818 - `raise No` is what it says
    """The model refuses."""


@dataclass
class Waiting:
    """A release or refund that waits for a second person."""

    amount: int
    recovery: int
    proposer: str
    moved: tuple[int, int]
    """Released and recovered at the time of the proposal."""


@dataclass
class ModelOrder:
    """One order and its money."""

    total: int
    steps: int
    left: list[int]
    mode: str
    status: str = "placed"
    dispatches: int = 0
    delivered: set[int] = field(default_factory=set)
    last_dispatched_at: datetime | None = None
    hold: str = "none"
    received: int = 0
    held: int = 0
    frozen: int = 0
    released: int = 0
    recovered: int = 0
    refunded: int = 0
    charged_back: int = 0
    charged_to_exporter: int = 0
    charged_to_buyer: int = 0
    releases: dict[int, Waiting] = field(default_factory=dict)
    refunds: dict[int, Waiting] = field(default_factory=dict)
    proposed_releases: int = 0
    proposed_refunds: int = 0

    @property
    def free(self) -> int:
        """Return what is held and waits for nobody."""
        releases = sum(waiting.amount for waiting in self.releases.values())
        return self.held - releases - sum(waiting.amount - waiting.recovery for waiting in self.refunds.values())

    @property
    def owed(self) -> int:
        """Return how much of the total is neither released nor waits to be."""
        return self.total - self.released - sum(waiting.amount for waiting in self.releases.values())

    @property
    def due(self) -> int:
        """Return what the exporter may be paid now."""
        return max(0, min(self.free, self.owed)) if self.status in {"received", "completed"} else 0

    @property
    def recoverable(self) -> int:
        """Return what the exporter may be asked back."""
        return max(0, self.released - self.recovered - self.charged_to_exporter)


class Model:
    """All orders, under one rulebook with a threshold: the smallest amount that a second person looks at."""

    def __init__(self, *, threshold: int | None) -> None:
        self.threshold = threshold
        self.orders: dict[str, ModelOrder] = {}

    def say(self, command: Command, actor: str, at: datetime, *, happened: bool) -> bool:
        """
        Return whether the command is accepted, after what it does.

        happened: whether it was; believed only where fee and tax of a recovery decide, which the model doesn't know.
        """
        before = deepcopy(self.orders)
        try:
            self._obey(command, actor, at, happened=happened)
        except No:
            self.orders = before
            return False
        return True

    def _obey(self, command: Command, actor: str, at: datetime, *, happened: bool) -> None:
        match command:
            case commands.PlaceOrder():
                self._place(command)
            case commands.OrderCommand():
                order = self.orders.get(command.order)
                need(order is not None)
                assert order is not None
                self._obey_on(order, command, actor, at, happened=happened)
                finish(order)
            case _:
                raise AssertionError(command)

    def _place(self, command: commands.PlaceOrder) -> None:
        need(command.order not in self.orders)
        self.orders[command.order] = ModelOrder(
            total=sum(line.amount_minor for line in command.lines),
            steps=len(command.steps) or 1,
            left=[line.quantity for line in command.lines],
            mode=command.transport_mode,
        )

    def _obey_on(self, order: ModelOrder, command: Command, actor: str, at: datetime, *, happened: bool) -> None:
        need(re.fullmatch(r"[A-Za-z0-9._-]+", getattr(command, "reason", "fine")) is not None)
        match command:
            case commands.AcceptOrder():
                need(order.status == "placed")
                order.status, order.hold = "accepted", "open"
            case commands.CancelOrder():
                need(order.status != "cancelled" and not order.dispatches)
                order.status = "cancelled"
                self._settle(order, actor)
            case commands.DispatchGoods():
                dispatch(order, command, at)
            case commands.RecordDelivery():
                deliver(order, command)
            case commands.ConfirmReceipt():
                need(order.status in {"dispatched", "delivered"})
                order.status = "received"
                self._settle(order, actor)
            case commands.LapseInspection():
                need(order.status in {"dispatched", "delivered"} and order.last_dispatched_at is not None)
                assert order.last_dispatched_at is not None
                need(at >= order.last_dispatched_at + timedelta(days=INSPECTION_DAYS[order.mode]))
                order.status = "received"
                self._settle(order, actor)
            case _:
                need(order.hold != "none")
                self._obey_on_money(order, command, actor, happened=happened)

    def _obey_on_money(self, order: ModelOrder, command: Command, actor: str, *, happened: bool) -> None:
        match command:
            case commands.RecordPayment():
                minor = amount(command.amount)
                need(order.status not in {"placed", "cancelled"} and 1 <= command.step <= order.steps)
                need(order.hold == "open")
                order.received += minor
                order.held += minor
                self._settle(order, actor)
            case commands.FreezeHold():
                minor = order.held if command.amount is None else amount(command.amount)
                need(order.hold == "open" and 0 < minor <= order.held)
                order.held, order.frozen = order.held - minor, order.frozen + minor
            case commands.UnfreezeHold():
                minor = order.frozen if command.amount is None else amount(command.amount)
                need(0 < minor <= order.frozen)
                order.held, order.frozen = order.held + minor, order.frozen - minor
                self._settle(order, actor)
            case commands.RecordChargeback():
                charge_back(order, amount(command.amount))
            case commands.CloseHold():
                need(order.status in {"completed", "cancelled"} and order.hold == "open")
                need(order.held == order.frozen == 0 and not order.releases and not order.refunds)
                order.hold = "closed"
            case _:
                self._obey_on_proposals(order, command, actor, happened=happened)

    def _obey_on_proposals(self, order: ModelOrder, command: Command, actor: str, *, happened: bool) -> None:
        match command:
            case commands.ProposeRelease():
                minor = order.due if command.amount is None else amount(command.amount)
                need(0 < minor <= order.due)
                self._propose_release(order, minor, actor)
            case commands.ProposeRefund():
                minor = amount(command.amount)
                need(order.hold == "open" and minor - order.held <= order.recoverable)
                self._propose_refund(order, minor, actor)
            case commands.ApproveRelease() | commands.RejectRelease():
                waiting = taken(order.releases, command.number, actor)
                if isinstance(command, commands.ApproveRelease):
                    self._release(order, waiting, actor)
            case commands.ApproveRefund() | commands.RejectRefund():
                waiting = taken(order.refunds, command.number, actor)
                if isinstance(command, commands.ApproveRefund):
                    refund(order, waiting, happened=happened)
                elif order.due:
                    self._propose_release(order, order.due, actor)
            case _:
                raise AssertionError(command)

    def _settle(self, order: ModelOrder, actor: str) -> None:
        if order.due:
            self._propose_release(order, order.due, actor)
        over = order.status == "cancelled" or (order.status in {"received", "completed"} and order.owed <= 0)
        if over and order.free > 0:
            self._propose_refund(order, order.free, actor)

    def _propose_release(self, order: ModelOrder, minor: int, actor: str) -> None:
        order.proposed_releases += 1
        waiting = Waiting(minor, 0, actor, (order.released, order.recovered))
        if self._needs_second(minor):
            order.releases[order.proposed_releases] = waiting
        else:
            self._release(order, waiting, actor)

    def _propose_refund(self, order: ModelOrder, minor: int, actor: str) -> None:
        order.proposed_refunds += 1
        waiting = Waiting(minor, max(0, minor - order.held), actor, (order.released, order.recovered))
        if self._needs_second(minor):
            order.refunds[order.proposed_refunds] = waiting
        else:
            refund(order, waiting, happened=True)

    def _release(self, order: ModelOrder, waiting: Waiting, actor: str) -> None:
        need(order.hold == "open" and waiting.amount <= order.held)
        order.held -= waiting.amount
        order.released += waiting.amount
        self._settle(order, actor)

    def _needs_second(self, minor: int) -> bool:
        return self.threshold is not None and minor >= self.threshold


def refund(order: ModelOrder, waiting: Waiting, *, happened: bool) -> None:
    """Give money back, after taking back what is missing."""
    missing = max(0, waiting.amount - order.held)
    need(order.hold == "open" and missing <= order.recoverable and missing == waiting.recovery)
    if missing and waiting.moved != (order.released, order.recovered):
        need(happened)
    order.held += missing - waiting.amount
    order.recovered += missing
    order.refunded += waiting.amount


def dispatch(order: ModelOrder, command: commands.DispatchGoods, at: datetime) -> None:
    """Hand goods over."""
    need(order.status in {"accepted", "part_dispatched"})
    if command.lines is None:
        order.left = [0] * len(order.left)
    else:
        need(command.lines != () and len({line.line for line in command.lines}) == len(command.lines))
        for line in command.lines:
            need(1 <= line.line <= len(order.left) and 1 <= line.quantity <= order.left[line.line - 1])
            order.left[line.line - 1] -= line.quantity
    order.dispatches += 1
    order.status = "part_dispatched" if any(order.left) else "dispatched"
    order.last_dispatched_at = max(at, order.last_dispatched_at or at)


def deliver(order: ModelOrder, command: commands.RecordDelivery) -> None:
    """Hand a dispatch over at its destination."""
    number = order.dispatches if command.dispatch is None else command.dispatch
    need(1 <= number <= order.dispatches and number not in order.delivered)
    order.delivered.add(number)
    if order.status == "dispatched" and len(order.delivered) == order.dispatches:
        order.status = "delivered"


def charge_back(order: ModelOrder, minor: int) -> None:
    """Take held, then frozen money, then what the exporter got, then what the buyer got, the rest from the exporter."""
    for _ in range(minor):
        if order.held:
            order.held -= 1
            order.charged_back += 1
        elif order.frozen:
            order.frozen -= 1
            order.charged_back += 1
        elif order.charged_to_buyer < order.refunded and not order.recoverable:
            order.charged_to_buyer += 1
        else:
            order.charged_to_exporter += 1


def finish(order: ModelOrder) -> None:
    """Complete what is done, and close what a cancellation left empty."""
    settled = not (order.held or order.frozen or order.releases or order.refunds)
    if order.status == "received" and order.received >= order.total and settled:
        order.status = "completed"
    if order.status == "cancelled" and order.hold == "open" and settled:
        order.hold = "closed"


def taken(waiting: dict[int, Waiting], number: int, actor: str) -> Waiting:
    """Return what waits under a number and waits no more, if somebody else proposed it."""
    need(number in waiting and waiting[number].proposer != actor)
    return waiting.pop(number)


def amount(money: Money) -> int:
    """Return an amount in the currency of every order here."""
    need(money.currency == "USD" and money.minor > 0)
    return money.minor


def need(condition: bool) -> None:  # noqa: FBT001 - it reads as a sentence: need(order.held)
    """Refuse unless."""
    if not condition:
        raise No

"""How the naive model performs orders: placed, accepted, amended, dispatched, delivered, received, taken over."""

from datetime import timedelta

from domain import commands
from domain.errors import Malformed, NotFound
from tests.property.model_disputes import Disputes
from tests.property.model_state import ModelAmendment, ModelClock, ModelOrder, Who, need

INSPECTION_DAYS = {"express": 15, "air": 15, "land": 30, "sea": 45, "post": 60}


class Orders(Disputes):
    """What the model does with orders."""

    def place(self, command: commands.PlaceOrder, who: Who) -> None:
        """Place an order."""
        need(command.order not in self.orders)
        self.check_may_trade(command.buyer, command.exporter)
        self.orders[command.order] = _ordered(command, who)

    def take_over(self, command: commands.TakeOverOrder, who: Who) -> None:
        """Go on with an order of another system; how much was released and refunded there is consistent."""
        need(command.buyer != command.exporter, Malformed)
        need(command.order not in self.orders)
        order = self.orders[command.order] = _ordered(command, who)
        order.placed_at, order.inspected_from = command.placed_at, command.dispatched_at
        order.status, order.hold = command.status, "open"
        if command.status != "accepted":
            order.dispatches = 1
            order.left = list(command.undispatched) or [0] * len(order.lines)
        if command.status == "delivered":
            order.delivered = {1}
        if command.dispatched_at:
            order.days_late = max(0, (command.dispatched_at.date() - command.ship_by).days)
        order.paid, order.received = list(command.received_minor), sum(command.received_minor)
        order.held, order.refunded = command.held_minor, command.refunded_minor
        order.released = command.released_gross_minor
        self.freeze_arrived(order, order.held)
        self.open_trade(command.order, order)

    def obey_on_order(self, key: str, order: ModelOrder, command: commands.OrderCommand, who: Who) -> None:
        """Do what is said about an order's performance."""
        match command:
            case commands.AcceptOrder():
                need(order.status == "placed")
                self.check_standing(order.buyer)
                self.check_standing(order.exporter)
                order.status, order.hold, order.paid = "accepted", "open", [0] * len(order.steps)
                self.open_trade(key, order)
            case commands.CancelOrder():
                need(order.status != "cancelled" and not order.dispatches and not order.dispute)
                self.cancel(order, who)
            case commands.DispatchGoods():
                _dispatch(order, command, who)
            case commands.RecordDelivery():
                _deliver(order, command, who)
            case commands.ConfirmReceipt():
                need(order.status in {"dispatched", "delivered"})
                self.receive(order, who)
            case commands.LapseInspection():
                self._lapse(order, who)
            case commands.ExtendInspection():
                self._extend(order, command)
            case _:
                self._obey_on_amendment(order, command, who)

    def cancel(self, order: ModelOrder, who: Who) -> None:
        """Call an order off."""
        order.status = "cancelled"
        self.settle(order, who)

    def receive(self, order: ModelOrder, who: Who) -> None:
        """Accept the goods."""
        order.status, order.received_at = "received", who.at
        self.settle(order, who)

    def _lapse(self, order: ModelOrder, who: Who) -> None:
        if order.lapsed and self.passed:
            return
        need(order.status in {"dispatched", "delivered"})
        clock = order.clocks["inspection"]
        need(not clock.paused and who.at >= clock.due)
        order.lapsed = True
        self.receive(order, who._replace(at=clock.due))

    passed: bool
    """Whether some clock has passed before the command."""

    def _extend(self, order: ModelOrder, command: commands.ExtendInspection) -> None:
        need(order.status in {"dispatched", "delivered"})
        most = min(self.rules.extension_days, self.rules.extension_days_max - sum(order.extended.values()))
        days = self.rules.extension_days if command.days is None else command.days
        need(command.side not in order.extended and 1 <= days <= most)
        order.extended[command.side] = days
        order.clocks["inspection"].due += timedelta(days=days)

    # Amendments

    def _obey_on_amendment(self, order: ModelOrder, command: commands.OrderCommand, who: Who) -> None:
        match command:
            case commands.ProposeAmendment():
                need(not order.dispute)
                self._propose_amendment(order, command)
            case commands.AcceptAmendment():
                need(not order.dispute)
                self._accept_amendment(order, command, who)
            case commands.DeclineAmendment():
                need(order.amendment and order.amendment.number == command.amendment, NotFound)
                order.amendment = None
            case _:
                raise AssertionError(command)

    def _propose_amendment(self, order: ModelOrder, command: commands.ProposeAmendment) -> None:
        change = command.change
        need(change.lines or change.step_amounts_minor or change.ship_by or change.deliver_by, Malformed)
        need(len({line.line for line in change.lines}) == len(change.lines), Malformed)
        need(all(line.quantity > 0 and line.amount_minor > 0 for line in change.lines), Malformed)
        need(all(minor > 0 for minor in change.step_amounts_minor), Malformed)
        need(order.status in AMENDABLE)
        need(not order.amendment)
        need(all(1 <= line.line <= len(order.lines) for line in change.lines), NotFound)
        lines = {line.line: (line.quantity, line.amount_minor) for line in change.lines}
        total = sum(lines.get(number, line)[1] for number, line in enumerate(order.lines, start=1))
        steps = list(change.step_amounts_minor)
        if not steps:
            steps = [minor for minor, _ in order.steps]
            steps[-1] += total - sum(steps)
        amendment = ModelAmendment(order.amendments + 1, command.side, lines, steps, change.ship_by, change.deliver_by)
        self._check_performed(order, amendment)
        need(len(steps) == len(order.steps) and sum(steps) == total and min(steps) > 0, Malformed)
        ship_by, deliver_by = change.ship_by or order.ship_by, change.deliver_by or order.deliver_by
        need(deliver_by is None or ship_by <= deliver_by, Malformed)
        order.amendments, order.amendment = amendment.number, amendment

    def _check_performed(self, order: ModelOrder, amendment: ModelAmendment) -> None:
        for number, (quantity, _) in amendment.lines.items():
            before, left = order.lines[number - 1][0], order.left[number - 1]
            need(quantity >= before - left)
            need(quantity <= before or order.status != "received")
        need(sum(amendment.steps) >= order.released + order.waiting_releases + order.conceded)

    def _accept_amendment(self, order: ModelOrder, command: commands.AcceptAmendment, who: Who) -> None:
        amendment = order.amendment
        need(amendment and amendment.number == command.amendment, NotFound)
        assert amendment
        need(amendment.side != command.side)
        need(order.status in AMENDABLE)
        self._check_performed(order, amendment)
        for number, line in amendment.lines.items():
            order.left[number - 1] += line[0] - order.lines[number - 1][0]
            order.lines[number - 1] = line
        triggers = (trigger for _, trigger in order.steps)
        order.steps = list(zip(amendment.steps, triggers, strict=True))
        order.ship_by = amendment.ship_by or order.ship_by
        order.deliver_by = amendment.deliver_by or order.deliver_by
        order.amendment = None
        if order.status == "part_dispatched" and not any(order.left):
            order.status = "dispatched"
            order.inspected_from = max(who.at, order.inspected_from or who.at)
        elif order.status in {"dispatched", "delivered"} and any(order.left):
            order.status = "part_dispatched"
        self.settle(order, who)

    def pause(self, order: ModelOrder, command: commands.PauseClock | commands.ResumeClock, who: Who) -> None:
        """Let a clock stand still, or run on."""
        need(command.clock in order.clocks, NotFound)
        clock: ModelClock = order.clocks[command.clock]
        if isinstance(command, commands.PauseClock):
            need(clock.paused is None)
            clock.paused = who.at
            return
        need(clock.paused is not None)
        assert clock.paused is not None
        clock.due += max(timedelta(0), who.at - clock.paused)
        clock.paused = None


AMENDABLE = ("accepted", "part_dispatched", "dispatched", "delivered", "received")


def _ordered(command: commands.PlaceOrder | commands.TakeOverOrder, who: Who) -> ModelOrder:
    whole = (sum(line.amount_minor for line in command.lines), "acceptance")
    return ModelOrder(
        buyer=command.buyer,
        exporter=command.exporter,
        lines=[(line.quantity, line.amount_minor) for line in command.lines],
        steps=[(step.amount_minor, step.trigger) for step in command.steps] or [whole],
        left=[line.quantity for line in command.lines],
        mode=command.transport_mode,
        ship_by=command.ship_by,
        deliver_by=command.deliver_by,
        placed_at=who.at,
    )


def _dispatch(order: ModelOrder, command: commands.DispatchGoods, who: Who) -> None:
    need(order.status in {"accepted", "part_dispatched"})
    if command.lines is None:
        order.left = [0] * len(order.left)
    else:
        need(command.lines and len({line.line for line in command.lines}) == len(command.lines), Malformed)
        need(all(line.quantity > 0 for line in command.lines), Malformed)
        for line in command.lines:
            need(1 <= line.line <= len(order.left), NotFound)
            need(line.quantity <= order.left[line.line - 1])
            order.left[line.line - 1] -= line.quantity
    order.dispatches += 1
    order.status = "part_dispatched" if any(order.left) else "dispatched"
    order.inspected_from = max(who.at, order.inspected_from or who.at)
    order.days_late = max(order.days_late, (who.at.date() - order.ship_by).days)


def _deliver(order: ModelOrder, command: commands.RecordDelivery, who: Who) -> None:
    number = order.dispatches if command.dispatch is None else command.dispatch
    need(1 <= number <= order.dispatches, NotFound)
    need(number not in order.delivered)
    order.delivered.add(number)
    if order.status == "dispatched" and len(order.delivered) == order.dispatches:
        order.status = "delivered"
    if order.deliver_by:
        order.days_late = max(order.days_late, (who.at.date() - order.deliver_by).days)

"""A simulated trade is one order's story, from the order to the close of its hold, with what trouble chance sends."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from api.simulation import world
from api.simulation.money import SimulatedMoney
from api.simulation.rehearsal import Rehearsal
from api.simulation.world import INSPECTION_CLOCK, OPERATOR, RULES, Dice
from domain import commands
from domain.money import split
from domain.order import Line, LineQuantity, PaymentStep
from ledger.outcomes import Submission


class SimulatedTrade:
    """
    One trade that begins at an instant and goes on until its story is told.

    Every draw of the dice happens when the story reaches it, and its time never goes back.
    """

    def __init__(self, number: int, *, starts_at: datetime, dice: Dice) -> None:
        self._order = f"PO-{number:06d}"
        self._buyer = f"BUY-{dice.party(world.BUYERS)}"
        self._exporter = f"EXP-{dice.party(world.EXPORTERS)}"
        self._market = dice.pick(world.MARKETS)
        self._dice = dice
        self._rehearsal = Rehearsal(self._order, starts_at=starts_at, dice=dice)
        self._money = SimulatedMoney(self._rehearsal, market=self._market, dice=dice)

    def story(self) -> Iterator[Submission]:
        """Yield what is said in this trade, in order of time; now and then the same twice."""
        for submission in self._course():
            yield submission
            if self._dice.chance(world.SENT_TWICE):
                yield submission

    def _course(self) -> Iterator[Submission]:
        yield self._buyer_says(self._place_order())
        if self._dice.chance(world.NEVER_ACCEPTED):
            yield from self._abandon()
            return
        self._rehearsal.wait_hours((2, 72))
        yield self._exporter_says(commands.AcceptOrder(order=self._order))
        if self._dice.chance(world.NEVER_PAID):
            yield from self._abandon()
            return
        yield from self._money.pay("acceptance")
        if self._dice.chance(world.FROZEN):
            yield from self._money.suspect()
        elif self._dice.chance(world.CANCELLED_PAID):
            yield from self._cancel("no-longer-needed")
        if self._rehearsal.order.status == "accepted" and not self._rehearsal.hold.frozen_minor:
            yield from self._perform()

    def _perform(self) -> Iterator[Submission]:
        yield from self._dispatch()
        yield from self._money.pay("dispatch")
        yield from self._deliver()
        yield from self._money.pay("delivery")
        if self._dice.chance(world.REFUNDED_BEFORE_RECEIPT):
            yield from self._money.refund("price-reduction")
        charged_back = self._money.chargeback_comes()
        early = charged_back and self._dice.chance(world.CHARGED_BACK_BEFORE_RECEIPT)
        if early:
            yield from self._money.charge_back()
        yield from self._receive()
        yield from self._money.settle()
        yield from self._money.pay_late()
        if self._dice.chance(world.REFUNDED_AFTER_RECEIPT):
            yield from self._money.refund("quality")
        if charged_back and not early:
            yield from self._money.charge_back()
        yield from self._money.close()

    def _place_order(self) -> commands.PlaceOrder:
        lines = self._lines()
        return commands.PlaceOrder(
            order=self._order,
            buyer=self._buyer,
            exporter=self._exporter,
            currency=self._market.currency,
            lines=lines,
            steps=self._steps(sum(line.amount_minor for line in lines)),
            transport_mode=self._dice.pick(world.MODES),
            ship_by=(self._rehearsal.at + timedelta(days=self._dice.whole(world.LEAD_DAYS))).date(),
            rulebook=world.RULEBOOK,
        )

    def _steps(self, total_minor: int) -> tuple[PaymentStep, ...]:
        payment = self._dice.pick(world.PAYMENTS)
        if len(payment.shares) == 1:
            return ()
        parts = zip(("deposit", "balance"), split(total_minor, payment.shares), payment.triggers, strict=True)
        return tuple(PaymentStep(name=name, amount_minor=minor, trigger=trigger) for name, minor, trigger in parts)

    def _lines(self) -> tuple[Line, ...]:
        large = self._dice.chance(world.LARGE_ORDERS)
        count = self._dice.whole(world.LARGE_ORDER_LINES if large else world.ORDER_LINES)
        dollars = self._dice.spread(world.ORDER_DOLLARS_MEDIAN, sigma=world.ORDER_VALUE_SIGMA)
        line_minor = int(max(dollars, world.ORDER_DOLLARS_MIN) * self._market.minor_per_dollar) // count
        return tuple(self._line(number, line_minor) for number in range(1, count + 1))

    def _line(self, number: int, about_minor: int) -> Line:
        quantity = 10 * self._dice.whole((1, 50))
        unit_minor = max(1, about_minor * self._dice.whole((50, 150)) // (100 * quantity))
        sku = f"SKU-{self._dice.whole((1_000, 9_999))}"
        return Line(number=number, sku=sku, quantity=quantity, amount_minor=unit_minor * quantity)

    def _abandon(self) -> Iterator[Submission]:
        if self._dice.chance(world.CANCELLED_UNPAID):
            self._rehearsal.wait_days((3, 20))
            yield from self._cancel("no-agreement")

    def _cancel(self, reason: str) -> Iterator[Submission]:
        self._rehearsal.wait_hours((4, 96))
        yield self._buyer_says(commands.CancelOrder(order=self._order, reason=reason))
        yield from self._money.decide_proposals()
        if self._dice.chance(world.PAID_AFTER_CANCELLATION):
            yield from self._money.pay_in_vain()

    def _dispatch(self) -> Iterator[Submission]:
        self._rehearsal.wait_until(self._dispatch_begins())
        parts = self._dice.whole(world.DISPATCH_PARTS) if self._dice.chance(world.PART_SHIPMENTS) else 1
        for _ in range(parts - 1):
            yield self._exporter_says(self._dispatch_half())
            self._rehearsal.wait_days((2, 12))
        yield self._exporter_says(commands.DispatchGoods(order=self._order))
        if self._dice.chance(world.DISPATCHED_TWICE):
            self._rehearsal.wait_hours((1, 24))
            yield self._exporter_says(commands.DispatchGoods(order=self._order))
        if self._dice.chance(world.CANCELLED_TOO_LATE):
            self._rehearsal.wait_hours((1, 24))
            yield self._buyer_says(commands.CancelOrder(order=self._order, reason="changed-mind"))

    def _dispatch_begins(self) -> datetime:
        late = self._dice.chance(world.LATE_DISPATCHES)
        days = self._dice.whole(world.LATE_DISPATCH_DAYS) if late else -self._dice.whole(world.EARLY_DISPATCH_DAYS)
        midnight = datetime.combine(self._rehearsal.order.terms.ship_by, time(tzinfo=UTC))
        return midnight + timedelta(days=days, minutes=self._dice.whole((6 * 60, 18 * 60)))

    def _dispatch_half(self) -> commands.DispatchGoods:
        left = enumerate(self._rehearsal.order.undispatched, start=1)
        halves = tuple(LineQuantity(line=line, quantity=quantity // 2) for line, quantity in left if quantity > 1)
        return commands.DispatchGoods(order=self._order, lines=halves)

    def _deliver(self) -> Iterator[Submission]:
        mode = self._rehearsal.order.terms.transport_mode
        self._rehearsal.wait_days(world.TRANSIT_DAYS[mode])
        if self._dice.chance(world.LATE_DELIVERIES):
            self._rehearsal.wait_days(world.LATE_DELIVERY_DAYS)
        if self._dice.chance(world.UNRECORDED_DELIVERIES):
            return
        for number in range(1, self._rehearsal.order.dispatches + 1):
            self._rehearsal.wait_hours((1, 24))
            yield self._delivery(number)
        if self._dice.chance(world.DELIVERED_TWICE):
            self._rehearsal.wait_hours((1, 24))
            yield self._delivery(1)

    def _delivery(self, number: int) -> Submission:
        return self._rehearsal.say(commands.RecordDelivery(order=self._order, dispatch=number), OPERATOR)

    def _receive(self) -> Iterator[Submission]:
        if self._dice.chance(world.SILENT_BUYERS):
            yield from self._stay_silent()
        else:
            self._rehearsal.wait_hours((6, 240))
            yield self._buyer_says(commands.ConfirmReceipt(order=self._order))

    def _stay_silent(self) -> Iterator[Submission]:
        lapse = commands.LapseInspection(order=self._order)
        order = self._rehearsal.order
        dispatched_at = order.last_dispatched_at or self._rehearsal.at
        ends_at = RULES.inspection_ends_at(dispatched_at, order.terms.transport_mode)
        if self._rehearsal.at < ends_at and self._dice.chance(world.LAPSED_TOO_EARLY):
            yield self._rehearsal.say(lapse, OPERATOR)
        self._rehearsal.wait_until(ends_at)
        self._rehearsal.wait_hours((0, 1))
        yield self._rehearsal.say(lapse, INSPECTION_CLOCK)

    def _buyer_says(self, command: commands.OrderCommand) -> Submission:
        return self._rehearsal.say(command, f"buyer:{self._buyer}")

    def _exporter_says(self, command: commands.OrderCommand) -> Submission:
        return self._rehearsal.say(command, f"exporter:{self._exporter}")

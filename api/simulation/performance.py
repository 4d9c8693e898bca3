"""Simulated performance is how the goods of one order leave, arrive and are accepted, or not."""

from datetime import UTC, date, datetime, time, timedelta

from api.simulation import odds, world
from api.simulation.pauses import pause
from api.simulation.stage import Stage, Story
from api.simulation.world import OPERATOR
from domain import commands
from domain.order import LineQuantity
from domain.side import BUYER, EXPORTER, Side, other

UNDER_INSPECTION = {"dispatched", "delivered"}


class SimulatedPerformance:
    """What an exporter, a carrier and a buyer do about goods."""

    def __init__(self, order: str, *, stage: Stage) -> None:
        self._order = order
        self._stage = stage
        self._dice = stage.dice

    @property
    def ship_by(self) -> datetime:
        """Return the beginning of the day on which the goods must leave."""
        return _midnight_of(self._stage.order(self._order).terms.ship_by)

    @property
    def is_inspected(self) -> bool:
        """Return whether all goods have left and the buyer hasn't accepted them yet."""
        return self._stage.order(self._order).status in UNDER_INSPECTION

    def dispatch(self) -> Story:
        """Hand the goods to the carrier: mostly in time, mostly at once."""
        late = self._dice.chance(odds.LATE_DISPATCHES)
        days = self._dice.whole(odds.LATE_DISPATCH_DAYS) if late else -self._dice.whole(odds.EARLY_DISPATCH_DAYS)
        minutes = self._dice.whole((6 * 60, 18 * 60))
        yield self._stage.until(self.ship_by + timedelta(days=days, minutes=minutes))
        parts = self._dice.whole(odds.DISPATCH_PARTS) if self._dice.chance(odds.PART_SHIPMENTS) else 1
        for _ in range(parts - 1):
            self._say_dispatched(self._half())
            yield self._stage.days((2, 12))
        self._say_dispatched(None)
        if self._dice.chance(odds.DISPATCHED_TWICE):
            yield self._stage.hours((1, 24))
            self._say_dispatched(None)
        if self._dice.chance(odds.CANCELLED_TOO_LATE):
            yield self._stage.hours((1, 24))
            cancel = commands.CancelOrder(order=self._order, reason="changed-mind")
            self._stage.say(cancel, self._stage.speaker(self._order, BUYER))

    def deliver(self) -> Story:
        """Let the goods travel and arrive; the carrier may say so never, or twice."""
        yield self._stage.days(world.TRANSIT_DAYS[self._stage.order(self._order).terms.transport_mode])
        if self._dice.chance(odds.LATE_DELIVERIES):
            yield self._stage.days(odds.LATE_DELIVERY_DAYS)
        if self._dice.chance(odds.UNRECORDED_DELIVERIES):
            return
        order = self._stage.order(self._order)
        for number in sorted({*range(1, order.dispatches + 1)} - order.delivered):
            yield self._stage.hours((1, 24))
            self._say_delivered(number)
        if self._dice.chance(odds.DELIVERED_TWICE):
            yield self._stage.hours((1, 24))
            self._say_delivered(1)

    def inspect(self) -> Story:
        """Look at the goods, which may take longer, and accept them: in words or by silence."""
        if self.is_inspected and self._dice.chance(odds.EXTENDED):
            yield from self._extend()
        if self._stage.clock(self._order, "inspection") and self._dice.chance(odds.INSPECTION_PAUSED):
            yield from pause(self._order, "inspection", stage=self._stage)
        if self._dice.chance(odds.SILENT_BUYERS):
            yield from self._stay_silent()
        else:
            yield self._stage.hours((6, 240))
            if self.is_inspected:
                confirm = commands.ConfirmReceipt(order=self._order)
                self._stage.say(confirm, self._stage.speaker(self._order, BUYER))

    def _say_dispatched(self, lines: tuple[LineQuantity, ...] | None) -> None:
        dispatch = commands.DispatchGoods(order=self._order, lines=lines)
        self._stage.say(dispatch, self._stage.speaker(self._order, EXPORTER))

    def _half(self) -> tuple[LineQuantity, ...]:
        left = enumerate(self._stage.order(self._order).undispatched, start=1)
        return tuple(LineQuantity(line=line, quantity=quantity // 2) for line, quantity in left if quantity > 1)

    def _say_delivered(self, dispatch: int) -> None:
        self._stage.say(commands.RecordDelivery(order=self._order, dispatch=dispatch), OPERATOR)

    def _extend(self) -> Story:
        yield self._stage.hours((2, 48))
        side: Side = BUYER if self._dice.chance(odds.EXTENDED_BY_BUYER) else EXPORTER
        days = None if self._dice.chance(odds.EXTENDED_FULLY) else self._dice.whole(odds.EXTENSION_DAYS)
        self._say_extended(side, days)
        if self._dice.chance(odds.EXTENDED_BY_BOTH):
            yield self._stage.hours((2, 48))
            self._say_extended(side if self._dice.chance(odds.EXTENDED_TWICE) else other(side), None)

    def _say_extended(self, side: Side, days: int | None) -> None:
        extend = commands.ExtendInspection(order=self._order, side=side, days=days)
        self._stage.say(extend, self._stage.speaker(self._order, side))

    def _stay_silent(self) -> Story:
        lapse = commands.LapseInspection(order=self._order)
        if self.is_inspected and self._dice.chance(odds.LAPSED_TOO_EARLY):
            self._stage.say(lapse, OPERATOR)
        while self.is_inspected:
            inspection = self._stage.clock(self._order, "inspection")
            if inspection and inspection.due_at > self._stage.at:
                yield self._stage.until(inspection.due_at)
                yield self._stage.hours((1, 12))
            else:  # nobody keeps the clocks, or none runs, as in an order that was taken over
                self._stage.say(lapse, OPERATOR)
                yield self._stage.days((3, 9))


def _midnight_of(day: date) -> datetime:
    return datetime.combine(day, time(tzinfo=UTC))

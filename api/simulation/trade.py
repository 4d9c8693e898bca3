"""A simulated trade is one order's story, from the order to the end of its claims, with what trouble chance sends."""

from datetime import timedelta

from api.simulation import odds, world
from api.simulation.amendments import SimulatedAmendment
from api.simulation.cast import Cast, is_newcomer
from api.simulation.disputes import SimulatedDispute
from api.simulation.money import SimulatedMoney
from api.simulation.performance import SimulatedPerformance
from api.simulation.stage import Stage, Story
from api.simulation.world import OPERATOR
from domain import commands
from domain.money import split
from domain.order import LINES_MAX, Line, Order, PaymentStep
from domain.references import order_id
from domain.side import BUYER, EXPORTER

ATTEMPTS_MAX = 12
"""How often a buyer looks for another exporter, or comes back later, where an order is refused."""


class SimulatedTrade:
    """
    One trade that begins on the stage's present and goes on until its story is told.

    Every draw of the dice happens when the story reaches it.
    """

    def __init__(self, order: str, *, stage: Stage, cast: Cast, is_taken_over: bool = False) -> None:
        self._order = order
        self._stage = stage
        self._cast = cast
        self._dice = stage.dice
        self._market = stage.dice.pick(world.MARKETS)
        self._money = SimulatedMoney(order, stage=stage)
        self._performance = SimulatedPerformance(order, stage=stage)
        self._is_taken_over = is_taken_over
        self._disputed = False

    def story(self) -> Story:
        """Tell the trade from its order on."""
        yield from self._place()
        if self._status == "placed":
            yield from self._accept()
        if self._status != "accepted":
            return
        if self._dice.chance(odds.DISPUTED_UNPAID):
            self._dispute()
        yield from self._amend()
        if self._dice.chance(odds.NEVER_PAID):
            yield from self._abandon()
            return
        yield from self._money.pay("acceptance")
        if self._dice.chance(odds.FROZEN):
            yield from self._suspect()
        elif self._dice.chance(odds.CANCELLED_PAID):
            yield from self._cancel("no-longer-needed")
        yield from self.perform()

    def perform(self) -> Story:
        """Tell the trade from where its order stands, once it is accepted and what was due is paid."""
        if self._dice.chance(odds.NEVER_DISPATCHED):
            yield from self._wait_in_vain()
            return
        if self._status in {"accepted", "part_dispatched"} and not self._stage.hold(self._order).frozen_minor:
            yield from self._performance.dispatch()
            yield from self._money.pay("dispatch")
        if not self._performance.is_inspected:
            return
        yield from self._performance.deliver()
        yield from self._money.pay("delivery")
        yield from self._receive()
        yield from self._look_back()

    @property
    def _status(self) -> str:
        order = self._stage.find(Order, order_id(self._order))
        return order.status if order else ""

    @property
    def _is_doubtful(self) -> bool:
        """Return whether the marketplace knows little of what it deals with."""
        return self._is_taken_over or is_newcomer(self._stage.order(self._order).exporter)

    # Agreement

    def _place(self) -> Story:
        for _ in range(ATTEMPTS_MAX):
            buyer, exporter = self._cast.buyer(), self._cast.exporter()
            new = [self._cast.introduce(buyer, "buyer"), self._cast.introduce(exporter, "exporter")]
            if any(new):
                yield self._stage.hours((0, 6))
            refusal = self._stage.say(self.new_order(buyer, exporter), f"buyer:{buyer}")
            if refusal == "party.not_screened":
                yield self._stage.hours((0, 2))
                self._cast.screen(buyer)
                self._cast.screen(exporter)
                refusal = self._stage.say(self.new_order(buyer, exporter), f"buyer:{buyer}")
            if not refusal:
                return
            yield self._stage.hours((1, 24))

    def new_order(self, buyer: str, exporter: str, *, lines_max: int = LINES_MAX) -> commands.PlaceOrder:
        """Return an order of a buyer from an exporter, with no more lines than a number."""
        lines = self._lines()[:lines_max]
        mode = self._dice.pick(world.MODES)
        ship_by = (self._stage.at + timedelta(days=self._dice.whole(world.LEAD_DAYS))).date()
        promised = self._dice.chance(world.ARRIVALS_PROMISED)
        return commands.PlaceOrder(
            order=self._order,
            buyer=buyer,
            exporter=exporter,
            currency=self._market.currency,
            lines=lines,
            steps=self._steps(sum(line.amount_minor for line in lines)),
            transport_mode=mode,
            ship_by=ship_by,
            deliver_by=ship_by + timedelta(days=world.TRANSIT_DAYS[mode][1]) if promised else None,
            rulebook=self._cast.rulebook_of_an_order(),
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

    def _accept(self) -> Story:
        if self._dice.chance(odds.NEVER_ACCEPTED):
            yield from self._abandon()
            return
        yield self._stage.hours((2, 72))
        self._stage.say(commands.AcceptOrder(order=self._order), self._stage.speaker(self._order, EXPORTER))
        if self._status == "placed":  # a side was suspended or found on a list meanwhile
            yield from self._abandon()

    def _amend(self) -> Story:
        if self._dice.chance(odds.AMENDED):
            yield from SimulatedAmendment(self._order, stage=self._stage).story()

    def _abandon(self) -> Story:
        early = self._dice.chance(odds.CANCELLED_UNPAID)
        yield self._stage.days((3, 20) if early else (60, 75))
        if self._status in {"placed", "accepted"}:
            actor = self._stage.speaker(self._order, BUYER) if early else OPERATOR
            self._stage.say(commands.CancelOrder(order=self._order, reason="no-agreement"), actor)

    def _cancel(self, reason: str) -> Story:
        yield self._stage.hours((4, 96))
        self._stage.say(commands.CancelOrder(order=self._order, reason=reason), self._stage.speaker(self._order, BUYER))
        if self._dice.chance(odds.PAID_AFTER_CANCELLATION):
            yield from self._money.pay_in_vain()

    # Performance

    def _wait_in_vain(self) -> Story:
        """Get no goods: the buyer complains, in the end, or calls the order off."""
        yield self._stage.until(self._performance.ship_by)
        yield self._stage.days((2, 12))
        if self._dispute():
            return
        yield self._stage.days((10, 20))
        if self._status == "accepted":
            yield from self._cancel("never-sent")

    def _suspect(self) -> Story:
        """Have the money frozen; a buyer who doesn't want to wait complains about that."""
        if not self._stage.hold(self._order).held_minor or self._dice.deal(odds.FROZEN_AND_THEN) == "waits":
            yield from self._money.suspect()
            return
        yield self._stage.hours((1, 48))
        self._stage.say(commands.FreezeHold(order=self._order, reason="suspected-fraud"), OPERATOR)
        yield self._stage.days((3, 9))
        self._dispute()
        yield self._stage.days(odds.FROZEN_IN_DISPUTE_DAYS)
        if self._stage.hold(self._order).frozen_minor:
            self._stage.say(commands.UnfreezeHold(order=self._order, reason="cleared"), OPERATOR)

    # Receipt, and what comes after it

    def _receive(self) -> Story:
        if self._dice.chance(odds.REFUNDED_BEFORE_RECEIPT):
            yield from self._money.refund("price-reduction")
        if self._chargeback_comes(odds.CHARGED_BACK_BEFORE_RECEIPT):
            yield from self._money.charge_back()
        if self._dice.chance(odds.DISPUTED_BEFORE_RECEIPT):
            yield self._stage.hours((6, 120))
            self._dispute()
        yield from self._performance.inspect()

    def _look_back(self) -> Story:
        yield from self._money.pay_late()
        probability = odds.DISPUTED_DOUBTFUL if self._is_doubtful else odds.DISPUTED_AFTER_RECEIPT
        if not self._disputed and self._dice.chance(probability):
            yield self._stage.days((1, 26))
            self._dispute()
        if self._dice.chance(odds.REFUNDED_AFTER_RECEIPT):
            yield from self._money.refund("quality")
        if self._chargeback_comes(1 - odds.CHARGED_BACK_BEFORE_RECEIPT):
            yield from self._money.charge_back()
        yield from self._forgo()
        if self._dice.chance(odds.DISPUTED_TOO_LATE):
            yield self._stage.days((31, 40))
            self._dispute()
        yield from self._money.close()

    def _chargeback_comes(self, share: float) -> bool:
        return self._money.chargeback_comes(
            share * (odds.CHARGED_BACK_DOUBTFUL if self._is_doubtful else odds.CHARGED_BACK)
        )

    def _forgo(self) -> Story:
        """Make the price what was paid, where the rest will never come."""
        hold, order = self._stage.hold(self._order), self._stage.order(self._order)
        short_minor = order.total_minor - hold.received_minor
        if short_minor > 0 and order.status == "received" and self._dice.chance(odds.PRICE_CUT_TO_WHAT_WAS_PAID):
            yield self._stage.days((2, 10))
            yield from SimulatedAmendment(self._order, stage=self._stage).cut(short_minor)

    def _dispute(self) -> bool:
        """Let the buyer make claims; return whether any came of it."""
        self._disputed = True
        return SimulatedDispute(self._order, stage=self._stage, cast=self._cast, money=self._money).begin()

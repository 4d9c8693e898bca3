"""The money side of a simulated trade: payments and what goes wrong with them, freezes, refunds, chargebacks."""

from datetime import datetime
from typing import NamedTuple

from api.simulation import odds, world
from api.simulation.debts import SimulatedDebt
from api.simulation.stage import Stage, Story
from api.simulation.world import BY_CURRENCY, FINANCE, OPERATOR
from domain import commands
from domain.money import Money, split
from domain.order import PaymentTrigger


class Due(NamedTuple):
    """A payment step, counted from 1, and what is missing of it."""

    step: int
    amount_minor: int


class SimulatedMoney:
    """How one trade's buyer pays, and what becomes of the money before a dispute does."""

    def __init__(self, order: str, *, stage: Stage) -> None:
        self._order = order
        self._stage = stage
        self._dice = stage.dice
        self._by_card = stage.dice.chance(odds.PAID_BY_CARD)
        self._account = world.CARDS if self._by_card else world.COLLECTION
        self._late: list[int] = []

    def chargeback_comes(self, probability: float) -> bool:
        """Return whether the buyer's bank will take money back, which it can where a card paid."""
        return self._by_card and self._dice.chance(probability)

    def pay(self, trigger: PaymentTrigger) -> Story:
        """Pay the steps that something made due; a balance may stay unpaid."""
        for due in self._missing(trigger):
            if due.step > 1 and self._dice.chance(odds.UNPAID_BALANCES):
                self._late.append(due.step)
            else:
                yield from self._pay_step(due)

    def pay_late(self) -> Story:
        """Pay, after all, some of what stayed unpaid; the receipt behind it, it is released at once."""
        for due in self._missing(None):
            if due.step in self._late and self._dice.chance(odds.BALANCE_PAID_LATE):
                yield self._stage.days((5, 25))
                yield from self._pay_step(due)

    def pay_in_vain(self) -> Story:
        """Send the first step's money when nobody takes it any more."""
        yield self._arrival()
        self._say_paid(Due(1, self._stage.order(self._order).terms.steps[0].amount_minor))

    def suspect(self) -> Story:
        """Freeze what was paid: cleared after a while, or the order is cancelled, or nobody has decided yet."""
        yield self._stage.hours((1, 48))
        self._stage.say(commands.FreezeHold(order=self._order, reason="suspected-fraud"), OPERATOR)
        yield self._stage.days((2, 20))
        end = self._dice.pick(odds.FREEZE_ENDS)
        if end == "cancelled":
            self._stage.say(commands.CancelOrder(order=self._order, reason="suspected-fraud"), OPERATOR)
        if end != "stays" and self._stage.hold(self._order).frozen_minor:
            self._stage.say(commands.UnfreezeHold(order=self._order, reason="cleared"), OPERATOR)

    def refund(self, reason: str) -> Story:
        """Give part or all of the price back, out of the hold and beyond it from the exporter."""
        yield self._stage.days((1, 12))
        hold = self._stage.hold(self._order)
        most_minor = hold.held_minor + hold.recoverable_minor
        percent = 100 if self._dice.chance(odds.REFUNDED_WHOLLY) else self._dice.whole(odds.REFUND_PERCENT)
        amount_minor = min(most_minor, self._stage.order(self._order).total_minor * percent // 100)
        if self._dice.chance(odds.REFUND_TOO_LARGE):
            amount_minor = most_minor + 1
        if amount_minor:
            amount = Money(hold.currency, amount_minor)
            self._stage.say(commands.ProposeRefund(order=self._order, amount=amount, reason=reason), FINANCE)
            yield self._stage.days((4, 8))
            self.owe()

    def charge_back(self) -> Story:
        """Let the buyer's bank take the first step's money back."""
        yield self._stage.days((2, 20))
        order = self._stage.order(self._order)
        amount = Money(order.currency, order.terms.steps[0].amount_minor)
        charged_back = commands.RecordChargeback(order=self._order, amount=amount, account=self._account)
        self._stage.say(charged_back, FINANCE)
        self.owe()

    def owe(self) -> None:
        """Let the exporter come to terms with what it has to give back, where it has to."""
        hold = self._stage.hold(self._order)
        if hold.recovered.gross_minor or hold.charged_to_exporter_minor:
            self._stage.begin(SimulatedDebt(self._order, stage=self._stage).story(), order=self._order)

    def close(self) -> Story:
        """Come too late, or too early, to a hold that closes by itself; refused."""
        if self._dice.chance(odds.CLOSED_BY_HAND):
            yield self._stage.days((0, 35))
            self._stage.say(commands.CloseHold(order=self._order), OPERATOR)
        if self._dice.chance(odds.PAID_AFTER_CLOSING):
            yield self._stage.days((35, 50))
            yield from self.pay_in_vain()

    def _missing(self, trigger: PaymentTrigger | None) -> list[Due]:
        """Return what is missing of the steps that a trigger, or any, makes due."""
        order, hold = self._stage.order(self._order), self._stage.hold(self._order)
        steps = zip(order.terms.steps, hold.paid_by_step, strict=True)
        return [
            Due(number, step.amount_minor - paid_minor)
            for number, (step, paid_minor) in enumerate(steps, start=1)
            if trigger in {step.trigger, None} and paid_minor < step.amount_minor
        ]

    def _pay_step(self, due: Due) -> Story:
        parts = self._dice.whole(odds.PAYMENT_PARTS) if self._dice.chance(odds.PAID_IN_PARTS) else 1
        *earlier, last_minor = split(due.amount_minor, [1] * parts)
        for part_minor in earlier:
            yield self._arrival()
            self._say_paid(Due(due.step, part_minor))
        yield self._arrival()
        last = Due(due.step, last_minor)
        if self._dice.chance(odds.WRONG_CURRENCY):
            self._say_paid(last, currency="CHF")
            yield self._arrival()
        if not self._by_card and self._dice.chance(odds.SHORT_TRANSFERS):
            yield from self._pay_short(last)
        elif self._dice.chance(odds.OVERPAYMENTS):
            yield from self._overpay(last)
        else:
            self._say_paid(last)

    def _pay_short(self, due: Due) -> Story:
        fee_minor = min(due.amount_minor // 2, self._dollars(odds.BANK_FEE_DOLLARS))
        self._say_paid(Due(due.step, due.amount_minor - fee_minor))
        if self._dice.chance(odds.SHORT_MADE_UP):
            yield self._arrival()
            self._say_paid(Due(due.step, fee_minor))

    def _overpay(self, due: Due) -> Story:
        if self._dice.chance(odds.PAID_TWICE):
            self._say_paid(due)
            yield self._stage.hours((1, 48))
            self._say_paid(due)
        else:
            self._say_paid(Due(due.step, due.amount_minor + self._dollars(odds.OVERPAID_DOLLARS)))

    def _dollars(self, bounds: tuple[int, int]) -> int:
        market = BY_CURRENCY[self._stage.order(self._order).currency]
        return self._dice.whole(bounds) * market.minor_per_dollar

    def _say_paid(self, due: Due, *, currency: str = "") -> None:
        amount = Money(currency or self._stage.order(self._order).currency, due.amount_minor)
        paid = commands.RecordPayment(order=self._order, step=due.step, amount=amount, account=self._account)
        self._stage.say(paid, FINANCE)

    def _arrival(self) -> datetime:
        return self._stage.hours(world.CARD_HOURS) if self._by_card else self._stage.days(world.TRANSFER_DAYS)

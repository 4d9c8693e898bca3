"""The money side of a simulated trade: payments and what goes wrong with them, freezes, refunds, second persons."""

from collections.abc import Iterator

from api.simulation import world
from api.simulation.rehearsal import Rehearsal
from api.simulation.world import FINANCE, OPERATOR, RULES, SECOND_FINANCE, Dice, Market
from domain import commands
from domain.money import Money, split
from domain.order import PaymentTrigger
from domain.proposal import Proposal
from ledger.outcomes import Submission


class SimulatedMoney:
    """How one trade's buyer pays, and what finance people do with it."""

    def __init__(self, rehearsal: Rehearsal, *, market: Market, dice: Dice) -> None:
        self._rehearsal = rehearsal
        self._order = rehearsal.key
        self._market = market
        self._dice = dice
        self._by_card = dice.chance(world.PAID_BY_CARD)
        self._account = "clearing:card" if self._by_card else "bank:safeguarded:collection"
        self._balances_due: list[tuple[int, int]] = []

    def chargeback_comes(self) -> bool:
        """Return whether the buyer's bank will take money back, which it can where a card paid."""
        return self._by_card and self._dice.chance(world.CHARGED_BACK)

    def pay(self, trigger: PaymentTrigger) -> Iterator[Submission]:
        """Pay the steps that something made due; a balance may stay unpaid."""
        for number, step in enumerate(self._rehearsal.order.terms.steps, start=1):
            if step.trigger != trigger:
                continue
            if number > 1 and self._dice.chance(world.UNPAID_BALANCES):
                self._balances_due.append((number, step.amount_minor))
            else:
                yield from self._pay_step(number, step.amount_minor)

    def pay_late(self) -> Iterator[Submission]:
        """Pay, after all, some of what stayed unpaid; the receipt behind it, it is released at once."""
        for number, amount_minor in self._balances_due:
            if self._dice.chance(world.BALANCE_PAID_LATE):
                self._rehearsal.wait_days((5, 25))
                yield from self._pay_step(number, amount_minor)
                yield from self.decide_proposals()

    def pay_in_vain(self) -> Iterator[Submission]:
        """Send the first step's money when nobody takes it any more."""
        self._wait_for_money()
        yield self._payment(1, self._rehearsal.order.terms.steps[0].amount_minor)

    def suspect(self) -> Iterator[Submission]:
        """Freeze what was paid: cleared after a while, or the order is cancelled, or nobody has decided yet."""
        self._rehearsal.wait_hours((1, 48))
        yield self._freeze("suspected-fraud")
        self._rehearsal.wait_days((2, 20))
        end = self._dice.pick(world.FREEZE_ENDS)
        if end == "cancelled":
            yield self._rehearsal.say(commands.CancelOrder(order=self._order, reason="suspected-fraud"), OPERATOR)
        if end != "stays":
            yield from self._unfreeze()

    def settle(self) -> Iterator[Submission]:
        """Decide what the receipt has proposed; now and then a freeze comes in between, and undoes it."""
        if not self._rehearsal.trade.releases.pending or not self._dice.chance(world.FROZEN_BEFORE_APPROVAL):
            yield from self.decide_proposals()
            return
        self._rehearsal.wait_hours((1, 24))
        yield self._freeze("bank-warning")
        yield from self.decide_proposals()
        self._rehearsal.wait_days((1, 10))
        yield from self._unfreeze()

    def refund(self, reason: str) -> Iterator[Submission]:
        """Give part or all of the price back, out of the hold and beyond it from the exporter."""
        hold = self._rehearsal.hold
        most_minor = hold.held_minor + hold.recoverable_minor
        percent = 100 if self._dice.chance(world.REFUNDED_WHOLLY) else self._dice.whole(world.REFUND_PERCENT)
        amount_minor = min(most_minor, self._rehearsal.order.total_minor * percent // 100)
        if self._dice.chance(world.REFUND_TOO_LARGE):
            amount_minor = most_minor + 1
        if amount_minor:
            self._rehearsal.wait_days((1, 12))
            yield self._propose_refund(amount_minor, reason)
            yield from self.decide_proposals()

    def charge_back(self) -> Iterator[Submission]:
        """Let the buyer's bank take the first step's money back."""
        self._rehearsal.wait_days((2, 20))
        amount = self._money(self._rehearsal.order.terms.steps[0].amount_minor)
        charged_back = commands.RecordChargeback(order=self._order, amount=amount, account=self._account)
        yield self._rehearsal.say(charged_back, FINANCE)
        yield from self.decide_proposals()

    def close(self) -> Iterator[Submission]:
        """Close the hold once nothing can be claimed any more; somebody may try where the trade isn't complete."""
        self._rehearsal.wait_days((RULES.claim_days, RULES.claim_days + 5))
        if self._rehearsal.order.status == "completed" or self._dice.chance(world.CLOSED_EARLY):
            yield self._rehearsal.say(commands.CloseHold(order=self._order), OPERATOR)
        if self._rehearsal.hold.status == "closed" and self._dice.chance(world.PAID_AFTER_CLOSING):
            yield from self.pay_in_vain()

    def decide_proposals(self) -> Iterator[Submission]:
        """Let a second person decide what waits for one, until nothing does or nobody cares."""
        while (trade := self._rehearsal.trade).releases.pending or trade.refunds.pending:
            if self._dice.chance(world.LEFT_WAITING):
                return
            self._rehearsal.wait_hours((1, 60))
            if trade.releases.pending:
                yield from self._decide_release(trade.releases.pending[0])
            else:
                yield from self._decide_refund(trade.refunds.pending[0])

    def _decide_release(self, proposal: Proposal) -> Iterator[Submission]:
        number = proposal.number
        approve = commands.ApproveRelease(order=self._order, number=number)
        rejected = self._dice.chance(world.RELEASES_REJECTED)
        yield from self._approve(approve, proposed_by=proposal.proposed_by, rejected=rejected)
        if any(waiting.number == number for waiting in self._rehearsal.trade.releases.pending):
            reject = commands.RejectRelease(order=self._order, number=number, reason="papers-missing")
            yield from self._reject(reject)

    def _decide_refund(self, proposal: Proposal) -> Iterator[Submission]:
        number = proposal.number
        approve = commands.ApproveRefund(order=self._order, number=number)
        rejected = self._dice.chance(world.REFUNDS_REJECTED)
        yield from self._approve(approve, proposed_by=proposal.proposed_by, rejected=rejected)
        if any(waiting.number == number for waiting in self._rehearsal.trade.refunds.pending):
            reject = commands.RejectRefund(order=self._order, number=number, reason="not-agreed")
            yield from self._reject(reject)

    def _approve(
        self, approve: commands.ApproveRelease | commands.ApproveRefund, *, proposed_by: str, rejected: bool
    ) -> Iterator[Submission]:
        if proposed_by == FINANCE and self._dice.chance(world.SELF_APPROVALS):
            yield self._rehearsal.say(approve, FINANCE)
            self._rehearsal.wait_hours((1, 24))
        if rejected:
            return
        yield self._rehearsal.say(approve, SECOND_FINANCE)
        if self._dice.chance(world.APPROVED_TWICE):
            yield self._rehearsal.say(approve, SECOND_FINANCE)

    def _reject(self, reject: commands.RejectRelease | commands.RejectRefund) -> Iterator[Submission]:
        yield self._rehearsal.say(reject, SECOND_FINANCE)
        self._rehearsal.wait_days((1, 6))
        trade = self._rehearsal.trade
        if trade.due_minor:
            yield self._rehearsal.say(commands.ProposeRelease(order=self._order), FINANCE)
        elif trade.excess_minor:
            yield self._propose_refund(trade.excess_minor, "not-owed")

    def _pay_step(self, number: int, amount_minor: int) -> Iterator[Submission]:
        parts = self._dice.whole(world.PAYMENT_PARTS) if self._dice.chance(world.PAID_IN_PARTS) else 1
        *earlier, last_minor = split(amount_minor, [1] * parts)
        for part_minor in earlier:
            self._wait_for_money()
            yield self._payment(number, part_minor)
        self._wait_for_money()
        if self._dice.chance(world.WRONG_CURRENCY):
            yield self._payment(number, last_minor, currency="CHF")
            self._wait_for_money()
        if not self._by_card and self._dice.chance(world.SHORT_TRANSFERS):
            yield from self._pay_short(number, last_minor)
        elif self._dice.chance(world.OVERPAYMENTS):
            yield from self._overpay(number, last_minor)
        else:
            yield self._payment(number, last_minor)

    def _pay_short(self, number: int, amount_minor: int) -> Iterator[Submission]:
        fee_minor = min(amount_minor // 2, self._dice.whole(world.BANK_FEE_DOLLARS) * self._market.minor_per_dollar)
        yield self._payment(number, amount_minor - fee_minor)
        if self._dice.chance(world.SHORT_MADE_UP):
            self._wait_for_money()
            yield self._payment(number, fee_minor)

    def _overpay(self, number: int, amount_minor: int) -> Iterator[Submission]:
        if self._dice.chance(world.PAID_TWICE):
            yield self._payment(number, amount_minor)
            self._rehearsal.wait_hours((1, 48))
            yield self._payment(number, amount_minor)
        else:
            more_minor = self._dice.whole(world.OVERPAID_DOLLARS) * self._market.minor_per_dollar
            yield self._payment(number, amount_minor + more_minor)

    def _freeze(self, reason: str) -> Submission:
        return self._rehearsal.say(commands.FreezeHold(order=self._order, reason=reason), OPERATOR)

    def _unfreeze(self) -> Iterator[Submission]:
        yield self._rehearsal.say(commands.UnfreezeHold(order=self._order, reason="cleared"), OPERATOR)
        yield from self.decide_proposals()

    def _propose_refund(self, amount_minor: int, reason: str) -> Submission:
        proposed = commands.ProposeRefund(order=self._order, amount=self._money(amount_minor), reason=reason)
        return self._rehearsal.say(proposed, FINANCE)

    def _payment(self, step: int, amount_minor: int, *, currency: str | None = None) -> Submission:
        amount = Money(currency or self._market.currency, amount_minor)
        paid = commands.RecordPayment(order=self._order, step=step, amount=amount, account=self._account)
        return self._rehearsal.say(paid, FINANCE)

    def _money(self, amount_minor: int) -> Money:
        return Money(self._market.currency, amount_minor)

    def _wait_for_money(self) -> None:
        if self._by_card:
            self._rehearsal.wait_hours(world.CARD_HOURS)
        else:
            self._rehearsal.wait_days(world.TRANSFER_DAYS)

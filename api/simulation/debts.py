"""The debt of a simulated exporter: what it got for a trade and has to give back, and who bears it if it doesn't."""

from api.simulation import odds, world
from api.simulation.stage import Stage, Story
from api.simulation.world import FINANCE, SECOND_FINANCE
from domain import commands
from domain.guarantee import Guarantee
from domain.money import Money
from domain.payee_account import PayeeAccount, PayeeControl
from domain.references import guarantee_id, payee_id

OWED_ON: PayeeControl = "payable:exporter"
WRITE_OFF_REASON = "exporter-gone"


class SimulatedDebt:
    """How an exporter who owes money for a trade gives it back, or the operator stands in for it."""

    def __init__(self, order: str, *, stage: Stage) -> None:
        self._order = order
        self._stage = stage
        self._dice = stage.dice
        hold = stage.hold(order)
        self._exporter, self._currency = hold.exporter, hold.currency

    def story(self) -> Story:
        """Wait whether later trades make up for the debt; if not, somebody pays."""
        yield self._stage.days((1, 4))
        if not self._owed_minor:
            return
        end = self._dice.deal(odds.DEBTS)
        if end == "paid-back":
            yield from self._pay_back()
        elif end == "guaranteed":
            yield from self._stand_in()

    def _pay_back(self) -> Story:
        parts = self._dice.whole((1, 2))
        for part in range(parts, 0, -1):
            yield self._stage.days((2, 12))
            if owed_minor := self._owed_minor:
                repaid = commands.RecordRepayment(
                    party=self._exporter, amount=self._money(-(-owed_minor // part)), account=world.COLLECTION
                )
                self._stage.say(repaid, FINANCE)

    def _stand_in(self) -> Story:
        if self._dice.chance(odds.GUARANTEE_TOO_LARGE):
            self._advance(self._owed_minor + 1)
            yield self._stage.hours((1, 8))
        if not (coverable_minor := self._coverable_minor) or self._advance(coverable_minor):
            return
        if self._dice.chance(odds.SELF_APPROVALS):
            yield self._stage.days((1, 3))
            self._take_back(coverable_minor)
        yield self._stage.days((6, 30))
        if self._dice.deal(odds.GUARANTEED_DEBTS) == "paid-back":
            yield from self._pay_back()
        if free_minor := self._free_minor:
            self._take_back(free_minor)
        if outstanding_minor := min(self._guarantee.outstanding_minor, self._owed_minor):
            yield from self._write_off(outstanding_minor)

    def _write_off(self, amount_minor: int) -> Story:
        asked_again = self._dice.deal(odds.WRITE_OFFS) == "asked-again"
        yield from self._ask_to_write_off(amount_minor, rejected=asked_again)
        if asked_again:
            yield self._stage.days((1, 6))
            if owed_minor := min(amount_minor, self._owed_minor):
                yield from self._ask_to_write_off(owed_minor, rejected=False)

    def _ask_to_write_off(self, amount_minor: int, *, rejected: bool) -> Story:
        proposed = commands.ProposeWriteOff(
            order=self._order, amount=self._money(amount_minor), reason=WRITE_OFF_REASON
        )
        if self._stage.say(proposed, FINANCE):
            return
        number = self._guarantee.proposed
        yield self._stage.hours((4, 60))
        approve = commands.ApproveWriteOff(order=self._order, number=number)
        if self._dice.chance(odds.SELF_APPROVALS):
            self._stage.say(approve, FINANCE)
        if rejected:
            reject = commands.RejectWriteOff(order=self._order, number=number, reason="ask-again")
            self._stage.say(reject, SECOND_FINANCE)
        else:
            self._stage.say(approve, SECOND_FINANCE)

    def _advance(self, amount_minor: int) -> str:
        advance = commands.AdvanceGuarantee(
            order=self._order, amount=self._money(amount_minor), account=world.COLLECTION
        )
        return self._stage.say(advance, FINANCE)

    def _take_back(self, amount_minor: int) -> None:
        repay = commands.RepayAdvance(order=self._order, amount=self._money(amount_minor), account=world.COLLECTION)
        self._stage.say(repay, FINANCE)

    @property
    def _owed_minor(self) -> int:
        return self._payee.owed_on(OWED_ON) if self._payee else 0

    @property
    def _coverable_minor(self) -> int:
        """Return how much of the debt is this trade's, isn't covered, and is within what the rules guarantee."""
        hold, guarantee = self._stage.hold(self._order), self._guarantee
        cap_minor = self._stage.rules(self._order).guarantee_minor.get(self._currency, 0)
        recovered_minor = hold.recovered.net_minor + hold.charged_to_exporter_minor
        bare_minor = self._owed_minor - (self._payee.covered_minor if self._payee else 0)
        cap_left_minor = cap_minor - guarantee.advanced_minor
        return max(0, min(bare_minor, cap_left_minor, recovered_minor - guarantee.outstanding_minor))

    @property
    def _free_minor(self) -> int:
        payee, guarantee = self._payee, self._guarantee
        covered_minor = payee.covered_minor - payee.owed_on(OWED_ON) if payee else 0
        return max(0, min(covered_minor, guarantee.outstanding_minor))

    @property
    def _payee(self) -> PayeeAccount | None:
        return self._stage.find(PayeeAccount, payee_id(self._exporter, self._currency))

    @property
    def _guarantee(self) -> Guarantee:
        name = guarantee_id(self._order)
        return self._stage.find(Guarantee, name) or Guarantee(reference=name)

    def _money(self, amount_minor: int) -> Money:
        return Money(self._currency, amount_minor)

"""A simulated dispute is a buyer's claims about one order, and their story until the last one is settled."""

from api.simulation import odds
from api.simulation.cast import Cast
from api.simulation.goods import Goods
from api.simulation.mediation import Mediation
from api.simulation.money import SimulatedMoney
from api.simulation.negotiation import Negotiation
from api.simulation.quarrel import Quarrel
from api.simulation.stage import Stage, Story
from domain import commands
from domain.commands.disputes import NewClaim
from domain.commitment import Commitment
from domain.money import share_so_far
from domain.order import Line, Order

ROUNDS_MAX = 60
"""After so many turns people are tired of it: the dispute stays as it is."""


class SimulatedDispute:
    """One dispute, beside the trade's own story, which goes on."""

    def __init__(self, order: str, *, stage: Stage, cast: Cast, money: SimulatedMoney) -> None:
        self._order = order
        self._stage = stage
        self._cast = cast
        self._money = money
        self._dice = stage.dice

    def begin(self) -> bool:
        """Make claims now, and let the dispute's story begin; return whether one did."""
        claims = self._claims()
        if not claims or self._say_opened(claims):
            return False
        number = len(self._stage.disputes(self._order))
        quarrel = Quarrel(self._order, number, stage=self._stage, cast=self._cast)
        self._stage.begin(self._story(quarrel), order=self._order)
        return True

    def _story(self, quarrel: Quarrel) -> Story:
        if self._dice.chance(odds.DISPUTED_TWICE):
            yield self._stage.hours((1, 20))
            self._say_opened(self._claims()[:1] or (NewClaim(kind="other", amount_minor=1),))
        yield from Negotiation(quarrel).story()
        if self._money.chargeback_comes(odds.CHARGED_BACK_IN_DISPUTE):
            yield from self._money.charge_back()
        mediation, goods = Mediation(quarrel), Goods(quarrel)
        for _ in range(ROUNDS_MAX):
            if quarrel.is_over:
                break
            yield from self._round(quarrel, mediation, goods)
        self._money.owe()
        if quarrel.is_over and self._dice.chance(odds.DISPUTED_AGAIN):
            yield self._stage.days((1, 10))
            self.begin()

    def _round(self, quarrel: Quarrel, mediation: Mediation, goods: Goods) -> Story:
        """Do what stands in the way of the end: first what others wait for, last what only takes time."""
        undecided = quarrel.claims("open", "appealed")
        if quarrel.dispute.pending:
            yield from mediation.look_again()
        elif undecided and quarrel.dispute.status == "negotiating":
            yield from quarrel.wait_for("escalation")
        elif undecided:
            yield from mediation.go_on()
        elif moving := quarrel.claims("returning", "replacing"):
            yield from goods.go_on(moving[0])
        elif ruled := quarrel.claims("ruled"):
            if self._dice.chance(odds.CLOCK_PAUSED):
                yield from quarrel.pause(f"appeal/{ruled[0].decision}")
            yield from mediation.after_ruling(ruled[0])

    def _say_opened(self, claims: tuple[NewClaim, ...]) -> str:
        buyer = self._stage.order(self._order).buyer
        return self._stage.say(commands.OpenDispute(order=self._order, claims=claims), f"buyer:{buyer}")

    # Claims

    def _claims(self) -> tuple[NewClaim, ...]:
        order, hold = self._stage.order(self._order), self._stage.hold(self._order)
        left_minor = hold.held_minor + hold.frozen_minor + hold.recoverable_minor
        if order.status == "accepted":
            return (NewClaim(kind="not-shipped", amount_minor=max(1, min(left_minor, order.total_minor))),)
        if left_minor >= order.total_minor and self._dice.chance(odds.CLAIMED_WHOLE_ORDER):
            return (NewClaim(kind=self._dice.pick(odds.CLAIM_KINDS), comment=self._comment()),)
        first = self._dice.whole((0, len(order.lines) - 1))
        count = min(self._dice.pick(odds.CLAIM_COUNTS), len(order.lines))
        claims = [self._claim(order.lines[(first + number) % len(order.lines)]) for number in range(count)]
        claims += self._late(order)
        claimed_minor = sum(claim.amount_minor or 0 for claim in claims)
        if claimed_minor > left_minor and not self._dice.chance(odds.CLAIMED_TOO_MUCH):
            part_minor = left_minor * self._dice.whole(odds.CLAIMED_PERCENT) // 100
            return (NewClaim(kind="other", amount_minor=part_minor),) if part_minor else ()
        return tuple(claims)

    def _claim(self, line: Line) -> NewClaim:
        part = max(1, line.quantity * self._dice.whole(odds.CLAIMED_PERCENT) // 100)
        quantity = line.quantity if self._dice.chance(odds.CLAIMED_WHOLE_LINE) else part
        return NewClaim(
            kind=self._dice.pick(odds.CLAIM_KINDS),
            line=line.number,
            quantity=quantity,
            amount_minor=share_so_far(line.amount_minor, done=quantity, whole=line.quantity),
            comment=self._comment(),
        )

    def _comment(self) -> Commitment:
        return Commitment(self._dice.invented("comment"))

    def _late(self, order: Order) -> list[NewClaim]:
        rules = self._stage.rules(self._order)
        days = order.days_late_on(rules.calendar.day_of(self._stage.at))
        if not days or not self._dice.chance(odds.LATE_CLAIMED):
            return []
        amount_minor = rules.late_remedy_for(order.total_minor, order.currency, days)
        return [NewClaim(kind="late", amount_minor=amount_minor)] if amount_minor else []

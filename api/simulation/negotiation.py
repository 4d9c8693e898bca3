"""A simulated negotiation is what a buyer and an exporter do about claims before somebody else decides them."""

from datetime import timedelta

from api.simulation import odds
from api.simulation.quarrel import Quarrel
from api.simulation.stage import Story
from domain import commands
from domain.claim import Claim
from domain.dispute import Offer
from domain.side import BUYER, EXPORTER, Side, other


class Negotiation:
    """Evidence, answers, offers and counter-offers, and the call for a mediator."""

    def __init__(self, quarrel: Quarrel) -> None:
        self._quarrel = quarrel
        self._stage = quarrel.stage
        self._dice = quarrel.dice

    def story(self) -> Story:
        """Tell the negotiation until it has come to something, or a mediator is asked for."""
        yield from self._show()
        yield from self._answer()
        for claim in self._quarrel.claims("open"):
            if self._quarrel.is_negotiated and self._dice.chance(odds.OFFERED):
                yield from self._bargain(claim)
        if self._quarrel.is_negotiated:
            yield from self._withdraw()
        if self._quarrel.is_negotiated:
            yield from self._escalate()

    def _show(self) -> Story:
        for claim in self._quarrel.claims("open"):
            if self._dice.chance(odds.SHOWN):
                yield self._stage.hours((1, 20))
                self._quarrel.show(claim.number, BUYER)
        self._quarrel.write(lambda: self._quarrel.by(BUYER))
        if self._dice.chance(odds.INSPECTED):
            yield self._stage.hours((12, 60))
            self._quarrel.show(1, BUYER, actor=self._quarrel.cast.inspector())

    def _answer(self) -> Story:
        for claim in self._quarrel.claims("open"):
            stance = self._dice.pick(odds.ANSWERS)
            if stance == "silent":
                continue
            yield self._stage.hours((2, 40))
            answer = commands.AnswerClaim(
                order=self._quarrel.order,
                dispute=self._quarrel.number,
                claim=claim.number,
                stance=stance,
                comment=self._quarrel.text("comment"),
            )
            self._quarrel.say(answer, EXPORTER)
        self._quarrel.write(lambda: self._quarrel.by(EXPORTER))

    def _bargain(self, claim: Claim) -> Story:
        yield self._stage.hours((2, 30))
        if self._offer(claim, EXPORTER):
            return
        yield self._stage.hours((2, 40))
        end = self._dice.pick(odds.OFFER_ENDS)
        if end == "own":
            self._accept(EXPORTER)
        elif end == "countered":
            yield from self._counter(claim)
        elif end == "accepted":
            self._accept(BUYER)
        elif end != "left":
            self._decline(BUYER if end == "declined" else EXPORTER)

    def _counter(self, claim: Claim) -> Story:
        if self._offer(claim, BUYER):
            return
        yield self._stage.hours((2, 40))
        end = self._dice.pick(odds.COUNTER_ENDS)
        if end == "accepted":
            self._accept(EXPORTER)
        elif end == "declined":
            self._decline(EXPORTER)

    def _offer(self, claim: Claim, side: Side) -> str:
        drawn = self._quarrel.remedy(claim)
        offer = commands.MakeOffer(
            order=self._quarrel.order,
            dispute=self._quarrel.number,
            claim=claim.number,
            side=side,
            remedy=drawn.kind,
            amount_minor=drawn.amount_minor,
        )
        return self._quarrel.say(offer, side)

    def _latest(self) -> Offer | None:
        offers = self._quarrel.dispute.offers
        return offers[-1] if offers else None

    def _accept(self, side: Side) -> None:
        if offer := self._latest():
            accept = commands.AcceptOffer(
                order=self._quarrel.order, dispute=self._quarrel.number, offer=offer.number, side=side
            )
            self._quarrel.say(accept, side)

    def _decline(self, side: Side) -> None:
        if offer := self._latest():
            decline = commands.DeclineOffer(
                order=self._quarrel.order,
                dispute=self._quarrel.number,
                offer=offer.number,
                side=side,
                reason="too-little" if side == other(offer.by) else "mistaken",
            )
            self._quarrel.say(decline, side)

    def _withdraw(self) -> Story:
        for claim in self._quarrel.claims("open"):
            if self._dice.chance(odds.WITHDRAWN):
                yield self._stage.hours((1, 20))
                withdraw = commands.WithdrawClaim(
                    order=self._quarrel.order, dispute=self._quarrel.number, claim=claim.number
                )
                self._quarrel.say(withdraw, BUYER)

    def _escalate(self) -> Story:
        if self._dice.chance(odds.CLOCK_PAUSED):
            yield from self._quarrel.pause("escalation")
        by = self._dice.pick(odds.ESCALATIONS)
        if by == "clock":
            yield from self._quarrel.wait_for("escalation")
            return
        if self._dice.chance(odds.ESCALATED_TOO_EARLY):
            self._say_escalated(by)
        rules = self._stage.rules(self._quarrel.order)
        from_at = self._quarrel.dispute.opened_at + timedelta(days=rules.escalation_from_day - 1)
        yield self._stage.until(from_at)
        yield self._stage.hours((1, 48))
        if self._quarrel.is_negotiated:
            self._say_escalated(by)

    def _say_escalated(self, side: Side) -> None:
        escalate = commands.EscalateDispute(order=self._quarrel.order, dispute=self._quarrel.number, side=side)
        self._quarrel.say(escalate, side)

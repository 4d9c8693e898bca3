"""Goods of a simulated dispute go back to the exporter, or come in place of others, or don't."""

from api.simulation import odds
from api.simulation.quarrel import Quarrel
from api.simulation.stage import Story
from domain import commands
from domain.claim import Claim
from domain.side import BUYER, EXPORTER


class Goods:
    """Returns and replacements, on their way and after they have arrived."""

    def __init__(self, quarrel: Quarrel) -> None:
        self._quarrel = quarrel
        self._stage = quarrel.stage
        self._dice = quarrel.dice

    def go_on(self, claim: Claim) -> Story:
        """Do the next thing about the goods of a claim."""
        on_their_way = claim.number in self._quarrel.dispute.on_their_way
        match claim.status, on_their_way:
            case "returning", False:
                yield from self._send_back(claim.number)
            case "returning", True:
                yield from self._take_back(claim.number)
            case _, False:
                yield from self._replace(claim.number)
            case _, True:
                yield from self._accept(claim.number)

    def _send_back(self, claim: int) -> Story:
        if self._dice.deal(odds.RETURNS) == "sent":
            yield self._stage.days((1, 11))
            send = commands.DispatchReturn(order=self._quarrel.order, dispute=self._quarrel.number, claim=claim)
            self._quarrel.say(send, BUYER)
        else:
            yield from self._quarrel.wait_for(f"return/{claim}")

    def _take_back(self, claim: int) -> Story:
        if self._dice.chance(odds.SILENT_ABOUT_GOODS):
            yield from self._quarrel.wait_for(f"return-acknowledgement/{claim}")
            return
        yield self._stage.hours((20, 110))
        acknowledge = commands.AcknowledgeReturn(
            order=self._quarrel.order,
            dispute=self._quarrel.number,
            claim=claim,
            state=self._dice.deal(odds.RETURN_STATES),
        )
        self._quarrel.say(acknowledge, EXPORTER)

    def _replace(self, claim: int) -> Story:
        if self._dice.deal(odds.REPLACEMENTS) == "sent":
            yield self._stage.days((3, 24))
            send = commands.DispatchReplacement(order=self._quarrel.order, dispute=self._quarrel.number, claim=claim)
            self._quarrel.say(send, EXPORTER)
        else:
            yield from self._quarrel.wait_for(f"replacement/{claim}")

    def _accept(self, claim: int) -> Story:
        if self._dice.chance(odds.SILENT_ABOUT_GOODS):
            yield from self._quarrel.wait_for(f"replacement-acknowledgement/{claim}")
            return
        yield self._stage.hours((20, 110))
        acknowledge = commands.AcknowledgeReplacement(
            order=self._quarrel.order,
            dispute=self._quarrel.number,
            claim=claim,
            accepted=self._dice.deal(odds.REPLACED) == "accepted",
        )
        self._quarrel.say(acknowledge, BUYER)

"""The finance desk of a simulated marketplace: second persons who look at what waits to be paid out of a hold."""

from typing import NamedTuple

from api.simulation import odds
from api.simulation.rehearsal import Heard
from api.simulation.stage import Stage, Story
from api.simulation.world import FINANCE, SECOND_FINANCE
from domain import commands
from domain.money import Money
from domain.proposal import Proposals
from domain.references import key_of, kind_of

LOOKED_AT = ("release:", "refund:")
APPROVE = {"release": commands.ApproveRelease, "refund": commands.ApproveRefund}
REJECT = {"release": commands.RejectRelease, "refund": commands.RejectRefund}
REASONS = {"release": "papers-missing", "refund": "not-agreed"}
REJECTED = {"release": odds.RELEASES_REJECTED, "refund": odds.REFUNDS_REJECTED}
BLOCKED = {"party.suspended", "party.sanctioned"}
BLOCKED_DAYS = (8, 16)


class Waiting(NamedTuple):
    """A release or a refund of an order that waits for a second person."""

    kind: str
    number: int
    proposed_by: str


class FinanceDesk:
    """
    Looks at every order with a release or refund that waits for a second person, within some days.

    Whatever made the proposal needn't care: a receipt, a dispute, a reinstatement of the exporter.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._dice = stage.dice
        self._on_the_desk: set[str] = set()
        stage.listen(self._hear)

    def _hear(self, heard: Heard) -> None:
        for reference, loaded in heard.changed.items():
            if not reference.startswith(LOOKED_AT):
                continue
            order, proposals = key_of(reference), loaded.aggregate
            if isinstance(proposals, Proposals) and proposals.pending and order not in self._on_the_desk:
                self._on_the_desk.add(order)
                self._stage.begin(self._look_at(order), order=order)

    def _look_at(self, order: str) -> Story:
        seen: set[Waiting] = set()
        yield self._stage.hours((1, 60))
        while (waiting := self._next(order, seen)) and not self._dice.chance(odds.LEFT_WAITING):
            seen.add(waiting)
            if self._dice.chance(odds.FROZEN_BEFORE_APPROVAL):
                yield from self._decide_frozen(order, waiting)
            else:
                yield from self._decide(order, waiting)
            yield self._stage.hours((1, 60))
        self._on_the_desk.discard(order)

    def _next(self, order: str, seen: set[Waiting]) -> Waiting | None:
        trade = self._stage.trade(order)
        waiting = (
            Waiting(kind_of(proposals.reference), proposal.number, proposal.proposed_by)
            for proposals in (trade.releases, trade.refunds)
            for proposal in proposals.pending
        )
        return next((each for each in waiting if each not in seen), None)

    def _decide_frozen(self, order: str, waiting: Waiting) -> Story:
        """Decide while a warning of the bank keeps the money where it is, and undo that."""
        freeze = commands.FreezeHold(order=order, reason="bank-warning")
        refused = self._stage.say(freeze, FINANCE)
        yield from self._decide(order, waiting)
        yield self._stage.days((1, 10))
        if not refused and self._stage.hold(order).frozen_minor:
            self._stage.say(commands.UnfreezeHold(order=order, reason="cleared"), FINANCE)

    def _decide(self, order: str, waiting: Waiting) -> Story:
        approve = APPROVE[waiting.kind](order=order, number=waiting.number)
        rejected = self._dice.chance(REJECTED[waiting.kind])
        if waiting.proposed_by == FINANCE and self._dice.chance(odds.SELF_APPROVALS):
            self._stage.say(approve, FINANCE)
            yield self._stage.hours((1, 24))
        if not rejected:
            refusal = self._stage.say(approve, SECOND_FINANCE)
            if refusal in BLOCKED:
                yield self._stage.days(BLOCKED_DAYS)
                refusal = self._stage.say(approve, SECOND_FINANCE)
            if self._dice.chance(odds.APPROVED_TWICE):
                self._stage.say(approve, SECOND_FINANCE)
            if not refusal or refusal in BLOCKED:
                return
        yield from self._reject(order, waiting)

    def _reject(self, order: str, waiting: Waiting) -> Story:
        reject = REJECT[waiting.kind](order=order, number=waiting.number, reason=REASONS[waiting.kind])
        self._stage.say(reject, SECOND_FINANCE)
        yield self._stage.days((1, 6))
        trade = self._stage.trade(order)
        if trade.due_minor:
            self._stage.say(commands.ProposeRelease(order=order), FINANCE)
        elif trade.excess_minor:
            excess = Money(trade.hold.currency, trade.excess_minor)
            self._stage.say(commands.ProposeRefund(order=order, amount=excess, reason="not-owed"), FINANCE)

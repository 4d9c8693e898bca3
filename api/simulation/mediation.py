"""A simulated mediation is what happens to claims once a mediator is asked for, up to the last appeal."""

from api.simulation import odds
from api.simulation.quarrel import Quarrel
from api.simulation.stage import Story
from api.simulation.world import OPERATOR
from domain import commands
from domain.claim import Claim
from domain.dispute import ProposedRuling
from domain.dispute_events import Finding
from domain.side import BUYER, EXPORTER, Side

REASONS = ("defects-shown", "not-shown", "late", "agreed-otherwise", "shared-fault")
NEVER_SHOWN = 999
"""The number of a piece of evidence that no dispute has."""


class Mediation:
    """Mediators who come and go, evidence they ask for, decisions, second looks and appeals."""

    def __init__(self, quarrel: Quarrel) -> None:
        self._quarrel = quarrel
        self._stage = quarrel.stage
        self._dice = quarrel.dice
        self._asked = False

    def go_on(self) -> Story:
        """Do the next thing about claims that nobody has decided."""
        dispute = self._quarrel.dispute
        if not dispute.mediator:
            yield from self._assign()
        elif not dispute.mediator_declared:
            yield from self._declare()
        elif self._dice.chance(odds.RECUSED):
            yield self._stage.hours((1, 20))
            recuse = commands.RecuseMediator(order=self._quarrel.order, dispute=self._quarrel.number, reason="ill")
            self._stage.say(recuse, OPERATOR)
        else:
            yield from self._hear_sides()
            yield from self._decide()

    def look_again(self) -> Story:
        """Let a second mediator look at a decision that waits for one."""
        if self._dice.chance(odds.SHOWN_TOO_LATE):
            yield self._stage.hours((1, 8))
            self._quarrel.show(self._quarrel.dispute.claims[0].number, BUYER)
        yield self._stage.hours((3, 50))
        pending = self._quarrel.dispute.pending
        if pending is None:
            return
        approve = commands.ApproveDecision(
            order=self._quarrel.order, dispute=self._quarrel.number, decision=pending.number
        )
        if self._dice.chance(odds.DECISIONS_SELF_APPROVED):
            self._stage.say(approve, f"mediator:{pending.mediator}")
        second = f"mediator:{self._another()}"
        if self._dice.deal(odds.SECOND_LOOKS) == "returned":
            back = commands.ReturnDecision(
                order=self._quarrel.order, dispute=self._quarrel.number, decision=pending.number, reason="unclear"
            )
            self._stage.say(back, second)
        else:
            self._stage.say(approve, second)

    def after_ruling(self, claim: Claim) -> Story:
        """Appeal, accept the decision, or let the time for that pass."""
        if not claim.appealed and self._dice.chance(odds.APPEALED):
            yield from self._appeal(claim.number)
        elif not claim.waived_by and self._dice.chance(odds.ACCEPTED_BY_BOTH):
            for side in (BUYER, EXPORTER):
                yield self._stage.hours((4, 70))
                waive = commands.WaiveAppeal(
                    order=self._quarrel.order, dispute=self._quarrel.number, claim=claim.number, side=side
                )
                self._quarrel.say(waive, side)
        else:
            yield from self._quarrel.wait_for(f"appeal/{claim.decision}")

    def _assign(self) -> Story:
        if self._dice.chance(odds.CLOCK_PAUSED):
            yield from self._quarrel.pause("mediation")
        yield self._stage.hours((2, 40))
        if self._dice.chance(odds.MEDIATOR_IS_PARTY):
            self._say_assigned(self._quarrel.dispute.exporter)
        decided = [name for claim in self._quarrel.claims("appealed") for name in claim.ruled_by]
        if decided and self._dice.chance(odds.SAME_MEDIATOR_AGAIN):
            self._say_assigned(decided[0])
        if not self._quarrel.is_over:
            self._say_assigned(self._another())
        if self._dice.chance(odds.ASSIGNED_TWICE):
            self._say_assigned(self._another())

    def _declare(self) -> Story:
        yield self._stage.hours((1, 24))
        mediator = self._quarrel.dispute.mediator
        declare = commands.DeclareConflict(
            order=self._quarrel.order, dispute=self._quarrel.number, conflict=self._dice.chance(odds.CONFLICTS)
        )
        self._stage.say(declare, f"mediator:{mediator}")

    def _hear_sides(self) -> Story:
        self._quarrel.write(lambda: f"mediator:{self._quarrel.dispute.mediator}")
        if self._asked or not self._dice.chance(odds.EVIDENCE_ASKED):
            return
        self._asked = True
        yield self._stage.hours((1, 12))
        claim = self._dice.one_of(self._quarrel.claims("open", "appealed") or self._quarrel.dispute.claims).number
        of: Side = BUYER if self._dice.chance(odds.EVIDENCE_OF_BUYER) else EXPORTER
        ask = commands.RequestEvidence(
            order=self._quarrel.order, dispute=self._quarrel.number, claim=claim, of=of, what="packing-list"
        )
        if not self._stage.say(ask, f"mediator:{self._quarrel.dispute.mediator}"):
            yield from self._bring(len(self._quarrel.dispute.requests), claim, of)

    def _bring(self, request: int, claim: int, of: Side) -> Story:
        end = self._dice.pick(odds.EVIDENCE_ENDS)
        if end == "in-time":
            yield self._stage.hours((4, 90))
        else:
            yield from self._quarrel.wait_for(f"evidence/{request}")
        if end != "never":
            self._quarrel.show(claim, of, request=request)

    def _decide(self) -> Story:
        yield self._stage.hours((4, 60))
        undecided = self._undecided()
        if not undecided or not self._quarrel.dispute.mediator_declared:
            return
        if len(undecided) > 1 and self._dice.chance(odds.DECIDED_IN_PARTS):
            undecided = undecided[:-1]
        propose = commands.ProposeDecision(
            order=self._quarrel.order,
            dispute=self._quarrel.number,
            rulings=tuple(self._ruling(claim) for claim in undecided),
        )
        self._stage.say(propose, f"mediator:{self._quarrel.dispute.mediator}")

    def _undecided(self) -> list[Claim]:
        """Return what to decide at once: what is on appeal is decided by itself."""
        return list(self._quarrel.claims("appealed") or self._quarrel.claims("open"))

    def _ruling(self, claim: Claim) -> ProposedRuling:
        drawn = self._quarrel.remedy(claim)
        considered = tuple(piece.number for piece in self._quarrel.dispute.considered([claim.number]))
        cited = (NEVER_SHOWN,) if self._dice.chance(odds.OUTSIDE_EVIDENCE) else considered[:4]
        return ProposedRuling(
            claim=claim.number,
            remedy=drawn.kind,
            amount_minor=drawn.amount_minor,
            reason=self._dice.one_of(REASONS),
            findings=(Finding(text=self._quarrel.text("finding"), evidence=cited),),
        )

    def _appeal(self, number: int) -> Story:
        yield self._stage.days((1, 20))
        side: Side = BUYER if self._dice.chance(odds.APPEALED_BY_BUYER) else EXPORTER
        if self._dice.chance(odds.APPEALED_WITHOUT_EVIDENCE):
            self._say_appealed(number, side, evidence=1)
            yield self._stage.hours((1, 30))
        if not self._quarrel.show(number, side):
            self._say_appealed(number, side, evidence=len(self._quarrel.dispute.evidence))

    def _say_appealed(self, number: int, side: Side, *, evidence: int) -> None:
        appeal = commands.AppealRuling(
            order=self._quarrel.order, dispute=self._quarrel.number, claim=number, side=side, evidence=evidence
        )
        self._quarrel.say(appeal, side)

    def _say_assigned(self, mediator: str) -> None:
        assign = commands.AssignMediator(order=self._quarrel.order, dispute=self._quarrel.number, mediator=mediator)
        self._stage.say(assign, OPERATOR)

    def _another(self) -> str:
        """Return a mediator who has had nothing to do with the dispute, or anybody where all have."""
        dispute = self._quarrel.dispute
        known = {dispute.mediator, *dispute.recused, *(name for claim in dispute.claims for name in claim.ruled_by)}
        return self._quarrel.cast.mediator(not_of=known)

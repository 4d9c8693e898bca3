"""How the naive model argues: claims, answers, offers, evidence, mediators, decisions, appeals, goods sent back."""

from collections.abc import Sequence
from fractions import Fraction

from domain import commands
from domain.commands import NewClaim
from domain.errors import Forbidden, Malformed, NotFound
from tests.property.model_money import HeldMoney, dealt
from tests.property.model_parties import DAY
from tests.property.model_state import (
    ModelClaim,
    ModelDecision,
    ModelDispute,
    ModelEvidence,
    ModelOffer,
    ModelOrder,
    ModelRequest,
    Who,
    need,
    rounded,
)

GIVES_NOTHING = ("none", "replacement")
ON_THEIR_WAY = {
    "return-and-refund": "returning",
    "replacement": "replacing",
    "replacement-and-refund": "replacing",
}
ALIVE = ("open", "ruled", "appealed", "returning", "replacing")


class Disputes(HeldMoney):
    """What the model does with disputes."""

    def open_dispute(self, order: ModelOrder, command: commands.OpenDispute, who: Who) -> None:
        """Open a dispute, and set aside what is claimed."""
        need(command.claims, Malformed)
        for claim in command.claims:
            need(claim.amount_minor is None or claim.amount_minor > 0, Malformed)
            need(claim.quantity is None or (claim.line and claim.quantity > 0), Malformed)
        need(order.hold != "none", NotFound)
        need(order.hold == "open" and order.received and not order.claims_ended and not order.dispute)
        claims = [ModelClaim(self._claimed(order, claim, who)) for claim in command.claims]
        need(sum(claim.amount for claim in claims) <= order.held + order.ungiven + order.recoverable)
        order.disputes.append(ModelDispute(len(order.disputes) + 1, who.at, claims))
        self.set_more_aside(order, who)

    def _claimed(self, order: ModelOrder, claim: NewClaim, who: Who) -> int:
        whole = order.total
        if claim.line:
            need(claim.line <= len(order.lines), NotFound)
            quantity, worth = order.lines[claim.line - 1]
            need((claim.quantity or 1) <= quantity, Malformed)
            whole = rounded(Fraction(worth * (claim.quantity or quantity), quantity))
        usual = whole
        if claim.kind == "late":
            waiting = (who.at.date() - order.ship_by).days if order.status in {"accepted", "part_dispatched"} else 0
            days = max(order.days_late, waiting)
            need(days > 0, Malformed)
            usual = self._late_remedy(whole, days)
        minor = usual if claim.amount_minor is None else claim.amount_minor
        need(1 <= minor <= whole, Malformed)
        return minor

    def _late_remedy(self, whole: int, days: int) -> int:
        rules = self.rules
        if rules.late_remedy == "none":
            return 0
        if rules.late_remedy == "coupon":
            return min(whole, rules.late_coupon_minor.get("USD", 0))
        rate_bps = min(rules.late_damages_bps_per_day * days, rules.late_damages_bps_max)
        return rounded(Fraction(whole * rate_bps, 10_000))

    def obey_on_dispute(self, order: ModelOrder, command: commands.DisputeCommand, who: Who) -> None:
        """Do what is said about a dispute."""
        need(1 <= command.dispute <= len(order.disputes), NotFound)
        dispute = order.disputes[command.dispute - 1]
        self._check_said(command)
        need(dispute.status != "settled")
        match command:
            case commands.AnswerClaim() | commands.WithdrawClaim():
                self._answer(order, dispute, command, who)
            case commands.MakeOffer() | commands.AcceptOffer() | commands.DeclineOffer():
                self._bargain(order, dispute, command, who)
            case commands.SubmitEvidence() | commands.RequestEvidence():
                self._prove(dispute, command, who)
            case commands.PostMessage():
                dispute.messages += 1
            case commands.EscalateDispute():
                need(dispute.status == "negotiating")
                need(who.at >= dispute.opened_at + (self.rules.escalation_from_day - 1) * DAY)
                dispute.status = "escalated"
            case commands.AssignMediator() | commands.DeclareConflict() | commands.RecuseMediator():
                _mediate(dispute, command, who, {order.buyer, order.exporter})
            case commands.ProposeDecision() | commands.ApproveDecision() | commands.ReturnDecision():
                self._decide(order, dispute, command, who)
            case commands.AppealRuling() | commands.WaiveAppeal():
                self._appeal(order, dispute, command, who)
            case _:
                self._send_goods(order, dispute, command, who)

    def _check_said(self, command: commands.DisputeCommand) -> None:
        """Refuse what can't be meant, before the dispute is looked at."""
        if isinstance(command, commands.SubmitEvidence):
            need(len(command.sha256) == 64 and "/" in command.media_type and command.size_bytes > 0, Malformed)
        if isinstance(command, commands.ProposeDecision):
            need(command.rulings and len({r.claim for r in command.rulings}) == len(command.rulings), Malformed)
            need(all(ruling.findings for ruling in command.rulings), Malformed)

    # Negotiation

    def _answer(
        self,
        order: ModelOrder,
        dispute: ModelDispute,
        command: commands.AnswerClaim | commands.WithdrawClaim,
        who: Who,
    ) -> None:
        if isinstance(command, commands.WithdrawClaim):
            get(dispute, command.claim, *ALIVE)
            self.remedy(dispute, command.claim, ("none", 0))
            self.carry_out(order, dispute, [command.claim], who)
            return
        claim = get(dispute, command.claim, "open")
        claim.answered = True
        if command.stance == "accepts":
            self.remedy(dispute, command.claim, ("refund", claim.amount))
            self.carry_out(order, dispute, [command.claim], who)

    def _bargain(
        self,
        order: ModelOrder,
        dispute: ModelDispute,
        command: commands.MakeOffer | commands.AcceptOffer | commands.DeclineOffer,
        who: Who,
    ) -> None:
        if isinstance(command, commands.MakeOffer):
            claim = get(dispute, command.claim, "open", "ruled", "appealed")
            remedy = remedy_of(claim, command.remedy, command.amount_minor)
            for number, offer in list(dispute.offers.items()):
                if (offer.claim, offer.side) == (command.claim, command.side):
                    del dispute.offers[number]
            dispute.offers_made += 1
            dispute.offers[dispute.offers_made] = ModelOffer(command.claim, command.side, remedy)
            return
        need(command.offer in dispute.offers, NotFound)
        offer = dispute.offers[command.offer]
        if isinstance(command, commands.DeclineOffer):
            del dispute.offers[command.offer]
            return
        need(offer.side != command.side)
        self.remedy(dispute, offer.claim, offer.remedy)
        self.carry_out_unless_goods_go(order, dispute, [offer.claim], who)

    def _prove(
        self, dispute: ModelDispute, command: commands.SubmitEvidence | commands.RequestEvidence, who: Who
    ) -> None:
        if isinstance(command, commands.RequestEvidence):
            get(dispute, command.claim, "open", "appealed")
            check_mediator(dispute, who)
            dispute.requests.append(ModelRequest(command.claim, command.of))
            return
        claim = get(dispute, command.claim, *ALIVE)
        late = claim.status == "ruled" or (dispute.pending is not None and command.claim in dispute.pending.rulings)
        if command.request:
            need(1 <= command.request <= len(dispute.requests), NotFound)
            request = dispute.requests[command.request - 1]
            need((request.claim, request.side) == (command.claim, command.side), NotFound)
            late = late or request.over
        dispute.evidence.append(ModelEvidence(command.claim, command.side, command.request, late))

    # Decisions

    def _decide(
        self,
        order: ModelOrder,
        dispute: ModelDispute,
        command: commands.ProposeDecision | commands.ApproveDecision | commands.ReturnDecision,
        who: Who,
    ) -> None:
        if isinstance(command, commands.ProposeDecision):
            self._propose_decision(order, dispute, command, who)
            return
        pending = dispute.pending
        need(pending is not None and pending.number == command.decision, NotFound)
        assert pending is not None
        need(who.person not in {pending.mediator, order.buyer, order.exporter}, Forbidden)
        need(who.person not in dispute.recused, Forbidden)
        before = [dispute.claim(number).ruled_by for number in pending.rulings] if pending.appeal else []
        need(all(who.person not in ruled_by for ruled_by in before), Forbidden)
        if isinstance(command, commands.ApproveDecision):
            self._give(order, dispute, pending, who)
        else:
            dispute.pending = None

    def _propose_decision(
        self, order: ModelOrder, dispute: ModelDispute, command: commands.ProposeDecision, who: Who
    ) -> None:
        need(dispute.pending is None)
        check_mediator(dispute, who)
        claims = [get(dispute, ruling.claim, "open", "appealed") for ruling in command.rulings]
        appeal = any(claim.status == "appealed" for claim in claims)
        need(not appeal or all(claim.status == "appealed" for claim in claims))
        need(not appeal or all(dispute.mediator not in claim.ruled_by for claim in claims), Forbidden)
        rulings = {}
        for ruling, claim in zip(command.rulings, claims, strict=True):
            rulings[ruling.claim] = remedy_of(claim, ruling.remedy, ruling.amount_minor)
            for number in (number for finding in ruling.findings for number in finding.evidence):
                piece = dispute.evidence[number - 1] if 1 <= number <= len(dispute.evidence) else None
                need(piece and piece.claim == ruling.claim and (appeal or not piece.late))
        dispute.decisions += 1
        order.clocks.pop(f"review/{dispute.number}", None)
        dispute.pending = ModelDecision(dispute.decisions, dispute.mediator, rulings, appeal, len(dispute.evidence))
        if not self.needs_second(sum(claim.amount for claim in claims)):
            self._give(order, dispute, dispute.pending, who)

    def _give(self, order: ModelOrder, dispute: ModelDispute, pending: ModelDecision, who: Who) -> None:
        dispute.pending = None
        for number, remedy in pending.rulings.items():
            claim = dispute.claim(number)
            claim.ruled_by.add(pending.mediator)
            if pending.appeal:
                self.remedy(dispute, number, remedy)
            else:
                claim.status, claim.remedy, claim.decision = "ruled", remedy, pending.number
                claim.seen, claim.waived = pending.seen, set()
        if pending.appeal:
            self.carry_out_unless_goods_go(order, dispute, list(pending.rulings), who)

    def _appeal(
        self,
        order: ModelOrder,
        dispute: ModelDispute,
        command: commands.AppealRuling | commands.WaiveAppeal,
        who: Who,
    ) -> None:
        claim = get(dispute, command.claim, "ruled")
        if isinstance(command, commands.WaiveAppeal):
            need(command.side not in claim.waived)
            claim.waived.add(command.side)
            if len(claim.waived) == 2:
                self.finalise(order, dispute, [command.claim], who)
            return
        need(not claim.appealed and command.side not in claim.waived)
        if self.rules.appeal_needs_new_evidence:
            need(claim.seen < command.evidence <= len(dispute.evidence))
            piece = dispute.evidence[command.evidence - 1]
            need((piece.claim, piece.side) == (command.claim, command.side))
        claim.status, claim.appealed, claim.waived = "appealed", True, set()
        dispute.status, dispute.mediator, dispute.declared, dispute.pending = "escalated", "", False, None

    def finalise(self, order: ModelOrder, dispute: ModelDispute, numbers: Sequence[int], who: Who) -> None:
        """Let rulings be final that nobody appealed."""
        ruled = [number for number in numbers if dispute.claim(number).status == "ruled"]
        for number in ruled:
            self.remedy(dispute, number, dispute.claim(number).remedy or ("none", 0))
        self.carry_out_unless_goods_go(order, dispute, ruled, who)

    # Goods

    def _send_goods(self, order: ModelOrder, dispute: ModelDispute, command: commands.DisputeCommand, who: Who) -> None:
        match command:
            case commands.DispatchReturn() | commands.DispatchReplacement():
                returning = isinstance(command, commands.DispatchReturn)
                get(dispute, command.claim, "returning" if returning else "replacing")
                need(command.claim not in dispute.travelling)
                dispute.travelling.add(command.claim)
            case commands.AcknowledgeReturn():
                get(dispute, command.claim, "returning")
                need(command.claim in dispute.travelling)
                self.arrive(order, dispute, command.claim, who, fine=command.state == "received")
            case commands.AcknowledgeReplacement():
                get(dispute, command.claim, "replacing")
                need(command.claim in dispute.travelling)
                self.arrive(order, dispute, command.claim, who, fine=command.accepted)
            case _:
                raise AssertionError(command)

    def arrive(self, order: ModelOrder, dispute: ModelDispute, number: int, who: Who, *, fine: bool) -> None:
        """Let goods arrive as they should, or not."""
        dispute.travelling.remove(number)
        if fine:
            self.carry_out(order, dispute, [number], who)
            return
        claim = dispute.claim(number)
        claim.status, claim.remedy = "open", None
        dispute.status = "escalated"

    # Ends

    def remedy(self, dispute: ModelDispute, number: int, remedy: tuple[str, int]) -> None:
        """Give a claim its remedy; what was still being talked about is over."""
        claim = dispute.claim(number)
        claim.remedy, claim.status = remedy, ON_THEIR_WAY.get(remedy[0], claim.status)
        if dispute.pending and number in dispute.pending.rulings:
            dispute.pending = None
        dispute.offers = {name: offer for name, offer in dispute.offers.items() if offer.claim != number}
        dispute.travelling.discard(number)

    def carry_out_unless_goods_go(
        self, order: ModelOrder, dispute: ModelDispute, numbers: Sequence[int], who: Who
    ) -> None:
        """Settle those claims that wait for no goods."""
        waiting = ("returning", "replacing")
        self.carry_out(order, dispute, [n for n in numbers if dispute.claim(n).status not in waiting], who)

    def carry_out(self, order: ModelOrder, dispute: ModelDispute, numbers: Sequence[int], who: Who) -> None:
        """Bring claims to their end: free what was set aside, give back what their remedies say."""
        if not numbers:
            return
        claims = [dispute.claim(number) for number in numbers]
        aside = sum(claim.aside for claim in claims)
        awards = [max(0, (claim.remedy or ("none", 0))[1] - claim.charged) for claim in claims]
        owed = sum(awards)
        waits = min(max(0, owed - aside), order.ungiven)
        paid = min(owed - waits, aside + order.recoverable)
        conceded = waits + min(paid, aside + order.held)
        rejected = paid > max(0, aside + order.free) or conceded > max(0, order.owed)
        if rejected:
            order.releases.clear()
        order.conceded += conceded
        order.held, order.disputed = order.held + aside, order.disputed - aside
        unpaid = [award - part for award, part in zip(awards, dealt(paid, awards), strict=True)]
        for claim, part in zip(claims, dealt(waits, unpaid), strict=True):
            claim.status, claim.aside, claim.waiting = "settled", 0, part
        dispute.paid += paid
        if not dispute.open_claims:
            dispute.status = "settled"
        self._after_freed(order, paid, max(0, aside - conceded), who, freed=bool(aside or conceded))
        if rejected:
            self.release_due(order, who)

    def _after_freed(self, order: ModelOrder, paid: int, kept: int, who: Who, *, freed: bool) -> None:
        if paid:
            self.propose_refund(order, paid, who, by_dispute=True)
        if freed:
            self.freeze_arrived(order, kept)
            self.set_more_aside(order, who)
            self.settle(order, who)


def get(dispute: ModelDispute, number: int, *needed: str) -> ModelClaim:
    """Return a claim, if it is in one of these states."""
    need(1 <= number <= len(dispute.claims), NotFound)
    claim = dispute.claim(number)
    need(claim.status in needed)
    return claim


def remedy_of(claim: ModelClaim, kind: str, minor: int | None) -> tuple[str, int]:
    """Return a remedy for a claim, if it can be one."""
    given = (0 if kind in GIVES_NOTHING else claim.amount) if minor is None else minor
    need(given == 0 if kind in GIVES_NOTHING else given > 0, Malformed)
    need(given <= claim.amount and (kind != "refund" or given == claim.amount))
    need(kind != "partial-refund" or given < claim.amount)
    return kind, given


def check_mediator(dispute: ModelDispute, who: Who) -> None:
    """Refuse who isn't the dispute's mediator, or hasn't said that nothing ties them to a party."""
    need(dispute.status == "escalated")
    need(who.person == dispute.mediator, Forbidden)
    need(dispute.declared)


def _mediate(
    dispute: ModelDispute,
    command: commands.AssignMediator | commands.DeclareConflict | commands.RecuseMediator,
    who: Who,
    sides: set[str],
) -> None:
    match command:
        case commands.AssignMediator():
            need(dispute.status == "escalated" and not dispute.mediator)
            need(command.mediator not in dispute.recused | sides, Forbidden)
            appealed = (claim for claim in dispute.claims if claim.status == "appealed")
            need(all(command.mediator not in claim.ruled_by for claim in appealed), Forbidden)
            dispute.mediator, dispute.declared = command.mediator, False
            return
        case commands.DeclareConflict():
            need(dispute.status == "escalated")
            need(who.person == dispute.mediator, Forbidden)
            if not command.conflict:
                dispute.declared = True
                return
        case commands.RecuseMediator():
            need(dispute.mediator, Forbidden)
    dispute.recused.add(dispute.mediator)
    dispute.mediator, dispute.declared, dispute.pending = "", False, None

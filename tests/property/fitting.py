"""Commands that fit how things stand, by the naive model: what somebody might well say next about an order."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from domain import commands
from domain.agreement_terms import AgreementTerms
from domain.amendment import Amendment, LineChange
from domain.claim import RemedyKind, ReturnedState
from domain.commands import Command, NewClaim
from domain.commitment import Commitment
from domain.dispute import ProposedRuling
from domain.dispute_events import Finding
from domain.money import Money
from domain.order import Line
from domain.rules import Rules
from domain.side import Side
from domain.takeover import TakenOverStatus
from tests.property.model import Model
from tests.property.model_state import ModelClaim, ModelDispute, ModelOrder, ModelParty, No
from tests.strategies import (
    ACCOUNT,
    BUYER,
    CURRENCY,
    EXPORTER,
    LIST,
    MEDIATORS,
    NEXT_RULEBOOK,
    OPERATORS,
    PARTIES,
    SAFEGUARDED,
    SHA256,
    Voice,
)

Fitting = tuple[Command, Voice]

SIDES: tuple[Side, ...] = ("buyer", "exporter")
REMEDIES: tuple[RemedyKind, ...] = (
    "none",
    "refund",
    "partial-refund",
    "return-and-refund",
    "replacement",
    "replacement-and-refund",
)
STATES: tuple[ReturnedState, ...] = ("received", "damaged")
STAGES: tuple[tuple[TakenOverStatus, int], ...] = (("dispatched", 0), ("delivered", 50), ("accepted", 0))
"""How far an order may have come elsewhere, and how much of its money was released there."""
SHIP_BYS = (date(2026, 11, 25), date(2026, 12, 15))


def ordinary(key: str, order: ModelOrder) -> Command:
    """Return what would ordinarily be said next about an order."""
    match order.status:
        case "placed":
            return commands.AcceptOrder(order=key)
        case "accepted" if order.received < order.total:
            missing = Money(CURRENCY, order.total - order.received)
            return commands.RecordPayment(order=key, amount=missing, account=ACCOUNT)
        case "accepted" | "part_dispatched":
            return commands.DispatchGoods(order=key)
        case "dispatched":
            return commands.RecordDelivery(order=key)
        case _:
            return commands.ConfirmReceipt(order=key)


def is_over(order: ModelOrder) -> bool:
    """Return whether nothing much may come of an order any more."""
    return order.status == "cancelled" or order.hold == "closed" or order.claims_ended


def placings(key: str, model: Model, today: date) -> Iterator[Fitting]:
    """Yield orders that could be placed by those who may trade; if none may, what would let them."""
    able = [pair for pair in pairwise((*PARTIES, PARTIES[0])) if _may_trade(model, *pair)]
    for buyer, exporter in able:
        for minors in ((100,), (40, 61)):
            yield _placing(key, buyer, exporter, minors, ship_by=today + timedelta(days=5)), OPERATORS[0]
    for name in PARTIES if not able else ():
        yield from _clearings(name, model)


def takeovers(key: str, at: datetime) -> Iterator[Fitting]:
    """Yield orders that another system could hand over, half of whose money was released there or nothing yet."""
    for status, released_minor in STAGES:
        placed = _placing(key, PARTIES[0], PARTIES[1], (100,), ship_by=at.date())
        yield (
            commands.TakeOverOrder(
                order=key,
                source="old",
                source_reference=key,
                buyer=placed.buyer,
                exporter=placed.exporter,
                currency=CURRENCY,
                lines=placed.lines,
                transport_mode="air",
                ship_by=placed.ship_by,
                status=status,
                placed_at=at - timedelta(days=20),
                dispatched_at=None if status == "accepted" else at - timedelta(days=16),
                received_minor=(100,),
                held_minor=100 - released_minor,
                released_gross_minor=released_minor,
                account=ACCOUNT,
            ),
            OPERATORS[0],
        )


def _may_trade(model: Model, buyer: str, exporter: str) -> bool:
    try:
        model.check_may_trade(buyer, exporter)
    except No:
        return False
    return True


def _placing(key: str, buyer: str, exporter: str, minors: tuple[int, ...], *, ship_by: date) -> commands.PlaceOrder:
    lines = tuple(
        Line(number=number, sku="SKU-1", quantity=3, amount_minor=minor) for number, minor in enumerate(minors, start=1)
    )
    return commands.PlaceOrder(
        order=key,
        buyer=buyer,
        exporter=exporter,
        currency=CURRENCY,
        lines=lines,
        transport_mode="air",
        ship_by=ship_by,
    )


def _clearings(name: str, model: Model) -> Iterator[Fitting]:
    party = model.parties.get(name)
    if party is None:
        yield commands.RegisterParty(party=name, roles=("buyer", "exporter"), country="IN"), OPERATORS[0]
        return
    if party.suspended:
        yield commands.ReinstateParty(party=name, reason="fine"), OPERATORS[0]
    for list_name, version in model.lists.items():
        if party.screened.get(list_name) != (version, "clear"):
            screened = commands.ScreenParty(
                party=name, list_name=list_name, list_version=version, list_hash=SHA256, result="clear"
            )
            yield screened, OPERATORS[0]


def openings(key: str, order: ModelOrder) -> Iterator[Fitting]:
    """Yield disputes that could be opened."""
    if order.hold != "open" or order.claims_ended:
        return
    most = order.held + order.ungiven + order.recoverable
    for parts in ((most,), (most // 2, most - most // 2), (1, most - 1), (most // 3, most // 3), (most + 1,)):
        if min(parts) > 0:
            claims = tuple(NewClaim(kind="quality", amount_minor=part) for part in parts)
            yield commands.OpenDispute(order=key, claims=claims), BUYER
    yield commands.OpenDispute(order=key, claims=(NewClaim(kind="late"),)), BUYER
    yield commands.OpenDispute(order=key, claims=(NewClaim(kind="damaged", line=1, quantity=1),)), BUYER


def arguments(key: str, dispute: ModelDispute) -> Iterator[Fitting]:
    """Yield what the sides could say about claims."""
    about = _about(key, dispute)
    for number, _ in _claims(dispute, "open"):
        yield commands.AnswerClaim(**about, claim=number, stance="accepts"), EXPORTER
        yield commands.AnswerClaim(**about, claim=number, stance="contests"), EXPORTER
    for number, _ in _claims(dispute):
        yield commands.WithdrawClaim(**about, claim=number), BUYER
    if dispute.status == "negotiating":
        yield commands.EscalateDispute(**about, side="buyer"), BUYER
    yield commands.PostMessage(**about, text=SHA256), EXPORTER


def evidence(key: str, dispute: ModelDispute) -> Iterator[Fitting]:
    """Yield evidence that could be handed in or asked for."""
    about = _about(key, dispute)
    for number, _ in _claims(dispute):
        for side, voice in zip(SIDES, (BUYER, EXPORTER), strict=True):
            yield _submitted(key, dispute, number, side, 0), voice
    for number, request in enumerate(dispute.requests, start=1):
        yield _submitted(key, dispute, request.claim, _side(request.side), number), OPERATORS[0]
    if dispute.mediator:
        for number, _ in _claims(dispute, "open", "appealed"):
            asked = commands.RequestEvidence(**about, claim=number, of="exporter", what="photos")
            yield asked, _mediator(dispute)


def offers(key: str, dispute: ModelDispute) -> Iterator[Fitting]:
    """Yield what could be offered, and what could become of offers."""
    about = _about(key, dispute)
    for number, claim in _claims(dispute, "open", "ruled", "appealed"):
        for kind in REMEDIES:
            minor = _part(claim, kind)
            for side, voice in zip(SIDES, (BUYER, EXPORTER), strict=True):
                yield commands.MakeOffer(**about, claim=number, side=side, remedy=kind, amount_minor=minor), voice
    for number, offer in dispute.offers.items():
        for _ in REMEDIES:
            yield commands.AcceptOffer(**about, offer=number, side=_other(offer.side)), OPERATORS[0]
        yield commands.AcceptOffer(**about, offer=number, side=_side(offer.side)), OPERATORS[0]
        yield commands.DeclineOffer(**about, offer=number, side=_other(offer.side), reason="no"), OPERATORS[0]


def mediation(key: str, dispute: ModelDispute) -> Iterator[Fitting]:
    """Yield what mediators could do."""
    about = _about(key, dispute)
    if not dispute.mediator:
        for voice in MEDIATORS:
            yield commands.AssignMediator(**about, mediator=_person(voice)), OPERATORS[0]
        return
    mediator = _mediator(dispute)
    if not dispute.declared:
        for conflict in (False, False, False, True):
            yield commands.DeclareConflict(**about, conflict=conflict), mediator
    if dispute.pending:
        for voice in MEDIATORS:
            yield commands.ApproveDecision(**about, decision=dispute.pending.number), voice
        yield commands.ReturnDecision(**about, decision=dispute.pending.number, reason="thin"), MEDIATORS[1]
        return
    yield commands.RecuseMediator(**about, reason="ill"), OPERATORS[0]
    yield from _decisions(key, dispute, mediator)


def _decisions(key: str, dispute: ModelDispute, mediator: Voice) -> Iterator[Fitting]:
    for kind in REMEDIES:
        for status in ("open", "appealed"):
            claims = _claims(dispute, status)
            for some in (claims, claims[:1], claims[1:]):
                if some:
                    rulings = tuple(_ruling(dispute, number, claim, kind) for number, claim in some)
                    yield commands.ProposeDecision(order=key, dispute=dispute.number, rulings=rulings), mediator


def appeals(key: str, dispute: ModelDispute) -> Iterator[Fitting]:
    """Yield what sides could say of decisions."""
    about = _about(key, dispute)
    for number, _ in _claims(dispute, "ruled"):
        for side, voice in zip(SIDES, (BUYER, EXPORTER), strict=True):
            yield commands.WaiveAppeal(**about, claim=number, side=side), voice
            yield _submitted(key, dispute, number, side, 0), voice
            yield commands.AppealRuling(**about, claim=number, side=side, evidence=len(dispute.evidence)), voice


def goods(key: str, dispute: ModelDispute) -> Iterator[Fitting]:
    """Yield what could become of goods that go back, or come in place of others."""
    about = _about(key, dispute)
    for number, _ in _claims(dispute, "returning"):
        yield commands.DispatchReturn(**about, claim=number), BUYER
        for state in STATES:
            yield commands.AcknowledgeReturn(**about, claim=number, state=state), EXPORTER
    for number, _ in _claims(dispute, "replacing"):
        yield commands.DispatchReplacement(**about, claim=number), EXPORTER
        for accepted in (True, False):
            yield commands.AcknowledgeReplacement(**about, claim=number, accepted=accepted), BUYER


def amendments(key: str, order: ModelOrder) -> Iterator[Fitting]:
    """Yield changes of what was agreed."""
    if order.amendment:
        about: dict[str, Any] = {"order": key, "amendment": order.amendment.number}
        for _ in range(3):
            yield commands.AcceptAmendment(**about, side=_other(order.amendment.side)), OPERATORS[0]
        yield commands.AcceptAmendment(**about, side=_side(order.amendment.side)), OPERATORS[0]
        yield commands.DeclineAmendment(**about, side=_other(order.amendment.side), reason="no"), OPERATORS[0]
        return
    quantity, minor = order.lines[0]
    for change in (
        Amendment(lines=(LineChange(line=1, quantity=quantity + 1, amount_minor=minor + 10),)),
        Amendment(lines=(LineChange(line=1, quantity=max(1, quantity - 1), amount_minor=max(1, minor // 2)),)),
        Amendment(lines=(LineChange(line=1, quantity=quantity, amount_minor=max(1, minor - 5)),)),
        Amendment(step_amounts_minor=tuple(reversed([step for step, _ in order.steps]))),
        *(Amendment(ship_by=day, deliver_by=day + timedelta(days=9)) for day in SHIP_BYS),
    ):
        yield commands.ProposeAmendment(order=key, side="buyer", change=change), BUYER
    for side, voice in zip(SIDES, (BUYER, EXPORTER), strict=True):
        yield commands.ExtendInspection(order=key, side=side), voice
    yield commands.ExtendInspection(order=key, side="exporter", days=16), EXPORTER


def pauses(key: str, order: ModelOrder) -> Iterator[Fitting]:
    """Yield what could be done to clocks that run."""
    for name, clock in sorted(order.clocks.items()):
        if clock.paused:
            yield commands.ResumeClock(order=key, clock=name, reason="talks"), OPERATORS[0]
        else:
            yield commands.PauseClock(order=key, clock=name, reason="talks"), OPERATORS[0]


def guarantees(key: str, order: ModelOrder) -> Iterator[Fitting]:
    """Yield what the operator could do with its own money."""
    if order.guarantee is None:
        for minor in (1, 20, 60):
            advanced = Money(CURRENCY, minor)
            yield commands.AdvanceGuarantee(order=key, amount=advanced, account=SAFEGUARDED), OPERATORS[0]
        return
    for minor in {1, max(1, order.guarantee.left)}:
        sum_of_it = Money(CURRENCY, minor)
        yield commands.RepayAdvance(order=key, amount=sum_of_it, account=SAFEGUARDED), OPERATORS[0]
        yield commands.ProposeWriteOff(order=key, amount=sum_of_it, reason="lost"), OPERATORS[0]
    for number in order.guarantee.waiting:
        yield commands.ApproveWriteOff(order=key, number=number), OPERATORS[1]
        yield commands.RejectWriteOff(order=key, number=number, reason="no"), OPERATORS[1]


def standings(name: str, party: ModelParty, version: str) -> Iterator[Fitting]:
    """Yield what could be said of a party that is registered, with a list in some version."""
    if party.suspended:
        yield commands.ReinstateParty(party=name, reason="fine"), OPERATORS[0]
    else:
        yield commands.SuspendParty(party=name, reason="fraud"), OPERATORS[0]
    looked_up = {"party": name, "list_name": LIST, "list_version": version, "list_hash": SHA256}
    yield commands.ScreenParty(**looked_up, result="clear"), OPERATORS[0]
    if not party.has_hit:
        yield commands.ScreenParty(**looked_up, result="hit"), OPERATORS[0]
    for reason in party.legal_holds:
        yield commands.LiftLegalHold(party=name, reason=reason), OPERATORS[0]
    yield commands.PlaceLegalHold(party=name, reason="court"), OPERATORS[0]
    yield commands.ChangeProfile(party=name, field="name", commitment=Commitment(SHA256)), OPERATORS[0]
    yield commands.ForgetParty(party=name), OPERATORS[0]


def house_keeping(model: Model, today: date) -> Iterator[Fitting]:
    """Yield what could be said of agreements, lists and rulebooks."""
    later = today + timedelta(days=2)
    for name, agreed in model.agreements.items():
        last = agreed.terms[-1]
        terms = AgreementTerms(rate_bps=last.rate_bps // 2, attribution_days=last.days)
        yield commands.AmendAgreement(agreement=name, starts_on=later, terms=terms), OPERATORS[0]
        yield commands.EndAgreement(agreement=name, ends_on=later, reason="done"), OPERATORS[0]
    for name, version in model.lists.items():
        newer = f"{version}.1"[:20]
        yield commands.RecordWatchlist(list_name=name, version=newer, sha256=SHA256), OPERATORS[0]
    status, drafter = model.rulebooks.get(NEXT_RULEBOOK, ("", ""))
    second = next(voice for voice in OPERATORS if voice.actor != drafter)
    match status:
        case "":
            yield commands.DraftRulebook(rulebook=NEXT_RULEBOOK, rules=Rules()), OPERATORS[0]
        case "drafted":
            yield commands.ApproveRulebook(rulebook=NEXT_RULEBOOK), second
        case _:
            yield commands.PublishRulebook(rulebook=NEXT_RULEBOOK, effective_from=later), second


DISPUTES = (arguments, evidence, offers, mediation, appeals, appeals, goods, goods)
"""What could be said about an open dispute, by family."""


def _about(key: str, dispute: ModelDispute) -> dict[str, Any]:
    return {"order": key, "dispute": dispute.number}


def _claims(dispute: ModelDispute, *statuses: str) -> list[tuple[int, ModelClaim]]:
    return [
        (number, claim)
        for number, claim in enumerate(dispute.claims, start=1)
        if claim.status in (statuses or ("open", "ruled", "appealed", "returning", "replacing"))
    ]


def _submitted(key: str, dispute: ModelDispute, claim: int, side: Side, request: int) -> commands.SubmitEvidence:
    return commands.SubmitEvidence(
        order=key,
        dispute=dispute.number,
        claim=claim,
        side=side,
        sha256=SHA256,
        media_type="image/jpeg",
        size_bytes=1,
        request=request,
    )


def _ruling(dispute: ModelDispute, number: int, claim: ModelClaim, kind: RemedyKind) -> ProposedRuling:
    seen = _considered(dispute, number, claim)
    findings = (Finding(text=SHA256, evidence=tuple(seen)),)
    return ProposedRuling(claim=number, remedy=kind, amount_minor=_part(claim, kind), reason="seen", findings=findings)


def _considered(dispute: ModelDispute, number: int, claim: ModelClaim) -> Sequence[int]:
    return [
        name
        for name, piece in enumerate(dispute.evidence, start=1)
        if piece.claim == number and (claim.status == "appealed" or not piece.late)
    ]


def _part(claim: ModelClaim, kind: RemedyKind) -> int | None:
    return max(1, claim.amount // 2) if kind in {"partial-refund", "replacement-and-refund"} else None


def _mediator(dispute: ModelDispute) -> Voice:
    return Voice(f"mediator:{dispute.mediator}", "mediator")


def _person(voice: Voice) -> str:
    return voice.actor.partition(":")[2]


def _side(side: str) -> Side:
    return "buyer" if side == "buyer" else "exporter"


def _other(side: str) -> Side:
    return "exporter" if side == "buyer" else "buyer"

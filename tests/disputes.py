"""
Disputes for tests: claims about PO-1 (100.00 USD, 10 pieces, paid and delivered), from their opening to their decision.

What begins with `disputed` is told by events, and no clock runs in it. What begins with `shipped` is told by commands,
all on day 0, and its clocks run.
"""

from datetime import datetime, timedelta

from domain import commands
from domain import dispute_events as happened
from domain.claim import ClaimAmount, ClaimMade, RemedyKind
from domain.clock import Clocks
from domain.commands.disputes import NewClaim
from domain.dispute import Dispute, ProposedRuling
from domain.dispute_events import Finding
from domain.hold import HoldDisputed
from domain.references import DisputeId
from domain.rules import Rules
from domain.side import Side
from tests.given import AT, HOLD, ORDER, RULES, Given, Happened, World, delivered, given, line, on, ruled, terms, usd

DISPUTE, CLOCKS = "dispute:PO-1/1", "clock:PO-1"
MEDIATOR, SECOND_MEDIATOR, THIRD_MEDIATOR = "mediator:MED-1", "mediator:MED-2", "mediator:MED-3"
TEXT, BYTES = "ab" * 32, "cd" * 32
"""A commitment, and the hash of a document."""

PLACE = commands.PlaceOrder(
    order="PO-1",
    buyer="BUY-1",
    exporter="EXP-1",
    currency="USD",
    lines=(line(),),
    transport_mode="sea",
    ship_by=terms().ship_by,
)
ACCEPT = commands.AcceptOrder(order="PO-1")
DISPATCH = commands.DispatchGoods(order="PO-1")
DELIVER = commands.RecordDelivery(order="PO-1")
CONFIRM = commands.ConfirmReceipt(order="PO-1")
EXPIRE = commands.ExpireClocks(order="PO-1")
ESCALATE = commands.EscalateDispute(order="PO-1", side="buyer")
ASSIGN = commands.AssignMediator(order="PO-1", mediator="MED-1")
DECLARE = commands.DeclareConflict(order="PO-1", conflict=False)

ESCALATED = on(DISPUTE, happened.DisputeEscalated(by="buyer"))
ASSIGNED = on(DISPUTE, happened.DisputeMediatorAssigned(mediator="MED-1"))
DECLARED = on(DISPUTE, happened.DisputeMediatorDeclared(mediator="MED-1", conflict=False))
SETTLED = on(DISPUTE, happened.DisputeSettled(paid_minor=0))


def day(days: int) -> datetime:
    """Return the instant so many days after day 0."""
    return AT + timedelta(days=days)


def just_before(at: datetime) -> datetime:
    """Return the last instant before another."""
    return at - timedelta(microseconds=1)


def pay(minor: int = 10_000, *, step: int = 1) -> commands.RecordPayment:
    """Return a payment for PO-1 by card."""
    return commands.RecordPayment(order="PO-1", step=step, amount=usd(minor), account="clearing:card")


def charge_back(minor: int) -> commands.RecordChargeback:
    """Return the loss of a payment for PO-1 by card."""
    return commands.RecordChargeback(order="PO-1", amount=usd(minor), account="clearing:card")


def claim(*amounts_minor: int) -> commands.OpenDispute:
    """Return claims about the quality of all of PO-1, of 40.00 USD where no amount is named."""
    claims = tuple(NewClaim(kind="quality", amount_minor=minor) for minor in amounts_minor or (4_000,))
    return commands.OpenDispute(order="PO-1", claims=claims)


def made(*amounts_minor: int) -> happened.DisputeOpened:
    """Return how those claims are made."""
    claims = tuple(
        ClaimMade(number=number, kind="quality", line=0, quantity=0, amount_minor=minor, days_late=0, comment="")
        for number, minor in enumerate(amounts_minor or (4_000,), start=1)
    )
    return happened.DisputeOpened(order=ORDER, buyer="BUY-1", exporter="EXP-1", currency="USD", claims=claims)


def set_aside(*amounts_minor: int) -> tuple[tuple[Happened, ...], tuple[Happened, ...]]:
    """Return how held money was set aside for those claims."""
    wanted = amounts_minor or (4_000,)
    amounts = tuple(ClaimAmount(claim=number, amount_minor=minor) for number, minor in enumerate(wanted, start=1))
    aside = HoldDisputed(dispute=DisputeId(DISPUTE), amount_minor=sum(wanted), currency="USD")
    return on(DISPUTE, happened.DisputeMoneySetAside(amounts=amounts)), on(HOLD, aside)


def disputed(*amounts_minor: int, rules: Rules = RULES) -> tuple[tuple[Happened, ...], ...]:
    """Return how PO-1 was paid and delivered, and claims about it made, one of 40.00 USD where no amount is named."""
    return (*delivered(rules=rules), on(DISPUTE, made(*amounts_minor)), *set_aside(*amounts_minor))


def mediated(*amounts_minor: int, rules: Rules = RULES) -> tuple[tuple[Happened, ...], ...]:
    """Return how a dispute came to its mediator MED-1, who has said that nothing ties them to a party."""
    return (*disputed(*amounts_minor, rules=rules), ESCALATED, ASSIGNED, DECLARED)


def ruling(
    number: int, remedy: RemedyKind, minor: int | None = None, *, evidence: tuple[int, ...] = ()
) -> ProposedRuling:
    """Return what a mediator would decide about a claim, with one finding."""
    findings = (Finding(text=TEXT, evidence=evidence),)
    return ProposedRuling(claim=number, remedy=remedy, amount_minor=minor, reason="defects-shown", findings=findings)


def decide(*rulings: ProposedRuling) -> commands.ProposeDecision:
    """Return a decision; of the first claim, that all of it is refunded, where nothing is said."""
    return commands.ProposeDecision(order="PO-1", rulings=rulings or (ruling(1, "refund"),))


def decided(*amounts_minor: int, rulings: tuple[ProposedRuling, ...] = (), rules: Rules = RULES) -> Given:
    """Return a book in which MED-1 has decided a dispute on day 0, and the appeal's clock runs."""
    return given(*mediated(*amounts_minor, rules=rules)).said(decide(*rulings), actor=MEDIATOR)


def submit(
    number: int = 1, side: Side = "buyer", *, request: int = 0, sha256: str = BYTES, media_type: str = "image/jpeg"
) -> commands.SubmitEvidence:
    """Return a photograph handed in about a claim."""
    return commands.SubmitEvidence(
        order="PO-1",
        claim=number,
        side=side,
        sha256=sha256,
        media_type=media_type,
        size_bytes=2_048,
        name=TEXT,
        request=request,
    )


def offer(
    remedy: RemedyKind, minor: int | None = None, *, number: int = 1, side: Side = "exporter"
) -> commands.MakeOffer:
    """Return an offer for a claim."""
    return commands.MakeOffer(order="PO-1", claim=number, side=side, remedy=remedy, amount_minor=minor)


def accept(number: int = 1, *, side: Side = "buyer") -> commands.AcceptOffer:
    """Return the acceptance of an offer."""
    return commands.AcceptOffer(order="PO-1", offer=number, side=side)


def shipped(minor: int = 10_000, *, rules: Rules = RULES) -> Given:
    """Return a book in which PO-1 was placed, accepted, paid and dispatched on day 0: its inspection runs to day 45."""
    paid = (pay(minor),) if minor else ()
    return given(ruled(rules)).said(PLACE, ACCEPT, *paid, DISPATCH)


def shipped_and_claimed(*amounts_minor: int, minor: int = 10_000, rules: Rules = RULES) -> Given:
    """Return the same with claims made on day 0: the escalation runs to day 6."""
    return shipped(minor, rules=rules).said(claim(*amounts_minor))


def dispute_in(world: World) -> Dispute:
    """Return the first dispute of PO-1."""
    dispute = world.load(DISPUTE).aggregate
    assert isinstance(dispute, Dispute)
    return dispute


def running(world: World) -> dict[str, datetime]:
    """Return the clocks of PO-1 that run, and when each is due."""
    clocks = world.load(CLOCKS).aggregate
    return {clock.name: clock.due_at for clock in clocks.running} if isinstance(clocks, Clocks) else {}

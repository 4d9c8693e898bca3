"""Examples of the events of disputes, clocks and amendments, as tests/golden/examples.py says."""

from datetime import UTC, date, datetime

from domain import amendment, clock, dispute_events, hold, order
from domain.aggregate import Event
from domain.claim import ClaimAmount, ClaimMade, Remedy
from domain.dispute_events import Finding, Ruling
from domain.references import DisputeId

ORDER, HOLD, DISPUTE, CLOCKS = "order:PO-1001", "hold:PO-1001", "dispute:PO-1001/1", "clock:PO-1001"
TEXT, BYTES = "ab" * 32, "cd" * 32
RULINGS = (
    Ruling(
        claim=1,
        remedy=Remedy(kind="partial-refund", amount_minor=4_000),
        reason="defects-shown",
        findings=(Finding(text=TEXT, evidence=(1, 2)), Finding(text=TEXT, evidence=())),
    ),
    Ruling(
        claim=2,
        remedy=Remedy(kind="none", amount_minor=0),
        reason="not-shown",
        findings=(Finding(text=TEXT, evidence=()),),
    ),
)

EXAMPLES: dict[str, tuple[str, Event]] = {
    "order.amendment_proposed": (
        ORDER,
        amendment.OrderAmendmentProposed(
            amendment=1,
            by="exporter",
            change=amendment.Amendment(
                lines=(amendment.LineChange(line=1, quantity=5, amount_minor=50_000),),
                step_amounts_minor=(30_000, 60_000),
                ship_by=date(2026, 12, 8),
                deliver_by=date(2027, 1, 5),
            ),
            total_minor=90_000,
        ),
    ),
    "order.amendment_accepted": (ORDER, amendment.OrderAmendmentAccepted(amendment=1, by="buyer")),
    "order.amendment_declined": (
        ORDER,
        amendment.OrderAmendmentDeclined(amendment=1, by="buyer", reason="too-late"),
    ),
    "order.lateness_found": (
        ORDER,
        order.OrderLatenessFound(dispatch=1, of="dispatch", due_on=date(2026, 12, 1), days_late=6),
    ),
    "order.inspection_extended": (
        ORDER,
        order.OrderInspectionExtended(by="buyer", days=15, ends_at=datetime(2027, 1, 21, 9, tzinfo=UTC)),
    ),
    "order.claims_ended": (ORDER, order.OrderClaimsEnded(ended_at=datetime(2027, 2, 5, 9, tzinfo=UTC))),
    "hold.disputed": (HOLD, hold.HoldDisputed(dispute=DisputeId(DISPUTE), amount_minor=20_000, currency="USD")),
    "hold.undisputed": (
        HOLD,
        hold.HoldUndisputed(dispute=DisputeId(DISPUTE), amount_minor=20_000, conceded_minor=4_000, currency="USD"),
    ),
    "dispute.opened": (
        DISPUTE,
        dispute_events.DisputeOpened(
            order=ORDER,
            buyer="BUY-1",
            exporter="EXP-7",
            currency="USD",
            claims=(
                ClaimMade(number=1, kind="quality", line=1, quantity=2, amount_minor=20_000, days_late=0, comment=TEXT),
                ClaimMade(number=2, kind="late", line=0, quantity=0, amount_minor=5_000, days_late=6, comment=""),
            ),
        ),
    ),
    "dispute.money_set_aside": (
        DISPUTE,
        dispute_events.DisputeMoneySetAside(amounts=(ClaimAmount(claim=1, amount_minor=20_000),)),
    ),
    "dispute.charged_back": (
        DISPUTE,
        dispute_events.DisputeChargedBack(
            amounts=(ClaimAmount(claim=1, amount_minor=700),), set_aside=(ClaimAmount(claim=1, amount_minor=19_300),)
        ),
    ),
    "dispute.answered": (DISPUTE, dispute_events.DisputeAnswered(claim=1, stance="contests", comment=TEXT)),
    "dispute.evidence_requested": (
        DISPUTE,
        dispute_events.DisputeEvidenceRequested(request=1, claim=1, of="exporter", what="packing-list"),
    ),
    "dispute.evidence_submitted": (
        DISPUTE,
        dispute_events.DisputeEvidenceSubmitted(
            evidence=1,
            claim=1,
            by="exporter",
            request=1,
            sha256=BYTES,
            media_type="image/jpeg",
            size_bytes=204_800,
            name=TEXT,
            late=False,
        ),
    ),
    "dispute.evidence_closed": (DISPUTE, dispute_events.DisputeEvidenceClosed(request=1)),
    "dispute.message_posted": (DISPUTE, dispute_events.DisputeMessagePosted(message=1, by="buyer", text=TEXT)),
    "dispute.offer_made": (
        DISPUTE,
        dispute_events.DisputeOfferMade(
            offer=1, claim=1, by="exporter", remedy=Remedy(kind="replacement-and-refund", amount_minor=1_000)
        ),
    ),
    "dispute.offer_accepted": (
        DISPUTE,
        dispute_events.DisputeOfferAccepted(
            offer=1, claim=1, by="buyer", remedy=Remedy(kind="replacement-and-refund", amount_minor=1_000)
        ),
    ),
    "dispute.offer_declined": (
        DISPUTE,
        dispute_events.DisputeOfferDeclined(offer=1, by="buyer", reason="too-little"),
    ),
    "dispute.offer_expired": (DISPUTE, dispute_events.DisputeOfferExpired(offer=1)),
    "dispute.escalated": (DISPUTE, dispute_events.DisputeEscalated(by="clock")),
    "dispute.mediator_assigned": (DISPUTE, dispute_events.DisputeMediatorAssigned(mediator="MED-1")),
    "dispute.mediator_declared": (
        DISPUTE,
        dispute_events.DisputeMediatorDeclared(mediator="MED-1", conflict=False),
    ),
    "dispute.mediator_recused": (
        DISPUTE,
        dispute_events.DisputeMediatorRecused(mediator="MED-1", reason="on-leave"),
    ),
    "dispute.decision_proposed": (
        DISPUTE,
        dispute_events.DisputeDecisionProposed(
            decision=1,
            mediator="MED-1",
            rulings=RULINGS,
            appeal=False,
            evidence=(1, 2),
            evidence_sha256="ef" * 32,
            at_stake_minor=25_000,
        ),
    ),
    "dispute.decision_approved": (
        DISPUTE,
        dispute_events.DisputeDecisionApproved(decision=1, approved_by="mediator:MED-2", by_rule=False),
    ),
    "dispute.decision_returned": (
        DISPUTE,
        dispute_events.DisputeDecisionReturned(decision=1, returned_by="mediator:MED-2", reason="findings-unclear"),
    ),
    "dispute.decided": (
        DISPUTE,
        dispute_events.DisputeDecided(decision=1, rulings=RULINGS, mediator="MED-1", evidence_up_to=2),
    ),
    "dispute.appealed": (DISPUTE, dispute_events.DisputeAppealed(claim=2, by="buyer", evidence=3)),
    "dispute.appeal_waived": (DISPUTE, dispute_events.DisputeAppealWaived(claim=1, by="exporter")),
    "dispute.appeal_decided": (
        DISPUTE,
        dispute_events.DisputeAppealDecided(decision=2, rulings=RULINGS[1:], mediator="MED-3"),
    ),
    "dispute.rulings_final": (DISPUTE, dispute_events.DisputeRulingsFinal(claims=(1,))),
    "dispute.claim_withdrawn": (DISPUTE, dispute_events.DisputeClaimWithdrawn(claim=2)),
    "dispute.return_dispatched": (DISPUTE, dispute_events.DisputeReturnDispatched(claim=1)),
    "dispute.return_acknowledged": (
        DISPUTE,
        dispute_events.DisputeReturnAcknowledged(claim=1, state="empty-or-different"),
    ),
    "dispute.return_lapsed": (DISPUTE, dispute_events.DisputeReturnLapsed(claim=1)),
    "dispute.replacement_dispatched": (DISPUTE, dispute_events.DisputeReplacementDispatched(claim=1)),
    "dispute.replacement_acknowledged": (
        DISPUTE,
        dispute_events.DisputeReplacementAcknowledged(claim=1, accepted=True),
    ),
    "dispute.replacement_lapsed": (
        DISPUTE,
        dispute_events.DisputeReplacementLapsed(claim=1, remedy=Remedy(kind="refund", amount_minor=20_000)),
    ),
    "dispute.claim_settled": (
        DISPUTE,
        dispute_events.DisputeClaimSettled(
            claim=1,
            kind="partial-refund",
            awarded_minor=4_000,
            paid_minor=3_000,
            charged_back_minor=700,
            frozen_minor=200,
            unpaid_minor=100,
        ),
    ),
    "dispute.award_paid": (
        DISPUTE,
        dispute_events.DisputeAwardPaid(amounts=(ClaimAmount(claim=1, amount_minor=200),)),
    ),
    "dispute.settled": (DISPUTE, dispute_events.DisputeSettled(paid_minor=3_000)),
    "clock.started": (
        CLOCKS,
        clock.ClockStarted(
            clock="offer/1/3",
            kind="offer",
            about=DISPUTE,
            cause="dispute.offer_made",
            silence_of="buyer",
            effect="decides",
            days=10,
            counted="days",
            time_zone="Asia/Kolkata",
            holidays_of="IN",
            due_at=datetime(2027, 1, 16, 9, tzinfo=UTC),
        ),
    ),
    "clock.paused": (CLOCKS, clock.ClockPaused(clock="offer/1/3", reason="holiday-of-party")),
    "clock.resumed": (
        CLOCKS,
        clock.ClockResumed(clock="offer/1/3", reason="back", due_at=datetime(2027, 1, 18, 9, tzinfo=UTC)),
    ),
    "clock.extended": (
        CLOCKS,
        clock.ClockExtended(clock="inspection", days=15, due_at=datetime(2027, 1, 21, 9, tzinfo=UTC)),
    ),
    "clock.stopped": (CLOCKS, clock.ClockStopped(clock="offer/1/3", because="dispute.offer_accepted")),
    "clock.expired": (
        CLOCKS,
        clock.ClockExpired(
            clock="offer/1/3",
            kind="offer",
            about=DISPUTE,
            silence_of="buyer",
            due_at=datetime(2027, 1, 18, 9, tzinfo=UTC),
        ),
    ),
}

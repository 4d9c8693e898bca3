"""Examples of every event of payouts, as they would follow each other for one payout and the one in its stead."""

from datetime import date

from domain import payee_account, payout_events, payout_file
from domain.aggregate import Event
from domain.payout_events import PayoutPart
from domain.references import payout_id

PAYOUT, LATER = payout_id("2026-11-23-7"), payout_id("2026-11-25-2")
FILE = "payout_file:main-20261123-1"
PARTS = (
    PayoutPart(account="payable:exporter:EXP-7", amount_minor=97_050),
    PayoutPart(account="refundable:buyer:EXP-7", amount_minor=-2_500),
)

EXAMPLES: dict[str, tuple[str, Event]] = {
    "payout.planned": (
        PAYOUT,
        payout_events.PayoutPlanned(
            kind="payee",
            party="EXP-7",
            currency="USD",
            amount_minor=94_550,
            parts=PARTS,
            first_item=3,
            last_item=9,
            pays_from="bank:safeguarded:hdfc",
            pay_on=date(2026, 11, 23),
            approvals=2,
            reissues="payout:2026-11-20-1",
            planned_by="finance:first",
        ),
    ),
    "payout.approved": (PAYOUT, payout_events.PayoutApproved(approved_by="finance:second", missing=1)),
    "payout.cancelled": (
        PAYOUT,
        payout_events.PayoutCancelled(reason="wrong-account", cancelled_by="finance:second"),
    ),
    "payout.instructed": (
        PAYOUT,
        payout_events.PayoutInstructed(
            file="main-20261123-1",
            creditor="3d" * 32,
            currency="USD",
            amount_minor=94_550,
            parts=PARTS,
            instructed_by="finance:first",
        ),
    ),
    "payout.accepted": (PAYOUT, payout_events.PayoutAccepted(answer="ACSP")),
    "payout.rejected": (
        PAYOUT,
        payout_events.PayoutRejected(reason="AC04", currency="USD", amount_minor=94_550, parts=PARTS),
    ),
    "payout.debited": (
        PAYOUT,
        payout_events.PayoutDebited(bank_entry="bank_entry:7f", amount_minor=94_550, booked_on=date(2026, 11, 24)),
    ),
    "payout.debit_undone": (
        PAYOUT,
        payout_events.PayoutDebitUndone(bank_entry="bank_entry:7f", amount_minor=94_550),
    ),
    "payout.returned": (
        PAYOUT,
        payout_events.PayoutReturned(
            bank_entry="bank_entry:80",
            reason="AC01",
            booked_on=date(2026, 11, 25),
            currency="USD",
            amount_minor=94_550,
            parts=PARTS,
        ),
    ),
    "payout.return_undone": (
        PAYOUT,
        payout_events.PayoutReturnUndone(bank_entry="bank_entry:80", currency="USD", amount_minor=94_550, parts=PARTS),
    ),
    "payout.reissued": (PAYOUT, payout_events.PayoutReissued(payout=LATER)),
    "payout_file.written": (
        FILE,
        payout_file.PayoutFileWritten(
            format="pain.001.001.09",
            pays_from="bank:safeguarded:hdfc",
            pay_on=date(2026, 11, 23),
            currency="USD",
            payouts=2,
            amount_minor=104_550,
            sha256="5c" * 32,
            written_by="finance:first",
        ),
    ),
    "payee.reserved": (
        "payee:EXP-7/USD",
        payee_account.PayeeReserved(
            payout=PAYOUT,
            amounts_minor={"payable:exporter": 97_050, "refundable:buyer": -2_500},
            last_item=9,
        ),
    ),
    "payee.reservation_released": (
        "payee:EXP-7/USD",
        payee_account.PayeeReservationReleased(
            payout=PAYOUT, amounts_minor={"payable:exporter": 97_050, "refundable:buyer": -2_500}
        ),
    ),
    "payee.paid_out": (
        "payee:EXP-7/USD",
        payee_account.PayeePaidOut(
            payout=PAYOUT, amounts_minor={"payable:exporter": 97_050, "refundable:buyer": -2_500}
        ),
    ),
}
"""By topic: what it happened to, and what happened."""

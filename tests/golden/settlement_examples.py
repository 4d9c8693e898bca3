"""Examples of the events of payment providers' settlements, as tests/golden/examples.py says."""

from datetime import date

from domain import settlement_events
from domain.aggregate import Event
from domain.commitment import Commitment

SETTLEMENT = "settlement:razorpay/setl_1"
ACCOUNT = "clearing:razorpay"
TARGETS = (
    settlement_events.LineTarget(
        line=1, item=f"open_item:hold:PO-1001@3/{ACCOUNT}/INR", account=ACCOUNT, amount_minor=10_000_000
    ),
    settlement_events.LineTarget(line=0, account="suspense:razorpay", amount_minor=-21_000),
)

EXAMPLES: dict[str, tuple[str, Event]] = {
    "settlement.recorded": (
        SETTLEMENT,
        settlement_events.SettlementRecorded(
            currency="INR",
            settled_on=date(2026, 11, 20),
            reference="UTR123",
            account=ACCOUNT,
            paid_into=f"{ACCOUNT}.settled",
            tax_account="tax:gst-input",
            mapping="india-aggregator",
            file_sha256="cd" * 32,
            lines=1,
            unread=1,
            gross_minor=10_000_000,
            fee_minor=200_000,
            tax_minor=36_000,
            net_minor=9_743_000,
            difference_minor=-21_000,
            detail=Commitment("ef" * 32),
        ),
    ),
    "settlement.lines_recorded": (
        SETTLEMENT,
        settlement_events.SettlementLinesRecorded(
            lines=(
                settlement_events.SettledLine(
                    number=1,
                    line=2,
                    kind="payment",
                    reference="PO-1001",
                    payment_reference="pay_1",
                    occurred_on=date(2026, 11, 18),
                    gross_minor=10_000_000,
                    fee_minor=200_000,
                    tax_minor=36_000,
                    net_minor=9_764_000,
                ),
            ),
            detail=Commitment("ab" * 32),
        ),
    ),
    "settlement.lines_cleared": (
        SETTLEMENT,
        settlement_events.SettlementLinesCleared(
            account=ACCOUNT,
            currency="INR",
            amount_minor=9_979_000,
            targets=TARGETS,
            rule="person",
            reason="asked the provider",
            cleared_by="finance:first",
        ),
    ),
    "settlement.lines_reopened": (
        SETTLEMENT,
        settlement_events.SettlementLinesReopened(
            account=ACCOUNT,
            currency="INR",
            amount_minor=9_979_000,
            targets=TARGETS,
            reason="wrong-order",
            reopened_by="finance:second",
        ),
    ),
}

"""
Examples are one object of every event ever shipped, with the envelope that all golden files share.

To add an event or a new schema version: add the object here, run `.venv/bin/python -m tests.golden.examples` from the
root of the repository, and commit the files it adds with the MANIFEST. It writes what is missing and never touches a
file that exists: a golden file is a promise to every log out there.

When a schema version grows, the old golden file stays, and its object moves from EXAMPLES to UPCAST as what the old
bytes are read as today.
"""

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from domain import book, hold, order, payee_account, refund, release, rulebook
from domain.aggregate import Event
from domain.catalogue import type_of
from domain.envelope import State, encode
from domain.posting_rules import post
from domain.references import RefundId, ReleaseId, RulebookId
from domain.rulebook import Rules

GOLDEN = Path(__file__).parent
MANIFEST = GOLDEN / "MANIFEST.json"

RELEASE = ReleaseId("release:PO-1001/1")
REFUND = RefundId("refund:PO-1001/1")

EXAMPLES: dict[str, tuple[str, Event]] = {
    "book.opened": (
        "book:main",
        book.BookOpened(
            identity="00112233445566778899aabbccddeeff",
            log_origin="ledger.example/main",
            leaf_format=1,
            chart="trade-assurance/1",
            functional_currency="INR",
            time_zone="Asia/Kolkata",
        ),
    ),
    "rulebook.drafted": (
        "rulebook:standard/1",
        rulebook.RulebookDrafted(
            rules=Rules(
                inspection_days={"express": 15, "air": 15, "land": 30, "sea": 45, "post": 60},
                service_fee_bps=250,
                service_fee_tax_bps=1_800,
                four_eyes_from_minor={"USD": 1_000_000, "JPY": 1_000_000},
                four_eyes_where_unlisted=False,
            ),
            drafted_by="operator:first",
        ),
    ),
    "rulebook.approved": ("rulebook:standard/1", rulebook.RulebookApproved(approved_by="operator:second")),
    "rulebook.published": ("rulebook:standard/1", rulebook.RulebookPublished()),
    "order.placed": (
        "order:PO-1001",
        order.OrderPlaced(
            buyer="BUY-1",
            exporter="EXP-7",
            terms=order.Terms(
                currency="USD",
                steps=(
                    order.PaymentStep(name="deposit", amount_minor=30_000, trigger="acceptance"),
                    order.PaymentStep(name="balance", amount_minor=70_000, trigger="dispatch"),
                ),
                transport_mode="sea",
                ship_by=date(2026, 12, 1),
                rulebook=RulebookId("rulebook:standard/1"),
            ),
            total_minor=100_000,
            line_count=3,
            lines=(
                order.Line(number=1, sku="85123A", quantity=6, amount_minor=60_000),
                order.Line(number=2, sku='"22 cm" \\ gift', quantity=2**53 - 1, amount_minor=30_000),
            ),
        ),
    ),
    "order.lines_added": (
        "order:PO-1001",
        order.OrderLinesAdded(lines=(order.Line(number=3, sku="POST", quantity=1, amount_minor=10_000),)),
    ),
    "order.accepted": ("order:PO-1001", order.OrderAccepted()),
    "order.cancelled": ("order:PO-1001", order.OrderCancelled(reason="out-of-stock")),
    "order.dispatched": (
        "order:PO-1001",
        order.OrderDispatched(dispatch=1, lines=(order.LineQuantity(line=1, quantity=4),), all_dispatched=False),
    ),
    "order.delivered": ("order:PO-1001", order.OrderDelivered(dispatch=1, all_delivered=False)),
    "order.receipt_confirmed": ("order:PO-1001", order.OrderReceiptConfirmed()),
    "order.inspection_lapsed": (
        "order:PO-1001",
        order.OrderInspectionLapsed(ended_at=datetime(2027, 1, 6, 9, tzinfo=UTC)),
    ),
    "order.completed": ("order:PO-1001", order.OrderCompleted()),
    "hold.opened": ("hold:PO-1001", hold.HoldOpened(buyer="BUY-1", exporter="EXP-7", currency="USD", steps=2)),
    "hold.payment_received": (
        "hold:PO-1001",
        hold.HoldPaymentReceived(
            step=1, amount_minor=30_000, currency="USD", account="bank:safeguarded:hdfc", reference="UTR-2026.7"
        ),
    ),
    "hold.frozen": ("hold:PO-1001", hold.HoldFrozen(amount_minor=10_000, currency="USD", reason="suspected-fraud")),
    "hold.unfrozen": ("hold:PO-1001", hold.HoldUnfrozen(amount_minor=10_000, currency="USD", reason="cleared")),
    "hold.released": (
        "hold:PO-1001",
        hold.HoldReleased(
            release=RELEASE,
            exporter="EXP-7",
            currency="USD",
            gross_minor=10_000,
            fee_minor=250,
            tax_minor=45,
            net_minor=9_705,
        ),
    ),
    "hold.recovered": (
        "hold:PO-1001",
        hold.HoldRecovered(
            refund=REFUND,
            exporter="EXP-7",
            currency="USD",
            gross_minor=2_000,
            fee_minor=50,
            tax_minor=9,
            net_minor=1_941,
        ),
    ),
    "hold.refunded": (
        "hold:PO-1001",
        hold.HoldRefunded(refund=REFUND, buyer="BUY-1", currency="USD", amount_minor=2_500),
    ),
    "hold.charged_back": (
        "hold:PO-1001",
        hold.HoldChargedBack(
            exporter="EXP-7",
            buyer="BUY-9",
            currency="USD",
            account="clearing:card",
            held_minor=700,
            frozen_minor=200,
            exporter_minor=100,
            buyer_minor=50,
        ),
    ),
    "hold.closed": ("hold:PO-1001", hold.HoldClosed()),
    "release.proposed": (
        "release:PO-1001",
        release.ReleaseProposed(
            number=1,
            currency="USD",
            gross_minor=10_000,
            fee_minor=250,
            tax_minor=45,
            net_minor=9_705,
            proposed_by="buyer:BUY-1",
        ),
    ),
    "release.approved": (
        "release:PO-1001",
        release.ReleaseApproved(number=1, approved_by="rulebook:standard/1", by_rule=True),
    ),
    "release.rejected": (
        "release:PO-1001",
        release.ReleaseRejected(number=1, rejected_by="operator:second", reason="under-review"),
    ),
    "release.executed": ("release:PO-1001", release.ReleaseExecuted(number=1, release=RELEASE)),
    "refund.proposed": (
        "refund:PO-1001",
        refund.RefundProposed(
            number=1,
            currency="USD",
            amount_minor=2_500,
            recovered_minor=2_000,
            recovered_fee_minor=50,
            recovered_tax_minor=9,
            reason="defective",
            proposed_by="operator:first",
        ),
    ),
    "refund.approved": (
        "refund:PO-1001",
        refund.RefundApproved(number=1, approved_by="operator:second", by_rule=False),
    ),
    "refund.rejected": (
        "refund:PO-1001",
        refund.RefundRejected(number=1, rejected_by="operator:second", reason="no-evidence"),
    ),
    "refund.executed": ("refund:PO-1001", refund.RefundExecuted(number=1, refund=REFUND)),
    "payee.credited": ("payee:EXP-7/USD", payee_account.PayeeCredited(amount_minor=9_705, source=RELEASE)),
    "payee.debited": ("payee:EXP-7/USD", payee_account.PayeeDebited(amount_minor=1_941, source=REFUND)),
}
"""By topic, in its present schema version: what it happened to, and what happened."""

UPCAST: dict[tuple[str, int], Event] = {}
"""By topic and older schema version: what the golden file of that version is read as today."""


def enveloped(event: Event) -> State[Event]:
    """Return an event in the envelope that all golden files share."""
    return State(
        schema=type_of(event).schema,
        occurred_at=datetime(2026, 11, 22, 8, 59, 59, 123_456, tzinfo=UTC),
        recorded_at=datetime(2026, 11, 22, 9, tzinfo=UTC),
        posting_date=date(2026, 11, 22),
        actor="operator:first",
        role="operator",
        principal="api",
        command_id="c0ffee-1",
        request_hash=bytes(range(32)),
        salt=bytes(range(16)),
        policy="release_what_is_due",
        event=event,
    )


def stem(event: Event) -> str:
    """Return the name of an event's golden files, without folder."""
    event_type = type_of(event)
    return f"{event_type.topic}.v{event_type.schema}.json"


def digests() -> dict[str, str]:
    """Return the SHA-256 of every golden file that exists, by its path below the golden folder."""
    return {
        path.relative_to(GOLDEN).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(GOLDEN.glob("*/*.json"))
    }


def add_missing() -> None:
    """Write the golden files that don't exist yet, and list them in the manifest; what is listed stays as it is."""
    for reference, event in EXAMPLES.values():
        made = {GOLDEN / "events" / stem(event): encode(enveloped(event))}
        if entry := post(reference, event):
            made[GOLDEN / "entries" / stem(event)] = msgspec.json.encode(entry)
        for path, content in made.items():
            if not path.exists():
                path.write_bytes(content)
    listed = msgspec.json.decode(MANIFEST.read_bytes(), type=dict[str, str]) if MANIFEST.exists() else {}
    MANIFEST.write_bytes(msgspec.json.format(msgspec.json.encode(digests() | listed, order="sorted"), indent=2) + b"\n")


if __name__ == "__main__":
    add_missing()

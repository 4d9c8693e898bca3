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

from domain import (
    book,
    guarantee,
    hold,
    order,
    party_events,
    payee_account,
    refund,
    release,
    rulebook,
    takeover,
    watchlist,
)
from domain.aggregate import Event
from domain.catalogue import type_of
from domain.commitment import Commitment
from domain.envelope import State, encode
from domain.posting_rules import post
from domain.references import GuaranteeId, RefundId, ReleaseId, RulebookId
from domain.rules import RealisationWindow, Rules
from tests.golden import (
    bank_examples,
    commission_examples,
    fx_examples,
    payout_examples,
    period_examples,
    realisation_examples,
    settlement_examples,
    trouble_examples,
)

GOLDEN = Path(__file__).parent
MANIFEST = GOLDEN / "MANIFEST.json"

RELEASE = ReleaseId("release:PO-1001/1")
REFUND = RefundId("refund:PO-1001/1")
GUARANTEE = GuaranteeId("guarantee:PO-1001")

EXAMPLES: dict[str, tuple[str, Event]] = {
    **trouble_examples.EXAMPLES,
    **period_examples.EXAMPLES,
    **realisation_examples.EXAMPLES,
    **fx_examples.EXAMPLES,
    **settlement_examples.EXAMPLES,
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
    "book.log_reopened": (
        "book:main",
        book.BookLogReopened(
            old_origin="ledger.example/main",
            new_origin="ledger.example/main/2",
            signed_size=1_234,
            signed_root="ab" * 32,
            restored_size=1_200,
            reason="disk-lost",
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
                evidence_days=6,
                appeal_needs_new_evidence=False,
                return_days=16,
                acknowledgement_days=7,
                replacement_days=31,
                acceptance_days=8,
                payment_days=9,
                late_remedy="damages",
                late_damages_bps_per_day=50,
                late_damages_bps_max=500,
                late_coupon_minor={"USD": 5_000},
                guarantee_minor={"USD": 100_000},
                registered_parties_only=True,
                screening_lists=("UNSC-1267", "OFAC-SDN"),
                retention_days=3_650,
                time_zone="Asia/Kolkata",
                holidays_of="IN",
                payout_approvals=2,
                break_ageing_days=(1, 5),
                realisation_months=(
                    RealisationWindow(months=9, rupee_months=9, advance_months=12),
                    RealisationWindow(shipped_from=date(2026, 10, 1), months=15, rupee_months=18, advance_months=36),
                ),
                pa_cb_warn_minor={"INR": 200_000_000},
                pa_cb_basis="unit",
                own_declaration_minor={"INR": 50_000_000},
                certificate_cancel_days=90,
                payout_minimum_minor={"USD": 5_000},
                payout_schedule="weekly",
                payout_day=5,
            ),
            drafted_by="operator:first",
        ),
    ),
    "rulebook.approved": ("rulebook:standard/1", rulebook.RulebookApproved(approved_by="operator:second")),
    "rulebook.published": ("rulebook:standard/1", rulebook.RulebookPublished(effective_from=date(2026, 12, 1))),
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
                deliver_by=date(2027, 1, 5),
            ),
            total_minor=100_000,
            line_count=3,
            lines=(
                order.Line(number=1, sku="85123A", quantity=6, amount_minor=60_000),
                order.Line(number=2, sku='"22 cm" \\ gift', quantity=2**53 - 1, amount_minor=30_000),
            ),
        ),
    ),
    "order.taken_over": (
        "order:PO-1002",
        takeover.OrderTakenOver(
            source="legacy-2026",
            source_reference="ORD/2026/77",
            buyer="BUY-1",
            exporter="EXP-7",
            terms=order.Terms(
                currency="USD",
                steps=(
                    order.PaymentStep(name="deposit", amount_minor=30_000),
                    order.PaymentStep(name="balance", amount_minor=60_000, trigger="dispatch"),
                ),
                transport_mode="sea",
                ship_by=date(2026, 12, 1),
                rulebook=RulebookId("rulebook:standard/1"),
            ),
            total_minor=90_000,
            lines=(
                order.Line(number=1, sku="85123A", quantity=6, amount_minor=60_000),
                order.Line(number=2, sku="POST", quantity=1, amount_minor=30_000),
            ),
            status="part_dispatched",
            undispatched=(2, 1),
            placed_at=datetime(2026, 10, 1, 9, tzinfo=UTC),
            dispatched_at=datetime(2026, 11, 2, 15, 30, tzinfo=UTC),
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
    "hold.taken_over": (
        "hold:PO-1002",
        takeover.HoldTakenOver(
            source="legacy-2026",
            source_reference="ORD/2026/77",
            buyer="BUY-1",
            exporter="EXP-7",
            currency="USD",
            received_minor=(30_000, 60_000),
            held_minor=55_000,
            released_gross_minor=30_000,
            released_fee_minor=750,
            released_tax_minor=135,
            refunded_minor=5_000,
            account="bank:safeguarded:hdfc",
        ),
    ),
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
            disputed_minor=30,
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
    "payee.credited": (
        "payee:EXP-7/USD",
        payee_account.PayeeCredited(amount_minor=9_705, source=RELEASE, account="payable:exporter"),
    ),
    "payee.debited": (
        "payee:EXP-7/USD",
        payee_account.PayeeDebited(amount_minor=1_941, source=REFUND, account="payable:exporter"),
    ),
    "payee.repaid": (
        "payee:EXP-7/USD",
        payee_account.PayeeRepaid(
            amount_minor=5_000,
            currency="USD",
            owed_on="payable:exporter",
            account="bank:safeguarded:hdfc",
            reference="UTR-2026.8",
        ),
    ),
    "payee.unclaimed": (
        "payee:BUY-1/USD",
        payee_account.PayeeUnclaimed(
            amount_minor=2_500, currency="USD", account="refundable:buyer", reason="account-closed"
        ),
    ),
    "payee.reclaimed": (
        "payee:BUY-1/USD",
        payee_account.PayeeReclaimed(
            amount_minor=2_000, currency="USD", account="refundable:buyer", reason="turned-up"
        ),
    ),
    "payee.covered": ("payee:EXP-7/USD", payee_account.PayeeCovered(amount_minor=1_900, guarantee=GUARANTEE)),
    "payee.uncovered": ("payee:EXP-7/USD", payee_account.PayeeUncovered(amount_minor=400, guarantee=GUARANTEE)),
    "guarantee.advanced": (
        GUARANTEE,
        guarantee.GuaranteeAdvanced(
            exporter="EXP-7", currency="USD", amount_minor=1_900, account="bank:safeguarded:hdfc"
        ),
    ),
    "guarantee.repaid": (
        GUARANTEE,
        guarantee.GuaranteeRepaid(exporter="EXP-7", currency="USD", amount_minor=400, account="bank:safeguarded:hdfc"),
    ),
    "guarantee.write_off_proposed": (
        GUARANTEE,
        guarantee.GuaranteeWriteOffProposed(
            number=1,
            exporter="EXP-7",
            currency="USD",
            amount_minor=1_500,
            reason="insolvent",
            proposed_by="operator:first",
        ),
    ),
    "guarantee.write_off_approved": (
        GUARANTEE,
        guarantee.GuaranteeWriteOffApproved(
            number=1, exporter="EXP-7", currency="USD", amount_minor=1_500, approved_by="operator:second"
        ),
    ),
    "guarantee.write_off_rejected": (
        GUARANTEE,
        guarantee.GuaranteeWriteOffRejected(number=1, rejected_by="operator:second", reason="still-trading"),
    ),
    "takeover.balances_recorded": (
        "takeover:legacy-2026",
        takeover.TakeoverBalancesRecorded(
            source="legacy-2026",
            source_sha256="5c" * 32,
            as_of=date(2026, 11, 21),
            currency="USD",
            balances=(
                takeover.Balance(account="bank:safeguarded:hdfc", amount_minor=120_000),
                takeover.Balance(account="payable:exporter:EXP-7", amount_minor=-90_000),
                takeover.Balance(account="refundable:buyer:BUY-1", amount_minor=-20_000),
                takeover.Balance(account="suspense:legacy-2026", amount_minor=-10_000),
            ),
        ),
    ),
    "party.registered": (
        "party:EXP-7",
        party_events.PartyRegistered(
            roles=("exporter", "buyer"),
            country="IN",
            rulebook=RulebookId("rulebook:standard/1"),
            profile={"name": Commitment("1f" * 32), "address": Commitment("2e" * 32)},
        ),
    ),
    "party.profile_changed": (
        "party:EXP-7",
        party_events.PartyProfileChanged(field="bank_account", commitment=Commitment("3d" * 32)),
    ),
    "party.referred": (
        "party:EXP-7",
        party_events.PartyReferred(
            partner="START-1", agreement="START-1-2026", starts_on=date(2026, 11, 1), ends_on=date(2027, 11, 1)
        ),
    ),
    "party.screened": (
        "party:EXP-7",
        party_events.PartyScreened(
            list_name="UNSC-1267",
            list_version="2026-11-20",
            list_hash="4c" * 32,
            result="clear",
            after_hit=True,
            screened_by="operator:first",
        ),
    ),
    "party.suspended": ("party:EXP-7", party_events.PartySuspended(reason="under-review")),
    "party.reinstated": ("party:EXP-7", party_events.PartyReinstated(reason="cleared")),
    "party.legal_hold_placed": ("party:EXP-7", party_events.PartyLegalHoldPlaced(reason="CS-2026-114")),
    "party.legal_hold_lifted": ("party:EXP-7", party_events.PartyLegalHoldLifted(reason="CS-2026-114")),
    "party.erased": (
        "party:EXP-7",
        party_events.PartyErased(erased_by="operator:first", fields=("address", "bank_account", "name")),
    ),
    "party.trade_opened": ("party:EXP-7", party_events.PartyTradeOpened(order="PO-1001")),
    "party.trade_closed": ("party:EXP-7", party_events.PartyTradeClosed(order="PO-1001")),
    "watchlist.changed": (
        "watchlist:UNSC-1267",
        watchlist.WatchlistChanged(version="2026-11-20", sha256="4c" * 32, recorded_by="operator:first"),
    ),
    **commission_examples.EXAMPLES,
    **payout_examples.EXAMPLES,
    **bank_examples.EXAMPLES,
}
"""By topic, in its present schema version: what it happened to, and what happened."""

UPCAST: dict[tuple[str, int], Event] = {
    ("order.placed", 1): order.OrderPlaced(
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
    ("hold.charged_back", 1): hold.HoldChargedBack(
        exporter="EXP-7",
        buyer="BUY-9",
        currency="USD",
        account="clearing:card",
        held_minor=700,
        frozen_minor=200,
        exporter_minor=100,
        buyer_minor=50,
        disputed_minor=0,
    ),
    ("rulebook.drafted", 1): rulebook.RulebookDrafted(
        rules=Rules(
            inspection_days={"express": 15, "air": 15, "land": 30, "sea": 45, "post": 60},
            service_fee_bps=250,
            service_fee_tax_bps=1_800,
            four_eyes_from_minor={"USD": 1_000_000, "JPY": 1_000_000},
            four_eyes_where_unlisted=False,
        ),
        drafted_by="operator:first",
    ),
    ("rulebook.drafted", 2): rulebook.RulebookDrafted(
        rules=Rules(
            inspection_days={"express": 15, "air": 15, "land": 30, "sea": 45, "post": 60},
            service_fee_bps=250,
            service_fee_tax_bps=1_800,
            four_eyes_from_minor={"USD": 1_000_000, "JPY": 1_000_000},
            four_eyes_where_unlisted=False,
            evidence_days=6,
            appeal_needs_new_evidence=False,
            return_days=16,
            acknowledgement_days=7,
            replacement_days=31,
            acceptance_days=8,
            payment_days=9,
            late_remedy="damages",
            late_damages_bps_per_day=50,
            late_damages_bps_max=500,
            late_coupon_minor={"USD": 5_000},
            guarantee_minor={"USD": 100_000},
            registered_parties_only=True,
            screening_lists=("UNSC-1267", "OFAC-SDN"),
            retention_days=3_650,
            time_zone="Asia/Kolkata",
            holidays_of="IN",
            payout_approvals=2,
            break_ageing_days=(1, 5),
            realisation_months=(
                RealisationWindow(months=9, rupee_months=9, advance_months=12),
                RealisationWindow(shipped_from=date(2026, 10, 1), months=15, rupee_months=18, advance_months=36),
            ),
            pa_cb_warn_minor={"INR": 200_000_000},
            pa_cb_basis="unit",
        ),
        drafted_by="operator:first",
    ),
    ("rulebook.published", 1): rulebook.RulebookPublished(),
    ("payee.credited", 1): payee_account.PayeeCredited(amount_minor=9_705, source=RELEASE, account="payable:exporter"),
    ("payee.debited", 1): payee_account.PayeeDebited(amount_minor=1_941, source=REFUND, account="payable:exporter"),
}
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

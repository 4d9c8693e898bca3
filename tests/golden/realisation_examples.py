"""Examples of the events of shipments and remittances, as tests/golden/examples.py says."""

from datetime import UTC, date, datetime

from domain import receivable_events, remittance
from domain.aggregate import Event
from domain.commitment import Commitment
from domain.money import Money

RECEIVABLE = "receivable:INNSA1-1234567"
REMITTANCE = "remittance:IRM-2026-0042"

EXAMPLES: dict[str, tuple[str, Event]] = {
    "receivable.recorded": (
        RECEIVABLE,
        receivable_events.ReceivableRecorded(
            exporter="EXP-7",
            currency="USD",
            invoices=(
                receivable_events.Invoice(number="EXP/26-27/118", issued_on=date(2026, 10, 1), amount_minor=90_000),
                receivable_events.Invoice(number="EXP/26-27/119", issued_on=date(2026, 10, 2), amount_minor=10_000),
            ),
            shipped_on=date(2026, 10, 5),
            port="INNSA1",
            settled_in="INR",
            value=Money("INR", 8_350_000),
            rulebook="rulebook:standard/1",
            due_on=date(2028, 4, 5),
            due_at=datetime(2028, 4, 5, 18, 30, tzinfo=UTC),
            time_zone="Asia/Kolkata",
            declaration_limit_minor=100_000_000,
            cancel_days=120,
        ),
    ),
    "receivable.order_linked": (
        RECEIVABLE,
        receivable_events.ReceivableOrderLinked(order="PO-1001", amount_minor=90_000, currency="USD"),
    ),
    "receivable.realised": (
        RECEIVABLE,
        receivable_events.ReceivableRealised(
            number=2,
            remittance="IRM-2026-0042",
            amount_minor=80_000,
            currency="USD",
            used_minor=6_680_000,
            used_currency="INR",
            received_on=date(2026, 11, 20),
            purpose="P0103",
            ship_by=date(2029, 11, 20),
        ),
    ),
    "receivable.realisation_undone": (
        RECEIVABLE,
        receivable_events.ReceivableRealisationUndone(
            number=1, amount_minor=5_000, currency="USD", reason="another-bill"
        ),
    ),
    "receivable.deducted": (
        RECEIVABLE,
        receivable_events.ReceivableDeducted(
            number=3, reason="platform-fee", amount_minor=2_950, currency="USD", source="release:PO-1001/1"
        ),
    ),
    "receivable.deduction_withdrawn": (
        RECEIVABLE,
        receivable_events.ReceivableDeductionWithdrawn(
            number=1, amount_minor=1_000, currency="USD", reason="counted-twice"
        ),
    ),
    "receivable.certified": (
        RECEIVABLE,
        receivable_events.ReceivableCertified(
            certificate="UTIB0000118",
            certified_on=date(2026, 11, 21),
            realisations=(2, 3),
            amount_minor=85_000,
            currency="USD",
        ),
    ),
    "receivable.certificate_cancelled": (
        RECEIVABLE,
        receivable_events.ReceivableCertificateCancelled(
            certificate="UTIB0000118", cancelled_by="bank", amount_minor=85_000, currency="USD", reason="wrong-bill"
        ),
    ),
    "receivable.extended": (
        RECEIVABLE,
        receivable_events.ReceivableExtended(
            due_on=date(2028, 10, 5),
            due_at=datetime(2028, 10, 5, 18, 30, tzinfo=UTC),
            reference="AD/EXT/2028/17",
        ),
    ),
    "receivable.closed": (
        RECEIVABLE,
        receivable_events.ReceivableClosed(
            closed_by="declaration",
            reference="2026-Q4",
            realised_minor=97_050,
            deducted_minor=2_950,
            currency="USD",
        ),
    ),
    "remittance.recorded": (
        REMITTANCE,
        remittance.RemittanceRecorded(
            exporter="EXP-7",
            amount_minor=6_680_000,
            currency="INR",
            received_on=date(2026, 11, 20),
            purpose="P0103",
            ad_code="0510005",
            remitter=Commitment("ab" * 32),
            rulebook="rulebook:standard/1",
            ship_by=date(2029, 11, 20),
        ),
    ),
    "remittance.allocated": (
        REMITTANCE,
        remittance.RemittanceAllocated(
            receivable="INNSA1-1234567", realisation=2, amount_minor=6_680_000, currency="INR"
        ),
    ),
    "remittance.freed": (
        REMITTANCE,
        remittance.RemittanceFreed(receivable="INNSA1-1234567", realisation=1, amount_minor=417_500, currency="INR"),
    ),
}

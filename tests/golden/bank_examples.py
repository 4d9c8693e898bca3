"""Examples of the events of bank accounts, their statements, matches and breaks, as tests/golden/examples.py says."""

from datetime import date

from domain import bank_account, bank_entry, bank_match, break_events, open_item
from domain.aggregate import Event
from domain.commitment import Commitment

ENTRY = "bank_entry:00112233445566778899aabbccddeeff"
MATCH = "bank_match:M-1"
ITEM = "open_item:hold:PO-1001@3/clearing:bank-transfer/USD"
BREAK = "break:bank_entry.00112233445566778899aabbccddeeff"
BANK = "bank:safeguarded:hdfc"
TARGETS = (
    bank_entry.Target(item=ITEM, account="clearing:bank-transfer", amount_minor=30_000),
    bank_entry.Target(item="payout:P-7", account="payout:in-transit", amount_minor=-10_000),
    bank_entry.Target(item="payout:P-8", account="payout:in-transit", amount_minor=-2_000),
    bank_entry.Target(account="expense:bank-charges", amount_minor=-1_500),
    bank_entry.Target(item=f"open_item:guarantee:PO-1@1/{BANK}/USD", account=BANK, amount_minor=500),
)

EXAMPLES: dict[str, tuple[str, Event]] = {
    "bank_account.registered": (
        "bank_account:hdfc-usd",
        bank_account.BankAccountRegistered(
            account=BANK,
            currency="USD",
            identifiers=("GB33BUKB20201555555555", "20041000/123456", "8877*"),
            name="Escrow, US dollars",
            bic="HDFCINBB",
            country="IN",
        ),
    ),
    "bank_account.statement_recorded": (
        "bank_account:hdfc-usd",
        bank_account.BankAccountStatementRecorded(
            statement="ab" * 16,
            number="12/1",
            format="camt.053.001.08",
            file_sha256="cd" * 32,
            from_on=date(2026, 11, 21),
            to_on=date(2026, 11, 22),
            opening_minor=100_000,
            closing_minor=117_000,
            entries=3,
            new_entries=2,
            difference_minor=0,
            gap_minor=-500,
        ),
    ),
    "bank_entry.recorded": (
        ENTRY,
        bank_entry.BankEntryRecorded(
            bank_account="hdfc-usd",
            account=BANK,
            currency="USD",
            amount_minor=17_000,
            value_date=date(2026, 11, 22),
            booking_date=date(2026, 11, 21),
            ordinal=1,
            statement="ab" * 16,
            code="NTRF",
            is_reversal=True,
            detail=Commitment("ef" * 32),
        ),
    ),
    "bank_entry.matched": (
        ENTRY,
        bank_entry.BankEntryMatched(match="M-1", account=BANK, currency="USD", amount_minor=17_000, targets=TARGETS),
    ),
    "bank_entry.unmatched": (
        ENTRY,
        bank_entry.BankEntryUnmatched(
            match="M-1", account=BANK, currency="USD", amount_minor=17_000, targets=TARGETS, reason="wrong-order"
        ),
    ),
    "bank_match.made": (
        MATCH,
        bank_match.BankMatchMade(
            entries=("00112233445566778899aabbccddeeff",),
            rule="reference",
            certain=True,
            score=1_000,
            reason="the text names PO-1001",
            made_by="operator:reconciliation",
        ),
    ),
    "bank_match.undone": (MATCH, bank_match.BankMatchUndone(reason="wrong-order", undone_by="finance:first")),
    "open_item.settled": (
        ITEM,
        open_item.OpenItemSettled(
            account="clearing:bank-transfer", currency="USD", of_minor=30_000, amount_minor=30_000, match="M-1"
        ),
    ),
    "open_item.unsettled": (
        ITEM,
        open_item.OpenItemUnsettled(account="clearing:bank-transfer", currency="USD", amount_minor=30_000, match="M-1"),
    ),
    "open_item.written_off": (
        ITEM,
        open_item.OpenItemWrittenOff(
            account="clearing:bank-transfer",
            currency="USD",
            of_minor=30_000,
            amount_minor=300,
            by="open_item.00112233445566778899aabbccddeeff/2",
        ),
    ),
    "break.raised": (
        BREAK,
        break_events.BreakRaised(
            number=1,
            subject=ENTRY,
            kind="amount",
            currency="USD",
            amount_minor=17_000,
            of_minor=0,
            bank_account="hdfc-usd",
            since=date(2026, 11, 21),
            candidates=(
                break_events.Candidate(
                    items=(ITEM,), score=870, reason="the text names PO-1001", difference_minor=-13_000
                ),
            ),
            reason="what it names is of another amount",
        ),
    ),
    "break.reclassified": (
        BREAK,
        break_events.BreakReclassified(
            kind="missing_in_ledger", amount_minor=17_000, candidates=(), reason="nothing open is like it"
        ),
    ),
    "break.assigned": (BREAK, break_events.BreakAssigned(owner="FIN-2", assigned_by="finance:FIN-1")),
    "break.commented": (
        BREAK,
        break_events.BreakCommented(number=2, comment=Commitment("ef" * 32), commented_by="finance:FIN-2"),
    ),
    "break.write_off_proposed": (
        BREAK,
        break_events.BreakWriteOffProposed(
            number=1, currency="USD", amount_minor=-1_500, reason="too-small", proposed_by="finance:FIN-1"
        ),
    ),
    "break.write_off_approved": (
        BREAK,
        break_events.BreakWriteOffApproved(number=1, currency="USD", amount_minor=-1_500, approved_by="finance:FIN-2"),
    ),
    "break.write_off_rejected": (
        BREAK,
        break_events.BreakWriteOffRejected(number=1, rejected_by="finance:FIN-2", reason="ask-the-bank"),
    ),
    "break.resolved": (BREAK, break_events.BreakResolved(how="match", by=MATCH)),
}

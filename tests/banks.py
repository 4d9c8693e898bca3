"""An account at a bank with lines of its statements, and what they may be matched to, for tests."""

from datetime import date

from domain.bank_account import BankAccountRegistered, Said
from domain.bank_entry import BankEntryRecorded
from domain.break_events import BreakRaised
from domain.commands.bank import NewBankEntry, RecordBankEntries, RecordBankStatement, RegisterBankAccount
from domain.commands.reconciliation import (
    CommentBreak,
    MatchBankEntries,
    MatchedEntry,
    RaiseBreaks,
    SaidTarget,
)
from domain.commitment import Commitment
from domain.payout_events import PayoutApproved, PayoutInstructed, PayoutPart, PayoutPlanned
from domain.reconciliation_break import Found
from tests.books import Book
from tests.given import BOOK, Happened, on, opened

BANK = "bank:safeguarded:hdfc"
ACCOUNT = "bank_account:hdfc"
KEY, OTHER_KEY = "a" * 32, "b" * 32
ENTRY, OTHER = f"bank_entry:{KEY}", f"bank_entry:{OTHER_KEY}"
STATEMENT = "c" * 32
DETAIL = Commitment("d" * 64)
DAY = date(2026, 11, 21)
ITEM = "open_item:hold:PO-1@2/clearing:card/USD"
BREAK = f"break:bank_entry.{KEY}"
PAYOUT = "payout:P-1"

BOOK_OPEN = on(BOOK, opened())
REGISTERED = on(
    ACCOUNT,
    BankAccountRegistered(account=BANK, currency="USD", identifiers=("GB33BUKB",), name="Escrow", bic="", country=""),
)


def said(
    *, entries: int = 1, entries_minor: int = 10_000, opening_minor: int | None = 0, closing_minor: int | None = 10_000
) -> Said:
    """Return what a statement of one day says of itself; without entries, of no day."""
    day = DAY if entries else None
    return Said(
        number="7",
        format="MT940",
        file_sha256="e" * 64,
        from_on=day,
        to_on=day,
        opening_minor=opening_minor,
        closing_minor=closing_minor,
        entries=entries,
        sum_minor=entries_minor,
        new_entries=entries,
    )


def line(amount_minor: int = 10_000, *, currency: str = "USD", account: str = BANK) -> BankEntryRecorded:
    """Return a line of a statement."""
    return BankEntryRecorded(
        bank_account="hdfc",
        account=account,
        currency=currency,
        amount_minor=amount_minor,
        value_date=DAY,
        booking_date=DAY,
        ordinal=1,
        statement=STATEMENT,
        detail=DETAIL,
    )


def new_line(key: str = KEY, amount_minor: int = 10_000) -> NewBankEntry:
    """Return a line of a statement to be recorded."""
    return NewBankEntry(key=key, amount_minor=amount_minor, value_date=DAY, booking_date=DAY, ordinal=1, detail=DETAIL)


def record(*entries: NewBankEntry) -> RecordBankEntries:
    """Return the recording of lines of the statement."""
    return RecordBankEntries(bank_account="hdfc", statement=STATEMENT, entries=entries)


def matching(*targets: SaidTarget, match: str = "M-1", entry: str = KEY) -> MatchBankEntries:
    """Return a person's match of one line."""
    return MatchBankEntries(match=match, entries=(MatchedEntry(entry=entry, targets=targets),))


def booking(amount_minor: int, account: str = "expense:bank-charges") -> SaidTarget:
    """Return a booking."""
    return SaidTarget(amount_minor=amount_minor, account=account)


def settling(amount_minor: int = 10_000, *, of_minor: int = 10_000, item: str = ITEM) -> SaidTarget:
    """Return an open item, or a part of it."""
    return SaidTarget(item=item, amount_minor=amount_minor, of_minor=of_minor)


def instructed(amount_minor: int = 5_000) -> tuple[Happened, ...]:
    """Return how the bank was told to remit a tax."""
    parts = (PayoutPart("tax:gst-output", amount_minor),)
    return on(
        PAYOUT,
        PayoutPlanned(
            kind="remittance",
            currency="USD",
            amount_minor=amount_minor,
            parts=parts,
            pays_from=BANK,
            pays_to="tax:gst-output",
            pay_on=DAY,
            approvals=1,
            available_minor=amount_minor,
            planned_by="finance:first",
        ),
        PayoutApproved(approved_by="finance:second", missing=0),
        PayoutInstructed(
            file="F-1",
            creditor="",
            currency="USD",
            amount_minor=amount_minor,
            parts=parts,
            instructed_by="finance:first",
        ),
    )


def found(subject: str = ENTRY, amount_minor: int = 10_000, *, of_minor: int = 0) -> Found:
    """Return a difference."""
    return Found(
        subject=subject,
        kind="missing_in_ledger",
        currency="USD",
        amount_minor=amount_minor,
        of_minor=of_minor,
        bank_account="hdfc",
        since=DAY,
        reason="nothing open is like it",
    )


def raised(subject: str = ENTRY, amount_minor: int = 10_000, *, of_minor: int = 0) -> BreakRaised:
    """Return how a difference was said the first time."""
    return BreakRaised(
        number=1,
        subject=subject,
        kind="missing_in_ledger",
        currency="USD",
        amount_minor=amount_minor,
        of_minor=of_minor,
        bank_account="hdfc",
        since=DAY,
        candidates=(),
        reason="nothing open is like it",
    )


def play_bank(book: Book) -> None:
    """Let an account at a bank be known in a real book, with a statement, a match, and a break that is commented."""
    book.say(
        RegisterBankAccount(bank_account="hdfc", account=BANK, currency="USD", identifiers=("GB33BUKB",), name="Escrow")
    )
    book.say(RecordBankStatement(bank_account="hdfc", statement=STATEMENT, told=said(entries=2, entries_minor=9_700)))
    book.say(record(new_line(), new_line(OTHER_KEY, -300)))
    book.say(matching(booking(10_000, "suspense:unidentified")))
    book.say(RaiseBreaks(found=(found(OTHER, -300),)))
    book.say(CommentBreak(break_key=f"bank_entry.{OTHER_KEY}", comment=DETAIL))

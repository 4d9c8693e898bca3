"""What commands about accounts at banks and their statements do."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from domain import commands
from domain.bank_account import STATEMENT, BankAccount, BankAccountStatementRecorded, StatementMalformed, register
from domain.bank_entry import BankEntry, BankEntryRecorded
from domain.commitment import check_commitment
from domain.errors import Conflict, Malformed
from domain.handlers.break_moves import explain, say
from domain.money import ranged
from domain.reconciliation_break import Found
from domain.references import bank_account_id, bank_entry_id, key
from domain.unit_of_work import UnitOfWork

ENTRIES_MAX = 100
_ENTRY = re.compile(r"[0-9a-f]{32}")
_CODE = re.compile(r"[ -~]{0,35}")


@dataclass(eq=False, kw_only=True)
class BankEntriesMalformed(Malformed):
    """What is said of lines of a statement can't be meant."""

    code: ClassVar[str] = "bank.entry_malformed"
    field: str
    problem: str


@dataclass(eq=False, kw_only=True)
class BankEntryAlreadyRecorded(Conflict):
    """Somebody recorded the line meanwhile: ask what is known, and record the rest."""

    code: ClassVar[str] = "bank.entry_already_recorded"
    bank_entry: str


def register_bank_account(command: commands.RegisterBankAccount, uow: UnitOfWork) -> None:
    """Raises, in this order: ReferenceMalformed, and what `bank_account.register` does."""
    name = bank_account_id(key(command.bank_account, field="bank_account"))
    registered = register(
        uow.find(BankAccount, name),
        account=command.account,
        currency=command.currency,
        identifiers=command.identifiers,
        name=command.name,
        bic=command.bic,
        country=command.country,
    )
    uow.record(name, registered)


def record_bank_statement(command: commands.RecordBankStatement, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound, and what `BankAccount.record_statement` does.

    A statement that doesn't come to its closing, or before which one is missing, raises a break; one that fills a gap,
    or comes again whole, closes it.
    """
    account = uow.get(BankAccount, bank_account_id(command.bank_account))
    recorded = account.record_statement(command.statement, command.told)
    uow.record(account.reference, recorded)
    subject = _subject(recorded.statement)
    if found := _broken(command.bank_account, account.currency, recorded):
        say(found, uow)
    else:
        explain(subject, how="match", by=subject, uow=uow)
    for closed in account.gaps_closed_by(recorded):
        known = account.statements[closed]
        if not known.difference_minor:
            explain(_subject(closed), how="match", by=subject, uow=uow)


def record_bank_entries(command: commands.RecordBankEntries, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound, StatementMalformed, BankEntriesMalformed, AmountOutOfRange,
    CommitmentMalformed, BankEntryAlreadyRecorded.
    """
    account = uow.get(BankAccount, bank_account_id(command.bank_account))
    if not STATEMENT.fullmatch(command.statement):
        raise StatementMalformed(field="statement", problem="not 32 lower-case hexadecimal digits")
    _check_entries(command)
    for entry in command.entries:
        ranged(entry.amount_minor)
    for entry in command.entries:
        check_commitment(entry.detail, "detail")
    for entry in command.entries:
        if uow.find(BankEntry, bank_entry_id(entry.key)):
            raise BankEntryAlreadyRecorded(bank_entry=bank_entry_id(entry.key))
    for entry in command.entries:
        recorded = BankEntryRecorded(
            bank_account=command.bank_account,
            account=account.account,
            currency=account.currency,
            amount_minor=entry.amount_minor,
            value_date=entry.value_date,
            booking_date=entry.booking_date,
            ordinal=entry.ordinal,
            statement=command.statement,
            code=entry.code,
            is_reversal=entry.is_reversal,
            detail=entry.detail,
        )
        uow.record(bank_entry_id(entry.key), recorded)


HANDLERS: dict[type[commands.Command], Callable[[Any, UnitOfWork], None]] = {
    commands.RegisterBankAccount: register_bank_account,
    commands.RecordBankStatement: record_bank_statement,
    commands.RecordBankEntries: record_bank_entries,
}


def _check_entries(command: commands.RecordBankEntries) -> None:
    keys = [entry.key for entry in command.entries]
    if not 1 <= len(set(keys)) == len(keys) <= ENTRIES_MAX:
        raise BankEntriesMalformed(field="entries", problem=f"not 1 to {ENTRIES_MAX}, each once")
    for entry in command.entries:
        if not _ENTRY.fullmatch(entry.key):
            raise BankEntriesMalformed(field="key", problem="not 32 lower-case hexadecimal digits")
        if entry.ordinal < 1:
            raise BankEntriesMalformed(field="ordinal", problem="not counted from 1")
        if not _CODE.fullmatch(entry.code):
            raise BankEntriesMalformed(field="code", problem="not up to 35 characters of ASCII")


def _broken(bank_account: str, currency: str, recorded: BankAccountStatementRecorded) -> Found | None:
    """Return in what a statement doesn't add up; a statement without a day ages from none, and isn't a break."""
    if recorded.to_on is None or recorded.from_on is None:
        return None
    subject = _subject(recorded.statement)
    if recorded.difference_minor:
        return Found(
            subject=subject,
            kind="unbalanced_statement",
            currency=currency,
            amount_minor=recorded.difference_minor,
            bank_account=bank_account,
            since=recorded.to_on,
            reason="opening and entries don't come to the closing balance",
        )
    if recorded.gap_minor:
        return Found(
            subject=subject,
            kind="gap",
            currency=currency,
            amount_minor=recorded.gap_minor,
            bank_account=bank_account,
            since=recorded.from_on,
            reason="it doesn't open with what the statement before closed with",
        )
    return None


def _subject(statement: str) -> str:
    return f"statement:{statement}"

"""Commands about accounts at banks, and what their statements say."""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from domain.bank_account import Said
from domain.commands.command import Command
from domain.commitment import Commitment
from domain.references import bank_account_id, bank_entry_id


class BankAccountCommand(Command, frozen=True, kw_only=True):
    """An intent about one account at a bank."""

    bank_account: str

    def subjects(self) -> Sequence[str]:
        """Return the account."""
        return (bank_account_id(self.bank_account),)


class RegisterBankAccount(BankAccountCommand, frozen=True, kw_only=True):
    """Let an account of the operator's at a bank be known, with what its bank calls it and what it is in the ledger."""

    account: str
    currency: str
    identifiers: tuple[str, ...]
    name: str
    bic: str = ""
    country: str = ""


class RecordBankStatement(BankAccountCommand, frozen=True, kw_only=True):
    """Take in what a statement says of itself; a difference or a gap in it raises a break."""

    statement: str
    told: Said


class NewBankEntry(Struct, frozen=True, kw_only=True, gc=False):
    """A line of a statement to be recorded; see BankEntryRecorded. key: as the statement's readers make it."""

    key: str
    amount_minor: int
    value_date: date
    booking_date: date
    ordinal: int
    code: str = ""
    is_reversal: bool = False
    detail: Commitment


class RecordBankEntries(BankAccountCommand, frozen=True, kw_only=True):
    """Record lines of a statement that aren't known yet: all of them or none."""

    statement: str
    entries: tuple[NewBankEntry, ...]

    def subjects(self) -> Sequence[str]:
        """Return the account and the entries."""
        return (bank_account_id(self.bank_account), *(bank_entry_id(entry.key) for entry in self.entries))

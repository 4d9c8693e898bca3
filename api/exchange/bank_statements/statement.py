"""
A bank statement as read: whose account, what stood there before and after, and every line between.

Nothing is mended on the way. What can't be read is a problem with its line and its reason, and the rest is read.
"""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import msgspec
from msgspec import Struct

from domain.errors import Malformed
from domain.money import from_major, to_major

FORMER_EXPONENTS = {
    **dict.fromkeys(("ATS", "CYP", "DEM", "EEK", "FIM", "FRF", "HRK", "IEP", "LTL", "LVL", "NLG", "SIT", "SKK"), 2),
    **dict.fromkeys(("BEF", "ESP", "GRD", "ITL", "LUF", "PTE"), 0),
}
"""Of currencies that the euro replaced: old statements are in them, and ISO 4217 no longer lists them."""


@dataclass(eq=False, kw_only=True)
class StatementUnreadable(Malformed):
    """The file is no bank statement that is read here: camt.052, 053, 054, MT940, MT942 or CSV with a mapping."""

    code: ClassVar[str] = "bank.statement_unreadable"
    file: str
    problem: str


@dataclass(eq=False, kw_only=True)
class StatementFormatUnknown(Malformed):
    """Statements aren't read in this format; `known` are those that can be named."""

    code: ClassVar[str] = "bank.statement_format_unknown"
    format: str
    known: tuple[str, ...]


class Problem(Struct, frozen=True):
    """What can't be read: on which line of the file, and why, for people."""

    line: int
    reason: str


class Charge(Struct, frozen=True, kw_only=True):
    """
    What a bank took for a payment.

    amount_minor: of its currency, below zero where the bank gave it back; is_included: whether the entry's amount is
    after it, nothing where the bank doesn't say; bearer: DEBT, CRED, SHAR or SLEV; kind: as the bank calls it.
    """

    amount_minor: int
    currency: str
    is_included: bool | None = None
    bearer: str = ""
    kind: str = ""


class EntryPart(Struct, frozen=True, kw_only=True):
    """
    One payment of several that the bank booked as one entry.

    amount_minor: negative when it leaves; nothing where the bank doesn't say it in the account's currency.
    """

    amount_minor: int | None
    end_to_end_id: str = ""
    counterparty: str = ""
    remittance: str = ""
    reference: str = ""
    bank_reference: str = ""
    counterparty_account: str = ""
    return_reason: str = ""
    return_text: str = ""
    charges: tuple[Charge, ...] = ()


class StatementEntry(Struct, frozen=True, kw_only=True):
    """
    One line of a statement.

    amount_minor: negative when it leaves the account; reference: the account holder's, else the bank's, as the bank
    gives it; code: how the bank calls its kind; line: where it begins in the file; sha256: of its bytes, hexadecimal.
    holder_reference: the holder's alone; return_reason, return_text: why a payment came back, as a code and in words;
    charges_minor: the sum of `charges` in the account's currency; instructed_minor: what was ordered, in its own
    currency, at exchange_rate as the bank writes it; has_value_date, has_booking_date: whether the bank says that
    day, or the other one stands for it.
    """

    amount_minor: int
    value_date: date
    booking_date: date
    reference: str
    end_to_end_id: str
    bank_reference: str = ""
    code: str = ""
    counterparty: str = ""
    counterparty_account: str = ""
    remittance: str = ""
    is_reversal: bool = False
    parts: tuple[EntryPart, ...] = ()
    line: int = 0
    sha256: str = ""
    holder_reference: str = ""
    return_reason: str = ""
    return_text: str = ""
    charges_minor: int = 0
    charges: tuple[Charge, ...] = ()
    instructed_minor: int | None = None
    instructed_currency: str = ""
    exchange_rate: str = ""
    has_value_date: bool = True
    has_booking_date: bool = True


class BankStatement(Struct, frozen=True, kw_only=True):
    """
    One statement of one account in one currency.

    number: as the bank counts its statements; opening_minor, closing_minor: what was booked, nothing where the bank
    doesn't say; entries: what is booked; pending: what the bank announces. line: where it begins in the file.
    reference: the bank's for the statement; opened_on, closed_on: the days of the balances; page: of a statement with
    several, counted from 1, 0 where the bank doesn't say; pages: how many are joined in it; opens_midway,
    closes_midway: its balance is that of a page before, or one follows.
    """

    account: str
    currency: str
    number: str = ""
    opening_minor: int | None = None
    closing_minor: int | None = None
    entries: tuple[StatementEntry, ...] = ()
    pending: tuple[StatementEntry, ...] = ()
    problems: tuple[Problem, ...] = ()
    line: int = 0
    reference: str = ""
    opened_on: date | None = None
    closed_on: date | None = None
    page: int = 0
    pages: int = 1
    opens_midway: bool = False
    closes_midway: bool = False

    @property
    def difference_minor(self) -> int | None:
        """Return closing less opening and entries, nothing where the bank doesn't say both."""
        if self.opening_minor is None or self.closing_minor is None:
            return None
        return self.closing_minor - self.opening_minor - sum(entry.amount_minor for entry in self.entries)

    @property
    def balanced(self) -> bool | None:
        """Return whether opening and entries come to closing; nothing where the bank doesn't say both."""
        difference = self.difference_minor
        return None if difference is None else difference == 0 and not self.problems


class StatementFile(Struct, frozen=True, kw_only=True):
    """
    A file of statements.

    format: camt.053.001.08, MT940, csv:generic-signed ..; sha256: of its bytes, hexadecimal; problems: of the file as
    a whole, that lose no entry.
    """

    format: str
    sha256: str
    statements: tuple[BankStatement, ...]
    problems: tuple[Problem, ...] = ()


def minor_of(amount: str, currency: str) -> int:
    """
    Return an amount in minor units, as it stands there: `1234,5`, `1234.50`, `1234,` or `,50`, without thousands.

    Raises, in this order: CurrencyUnknown, AmountUnreadable, AmountTooFine, AmountOutOfRange.
    """
    whole, point, fraction = amount.strip().replace(",", ".", 1).partition(".")
    kept = fraction.rstrip("0")
    whole += "0" if fraction and whole in {"", "+", "-"} else ""
    plain = f"{whole}.{kept}" if point and kept else whole
    return from_major(plain, _counted_as(currency)).minor


def amount_text(amount_minor: int, currency: str) -> str:
    """Return an amount for people. Raises: CurrencyUnknown."""
    return to_major(amount_minor, _counted_as(currency))


def account_named(said: str, currency: str) -> str:
    """Return an account's number without the currency that some banks write behind it, and an IBAN without spaces."""
    account = said.strip()
    before = account.removesuffix(currency) if currency else account
    if before != account and before and not before[-1].isalpha():
        account = before.rstrip(" /-")
    compact = "".join(account.split())
    return compact if compact[:2].isalpha() and compact[2:4].isdigit() and compact.isalnum() else account


def _counted_as(currency: str) -> str:
    """Return a currency of today with as many decimals."""
    former = FORMER_EXPONENTS.get(currency)
    return currency if former is None else _TODAYS[former]


_TODAYS = {0: "JPY", 2: "EUR"}


def told(statement: BankStatement) -> dict[str, object]:
    """Return a statement as a program reads it."""
    fields: dict[str, object] = msgspec.to_builtins(statement)
    first = ("account", "currency", "opening_minor", "closing_minor")
    return {name: fields.pop(name) for name in first} | {"balanced": statement.balanced} | fields

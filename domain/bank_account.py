"""
A bank account is one account of the operator's at a bank: the ledger account that it is, and the statements of it.

What the bank says stands beside what the ledger holds and changes no balance: only a match of one of its entries does.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from domain.accounts import check_control
from domain.aggregate import Aggregate, Event, begun
from domain.commitment import check_commitment
from domain.countries import check_country
from domain.errors import Conflict, Malformed
from domain.money import exponent_of, ranged
from domain.references import key

AT_A_BANK = ("bank:safeguarded", "bank:operator")
"""What a bank account is in the ledger."""

IDENTIFIERS_MAX = 50
STATEMENT = re.compile(r"[0-9a-f]{32}")
"""What a statement is called here: made of what it says, so that every format of it has the same name."""

_IDENTIFIER = re.compile(r"[A-Z0-9][A-Z0-9/._-]{2,63}\*?")
_BIC = re.compile(r"[A-Z0-9]{8}([A-Z0-9]{3})?")
_NAME_MAX = 140
_NUMBER_MAX = 35


class BankAccountRegistered(Event, frozen=True, kw_only=True):
    """
    An account at a bank is known from now on.

    account: of the ledger, as bank:safeguarded:hdfc; identifiers: what the bank calls it, as an IBAN or a number,
    without spaces; one that ends in * is how the numbers of virtual accounts begin.
    """

    account: str
    currency: str
    identifiers: tuple[str, ...]
    name: str
    bic: str
    country: str


class BankAccountStatementRecorded(Event, frozen=True, kw_only=True):
    """
    A statement of the account was taken in; one that comes again with more in it counts in place of what it said.

    from_on, to_on: the first and last day of booking, nothing where it has no entries; opening_minor, closing_minor:
    nothing where the bank doesn't say; entries: how many it has; new_entries: how many of these weren't known;
    difference_minor: closing less opening and entries; gap_minor: opening less the closing of the statement before,
    nothing where none is known.
    """

    statement: str
    number: str
    format: str
    file_sha256: str
    from_on: date | None
    to_on: date | None
    opening_minor: int | None
    closing_minor: int | None
    entries: int
    new_entries: int
    difference_minor: int | None
    gap_minor: int | None


BankAccountEvent = BankAccountRegistered | BankAccountStatementRecorded


class KnownStatement(Struct, frozen=True, kw_only=True, gc=False):
    """What is remembered of a statement; see BankAccountStatementRecorded."""

    from_on: date | None
    to_on: date | None
    opening_minor: int | None
    closing_minor: int | None
    entries: int
    difference_minor: int | None
    gap_minor: int | None


class Said(Struct, frozen=True, kw_only=True, gc=False):
    """What a statement says of itself; sum_minor: the sum of its entries. See BankAccountStatementRecorded."""

    number: str = ""
    format: str
    file_sha256: str
    from_on: date | None = None
    to_on: date | None = None
    opening_minor: int | None = None
    closing_minor: int | None = None
    entries: int
    sum_minor: int
    new_entries: int


@dataclass(eq=False, kw_only=True)
class BankAccountMalformed(Malformed):
    """What is said of an account at a bank can't be meant."""

    code: ClassVar[str] = "bank.account_malformed"
    field: str
    problem: str


@dataclass(eq=False, kw_only=True)
class BankAccountAlreadyRegistered(Conflict):
    """An account at a bank is registered once."""

    code: ClassVar[str] = "bank.account_already_registered"
    bank_account: str


@dataclass(eq=False, kw_only=True)
class StatementMalformed(Malformed):
    """What is said of a statement can't be meant."""

    code: ClassVar[str] = "bank.statement_malformed"
    field: str
    problem: str


@dataclass(eq=False, kw_only=True)
class StatementAlreadyRecorded(Conflict):
    """The statement is known, and says nothing new."""

    code: ClassVar[str] = "bank.statement_already_recorded"
    bank_account: str
    statement: str


class BankAccount(Aggregate, frozen=True, kw_only=True):
    """
    An account at a bank, with its statements by their names, in the order in which they came.

    account: of the ledger.
    """

    account: str
    currency: str
    statements: Mapping[str, KnownStatement] = {}

    def record_statement(self, statement: str, said: Said) -> BankAccountStatementRecorded:
        """
        Take a statement in.

        Raises, in this order: StatementMalformed, ReferenceMalformed (its format), CommitmentMalformed (its file),
        AmountOutOfRange, StatementAlreadyRecorded.
        """
        _check_statement(statement, said)
        key(said.format, field="format")
        check_commitment(said.file_sha256, "file_sha256")
        for amount_minor in (said.opening_minor, said.closing_minor, said.sum_minor):
            ranged(amount_minor or 0)
        difference_minor = _difference(said)
        known = self.statements.get(statement)
        if known and (known.entries, known.difference_minor) == (said.entries, difference_minor):
            raise StatementAlreadyRecorded(bank_account=self.reference, statement=statement)
        return BankAccountStatementRecorded(
            statement=statement,
            number=said.number,
            format=said.format,
            file_sha256=said.file_sha256,
            from_on=said.from_on,
            to_on=said.to_on,
            opening_minor=said.opening_minor,
            closing_minor=said.closing_minor,
            entries=said.entries,
            new_entries=said.new_entries,
            difference_minor=difference_minor,
            gap_minor=self._gap(statement, said),
        )

    def gaps_closed_by(self, recorded: BankAccountStatementRecorded) -> list[str]:
        """Return the statements before which one was missing, which this is: it closes where they open."""
        return [
            name
            for name, known in self.statements.items()
            if known.gap_minor and name != recorded.statement and known.opening_minor == recorded.closing_minor
        ]

    def _gap(self, statement: str, said: Said) -> int | None:
        """
        Return what lies between this opening and the closing before.

        Of one day a bank may send several statements, and they may come in any order: each that closes on the day
        on which this opens, or on the last day before that is known, may be the one before.
        """
        if said.opening_minor is None or said.from_on is None:
            return None
        ended = [
            (known.to_on, known.closing_minor)
            for name, known in self.statements.items()
            if name != statement and known.closing_minor is not None and known.to_on and known.to_on <= said.from_on
        ]
        if not ended:
            return None
        last_day = max((day for day, _ in ended if day < said.from_on), default=said.from_on)
        closings = [closing_minor for day, closing_minor in ended if day >= last_day]
        return 0 if said.opening_minor in closings else said.opening_minor - max(ended, key=lambda one: one[0])[1]


def register(
    before: BankAccount | None,
    *,
    account: str,
    currency: str,
    identifiers: tuple[str, ...],
    name: str,
    bic: str,
    country: str,
) -> BankAccountRegistered:
    """
    Let an account at a bank be known. bic and country may be empty; the rest as in BankAccountRegistered.

    Raises, in this order: AccountUnknown, AccountUnfit, CurrencyUnknown, BankAccountMalformed (identifiers, name, bic),
    CountryUnknown, BankAccountAlreadyRegistered.
    """
    check_control(account, AT_A_BANK)
    exponent_of(currency)
    if not 1 <= len(set(identifiers)) == len(identifiers) <= IDENTIFIERS_MAX:
        raise BankAccountMalformed(field="identifiers", problem=f"not 1 to {IDENTIFIERS_MAX}, each once")
    if not all(map(_IDENTIFIER.fullmatch, identifiers)):
        raise BankAccountMalformed(
            field="identifiers", problem="one isn't 3 to 64 capital letters, digits, / . _ - without spaces"
        )
    if not (1 <= len(name) <= _NAME_MAX and name.isprintable()):
        raise BankAccountMalformed(field="name", problem=f"not 1 to {_NAME_MAX} printable characters")
    if bic and not _BIC.fullmatch(bic):
        raise BankAccountMalformed(field="bic", problem="not 8 or 11 capital letters and digits")
    if country:
        check_country(country)
    if before:
        raise BankAccountAlreadyRegistered(bank_account=before.reference)
    return BankAccountRegistered(
        account=account, currency=currency, identifiers=identifiers, name=name, bic=bic, country=country
    )


def evolve(account: BankAccount | None, event: BankAccountEvent, reference: str, _at: datetime) -> BankAccount:
    """Apply an event of an account at a bank."""
    match event:
        case BankAccountRegistered():
            return BankAccount(reference=reference, account=event.account, currency=event.currency)
        case BankAccountStatementRecorded():
            known = KnownStatement(
                from_on=event.from_on,
                to_on=event.to_on,
                opening_minor=event.opening_minor,
                closing_minor=event.closing_minor,
                entries=event.entries,
                difference_minor=event.difference_minor,
                gap_minor=event.gap_minor,
            )
            before = begun(account)
            return replace(before, statements={**before.statements, event.statement: known})


def _check_statement(statement: str, said: Said) -> None:
    if not STATEMENT.fullmatch(statement):
        raise StatementMalformed(field="statement", problem="not 32 lower-case hexadecimal digits")
    if not (len(said.number) <= _NUMBER_MAX and said.number.isprintable()):
        raise StatementMalformed(field="number", problem=f"not up to {_NUMBER_MAX} printable characters")
    if said.entries < 0 or not 0 <= said.new_entries <= said.entries:
        raise StatementMalformed(field="entries", problem="fewer than none, or fewer than are new")
    if (said.from_on is None) != (said.to_on is None) or (said.from_on and said.to_on and said.to_on < said.from_on):
        raise StatementMalformed(field="to_on", problem="not the last day beside a first one before it")


def _difference(said: Said) -> int | None:
    if said.opening_minor is None or said.closing_minor is None:
        return None
    return said.closing_minor - said.opening_minor - said.sum_minor

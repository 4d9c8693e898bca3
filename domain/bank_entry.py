"""
A bank entry is one line of a bank's statement: money that came or went, and what it was matched to.

Its name is made of what every format of the statement says: account, currency, amount, days, and which of several alike
it is. Who paid what for stands beside the log, erasable: the event carries what stands for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from domain.aggregate import Aggregate, Event, begun
from domain.commitment import Commitment
from domain.errors import Malformed, Refused
from domain.money import ranged
from domain.references import key

TARGETS_MAX = 500
"""Of one entry: their event stays below what a log can prove."""


class Target(Struct, frozen=True, kw_only=True, gc=False):
    """
    What some of an entry is: an open item, a payout, or nothing that was open, but a booking.

    item: its reference, empty for a booking; account: of the ledger, that the entry posts to; amount_minor: the part of
    the entry, negative where it leaves the bank account.
    """

    item: str = ""
    account: str
    amount_minor: int


class BankEntryRecorded(Event, frozen=True, kw_only=True):
    """
    A bank said that money came or went.

    account: of the ledger; amount_minor: negative where it left; ordinal: which of those of that day that are alike,
    from 1; statement: by which it came; code: how the bank calls its kind; detail: stands for what the bank wrote.
    """

    bank_account: str
    account: str
    currency: str
    amount_minor: int
    value_date: date
    booking_date: date
    ordinal: int
    statement: str
    code: str = ""
    is_reversal: bool = False
    detail: Commitment


class BankEntryMatched(Event, frozen=True, kw_only=True):
    """It is known what the money was: all of it."""

    match: str
    account: str
    currency: str
    amount_minor: int
    targets: tuple[Target, ...]


class BankEntryUnmatched(Event, frozen=True, kw_only=True):
    """It wasn't that after all. `reason`: a code."""

    match: str
    account: str
    currency: str
    amount_minor: int
    targets: tuple[Target, ...]
    reason: str


BankEntryEvent = BankEntryRecorded | BankEntryMatched | BankEntryUnmatched


@dataclass(eq=False, kw_only=True)
class TargetsMalformed(Malformed):
    """What an entry would be matched to can't be meant: 1 to 500 parts, none of nothing, no item twice."""

    code: ClassVar[str] = "bank.entry_targets_malformed"
    bank_entry: str
    problem: str


@dataclass(eq=False, kw_only=True)
class BankEntryAlreadyMatched(Refused):
    """The entry is matched: undo that match first."""

    code: ClassVar[str] = "bank.entry_already_matched"
    bank_entry: str
    match: str


@dataclass(eq=False, kw_only=True)
class TargetsDiffer(Refused):
    """An entry is matched wholly or not at all, and these parts don't come to it."""

    code: ClassVar[str] = "bank.entry_targets_differ"
    bank_entry: str
    amount_minor: int
    targets_minor: int


@dataclass(eq=False, kw_only=True)
class BankEntryNotMatched(Refused):
    """The entry isn't matched by this match."""

    code: ClassVar[str] = "bank.entry_not_matched"
    bank_entry: str
    match: str


class BankEntry(Aggregate, frozen=True, kw_only=True):
    """
    A line of a statement as it stands.

    match: by which it is matched, empty while it is open; targets: to what.
    """

    account: str
    currency: str
    amount_minor: int
    booking_date: date
    match: str = ""
    targets: tuple[Target, ...] = ()

    def check_targets(self, targets: Sequence[tuple[str, int]]) -> None:
        """
        Check that items with amounts may be what the entry is; an item is empty for a booking.

        Raises, in this order: TargetsMalformed, AmountOutOfRange, BankEntryAlreadyMatched, TargetsDiffer.
        """
        items = [item for item, _ in targets if item]
        if not 1 <= len(targets) <= TARGETS_MAX:
            raise TargetsMalformed(bank_entry=self.reference, problem=f"not 1 to {TARGETS_MAX} of them")
        if len(set(items)) < len(items):
            raise TargetsMalformed(bank_entry=self.reference, problem="an item twice")
        if not all(amount_minor for _, amount_minor in targets):
            raise TargetsMalformed(bank_entry=self.reference, problem="one of nothing")
        for _, amount_minor in targets:
            ranged(amount_minor)
        if self.match:
            raise BankEntryAlreadyMatched(bank_entry=self.reference, match=self.match)
        targets_minor = sum(amount_minor for _, amount_minor in targets)
        if targets_minor != self.amount_minor:
            raise TargetsDiffer(bank_entry=self.reference, amount_minor=self.amount_minor, targets_minor=targets_minor)

    def matched(self, targets: tuple[Target, ...], *, match: str) -> BankEntryMatched:
        """Match it to targets that were checked."""
        return BankEntryMatched(
            match=match,
            account=self.account,
            currency=self.currency,
            amount_minor=self.amount_minor,
            targets=targets,
        )

    def unmatch(self, *, match: str, reason: str) -> BankEntryUnmatched:
        """
        Let it be open again. The reason is a code.

        Raises, in this order: ReferenceMalformed, BankEntryNotMatched.
        """
        key(reason, field="reason")
        if self.match != match:
            raise BankEntryNotMatched(bank_entry=self.reference, match=match)
        return BankEntryUnmatched(
            match=match,
            account=self.account,
            currency=self.currency,
            amount_minor=self.amount_minor,
            targets=self.targets,
            reason=reason,
        )


def evolve(entry: BankEntry | None, event: BankEntryEvent, reference: str, _at: datetime) -> BankEntry:
    """Apply an event of a bank entry."""
    match event:
        case BankEntryRecorded():
            return BankEntry(
                reference=reference,
                account=event.account,
                currency=event.currency,
                amount_minor=event.amount_minor,
                booking_date=event.booking_date,
            )
        case BankEntryMatched():
            return replace(begun(entry), match=event.match, targets=event.targets)
        case BankEntryUnmatched():
            return replace(begun(entry), match="", targets=())

"""What matching lines of bank statements does, and undoing it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from domain import commands
from domain.accounts import AccountUnfit, check_control
from domain.bank_entry import BankEntry, BankEntryMatched, Target
from domain.bank_match import BankMatch, BankMatchMade, make
from domain.book import Book
from domain.commands.reconciliation import SaidTarget
from domain.errors import Malformed
from domain.handlers.break_moves import explain, is_settled
from domain.handlers.holds import record_payment
from domain.handlers.payouts import debit_payout, return_payout, undo_debit, undo_return
from domain.money import Money
from domain.open_item import OpenItem, account_of, begin
from domain.payout import IN_TRANSIT
from domain.references import bank_entry_id, bank_match_id, book_id, hold_id, key, key_of, kind_of, open_item_id
from domain.unit_of_work import UnitOfWork

RECEIVED_ON = "clearing:bank-transfer"
"""Where a buyer's payment is that the bank's statement tells first."""

TARGET_KINDS = frozenset({"", "open_item", "payout", "hold"})

FX = "fx:gain-loss"
BOOKABLE = (
    "suspense",
    "expense:bank-charges",
    "expense:payment-fees",
    "income:service-fee",
    "tax:withheld",
    "tax:gst-output",
    "tax:gst-input",
    "tax:gst-reverse",
    "advance:operator",
    FX,
)
"""Where a person, or a rule's tolerance, may book what is no open item: docs/reconciliation.md says when."""


@dataclass(eq=False, kw_only=True)
class TargetUnknown(Malformed):
    """Nothing that a line of a statement may be: an open item, a payout, a hold, or a booking."""

    code: ClassVar[str] = "match.target_unknown"
    item: str


@dataclass(eq=False, kw_only=True)
class MatchCurrencyDiffers(Malformed):
    """The entries of a match, and what they are matched to, are of one currency."""

    code: ClassVar[str] = "match.currency_differs"
    reference: str
    currency: str
    needed: str


class _Match:
    """One match being made."""

    def __init__(self, command: commands.MatchBankEntries, entries: Mapping[str, BankEntry], uow: UnitOfWork) -> None:
        self.entries = entries
        self._match = command.match
        self._said = command.entries
        self._currency = command.currency
        self._uow = uow
        self._open_items: dict[str, tuple[int, int]] = {}

    def check_entries(self) -> None:
        needed = self._currency or next(iter(self.entries.values())).currency
        for entry in self.entries.values():
            if entry.currency != needed:
                raise MatchCurrencyDiffers(reference=entry.reference, currency=entry.currency, needed=needed)
        for said in self._said:
            self.entries[said.entry].check_targets([(each.item, each.amount_minor) for each in said.targets])
        for item in (target.item for said in self._said for target in said.targets):
            if kind_of(item) not in TARGET_KINDS:
                raise TargetUnknown(item=item[:200])

    def make(self) -> list[tuple[str, BankEntryMatched]]:
        matched = []
        for said in self._said:
            entry = self.entries[said.entry]
            targets = tuple(self._target(entry, each) for each in said.targets)
            matched.append((entry.reference, entry.matched(targets, match=self._match)))
        for item, (amount_minor, of_minor) in self._open_items.items():
            self._settle(item, amount_minor, of_minor)
        return matched

    def _target(self, entry: BankEntry, said: SaidTarget) -> Target:
        match kind_of(said.item):
            case "":
                return Target(account=self._booked_on(entry, said.account), amount_minor=said.amount_minor)
            case "open_item":
                return self._of_item(said)
            case "payout":
                return self._of_payout(entry, said)
            case _:
                return self._of_payment(entry, said)

    def _booked_on(self, entry: BankEntry, account: str) -> str:
        check_control(account, BOOKABLE)
        functional = self._uow.get(Book, book_id(self._uow.book)).functional_currency
        if account == FX and entry.currency != functional:
            raise AccountUnfit(account=account, needed=(functional,))
        return account

    def _of_item(self, said: SaidTarget) -> Target:
        account = account_of(said.item)
        amount_minor, of_minor = self._open_items.get(said.item, (0, said.of_minor))
        self._open_items[said.item] = (amount_minor + said.amount_minor, of_minor)
        return Target(item=said.item, account=account, amount_minor=said.amount_minor)

    def _of_payout(self, entry: BankEntry, said: SaidTarget) -> Target:
        payout = key_of(said.item)
        if said.amount_minor < 0:
            debit_payout(payout, -said.amount_minor, bank_entry=entry.reference, on=entry.booking_date, uow=self._uow)
        else:
            return_payout(
                payout,
                said.amount_minor,
                bank_entry=entry.reference,
                reason=said.reason,
                on=entry.booking_date,
                uow=self._uow,
            )
        return Target(item=said.item, account=IN_TRANSIT, amount_minor=said.amount_minor)

    def _of_payment(self, entry: BankEntry, said: SaidTarget) -> Target:
        order = key_of(said.item)
        payment = commands.RecordPayment(
            order=order,
            step=said.step,
            amount=Money(entry.currency, said.amount_minor),
            account=RECEIVED_ON,
            reference=self._match,
        )
        record_payment(payment, self._uow)
        item = open_item_id(hold_id(order), self._uow.loaded(hold_id(order)).version, RECEIVED_ON, entry.currency)
        self._open_items[item] = (said.amount_minor, said.amount_minor)
        return Target(item=item, account=RECEIVED_ON, amount_minor=said.amount_minor)

    def _settle(self, item: str, amount_minor: int, of_minor: int) -> None:
        currency = next(iter(self.entries.values())).currency
        found = self._uow.find(OpenItem, item) or begin(item, of_minor=of_minor)
        settled = found.settle(amount_minor, currency=currency, of_minor=of_minor, match=self._match)
        self._uow.record(item, settled)


def match_bank_entries(command: commands.MatchBankEntries, uow: UnitOfWork) -> None:
    """
    Raises, in this order: ReferenceMalformed (the match), what `bank_match.make` does, AggregateNotFound (an entry),
    MatchCurrencyDiffers, what `BankEntry.check_targets` does, TargetUnknown.

    Then each target in its turn is refused for what it is: a booking by `check_control`, an open item by `account_of`,
    a payout by `debit_payout` or `return_payout`, a buyer's payment by `record_payment`; and at last, open items by
    `OpenItem.settle`.
    """
    name = bank_match_id(key(command.match, field="match"))
    made = make(
        uow.find(BankMatch, name),
        entries=tuple(each.entry for each in command.entries),
        rule=command.rule,
        certain=command.certain,
        score=command.score,
        reason=command.reason,
        actor=uow.actor,
    )
    entries = {each.entry: uow.get(BankEntry, bank_entry_id(each.entry)) for each in command.entries}
    making = _Match(command, entries, uow)
    making.check_entries()
    _keep(name, made, making.make(), uow)


def undo_match(command: commands.UndoMatch, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound, and what `BankMatch.undo` does.

    A payout that went on meanwhile refuses it, as `undo_return` and `undo_debit` say. A buyer's payment that the match
    recorded stays: the money came, and waits on the clearing account for a match.
    """
    name = bank_match_id(command.match)
    made = uow.get(BankMatch, name)
    undone = made.undo(reason=command.reason, actor=uow.actor)
    entries = [uow.get(BankEntry, bank_entry_id(entry)) for entry in made.entries]
    _take_back(entries, uow)
    for item in dict.fromkeys(each.item for entry in entries for each in entry.targets):
        if kind_of(item) == "open_item":
            uow.record(item, uow.get(OpenItem, item).unsettle(match=command.match))
    for entry in entries:
        uow.record(entry.reference, entry.unmatch(match=command.match, reason=command.reason))
    uow.record(name, undone)


HANDLERS: dict[type[commands.Command], Callable[[Any, UnitOfWork], None]] = {
    commands.MatchBankEntries: match_bank_entries,
    commands.UndoMatch: undo_match,
}


def book(entry: BankEntry, *, account: str, match: str, uow: UnitOfWork) -> None:
    """Book the whole of an open entry to an account, as a match that a person made."""
    name = bank_match_id(match)
    made = make(
        uow.find(BankMatch, name),
        entries=(key_of(entry.reference),),
        rule="write-off",
        certain=True,
        score=1_000,
        reason="",
        actor=uow.actor,
    )
    target = Target(account=account, amount_minor=entry.amount_minor)
    uow.record(entry.reference, entry.matched((target,), match=match))
    uow.record(name, made)


def _keep(name: str, made: BankMatchMade, matched: Sequence[tuple[str, BankEntryMatched]], uow: UnitOfWork) -> None:
    """Record a match, and close the breaks about what it explains."""
    for entry, event in matched:
        uow.record(entry, event)
    uow.record(name, made)
    items = [target.item for _, event in matched for target in event.targets]
    for entry, event in matched:
        is_booked = not any(target.item for target in event.targets)
        explain(entry, how="booking" if is_booked else "match", by=name, uow=uow)
    for item in dict.fromkeys(filter(None, items)):
        if is_settled(item, uow):
            explain(item, how="match", by=name, uow=uow)


def _take_back(entries: Iterable[BankEntry], uow: UnitOfWork) -> None:
    """Let payouts be as before: first those that came back are gone again, then those that went are not."""
    paid = [
        (key_of(target.item), target.amount_minor, entry.reference)
        for entry in entries
        for target in entry.targets
        if kind_of(target.item) == "payout"
    ]
    for payout, amount_minor, bank_entry in reversed(paid):
        if amount_minor > 0:
            undo_return(payout, bank_entry=bank_entry, uow=uow)
    for payout, amount_minor, bank_entry in reversed(paid):
        if amount_minor < 0:
            undo_debit(payout, bank_entry=bank_entry, uow=uow)

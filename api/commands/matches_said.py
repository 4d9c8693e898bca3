"""A match as a person says it over HTTP: amounts as money; how much a posting was in all, the ledger knows."""

from msgspec import Struct

from domain.commands.command import Command
from domain.commands.reconciliation import MatchBankEntries, MatchedEntry, SaidTarget
from domain.handlers.bank_matches import MatchCurrencyDiffers
from domain.money import Money


class TargetSaid(Struct, frozen=True, kw_only=True):
    """
    What some of a line is.

    item: an open item, as `open_item:hold:PO-1@3/clearing:card/USD`; a payout, as `payout:P-1`; `hold:PO-1` for a
    buyer's payment that nobody recorded yet, for a payment `step`; empty for a booking to an `account`. reason: of a
    payout that came back, the bank's code.
    """

    item: str = ""
    amount: Money
    account: str = ""
    step: int = 1
    reason: str = ""


class EntrySaid(Struct, frozen=True, kw_only=True):
    """A line of a statement, by its key, and what it is: its parts come to its amount."""

    entry: str
    targets: tuple[TargetSaid, ...]


class MatchSaid(Command, frozen=True, kw_only=True, tag="MatchBankEntries"):
    """Say what lines of bank statements are, all of them or none; breaks about them are closed."""

    match: str
    entries: tuple[EntrySaid, ...]
    reason: str = ""

    def heard(self) -> MatchBankEntries:
        """
        Return the match as the ledger hears it, without how much its postings were in all.

        Raises: MatchCurrencyDiffers, where its own amounts are of several.
        """
        amounts = [target.amount for entry in self.entries for target in entry.targets]
        currency = amounts[0].currency if amounts else ""
        if other := next((each.currency for each in amounts if each.currency != currency), None):
            raise MatchCurrencyDiffers(reference=f"bank_match:{self.match}", currency=other, needed=currency)
        return MatchBankEntries(
            match=self.match, entries=tuple(map(_entry, self.entries)), currency=currency, reason=self.reason
        )


def _entry(said: EntrySaid) -> MatchedEntry:
    targets = (
        SaidTarget(
            item=each.item,
            amount_minor=each.amount.minor,
            account=each.account,
            step=each.step,
            reason=each.reason,
        )
        for each in said.targets
    )
    return MatchedEntry(entry=said.entry, targets=tuple(targets))

"""Commands about what the lines of bank statements are, and about what is left to be explained."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from domain.commands.command import Command
from domain.commitment import Commitment
from domain.reconciliation_break import Found, break_id
from domain.references import bank_entry_id, bank_match_id, hold_id, key_of, kind_of, order_id

PERSON = "person"
"""The rule by which a person matches."""


class SaidTarget(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """
    What some of an entry is.

    item: an open item, as `open_item:hold:PO-1@3/clearing:card/USD`; a payout, as `payout:P-1`, a negative amount being
    its debit and a positive one its return, for a `reason` that the bank gives; `hold:PO-1` for a buyer's payment that
    nobody recorded yet, for a payment `step` of the order; empty for a booking to an `account`.
    of_minor: of an open item, the whole posting, which the ledger's API reads from the journal.
    """

    item: str = ""
    amount_minor: int
    account: str = ""
    of_minor: int = 0
    step: int = 1
    reason: str = ""


class MatchedEntry(Struct, frozen=True, kw_only=True, gc=False):
    """A line of a statement, by its key, and what it is."""

    entry: str
    targets: tuple[SaidTarget, ...]


class MatchBankEntries(Command, frozen=True, kw_only=True):
    """
    Say what lines of bank statements are, all of them or none; breaks about them are closed.

    currency: of all amounts, where the caller says it; certain, score: of a rule, see domain.matching.
    """

    match: str
    entries: tuple[MatchedEntry, ...]
    currency: str = ""
    rule: str = PERSON
    certain: bool = True
    score: int = 1_000
    reason: str = ""

    @property
    def orders(self) -> Sequence[str]:
        """Return the keys of the orders whose buyers' payments the entries are."""
        return [key_of(item) for item in self._items() if kind_of(item) == "hold"]

    def subjects(self) -> Sequence[str]:
        """Return the match, the entries, what they are matched to, and the breaks about all of them."""
        entries = [bank_entry_id(each.entry) for each in self.entries]
        items = list(self._items())
        orders = [order_id(order) for order in self.orders]
        breaks = [break_id(subject) for subject in (*entries, *items) if kind_of(subject) != "hold"]
        return (bank_match_id(self.match), *entries, *items, *orders, *map(hold_id, self.orders), *breaks)

    def _items(self) -> Iterator[str]:
        return (target.item for entry in self.entries for target in entry.targets if target.item)


class UndoMatch(Command, frozen=True, kw_only=True):
    """Take a match back: its entries are open again, and what they had settled or paid is as before."""

    match: str
    reason: str

    def subjects(self) -> Sequence[str]:
        """Return the match."""
        return (bank_match_id(self.match),)


class RaiseBreaks(Command, frozen=True, kw_only=True):
    """Say where bank and ledger differ; of a difference that is known, that it is another one."""

    found: tuple[Found, ...]

    def subjects(self) -> Sequence[str]:
        """Return what differs, and the breaks about it."""
        subjects = [each.subject for each in self.found]
        return (*subjects, *map(break_id, subjects))


class BreakCommand(Command, frozen=True, kw_only=True):
    """An intent about one break."""

    break_key: str

    def subjects(self) -> Sequence[str]:
        """Return the break."""
        return (f"break:{self.break_key}",)


class ResolveBreak(BreakCommand, frozen=True, kw_only=True):
    """Close a break about something that was settled without a match, as a payout that its bank rejected."""


class AssignBreak(BreakCommand, frozen=True, kw_only=True):
    """Give a break to somebody to explain, by their key."""

    owner: str


class CommentBreak(BreakCommand, frozen=True, kw_only=True):
    """Write something about a break; the comment stands for the text."""

    comment: Commitment


class ProposeBreakWriteOff(BreakCommand, frozen=True, kw_only=True):
    """Ask that a difference be given up, at the operator's expense."""

    reason: str


class ApproveBreakWriteOff(BreakCommand, frozen=True, kw_only=True):
    """Agree to giving a difference up as a second person, which closes its break."""

    number: int


class RejectBreakWriteOff(BreakCommand, frozen=True, kw_only=True):
    """Refuse to give a difference up as a second person."""

    number: int
    reason: str

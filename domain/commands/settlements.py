"""Commands about payment providers' settlements, and what the lines of them are."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from domain.commands.command import Command
from domain.commands.reconciliation import PERSON
from domain.reconciliation_break import break_id
from domain.references import kind_of, settlement_id, settlement_line_id
from domain.settlement import SettlementPart, SettlementTold


class SettlementCommand(Command, frozen=True, kw_only=True):
    """An intent about one settlement of a payment provider; settlement: by which the provider calls it."""

    provider: str
    settlement: str

    @property
    def about(self) -> str:
        """Return the settlement's reference."""
        return settlement_id(self.provider, self.settlement)

    def subjects(self) -> Sequence[str]:
        """Return the settlement."""
        return (self.about,)


class RecordSettlement(SettlementCommand, frozen=True, kw_only=True):
    """Take in what a provider says that it pays out, with all lines of it; what differs raises a break."""

    told: SettlementTold
    parts: tuple[SettlementPart, ...]


class ClearedPart(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """
    What some of a line is.

    line: by its number, 0 for what the settlement differs by; item: a posting on the provider's account, as
    `open_item:hold:PO-1@3/clearing:card/USD`; a payout that the provider paid, as `payout:P-1`; empty for a booking to
    an `account`. amount_minor: below zero for what goes back; of_minor: of an open item, the whole posting, which the
    ledger's API reads from the journal.
    """

    line: int
    item: str = ""
    amount_minor: int
    account: str = ""
    of_minor: int = 0


class ClearSettlementLines(SettlementCommand, frozen=True, kw_only=True):
    """
    Say what lines of a settlement are, all of them or none; breaks about them are closed.

    currency: of all amounts, where the caller says it; rule: of a run, see docs/settlements.md.
    """

    parts: tuple[ClearedPart, ...]
    currency: str = ""
    rule: str = PERSON
    reason: str = ""

    def subjects(self) -> Sequence[str]:
        """Return the settlement, what its lines are matched to, and the breaks about all of them."""
        return (self.about, *self._items(), *map(break_id, self._differing()))

    def _items(self) -> Iterator[str]:
        return (each.item for each in self.parts if each.item)

    def _differing(self) -> Iterator[str]:
        yield from (settlement_line_id(self.about, each.line) for each in self.parts)
        yield from (item for item in self._items() if kind_of(item) in {"open_item", "payout"})


class ReopenSettlementLines(SettlementCommand, frozen=True, kw_only=True):
    """Take back what lines of a settlement are: they, and what they had settled, are open again."""

    lines: tuple[int, ...]
    reason: str

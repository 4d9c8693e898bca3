"""What lines of a settlement are, as a person says it over HTTP: amounts as money; postings' wholes are looked up."""

from msgspec import Struct

from domain.commands.settlements import ClearedPart, ClearSettlementLines, SettlementCommand
from domain.handlers.bank_matches import MatchCurrencyDiffers
from domain.money import Money


class PartSaid(Struct, frozen=True, kw_only=True):
    """
    What some of a line is.

    line: by its number, 0 for what the settlement differs by; item: a posting on the provider's account, as
    `open_item:hold:PO-1@3/clearing:stripe/USD`, or a payout that the provider paid, as `payout:P-1`; empty for a
    booking to an `account`. amount: below zero for what went back.
    """

    line: int
    item: str = ""
    amount: Money
    account: str = ""


class ClearSaid(SettlementCommand, frozen=True, kw_only=True, tag="ClearSettlementLines"):
    """Say what lines of a settlement are, all of them or none; breaks about them are closed."""

    parts: tuple[PartSaid, ...]
    reason: str = ""

    def heard(self) -> ClearSettlementLines:
        """
        Return it as the ledger hears it, without how much its postings were in all.

        Raises: MatchCurrencyDiffers, where its own amounts are of several.
        """
        currencies = list(dict.fromkeys(part.amount.currency for part in self.parts))
        if len(currencies) > 1:
            raise MatchCurrencyDiffers(reference=self.about, currency=currencies[1], needed=currencies[0])
        parts = (
            ClearedPart(line=part.line, item=part.item, amount_minor=part.amount.minor, account=part.account)
            for part in self.parts
        )
        return ClearSettlementLines(
            provider=self.provider,
            settlement=self.settlement,
            parts=tuple(parts),
            currency="".join(currencies),
            reason=self.reason,
        )

"""What is said of remittances in clear: who sent the money. The name goes when the exporter is forgotten."""

from datetime import date

from api.commands.in_clear import InClear, Keep
from domain import commands
from domain.commands import Command
from domain.money import Money


class RemitInClear(InClear, frozen=True, kw_only=True, tag="RecordRemittance"):
    """Record money from abroad as an exporter's bank reported it (an IRM); who sent it is in clear."""

    remittance: str
    exporter: str
    amount: Money
    received_on: date
    purpose: str
    ad_code: str = ""
    remitter: str = ""
    rulebook: str = "standard/1"

    def committed(self, keep: Keep) -> Command:
        """Return the report with a commitment for who sent the money."""
        kept = keep(owner=self.exporter, field="remitter", value=self.remitter) if self.remitter else None
        return commands.RecordRemittance(
            remittance=self.remittance,
            exporter=self.exporter,
            amount=self.amount,
            received_on=self.received_on,
            purpose=self.purpose,
            ad_code=self.ad_code,
            remitter=kept,
            rulebook=self.rulebook,
        )

"""Commands about what a party may be paid, or owes, beside what its trades come to."""

from collections.abc import Sequence

from domain.commands.command import Command
from domain.money import Money
from domain.payee_account import PayeeControl
from domain.references import payee_id


class PayeeCommand(Command, frozen=True, kw_only=True):
    """An intent about what one party may be paid, or owes, in the currency of an amount."""

    party: str
    amount: Money

    def subjects(self) -> Sequence[str]:
        """Return the payee account."""
        return (payee_id(self.party, self.amount.currency),)


class RecordRepayment(PayeeCommand, frozen=True, kw_only=True):
    """Record that a party paid back money that it owed."""

    owed_on: PayeeControl = "payable:exporter"
    account: str
    reference: str = ""


class DeclareUnclaimed(PayeeCommand, frozen=True, kw_only=True):
    """Set money aside that couldn't be paid to its party, however often it was tried."""

    account: PayeeControl
    reason: str


class ReclaimUnclaimed(PayeeCommand, frozen=True, kw_only=True):
    """Make money payable again that was set aside, because its party turned up."""

    account: PayeeControl
    reason: str

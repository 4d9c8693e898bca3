"""Commands about the operator's own money put in where an exporter can't give back what a buyer is refunded."""

from collections.abc import Sequence

from domain.commands.command import OrderCommand
from domain.money import Money
from domain.references import guarantee_id, hold_id, order_id


class GuaranteeCommand(OrderCommand, frozen=True, kw_only=True):
    """An intent about the guarantee of one order."""

    def subjects(self) -> Sequence[str]:
        """Return the order, its hold and its guarantee."""
        return order_id(self.order), hold_id(self.order), guarantee_id(self.order)


class AdvanceGuarantee(GuaranteeCommand, frozen=True, kw_only=True):
    """Put the operator's own money among the buyers', because the exporter owes it for this order."""

    amount: Money
    account: str


class RepayAdvance(GuaranteeCommand, frozen=True, kw_only=True):
    """Take the operator's own money out again, as far as the exporter owes less than it stands in for."""

    amount: Money
    account: str


class ProposeWriteOff(GuaranteeCommand, frozen=True, kw_only=True):
    """Ask that an exporter's debt be given up, at the operator's expense, out of what was advanced for the order."""

    amount: Money
    reason: str


class ApproveWriteOff(GuaranteeCommand, frozen=True, kw_only=True):
    """Agree to a write-off as a second person, which carries it out."""

    number: int


class RejectWriteOff(GuaranteeCommand, frozen=True, kw_only=True):
    """Refuse a write-off as a second person."""

    number: int
    reason: str

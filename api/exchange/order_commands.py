"""
Order commands are what a file's rows come to: the submissions of one order, or of one refund, in the order of saying.

A command id is made of the mapping's name and the file's own keys, so that the same file says the same thing again. A
refund's id also has row numbers: one cancellation may name the same stock code on several equal lines, and one order
may hold several equal lines of it, so only the row tells them apart.
"""

from collections.abc import Sequence
from datetime import datetime

from api.exchange.mapping import Mapping, ReasonedVerb, Verb
from api.exchange.order_row_reader import OrderHead
from api.exchange.refund_plan import PlannedRefund, Take
from domain import commands
from domain.money import Money
from domain.order import Line
from ledger.outcomes import Submission

ROLE = "import"


class OrderCommands:
    """What an import says, by one mapping."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping

    def of_order(self, order: str, head: OrderHead, lines: Sequence[Line]) -> list[Submission]:
        """Return what is said about an order, from its placing on."""
        return [
            self._submission(self._command(verb, order, head, lines), f"{order}/{verb}", head.occurred_at[verb])
            for verb in head.course
        ]

    def of_refund(self, refund: PlannedRefund, take: Take) -> Submission:
        """Return what is said about money given back for one original."""
        command = commands.ProposeRefund(
            order=take.original.order,
            amount=Money(self._mapping.currency, take.amount_minor),
            reason=self._mapping.reasons["refund"],
        )
        name = f"{refund.order}/refund/{refund.row}/{take.original.order}/{take.original.row}"
        return self._submission(command, name, refund.at)

    def _command(self, verb: Verb, order: str, head: OrderHead, lines: Sequence[Line]) -> commands.OrderCommand:
        match verb:
            case "place":
                return self._place(order, head, lines)
            case "accept":
                return commands.AcceptOrder(order=order)
            case "pay":
                total = Money(self._mapping.currency, sum(line.amount_minor for line in lines))
                return commands.RecordPayment(order=order, amount=total, account=self._mapping.payment_account)
            case "freeze":
                return commands.FreezeHold(order=order, reason=self._reason("freeze"))
            case "cancel":
                return commands.CancelOrder(order=order, reason=self._reason("cancel"))
            case "dispatch":
                return commands.DispatchGoods(order=order)
            case "deliver":
                return commands.RecordDelivery(order=order)
            case "confirm":
                return commands.ConfirmReceipt(order=order)

    def _place(self, order: str, head: OrderHead, lines: Sequence[Line]) -> commands.PlaceOrder:
        return commands.PlaceOrder(
            order=order,
            buyer=head.buyer,
            exporter=head.exporter,
            currency=self._mapping.currency,
            lines=tuple(lines),
            transport_mode=head.transport_mode,
            ship_by=head.ship_by,
            rulebook=self._mapping.rulebook,
        )

    def _reason(self, verb: ReasonedVerb) -> str:
        return self._mapping.reasons[verb]

    def _submission(self, command: commands.Command, name: str, occurred_at: datetime) -> Submission:
        return Submission(
            command=command,
            command_id=f"{self._mapping.name}/{name}",
            principal=self._mapping.principal,
            actor=self._mapping.principal,
            role=ROLE,
            occurred_at=occurred_at,
        )

"""
Order commands are what a file's rows come to: the submissions of one order, or of one refund, in the order of saying.

A command id is made of the mapping's name and the file's own keys, so that the same file says the same thing again. A
refund's id also has row numbers: one cancellation may name the same stock code on several equal lines, and one order
may hold several equal lines of it, so only the row tells them apart.
"""

from collections.abc import Sequence
from datetime import datetime

from api.exchange.mapping import LateVerb, Mapping, PlainVerb, ReasonedVerb, Verb
from api.exchange.order_row_reader import OrderHead
from api.exchange.refund_plan import PlannedRefund, Take
from domain import commands
from domain.commands.disputes import NewClaim
from domain.money import Money, share
from domain.order import Line
from domain.side import BUYER, EXPORTER
from ledger.outcomes import Submission

ROLE = "import"


class OrderCommands:
    """What an import says, by one mapping."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._rules = mapping.order_rules()

    def of_order(self, order: str, head: OrderHead, lines: Sequence[Line]) -> dict[str, Submission]:
        """Return what is said about an order, from its placing on, by the words that the command ids end with."""
        return {
            word: self._submission(command, f"{order}/{word}", head.occurred_at[verb])
            for verb in head.course
            for word, command in self._said(verb, order, head, lines).items()
        }

    def of_refund(self, refund: PlannedRefund, take: Take) -> Submission:
        """Return what is said about money given back for one original."""
        command = commands.ProposeRefund(
            order=take.original.order,
            amount=Money(self._mapping.currency, take.amount_minor),
            reason=self._mapping.reasons["refund"],
        )
        name = f"{refund.order}/refund/{refund.row}/{take.original.order}/{take.original.row}"
        return self._submission(command, name, refund.at)

    def _said(self, verb: Verb, order: str, head: OrderHead, lines: Sequence[Line]) -> dict[str, commands.OrderCommand]:
        match verb:
            case "dispute" | "settle":
                total_minor = _total_minor(lines)
                due_minor = self._rules.late_remedy_for(total_minor, self._mapping.currency, head.days_late)
                return _about_lateness(verb, order, due_minor, head.offer_bps) if due_minor else {}
            case _:
                return {verb: self._command(verb, order, head, lines)}

    def _command(self, verb: PlainVerb, order: str, head: OrderHead, lines: Sequence[Line]) -> commands.OrderCommand:
        match verb:
            case "place":
                return self._place(order, head, lines)
            case "accept":
                return commands.AcceptOrder(order=order)
            case "pay":
                total = Money(self._mapping.currency, _total_minor(lines))
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
            rulebook=self._mapping.placed_under,
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


def _about_lateness(verb: LateVerb, order: str, due_minor: int, offer_bps: int) -> dict[str, commands.OrderCommand]:
    """Return what is said of a claim, whose amount is left to the order's rules: `due_minor` is what they give."""
    match verb:
        case "dispute":
            return {"dispute": commands.OpenDispute(order=order, claims=(NewClaim(kind="late"),))}
        case "settle":
            offered_minor = share(due_minor, rate_bps=offer_bps)
            if not 0 < offered_minor < due_minor:
                return {"settle": commands.AnswerClaim(order=order, claim=1, stance="accepts")}
            offer = commands.MakeOffer(
                order=order, claim=1, side=EXPORTER, remedy="partial-refund", amount_minor=offered_minor
            )
            return {"offer": offer, "settle": commands.AcceptOffer(order=order, offer=1, side=BUYER)}


def _total_minor(lines: Sequence[Line]) -> int:
    return sum(line.amount_minor for line in lines)

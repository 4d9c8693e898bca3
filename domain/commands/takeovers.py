"""Commands that take over what another system kept until now."""

from collections.abc import Sequence
from datetime import date, datetime

from domain.commands.command import Command, OrderCommand
from domain.order import Line, PaymentStep
from domain.references import hold_id, order_id, takeover_id
from domain.rules import TransportMode
from domain.takeover import OpeningBalance, TakenOverStatus


class RecordOpeningBalances(Command, frozen=True, kw_only=True):
    """Take over what stood on another system's accounts at the end of a day, all currencies at once."""

    source: str
    source_sha256: str
    as_of: date
    balances: tuple[OpeningBalance, ...]

    def subjects(self) -> Sequence[str]:
        """Return the takeover."""
        return (takeover_id(self.source),)


class TakeOverOrder(OrderCommand, frozen=True, kw_only=True):
    """
    Go on with an order that another system knew until now, and hold its money.

    Without steps, one payment of the whole is due on acceptance. Amounts are minor units; `received_minor` has one for
    each payment step. `account` is where the held money is: it is debited.
    """

    source: str
    source_reference: str
    buyer: str
    exporter: str
    currency: str
    lines: tuple[Line, ...]
    steps: tuple[PaymentStep, ...] = ()
    transport_mode: TransportMode
    ship_by: date
    deliver_by: date | None = None
    rulebook: str = "standard/1"
    status: TakenOverStatus
    undispatched: tuple[int, ...] = ()
    placed_at: datetime
    dispatched_at: datetime | None = None
    received_minor: tuple[int, ...]
    held_minor: int
    released_gross_minor: int = 0
    released_fee_minor: int = 0
    released_tax_minor: int = 0
    refunded_minor: int = 0
    account: str = ""

    def subjects(self) -> Sequence[str]:
        """Return the order, its hold and the rulebook."""
        return order_id(self.order), hold_id(self.order), f"rulebook:{self.rulebook}"

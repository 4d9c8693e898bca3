"""Commands that change what was agreed: amendments, and more time to inspect."""

from domain.amendment import Amendment
from domain.commands.command import OrderCommand
from domain.side import Side


class ProposeAmendment(OrderCommand, frozen=True, kw_only=True):
    """Ask the other side to change the order, as one side."""

    side: Side
    change: Amendment
    currency: str = ""
    """Of the amounts: the order's, which it is also where none is said."""


class AcceptAmendment(OrderCommand, frozen=True, kw_only=True):
    """Agree to a change of the order, as the other side."""

    amendment: int
    side: Side


class DeclineAmendment(OrderCommand, frozen=True, kw_only=True):
    """Refuse a change of the order, or take one's own back."""

    amendment: int
    side: Side
    reason: str


class ExtendInspection(OrderCommand, frozen=True, kw_only=True):
    """Give the buyer more time to inspect, as one side; without days, as many as the rules let a side give."""

    side: Side
    days: int | None = None


class EndClaims(OrderCommand, frozen=True, kw_only=True):
    """Let the time for disputes about an order be over."""

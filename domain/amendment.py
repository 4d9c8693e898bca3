"""An amendment changes what was agreed in an order: one side proposes it, and it counts once the other accepts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from msgspec import Struct

from domain.aggregate import Event
from domain.errors import NotFound, Refused
from domain.side import Side


class LineChange(Struct, frozen=True, kw_only=True, gc=False):
    """What one line of an order becomes; the amount is for the whole quantity, in minor units."""

    line: int
    quantity: int
    amount_minor: int


class Amendment(Struct, frozen=True, kw_only=True, gc=False):
    """
    What would change; what isn't named stays.

    step_amounts_minor: one for each payment step, in order; without them the last step bears the difference.
    """

    lines: tuple[LineChange, ...] = ()
    step_amounts_minor: tuple[int, ...] = ()
    ship_by: date | None = None
    deliver_by: date | None = None


class OrderAmendmentProposed(Event, frozen=True, kw_only=True):
    """One side would have the order changed; every amount is given as it would become."""

    amendment: int
    by: Side
    change: Amendment
    total_minor: int


class OrderAmendmentAccepted(Event, frozen=True, kw_only=True):
    """The other side agreed: from here on the order is what was proposed."""

    amendment: int
    by: Side


class OrderAmendmentDeclined(Event, frozen=True, kw_only=True):
    """The other side didn't agree, or who proposed it took it back."""

    amendment: int
    by: Side
    reason: str


@dataclass(eq=False, kw_only=True)
class AmendmentNotFound(NotFound):
    """No amendment with this number waits for an answer."""

    code: ClassVar[str] = "order.amendment_not_found"
    order: str
    amendment: int


@dataclass(eq=False, kw_only=True)
class AmendmentPending(Refused):
    """An amendment waits for an answer already: accept or decline it first."""

    code: ClassVar[str] = "order.amendment_pending"
    order: str
    amendment: int


@dataclass(eq=False, kw_only=True)
class AmendmentOwn(Refused):
    """Nobody accepts what they proposed themselves."""

    code: ClassVar[str] = "order.amendment_own"
    order: str
    amendment: int
    side: Side


@dataclass(eq=False, kw_only=True)
class AmendmentBelowPerformed(Refused):
    """A line would become less than is dispatched, or the order less than is paid out: refund what was paid instead."""

    code: ClassVar[str] = "order.amendment_below_performed"
    order: str
    field: str
    wanted: int
    least: int


class PendingAmendment(Struct, frozen=True, kw_only=True, gc=False):
    """An amendment that waits for the other side."""

    number: int
    by: Side
    change: Amendment
    total_minor: int


def stretched(amounts_minor: Sequence[int], total_minor: int) -> tuple[int, ...]:
    """Return payment steps whose last one bears what the total changed by; it may fall to zero or below, unchecked."""
    return (*amounts_minor[:-1], total_minor - sum(amounts_minor[:-1]))

"""Takeovers: what an order lived elsewhere needs, so that its clocks run here as if it had been lived here."""

from collections.abc import Iterator

from domain import commands
from domain.aggregate import Event
from domain.policies.deadlines import keep_order_clocks
from domain.policies.policy import Policy
from domain.references import key_of
from domain.takeover import OrderTakenOver
from domain.trade import find_clock
from domain.unit_of_work import UnitOfWork


def let_inspection_end_here(reference: str, _event: Event, uow: UnitOfWork) -> Iterator[commands.Command]:
    """When the time to inspect had ended elsewhere, it ends here within a day: nothing happens before the takeover."""
    clock = find_clock(key_of(reference), "inspection", uow)
    if clock and clock.due_at <= uow.occurred_at:
        days = (uow.occurred_at - clock.due_at).days + 1
        yield commands.ExtendClock(order=key_of(reference), clock=clock.name, days=days)


POLICIES: dict[type[Event], tuple[Policy, ...]] = {OrderTakenOver: (keep_order_clocks, let_inspection_end_here)}

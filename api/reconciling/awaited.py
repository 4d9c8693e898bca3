"""What buyers pay next: of each order that isn't paid, the first payment step that something is missing of."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from domain.aggregate import Aggregate
from domain.envelope import Recorded
from domain.hold import Hold
from domain.order import Order
from domain.references import hold_id, order_id
from projections.derived_rows import in_parts
from projections.moment import NOW
from projections.open_reconciliation import AwaitedPayment, awaited_payments, orders_in_steps
from projections.projection import Connection
from projections.streams import evolved
from projections.timelines import events_at


class NextPayment(NamedTuple):
    """A payment step of an order, counted from 1, and what is missing of it, in minor units."""

    order: str
    buyer: str
    currency: str
    amount_minor: int
    step: int
    placed_on: date


def next_payments(connection: Connection, book: str) -> Iterator[NextPayment]:
    """
    Yield what the buyer of each order that isn't wholly paid pays next.

    Only of orders that are paid in several steps, the histories are read.

    Raises: LogCorrupt.
    """
    awaited = {each.order: each for each in awaited_payments(connection, book)}
    in_steps = orders_in_steps(connection, book, awaited)
    for order, each in awaited.items():
        if order not in in_steps:
            yield _whole(each)
    for some in in_parts(sorted(in_steps)):
        yield from _by_step(connection, book, {order: awaited[order] for order in some})


def _by_step(connection: Connection, book: str, awaited: Mapping[str, AwaitedPayment]) -> Iterator[NextPayment]:
    references = [name for order in awaited for name in (order_id(order), hold_id(order))]
    things = _folded(events_at(connection, book, references, NOW))
    for order, each in awaited.items():
        agreed, held = things.get(order_id(order)), things.get(hold_id(order))
        if isinstance(agreed, Order) and isinstance(held, Hold):
            yield _next_of(each, [step.amount_minor for step in agreed.terms.steps], held.paid_by_step)


def _next_of(awaited: AwaitedPayment, agreed_minor: Sequence[int], paid_minor: Sequence[int]) -> NextPayment:
    """Return the first step that isn't wholly paid; where all are, what was added to the order since, as the last."""
    for number, (step_minor, so_far_minor) in enumerate(zip(agreed_minor, paid_minor, strict=False), start=1):
        if step_minor > so_far_minor:
            return _whole(awaited)._replace(step=number, amount_minor=step_minor - so_far_minor)
    return _whole(awaited)._replace(step=len(agreed_minor))


def _whole(awaited: AwaitedPayment) -> NextPayment:
    return NextPayment(
        order=awaited.order,
        buyer=awaited.buyer,
        currency=awaited.currency,
        amount_minor=awaited.amount_minor,
        step=1,
        placed_on=awaited.placed_on,
    )


def _folded(events: Iterable[Recorded]) -> dict[str, Aggregate | None]:
    found: dict[str, Aggregate | None] = {}
    for event in events:
        found[event.originator_id] = evolved(found.get(event.originator_id), event)
    return found

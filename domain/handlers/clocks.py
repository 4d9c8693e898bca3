"""What commands about a trade's clocks do, and how clocks that are due pass before anything else happens."""

from collections.abc import Callable, Iterator
from typing import Any

from domain import commands
from domain.clock import Clock, ClockNotDue, Clocks
from domain.deadlines import Wanted, dispute_clocks, order_clocks, start_clock
from domain.dispute import Dispute
from domain.order import Order
from domain.references import clocks_id, hold_id, kind_of, order_id, refunds_id
from domain.trade import Trade, order_of, rules_of
from domain.unit_of_work import UnitOfWork


def due_clocks(order: str, uow: UnitOfWork) -> Iterator[Clock]:
    """
    Yield the clocks of a trade that are due by now, the earliest first; what one makes happen may start the next.

    Each must be expired before the next is asked for.
    """
    while (due := _clocks(order, uow).next_due) and due.due_at <= uow.occurred_at:
        yield due


def expire(order: str, clock: Clock, uow: UnitOfWork) -> None:
    """Let one clock pass, at the unit of work's instant."""
    clocks = _clocks(order, uow)
    uow.record(clocks.reference, clocks.expire(clock))


def expire_clocks(command: commands.ExpireClocks, uow: UnitOfWork) -> None:
    """
    Asks only whether a clock was due: those that were have passed already, as before every command about an order.

    Raises, in this order: AggregateNotFound, ClockNotDue.
    """
    order_of(command.order, uow)
    if not uow.steps:
        next_due = _clocks(command.order, uow).next_due
        raise ClockNotDue(clocks=clocks_id(command.order), next_due_at=next_due.due_at if next_due else None)


def pause_clock(command: commands.PauseClock, uow: UnitOfWork) -> None:
    """Raises, in this order: ReferenceMalformed, ClockNotRunning, ClockNotPausable."""
    clocks = _clocks(command.order, uow)
    uow.record(clocks.reference, clocks.pause(command.clock, reason=command.reason))


def resume_clock(command: commands.ResumeClock, uow: UnitOfWork) -> None:
    """Raises, in this order: ReferenceMalformed, ClockNotRunning, ClockNotPausable."""
    clocks = _clocks(command.order, uow)
    uow.record(clocks.reference, clocks.resume(command.clock, reason=command.reason, at=uow.occurred_at))


def keep_clocks(command: commands.KeepClocks, uow: UnitOfWork) -> None:
    """
    Compares the clocks that run about a thing with those that should, as the thing stands.

    Raises, in this order: AggregateNotFound (the order), AggregateNotFound (the dispute that it is about).
    """
    order = order_of(command.order, uow)
    wanted = _wanted(command, order, uow)
    clocks = _clocks(command.order, uow)
    for clock in clocks.running:
        if clock.about in _abouts(command) and clock.name not in wanted:
            uow.record(clocks.reference, clocks.stop(clock.name, because=command.cause))
    for name, missing in wanted.items():
        if not clocks.find(name):
            started = start_clock(
                name, missing, cause=command.cause, rules=rules_of(order, uow), order=order, at=uow.occurred_at
            )
            uow.record(clocks.reference, started)


def extend_clock(command: commands.ExtendClock, uow: UnitOfWork) -> None:
    """Refuses nothing: a clock that doesn't run, as in an order older than its clocks, can't be extended."""
    clocks = _clocks(command.order, uow)
    if clocks.find(command.clock):
        uow.record(clocks.reference, clocks.extend(command.clock, days=command.days))


HANDLERS: dict[type[commands.Command], Callable[[Any, UnitOfWork], None]] = {
    commands.ExpireClocks: expire_clocks,
    commands.PauseClock: pause_clock,
    commands.ResumeClock: resume_clock,
    commands.KeepClocks: keep_clocks,
    commands.ExtendClock: extend_clock,
}


def _clocks(order: str, uow: UnitOfWork) -> Clocks:
    return uow.find(Clocks, clocks_id(order)) or Clocks(reference=clocks_id(order))


def _wanted(command: commands.KeepClocks, order: Order, uow: UnitOfWork) -> dict[str, Wanted]:
    if kind_of(command.about) == "dispute":
        return dispute_clocks(uow.get(Dispute, command.about))
    trade = Trade(command.order, uow)
    return order_clocks(order, trade.hold, trade.refunds, rules_of(order, uow))


def _abouts(command: commands.KeepClocks) -> tuple[str, ...]:
    if kind_of(command.about) == "dispute":
        return (command.about,)
    return order_id(command.order), hold_id(command.order), refunds_id(command.order)

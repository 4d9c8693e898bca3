"""Laws of clocks: each that was started ends once, at its own instant, and none that decides is overdue."""

from datetime import datetime

from domain.clock import ClockExpired, Clocks, ClockStarted, ClockStopped
from domain.references import clocks_id
from tests.given import World
from tests.property.laws_of_log import each


def every_clock_ends_once(world: World) -> None:
    """A clock that was started stops or expires, once; it expires at the instant it was due."""
    running: set[tuple[str, str]] = set()
    for step, _ in world.steps:
        match step.event:
            case ClockStarted():
                assert (step.reference, step.event.clock) not in running, step
                running.add((step.reference, step.event.clock))
            case ClockStopped():
                running.remove((step.reference, step.event.clock))
            case ClockExpired():
                running.remove((step.reference, step.event.clock))
                assert step.occurred_at == step.event.due_at, step
            case _:
                pass
    assert running == {(clocks.reference, clock.name) for clocks in each(world, Clocks) for clock in clocks.running}


def none_is_overdue(world: World, order: str, at: datetime) -> None:
    """After a command about an order, none of its clocks that decide is due."""
    clocks = world.load(clocks_id(order)).aggregate
    if isinstance(clocks, Clocks) and clocks.next_due:
        assert clocks.next_due.due_at > at

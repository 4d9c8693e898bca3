"""Laws that hold in every book after every command; each is an assertion that a test runs on a World."""

from collections.abc import Sequence
from datetime import datetime

from domain.commands import Command, OrderCommand
from domain.unit_of_work import Step
from tests.given import World
from tests.property.laws_of_clocks import every_clock_ends_once, none_is_overdue
from tests.property.laws_of_disputes import (
    claims_are_served_first,
    disputes_are_consistent,
    everything_ends_once,
    nothing_lacking_is_released,
    settled_claims_add_up,
    what_is_set_aside_is_there,
)
from tests.property.laws_of_log import (
    control,
    each,
    every_entry_sums_to_zero,
    no_event_moves_less_than_nothing,
    the_log_replays,
)
from tests.property.laws_of_money import (
    cash_is_explained,
    every_minor_unit_is_somewhere,
    finished_trades_are_settled,
    free_money_is_proposed,
    holds_are_proved,
    orders_are_consistent,
    payees_are_proved,
    proposals_are_numbered,
)
from tests.property.laws_of_parties import (
    commission_follows_the_money,
    commission_is_within_its_agreement,
    guarantees_are_within_their_caps,
    nobody_blocked_is_paid,
    open_trades_are_open,
)

__all__ = [
    "control",
    "each",
    "every_entry_sums_to_zero",
    "every_law",
    "every_step_is_sound",
    "no_event_moves_less_than_nothing",
    "the_log_replays",
]


def every_law(world: World) -> None:
    """All that holds of a whole book, whatever was said to it."""
    holds_are_proved(world)
    payees_are_proved(world)
    every_minor_unit_is_somewhere(world)
    cash_is_explained(world)
    orders_are_consistent(world)
    free_money_is_proposed(world)
    proposals_are_numbered(world)
    finished_trades_are_settled(world)
    what_is_set_aside_is_there(world)
    claims_are_served_first(world)
    disputes_are_consistent(world)
    everything_ends_once(world)
    every_clock_ends_once(world)
    open_trades_are_open(world)
    commission_is_within_its_agreement(world)
    commission_follows_the_money(world)
    guarantees_are_within_their_caps(world)


def every_step_is_sound(world: World, command: Command, steps: Sequence[Step], at: datetime) -> None:
    """All that holds of what one command made happen in a book."""
    assert steps, "an accepted command made nothing happen"
    every_entry_sums_to_zero(steps)
    no_event_moves_less_than_nothing(steps)
    settled_claims_add_up(steps)
    nothing_lacking_is_released(world, steps)
    nobody_blocked_is_paid(world, steps)
    if isinstance(command, OrderCommand):
        none_is_overdue(world, command.order, at)

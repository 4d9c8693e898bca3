"""A worker that was down for days, or never ran, changes nothing: what is due passes at its own instant."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from domain import commands
from domain.clock import Clocks
from domain.commands import Command
from domain.errors import LedgerError
from domain.rules import Rules
from tests.given import World
from tests.property import laws
from tests.property.market_machine import ORDERS, MarketMachine, dispute, go_on, move_money, stop_or_go, wait
from tests.strategies import OPERATOR, Voice, market_rules, place_orders


class Story(NamedTuple):
    """Commands about orders, by whom and when, none earlier than the one before."""

    said: Sequence[tuple[Command, Voice, datetime]]


class Teller(MarketMachine):
    """A machine that keeps what it says."""

    def __init__(self) -> None:
        super().__init__()
        self.story: list[tuple[Command, Voice, datetime]] = []

    def say(self, command: Command, voice: Voice = OPERATOR, *, at: datetime | None = None) -> bool:
        """Keep a command, but not one that only lets clocks pass."""
        if not isinstance(command, commands.ExpireClocks):
            self.story.append((command, voice, at or self.now))
        return super().say(command, voice, at=at)


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Draw what is said of two orders in the course of some weeks, fitting how things stand."""
    teller = Teller()
    teller.begin(draw(market_rules().filter(lambda rules: not _asks_who(rules))))
    for order in ORDERS[:2]:
        teller.say(draw(place_orders(order)))
    dice = Random(draw(st.integers(0, 2**32 - 1)))  # noqa: S311 - a story, not a secret
    for _ in range(draw(st.integers(1, 25))):
        teller.now += timedelta(days=dice.choice((0, 0, 1, 4)))
        action = dice.choice((dispute, dispute, dispute, go_on, move_money, stop_or_go, wait))
        action(teller, dice.choice(ORDERS[:2]), dice.choice)  # type: ignore[arg-type]
    return Story(teller.story)


def _asks_who(rules: Rules) -> bool:
    return bool(rules.registered_parties_only or rules.screening_lists)


@given(stories())
def test_a_late_worker_a_timely_worker_and_none_end_in_the_same_state(story: Story) -> None:
    end = story.said[-1][2] + timedelta(days=400)
    timely, late = World(), World()
    for command, voice, at in story.said:
        _pass_clocks(timely, until=at)
        assert _attempt(timely, command, voice, at) == _attempt(late, command, voice, at)
    _pass_clocks(timely, until=end)
    for order in ORDERS[:2]:
        _attempt(late, commands.ExpireClocks(order=order), OPERATOR, end)
    assert timely.aggregates == late.aggregates
    assert dict(timely.balances) == dict(late.balances)


def _pass_clocks(world: World, *, until: datetime) -> None:
    """Let each clock that is due pass at its own instant, as a worker would that never sleeps."""
    while due := [clocks.next_due.due_at for clocks in laws.each(world, Clocks) if clocks.next_due]:
        instant = min(due)
        if instant > until:
            return
        for clocks in list(laws.each(world, Clocks)):
            if clocks.next_due and clocks.next_due.due_at == instant:
                order = clocks.reference.partition(":")[2]
                assert _attempt(world, commands.ExpireClocks(order=order), OPERATOR, instant)


def _attempt(world: World, command: Command, voice: Voice, at: datetime) -> bool:
    try:
        world.say(command, actor=voice.actor, at=at, role=voice.role)
    except LedgerError:
        return False
    return True

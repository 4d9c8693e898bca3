"""Laws of trade: whatever is said, in whatever order, the books balance and the log replays."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.catalogue import type_of
from domain.commands import PlaceOrder
from domain.envelope import decode, encode
from domain.errors import LedgerError
from domain.order import Order
from domain.references import KEY, key
from domain.rules import Rules
from tests.given import AT, World, ruled
from tests.given import given as given_events
from tests.golden.examples import enveloped
from tests.property import laws
from tests.strategies import Said, keys, place_orders, rules, stories


def told(story: Sequence[Said], rulebook: Rules) -> World:
    """Return the world after a story; each law is checked after each command."""
    world = given_events(ruled(rulebook)).world
    now = AT
    for command, voice, days in story:
        now += timedelta(days=days)
        before = (dict(world.aggregates), list(world.steps), dict(world.balances))
        try:
            steps = world.say(command, actor=voice.actor, at=now, role=voice.role)
        except LedgerError:
            assert (world.aggregates, world.steps, world.balances) == before, "a refused command left a trace"
        else:
            laws.every_step_is_sound(world, command, steps, now)
        laws.every_law(world)
    return world


@given(stories(), rules())
def test_whatever_is_said_every_law_holds_after_every_command(story: Sequence[Said], rulebook: Rules) -> None:
    told(story, rulebook)


@given(stories(), rules())
def test_the_stored_bytes_replay_to_what_is_live_field_by_field(story: Sequence[Said], rulebook: Rules) -> None:
    laws.the_log_replays(told(story, rulebook))


@given(stories(), rules())
def test_the_same_story_makes_the_same_events(story: Sequence[Said], rulebook: Rules) -> None:
    assert told(story, rulebook).steps == told(story, rulebook).steps


@given(stories(), st.text(max_size=40), st.binary(min_size=16, max_size=16))
def test_what_is_encoded_is_decoded_to_the_same_and_encoded_to_the_same(
    story: Sequence[Said], actor: str, salt: bytes
) -> None:
    for step, at in told(story, Rules(four_eyes_where_unlisted=False)).steps:
        state = replace(enveloped(step.event), occurred_at=at, actor=actor, salt=salt, policy=step.policy)
        stored = encode(state)
        read = decode(type_of(step.event).topic, stored)
        assert read == state
        assert encode(read) == stored


@given(place_orders("PO-1"), st.integers(1, 3))
def test_a_long_order_says_the_same_as_its_lines_in_one_event(place: PlaceOrder, most: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("domain.order.LINES_PER_EVENT_MAX", most)
        world = given_events(ruled()).world
        steps = world.say(place)
    order = world.load("order:PO-1").aggregate
    assert isinstance(order, Order)
    assert order.lines == place.lines
    assert order.undispatched == tuple(line.quantity for line in place.lines)
    assert len(steps) == -(-len(place.lines) // most)


@given(keys())
def test_every_key_is_a_key(value: str) -> None:
    assert KEY.fullmatch(key(value, field="order"))

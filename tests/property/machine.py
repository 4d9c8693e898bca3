"""A machine that says any command about orders and their money, at any moment, beside the naive model."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from domain import commands
from domain.rules import Rules
from tests.property.side_by_side import SIZES, SideBySide
from tests.strategies import OPERATOR, OPERATORS, ORDERS, Said, place_orders, rules, sayings

orders = st.sampled_from((ORDERS[0], ORDERS[0], *ORDERS))
"""The first order has more happen to it, so that it comes to states that take long."""
voices = st.sampled_from(OPERATORS)
sizes = st.sampled_from(SIZES)


class TradeMachine(SideBySide):
    """Two orders of a few parties under one rulebook, a clock, and everybody talking at once."""

    @initialize(
        rulebook=rules(),
        first=place_orders(ORDERS[0]),
        second=place_orders(ORDERS[1]),
        begun=st.sampled_from((0, 2, 3, 5, 5)),
    )
    def open_book(self, rulebook: Rules, first: commands.PlaceOrder, second: commands.PlaceOrder, begun: int) -> None:
        """Publish a rulebook, place both orders, and let the first take its course until something else happens."""
        self.begin(rulebook)
        for command in (first, second):
            self.say(command)
        self.go_on(ORDERS[0], OPERATOR, begun)

    @rule(said=sayings())
    def anything(self, said: Said) -> None:
        """Let anybody say anything."""
        self.now += timedelta(days=said.days)
        self.say(said.command, said.voice)

    go_on = rule(order=orders, voice=voices, steps=st.integers(1, 5))(SideBySide.go_on)
    pay = rule(order=orders, voice=voices, size=sizes)(SideBySide.pay)
    freeze = rule(order=orders, voice=voices, size=sizes)(SideBySide.freeze)
    unfreeze = rule(order=orders, voice=voices, size=sizes)(SideBySide.unfreeze)
    charge_back = rule(order=orders, voice=voices, size=sizes)(SideBySide.charge_back)
    refund = rule(order=orders, voice=voices, size=sizes)(SideBySide.refund)
    release = rule(order=orders, voice=voices, size=sizes)(SideBySide.release)
    cancel_or_lapse = rule(order=orders, voice=voices)(SideBySide.cancel_or_lapse)
    look_at_what_waits = rule(order=orders, voice=voices, agree=st.booleans())(SideBySide.look_at_what_waits)

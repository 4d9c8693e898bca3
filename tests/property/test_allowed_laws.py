"""Allowed actions in every state that a market comes to: whatever is accepted was listed just before."""

from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.agreement_terms import AgreementTerms
from domain.commands import Command, PartyCommand, PlaceOrder, TakeOverOrder
from domain.rules import Rules
from tests.allowances import allowed, is_listed, is_open
from tests.given import AT, World
from tests.property.market_machine import ORDERS, MarketMachine
from tests.strategies import OPERATOR, Voice, agreement_terms, market_rules, place_orders, takeovers

STORM = 60


class ToldBefore(MarketMachine):
    """A market in which everybody asks what they may say before they say anything."""

    def say(self, command: Command, voice: Voice = OPERATOR, *, at: datetime | None = None) -> bool:
        """Say a command; where it is accepted, it was listed, and what is listed about a party is accepted."""
        when = at or self.now
        asks = is_open(command, voice.role)
        listed = allowed(self.world, command, actor=voice.actor, role=voice.role, at=when) if asks else []
        if isinstance(command, PartyCommand):
            for each in listed:
                scratch = World()
                scratch.aggregates.update(self.world.aggregates)
                scratch.say(each.saying.command, actor=voice.actor, role=voice.role, at=when)
        accepted = super().say(command, voice, at=at)
        assert not (accepted and asks) or is_listed(command, listed), (command, [each.saying for each in listed])
        return accepted

    def check(self) -> None:
        """Leave the other laws to the tests that are about them."""


@settings(max_examples=max(5, settings().max_examples // 5))
@given(
    market_rules(),
    st.none() | agreement_terms(),
    st.tuples(*(place_orders(order) for order in ORDERS[:2])),
    st.none() | takeovers(ORDERS[2], at=AT),
    st.integers(0, 2**64 - 1),
)
def test_whatever_is_accepted_in_a_market_was_listed_before(
    rulebook: Rules,
    agreed: AgreementTerms | None,
    placed: tuple[PlaceOrder, ...],
    taken_over: TakeOverOrder | None,
    seed: int,
) -> None:
    ToldBefore().open_market(
        rulebook=rulebook,
        cast="screened",
        agreed=agreed,
        placed=placed,
        taken_over=taken_over,
        seed=seed,
        steps=STORM,
    )

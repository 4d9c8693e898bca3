"""Random interleavings of every public command, by everybody, against a naive model."""

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from domain.agreement_terms import AgreementTerms
from domain.commands import PlaceOrder, TakeOverOrder
from domain.rules import Rules
from tests.given import AT
from tests.property import laws
from tests.property.market_machine import ORDERS, MarketMachine
from tests.strategies import agreement_terms, market_rules, place_orders, takeovers

STEPS = 6
"""A step of the machine may be a storm of thirty commands."""
STORM = 80


def test_whatever_is_said_in_a_market_domain_and_model_agree_and_every_law_holds() -> None:
    run_state_machine_as_test(MarketMachine, settings=settings(settings(), stateful_step_count=STEPS))


@given(
    market_rules(),
    st.none() | agreement_terms(),
    st.tuples(*(place_orders(order) for order in ORDERS[:2])),
    st.none() | takeovers(ORDERS[2], at=AT),
    st.integers(0, 2**64 - 1),
)
def test_a_long_storm_leaves_domain_and_model_agreed_and_the_log_replayable(
    rulebook: Rules,
    agreed: AgreementTerms | None,
    placed: tuple[PlaceOrder, ...],
    taken_over: TakeOverOrder | None,
    seed: int,
) -> None:
    market = MarketMachine()
    market.open_market(
        rulebook=rulebook,
        cast="screened",
        agreed=agreed,
        placed=placed,
        taken_over=taken_over,
        seed=seed,
        steps=STORM,
    )
    laws.the_log_replays(market.world)

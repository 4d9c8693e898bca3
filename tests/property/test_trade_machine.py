"""Random interleavings of all public commands against a naive model of plain integers."""

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.property.machine import TradeMachine

TIMES_THE_PROFILE = 4
"""A run of the machine is cheap, and what it looks for is rare."""


def test_whatever_is_said_domain_and_model_agree_and_every_law_holds() -> None:
    profile = settings()
    run_state_machine_as_test(
        TradeMachine, settings=settings(profile, max_examples=TIMES_THE_PROFILE * profile.max_examples)
    )

"""Stories are what was once said in a storm, so that it can be said again in a world that differs in one thing."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

from domain.agreement_terms import AgreementTerms, CurrencyTerms
from domain.commands import Command
from domain.errors import LedgerError
from domain.rules import Rules
from tests.given import World
from tests.property.market_machine import Dice, MarketMachine
from tests.strategies import CURRENCY, LIST, OPERATOR, Voice

STORIES, STEPS = 150, 90


class Telling(NamedTuple):
    """A command, who said it when, and the names of the events that it made."""

    command: Command
    voice: Voice
    at: datetime
    made: tuple[str, ...]


class Story(NamedTuple):
    """What was said under some rules."""

    rulebook: Rules
    tellings: Sequence[Telling]


class Teller(MarketMachine):
    """A machine that keeps what it says, and leaves the laws to others."""

    def __init__(self) -> None:
        super().__init__()
        self.tellings: list[Telling] = []

    def say(self, command: Command, voice: Voice = OPERATOR, *, at: datetime | None = None) -> bool:
        """Keep what is said, and what it makes."""
        before = len(self.world.steps)
        accepted = super().say(command, voice, at=at)
        made = tuple(type(step.event).__name__ for step, _ in self.world.steps[before:])
        self.tellings.append(Telling(command, voice, at or self.now, made))
        return accepted

    def check(self) -> None:
        """Check nothing: stories are told where everything is as it should be."""


@cache
def story(seed: int) -> Story:
    """Return a story that is the same for ever for a seed."""
    dice, teller = Dice(seed), Teller()
    rulebook = Rules(
        service_fee_bps=dice((0, 250, 1_000)),
        service_fee_tax_bps=1_800,
        four_eyes_from_minor={CURRENCY: dice((1, 50, 1_000, 1_000))},
        payment_days=dice((0, 5)),
        acceptance_days=dice((0, 0, 30)),
        appeal_needs_new_evidence=dice((True, False)),
        guarantee_minor={CURRENCY: 60},
        screening_lists=dice(((), (), (LIST,))),
    )
    terms = AgreementTerms(
        rate_bps=dice((200, 1_250)),
        payer=dice(("operator", "exporter")),
        attribution_days=365,
        by_currency={CURRENCY: CurrencyTerms(cap_minor=dice((None, 12)))},
    )
    agreed = dice((terms, terms, None))
    teller.open_market(
        rulebook=rulebook, cast="screened", agreed=agreed, placed=(), taken_over=None, seed=seed, steps=STEPS
    )
    return Story(rulebook, teller.tellings)


def recorded(happened: str = "") -> Iterator[Story]:
    """Yield stories in which an event happens, or all of them."""
    for seed in range(STORIES):
        told = story(seed)
        if not happened or any(happened in telling.made for telling in told.tellings):
            yield told


def differs(told: Story) -> bool:
    """Return whether a story makes other events today than when it was told."""
    world = World()
    for command, voice, at, made in told.tellings:
        try:
            steps = world.say(command, actor=voice.actor, at=at, role=voice.role)
        except LedgerError:
            steps = []
        if tuple(type(step.event).__name__ for step in steps) != made:
            return True
    return False


def tell_again(told: Story) -> None:
    """Say all of a story to domain and model, held against each other and the laws."""
    both = MarketMachine()
    both.begin(told.rulebook)
    opened = len(OPENING)
    for command, voice, at, _ in told.tellings[opened:]:
        both.say(command, voice, at=at)


OPENING = ("OpenBook", "DraftRulebook", "ApproveRulebook", "PublishRulebook")
"""What every story begins with, as `SideBySide.begin` does."""

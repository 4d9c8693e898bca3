"""The worked example in docs/ is what the ledger does, to the cent."""

import pytest

from domain.accounts import control_of
from domain.money import to_major
from tests.property.laws import every_law
from tests.stories.worked_example import ACTS, DOCUMENT, IN_THE_END, document, entry_lines, play, world_after

NAMES = [act.title for act in ACTS]


@pytest.mark.parametrize("number", range(len(ACTS)), ids=[name.replace(" ", "-") for name in NAMES])
def test_every_act_makes_the_entries_that_were_worked_out_by_hand(number: int) -> None:
    acts = list(play())
    act, steps = acts[number]
    assert entry_lines(steps) == act.entries


def test_in_the_end_every_account_is_as_worked_out_by_hand() -> None:
    balances = {
        account: to_major(minor * control_of(account).sign, currency)
        for (account, currency), minor in world_after().balances.items()
        if minor
    }
    assert balances == IN_THE_END


def test_the_story_keeps_every_law() -> None:
    every_law(world_after())


def test_the_document_tells_the_same_story() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "run python -m tests.stories.worked_example"

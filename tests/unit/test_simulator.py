"""What the simulator says, before any ledger hears it."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise

import pytest

from api.simulation import world
from api.simulation.rehearsal import VERBS
from api.simulation.world import Dice
from api.simulator import DAYS, VirtualClock, opening, salts_from, simulate
from domain import commands
from domain.commands import OrderCommand, PlaceOrder
from domain.order import LINES_PER_EVENT_MAX
from ledger.outcomes import Submission, check

ENDS_AT = datetime(2026, 11, 22, tzinfo=UTC)


@cache
def told(*, trades: int = 1_500, seed: int = 7) -> Sequence[Submission]:
    return tuple(simulate(trades=trades, seed=seed, ends_at=ENDS_AT))


def at(submission: Submission) -> datetime:
    assert submission.occurred_at is not None
    return submission.occurred_at


def placed() -> list[PlaceOrder]:
    return [each.command for each in told() if isinstance(each.command, PlaceOrder)]


def test_submissions_come_in_order_of_time() -> None:
    assert all(at(earlier) <= at(later) for earlier, later in pairwise(told()))


def test_everything_happens_between_the_opening_and_the_end() -> None:
    opened = list(opening("main", seed=7, ends_at=ENDS_AT))
    assert at(opened[0]) == ENDS_AT - timedelta(days=DAYS)
    assert at(opened[-1]) < at(told()[0])
    assert at(told()[-1]) < ENDS_AT


def test_a_seed_tells_the_same_again() -> None:
    again = tuple(simulate(trades=300, seed=7, ends_at=ENDS_AT))
    assert again == told(trades=300)
    assert list(opening("main", seed=7, ends_at=ENDS_AT)) == list(opening("main", seed=7, ends_at=ENDS_AT))


def test_another_seed_tells_something_else() -> None:
    assert told(trades=300) != told(trades=300, seed=8)


def test_trades_overlap() -> None:
    orders = [each.command.order for each in told() if isinstance(each.command, OrderCommand)]
    changes = sum(one != other for one, other in pairwise(orders))
    assert changes > len(orders) * 0.9


def test_a_command_id_comes_again_only_with_the_same_body() -> None:
    by_id: dict[str, Submission] = {}
    for submission in told():
        assert by_id.setdefault(submission.command_id, submission) == submission
    assert 0 < len(told()) - len(by_id) < len(told()) * 0.01


def test_command_ids_tell_order_and_verb() -> None:
    assert told()[0].command_id == "sim-PO-000001-place-1"
    assert any(submission.command_id.endswith("-pay-2") for submission in told())


def test_every_submission_is_well_formed() -> None:
    for submission in (*opening("main", seed=7, ends_at=ENDS_AT), *told()):
        check(submission)
        assert submission.actor.startswith(f"{submission.role}:")
        assert submission.principal == "simulator"


def test_every_command_about_an_order_is_said() -> None:
    said = {type(submission.command) for submission in told()}
    assert said == VERBS.keys()


def test_all_trades_asked_for_begin() -> None:
    assert len({place.order for place in placed()}) == 1_500
    assert list(simulate(trades=0, seed=7, ends_at=ENDS_AT)) == []


def test_orders_are_of_every_kind() -> None:
    assert {place.currency for place in placed()} == {"USD", "EUR", "INR", "GBP", "JPY", "KWD"}
    assert {place.transport_mode for place in placed()} == {"express", "air", "land", "sea", "post"}
    assert {tuple(step.trigger for step in place.steps) for place in placed()} == {
        (),
        ("acceptance", "dispatch"),
        ("acceptance", "delivery"),
    }
    assert any(len(place.lines) > LINES_PER_EVENT_MAX for place in placed())


def test_nobody_approves_alone() -> None:
    drafted, approved = (list(opening("main", seed=7, ends_at=ENDS_AT))[step] for step in (1, 2))
    assert isinstance(drafted.command, commands.DraftRulebook)
    assert isinstance(approved.command, commands.ApproveRulebook)
    assert drafted.actor != approved.actor


@pytest.mark.parametrize("options", [world.MARKETS, world.MODES, world.PAYMENTS, world.FREEZE_ENDS])
def test_weights_sum_to_one(options: Sequence[tuple[object, float]]) -> None:
    assert sum(weight for _, weight in options) == pytest.approx(1)


def test_a_pick_follows_the_weights() -> None:
    dice = Dice(random.Random(1))  # noqa: S311 - a test wants numbers that can be had again
    picked = Counter(dice.pick((("often", 0.9), ("seldom", 0.1))) for _ in range(10_000))
    assert picked["often"] == pytest.approx(9_000, rel=0.02)


def test_a_whole_number_keeps_its_bounds() -> None:
    dice = Dice(random.Random(1))  # noqa: S311 - a test wants numbers that can be had again
    assert {dice.whole((3, 5)) for _ in range(200)} == {3, 4, 5}


def test_a_tenth_of_the_parties_trades_nearly_half() -> None:
    dice = Dice(random.Random(1))  # noqa: S311 - a test wants numbers that can be had again
    drawn = [dice.party(100) for _ in range(10_000)]
    assert min(drawn) == 1
    assert max(drawn) == 100
    assert sum(number <= 10 for number in drawn) == pytest.approx(4_640, rel=0.03)


def test_salts_are_the_same_for_a_seed_and_never_the_same_twice() -> None:
    salts, same, other = salts_from(1), salts_from(1), salts_from(2)
    drawn = [salts(16) for _ in range(100)]
    assert drawn == [same(16) for _ in range(100)]
    assert len(set(drawn)) == 100
    assert other(16) not in drawn


def test_the_virtual_clock_stands() -> None:
    clock = VirtualClock(ENDS_AT)
    assert clock() == clock() == ENDS_AT

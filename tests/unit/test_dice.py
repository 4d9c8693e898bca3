"""Dice draw as the proportions say, and the same for a seed."""

import random
from collections import Counter

import pytest

from api.simulation.dice import Dice


@pytest.fixture
def dice() -> Dice:
    return Dice(random.Random(1))  # noqa: S311 - a test wants numbers that can be had again


def test_a_pick_follows_the_weights(dice: Dice) -> None:
    picked = Counter(dice.pick((("often", 0.9), ("seldom", 0.1))) for _ in range(10_000))
    assert picked["often"] == pytest.approx(9_000, rel=0.02)


def test_a_whole_number_keeps_its_bounds(dice: Dice) -> None:
    assert {dice.whole((3, 5)) for _ in range(200)} == {3, 4, 5}


def test_one_of_several_is_any_of_them(dice: Dice) -> None:
    assert {dice.one_of("abc") for _ in range(200)} == set("abc")


def test_a_tenth_of_the_parties_trades_nearly_half(dice: Dice) -> None:
    drawn = [dice.party(100) for _ in range(10_000)]
    assert min(drawn) == 1
    assert max(drawn) == 100
    assert sum(number <= 10 for number in drawn) == pytest.approx(4_640, rel=0.03)


def test_every_round_of_cards_deals_each_of_them_once(dice: Dice) -> None:
    cards = ("sent", "sent", "lapses")
    rounds = [sorted(dice.deal(cards) for _ in cards) for _ in range(50)]
    assert rounds == [["lapses", "sent", "sent"]] * 50


def test_cards_come_in_any_order(dice: Dice) -> None:
    cards = ("sent", "sent", "lapses")
    assert len({tuple(dice.deal(cards) for _ in cards) for _ in range(50)}) == 3


def test_what_is_invented_is_never_the_same_twice(dice: Dice) -> None:
    invented = [dice.invented("name") for _ in range(100)]
    assert len(set(invented)) == 100
    assert all(len(each) == 64 and int(each, 16) for each in invented)


def test_a_seed_draws_the_same_again(dice: Dice) -> None:
    again = Dice(random.Random(1))  # noqa: S311 - as above
    assert [dice.spread(100, sigma=1) for _ in range(10)] == [again.spread(100, sigma=1) for _ in range(10)]

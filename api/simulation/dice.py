"""Dice are where the chance of a simulation comes from: one source, drawn from in the order in which things happen."""

import hashlib
import math
import random
from collections.abc import Sequence
from typing import TypeVar, cast

T = TypeVar("T")
C = TypeVar("C", bound=str)


class Dice:
    """
    Chance, drawn from one given source.

    Only `random()` is used of it: of all methods, Python promises the same numbers for a seed in later versions for
    that one alone.
    """

    def __init__(self, rng: random.Random) -> None:
        self._roll = rng.random
        self._decks: dict[Sequence[str], list[str]] = {}

    def chance(self, probability: float) -> bool:
        """Return whether something of this probability happens."""
        return self._roll() < probability

    def whole(self, bounds: tuple[int, int]) -> int:
        """Return a whole number between two bounds, both included, all alike."""
        low, high = bounds
        return low + int(self._roll() * (high - low + 1))

    def pick(self, options: Sequence[tuple[T, float]]) -> T:
        """Return one of several options by their weights, which sum to 1."""
        left = self._roll()
        for option, weight in options:
            left -= weight
            if left < 0:
                return option
        return options[-1][0]

    def one_of(self, options: Sequence[T]) -> T:
        """Return one of several options, all alike."""
        return options[int(self._roll() * len(options))]

    def deal(self, cards: Sequence[C]) -> C:
        """
        Return the next of some cards, shuffled anew once all are dealt.

        What is rare in the whole then comes all the same: no card stays away longer than two rounds.
        """
        deck = self._decks.setdefault(cards, [])
        if not deck:
            deck.extend(sorted(cards, key=lambda _: self._roll()))
        return cast("C", deck.pop())

    def party(self, count: int) -> int:
        """
        Return the number of a party, from 1 to `count`, the small ones often.

        A tenth of the parties then trades 46 % of the orders; in Retail it is 43 %.
        """
        return 1 + int(count * self._roll() ** 3)

    def spread(self, median: float, *, sigma: float) -> float:
        """Return a positive number around a median, its logarithm normally distributed (Box and Muller)."""
        normal = math.sqrt(-2 * math.log(1 - self._roll())) * math.cos(2 * math.pi * self._roll())
        return median * math.exp(sigma * normal)

    def invented(self, what: str) -> str:
        """Return 64 hexadecimal digits that stand for a document, or a text, of this kind that nobody has seen."""
        return hashlib.sha256(f"{what} {self._roll()!r}".encode()).hexdigest()

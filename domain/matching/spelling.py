"""The spelling of references: what one slip of the hand makes of them, and how many slips lie between two."""

from collections.abc import Iterator

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SLIPS_MAX = 2


def slips_of(joined: str) -> Iterator[str]:
    """Return what one slip makes of a reference: a character more, less or another of its kind, two swapped."""
    for index, character in enumerate(joined):
        before, after = joined[:index], joined[index + 1 :]
        yield before + after
        alphabet = DIGITS if character.isdigit() else LETTERS
        for other in alphabet:
            if other != character:
                yield before + other + after
            yield before + other + character + after
        if after and after[0] != character:
            yield before + after[0] + character + after[1:]
    for other in DIGITS if joined[-1:].isdigit() else LETTERS:
        yield joined + other


def slips_between(one: str, other: str, *, most: int = SLIPS_MAX) -> int:
    """Return how many characters were changed, left out, added or swapped with their neighbour; most + 1 if more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    one, other = _unlike(one, other)
    before: list[int] = []
    row = list(range(len(other) + 1))
    for index, character in enumerate(one):
        here = [index + 1]
        for place, beside in enumerate(other):
            cost = min(row[place] + (character != beside), row[place + 1] + 1, here[place] + 1)
            if index and place and character == other[place - 1] and one[index - 1] == beside:
                cost = min(cost, before[place - 1] + 1)
            here.append(cost)
        before, row = row, here
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def _unlike(one: str, other: str) -> tuple[str, str]:
    """Return two texts without what they begin and end with in common."""
    shorter = min(len(one), len(other))
    start = 0
    while start < shorter and one[start] == other[start]:
        start += 1
    end = 0
    while end < shorter - start and one[-1 - end] == other[-1 - end]:
        end += 1
    return one[start : len(one) - end], other[start : len(other) - end]

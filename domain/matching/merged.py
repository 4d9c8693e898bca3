"""
Merged payments: one entry that names several trades, and is some of the parts of each.

Which parts, only the sum tells: it's certain where just one choice comes to the amount.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations, product
from math import prod

from domain.matching.claim import Claim, together
from domain.matching.ground import Ground
from domain.matching.naming import Naming

EXPECTED = "expected"
"""The kind of an item that isn't paid yet as far as the ledger knows."""

CHOICES_MAX = 20_000

Parts = tuple[int, ...]


def merged_claims(
    ground: Ground, namings: Sequence[Naming], members: Sequence[int], items: Sequence[int]
) -> list[Claim]:
    """Return the claims of entries that name several trades; of two that claim one item neither."""
    claims = [
        together([number], sorted(parts))
        for number in members
        if len(namings[number].groups) > 1 and (parts := _only_choice(ground, namings[number], number, set(items)))
    ]
    of_item: dict[int, int] = {}
    for claim in claims:
        for item in claim.items:
            of_item[item] = of_item.get(item, 0) + 1
    needed = _needed_elsewhere(ground, namings, members)
    return [
        claim for claim in claims if all(of_item[item] == 1 for item in claim.items) and needed.isdisjoint(claim.items)
    ]


def _needed_elsewhere(ground: Ground, namings: Sequence[Naming], members: Sequence[int]) -> set[int]:
    """Return the items that are the only one of their amount for another entry, which names one trade."""
    needed: set[int] = set()
    for number in members:
        if len(namings[number].groups) == 1:
            amount_minor = ground.entries[number].amount_minor
            same = [n for n in namings[number].groups[0].numbers if ground.items[n].amount_minor == amount_minor]
            needed.update(same if len(same) == 1 else ())
    return needed


def _only_choice(ground: Ground, naming: Naming, number: int, free: set[int]) -> Parts:
    """Return the parts of the trades that come to an entry; nothing where there are no such, or several."""
    groups = [[item for item in group.numbers if item in free] for group in naming.groups]
    paid = [[item for item in group if ground.items[item].kind != EXPECTED] for group in groups]
    for among in ([some or every for some, every in zip(paid, groups, strict=True)], groups):
        found = {_amounts(ground, parts): parts for parts in _choices(ground, number, among)}
        if found:
            return next(iter(found.values())) if len(found) == 1 else ()
    return ()


def _choices(ground: Ground, number: int, groups: Sequence[Sequence[int]]) -> Iterator[Parts]:
    """Yield the choices of one part or more of every trade that come to an entry."""
    entry = ground.entries[number]
    fitting = [[item for item in group if ground.in_time(entry, ground.items[item])] for group in groups]
    if not all(fitting) or prod(2 ** len(group) - 1 for group in fitting) > CHOICES_MAX:
        return
    for chosen in product(*map(_some_of, fitting)):
        parts = tuple(item for some in chosen for item in some)
        if sum(ground.items[item].amount_minor for item in parts) == entry.amount_minor:
            yield parts


def _some_of(group: Sequence[int]) -> list[Parts]:
    return [some for count in range(1, len(group) + 1) for some in combinations(group, count)]


def _amounts(ground: Ground, parts: Parts) -> tuple[tuple[str, int], ...]:
    """Return parts as everybody knows them: of one trade and one amount, two are the same."""
    return tuple(sorted((ground.items[item].trade, ground.items[item].amount_minor) for item in parts))

"""
Certainty: a claim is certain unless an open item explains the same money as well and nothing else claims that item.

Who mistypes a reference may write another order's. Then the order that was meant has the same amount, stays without
payment, is due or about to be, and its reference is one slip away or its party's name is the payer's.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from domain.matching.claim import Claim, is_copy
from domain.matching.ground import WALK_MAX, Ground
from domain.matching.naming import Naming
from domain.matching.spelling import slips_of

Doubts = dict[int, tuple[int, ...]]
"""By claim, as counted: the items that explain the same money as well."""


def doubts_of(ground: Ground, namings: Sequence[Naming], claims: Sequence[Claim]) -> Doubts:
    """Return which claims aren't certain, and the items that make them so, where it's these."""
    claimed_by = {item: number for number, claim in enumerate(claims) for item in claim.items}
    rivals: Doubts = {}
    leaning = _leaning_on_what_is_left(namings, claims, claimed_by)
    for number, claim in enumerate(claims):
        others = tuple(sorted({item for item in _rivals(ground, namings, claim) if claimed_by.get(item) != number}))
        if others:
            rivals[number] = others
            for item in others:
                if item in claimed_by:
                    leaning[claimed_by[item]].append(number)
    doubtful = [
        number
        for number, others in rivals.items()
        if not all(
            item in claimed_by and _is_apart(namings, claims[claimed_by[item]], claims[number]) for item in others
        )
    ]
    seen = set(doubtful)
    while doubtful:
        for number in leaning.get(doubtful.pop(), ()):
            if number not in seen:
                seen.add(number)
                doubtful.append(number)
    return {number: rivals.get(number, ()) for number in sorted(seen) if number >= 0}


def _leaning_on_what_is_left(
    namings: Sequence[Naming], claims: Sequence[Claim], claimed_by: dict[int, int]
) -> dict[int, list[int]]:
    """
    Return, by claim, those that might have had its items instead: they hold only if it does.

    A reference of several items stands between them, as a number below zero.
    """
    leaning: dict[int, list[int]] = defaultdict(list)
    places: dict[int, int] = {}
    for number, claim in enumerate(claims):
        groups = {id(group): group for entry in claim.entries for group in namings[entry].groups}
        for shared in (group for group in groups.values() if len(group.numbers) > 1):
            if id(shared) not in places:
                places[id(shared)] = -1 - len(places)
                for other in {claimed_by[item] for item in shared.numbers if item in claimed_by}:
                    leaning[other].append(places[id(shared)])
            leaning[places[id(shared)]].append(number)
    return leaning


def _is_apart(namings: Sequence[Naming], one: Claim, other: Claim) -> bool:
    """Return whether the entries of a claim couldn't have claimed the items of another as well."""
    named = (group for number in one.entries for group in namings[number].groups)
    return all(group.members.isdisjoint(other.items) for group in named)


def _rivals(ground: Ground, namings: Sequence[Naming], claim: Claim) -> Iterator[int]:
    """Return items that explain an entry of a claim as well as an item that it claims."""
    if claim.is_own:
        return
    for number in (*claim.entries, *claim.copies):
        entry, payer = ground.entries[number], ground.payers[number]
        is_twofold = any(not is_copy(entry, ground.entries[other]) for other in claim.copies)
        near: list[int] | None = None
        for item in claim.items:
            is_payers = ground.has_name(item, payer) and not is_twofold
            # An entry among several may have nothing to do with the others, and be another item's by its own amount.
            for amount_minor in {ground.items[item].amount_minor, entry.amount_minor}:
                if not _is_elsewhere_too(ground, (entry.currency, amount_minor), item):
                    continue
                if near is None:
                    near = _a_slip_away(ground, namings[number])
                for other in (*near, *_of_payer(ground, claim, number, item, amount_minor)):
                    is_other = other != item and ground.items[other].amount_minor == amount_minor
                    is_other = is_other and not ground.are_parts(item, other)
                    if (
                        is_other
                        and not (is_payers and not ground.has_name(other, payer))
                        and _is_due(ground, number, other)
                    ):
                        yield other
        if claim.difference:
            yield from _of_the_whole_amount(ground, number, claim)


def _is_due(ground: Ground, number: int, item: int) -> bool:
    return ground.is_due(ground.entries[number], ground.items[item])


def _is_elsewhere_too(ground: Ground, amount: tuple[str, int], item: int) -> bool:
    """Return whether another item than this has an amount."""
    return any(other != item for other in ground.items_by_amount.get(amount, ())[:2])


def _a_slip_away(ground: Ground, naming: Naming) -> list[int]:
    """Return items with a reference that is a slip from one that an entry names."""
    slips = (slip for reference in naming.references for slip in slips_of(reference))
    return [number for slip in slips for number in ground.items_by_reference.get(slip, ())]


def _of_payer(ground: Ground, claim: Claim, number: int, item: int, amount_minor: int) -> Sequence[int]:
    """Return items of an amount whose party's name is the payer's, unless the claimed item's is."""
    payer = ground.payers[number]
    if ground.has_name(item, payer) and not claim.copies:
        return ()
    sought = (payer, ground.entries[number].currency, amount_minor)
    return ground.items_by_name_and_amount.get(sought, ())[:WALK_MAX]


def _of_the_whole_amount(ground: Ground, number: int, claim: Claim) -> Iterator[int]:
    """Return items that have an entry's very amount, where its claim needs a difference."""
    entry, payer = ground.entries[number], ground.payers[number]
    is_payers = all(ground.has_name(item, payer) for item in claim.items)
    same = ground.items_by_amount.get((entry.currency, entry.amount_minor), ())
    for other in same[:WALK_MAX]:
        if ground.is_due(entry, ground.items[other]) and not (is_payers and not ground.has_name(other, payer)):
            yield other

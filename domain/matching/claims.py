"""Claims: which entries and items seem to belong together because the entries name the items."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from domain.matching.claim import Claim, difference_of, is_copy, together
from domain.matching.ground import Ground
from domain.matching.kin import kin_claims
from domain.matching.naming import Naming
from domain.matching.outcome import Difference


def claims_of(ground: Ground, namings: Sequence[Naming]) -> list[Claim]:
    """Return all claims: first those of one entry that names one item of its amount, then those of what is left."""
    claims = _single_claims(ground, namings)
    entries = {number for claim in claims for number in (*claim.entries, *claim.copies)}
    items = {number for claim in claims for number in claim.items}
    for members, wanted in _components(namings, entries, items):
        claims += _component_claims(ground, namings, members, wanted)
    return claims


def _single_claims(ground: Ground, namings: Sequence[Naming]) -> list[Claim]:
    claimants: dict[int, list[int]] = defaultdict(list)
    for number, naming in enumerate(namings):
        item = naming.only
        if item is None or ground.entries[number].amount_minor != ground.items[item].amount_minor:
            continue
        if ground.in_time(ground.entries[number], ground.items[item]) and not _may_repeat(ground, naming, number):
            claimants[item].append(number)
    return [_single(ground, namings, item, numbers, "", None) for item, numbers in sorted(claimants.items())]


def _single(
    ground: Ground, namings: Sequence[Naming], item: int, numbers: list[int], suffix: str, difference: Difference | None
) -> Claim:
    first, *copies = numbers
    is_by_id = namings[first].by_id
    return Claim(
        rule=f"{'end_to_end_id' if is_by_id else 'reference'}{suffix}",
        entries=(first,),
        items=(item,),
        difference=difference,
        copies=tuple(copies),
        is_own=is_by_id and ground.entries[first].amount_minor < 0,
    )


def _may_repeat(ground: Ground, naming: Naming, number: int) -> bool:
    """Return whether an entry has the amount of something of the same name that was settled a short while before."""
    entry = ground.entries[number]
    for place in naming.settled:
        before = ground.settled[place]
        if (before.item.currency, before.item.amount_minor) == (entry.currency, entry.amount_minor) and (
            ground.policy.is_near(entry.booking_date, before.settled_on)
        ):
            return True
    return False


def _components(
    namings: Sequence[Naming], claimed_entries: set[int], claimed_items: set[int]
) -> Iterable[tuple[list[int], list[int]]]:
    """Return the entries and items that hang together by what is named, without those that are claimed."""
    parents: dict[tuple[str, int], tuple[str, int]] = {}

    def root(node: tuple[str, int]) -> tuple[str, int]:
        parents.setdefault(node, node)
        while parents[node] != node:
            parents[node] = parents[parents[node]]
            node = parents[node]
        return node

    seen: set[int] = set()
    members = [n for n, naming in enumerate(namings) if naming.groups and n not in claimed_entries]
    for number in members:
        for group in namings[number].groups:
            parents[root(("group", id(group)))] = root(("entry", number))
            if id(group) in seen:
                continue
            seen.add(id(group))
            for item in group.numbers:
                if item not in claimed_items:
                    parents[root(("item", item))] = root(("group", id(group)))
    gathered: dict[tuple[str, int], tuple[list[int], list[int]]] = {}
    for number in members:
        gathered.setdefault(root(("entry", number)), ([], []))[0].append(number)
    for kind, number in sorted(node for node in parents if node[0] == "item"):
        gathered[root((kind, number))][1].append(number)
    return [found for found in gathered.values() if found[1]]


def _component_claims(ground: Ground, namings: Sequence[Naming], members: list[int], items: list[int]) -> list[Claim]:
    if kin := kin_claims(ground, namings, [n for n in members if not _may_repeat(ground, namings[n], n)], items):
        return kin
    alone, copies = _without_copies(ground, namings, members)
    wanted_minor = sum(ground.items[number].amount_minor for number in items)
    if _in_time(ground, members, items) and not any(_may_repeat(ground, namings[n], n) for n in members):
        if wanted_minor == sum(ground.entries[number].amount_minor for number in members) and not (
            copies and _copies_pay(ground, copies, items)
        ):
            return [together(members, items, ())]
        if wanted_minor == sum(ground.entries[number].amount_minor for number in alone):
            return [together(alone, items, copies)]
        is_named = len(alone) == 1 and namings[alone[0]].only == items[0]
        if is_named and (difference := difference_of(ground, alone[0], items[0])):
            return [_single(ground, namings, items[0], [*alone, *copies], "_less_fee", difference)]
    return _shared_claims(ground, namings, alone, copies, items)


def _shared_claims(
    ground: Ground, namings: Sequence[Naming], alone: list[int], copies: list[int], items: list[int]
) -> list[Claim]:
    """Return claims of entries whose reference several items share, of which just one explains the amount."""
    policy = ground.policy
    if not 1 < len(items) <= policy.subset_items_max:
        return []
    claims = []
    amounts = [ground.items[number].amount_minor for number in items]
    sums = _sums_of_several(amounts)
    for number in alone:
        entry, naming = ground.entries[number], namings[number]
        rivals = [other for other in alone if ground.entries[other].amount_minor == entry.amount_minor]
        fitting = [item for item in items if ground.items[item].amount_minor == entry.amount_minor]
        if len(naming.groups) > 1 or len(rivals) > 1 or len(fitting) != 1 or fitting[0] not in naming.groups[0].members:
            continue
        if entry.amount_minor in sums or any(difference_of(ground, number, item) for item in items):
            continue
        if not ground.in_time(entry, ground.items[fitting[0]]) or _may_repeat(ground, naming, number):
            continue
        again = tuple(copy for copy in copies if ground.entries[copy].amount_minor == entry.amount_minor)
        if not all(is_copy(entry, ground.entries[copy]) for copy in again):
            continue
        claims.append(Claim(rule="shared_reference", entries=(number,), items=(fitting[0],), copies=again))
    return claims


def _without_copies(ground: Ground, namings: Sequence[Naming], members: list[int]) -> tuple[list[int], list[int]]:
    """Return entries without those that say an amount for the same things again, and these."""
    first: dict[tuple[object, ...], int] = {}
    copies = []
    for number in members:
        entry = ground.entries[number]
        said = (entry.account, entry.amount_minor, *sorted(id(group) for group in namings[number].groups))
        if said in first:
            copies.append(number)
        else:
            first[said] = number
    return list(first.values()), copies


def _copies_pay(ground: Ground, copies: list[int], items: list[int]) -> bool:
    """Return whether an amount that is said again is an item's own, so that it may have been booked twice."""
    own = {ground.items[number].amount_minor for number in items}
    return any(ground.entries[number].amount_minor in own for number in copies)


def _in_time(ground: Ground, members: Sequence[int], items: Sequence[int]) -> bool:
    """Return whether every entry is close enough to the first and the last item."""
    ends = (ground.items[items[0]], ground.items[items[-1]])
    return all(ground.in_time(ground.entries[number], item) for number in members for item in ends)


def _sums_of_several(amounts: list[int]) -> set[int]:
    """Return the sums of all choices of two amounts and more."""
    singles: set[int] = set()
    several: set[int] = set()
    for amount in amounts:
        several |= {amount + other for other in singles | several}
        singles.add(amount)
    return several

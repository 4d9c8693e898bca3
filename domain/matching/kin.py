"""
Kin are items of one trade: the parts in which an order is paid.

Whoever pays one names the order, so that only the amounts tell the parts apart. Two parts of one amount are the same to
everybody: they are taken in the order of their days. What the order's buyer still has to pay counts only where nothing
that was paid explains an entry.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

from msgspec.structs import replace

from domain.matching.claim import Claim, difference_of, is_copy, together
from domain.matching.ground import Ground
from domain.matching.merged import EXPECTED, merged_claims
from domain.matching.naming import Naming

TOGETHER_MIN = 2
"""A single item needs no choice."""


def kin_claims(ground: Ground, namings: Sequence[Naming], members: Sequence[int], items: Sequence[int]) -> list[Claim]:
    """
    Return the claims of entries that name kin and nothing else; nothing where items aren't kin, or are very many.

    members, items: that hang together by what is named, by day. What comes and what leaves is matched by itself.
    """
    if len(items) < TOGETHER_MIN or not all(ground.items[item].trade for item in items):
        return []
    claims = merged_claims(ground, namings, members, items)
    taken = {number for claim in claims for number in claim.entries}
    settled = {item for claim in claims for item in claim.items}
    ways: dict[tuple[str, bool], list[int]] = defaultdict(list)
    for item in items:
        if item not in settled:
            ways[ground.items[item].trade, ground.items[item].amount_minor > 0].append(item)
    for (trade, comes), parts in ways.items():
        entries = [
            number
            for number in members
            if number not in taken
            and (ground.entries[number].amount_minor > 0) == comes
            and _only_trade(ground, namings[number]) == trade
        ]
        if _are_clear(ground, entries, parts):
            claims += _Kin(ground, namings, entries, parts).claims()
    return claims


def _only_trade(ground: Ground, naming: Naming) -> str:
    """Return the one trade that is named, nothing where several are."""
    return ground.items[naming.groups[0].numbers[0]].trade if len(naming.groups) == 1 else ""


def _are_clear(ground: Ground, members: Sequence[int], items: Sequence[int]) -> bool:
    """Return whether entries and items are few, and each of them may be each other by day and account."""
    most = ground.policy.subset_items_max
    return 0 < len(members) <= most and all(
        ground.in_time(ground.entries[number], ground.items[item])
        and ground.fits(ground.entries[number], ground.items[item])
        for number in members
        for item in items
    )


class _Kin:
    """Entries that name an order, and its parts."""

    def __init__(self, ground: Ground, namings: Sequence[Naming], members: Sequence[int], items: Sequence[int]) -> None:
        self._ground = ground
        self._namings = namings
        self._members = list(members)
        self._items = list(items)
        self._sums = _sums_of_several([ground.items[item].amount_minor for item in items])

    def claims(self) -> list[Claim]:
        """Return them: equal amounts first, then sums and fees among what is left."""
        pairs, doubtful = self._pairs()
        is_whole = not doubtful and len(pairs) == len(self._items)
        if not is_whole:
            pairs = [pair for pair in pairs if self._amount(pair.entries[0]) not in self._sums]
        taken = {number for pair in pairs for number in (*pair.entries, *pair.copies)}
        left = [number for number in self._members if number not in taken]
        items = {item for pair in pairs for item in pair.items}
        return pairs + ([] if doubtful else self._rest(left, [item for item in self._items if item not in items]))

    def _pairs(self) -> tuple[list[Claim], bool]:
        """Return entries with items of their amount; whether some amount came oftener than it's expected or booked."""
        entries: dict[int, list[int]] = defaultdict(list)
        for number in self._members:
            entries[self._amount(number)].append(number)
        pairs: list[Claim] = []
        doubtful = False
        for amount_minor, numbers in entries.items():
            same = [item for item in self._items if self._ground.items[item].amount_minor == amount_minor]
            if not same:
                continue
            alone, copies = self._without_copies(numbers)
            if len(alone) > len(same):
                doubtful = True
                continue
            real = sorted((*alone, *self._no_copies(alone, copies, same)))[: len(same)]
            copies = [number for number in numbers if number not in real]
            pairs += [
                Claim(rule="shared_reference", entries=(number,), items=(item,))
                for number, item in zip(real, self._in_order(same), strict=False)
            ]
            if copies:
                pairs[-1] = replace(pairs[-1], copies=tuple(copies))
        return pairs, doubtful

    def _in_order(self, same: Sequence[int]) -> list[int]:
        """Return items of one amount by day, what was paid before what may be."""
        return sorted(same, key=lambda item: (self._ground.items[item].kind == EXPECTED, item))

    def _without_copies(self, numbers: Sequence[int]) -> tuple[list[int], list[int]]:
        alone: list[int] = []
        copies: list[int] = []
        for number in numbers:
            entry = self._ground.entries[number]
            again = any(is_copy(self._ground.entries[other], entry) for other in alone)
            (copies if again else alone).append(number)
        return alone, copies

    def _no_copies(self, alone: Sequence[int], copies: Sequence[int], same: Sequence[int]) -> Iterator[int]:
        """Yield entries that say what others do, and are payments of their own: the ledger knows as many that day."""
        paid = Counter(
            self._ground.items[item].expected_on for item in same if self._ground.items[item].kind != EXPECTED
        )
        seen = Counter(self._ground.entries[number].value_date for number in alone)
        for number in copies:
            day = self._ground.entries[number].value_date
            if seen[day] < paid[day]:
                seen[day] += 1
                yield number

    def _rest(self, entries: Sequence[int], items: Sequence[int]) -> list[Claim]:
        """Return the claim of all entries that are left to some of the items, or claims of each but for a fee."""
        if not entries or self._without_copies(entries)[1]:
            return []
        paid = [item for item in items if self._ground.items[item].kind != EXPECTED]
        for among in (paid, items):
            chosen = list(self._choices(sum(map(self._amount, entries)), among))
            if len(chosen) == 1:
                return [together(entries, chosen[0])]
            if chosen:
                return []
        return self._less_fees(entries, paid) or self._less_fees(entries, items)

    def _choices(self, wanted_minor: int, items: Sequence[int]) -> Iterator[tuple[int, ...]]:
        """Yield the choices of items that come to an amount."""
        for count in range(1, len(items) + 1):
            for some in combinations(items, count):
                if sum(self._ground.items[item].amount_minor for item in some) == wanted_minor:
                    yield some

    def _less_fees(self, entries: Sequence[int], items: Sequence[int]) -> list[Claim]:
        """Return each entry with the one item that it is but for a fee, where every one has such, of its own."""
        claims: list[Claim] = []
        for number in entries:
            like = [(item, difference_of(self._ground, number, item)) for item in items]
            found = [(item, difference) for item, difference in like if difference]
            if len(found) != 1 or self._amount(number) in self._sums:
                return []
            item, difference = found[0]
            rule = "end_to_end_id_less_fee" if self._namings[number].by_id else "reference_less_fee"
            claims.append(Claim(rule=rule, entries=(number,), items=(item,), difference=difference))
        is_twofold = len({claim.items for claim in claims}) < len(claims)
        return [] if is_twofold else claims

    def _amount(self, number: int) -> int:
        return self._ground.entries[number].amount_minor


def _sums_of_several(amounts: Sequence[int]) -> set[int]:
    """Return the sums of all choices of two amounts and more."""
    singles: set[int] = set()
    several: set[int] = set()
    for amount in amounts:
        several |= {amount + other for other in singles | several}
        singles.add(amount)
    return several

"""The ground of a matching: all entries and items in one order, to be found by amount, reference and name."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from domain.matching.party_names import name_key
from domain.matching.policy import Policy
from domain.matching.reference_text import ReferenceFinder, joined
from domain.matching.sides import OpenEntry, OpenItem, SettledItem

WALK_MAX = 200
"""So many things of one amount are looked at around a day."""

Amount = tuple[str, int]
"""A currency and minor units."""


class Ground:
    """
    Entries by day, items by day, what was settled by day; each is a number here, its place in that order.

    Two orders of the same input are one ground.
    """

    def __init__(
        self,
        entries: Iterable[OpenEntry],
        items: Iterable[OpenItem],
        settled: Iterable[SettledItem],
        policy: Policy,
    ) -> None:
        """Order and index everything. Raises: ValueError where a reference is given twice."""
        self.policy = policy
        self.entries = sorted(entries, key=lambda entry: (entry.booking_date, entry.value_date, entry.entry))
        self.items = sorted(items, key=lambda item: (item.expected_on, item.item))
        self.settled = sorted(settled, key=lambda each: (each.settled_on, each.item.item, each.entry))
        _check_once("entry", [entry.entry for entry in self.entries])
        _check_once("item", [item.item for item in self.items])

        self.names = [tuple(filter(None, map(name_key, item.names))) for item in self.items]
        self.payers = [name_key(entry.counterparty) for entry in self.entries]
        self.items_by_amount: dict[Amount, list[int]] = defaultdict(list)
        self.entries_by_amount: dict[Amount, list[int]] = defaultdict(list)
        self.settled_by_amount: dict[Amount, list[int]] = defaultdict(list)
        self.items_by_name: dict[str, list[int]] = defaultdict(list)
        self.items_by_name_and_amount: dict[tuple[str, str, int], list[int]] = defaultdict(list)
        self.items_by_reference: dict[str, list[int]] = defaultdict(list)
        self.settled_by_reference: dict[str, list[int]] = defaultdict(list)
        self.settled_names: dict[str, int] = defaultdict(int)
        """How many settled items a name has."""
        for number, entry in enumerate(self.entries):
            self.entries_by_amount[entry.currency, entry.amount_minor].append(number)
        for number, item in enumerate(self.items):
            self.items_by_amount[item.currency, item.amount_minor].append(number)
            for name in dict.fromkeys(self.names[number]):
                self.items_by_name[name].append(number)
                self.items_by_name_and_amount[name, item.currency, item.amount_minor].append(number)
            for reference in _joined(item):
                self.items_by_reference[reference].append(number)
        for number, each in enumerate(self.settled):
            self.settled_by_amount[each.item.currency, each.item.amount_minor].append(number)
            for name in {name_key(name) for name in each.item.names}:
                self.settled_names[name] += 1
            for reference in _joined(each.item):
                self.settled_by_reference[reference].append(number)
        every = (*self.items, *(each.item for each in self.settled))
        self.finder = ReferenceFinder(dict.fromkeys(text for item in every for text in item.references), policy)

    def fits(self, entry: OpenEntry, item: OpenItem) -> bool:
        """Return whether an entry stands where an item is expected: its account, its currency."""
        return entry.currency == item.currency and item.account in {"", entry.account}

    def in_time(self, entry: OpenEntry, item: OpenItem) -> bool:
        """Return whether an entry is close enough in time to an item that it names."""
        policy, expected_on = self.policy, item.expected_on
        return policy.is_in_time(entry.value_date, expected_on) or policy.is_in_time(entry.booking_date, expected_on)

    def near(self, entry: OpenEntry, item: OpenItem) -> bool:
        """Return whether an entry is close enough in time to an item that only its amount speaks for."""
        policy, expected_on = self.policy, item.expected_on
        return policy.is_near(entry.value_date, expected_on) or policy.is_near(entry.booking_date, expected_on)

    def is_due(self, entry: OpenEntry, item: OpenItem) -> bool:
        """Return whether an entry stands where an item is expected, and not long before it is."""
        early = (item.expected_on - max(entry.value_date, entry.booking_date)).days
        return early <= self.policy.days_before and self.fits(entry, item)

    def are_parts(self, one: int, other: int) -> bool:
        """Return whether two items are parts of one trade, so that those of one amount are the same to everybody."""
        return bool(self.items[one].trade) and self.items[one].trade == self.items[other].trade

    def has_name(self, number: int, name: str) -> bool:
        """Return whether a name, as a key, is one of an item's."""
        return bool(name) and name in self.names[number]

    def items_around(self, entry: OpenEntry) -> Iterator[int]:
        """Return items with an entry's amount that fit it, those of the nearest days first; not all of very many."""
        same = self.items_by_amount.get((entry.currency, entry.amount_minor), ())
        return (
            number for number in _outwards(same, entry.value_date, self.items) if self.fits(entry, self.items[number])
        )


def _outwards(same: Sequence[int], on: date, items: Sequence[OpenItem]) -> Iterator[int]:
    """Return numbers of items, ordered by day, from a day outwards."""
    middle = bisect_left(same, on, key=lambda number: items[number].expected_on)
    before, after = middle - 1, middle
    for _ in range(min(WALK_MAX, len(same))):
        has_before, has_after = before >= 0, after < len(same)
        left = (on - items[same[before]].expected_on).days if has_before else None
        right = (items[same[after]].expected_on - on).days if has_after else None
        if left is not None and (right is None or left < right):
            yield same[before]
            before -= 1
        else:
            yield same[after]
            after += 1


def _joined(item: OpenItem) -> dict[str, None]:
    return dict.fromkeys(filter(None, map(joined, item.references)))


def _check_once(what: str, references: list[str]) -> None:
    twice = sorted(reference for reference, times in Counter(references).items() if times > 1)
    if twice:
        raise ValueError(f"{what} given twice: {', '.join(twice[:5])}")

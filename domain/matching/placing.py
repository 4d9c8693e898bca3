"""The places that entries and items have found so far: one each."""

from collections.abc import Iterable, Iterator, Sequence

from domain.matching.claim import Claim
from domain.matching.ground import Ground
from domain.matching.outcome import (
    BreakKind,
    Candidate,
    Difference,
    Matched,
    Matching,
    Returned,
    Share,
    Suggested,
    Unmatched,
)


class Places:
    """What became of each entry and item of a ground; it only ever fills."""

    def __init__(self, ground: Ground) -> None:
        """Begin with nothing placed."""
        self.ground = ground
        self.placed_entries: set[int] = set()
        self.placed_items: set[int] = set()
        self.entry_of: dict[int, int] = {}
        """By matched item: the first entry that settled it."""
        self.booked_twice: set[str] = set()
        """Items that are settled while an open entry says so once more."""
        self._matched: list[Matched] = []
        self._returned: list[Returned] = []
        self._suggested: list[Suggested] = []
        self._unmatched: list[Unmatched] = []
        self._candidates: set[int] = set()
        self._held: set[int] = set()

    def hold(self, items: Iterable[int]) -> None:
        """Keep items for suggestions that come later."""
        self._held.update(items)

    def is_spoken_for(self, item: int) -> bool:
        """Return whether an item is placed, or kept for a suggestion."""
        return item in self.placed_items or item in self._held

    def match(self, claim: Claim, reason: str) -> None:
        """Place what a claim holds, without its copies."""
        ground = self.ground
        self.placed_entries.update(claim.entries)
        self.placed_items.update(claim.items)
        self.entry_of.update(dict.fromkeys(claim.items, claim.entries[0]))
        self._matched.append(
            Matched(
                rule=claim.rule,
                entries=tuple(Share(ground.entries[n].entry, ground.entries[n].amount_minor) for n in claim.entries),
                items=tuple(Share(ground.items[n].item, ground.items[n].amount_minor) for n in claim.items),
                difference=claim.difference,
                reason=reason,
            )
        )

    def take_back(self, entry: int, item: str, settled_by: str, reason: str, difference: Difference | None) -> None:
        """Place an entry that takes back what another settled."""
        said = self.ground.entries[entry]
        self.placed_entries.add(entry)
        self._returned.append(
            Returned(
                entry=said.entry,
                item=item,
                settled_by=settled_by,
                amount_minor=said.amount_minor,
                reason=reason,
                difference=difference,
            )
        )

    def suggest(self, entry: int, kind: BreakKind, candidates: Sequence[tuple[tuple[int, ...], Candidate]]) -> None:
        """Place an entry with the items that it may belong to."""
        self.placed_entries.add(entry)
        self._candidates.update(number for numbers, _ in candidates for number in numbers)
        self._suggested.append(
            Suggested(
                entry=self.ground.entries[entry].entry,
                kind=kind,
                candidates=tuple(candidate for _, candidate in candidates),
                reason=candidates[0][1].reason,
            )
        )

    def leave_entry(self, entry: int, kind: BreakKind, reason: str, about: tuple[str, ...] = ()) -> None:
        """Place an entry that nothing is for."""
        self.placed_entries.add(entry)
        said = self.ground.entries[entry].entry
        self._unmatched.append(Unmatched(kind=kind, entry=said, reason=reason, about=about))

    def leave_both(self, entry: int, item: int, kind: BreakKind, reason: str) -> None:
        """Place an entry and the item that it names but doesn't fit."""
        self.placed_entries.add(entry)
        self.placed_items.add(item)
        said, expected = self.ground.entries[entry].entry, self.ground.items[item].item
        self._unmatched.append(Unmatched(kind=kind, entry=said, item=expected, reason=reason))

    def leave_item(self, item: int, reason: str) -> None:
        """Place an item that nothing came for."""
        self.placed_items.add(item)
        expected = self.ground.items[item].item
        self._unmatched.append(Unmatched(kind="missing_in_bank", item=expected, reason=reason))

    def open_entries(self) -> Iterator[int]:
        """Return the entries that aren't placed yet, one after the other, while they're being placed."""
        return (number for number in range(len(self.ground.entries)) if number not in self.placed_entries)

    def open_items(self) -> list[int]:
        """Return the items that aren't placed yet and are nobody's candidates."""
        taken = self.placed_items | self._candidates
        return [number for number in range(len(self.ground.items)) if number not in taken]

    def matching(self, awaited: Sequence[int]) -> Matching:
        """Return all places."""
        return Matching(
            matched=tuple(self._matched),
            returned=tuple(self._returned),
            suggested=tuple(self._suggested),
            unmatched=tuple(self._unmatched),
            awaited=tuple(self.ground.items[number].item for number in awaited),
        )

"""
A claim says which entries and items seem to belong together because the entries name the items.

It becomes a match where nothing speaks against it (`certainty.py`). No entry and no item is in two claims.
"""

from collections.abc import Sequence

from msgspec import Struct

from domain.matching.ground import Ground
from domain.matching.outcome import Difference
from domain.matching.sides import OpenEntry


class Claim(Struct, frozen=True, kw_only=True, gc=False):
    """
    Entries that claim items, by a rule.

    copies: further entries with the amount of the first, for the same one item, or that repeat one of these entries.
    is_own: whether it stands on an id that only the bank and we wrote.
    """

    rule: str
    entries: tuple[int, ...]
    items: tuple[int, ...]
    difference: Difference | None = None
    copies: tuple[int, ...] = ()
    is_own: bool = False


def together(members: Sequence[int], items: Sequence[int], copies: Sequence[int] = ()) -> Claim:
    """Return the claim of entries to all of some items, whose sum they are."""
    rule = "merged" if len(members) == 1 else "split" if len(items) == 1 else "grouped"
    if len(members) == len(items) == 1:
        rule = "shared_reference"
    return Claim(rule=rule, entries=tuple(members), items=tuple(items), copies=tuple(copies))


def difference_of(ground: Ground, entry: int, item: int) -> Difference | None:
    """Return what a tolerance allows between an entry and an item, nothing where they agree or differ by more."""
    said, expected = ground.entries[entry], ground.items[item]
    difference_minor = said.amount_minor - expected.amount_minor
    if not difference_minor or said.amount_minor * expected.amount_minor < 0:
        return None
    if abs(difference_minor) <= ground.policy.rounding_minor:
        return Difference(kind="rounding", amount_minor=difference_minor)
    if ground.policy.is_fee(difference_minor, expected_minor=expected.amount_minor, currency=expected.currency):
        return Difference(kind="fee", amount_minor=difference_minor)
    return None


def is_copy(one: OpenEntry, other: OpenEntry) -> bool:
    """Return whether two entries may be one booked twice: the same end-to-end id, or the same in all they say."""
    if (one.account, one.currency, one.amount_minor) != (other.account, other.currency, other.amount_minor):
        return False
    if one.end_to_end_id and one.end_to_end_id == other.end_to_end_id:
        return True
    return (one.value_date, one.references, one.remittance, one.counterparty) == (
        other.value_date,
        other.references,
        other.remittance,
        other.counterparty,
    )

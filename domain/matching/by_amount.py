"""Entries that name nothing: told by amount, day and account, where nothing else has them, and by the party's name."""

from collections.abc import Iterator, Sequence

from domain.matching.claim import Claim
from domain.matching.ground import WALK_MAX, Ground
from domain.matching.naming import Naming
from domain.matching.sides import OpenEntry

CHARGES = frozenset(
    {"charge", "charges", "commission", "entgelt", "fee", "fees", "frais", "gebühr", "kosten", "spesen"}
)
CHARGE_CODES = ("CHRG", "NCHG", "COMM", "FEES", "INTR")


def claims_by_amount(ground: Ground, namings: Sequence[Naming], open_entries: Iterator[int]) -> Iterator[Claim]:
    """Return claims of entries that name nothing, each with the one item that it can be."""
    for number in open_entries:
        entry = ground.entries[number]
        if not entry.amount_minor or not namings[number].is_silent or _looks_like_another(ground, entry):
            continue
        item = _only_item(ground, entry)
        if item is not None and _is_only_entry(ground, item):
            yield Claim(rule=_rule(ground, number, item), entries=(number,), items=(item,))


def is_charge(entry: OpenEntry) -> bool:
    """Return whether a bank takes something for itself."""
    if entry.amount_minor >= 0 or entry.end_to_end_id or entry.counterparty:
        return False
    if any(code in entry.code.upper() for code in CHARGE_CODES):
        return True
    words = entry.remittance.casefold().split()
    return bool(words) and any(word.strip(".,:;/") in CHARGES for word in words)


def _rule(ground: Ground, number: int, item: int) -> str:
    payer = ground.payers[number]
    known = len(ground.items_by_name.get(payer, ())) + ground.settled_names.get(payer, 0)
    return "name" if ground.has_name(item, payer) and known == 1 else "amount_and_date"


def _looks_like_another(ground: Ground, entry: OpenEntry) -> bool:
    """Return whether an entry says what looks like a reference of ours, and is none: it may be mistyped."""
    texts = (entry.end_to_end_id, *entry.references, entry.remittance)
    return any(ground.finder.look_alikes(text) for text in texts if text)


def _only_item(ground: Ground, entry: OpenEntry) -> int | None:
    """Return the one item that has an entry's amount near its day; nothing if there are more, settled ones included."""
    found: int | None = None
    for count, number in enumerate(ground.items_around(entry)):
        if not ground.near(entry, ground.items[number]):
            continue
        if found is not None or count >= WALK_MAX:
            return None
        found = number
    settled = ground.settled_by_amount.get((entry.currency, entry.amount_minor), ())
    if found is None or len(settled) > WALK_MAX:
        return None
    for number in settled:
        before = ground.settled[number]
        if ground.fits(entry, before.item) and (
            ground.near(entry, before.item) or ground.policy.is_near(entry.booking_date, before.settled_on)
        ):
            return None
    return found


def _is_only_entry(ground: Ground, item: int) -> bool:
    """Return whether one entry only, matched ones included, has an item's amount near its day."""
    expected = ground.items[item]
    same = [
        ground.entries[n] for n in ground.entries_by_amount[expected.currency, expected.amount_minor][: WALK_MAX + 1]
    ]
    near = [entry for entry in same if ground.fits(entry, expected) and ground.near(entry, expected)]
    return len(same) <= WALK_MAX and len(near) == 1

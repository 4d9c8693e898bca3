"""Entries that name something but can't settle it: returns, repetitions, other currencies, other accounts."""

from collections.abc import Sequence

from domain.matching.claim import Claim
from domain.matching.ground import Ground
from domain.matching.naming import Naming
from domain.matching.outcome import BreakKind, Difference
from domain.matching.placing import Places
from domain.matching.sides import OpenEntry, OpenItem
from domain.matching.wording import amount_of

ABOUT_MAX = 20


def place_copies(places: Places, claims: Sequence[Claim]) -> None:
    """Place the entries that repeat those of certain claims."""
    ground = places.ground
    for claim in claims:
        for copy in claim.copies:
            said = ground.entries[copy]
            first = next((n for n in claim.entries if ground.entries[n].amount_minor == said.amount_minor), None)
            before = ground.entries[claim.entries[0] if first is None else first]
            item = ground.items[claim.items[0]].item
            places.leave_entry(copy, "duplicate", _settled_already(item), (before.entry, item))
            places.booked_twice.add(item)


def place_misfits(places: Places, namings: Sequence[Naming]) -> None:
    """Place entries that take back, repeat, or name an item of another currency or account, earlier ones first."""
    taken_back: set[str] = set()
    _note_copies(places, namings)
    for number in places.open_entries():
        naming = namings[number]
        _ = (
            _is_taken_back(places, number, naming, taken_back)
            or _is_repeated(places, number, naming)
            or _is_elsewhere(places, number, naming)
        )


def _note_copies(places: Places, namings: Sequence[Naming]) -> None:
    """Note what is settled and stands there once more: what takes one of the two back is no return of it."""
    for number in places.open_entries():
        places.booked_twice.update(item.item for item, _ in _repeated(places, number, namings[number]))


def _is_taken_back(places: Places, number: int, naming: Naming, taken_back: set[str]) -> bool:
    """Place an entry that names one settled thing only, and takes it back; what is named once comes back once."""
    ground, entry = places.ground, places.ground.entries[number]
    if naming.groups:
        return False
    settled = [
        (ground.settled[place].item, ground.settled[place].entry, ground.settled[place].settled_on)
        for place in naming.settled
    ]
    settled += [
        (
            ground.items[item],
            ground.entries[places.entry_of[item]].entry,
            ground.entries[places.entry_of[item]].value_date,
        )
        for item in naming.against
        if item in places.entry_of
    ]
    settled = [
        each for each in settled if ground.fits(entry, each[0]) and each[0].amount_minor * entry.amount_minor < 0
    ]
    if len(settled) != 1 or settled[0][0].item in taken_back:
        return False
    item, settled_by, settled_on = settled[0]
    if item.item in places.booked_twice:
        reason = f"{item.item} is settled and booked once more, and this may take either back."
        places.leave_entry(number, "duplicate", reason, (item.item, settled_by))
        return True
    if settled_on > max(entry.value_date, entry.booking_date):
        return False
    if item.amount_minor > 0 and settled_on < ground.policy.open_from:
        reason = f"{item.item} was settled on {settled_on}, before the open period, and is taken back now."
        places.leave_entry(number, "refund_out_of_period", reason, (item.item, settled_by))
        return True
    if item.amount_minor > 0 and not (entry.is_reversal or entry.return_reason):
        return False
    difference = _kept_of(ground, entry, item)
    if entry.amount_minor != -item.amount_minor and difference is None:
        reason = f"{item.item} was settled, and {amount_of(entry)} of it come back where {amount_of(item)} went."
        places.leave_entry(number, "amount", reason, (item.item, settled_by))
        return True
    if "return" not in ground.policy.confirming:
        return False
    taken_back.add(item.item)
    places.take_back(
        number, item.item, settled_by, f"{item.item} was settled on {settled_on} and comes back.", difference
    )
    return True


def _kept_of(ground: Ground, entry: OpenEntry, item: OpenItem) -> Difference | None:
    """Return what a bank may have kept of a payout that comes back."""
    kept_minor = entry.amount_minor + item.amount_minor
    if ground.policy.is_fee(kept_minor, expected_minor=item.amount_minor, currency=item.currency):
        return Difference(kind="fee", amount_minor=kept_minor)
    return None


def _is_repeated(places: Places, number: int, naming: Naming) -> bool:
    """Place an entry that has the amount of what it names and is settled, and of nothing that it names and is open."""
    for item, settled_by in _repeated(places, number, naming)[:1]:
        places.leave_entry(number, "duplicate", _settled_already(item.item), (settled_by, item.item))
        return True
    return False


def _repeated(places: Places, number: int, naming: Naming) -> list[tuple[OpenItem, str]]:
    """Return what is settled by an entry's amount of what it names, with the entry that did."""
    ground, entry = places.ground, places.ground.entries[number]
    named = {item for group in naming.groups for item in group.numbers}
    if any(item not in places.entry_of and ground.items[item].amount_minor == entry.amount_minor for item in named):
        return []
    before = _settled_of(places, number, naming, named)
    return [each for each in before if each[0].amount_minor == entry.amount_minor]


def _settled_already(item: str) -> str:
    """Return why an entry is a duplicate: the same sentence whenever the item was settled."""
    return f"{item} is settled already, by this amount."


def _settled_before(places: Places, number: int, naming: Naming) -> list[tuple[OpenItem, str]]:
    """Return what is settled of what an entry names, with the entry that did; nothing where it names what is open."""
    named = {item for group in naming.groups for item in group.numbers}
    if any(item not in places.entry_of for item in named):
        return []
    return _settled_of(places, number, naming, named)


def _settled_of(places: Places, number: int, naming: Naming, named: set[int]) -> list[tuple[OpenItem, str]]:
    ground, entry = places.ground, places.ground.entries[number]
    matched = [item for item in sorted(named) if item in places.entry_of]
    before = [(ground.items[item], ground.entries[places.entry_of[item]].entry) for item in matched]
    before += [(ground.settled[place].item, ground.settled[place].entry) for place in naming.settled]
    return [each for each in before if ground.fits(entry, each[0])]


def _is_elsewhere(places: Places, number: int, naming: Naming) -> bool:
    """Place an entry that names one item of another currency or account."""
    ground, entry = places.ground, places.ground.entries[number]
    if naming.groups or len(naming.elsewhere) != 1:
        return False
    place = naming.elsewhere[0]
    item = ground.items[place]
    kind: BreakKind
    if entry.currency != item.currency:
        kind, reason = "fx", f"{item.item} is expected as {amount_of(item)}, and {amount_of(entry)} name it."
    else:
        kind, reason = "wrong_account", f"{item.item} is expected on {item.account}, and stands on {entry.account}."
    if places.is_spoken_for(place):
        places.leave_entry(number, kind, reason, (item.item,))
    else:
        places.leave_both(number, place, kind, reason)
    return True


def leave(places: Places, number: int, naming: Naming) -> None:
    """Place an entry that nothing open is like."""
    ground, entry = places.ground, places.ground.entries[number]
    for item, settled_by in _settled_before(places, number, naming):
        if item.amount_minor * entry.amount_minor > 0:
            reason = f"{item.item} is settled already, by another amount than these {amount_of(entry)}."
            places.leave_entry(number, "amount", reason, (settled_by, item.item))
        else:
            reason = f"{item.item} is settled already, and these {amount_of(entry)} go the other way without a reason."
            places.leave_entry(number, "missing_in_ledger", reason, (settled_by, item.item))
        return
    numbers = dict.fromkeys(
        (*(n for group in naming.groups for n in group.numbers), *naming.against, *naming.elsewhere)
    )
    about = tuple(ground.items[n].item for n in numbers)[:ABOUT_MAX]
    why = "What it names can't be settled by it." if about else "Nothing is expected that this could be."
    places.leave_entry(number, "missing_in_ledger", why, about)

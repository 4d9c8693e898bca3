"""Suggestions: for an entry that no rule is certain of, the items that a person should look at, best first."""

import re
from collections.abc import Iterable, Iterator, Sequence

from domain.matching.claim import Claim, difference_of
from domain.matching.ground import Ground
from domain.matching.naming import Naming
from domain.matching.outcome import BreakKind, Candidate
from domain.matching.party_names import WHOLE, likeness
from domain.matching.placing import Places
from domain.matching.reference_text import joined, upper
from domain.matching.sides import OpenEntry
from domain.matching.spelling import SLIPS_MAX, slips_between, slips_of
from domain.matching.wording import amount_text, named

NAMED, HINTED, ONE_SLIP, TWO_SLIPS = 500, 400, 350, 250
SAME_AMOUNT, LESS_FEE = 300, 200
NEAR, IN_TIME = 100, 50
SAME_NAME = 100
"""What each agreement is worth: 1,000 together."""

LOOKED_AT = 20
"""So many open items of one reference, amount or name are weighed for an entry."""
TOGETHER_MAX = 50
WRITTEN = re.compile(r"[^\W\d_]{0,8}[-._/ ]?\d[\w-]{0,24}")
"""What may be a reference: some letters, digits."""
WRITTEN_MAX = 6

Found = tuple[tuple[int, ...], Candidate]


def suggest_claim(places: Places, namings: Sequence[Naming], claim: Claim, rivals: Sequence[int]) -> None:
    """Suggest, for each entry of a claim that isn't certain, what it claims and what else explains it."""
    for number in (*claim.entries, *claim.copies):
        own = [_together(places.ground, number, claim.items)] if len(claim.items) > 1 else []
        singles = (*claim.items[:LOOKED_AT], *_free(places, rivals))
        _suggest(places, namings, number, own, singles)


def suggest(places: Places, namings: Sequence[Naming], number: int) -> bool:
    """Suggest open items for an entry; return whether there are any worth looking at."""
    naming = namings[number]
    free = [_free(places, group.numbers) for group in naming.groups]
    everything = tuple(dict.fromkeys(item for items in free for item in items))
    own = []
    if 1 < len(everything) <= TOGETHER_MAX:
        own.append(_together(places.ground, number, everything))
        own += _parts(places.ground, number, everything)
    return _suggest(places, namings, number, own, everything[:LOOKED_AT])


def _suggest(places: Places, namings: Sequence[Naming], number: int, own: list[Found], singles: Iterable[int]) -> bool:
    ground = places.ground
    entry = ground.entries[number]
    if not entry.amount_minor:
        return False
    written = _written(entry)
    sought = dict.fromkeys((*singles, *_likely(places, namings[number], number, written)))
    found = own + [_single(ground, namings[number], number, item, written) for item in sought]
    good = sorted(
        (each for each in found if each[1].score >= ground.policy.score_min),
        key=lambda each: (-each[1].score, len(each[0]), each[0]),
    )
    if not good:
        return False
    places.suggest(number, _kind(ground, number, good), good[: ground.policy.candidates_max])
    return True


def _likely(places: Places, naming: Naming, number: int, written: Sequence[str]) -> Iterator[int]:
    """Return open items of an entry's amount, name or almost its reference."""
    ground, entry = places.ground, places.ground.entries[number]
    yield from _free(places, naming.hinted)
    yield from _free(places, ground.items_around(entry))
    for text in written[:2]:
        for slip in slips_of(text):
            if slip in ground.items_by_reference:
                yield from _explaining(ground, number, _free(places, ground.items_by_reference[slip]))
    payers = ground.items_by_name.get(ground.payers[number], ())
    yield from _explaining(ground, number, _free(places, payers))


def _explaining(ground: Ground, number: int, items: Iterable[int]) -> Iterator[int]:
    """Return the items that have an entry's amount, but for a fee."""
    entry = ground.entries[number]
    for item in items:
        is_same = ground.items[item].amount_minor == entry.amount_minor
        if ground.fits(entry, ground.items[item]) and (is_same or difference_of(ground, number, item)):
            yield item


def _free(places: Places, numbers: Iterable[int]) -> list[int]:
    """Return the first items that aren't placed."""
    free: list[int] = []
    for number in numbers:
        if number not in places.placed_items:
            free.append(number)
            if len(free) >= LOOKED_AT:
                break
    return free


def _single(ground: Ground, naming: Naming, number: int, item: int, written: Sequence[str]) -> Found:
    """Return one item with its score and what speaks for it."""
    entry, expected = ground.entries[number], ground.items[item]
    difference_minor = entry.amount_minor - expected.amount_minor
    said, score = _by_reference(ground, naming, item, written)
    if not difference_minor:
        score += SAME_AMOUNT
        said.append("the amount is the one expected")
    else:
        is_fee = difference_of(ground, number, item) is not None
        score += LESS_FEE if is_fee else 0
        amount = amount_text(abs(difference_minor), entry.currency)
        direction = "less" if abs(entry.amount_minor) < abs(expected.amount_minor) else "more"
        said.append(f"it's {amount} {direction}{', as much as a bank may keep' if is_fee else ''}")
    if ground.near(entry, expected):
        score += NEAR
    elif ground.in_time(entry, expected):
        score += IN_TIME
    else:
        said.append(f"{abs((entry.value_date - expected.expected_on).days)} days lie between")
    alike = max((likeness(ground.payers[number], name) for name in ground.names[item]), default=0)
    score += alike * SAME_NAME // WHOLE
    if alike == WHOLE:
        said.append("the name is the party's")
    reason = f"{expected.item}: {'; '.join(said)}."
    return (item,), Candidate(items=(expected.item,), score=score, reason=reason, difference_minor=difference_minor)


def _by_reference(ground: Ground, naming: Naming, item: int, written: Sequence[str]) -> tuple[list[str], int]:
    if any(item in group.members for group in naming.groups):
        return ["its reference is given"], NAMED
    if item in naming.hinted:
        return ["its reference stands within another word"], HINTED
    references = [joined(reference) for reference in ground.items[item].references]
    slips = min(
        (slips_between(reference, text) for reference in references if reference for text in written),
        default=SLIPS_MAX + 1,
    )
    if slips > SLIPS_MAX:
        return [], 0
    if slips == 1:
        return ["a reference is given that differs by one slip"], ONE_SLIP
    return ["a reference is given that differs by two slips"], TWO_SLIPS


def _together(ground: Ground, number: int, items: Sequence[int]) -> Found:
    """Return all items that are named, as one candidate."""
    entry = ground.entries[number]
    difference_minor = entry.amount_minor - sum(ground.items[item].amount_minor for item in items)
    score = NAMED + (SAME_AMOUNT + NEAR if not difference_minor else 0)
    told = "their sum is the amount" if not difference_minor else "their sum is another amount"
    return tuple(items), Candidate(
        items=tuple(ground.items[item].item for item in items),
        score=score,
        reason=f"{named(ground, items)}: all are named; {told}.",
        difference_minor=difference_minor,
    )


def _parts(ground: Ground, number: int, items: Sequence[int]) -> list[Found]:
    """Return the one choice of several items, but not all, that sums to an entry; nothing where there are more."""
    if len(items) > ground.policy.subset_items_max:
        return []
    chosen: list[tuple[int, ...]] = [()]
    for item in items:
        chosen += [(*some, item) for some in chosen]
    wanted_minor = ground.entries[number].amount_minor
    fitting = [
        some
        for some in chosen
        if 1 < len(some) < len(items) and sum(ground.items[item].amount_minor for item in some) == wanted_minor
    ]
    return [_together(ground, number, fitting[0])] if len(fitting) == 1 else []


def _written(entry: OpenEntry) -> list[str]:
    """Return what may be references in an entry, joined."""
    texts = (entry.end_to_end_id, *entry.references, entry.remittance)
    parts = [match.group() for text in texts if text for match in WRITTEN.finditer(upper(text))]
    return list(dict.fromkeys(plain for plain in map(joined, parts) if len(plain) > SLIPS_MAX))[:WRITTEN_MAX]


def _kind(ground: Ground, number: int, good: Sequence[Found]) -> BreakKind:
    """Return what keeps the best candidate from being certain."""
    items, best = good[0]
    tied = [candidate for _, candidate in good if candidate.score == best.score]
    if len(tied) > 1 and not all(candidate.difference_minor for candidate in tied):
        return "ambiguous"
    if best.difference_minor:
        is_fee = len(items) == 1 and difference_of(ground, number, items[0]) is not None
        return "fee" if is_fee else "amount"
    entry = ground.entries[number]
    named_late = best.score >= NAMED and not all(ground.in_time(entry, ground.items[item]) for item in items)
    return "date" if named_late or not any(ground.near(entry, ground.items[item]) for item in items) else "ambiguous"

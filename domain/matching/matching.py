"""Matching: what the bank says beside what the ledger expects, by the rules of a policy, in their order."""

from collections.abc import Iterable, Sequence
from datetime import date

from domain.matching.by_amount import claims_by_amount, is_charge
from domain.matching.certainty import doubts_of
from domain.matching.claim import Claim
from domain.matching.claims import claims_of
from domain.matching.ground import Ground
from domain.matching.misfits import leave, place_copies, place_misfits
from domain.matching.naming import Naming, Reader
from domain.matching.outcome import Matching
from domain.matching.placing import Places
from domain.matching.policy import Policy
from domain.matching.sides import OpenEntry, OpenItem, SettledItem
from domain.matching.suggesting import suggest, suggest_claim
from domain.matching.wording import amount_of, reason_of

STANDARD = Policy()


def match(
    entries: Iterable[OpenEntry],
    items: Iterable[OpenItem],
    policy: Policy = STANDARD,
    *,
    settled: Iterable[SettledItem] = (),
    as_of: date | None = None,
) -> Matching:
    """
    Match what the bank says with what the ledger expects; the order of what is given makes no difference.

    settled: what was matched before, so that returns and repetitions are known for what they are; the last months will
    do. as_of: the day up to which the bank has spoken: what may still come then is awaited; without it nothing is.

    Raises: ValueError where an entry or an item is given twice.
    Source: shared reference, section 4.2; docs/matching.md.
    """
    ground = Ground(entries, items, settled, policy)
    reader = Reader(ground)
    namings = [reader.naming_of(entry) for entry in ground.entries]
    places = Places(ground)
    uncertain = _place_named(places, namings)
    place_misfits(places, namings)
    _place_charges(places, namings)
    _place_by_amount(places, namings)
    for claim, rivals in uncertain:
        suggest_claim(places, namings, claim, rivals)
    _suggest_the_rest(places, namings)
    return places.matching(_place_items(places, as_of))


def _place_named(places: Places, namings: Sequence[Naming]) -> list[tuple[Claim, tuple[int, ...]]]:
    """Match what is claimed by name for certain; return the other claims, each with the items that speak against it."""
    ground = places.ground
    claims = claims_of(ground, namings)
    doubts = doubts_of(ground, namings, claims)
    certain, uncertain = [], []
    for number, claim in enumerate(claims):
        if number in doubts or claim.rule not in ground.policy.confirming:
            uncertain.append((claim, doubts.get(number, ())))
        else:
            certain.append(claim)
            places.match(claim, reason_of(ground, claim))
    place_copies(places, certain)
    places.hold(number for claim, rivals in uncertain for number in (*claim.items, *rivals))
    return uncertain


def _place_charges(places: Places, namings: Sequence[Naming]) -> None:
    for number in places.open_entries():
        entry = places.ground.entries[number]
        if namings[number].is_silent and is_charge(entry):
            places.leave_entry(number, "fee", f"The bank takes {amount_of(entry)} for itself.")


def _place_by_amount(places: Places, namings: Sequence[Naming]) -> None:
    for claim in claims_by_amount(places.ground, namings, places.open_entries()):
        if claim.rule in places.ground.policy.confirming and not places.is_spoken_for(claim.items[0]):
            places.match(claim, reason_of(places.ground, claim))


def _suggest_the_rest(places: Places, namings: Sequence[Naming]) -> None:
    for number in places.open_entries():
        if not suggest(places, namings, number):
            leave(places, number, namings[number])


def _place_items(places: Places, as_of: date | None) -> list[int]:
    """Place the items that are left; return those whose day hasn't passed."""
    awaited = []
    for number in places.open_items():
        item = places.ground.items[number]
        if as_of is not None and (as_of - item.expected_on).days <= places.ground.policy.days_after:
            awaited.append(number)
        else:
            reason = f"{amount_of(item)} were expected on {item.expected_on}, and the bank says nothing of them."
            places.leave_item(number, reason)
    return awaited

"""
Which entries of statements are one entry: said twice, in two formats, or in pieces that overlap.

Two entries are the same when account, currency, amount and days agree and no reference that both say contradicts it;
within one statement every line is an entry of its own, and the n-th of several that are alike is the n-th. A key counts
them: so the same entries have the same keys, in whatever order and however often their statements are read.

What can't be told: of two payments that agree in all that is said, and never stood in one statement, one is taken for
the other. Their statements' balances tell that one is missing.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from enum import IntEnum

import msgspec
from msgspec import Struct

from api.exchange.bank_statements.entry_references import (
    References,
    agrees,
    contradicts,
    ids_of,
    is_within,
    references_of,
    same_text,
)
from api.exchange.bank_statements.statement import StatementEntry

KEY_HEX = 32
"""Digits of a key: 128 bits, so that two entries never meet by chance."""


class KnownEntry(Struct, frozen=True, kw_only=True):
    """
    An entry that is recorded.

    key: of it, for ever; ordinal: the how many-th it is of those alike, from 1; has_value_date, has_booking_date: as in
    `StatementEntry`; sightings: what each statement said that it stood in, only those that say more than another.
    """

    key: str
    account: str
    currency: str
    amount_minor: int
    value_date: date
    booking_date: date
    ordinal: int
    has_value_date: bool = True
    has_booking_date: bool = True
    sightings: tuple[References, ...] = ()


class Numbered(Struct, frozen=True, kw_only=True):
    """
    What became of a line: the entry's key, and the recorded entry that it is, nothing where it is a new one.

    now: the entry as it is to be known from here on, with what this line says.
    """

    entry: StatementEntry
    key: str
    known: KnownEntry | None
    now: KnownEntry


def numbered(
    entries: Sequence[StatementEntry], *, account: str, currency: str, known: Sequence[KnownEntry]
) -> list[Numbered]:
    """
    Return for each line of one statement which entry it is, in their order.

    account: of the statement, by one name in all formats; known: all that is recorded of this account and currency
    with these amounts, or more.
    """
    candidates: dict[int, list[KnownEntry]] = {}
    for each in known:
        if (each.account, each.currency) == (account, currency):
            candidates.setdefault(each.amount_minor, []).append(each)
    places: dict[int, list[int]] = {}
    for place, entry in enumerate(entries):
        places.setdefault(entry.amount_minor, []).append(place)
    found: dict[int, KnownEntry] = {}
    for minor, alike in places.items():
        group = sorted(candidates.get(minor, ()), key=_order)
        found |= _paired([(place, entries[place]) for place in alike], group)
    counts: dict[tuple[int, date, date], int] = {}
    for each in (each for minor in places for each in candidates.get(minor, ())):
        alike_as = (each.amount_minor, each.value_date, each.booking_date)
        counts[alike_as] = max(counts.get(alike_as, 0), each.ordinal)
    return [_numbered(entry, found.get(place), counts, account, currency) for place, entry in enumerate(entries)]


def known_after(known: Sequence[KnownEntry], told: Iterable[Numbered]) -> list[KnownEntry]:
    """Return what is known after a statement: what was, with what the statement said more, and what is new."""
    now = {each.key: each.now for each in told}
    kept = [now.pop(each.key, each) for each in known]
    return [*kept, *now.values()]


def entry_key(
    *, account: str, currency: str, amount_minor: int, value_date: date, booking_date: date, ordinal: int
) -> str:
    """Return an entry's key: 32 hexadecimal digits of the SHA-256 of its fields, each with its length before it."""
    fields = (account, currency, str(amount_minor), value_date.isoformat(), booking_date.isoformat(), str(ordinal))
    encoded = b"".join(len(field).to_bytes(4, "big") + field for field in map(str.encode, fields))
    return hashlib.sha256(encoded).hexdigest()[:KEY_HEX]


def _order(known: KnownEntry) -> tuple[date, date, int]:
    return known.value_date, known.booking_date, known.ordinal


def _paired(lines: Sequence[tuple[int, StatementEntry]], known: Sequence[KnownEntry]) -> dict[int, KnownEntry]:
    """Return for as many lines as possible the known entry that each is: by augmenting paths, earlier ones first."""
    by_looks: dict[tuple[object, ...], list[tuple[int, _Sort]]] = {}
    edges = {}
    for place, entry in lines:
        days = (entry.value_date, entry.booking_date, entry.has_value_date, entry.has_booking_date)
        looks = (days, references_of(entry))
        if looks not in by_looks:
            by_looks[looks] = _edges(entry, known)
        edges[place] = by_looks[looks]
    taken: dict[int, int] = {}
    for sort in (_Sort.SURE, _Sort.LIKELY, _Sort.POSSIBLE):
        of_sort = {place: [at for at, found in edges[place] if found <= sort] for place, _ in lines}
        matched = set(taken.values())
        for place, _ in lines:
            if place not in matched:
                _find(place, of_sort, taken)
    return {place: known[at] for at, place in taken.items()}


def _find(start: int, edges: dict[int, list[int]], taken: dict[int, int]) -> None:
    """Give a line a known entry, moving others to another of theirs where that is needed."""
    came: dict[int, int] = {}
    waiting = [start]
    for place in waiting:
        for at in edges[place]:
            if at in came:
                continue
            came[at] = place
            if at not in taken:
                _move(at, start, came, taken)
                return
            waiting.append(taken[at])


def _move(at: int, start: int, came: dict[int, int], taken: dict[int, int]) -> None:
    while True:
        place = came[at]
        before = next((other for other, holder in taken.items() if holder == place), None)
        taken[at] = place
        if place == start or before is None:
            return
        at = before


class _Sort(IntEnum):
    """How a line speaks for being a known entry: by a reference that decides, by another one, or by none."""

    SURE = 0
    LIKELY = 1
    POSSIBLE = 2


def _edges(entry: StatementEntry, known: Sequence[KnownEntry]) -> list[tuple[int, _Sort]]:
    """Return which known entries a line may be, the likeliest first."""
    said = references_of(entry)
    may_be = [at for at, each in enumerate(known) if _days_agree(entry, each) and not _is_other(said, each)]
    may_be.sort(key=lambda at: (said not in known[at].sightings, _is_bare(known[at]), at))
    return [(at, _sort(said, known[at])) for at in may_be]


def _sort(said: References, known: KnownEntry) -> _Sort:
    if any(agrees(said, sighting) for sighting in known.sightings):
        return _Sort.SURE
    if any(ids_of(said) & ids_of(sighting) or same_text(said, sighting) for sighting in known.sightings):
        return _Sort.LIKELY
    return _Sort.POSSIBLE


def _is_other(said: References, known: KnownEntry) -> bool:
    """Return whether what is said contradicts every sighting."""
    return bool(known.sightings) and all(contradicts(said, sighting) for sighting in known.sightings)


def _is_bare(known: KnownEntry) -> bool:
    return not any(any(msgspec.structs.astuple(sighting)) for sighting in known.sightings)


def _days_agree(entry: StatementEntry, known: KnownEntry) -> bool:
    """Return whether the days agree that both say; where each says another one, those stand for both."""
    by_value = entry.has_value_date and known.has_value_date
    by_booking = entry.has_booking_date and known.has_booking_date
    if by_booking and entry.booking_date != known.booking_date:
        return False
    return (by_booking and not by_value) or entry.value_date == known.value_date


def _numbered(
    entry: StatementEntry,
    known: KnownEntry | None,
    counts: dict[tuple[int, date, date], int],
    account: str,
    currency: str,
) -> Numbered:
    said = references_of(entry)
    if known is not None:
        return Numbered(entry=entry, key=known.key, known=known, now=_with(known, said))
    alike_as = (entry.amount_minor, entry.value_date, entry.booking_date)
    ordinal = counts[alike_as] = counts.get(alike_as, 0) + 1
    new = KnownEntry(
        key=entry_key(
            account=account,
            currency=currency,
            amount_minor=entry.amount_minor,
            value_date=entry.value_date,
            booking_date=entry.booking_date,
            ordinal=ordinal,
        ),
        account=account,
        currency=currency,
        amount_minor=entry.amount_minor,
        value_date=entry.value_date,
        booking_date=entry.booking_date,
        ordinal=ordinal,
        has_value_date=entry.has_value_date,
        has_booking_date=entry.has_booking_date,
        sightings=(said,),
    )
    return Numbered(entry=entry, key=new.key, known=None, now=new)


def _with(known: KnownEntry, said: References) -> KnownEntry:
    """Return a known entry that one more statement speaks of; what says less than another sighting is dropped."""
    if any(is_within(said, sighting) for sighting in known.sightings):
        return known
    kept = tuple(sighting for sighting in known.sightings if not is_within(sighting, said))
    return msgspec.structs.replace(known, sightings=(*kept, said))

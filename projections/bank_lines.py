"""Bank lines are what stands between the bank's statements and the bank accounts of the ledger, each by its reason."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Generic, Literal, NamedTuple, TypeVar

from msgspec import Struct

from domain.break_events import BreakKind
from domain.references import bank_entry_id
from projections.bank_side import WRITTEN_OFF, BankSide, DirectPosting, Entry

LineKind = Literal["unmatched", "another-day", "not-on-statement", "opening", "statement"]
"""
An entry that nobody knows the meaning of; an entry that the ledger posts on another day, or beyond what is looked at; a
posting of the ledger that no statement shows; what the first statement opened with; a statement that is missing or
doesn't add up.
"""


class BankLine(Struct, frozen=True, kw_only=True, gc=False):
    """
    By how much, in minor units, the bank has more than the ledger because of one thing; below zero, less.

    account: of the ledger; bank_account: by its key, empty for what only the ledger posted; day: of booking or posting;
    reference: the entry, the open item or the statement; position: where it stands in the log; match: of an entry;
    broken: the open break about it, and its kind, both empty where nobody raised one.
    """

    kind: LineKind
    account: str
    bank_account: str = ""
    currency: str
    day: date
    amount_minor: int
    reference: str
    position: int
    match: str = ""
    broken: str = ""
    broken_as: BreakKind | Literal[""] = ""


B = TypeVar("B")


class Placed(NamedTuple, Generic[B]):
    """A line, and where it belongs of what is compared."""

    at: B
    line: BankLine


class _Item(NamedTuple):
    """What was posted on a bank account by one event, and given up of it later."""

    first: DirectPosting
    postings: Sequence[DirectPosting]


def bank_lines(
    side: BankSide,
    direct: Sequence[DirectPosting],
    *,
    on_statement: Callable[[Entry], B | None],
    in_ledger: Callable[[date], B | None],
) -> Iterator[Placed[B]]:
    """
    Yield every line between the bank and the ledger, as far as either is looked at.

    on_statement, in_ledger: where an entry of the bank, and a posting for a day, belong of what is compared, as its
    day; nothing where they aren't looked at. Per place, the lines sum to the bank's entries less the ledger's postings.
    """
    items = _items(direct)
    placed = {name: in_ledger(item.first.day) for name, item in items.items()}
    for entry in side.entries.values():
        yield from _of_entry(side, entry, on_statement(entry), placed, in_ledger)
    agreed = side.agreed_by_item()
    for name, item in items.items():
        yield from _of_item(side, name, item, agreed.get(name, 0), in_ledger)


def _items(direct: Iterable[DirectPosting]) -> dict[str, _Item]:
    by_item: dict[str, list[DirectPosting]] = defaultdict(list)
    for posting in direct:
        by_item[posting.item].append(posting)
    return {
        name: _Item(next((each for each in postings if each.topic != WRITTEN_OFF), postings[0]), postings)
        for name, postings in by_item.items()
    }


def _of_entry(
    side: BankSide,
    entry: Entry,
    booked_at: B | None,
    placed: dict[str, B | None],
    in_ledger: Callable[[date], B | None],
) -> Iterator[Placed[B]]:
    sums: dict[B, int] = defaultdict(int)
    days: dict[B, date] = {}
    if booked_at is not None:
        sums[booked_at] += entry.amount_minor
        days[booked_at] = entry.booked_on
    for posted in entry.posted:
        if (at := in_ledger(posted.day)) is not None:
            sums[at] -= posted.amount_minor
            days.setdefault(at, posted.day)
    for agreed in entry.agreed:
        if (at := placed.get(agreed.item)) is not None:
            sums[at] -= agreed.amount_minor
            days.setdefault(at, entry.booked_on)
    reference = bank_entry_id(entry.entry)
    known = side.break_about(reference)
    for at, amount_minor in sums.items():
        if amount_minor:
            line = BankLine(
                kind="unmatched" if at == booked_at and not entry.match else "another-day",
                account=entry.account,
                bank_account=entry.bank_account,
                currency=entry.currency,
                day=days[at],
                amount_minor=amount_minor,
                reference=reference,
                position=entry.position,
                match=entry.match,
                broken=known.reference if known else "",
                broken_as=known.kind if known else "",
            )
            yield Placed(at, line)


def _of_item(
    side: BankSide, name: str, item: _Item, agreed_minor: int, in_ledger: Callable[[date], B | None]
) -> Iterator[Placed[B]]:
    sums: dict[B, int] = defaultdict(int)
    if (at := in_ledger(item.first.day)) is not None:
        sums[at] += agreed_minor
    for posting in item.postings:
        if (at := in_ledger(posting.day)) is not None:
            sums[at] -= posting.amount_minor
    known = side.break_about(name)
    for at, amount_minor in sums.items():
        if amount_minor:
            line = BankLine(
                kind="not-on-statement",
                account=item.first.account,
                currency=item.first.currency,
                day=item.first.day,
                amount_minor=amount_minor,
                reference=name,
                position=item.first.position,
                broken=known.reference if known else "",
                broken_as=known.kind if known else "",
            )
            yield Placed(at, line)

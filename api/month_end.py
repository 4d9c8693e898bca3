"""
The reconciliation of a month as finance files it: per bank account what moved and what differs, and all that is open.

Nobody signs it off here: it says which position of the log it looks at and the root of the log's tree there, so that
anybody can tell, by a checkpoint, that it was made of the log as it stood.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from msgspec import Struct

from api.composition import OpenedBook
from api.reconciling.break_views import age_of
from domain.accounts import control_of
from domain.bank_entry import Target
from domain.break_events import BreakKind
from domain.period import Month, month_of
from domain.references import kind_of
from ledger.transparency import Frontier
from projections.bank_lines import BankLine
from projections.bank_proof import BankCover, BankProof, BankProofs, bank_proofs
from projections.bank_side import BankSide, Entry, bank_side
from projections.moment import Moment
from projections.payouts import PayoutRow, PayoutsSought, search_payouts
from projections.projection import Connection
from projections.proof_of_holds import CurrencyProof, proof_of_holds
from projections.three_way import ThreeWayRow, ThreeWaySought, three_way

_LEAVES = "SELECT leaf_hash FROM ledger.events WHERE book = %s AND position > %s AND position <= %s ORDER BY position"
_BATCH_LEAVES = 50_000


class Movement(Struct, frozen=True, kw_only=True, gc=False):
    """
    What a bank booked of one kind in the month, in minor units.

    kind: what the entries were matched to: a control account for what was collected or booked, payout, payout-returned,
    or unmatched; parts: how many entries, or parts of one.
    """

    kind: str
    parts: int
    amount_minor: int


class MonthAccount(Struct, frozen=True, kw_only=True):
    """
    An account at a bank in the month, in minor units: opening + movements + missing = closing.

    opening: as statements say, nothing where none says it; missing: what statements leave out; proof: the closing
    against the ledger; lines: by what both differ.
    """

    account: str
    currency: str
    opening_minor: int | None
    movements: list[Movement]
    missing_minor: int | None
    proof: BankProof
    lines: list[BankLine]


class OpenBreaks(Struct, frozen=True, kw_only=True, gc=False):
    """How many breaks of a kind and age are open at the end of the month, and what they come to in minor units."""

    kind: BreakKind
    age: str
    currency: str
    breaks: int
    amount_minor: int


class MonthEnd(Struct, frozen=True, kw_only=True):
    """
    The reconciliation of a month.

    position, root: of the log that it looks at, the root in hexadecimal; in_transit: payouts that banks were told of
    and no statement shows.
    """

    book: str
    month: str
    first_day: date
    last_day: date
    position: int
    root: str
    accounts: list[MonthAccount]
    breaks: list[OpenBreaks]
    in_transit: list[PayoutRow]
    flows: list[ThreeWayRow]
    holds: list[CurrencyProof]
    covers: list[BankCover]


def month_end(book: OpenedBook, month: str, moment: Moment) -> MonthEnd:
    """
    Return the reconciliation of a month, as YYYY-MM, as it is known at a moment's position.

    Raises, in this order: PeriodMalformed, LogCorrupt.
    """
    days = month_of(month)
    first_day, last_day = days.first_day, days.last_day
    known = Moment(moment.position, last_day)
    with book.pool.connection() as connection:
        proofs = bank_proofs(connection, book.name, moment=known)
        side = bank_side(connection, book.name, moment=moment)
        sought = ThreeWaySought(first_day=first_day, last_day=last_day, by_day=False)
        return MonthEnd(
            book=book.name,
            month=month,
            first_day=first_day,
            last_day=last_day,
            position=moment.position,
            root=_root_at(connection, book.name, moment.position),
            accounts=list(_accounts(side, proofs, days)),
            breaks=_breaks(side, last_day),
            in_transit=search_payouts(connection, book.name, PayoutsSought(), stage="in-transit", moment=known),
            flows=three_way(connection, book.name, sought, moment=moment).rows,
            holds=proof_of_holds(connection, book.name, moment=known),
            covers=proofs.covers,
        )


def _accounts(side: BankSide, proofs: BankProofs, days: Month) -> Iterator[MonthAccount]:
    of_month: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in side.entries.values():
        if days.first_day <= entry.booked_on <= days.last_day:
            of_month[entry.account, entry.currency].append(entry)
    for proof in proofs.accounts:
        key = (proof.account, proof.currency)
        opening_minor = _opening(side, proof, days.first_day)
        movements = _movements(of_month[key])
        moved_minor = sum(each.amount_minor for each in movements)
        is_known = proof.closing_minor is not None and opening_minor is not None
        yield MonthAccount(
            account=proof.account,
            currency=proof.currency,
            opening_minor=opening_minor,
            movements=movements,
            missing_minor=(proof.closing_minor or 0) - (opening_minor or 0) - moved_minor if is_known else None,
            proof=proof,
            lines=[line for line in proofs.lines if (line.account, line.currency) == key],
        )


def _opening(side: BankSide, proof: BankProof, first_day: date) -> int | None:
    """Return how the accounts at banks opened: as the last statement before closed, or else as the first opened."""
    openings = []
    for closing in proof.closings:
        said = side.accounts[closing.bank_account]
        before = said.last_by(date.fromordinal(first_day.toordinal() - 1))
        first = said.first()
        openings.append(before.closing_minor if before else first.opening_minor if first else None)
    known = [each for each in openings if each is not None]
    return sum(known) if known and len(known) == len(openings) else None


def _movements(entries: Iterable[Entry]) -> list[Movement]:
    parts: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    for entry in entries:
        for kind, amount_minor in _parts(entry):
            parts[kind] += 1
            sums[kind] += amount_minor
    return [Movement(kind=kind, parts=parts[kind], amount_minor=sums[kind]) for kind in sorted(parts)]


def _parts(entry: Entry) -> Iterator[tuple[str, int]]:
    if not entry.match:
        yield "unmatched", entry.amount_minor
    for target in entry.targets:
        yield _kind(target), target.amount_minor


def _kind(target: Target) -> str:
    if kind_of(target.item) == "payout":
        return "payout" if target.amount_minor < 0 else "payout-returned"
    return control_of(target.account).name


def _breaks(side: BankSide, last_day: date) -> list[OpenBreaks]:
    """Return what was open at the end of the month; what began after it isn't of it."""
    breaks: dict[tuple[BreakKind, str, str], list[int]] = defaultdict(list)
    for each in side.breaks.values():
        if each.since <= last_day:
            breaks[each.kind, age_of((last_day - each.since).days), each.currency].append(each.amount_minor)
    return [
        OpenBreaks(kind=kind, age=age, currency=currency, breaks=len(minors), amount_minor=sum(minors))
        for (kind, age, currency), minors in sorted(breaks.items())
    ]


def _root_at(connection: Connection, book: str, position: int) -> str:
    """Return the root of the log's tree over the events up to a position, in hexadecimal."""
    frontier = Frontier()
    for after in range(0, position, _BATCH_LEAVES):
        up_to = min(position, after + _BATCH_LEAVES)
        for (leaf_hash,) in connection.execute(_LEAVES, (book, after, up_to)):
            frontier.append(bytes(leaf_hash))
    return frontier.root().hex()

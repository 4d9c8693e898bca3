"""The bank beside the ledger as the API shows it: lines, postings, matches, and account by account how they agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

import msgspec
from msgspec import Struct

from api.reconciling.break_views import AGEING_DAYS, age_of
from api.reconciling.import_statement import Imported
from domain.bank_entry import Target
from domain.break_events import BreakKind
from domain.errors import NotFound
from projections.balances import all_balances
from projections.breaks import count_open_breaks
from projections.open_reconciliation import (
    all_bank_accounts,
    find_entries,
    find_matches,
    open_entries,
    open_items,
    statements_of,
)
from projections.projection import Connection
from projections.reconciliation_rows import BankEntryRow, BankMatchRow, BankStatementRow, OpenItemRow


@dataclass(eq=False, kw_only=True)
class MatchNotFound(NotFound):
    """There is no such match."""

    code: ClassVar[str] = "match.not_found"
    match: str


class BankAccountView(Struct, frozen=True, kw_only=True):
    """An account at a bank. account: what it is in the ledger; identifiers: what its bank calls it."""

    bank_account: str
    account: str
    currency: str
    identifiers: list[str]
    name: str
    bic: str | None
    country: str | None
    position: int


class BankStatementView(Struct, frozen=True, kw_only=True):
    """
    A statement as it was taken in, in minor units of its account's currency.

    difference: closing less opening and entries; gap: opening less the closing of the statement before.
    """

    statement: str
    bank_account: str
    currency: str
    number: str
    format: str
    file_sha256: str
    from_on: date | None
    to_on: date | None
    opening_minor: int | None
    closing_minor: int | None
    entries: int
    new_entries: int
    difference_minor: int | None
    gap_minor: int | None
    position: int


class BankEntryView(Struct, frozen=True, kw_only=True):
    """
    A line of a statement, in minor units of the currency, negative where money left.

    detail: stands for what the bank wrote, which a break about the line shows in clear; targets: what it is, while a
    match says so.
    """

    entry: str
    bank_account: str
    account: str
    currency: str
    amount_minor: int
    value_date: date
    booking_date: date
    ordinal: int
    statement: str
    code: str
    is_reversal: bool
    detail: str
    match: str | None
    targets: list[Target]
    position: int


class OpenItemView(Struct, frozen=True, kw_only=True):
    """
    A posting on a bank or clearing account, in minor units of the currency, with the sign that it has at the bank.

    of: the whole; settled: what statements show of it, or was written off; originator, topic: of the event that posted.
    """

    item: str
    account: str
    currency: str
    of_minor: int
    settled_minor: int
    open_minor: int
    originator: str
    topic: str
    reference: str
    posted_on: date
    position: int


class MatchView(Struct, frozen=True, kw_only=True):
    """A match: by which rule, why, who made it; and who undid it for which reason, where somebody did."""

    match: str
    entries: list[str]
    rule: str
    certain: bool
    score: int
    reason: str
    made_by: str
    made_at: datetime
    undone_by: str | None
    undone_at: datetime | None
    undone_for: str | None
    position: int


class MatchShown(MatchView, frozen=True, kw_only=True):
    """A match with its lines as they stand now."""

    lines: list[BankEntryView]


class AccountAgreement(Struct, frozen=True, kw_only=True):
    """
    How a bank's own balance and the ledger's agree, in minor units of the currency.

    closing: of the last statement, nothing before the first; ledger: what stands on the account; not_at_bank: postings
    on it that no statement shows yet; unmatched: lines that the ledger doesn't know yet; difference: closing less
    (ledger - not_at_bank + unmatched), which is nothing where every statement was taken in from the account's first.
    """

    bank_account: str
    account: str
    currency: str
    closed_on: date | None
    closing_minor: int | None
    ledger_minor: int
    not_at_bank_minor: int
    unmatched_minor: int
    unmatched_entries: int
    difference_minor: int | None


class BreakSum(Struct, frozen=True, kw_only=True):
    """How many breaks of a kind, a currency and an age are open, and what they come to."""

    kind: BreakKind
    currency: str
    age: str
    breaks: int
    amount_minor: int


class Standing(Struct, frozen=True, kw_only=True):
    """How bank and ledger agree: account by account, and the open breaks by kind and age."""

    accounts: list[AccountAgreement]
    breaks: list[BreakSum]
    ageing_days: list[int]
    position: int


class ProblemView(Struct, frozen=True, kw_only=True):
    """What couldn't be read: on which line of the file, and why."""

    line: int
    reason: str


class ImportedView(Struct, frozen=True, kw_only=True):
    """
    What became of a statement in a file, in minor units of the currency; see BankStatementView.

    recorded: whether something of it was new; new, known: of its lines.
    """

    bank_account: str
    statement: str
    number: str
    currency: str
    opening_minor: int | None
    closing_minor: int | None
    balanced: bool | None
    difference_minor: int | None
    gap_minor: int | None
    recorded: bool
    new: int
    known: int
    problems: list[ProblemView]


def statement_views(connection: Connection, book: str, rows: Sequence[BankStatementRow]) -> list[BankStatementView]:
    """Return statements with their accounts' currencies."""
    currencies = {each.bank_account: each.currency for each in all_bank_accounts(connection, book)}
    fields = [name for name in BankStatementView.__struct_fields__ if name != "currency"]
    return [
        BankStatementView(currency=currencies[row.bank_account], **{name: getattr(row, name) for name in fields})
        for row in rows
    ]


def entry_view(row: BankEntryRow) -> BankEntryView:
    """Return a line as it is shown."""
    targets = msgspec.json.decode(row.targets, type=list[Target]) if row.targets else []
    fields = [name for name in BankEntryView.__struct_fields__ if name not in {"match", "targets"}]
    return BankEntryView(match=row.match or None, targets=targets, **{name: getattr(row, name) for name in fields})


def item_view(row: OpenItemRow) -> OpenItemView:
    """Return a posting as it is shown."""
    return OpenItemView(**{name: getattr(row, name) for name in OpenItemView.__struct_fields__})


def match_view(row: BankMatchRow) -> MatchView:
    """Return a match as it is shown."""
    return MatchView(**_of_match(row))


def get_match(connection: Connection, book: str, match: str) -> MatchShown:
    """
    Return a match with its lines.

    Raises: MatchNotFound.
    """
    row = find_matches(connection, book, [match]).get(match)
    if row is None:
        raise MatchNotFound(match=match)
    lines = find_entries(connection, book, row.entries)
    return MatchShown(**_of_match(row), lines=[entry_view(lines[entry]) for entry in row.entries if entry in lines])


def imported_view(imported: Imported) -> ImportedView:
    """Return what became of a statement as it is shown; what the bank wrote isn't."""
    read = imported.read
    return ImportedView(
        bank_account=imported.bank_account,
        statement=imported.statement,
        number=read.number,
        currency=read.currency,
        opening_minor=read.opening_minor,
        closing_minor=read.closing_minor,
        balanced=read.balanced,
        difference_minor=read.difference_minor,
        gap_minor=imported.gap_minor,
        recorded=imported.recorded,
        new=imported.new,
        known=imported.known,
        problems=[ProblemView(line=each.line, reason=each.reason) for each in read.problems],
    )


def standing(connection: Connection, book: str, *, today: date, position: int) -> Standing:
    """Return how bank and ledger agree now."""
    balances = {(each.account, each.currency): each.balance_minor for each in all_balances(connection, book)}
    pending: dict[tuple[str, str], int] = {}
    for item in open_items(connection, book):
        key = item.account, item.currency
        pending[key] = pending.get(key, 0) + item.open_minor
    unmatched: dict[str, list[int]] = {}
    for entry in open_entries(connection, book, None):
        unmatched.setdefault(entry.bank_account, []).append(entry.amount_minor)
    return Standing(
        accounts=[
            _agreement(
                account.bank_account,
                (account.account, account.currency),
                statements_of(connection, book, account.bank_account),
                balances,
                pending,
                unmatched.get(account.bank_account, []),
            )
            for account in all_bank_accounts(connection, book)
        ],
        breaks=_sums(connection, book, today),
        ageing_days=list(AGEING_DAYS),
        position=position,
    )


def _agreement(
    bank_account: str,
    key: tuple[str, str],
    statements: Sequence[BankStatementRow],
    balances: Mapping[tuple[str, str], int],
    pending: Mapping[tuple[str, str], int],
    unmatched: Sequence[int],
) -> AccountAgreement:
    closed = [each for each in statements if each.closing_minor is not None and each.to_on]
    last = max(closed, key=lambda each: (each.to_on or date.min, each.position), default=None)
    ledger_minor, not_at_bank_minor = balances.get(key, 0), pending.get(key, 0)
    closing_minor = last.closing_minor if last else None
    expected_minor = ledger_minor - not_at_bank_minor + sum(unmatched)
    return AccountAgreement(
        bank_account=bank_account,
        account=key[0],
        currency=key[1],
        closed_on=last.to_on if last else None,
        closing_minor=closing_minor,
        ledger_minor=ledger_minor,
        not_at_bank_minor=not_at_bank_minor,
        unmatched_minor=sum(unmatched),
        unmatched_entries=len(unmatched),
        difference_minor=None if closing_minor is None else closing_minor - expected_minor,
    )


def _sums(connection: Connection, book: str, today: date) -> list[BreakSum]:
    sums: dict[tuple[str, str, str], tuple[int, int]] = {}
    for each in count_open_breaks(connection, book):
        key = each.kind, each.currency, age_of(max(0, (today - each.since).days))
        breaks, amount_minor = sums.get(key, (0, 0))
        sums[key] = breaks + each.breaks, amount_minor + each.amount_minor
    return [
        BreakSum(kind=kind, currency=currency, age=age, breaks=breaks, amount_minor=amount_minor)  # type: ignore[arg-type]
        for (kind, currency, age), (breaks, amount_minor) in sorted(sums.items())
    ]


def _of_match(row: BankMatchRow) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in MatchView.__struct_fields__}
    return told | {"undone_by": row.undone_by or None, "undone_for": row.undone_for or None}

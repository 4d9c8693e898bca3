"""What stands on both sides of a reconciliation: lines of statements, what the ledger expects, what was matched."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import msgspec

from api.composition import OpenedBook
from api.exchange.bank_statements.statement import StatementEntry
from api.reconciling.awaited import NextPayment, next_payments
from api.reconciling.details import read_details
from domain.bank_entry import Target
from domain.envelope import Recorded
from domain.matching import OpenEntry, OpenItem, SettledItem
from domain.party import Party
from domain.references import hold_id, key_of, kind_of, party_id, payout_id
from projections.derived_rows import in_parts
from projections.moment import NOW
from projections.open_reconciliation import (
    all_bank_accounts,
    buyers_by_order,
    latest_day,
    matched_since,
    open_entries,
    open_items,
)
from projections.payouts import PayoutRow, PayoutsSought, search_payouts
from projections.reconciliation_rows import BankAccountRow, BankEntryRow, OpenItemRow
from projections.streams import folded
from projections.timelines import events_at

REMEMBERED = timedelta(days=120)
"""For how long what was matched may come back, or be booked twice."""

_ORDER_KINDS = frozenset({"hold", "dispute", "guarantee"})
_ORIGINATOR = re.compile(r"open_item:(.+)@[0-9]+/[^/]+/[A-Z]{3}")
_TARGETS = msgspec.json.Decoder(list[Target])


class Sides(NamedTuple):
    """
    Both sides, and what stands behind them.

    rows, items: the lines and postings, by their references; told_until: up to which day each account's bank has
    spoken, by its ledger account; steps: for which payment step a buyer pays next, by the hold.
    """

    entries: Sequence[OpenEntry]
    expected: Sequence[OpenItem]
    settled: Sequence[SettledItem]
    rows: Mapping[str, BankEntryRow]
    items: Mapping[str, OpenItemRow]
    details: Mapping[str, StatementEntry]
    accounts: Sequence[BankAccountRow]
    told_until: Mapping[str, date]
    steps: Mapping[str, int]


def read_sides(book: OpenedBook, *, bank_account: str | None = None) -> Sides:
    """
    Return what is open. bank_account: of which lines alone are looked at.

    Raises: LogCorrupt.
    """
    with book.pool.connection() as connection:
        accounts = all_bank_accounts(connection, book.name)
        rows = {row.entry: row for row in open_entries(connection, book.name, bank_account)}
        items = {row.item: row for row in open_items(connection, book.name)}
        told = {each.account: latest_day(connection, book.name, each.bank_account) for each in accounts}
        told_until = {account: day for account, day in told.items() if day}
        since = max(told_until.values(), default=date.min + REMEMBERED) - REMEMBERED
        matched = list(matched_since(connection, book.name, bank_account, since=since))
        paid = search_payouts(connection, book.name, PayoutsSought(), stage="in-transit")
        awaited = list(next_payments(connection, book.name))
        debited = search_payouts(connection, book.name, PayoutsSought(), stage="paid")
        orders = buyers_by_order(connection, book.name) if items or awaited else {}
    parties = {_party(row) for row in items.values()} | {each.party for each in (*paid, *debited)}
    names = _Names(book, {*orders.values(), *parties} - {""})
    details = read_details(book, rows.values())
    return Sides(
        entries=[_entry(row, details.get(row.entry)) for row in rows.values()],
        expected=[
            *(_posting(row, orders, names) for row in items.values()),
            *(_payout(row, names) for row in paid),
            *(_payment(each, names) for each in awaited),
        ],
        settled=list(_settled(matched, {row.payout: row for row in debited}, names)),
        rows=rows,
        items=items,
        details=details,
        accounts=accounts,
        told_until=told_until,
        steps={hold_id(each.order): each.step for each in awaited},
    )


class _Names:
    """What parties are called, as far as that is kept in clear."""

    def __init__(self, book: OpenedBook, parties: Iterable[str]) -> None:
        self._commitments: dict[str, str] = {}
        with book.pool.connection() as connection:
            for some in in_parts(sorted(parties)):
                self._read(events_at(connection, book.name, [party_id(party) for party in some], NOW))
        self._values = book.confidential.find_all(self._commitments.values())

    def of(self, party: str) -> tuple[str, ...]:
        """Return a party's names."""
        value = self._values.get(self._commitments.get(party, ""))
        return (value.decode(),) if value else ()

    def _read(self, events: Iterable[Recorded]) -> None:
        histories: dict[str, list[Recorded]] = {}
        for event in events:
            histories.setdefault(event.originator_id, []).append(event)
        for reference, history in histories.items():
            party = folded(history)
            if isinstance(party, Party) and "name" in party.profile:
                self._commitments[key_of(reference)] = party.profile["name"]


def _entry(row: BankEntryRow, detail: StatementEntry | None) -> OpenEntry:
    if detail is None:
        return OpenEntry(
            entry=row.entry,
            account=row.account,
            currency=row.currency,
            amount_minor=row.amount_minor,
            value_date=row.value_date,
            booking_date=row.booking_date,
            code=row.code,
            is_reversal=row.is_reversal,
        )
    parts = detail.parts
    said = (detail.reference, detail.holder_reference, *(part.end_to_end_id for part in parts))
    return OpenEntry(
        entry=row.entry,
        account=row.account,
        currency=row.currency,
        amount_minor=row.amount_minor,
        value_date=row.value_date,
        booking_date=row.booking_date,
        end_to_end_id=detail.end_to_end_id,
        references=tuple(each for each in dict.fromkeys(said) if each not in {"", detail.bank_reference}),
        bank_reference=detail.bank_reference,
        remittance=" ".join(filter(None, (detail.remittance, *(part.remittance for part in parts)))),
        counterparty=detail.counterparty,
        code=row.code,
        is_reversal=row.is_reversal,
        return_reason=detail.return_reason,
    )


def _posting(row: OpenItemRow, orders: Mapping[str, str], names: _Names) -> OpenItem:
    order = key_of(row.originator).partition("/")[0] if kind_of(row.originator) in _ORDER_KINDS else ""
    if kind_of(row.originator) == "settlement":
        return _settlement(row)
    about = order or key_of(row.originator)
    return OpenItem(
        item=row.item,
        kind="collection" if row.account.startswith("clearing:") else "posting",
        currency=row.currency,
        amount_minor=row.open_minor,
        expected_on=row.posted_on,
        account="" if row.account.startswith("clearing:") else row.account,
        references=tuple(dict.fromkeys(filter(None, (about, row.reference)))),
        names=names.of(orders[order] if order in orders else _party(row)),
        trade=order,
    )


def _party(row: OpenItemRow) -> str:
    """Return whose payee account posted, empty where none did."""
    return key_of(row.originator).rpartition("/")[0] if kind_of(row.originator) == "payee" else ""


def _settlement(row: OpenItemRow) -> OpenItem:
    """Return what a payment provider pays out: by its own reference, or by the one that the bank shows."""
    provider, _, settlement = key_of(row.originator).partition("/")
    return OpenItem(
        item=row.item,
        kind="settlement",
        currency=row.currency,
        amount_minor=row.open_minor,
        expected_on=row.posted_on,
        references=tuple(dict.fromkeys(filter(None, (settlement, row.reference)))),
        names=(provider.replace("-", " "),),
    )


def _payout(row: PayoutRow, names: _Names) -> OpenItem:
    return OpenItem(
        item=payout_id(row.payout),
        kind="payout",
        currency=row.currency,
        amount_minor=row.debited_minor - row.amount_minor,
        expected_on=row.pay_on,
        account=row.pays_from,
        references=tuple(filter(None, (row.payout, row.file))),
        names=names.of(row.party),
    )


def _payment(awaited: NextPayment, names: _Names) -> OpenItem:
    return OpenItem(
        item=hold_id(awaited.order),
        kind="expected",
        currency=awaited.currency,
        amount_minor=awaited.amount_minor,
        expected_on=awaited.placed_on,
        references=(awaited.order,),
        names=names.of(awaited.buyer),
        trade=awaited.order,
    )


def _settled(matched: Iterable[BankEntryRow], debited: Mapping[str, PayoutRow], names: _Names) -> Iterator[SettledItem]:
    """Yield what lines settled: payouts that are paid, and postings; what came back since isn't paid any more."""
    for row in matched:
        for target in _TARGETS.decode(row.targets):
            item = _settled_item(row, target, debited, names)
            if item:
                yield SettledItem(item=item, entry=row.entry, settled_on=row.booking_date)


def _settled_item(
    row: BankEntryRow, target: Target, debited: Mapping[str, PayoutRow], names: _Names
) -> OpenItem | None:
    payout = debited.get(key_of(target.item)) if kind_of(target.item) == "payout" else None
    named = _ORIGINATOR.fullmatch(target.item)
    if payout is None and named is None:
        return None
    about = payout.payout if payout else key_of(named[1]).partition("/")[0] if named else ""
    return OpenItem(
        item=target.item,
        kind="payout" if payout else "posting",
        currency=row.currency,
        amount_minor=target.amount_minor,
        expected_on=row.booking_date,
        account=row.account,
        references=(about,),
        names=names.of(payout.party) if payout else (),
    )

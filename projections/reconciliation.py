"""
Reconciliation is the bank beside the ledger: accounts at banks, statements, lines, postings that show there, matches.

One row each, up to positions.reconciliation. Money is in minor units, with the sign that it has at the bank.
"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, NamedTuple

import msgspec
from msgspec.structs import replace

from domain.bank_account import BankAccountRegistered, BankAccountStatementRecorded
from domain.bank_entry import BankEntryMatched, BankEntryRecorded, BankEntryUnmatched
from domain.bank_match import BankMatchMade, BankMatchUndone
from domain.envelope import Recorded
from domain.open_item import OpenItemSettled, OpenItemUnsettled, OpenItemWrittenOff
from domain.references import key_of, kind_of, open_item_id
from domain.settlement import PAID_OUT
from projections.keyed_rows import KeyedTable
from projections.projection import Booked, Connection, Difference, Events, Projection, first_difference
from projections.reconciliation_rows import (
    ACCOUNTS,
    ENTRIES,
    ITEMS,
    MATCHES,
    STATEMENTS,
    BankAccountRow,
    BankEntryRow,
    BankMatchRow,
    BankStatementRow,
    OpenItemRow,
)

KINDS = frozenset({"bank_account", "bank_entry", "bank_match", "open_item"})
AT_BANK_SOON = ("clearing:", "bank:safeguarded:", "bank:operator:")
TAKEN_OVER = frozenset({"takeover.balances_recorded", "hold.taken_over"})
"""What they post on a bank account was at the bank before its first statement here."""


_TABLES: tuple[KeyedTable[Any], ...] = (ACCOUNTS, STATEMENTS, ENTRIES, ITEMS, MATCHES)


class _Rows(NamedTuple):
    """Rows by key, one dictionary a table, in the order of `_TABLES`."""

    accounts: dict[str, BankAccountRow]
    statements: dict[str, BankStatementRow]
    entries: dict[str, BankEntryRow]
    items: dict[str, OpenItemRow]
    matches: dict[str, BankMatchRow]

    @property
    def by_table(self) -> tuple[dict[str, Any], ...]:
        """Return them without their names."""
        return (self.accounts, self.statements, self.entries, self.items, self.matches)

    def copy(self) -> "_Rows":
        """Return them, to be changed."""
        return _Rows(
            dict(self.accounts), dict(self.statements), dict(self.entries), dict(self.items), dict(self.matches)
        )


class Reconciliation(Projection):
    """The bank beside the ledger."""

    name: ClassVar[str] = "reconciliation"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = tuple(table.name for table in _TABLES)

    def fold(self, connection: Connection, events: Events) -> None:
        """Add what banks said and what was posted; change what was matched, undone, settled."""
        booked = [each for each in events.booked if _shows_at_bank(each.recorded)]
        about = [each for each in events.recorded if kind_of(each.originator_id) in KINDS]
        if not (booked or about):
            return
        keys = _keys(about)
        before = _Rows(*(table.read(connection, events.book, keys[table.name]) for table in _TABLES))
        after = _folded(before.copy(), booked, about)
        for table, stood, stands in zip(_TABLES, before.by_table, after.by_table, strict=True):
            table.replace(connection, events.book, stood, stands)

    def difference(self, connection: Connection, book: str, log: Iterable[Events]) -> Difference | None:
        """
        Derive all rows anew and return the first that stands otherwise, or the first posting that a match took for
        one of another amount.
        """
        rows = _Rows({}, {}, {}, {}, {})
        for events in log:
            booked = [each for each in events.booked if _shows_at_bank(each.recorded)]
            rows = _folded(rows, booked, [each for each in events.recorded if kind_of(each.originator_id) in KINDS])
        for table, derived in zip(_TABLES, rows.by_table, strict=True):
            stored = table.stored(connection, book)
            if found := first_difference(self.name, stored, table.derived(derived), key_columns=1):
                return found
        for item in rows.items.values():
            if item.said_minor not in {None, item.of_minor}:
                return Difference(self.name, item.item, f"settled as {item.said_minor}", f"posted {item.of_minor}")
        return None


def _shows_at_bank(recorded: Recorded) -> bool:
    return kind_of(recorded.originator_id) not in KINDS


def _keys(about: Sequence[Recorded]) -> dict[str, list[str]]:
    """Return the keys of rows that events change, by table."""
    keys: dict[str, list[str]] = {table.name: [] for table in _TABLES}
    for recorded in about:
        match recorded.event:
            case BankAccountStatementRecorded(statement=statement):
                keys[STATEMENTS.name].append(statement)
            case BankEntryMatched() | BankEntryUnmatched():
                keys[ENTRIES.name].append(key_of(recorded.originator_id))
            case OpenItemSettled() | OpenItemUnsettled() | OpenItemWrittenOff():
                keys[ITEMS.name].append(recorded.originator_id)
            case BankMatchUndone():
                keys[MATCHES.name].append(key_of(recorded.originator_id))
            case _:
                pass
    return keys


def _folded(rows: _Rows, booked: Sequence[Booked], about: Sequence[Recorded]) -> _Rows:
    """Change rows by what was posted, then by what was said about the bank: a posting comes before its match."""
    for each in booked:
        _post(rows.items, each)
    for recorded in about:
        match kind_of(recorded.originator_id):
            case "bank_account":
                _apply_to_account(rows, recorded)
            case "bank_entry":
                _apply_to_entry(rows.entries, recorded)
            case "bank_match":
                _apply_to_match(rows.matches, recorded)
            case _:
                _apply_to_item(rows.items, recorded)
    return rows


def _apply_to_account(rows: _Rows, recorded: Recorded) -> None:
    key = key_of(recorded.originator_id)
    match recorded.event:
        case BankAccountRegistered() as event:
            rows.accounts[key] = _account(key, event, recorded.position)
        case BankAccountStatementRecorded() as event:
            rows.statements[event.statement] = _statement(key, event, recorded.position)
        case _:
            pass


def _apply_to_entry(rows: dict[str, BankEntryRow], recorded: Recorded) -> None:
    key, position = key_of(recorded.originator_id), recorded.position
    match recorded.event:
        case BankEntryRecorded() as event:
            rows[key] = _entry(key, event, position)
        case BankEntryMatched() as event:
            targets = msgspec.json.encode(event.targets).decode()
            _change(rows, key, match=event.match, targets=targets, position=position)
        case BankEntryUnmatched():
            _change(rows, key, match="", targets="", position=position)
        case _:
            pass


def _apply_to_match(rows: dict[str, BankMatchRow], recorded: Recorded) -> None:
    key = key_of(recorded.originator_id)
    match recorded.event:
        case BankMatchMade() as event:
            rows[key] = _match(key, event, recorded)
        case BankMatchUndone() as event:
            _change(
                rows,
                key,
                undone_by=event.undone_by,
                undone_at=recorded.state.recorded_at,
                undone_for=event.reason,
                position=recorded.position,
            )
        case _:
            pass


def _apply_to_item(rows: dict[str, OpenItemRow], recorded: Recorded) -> None:
    match recorded.event:
        case (OpenItemSettled() | OpenItemWrittenOff()) as event:
            _settle(rows, recorded, event.amount_minor, said_minor=event.of_minor)
        case OpenItemUnsettled() as event:
            _settle(rows, recorded, -event.amount_minor, said_minor=None)
        case _:
            pass


def _post(items: dict[str, OpenItemRow], booked: Booked) -> None:
    """Add what an event posted on bank and clearing accounts."""
    recorded, entry = booked
    sums: dict[tuple[str, str], int] = {}
    for posting in entry.postings:
        if posting.account.startswith(AT_BANK_SOON):
            key = posting.account, posting.currency
            sums[key] = sums.get(key, 0) + posting.amount_minor
    for (account, currency), of_minor in sums.items():
        if not of_minor or not _is_awaited(recorded, account):
            continue
        item = open_item_id(recorded.originator_id, recorded.originator_version, account, currency)
        items[item] = OpenItemRow(
            item=item,
            account=account,
            currency=currency,
            of_minor=of_minor,
            settled_minor=0,
            said_minor=None,
            originator=recorded.originator_id,
            topic=recorded.topic,
            reference=getattr(recorded.event, "reference", ""),
            posted_on=recorded.state.posting_date,
            posted=recorded.position,
            position=recorded.position,
        )


def _is_awaited(recorded: Recorded, account: str) -> bool:
    """
    Return whether what was posted shows at a bank some day: what was taken over did already, and of a provider's
    settlement only what it pays out does, for its lines are what the provider's account is said to have been.
    """
    if kind_of(recorded.originator_id) == "settlement":
        return account.endswith(PAID_OUT)
    return not (recorded.topic in TAKEN_OVER and account.startswith("bank:"))


def _settle(items: dict[str, OpenItemRow], recorded: Recorded, amount_minor: int, *, said_minor: int | None) -> None:
    """Settle some of a posting; one that no event posted is of nothing, which `difference` tells."""
    row = items.get(recorded.originator_id) or _never_posted(recorded)
    items[row.item] = replace(
        row,
        settled_minor=row.settled_minor + amount_minor,
        said_minor=row.said_minor if said_minor is None else said_minor,
        position=recorded.position,
    )


def _never_posted(recorded: Recorded) -> OpenItemRow:
    event = recorded.event
    return OpenItemRow(
        item=recorded.originator_id,
        account=getattr(event, "account", ""),
        currency=getattr(event, "currency", ""),
        of_minor=0,
        settled_minor=0,
        said_minor=None,
        originator="",
        topic="",
        reference="",
        posted_on=recorded.state.posting_date,
        posted=recorded.position,
        position=recorded.position,
    )


def _change(rows: dict[str, Any], key: str, **changes: Any) -> None:
    """Change a row; one that tampering took away stays away, for `verify` to find."""
    if row := rows.get(key):
        rows[key] = replace(row, **changes)


def _account(key: str, event: BankAccountRegistered, position: int) -> BankAccountRow:
    return BankAccountRow(
        bank_account=key,
        account=event.account,
        currency=event.currency,
        identifiers=list(event.identifiers),
        name=event.name,
        bic=event.bic,
        country=event.country,
        position=position,
    )


def _statement(key: str, event: BankAccountStatementRecorded, position: int) -> BankStatementRow:
    return BankStatementRow(
        statement=event.statement,
        bank_account=key,
        number=event.number,
        format=event.format,
        file_sha256=event.file_sha256,
        from_on=event.from_on,
        to_on=event.to_on,
        opening_minor=event.opening_minor,
        closing_minor=event.closing_minor,
        entries=event.entries,
        new_entries=event.new_entries,
        difference_minor=event.difference_minor,
        gap_minor=event.gap_minor,
        position=position,
    )


def _entry(key: str, event: BankEntryRecorded, position: int) -> BankEntryRow:
    return BankEntryRow(
        entry=key,
        bank_account=event.bank_account,
        account=event.account,
        currency=event.currency,
        amount_minor=event.amount_minor,
        value_date=event.value_date,
        booking_date=event.booking_date,
        ordinal=event.ordinal,
        statement=event.statement,
        code=event.code,
        is_reversal=event.is_reversal,
        detail=event.detail,
        match="",
        targets="",
        recorded=position,
        position=position,
    )


def _match(key: str, event: BankMatchMade, recorded: Recorded) -> BankMatchRow:
    return BankMatchRow(
        match=key,
        entries=list(event.entries),
        rule=event.rule,
        certain=event.certain,
        score=event.score,
        reason=event.reason,
        made_by=event.made_by,
        made_at=recorded.state.recorded_at,
        undone_by="",
        undone_at=None,
        undone_for="",
        made=recorded.position,
        position=recorded.position,
    )

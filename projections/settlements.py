"""
Settlements are one row per payout of a payment provider, and one per line of it: what the line is, or that it is open.

Up to positions.settlements. Money is in minor units; what goes back to buyers is below zero.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, ClassVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from psycopg import sql

from domain.envelope import Recorded
from domain.references import key_of, kind_of, open_item_id
from domain.settlement import DIFFERENCE
from domain.settlement_events import (
    SettledLine,
    SettlementLinesCleared,
    SettlementLinesRecorded,
    SettlementLinesReopened,
    SettlementRecorded,
)
from projections.keyed_rows import KeyedTable
from projections.projection import POSITION_MAX, Connection, Difference, Events, Projection, first_difference


class SettlementRow(Struct, frozen=True, gc=False):
    """
    A settlement; see domain.settlement_events.SettlementRecorded.

    settlement: the key, as `stripe/po_1`; item: under which name what is paid out waits for the bank; detail: stands
    for what couldn't be read; recorded_on: the accounting day; recorded, position: of its first and its last event.
    """

    settlement: str
    currency: str
    settled_on: date | None
    bank_reference: str
    account: str
    item: str
    mapping: str
    file_sha256: str
    lines: int
    unread: int
    gross_minor: int
    fee_minor: int
    tax_minor: int
    net_minor: int
    difference_minor: int
    detail: str
    recorded_on: date
    recorded: int
    position: int


class SettlementLineRow(Struct, frozen=True, gc=False):
    """
    A line of a settlement; line 0 is what the settlement differs by.

    settlement_line: as `stripe/po_1/17`; to_explain_minor: what of it has to be explained, nothing where the provider
    took it for itself; targets: what it is, as JSON, empty while it is open; was_reopened: whether
    somebody took back before what it is.
    """

    settlement_line: str
    settlement: str
    number: int
    kind: str
    reference: str
    payment_reference: str
    occurred_on: date | None
    gross_minor: int
    fee_minor: int
    tax_minor: int
    net_minor: int
    to_explain_minor: int
    targets: str
    was_reopened: bool
    position: int


SETTLEMENTS = KeyedTable(
    "settlements",
    SettlementRow,
    (*("text", "text", "date", *("text",) * 5, "int4", "int4", *("int8",) * 5), "text", "date", "int8", "int8"),
)
LINES = KeyedTable(
    "settlements_lines",
    SettlementLineRow,
    ("text", "text", "int4", "text", "text", "text", "date", *("int8",) * 5, "text", "bool", "int8"),
)
_PAGE = """
    SELECT {columns} FROM {table} WHERE book = %(book)s AND recorded < %(before)s
    AND (%(provider)s::text IS NULL OR starts_with(settlement, %(provider)s || '/'))
    ORDER BY recorded DESC LIMIT %(limit)s
"""
_LINES = """
    SELECT {columns} FROM {table} WHERE book = %(book)s AND settlement = %(settlement)s AND number > %(after)s
    AND (%(is_open)s::bool IS NULL OR (targets = '' AND to_explain_minor <> 0) = %(is_open)s)
    ORDER BY number LIMIT %(limit)s
"""
_OPEN = """
    SELECT {columns} FROM {table} WHERE book = %s AND targets = '' AND to_explain_minor <> 0 ORDER BY settlement, number
"""
_PAID = """
    SELECT DISTINCT payment_reference, kind FROM projections.settlements_lines
    WHERE book = %s AND targets <> '' AND payment_reference = ANY(%s)
"""
_COUNT = """
    SELECT settlement, count(*) FROM projections.settlements_lines
    WHERE book = %s AND targets = '' AND to_explain_minor <> 0 AND settlement = ANY(%s) GROUP BY settlement
"""

_Rows = tuple[dict[str, SettlementRow], dict[str, SettlementLineRow]]


class Settlements(Projection):
    """One row per settlement, and one per line."""

    name: ClassVar[str] = "settlements"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("settlements", "settlements_lines")

    def fold(self, connection: Connection, events: Events) -> None:
        """Add what providers said; change what lines are."""
        about = [each for each in events.recorded if _is_settlement(each)]
        if not about:
            return
        settlements = SETTLEMENTS.read(connection, events.book, {key_of(each.originator_id) for each in about})
        lines = LINES.read(connection, events.book, {key for each in about for key in _changed(each)})
        after = _folded((dict(settlements), dict(lines)), about)
        SETTLEMENTS.replace(connection, events.book, settlements, after[0])
        LINES.replace(connection, events.book, lines, after[1])

    def difference(self, connection: Connection, book: str, log: Iterable[Events]) -> Difference | None:
        """Derive all rows anew and return the first that stands otherwise."""
        rows: _Rows = ({}, {})
        for events in log:
            rows = _folded(rows, [each for each in events.recorded if _is_settlement(each)])
        stored = SETTLEMENTS.stored(connection, book)
        if found := first_difference("settlements", stored, SETTLEMENTS.derived(rows[0]), key_columns=1):
            return found
        return first_difference(
            "settlements_lines", LINES.stored(connection, book), LINES.derived(rows[1]), key_columns=1
        )


def search_settlements(
    connection: Connection,
    book: str,
    *,
    provider: str | None = None,
    before: int = POSITION_MAX,
    limit: int | None = None,
) -> list[SettlementRow]:
    """Return settlements, the last recorded first. before: the `recorded` of the last one of the page before."""
    asked = {"book": book, "provider": provider, "before": before, "limit": limit}
    return [SettlementRow(*row) for row in connection.execute(_over(_PAGE, SETTLEMENTS), asked)]


def find_settlements(connection: Connection, book: str, keys: Iterable[str]) -> dict[str, SettlementRow]:
    """Return settlements by their keys, as far as there are such."""
    return SETTLEMENTS.read(connection, book, keys)


def lines_of(
    connection: Connection,
    book: str,
    settlement: str,
    *,
    is_open: bool | None = None,
    after: int = -1,
    limit: int | None = None,
) -> list[SettlementLineRow]:
    """Return the lines of a settlement, in order. after: the number of the last one of the page before."""
    asked = {"book": book, "settlement": settlement, "is_open": is_open, "after": after, "limit": limit}
    return [SettlementLineRow(*row) for row in connection.execute(_over(_LINES, LINES), asked)]


def open_lines(connection: Connection, book: str) -> Iterator[SettlementLineRow]:
    """Yield the lines of all settlements that nobody explained yet."""
    return (SettlementLineRow(*row) for row in connection.execute(_over(_OPEN, LINES), (book,)))


def count_open_lines(connection: Connection, book: str, settlements: Iterable[str]) -> dict[str, int]:
    """Return how many lines are open of each of some settlements that have such."""
    return {row[0]: row[1] for row in connection.execute(_COUNT, (book, list(settlements)))}


def payments_explained(connection: Connection, book: str, references: Iterable[str]) -> set[tuple[str, str]]:
    """Return of some of providers' own references those, with the kind of their line, that a line is explained of."""
    return set(connection.execute(_PAID, (book, list(references))).fetchall())


def _is_settlement(recorded: Recorded) -> bool:
    return kind_of(recorded.originator_id) == "settlement"


def _changed(recorded: Recorded) -> Iterator[str]:
    """Yield the keys of lines that an event changes."""
    match recorded.event:
        case SettlementLinesCleared() | SettlementLinesReopened() as event:
            for target in event.targets:
                yield f"{key_of(recorded.originator_id)}/{target.line}"
        case _:
            pass


def _folded(rows: _Rows, about: Sequence[Recorded]) -> _Rows:
    settlements, lines = rows
    for recorded in about:
        key = key_of(recorded.originator_id)
        if isinstance(recorded.event, SettlementRecorded):
            settlements[key] = _settlement(key, recorded.event, recorded)
        _apply(lines, key, recorded)
        if key in settlements:
            settlements[key] = replace(settlements[key], position=recorded.position)
    return settlements, lines


def _apply(lines: dict[str, SettlementLineRow], key: str, recorded: Recorded) -> None:
    """Add and change lines by what happened to their settlement."""
    position = recorded.position
    match recorded.event:
        case SettlementRecorded(difference_minor=difference_minor) as event if difference_minor:
            lines[f"{key}/{DIFFERENCE}"] = _difference(key, event, position)
        case SettlementLinesRecorded() as event:
            lines.update({f"{key}/{line.number}": _line(key, line, position) for line in event.lines})
        case SettlementLinesCleared(targets=targets):
            for number in dict.fromkeys(target.line for target in targets):
                said = [target for target in targets if target.line == number]
                _change(lines, f"{key}/{number}", targets=msgspec.json.encode(said).decode(), position=position)
        case SettlementLinesReopened(targets=targets):
            for number in dict.fromkeys(target.line for target in targets):
                _change(lines, f"{key}/{number}", targets="", was_reopened=True, position=position)
        case _:
            pass


def _change(lines: dict[str, SettlementLineRow], settlement_line: str, **changes: Any) -> None:
    """Change a line; one that tampering took away stays away, for `verify` to find."""
    if row := lines.get(settlement_line):
        lines[settlement_line] = replace(row, **changes)


def _settlement(key: str, event: SettlementRecorded, recorded: Recorded) -> SettlementRow:
    originator, version = recorded.originator_id, recorded.originator_version
    return SettlementRow(
        settlement=key,
        currency=event.currency,
        settled_on=event.settled_on,
        bank_reference=event.reference,
        account=event.account,
        item=open_item_id(originator, version, event.paid_into, event.currency),
        mapping=event.mapping,
        file_sha256=event.file_sha256,
        lines=event.lines,
        unread=event.unread,
        gross_minor=event.gross_minor,
        fee_minor=event.fee_minor,
        tax_minor=event.tax_minor,
        net_minor=event.net_minor,
        difference_minor=event.difference_minor,
        detail=event.detail,
        recorded_on=recorded.state.posting_date,
        recorded=recorded.position,
        position=recorded.position,
    )


def _line(key: str, line: SettledLine, position: int) -> SettlementLineRow:
    return SettlementLineRow(
        settlement_line=f"{key}/{line.number}",
        settlement=key,
        number=line.number,
        kind=line.kind,
        reference=line.reference,
        payment_reference=line.payment_reference,
        occurred_on=line.occurred_on,
        gross_minor=line.gross_minor,
        fee_minor=line.fee_minor,
        tax_minor=line.tax_minor,
        net_minor=line.net_minor,
        to_explain_minor=0 if line.kind == "fee" else line.gross_minor,
        targets="",
        was_reopened=False,
        position=position,
    )


def _difference(key: str, event: SettlementRecorded, position: int) -> SettlementLineRow:
    return SettlementLineRow(
        settlement_line=f"{key}/{DIFFERENCE}",
        settlement=key,
        number=DIFFERENCE,
        kind="difference",
        reference="",
        payment_reference="",
        occurred_on=event.settled_on,
        gross_minor=0,
        fee_minor=0,
        tax_minor=0,
        net_minor=0,
        to_explain_minor=event.difference_minor,
        targets="",
        was_reopened=False,
        position=position,
    )


def _over(query: str, table: KeyedTable[SettlementRow] | KeyedTable[SettlementLineRow]) -> sql.Composed:
    return sql.SQL(query).format(columns=table.columns, table=table.table)

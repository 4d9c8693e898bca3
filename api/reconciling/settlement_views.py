"""Providers' settlements as the API shows them, and what a person says of their lines, made whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from api.composition import OpenedBook
from api.reconciling.import_settlements import ImportedSettlement
from api.reconciling.matching_said import OpenItemNotFound
from api.reconciling.views import ProblemView
from domain.commands.settlements import ClearSettlementLines
from domain.errors import NotFound
from domain.references import kind_of
from domain.settlement_events import LineTarget
from projections.open_reconciliation import find_items
from projections.projection import Connection
from projections.settlements import SettlementLineRow, SettlementRow, count_open_lines, find_settlements


@dataclass(eq=False, kw_only=True)
class SettlementNotFound(NotFound):
    """The provider's settlement of this name isn't recorded."""

    code: ClassVar[str] = "settlement.not_found"
    settlement: str


class SettlementView(Struct, frozen=True, kw_only=True):
    """
    What a payment provider pays out in one sum, in minor units of the currency.

    settlement: as `stripe/po_1`; account: where the provider's money stands; item: under which name what it pays out
    waits for the bank; lines, unread: how many were read, and couldn't be; open_lines: how many aren't explained;
    gross: of all lines but fees; fee, tax: what the provider took; net: what it pays out; difference: what net, fee and
    tax come to less gross.
    """

    settlement: str
    currency: str
    settled_on: date | None
    bank_reference: str | None
    account: str
    item: str
    mapping: str
    file_sha256: str
    lines: int
    unread: int
    open_lines: int
    gross_minor: int
    fee_minor: int
    tax_minor: int
    net_minor: int
    difference_minor: int
    position: int


class SettlementLineView(Struct, frozen=True, kw_only=True):
    """
    A line of a settlement, in minor units of the currency; line 0 is what the settlement differs by.

    reference: the order's, or what the marketplace gave; payment_reference: the provider's; to_explain: what of it has
    to be explained; targets: what it is, empty while it is open; reopened: whether somebody took back what it was.
    """

    number: int
    kind: str
    reference: str | None
    payment_reference: str | None
    occurred_on: date | None
    currency: str
    gross_minor: int
    fee_minor: int
    tax_minor: int
    net_minor: int
    to_explain_minor: int
    targets: list[LineTarget]
    reopened: bool


class ImportedSettlementView(Struct, frozen=True, kw_only=True):
    """
    What became of a settlement in a file, in minor units of the currency.

    settlement: the key by which it is known, nothing where it isn't paid out yet or couldn't be recorded, with the code
    in `refused`; recorded: whether it is new; differs: whether it was recorded before with another sum or number of
    lines; net: what is paid out, as the file says it; lines_net: what its lines come to.
    """

    settlement: str | None
    reference: str
    currency: str
    settled_on: date | None
    net_minor: int | None
    lines_net_minor: int
    balanced: bool | None
    recorded: bool
    differs: bool
    lines: int
    open_lines: int
    refused: str | None
    problems: list[ProblemView]


def settlement_views(connection: Connection, book: str, rows: Sequence[SettlementRow]) -> list[SettlementView]:
    """Return settlements with how many of their lines are open."""
    waiting = count_open_lines(connection, book, [row.settlement for row in rows])
    apart = {"bank_reference", "open_lines"}
    fields = [name for name in SettlementView.__struct_fields__ if name not in apart]
    return [
        SettlementView(
            bank_reference=row.bank_reference or None,
            open_lines=waiting.get(row.settlement, 0),
            **{name: getattr(row, name) for name in fields},
        )
        for row in rows
    ]


def get_settlement(connection: Connection, book: str, settlement: str) -> SettlementView:
    """
    Return a settlement by its key, as `stripe/po_1`.

    Raises: SettlementNotFound.
    """
    rows = list(find_settlements(connection, book, [settlement]).values())
    if not rows:
        raise SettlementNotFound(settlement=settlement)
    return settlement_views(connection, book, rows)[0]


def line_view(row: SettlementLineRow, currency: str) -> SettlementLineView:
    """Return a line as it is shown."""
    fields = ("number", "kind", "occurred_on", "gross_minor", "fee_minor", "tax_minor", "net_minor", "to_explain_minor")
    return SettlementLineView(
        currency=currency,
        reference=row.reference or None,
        payment_reference=row.payment_reference or None,
        targets=msgspec.json.decode(row.targets, type=list[LineTarget]) if row.targets else [],
        reopened=row.was_reopened,
        **{name: getattr(row, name) for name in fields},
    )


def imported_view(imported: ImportedSettlement) -> ImportedSettlementView:
    """Return what became of a settlement as it is shown; what the provider wrote beside the numbers isn't."""
    read = imported.read
    return ImportedSettlementView(
        settlement=imported.settlement or None,
        reference=read.reference,
        currency=read.currency,
        settled_on=read.settled_on,
        net_minor=read.net_minor,
        lines_net_minor=read.lines_minor,
        balanced=read.balanced,
        recorded=imported.recorded,
        differs=imported.differs,
        lines=len(read.lines),
        open_lines=imported.open_lines,
        refused=imported.refused or None,
        problems=[ProblemView(line=each.line, reason=each.reason) for each in read.problems],
    )


def whole_postings(book: OpenedBook, command: ClearSettlementLines) -> ClearSettlementLines:
    """
    Return what a person says of lines with how much each posting in it was in all, whatever was said of that.

    Raises: OpenItemNotFound.
    """
    named = {part.item for part in command.parts if kind_of(part.item) == "open_item"}
    whole: Mapping[str, int] = {}
    if named:
        with book.pool.connection() as connection:
            whole = {name: row.of_minor for name, row in find_items(connection, book.name, named).items()}
    if missing := sorted(named - set(whole)):
        raise OpenItemNotFound(item=missing[0][:200])
    return replace(
        command, parts=tuple(replace(part, of_minor=whole.get(part.item, part.of_minor)) for part in command.parts)
    )

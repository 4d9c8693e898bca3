"""What a bank wrote about a line of a statement, as it is kept beside the log, and how it is read again."""

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from api.composition import OpenedBook
from api.exchange.bank_statements.entry_references import references_of
from api.exchange.bank_statements.sameness import KnownEntry
from api.exchange.bank_statements.statement import StatementEntry
from ledger.confidential import VALUE_BYTES_MAX
from projections.reconciliation_rows import BankEntryRow

OWNER = "bank-statements"
"""Whose these values are: no party's, so that they are kept as long as the books are."""

_DECODER = msgspec.json.Decoder(StatementEntry)


def detail_of(entry: StatementEntry) -> bytes:
    """
    Return all that is known of a line, with the hash of its bytes, as JSON.

    Of a line with more payments in it than can be kept, the parts are left out; the hash still says what they were.
    """
    whole = msgspec.json.encode(entry)
    return whole if len(whole) <= VALUE_BYTES_MAX else msgspec.json.encode(replace(entry, parts=()))


def read_details(book: OpenedBook, rows: Iterable[BankEntryRow]) -> dict[str, StatementEntry]:
    """
    Return what banks wrote about lines, by key, as far as it is kept.

    Raises: LogCorrupt.
    """
    by_commitment = {row.detail: row.entry for row in rows}
    kept = book.confidential.find_all(by_commitment)
    return {by_commitment[commitment]: _DECODER.decode(value) for commitment, value in kept.items()}


def known_entries(book: OpenedBook, rows: Iterable[BankEntryRow]) -> list[KnownEntry]:
    """
    Return recorded lines as a statement's are compared with them.

    Raises: LogCorrupt.
    """
    listed = list(rows)
    details = read_details(book, listed)
    return [_known(row, details.get(row.entry)) for row in listed]


def _known(row: BankEntryRow, detail: StatementEntry | None) -> KnownEntry:
    return KnownEntry(
        key=row.entry,
        account=row.bank_account,
        currency=row.currency,
        amount_minor=row.amount_minor,
        value_date=row.value_date,
        booking_date=row.booking_date,
        ordinal=row.ordinal,
        has_value_date=detail.has_value_date if detail else True,
        has_booking_date=detail.has_booking_date if detail else True,
        sightings=(references_of(detail),) if detail else (),
    )

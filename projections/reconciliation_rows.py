"""The rows of reconciliation and their tables: accounts at banks, statements, lines, postings, matches."""

from datetime import date, datetime

from msgspec import Struct

from projections.keyed_rows import KeyedTable


class BankAccountRow(Struct, frozen=True, gc=False):
    """An account at a bank: its key, what it is in the ledger, what its bank calls it."""

    bank_account: str
    account: str
    currency: str
    identifiers: list[str]
    name: str
    bic: str
    country: str
    position: int


class BankStatementRow(Struct, frozen=True, gc=False):
    """A statement; see domain.bank_account.BankAccountStatementRecorded."""

    statement: str
    bank_account: str
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


class BankEntryRow(Struct, frozen=True, gc=False):
    """
    A line of a statement; see domain.bank_entry.BankEntryRecorded.

    detail: stands for what the bank wrote; match: by which it is matched, empty while it is open; targets: to what, as
    JSON; recorded, position: of its first and its last event.
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
    match: str
    targets: str
    recorded: int
    position: int


class OpenItemRow(Struct, frozen=True, gc=False):
    """
    A posting on a bank or clearing account.

    of_minor: the whole; settled_minor: what statements show of it, or was written off; said_minor: the whole, as
    matches said it, nothing before the first; originator, topic: of the event that posted it; reference: what that
    event says that the provider or bank calls it; posted_on: the accounting day; posted, position: of its first and
    last event.
    """

    item: str
    account: str
    currency: str
    of_minor: int
    settled_minor: int
    said_minor: int | None
    originator: str
    topic: str
    reference: str
    posted_on: date
    posted: int
    position: int

    @property
    def open_minor(self) -> int:
        """Return what no statement shows yet."""
        return self.of_minor - self.settled_minor


class BankMatchRow(Struct, frozen=True, gc=False):
    """A match: of which lines, by which rule, who made it and, if it was, who undid it for which reason."""

    match: str
    entries: list[str]
    rule: str
    certain: bool
    score: int
    reason: str
    made_by: str
    made_at: datetime
    undone_by: str
    undone_at: datetime | None
    undone_for: str
    made: int
    position: int


ACCOUNTS = KeyedTable(
    "reconciliation_accounts", BankAccountRow, ("text", "text", "text", "text[]", "text", "text", "text", "int8")
)
STATEMENTS = KeyedTable(
    "reconciliation_statements",
    BankStatementRow,
    (*("text",) * 5, "date", "date", "int8", "int8", "int4", "int4", "int8", "int8", "int8"),
)
ENTRIES = KeyedTable(
    "reconciliation_entries",
    BankEntryRow,
    (*("text",) * 4, "int8", "date", "date", "int4", "text", "text", "bool", "text", "text", "text", "int8", "int8"),
)
ITEMS = KeyedTable(
    "reconciliation_items",
    OpenItemRow,
    (*("text",) * 3, "int8", "int8", "int8", *("text",) * 3, "date", "int8", "int8"),
)
MATCHES = KeyedTable(
    "reconciliation_matches",
    BankMatchRow,
    (
        *("text", "text[]", "text", "bool", "int4", "text", "text", "timestamptz", "text", "timestamptz", "text"),
        *("int8", "int8"),
    ),
)

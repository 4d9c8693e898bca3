"""What is asked of the bank beside the ledger: what is open there, what was matched, what is known of a statement."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import asdict
from psycopg import sql

from domain.references import hold_id
from projections.projection import POSITION_MAX, Connection
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


class EntriesSought(Struct, frozen=True, kw_only=True):
    """Which lines are sought: of an account at a bank, of a statement, booked on some days, matched or not."""

    bank_account: str | None = None
    statement: str | None = None
    booked_from: date | None = None
    booked_to: date | None = None
    is_matched: bool | None = None


class ItemsSought(Struct, frozen=True, kw_only=True):
    """Which postings are sought: on an account, in a currency, open or settled."""

    account: str | None = None
    currency: str | None = None
    is_open: bool | None = None


class AwaitedPayment(NamedTuple):
    """What an order's buyer still has to pay: minor units of the currency, above zero."""

    order: str
    buyer: str
    currency: str
    amount_minor: int
    received_minor: int
    placed_on: date


_PAGE = "SELECT {columns} FROM {table} WHERE book = %(book)s"
_SEARCH_ENTRIES = (
    _PAGE
    + """
    AND recorded < %(before)s
    AND (%(bank_account)s::text IS NULL OR bank_account = %(bank_account)s)
    AND (%(statement)s::text IS NULL OR statement = %(statement)s)
    AND (%(booked_from)s::date IS NULL OR booking_date >= %(booked_from)s)
    AND (%(booked_to)s::date IS NULL OR booking_date <= %(booked_to)s)
    AND (%(is_matched)s::bool IS NULL OR (match <> '') = %(is_matched)s)
    ORDER BY recorded DESC LIMIT %(limit)s
"""
)
_SEARCH_ITEMS = (
    _PAGE
    + """
    AND posted < %(before)s
    AND (%(account)s::text IS NULL OR account = %(account)s)
    AND (%(currency)s::text IS NULL OR currency = %(currency)s)
    AND (%(is_open)s::bool IS NULL OR (of_minor <> settled_minor) = %(is_open)s)
    ORDER BY posted DESC, item DESC LIMIT %(limit)s
"""
)
_OPEN_ENTRIES = _PAGE + " AND match = '' AND (%(bank_account)s::text IS NULL OR bank_account = %(bank_account)s)"
_OPEN_ITEMS = _PAGE + " AND of_minor <> settled_minor"
_MATCHED_SINCE = (
    _PAGE
    + """
    AND match <> '' AND booking_date >= %(since)s
    AND (%(bank_account)s::text IS NULL OR bank_account = %(bank_account)s)
"""
)
_ALIKE = (
    _PAGE
    + """
    AND bank_account = %(bank_account)s AND booking_date BETWEEN %(first)s AND %(last)s
    AND amount_minor = ANY(%(amounts_minor)s)
"""
)
_AMOUNTS = "SELECT entry, amount_minor FROM projections.reconciliation_entries WHERE book = %s AND statement = %s"
_LATEST_DAY = """
    SELECT greatest(
        (SELECT max(booking_date) FROM projections.reconciliation_entries
            WHERE book = %(book)s AND bank_account = %(key)s),
        (SELECT max(to_on) FROM projections.reconciliation_statements WHERE book = %(book)s AND bank_account = %(key)s)
    )
"""
_IN_STEPS = """
    SELECT substr(originator_id, length('hold:') + 1) FROM ledger.events
    WHERE book = %s AND originator_id = ANY(%b::text[]) AND version = 1 AND topic = 'hold.opened'
    AND (convert_from(state, 'UTF8')::json -> 'event' ->> 'steps')::int > 1
"""
_AWAITED = """
    SELECT "order", buyer, currency, total_minor - received_minor, received_minor, placed_at::date
    FROM projections.orders
    WHERE book = %s AND status NOT IN ('placed', 'cancelled', 'completed') AND received_minor < total_minor
"""


def all_bank_accounts(connection: Connection, book: str) -> list[BankAccountRow]:
    """Return every account at a bank, by key."""
    rows = ACCOUNTS.stored(connection, book)
    return [BankAccountRow(*row) for row in rows]


def find_statements(connection: Connection, book: str, names: Iterable[str]) -> dict[str, BankStatementRow]:
    """Return statements by name, as far as they are recorded."""
    return STATEMENTS.read(connection, book, names)


def statements_of(
    connection: Connection,
    book: str,
    bank_account: str | None = None,
    *,
    before: int = POSITION_MAX,
    limit: int | None = None,
) -> list[BankStatementRow]:
    """Return statements, the last recorded first. before: the position of the last one of the page before."""
    query = (
        _PAGE
        + """
        AND position < %(before)s AND (%(bank_account)s::text IS NULL OR bank_account = %(bank_account)s)
        ORDER BY position DESC LIMIT %(limit)s
    """
    )
    asked = {"book": book, "bank_account": bank_account, "before": before, "limit": limit}
    rows = connection.execute(_over(query, STATEMENTS), asked)
    return [BankStatementRow(*row) for row in rows]


def amounts_recorded_in(connection: Connection, book: str, statement: str) -> dict[str, int]:
    """Return the amounts of the lines by which a statement is recorded, by their keys."""
    return dict(connection.execute(_AMOUNTS, (book, statement)).fetchall())


def entries_alike(
    connection: Connection, book: str, bank_account: str, *, amounts_minor: Iterable[int], first: date, last: date
) -> list[BankEntryRow]:
    """Return the lines of an account with some amounts, booked on some days, both included."""
    asked = {"book": book, "bank_account": bank_account, "first": first, "last": last}
    rows = connection.execute(_over(_ALIKE, ENTRIES), asked | {"amounts_minor": sorted(set(amounts_minor))})
    return [BankEntryRow(*row) for row in rows]


def find_entries(connection: Connection, book: str, keys: Iterable[str]) -> dict[str, BankEntryRow]:
    """Return lines by their keys, as far as there are such."""
    return ENTRIES.read(connection, book, keys)


def search_entries(
    connection: Connection,
    book: str,
    sought: EntriesSought,
    *,
    before: int = POSITION_MAX,
    limit: int | None = None,
) -> list[BankEntryRow]:
    """Return lines, the last recorded first. before: `recorded` of the last one of the page before."""
    asked = {"book": book, "before": before, "limit": limit, **asdict(sought)}
    return [BankEntryRow(*row) for row in connection.execute(_over(_SEARCH_ENTRIES, ENTRIES), asked)]


def search_items(
    connection: Connection, book: str, sought: ItemsSought, *, before: int = POSITION_MAX, limit: int | None = None
) -> list[OpenItemRow]:
    """Return postings, the last first. before: `posted` of the last one of the page before."""
    asked = {"book": book, "before": before, "limit": limit, **asdict(sought)}
    return [OpenItemRow(*row) for row in connection.execute(_over(_SEARCH_ITEMS, ITEMS), asked)]


def find_items(connection: Connection, book: str, items: Iterable[str]) -> dict[str, OpenItemRow]:
    """Return postings by their names, as far as there are such."""
    return ITEMS.read(connection, book, items)


def find_matches(connection: Connection, book: str, keys: Iterable[str]) -> dict[str, BankMatchRow]:
    """Return matches by their keys, as far as there are such."""
    return MATCHES.read(connection, book, keys)


def search_matches(
    connection: Connection, book: str, *, before: int = POSITION_MAX, limit: int | None = None
) -> list[BankMatchRow]:
    """Return matches, the last made first. before: `made` of the last one of the page before."""
    query = _PAGE + " AND made < %(before)s ORDER BY made DESC LIMIT %(limit)s"
    rows = connection.execute(_over(query, MATCHES), {"book": book, "before": before, "limit": limit})
    return [BankMatchRow(*row) for row in rows]


def open_entries(connection: Connection, book: str, bank_account: str | None) -> Iterator[BankEntryRow]:
    """Yield the lines that nothing is matched with."""
    rows = connection.execute(_over(_OPEN_ENTRIES, ENTRIES), {"book": book, "bank_account": bank_account})
    return (BankEntryRow(*row) for row in rows)


def open_items(connection: Connection, book: str) -> Iterator[OpenItemRow]:
    """Yield the postings that no statement shows, or not all of them."""
    return (OpenItemRow(*row) for row in connection.execute(_over(_OPEN_ITEMS, ITEMS), {"book": book}))


def matched_since(
    connection: Connection, book: str, bank_account: str | None, *, since: date
) -> Iterator[BankEntryRow]:
    """Yield the lines booked since a day that are matched."""
    asked = {"book": book, "bank_account": bank_account, "since": since}
    return (BankEntryRow(*row) for row in connection.execute(_over(_MATCHED_SINCE, ENTRIES), asked))


def latest_day(connection: Connection, book: str, bank_account: str) -> date | None:
    """Return the last day that an account's bank has told, also that nothing was booked; or nothing."""
    row = connection.execute(_LATEST_DAY, {"book": book, "key": bank_account}).fetchone()
    return row[0] if row else None


def awaited_payments(connection: Connection, book: str) -> Iterator[AwaitedPayment]:
    """Yield what buyers of accepted orders haven't paid yet."""
    return (AwaitedPayment(*row) for row in connection.execute(_AWAITED, (book,)))


def orders_in_steps(connection: Connection, book: str, orders: Iterable[str]) -> set[str]:
    """Return those of some accepted orders that are paid in several steps."""
    rows = connection.execute(_IN_STEPS, (book, [hold_id(order) for order in orders]))
    return {order for (order,) in rows}


def buyers_by_order(connection: Connection, book: str) -> dict[str, str]:
    """Return each order's buyer."""
    return dict(connection.execute('SELECT "order", buyer FROM projections.orders WHERE book = %s', (book,)).fetchall())


def _over(query: str, table: Any) -> sql.Composed:
    return sql.SQL(query).format(columns=table.columns, table=table.table)

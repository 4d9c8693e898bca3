"""The read side for tests: copies of a log, every row of a book's projections, and what tampering leaves."""

from itertools import count
from typing import Any

from psycopg_pool import ConnectionPool

from ledger.pool import Connection
from projections.log import read_log
from projections.projection import Difference
from projections.runner import PROJECTIONS, Runner
from tests.tampering import tampering

TABLES = {
    "journal_entries": "position",
    "journal_postings": "position, line",
    "late_sums": "account, currency, span, first_day, position, line",
    "balances": "account, currency",
    "orders": '"order"',
    "deadlines": '"order", clock',
    "disputes": '"order", number',
    "commissions": "partner, exporter, payer, currency, month",
    "receivables": "receivable",
    "receivables_remittances": "remittance",
    "reconciliation_accounts": "bank_account",
    "reconciliation_statements": "statement",
    "reconciliation_entries": "entry",
    "reconciliation_items": "item",
    "reconciliation_matches": "match",
    "settlements": "settlement",
    "settlements_lines": "settlement_line",
    "breaks": "break_key",
    "breaks_comments": "comment_of",
    "audit": "first_position",
    "four_eyes": "proposal",
    "payouts": "payout",
    "payouts_files": "file",
    "payees": "party, currency",
    "positions": "projection",
}
"""Every table of the read side, and what its rows are sorted by."""

Dump = dict[str, list[Any]]
"""The rows of each table, without their book."""

_names = count(1)


def copied(pool: ConnectionPool[Connection], source: str) -> str:
    """Copy the log of a book, without its projections, and return the copy's name."""
    name = f"copy-{next(_names)}"
    with pool.connection() as connection:
        for table, columns in (
            ("events", "position, originator_id, version, topic, state, leaf_hash"),
            ("log_head", "size, frontier, last_recorded_at"),
        ):
            connection.execute(
                f"INSERT INTO ledger.{table} (book, {columns})"
                f" SELECT %s, {columns} FROM ledger.{table} WHERE book = %s",
                (name, source),
            )
    return name


def cut(pool: ConnectionPool[Connection], book: str, position: int) -> None:
    """Let a copy of a log end at a position, as if the rest had never been recorded."""
    with tampering(pool) as connection:
        connection.execute("DELETE FROM ledger.events WHERE book = %s AND position > %s", (book, position))
        connection.execute("UPDATE ledger.log_head SET size = %s WHERE book = %s", (position, book))


def dump(pool: ConnectionPool[Connection], book: str) -> Dump:
    """Return every row of a book's projections."""
    with pool.connection() as connection:
        return {
            table: connection.execute(
                f"SELECT to_jsonb(t) - 'book' FROM projections.{table} t WHERE book = %s ORDER BY {key}", (book,)
            ).fetchall()
            for table, key in TABLES.items()
        }


def rows(pool: ConnectionPool[Connection], query: str, *values: object) -> list[tuple[Any, ...]]:
    """Return what a query gives."""
    with pool.connection() as connection:
        return connection.execute(query, values).fetchall()


def differences(pool: ConnectionPool[Connection], book: str) -> list[Difference]:
    """Return the first difference of each projection that has one."""
    head = Runner(pool, book).head()
    with pool.connection() as connection:
        found = [each.difference(connection, book, read_log(connection, book, up_to=head)) for each in PROJECTIONS]
    return [difference for difference in found if difference]

"""
An order index brings the scattered rows of each order together, on disk, so that a file of any size fits in memory.

It is SQLite's private temporary database: it spills to disk as it grows and is gone with the process, however that
ends.
"""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from api.exchange.order_row_reader import OrderLine, RefundLine
from api.exchange.order_rows import RowRejected

_MEMORY_KIB = 32 * 1024
_BATCH_ROWS = 4_000
_HEADS_REMEMBERED = 50_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_TABLES = f"""
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA temp_store = FILE;
    PRAGMA cache_size = -{_MEMORY_KIB};
    CREATE TABLE heads (head_id INTEGER PRIMARY KEY, head BLOB NOT NULL);
    CREATE TABLE lines (
        row INTEGER PRIMARY KEY, order_key TEXT NOT NULL, head_id INTEGER NOT NULL,
        sku TEXT NOT NULL, quantity INTEGER NOT NULL, amount_minor INTEGER NOT NULL,
        reason TEXT NOT NULL, detail TEXT NOT NULL
    );
    CREATE TABLE refunds (
        row INTEGER PRIMARY KEY, order_key TEXT NOT NULL, buyer TEXT NOT NULL, sku TEXT NOT NULL,
        units INTEGER NOT NULL, at INTEGER NOT NULL, refunded_units INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE rejected (
        row INTEGER NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL, units INTEGER NOT NULL DEFAULT 0,
        whole INTEGER NOT NULL DEFAULT 1
    );
    CREATE TABLE unrefunded (
        row INTEGER NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL, units INTEGER NOT NULL
    );
    CREATE TABLE placed (order_key TEXT PRIMARY KEY, buyer TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE refused (order_key TEXT PRIMARY KEY, reason TEXT NOT NULL, detail TEXT NOT NULL) WITHOUT ROWID;
"""
_LINES_BY_ORDER = """
    WITH firsts AS MATERIALIZED (SELECT order_key, min(row) AS first_row FROM lines GROUP BY order_key)
    SELECT order_key, row, head, sku, quantity, amount_minor, reason, detail
    FROM firsts JOIN lines USING (order_key) JOIN heads USING (head_id) ORDER BY first_row, row
"""
_REJECT_REFUSED_ORDERS = """
    INSERT INTO rejected (row, reason, detail)
    SELECT row, refused.reason, refused.detail FROM lines JOIN refused USING (order_key)
    WHERE lines.reason = '' AND row NOT IN (SELECT row FROM rejected)
"""
_REJECT_UNREFUNDED = """
    INSERT INTO rejected (row, reason, detail, units, whole)
    SELECT row, reason, detail, unrefunded.units, refunded_units = 0 FROM (
        SELECT *, row_number() OVER (PARTITION BY row ORDER BY units DESC, rowid) AS rank FROM unrefunded
    ) AS unrefunded JOIN refunds USING (row)
    WHERE refunded_units > 0 OR rank = 1
"""


class IndexedLine(NamedTuple):
    """A row of an order, as it was read."""

    row: int
    line: OrderLine


class Unaccepted(NamedTuple):
    """
    A row that was rejected, or what is left of one that gave money back only in part.

    units: of a row that gives money back, how many found nothing; whole: whether the row was rejected altogether.
    """

    row: int
    reason: str
    detail: str
    units: int
    whole: bool


class Counts(NamedTuple):
    """How many rows weren't accepted and why, and how many of those that give money back were."""

    rejected_by_reason: dict[str, int]
    partly_rejected_units: dict[str, int]
    rows_partly_rejected: int
    refund_rows_accepted: int


class OrderIndex:
    """What one file says, by order, and what became of it."""

    def __init__(self) -> None:
        self.database = sqlite3.connect("", isolation_level=None)
        self.database.executescript(_TABLES)
        self.database.execute("BEGIN")
        self._heads: dict[bytes, int] = {}
        self._heads_made = 0
        self._lines: list[tuple[Any, ...]] = []
        self._new_heads: list[tuple[int, bytes]] = []

    def close(self) -> None:
        """Leave nothing behind."""
        self.database.close()

    def add_line(self, row: int, line: OrderLine) -> None:
        """Take in a row of an order."""
        self._lines.append((row, line.order, self._head_id(line.head), *line[2:]))
        if len(self._lines) >= _BATCH_ROWS:
            self.flush()

    def add_refund(self, row: int, refund: RefundLine) -> None:
        """Take in a row that gives money back."""
        self.database.execute(
            "INSERT INTO refunds (row, order_key, buyer, sku, units, at) VALUES (?, ?, ?, ?, ?, ?)",
            (row, refund.order, refund.buyer, refund.sku, refund.units, as_microseconds(refund.at)),
        )

    def reject(self, row: int, rejected: RowRejected) -> None:
        """Remember why a row isn't accepted."""
        self.database.execute(
            "INSERT INTO rejected (row, reason, detail) VALUES (?, ?, ?)", (row, rejected.reason, rejected.detail)
        )

    def flush(self) -> None:
        """Hand what was taken in to the database."""
        self.database.executemany("INSERT INTO heads VALUES (?, ?)", self._new_heads)
        self.database.executemany("INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?, ?, ?)", self._lines)
        self._new_heads.clear()
        self._lines.clear()

    def orders(self) -> Iterator[tuple[str, Iterator[IndexedLine]]]:
        """Yield each order with its rows, orders in the order of their first rows in the file."""
        rows = self.database.execute(_LINES_BY_ORDER)
        for order, group in groupby(rows, itemgetter(0)):
            yield order, (IndexedLine(row, OrderLine(order, *line)) for _, row, *line in group)

    def place(self, order: str, *, buyer: str, at: datetime) -> None:
        """Remember that an order goes to the ledger, so that money may be given back for it."""
        self.database.execute("INSERT INTO placed VALUES (?, ?, ?)", (order, buyer, as_microseconds(at)))

    def refuse(self, order: str, rejected: RowRejected) -> None:
        """Remember why the ledger refused an order, and so all rows of it that seemed acceptable."""
        self.database.execute("INSERT INTO refused VALUES (?, ?, ?)", (order, rejected.reason, rejected.detail))

    def settle(self) -> None:
        """Give every row that wasn't accepted its one place among the rejected."""
        self.database.execute(_REJECT_REFUSED_ORDERS)
        self.database.execute(_REJECT_UNREFUNDED)

    def unaccepted(self) -> Iterator[Unaccepted]:
        """Yield rows that weren't accepted, or not wholly, in the order of the file."""
        found = self.database.execute(
            "SELECT row, reason, detail, units, whole FROM rejected ORDER BY row, units DESC, rowid"
        )
        return (Unaccepted(row, reason, detail, units, bool(whole)) for row, reason, detail, units, whole in found)

    def counts(self) -> Counts:
        """Count what became of the rows; the index is settled."""
        database = self.database
        return Counts(
            dict(database.execute("SELECT reason, count(*) FROM rejected WHERE whole GROUP BY reason ORDER BY reason")),
            dict(database.execute("SELECT reason, sum(units) FROM rejected WHERE NOT whole GROUP BY 1 ORDER BY 1")),
            self._number("SELECT count(DISTINCT row) FROM rejected WHERE NOT whole"),
            self._number("SELECT count(*) FROM refunds WHERE refunded_units > 0"),
        )

    def _number(self, query: str) -> int:
        found: tuple[int] = self.database.execute(query).fetchone()
        return found[0]

    def _head_id(self, head: bytes) -> int:
        known = self._heads.get(head)
        if known is None:
            if len(self._heads) >= _HEADS_REMEMBERED:
                self._heads.clear()
            self._heads_made += 1
            known = self._heads[head] = self._heads_made
            self._new_heads.append((known, head))
        return known


def as_microseconds(at: datetime) -> int:
    """Return an instant as microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def from_microseconds(microseconds: int) -> datetime:
    """Return the instant that many microseconds after 1970, in UTC."""
    return _EPOCH + microseconds * _MICROSECOND

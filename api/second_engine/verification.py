"""
Verification by the second engine compares what it derives with the projections, account by account and event by event.

Figures are debits minus credits, in minor units. Where they part, the first event after which they do is named.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import msgspec
import pyarrow as pa

from api.composition import OpenedBook
from api.exchange.parquet_log import (
    PAGE_EVENTS,
    ExportReport,
    ParquetLogUnfit,
    export_parquet,
    open_parquet,
    parquet_files,
)
from api.second_engine.derivation import DerivationStopped, derive, second_engine, standard_rules
from domain.errors import LogCorrupt
from ledger.pool import Connection
from ledger.transparency import Frontier
from projections.projection import POSITION_MAX, take_time

POSITIONS = 8
"""At how many positions, evenly spread up to the last, all balances are compared."""

PAGE_POSTINGS = 50_000

_SELECT_POSTINGS = """
    SELECT position, line, account, currency, amount_minor, balance_minor FROM projections.journal_postings
    WHERE book = %s AND (position, line) > (%s, %s) AND position <= %s ORDER BY position, line LIMIT %s
"""
_SELECT_BALANCES = "SELECT account, currency, balance_minor FROM projections.balances WHERE book = %s"
_POSTINGS = pa.schema(
    [
        ("position", pa.int64()),
        ("line", pa.int32()),
        ("account", pa.string()),
        ("currency", pa.string()),
        ("amount_minor", pa.int64()),
        ("balance_minor", pa.int64()),
    ]
)
_BALANCES = pa.schema([("account", pa.string()), ("currency", pa.string()), ("balance_minor", pa.int64())])

_COMPARED = """
    WITH stored AS (
        SELECT at_position, account, currency, arg_max(balance_minor, (position, line)) AS balance_minor
        FROM journal JOIN (SELECT unnest(getvariable('positions')) AS at_position) ON position <= at_position
        GROUP BY ALL
    )
    SELECT at_position, count(*), count(*) FILTER (WHERE stored.balance_minor IS DISTINCT FROM balances.balance_minor)
    FROM balances FULL JOIN stored USING (at_position, account, currency) GROUP BY ALL ORDER BY ALL
"""
_FIRST_EVENT = """
    WITH derived_sums AS (
        SELECT position, account, currency, sum(amount_minor) AS moved_minor,
            sum(sum(amount_minor)) OVER (PARTITION BY account, currency ORDER BY position) AS balance_minor
        FROM movements GROUP BY position, account, currency
    ), stored_sums AS (
        SELECT position, account, currency, sum(amount_minor) AS moved_minor,
            arg_max(balance_minor, line) AS balance_minor
        FROM journal GROUP BY position, account, currency
    )
    SELECT position, account, currency
    FROM stored_sums AS stored FULL JOIN derived_sums AS derived USING (position, account, currency)
    WHERE (stored.moved_minor, stored.balance_minor) IS DISTINCT FROM (derived.moved_minor, derived.balance_minor)
    ORDER BY position, account, currency LIMIT 1
"""
_STORED_FIGURES = """
    SELECT arg_max(balance_minor, (position, line)) AS stored_minor,
        (sum(amount_minor) FILTER (WHERE position = $position))::BIGINT AS stored_posting_minor
    FROM journal WHERE position <= $position AND account = $account AND currency = $currency
"""
_DERIVED_FIGURES = """
    SELECT sum(amount_minor)::BIGINT AS derived_minor,
        (sum(amount_minor) FILTER (WHERE position = $position))::BIGINT AS derived_posting_minor
    FROM movements WHERE position <= $position AND account = $account AND currency = $currency
"""
_FIRST_BALANCE = """
    WITH derived AS (
        SELECT account, currency, sum(amount_minor)::BIGINT AS balance_minor, max(position) AS position
        FROM movements WHERE position <= $position GROUP BY ALL
    )
    SELECT account, currency, stored.balance_minor AS stored_minor, derived.balance_minor AS derived_minor,
        coalesce(derived.position, 0) AS position
    FROM stored_balances AS stored FULL JOIN derived USING (account, currency)
    WHERE stored.balance_minor IS DISTINCT FROM derived.balance_minor
    ORDER BY account, currency LIMIT 1
"""
_EVENT = "SELECT topic, originator_id FROM log WHERE position = $position"
_LEAF_HASHES = "SELECT leaf_hash FROM log ORDER BY position"
_ALTERED = "SELECT position FROM altered ORDER BY position LIMIT 1"

Found = dict[str, Any]
"""Where two tables part: the account and its currency, both figures, and the event."""


class PositionCompared(msgspec.Struct, frozen=True, kw_only=True):
    """How many accounts there are after an event, by either engine, and on how many of them the two differ."""

    position: int
    accounts: int
    differing: int


class SecondEngineReport(msgspec.Struct, frozen=True, kw_only=True):
    """
    What the second engine found: how many events it read, their Merkle root, and where it parts from the projections.

    first_difference: the first event after which any account differs, that account (the first by name, where several
    do), both its balances in minor units (nothing: no such account yet) and, of the journal, what either has it posted
    by that event; or a fault of the log itself, which `corrupt` tells from a projection's. Where the journal agrees and
    the table of balances alone doesn't, the event is the account's last.
    """

    engine: str = "duckdb"
    size: int
    root: str
    ok: bool
    positions: tuple[PositionCompared, ...]
    first_difference: Found | None
    corrupt: bool = False


Progress = Callable[[str, int], None]
"""Is told what is done, and the position reached."""


def verify_by_second_engine(
    book: OpenedBook,
    *,
    log: Path | None = None,
    rules: Path | None = None,
    progress: Progress = lambda _what, _position: None,
) -> SecondEngineReport:
    """
    Derive all balances with DuckDB and compare them with the projections, as one transaction sees the book.

    log: the folder of an export, whose last position is the last that is compared; a fresh one if not given. rules: an
    own table of rules.

    Raises, in this order: ProjectionStopped, ParquetLogUnfit, ExportUnwritable, DerivationStopped.
    """
    try:
        book.runner.catch_up()
        return _verify(book, log, rules or standard_rules(), progress)
    except LogCorrupt as corrupt:
        return SecondEngineReport(
            size=corrupt.position - 1,
            root="",
            ok=False,
            positions=(),
            first_difference={"in": "log", "position": corrupt.position, "what": corrupt.what},
            corrupt=True,
        )


def _verify(book: OpenedBook, log: Path | None, rules: Path, progress: Progress) -> SecondEngineReport:
    with TemporaryDirectory(prefix="second-engine-log-") as scratch, book.pool.connection() as connection:
        take_time(connection)
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        reached = {lag.projection: min(lag.position, lag.head) for lag in book.runner.lags_in(connection)}
        folder = log or Path(scratch) / "log"
        if log is None:
            up_to = max(reached["journal"], reached["balances"])
            export_parquet(
                connection, book.name, folder, up_to=up_to, progress=lambda position: progress("export", position)
            )
        exported = open_parquet(folder, book.name)
        last = exported.last_position
        positions = sorted({last * step // POSITIONS for step in range(1, POSITIONS + 1)} - {0})
        progress("derive", 0)
        with second_engine(parquet_files(folder, book.name), rules, positions) as database:
            _derive(database, book.name)
            if _root_of(database) != exported.root:
                raise ParquetLogUnfit(
                    folder=str(folder), problem="the Merkle root that it names isn't that of its events"
                )
            progress("derive", last)
            return _compare(connection, book.name, database, exported, reached, progress)


def _derive(database: duckdb.DuckDBPyConnection, book: str) -> None:
    stopped = None
    try:
        derive(database)
    except DerivationStopped as error:
        stopped = error
    if altered := database.execute(_ALTERED).fetchone():
        raise LogCorrupt(book=book, position=altered[0], what="the event isn't what its leaf hash was taken of")
    if stopped:
        raise stopped


def _root_of(database: duckdb.DuckDBPyConnection) -> str:
    frontier = Frontier()
    cursor = database.execute(_LEAF_HASHES)
    while rows := cursor.fetchmany(PAGE_EVENTS):
        for (leaf_hash,) in rows:
            frontier.append(leaf_hash)
    return frontier.root().hex()


def _compare(
    connection: Connection,
    book: str,
    database: duckdb.DuckDBPyConnection,
    exported: ExportReport,
    reached: dict[str, int],
    progress: Progress,
) -> SecondEngineReport:
    last = exported.last_position
    up_to = POSITION_MAX if last == reached["journal"] else last
    _load_journal(connection, book, database, up_to=up_to, progress=progress)
    progress("compare", last)
    compared = [
        PositionCompared(position=position, accounts=accounts, differing=differing)
        for position, accounts, differing in database.execute(_COMPARED).fetchall()
    ]
    found = _first_of_journal(database)
    if found is None and reached["balances"] <= last:
        found = _first_of_balances(connection, book, database, reached["balances"])
    return SecondEngineReport(
        size=last, root=exported.root, ok=found is None, positions=tuple(compared), first_difference=found
    )


def _load_journal(
    connection: Connection, book: str, database: duckdb.DuckDBPyConnection, *, up_to: int, progress: Progress
) -> None:
    database.register("page", _POSTINGS.empty_table())
    database.execute("CREATE TEMP TABLE journal AS FROM page")
    for page in _pages(connection, book, up_to=up_to):
        database.register("page", page)
        database.execute("INSERT INTO journal FROM page")
        progress("compare", page.column("position")[-1].as_py())


def _pages(connection: Connection, book: str, *, up_to: int) -> Iterator[pa.Table]:
    after = (0, 0)
    with connection.cursor(binary=True) as cursor:
        while rows := cursor.execute(_SELECT_POSTINGS, (book, *after, up_to, PAGE_POSTINGS)).fetchall():
            yield _table(rows, _POSTINGS)
            after = rows[-1][:2]


def _table(rows: list[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.Table.from_arrays([pa.array(v, f.type) for v, f in zip(columns, schema, strict=True)], schema=schema)


def _first_of_journal(database: duckdb.DuckDBPyConnection) -> Found | None:
    found = _row(database, _FIRST_EVENT, {})
    if found is None:
        return None
    figures = [_row(database, query, found) or {} for query in (_STORED_FIGURES, _DERIVED_FIGURES)]
    return _named(database, "journal", {**found, **figures[0], **figures[1]})


def _first_of_balances(
    connection: Connection, book: str, database: duckdb.DuckDBPyConnection, position: int
) -> Found | None:
    database.register("stored_balances", _table(connection.execute(_SELECT_BALANCES, (book,)).fetchall(), _BALANCES))
    found = _row(database, _FIRST_BALANCE, {"position": position})
    return _named(database, "balances", found) if found else None


def _named(database: duckdb.DuckDBPyConnection, projection: str, found: Found) -> Found:
    event = _row(database, _EVENT, {"position": found["position"]}) or {}
    what = f"projection {projection}: the second engine derives another figure for this account after this event"
    return {"in": projection, **found, **event, "what": what}


def _row(database: duckdb.DuckDBPyConnection, query: str, values: Found) -> Found | None:
    cursor = database.execute(query, values)
    row = cursor.fetchone()
    return dict(zip((column[0] for column in cursor.description), row, strict=True)) if row else None

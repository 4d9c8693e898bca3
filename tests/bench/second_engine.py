"""The second engine over the long log: all balances out of its Parquet files, beside this program's own rebuild."""

from pathlib import Path
from tempfile import TemporaryDirectory

from api.composition import connected
from api.exchange.parquet_log import export_parquet, parquet_files
from api.second_engine.derivation import derive, second_engine, standard_rules
from projections.balances import Balances
from projections.journal import Journal
from projections.runner import Runner
from tests.bench.ground import BOOK, Ground
from tests.bench.long_log import long_log
from tests.bench.measurement import Measurement, Turn, beside, say, timed, told

TURNS = 3
NAME = "duckdb_rebuild"


def duckdb_rebuild(ground: Ground) -> Measurement:
    """Measure events a second of deriving all balances with DuckDB from an export that is there."""
    with connected(long_log(ground).dsn) as house, TemporaryDirectory(prefix="bench-parquet-") as folder:
        book = house.book(BOOK)
        head = book.runner.catch_up()
        say(f"{NAME}: exporting {head:,} events")
        with book.pool.connection() as connection:
            export_parquet(connection, BOOK, Path(folder) / "log", up_to=head)
        log = parquet_files(Path(folder) / "log", BOOK)
        own = Runner(house.pool, BOOK, projections=(Journal(), Balances()))
        turns = [told(NAME, Turn(timed(lambda: _derive(log, head)), timed(own.rebuild))) for _ in range(TURNS)]
    return beside(NAME, turns, unit="events/s", baseline="this program's rebuild of journal and balances")


def _derive(log: str, head: int) -> int:
    with second_engine(log, standard_rules(), [head]) as database:
        derive(database)
        database.execute("SELECT count(*), sum(balance_minor) FROM balances").fetchall()
    return head

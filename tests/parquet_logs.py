"""Parquet logs for tests: events made by hand, written as `export parquet` writes them, and derived from."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from api.exchange.parquet_log import SCHEMA
from api.second_engine.derivation import derive, second_engine, standard_rules
from ledger.transparency import leaf_bytes, leaf_hash

Happened = tuple[str, str, bytes]
"""The thing that it happened to, the topic, and the state as stored."""

HEADING = "topic,schema,line,side,account,amount,each,condition"


def state(event: dict[str, Any], *, schema: int = 1, posting_date: date = date(2026, 11, 22)) -> bytes:
    """Return an event's bytes as they are stored, in short."""
    return msgspec.json.encode({"schema": schema, "posting_date": posting_date, "event": event})


def write_log(path: Path, events: Sequence[Happened], *, positions: Sequence[int] | None = None) -> Path:
    """Write events, each the first of its thing, and return where."""
    rows = [
        (at, originator_id, 1, topic, stored, leaf_hash(leaf_bytes(at, originator_id, 1, topic, stored)))
        for at, (originator_id, topic, stored) in zip(positions or range(1, len(events) + 1), events, strict=True)
    ]
    columns = zip(*rows, strict=True)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, SCHEMA, strict=True)]
    pq.write_table(pa.Table.from_arrays(arrays, schema=SCHEMA), path)
    return path


def write_rules(path: Path, *lines: str) -> Path:
    """Write a table of rules and return where."""
    path.write_text("\n".join((HEADING, *lines)) + "\n", encoding="utf-8")
    return path


def changed_rules(path: Path, old: str, new: str) -> Path:
    """Write the product's own rules with one line otherwise, and return where."""
    text = standard_rules().read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


@contextmanager
def derived(log: Path, rules: Path | None = None, *, positions: Sequence[int]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Run the script over a log and yield what it leaves behind."""
    with second_engine(str(log), rules or standard_rules(), positions) as database:
        derive(database)
        yield database

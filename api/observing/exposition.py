"""
Exposition answers Prometheus for all processes of a server together, on a listener of its own.

It counts what the processes keep in a folder that they share, and asks the database, when it is asked itself, how far
what follows the log is behind. It names no book, and nothing that a caller said.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from ledger.pool import Connection, open_pool
from ledger.proof.unsigned import unsigned
from projections.lagging import lagging, overdue

if TYPE_CHECKING:
    from prometheus_client import Metric
    from psycopg_pool import ConnectionPool

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The library's own name for where the processes of one server keep their values."""


@contextmanager
def kept_together(folder: Path) -> Iterator[None]:
    """Keep the values of this process and its children in a folder, where they are told together."""
    folder.mkdir()
    os.environ[FOLDER] = str(folder)
    try:
        yield
    finally:
        del os.environ[FOLDER]


def forget_dead(folder: Path) -> None:
    """Drop what says how things stand in processes that are gone; what they counted stays counted."""
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415 - after the folder is known

    for file in folder.glob("gauge_live*_*.db"):
        process = int(file.stem.rpartition("_")[2])
        if not _is_alive(process):
            mark_process_dead(process, str(folder))  # type: ignore[no-untyped-call]


def expose(folder: Path, dsn: str, *, host: str, port: int, now: Callable[[], datetime]) -> Callable[[], None]:
    """Answer Prometheus at an address until what is returned is called. Raises: OSError."""
    from prometheus_client import CollectorRegistry, start_http_server  # noqa: PLC0415 - after the folder is known
    from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415

    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
    standing = StandingCollector(dsn, now)
    registry.register(standing)
    listener, thread = start_http_server(port, host, registry)

    def stop() -> None:
        listener.shutdown()
        listener.server_close()
        thread.join()
        standing.close()

    return stop


class StandingCollector:  # by shape, prometheus_client.registry.Collector
    """How things stand in the database when somebody asks: what is behind what, in the book where it is furthest."""

    def __init__(self, dsn: str, now: Callable[[], datetime]) -> None:
        self._dsn = dsn
        self._now = now
        self._pool: ConnectionPool[Connection] | None = None

    def describe(self) -> "list[Metric]":
        """Say nothing before somebody asks: the database may not be there yet."""
        return []

    def collect(self) -> "Iterator[Metric]":
        """Yield the gauges; without a database, that it is absent."""
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 - after the folder is known

        gauges = {
            name: GaugeMetricFamily(f"ledger_{name}", said, labels=labels) for name, (said, labels) in _STANDING.items()
        }
        try:
            self._measure(lambda name, value, *labels: gauges[name].add_metric(labels, value))
            up = 1.0
        except psycopg.Error:
            up = 0.0
        gauges["database_up"].add_metric((), up)
        yield from gauges.values()

    def close(self) -> None:
        """Let the database go."""
        if self._pool:
            self._pool.close()

    def _measure(self, measured: Callable[..., None]) -> None:
        if self._pool is None:
            self._pool = open_pool(self._dsn, connections_max=1)
        now = self._now()
        with self._pool.connection(timeout=5) as connection:
            for each in lagging(connection):
                measured("projection_lag_events", each.lag_events, each.projection)
                measured("projection_lag_seconds", _seconds(each.waiting_since, now), each.projection)
            measured("clocks_overdue", overdue(connection, now))
            if (behind := unsigned(connection)) is not None:
                measured("signing_lag_events", behind.events)
                measured("signing_lag_seconds", _seconds(behind.waiting_since, now))


_STANDING: dict[str, tuple[str, tuple[str, ...]]] = {
    "database_up": ("Whether the database answers.", ()),
    "projection_lag_events": ("Events that a projection hasn't seen.", ("projection",)),
    "projection_lag_seconds": ("Seconds since the first of them was recorded.", ("projection",)),
    "clocks_overdue": ("Clocks that have run out and didn't decide yet.", ()),
    "signing_lag_events": ("Events that no checkpoint covers.", ()),
    "signing_lag_seconds": ("Seconds since the first of them was recorded.", ()),
}


def _seconds(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

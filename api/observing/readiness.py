"""Readiness is whether a process can do what it is there for, check by check, and why not where it can't."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
from msgspec import UNSET, Struct, UnsetType
from psycopg_pool import PoolTimeout

from api.composition import House
from api.identity.tokens import Tokens
from api.running import is_worker_present
from ledger.migrations import is_current
from ledger.pool import Connection
from ledger.proof.unsigned import unsigned
from projections.lagging import lagging

LAG_EVENTS_MAX = 100_000
"""A read side further behind than this isn't ready to be asked."""

UNSIGNED_MAX = timedelta(minutes=1)
"""Events that no checkpoint covers for so long say that signing doesn't go on; it does every half second."""

_CONNECT_SECONDS = 5


class Check(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that has to be so; `why` it isn't. lag_events: by projection, in the book furthest behind."""

    ok: bool
    why: str = ""
    lag_events: dict[str, int] | UnsetType = UNSET


class Ready(Struct, frozen=True, kw_only=True):
    """Whether everything that was checked is as it has to be; names no book."""

    status: str
    lag_events: dict[str, int]
    checks: dict[str, Check]

    @property
    def is_so(self) -> bool:
        """Return whether it is."""
        return self.status == "ready"


class Readiness:
    """
    What checks a process.

    tokens: what verifies callers; run_folder: of the server that the process is one of, nothing where it stands alone.
    """

    def __init__(
        self, house: House, *, tokens: Tokens | None, run_folder: Path | None, now: Callable[[], datetime]
    ) -> None:
        self._house = house
        self._tokens = tokens
        self._run_folder = run_folder
        self._now = now

    def check(self) -> Ready:
        """Check everything; what hangs on the database isn't asked where that is absent."""
        checks = self._of_database()
        if self._tokens is not None:
            known = self._tokens.keys_are_known()
            checks["token_keys"] = Check(ok=known, why="" if known else "no key that verifies tokens can be read")
        if self._run_folder is not None:
            present = is_worker_present(self._run_folder)
            checks["worker"] = Check(ok=present, why="" if present else "the worker isn't running; it is started again")
        lag_events = checks["projections"].lag_events if "projections" in checks else {}
        return Ready(
            status="ready" if all(each.ok for each in checks.values()) else "not_ready",
            lag_events=lag_events or {},
            checks=checks,
        )

    def _of_database(self) -> dict[str, Check]:
        try:
            with self._house.pool.connection(timeout=_CONNECT_SECONDS) as connection:
                connection.execute("SELECT 1")
                if not is_current(self._house.dsn):
                    behind = Check(ok=False, why="its tables aren't this release's: say trade-ledger migrate")
                    return {"database": Check(ok=True), "migrations": behind}
                return {
                    "database": Check(ok=True),
                    "migrations": Check(ok=True),
                    "projections": _projections(connection),
                    "signing": _signing(connection, self._now()),
                }
        except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout):
            return {"database": Check(ok=False, why="it doesn't answer")}


def _projections(connection: Connection) -> Check:
    lags = {each.projection: each.lag_events for each in lagging(connection)}
    late = [name for name, lag in lags.items() if lag > LAG_EVENTS_MAX]
    why = f"more than {LAG_EVENTS_MAX} events behind: {', '.join(late)}" if late else ""
    return Check(ok=not late, why=why, lag_events=lags)


def _signing(connection: Connection, now: datetime) -> Check:
    behind = unsigned(connection)
    if behind is None or behind.waiting_since is None or now - behind.waiting_since <= UNSIGNED_MAX:
        return Check(ok=True)
    return Check(ok=False, why=f"no checkpoint covers what was recorded since {behind.waiting_since.isoformat()}")

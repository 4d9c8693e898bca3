"""The pool of connections to the database, with the time limits that cut a frozen or lost process off."""

from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

Connection = psycopg.Connection[tuple[Any, ...]]

LIMITS = {
    "idle_in_transaction_session_timeout": "10s",
    "statement_timeout": "120s",
    "lock_timeout": "30s",
    "tcp_user_timeout": "15s",
}
"""A process that freezes while it holds a book's head loses its session, and its batch never happened."""


def open_pool(dsn: str, *, connections_max: int, through_pgbouncer: bool = False) -> ConnectionPool[Connection]:
    """
    Open a pool whose connections wait at most 10 s for their turn.

    through_pgbouncer: in its transaction mode a server-side prepared statement is lost between transactions, so none
    is made.
    """
    return ConnectionPool(
        dsn,
        min_size=1,
        max_size=connections_max,
        timeout=10,
        kwargs={"prepare_threshold": None if through_pgbouncer else 3, "fallback_application_name": "trade-ledger"},
        configure=_limit,
        open=True,
    )


def _limit(connection: Connection) -> None:
    for setting, value in LIMITS.items():
        connection.execute("SELECT set_config(%s, %s, false)", (setting, value))
    connection.commit()

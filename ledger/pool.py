"""The pool of connections to the database: with the rights that writing takes, and limits that cut lost ones off."""

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

_SET_OPTION_SINCE = 160_000
"""Before this version of PostgreSQL whoever is a member of a role may take it."""

_BECOME_WRITER = """
    SELECT set_config('role', rolname, false) FROM pg_roles
    WHERE rolname = 'ledger_writer' AND rolbypassrls AND pg_has_role(oid, %s)
        AND has_table_privilege(oid, to_regclass('ledger.events'), 'INSERT')
"""


def open_pool(dsn: str, *, connections_max: int, through_pgbouncer: bool = False) -> ConnectionPool[Connection]:
    """
    Open a pool whose connections wait at most 10 s for their turn.

    They act as the role ledger_writer where the login may; elsewhere as the login, which `verify` reports.

    through_pgbouncer: in its transaction mode a server-side prepared statement is lost between transactions, so none
    is made; and a role would stay with the server's connection for whoever gets it next, so none is taken.
    """
    return ConnectionPool(
        dsn,
        min_size=1,
        max_size=connections_max,
        timeout=10,
        kwargs={"prepare_threshold": None if through_pgbouncer else 3, "fallback_application_name": "trade-ledger"},
        configure=_limit if through_pgbouncer else _limit_and_become_writer,
        open=True,
    )


def _limit(connection: Connection) -> None:
    for setting, value in LIMITS.items():
        connection.execute("SELECT set_config(%s, %s, false)", (setting, value))
    connection.commit()


def _limit_and_become_writer(connection: Connection) -> None:
    may_take_it = "SET" if connection.info.server_version >= _SET_OPTION_SINCE else "MEMBER"
    connection.execute(_BECOME_WRITER, (may_take_it,))
    _limit(connection)

"""Tampering: to change what stands in a database as its superuser can, unseen by every trigger."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool

from ledger.pool import Connection

_KEEP = """
    CREATE TEMP TABLE guard_as_it_was ON COMMIT DROP AS
    SELECT pg_get_functiondef(oid) AS definition FROM pg_proc
    WHERE proname ~ '^(refuse|register)_' AND pronamespace IN ('ledger'::regnamespace, 'projections'::regnamespace)
"""
_SWITCH_OFF = """
    DO $$
    DECLARE
        definition text;
    BEGIN
        FOR definition IN SELECT * FROM guard_as_it_was LOOP
            EXECUTE regexp_replace(definition, 'BEGIN.*END',
                'BEGIN RETURN CASE TG_OP WHEN ''DELETE'' THEN OLD ELSE NEW END; END');
        END LOOP;
    END
    $$
"""
_SWITCH_ON = """
    DO $$
    DECLARE
        definition text;
    BEGIN
        FOR definition IN SELECT * FROM guard_as_it_was LOOP
            EXECUTE definition;
        END LOOP;
    END
    $$
"""
_EVENT_TRIGGERS = ("ledger_ddl_is_noted", "ledger_drops_are_noted")


@contextmanager
def tampering(pool: ConnectionPool[Connection]) -> Iterator[Connection]:
    """Act as a superuser for whom no trigger fires, and who leaves them as they were."""
    with pool.connection() as connection:
        switch_triggers_off(connection)
        yield connection
        if connection.info.transaction_status == TransactionStatus.INTRANS:
            switch_triggers_on(connection)


def switch_triggers_off(connection: Connection) -> None:
    """Let no trigger refuse or note anything, until `switch_triggers_on` or the end of a transaction rolled back."""
    connection.execute("SET LOCAL ROLE NONE")
    for name in _EVENT_TRIGGERS:
        connection.execute(f"ALTER EVENT TRIGGER {name} DISABLE".encode())
    connection.execute(_KEEP)
    connection.execute(_SWITCH_OFF)


def switch_triggers_on(connection: Connection) -> None:
    """Put the triggers back as they were, in the transaction that switched them off."""
    connection.execute(_SWITCH_ON)
    for name in _EVENT_TRIGGERS:
        connection.execute(f"ALTER EVENT TRIGGER {name} ENABLE ALWAYS".encode())


@contextmanager
def as_superuser(pool: ConnectionPool[Connection]) -> Iterator[Connection]:
    """Act as the superuser who logged in, and not as the role that the pool takes."""
    with pool.connection() as connection:
        connection.execute("SET LOCAL ROLE NONE")
        yield connection

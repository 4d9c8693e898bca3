"""
A guard is what in the database keeps the record as it was recorded: a trigger, a constraint, a right, row security.

What this release's migrations set up stands in `migrations/guards.json`, one sentence a guard. A database is compared
with that and not with what it says about itself: `ledger.ddl_history` only tells who changed a table, where it could.
"""

from datetime import datetime
from importlib.resources import files

import msgspec
from psycopg.rows import class_row

from ledger.pool import Connection

_GUARDS = """
WITH scope AS (
    SELECT oid, nspname, nspowner, nspacl FROM pg_namespace WHERE nspname IN ('ledger', 'projections')
), relation AS (
    SELECT c.*, n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
        AND (c.relnamespace IN (SELECT oid FROM scope) OR n.nspname = 'public' AND c.relname = 'ledger_migrations')
), routine AS (
    SELECT p.*, s.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS name
    FROM pg_proc p JOIN scope s ON s.oid = p.pronamespace
), granted AS (
    SELECT 'schema ' || nspname AS object, nspowner AS owner, acl.*
    FROM scope, aclexplode(coalesce(nspacl, acldefault('n', nspowner))) AS acl
    UNION ALL
    SELECT name, relowner, acl.* FROM relation, aclexplode(coalesce(relacl, acldefault('r', relowner))) AS acl
    UNION ALL
    SELECT name || ' ' || attname, relowner, acl.*
    FROM relation JOIN pg_attribute a ON attrelid = relation.oid, aclexplode(attacl) AS acl
    UNION ALL
    SELECT name, proowner, acl.* FROM routine, aclexplode(coalesce(proacl, acldefault('f', proowner))) AS acl
)
SELECT 'role ' || rolname, concat_ws(', ', CASE WHEN rolcanlogin THEN 'login' ELSE 'no login' END,
    CASE WHEN rolsuper THEN 'superuser' END, CASE WHEN rolbypassrls THEN 'above row security' END,
    CASE WHEN rolcreaterole THEN 'makes roles' END, CASE WHEN rolreplication THEN 'replicates' END)
FROM pg_roles WHERE rolname IN ('ledger_owner', 'ledger_writer', 'ledger_reader', 'ledger_auditor')
UNION ALL
SELECT 'table ' || name, concat_ws(', ', CASE relkind WHEN 'r' THEN 'plain' ELSE 'of kind ' || relkind::text END,
    'of ' || pg_get_userbyid(relowner), CASE WHEN relrowsecurity THEN 'row security' END)
FROM relation WHERE relnamespace IN (SELECT oid FROM scope)
UNION ALL
SELECT 'column ' || name || ' ' || attname, concat_ws(' ', format_type(atttypid, atttypmod),
    CASE WHEN attnotnull THEN 'not null' END, CASE WHEN attidentity <> '' THEN 'identity' END,
    'default ' || pg_get_expr(adbin, adrelid))
FROM relation JOIN pg_attribute a ON attrelid = relation.oid AND attnum > 0 AND NOT attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE relnamespace IN (SELECT oid FROM scope)
UNION ALL
SELECT 'constraint ' || name || ' ' || conname, concat_ws(' ', pg_get_constraintdef(k.oid),
    CASE WHEN NOT convalidated THEN 'not validated' END)
FROM relation JOIN pg_constraint k ON conrelid = relation.oid
WHERE contype <> 'n' AND relnamespace IN (SELECT oid FROM scope)
UNION ALL
SELECT 'trigger ' || name || ' ' || tgname, concat_ws(' ',
    CASE tgenabled WHEN 'A' THEN 'always' WHEN 'O' THEN 'on origin' WHEN 'R' THEN 'on replica' ELSE 'switched off' END,
    CASE WHEN tgtype & 2 > 0 THEN 'before' WHEN tgtype & 64 > 0 THEN 'instead of' ELSE 'after' END,
    CASE WHEN tgtype & 4 > 0 THEN 'insert' END, CASE WHEN tgtype & 8 > 0 THEN 'delete' END,
    CASE WHEN tgtype & 16 > 0 THEN 'update' END, CASE WHEN tgtype & 32 > 0 THEN 'truncate' END,
    CASE WHEN tgtype & 1 > 0 THEN 'each row' ELSE 'each statement' END, tgoldtable, tgnewtable,
    CASE WHEN tgattr::text <> '' THEN 'some columns' END, CASE WHEN tgqual IS NOT NULL THEN 'some rows' END,
    tgfoid::regproc)
FROM relation JOIN pg_trigger t ON tgrelid = relation.oid WHERE NOT tgisinternal
UNION ALL
SELECT 'event trigger ' || evtname, concat_ws(' ', CASE evtenabled WHEN 'A' THEN 'always' WHEN 'O' THEN 'on origin'
    WHEN 'R' THEN 'on replica' ELSE 'switched off' END, evtevent, array_to_string(evttags, ' '), evtfoid::regproc)
FROM pg_event_trigger WHERE evtname LIKE 'ledger\\_%' OR evtfoid IN (SELECT oid FROM routine)
UNION ALL
SELECT 'function ' || name, concat_ws(' ', encode(sha256(convert_to(prosrc, 'UTF8')), 'hex'), lanname,
    CASE WHEN prosecdef THEN 'as owner' ELSE 'as caller' END, 'of ' || pg_get_userbyid(proowner),
    array_to_string(proconfig, ' '))
FROM routine JOIN pg_language l ON l.oid = prolang
UNION ALL
SELECT 'policy ' || name || ' ' || polname, concat_ws(' ',
    CASE WHEN polpermissive THEN 'permissive' ELSE 'restrictive' END, CASE polcmd WHEN 'r' THEN 'select'
    WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete' ELSE 'all' END,
    'to', (SELECT string_agg(role, ', ' ORDER BY role) FROM (SELECT CASE member WHEN 0 THEN 'PUBLIC'
        ELSE pg_get_userbyid(member)::text END AS role FROM unnest(polroles) AS member) AS named),
    'using ' || pg_get_expr(polqual, polrelid), 'check ' || pg_get_expr(polwithcheck, polrelid))
FROM relation JOIN pg_policy p ON polrelid = relation.oid
UNION ALL
SELECT 'right on ' || object || ' of ' || CASE grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(grantee)::text END,
    string_agg(privilege_type || CASE WHEN is_grantable THEN ' to give away' ELSE '' END, ', ' ORDER BY privilege_type)
FROM granted WHERE grantee <> owner GROUP BY object, grantee
UNION ALL
SELECT 'rule ' || name || ' ' || rulename, CASE WHEN is_instead THEN 'instead' ELSE 'also' END
FROM relation JOIN pg_rewrite r ON ev_class = relation.oid WHERE rulename <> '_RETURN'
UNION ALL
SELECT 'child of ' || name || ' ' || inhrelid::regclass, 'its rows are seen as those of ' || name
FROM relation JOIN pg_inherits ON inhparent = relation.oid
UNION ALL
SELECT 'reach of ' || rolname, concat_ws(', ',
    CASE WHEN pg_has_role(oid, 'pg_write_all_data', 'USAGE') THEN 'writes every table' END,
    CASE WHEN rolbypassrls AND readers.read THEN 'reads every book' END,
    CASE WHEN pg_has_role(oid, 'pg_read_all_data', 'USAGE') AND readers.read THEN 'reads every column' END)
FROM pg_roles, LATERAL (
    SELECT bool_or(pg_has_role(pg_roles.oid, g.oid, 'USAGE')) AS read FROM pg_roles g
    WHERE g.rolname IN ('ledger_reader', 'ledger_auditor')
) readers
WHERE NOT rolsuper AND rolname !~ '^(pg_|ledger_writer$)'
    AND (pg_has_role(oid, 'pg_write_all_data', 'USAGE')
        OR readers.read AND (rolbypassrls OR pg_has_role(oid, 'pg_read_all_data', 'USAGE')))
UNION ALL
SELECT concat_ws(' ', 'setting of', coalesce(pg_get_userbyid(nullif(setrole, 0))::text, 'any login'),
    split_part(said, '=', 1)), split_part(said, '=', 2)
FROM pg_db_role_setting, unnest(setconfig) AS said
WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    AND said ~ '^(session_replication_role|event_triggers)='
UNION ALL
SELECT 'reach of this connection', 'as ' || current_user || ' it may change events'
FROM relation WHERE name = 'ledger.events'
    AND has_table_privilege(relation.oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER')
"""
_READABLE = """
SELECT FROM pg_class WHERE oid = to_regclass('ledger.ddl_history') AND has_table_privilege(oid, 'SELECT')
"""
_CHANGES = """
SELECT noted_at, login, acting_as, application, tag, object_type, object, statement FROM ledger.ddl_history h
WHERE tag <> 'MIGRATION' AND (tag = 'EVENT TRIGGERS REFUSED' OR NOT EXISTS (
    SELECT FROM ledger.ddl_history m
    WHERE m.tag = 'MIGRATION' AND m.noted_at = h.noted_at AND m.transaction_id = h.transaction_id
)) ORDER BY number
"""
_REFUSED = "EVENT TRIGGERS REFUSED"
"""In the history: whoever migrated was no superuser, so nobody could make event triggers."""


class BrokenGuard(msgspec.Struct, frozen=True, kw_only=True):
    """
    A guard that isn't as this release set it up.

    `expected` is empty where there should be nothing of the kind, `found` where there is nothing.
    """

    guard: str
    expected: str
    found: str


class TableChange(msgspec.Struct, frozen=True, kw_only=True):
    """
    Somebody changed a table, a function or a right outside of a migration, as the database noted.

    acting_as: the role that was set, the login's own otherwise; statement: kept where `object` is empty, as of GRANT.
    """

    noted_at: datetime
    login: str
    acting_as: str
    application: str
    tag: str
    object_type: str
    object: str
    statement: str


def expected_guards() -> dict[str, str]:
    """Return what this release sets up, by guard."""
    guards: dict[str, str] = msgspec.json.decode(files("migrations").joinpath("guards.json").read_bytes())
    return guards


def standing_guards(connection: Connection) -> dict[str, str]:
    """Return what the database's own catalogue has, by guard."""
    with connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL search_path = pg_catalog")
        return dict(connection.execute(_GUARDS).fetchall())


def broken_guards(connection: Connection) -> list[BrokenGuard]:
    """Return each guard that is missing, differs, or was added, by name; not event triggers that couldn't be made."""
    expected, found = expected_guards(), standing_guards(connection)
    refused = any(change.tag == _REFUSED for change in changes_outside_migrations(connection))
    return [
        BrokenGuard(guard=guard, expected=expected.get(guard, ""), found=found.get(guard, ""))
        for guard in sorted(expected | found)
        if expected.get(guard) != found.get(guard)
        and not (refused and guard not in found and guard.startswith("event trigger "))
    ]


def changes_outside_migrations(connection: Connection) -> list[TableChange]:
    """Return the changes of tables, functions and rights that no migration made, the first one first."""
    if connection.execute(_READABLE).fetchone() is None:
        return []
    cursor = connection.cursor(row_factory=class_row(TableChange))
    return cursor.execute(_CHANGES).fetchall()

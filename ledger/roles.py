"""
A reader of a book is a database role that sees the rows of the books it was granted, and nothing of any other.

Which books are its own stands in `ledger.book_readers`, which only the tables' owner writes and row security reads.
Roles belong to the server: they are made without a login, which whoever administers it may give them.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

import msgspec
import psycopg
from psycopg import sql
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool

from domain.errors import Conflict, Forbidden, Malformed, NotFound, Refused
from ledger.pool import Connection

_NAME = re.compile(r"(?!pg_|ledger_)[a-z][a-z0-9_]{0,62}")
_GROUPS = ("ledger_reader", "ledger_auditor")

_FIND = """
    SELECT rolsuper OR rolbypassrls
        OR pg_has_role(oid, 'ledger_writer', 'USAGE') OR pg_has_role(oid, 'ledger_owner', 'USAGE'),
        array(SELECT g FROM unnest(%s::text[]) AS g WHERE pg_has_role(oid, g, 'USAGE'))
    FROM pg_roles WHERE rolname = %s
"""
_ADD_BOOK = "INSERT INTO ledger.book_readers (book, role_name) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_REMOVE_BOOK = "DELETE FROM ledger.book_readers WHERE book = %s AND role_name = %s"
_LIST = """
    SELECT b.role_name AS role, array_agg(b.book ORDER BY b.book) AS books,
        coalesce(bool_or(pg_has_role(r.oid, 'ledger_auditor', 'USAGE')), false) AS is_auditor,
        coalesce(bool_or(r.rolcanlogin), false) AS can_login, bool_or(r.oid IS NOT NULL) AS exists
    FROM ledger.book_readers b LEFT JOIN pg_roles r ON r.rolname = b.role_name
    GROUP BY b.role_name HAVING %s = ANY(array_agg(b.book)) ORDER BY b.role_name
"""


class BookReader(msgspec.Struct, frozen=True, kw_only=True):
    """
    A role, the books that it sees, and how.

    is_auditor: sees outcomes, attempts, readings and changes of tables too; exists: the server has such a role.
    """

    role: str
    books: list[str]
    is_auditor: bool
    can_login: bool
    exists: bool


@dataclass(eq=False, kw_only=True)
class RoleMalformed(Malformed):
    """A reader's name is lower-case letters, digits and underscores, 63 at most, and not of PostgreSQL's or our own."""

    code: ClassVar[str] = "role.malformed"
    role: str


@dataclass(eq=False, kw_only=True)
class RolesUnmanaged(Forbidden):
    """The login may not make roles, or doesn't own the tables."""

    code: ClassVar[str] = "role.unmanaged"
    hint: ClassVar[str] = "log in as an administrator of the server: docs/hardening.md"
    said: str


@dataclass(eq=False, kw_only=True)
class RoleUnbound(Refused):
    """The role is above row security, or writes: it would see every book."""

    code: ClassVar[str] = "role.unbound"
    role: str


@dataclass(eq=False, kw_only=True)
class RoleOfOtherKind(Conflict):
    """The role is a plain reader and an auditor is wanted, or the other way round: give the other one another name."""

    code: ClassVar[str] = "role.of_other_kind"
    role: str
    is_auditor: bool


@dataclass(eq=False, kw_only=True)
class ReaderNotFound(NotFound):
    """The role doesn't read this book."""

    code: ClassVar[str] = "role.not_found"
    role: str
    book: str


class BookReaders:
    """Who may read which book of a database."""

    def __init__(self, pool: ConnectionPool[Connection]) -> None:
        self._pool = pool

    def grant(self, role: str, book: str, *, auditor: bool) -> BookReader:
        """
        Let a role see a book; make the role, without a login, if there is none.

        Raises, in this order: RoleMalformed, RoleUnbound, RoleOfOtherKind, RolesUnmanaged.
        """
        if not _NAME.fullmatch(role):
            raise RoleMalformed(role=role)
        group, other = reversed(_GROUPS) if auditor else _GROUPS
        with self._as_login() as connection:
            is_unbound, groups = connection.execute(_FIND, (list(_GROUPS), role)).fetchone() or (False, None)
            if is_unbound:
                raise RoleUnbound(role=role)
            if groups and other in groups:
                raise RoleOfOtherKind(role=role, is_auditor=not auditor)
            if groups is None:
                connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
            if not groups:
                connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(group), sql.Identifier(role)))
            connection.execute(_ADD_BOOK, (book, role))
            return next(reader for reader in _readers(connection, book) if reader.role == role)

    def revoke(self, role: str, book: str) -> None:
        """
        Let a role see a book no longer. The role stays: another database of the server may know it.

        Raises, in this order: RolesUnmanaged, ReaderNotFound.
        """
        with self._as_login() as connection:
            if not connection.execute(_REMOVE_BOOK, (book, role)).rowcount:
                raise ReaderNotFound(role=role, book=book)

    def of(self, book: str) -> list[BookReader]:
        """
        Return who reads a book, by name.

        Raises: RolesUnmanaged.
        """
        with self._as_login() as connection:
            return _readers(connection, book)

    @contextmanager
    def _as_login(self) -> Iterator[Connection]:
        """Yield a connection with the rights of whoever logged in, and not those of the writer."""
        with self._pool.connection() as connection:
            try:
                connection.execute("SET LOCAL ROLE NONE")
                yield connection
            except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedObject) as refused:
                raise RolesUnmanaged(said=refused.diag.message_primary or str(refused)) from refused


def _readers(connection: Connection, book: str) -> list[BookReader]:
    return connection.cursor(row_factory=class_row(BookReader)).execute(_LIST, (book,)).fetchall()

"""A caller is who says or asks something, as a token says: a person or system, in one role, for one party or none."""

from typing import Literal

from msgspec import Struct

Role = Literal["operator", "finance", "mediator", "auditor", "buyer", "exporter", "partner"]

WHOLE_BOOK_ROLES: frozenset[Role] = frozenset({"operator", "finance", "mediator", "auditor"})
PARTY_ROLES: frozenset[Role] = frozenset({"buyer", "exporter", "partner"})
"""Whoever is in one of these sees only what is their party's."""

NOBODY = ""
"""A key that no party has: who is sought by it isn't found."""


class Caller(Struct, frozen=True):
    """
    Who a request comes from.

    actor: kind and key, as `finance:FIN-1`, which events name; party: the key of whom a buyer, exporter or partner
    speaks for, else empty; books: those that they may enter, None for all.
    """

    actor: str
    role: Role
    party: str = ""
    books: frozenset[str] | None = None

    @property
    def is_party(self) -> bool:
        """Return whether they see only what is theirs."""
        return self.role in PARTY_ROLES

    def may_enter(self, book: str) -> bool:
        """Return whether a book is one of theirs."""
        return self.books is None or book in self.books

    def sought_as(self, role: Role, asked: str | None) -> str | None:
        """
        Return by which party of a role a list is searched: in their own role by their own, whatever they ask.

        asked: by which party the request wants to search; where it wants another's, it finds nothing.
        """
        if role != self.role or not self.is_party:
            return asked
        return self.party if asked in {None, self.party} else NOBODY

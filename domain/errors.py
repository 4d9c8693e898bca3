"""
The ways in which the ledger says no.

Every error is one of five categories, plus `Unavailable`; `LogCorrupt` stands outside so that no handler swallows it.
Concrete errors live beside the code that raises them, as keyword-only dataclasses: a stable `code` and typed
attributes.
"""

from dataclasses import dataclass, fields
from typing import Any, ClassVar

RULE = "rule"
"""Under which name the details of a refusal say which rule of a rulebook refused."""


@dataclass(eq=False, kw_only=True)
class LedgerError(Exception):
    """Something the ledger refuses, with a stable code and attributes a program can read."""

    code: ClassVar[str] = "ledger.error"
    retryable: ClassVar[bool] = False
    hint: ClassVar[str] = ""
    """What the caller should do next, where the attributes don't say it."""
    rule: ClassVar[str] = ""
    """The field of the rulebook's rules that says no, where one does."""
    ruled_by = ""
    """The version of the rules that says no, as `rulebook:standard/1`, where one does and the decision knew it."""

    def details(self) -> dict[str, Any]:
        """Return the attributes by name, and which rule of which version refused, where one did."""
        told = {field.name: getattr(self, field.name) for field in fields(self)}
        return told | {RULE: {"name": self.rule, "rulebook": self.ruled_by}} if self.ruled_by else told

    def __str__(self) -> str:
        """Return code, attributes and hint on one line."""
        attributes = " ".join(f"{name}={value}" for name, value in self.details().items())
        return ": ".join(part for part in (self.code, attributes, self.hint) if part)


class Malformed(LedgerError):
    """The value cannot mean anything."""


class NotFound(LedgerError):
    """No such order, account, event."""


class Forbidden(LedgerError):
    """This party may not."""


class Refused(LedgerError):
    """A rule says no in the present state."""


class Conflict(LedgerError):
    """Someone was first, or the same key came with another body."""


class Unavailable(LedgerError):
    """The database is absent or the queue is full: retry with the same key."""

    retryable: ClassVar[bool] = True


@dataclass(eq=False, kw_only=True)
class LogCorrupt(Exception):
    """The recorded log contradicts itself: stop writing."""

    book: str
    position: int
    what: str

    def __str__(self) -> str:
        """Return where the log is corrupt and how."""
        return f"log corrupt: book={self.book} position={self.position}: {self.what}"

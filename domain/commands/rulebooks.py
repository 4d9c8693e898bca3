"""Commands about a book and its rulebooks."""

from collections.abc import Sequence
from datetime import date

from msgspec.structs import replace

from domain.commands.command import Command
from domain.rules import Rules


class OpenBook(Command, frozen=True, kw_only=True):
    """Begin a marketplace's ledger."""

    book: str
    identity: str
    log_origin: str
    functional_currency: str = "USD"
    time_zone: str = "UTC"


class ReopenLog(Command, frozen=True, kw_only=True):
    """
    Let a book's log go on under another origin, after a restore to before what was signed.

    signed_size, signed_root: of the last checkpoint known under the old origin; restored_size: how many events of the
    log that was signed are left. The reason is a code.
    """

    old_origin: str
    new_origin: str
    signed_size: int
    signed_root: str
    restored_size: int
    reason: str


class RulebookCommand(Command, frozen=True, kw_only=True):
    """An intent about one version of a rulebook."""

    rulebook: str

    def subjects(self) -> Sequence[str]:
        """Return the rulebook."""
        return (f"rulebook:{self.rulebook}",)


class DraftRulebook(RulebookCommand, frozen=True, kw_only=True):
    """Write down a version of the rules."""

    rules: Rules

    def said(self) -> Command:
        """Return this command with its rules as version 1 said them, where it says no more."""
        return replace(self, rules=self.rules.said())


class ApproveRulebook(RulebookCommand, frozen=True, kw_only=True):
    """Agree to a draft as a second person."""


class PublishRulebook(RulebookCommand, frozen=True, kw_only=True):
    """Open an approved version for orders, from a day in its rules' time zone on; at once where none is given."""

    effective_from: date | None = None

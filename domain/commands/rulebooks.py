"""Commands about a book and its rulebooks."""

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


class DraftRulebook(Command, frozen=True, kw_only=True):
    """Write down a version of the rules."""

    rulebook: str
    rules: Rules

    def said(self) -> Command:
        """Return this command with its rules as version 1 said them, where it says no more."""
        return replace(self, rules=self.rules.said())


class ApproveRulebook(Command, frozen=True, kw_only=True):
    """Agree to a draft as a second person."""

    rulebook: str


class PublishRulebook(Command, frozen=True, kw_only=True):
    """Open an approved version for orders, from a day in its rules' time zone on; at once where none is given."""

    rulebook: str
    effective_from: date | None = None

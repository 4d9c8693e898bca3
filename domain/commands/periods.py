"""Commands about the accounting periods of a book; a period is a month, as 2026-10."""

from domain.closing_figures import BalanceLine
from domain.commands.command import Command


class ClosePeriod(Command, frozen=True, kw_only=True):
    """Let nothing be posted any more to a day of a month, or to a day before it."""

    period: str


class SealPeriod(Command, frozen=True, kw_only=True):
    """Keep what every account stood at when a period was closed: its control accounts, and the hash of all accounts."""

    period: str
    closing: int
    position: int
    trial_balance: tuple[BalanceLine, ...]
    accounts: int
    accounts_sha256: str


class ProposeReopening(Command, frozen=True, kw_only=True):
    """Ask that the month which was closed last be posted to again."""

    period: str
    reason: str


class ApproveReopening(Command, frozen=True, kw_only=True):
    """Agree to a reopening as a second person, which carries it out."""

    period: str
    number: int


class RejectReopening(Command, frozen=True, kw_only=True):
    """Refuse a reopening as a second person."""

    period: str
    number: int
    reason: str

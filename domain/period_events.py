"""What happens to the accounting periods of a book: closed, sealed with their figures, reopened by two people."""

from datetime import date

from domain.aggregate import Event
from domain.closing_figures import BalanceLine


class PeriodClosed(Event, frozen=True, kw_only=True):
    """Nothing is posted any more to a day of this period, or to a day before it."""

    period: str
    closing: int
    """Which closing of this period it is, counted from 1: each reopening lets another follow."""
    first_day: date
    last_day: date


class PeriodSealed(Event, frozen=True, kw_only=True):
    """The figures of a closing: of every posting up to a position with a posting date up to the period's last day."""

    period: str
    closing: int
    position: int
    """Of the closing's own event: what the log holds up to there is all that the figures are of."""
    trial_balance: tuple[BalanceLine, ...]
    """One line per control account and currency that isn't at zero."""
    accounts: int
    """How many accounts, each once per currency, aren't at zero."""
    accounts_sha256: str
    """Over the canonical listing of all of them, as `domain/closing_figures.py` defines it."""


class PeriodReopeningProposed(Event, frozen=True, kw_only=True):
    """Somebody wants to post to the days of a closed period again."""

    period: str
    number: int
    reason: str
    proposed_by: str


class PeriodReopeningRejected(Event, frozen=True, kw_only=True):
    """A second person disagreed; the period stays closed."""

    period: str
    number: int
    rejected_by: str
    reason: str


class PeriodReopened(Event, frozen=True, kw_only=True):
    """A second person agreed: the days of this period, but none before it, are posted to again."""

    period: str
    number: int
    approved_by: str


PeriodEvent = PeriodClosed | PeriodSealed | PeriodReopeningProposed | PeriodReopeningRejected | PeriodReopened

"""
A period is a calendar month in the book's time zone; a closed one takes no more postings.

Periods close in order and reopen in reverse, so one day tells it all: everything up to `closed_through` is closed.
Whichever month is closed first closes all days before it as well. Reopening opens the last closed month and nothing
else. What comes late is posted on the first open day: it is never refused. Source: shared design, section 2.
"""

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from domain.accounts import CHART
from domain.aggregate import Aggregate, begun
from domain.closing_figures import Figures, unbalanced
from domain.commitment import check_commitment
from domain.errors import Malformed, Refused
from domain.money import exponent_of
from domain.period_events import (
    PeriodClosed,
    PeriodEvent,
    PeriodReopened,
    PeriodReopeningProposed,
    PeriodReopeningRejected,
    PeriodSealed,
)
from domain.proposal import ApproverIsProposer, ProposalNotFound
from domain.references import key
from domain.side import is_same_person

MONTH = re.compile(r"[1-9][0-9]{3}-(0[1-9]|1[0-2])")

_A_DAY = timedelta(days=1)


@dataclass(eq=False, kw_only=True)
class PeriodMalformed(Malformed):
    """Not a month as 2026-10."""

    code: ClassVar[str] = "period.malformed"
    period: str


@dataclass(eq=False, kw_only=True)
class SealMalformed(Malformed):
    """What would be sealed can't be the figures of a closing."""

    code: ClassVar[str] = "period.seal_malformed"
    field: str
    problem: str


@dataclass(eq=False, kw_only=True)
class PeriodNotOver(Refused):
    """A period is closed from the day after its last on, in the book's time zone."""

    code: ClassVar[str] = "period.not_over"
    period: str
    last_day: date
    today: date


@dataclass(eq=False, kw_only=True)
class PeriodIsClosed(Refused):
    """The period is closed already, by a closing of its own or of a later one."""

    code: ClassVar[str] = "period.is_closed"
    period: str
    closed_through: date


@dataclass(eq=False, kw_only=True)
class PeriodNotClosed(Refused):
    """The period isn't closed, or this closing of it isn't the one that stands."""

    code: ClassVar[str] = "period.not_closed"
    period: str


@dataclass(eq=False, kw_only=True)
class PeriodIsSealed(Refused):
    """A closing is sealed once."""

    code: ClassVar[str] = "period.is_sealed"
    period: str
    closing: int


@dataclass(eq=False, kw_only=True)
class ReopeningPending(Refused):
    """A proposal to reopen the period waits already: it is approved or rejected first."""

    code: ClassVar[str] = "period.reopening_pending"
    period: str
    number: int


@dataclass(eq=False, kw_only=True)
class PeriodsOutOfOrder(Refused):
    """Periods are closed in order and reopened in reverse: another one is first."""

    code: ClassVar[str] = "period.out_of_order"
    period: str
    first: str


class Month(NamedTuple):
    """A calendar month's name, first and last day."""

    name: str
    first_day: date
    last_day: date


class Reopening(Struct, frozen=True, kw_only=True, gc=False):
    """A proposal to reopen that waits; its number is counted per period, from 1."""

    number: int
    proposed_by: str


class Period(Struct, frozen=True, kw_only=True, gc=False):
    """
    A month that something was said about.

    closings, proposed: how many closings and proposals to reopen there have been; sealed: whether the last closing is;
    pending: the proposal that waits.
    """

    closings: int = 0
    sealed: bool = False
    proposed: int = 0
    pending: Reopening | None = None


NOTHING_SAID = Period()


class Periods(Aggregate, frozen=True, kw_only=True):
    """All accounting periods of one book, and the day up to which they are closed."""

    closed_through: date | None = None
    periods: Mapping[str, Period] = {}

    def posting_date(self, day: date) -> date:
        """Return the day on which something of a day is posted: that day, or the first open one where it is closed."""
        if self.closed_through is None or day > self.closed_through:
            return day
        return self.closed_through + _A_DAY

    def state_of(self, period: str) -> Period:
        """Return what was said about a month."""
        return self.periods.get(period, NOTHING_SAID)

    def is_closed(self, month: Month) -> bool:
        """Return whether a month's days are closed."""
        return self.closed_through is not None and month.last_day <= self.closed_through

    def close(self, period: str, *, today: date) -> PeriodClosed:
        """
        Close a month. today: in the book's time zone.

        Raises, in this order: PeriodMalformed, PeriodIsClosed, PeriodsOutOfOrder, PeriodNotOver.
        """
        month = month_of(period)
        if self.closed_through is not None:
            if month.last_day <= self.closed_through:
                raise PeriodIsClosed(period=period, closed_through=self.closed_through)
            if month.first_day != self.closed_through + _A_DAY:
                raise PeriodsOutOfOrder(period=period, first=_name(self.closed_through + _A_DAY))
        if today <= month.last_day:
            raise PeriodNotOver(period=period, last_day=month.last_day, today=today)
        closing = self.state_of(period).closings + 1
        return PeriodClosed(period=period, closing=closing, first_day=month.first_day, last_day=month.last_day)

    def seal(self, period: str, figures: Figures, *, closing: int, position: int) -> PeriodSealed:
        """
        Keep the figures of a closing. position: of its own event, from 1.

        Raises, in this order: PeriodMalformed, SealMalformed, CurrencyUnknown, CommitmentMalformed, PeriodNotClosed,
        PeriodIsSealed.
        """
        month = month_of(period)
        _check_figures(figures, position=position)
        said = self.state_of(period)
        if not self.is_closed(month) or closing != said.closings or closing < 1:
            raise PeriodNotClosed(period=period)
        if said.sealed:
            raise PeriodIsSealed(period=period, closing=closing)
        return PeriodSealed(
            period=period,
            closing=closing,
            position=position,
            trial_balance=figures.trial_balance,
            accounts=figures.accounts,
            accounts_sha256=figures.accounts_sha256,
        )

    def propose_reopening(self, period: str, *, reason: str, actor: str) -> PeriodReopeningProposed:
        """
        Propose to reopen the month that was closed last. The reason is a code.

        Raises, in this order: PeriodMalformed, ReferenceMalformed, PeriodNotClosed, PeriodsOutOfOrder,
        ReopeningPending.
        """
        month = month_of(period)
        key(reason, field="reason")
        if not self.is_closed(month):
            raise PeriodNotClosed(period=period)
        self._check_last(month)
        said = self.state_of(period)
        if said.pending:
            raise ReopeningPending(period=period, number=said.pending.number)
        return PeriodReopeningProposed(period=period, number=said.proposed + 1, reason=reason, proposed_by=actor)

    def approve_reopening(self, period: str, number: int, *, actor: str) -> PeriodReopened:
        """
        Agree to a reopening as a second person.

        Raises, in this order: PeriodMalformed, ProposalNotFound, ApproverIsProposer, PeriodsOutOfOrder.
        Source: shared design, section 7.
        """
        month = month_of(period)
        self._check_second(period, number, actor=actor)
        self._check_last(month)
        return PeriodReopened(period=period, number=number, approved_by=actor)

    def reject_reopening(self, period: str, number: int, *, reason: str, actor: str) -> PeriodReopeningRejected:
        """
        Refuse a reopening as a second person. The reason is a code.

        Raises, in this order: PeriodMalformed, ReferenceMalformed, ProposalNotFound, ApproverIsProposer.
        """
        month_of(period)
        key(reason, field="reason")
        self._check_second(period, number, actor=actor)
        return PeriodReopeningRejected(period=period, number=number, rejected_by=actor, reason=reason)

    def _check_last(self, month: Month) -> None:
        if self.closed_through is not None and month.last_day != self.closed_through:
            raise PeriodsOutOfOrder(period=month.name, first=_name(self.closed_through))

    def _check_second(self, period: str, number: int, *, actor: str) -> None:
        proposals = f"{self.reference}/{period}"
        proposed = self.state_of(period).pending
        if proposed is None or proposed.number != number:
            raise ProposalNotFound(proposals=proposals, number=number)
        if is_same_person(actor, proposed.proposed_by):
            raise ApproverIsProposer(proposals=proposals, number=number, actor=actor)


def month_of(period: str) -> Month:
    """
    Return the month that a period is.

    Raises: PeriodMalformed.
    """
    if not MONTH.fullmatch(period):
        raise PeriodMalformed(period=period[:80])
    first_day = date.fromisoformat(f"{period}-01")
    _, days = monthrange(first_day.year, first_day.month)
    return Month(period, first_day, first_day.replace(day=days))


def evolve(periods: Periods | None, event: PeriodEvent, reference: str, _at: datetime) -> Periods:
    """Apply an event of a book's periods; the first closing begins them."""
    match event:
        case PeriodClosed():
            before = periods or Periods(reference=reference)
            closed = replace(before.state_of(event.period), closings=event.closing, sealed=False)
            return replace(_with(before, event.period, closed), closed_through=event.last_day)
        case PeriodReopened():
            before = begun(periods)
            reopened = replace(before.state_of(event.period), pending=None)
            return replace(
                _with(before, event.period, reopened), closed_through=month_of(event.period).first_day - _A_DAY
            )
        case PeriodSealed():
            before = begun(periods)
            return _with(before, event.period, replace(before.state_of(event.period), sealed=True))
        case PeriodReopeningProposed():
            before = begun(periods)
            waiting = Reopening(number=event.number, proposed_by=event.proposed_by)
            proposed = replace(before.state_of(event.period), proposed=event.number, pending=waiting)
            return _with(before, event.period, proposed)
        case PeriodReopeningRejected():
            before = begun(periods)
            return _with(before, event.period, replace(before.state_of(event.period), pending=None))


def _with(periods: Periods, name: str, period: Period) -> Periods:
    return replace(periods, periods={**periods.periods, name: period})


def _check_figures(figures: Figures, *, position: int) -> None:
    if position < 1:
        raise SealMalformed(field="position", problem="not from 1")
    if figures.accounts < len(figures.trial_balance):
        raise SealMalformed(field="accounts", problem="fewer than control accounts")
    keys = [(line.account, line.currency) for line in figures.trial_balance]
    if keys != sorted(set(keys)) or not {account for account, _ in keys} <= CHART.keys():
        raise SealMalformed(field="trial_balance", problem="not one line per control account and currency, in order")
    if more := unbalanced(figures.trial_balance):
        raise SealMalformed(field="trial_balance", problem=f"debits less credits aren't zero: {more}")
    for _, currency in keys:
        exponent_of(currency)
    check_commitment(figures.accounts_sha256, "accounts_sha256")


def _name(day: date) -> str:
    return day.isoformat()[:7]

"""Accounting periods as people look at them: what was closed, sealed and reopened, by whom, when and why."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal

import msgspec
from msgspec.structs import replace

from domain.closing_figures import BalanceLine
from domain.envelope import Recorded
from domain.errors import NotFound
from domain.period import MONTH, Month, PeriodMalformed, Periods, month_of
from domain.period_events import (
    PeriodClosed,
    PeriodEvent,
    PeriodReopened,
    PeriodReopeningProposed,
    PeriodReopeningRejected,
    PeriodSealed,
)
from domain.references import periods_id
from projections.moment import NOW, Moment
from projections.projection import Connection
from projections.streams import folded, stream_of

_CLOSING = re.compile(rf"(?P<period>{MONTH.pattern})(#(?P<number>[1-9][0-9]{{0,8}}))?")

PeriodState = Literal["open", "closed", "sealed"]
ReopeningState = Literal["waiting", "approved", "rejected"]


@dataclass(eq=False, kw_only=True)
class ClosingNotFound(NotFound):
    """No such closing is sealed: the period was never closed so often, or its figures are still missing."""

    code: ClassVar[str] = "period.closing_not_found"
    closing: str


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """
    Who said something, and when.

    position: of its event; occurred_at: when it was said to have happened; recorded_at: when it was recorded.
    """

    position: int
    actor: str
    role: str
    occurred_at: datetime
    recorded_at: datetime


class SealView(msgspec.Struct, frozen=True, kw_only=True):
    """
    The figures of a closing, in minor units, debits less credits.

    position: of the closing's event, up to which the log is summed; accounts: how many aren't at zero; accounts_sha256:
    over the canonical listing of them.
    """

    said: Said
    position: int
    trial_balance: tuple[BalanceLine, ...]
    accounts: int
    accounts_sha256: str


class ClosingView(msgspec.Struct, frozen=True, kw_only=True):
    """One closing of a period. stands: whether the period hasn't been reopened since."""

    closing: int
    said: Said
    stands: bool
    seal: SealView | None = None


class ReopeningView(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal to reopen a period, and what a second person said to it."""

    number: int
    reason: str
    proposed: Said
    state: ReopeningState = "waiting"
    decided: Said | None = None
    rejected_because: str | None = None


class PeriodView(msgspec.Struct, frozen=True, kw_only=True):
    """
    A period and its trail.

    state: `closed` also where only a later month was closed, which closes those before it; `sealed` where the closing
    that stands has its figures.
    """

    period: str
    first_day: date
    last_day: date
    state: PeriodState
    closings: tuple[ClosingView, ...] = ()
    reopenings: tuple[ReopeningView, ...] = ()

    @property
    def unsealed(self) -> ClosingView | None:
        """Return the closing that stands, if it has no figures yet."""
        return next((one for one in self.closings if one.stands and one.seal is None), None)


class ComparedLine(msgspec.Struct, frozen=True):
    """A control account in two closings, in minor units, debits less credits; difference: right less left."""

    account: str
    currency: str
    left_minor: int
    right_minor: int
    difference_minor: int


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two closings side by side; same: whether every account, and not only the control accounts, is the same."""

    left: str
    right: str
    same: bool
    left_accounts: int
    right_accounts: int
    lines: tuple[ComparedLine, ...]


def all_periods(connection: Connection, book: str, *, moment: Moment = NOW) -> list[PeriodView]:
    """
    Return every month that something had been said about at a moment, in order.

    Raises: LogCorrupt.
    """
    return _views(stream_of(connection, book, periods_id(book), moment=moment))


def get_period(connection: Connection, book: str, period: str) -> PeriodView:
    """
    Return a month; one that nothing was said about is open, or closed by a later one.

    Raises, in this order: PeriodMalformed, LogCorrupt.
    """
    month = month_of(period)
    stream = stream_of(connection, book, periods_id(book))
    said = next((view for view in _views(stream) if view.period == period), None)
    return said or _unsaid(month, "closed" if _periods(stream).is_closed(month) else "open")


def get_sealed(views: Iterable[PeriodView], named: str) -> tuple[str, SealView]:
    """
    Return a sealed closing by name, and its full name: `2026-10#1`, or `2026-10` for the last one that is sealed.

    Raises, in this order: PeriodMalformed, ClosingNotFound.
    """
    name = _CLOSING.fullmatch(named)
    if name is None:
        raise PeriodMalformed(period=named[:80])
    period, number = name["period"], name["number"]
    sealed = {
        closing.closing: closing.seal
        for view in views
        if view.period == period
        for closing in view.closings
        if closing.seal
    }
    closing = int(number) if number else max(sealed, default=0)
    if closing not in sealed:
        raise ClosingNotFound(closing=named)
    return f"{period}#{closing}", sealed[closing]


def compare(views: Iterable[PeriodView], left: str, right: str) -> Comparison:
    """
    Return two sealed closings side by side, named as `get_sealed` takes them.

    Raises what `get_sealed` does, for the left one first.
    """
    shown = list(views)
    (left_name, one), (right_name, other) = get_sealed(shown, left), get_sealed(shown, right)
    before, after = _by_account(one), _by_account(other)
    return Comparison(
        left=left_name,
        right=right_name,
        same=one.accounts_sha256 == other.accounts_sha256,
        left_accounts=one.accounts,
        right_accounts=other.accounts,
        lines=tuple(
            ComparedLine(*key, before.get(key, 0), after.get(key, 0), after.get(key, 0) - before.get(key, 0))
            for key in sorted(before | after)
        ),
    )


def _by_account(seal: SealView) -> dict[tuple[str, str], int]:
    return {(line.account, line.currency): line.balance_minor for line in seal.trial_balance}


def _periods(stream: list[Recorded]) -> Periods:
    periods = folded(stream)
    return periods if isinstance(periods, Periods) else Periods(reference="")


def _views(stream: list[Recorded]) -> list[PeriodView]:
    views: dict[str, PeriodView] = {}
    for recorded in stream:
        event = recorded.event
        if isinstance(event, PeriodEvent):
            view = views.get(event.period) or _unsaid(month_of(event.period), "closed")
            views[event.period] = _after(view, event, _said(recorded))
    return [views[name] for name in sorted(views)]


def _unsaid(month: Month, state: PeriodState) -> PeriodView:
    return PeriodView(period=month.name, first_day=month.first_day, last_day=month.last_day, state=state)


def _after(view: PeriodView, event: PeriodEvent, said: Said) -> PeriodView:
    """Return a period's trail with one more step."""
    match event:
        case PeriodClosed():
            closing = ClosingView(closing=event.closing, said=said, stands=True)
            return replace(view, state="closed", closings=(*view.closings, closing))
        case PeriodSealed():
            seal = SealView(
                said=said,
                position=event.position,
                trial_balance=event.trial_balance,
                accounts=event.accounts,
                accounts_sha256=event.accounts_sha256,
            )
            sealed = (replace(one, seal=seal) if one.closing == event.closing else one for one in view.closings)
            return replace(view, state="sealed", closings=tuple(sealed))
        case PeriodReopeningProposed():
            proposed = ReopeningView(number=event.number, reason=event.reason, proposed=said)
            return replace(view, reopenings=(*view.reopenings, proposed))
        case PeriodReopeningRejected():
            rejected = _decided(view, event.number, "rejected", said, because=event.reason)
            return replace(view, reopenings=rejected)
        case PeriodReopened():
            closings = tuple(replace(one, stands=False) for one in view.closings)
            approved = _decided(view, event.number, "approved", said)
            return replace(view, state="open", closings=closings, reopenings=approved)


def _decided(
    view: PeriodView, number: int, state: ReopeningState, said: Said, *, because: str | None = None
) -> tuple[ReopeningView, ...]:
    return tuple(
        replace(one, state=state, decided=said, rejected_because=because) if one.number == number else one
        for one in view.reopenings
    )


def _said(recorded: Recorded) -> Said:
    state = recorded.state
    return Said(
        position=recorded.position,
        actor=state.actor,
        role=state.role,
        occurred_at=state.occurred_at,
        recorded_at=state.recorded_at,
    )

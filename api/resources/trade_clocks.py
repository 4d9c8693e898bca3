"""Clocks of a trade as the API shows them one by one: those that run, and those that stopped or passed."""

from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from api.packs.scope import REVIEW
from api.resources.trade_parts import Parts
from domain.clock import (
    ClockExpired,
    ClockExtended,
    ClockKind,
    ClockNotRunning,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    ClockStopped,
    Effect,
    Silence,
)
from domain.references import clocks_id
from projections.moment import NOW, Moment
from projections.projection import Connection

ClockState = Literal["running", "paused", "stopped", "expired"]


class ClockView(Struct, frozen=True, kw_only=True):
    """
    A deadline of a trade, the last by its name.

    about: the reference of what it concerns; cause, because: the topics of the events that started and stopped it;
    silence_of: against whose silence it runs; due_at: as it stood at the pause, while it is paused.
    """

    order: str
    clock: str
    kind: ClockKind
    about: str
    cause: str
    silence_of: Silence
    effect: Effect
    state: ClockState
    started_at: datetime
    due_at: datetime
    paused_at: datetime | None
    ended_at: datetime | None
    because: str | None


def get_clock(
    connection: Connection, book: str, order: str, clock: str, *, to_a_side: bool = False, moment: Moment = NOW
) -> ClockView:
    """
    Return a clock of a trade by its name, as it stood at a moment.

    to_a_side: whether it is one of the two who trade that is told: the clock of a mediator's draft isn't theirs.

    Raises: ClockNotRunning.
    """
    view = None
    for each in Parts(connection, book, [clocks_id(order)], moment).events(clocks_id(order)):
        if getattr(each.event, "clock", None) == clock:
            view = _after(view, order, each.event, each.state.occurred_at)
    if view is None or (to_a_side and view.kind == REVIEW):
        raise ClockNotRunning(clocks=clocks_id(order), clock=clock)
    return view


def _after(view: ClockView | None, order: str, event: object, at: datetime) -> ClockView | None:
    match event:
        case ClockStarted():
            return _started(order, event, at)
        case _ if view is None:
            return None
        case ClockPaused():
            return replace(view, state="paused", paused_at=at)
        case ClockResumed(due_at=due_at):
            return replace(view, state="running", paused_at=None, due_at=due_at)
        case ClockExtended(due_at=due_at):
            return replace(view, due_at=due_at)
        case ClockStopped(because=because):
            return replace(view, state="stopped", paused_at=None, ended_at=at, because=because)
        case ClockExpired():
            return replace(view, state="expired", ended_at=at)
        case _:
            return view


def _started(order: str, event: ClockStarted, at: datetime) -> ClockView:
    return ClockView(
        order=order,
        clock=event.clock,
        kind=event.kind,
        about=event.about,
        cause=event.cause,
        silence_of=event.silence_of,
        effect=event.effect,
        state="running",
        started_at=at,
        due_at=event.due_at,
        paused_at=None,
        ended_at=None,
        because=None,
    )

"""The bookkeeping of a simulated marketplace: months are closed some days after their end, and one is reopened."""

from collections.abc import Iterator
from datetime import timedelta

from api.simulation.stage import Stage, Story
from api.simulation.world import FINANCE, SECOND_FINANCE
from domain import commands
from domain.period import Month, month_of

CLOSED_AFTER = timedelta(days=6)
"""Assumed: by then most of a month's bank facts are there; what comes later is posted in the next month."""
REJECTED, APPROVED = 1, 2
"""The months, counted from 0, of which a reopening is proposed: refused by a second person, and agreed to."""


def close_months(stage: Stage) -> Story:
    """Close one month after the other; the first one also a day too early, which is refused."""
    for number, month in enumerate(_months(stage)):
        ends_at = stage.at.replace(year=month.last_day.year, month=month.last_day.month, day=month.last_day.day)
        close = commands.ClosePeriod(period=month.name)
        if number == 0:
            yield stage.until(ends_at)
            stage.say(close, FINANCE)
        yield stage.until(ends_at + CLOSED_AFTER)
        stage.say(close, FINANCE)
        if number in {REJECTED, APPROVED}:
            yield from _reopen(month.name, stage, agreed=number == APPROVED)


def _reopen(period: str, stage: Stage, *, agreed: bool) -> Story:
    """Propose to reopen a month, which its proposer can't approve; where a second person does, close it again."""
    yield stage.at + timedelta(hours=20)
    stage.say(commands.ProposeReopening(period=period, reason="entry-missing"), FINANCE)
    approve = commands.ApproveReopening(period=period, number=1)
    stage.say(approve, FINANCE)
    yield stage.at + timedelta(hours=5)
    if agreed:
        stage.say(approve, SECOND_FINANCE)
        yield stage.at + timedelta(days=2)
        stage.say(commands.ClosePeriod(period=period), FINANCE)
    else:
        stage.say(commands.RejectReopening(period=period, number=1, reason="not-material"), SECOND_FINANCE)


def _months(stage: Stage) -> Iterator[Month]:
    """Yield the months of the stage's time, and so on: whatever comes after its end isn't said."""
    month = month_of(f"{stage.starts_at:%Y-%m}")
    while True:
        yield month
        month = month_of(f"{month.last_day + timedelta(days=1):%Y-%m}")

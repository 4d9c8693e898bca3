"""A simulated pause is some days on which nobody may expect an answer: a strike, a flood, a laboratory that is busy."""

from api.simulation import odds
from api.simulation.stage import Stage, Story
from api.simulation.world import OPERATOR
from domain import commands


def pause(order: str, clock: str, *, stage: Stage) -> Story:
    """Let a running clock stand still, and run on."""
    stage.say(commands.PauseClock(order=order, clock=clock, reason="force-majeure"), OPERATOR)
    yield stage.days(odds.PAUSE_DAYS)
    stage.say(commands.ResumeClock(order=order, clock=clock, reason="over"), OPERATOR)

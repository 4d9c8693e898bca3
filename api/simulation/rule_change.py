"""A simulated change of rules: a second version of the rulebook, and from which day orders are placed under it."""

from datetime import timedelta

from api.simulation.cast import Cast
from api.simulation.stage import Stage, Story
from api.simulation.world import LATER_RULEBOOK, LATER_RULES, OPERATOR, SECOND_OPERATOR
from domain import commands

DRAFTED_AT = 34
"""Percent of the simulated time."""
NOTICE = timedelta(days=10)


def change_rules(stage: Stage, cast: Cast) -> Story:
    """Draft the second version, which its drafter can't approve; publish it, some days before it takes effect."""
    yield stage.share(DRAFTED_AT)
    stage.say(commands.DraftRulebook(rulebook=LATER_RULEBOOK, rules=LATER_RULES), OPERATOR)
    yield stage.hours((3, 20))
    approve = commands.ApproveRulebook(rulebook=LATER_RULEBOOK)
    stage.say(approve, OPERATOR)
    yield stage.hours((3, 20))
    stage.say(approve, SECOND_OPERATOR)
    today = LATER_RULES.calendar.day_of(stage.at)
    late = commands.PublishRulebook(rulebook=LATER_RULEBOOK, effective_from=today - timedelta(days=1))
    stage.say(late, OPERATOR)
    publish = commands.PublishRulebook(rulebook=LATER_RULEBOOK, effective_from=today + NOTICE)
    if not stage.say(publish, OPERATOR):
        cast.later_rules_from = publish.effective_from

"""Compliance of a simulated marketplace: sanctions lists, suspensions, legal holds, and parties who leave."""

from api.simulation.cast import Cast
from api.simulation.stage import Stage, Story
from api.simulation.world import OPERATOR, WATCHLIST
from domain import commands
from domain.commitment import Commitment
from domain.hold import Hold
from domain.references import hold_id

LIST_CHANGES = (0, 44, 76)
"""Percent of the simulated time at which the watchlist comes in another version."""
BUSY, LISTED = 12, 3
"""Assumed: so many parties bear a listed name; all but one of them turn out to be somebody else."""
SCREENED_AN_HOUR = 40
SUSPENSIONS = 8
PROFILE_CHANGES = 12
"""Assumed, over the simulated time."""
LEAVING = "BUY-GONE"
"""A buyer who registers, never buys, and wants to be forgotten."""
COURT_FILE = "court-2026-17"


def keep_watchlist(stage: Stage, cast: Cast) -> Story:
    """Take over each version of the list, and look everybody up in it."""
    for number, percent in enumerate(LIST_CHANGES, start=1):
        yield stage.share(percent)
        change = commands.RecordWatchlist(
            list_name=WATCHLIST, version=f"2026-{number:02d}", sha256=stage.dice.invented("watchlist")
        )
        stage.say(change, OPERATOR)
        if number > 1:
            cast.listed |= _listed(cast)
        yield from _screen_all(stage, cast)
        if cast.listed:
            stage.begin(clear_names(stage, cast))


def clear_names(stage: Stage, cast: Cast) -> Story:
    """Find out, one by one, that the list means somebody else; and let the money move again."""
    for party in sorted(cast.listed)[1:]:
        yield stage.days((2, 9))
        cast.listed.discard(party)
        orders = _trades_of(cast, party)
        cast.screen(party)
        for order in orders:
            hold = stage.find(Hold, hold_id(order))
            if hold and hold.frozen_minor:
                yield stage.hours((0, 3))
                stage.say(commands.UnfreezeHold(order=order, reason="cleared"), OPERATOR)


def suspend_some(stage: Stage, cast: Cast) -> Story:
    """Suspend an exporter or a buyer now and then; most come back."""
    for number in range(1, SUSPENSIONS + 1):
        yield stage.share(number * 95 // SUSPENSIONS)
        party = cast.party("exporter" if number % 3 else "buyer")
        if party and not stage.say(commands.SuspendParty(party=party, reason="papers-expired"), OPERATOR):
            stage.begin(_reinstate(party, stage))


def change_profiles(stage: Stage, cast: Cast) -> Story:
    """Let somebody move house, or marry."""
    for number in range(1, PROFILE_CHANGES + 1):
        yield stage.share(number * 95 // PROFILE_CHANGES)
        if party := cast.party("buyer" if number % 2 else "exporter"):
            commitment = Commitment(stage.dice.invented("address"))
            stage.say(commands.ChangeProfile(party=party, field="address", commitment=commitment), OPERATOR)


def leave(stage: Stage, cast: Cast) -> Story:
    """Ask to be forgotten: too early, then under a legal hold, and at last for good."""
    yield stage.share(2)
    cast.introduce(LEAVING, "buyer")
    forget = commands.ForgetParty(party=LEAVING)
    yield stage.days((3, 6))
    stage.say(forget, OPERATOR)
    stage.say(commands.PlaceLegalHold(party=LEAVING, reason=COURT_FILE), OPERATOR)
    yield stage.share(40)
    stage.say(forget, OPERATOR)
    yield stage.share(55)
    stage.say(commands.LiftLegalHold(party=LEAVING, reason=COURT_FILE), OPERATOR)
    stage.say(forget, OPERATOR)


def _reinstate(party: str, stage: Stage) -> Story:
    yield stage.days((2, 14))
    stage.say(commands.ReinstateParty(party=party, reason="papers-renewed"), OPERATOR)


def _screen_all(stage: Stage, cast: Cast) -> Story:
    for number, party in enumerate(cast.registered, start=1):
        found = cast.find(party)
        if found and not found.is_forgotten:
            cast.screen(party)
        if number % SCREENED_AN_HOUR == 0:
            yield stage.hours((1, 1))


def _listed(cast: Cast) -> set[str]:
    """Return parties whose names a new version of the list bears: those with the most open trades, but for a few."""
    trading = sorted(cast.registered, key=lambda party: -len(_trades_of(cast, party)))
    return set(trading[BUSY : BUSY + LISTED])


def _trades_of(cast: Cast, party: str) -> tuple[str, ...]:
    found = cast.find(party)
    return tuple(found.open_trades) if found else ()

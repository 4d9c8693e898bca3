"""The cast of a simulated marketplace: its parties, who they are, who brought them, and whether they were looked up."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from api.simulation import odds, world
from api.simulation.bank_account import stands_for
from api.simulation.stage import Stage
from api.simulation.world import INSPECTOR, MEDIATORS, OPERATOR, WATCHLIST
from domain import commands
from domain.commitment import Commitment
from domain.party import Party
from domain.party_events import Role
from domain.references import party_id, watchlist_id
from domain.watchlist import Watchlist

PROFILE = ("name", "address", "tax-number")
PAID_AT = ("account_name", "iban")
"""What is known of who is paid, beside that."""
PAID_ROLES = frozenset({"buyer", "exporter", "partner"})

NEWCOMER = "NEW-"
BUSIEST = 5


class Agreed(NamedTuple):
    """An agreement that exporters may be referred under, and how many in a hundred of them are."""

    agreement: str
    percent: int


class Cast:
    """
    Whoever takes part, registered when first needed: a small simulation has a small cast.

    listed: parties that the present version of the watchlist names, as long as nobody finds out that it means others.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._newcomers = 0
        self._registered: dict[str, None] = {}
        self.listed: set[str] = set()
        self.agreements: Sequence[Agreed] = ()
        self.later_rules_from: date | None = None

    @property
    def registered(self) -> Sequence[str]:
        """Return who takes part, in the order in which they came."""
        return tuple(self._registered)

    @property
    def rulebook(self) -> str:
        """Return the rulebook in force."""
        return world.LATER_RULEBOOK if self._has_come(self.later_rules_from) else world.RULEBOOK

    def rulebook_of_an_order(self) -> str:
        """Return the rulebook that somebody would order under, who may be too early."""
        hasty = self.later_rules_from is not None and self._stage.dice.chance(odds.TOO_EARLY_UNDER_LATER_RULES)
        return world.LATER_RULEBOOK if hasty else self.rulebook

    def buyer(self) -> str:
        """Return somebody who buys."""
        return f"BUY-{self._stage.dice.party(world.BUYERS)}"

    def exporter(self) -> str:
        """Return somebody who sells: an old hand, or one who hasn't before."""
        if self._stage.dice.chance(world.NEWCOMERS):
            return self.newcomer()
        return f"EXP-{self._stage.dice.party(world.EXPORTERS)}"

    def newcomer(self) -> str:
        """Return somebody who never sold here before."""
        self._newcomers += 1
        return f"{NEWCOMER}{self._newcomers}"

    def mediator(self, *, not_of: Collection[str]) -> str:
        """Return somebody who decides disputes; where all have had to do with this one, anybody."""
        mediator = self._stage.dice.one_of([name for name in MEDIATORS if name not in not_of] or MEDIATORS)
        self.introduce(mediator, "mediator")
        return mediator

    def inspector(self) -> str:
        """Return somebody who inspects goods, as an actor."""
        self.introduce(INSPECTOR, "inspector")
        return f"inspector:{INSPECTOR}"

    def party(self, role: Role) -> str | None:
        """Return somebody who takes part as this, if anybody does but the first few, who mostly trade most."""
        suited = [party for party in self._registered if role in self._get(party).roles][BUSIEST:]
        return self._stage.dice.one_of(suited) if suited else None

    def introduce(self, party: str, role: Role) -> bool:
        """Register a party and look it up, and record who brought it; return whether it was new."""
        if party in self._registered:
            return False
        register = commands.RegisterParty(
            party=party,
            roles=(role,),
            country=self._country(role),
            rulebook=self.rulebook,
            profile=self._profile(party, role),
        )
        self._stage.say(register, OPERATOR)
        self._registered[party] = None
        self.screen(party)
        if role == "exporter":
            self._refer(party)
        return True

    def screen(self, party: str) -> None:
        """Look a party up in the watchlist as it stands."""
        watchlist = self._stage.find(Watchlist, watchlist_id(WATCHLIST))
        if watchlist is None:
            return
        screened = commands.ScreenParty(
            party=party,
            list_name=WATCHLIST,
            list_version=watchlist.version,
            list_hash=watchlist.sha256,
            result="hit" if party in self.listed else "clear",
        )
        self._stage.say(screened, OPERATOR)

    def find(self, party: str) -> Party | None:
        """Return a party that takes part, or nothing."""
        return self._stage.find(Party, party_id(party))

    def _get(self, party: str) -> Party:
        found = self.find(party)
        assert found is not None  # noqa: S101 - whoever is registered here is so in the book
        return found

    def _has_come(self, day: date | None) -> bool:
        return day is not None and world.LATER_RULES.calendar.day_of(self._stage.at) >= day

    def _country(self, role: Role) -> str:
        return self._stage.dice.pick(world.EXPORTER_COUNTRIES if role == "exporter" else world.BUYER_COUNTRIES)

    def _profile(self, party: str, role: Role) -> dict[str, Commitment]:
        profile = {field: Commitment(self._stage.dice.invented(field)) for field in PROFILE}
        if role in PAID_ROLES:
            profile |= {field: stands_for(f"{field} of {party}") for field in PAID_AT}
        return profile

    def _refer(self, exporter: str) -> None:
        drawn = self._stage.dice.whole((1, 100))
        for agreed in self.agreements:
            drawn -= agreed.percent
            if drawn <= 0:
                self._say_referred(exporter, agreed.agreement)
                break
        if self.agreements and self._stage.dice.chance(odds.REFERRED_TWICE):
            self._say_referred(exporter, self.agreements[0].agreement)

    def _say_referred(self, exporter: str, agreement: str) -> None:
        starts_on = self._stage.at.date()
        refer = commands.ReferExporter(party=exporter, agreement=agreement, starts_on=starts_on)
        self._stage.say(refer, OPERATOR)


def is_newcomer(exporter: str) -> bool:
    """Return whether an exporter had never sold here before."""
    return exporter.startswith(NEWCOMER)

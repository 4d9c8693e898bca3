"""
Sight is which events a listener is told of: those that they may see, and of these the ones that they asked for.

Whether an event is seen depends on nothing that comes after it, so that whoever listens now and whoever reads the same
stretch of the log again are told the same. A draft of a decision is therefore never told to a side, also when it is
given later: what was decided is told by the event that gives it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from api.identity.caller import PARTY_ROLES
from api.packs.scope import SEEN_BY_SIDE, Scope
from api.streams.told import Told
from domain.catalogue import BY_TOPIC
from domain.commission import CommissionAccrued, CommissionClawedBack, CommissionEarned, CommissionTaxWithheld
from domain.errors import Malformed
from domain.references import kind_of

KINDS = frozenset(topic.partition(".")[0] for topic in BY_TOPIC)


@dataclass(eq=False, kw_only=True)
class TopicUnknown(Malformed):
    """No event has this topic: say one of the catalogue, as `dispute.opened`, or a kind of them, as `dispute`."""

    code: ClassVar[str] = "topic.unknown"
    topic: str


class Wanted(NamedTuple):
    """What a listener asks for; what is empty wants all. topics: whole ones or kinds of them."""

    topics: frozenset[str] = frozenset()
    order: str = ""
    party: str = ""

    def takes(self, told: Told) -> bool:
        """Return whether an event is asked for."""
        topic = told.recorded.topic
        if self.topics and topic not in self.topics and topic.partition(".")[0] not in self.topics:
            return False
        if self.order and told.order != self.order:
            return False
        return not self.party or self.party in told.parties


class Sight(NamedTuple):
    """
    What one listener is told.

    role, party: of one who sees only what is theirs; an empty role sees the whole book.
    """

    role: str = ""
    party: str = ""
    wanted: Wanted = Wanted()

    def takes(self, told: Told) -> bool:
        """Return whether an event is told."""
        return self.wanted.takes(told) and self.sees(told)

    def sees(self, told: Told) -> bool:
        """Return whether an event may be seen, with all that was recorded up to it, and nothing after."""
        if self.role not in PARTY_ROLES:
            return not self.role
        if told.payee:
            return told.payee == self.party
        if self.role == "partner":
            return told.partner == self.party
        if told.sides is None or getattr(told.sides, self.role) != self.party:
            return False
        return self._scope_at(told).sees(told.recorded)

    def _scope_at(self, told: Told) -> Scope:
        paid = frozenset({told.recorded.originator_id}) if _payer(told) == self.role else frozenset()
        return Scope(self.role, self.party, SEEN_BY_SIDE[self.role], frozenset(), paid)


def wanted_of(topics: Iterable[str], *, order: str | None, party: str | None) -> Wanted:
    """
    Return what a listener asks for.

    Raises: TopicUnknown.
    """
    asked = frozenset(topics)
    for topic in sorted(asked):
        if topic not in BY_TOPIC and topic not in KINDS:
            raise TopicUnknown(topic=topic[:80])
    return Wanted(asked, order or "", party or "")


def _payer(told: Told) -> str:
    if kind_of(told.recorded.originator_id) != "commission":
        return ""
    match told.recorded.event:
        case (
            CommissionAccrued(payer=payer)
            | CommissionEarned(payer=payer)
            | CommissionTaxWithheld(payer=payer)
            | CommissionClawedBack(payer=payer)
        ):
            return payer
        case _:
            return ""

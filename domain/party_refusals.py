"""Why the ledger says no to something about a party."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from domain.errors import Malformed, NotFound, Refused
from domain.party_events import Role


@dataclass(eq=False, kw_only=True)
class PartyMalformed(Malformed):
    """A field of the registration can't be meant."""

    code: ClassVar[str] = "party.malformed"
    field: str
    problem: str


@dataclass(eq=False, kw_only=True)
class PartiesSame(Malformed):
    """A deal has two sides, and nobody is both."""

    code: ClassVar[str] = "party.same"
    party: str


@dataclass(eq=False, kw_only=True)
class PartyAlreadyRegistered(Refused):
    """A party's key is used once, also after the party is forgotten."""

    code: ClassVar[str] = "party.already_registered"
    party: str


@dataclass(eq=False, kw_only=True)
class PartyForgotten(Refused):
    """Nothing happens any more to a party whose values are erased."""

    code: ClassVar[str] = "party.forgotten"
    party: str


@dataclass(eq=False, kw_only=True)
class PartyNotRegistered(Refused):
    """The rulebook asks that both sides of an order be registered."""

    code: ClassVar[str] = "party.not_registered"
    rule: ClassVar[str] = "registered_parties_only"
    party: str


@dataclass(eq=False, kw_only=True)
class PartyLacksRole(Refused):
    """The party isn't registered as what it is asked to be."""

    code: ClassVar[str] = "party.lacks_role"
    party: str
    role: Role


@dataclass(eq=False, kw_only=True)
class PartyIsSuspended(Refused):
    """A suspended party takes on no orders and is paid nothing."""

    code: ClassVar[str] = "party.suspended"
    party: str


@dataclass(eq=False, kw_only=True)
class PartyNotSuspended(Refused):
    """Only a suspended party is reinstated."""

    code: ClassVar[str] = "party.not_suspended"
    party: str


@dataclass(eq=False, kw_only=True)
class PartySanctioned(Refused):
    """The latest screening found the party on a sanctions list."""

    code: ClassVar[str] = "party.sanctioned"
    party: str
    list_name: str


@dataclass(eq=False, kw_only=True)
class PartyNotScreened(Refused):
    """The rulebook asks for a screening under the list's present version: screen the party first."""

    code: ClassVar[str] = "party.not_screened"
    rule: ClassVar[str] = "screening_lists"
    party: str
    list_name: str


@dataclass(eq=False, kw_only=True)
class ReferralOverlaps(Refused):
    """Two partners can't have referred one exporter for the same day."""

    code: ClassVar[str] = "party.referral_overlaps"
    party: str
    partner: str
    starts_on: date
    ends_on: date


@dataclass(eq=False, kw_only=True)
class LegalHoldAlreadyPlaced(Refused):
    """The party is kept for this reason already."""

    code: ClassVar[str] = "party.legal_hold_already_placed"
    party: str
    reason: str


@dataclass(eq=False, kw_only=True)
class LegalHoldNotFound(NotFound):
    """The party isn't kept for this reason."""

    code: ClassVar[str] = "party.legal_hold_not_found"
    party: str
    reason: str


@dataclass(eq=False, kw_only=True)
class PartyUnderLegalHold(Refused):
    """What a court or an authority may ask for isn't erased."""

    code: ClassVar[str] = "party.under_legal_hold"
    party: str
    reasons: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class PartyHasOpenTrades(Refused):
    """A party whose money may still move can't be forgotten."""

    code: ClassVar[str] = "party.has_open_trades"
    party: str
    open_trades: int


@dataclass(eq=False, kw_only=True)
class RetentionRunning(Refused):
    """The rulebook keeps a party's values for a while after its last trade."""

    code: ClassVar[str] = "party.retention_running"
    rule: ClassVar[str] = "retention_days"
    party: str
    until: datetime

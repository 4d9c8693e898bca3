"""What happens to a party: registered, referred, screened, suspended, kept for the law, forgotten; and its trades."""

from datetime import date
from typing import Literal

from domain.aggregate import Event
from domain.commitment import Commitment
from domain.references import RulebookId

Role = Literal["buyer", "exporter", "partner", "mediator", "inspector"]
ScreeningResult = Literal["clear", "hit"]


class PartyRegistered(Event, frozen=True, kw_only=True):
    """Somebody takes part in this marketplace from now on, under the terms of a rulebook."""

    roles: tuple[Role, ...]
    country: str
    rulebook: RulebookId
    profile: dict[str, Commitment]
    """By field, as `name` or `address`: what stands for the value."""


class PartyProfileChanged(Event, frozen=True, kw_only=True):
    """A name, an address or another field of the party has a new value."""

    field: str
    commitment: Commitment


class PartyReferred(Event, frozen=True, kw_only=True):
    """A partner brought this exporter, whose orders of the period count for the partner's agreement."""

    partner: str
    agreement: str
    starts_on: date
    ends_on: date
    """The first day that no longer counts."""


class PartyScreened(Event, frozen=True, kw_only=True):
    """The party was looked up in a version of a sanctions list."""

    list_name: str
    list_version: str
    list_hash: str
    result: ScreeningResult
    after_hit: bool
    """Whether the screening before this one, against the same list, was a hit."""
    screened_by: str


class PartySuspended(Event, frozen=True, kw_only=True):
    """The party takes on no new orders and is paid nothing until it is reinstated; buyers still get refunds."""

    reason: str


class PartyReinstated(Event, frozen=True, kw_only=True):
    """The party's suspension ended."""

    reason: str


class PartyLegalHoldPlaced(Event, frozen=True, kw_only=True):
    """The party's values may not be erased while this reason stands."""

    reason: str


class PartyLegalHoldLifted(Event, frozen=True, kw_only=True):
    """One reason to keep the party's values is gone."""

    reason: str


class PartyErased(Event, frozen=True, kw_only=True):
    """The party is forgotten: its values and their salts are erased wherever they are kept."""

    erased_by: str
    fields: tuple[str, ...]


class PartyTradeOpened(Event, frozen=True, kw_only=True):
    """Money may be held for a trade that the party is a side of."""

    order: str


class PartyTradeClosed(Event, frozen=True, kw_only=True):
    """Nothing is held any more for a trade that the party was a side of."""

    order: str


PartyEvent = (
    PartyRegistered
    | PartyProfileChanged
    | PartyReferred
    | PartyScreened
    | PartySuspended
    | PartyReinstated
    | PartyLegalHoldPlaced
    | PartyLegalHoldLifted
    | PartyErased
    | PartyTradeOpened
    | PartyTradeClosed
)

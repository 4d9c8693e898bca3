"""Commands about who takes part: registration, referral, screening, suspension, and being forgotten."""

from collections.abc import Sequence
from datetime import date

from msgspec import field

from domain.commands.command import Command
from domain.commitment import Commitment
from domain.party_events import Role, ScreeningResult
from domain.references import party_id, watchlist_id


class PartyCommand(Command, frozen=True, kw_only=True):
    """An intent about one party."""

    party: str

    def subjects(self) -> Sequence[str]:
        """Return the party."""
        return (party_id(self.party),)


class RegisterParty(PartyCommand, frozen=True, kw_only=True):
    """Let somebody take part under a rulebook; the profile is commitments by field, as `name` or `address`."""

    roles: tuple[Role, ...]
    country: str
    rulebook: str = "standard/1"
    profile: dict[str, Commitment] = field(default_factory=dict)

    def subjects(self) -> Sequence[str]:
        """Return the party and the rulebook."""
        return party_id(self.party), f"rulebook:{self.rulebook}"


class ChangeProfile(PartyCommand, frozen=True, kw_only=True):
    """Give one field of a party's profile a new value, by what stands for it."""

    field: str
    commitment: Commitment


class ReferExporter(PartyCommand, frozen=True, kw_only=True):
    """Record that an agreement's partner brought this exporter, from a day on, for as long as the agreement says."""

    agreement: str
    starts_on: date

    def subjects(self) -> Sequence[str]:
        """Return the party and the agreement."""
        return party_id(self.party), f"agreement:{self.agreement}"


class ScreenParty(PartyCommand, frozen=True, kw_only=True):
    """Record what looking a party up in the present version of a sanctions list came to."""

    list_name: str
    list_version: str
    list_hash: str
    result: ScreeningResult

    def subjects(self) -> Sequence[str]:
        """Return the party and the list."""
        return party_id(self.party), watchlist_id(self.list_name)


class SuspendParty(PartyCommand, frozen=True, kw_only=True):
    """Stop a party's new orders and its releases; refunds go on."""

    reason: str


class ReinstateParty(PartyCommand, frozen=True, kw_only=True):
    """End a suspension; what became due meanwhile is released."""

    reason: str


class PlaceLegalHold(PartyCommand, frozen=True, kw_only=True):
    """Forbid that a party be forgotten."""

    reason: str


class LiftLegalHold(PartyCommand, frozen=True, kw_only=True):
    """Drop one reason to keep a party's values."""

    reason: str


class ForgetParty(PartyCommand, frozen=True, kw_only=True):
    """Erase what is personal about a party, where no legal hold, open trade or retention rule forbids it."""


class RecordWatchlist(Command, frozen=True, kw_only=True):
    """Record that a sanctions list came in a new version."""

    list_name: str
    version: str
    sha256: str

    def subjects(self) -> Sequence[str]:
        """Return the list."""
        return (watchlist_id(self.list_name),)


class OpenTrade(PartyCommand, frozen=True, kw_only=True):
    """Count a trade among those whose money may move."""

    order: str


class CloseTrade(PartyCommand, frozen=True, kw_only=True):
    """Count a trade no longer among those whose money may move."""

    order: str

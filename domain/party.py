"""
A party is somebody who takes part in trades: a buyer, an exporter, a partner who brought an exporter, a mediator, an
inspector.

It is an opaque reference with roles and a country. Its name, address and bank details are committed to and kept
elsewhere, where they can be erased.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import get_args

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from domain.aggregate import Aggregate, begun
from domain.commitment import Commitment, check_commitment
from domain.countries import check_country
from domain.days import UNCOUNTABLE, is_countable
from domain.open_trades import NO_TRADES, OpenTrades
from domain.party_events import (
    PartyErased,
    PartyEvent,
    PartyLegalHoldLifted,
    PartyLegalHoldPlaced,
    PartyProfileChanged,
    PartyReferred,
    PartyRegistered,
    PartyReinstated,
    PartyScreened,
    PartySuspended,
    PartyTradeClosed,
    PartyTradeOpened,
    Role,
    ScreeningResult,
)
from domain.party_refusals import (
    LegalHoldAlreadyPlaced,
    LegalHoldNotFound,
    PartiesSame,
    PartyAlreadyRegistered,
    PartyForgotten,
    PartyHasOpenTrades,
    PartyIsSuspended,
    PartyLacksRole,
    PartyMalformed,
    PartyNotSuspended,
    PartySanctioned,
    PartyUnderLegalHold,
    ReferralOverlaps,
    RetentionRunning,
)
from domain.references import RulebookId, key, key_of

PROFILE_FIELDS_MAX = 64


class Referral(Struct, frozen=True, kw_only=True, gc=False):
    """A partner's claim to an exporter's orders: from the first day up to, and without, the last."""

    partner: str
    agreement: str
    starts_on: date
    ends_on: date
    """The first day that no longer counts."""

    def covers(self, day: date) -> bool:
        """Return whether an order placed on this day counts for the partner."""
        return self.starts_on <= day < self.ends_on

    def overlaps(self, other: "Referral") -> bool:
        """Return whether there is a day that both cover."""
        return self.starts_on < other.ends_on and other.starts_on < self.ends_on


class Screening(Struct, frozen=True, kw_only=True, gc=False):
    """What looking a party up in one version of a sanctions list came to."""

    list_version: str
    list_hash: str
    result: ScreeningResult


class Party(Aggregate, frozen=True, kw_only=True):
    """Somebody who takes part, and how the party stands."""

    roles: tuple[Role, ...]
    country: str
    rulebook: RulebookId
    profile: dict[str, Commitment]
    registered_at: datetime
    referrals: tuple[Referral, ...] = ()
    screenings: dict[str, Screening] = msgspec.field(default_factory=dict)
    """By list: the latest."""
    is_suspended: bool = False
    legal_holds: tuple[str, ...] = ()
    is_forgotten: bool = False
    open_trades: OpenTrades = NO_TRADES
    last_trade_closed_at: datetime | None = None

    @property
    def has_hit(self) -> bool:
        """Return whether the latest screening against some list found the party on it."""
        return bool(self.hits)

    @property
    def hits(self) -> tuple[str, ...]:
        """Return the lists that the party was found on when it was last looked up there."""
        return tuple(name for name, screening in self.screenings.items() if screening.result == "hit")

    @property
    def is_blocked(self) -> bool:
        """Return whether the party may neither take on orders nor be paid."""
        return self.is_suspended or self.has_hit

    def referral_on(self, day: date) -> Referral | None:
        """Return the referral that an order placed on this day counts for."""
        return next((referral for referral in self.referrals if referral.covers(day)), None)

    def is_screened(self, versions: Mapping[str, str]) -> bool:
        """Return whether the latest screening against each of these lists is clear, and under this version of it."""
        return not self.unscreened(versions)

    def unscreened(self, versions: Mapping[str, str]) -> tuple[str, ...]:
        """Return those of some lists, given with their present version, under which the party isn't clear."""
        return tuple(name for name, version in versions.items() if not self._is_clear(name, version))

    def outdated(self, versions: Mapping[str, str]) -> tuple[str, ...]:
        """Return those of some lists, given with their present version, that the party is still to be looked up in."""
        return () if self.is_forgotten else tuple(name for name in versions if self._last_seen(name) != versions[name])

    def check_here(self) -> None:
        """
        Check that the party isn't forgotten.

        Raises: PartyForgotten.
        """
        if self.is_forgotten:
            raise PartyForgotten(party=key_of(self.reference))

    def check_standing(self) -> None:
        """
        Check that nothing forbids the party to take on orders or to be paid.

        Raises, in this order: PartyIsSuspended, PartySanctioned.
        """
        if self.is_suspended:
            raise PartyIsSuspended(party=key_of(self.reference))
        for list_name in self.hits:
            raise PartySanctioned(party=key_of(self.reference), list_name=list_name)

    def check_role(self, role: Role) -> None:
        """
        Check that the party is registered as this.

        Raises: PartyLacksRole.
        """
        if role not in self.roles:
            raise PartyLacksRole(party=key_of(self.reference), role=role)

    def change_profile(self, name: str, commitment: str) -> PartyProfileChanged:
        """
        Give a field of the profile a new value, by what stands for it.

        Raises, in this order: ReferenceMalformed, CommitmentMalformed, PartyForgotten, PartyMalformed (a field too
        many).
        """
        key(name, field="field")
        check_commitment(commitment, name)
        self.check_here()
        _check_fields({*self.profile, name})
        return PartyProfileChanged(field=name, commitment=Commitment(commitment))

    def refer(self, referral: Referral) -> PartyReferred:
        """
        Record that a partner brought this exporter.

        Raises, in this order: PartyForgotten, PartyLacksRole, PartiesSame, PartyMalformed (no day), ReferralOverlaps.
        """
        self.check_here()
        self.check_role("exporter")
        check_two_sides(referral.partner, key_of(self.reference))
        if referral.starts_on >= referral.ends_on:
            raise PartyMalformed(field="starts_on", problem="the agreement counts no day from here on")
        for other in self.referrals:
            if referral.overlaps(other):
                raise ReferralOverlaps(
                    party=key_of(self.reference),
                    partner=other.partner,
                    starts_on=other.starts_on,
                    ends_on=other.ends_on,
                )
        return PartyReferred(
            partner=referral.partner,
            agreement=referral.agreement,
            starts_on=referral.starts_on,
            ends_on=referral.ends_on,
        )

    def screen(self, list_name: str, screening: Screening, *, actor: str) -> PartyScreened:
        """
        Record what looking the party up came to; that the list is at this version has been checked.

        Raises: PartyForgotten.
        """
        self.check_here()
        return PartyScreened(
            list_name=list_name,
            list_version=screening.list_version,
            list_hash=screening.list_hash,
            result=screening.result,
            after_hit=list_name in self.hits,
            screened_by=actor,
        )

    def suspend(self, *, reason: str) -> PartySuspended:
        """
        Stop new orders and payments to the party. The reason is a code.

        Raises, in this order: ReferenceMalformed, PartyForgotten, PartyIsSuspended.
        """
        key(reason, field="reason")
        self.check_here()
        if self.is_suspended:
            raise PartyIsSuspended(party=key_of(self.reference))
        return PartySuspended(reason=reason)

    def reinstate(self, *, reason: str) -> PartyReinstated:
        """
        End the suspension. The reason is a code.

        Raises, in this order: ReferenceMalformed, PartyForgotten, PartyNotSuspended.
        """
        key(reason, field="reason")
        self.check_here()
        if not self.is_suspended:
            raise PartyNotSuspended(party=key_of(self.reference))
        return PartyReinstated(reason=reason)

    def place_legal_hold(self, *, reason: str) -> PartyLegalHoldPlaced:
        """
        Keep the party's values. The reason is a code, as a court's file number: several may stand side by side.

        Raises, in this order: ReferenceMalformed, PartyForgotten, LegalHoldAlreadyPlaced.
        """
        key(reason, field="reason")
        self.check_here()
        if reason in self.legal_holds:
            raise LegalHoldAlreadyPlaced(party=key_of(self.reference), reason=reason)
        return PartyLegalHoldPlaced(reason=reason)

    def lift_legal_hold(self, *, reason: str) -> PartyLegalHoldLifted:
        """
        Drop one reason to keep the party's values.

        Raises, in this order: ReferenceMalformed, LegalHoldNotFound.
        """
        key(reason, field="reason")
        if reason not in self.legal_holds:
            raise LegalHoldNotFound(party=key_of(self.reference), reason=reason)
        return PartyLegalHoldLifted(reason=reason)

    def forget(self, *, at: datetime, retention_days: int, actor: str) -> PartyErased:
        """
        Decide that the party's values are erased; the erasing follows once this is recorded.

        retention_days: how many days they are kept after the last trade closed, or after the registration where none
        ever did.

        Raises, in this order: PartyForgotten, PartyUnderLegalHold, PartyHasOpenTrades, RetentionRunning.
        """
        self.check_here()
        if self.legal_holds:
            raise PartyUnderLegalHold(party=key_of(self.reference), reasons=self.legal_holds)
        if self.open_trades:
            raise PartyHasOpenTrades(party=key_of(self.reference), open_trades=len(self.open_trades))
        until = (self.last_trade_closed_at or self.registered_at) + timedelta(days=retention_days)
        if at < until:
            raise RetentionRunning(party=key_of(self.reference), until=until)
        return PartyErased(erased_by=actor, fields=tuple(sorted(self.profile)))

    def _last_seen(self, list_name: str) -> str | None:
        screening = self.screenings.get(list_name)
        return screening.list_version if screening else None

    def _is_clear(self, list_name: str, version: str) -> bool:
        screening = self.screenings.get(list_name)
        return screening is not None and screening.result == "clear" and screening.list_version == version


def register(
    existing: Party | None,
    *,
    roles: Sequence[Role],
    country: str,
    rulebook: RulebookId,
    profile: Mapping[str, str],
    party: str,
) -> PartyRegistered:
    """
    Let somebody take part.

    Raises, in this order: PartyMalformed (no role, or one twice), PartyMalformed (a field too many), CountryUnknown,
    for each field ReferenceMalformed (its name) and CommitmentMalformed, PartyAlreadyRegistered.
    """
    if not roles or len(set(roles)) < len(roles):
        raise PartyMalformed(field="roles", problem=f"needed, each once: some of {', '.join(get_args(Role))}")
    _check_fields(profile)
    check_country(country)
    committed = {
        key(field, field="profile"): check_commitment(commitment, f"profile.{field}")
        for field, commitment in profile.items()
    }
    if existing:
        raise PartyAlreadyRegistered(party=party)
    return PartyRegistered(roles=tuple(roles), country=country, rulebook=rulebook, profile=committed)


def check_day(day: date, *, field: str) -> None:
    """
    Check that years can be counted from a day on.

    Raises: PartyMalformed.
    """
    if not is_countable(day):
        raise PartyMalformed(field=field, problem=UNCOUNTABLE)


def check_two_sides(one: str, other: str) -> None:
    """
    Check that nobody deals with itself.

    Raises: PartiesSame.
    """
    if one == other:
        raise PartiesSame(party=one)


def evolve(party: Party | None, event: PartyEvent, reference: str, at: datetime) -> Party:
    """Apply an event of a party."""
    match event:
        case PartyRegistered():
            return _registered(event, reference, at)
        case PartyTradeOpened() | PartyTradeClosed():
            return _with_trade(begun(party), event, at)
        case PartyScreened():
            return _screened(begun(party), event)
        case PartyProfileChanged():
            return replace(begun(party), profile=begun(party).profile | {event.field: event.commitment})
        case PartyReferred():
            return replace(begun(party), referrals=(*begun(party).referrals, _referral(event)))
        case PartySuspended() | PartyReinstated():
            return replace(begun(party), is_suspended=isinstance(event, PartySuspended))
        case PartyLegalHoldPlaced() | PartyLegalHoldLifted():
            return _with_legal_hold(begun(party), event)
        case PartyErased():
            return replace(begun(party), profile={}, is_forgotten=True)


def _check_fields(fields: Mapping[str, str] | set[str]) -> None:
    if len(fields) > PROFILE_FIELDS_MAX:
        raise PartyMalformed(field="profile", problem=f"more than {PROFILE_FIELDS_MAX} fields")


def _registered(event: PartyRegistered, reference: str, at: datetime) -> Party:
    return Party(
        reference=reference,
        roles=event.roles,
        country=event.country,
        rulebook=event.rulebook,
        profile=event.profile,
        registered_at=at,
    )


def _screened(party: Party, event: PartyScreened) -> Party:
    screening = Screening(list_version=event.list_version, list_hash=event.list_hash, result=event.result)
    return replace(party, screenings=party.screenings | {event.list_name: screening})


def _with_trade(party: Party, event: PartyTradeOpened | PartyTradeClosed, at: datetime) -> Party:
    if isinstance(event, PartyTradeOpened):
        return replace(party, open_trades=party.open_trades.with_opened(event.order))
    last = max(at, party.last_trade_closed_at or at)
    return replace(party, open_trades=party.open_trades.with_closed(event.order), last_trade_closed_at=last)


def _with_legal_hold(party: Party, event: PartyLegalHoldPlaced | PartyLegalHoldLifted) -> Party:
    others = tuple(reason for reason in party.legal_holds if reason != event.reason)
    placed = (event.reason,) if isinstance(event, PartyLegalHoldPlaced) else ()
    return replace(party, legal_holds=(*others, *placed))


def _referral(event: PartyReferred) -> Referral:
    return Referral(partner=event.partner, agreement=event.agreement, starts_on=event.starts_on, ends_on=event.ends_on)

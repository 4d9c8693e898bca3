"""Matches and breaks as resources: with their versions, links, and what the caller may say about them next."""

import msgspec

from api.allowed.actions import allowed_of_break, allowed_of_match, allowed_of_settlement
from api.reconciling.break_views import BreakShown
from api.reconciling.settlement_views import SettlementView
from api.reconciling.views import MatchShown
from api.resources.resource import About, as_resource
from domain.references import bank_match_id, settlement_id


def match_resource(about: About, match: MatchShown) -> msgspec.Struct:
    """Return a match as a resource."""
    key = match.match
    allowed = about.now(lambda at: allowed_of_match(about.book, about.caller, key, at=at))
    links, version = about.links("match", match=key), about.version(bank_match_id(key))
    return as_resource(match, links=links, allowed=allowed, version=version)


def settlement_resource(about: About, shown: SettlementView, *, provider: str, settlement: str) -> msgspec.Struct:
    """Return a payment provider's settlement as a resource."""
    name = settlement_id(provider, settlement)
    allowed = about.now(lambda at: allowed_of_settlement(about.book, about.caller, name, at=at))
    links = about.links("settlement", provider=provider, settlement=settlement)
    return as_resource(shown, links=links, allowed=allowed, version=about.version(name))


def break_resource(about: About, shown: BreakShown) -> msgspec.Struct:
    """Return a break as a resource."""
    key = shown.break_key
    allowed = about.now(lambda at: allowed_of_break(about.book, about.caller, key, shown.subject, at=at))
    links, version = about.links("break", break_key=key), about.version(f"break:{key}")
    return as_resource(shown, links=links, allowed=allowed, version=version)

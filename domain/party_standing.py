"""
A party's standing says whether it may take on orders and be paid.

Whoever isn't registered has no standing to lose: whether registration is asked for at all is the rulebook's.
"""

from domain.party import Party, check_two_sides
from domain.party_events import Role
from domain.party_refusals import PartyNotRegistered, PartyNotScreened
from domain.references import party_id, watchlist_id
from domain.rules import Rules
from domain.unit_of_work import UnitOfWork
from domain.watchlist import Watchlist


def is_blocked(party: str, uow: UnitOfWork) -> bool:
    """Return whether a party, by key, is suspended or found on a sanctions list; never, if it isn't registered."""
    registered = find_party(party, uow)
    return registered is not None and registered.is_blocked


def has_hit(party: str, uow: UnitOfWork) -> bool:
    """Return whether a party, by key, was found on a sanctions list when it was last looked up there."""
    registered = find_party(party, uow)
    return registered is not None and registered.has_hit


def check_may_trade(*, buyer: str, exporter: str, rules: Rules, uow: UnitOfWork) -> None:
    """
    Check that two parties, by key, may agree on an order under these rules.

    Raises, in this order: PartiesSame; for the buyer PartyNotRegistered, PartyLacksRole, PartyForgotten,
    PartyIsSuspended, PartySanctioned, AggregateNotFound (a list that the rules name), PartyNotScreened; for the
    exporter PartyNotRegistered, PartyLacksRole, PartyForgotten, PartyIsSuspended, PartySanctioned, PartyNotScreened.
    """
    check_two_sides(buyer, exporter)
    _check_side(buyer, "buyer", rules, uow)
    _check_side(exporter, "exporter", rules, uow)


def check_may_go_on(*, buyer: str, exporter: str, uow: UnitOfWork) -> None:
    """
    Check that two parties, by key, may still be bound by an order.

    Raises, in this order: for the buyer PartyForgotten, PartyIsSuspended, PartySanctioned; for the exporter
    PartyForgotten, PartyIsSuspended, PartySanctioned.
    """
    _check_unblocked(find_party(buyer, uow))
    _check_unblocked(find_party(exporter, uow))


def check_may_be_paid(party: str, uow: UnitOfWork) -> None:
    """
    Check that money may become a party's, by key. A refund asks nobody: it is the buyer's own money.

    Raises, in this order: PartyIsSuspended, PartySanctioned.
    """
    registered = find_party(party, uow)
    if registered:
        registered.check_standing()


def find_party(party: str, uow: UnitOfWork) -> Party | None:
    """Return a party by key, or nothing where it isn't registered."""
    return uow.find(Party, party_id(party))


def _check_side(party: str, role: Role, rules: Rules, uow: UnitOfWork) -> None:
    registered = find_party(party, uow)
    if rules.registered_parties_only:
        if registered is None:
            raise PartyNotRegistered(party=party)
        registered.check_role(role)
    _check_unblocked(registered)
    _check_screened(party, registered, rules, uow)


def _check_unblocked(registered: Party | None) -> None:
    if registered:
        registered.check_here()
        registered.check_standing()


def _check_screened(party: str, registered: Party | None, rules: Rules, uow: UnitOfWork) -> None:
    if not rules.screening_lists:
        return
    versions = {name: uow.get(Watchlist, watchlist_id(name)).version for name in rules.screening_lists}
    unscreened = registered.unscreened(versions) if registered else tuple(versions)
    for list_name in unscreened:
        raise PartyNotScreened(party=party, list_name=list_name)

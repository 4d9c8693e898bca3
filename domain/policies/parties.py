"""Standing: which trades are a party's, what a sanctions hit freezes, what is paid once a party may be paid again."""

from collections.abc import Iterator

from domain import commands
from domain.aggregate import Event
from domain.hold import Hold, HoldClosed, HoldOpened, HoldPaymentReceived, HoldUndisputed
from domain.money import Money
from domain.order import Order
from domain.party import Party
from domain.party_events import PartyReinstated, PartyScreened
from domain.party_standing import find_party, has_hit
from domain.policies.policy import Policy
from domain.policies.settlement import refund_what_is_not_owed, release_what_is_due
from domain.references import hold_id, key_of, order_id
from domain.takeover import HoldTakenOver
from domain.trade import Trade
from domain.unit_of_work import UnitOfWork

SANCTIONS_HIT = "sanctions-hit"


def open_trade_of_parties(reference: str, _event: Event, uow: UnitOfWork) -> Iterator[commands.Command]:
    """When money may be held for an order, it is an open trade of both sides, once they are registered."""
    for party in _sides(reference, uow):
        if key_of(reference) not in party.open_trades and not party.is_forgotten:
            yield commands.OpenTrade(party=key_of(party.reference), order=key_of(reference))


def close_trade_of_parties(reference: str, _event: Event, uow: UnitOfWork) -> Iterator[commands.Command]:
    """When a hold closes, its order is no open trade any more."""
    for party in _sides(reference, uow):
        if key_of(reference) in party.open_trades:
            yield commands.CloseTrade(party=key_of(party.reference), order=key_of(reference))


def freeze_trades_of_sanctioned(reference: str, event: Event, uow: UnitOfWork) -> Iterator[commands.Command]:
    """When a party is found on a sanctions list, everything held in its open trades is frozen."""
    if not (isinstance(event, PartyScreened) and event.result == "hit"):
        return
    for order in uow.get(Party, reference).open_trades:
        if uow.get(Hold, hold_id(order)).held_minor:
            yield commands.FreezeHold(order=order, reason=SANCTIONS_HIT)


def freeze_what_arrives(reference: str, event: Event, uow: UnitOfWork) -> Iterator[commands.Command]:
    """
    When money comes into the hold of a party on a sanctions list, it is frozen before anything else happens to it.

    What a dispute frees and gives back to the buyer goes its way; the rest of what it frees doesn't.
    """
    hold = uow.get(Hold, reference)
    if not (has_hit(hold.buyer, uow) or has_hit(hold.exporter, uow)):
        return
    minor = min(_arrived_minor(event), Trade(key_of(reference), uow).unpromised_minor)
    if minor > 0:
        amount = Money(currency=hold.currency, minor=minor)
        yield commands.FreezeHold(order=key_of(reference), amount=amount, reason=SANCTIONS_HIT)


def release_what_waited(reference: str, event: Event, uow: UnitOfWork) -> Iterator[commands.Command]:
    """
    When a party may be paid again, it is paid what became due in its open trades while it couldn't be; what is beyond
    that goes back.
    """
    party = uow.get(Party, reference)
    if party.is_blocked or (isinstance(event, PartyScreened) and not event.after_hit):
        return
    for order in party.open_trades:
        if uow.get(Order, order_id(order)).exporter == key_of(reference):
            yield from release_what_is_due(hold_id(order), event, uow)
            yield from refund_what_is_not_owed(hold_id(order), event, uow)


POLICIES: dict[type[Event], tuple[Policy, ...]] = {
    HoldOpened: (open_trade_of_parties,),
    HoldTakenOver: (freeze_what_arrives, open_trade_of_parties),
    HoldPaymentReceived: (freeze_what_arrives, open_trade_of_parties),
    HoldUndisputed: (freeze_what_arrives,),
    HoldClosed: (close_trade_of_parties,),
    PartyScreened: (freeze_trades_of_sanctioned, release_what_waited),
    PartyReinstated: (release_what_waited,),
}


def _arrived_minor(event: Event) -> int:
    match event:
        case HoldPaymentReceived():
            return event.amount_minor
        case HoldTakenOver():
            return event.held_minor
        case HoldUndisputed():
            return max(0, event.amount_minor - event.conceded_minor)
        case _:
            return 0


def _sides(reference: str, uow: UnitOfWork) -> tuple[Party, ...]:
    hold = uow.get(Hold, reference)
    sides = (find_party(party, uow) for party in dict.fromkeys((hold.buyer, hold.exporter)))
    return tuple(party for party in sides if party)

"""
What each command does: which aggregates it reads, which rules that span them it checks, which events happen.

Rules about one aggregate stand in that aggregate's file; the handlers here look at several.
"""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from domain import commands
from domain.handlers import (
    amendments,
    bank_accounts,
    bank_matches,
    breaks,
    claim_money,
    clocks,
    commissions,
    disputes,
    fx,
    guarantees,
    holds,
    orders,
    parties,
    payee_moves,
    payouts,
    periods,
    proposals,
    realisation,
    rulebooks,
    settlements,
    takeovers,
)
from domain.handlers.clocks import due_clocks, expire
from domain.party_standing import find_party
from domain.policies import POLICIES
from domain.unit_of_work import UnitOfWork

Handler = Callable[[Any, UnitOfWork], None]

HANDLERS: dict[type[commands.Command], Handler] = {
    **rulebooks.HANDLERS,
    **orders.HANDLERS,
    **amendments.HANDLERS,
    **clocks.HANDLERS,
    **holds.HANDLERS,
    **disputes.HANDLERS,
    **claim_money.HANDLERS,
    **proposals.HANDLERS,
    **payee_moves.HANDLERS,
    **payouts.HANDLERS,
    **bank_accounts.HANDLERS,
    **bank_matches.HANDLERS,
    **breaks.HANDLERS,
    **settlements.HANDLERS,
    **guarantees.HANDLERS,
    **takeovers.HANDLERS,
    **parties.HANDLERS,
    **commissions.HANDLERS,
    **periods.HANDLERS,
    **realisation.HANDLERS,
    **fx.HANDLERS,
}


def decide(command: commands.Command, uow: UnitOfWork) -> None:
    """
    Decide a command and all that follows from it by policy, into the unit of work.

    A command about an order, or about whether a party may go on with its orders, finds their clocks as they are at its
    instant: those that are due pass first, each at its own instant and in a clock's name, so that a late worker, or
    none, decides nothing.

    Raises what the command's handler documents; a refusal of something that follows refuses the whole.
    """
    followed = 0
    for order in _trades_of(command, uow):
        for clock in due_clocks(order, uow):
            with uow.as_clock(clock.kind, occurred_at=clock.due_at):
                uow.policy = "expire_due_clocks"
                expire(order, clock, uow)
                followed = _follow(followed, uow)
    uow.policy = ""
    HANDLERS[type(command)](command, uow)
    _follow(followed, uow)


def _trades_of(command: commands.Command, uow: UnitOfWork) -> Iterable[str]:
    match command:
        case commands.PlaceOrder():
            return ()  # an order begins without clocks
        case commands.OrderCommand():
            return (command.order,)
        case commands.MatchBankEntries():
            return command.orders
        case commands.SuspendParty() | commands.ReinstateParty() | commands.ScreenParty():
            party = find_party(command.party, uow)
            return party.open_trades if party else ()
        case _:
            return ()


def _follow(followed: int, uow: UnitOfWork) -> int:
    """Decide what follows from every step after the first `followed`; return how many there are in the end."""
    for step in islice(uow.steps, followed, None):  # which grows with what follows
        for policy in POLICIES.get(type(step.event), ()):
            for follow_up in policy(step.reference, step.event, uow):
                uow.policy = policy.__name__
                HANDLERS[type(follow_up)](follow_up, uow)
    return len(uow.steps)

"""What a dispute does to its order's money: set aside, satisfied by the buyer's bank, paid, freed."""

from collections.abc import Callable
from typing import Any

from domain import commands, refund, release
from domain.dispute import Dispute
from domain.dispute_events import DisputeMoneySetAside
from domain.references import DisputeId, dispute_id
from domain.trade import Trade, awards_waiting, hold_of, trade_of
from domain.unit_of_work import UnitOfWork

DISPUTED = "disputed"
"""The reason of a release that is rejected because a claim needs the money, and of a refund that a dispute gives."""


def set_money_aside(command: commands.SetMoneyAside, uow: UnitOfWork) -> None:
    """
    Sets aside what is held, and promised to no refund, as far as the claims lack it; releases that wait while claims
    lack more than is free are rejected, and what stays due of them is proposed anew.

    Refuses nothing: where nothing is held there is nothing to set aside.
    """
    dispute, trade = _dispute(command, uow), trade_of(command.order, uow)
    wanted_minor = min(dispute.lacking_minor, trade.unpromised_minor)
    if dispute.lacking_minor > max(0, trade.free_minor):
        _reject_releases(trade, dispute, uow)
    if trade.hold.status == "closed" or wanted_minor <= 0:
        return
    amounts = dispute.share_out(wanted_minor)
    disputed = trade.hold.dispute(wanted_minor, dispute=DisputeId(dispute.reference))
    uow.record(dispute.reference, DisputeMoneySetAside(amounts=amounts))
    uow.record(trade.hold.reference, disputed)


def satisfy_claims(command: commands.SatisfyClaims, uow: UnitOfWork) -> None:
    """Refuses nothing: what goes beyond the claims satisfies none."""
    dispute, hold = _dispute(command, uow), hold_of(command.order, uow)
    uow.record(dispute.reference, dispute.satisfy(command.amount_minor, left_minor=hold.disputed_minor))


def settle_claims(command: commands.SettleClaims, uow: UnitOfWork) -> None:
    """
    Frees what was set aside for claims and pays what their remedies give back, in one refund: out of what was set
    aside, and beyond it from the exporter, who may come to owe it.

    A release that waited for money which is given back, or is owed no more, is rejected, and what stays due is proposed
    anew. What the bank took back is counted. What is frozen is conceded but not paid yet: it is refunded once it is
    unfrozen. That, and what is neither there nor recoverable, is recorded as unpaid.

    Raises, in this order: AggregateNotFound, DisputeIsSettled, ClaimNotFound.
    """
    dispute, trade = _dispute(command, uow), trade_of(command.order, uow)
    claims = [dispute.get(number) for number in command.claims]
    aside_minor = min(sum(claim.set_aside_minor for claim in claims), trade.hold.disputed_minor)
    owed_minor = sum(claim.owed_minor for claim in claims)
    ungiven_minor = max(0, trade.hold.frozen_minor - awards_waiting(command.order, uow))
    frozen_minor = min(max(0, owed_minor - aside_minor), ungiven_minor)
    paid_minor = min(owed_minor - frozen_minor, aside_minor + trade.hold.recoverable_minor)
    conceded_minor = frozen_minor + min(paid_minor, aside_minor + trade.hold.held_minor)
    if aside_minor or conceded_minor:
        uow.record(
            trade.hold.reference,
            trade.hold.undispute(aside_minor, conceded_minor=conceded_minor, dispute=DisputeId(dispute.reference)),
        )
    if paid_minor > max(0, aside_minor + trade.free_minor) or conceded_minor > max(0, trade.unreleased_minor):
        _reject_releases(trade, dispute, uow)
    uow.record(dispute.reference, *dispute.settle(claims, paid_minor=paid_minor, frozen_minor=frozen_minor))
    if paid_minor:
        _propose_refund(command.order, paid_minor, dispute, uow)


def pay_awards(command: commands.PayAwards, uow: UnitOfWork) -> None:
    """Refuses nothing: it pays, of what was awarded and is unfrozen now, as much as is free."""
    dispute, trade = _dispute(command, uow), trade_of(command.order, uow)
    paid_minor = min(dispute.waiting_minor, trade.unpromised_minor)
    if trade.hold.status == "closed" or paid_minor <= 0:
        return
    if paid_minor > trade.free_minor:
        _reject_releases(trade, dispute, uow)
    uow.record(dispute.reference, dispute.pay_awards(paid_minor))
    _propose_refund(command.order, paid_minor, dispute, uow)


HANDLERS: dict[type[commands.Command], Callable[[Any, UnitOfWork], None]] = {
    commands.SetMoneyAside: set_money_aside,
    commands.SatisfyClaims: satisfy_claims,
    commands.SettleClaims: settle_claims,
    commands.PayAwards: pay_awards,
}


def _propose_refund(order: str, amount_minor: int, dispute: Dispute, uow: UnitOfWork) -> None:
    trade = Trade(order, uow)
    proposed = refund.propose(
        trade.refunds.next_number,
        amount_minor,
        trade.hold.recovery_for(amount_minor),
        currency=trade.hold.currency,
        actor=dispute.reference,
        reason=DISPUTED,
    )
    uow.record(trade.refunds.reference, proposed)


def _reject_releases(trade: Trade, dispute: Dispute, uow: UnitOfWork) -> None:
    for waiting in trade.releases.pending:
        rejected = release.withdraw(waiting.number, by=dispute.reference, reason=DISPUTED)
        uow.record(trade.releases.reference, rejected)


def _dispute(command: commands.DisputeCommand, uow: UnitOfWork) -> Dispute:
    return uow.get(Dispute, dispute_id(command.order, command.dispute))

"""
Commission: it accrues when money is released, is earned at once where claims have ended, and is clawed back when
released money is taken back.
"""

from collections.abc import Iterator

from domain import commands
from domain.aggregate import Event
from domain.commission import CommissionAccrued
from domain.hold import HoldChargedBack, HoldRecovered, HoldReleased
from domain.policies.policy import Policy
from domain.policies.settlement import earn_commission
from domain.proposal import Breakdown
from domain.references import key_of
from domain.unit_of_work import UnitOfWork


def accrue_commission(reference: str, event: Event, _uow: UnitOfWork) -> Iterator[commands.Command]:
    """When money is released, commission accrues for the partner who brought the exporter, if one did."""
    if isinstance(event, HoldReleased):
        breakdown = Breakdown(gross_minor=event.gross_minor, fee_minor=event.fee_minor, tax_minor=event.tax_minor)
        yield commands.AccrueCommission(order=key_of(reference), release=event.release, breakdown=breakdown)


def claw_back_commission(reference: str, event: Event, _uow: UnitOfWork) -> Iterator[commands.Command]:
    """When released money is taken back, by a refund or by the buyer's bank, so is the commission on it."""
    if isinstance(event, HoldRecovered):
        cause, gross_minor = str(event.refund), event.gross_minor
        yield commands.ClawBackCommission(order=key_of(reference), gross_minor=gross_minor, cause=cause)
    elif isinstance(event, HoldChargedBack) and event.exporter_minor:
        gross_minor = event.exporter_minor
        yield commands.ClawBackCommission(order=key_of(reference), gross_minor=gross_minor, cause=reference)


POLICIES: dict[type[Event], tuple[Policy, ...]] = {
    HoldReleased: (accrue_commission,),
    HoldRecovered: (claw_back_commission,),
    HoldChargedBack: (claw_back_commission,),
    CommissionAccrued: (earn_commission,),
}

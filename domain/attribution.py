"""An attribution says under which agreement, and by which terms, an order brings a partner commission."""

from typing import NamedTuple

from domain.agreement import Agreement, TermsVersion
from domain.agreement_terms import AgreementTerms
from domain.commission import Commission
from domain.order import Order
from domain.party import Party
from domain.party_standing import find_party
from domain.references import agreement_id, commission_id, key_of
from domain.trade import rules_of
from domain.unit_of_work import UnitOfWork


class Attribution(NamedTuple):
    """An agreement, and the version of its terms that is the order's."""

    agreement: Agreement
    version: TermsVersion

    @property
    def terms(self) -> AgreementTerms:
        """Return the order's terms."""
        return self.version.terms


def attribution_of(order: Order, uow: UnitOfWork) -> Attribution | None:
    """
    Return whom an order brings commission, or nothing where no referral or agreement covers it.

    The day that counts is the one on which the order was placed, as its rulebook counts days. Once commission has
    accrued under some terms, the rest of the order is under the same.
    """
    exporter = find_party(order.exporter, uow)
    if exporter is None:
        return None
    commission = uow.find(Commission, commission_id(key_of(order.reference)))
    return begun_under(commission, uow) if commission else _found_for(order, exporter, uow)


def begun_under(commission: Commission, uow: UnitOfWork) -> Attribution:
    """Return the agreement and the terms that an order's commission has begun under."""
    agreement = uow.get(Agreement, agreement_id(commission.agreement))
    return Attribution(agreement, agreement.version_from(commission.terms_from))


def _found_for(order: Order, exporter: Party, uow: UnitOfWork) -> Attribution | None:
    if order.placed_at is None:
        return None
    day = rules_of(order, uow).calendar.day_of(order.placed_at)
    referral = exporter.referral_on(day)
    agreement = uow.find(Agreement, agreement_id(referral.agreement)) if referral else None
    version = agreement.find_version(day) if agreement else None
    return Attribution(agreement, version) if agreement and version else None

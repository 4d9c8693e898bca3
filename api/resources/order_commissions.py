"""The commission on one order as the API shows it: what accrued, what was earned, what was taken back."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from msgspec import Struct

from api.resources.trade_parts import Parts
from domain.agreement_terms import Payer
from domain.commission import Commission
from domain.errors import NotFound
from domain.references import commission_id
from projections.moment import NOW, Moment
from projections.projection import Connection


@dataclass(eq=False, kw_only=True)
class CommissionNotFound(NotFound):
    """No commission accrued on this order, or not yet at the position that was read."""

    code: ClassVar[str] = "commission.not_found"
    order: str


class OrderCommissionView(Struct, frozen=True, kw_only=True):
    """
    One order's commission, in minor units: accrued = clawed back + earned + unearned.

    terms_from: the first day of the agreement's terms that count; basis: what the rate was of, less what of it was
    taken back; released, recovered: gross, of the releases that commission accrued on.
    """

    order: str
    agreement: str
    partner: str
    exporter: str
    payer: Payer
    terms_from: date
    currency: str
    released_minor: int
    recovered_minor: int
    basis_minor: int
    accrued_minor: int
    earned_minor: int
    unearned_minor: int
    clawed_back_minor: int


def get_commission(connection: Connection, book: str, order: str, *, moment: Moment = NOW) -> OrderCommissionView:
    """
    Return the commission on an order as it stood at a moment.

    Raises: CommissionNotFound.
    """
    name = commission_id(order)
    found = Parts(connection, book, [name], moment).load(name).aggregate
    if not isinstance(found, Commission):
        raise CommissionNotFound(order=order)
    return OrderCommissionView(
        order=order,
        agreement=found.agreement,
        partner=found.partner,
        exporter=found.exporter,
        payer=found.payer,
        terms_from=found.terms_from,
        currency=found.currency,
        released_minor=found.released_minor,
        recovered_minor=found.recovered_minor,
        basis_minor=found.basis_minor - found.basis_back_minor,
        accrued_minor=found.accrued_minor,
        earned_minor=found.earned_minor,
        unearned_minor=found.unearned_minor,
        clawed_back_minor=found.clawed_back_minor,
    )

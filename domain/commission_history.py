"""How an order's commission is folded from its events."""

from datetime import datetime

from msgspec.structs import replace

from domain.aggregate import begun
from domain.commission import (
    Commission,
    CommissionAccrued,
    CommissionClawedBack,
    CommissionEarned,
    CommissionEvent,
    CommissionTaxWithheld,
    YearBack,
    YearPart,
)
from domain.earning import Earning


def evolve(commission: Commission | None, event: CommissionEvent, reference: str, _at: datetime) -> Commission:
    """Apply an event of an order's commission; the first accrual begins it."""
    match event:
        case CommissionAccrued():
            return _accrued(commission or _begun(event, reference), event)
        case CommissionEarned():
            return _earned(begun(commission), event)
        case CommissionTaxWithheld():
            return _withheld(begun(commission), event)
        case CommissionClawedBack():
            return _clawed_back(begun(commission), event)


def _begun(event: CommissionAccrued, reference: str) -> Commission:
    return Commission(
        reference=reference,
        agreement=event.agreement,
        terms_from=event.terms_from,
        partner=event.partner,
        payer=event.payer,
        exporter=event.exporter,
        currency=event.currency,
    )


def _accrued(commission: Commission, event: CommissionAccrued) -> Commission:
    return replace(
        commission,
        released_minor=commission.released_minor + event.gross_minor,
        basis_minor=commission.basis_minor + event.basis_minor,
        rated_minor=commission.rated_minor + event.rated_minor,
        residue_ten_thousandths=event.residue_ten_thousandths,
        target_minor=event.target_minor,
        accrued_minor=commission.accrued_minor + event.amount_minor,
        years=_with_year(commission.years, event),
    )


def _with_year(years: tuple[YearPart, ...], event: CommissionAccrued) -> tuple[YearPart, ...]:
    before = next((part for part in years if part.year == event.year), None)
    part = before or YearPart(year=event.year, basis_minor=0, commission_minor=0)
    grown = replace(
        part,
        basis_minor=part.basis_minor + event.basis_minor,
        commission_minor=part.commission_minor + event.amount_minor,
    )
    return tuple(sorted((*(p for p in years if p is not before), grown), key=lambda p: p.year))


def _earned(commission: Commission, event: CommissionEarned) -> Commission:
    earning = Earning(
        number=event.number,
        year=event.year,
        amount_minor=event.amount_minor,
        treatment=event.gst.treatment,
        gst_minor=event.gst_minor,
    )
    return replace(commission, earnings=(*commission.earnings, earning))


def _withheld(commission: Commission, event: CommissionTaxWithheld) -> Commission:
    taxed = {"code": event.code, "withheld_base_minor": event.base_minor, "withheld_minor": event.amount_minor}
    return replace(
        commission,
        earnings=tuple(replace(e, **taxed) if e.number == event.number else e for e in commission.earnings),
    )


def _clawed_back(commission: Commission, event: CommissionClawedBack) -> Commission:
    backs_minor = {back.number: back.amount_minor for back in event.from_earned}
    years = {back.year: back for back in event.years}
    return replace(
        commission,
        recovered_minor=event.recovered_minor,
        basis_back_minor=commission.basis_back_minor + event.basis_minor,
        clawed_back_minor=commission.clawed_back_minor + event.amount_minor,
        earnings=tuple(replace(e, back_minor=e.back_minor + backs_minor.get(e.number, 0)) for e in commission.earnings),
        years=tuple(_less(part, years.get(part.year)) for part in commission.years),
    )


def _less(part: YearPart, back: YearBack | None) -> YearPart:
    if back is None:
        return part
    return replace(
        part,
        basis_minor=part.basis_minor - back.basis_minor,
        commission_minor=part.commission_minor - back.commission_minor,
    )

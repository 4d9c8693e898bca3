"""What commands about agreements with partners and the commission under them do."""

from collections.abc import Callable, Iterator
from typing import Any

from domain import agreement, commands
from domain.agreement import Agreement, AgreementCounted, AgreementSigned
from domain.attribution import Attribution, attribution_of, begun_under
from domain.commission import (
    Commission,
    CommissionAccrued,
    CommissionClawedBack,
    CommissionEarned,
    CommissionTaxWithheld,
    withhold,
)
from domain.handlers.payees import credit, debit
from domain.order import Order
from domain.references import agreement_id, commission_id, key, key_of
from domain.tax import charged_minor
from domain.trade import order_of
from domain.unit_of_work import UnitOfWork


def sign_agreement(command: commands.SignAgreement, uow: UnitOfWork) -> None:
    """Raises, in this order: ReferenceMalformed (agreement), and what `agreement.sign` does."""
    reference = agreement_id(key(command.agreement, field="agreement"))
    signed = AgreementSigned(
        partner=command.partner,
        starts_on=command.starts_on,
        ends_on=command.ends_on,
        year_begins=command.year_begins,
        time_zone=command.time_zone,
        terms=command.terms,
    )
    uow.record(reference, agreement.sign(uow.find(Agreement, reference), signed))


def amend_agreement(command: commands.AmendAgreement, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Agreement.amend` does."""
    agreed = uow.get(Agreement, agreement_id(command.agreement))
    amended = agreed.amend(command.terms, starts_on=command.starts_on, at=uow.occurred_at)
    uow.record(agreed.reference, amended)


def end_agreement(command: commands.EndAgreement, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Agreement.end` does."""
    agreed = uow.get(Agreement, agreement_id(command.agreement))
    uow.record(agreed.reference, agreed.end(ends_on=command.ends_on, reason=command.reason, at=uow.occurred_at))


def accrue_commission(command: commands.AccrueCommission, uow: UnitOfWork) -> None:
    """Refuses nothing: where no agreement covers the order, nothing happens."""
    order = order_of(command.order, uow)
    attribution = attribution_of(order, uow)
    if attribution is None:
        return
    agreed = attribution.agreement
    commission = uow.find(Commission, commission_id(command.order)) or _empty(order, attribution)
    total = agreed.total_of(agreed.year_of(agreed.day_of(uow.occurred_at)), order.currency)
    accrued = commission.accrue(command.breakdown, release=command.release, terms=attribution.terms, total=total)
    uow.record(commission.reference, accrued)
    _charge(accrued, accrued.amount_minor, commission.reference, uow)
    uow.record(agreed.reference, _accrual_counted(command.order, accrued))


def earn_commission(command: commands.EarnCommission, uow: UnitOfWork) -> None:
    """Refuses nothing: where nothing is unearned, nothing happens."""
    commission = uow.find(Commission, commission_id(command.order))
    if commission is None or not commission.unearned_minor:
        return
    attribution = begun_under(commission, uow)
    agreed, day = attribution.agreement, attribution.agreement.day_of(uow.occurred_at)
    earned = commission.earn(gst=attribution.terms.gst_on(day), year=agreed.year_of(day))
    uow.record(commission.reference, earned)
    tax_minor = charged_minor(earned.gst.treatment, earned.gst_minor)
    _charge(earned, tax_minor, commission.reference, uow)
    _credit_partner(earned, earned.amount_minor + tax_minor, commission.reference, uow)
    withheld = _withhold(earned, attribution, uow)
    if withheld:
        uow.record(commission.reference, withheld)
        _debit_partner(withheld, withheld.amount_minor, commission.reference, uow)
    uow.record(agreed.reference, _earning_counted(command.order, earned, withheld))


def claw_back_commission(command: commands.ClawBackCommission, uow: UnitOfWork) -> None:
    """Refuses nothing: where no commission is left on what was released, nothing happens."""
    commission = uow.find(Commission, commission_id(command.order))
    if commission is None or not commission.unrecovered_minor:
        return
    clawed = commission.claw_back(min(command.gross_minor, commission.unrecovered_minor), cause=command.cause)
    uow.record(commission.reference, clawed)
    tax_minor = sum(charged_minor(back.treatment, back.gst_minor) for back in clawed.from_earned)
    earned_minor = clawed.amount_minor - clawed.from_accrued_minor
    withheld_minor = sum(back.withheld_minor for back in clawed.from_earned)
    _give_back_to_payer(clawed, clawed.amount_minor + tax_minor, commission.reference, uow)
    _debit_partner(clawed, earned_minor + tax_minor, commission.reference, uow)
    _credit_partner(clawed, withheld_minor, commission.reference, uow)
    uow.record(agreement_id(clawed.agreement), *_clawback_counted(command.order, clawed))


HANDLERS: dict[type[commands.Command], Callable[[Any, UnitOfWork], None]] = {
    commands.SignAgreement: sign_agreement,
    commands.AmendAgreement: amend_agreement,
    commands.EndAgreement: end_agreement,
    commands.AccrueCommission: accrue_commission,
    commands.EarnCommission: earn_commission,
    commands.ClawBackCommission: claw_back_commission,
}


def _empty(order: Order, attribution: Attribution) -> Commission:
    return Commission(
        reference=commission_id(key_of(order.reference)),
        agreement=key_of(attribution.agreement.reference),
        terms_from=attribution.version.starts_on,
        partner=attribution.agreement.partner,
        payer=attribution.terms.payer,
        exporter=order.exporter,
        currency=order.currency,
    )


def _withhold(earned: CommissionEarned, attribution: Attribution, uow: UnitOfWork) -> CommissionTaxWithheld | None:
    agreed = attribution.agreement
    table = attribution.terms.withholding_in(earned.currency)
    row = table.row_on(agreed.day_of(uow.occurred_at)) if table else None
    if table is None or row is None:
        return None
    return withhold(earned, table=table, row=row, total=agreed.total_of(earned.year, earned.currency))


def _charge(event: CommissionAccrued | CommissionEarned, amount_minor: int, source: str, uow: UnitOfWork) -> None:
    if event.payer == "exporter":
        debit(event.exporter, event.currency, amount_minor, source, uow, account="payable:exporter")


def _give_back_to_payer(event: CommissionClawedBack, amount_minor: int, source: str, uow: UnitOfWork) -> None:
    if event.payer == "exporter":
        credit(event.exporter, event.currency, amount_minor, source, uow, account="payable:exporter")


def _credit_partner(
    event: CommissionEarned | CommissionClawedBack, amount_minor: int, source: str, uow: UnitOfWork
) -> None:
    credit(event.partner, event.currency, amount_minor, source, uow, account="payable:partner")


def _debit_partner(
    event: CommissionTaxWithheld | CommissionClawedBack, amount_minor: int, source: str, uow: UnitOfWork
) -> None:
    debit(event.partner, event.currency, amount_minor, source, uow, account="payable:partner")


def _accrual_counted(order: str, accrued: CommissionAccrued) -> AgreementCounted:
    return AgreementCounted(
        order=order,
        what="accrued",
        year=accrued.year,
        currency=accrued.currency,
        basis_minor=accrued.basis_minor,
        commission_minor=accrued.amount_minor,
    )


def _earning_counted(order: str, earned: CommissionEarned, withheld: CommissionTaxWithheld | None) -> AgreementCounted:
    return AgreementCounted(
        order=order,
        what="earned",
        year=earned.year,
        currency=earned.currency,
        commission_minor=earned.amount_minor,
        withheld_base_minor=withheld.base_minor if withheld else 0,
        withheld_minor=withheld.amount_minor if withheld else 0,
    )


def _clawback_counted(order: str, clawed: CommissionClawedBack) -> Iterator[AgreementCounted]:
    for part in clawed.years:
        yield AgreementCounted(
            order=order,
            what="clawed_back",
            year=part.year,
            currency=clawed.currency,
            basis_minor=part.basis_minor,
            commission_minor=part.commission_minor,
        )
    for back in clawed.from_earned:
        yield AgreementCounted(
            order=order,
            what="given_back",
            year=back.year,
            currency=clawed.currency,
            commission_minor=back.amount_minor,
            withheld_base_minor=back.withheld_base_minor,
            withheld_minor=back.withheld_minor,
        )

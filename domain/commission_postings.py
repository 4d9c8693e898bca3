"""
Commission postings are the entries of an order's commission, from accrual to what is taken back of it.

Who pays bears commission and tax alike: the operator as an expense and as input tax, an exporter out of what is due to
it. Where an exporter owes GST by reverse charge, it declares it itself and nothing is posted here.
Source: shared design, section 3.
"""

from collections.abc import Iterable

from domain.agreement_terms import Payer
from domain.commission import CommissionAccrued, CommissionClawedBack, CommissionEarned, CommissionTaxWithheld
from domain.journal import Entry, entry
from domain.tax import GstTreatment, charged_minor, reversed_minor

EXPENSE = "expense:commission"
INPUT_TAX = "tax:gst-input"
REVERSE_TAX = "tax:gst-reverse"


def post_commission_accrued(_reference: str, event: CommissionAccrued) -> Entry:
    """Debit who pays; credit what has accrued for the partner."""
    return entry(
        event.currency,
        debit={_payer(event.payer, event.exporter): event.amount_minor},
        credit={_accrued(event.partner): event.amount_minor},
    )


def post_commission_earned(_reference: str, event: CommissionEarned) -> Entry:
    """Debit what has accrued; credit what is due to the partner, with the tax it charges or the payer owes."""
    gst = _Gst(event.gst.treatment, event.payer, event.exporter, event.gst_minor)
    due_minor = event.amount_minor + gst.charged_minor
    return entry(
        event.currency,
        debit={_accrued(event.partner): event.amount_minor, gst.borne_on: gst.borne_minor},
        credit={_payable(event.partner): due_minor, REVERSE_TAX: gst.reversed_minor},
    )


def post_commission_tax_withheld(_reference: str, event: CommissionTaxWithheld) -> Entry:
    """Debit what is due to the partner; credit what is owed to the authority under the code."""
    return entry(
        event.currency,
        debit={_payable(event.partner): event.amount_minor},
        credit={_withheld(event.code): event.amount_minor},
    )


def post_commission_clawed_back(_reference: str, event: CommissionClawedBack) -> Entry:
    """The reverse of accruals and, for what had been earned, of earnings and of tax withheld from them."""
    debit: list[tuple[str, int]] = [(_accrued(event.partner), event.from_accrued_minor)]
    credit: list[tuple[str, int]] = [(_payer(event.payer, event.exporter), event.amount_minor)]
    for back in event.from_earned:
        gst = _Gst(back.treatment, event.payer, event.exporter, back.gst_minor)
        debit += [(_payable(event.partner), back.amount_minor + gst.charged_minor), (REVERSE_TAX, gst.reversed_minor)]
        credit += [(gst.borne_on, gst.borne_minor)]
        if back.withheld_minor:
            debit += [(_withheld(back.code), back.withheld_minor)]
            credit += [(_payable(event.partner), back.withheld_minor)]
    return entry(event.currency, debit=_summed(debit), credit=_summed(credit))


class _Gst:
    def __init__(self, treatment: GstTreatment, payer: Payer, exporter: str, gst_minor: int) -> None:
        by_operator = payer == "operator"
        self.charged_minor = charged_minor(treatment, gst_minor)
        self.reversed_minor = reversed_minor(treatment, gst_minor) if by_operator else 0
        self.borne_minor = self.charged_minor + self.reversed_minor
        self.borne_on = INPUT_TAX if by_operator else _exporter(exporter)


def _summed(sides: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for account, amount_minor in sides:
        sums[account] = sums.get(account, 0) + amount_minor
    return sums


def _payer(payer: Payer, exporter: str) -> str:
    return EXPENSE if payer == "operator" else _exporter(exporter)


def _exporter(party: str) -> str:
    return f"payable:exporter:{party}"


def _payable(party: str) -> str:
    return f"payable:partner:{party}"


def _accrued(party: str) -> str:
    return f"accrued:partner:{party}"


def _withheld(code: str) -> str:
    return f"tax:withheld:{code}"

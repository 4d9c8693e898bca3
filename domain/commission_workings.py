"""
The workings of commission: how what accrued, was earned, taxed and taken back came about, by account.

The exact terms are those of `reckoning`; the accounts are those of `commission_postings`.
"""

from domain.commission import CommissionAccrued, CommissionClawedBack, CommissionEarned, CommissionTaxWithheld
from domain.commission_postings import EXPENSE, INPUT_TAX, REVERSE_TAX
from domain.earning import EarnedBack
from domain.reckoning import ROUNDING, Reckoning, reckon
from domain.references import key_of, order_id
from domain.tax import GstTreatment, charged_minor, reversed_minor
from domain.workings import Stood, Working, Workings, at_rate, percent, rounding_text, shown

CommissionMoved = CommissionAccrued | CommissionEarned | CommissionClawedBack


def work_commission_accrued(event: CommissionAccrued, stood: Stood) -> Workings:
    """Yield what accrued: each part of the basis at its rate, then the minimum and the cap."""
    lines = " + ".join(f"{shown(line.basis_minor, event.currency)} x {percent(line.rate_bps)}" for line in event.lines)
    rest = [
        f"{text} {shown(minor, event.currency)}"
        for text, minor in (
            ("minimum adds", event.target_minor - event.before_minor - event.rated_minor),
            ("cap takes", event.capped_minor),
        )
        if minor
    ]
    terms = tuple(part for part in reckon(event)["amount_minor"] if part.numerator or part.what == ROUNDING)
    residue = rounding_text(tuple(part for part in terms if part.what == ROUNDING))
    how = ", ".join([f"{lines} = {shown(event.amount_minor, event.currency)}", residue, *rest])
    accrued = Working(
        label="commission accrued",
        amount_minor=event.amount_minor,
        how=how,
        terms=terms,
        rule=_terms_rule(event, stood),
    )
    yield accrued.on(_payer(event), 1)
    yield accrued.on(f"accrued:partner:{event.partner}", -1)


def work_commission_earned(reference: str, event: CommissionEarned) -> Workings:
    """Yield what became due, and the tax that the partner charges or the payer owes on it."""
    earned = Working(
        label="commission earned",
        amount_minor=event.amount_minor,
        how=f"{shown(event.amount_minor, event.currency)}: all that accrued and wasn't taken back",
        rule=f"nothing can be claimed any more of {order_id(key_of(reference))}",
    )
    gst = at_rate(
        f"GST, {event.gst.treatment}",
        event.gst_minor,
        of_minor=event.amount_minor,
        rate_bps=event.gst.rate_bps,
        currency=event.currency,
        rule=f"agreement:{event.agreement} GST {event.gst.rule} rate_bps = {event.gst.rate_bps}",
    )
    yield earned.on(f"accrued:partner:{event.partner}", 1)
    yield earned.on(f"payable:partner:{event.partner}", -1)
    yield from _gst(gst, event.gst.treatment, event)


def work_commission_tax_withheld(event: CommissionTaxWithheld) -> Workings:
    """Yield what is withheld: the rate of the year's base so far, less what was withheld on the base before."""
    base_minor = event.base_before_minor + event.base_minor
    text = f"{shown(base_minor, event.currency)} x {percent(event.rate_bps)}"
    before = shown(event.base_before_minor, event.currency)
    terms = reckon(event)["amount_minor"]
    how = (
        f"{text}, less what was withheld on {before} before, = {shown(event.amount_minor, event.currency)}, "
        f"{rounding_text(terms)}; earned in the year {shown(event.earned_so_far_minor, event.currency)}"
    )
    threshold = shown(event.threshold_minor, event.currency)
    withheld = Working(
        label="tax withheld",
        amount_minor=event.amount_minor,
        how=how,
        terms=terms,
        rule=(
            f"agreement:{event.agreement} table {event.table}, code {event.code}: rate_bps = {event.rate_bps}"
            f" above {threshold} a year ({event.crossing})"
        ),
    )
    yield withheld.on(f"payable:partner:{event.partner}", 1)
    yield withheld.on(f"tax:withheld:{event.code}", -1)


def work_commission_clawed_back(event: CommissionClawedBack) -> Workings:
    """Yield what is taken back: the part of all that accrued that was recovered of all that was released."""
    reckoned = reckon(event)
    amounts = (event.accrued_minor, event.recovered_minor, event.released_minor, event.before_minor, event.amount_minor)
    accrued, recovered, released, before, amount = (shown(minor, event.currency) for minor in amounts)
    terms = reckoned["amount_minor"]
    back = Working(
        label="commission taken back",
        amount_minor=event.amount_minor,
        how=f"{accrued} x {recovered} / {released} - {before} before = {amount}, {rounding_text(terms)}",
        terms=terms,
        rule=f"in proportion to what was recovered, because of {event.cause}",
    )
    yield back.on(_payer(event), -1)
    if not event.from_earned:
        yield back.on(f"accrued:partner:{event.partner}", 1)
        return
    first = f"of {amount} what isn't earned yet goes first"
    yield Working(label="not earned yet", amount_minor=event.from_accrued_minor, how=first, rule=back.rule).on(
        f"accrued:partner:{event.partner}", 1
    )
    for earned in event.from_earned:
        yield from _earned_back(event, earned, reckoned)


def _earned_back(event: CommissionClawedBack, earned: EarnedBack, reckoned: dict[str, Reckoning]) -> Workings:
    payable = f"payable:partner:{event.partner}"
    so_far = f"{shown(earned.back_before_minor + earned.amount_minor, event.currency)} of earning {earned.number}"
    whole = shown(earned.earned_minor, event.currency)
    yield Working(
        label=f"of earning {earned.number}",
        amount_minor=earned.amount_minor,
        how=f"{so_far} of {whole} taken back so far, the latest earning first",
        rule=f"because of {event.cause}",
    ).on(payable, 1)
    gst, withheld = (
        _tax_back(event, earned, label, minor, reckoned[f"from_earned.{earned.number}.{name}"])
        for label, minor, name in (
            (f"GST given back, {earned.treatment}", earned.gst_minor, "gst_minor"),
            ("tax withheld given back", earned.withheld_minor, "withheld_minor"),
        )
    )
    for working in _gst(gst, earned.treatment, event):
        yield working.on(working.account, -1)
    if earned.withheld_minor:
        yield withheld.on(payable, -1)
        yield withheld.on(f"tax:withheld:{earned.code}", 1)


def _tax_back(event: CommissionClawedBack, earned: EarnedBack, label: str, minor: int, terms: Reckoning) -> Working:
    return Working(
        label=label,
        amount_minor=minor,
        how=f"{shown(minor, event.currency)} in proportion to earning {earned.number}, {rounding_text(terms)}",
        terms=terms,
        rule=f"because of {event.cause}",
    )


def _gst(gst: Working, treatment: GstTreatment, event: CommissionEarned | CommissionClawedBack) -> Workings:
    """Yield a tax as it is posted when it arises: borne by the payer, charged by the partner or owed in its stead."""
    by_operator = event.payer == "operator"
    charged = bool(charged_minor(treatment, gst.amount_minor))
    if charged:
        yield gst.on(f"payable:partner:{event.partner}", -1)
    if by_operator and reversed_minor(treatment, gst.amount_minor):
        yield gst.on(REVERSE_TAX, -1)
    elif not charged:
        return
    yield gst.on(INPUT_TAX if by_operator else _payer(event), 1)


def _payer(event: CommissionMoved) -> str:
    return EXPENSE if event.payer == "operator" else f"payable:exporter:{event.exporter}"


def _terms_rule(event: CommissionAccrued, stood: Stood) -> str:
    said = f"agreement:{event.agreement} from {event.terms_from}:"
    agreed = stood.terms.in_currency(event.currency) if stood.terms else None
    rates = [stood.terms.rate_bps, *(tier.rate_bps for tier in agreed.tiers)] if stood.terms and agreed else []
    applied = [line.rate_bps for line in event.lines]
    first = next((n for n in range(len(rates)) if rates[n : n + len(applied)] == applied), None)
    lines = []
    for number, rate_bps in enumerate(applied):
        tier = "" if first is None or first + number == 0 else f" (tier {first + number})"
        lines.append(f"rate_bps = {rate_bps}{tier}")
    if agreed and agreed.cap_minor is not None:
        lines.append(f"cap_minor = {agreed.cap_minor} a year")
    if event.minimum_minor:
        lines.append(f"minimum_minor = {event.minimum_minor}")
    return f"{said} {', '.join(lines)}"

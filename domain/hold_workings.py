"""The workings of holds, payees, guarantees and takeovers: how each amount that their events post came about."""

from domain.aggregate import Event
from domain.claim_workings import work_hold_disputed
from domain.commission import CommissionAccrued, CommissionClawedBack, CommissionEarned, CommissionTaxWithheld
from domain.commission_workings import (
    work_commission_accrued,
    work_commission_clawed_back,
    work_commission_earned,
    work_commission_tax_withheld,
)
from domain.conversion import ConversionRecorded, ConversionReversed
from domain.exposure import ExposureRevalued
from domain.fx_workings import work_conversion, work_exposure_revalued
from domain.guarantee import GuaranteeAdvanced, GuaranteeRepaid, GuaranteeWriteOffApproved
from domain.hold import (
    HoldChargedBack,
    HoldDisputed,
    HoldFrozen,
    HoldPaymentReceived,
    HoldRecovered,
    HoldRefunded,
    HoldReleased,
    HoldUndisputed,
    HoldUnfrozen,
)
from domain.journal import Entry, Posting
from domain.payee_account import PayeeReclaimed, PayeeRepaid, PayeeUnclaimed
from domain.posting_rules import FEE_INCOME, FEE_TAX
from domain.references import key_of
from domain.takeover import HoldTakenOver, TakeoverBalancesRecorded
from domain.workings import Amounts, Stood, Working, Workings, at_rate, in_proportion, shown


def workings_of(reference: str, event: Event, entry: Entry, stood: Stood) -> list[Working]:
    """
    Return the workings of all that an event posts, without those that are nothing.

    entry: what the event posts; stood: what there was before it.
    """
    found = _of_several(reference, event, stood) or (_as_recorded(posting, event, stood) for posting in entry.postings)
    return [working for working in found if working.amount_minor]


def _of_several(reference: str, event: Event, stood: Stood) -> Workings | None:  # noqa: C901 - one case an event
    """Return the workings of an event whose postings differ in how they came about; nothing for any other."""
    match event:
        case HoldReleased():
            return _moved(reference, event.exporter, _released(event, stood), sign=1)
        case HoldRecovered():
            return _moved(reference, event.exporter, _recovered(event, stood), sign=-1)
        case HoldChargedBack():
            return _charged_back(reference, event, stood)
        case HoldDisputed() if sum(aside.amount_minor for aside in stood.set_aside) == event.amount_minor:
            return work_hold_disputed(reference, f"disputed:{key_of(reference)}", event, stood)
        case CommissionAccrued():
            return work_commission_accrued(event, stood)
        case CommissionEarned():
            return work_commission_earned(reference, event)
        case CommissionTaxWithheld():
            return work_commission_tax_withheld(event)
        case CommissionClawedBack():
            return work_commission_clawed_back(event)
        case ConversionRecorded() | ConversionReversed():
            return work_conversion(event)
        case ExposureRevalued():
            return work_exposure_revalued(event)
        case _:
            return None


def _as_recorded(posting: Posting, event: Event, stood: Stood) -> Working:
    """Return the working of a posting whose amount is the event's own."""
    label, rule = _reason(event, stood)
    return Working(
        label=label,
        amount_minor=posting.amount_minor,
        account=posting.account,
        how=f"{shown(abs(posting.amount_minor), posting.currency)}, as recorded",
        rule=rule,
        currency=posting.currency,
    )


def _reason(event: Event, stood: Stood) -> tuple[str, str]:  # noqa: C901, PLR0912 - one case an event
    """Return what an event's one amount is, and who or what says so."""
    match event:
        case HoldPaymentReceived():
            return f"received for step {event.step}", _step_rule(event.step, stood)
        case HoldDisputed():
            return "set aside", f"claimed in {event.dispute}"
        case HoldUndisputed():
            conceded = shown(event.conceded_minor, event.currency)
            return "no longer set aside", f"{event.dispute}, of what is held {conceded} goes back to the buyer"
        case HoldFrozen():
            return "frozen", f"reason {event.reason}"
        case HoldUnfrozen():
            return "no longer frozen", f"reason {event.reason}"
        case HoldRefunded():
            reason = f"reason {stood.consent.reason}, " if stood.consent else ""
            return "refunded to the buyer", f"{event.refund}, {reason}{stood.consented}"
        case HoldTakenOver():
            return "taken over", f"held by {event.source} as {event.source_reference}"
        case TakeoverBalancesRecorded():
            return "taken over", f"stood in {event.source} at the end of {event.as_of}, file {event.source_sha256}"
        case PayeeRepaid():
            return "paid back", f"owed on {event.owed_on}"
        case PayeeUnclaimed():
            return "set aside as unclaimed", f"reason {event.reason}"
        case PayeeReclaimed():
            return "claimed after all", f"reason {event.reason}"
        case GuaranteeAdvanced():
            most_minor = stood.rules.guarantee_minor.get(event.currency, 0) if stood.rules else 0
            return "advanced by the operator", stood.rule(f"guarantee_minor {event.currency} = {most_minor}")
        case GuaranteeRepaid():
            return "taken back by the operator", f"{event.exporter} owes less"
        case GuaranteeWriteOffApproved():
            return "written off", f"write-off {event.number}, approved by {event.approved_by}"
        case _:
            return "posted", ""


def _step_rule(step: int, stood: Stood) -> str:
    if stood.order is None or step > len(stood.order.terms.steps):
        return ""
    agreed = stood.order.terms.steps[step - 1]
    amount = shown(agreed.amount_minor, stood.order.terms.currency)
    return f"{stood.order.reference} payment step {step} ({agreed.name}) = {amount}"


def _released(event: HoldReleased, stood: Stood) -> Amounts:
    """Return a release's amounts: the fee is a rate of the gross, the tax a rate of the fee, the net what is left."""
    gross, fee, tax, net = (
        shown(minor, event.currency) for minor in (event.gross_minor, event.fee_minor, event.tax_minor, event.net_minor)
    )
    return Amounts(
        gross=Working(label="gross", amount_minor=event.gross_minor, how=f"{gross}, as approved", rule=stood.consented),
        net=Working(
            label="net to the exporter", amount_minor=event.net_minor, how=f"{gross} - {fee} - {tax} = {net}, residue 0"
        ),
        fee=_fee(event, stood),
        tax=_tax(event, stood),
    )


def _fee(event: HoldReleased, stood: Stood) -> Working:
    if stood.rules is None or stood.rules.fee_on(event.gross_minor).fee_minor != event.fee_minor:
        return Working(
            label="service fee", amount_minor=event.fee_minor, how="as the release says", rule=stood.consented
        )
    rate_bps = stood.rules.service_fee_bps
    return at_rate(
        "service fee",
        event.fee_minor,
        of_minor=event.gross_minor,
        rate_bps=rate_bps,
        currency=event.currency,
        rule=stood.rule(f"service_fee_bps = {rate_bps}"),
    )


def _tax(event: HoldReleased, stood: Stood) -> Working:
    label = "tax on the fee"
    if stood.rules is None or stood.rules.fee_on(event.gross_minor).tax_minor != event.tax_minor:
        return Working(label=label, amount_minor=event.tax_minor, how="as the release says", rule=stood.consented)
    rate_bps = stood.rules.service_fee_tax_bps
    return at_rate(
        label,
        event.tax_minor,
        of_minor=event.fee_minor,
        rate_bps=rate_bps,
        currency=event.currency,
        rule=stood.rule(f"service_fee_tax_bps = {rate_bps}"),
    )


def _recovered(event: HoldRecovered, stood: Stood) -> Amounts:
    """Return a recovery's amounts: shares of the gross, in proportion to what is left of net, fee and tax."""
    gross = Working(
        label="gross",
        amount_minor=event.gross_minor,
        how=f"{shown(event.gross_minor, event.currency)}, what the refund needs beyond what is held",
        rule=f"{event.refund}, {stood.consented}" if stood.consent else str(event.refund),
    )
    amounts = {"net": event.net_minor, "fee": event.fee_minor, "tax": event.tax_minor}
    labels = {"net": "net from the exporter", "fee": "service fee given back", "tax": "tax on the fee given back"}
    if stood.hold is None:
        how = "as the refund says"
        return Amounts(gross, *(Working(label=labels[name], amount_minor=amounts[name], how=how) for name in amounts))
    released, recovered = stood.hold.released, stood.hold.recovered
    left = {
        "net": released.net_minor - recovered.net_minor,
        "fee": released.fee_minor - recovered.fee_minor,
        "tax": released.tax_minor - recovered.tax_minor,
    }
    parts = (
        in_proportion(
            labels[name],
            minor,
            of_minor=event.gross_minor,
            part_minor=left[name],
            whole_minor=sum(left.values()),
            currency=event.currency,
        )
        for name, minor in amounts.items()
    )
    return Amounts(gross, *parts)


def _moved(reference: str, exporter: str, amounts: Amounts, *, sign: int) -> Workings:
    """Yield the workings of a release (sign 1) or of what is taken back of one (-1), by account."""
    for part in amounts.parts:
        yield part.on(reference, sign)
    payable = f"payable:exporter:{exporter}"
    if sign > 0:
        yield amounts.gross.on(payable, -1)
        yield amounts.fee.on(payable, 1)
        yield amounts.tax.on(payable, 1)
    else:
        yield amounts.net.on(payable, 1)
    yield amounts.fee.on(FEE_INCOME, -sign)
    yield amounts.tax.on(FEE_TAX, -sign)


def _charged_back(reference: str, event: HoldChargedBack, stood: Stood) -> Workings:
    """Yield the parts of what the bank took, in the order in which it is taken: each as far as it goes."""
    order = key_of(reference)
    hold = stood.hold
    steps = (
        (f"disputed:{order}", "of what is set aside", event.disputed_minor, hold.disputed_minor if hold else None),
        (reference, "of what is held", event.held_minor, hold.held_minor if hold else None),
        (f"frozen:{order}", "of what is frozen", event.frozen_minor, hold.frozen_minor if hold else None),
        (f"payable:exporter:{event.exporter}", "from the exporter", event.exporter_minor, None),
        (f"refundable:buyer:{event.buyer}", "of what was refunded", event.buyer_minor, None),
    )
    left_minor = event.taken_minor
    for account, label, minor, there_minor in steps:
        taken = shown(minor, event.currency)
        least = f"the lesser of {shown(left_minor, event.currency)} and "
        how = taken if there_minor is None else f"{least}{shown(there_minor, event.currency)} = {taken}"
        rule = "a chargeback takes what is set aside, held, frozen, then from the exporter, then what was refunded"
        working = Working(label=label, amount_minor=minor, how=how, rule=rule)
        yield working.on(account, 1)
        yield working.on(event.account, -1)
        left_minor -= minor

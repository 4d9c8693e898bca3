"""The workings of what is set aside for claims: what each claim is worth, and how much of that was there."""

from msgspec.structs import replace

from domain.claim import WHOLE_ORDER
from domain.hold import HoldDisputed
from domain.money import share_so_far
from domain.order import Order
from domain.reckoning import Part, rounded
from domain.workings import SetAside, Stood, Working, Workings, at_rate, rounding_text, shown


def work_hold_disputed(reference: str, disputed: str, event: HoldDisputed, stood: Stood) -> Workings:
    """Yield what is set aside for each claim, by the hold's account and that of what is disputed."""
    for aside in stood.set_aside:
        working = _aside(aside, event, stood)
        yield working.on(reference, 1)
        yield working.on(disputed, -1)


def _aside(aside: SetAside, event: HoldDisputed, stood: Stood) -> Working:
    claim = aside.claim
    worth = _worth(aside, event, stood)
    if aside.amount_minor == claim.amount_minor:
        return worth
    there = f"{shown(aside.amount_minor, event.currency)} was there of {worth.how}"
    return replace(worth, amount_minor=aside.amount_minor, how=there, terms=())


def _worth(aside: SetAside, event: HoldDisputed, stood: Stood) -> Working:
    """Return what a claim is worth, by the arithmetic that gives the amount, or as the buyer said."""
    claim, order, rules = aside.claim, stood.order, stood.rules
    label, rule = f"claim {claim.number}, {claim.kind}", f"{event.dispute} claim {claim.number}"
    said = Working(
        label=label, amount_minor=claim.amount_minor, how=shown(claim.amount_minor, event.currency), rule=rule
    )
    said = replace(said, how=f"{said.how}, as claimed")
    if order is None or rules is None:
        return said
    whole_minor = _whole(aside, order)
    if claim.days_late:
        if rules.late_remedy_for(whole_minor, event.currency, claim.days_late) != claim.amount_minor:
            return said
        if rules.late_remedy == "coupon":
            most_minor = rules.late_coupon_minor.get(event.currency, 0)
            return replace(said, rule=stood.rule(f"late_coupon_minor {event.currency} = {most_minor}"))
        a_day, most = rules.late_damages_bps_per_day, rules.late_damages_bps_max
        late = f"late_damages_bps_per_day = {a_day} for {claim.days_late} days, late_damages_bps_max = {most}"
        return at_rate(
            label,
            claim.amount_minor,
            of_minor=whole_minor,
            rate_bps=min(a_day * claim.days_late, most),
            currency=event.currency,
            rule=stood.rule(late),
        )
    if whole_minor != claim.amount_minor or claim.line == WHOLE_ORDER:
        return said
    return _of_line(said, aside, order, event.currency)


def _of_line(said: Working, aside: SetAside, order: Order, currency: str) -> Working:
    line = order.get_line(aside.claim.line)
    text = f"{shown(line.amount_minor, currency)} x {aside.claim.quantity:,} / {line.quantity:,}"
    part = Part(what=text, numerator=line.amount_minor * aside.claim.quantity, denominator=line.quantity)
    terms = rounded(said.amount_minor, part)
    how = f"{text} = {shown(said.amount_minor, currency)}, {rounding_text(terms)}"
    return replace(said, how=how, terms=terms, rule=f"{said.rule} about line {line.number}")


def _whole(aside: SetAside, order: Order) -> int:
    claim = aside.claim
    if claim.line == WHOLE_ORDER:
        return order.total_minor
    line = order.get_line(claim.line)
    return share_so_far(line.amount_minor, done=claim.quantity, whole=line.quantity)

"""
What other rules would have left of fees once released money was taken back, and of commission that depends on them.

Both go on from what those rules would have made of the releases before, so they are kept as they would stand, where
that differs from how they stand. To whom commission goes, and when it is earned or taken back, stays as it was.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

from msgspec.structs import replace

from domain import commission_history
from domain.aggregate import Event, begun
from domain.agreement import Agreement, YearTotal
from domain.commission import (
    Commission,
    CommissionAccrued,
    CommissionClawedBack,
    CommissionEarned,
    CommissionEvent,
    CommissionTaxWithheld,
    withhold,
)
from domain.hold import HoldRecovered, HoldReleased
from domain.proposal import NOTHING, Breakdown
from domain.references import agreement_id, commission_id
from projections.counterfactual_decisions import Asked


class Amount(NamedTuple):
    """An amount of an event, in minor units of its currency, as it was and as it would have been."""

    kind: str
    about: str
    real_minor: int
    would_be_minor: int


class _Fees(NamedTuple):
    """By how much an order's fees and taxes would differ in sum, of what was released and of what was recovered."""

    released: Breakdown = NOTHING
    recovered: Breakdown = NOTHING


_YearKey = tuple[str, date, str, str]
"""An agreement, a year's first day, a currency, a field of the year's total."""

_YEAR_FIELDS = ("basis_minor", "commission_minor", "earned_minor", "withheld_base_minor", "withheld_minor")


class WouldBe:
    """What would stand otherwise, of orders' fees and commissions and of agreements' years."""

    def __init__(self) -> None:
        self._fees: dict[str, _Fees] = {}
        self._commissions: dict[str, Commission] = {}
        self._years: Counter[_YearKey] = Counter()

    def amounts_of(self, asked: Asked) -> Iterator[Amount]:
        """Yield the amounts of an event that follow from what would stand otherwise, and let it happen there."""
        match asked.recorded.event:
            case HoldReleased() as event:
                self._release(asked, event)
            case HoldRecovered() as event:
                yield from self._recover(asked, event)
            case CommissionAccrued() as event:
                yield from self._accrue(asked, event)
            case CommissionEarned() as event:
                yield from self._earn(asked, event)
            case CommissionClawedBack() as event:
                yield from self._claw_back(asked, event)
            case _:
                pass

    def pass_over(self, order: str, event: Event) -> None:
        """Let commission happen as it did, to an order whose commission would stand otherwise."""
        if order in self._commissions and isinstance(event, CommissionEvent):
            self._commissions[order] = _evolved(self._commissions[order], event, order)

    def _release(self, asked: Asked, event: HoldReleased) -> None:
        fee = asked.other.fee_on(event.gross_minor)
        more = Breakdown(
            gross_minor=0, fee_minor=fee.fee_minor - event.fee_minor, tax_minor=fee.tax_minor - event.tax_minor
        )
        before = self._fees.get(asked.before.order, _Fees())
        self._fees[asked.before.order] = before._replace(released=_sum(before.released, more))
        self._forget_same(asked.before.order)

    def _recover(self, asked: Asked, event: HoldRecovered) -> Iterator[Amount]:
        before = self._fees.get(asked.before.order, _Fees())
        hold = asked.before.trade.hold
        otherwise = replace(
            hold, released=_sum(hold.released, before.released), recovered=_sum(hold.recovered, before.recovered)
        )
        would = otherwise.recovery_for(event.gross_minor + hold.held_minor)
        yield Amount("fee given back", event.refund, event.fee_minor, would.fee_minor)
        yield Amount("tax given back", event.refund, event.tax_minor, would.tax_minor)
        yield Amount("net taken back", event.refund, event.net_minor, would.net_minor)
        more = Breakdown(
            gross_minor=0, fee_minor=would.fee_minor - event.fee_minor, tax_minor=would.tax_minor - event.tax_minor
        )
        self._fees[asked.before.order] = before._replace(recovered=_sum(before.recovered, more))
        self._forget_same(asked.before.order)

    def _forget_same(self, order: str) -> None:
        if self._fees[order] == _Fees():
            del self._fees[order]

    def _accrue(self, asked: Asked, event: CommissionAccrued) -> Iterator[Amount]:
        agreement = asked.before.get(Agreement, agreement_id(event.agreement))
        fee = asked.other.fee_on(event.gross_minor)
        real = asked.before.find(Commission, commission_id(asked.before.order))
        would = self._commission(asked, event).accrue(
            Breakdown(gross_minor=event.gross_minor, fee_minor=fee.fee_minor, tax_minor=fee.tax_minor),
            release=event.release,
            terms=agreement.version_from(event.terms_from).terms,
            total=self._total(agreement, event),
        )
        yield Amount("commission", event.release, event.amount_minor, would.amount_minor)
        self._keep(asked, real, [event], [would])

    def _earn(self, asked: Asked, event: CommissionEarned) -> Iterator[Amount]:
        agreement = asked.before.get(Agreement, agreement_id(event.agreement))
        real = asked.before.get(Commission, commission_id(asked.before.order))
        commission = self._commission(asked, event)
        would = commission.earn(gst=event.gst, year=event.year)
        total = agreement.total_of(event.year, event.currency)
        tax = _withheld(event, agreement, real, total, asked)
        would_tax = _withheld(would, agreement, real, self._total(agreement, event), asked)
        about = f"{commission.reference}/{event.number}"
        yield Amount("commission earned", about, event.amount_minor, would.amount_minor)
        yield Amount("gst on commission", about, event.gst_minor, would.gst_minor)
        yield Amount("tax withheld", about, _amount(tax), _amount(would_tax))
        self._keep(asked, real, [event, *filter(None, [tax])], [would, *filter(None, [would_tax])])

    def _claw_back(self, asked: Asked, event: CommissionClawedBack) -> Iterator[Amount]:
        real = asked.before.get(Commission, commission_id(asked.before.order))
        would = self._commission(asked, event).claw_back(event.gross_minor, cause=event.cause)
        yield Amount("commission taken back", event.cause, event.amount_minor, would.amount_minor)
        for kind, name in (("gst given back", "gst_minor"), ("tax withheld given back", "withheld_minor")):
            amounts = [sum(getattr(back, name) for back in each.from_earned) for each in (event, would)]
            yield Amount(kind, event.cause, *amounts)
        self._keep(asked, real, [event], [would])

    def _commission(self, asked: Asked, event: CommissionEvent) -> Commission:
        """Return an order's commission before an event as it would stand; its first accrual begins it."""
        reference = commission_id(asked.before.order)
        stood = self._commissions.get(asked.before.order) or asked.before.find(Commission, reference)
        if stood is None and isinstance(event, CommissionAccrued):
            return Commission(
                reference=reference,
                agreement=event.agreement,
                terms_from=event.terms_from,
                partner=event.partner,
                payer=event.payer,
                exporter=event.exporter,
                currency=event.currency,
            )
        return begun(stood)

    def _keep(
        self, asked: Asked, real: Commission | None, was: Sequence[CommissionEvent], would: Sequence[CommissionEvent]
    ) -> None:
        order = asked.before.order
        otherwise = self._commissions.get(order, real)
        for event in was:
            real = _evolved(real, event, order)
            self._years.subtract(_counted(event))
        for event in would:
            otherwise = _evolved(otherwise, event, order)
            self._years.update(_counted(event))
        if otherwise is None or otherwise == real:
            self._commissions.pop(order, None)
        else:
            self._commissions[order] = otherwise

    def _total(self, agreement: Agreement, event: CommissionAccrued | CommissionEarned) -> YearTotal:
        """Return what a year of an agreement would stand at."""
        total = agreement.total_of(event.year, event.currency)
        key = (event.agreement, event.year, event.currency)
        return replace(total, **{name: getattr(total, name) + self._years[*key, name] for name in _YEAR_FIELDS})


def _evolved(commission: Commission | None, event: CommissionEvent, order: str) -> Commission:
    return commission_history.evolve(commission, event, commission_id(order), _AT)


_AT = datetime.min.replace(tzinfo=UTC)
"""A commission doesn't keep when its events took place."""


def _counted(event: CommissionEvent) -> Counter[_YearKey]:
    """Return what an event adds to the totals of years, as `agreement.counted` has it."""
    counted: Counter[_YearKey] = Counter()

    def count(year: date, **amounts_minor: int) -> None:
        counted.update({(event.agreement, year, event.currency, name): minor for name, minor in amounts_minor.items()})

    match event:
        case CommissionAccrued():
            count(event.year, basis_minor=event.basis_minor, commission_minor=event.amount_minor)
        case CommissionEarned():
            count(event.year, earned_minor=event.amount_minor)
        case CommissionTaxWithheld():
            count(event.year, withheld_base_minor=event.base_minor, withheld_minor=event.amount_minor)
        case CommissionClawedBack():
            for part in event.years:
                count(part.year, basis_minor=-part.basis_minor, commission_minor=-part.commission_minor)
            for back in event.from_earned:
                count(back.year, earned_minor=-back.amount_minor)
                count(back.year, withheld_base_minor=-back.withheld_base_minor, withheld_minor=-back.withheld_minor)
    return counted


def _withheld(
    earned: CommissionEarned, agreement: Agreement, commission: Commission, total: YearTotal, asked: Asked
) -> CommissionTaxWithheld | None:
    table = agreement.version_from(commission.terms_from).terms.withholding_in(earned.currency)
    row = table.row_on(agreement.day_of(asked.at)) if table else None
    return withhold(earned, table=table, row=row, total=total) if table and row else None


def _amount(tax: CommissionTaxWithheld | None) -> int:
    return tax.amount_minor if tax else 0


def _sum(one: Breakdown, other: Breakdown) -> Breakdown:
    return Breakdown(
        gross_minor=one.gross_minor + other.gross_minor,
        fee_minor=one.fee_minor + other.fee_minor,
        tax_minor=one.tax_minor + other.tax_minor,
    )

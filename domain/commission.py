"""
Commission is what one order brings the partner who brought its exporter: accrued, earned, clawed back, taxed.

It accrues with each release, is earned (due to the partner) once claims can't be raised any more, and is clawed back
in proportion when released money is taken back. Every step is the difference of totals so far, each rounded once, so
that cutting a release or a recovery into pieces changes no total, and what is taken back whole leaves nothing. The
service fee and its tax are given back by `hold.recovered` itself: that is the exporter's credit note.
"""

from datetime import date

from msgspec import Struct

from domain.aggregate import Aggregate, Event
from domain.agreement import YearTotal
from domain.agreement_terms import AgreementTerms, Basis, Payer, RateLine
from domain.earning import EarnedBack, Earning, take_back
from domain.money import BASIS_POINTS, divide, share, share_so_far
from domain.proposal import Breakdown
from domain.references import ReleaseId
from domain.tax import Crossing, Gst, WithholdingRow, WithholdingTable


class YearBack(Struct, frozen=True, kw_only=True, gc=False):
    """What is taken back of one year's accruals."""

    year: date
    basis_minor: int
    commission_minor: int


class CommissionAccrued(Event, frozen=True, kw_only=True):
    """
    Money of an order was released, and commission on it will be the partner's unless it is taken back.

    The lines' basis times rate, with what the order's releases before left over (carried), is `rated_minor` and a
    residue, both in ten-thousandths of a minor unit. The order's target so far is what is rated so far or the minimum,
    if that is more; amount = target - before - capped.
    """

    release: ReleaseId
    agreement: str
    terms_from: date
    """The day that the order's version of the agreement's terms began."""
    partner: str
    payer: Payer
    exporter: str
    currency: str
    year: date
    gross_minor: int
    basis_minor: int
    lines: tuple[RateLine, ...]
    carried_ten_thousandths: int
    residue_ten_thousandths: int
    rated_minor: int
    minimum_minor: int
    before_minor: int
    target_minor: int
    capped_minor: int
    """What the cap of the year took away."""
    amount_minor: int


class CommissionEarned(Event, frozen=True, kw_only=True):
    """Commission that had accrued is due to the partner, with GST as the agreement's table has it on that day."""

    number: int
    agreement: str
    partner: str
    payer: Payer
    exporter: str
    currency: str
    year: date
    amount_minor: int
    gst: Gst
    gst_minor: int


class CommissionTaxWithheld(Event, frozen=True, kw_only=True):
    """Tax was withheld from an earning, because the year's commission passed the threshold of the agreement's table."""

    number: int
    agreement: str
    partner: str
    payer: Payer
    exporter: str
    currency: str
    year: date
    table: str
    code: str
    rate_bps: int
    threshold_minor: int
    crossing: Crossing
    earned_so_far_minor: int
    """In the year, this earning included."""
    base_before_minor: int
    """What tax was withheld on in the year before this earning."""
    base_minor: int
    amount_minor: int


class CommissionClawedBack(Event, frozen=True, kw_only=True):
    """
    Released money was taken back, and commission on it in the same proportion: what isn't earned yet first.

    amount = accrued * recovered / released - before, where recovered includes this time's gross.
    """

    cause: str
    agreement: str
    partner: str
    payer: Payer
    exporter: str
    currency: str
    gross_minor: int
    released_minor: int
    recovered_minor: int
    accrued_minor: int
    before_minor: int
    basis_minor: int
    amount_minor: int
    from_accrued_minor: int
    from_earned: tuple[EarnedBack, ...]
    years: tuple[YearBack, ...]


CommissionEvent = CommissionAccrued | CommissionEarned | CommissionTaxWithheld | CommissionClawedBack


class YearPart(Struct, frozen=True, kw_only=True, gc=False):
    """What accrued on one order in one year of the agreement, less what was taken back of it."""

    year: date
    basis_minor: int
    commission_minor: int


class Commission(Aggregate, frozen=True, kw_only=True):
    """
    One order's commission. All amounts in minor units of its currency, in sum since the order began.

    accrued = clawed back + earned + unearned.
    """

    agreement: str
    terms_from: date
    partner: str
    payer: Payer
    exporter: str
    currency: str
    released_minor: int = 0
    """Gross, of the releases that commission accrued on."""
    recovered_minor: int = 0
    basis_minor: int = 0
    basis_back_minor: int = 0
    rated_minor: int = 0
    residue_ten_thousandths: int = 0
    target_minor: int = 0
    accrued_minor: int = 0
    clawed_back_minor: int = 0
    years: tuple[YearPart, ...] = ()
    earnings: tuple[Earning, ...] = ()

    @property
    def earned_minor(self) -> int:
        """Return what has become due to the partner and wasn't taken back."""
        return sum(earning.amount_minor - earning.back_minor for earning in self.earnings)

    @property
    def unearned_minor(self) -> int:
        """Return what has accrued, wasn't taken back, and isn't due to the partner yet."""
        return self.accrued_minor - self.clawed_back_minor - self.earned_minor

    @property
    def unrecovered_minor(self) -> int:
        """Return how much of what was released, and bore commission, hasn't been taken back."""
        return self.released_minor - self.recovered_minor

    def accrue(
        self, breakdown: Breakdown, *, release: ReleaseId, terms: AgreementTerms, total: YearTotal
    ) -> CommissionAccrued:
        """Let commission accrue on a release, by the terms of the order's day and the agreement's year so far."""
        agreed = terms.in_currency(self.currency)
        basis_minor = _basis_of(breakdown, terms.basis)
        lines = terms.lines(basis_minor, position_minor=total.basis_minor, currency=self.currency)
        exact = self.residue_ten_thousandths + sum(line.basis_minor * line.rate_bps for line in lines)
        rated_minor = divide(self.rated_minor * BASIS_POINTS + exact, BASIS_POINTS) - self.rated_minor
        minimum_minor = min(agreed.minimum_minor, self.basis_minor + basis_minor)
        target_minor = max(self.rated_minor + rated_minor, minimum_minor)
        due_minor = target_minor - self.target_minor
        room_minor = due_minor if agreed.cap_minor is None else max(0, agreed.cap_minor - total.commission_minor)
        amount_minor = min(due_minor, room_minor)
        return CommissionAccrued(
            release=release,
            agreement=self.agreement,
            terms_from=self.terms_from,
            partner=self.partner,
            payer=self.payer,
            exporter=self.exporter,
            currency=self.currency,
            year=total.year,
            gross_minor=breakdown.gross_minor,
            basis_minor=basis_minor,
            lines=lines,
            carried_ten_thousandths=self.residue_ten_thousandths,
            residue_ten_thousandths=exact - rated_minor * BASIS_POINTS,
            rated_minor=rated_minor,
            minimum_minor=minimum_minor,
            before_minor=self.target_minor,
            target_minor=target_minor,
            capped_minor=due_minor - amount_minor,
            amount_minor=amount_minor,
        )

    def earn(self, *, gst: Gst, year: date) -> CommissionEarned:
        """Let all that has accrued become due to the partner."""
        return CommissionEarned(
            number=len(self.earnings) + 1,
            agreement=self.agreement,
            partner=self.partner,
            payer=self.payer,
            exporter=self.exporter,
            currency=self.currency,
            year=year,
            amount_minor=self.unearned_minor,
            gst=gst,
            gst_minor=gst.on(self.unearned_minor),
        )

    def claw_back(self, gross_minor: int, *, cause: str) -> CommissionClawedBack:
        """
        Take commission back for released money that was taken back, at most `unrecovered_minor` of it.

        The latest earnings and the latest years give back first.
        """
        recovered_minor = self.recovered_minor + gross_minor
        so_far_minor = share_so_far(self.accrued_minor, done=recovered_minor, whole=self.released_minor)
        basis_so_far_minor = share_so_far(self.basis_minor, done=recovered_minor, whole=self.released_minor)
        amount_minor = max(0, so_far_minor - self.clawed_back_minor)
        basis_minor = max(0, basis_so_far_minor - self.basis_back_minor)
        from_accrued_minor = min(amount_minor, self.unearned_minor)
        return CommissionClawedBack(
            cause=cause,
            agreement=self.agreement,
            partner=self.partner,
            payer=self.payer,
            exporter=self.exporter,
            currency=self.currency,
            gross_minor=gross_minor,
            released_minor=self.released_minor,
            recovered_minor=recovered_minor,
            accrued_minor=self.accrued_minor,
            before_minor=self.clawed_back_minor,
            basis_minor=basis_minor,
            amount_minor=amount_minor,
            from_accrued_minor=from_accrued_minor,
            from_earned=tuple(take_back(self.earnings, amount_minor - from_accrued_minor)),
            years=self._years_back(basis_minor, amount_minor),
        )

    def _years_back(self, basis_minor: int, commission_minor: int) -> tuple[YearBack, ...]:
        taken = []
        for part in reversed(self.years):
            back = YearBack(
                year=part.year,
                basis_minor=min(basis_minor, part.basis_minor),
                commission_minor=min(commission_minor, part.commission_minor),
            )
            if back.basis_minor or back.commission_minor:
                taken.append(back)
            basis_minor -= back.basis_minor
            commission_minor -= back.commission_minor
        return tuple(taken)


def withhold(
    earned: CommissionEarned, *, table: WithholdingTable, row: WithholdingRow, total: YearTotal
) -> CommissionTaxWithheld | None:
    """
    Withhold tax from an earning, or nothing while the year's commission is within the threshold.

    total: the agreement's year before this earning.
    Source: shared reference, sections 3.4 and 9.
    """
    earned_so_far_minor = total.earned_minor + earned.amount_minor
    before_minor = total.withheld_base_minor
    base_minor = table.base_of(earned_so_far_minor, row=row, before_minor=before_minor)
    if not base_minor:
        return None
    taxed_minor = share(before_minor + base_minor, rate_bps=row.rate_bps) - share(before_minor, rate_bps=row.rate_bps)
    return CommissionTaxWithheld(
        number=earned.number,
        agreement=earned.agreement,
        partner=earned.partner,
        payer=earned.payer,
        exporter=earned.exporter,
        currency=earned.currency,
        year=earned.year,
        table=table.name,
        code=row.code,
        rate_bps=row.rate_bps,
        threshold_minor=row.threshold_minor,
        crossing=table.crossing,
        earned_so_far_minor=earned_so_far_minor,
        base_before_minor=before_minor,
        base_minor=base_minor,
        amount_minor=taxed_minor,
    )


def _basis_of(breakdown: Breakdown, basis: Basis) -> int:
    match basis:
        case "gross":
            return breakdown.gross_minor
        case "net":
            return breakdown.net_minor
        case "service_fee":
            return breakdown.fee_minor

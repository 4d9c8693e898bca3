"""A reckoning says how an amount of commission came about, as parts that sum to it exactly, rounding included."""

from collections.abc import Iterator
from fractions import Fraction

from msgspec import Struct

from domain.commission import (
    CommissionAccrued,
    CommissionClawedBack,
    CommissionEarned,
    CommissionEvent,
    CommissionTaxWithheld,
)
from domain.earning import EarnedBack
from domain.money import BASIS_POINTS, share, share_so_far

ROUNDING = "rounding"


class Part(Struct, frozen=True, kw_only=True, gc=False):
    """numerator / denominator minor units of an amount, and what they are: as `6000 at 250 bps` or `rounding`."""

    what: str
    numerator: int
    denominator: int = 1

    @property
    def exact_minor(self) -> Fraction:
        """Return the part as the exact number of minor units that it is."""
        return Fraction(self.numerator, self.denominator)


Reckoning = tuple[Part, ...]


def reckon(event: CommissionEvent) -> dict[str, Reckoning]:
    """Return how each amount of an event came about, by the amount's name; the parts of each sum to it exactly."""
    match event:
        case CommissionAccrued():
            return {"amount_minor": tuple(_accrued(event))}
        case CommissionEarned():
            return {"gst_minor": rounded(event.gst_minor, _at(event.amount_minor, event.gst.rate_bps))}
        case CommissionTaxWithheld():
            return {"base_minor": _base(event), "amount_minor": _withheld(event)}
        case CommissionClawedBack():
            return {"amount_minor": _clawed_back(event), **dict(_tax_back(event.from_earned))}


def _accrued(event: CommissionAccrued) -> Iterator[Part]:
    yield from (_at(line.basis_minor, line.rate_bps) for line in event.lines)
    yield Part(what="carried", numerator=event.carried_ten_thousandths, denominator=BASIS_POINTS)
    yield Part(what=ROUNDING, numerator=-event.residue_ten_thousandths, denominator=BASIS_POINTS)
    yield Part(what="minimum", numerator=event.target_minor - event.before_minor - event.rated_minor)
    yield Part(what="cap", numerator=-event.capped_minor)


def _base(event: CommissionTaxWithheld) -> Reckoning:
    threshold = Part(what="threshold", numerator=-event.threshold_minor if event.crossing == "excess" else 0)
    return (
        Part(what="earned in the year", numerator=event.earned_so_far_minor),
        threshold,
        Part(what="taxed before", numerator=-event.base_before_minor),
    )


def _withheld(event: CommissionTaxWithheld) -> Reckoning:
    so_far = _at(event.base_before_minor + event.base_minor, event.rate_bps)
    before = Part(what="before", numerator=-share(event.base_before_minor, rate_bps=event.rate_bps))
    return rounded(event.amount_minor, so_far, before)


def _clawed_back(event: CommissionClawedBack) -> Reckoning:
    so_far = _part_of(event.accrued_minor, done_minor=event.recovered_minor, whole_minor=event.released_minor)
    return rounded(event.amount_minor, so_far, Part(what="before", numerator=-event.before_minor))


def _tax_back(backs: tuple[EarnedBack, ...]) -> Iterator[tuple[str, Reckoning]]:
    for back in backs:
        for name, whole_minor, minor in (
            ("gst_minor", back.earned_gst_minor, back.gst_minor),
            ("withheld_minor", back.earned_withheld_minor, back.withheld_minor),
        ):
            done_minor = back.back_before_minor + back.amount_minor
            so_far = _part_of(whole_minor, done_minor=done_minor, whole_minor=back.earned_minor)
            before_minor = share_so_far(whole_minor, done=back.back_before_minor, whole=back.earned_minor)
            before = Part(what="before", numerator=-before_minor)
            yield f"from_earned.{back.number}.{name}", rounded(minor, so_far, before)


def _at(basis_minor: int, rate_bps: int) -> Part:
    return Part(what=f"{basis_minor} at {rate_bps} bps", numerator=basis_minor * rate_bps, denominator=BASIS_POINTS)


def _part_of(part_minor: int, *, done_minor: int, whole_minor: int) -> Part:
    what = f"{done_minor} of {whole_minor} of {part_minor}"
    return Part(what=what, numerator=part_minor * done_minor, denominator=whole_minor)


def rounded(amount_minor: int, *parts: Part) -> Reckoning:
    """Return some parts, and what rounding added to them to make an amount of them."""
    residue = amount_minor - sum((part.exact_minor for part in parts), Fraction(0))
    return (*parts, Part(what=ROUNDING, numerator=residue.numerator, denominator=residue.denominator))

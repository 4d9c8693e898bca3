"""An earning is commission of one order that became due to its partner at once, with the tax on it."""

from collections.abc import Iterator, Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from domain.money import share_so_far
from domain.tax import GstTreatment


class EarnedBack(Struct, frozen=True, kw_only=True, gc=False):
    """What is taken back of one earning, with its tax in proportion to it."""

    number: int
    year: date
    earned_minor: int
    back_before_minor: int
    amount_minor: int
    treatment: GstTreatment
    earned_gst_minor: int
    gst_minor: int
    code: str
    earned_withheld_minor: int
    withheld_base_minor: int
    withheld_minor: int


class Earning(Struct, frozen=True, kw_only=True, gc=False):
    """Commission that became due at once, its tax, and how much of it was taken back since."""

    number: int
    year: date
    amount_minor: int
    treatment: GstTreatment
    gst_minor: int
    code: str = ""
    withheld_base_minor: int = 0
    withheld_minor: int = 0
    back_minor: int = 0

    @property
    def gst_back_minor(self) -> int:
        """Return how much of the GST was taken back."""
        return self._back_of(self.gst_minor)

    @property
    def withheld_base_back_minor(self) -> int:
        """Return how much doesn't count any more of what tax was withheld on."""
        return self._back_of(self.withheld_base_minor)

    @property
    def withheld_back_minor(self) -> int:
        """Return how much of the tax withheld was given back."""
        return self._back_of(self.withheld_minor)

    def take_back(self, amount_minor: int) -> EarnedBack:
        """Return what taking back a part comes to; over several parts nothing of the tax is lost."""
        after = replace(self, back_minor=self.back_minor + amount_minor)
        return EarnedBack(
            number=self.number,
            year=self.year,
            earned_minor=self.amount_minor,
            back_before_minor=self.back_minor,
            amount_minor=amount_minor,
            treatment=self.treatment,
            earned_gst_minor=self.gst_minor,
            gst_minor=after.gst_back_minor - self.gst_back_minor,
            code=self.code,
            earned_withheld_minor=self.withheld_minor,
            withheld_base_minor=after.withheld_base_back_minor - self.withheld_base_back_minor,
            withheld_minor=after.withheld_back_minor - self.withheld_back_minor,
        )

    def _back_of(self, whole_minor: int) -> int:
        return share_so_far(whole_minor, done=self.back_minor, whole=self.amount_minor)


def take_back(earnings: Sequence[Earning], amount_minor: int) -> Iterator[EarnedBack]:
    """Yield how an amount, at most what is left of all earnings, is taken back: of the latest first."""
    for earning in reversed(earnings):
        part_minor = min(amount_minor, earning.amount_minor - earning.back_minor)
        if part_minor:
            yield earning.take_back(part_minor)
            amount_minor -= part_minor

"""
Tax on commission is a table of dated rows: what is withheld from a partner's commission, and which GST it bears.

A table applies only where an agreement names it; nothing is withheld and no tax is computed otherwise, nor on a day or
between countries that no row is about. A row says where it was read and how sure that is: `V` in a primary source,
`S` in a secondary one, `S-weak` in a single one. Nothing unverified stands in a row.
"""

from datetime import date
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from domain.money import share

Mark = Literal["V", "S", "S-weak"]
"""How reliable a row's source is, as the shared reference marks it."""

Crossing = Literal["excess", "whole"]
"""What is withheld on once a year's commission passes the threshold: what lies above it, or all of the year's."""

GstTreatment = Literal["none", "forward", "reverse", "zero_rated", "outside"]
"""
How a commission bears GST: the partner charges it (forward), who pays the commission owes it (reverse), it is charged
at nothing (zero_rated), it isn't subject to it (outside), or nothing was computed (none).
"""

Place = Literal["home", "abroad"]


class WithholdingRow(Struct, frozen=True, kw_only=True, gc=False):
    """What is withheld from a day on until the next row's. The threshold is of a year's commission, in minor units."""

    since: date
    code: str
    """Under which the authority wants it reported; it names the account `tax:withheld:<code>`."""
    rate_bps: int
    threshold_minor: int
    section: str
    source: str
    mark: Mark


class WithholdingTable(Struct, frozen=True, kw_only=True, gc=False):
    """What is withheld from commission in one currency; its days are those of `time_zone`."""

    name: str
    currency: str
    time_zone: str
    year_begins: int
    """The month, from 1, on whose first day a tax year begins."""
    crossing: Crossing
    rows: tuple[WithholdingRow, ...]

    def row_on(self, day: date) -> WithholdingRow | None:
        """Return what is withheld by on a day, or nothing before the first row."""
        return next((row for row in reversed(self.rows) if row.since <= day), None)

    def base_of(self, earned_so_far_minor: int, *, row: WithholdingRow, before_minor: int) -> int:
        """
        Return what is still to be taxed of a year's commission so far, when tax was withheld on `before_minor` of it.

        Nothing is up to and including the threshold. What was taken back after tax was withheld on it is made up for
        by later commission of the same year.
        """
        excess_minor = earned_so_far_minor - row.threshold_minor
        if excess_minor <= 0:
            return 0
        taxable_minor = excess_minor if self.crossing == "excess" else earned_so_far_minor
        return max(0, taxable_minor - before_minor)


class GstRow(Struct, frozen=True, kw_only=True, gc=False):
    """How a commission is taxed from a day on until the next row for the same places."""

    since: date
    payer: Place
    partner: Place
    treatment: GstTreatment
    rate_bps: int
    rule: str
    source: str
    mark: Mark


class GstTable(Struct, frozen=True, kw_only=True, gc=False):
    """How commission bears the GST of one country; its days are those of `time_zone`."""

    country: str
    time_zone: str
    rows: tuple[GstRow, ...]

    def gst_on(self, day: date, *, payer_country: str, partner_country: str) -> "Gst":
        """Return how commission is taxed on a day between two countries; `NO_GST` where no row is about them."""
        payer, partner = self._place(payer_country), self._place(partner_country)
        rows = [row for row in self.rows if (row.payer, row.partner) == (payer, partner) and row.since <= day]
        return Gst(treatment=rows[-1].treatment, rate_bps=rows[-1].rate_bps, rule=rows[-1].rule) if rows else NO_GST

    def _place(self, country: str) -> Place:
        return "home" if country == self.country else "abroad"


class Gst(Struct, frozen=True, kw_only=True, gc=False):
    """How one commission bears GST, and the rule that says so."""

    treatment: GstTreatment
    rate_bps: int
    rule: str

    def on(self, amount_minor: int) -> int:
        """Return the tax on an amount, rounded once: each commission that is earned is an invoice of its own."""
        return share(amount_minor, rate_bps=self.rate_bps)


NO_GST = Gst(treatment="none", rate_bps=0, rule="")


def charged_minor(treatment: GstTreatment, gst_minor: int) -> int:
    """Return the tax that the partner charges on top of its commission, and pays to the authority itself."""
    return gst_minor if treatment == "forward" else 0


def reversed_minor(treatment: GstTreatment, gst_minor: int) -> int:
    """Return the tax that whoever pays the commission owes the authority in the partner's stead."""
    return gst_minor if treatment == "reverse" else 0


_IN_COMMISSION_ROWS = (
    WithholdingRow(
        since=date(2025, 4, 1),
        code="194H",
        rate_bps=200,
        threshold_minor=2_000_000,
        section="Income-tax Act 1961, s.194H",
        source="shared reference, sections 3.4 and 9",
        mark="S",
    ),
    WithholdingRow(
        since=date(2026, 4, 1),
        code="1006",
        rate_bps=200,
        threshold_minor=2_000_000,
        section="Income-tax Act 2025, s.393(1) Table Sl. 1(ii)",
        source="shared reference, sections 3.4 and 9 (payment code 1006: one secondary source)",
        mark="S-weak",
    ),
)

_IN_COMMISSION = WithholdingTable(
    name="in-commission",
    currency="INR",
    time_zone="Asia/Kolkata",
    year_begins=4,
    crossing="excess",
    rows=_IN_COMMISSION_ROWS,
)

WITHHOLDING: dict[str, WithholdingTable] = {
    table.name: table
    for table in (_IN_COMMISSION, replace(_IN_COMMISSION, name="in-commission-whole", crossing="whole"))
}
"""
By the name that an agreement gives: Indian tax deducted at source on commission, 2 % over INR 20,000 a tax year.

Both code sets stand here, so that each deduction is reported under the code of its day. That a year's commission up to
the threshold bears nothing is read; whether crossing it makes the whole year's bear tax isn't, so `in-commission`
withholds on the excess only and `in-commission-whole` on all. Before April 2025 no row applies: which rate and
threshold held then isn't verified. Payments to a partner abroad are in no table: their rule isn't verified.
"""

GST: dict[str, GstTable] = {
    "in-commission": GstTable(
        country="IN",
        time_zone="Asia/Kolkata",
        rows=(
            GstRow(
                since=date(2017, 7, 1),
                payer="home",
                partner="home",
                treatment="forward",
                rate_bps=1_800,
                rule="in-forward",
                source="shared reference, section 3.3: paid by an Indian party",
                mark="S",
            ),
            GstRow(
                since=date(2017, 7, 1),
                payer="home",
                partner="abroad",
                treatment="outside",
                rate_bps=0,
                rule="in-intermediary-abroad",
                source="shared reference, section 3.3: before the change the common view was outside GST",
                mark="S",
            ),
            GstRow(
                since=date(2026, 3, 30),
                payer="home",
                partner="abroad",
                treatment="reverse",
                rate_bps=1_800,
                rule="in-import-of-service",
                source="shared reference, section 3.3: IGST s.13(8)(b) omitted",
                mark="S",
            ),
            GstRow(
                since=date(2026, 3, 30),
                payer="abroad",
                partner="home",
                treatment="zero_rated",
                rate_bps=0,
                rule="in-export-of-service",
                source="shared reference, section 3.3: IGST s.13(8)(b) omitted; s.2(6) is for the partner to meet",
                mark="S",
            ),
        ),
    ),
}
"""
By the name that an agreement gives: Indian GST on commission, by who is where and from which day on.

The cut is the assent to the Finance Act 2026; the notification that commences it isn't verified. What a partner at home
charged a payer abroad before the cut isn't read anywhere, so no row says so.
"""

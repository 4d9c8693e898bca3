"""
Rules are the numbers and switches of a marketplace's policy: windows, fees, thresholds, remedies.

Days are calendar days in the rules' time zone unless named otherwise; rates are basis points; amounts are minor units
by currency. The defaults are the shared reference's section 9. What it marks [U] is a default that withholds and takes
nothing. Tax rates, statutory and dated, stand in their own tables.
"""

from calendar import monthrange
from datetime import date, datetime, timedelta
from typing import Any, Literal

import msgspec

from domain.money import share
from domain.working_days import WorkingCalendar

TransportMode = Literal["express", "air", "land", "sea", "post"]
LateRemedy = Literal["none", "coupon", "damages"]
CheckBasis = Literal["unit", "transaction"]
PayoutSchedule = Literal["daily", "weekly", "monthly"]

_A_DAY = timedelta(days=1)


class RealisationWindow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    In how many months export value must come home, for goods shipped from a day on until the next row's day.

    advance_months: in how many goods must follow money paid in advance.
    """

    shipped_from: date | None = None
    """Nothing in the first row, which has no beginning."""
    months: int
    rupee_months: int
    """Where invoiced or settled in INR."""
    advance_months: int


FEMA_WINDOWS = (
    RealisationWindow(months=9, rupee_months=9, advance_months=12),
    RealisationWindow(shipped_from=date(2025, 11, 13), months=15, rupee_months=15, advance_months=36),
    RealisationWindow(shipped_from=date(2026, 10, 1), months=15, rupee_months=18, advance_months=36),
)
"""
Source: shared reference, sections 3.2 and 9. The 2026 text on advances, and what happens to goods on their way at a
change, are [U]: nothing is withheld for it.
"""


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    Every number and switch of the marketplace's policy.

    Fees and thresholds have no verified source, so the defaults take no fee and let two people look at every amount; a
    marketplace sets its own. A field that isn't among those of schema version 1 is left out of what a request's hash is
    over where it stands at its default.
    """

    inspection_days: dict[TransportMode, int] = msgspec.field(
        default_factory=lambda: {"express": 15, "air": 15, "land": 30, "sea": 45, "post": 60}
    )
    """From the last dispatch, or the amendment that left no more to dispatch, until a silent buyer has accepted."""
    extension_days: int = 15
    extension_days_max: int = 30
    claim_days: int = 30
    negotiation_days: int = 3
    escalation_from_day: int = 4
    automatic_escalation_day: int = 7
    mediator_working_days: int = 2
    review_working_days: int = 2
    refund_start_working_days: int = 7
    appeal_days: int = 30
    offer_days: int = 10
    service_fee_bps: int = 0
    """Of what is released; kept by the marketplace."""
    service_fee_tax_bps: int = 0
    """Of the service fee; owed to the tax authority."""
    four_eyes_from_minor: dict[str, int] = {}
    """By currency: the smallest release or refund that a second person approves. Below it the rule approves."""
    four_eyes_where_unlisted: bool = True
    """Whether a currency without a threshold always needs a second person."""

    evidence_days: int = 5
    """From the mediator's call until evidence is late. Source: reference, section 9; the length is [U]."""
    appeal_needs_new_evidence: bool = True
    """Whether an appeal must bring what the mediator hadn't seen. Source: section 9, after eBay."""
    return_days: int = 15
    """From the decision until returned goods are handed to a carrier. Source: section 9 names returns; length [U]."""
    acknowledgement_days: int = 5
    """From the arrival of what was returned or replaced until silence accepts it. Source and length: as above."""
    replacement_days: int = 30
    """From the decision until replaced goods are dispatched. Source: as above; length [U]."""
    acceptance_days: int = 0
    """From the order until an exporter who hasn't accepted has declined; 0: never. Source: section 2.1; length [U]."""
    payment_days: int = 0
    """From a step's trigger until its money is overdue; 0: never. Source: section 2.1; length [U]."""
    late_remedy: LateRemedy = "none"
    """What a buyer gets for late goods. Source: sections 1.3 and 9."""
    late_damages_bps_per_day: int = 0
    """Of the late goods' amount for each day. Source: section 9; the rate is [U], so nothing."""
    late_damages_bps_max: int = 0
    """At most this share for any number of days. Source: as above."""
    late_coupon_minor: dict[str, int] = msgspec.field(default_factory=lambda: {"USD": 10_000})
    """By currency: the most that a coupon is worth. Source: section 1.3, up to 100 US dollars."""
    guarantee_minor: dict[str, int] = {}
    """By currency: the most that the operator advances for one order in its exporter's stead. Source: section 1.3."""
    registered_parties_only: bool = False
    """Whether both sides of an order must be registered in their role."""
    screening_lists: tuple[str, ...] = ()
    """Sanctions lists under whose present version both sides must be clear. Source: section 3.5."""
    retention_days: int = 0
    """From a party's last trade until what is personal may be erased. Source: section 3.5; length [U]."""
    time_zone: str = "UTC"
    """Whose days the rules count, by IANA name. Source: section 8, feature 5."""
    holidays_of: str = ""
    """The ISO 3166 country whose weekends and public holidays aren't working days; empty: Saturdays and Sundays."""
    payout_approvals: int = 1
    """How many people beside its planner approve a payout. Source: section 9, "n of m"; the number is [U]."""
    break_ageing_days: tuple[int, ...] = (2, 7, 30, 90)
    """The last day of each age of a reconciliation break; older is one age more. Source: section 9, opinion."""
    realisation_months: tuple[RealisationWindow, ...] = FEMA_WINDOWS
    """By day of shipment. Source: sections 3.2 and 9."""
    pa_cb_warn_minor: dict[str, int] = msgspec.field(default_factory=lambda: {"INR": 250_000_000})
    """By currency: above it a cross-border aggregator's cap may be hit, which warns. Source: section 9, 25 lakh."""
    pa_cb_basis: CheckBasis = "transaction"
    """What that cap is of: 2023 said a unit, 2025 a transaction, which warns more. Source: section 3.1, weak."""

    own_declaration_minor: dict[str, int] = msgspec.field(default_factory=lambda: {"INR": 100_000_000})
    """By currency: up to it an exporter closes an export itself. Source: section 3.2, 10 lakh rupees."""
    certificate_cancel_days: int = 120
    """In which an exporter may cancel its own e-BRC; then only its bank. Source: section 3.2."""

    payout_minimum_minor: dict[str, int] = {}
    """By currency: the smallest payout; less is carried forward. Source: section 9, "Payout"; the amount is [U]."""
    payout_schedule: PayoutSchedule = "daily"
    """On which days payouts are made. Source: as above; [U], so any day."""
    payout_day: int = 1
    """Of the week, 1 for Monday, or of the month; where it has fewer days, its last."""

    def next_payout_on(self, day: date) -> date:
        """Return the first day from `day` on on which payouts are made."""
        while not self._pays_on(day):
            day += _A_DAY
        return day

    def _pays_on(self, day: date) -> bool:
        match self.payout_schedule:
            case "daily":
                return True
            case "weekly":
                return day.isoweekday() == self.payout_day
            case "monthly":
                return day.day == min(self.payout_day, monthrange(day.year, day.month)[1])

    def needs_four_eyes(self, amount_minor: int, currency: str) -> bool:
        """Return whether a second person must approve paying this amount out of a hold."""
        threshold_minor = self.four_eyes_from_minor.get(currency)
        return self.four_eyes_where_unlisted if threshold_minor is None else amount_minor >= threshold_minor

    def fee_on(self, gross_minor: int) -> "Fee":
        """Return the service fee and the tax on it for an amount to be released, each rounded once."""
        fee_minor = share(gross_minor, rate_bps=self.service_fee_bps)
        return Fee(fee_minor=fee_minor, tax_minor=share(fee_minor, rate_bps=self.service_fee_tax_bps))

    def inspection_ends_at(self, dispatched_at: datetime, mode: TransportMode) -> datetime:
        """Return the instant from which a buyer who has said nothing has accepted what was dispatched then."""
        return self.calendar.add_days(dispatched_at, self.inspection_days[mode])

    def late_remedy_for(self, amount_minor: int, currency: str, days_late: int) -> int:
        """
        Return what a buyer gets for goods that came so many days late: minor units, never more than their amount.

        A coupon is the currency's cap, whatever the delay. Damages are a share for each day up to the most.
        Source: shared reference, sections 1.3 "Late delivery" and 9.
        """
        if days_late <= 0:
            return 0
        match self.late_remedy:
            case "none":
                return 0
            case "coupon":
                return min(self.late_coupon_minor.get(currency, 0), amount_minor)
            case "damages":
                rate_bps = min(self.late_damages_bps_per_day * days_late, self.late_damages_bps_max)
                return share(amount_minor, rate_bps=rate_bps)

    @property
    def calendar(self) -> WorkingCalendar:
        """Return whose days and working days the rules count."""
        return WorkingCalendar(self.time_zone, self.holidays_of)

    def said(self) -> msgspec.Struct:
        """Return these rules as a request says them, with those fields in which version 1 can't have said otherwise."""
        later = ADDED_IN_2.keys() | ADDED_IN_3.keys()
        names = [name for name in self.__struct_fields__ if name not in later or self._differs(name)]
        return msgspec.defstruct("Rules", names)(*(getattr(self, name) for name in names))

    def _differs(self, name: str) -> bool:
        return bool(getattr(self, name) != getattr(_DEFAULTS, name))


class Fee(msgspec.Struct, frozen=True, kw_only=True):
    """What the marketplace and the tax authority take out of a release, in minor units of its currency."""

    fee_minor: int
    tax_minor: int


_DEFAULTS = Rules()

STANDARD = Rules(
    four_eyes_from_minor={
        **dict.fromkeys(("USD", "EUR", "GBP", "CHF", "AUD", "CAD", "SGD"), 1_000_000),
        **dict.fromkeys(
            ("AED", "BRL", "CNY", "DKK", "HKD", "MYR", "NOK", "PLN", "SAR", "SEK", "TRY", "ZAR"), 5_000_000
        ),
        **dict.fromkeys(("BDT", "INR", "PHP", "THB", "TWD"), 50_000_000),
        **dict.fromkeys(("BHD", "JOD", "KWD", "OMR"), 3_000_000),
        **dict.fromkeys(("IDR", "JPY", "KRW", "VND"), 2_000_000),
    }
)
"""What a new marketplace starts with: no fee, and a second person from amounts of the order of 10,000 US dollars."""

ADDED_IN_2: dict[str, Any] = {
    "evidence_days": 5,
    "appeal_needs_new_evidence": True,
    "return_days": 15,
    "acknowledgement_days": 5,
    "replacement_days": 30,
    "acceptance_days": 0,
    "payment_days": 0,
    "late_remedy": "none",
    "late_damages_bps_per_day": 0,
    "late_damages_bps_max": 0,
    "late_coupon_minor": {"USD": 10_000},
    "guarantee_minor": {},
    "registered_parties_only": False,
    "screening_lists": [],
    "retention_days": 0,
    "time_zone": "UTC",
    "holidays_of": "",
    "payout_approvals": 1,
    "break_ageing_days": [2, 7, 30, 90],
    "realisation_months": [
        {"shipped_from": None, "months": 9, "rupee_months": 9, "advance_months": 12},
        {"shipped_from": "2025-11-13", "months": 15, "rupee_months": 15, "advance_months": 36},
        {"shipped_from": "2026-10-01", "months": 15, "rupee_months": 18, "advance_months": 36},
    ],
    "pa_cb_warn_minor": {"INR": 250_000_000},
    "pa_cb_basis": "transaction",
}
"""What schema version 2 of a draft added, and what a draft of version 1 means by its silence, for ever."""

ADDED_IN_3: dict[str, Any] = {
    "own_declaration_minor": {"INR": 100_000_000},
    "certificate_cancel_days": 120,
    "payout_minimum_minor": {},
    "payout_schedule": "daily",
    "payout_day": 1,
}
"""What schema version 3 of a draft added, and what an earlier draft means by its silence, for ever."""

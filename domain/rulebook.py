"""
A rulebook is one version of the marketplace's rules: windows, fees, thresholds.

An order keeps the version it was placed under, for ever. A published version never changes: a new number is a new
version.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Literal, get_args

import msgspec

from domain.aggregate import Aggregate, Event, begun
from domain.errors import Forbidden, Malformed, Refused
from domain.money import BASIS_POINTS, MINOR_MAX, exponent_of, share

TransportMode = Literal["express", "air", "land", "sea", "post"]


DAYS_MAX = 3_660
"""Ten years: beyond it a number of days is a slip of the pen."""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """
    Every number and switch of the marketplace's policy. Days are calendar days unless named otherwise; rates are basis
    points.

    The defaults are the shared reference's section 9. Fees and thresholds have no verified source, so the defaults
    take no fee and let two people look at every amount; a marketplace sets its own.
    """

    inspection_days: dict[TransportMode, int] = msgspec.field(
        default_factory=lambda: {"express": 15, "air": 15, "land": 30, "sea": 45, "post": 60}
    )
    """From the last dispatch until a silent buyer has accepted the goods."""
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
        return dispatched_at + timedelta(days=self.inspection_days[mode])


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


class Fee(msgspec.Struct, frozen=True, kw_only=True):
    """What the marketplace and the tax authority take out of a release, in minor units of its currency."""

    fee_minor: int
    tax_minor: int


class RulebookDrafted(Event, frozen=True, kw_only=True):
    """Somebody wrote down a version of the rules."""

    rules: Rules
    drafted_by: str


class RulebookApproved(Event, frozen=True, kw_only=True):
    """Another person agreed with the draft."""

    approved_by: str


class RulebookPublished(Event, frozen=True, kw_only=True):
    """Orders may be placed under this version from now on."""


RulebookEvent = RulebookDrafted | RulebookApproved | RulebookPublished
RulebookStatus = Literal["drafted", "approved", "published"]


@dataclass(eq=False, kw_only=True)
class RulebookAlreadyDrafted(Refused):
    """A version is drafted once; draft the next one."""

    code: ClassVar[str] = "rulebook.already_drafted"
    rulebook: str


@dataclass(eq=False, kw_only=True)
class RulebookNotInState(Refused):
    """The version isn't at the step that this command follows."""

    code: ClassVar[str] = "rulebook.not_in_state"
    rulebook: str
    status: RulebookStatus
    needed: RulebookStatus


@dataclass(eq=False, kw_only=True)
class RulebookApproverIsDrafter(Forbidden):
    """Four eyes: the approver is another person than the drafter."""

    code: ClassVar[str] = "rulebook.approver_is_drafter"
    rulebook: str
    actor: str


@dataclass(eq=False, kw_only=True)
class RulesMalformed(Malformed):
    """A number of the rules can't be meant."""

    code: ClassVar[str] = "rulebook.rules_malformed"
    field: str
    problem: str


class Rulebook(Aggregate, frozen=True, kw_only=True):
    """One version of the rules on its way to being published."""

    rules: Rules
    drafted_by: str
    status: RulebookStatus = "drafted"

    def approve(self, *, actor: str) -> RulebookApproved:
        """
        Agree with the draft.

        Raises, in this order: RulebookNotInState, RulebookApproverIsDrafter.
        """
        self._need("drafted")
        if actor == self.drafted_by:
            raise RulebookApproverIsDrafter(rulebook=self.reference, actor=actor)
        return RulebookApproved(approved_by=actor)

    def publish(self) -> RulebookPublished:
        """
        Open the version for orders.

        Raises: RulebookNotInState.
        """
        self._need("approved")
        return RulebookPublished()

    def in_force(self) -> Rules:
        """
        Return the rules that an order may be placed under.

        Raises: RulebookNotInState.
        """
        self._need("published")
        return self.rules

    def _need(self, needed: RulebookStatus) -> None:
        if self.status != needed:
            raise RulebookNotInState(rulebook=self.reference, status=self.status, needed=needed)


def draft(existing: Rulebook | None, *, rules: Rules, actor: str) -> RulebookDrafted:
    """
    Write down a version of the rules.

    Raises, in this order: RulesMalformed, CurrencyUnknown, RulebookAlreadyDrafted.
    """
    _check(rules)
    if existing:
        raise RulebookAlreadyDrafted(rulebook=existing.reference)
    return RulebookDrafted(rules=rules, drafted_by=actor)


def _check(rules: Rules) -> None:
    if missing := set(get_args(TransportMode)) - rules.inspection_days.keys():
        raise RulesMalformed(field="inspection_days", problem=f"lacks {', '.join(sorted(missing))}")
    names = [name for name in rules.__struct_fields__ if name.endswith(("_days", "_day", "_days_max"))]
    days: dict[str, int] = {name: getattr(rules, name) for name in names if name != "inspection_days"}
    days |= {f"inspection_days.{mode}": count for mode, count in rules.inspection_days.items()}
    for name, count in days.items():
        if not 0 <= count <= DAYS_MAX:
            raise RulesMalformed(field=name, problem=f"not between 0 and {DAYS_MAX} days")
    fee_bps, tax_bps = rules.service_fee_bps, rules.service_fee_tax_bps
    if min(fee_bps, tax_bps) < 0 or fee_bps * (BASIS_POINTS + tax_bps) > BASIS_POINTS**2:
        raise RulesMalformed(field="service_fee_bps", problem="below zero, or with its tax more than the whole")
    for currency, threshold_minor in rules.four_eyes_from_minor.items():
        exponent_of(currency)
        if not 0 <= threshold_minor <= MINOR_MAX:
            raise RulesMalformed(field="four_eyes_from_minor", problem=f"{currency}: not an amount")


def evolve(rulebook: Rulebook | None, event: RulebookEvent, reference: str, _at: datetime) -> Rulebook:
    """Apply an event of a rulebook."""
    match event:
        case RulebookDrafted():
            return Rulebook(reference=reference, rules=event.rules, drafted_by=event.drafted_by)
        case RulebookApproved():
            return msgspec.structs.replace(begun(rulebook), status="approved")
        case RulebookPublished():
            return msgspec.structs.replace(begun(rulebook), status="published")

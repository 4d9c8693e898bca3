"""Checks of rules say which numbers of a draft can't be meant; what was drafted once is never checked again."""

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, get_args

from domain.errors import Malformed
from domain.money import BASIS_POINTS, MINOR_MAX, exponent_of
from domain.references import KEY
from domain.rules import Rules, TransportMode

DAYS_MAX = 3_660
"""Ten years: beyond it a number of days is a slip of the pen."""
MONTHS_MAX = 120
PEOPLE_MAX = 9
"""More who must approve one payout is a slip of the pen."""


@dataclass(eq=False, kw_only=True)
class RulesMalformed(Malformed):
    """A number of the rules can't be meant."""

    code: ClassVar[str] = "rulebook.rules_malformed"
    field: str
    problem: str


def check_rules(rules: Rules) -> None:
    """
    Check that every number can be meant.

    Raises, in this order: RulesMalformed, CurrencyUnknown, CalendarUnknown.
    """
    _check_days(rules)
    _check_rates(rules)
    _check_remedy(rules)
    _check_lists(rules)
    _check_realisation(rules)
    _check_payouts(rules)
    _check_amounts(rules)
    rules.calendar.check()


def _check_days(rules: Rules) -> None:
    if missing := set(get_args(TransportMode)) - rules.inspection_days.keys():
        raise RulesMalformed(field="inspection_days", problem=f"lacks {', '.join(sorted(missing))}")
    fields = {name: getattr(rules, name) for name in rules.__struct_fields__}
    days = {name: value for name, value in fields.items() if name.endswith(("_days", "_day", "_days_max"))}
    counts: dict[str, int] = {name: value for name, value in days.items() if isinstance(value, int)}
    counts |= {f"inspection_days.{mode}": count for mode, count in rules.inspection_days.items()}
    for name, count in counts.items():
        if not 0 <= count <= DAYS_MAX:
            raise RulesMalformed(field=name, problem=f"not between 0 and {DAYS_MAX} days")


def _check_rates(rules: Rules) -> None:
    fee_bps, tax_bps = rules.service_fee_bps, rules.service_fee_tax_bps
    if min(fee_bps, tax_bps) < 0 or fee_bps * (BASIS_POINTS + tax_bps) > BASIS_POINTS**2:
        raise RulesMalformed(field="service_fee_bps", problem="below zero, or with its tax more than the whole")
    for name in ("late_damages_bps_per_day", "late_damages_bps_max"):
        if not 0 <= getattr(rules, name) <= BASIS_POINTS:
            raise RulesMalformed(field=name, problem="below zero or more than the whole")


def _check_remedy(rules: Rules) -> None:
    """A remedy that is chosen has the numbers it is made of: zero damages or no coupon is no remedy, but a slip."""
    match rules.late_remedy:
        case "damages":
            for name in ("late_damages_bps_per_day", "late_damages_bps_max"):
                if not getattr(rules, name):
                    raise RulesMalformed(field=name, problem="zero, but damages are the remedy")
        case "coupon" if not rules.late_coupon_minor:
            raise RulesMalformed(field="late_coupon_minor", problem="empty, but a coupon is the remedy")
        case "coupon" | "none":
            return


def _check_lists(rules: Rules) -> None:
    lists = rules.screening_lists
    if len(set(lists)) < len(lists) or not all(KEY.fullmatch(name) for name in lists):
        raise RulesMalformed(field="screening_lists", problem="a name twice, or one that isn't a key")
    if not 1 <= rules.payout_approvals <= PEOPLE_MAX:
        raise RulesMalformed(field="payout_approvals", problem=f"not between 1 and {PEOPLE_MAX} people")
    ages = rules.break_ageing_days
    if not ages or not _ascends(-1, *ages, DAYS_MAX + 1):
        raise RulesMalformed(field="break_ageing_days", problem=f"not ascending between 0 and {DAYS_MAX} days")


def _check_realisation(rules: Rules) -> None:
    rows = rules.realisation_months
    starts = [row.shipped_from for row in rows]
    if not rows or starts[0] is not None or None in starts[1:]:
        raise RulesMalformed(field="realisation_months", problem="the first row, and no other, has no beginning")
    if not _ascends(*(start.toordinal() for start in starts if start)):
        raise RulesMalformed(field="realisation_months", problem="the rows don't ascend by day")
    counts = [count for row in rows for count in (row.months, row.rupee_months, row.advance_months)]
    if not all(1 <= count <= MONTHS_MAX for count in counts):
        raise RulesMalformed(field="realisation_months", problem=f"not between 1 and {MONTHS_MAX} months")


def _check_amounts(rules: Rules) -> None:
    names = (
        *("four_eyes_from_minor", "late_coupon_minor", "guarantee_minor"),
        *("pa_cb_warn_minor", "own_declaration_minor", "payout_minimum_minor"),
    )
    amounts: dict[str, dict[str, int]] = {name: getattr(rules, name) for name in names}
    for name, by_currency in amounts.items():
        for currency, amount_minor in by_currency.items():
            if not 0 <= amount_minor <= MINOR_MAX:
                raise RulesMalformed(field=name, problem=f"{currency}: not an amount")
    for by_currency in amounts.values():
        for currency in by_currency:
            exponent_of(currency)


def _check_payouts(rules: Rules) -> None:
    most = {"daily": 1, "weekly": 7, "monthly": 31}[rules.payout_schedule]
    if not 1 <= rules.payout_day <= most:
        raise RulesMalformed(field="payout_day", problem=f"not between 1 and {most} where paid {rules.payout_schedule}")


def _ascends(*numbers: int) -> bool:
    return all(earlier < later for earlier, later in pairwise(numbers))

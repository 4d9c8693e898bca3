"""
The policy of matching: which rules there are, in which order, which of them confirm, and within which bounds.

Every number is a default to be changed, none is law.
"""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from msgspec import Struct, field

from domain.money import share


class Rule(NamedTuple):
    """One way for entries and items to belong together: its name, what has to agree, and whether that is certain."""

    name: str
    agrees: str
    confirms: bool


RULES = (
    Rule("end_to_end_id", "end-to-end id, amount, account", confirms=True),
    Rule("end_to_end_id_less_fee", "end-to-end id, account; the amount but for a fee", confirms=True),
    Rule("reference", "a reference in the text, amount, account", confirms=True),
    Rule("reference_less_fee", "a reference in the text, account; the amount but for a fee", confirms=True),
    Rule("shared_reference", "a reference of several items, of which one has the amount", confirms=True),
    Rule("merged", "one entry names several items and is their sum", confirms=True),
    Rule("split", "several entries name one item and sum to it", confirms=True),
    Rule("grouped", "several entries name several items, and the sums agree", confirms=True),
    Rule("return", "an end-to-end id or reference of what was settled, the amount the other way", confirms=True),
    Rule("name", "amount, date and account, once on either side; the name of a party with one item", confirms=True),
    Rule("amount_and_date", "amount, date and account, once on either side", confirms=False),
)
"""In order of priority. What a rule that doesn't confirm finds is a suggestion."""

TOLERANCE_MINOR = {"EUR": 5_000, "GBP": 4_500, "INR": 300_000, "USD": 5_000}


class Policy(Struct, frozen=True, kw_only=True):
    """
    The bounds.

    confirming: the rules that confirm. tolerance_minor, tolerance_bps: what a bank on the way may keep, per currency
    and in basis points of what was expected: both bounds hold. rounding_minor: a difference either way that nobody asks
    about. days_before, days_after: how far from its day an item may be looked for by its amount; named_days_before,
    named_days_after: how far when it's named. reference_characters_min, reference_digits_min: letters and digits that a
    reference in a text has at least, and digits where it has no letter. subset_items_max: among how many items sums of
    parts are tried. candidates_max, score_min: of suggestions. open_from: the first day of the open period.
    """

    confirming: frozenset[str] = frozenset(rule.name for rule in RULES if rule.confirms)
    tolerance_minor: Mapping[str, int] = field(default_factory=TOLERANCE_MINOR.copy)
    tolerance_minor_elsewhere: int = 3_500
    tolerance_bps: int = 500
    rounding_minor: int = 0
    days_before: int = 5
    days_after: int = 10
    named_days_before: int = 90
    named_days_after: int = 180
    reference_characters_min: int = 3
    reference_digits_min: int = 6
    subset_items_max: int = 10
    candidates_max: int = 5
    score_min: int = 400
    open_from: date = date.min

    def __post_init__(self) -> None:
        """Check that only rules that there are confirm."""
        if unknown := self.confirming - {rule.name for rule in RULES}:
            raise ValueError(f"no rules: {', '.join(sorted(unknown))}")

    def is_fee(self, difference_minor: int, *, expected_minor: int, currency: str) -> bool:
        """Return whether a difference (below zero) may be what a bank kept of an expected amount."""
        bound_minor = self.tolerance_minor.get(currency, self.tolerance_minor_elsewhere)
        return 0 < -difference_minor <= min(bound_minor, share(abs(expected_minor), rate_bps=self.tolerance_bps))

    def is_near(self, on: date, expected_on: date) -> bool:
        """Return whether a day is close enough to an item's own to look for it by its amount."""
        return -self.days_before <= (on - expected_on).days <= self.days_after

    def is_in_time(self, on: date, expected_on: date) -> bool:
        """Return whether a day is close enough to the own one of an item that is named."""
        return -self.named_days_before <= (on - expected_on).days <= self.named_days_after

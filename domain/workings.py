"""
The workings of a posting say how its amount came about: which parts it is made of, by which arithmetic and which rule.

They are worked out from the event and from what stood before it, and sum to what the event posts; where they don't,
the figure that they belong to can't be constructed.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from domain.agreement_terms import AgreementTerms
from domain.claim import ClaimMade
from domain.hold import Hold
from domain.money import BASIS_POINTS, to_major
from domain.order import Order
from domain.reckoning import Part, Reckoning, rounded
from domain.rules import Rules


class Consent(NamedTuple):
    """Who proposed a release or a refund and who approved it: a person, or a rule; the refund's reason, a code."""

    proposed_by: str
    approved_by: str
    by_rule: bool
    reason: str


class SetAside(NamedTuple):
    """A claim, and how much was set aside for it, in minor units."""

    claim: ClaimMade
    amount_minor: int


class Stood(Struct, frozen=True, kw_only=True):
    """What stood before an event, of that which its amounts rest on; nothing where there was none of it."""

    order: Order | None = None
    rules: Rules | None = None
    hold: Hold | None = None
    consent: Consent | None = None
    set_aside: tuple[SetAside, ...] = ()
    """What a dispute said just before its money was set aside."""
    terms: AgreementTerms | None = None

    def rule(self, line: str) -> str:
        """Return a line of the order's rulebook with the rulebook's reference."""
        return f"{self.order.terms.rulebook} {line}" if self.order else ""

    @property
    def consented(self) -> str:
        """Return who agreed that money leaves the hold."""
        if self.consent is None:
            return ""
        proposed = f"proposed by {self.consent.proposed_by}"
        if not self.consent.by_rule:
            return f"{proposed}, approved by {self.consent.approved_by}"
        below = " four_eyes_from_minor: below it" if self.consent.approved_by.startswith("rulebook:") else ""
        return f"{proposed}, approved by rule {self.consent.approved_by}{below}"


class Working(Struct, frozen=True, kw_only=True):
    """
    One part of what an event posts on an account: debits above zero, in minor units.

    how: the arithmetic in words and major units; terms: the same exactly, where there is more than the amount itself;
    rule: the line of a rulebook or agreement that says so, or who did.
    """

    label: str
    amount_minor: int
    account: str = ""
    how: str = ""
    terms: Reckoning = ()
    rule: str = ""
    currency: str = ""
    """Of the amount, where an entry has several."""

    def on(self, account: str, sign: int) -> "Working":
        """Return the same on an account: as a debit where the sign is 1, as a credit where it is -1."""
        terms = self.terms if sign > 0 else tuple(replace(term, numerator=-term.numerator) for term in self.terms)
        return replace(self, account=account, amount_minor=sign * self.amount_minor, terms=terms)


Workings = Iterator[Working]


def shown(amount_minor: int, currency: str) -> str:
    """Return an amount in major units as people write it: `10,000.00`."""
    whole, point, decimals = to_major(amount_minor, currency).partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{sign}{int(digits):,}{point}{decimals}"


def percent(rate_bps: int) -> str:
    """Return a rate as people write it: `2.50 %`."""
    return f"{rate_bps // 100}.{rate_bps % 100:02d} %"


def rounding_text(terms: Reckoning, *, how: str = "half to even") -> str:
    """Return what rounding added to an amount: `residue 0`, or `rounded half to even by -1/2 minor units`."""
    residue = terms[-1].exact_minor if terms else Fraction(0)
    return f"rounded {how} by {'+' if residue > 0 else ''}{residue} minor units" if residue else "residue 0"


def at_rate(label: str, amount_minor: int, *, of_minor: int, rate_bps: int, currency: str, rule: str) -> Working:
    """Return an amount that is a rate of another one, rounded once."""
    text = f"{shown(of_minor, currency)} x {percent(rate_bps)}"
    terms = rounded(amount_minor, Part(what=text, numerator=of_minor * rate_bps, denominator=BASIS_POINTS))
    how = f"{text} = {shown(amount_minor, currency)}, {rounding_text(terms)}"
    return Working(label=label, amount_minor=amount_minor, how=how, terms=terms, rule=rule)


def in_proportion(
    label: str, amount_minor: int, *, of_minor: int, part_minor: int, whole_minor: int, currency: str
) -> Working:
    """Return an amount that is the part of another one that a part has in its whole, by largest remainder."""
    parts = shown(part_minor, currency), shown(whole_minor, currency)
    text = f"{shown(of_minor, currency)} x {parts[0]} / {parts[1]}"
    terms = rounded(amount_minor, Part(what=text, numerator=of_minor * part_minor, denominator=whole_minor))
    how = f"{text} = {shown(amount_minor, currency)}, {rounding_text(terms, how='by largest remainder')}"
    rule = "in proportion to what is left of net, fee and tax, by largest remainder"
    return Working(label=label, amount_minor=amount_minor, how=how, terms=terms, rule=rule)


def summed(workings: list[Working], currency: str) -> str:
    """Return what several workings come to, in words: `7,700.00 gross - 192.50 service fee = 7,507.50`."""
    sign = 1 if sum(working.amount_minor for working in workings) >= 0 else -1
    text = ""
    for working in workings:
        amount_minor = working.amount_minor * sign
        joint = ("-" if amount_minor < 0 else "") if not text else (" - " if amount_minor < 0 else " + ")
        text += f"{joint}{shown(abs(amount_minor), currency)} {working.label}"
    return f"{text} = {shown(sign * sum(working.amount_minor for working in workings), currency)}"


class Amounts(NamedTuple):
    """The four amounts of a release, or of what is taken back of one."""

    gross: Working
    net: Working
    fee: Working
    tax: Working

    @property
    def parts(self) -> tuple[Working, ...]:
        """Return what the gross falls apart into."""
        return self.net, self.fee, self.tax

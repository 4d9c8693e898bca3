"""
An explanation is a tree of figures: each is the sum of those below it, down to postings and what they are made of.

A figure whose parts don't sum to it can't be constructed, as an entry can't whose postings don't.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import ClassVar, Literal

from msgspec import Struct

from domain.errors import Refused
from domain.journal import Posting

FigureKind = Literal["account", "parts", "reference", "side", "span", "rest", "posting", "component"]
"""
What a figure is: an account; several accounts together; the money of a thing that has a reference, and one side of it;
what was posted in some days; postings or accounts that aren't shown one by one; one posting; a part of one posting.
"""


@dataclass(eq=False, kw_only=True)
class FigureUnexplained(Refused):
    """What is kept of an amount and what the events make of it differ: `verify` says since when."""

    code: ClassVar[str] = "figure.unexplained"
    figure: str
    amount_minor: int
    explained_minor: str


class Term(Struct, frozen=True, gc=False):
    """A term of an amount's arithmetic, as an exact number of minor units: `19250`, or `-1/2` of one."""

    what: str
    exact_minor: str


class Origin(Struct, frozen=True, gc=False):
    """The event that an amount is from."""

    position: int
    topic: str
    reference: str
    posting_date: date
    occurred_at: datetime
    recorded_at: datetime


class Said(Struct, frozen=True, gc=False):
    """The command that an event is from, who said it, and the policy by which the event followed, if by one."""

    command_id: str
    principal: str
    actor: str
    role: str
    policy: str


class Further(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """
    What to ask to see a figure unfold further, at the same moment.

    within: a year, month or day; after: the position, or of accounts the name, that the page before ended with.
    """

    what: str
    currency: str
    at_position: int
    as_of: date | None = None
    within: str = ""
    after: str = ""


class Figure(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """
    An amount and what it is the sum of, in minor units of its currency; on the normal side of an account.

    how: the arithmetic in words; terms: the same exactly, what rounding added included; rule: the line of the rulebook
    or agreement that says so; entry: of a posting, all that was posted with it, debits above zero; postings: how many
    it stands for, at least so many if `more`; further: how to unfold it, where it can be.

    Raises: FigureUnexplained where the children, or the terms, don't sum to the amount.
    """

    kind: FigureKind
    label: str
    amount_minor: int
    currency: str
    how: str = ""
    terms: tuple[Term, ...] = ()
    rule: str = ""
    event: Origin | None = None
    command: Said | None = None
    entry: tuple[Posting, ...] = ()
    postings: int = 0
    more: bool = False
    further: Further | None = None
    children: tuple["Figure", ...] = ()

    def __post_init__(self) -> None:
        """Check both sums."""
        if self.children:
            same = all(child.currency == self.currency for child in self.children)
            self._check(Fraction(sum(child.amount_minor for child in self.children) if same else 0), same=same)
        if self.terms:
            self._check(sum((Fraction(term.exact_minor) for term in self.terms), Fraction(0)), same=True)

    def _check(self, explained: Fraction, *, same: bool) -> None:
        if explained != self.amount_minor or not same:
            raise FigureUnexplained(
                figure=self.label, amount_minor=self.amount_minor, explained_minor=str(explained) if same else "mixed"
            )


class Explanation(Struct, frozen=True, kw_only=True):
    """What was asked, the moment that was looked at, and the figures: of an account, one in each currency."""

    what: str
    position: int
    as_of: date | None
    figures: tuple[Figure, ...]


def leaves(figure: Figure) -> Iterator[Figure]:
    """Yield the figures below a figure that aren't unfolded any further; itself where it isn't."""
    if not figure.children:
        yield figure
    for child in figure.children:
        yield from leaves(child)

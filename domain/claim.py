"""A claim is what a buyer says is wrong with one line of an order, or with all of it, and what it is worth."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from msgspec import Struct

from domain.errors import Malformed, Refused
from domain.side import Side

ClaimKind = Literal["not-shipped", "late", "quantity", "quality", "not-as-described", "damaged", "other"]
RemedyKind = Literal["none", "refund", "partial-refund", "return-and-refund", "replacement", "replacement-and-refund"]
ClaimStatus = Literal["open", "ruled", "appealed", "returning", "replacing", "settled"]
ReturnedState = Literal["received", "not-received", "damaged", "empty-or-different", "missing-items"]
"""What the exporter says of returned goods. Source: shared reference, section 2.6 "Return acknowledgement"."""

WHOLE_ORDER = 0
"""In place of a line's number: the claim is about all of the order."""

GIVES_BACK_NOTHING: frozenset[RemedyKind] = frozenset({"none", "replacement"})


class Remedy(Struct, frozen=True, kw_only=True, gc=False):
    """What makes a claim good: a kind, and how much money of it goes back to the buyer, in minor units."""

    kind: RemedyKind
    amount_minor: int


class ClaimAmount(Struct, frozen=True, kw_only=True, gc=False):
    """An amount that belongs to one claim of a dispute, in minor units."""

    claim: int
    amount_minor: int


class ClaimMade(Struct, frozen=True, kw_only=True, gc=False):
    """A claim as it is made; numbers count from 1, `line` 0 is the whole order. The comment is a commitment."""

    number: int
    kind: ClaimKind
    line: int
    quantity: int
    amount_minor: int
    days_late: int
    comment: str


class Claim(Struct, frozen=True, kw_only=True, gc=False):
    """A claim as it stands."""

    number: int
    kind: ClaimKind
    line: int
    quantity: int
    amount_minor: int
    status: ClaimStatus = "open"
    set_aside_minor: int = 0
    charged_back_minor: int = 0
    """What the buyer's bank took back while the claim was open: it is satisfied by so much."""
    frozen_minor: int = 0
    """Awarded, and waiting for frozen money."""
    remedy: Remedy | None = None
    ruled_by: tuple[str, ...] = ()
    """The mediators whose decisions it has had."""
    answered: bool = False
    decision: int = 0
    """The number of the decision that it waits out the appeal of."""
    sealed_up_to: int = 0
    """The last piece of evidence there was when it was decided."""
    waived_by: frozenset[Side] = frozenset()
    appealed: bool = False

    @property
    def unsatisfied_minor(self) -> int:
        """Return what was claimed, less what the bank took back for it."""
        return max(0, self.amount_minor - self.charged_back_minor)

    @property
    def owed_minor(self) -> int:
        """Return what its remedy gives back, less what the bank took back for it."""
        return max(0, self.remedy.amount_minor - self.charged_back_minor) if self.remedy else 0

    @property
    def is_over(self) -> bool:
        """Return whether nothing more will come of it."""
        return self.status == "settled"


@dataclass(eq=False, kw_only=True)
class RemedyMalformed(Malformed):
    """The amount doesn't go with the remedy: none and replacement give back nothing, the others more than nothing."""

    code: ClassVar[str] = "dispute.remedy_malformed"
    claim: int
    remedy: RemedyKind
    amount_minor: int


@dataclass(eq=False, kw_only=True)
class RemedyExceedsClaim(Refused):
    """More would go back than was claimed, or a partial refund of everything."""

    code: ClassVar[str] = "dispute.remedy_exceeds_claim"
    claim: int
    amount_minor: int
    claimed_minor: int


def remedy_for(claim: Claim, kind: RemedyKind, amount_minor: int | None) -> Remedy:
    """
    Return a remedy for a claim; without an amount, nothing or all that was claimed, as the kind says.

    Raises, in this order: RemedyMalformed, RemedyExceedsClaim.
    """
    whole_minor = 0 if kind in GIVES_BACK_NOTHING else claim.amount_minor
    given_minor = whole_minor if amount_minor is None else amount_minor
    if (given_minor > 0) == (kind in GIVES_BACK_NOTHING) or given_minor < 0:
        raise RemedyMalformed(claim=claim.number, remedy=kind, amount_minor=given_minor)
    least_over_minor = claim.amount_minor if kind == "partial-refund" else claim.amount_minor + 1
    if given_minor >= least_over_minor or (kind == "refund" and given_minor != claim.amount_minor):
        raise RemedyExceedsClaim(claim=claim.number, amount_minor=given_minor, claimed_minor=claim.amount_minor)
    return Remedy(kind=kind, amount_minor=given_minor)
